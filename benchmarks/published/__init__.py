"""What the constants say, beside what was published."""
