"""The breast in three dimensions, with the surface that encloses half of each belief.

Drawn in mm as the patient stands before the viewer: x toward the patient's left, y from the
nipple into the picture (posterior), z toward the head. The camera is moved a little to the
lateral side and up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.measure import marching_cubes

from corr.anatomy.frame import LATERAL, POSTERIOR, SUPERIOR, left_sign
from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement
from corr.show.figures.parts.body import body_points
from corr.show.figures.parts.legends import columns, finding_handles, legend
from corr.show.figures.parts.palette import INK, SKIN_EDGE, halo, lesion_styles, new_figure
from corr.show.wording.text import is_placed

SHARE = 0.5
SMOOTH_CELLS = 0.8
SKIN_ALPHA, BELIEF_ALPHA = 0.10, 0.55
ELEVATION_DEG, TURN_DEG = 18.0, 32.0
LIGHT = np.array([-0.35, -0.75, 0.55])
FLOOR = 0.55
"""Brightness of a surface that turns away from the light."""

SHORT_LABEL = 40
Floats = NDArray[np.float64]


class Grid:
    """The regular grid that holds a judgement's points, with a rim of empty cells."""

    def __init__(self, points: Floats, cell_mm: float) -> None:
        self.cell_mm, rim = cell_mm, 2
        self.start_mm = points.min(axis=0) - rim * cell_mm
        self._index = tuple(np.rint((points - self.start_mm) / cell_mm).astype(np.intp).T)
        self._shape = tuple(int(i.max()) + rim + 1 for i in self._index)

    def fill(self, values: Floats) -> Floats:
        """Values ``(n,)`` on the grid, smoothed by less than a cell; 0 outside the breast."""
        full = np.zeros(self._shape)
        full[self._index] = values
        return gaussian_filter(full, SMOOTH_CELLS, mode="constant")

    def full(self) -> Floats:
        """1 inside, 0 outside, smoothed."""
        return self.fill(np.ones(len(self._index[0])))

    def surface(self, values: Floats, level: float) -> Floats | None:
        """Triangles ``(m, 3, 3)`` in mm (lateral, superior, posterior) where values = level."""
        if not values.min() < level < values.max():
            return None
        spacing_mm = (self.cell_mm,) * 3
        found = marching_cubes(values, level, spacing=spacing_mm)
        corner, face = found[:2]
        return np.asarray(corner[face] + self.start_mm, dtype=float)


def level_of(values: Floats, share: float) -> float:
    """Height above which the densest cells hold ``share`` of the total."""
    heights = np.sort(values, axis=None)[::-1]
    held = np.cumsum(heights) / heights.sum()
    return float(heights[min(int(np.searchsorted(held, share)), heights.size - 1)])


def plot_breast3d(
    judgement: Judgement,
    finding_ids: Sequence[str] | None = None,
    *,
    share: float = SHARE,
    ax: Axes | None = None,
) -> Axes:
    """Translucent breast with the region that holds ``share`` of each finding's belief.

    Parameters
    ----------
    finding_ids
        Which findings to draw; all with a stated place when not given.
    ax
        An ``Axes3D`` (``projection="3d"``).

    Raises
    ------
    TypeError
        If ``ax`` is not three-dimensional.
    """
    drawn = new_figure(6.6, 6.0).add_subplot(projection="3d") if ax is None else ax
    if not isinstance(drawn, Axes3D):
        msg = 'plot_breast3d draws on 3-D axes; make them with add_subplot(projection="3d")'
        raise TypeError(msg)
    style, beliefs = lesion_styles(judgement), judgement.beliefs
    found = [f for f in judgement.breast.findings if f.finding_id in beliefs]
    stated = [f.finding_id for f in found if f.matched and is_placed(f)]
    chosen = stated if finding_ids is None else list(finding_ids)
    side, grid = judgement.breast.side, Grid(judgement.points, judgement.cell_mm)
    body = Grid(body_points(judgement), judgement.cell_mm)
    parts = [(body.surface(body.full(), 0.5), SKIN_EDGE, SKIN_ALPHA)]
    for i in chosen:
        values = grid.fill(beliefs[i].probability)
        parts.append((grid.surface(values, level_of(values, share)), style[i].colour, BELIEF_ALPHA))
    _surfaces(drawn, parts, side)
    for i in chosen:
        x, y, z = drawn_places(beliefs[i].mean_mm, side)
        look = {"marker": style[i].marker, "color": style[i].colour, "edgecolors": style[i].edge}
        drawn.scatter([x], [y], [z], s=70, depthshade=False, zorder=5, **look)
    _furniture(drawn, judgement)
    drawn.set_title(f"{SIDE_NAMES[side].capitalize()}, {100 * share:.0f} % of each place")
    if chosen:
        handles = finding_handles(judgement, chosen)
        for handle in handles:  # surfaces have a colour and no line
            handle.set(linestyle="-", linewidth=7)
        legend(drawn, handles, below=0.03, fontsize=9, ncols=columns(handles, 2, SHORT_LABEL))
    return cast(Axes, drawn)


def drawn_places(points: Floats, side: str) -> Floats:
    """Breast frame to the picture's (patient's left, posterior, superior), mm."""
    return np.stack(
        [left_sign(side) * points[..., LATERAL], points[..., POSTERIOR], points[..., SUPERIOR]],
        axis=-1,
    )


def _surfaces(ax: Axes3D, parts: Sequence[tuple[Floats | None, str, float]], side: str) -> None:
    """Flat-shaded triangles of all surfaces, in one collection so that nearer ones cover others."""
    places, colours = [], []
    for triangles, colour, alpha in parts:
        if triangles is None:
            continue
        xyz = drawn_places(triangles, side)
        normal = np.cross(xyz[:, 1] - xyz[:, 0], xyz[:, 2] - xyz[:, 0])
        length = np.linalg.norm(normal, axis=1, keepdims=True)
        facing = np.abs((normal / np.where(length > 0, length, 1)) @ LIGHT) / np.linalg.norm(LIGHT)
        shade = (FLOOR + (1 - FLOOR) * facing)[:, None] * np.asarray(to_rgb(colour))
        places.append(xyz)
        colours.append(np.column_stack([shade, np.full(len(shade), alpha)]))
    if places:
        faces = np.concatenate(colours)
        made = Poly3DCollection(np.concatenate(places), facecolors=faces, edgecolors="none")
        ax.add_collection3d(made)


def _furniture(ax: Axes3D, judgement: Judgement) -> None:
    """Camera, equal axes in mm, nipple, direction words and a scale bar."""
    side = judgement.breast.side
    xyz = drawn_places(body_points(judgement), side)
    low, high = xyz.min(axis=0) - 6, xyz.max(axis=0) + 6
    low[1] = -10.0
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    ax.set_proj_type("ortho")
    ax.computed_zorder = False
    ax.set_box_aspect(high - low, zoom=1.1)
    ax.view_init(elev=ELEVATION_DEG, azim=-90 + left_sign(side) * TURN_DEG)
    ax.set_axis_off()
    ax.scatter([0], [0], [0], s=60, color=SKIN_EDGE, edgecolors=INK, depthshade=False, zorder=6)
    left, right = "lateral\n(axilla)", "medial\n(sternum)"  # as the viewer sees it
    if side == "L":
        left, right = right, left
    behind = 0.6 * high[1]
    words = {
        "nipple": (0, 0, -8),
        "head": (0, behind, high[2] + 6),
        "feet": (0, behind, low[2] - 10),
        left: (low[0] - 26, behind, 0),
        right: (high[0] + 26, behind, 0),
    }
    for text, (x, y, z) in words.items():
        halo(ax.text(x, y, z, text, ha="center", va="center", fontsize=9, color=INK, zorder=8))
    for letter, x in {"R": low[0] - 20, "L": high[0] + 20}.items():
        at = (x, behind, 0.6 * high[2])
        ax.text(*at, letter, fontsize=13, fontweight="bold", ha="center", zorder=8)
    ax.plot([-10, 10], [0, 0], [low[2] - 14] * 2, color=INK, lw=2.5)
    ax.text(0, 0, low[2] - 19, "20 mm", ha="center", va="top", fontsize=9, color=INK)
