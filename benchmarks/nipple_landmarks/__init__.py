"""How well the nipple is found on real mammograms."""
