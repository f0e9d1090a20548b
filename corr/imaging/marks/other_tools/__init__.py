"""Annotations of other tools and of public data sets."""
