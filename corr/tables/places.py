"""Stated places that cannot both hold: inside one row, or of two rows declared one lesion.

Each statement is a rule that a place in the breast keeps or breaks, measured in slacks: 1 is as
far off as careful readers, soft words and another pose explain (assumed). Two statements
contradict each other if no place keeps both. Nothing is repaired: a slip of side, hour or sign
cannot be told from a slip of the other value.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.frame import clock_h, film_transverse
from corr.records import Finding, Reading
from corr.tables.draft import Draft

Array = NDArray[np.floating]

STEP_MM = 5.0
HALF_MM, DEEP_MM = 110.0, 100.0
"""Half the width and the depth of the block of places tried; values beyond count as its edge."""
HOUR_SLACK_DEG, SECTOR_SLACK_MM = 10.0, 10.0
"""How far outside its sector a place named by hour or quadrant may lie: both hold."""
NEAR_MM, SUBAREOLAR_MM, SUBAREOLAR_DEPTH_MM, TAIL_MM = 20.0, 25.0, 20.0, 30.0
"""From the nipple: "central" and "close to the nipple", "subareolar" (and how deep), and where the
tail begins."""
WORD_SLACK_MM, MR_SLACK_MM = 5.0, 12.0
FILM_SLACK_MM, OBLIQUE_SLACK_MM, FILM_SLACK_SHARE = 10.0, 25.0, 0.25
"""Compression moves tissue, and more the farther it lies from the nipple level."""
THIRDS_MM = {"anterior": (-np.inf, 40.0), "middle": (15.0, 75.0), "posterior": (33.0, np.inf)}
"""Depths of the thirds in breasts of 50 to 120 mm."""
LEAST_DEPTH_MM = 55.0
"""Nipple to chest wall of a small breast, prone."""
SKIN_SHARE = 0.85
"""Straight distance from the nipple, as a share of that along the skin, at least."""
APART_MM = 20.0
"""Places of one lesion that are farther apart than this, slack aside, are said."""
_ACROSS = ("lateral_mm", "superior_mm", "transverse_mm")
_WITH: dict[str, tuple[str, ...]] = {
    "clock": ("quadrant", *_ACROSS),
    "quadrant": _ACROSS,
    "fn_cm": ("very_close_to_nipple", "posterior_mm", *_ACROSS),
    "very_close_to_nipple": ("depth_third", "chestwall_mm", "posterior_mm", *_ACROSS),
    "depth_third": ("chestwall_mm", "posterior_mm"),
}
"""What each column can contradict beside `region`; measured distances agree in some breast."""
_TAIL_DEG, _TAIL_HALF_DEG = 45.0, 35.0
_OTHER = {"L": "R", "R": "L"}

Statement = tuple[str, str | float | bool | tuple[float, float]]  # column, value


def check_places(draft: Draft, finding: Finding, reading: Reading) -> None:
    """Flag every pair of stated places of one row that cannot both hold."""
    side = draft.values["breast"]
    said = _statements(finding, reading)
    for a, b in combinations(said, 2):
        if not _may_clash(a[0], b[0]) or _agree((a, b), side, reading):
            continue
        first, second = (_words(draft, s) for s in (a, b))
        where = {"R": "right", "L": "left"}
        hint = ""
        if _agree((a, b), _OTHER[side], reading):
            hint = f", but would in the {where[_OTHER[side]]} breast: is the side right?"
        fix = (
            f"{first} and {second} cannot both hold in the {where[side]} breast{hint or ';'} "
            "correct what is wrong, or leave it empty; both were used as written"
        )
        written = first.partition(" ")[2]
        draft.flag(a[0], allowed=f"a place that {b[0]} allows, too", fix=fix, value=written)


def check_declared(
    drafts: Sequence[Draft], findings: Sequence[Finding], readings: dict[str, Reading]
) -> None:
    """Flag findings declared one lesion whose stated places are far apart."""
    by_id = {f.finding_id: f for f in findings}
    for draft in drafts:
        here, there = by_id[draft.finding_id], by_id.get(draft.get("same_as") or "")
        if there is None:
            continue
        side = draft.values["breast"]
        held = [_held(f, readings[f.reading_id], side) for f in (here, there)]
        if any(len(places) == 0 for places in held):  # one contradicts itself: said already
            continue
        from scipy.spatial import cKDTree  # takes a moment to load, for few rows

        apart_mm = float(cKDTree(held[0]).query(held[1])[0].min())
        if apart_mm > APART_MM:
            fix = (
                f"the places stated for {here.finding_id} and {there.finding_id} are at least "
                f"{apart_mm:.0f} mm apart: check both and the link; it was used as declared"
            )
            draft.flag("same_as", allowed="a finding at the same place", fix=fix)


def _statements(f: Finding, reading: Reading) -> list[Statement]:
    """What was stated of the place, each with the column that says it."""
    near = f.very_close_to_nipple or None
    fn = None if f.fn_mm is None else (f.fn_mm, f.fn_rounding_mm)
    columns = {
        "clock": f.clock_h, "quadrant": f.quadrant, "region": f.region, "fn_cm": fn,
        "very_close_to_nipple": near, "depth_third": f.depth_third,
        "chestwall_mm": f.chestwall_mm, "posterior_mm": f.posterior_mm,
        "lateral_mm": f.lateral_mm, "superior_mm": f.superior_mm,
        "transverse_mm": None if reading.position_refused else f.transverse_mm,
    }  # fmt: skip
    return [(name, value) for name, value in columns.items() if value is not None]


def _may_clash(a: str, b: str) -> bool:
    """Whether two columns say something of the same direction, distance or axis."""
    return "region" in (a, b) or b in _WITH.get(a, ()) or a in _WITH.get(b, ())


def _words(draft: Draft, statement: Statement) -> str:
    """A statement as it was written; positions from images or patient coordinates in mm."""
    name, value = statement
    written = str(draft.raw.cells.get(name) or "").strip()
    if not written:
        hours = value if isinstance(value, tuple) else (value,)
        if name == "clock":
            written = "-".join(dict.fromkeys(f"{(float(h) - 1e-9) % 12 + 1e-9:g}" for h in hours))
        elif name == "fn_cm":
            written = f"{float(hours[0]) / 10:g}"
        else:
            written = f"{value:.0f}" if isinstance(value, float) else str(value)
    return f"{name} {written}"


@cache
def _block() -> Array:
    """Places ``(n, 3)`` in the breast frame (lateral, superior, posterior), mm."""
    across = np.arange(-HALF_MM, HALF_MM + 1, STEP_MM)
    deep = np.arange(0.0, DEEP_MM + 1, STEP_MM)
    return np.stack(np.meshgrid(across, across, deep, indexing="ij"), -1).reshape(-1, 3)


def _agree(pair: tuple[Statement, Statement], side: str, reading: Reading) -> bool:
    broken = [_broken(s, side, _kept(reading)) for s in pair]
    return bool(np.maximum(*broken).min() <= 1.0)


def _held(f: Finding, reading: Reading, side: str) -> Array:
    """Places that keep everything stated."""
    broken = [_broken(s, side, _kept(reading)) for s in _statements(f, reading)]
    keeps = np.max(broken, axis=0) <= 1.0 if broken else np.ones(len(_block()), bool)
    return np.asarray(_block()[keeps])


def _kept(reading: Reading) -> tuple[str, float]:
    """What of a reading rules depend on: modality, and the film's angle."""
    return reading.modality, 45.0 if reading.angle_deg is None else reading.angle_deg


@lru_cache(maxsize=512)
def _broken(statement: Statement, side: str, film: tuple[str, float]) -> Array:
    """By how many slacks each place of the block breaks a statement; 0 or less: not at all."""
    name, value = statement
    x = _block()
    modality, angle_deg = film
    if isinstance(value, float):
        return _broken_mm(name, value, modality, angle_deg)
    radius, distance = np.hypot(x[:, 0], x[:, 1]), np.linalg.norm(x, axis=1)
    if name == "clock":
        lo, hi = _two(value)
        return _outside(30.0 * clock_h(x, side), 15.0 * (lo + hi), 15.0 * (hi - lo))
    around = np.rad2deg(np.arctan2(x[:, 0], x[:, 1]))  # 0 above, 90 lateral
    if name == "quadrant":
        middle = {"UO": 45.0, "LO": 135.0, "LI": 225.0, "UI": 315.0}[str(value)[:2]]
        return _outside(around, middle, 45.0)
    if name == "depth_third":
        low, high = THIRDS_MM[str(value)]
        return np.maximum(low - x[:, 2], x[:, 2] - high) / WORD_SLACK_MM
    if name == "very_close_to_nipple":
        return (distance - NEAR_MM) / WORD_SLACK_MM
    if name == "fn_cm":
        fn_mm, rounding = _two(value)
        high, least = fn_mm + rounding, fn_mm - rounding
        if modality == "US":  # along the skin
            least = SKIN_SHARE * fn_mm - rounding
            return np.maximum(radius - high, least - distance) / WORD_SLACK_MM
        return np.maximum(distance - high, least - distance) / MR_SLACK_MM
    if value == "axillary_tail":
        turned = _outside(around, _TAIL_DEG, _TAIL_HALF_DEG)
        return np.maximum(turned, (TAIL_MM - radius) / WORD_SLACK_MM)
    if value == "subareolar":
        return np.maximum(distance - SUBAREOLAR_MM, x[:, 2] - SUBAREOLAR_DEPTH_MM) / WORD_SLACK_MM
    if value == "central" or modality != "MG":
        return (radius - NEAR_MM) / MR_SLACK_MM
    return np.zeros(len(x))  # deep to the nipple on film: on one of its lines, and anywhere else


def _two(value: object) -> tuple[float, float]:
    assert isinstance(value, tuple)
    return float(value[0]), float(value[1])


def _broken_mm(name: str, value: float, modality: str, angle_deg: float) -> Array:
    """`_broken` of a measured distance."""
    x = _block()
    if name == "chestwall_mm":
        return (LEAST_DEPTH_MM - value - x[:, 2]) / WORD_SLACK_MM
    film = modality == "MG"
    if name == "transverse_mm":
        straight = abs(np.sin(np.deg2rad(2.0 * angle_deg))) < 0.5
        slack = FILM_SLACK_MM if straight else OBLIQUE_SLACK_MM
        shown = film_transverse(x, angle_deg)
        return np.abs(shown - np.clip(value, -HALF_MM, HALF_MM)) / (
            slack + FILM_SLACK_SHARE * abs(value)
        )
    axis = {"lateral_mm": 0, "superior_mm": 1, "posterior_mm": 2}[name]
    edges = (0.0, DEEP_MM) if axis == 2 else (-HALF_MM, HALF_MM)
    slack = FILM_SLACK_MM + FILM_SLACK_SHARE * abs(value) if film else MR_SLACK_MM
    return np.abs(x[:, axis] - np.clip(value, *edges)) / slack


def _outside(angle_deg: Array, middle_deg: float, half_deg: float) -> Array:
    """By how many slacks places of the block lie outside a sector seen from the front."""
    away = np.abs((angle_deg - middle_deg + 180.0) % 360.0 - 180.0)
    gap_deg = np.maximum(away - half_deg, 0.0)
    beside_mm = np.hypot(*_block()[:, :2].T) * np.sin(np.deg2rad(np.minimum(gap_deg, 90.0)))
    return np.asarray(np.maximum(gap_deg / HOUR_SLACK_DEG, beside_mm / SECTOR_SLACK_MM))
