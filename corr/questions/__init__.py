"""What one asks of a judgement then."""
