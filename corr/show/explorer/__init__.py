"""The case explorer in a notebook."""
