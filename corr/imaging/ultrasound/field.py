"""The insonified field of an ultrasound still: where the picture is, without text around it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import convex_hull_image

Mask = NDArray[np.bool_]

_LETTER_PX, _LETTER_PART = 25, 1 / 24
"""Larger than burned-in letters (pixels, and part of the image), smaller than any field: what is
narrower is not the field."""
_SHARE = 0.2  # of the largest piece: pieces a shadow cut off are large, body marks are small
_FLAT_PX, _FLAT_PART = 2.0, 0.6  # dark corners may be missing from a straight edge
_SIDE_PART = 0.15


def field_of(image: NDArray[Any]) -> Mask | None:
    """Mask of the insonified field: the large area of speckle, straight across dark shadows.

    Letters, scales, grey bars and body marks are narrower than any field and fall away, also
    where they touch it.

    Parameters
    ----------
    image : (rows, columns) or (rows, columns, 3), black around the field

    Returns
    -------
    mask (rows, columns), or None if no area stands out
    """
    grey = image.max(axis=2) if image.ndim == 3 else image
    grey = np.asarray(grey, dtype=np.float32)
    depth = float(grey.max()) - float(grey.min())
    letter = max(_LETTER_PX, round(min(grey.shape) * _LETTER_PART)) | 1  # odd: stays centred
    if min(grey.shape) < 2 * letter or depth <= 0.0:
        return None
    lit = grey > _background(grey) + 0.012 * depth
    # Speckle has gaps of single pixels, letters have wider ones: close only the first.
    lit = ndimage.binary_closing(np.pad(lit, 2))[2:-2, 2:-2]
    lit = ndimage.minimum_filter(lit, letter, mode="constant", cval=0)
    labels, n = ndimage.label(ndimage.maximum_filter(lit, letter, mode="constant", cval=0))
    if n == 0:
        return None
    areas = np.bincount(labels.ravel())[1:]
    keep = np.flatnonzero(areas >= _SHARE * areas.max()) + 1
    hull: Mask = convex_hull_image(np.isin(labels, keep))
    return hull


def top_row(field: Mask) -> float | None:
    """Row of the probe's face: the upper edge of the field, where it is straight and whole.

    Returns
    -------
    the row of the edge (pixel centres at whole numbers, so the edge is half a pixel above the
    first lit row), or None if the field reaches the image's first row (it may be cut off) or its
    upper edge is curved or slanted
    """
    columns = np.flatnonzero(field.any(axis=0))
    cut = int(len(columns) * _SIDE_PART)
    first = field[:, columns[cut : len(columns) - cut]].argmax(axis=0)
    if not first.size or first.min() == 0:
        return None
    straight = first[first <= first.min() + _FLAT_PX]
    return float(np.median(straight)) - 0.5 if len(straight) >= _FLAT_PART * len(first) else None


def _background(grey: NDArray[np.float32]) -> float:
    """The most frequent value among the darkest fifth of the border."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    dark = border[border <= np.quantile(border, 0.2)]
    values, counts = np.unique(dark, return_counts=True)
    return float(values[counts.argmax()])
