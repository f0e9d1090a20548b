"""Compression against shapes that were compressed by finite elements (simulated, no patients).

Two breasts: the VICTRE digital breast, sixty points of which are known before and after
(`data/victre_points`), and one breast CT of which only figures are published. Points go
through the forward map of `corr.exams.mammography` with this breast's extents and thickness.

Which state is "before"? Published stretches start from prone, so the constants do too, and
both shapes are taken for prone: the CT was pendant, and the VICTRE shape, made by formula, is
likened to it. `STATES` holds the other reading. Neither shape is magnified: there is no film.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.compression.film_errors import FilmClaim, Floats
from corr import parameters
from corr.anatomy.breast import BreastModel
from corr.anatomy.extents import Extents
from corr.datasets import open_data
from corr.exams import mammography
from corr.parameters import Parameters
from corr.records import Reading

STATES = ("prone", "reference")
Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Outside:
    """A breast's outer size, mm: along the beam, along depth, across the film."""

    thickness: float
    depth: float
    width: float

    def over(self, before: Outside) -> tuple[float, float, float]:
        """Ratios to another state."""
        return (
            self.thickness / before.thickness,
            self.depth / before.depth,
            self.width / before.width,
        )


TwoSizes = tuple[Outside, Outside]
CT_BEFORE, CT_AFTER = Outside(126.7, 93.6, 121.8), Outside(65.1, 106.9, 151.0)
CT_AFFINE = {"across the film": 1.213, "along depth": 1.181, "along the beam": 0.651}
"""Finite-element compression of one breast CT (project GNNs-BreastCompression; peers 2c)."""


@dataclass(frozen=True)
class Squeezed:
    """Matched points of one breast before and after a CC, with its size.

    Parameters
    ----------
    before, after
        ``(n, 3)`` mm from the centre of the nipple of that state: lateral, superior, posterior.
    extents
        From the nipple before compression, mm.
    outside
        Size before and after.
    thickness_mm, nipple_height_mm, field_mm
        Between the plates; nipple over the lower one; nipple to the edge of the film.
    tissue_ratio
        Volume of all tissue after over before.
    """

    before: Floats
    after: Floats
    extents: Extents
    outside: TwoSizes
    thickness_mm: float
    nipple_height_mm: float
    field_mm: float
    tissue_ratio: float

    @property
    def reading(self) -> Reading:
        """The film as a finding's reading; the angle of a CC is known here."""
        return Reading(
            "cc", "MG", "mg", view="CC", angle_deg=0.0, thickness_mm=self.thickness_mm, study="mg"
        )

    @property
    def on_film(self) -> Floats:
        """Measured film positions ``(n, 2)``: posterior, transverse, mm."""
        return self.after[:, [2, 0]]

    @property
    def in_field(self) -> Bool:
        """Which points the film shows; the others stay behind its edge."""
        return np.asarray(self.after[:, 2] <= self.field_mm)


def read_victre(root: Path | None = None) -> Squeezed:
    """The VICTRE points that come with the project.

    Raises
    ------
    InputError
        If a file is missing or its SHA-256 is not that of the manifest.
    """
    files = open_data("victre_points", root)
    points = pd.read_csv(files["points"])
    size = pd.read_csv(files["breast"], index_col="quantity")
    loose, tight = size["unloaded"], size["compressed"]
    before, after = (
        points[[f"{s}_y_mm", f"{s}_z_mm", f"{s}_x_mm"]].to_numpy(float) * [1.0, 1.0, -1.0]
        for s in ("u", "c")
    )
    names = ("lateral", "medial", "superior", "inferior", "depth")
    extents = Extents(*(float(loose[f"{name}_mm"]) for name in names))
    width = [float(s["lateral_mm"] + s["medial_mm"]) for s in (loose, tight)]
    thickness = float(tight["thickness_mm"])
    return Squeezed(
        before,
        after,
        extents,
        (
            Outside(extents.height_along(0.0), extents.depth, width[0]),
            Outside(thickness, float(tight["depth_mm"]), width[1]),
        ),
        thickness,
        float(tight["nipple_height_mm"]),
        float(tight["field_mm"]),
        float(tight["tissue_ml"] / loose["tissue_ml"]),
    )


def unmagnified(p: Parameters | None = None) -> Parameters:
    """The constants (those of the package unless given) for points that no film has magnified."""
    return (parameters.load() if p is None else p).override({"film_magnification": 1.0})


def claim(s: Squeezed, p: Parameters, state: str = "prone") -> FilmClaim:
    """What the model says of these points, which are in ``state`` before compression."""
    return FilmClaim(_model(s.before, s.extents, p, state), s.reading, p)


def _model(points: Floats, extents: Extents, p: Parameters, state: str) -> BreastModel:
    if state not in STATES:
        msg = f"state must be one of {STATES}, got {state!r}"
        raise ValueError(msg)
    prone = state == "prone"
    lr, ap = (p["prone_lr_scale"], p["prone_ap_scale"]) if prone else (1.0, 1.0)
    weight = np.full(len(points), 1.0 / len(points))
    return BreastModel(
        extents.scaled(1.0 / lr, 1.0 / ap), p["grid_mm"], points / [lr, lr, ap], weight,
        p["supine_lr_scale"], p["supine_ap_scale"],
    )  # fmt: skip


def our_stretches(extents: Extents, thickness_mm: float, p: Parameters) -> dict[str, float]:
    """Prone to film: across the film, along depth, and along the beam.

    The last is thickness over extent: so slice heights and stereo pairs are read.
    """
    reading = Reading("cc", "MG", "mg", view="CC", angle_deg=0.0, thickness_mm=thickness_mm)
    model = _model(np.zeros((1, 3)), extents, p, "prone")
    width, depth = mammography.stretches(reading, model, p)
    return {
        "across the film": width / p["prone_lr_scale"],
        "along depth": depth / p["prone_ap_scale"],
        "along the beam": thickness_mm / extents.height_along(0.0),
    }


def height_off_mm(s: Squeezed, p: Parameters) -> Floats:
    """Measured less expected height above the lower plate, mm: what a slice would show."""
    expected = mammography.beam_height_mm(s.reading, claim(s, p).model, p)
    return np.asarray(s.after[:, 1] + s.nipple_height_mm - expected)
