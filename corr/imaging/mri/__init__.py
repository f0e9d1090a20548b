"""Breast MRI: phases, both breasts, and what takes up contrast."""
