"""How tissue takes up contrast: percent enhancement and the shape of its curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corr import parameters
from corr.imaging.volume import Voxels

P = parameters.load()


def percent(pre: Voxels, post: Voxels, floor: float) -> Voxels:
    """Percent enhancement of every voxel; signals below ``floor`` count as the floor."""
    return np.asarray(100.0 * (post - pre) / np.maximum(pre, floor), np.float32)


def not_dynamic(pre: Voxels, post: Voxels) -> str:
    """Why two images of the same tissue do not differ by contrast alone; empty if they may.

    Most tissue takes up little, so the later image is much like the first and not darker. Water
    and fat, T1 and T2, magnitude and phase are unlike (correlation below 0 on drawn breasts, 0.88
    and more between phases of real ones).
    """
    if pre.size < 2 or not (pre.std() and post.std()):
        return ""
    alike = float(np.corrcoef(pre.ravel(), post.ravel())[0, 1])
    if alike < P["check_phases_alike"]:
        return "the images show other contrasts than before and after a contrast agent"
    darker = float(np.median(pre)) > 0 and float(np.median(post / np.maximum(pre, 1e-6)))
    if darker and darker < P["check_phases_ratio"]:
        return "the breast is darker on the second image than on the first: not after contrast"
    return ""


def curve_kind(signals: Sequence[float]) -> str:
    """Shape of the curve of the mean signals of one piece, before contrast first, then in order.

    Empty with fewer than two phases after contrast.

    >>> curve_kind([100, 220, 200, 180]), curve_kind([100, 220])
    ('wash-out', '')
    """
    if len(signals) < 3:
        return ""
    early = max(signals[1:3])
    change = 100.0 * (signals[-1] - early) / max(early, 1e-6)
    wash_percent = 100.0 * P["check_wash_share"]
    if change < -wash_percent:
        return "wash-out"
    return "persistent" if change > wash_percent else "plateau"
