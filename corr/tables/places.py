"""Stated places that cannot both hold: inside one row, or of two rows declared one lesion.

Each statement is a rule that a place in the breast keeps or breaks, measured in slacks: 1 is as
far off as careful readers, soft words and another pose explain. Two statements
contradict each other if no place keeps both. Nothing is repaired: a slip of side, hour or sign
cannot be told from a slip of the other value.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from corr import parameters
from corr.anatomy.frame import clock_h, film_transverse
from corr.anatomy.quadrants import touched
from corr.exams.registry import exam_of
from corr.records import Finding, Reading
from corr.tables.rows import Draft

Array = NDArray[np.floating]

STEP_MM = 5.0
HALF_MM, DEEP_MM = 110.0, 100.0
"""Half the width and the depth of the block of places tried; values beyond count as its edge."""
_ACROSS = ("lateral_mm", "superior_mm", "transverse_mm")
_WITH: dict[str, tuple[str, ...]] = {
    "clock": ("quadrant", *_ACROSS),
    "quadrant": _ACROSS,
    "fn_cm": ("very_close_to_nipple", "posterior_mm", *_ACROSS),
    "very_close_to_nipple": ("depth_third", "chestwall_mm", "posterior_mm", *_ACROSS),
    "depth_third": ("chestwall_mm", "posterior_mm"),
    "nipple_distance_mm": ("fn_cm", "very_close_to_nipple", "posterior_mm", *_ACROSS),
}
"""What each column can contradict beside `region`; measured distances agree in some breast."""
CHECK = {n.removeprefix("check_"): x for n, x in parameters.load().items()}
"""How far off places may be, and what words of places hold, from the table of constants."""
THIRDS_MM = {
    "anterior": (-np.inf, CHECK["anterior_most_mm"]),
    "middle": (CHECK["middle_least_mm"], CHECK["middle_most_mm"]),
    "posterior": (CHECK["posterior_least_mm"], np.inf),
}
_MIDDLE_DEG = {"UOQ": 45.0, "LOQ": 135.0, "LIQ": 225.0, "UIQ": 315.0}  # 0 above, 90 lateral
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
        if apart_mm > CHECK["apart_mm"]:
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
        "nipple_distance_mm": f.nipple_distance_mm,
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
    """What of a reading rules depend on: where it states places, and the film's angle."""
    return exam_of(reading).place, 45.0 if reading.angle_deg is None else reading.angle_deg


@lru_cache(maxsize=512)
def _broken(statement: Statement, side: str, film: tuple[str, float]) -> Array:
    """By how many slacks each place of the block breaks a statement; 0 or less: not at all."""
    name, value = statement
    x = _block()
    place, angle_deg = film
    if isinstance(value, float):
        return _broken_mm(name, value, place, angle_deg)
    radius, distance = np.hypot(x[:, 0], x[:, 1]), np.linalg.norm(x, axis=1)
    if name == "clock":
        lo, hi = _two(value)
        return _outside(30.0 * clock_h(x, side), 15.0 * (lo + hi), 15.0 * (hi - lo))
    around = np.rad2deg(np.arctan2(x[:, 0], x[:, 1]))  # 0 above, 90 lateral
    if name == "quadrant":
        sectors = [_outside(around, _MIDDLE_DEG[q], 45.0) for q in sorted(touched(str(value)))]
        return np.asarray(np.minimum.reduce(sectors))  # of a half or a list: somewhere in it
    if name == "depth_third":
        low, high = THIRDS_MM[str(value)]
        return np.maximum(low - x[:, 2], x[:, 2] - high) / CHECK["word_slack_mm"]
    if name == "very_close_to_nipple":
        return (distance - CHECK["near_mm"]) / CHECK["word_slack_mm"]
    if name == "fn_cm":
        fn_mm, rounding = _two(value)
        high, least = fn_mm + rounding, fn_mm - rounding
        if place == "skin":  # along the skin
            least = CHECK["skin_share"] * fn_mm - rounding
            return np.maximum(radius - high, least - distance) / CHECK["word_slack_mm"]
        return np.maximum(distance - high, least - distance) / CHECK["mr_slack_mm"]
    if value == "axillary_tail":
        turned = _outside(around, CHECK["tail_deg"], CHECK["tail_half_deg"])
        return np.maximum(turned, (CHECK["tail_mm"] - radius) / CHECK["word_slack_mm"])
    if value == "subareolar":
        deep_mm = x[:, 2] - CHECK["subareolar_depth_mm"]
        return np.maximum(distance - CHECK["subareolar_mm"], deep_mm) / CHECK["word_slack_mm"]
    if value == "central" or place != "film":
        return (radius - CHECK["near_mm"]) / CHECK["mr_slack_mm"]
    return np.zeros(len(x))  # deep to the nipple on film: on one of its lines, and anywhere else


def _two(value: object) -> tuple[float, float]:
    assert isinstance(value, tuple)
    return float(value[0]), float(value[1])


def _broken_mm(name: str, value: float, place: str, angle_deg: float) -> Array:
    """`_broken` of a measured distance."""
    x = _block()
    if name == "chestwall_mm":
        return (CHECK["least_depth_mm"] - value - x[:, 2]) / CHECK["word_slack_mm"]
    if name == "nipple_distance_mm":
        return np.abs(np.linalg.norm(x, axis=1) - min(value, HALF_MM)) / CHECK["mr_slack_mm"]
    film = place == "film"
    if name == "transverse_mm":
        straight = abs(np.sin(np.deg2rad(2.0 * angle_deg))) < 0.5
        slack = CHECK["film_slack_mm"] if straight else CHECK["oblique_slack_mm"]
        shown = film_transverse(x, angle_deg)
        return np.abs(shown - np.clip(value, -HALF_MM, HALF_MM)) / (
            slack + CHECK["film_slack_share"] * abs(value)
        )
    axis = {"lateral_mm": 0, "superior_mm": 1, "posterior_mm": 2}[name]
    edges = (0.0, DEEP_MM) if axis == 2 else (-HALF_MM, HALF_MM)
    on_film = CHECK["film_slack_mm"] + CHECK["film_slack_share"] * abs(value)
    slack = on_film if film else CHECK["mr_slack_mm"]
    return np.abs(x[:, axis] - np.clip(value, *edges)) / slack


def _outside(angle_deg: Array, middle_deg: float, half_deg: float) -> Array:
    """By how many slacks places of the block lie outside a sector seen from the front."""
    away = np.abs((angle_deg - middle_deg + 180.0) % 360.0 - 180.0)
    gap_deg = np.maximum(away - half_deg, 0.0)
    beside_mm = np.hypot(*_block()[:, :2].T) * np.sin(np.deg2rad(np.minimum(gap_deg, 90.0)))
    return np.asarray(
        np.maximum(gap_deg / CHECK["hour_slack_deg"], beside_mm / CHECK["sector_slack_mm"])
    )
