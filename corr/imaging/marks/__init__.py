"""Marks that somebody made on images, from every supported format."""
