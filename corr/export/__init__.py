"""What a judgement is worth to others: written for their programs, and read back the same."""
