"""How tissue takes up contrast: percent enhancement, signal-enhancement ratio, curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corr import parameters
from corr.imaging.volume import Voxels

P = parameters.load()
LEAST_RISE = 0.05
"""Of the signal before contrast: a smaller one has no signal-enhancement ratio."""


@dataclass(frozen=True)
class Curve:
    """Uptake of one piece of tissue; None where the phases do not allow it.

    ``ser`` is (early - before) / (late - before); ``late_percent`` the change from the early peak
    to the last phase.
    """

    wash_in_percent: float
    ser: float | None
    late_percent: float | None
    kind: str  # persistent, plateau, wash-out; "" = not known
    signals: tuple[float, ...]  # mean signal, before contrast first
    note: str = ""


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


def curve(signals: Sequence[float]) -> Curve:
    """Curve of the mean signals of one piece, before contrast first, then in order.

    >>> curve([100, 220, 200, 180]).kind, curve([100, 220]).kind
    ('wash-out', '')
    """
    before, early, late = signals[0], max(signals[1:3]), signals[-1]
    wash_in = 100.0 * (signals[1] - before) / max(before, 1e-6)
    if len(signals) < 3:
        note = "one phase after contrast: no wash-out and no signal-enhancement ratio"
        return Curve(wash_in, None, None, "", tuple(signals), note)
    change = 100.0 * (late - early) / max(early, 1e-6)
    rise = late - before
    ser = (signals[1] - before) / rise if rise > LEAST_RISE * max(before, 1e-6) else None
    wash_percent = 100.0 * P["check_wash_share"]
    kind = "persistent" if change > wash_percent else "plateau"
    kind = "wash-out" if change < -wash_percent else kind
    return Curve(wash_in, ser, change, kind, tuple(signals))
