"""What a table of findings tells of the constants."""
