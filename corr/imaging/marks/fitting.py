"""Marks drawn on a larger or smaller copy of an image, on that image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation, Array

SAME_ASPECT = 0.02
"""Relative difference of the scales of rows and columns up to which an image is a copy."""


def fitted(mark: Annotation, size: tuple[int, int] | None) -> Annotation:
    """A mark in the pixels of an image of ``size`` (rows, columns), scaled if its own differs.

    Raises
    ------
    Unusable
        If the image it was drawn on has another shape: a part of this one, or another image.
    """
    drawn_on = mark.image_size
    if mark.space != "pixel" or drawn_on is None or size is None or drawn_on == size:
        return mark
    scale = np.array(size) / np.array(drawn_on)
    if abs(scale[0] / scale[1] - 1.0) > SAME_ASPECT:
        msg = (
            f"drawn on an image of {drawn_on[0]} x {drawn_on[1]} pixels, not {size[0]} x {size[1]}"
        )
        fix = "give the image it was drawn on, or its mask or points in the pixels of this one"
        raise Unusable(msg, allowed="marks on this image or a scaled copy of it", fix=fix)
    doubt = (
        f"drawn on an image of {drawn_on[0]} x {drawn_on[1]} pixels, scaled by {scale[0]:.3g} to "
        f"this one of {size[0]} x {size[1]}: look on the picture whether it lies right"
    )
    moved = replace(
        mark,
        points=(mark.points + 0.5) * scale - 0.5,
        image_size=size,
        doubts=(*mark.doubts, doubt),
    )
    return moved if mark.mask is None else _scaled_mask(moved, scale)


def _scaled_mask(mark: Annotation, scale: Array) -> Annotation:
    """The mask on the other grid: each pixel takes the value under its middle."""
    assert mark.mask is not None
    shape = np.array(mark.mask.shape)
    low = np.floor(np.array(mark.corner) * scale).astype(int)
    high = np.ceil((np.array(mark.corner) + shape) * scale).astype(int)
    taken = []
    for axis in (0, 1):
        middles = (np.arange(low[axis], high[axis]) + 0.5) / scale[axis] - mark.corner[axis]
        taken.append(np.clip(np.floor(middles).astype(int), 0, shape[axis] - 1))
    mask = mark.mask[np.ix_(*taken)]
    if not mask.any():  # thinner than a pixel here
        return replace(mark, mask=None)
    return replace(mark, mask=mask, corner=(int(low[0]), int(low[1])))
