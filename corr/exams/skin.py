"""The skin seen from the nipple: where points show on it, and likelihoods looked up over it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from corr.anatomy.breast import Array
from corr.exams import kernels
from corr.exams.affine import Affine, Product

CELL_MM = 3.0
"""Cells of the table over the skin, far below every kernel: looking a likelihood up is ten
times faster than computing it at every point of every node."""


@dataclass(frozen=True)
class Seen:
    """Where every point shows on the skin, from the nipple, and how deep; mm, each ``(n_e, n)``.

    ``sign`` is +1 where 3 o'clock is lateral (left breast), -1 where it is medial; ``skin_sd_mm``
    is the scale of what is unknown of where the skin is.
    """

    lateral: Affine
    superior: Affine
    depth: Affine
    sign: float
    skin_sd_mm: float = 0.0

    @property
    def hour(self) -> Array:
        """Clock angle (h), in (-6, 6]."""
        toward_3 = np.float32(self.sign) * self.lateral.values
        return np.arctan2(toward_3, self.superior.values) * np.float32(6 / np.pi)

    @property
    def radius_mm(self) -> Array:
        """Distance from the nipple along the skin."""
        return np.hypot(self.lateral.values, self.superior.values)

    @property
    def depth_mm(self) -> Array:
        """Depth below the skin."""
        return self.depth.values

    @cached_property
    def reach(self) -> int:
        """Cells of the table on either side of the nipple that hold every point."""
        ends = np.abs(self.lateral.of.rows).max(axis=1)
        most = max((np.abs(at.by_node) @ ends).max() for at in (self.lateral, self.superior))
        return 8 * math.ceil((most / CELL_MM + 1) / 8)  # few sizes, so that tables are reused

    def look_up(self, table: Array) -> Product:
        """Values of a table over the skin (`skin_table`) where every point shows."""
        across, up = (np.array(a.by_node / CELL_MM) for a in (self.lateral, self.superior))
        for by_node in (across, up):
            by_node[:, 0] += self.reach + 0.5  # positive: cut off is rounded to the nearest
        rows, width = self.lateral.of.rows, np.float32(2 * self.reach + 1)
        across, up = across.astype(np.float32), up.astype(np.float32)

        def values(nodes: slice) -> Array:
            cell = up[nodes] @ rows
            np.floor(cell, out=cell)
            cell *= width
            cell += across[nodes] @ rows
            return table.take(cell.astype(np.intp), mode="wrap")  # all inside: saves the check

        return Product((len(across), rows.shape[1]), (values,))


@lru_cache(maxsize=16)
def skin_table(reach: int, sign: float) -> tuple[Array, Array]:
    """Hour and radius (mm) at the middle of the cells of a table over the skin."""
    mm = CELL_MM * np.arange(-reach, reach + 1, dtype=np.float32)
    hour = np.arctan2(np.float32(sign) * mm[None, :], mm[:, None]) * np.float32(6 / np.pi)
    return hour, np.hypot(mm[None, :], mm[:, None])


@lru_cache(maxsize=256)
def on_skin(
    clock_h: tuple[float, float] | None,
    fn_mm: tuple[float, float] | None,
    sds_mm: tuple[float, float],
    reach: int,
    sign: float,
) -> Array | None:
    """Table over the skin of the likelihood of a range of the clock and of distances."""
    hour, radius_mm = skin_table(reach, sign)
    tangential, radial = sds_mm
    parts: list[Array] = []
    if clock_h is not None:
        parts.append(kernels.clock_interval(*clock_h, hour, radius_mm, tangential))
    if fn_mm is not None:
        parts.append(kernels.interval(*fn_mm, radius_mm, radial))
    return math.prod(parts[1:], start=parts[0]).astype(np.float32).ravel() if parts else None
