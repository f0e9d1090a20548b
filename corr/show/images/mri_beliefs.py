"""Where findings of other exams should lie on MR slices or projections of the same breast.

Beliefs are pushed from the reference breast through the MR exam's own map and errors, then
placed at the nipple of the volume (LPS, mm), given that they lie in its breast. Lines are summed
along the direction of view, so that on a slice they say where to look, not that the slice holds
the lesion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from corr.judgement.result import Judgement
from corr.questions.look.sights import Sight
from corr.records import Reading
from corr.show.figures.parts.belief_lines import draw_belief
from corr.show.figures.parts.density import LEAST_INSIDE, Field
from corr.show.figures.parts.palette import lesion_styles
from corr.show.images.mri_panels import PLANES, Plane
from corr.show.wording.text import is_placed

if TYPE_CHECKING:
    from corr.imaging.mri.breast_anatomy import BreastAnatomy

Floats = NDArray[np.float64]


def mri_sight(judgement: Judgement) -> Sight:
    """What the breast's MRI (a usual one without) would report of every point."""
    made = [r for r in judgement.breast.readings if r.modality == "MR"]
    reading = made[0] if made else Reading("MR", "MR", "MR")
    return Sight(reading, judgement.model, judgement.parameters, judgement.breast.side)


def draw_mri_beliefs(
    axes: Sequence[Axes],
    judgement: Judgement,
    anatomy: BreastAnatomy,
    finding_ids: Sequence[str] | None = None,
) -> None:
    """Lay beliefs over the panels of `corr.show.images.mri.figure_mri_slices` or ``figure_mip``.

    Parameters
    ----------
    axes
        The axial, sagittal and coronal panel (``figure.axes[:3]``).
    anatomy
        The breast of the judgement's side in that volume.
    finding_ids
        Findings to show; all with a stated place that are not of an MRI when not given.

    Raises
    ------
    ValueError
        If the sides of the volume are not known or the breast is the other one.
    """
    if not anatomy.sides_known or anatomy.side != judgement.breast.side:
        msg = (
            f"the volume shows the {anatomy.laterality} breast, the judgement is of "
            f"{judgement.breast.side}; beliefs cannot be laid over it"
        )
        raise ValueError(msg)
    found = {f.finding_id: f for f in judgement.breast.findings if f.matched}
    stated = [i for i, f in found.items() if is_placed(f) and f.modality != "MR"]
    style = lesion_styles(judgement)
    sight, nipple = mri_sight(judgement), np.asarray(anatomy.nipple_lps, dtype=float)
    seen = [_silhouette(anatomy, plane) for plane in PLANES]
    limits = [(ax.get_xlim(), ax.get_ylim()) for ax in axes]
    for i in stated if finding_ids is None else finding_ids:
        density = sight.density(judgement.beliefs[i].probability)
        placed = density.in_lps(nipple, judgement.breast.side)
        at, mass = placed.axes, placed.mass
        held = mass * anatomy.inside(np.stack(np.meshgrid(*at, indexing="ij"), axis=-1))
        mass = held / held.sum() if held.sum() >= LEAST_INSIDE else mass
        for ax, plane, shadow in zip(axes, PLANES, seen, strict=True):
            flat = mass.sum(axis=plane.through).T
            field = Field(at[plane.across], at[plane.along], flat)
            draw_belief(ax, found[i], field.within(shadow), style[i], on_dark=True)
    for ax, (x, y) in zip(axes, limits, strict=False):
        ax.set(xlim=x, ylim=y)


def _silhouette(anatomy: BreastAnatomy, plane: Plane) -> Callable[[Floats], NDArray[np.bool_]]:
    """Which points (mm) of a panel have any of the breast before or behind them."""
    shadow = np.asarray(anatomy.mask.any(axis=plane.through))
    axes = [plane.across, plane.along]  # in the order of the grid's
    start, step = anatomy.grid.origin_lps[axes], anatomy.grid.spacing_mm[axes]

    def seen(points: Floats) -> NDArray[np.bool_]:
        index = np.rint((points - start) / step).astype(int)
        held = ((index >= 0) & (index < shadow.shape)).all(axis=1)
        return held & shadow[tuple(np.clip(index, 0, np.array(shadow.shape) - 1).T)]

    return seen
