"""Stored pixels of a film to the picture in which it hangs the usual way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.frame import left_sign

if TYPE_CHECKING:
    from corr.imaging.mammogram.mammogram import Mammogram

LONGEST_PX = 900
Floats = NDArray[Any]


class Hung:
    """Stored pixels to picture coordinates (mm, or pixels where the film has no spacing).

    Attributes
    ----------
    sign
        Where posterior points in the picture: +1 right, -1 left.
    known
        Whether the orientation of the film is known.
    has_nipple
        Whether coordinates are from the nipple; otherwise from the middle of the image.
    """

    def __init__(self, film: Mammogram) -> None:
        marks, hanging = film.landmarks, film.hanging
        self.sign = -left_sign(film.side)
        self.known = hanging is not None
        found = marks.nipple_row is not None and marks.nipple_col is not None
        rows, cols = film.image.shape[:2]
        self.nipple = np.array(
            [marks.nipple_row, marks.nipple_col] if found else [rows / 2, cols / 2], dtype=float
        )
        self.has_nipple = found
        self.mm = np.array([film.row_spacing_mm or 1.0, film.col_spacing_mm or 1.0])
        steps = {"top": (-1, 0), "bottom": (1, 0), "left": (0, -1), "right": (0, 1)}
        right_breast = self.sign > 0
        chest, up = (
            (hanging.chest, hanging.up) if hanging else ("right" if right_breast else "left", "top")
        )
        self._axes = np.array([steps[chest], steps[up]], dtype=float)

    def __call__(self, points: Floats) -> NDArray[np.float64]:
        """(n, 2) stored (row, col) to (n, 2) picture (x, y)."""
        film = (np.asarray(points, dtype=float).reshape(-1, 2) - self.nipple) * self.mm
        posterior, transverse = self._axes @ film.T
        return np.column_stack([self.sign * posterior, transverse])

    def image(self, stored: Floats) -> tuple[Floats, tuple[float, float, float, float]]:
        """The image as it hangs, thinned to what a picture shows, and its extent."""
        rows, cols = stored.shape[:2]
        low, high = self(np.array([[-0.5, -0.5], [rows - 0.5, cols - 0.5]]))
        thin = max(1, -(-max(rows, cols) // LONGEST_PX))
        shown = _thinned(stored, thin)
        corners = self(np.array([[0, 0], [0, 1], [1, 0]]))
        along_col, along_row = corners[1] - corners[0], corners[2] - corners[0]
        if abs(along_col[0]) < abs(along_row[0]):  # columns run across the film
            shown, along_col, along_row = shown.swapaxes(0, 1), along_row, along_col
        shown = shown[:, ::-1] if along_col[0] < 0 else shown
        shown = shown[::-1] if along_row[1] > 0 else shown
        (x0, x1), (y0, y1) = sorted((low[0], high[0])), sorted((low[1], high[1]))
        return shown, (x0, x1, y0, y1)


def _thinned(image: Floats, step: int) -> Floats:
    """Mean of blocks of ``step`` x ``step`` pixels."""
    rows, cols = (n // step for n in image.shape[:2])
    blocks = image[: rows * step, : cols * step].reshape(rows, step, cols, step)
    return np.asarray(blocks.mean(axis=(1, 3)))
