"""Results in the forms other programs read."""
