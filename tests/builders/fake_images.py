"""Hand-made films, stills and judgements for image tests: nothing is searched or measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from corr.anatomy.views import VIEWS
from corr.imaging.mammogram.hanging import Hanging, letters_of
from corr.imaging.mammogram.landmarks import Landmarks
from corr.imaging.mammogram.mammogram import Mammogram
from corr.imaging.mri.breast_anatomy import BreastAnatomy
from corr.imaging.mri.enhancement import Enhancement
from corr.imaging.ultrasound.sonogram import Sonogram
from corr.imaging.volume import Grid
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.records import Reading
from tests.builders import fakes

ROWS, COLS, PIXEL_MM = 300, 200, 0.8
NIPPLE = (170.0, 20.0)  # as drawn: chest wall on the right, up at the top
BLOB_MM = (40.0, 25.0)  # posterior, transverse


def judgement(side: str = "R", p: Parameters | None = None) -> Judgement:
    """`fakes.judgement` with an order of exams and a place measured on an MLO."""
    base = fakes.judgement(side, p)
    order = {"MG": 2.0, "US": 2.0, "MR": 3.0}
    readings = tuple(
        replace(r, view="MLO", angle_deg=45.0, order=2.0)
        if r.modality == "MG"
        else replace(r, order=order[r.modality])
        for r in base.breast.readings
    )
    earlier = Reading("MG0", "MG", "MG-prior", order=1.0)
    calc = base.breast.findings[0]
    measured = replace(calc, posterior_mm=40.0, transverse_mm=4.0)
    old = replace(calc, finding_id="calc-0", reading_id="MG0", size_mm=5.0, clock_h=None)
    findings = (measured, old, *base.breast.findings[1:])
    beliefs = {**base.beliefs, "calc-0": replace(base.beliefs["calc"], finding_id="calc-0")}
    again = fakes.pair("calc", "calc-0", (0.4, 0.6, 0.2, 0.1, 0.0, 0.1))
    groupings = tuple(
        replace(g, blocks=tuple((*b, "calc-0") if "calc" in b else b for b in g.blocks))
        for g in base.groupings
    )
    breast = replace(base.breast, readings=(*readings, earlier), findings=findings)
    pairs = (*base.pairs, again)
    return replace(base, breast=breast, beliefs=beliefs, pairs=pairs, groupings=groupings)


def drawn_film() -> np.ndarray:
    """A half-ellipse of tissue with a bright blob above the nipple level; chest on the right."""
    row, col = np.mgrid[:ROWS, :COLS].astype(float)
    back, up = (col - NIPPLE[1]) * PIXEL_MM, (NIPPLE[0] - row) * PIXEL_MM
    depth_mm = (COLS - NIPPLE[1]) * PIXEL_MM
    inside = (1 - back / depth_mm) ** 2 + (up / 95.0) ** 2 < 1
    tissue = 0.25 + 0.2 * np.exp(-((back - 60) ** 2 + up**2) / 40.0**2)
    blob = 0.5 * np.exp(-((back - BLOB_MM[0]) ** 2 + (up - BLOB_MM[1]) ** 2) / 7.0**2)
    return np.where(inside & (back >= 0), tissue + blob, 0.02).astype(np.float32)


def mammogram(
    side: str = "R", view: str = "MLO", *, stored: Hanging | None = None, calibrated: bool = True
) -> Mammogram:
    """A film stored with any of its borders as chest wall and up; the usual way when not said."""
    angle_deg = VIEWS[view].nominal_deg
    usual = Hanging(chest="right" if side == "R" else "left", up="top")
    stored = usual if stored is None else stored
    image, points = _stored(drawn_film(), stored)
    nipple, outline, pectoral = points
    return Mammogram(
        side=side, view=view, base_view=None, angle_deg=angle_deg,
        thickness_mm=55.0, row_spacing_mm=PIXEL_MM if calibrated else None,
        col_spacing_mm=PIXEL_MM if calibrated else None,
        patient_orientation=letters_of(stored, side, view), image=image,
        landmarks=Landmarks(
            outline=outline, nipple_row=float(nipple[0, 0]), nipple_col=float(nipple[0, 1]),
            nipple_sd_mm=2.0, nipple_confident=True,
            pectoral=pectoral if view in ("MLO", "LMO") else None, posterior_direction=None,
            posterior_nipple_line=np.vstack([nipple, pectoral[1:]]),
        ),
    )  # fmt: skip


def _stored(image: np.ndarray, to: Hanging) -> tuple[np.ndarray, list[np.ndarray]]:
    """The drawn film and its landmarks as stored with the chest wall and up at given borders."""
    turn = np.linspace(-np.pi / 2, np.pi / 2, 60)
    depth_px = COLS - 1 - NIPPLE[1]
    outline = np.column_stack(
        [NIPPLE[0] - 95 / PIXEL_MM * np.sin(turn), COLS - 1 - depth_px * np.cos(turn)]
    )
    points = [np.array([NIPPLE]), outline, np.array([[0.0, 120.0], [130.0, 195.0]])]
    rows, cols = image.shape
    if to.chest in ("top", "bottom"):  # columns run across the film
        image, points = image.T, [p[:, ::-1] for p in points]
        rows, cols = cols, rows
        flip_rows, flip_cols = to.chest == "top", to.up == "right"
    else:
        flip_rows, flip_cols = to.up == "bottom", to.chest == "left"
    if flip_rows:
        image, points = (
            image[::-1],
            [np.column_stack([rows - 1 - p[:, 0], p[:, 1]]) for p in points],
        )
    if flip_cols:
        image = image[:, ::-1]
        points = [np.column_stack([p[:, 0], cols - 1 - p[:, 1]]) for p in points]
    return np.ascontiguousarray(image), points


def sonogram(side: str | None = "R") -> Sonogram:
    """A still of layered tissue with a dark oval left of the middle, 14 mm deep."""
    row, col = np.mgrid[:240, :300].astype(float)
    layers = 90 + 60 * np.sin(row / 9) + 0.1 * col
    oval = ((col - 110) / 40) ** 2 + ((row - 140) / 22) ** 2 < 1
    image = np.where(oval, 20, layers).astype(np.uint8)
    return Sonogram(
        image=image, corner=(30, 40), row_mm=0.1, col_mm=0.1,
        calibrated=True, depth_zero_row=30.0, depth_zero_sd_mm=0.2, regions=(),
        side=side, clock="7:30" if side == "R" else "1:30", distance_mm=None, notes=(),
    )  # fmt: skip


def mri() -> tuple[Enhancement, dict[str, BreastAnatomy]]:
    """Two half-spheres in front of a chest, with one bright lesion in the right breast.

    LPS mm; the nipples are at l = -60 (right) and +60 (left), p = -70, s = 0.
    """
    grid = Grid(np.array([-120.0, -75.0, -60.0]), np.array([3.0, 3.0, 3.0]), (81, 36, 41))
    left, back, head = (grid.axis_mm(k) for k in range(3))
    x, y, z = np.meshgrid(left, back, head, indexing="ij")
    half = {
        side: ((x - at) ** 2 + (z * 1.1) ** 2 + (y * 0.75) ** 2 < 52**2) & (y < 0)
        for side, at in (("R", -60.0), ("L", 60.0))
    }
    body = half["R"] | half["L"] | (y >= 0)
    lesion = (x + 80) ** 2 + (y + 30) ** 2 + (z + 15) ** 2 < 9**2
    percent = np.where(body, 20.0, 0.0) + np.where(lesion, 160.0, 0.0)
    searched = half["R"] | half["L"]
    found = Enhancement(
        grid=grid,
        pre=np.where(body, 100.0 + 0.3 * z, 0.0).astype(np.float32),
        percent=percent.astype(np.float32),
        labels=lesion.astype(np.int32),
        searched=searched,
        lesions=(),
    )
    wall = np.zeros((grid.shape[0], grid.shape[2]))
    anatomy = {
        side: BreastAnatomy(
            side=side, sides_known=True, grid=grid, mask=half[side], body=body, wall_p_mm=wall,
            wall_sd_mm=3.0, wall_confident=True, nipple_lps=np.array([at, -70.0, 0.0]),
            nipple_sd_mm=3.0, nipple_confident=True, nipple_to_chestwall_mm=70.0, extents_mm={},
            midline_l_mm=0.0, turned=False, notes=(),
        )
        for side, at in (("R", -60.0), ("L", 60.0))
    }  # fmt: skip
    return found, anatomy
