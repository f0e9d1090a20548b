"""From image files to findings in the breast frame, and why a file cannot be used."""

from __future__ import annotations

from corr.extras import needs

needs("images", "image files")
