"""breast-corr: do these findings refer to the same lesion? Research use only."""

__version__ = "0.1.0"
