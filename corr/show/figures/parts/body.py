"""The breast as it is expected to be, for drawing: beliefs may reach beyond it.

How large a breast is, is known only to within its spread, and beliefs are held on all points
that it may reach. Drawn is the expected size in front of the chest wall, without the thin tail
beside it, so that pictures look like a breast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corr.judgement.result import Judgement

FEWEST = 100
"""With fewer points than this inside the expected breast, all points are taken."""


def body_points(judgement: Judgement) -> NDArray[np.float64]:
    """Points ``(m, 3)`` of the judgement, mm, that lie inside the expected breast."""
    extents = judgement.model.extents
    skin, _ = extents.reach(judgement.points)
    inside = (skin <= 1.0) & (judgement.points[:, 2] <= extents.depth)
    return judgement.points[inside] if inside.sum() >= FEWEST else judgement.points
