"""Beliefs on an MRI, given that they lie in the breast that it shows: no lesion is in air."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from corr.case.casefile import Case
from corr.case.open import nipples_lps
from corr.export.content import Judged, Place
from corr.imaging.image_kinds import StudyReading
from corr.imaging.image_reading import ImageReading
from corr.imaging.mri.breast_anatomy import BreastAnatomy
from corr.questions.densities import Density

LEAST = 0.05
"""Share of a belief that has to lie in the breast; with less it does not fit and is told whole."""


def anatomies(images: Sequence[ImageReading]) -> dict[str, BreastAnatomy]:
    """Breasts by side on the MRIs of a case, in the coordinates of their files."""
    return {
        side: a
        for image in images
        if isinstance(image, StudyReading)
        for side, a in image.image.anatomy.items()
        if _as_in_file(a)
    }


def nipples_on(
    anatomy: Mapping[str, BreastAnatomy], case: Case
) -> dict[str, tuple[float, float, float]]:
    """LPS of the nipples on an MRI by side: as found, else as the case states it."""
    found: dict[str, tuple[float, float, float]] = {}
    for side, a in anatomy.items():
        at = a.nipple_lps if a.nipple_usable else _stated(case, side)
        if _as_in_file(a) and at is not None:
            found[side] = float(at[0]), float(at[1]), float(at[2])
    return found


def _stated(case: Case, side: str) -> Sequence[float] | None:
    if (at := nipples_lps(case.rows).get((case.case_id, side))) is not None:
        return at
    for cells in case.cells.get("breasts", ()):
        values = [cells.get(f"mr_nipple_{axis}") for axis in "lps"]
        if cells.get("breast") == side and all(values):
            try:
                return [float(x) for x in values if x]
            except ValueError:  # a problem of the case says so
                return None
    return None


def _as_in_file(a: BreastAnatomy) -> bool:
    """Whether its coordinates are those of the file, and its side is known."""
    return a.sides_known and not a.turned


def in_the_breast(judged: Judged, anatomy: BreastAnatomy) -> Judged:
    """The same, with each belief on the MRI given that it lies in the breast that was found."""

    def held(place: Place) -> Place:
        return place if place.lps is None else replace(place, lps=_inside(place.lps, anatomy))

    return replace(
        judged,
        findings=tuple(replace(f, place=held(f.place)) for f in judged.findings),
        lesions=tuple(replace(x, place=held(x.place)) for x in judged.lesions),
    )


def _inside(density: Density, anatomy: BreastAnatomy) -> Density:
    cells = np.stack(np.meshgrid(*density.axes, indexing="ij"), axis=-1)
    kept = density.mass * anatomy.inside(cells)
    total = float(kept.sum())
    return replace(density, mass=kept / total) if total >= LEAST else density
