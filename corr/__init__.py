"""breast-corr: do these findings refer to the same lesion? Research use only."""

from corr.problems import CorrError

__all__ = ["CorrError", "__version__"]

__version__ = "0.1.0"
