"""Surfaces of the breast and of beliefs as meshes for a 3-D viewer, in patient axes (RAS, mm).

The origin is the nipple. The same surfaces as in `corr.show.figures.breast3d`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from skimage.measure import marching_cubes

from corr.anatomy.frame import LATERAL, POSTERIOR, SUPERIOR, left_sign
from corr.judgement.result import Judgement
from corr.show.figures.breast3d import Grid, level_of
from corr.show.figures.parts.body import body_points

MAGIC, FACES, CORNERS = 0x5A4D, 1, 2
Floats = NDArray[np.float64]
Colours = dict[str, list[int]]
Mesh = tuple[Floats, NDArray[np.int32]]
"""Corners ``(n, 3)`` in RAS mm; triangles ``(m, 3)`` of them, anticlockwise from outside."""


class Surfaces:
    """Surfaces of one judgement's breast: `body` and, of any belief on its points, `belief`."""

    def __init__(self, judgement: Judgement) -> None:
        self.side, self.points = judgement.breast.side, judgement.points
        self._grid = Grid(judgement.points, judgement.cell_mm)
        self._body = Grid(body_points(judgement), judgement.cell_mm)

    def body(self) -> Mesh | None:
        """The skin of the expected breast."""
        return self._mesh(self._body, self._body.full(), 0.5)

    def belief(self, probability: Floats, share: float) -> Mesh | None:
        """Around the densest region that holds ``share`` of a belief; None where there is none."""
        values = self._grid.fill(probability)
        return self._mesh(self._grid, values, level_of(values, share))

    def _mesh(self, grid: Grid, values: Floats, level: float) -> Mesh | None:
        if not values.min() < level < values.max():
            return None
        corner, face = marching_cubes(values, level, spacing=(grid.cell_mm,) * 3)[:2]
        ras = to_ras(corner + grid.start_mm, self.side)
        # marching cubes turn outward in right-handed axes; mirrored, triangles turn around
        mirrored = left_sign(self.side) < 0
        return ras, np.asarray(face[:, ::-1] if mirrored else face, dtype=np.int32)


def to_ras(points: Floats, side: str) -> Floats:
    """Breast frame to the patient's (right, anterior, superior), mm from the nipple.

    >>> to_ras(np.array([[10.0, 20.0, 30.0]]), "R").tolist()
    [[10.0, -30.0, 20.0]]
    """
    right = -left_sign(side) * points[..., LATERAL]
    return np.stack([right, -points[..., POSTERIOR], points[..., SUPERIOR]], axis=-1)


@dataclass(frozen=True)
class Named:
    """A name, its place (RAS, mm) and its colour."""

    name: str
    at_ras: tuple[float, float, float]
    colour: str

    @classmethod
    def of(cls, name: str, at_ras: Floats, colour: str) -> Named:
        """A name at a place, to a tenth of a millimetre."""
        right, anterior, superior = (round(float(v), 1) for v in at_ras)
        return cls(name, (right, anterior, superior), colour)


def named_places(named: Sequence[Named], *, size_mm: float) -> tuple[bytes, str, Colours]:
    """Balls with names as one connectome (JCON of NiiVue), its colour map and that one's name."""
    last = max(len(named) - 1, 1)
    nodes = [
        {"name": n.name, **dict(zip("xyz", n.at_ras, strict=True)), "colorValue": k, "sizeValue": 1}
        for k, n in enumerate(named)
    ]
    rgb = [[round(255 * v) for v in to_rgb(n.colour)] for n in named]
    steps = {"I": [round(255 * k / last) for k in range(len(named))], "A": [255] * len(named)}
    colours = {**steps, **{c: [v[k] for v in rgb] for k, c in enumerate("RGB")}}
    name = "names-" + "-".join(n.colour.removeprefix("#") for n in named)
    maps = ("nodeColormap", "nodeColormapNegative", "edgeColormap", "edgeColormapNegative")
    limits = {"nodeMinColor": 0, "nodeMaxColor": last, "edgeMin": 0, "edgeMax": 1, "edgeScale": 1}
    look = {"nodeScale": size_mm, "legendLineThickness": 1, "showLegend": True}
    document = {"name": "names", **dict.fromkeys(maps, name), **limits, **look}
    return json.dumps({**document, "nodes": nodes, "edges": []}).encode(), name, colours


def ramp(colour: str) -> tuple[str, Colours]:
    """A colour map of NiiVue from faint to full of one colour, and its name."""
    full = {k: round(255 * v) for k, v in zip("RGB", to_rgb(colour), strict=True)}
    steps: dict[str, list[int]] = {k: [v // 2, v // 2, v] for k, v in full.items()}
    return f"belief-{colour.removeprefix('#')}", {**steps, "A": [0, 90, 255], "I": [0, 1, 255]}


def mz3(mesh: Mesh) -> bytes:
    """A mesh as an (uncompressed) MZ3 file."""
    corner, face = mesh
    head = struct.pack("<HHIII", MAGIC, FACES | CORNERS, len(face), len(corner), 0)
    return head + face.astype("<i4").tobytes() + corner.astype("<f4").tobytes()
