"""The pages of what was asked."""
