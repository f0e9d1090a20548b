"""Names of sides and of examinations, as they are said."""

from __future__ import annotations

MODALITY_NAMES = {"MG": "mammogram", "US": "ultrasound", "MR": "MRI"}


SIDE_NAMES = {"L": "left breast", "R": "right breast"}
