"""Stored pixels of a film to the picture in which it hangs the usual way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.frame import left_sign
from corr.imaging.mammogram.hanging import usual
from corr.imaging.mammogram.landmarks import step

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
        nipple = film.landmarks.nipple_row, film.landmarks.nipple_col
        self.sign = -left_sign(film.side)
        self.known, self.has_nipple = film.hanging is not None, None not in nipple
        middle = film.image.shape[0] / 2, film.image.shape[1] / 2
        self._origin = np.array(nipple if self.has_nipple else middle, dtype=float)
        self._mm = np.array([film.row_spacing_mm or 1.0, film.col_spacing_mm or 1.0])
        self._hanging = film.hanging or usual(film.side)
        self._axes = np.stack([step(self._hanging.chest), step(self._hanging.up)])

    def __call__(self, points: Floats) -> NDArray[np.float64]:
        """(n, 2) stored (row, col) to (n, 2) picture (x, y)."""
        film = (np.asarray(points, dtype=float).reshape(-1, 2) - self._origin) * self._mm
        posterior, transverse = self._axes @ film.T
        return np.column_stack([self.sign * posterior, transverse])

    def image(self, stored: Floats) -> tuple[Floats, tuple[float, float, float, float]]:
        """The image as it hangs, thinned to what a picture shows, and its extent."""
        rows, cols = stored.shape[:2]
        corners = self(np.array([[-0.5, -0.5], [rows - 0.5, cols - 0.5]]))
        (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
        shown = self._hanging.hang(_thinned(stored, max(1, -(-max(rows, cols) // LONGEST_PX))))
        return shown[:, ::-1] if self.sign > 0 else shown, (x0, x1, y0, y1)


def _thinned(image: Floats, by: int) -> Floats:
    """Mean of blocks of ``by`` x ``by`` pixels."""
    rows, cols = (n // by for n in image.shape[:2])
    blocks = image[: rows * by, : cols * by].reshape(rows, by, cols, by)
    return np.asarray(blocks.mean(axis=(1, 3)))
