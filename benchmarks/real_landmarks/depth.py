"""How depth below the skin differs between two poses: the part a breast shares, and the rest.

Fitted to landmarks measured from the skin in prone and in supine MRI. A breast stretches all its
depths by one factor; a landmark adds a t-distributed error whose scale grows with depth. The
constants of depth on ultrasound come from here (`us_depth_*` in the table of constants).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from corr.exams.kernels import DEGREES

Floats = NDArray[np.float64]
PRONE, SUPINE = "prone_dist_skin_mm", "supine_dist_skin_mm"
NAMES = (
    "depth: SD of the scale that a breast shares",
    "depth: own error at the skin, mm (scale of t)",
    "depth: growth of the own error, mm per mm",
)
START = (0.15, 2.0, 0.1)
AT, WEIGHT = np.polynomial.hermite_e.hermegauss(21)


def depth_errors(landmarks: pd.DataFrame) -> Iterator[tuple[str, float, float, float, int]]:
    """Metric, value, smallest and largest value with one woman left out, landmarks.

    ``landmarks`` has ``case, side, prone_dist_skin_mm, supine_dist_skin_mm``.
    """
    value = fit(landmarks)
    women = landmarks["case"].unique()
    without = np.array([fit(landmarks[landmarks["case"] != w], value) for w in women])
    for k, name in enumerate(NAMES):
        yield (
            name,
            float(value[k]),
            float(without[:, k].min()),
            float(without[:, k].max()),
            len(landmarks),
        )


def fit(landmarks: pd.DataFrame, start: Floats | tuple[float, ...] = START) -> Floats:
    """Most probable shared SD, own scale at the skin (mm) and its growth (mm per mm)."""
    ordered = landmarks.sort_values(["case", "side"], kind="stable")
    first = ~ordered.duplicated(["case", "side"]).to_numpy()
    depth = ordered[PRONE].to_numpy(float)
    change = ordered[SUPINE].to_numpy(float) - depth
    breasts = np.flatnonzero(first)

    def loss(x: Floats) -> float:
        """Minus log-likelihood; the logs of what is looked for, and the mean change of scale."""
        shared, skin_mm, growth = np.exp(x[:3])
        own = (skin_mm + growth * depth)[:, None]
        off = (change[:, None] - np.outer(depth, x[3] + shared * AT)) / own
        log = -0.5 * (DEGREES + 1) * np.log1p(off**2 / DEGREES) - np.log(own)
        together = np.add.reduceat(log, breasts, axis=0)
        top = together.max(axis=1, keepdims=True)
        return -float((np.log(np.exp(together - top) @ WEIGHT) + top[:, 0]).sum())

    found = minimize(
        loss, [*np.log(np.maximum(start, 1e-2)), 0.0], method="Nelder-Mead",
        options={"xatol": 1e-3, "fatol": 1e-3, "maxiter": 2000},
    )  # fmt: skip
    return np.round(np.exp(found.x[:3]), 6)
