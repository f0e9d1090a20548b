"""Compression on the film against finite elements."""
