"""Names of sides, as they are said."""

from __future__ import annotations

SIDE_NAMES = {"L": "left breast", "R": "right breast"}
