"""Beliefs on an MRI, given that they lie in the breast that it shows: no lesion is in air."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

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
        if usable(a)
    }


def usable(a: BreastAnatomy) -> bool:
    """Whether places in the coordinates of the file can be told from this breast's nipple."""
    return a.sides_known and a.nipple_usable and not a.turned


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
