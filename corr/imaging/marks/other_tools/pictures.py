"""Masks stored as pictures: PNG, TIFF, BMP, JPEG, or a DICOM secondary capture (CBIS-DDSM)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.imaging.dicom.header import Unusable, frames, read_header, refusing
from corr.imaging.dicom.pixels import pixels
from corr.imaging.marks.annotation import Annotation

SUFFIXES = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg")
MAX_PIXELS = 64_000_000
"""Most pixels of a mask: twice the largest mammogram."""
_MOST_LABELS = 10
_ENDS, _MOST_BETWEEN = 0.02, 0.03  # of the range of grey, and share of pixels between the ends:
# lossy compression blurs the border of a mask
_FIX = "give the mask drawn on it (two grey values), or CSV with columns row, col"


def read_picture(path: Path) -> list[Annotation]:
    """The mask in a picture file; one annotation per grey value if there are a few.

    Raises
    ------
    Unusable
        If it is no picture, or one with many grey values.
    """
    from PIL import Image

    with refusing("the picture cannot be read"):
        try:
            with Image.open(path) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    msg = f"a picture of {picture.width} x {picture.height} pixels"
                    raise Unusable(msg, allowed=f"up to {MAX_PIXELS:,} pixels")
                _check_single(int(getattr(picture, "n_frames", 1)))
                kept = picture.mode in ("1", "L", "P", "I", "F") or picture.mode.startswith("I;16")
                values = np.asarray(picture if kept else picture.convert("L"))
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:  # at broken chunks
            msg = "no picture that can be read"
            raise Unusable(msg, allowed=", ".join(SUFFIXES), fix="save the mask again") from error
        values = values.astype(np.uint8) if values.dtype == bool else values
    return masks_of(values, "mask picture")


def read_secondary_capture(path: Path, what: str) -> list[Annotation]:
    """The mask in a DICOM image, as CBIS-DDSM stores them; ``what`` it is otherwise.

    Raises
    ------
    Unusable
        If its pixels cannot be read or are those of an image.
    """
    _check_single(frames(read_header(path)))
    values = pixels(path)
    return masks_of(values[..., 0] if values.ndim == 3 else values, "mask image (DICOM)", what)


def _check_single(count: int) -> None:
    if count > 1:
        msg = f"a file of {count} pictures: if they are masks, which slice each is on is not said"
        raise Unusable(msg, allowed="one picture", fix="save the mask as .nii.gz or DICOM SEG")


def masks_of(values: NDArray[Any], source: str, what: str = "picture") -> list[Annotation]:
    """Masks of a grey picture (rows, columns): the brighter of two values, or each of a few.

    Raises
    ------
    Unusable
        If it has many values, or only one.
    """
    if values.ndim != 2 or not np.isfinite(values).all():
        msg = f"a {what} of the shape {values.shape}"
        raise Unusable(msg, allowed="a mask of rows and columns", fix=_FIX)
    low, high = float(values.min()), float(values.max())
    if low == high:
        msg = "the mask is empty"
        raise Unusable(msg, fix=_FIX)
    found, counts = np.unique(values, return_counts=True)
    margin = _ENDS * (high - low)
    inner = (found > low + margin) & (found < high - margin)
    if 2 < len(found) <= _MOST_LABELS and low == 0.0:
        masks = {f"{v:g}": values == v for v in found[1:]}
    elif counts[inner].sum() <= _MOST_BETWEEN * counts.sum():
        masks = {"": values > (low + high) / 2}
    else:
        msg = f"a {what} with {len(found)} grey values holds no annotations: an image, not a mask"
        raise Unusable(msg, allowed="a mask: two grey values, or a few", fix=_FIX)
    size = (int(values.shape[0]), int(values.shape[1]))
    return [_annotation(mask, name, source, size) for name, mask in masks.items()]


def _annotation(
    mask: NDArray[np.bool_], label: str, source: str, size: tuple[int, int]
) -> Annotation:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    window = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    corner = (int(rows[0]), int(columns[0]))
    middle = np.argwhere(window).mean(axis=0) + np.array(corner)
    return Annotation(
        label=label, kind=None, space="pixel", points=middle[None], mask=window.copy(),
        corner=corner, image_size=size, source=source,
    )  # fmt: skip
