"""Sentences and small tables in words."""
