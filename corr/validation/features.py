"""What simple rules look at: one row of plain measurements for each pair of findings.

Deliberately naive: positions are taken as measured, in the pose they were measured in, so
that the rules see what a careful person with a ruler sees. Columns of a row:

* identity: ``case_id, breast, finding_a, finding_b, reading_a, reading_b, source_a, source_b,
  modality_pair``; a source is the film's view, ``US``, ``ABUS`` or ``MR``, and a pair is always
  ordered the same way (MG, US, MR; then view, reading, finding), so that maps from A to B make
  sense;
* ``same_quadrant``: 1 compatible, 0 not, NaN unknown. A lone CC tells medial from lateral, a
  lone MLO or ML upper from lower: only the halves that both findings state are compared, and a
  CC against an MLO is unknown;
* ``clock_diff_h`` (0-6), ``nipple_distance_diff_mm`` (arc: distance in the film plane, along
  the skin on ultrasound, in space on MRI), ``posterior_diff_mm`` (straight; ultrasound has
  only its depth below the skin), ``lateral_diff_mm``, ``superior_diff_mm``, all absolute;
* ``log_size_ratio`` (absolute, natural), ``same_kind`` (1/0: mass-like, calcification,
  diffuse), and ``a0, a1, a2, b0, b1, b2``: the measured coordinates of both, mm (film:
  posterior, transverse; else lateral, superior, posterior or depth).

NaN = not stated and not derivable.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from corr.anatomy.frame import clock_h, clock_to_coronal
from corr.anatomy.quadrants import touched
from corr.exams.registry import exam_of
from corr.records import MODALITIES, Breast, Finding, Reading

NAN = float("nan")
KIND_FAMILY = {
    "mass": "mass",
    "hypoechoic_area": "mass",
    "cyst": "mass",
    "focus": "mass",
    "calcification": "calcification",
    "echogenic_foci": "calcification",
    "asymmetry": "diffuse",
    "focal_asymmetry": "diffuse",
    "architectural_distortion": "diffuse",
    "nonmass": "diffuse",
    "nme": "diffuse",
}
UPPER_LOWER_VIEWS = ("MLO", "ML", "LM", "LMO", "SIO", "ISO")
FEATURES = (
    "same_quadrant",
    "clock_diff_h",
    "nipple_distance_diff_mm",
    "posterior_diff_mm",
    "lateral_diff_mm",
    "superior_diff_mm",
    "log_size_ratio",
    "same_kind",
)
COORDINATES = ("a0", "a1", "a2", "b0", "b1", "b2")
IDENTITY = (
    "case_id",
    "breast",
    "finding_a",
    "finding_b",
    "reading_a",
    "reading_b",
    "source_a",
    "source_b",
    "modality_pair",
)


class Place(NamedTuple):
    """Where one finding was measured, mm and hours; NaN = unknown."""

    lateral: float  # of a film: only where the view shows it
    superior: float
    posterior: float
    nipple_distance: float
    clock_h: float
    outer: float  # +1 outer, -1 inner half
    upper: float  # +1 upper, -1 lower half
    measured: tuple[float, float, float]


def _value(x: float | None) -> float:
    return NAN if x is None else float(x)


def _sign(x: float) -> float:
    return NAN if math.isnan(x) else (1.0 if x >= 0 else -1.0)


def _first(x: float, otherwise: float) -> float:
    return otherwise if math.isnan(x) else x


def place(finding: Finding, reading: Reading, side: str) -> Place:
    """Naive position of a finding of ``reading`` in a breast of ``side`` (L or R)."""
    hour = NAN
    if finding.clock_h is not None:
        hour = (sum(finding.clock_h) / 2.0) % 12.0 or 12.0
    outer = upper = NAN
    if finding.quadrant is not None:
        said = touched(finding.quadrant)
        upper = _one_way({q[0] == "U" for q in said})
        outer = _one_way({q[1] == "O" for q in said})
    lateral, superior = _value(finding.lateral_mm), _value(finding.superior_mm)
    posterior = _value(finding.posterior_mm)
    distance = _value(finding.fn_mm)
    measured = (lateral, superior, posterior)
    if exam_of(finding).place == "film":
        transverse = _value(finding.transverse_mm)
        measured = (posterior, transverse, NAN)
        distance = _first(distance, math.hypot(posterior, transverse))
        if _shows_upper_lower(reading):
            superior = transverse * (-1.0 if _value(reading.angle_deg) < 0 else 1.0)
        else:
            lateral = transverse
    elif not math.isnan(lateral + superior):
        distance = _first(distance, math.hypot(lateral, superior, _first(posterior, 0.0)))
        hour = _first(hour, float(clock_h((lateral, superior), side)))
    elif exam_of(finding).place == "skin":
        posterior = _value(finding.depth_mm)
        if not math.isnan(hour + distance):
            lateral, superior = clock_to_coronal(hour, distance, side).tolist()
        measured = (lateral, superior, posterior)
    if not math.isnan(hour):
        # rounded: 3, 6, 9 and 12 o'clock lie on a half's edge and must not depend on sin(pi)
        direction = clock_to_coronal(hour, 1.0, side).round(9)
        outer = _first(outer, _sign(float(direction[0])))
        upper = _first(upper, _sign(float(direction[1])))
    return Place(
        lateral=lateral,
        superior=superior,
        posterior=posterior,
        nipple_distance=distance,
        clock_h=hour,
        outer=_first(outer, _sign(lateral)),
        upper=_first(upper, _sign(superior)),
        measured=measured,
    )


def _one_way(ways: set[bool]) -> float:
    """1 or -1 where a place says so, unknown where it allows both."""
    return NAN if len(ways) > 1 else 1.0 if ways.pop() else -1.0


def _shows_upper_lower(reading: Reading) -> bool:
    if reading.angle_deg is not None:
        return abs(reading.angle_deg) > 30.0
    return reading.view in UPPER_LOWER_VIEWS


def source(reading: Reading) -> str:
    """What kind of reading this is: the film's view, ``US``, ``ABUS`` or ``MR``."""
    return reading.view or reading.modality


def _quadrant(a: Place, b: Place) -> float:
    products = [x * y for x, y in ((a.outer, b.outer), (a.upper, b.upper)) if not math.isnan(x * y)]
    return NAN if not products else float(min(products) > 0)


def _features(a: Finding, b: Finding, places: dict[str, Place]) -> dict[str, float]:
    p, q = places[a.finding_id], places[b.finding_id]
    hours = abs(p.clock_h - q.clock_h)
    sizes = [math.log(s) if s else NAN for s in (a.size_mm, b.size_mm)]
    families = [KIND_FAMILY.get(f.kind or "") for f in (a, b)]
    return {
        "same_quadrant": _quadrant(p, q),
        "clock_diff_h": min(hours, 12.0 - hours) if hours == hours else NAN,
        "nipple_distance_diff_mm": abs(p.nipple_distance - q.nipple_distance),
        "posterior_diff_mm": abs(p.posterior - q.posterior),
        "lateral_diff_mm": abs(p.lateral - q.lateral),
        "superior_diff_mm": abs(p.superior - q.superior),
        "log_size_ratio": abs(sizes[0] - sizes[1]),
        "same_kind": float(families[0] == families[1]) if all(families) else NAN,
        **dict(zip(COORDINATES, (*p.measured, *q.measured), strict=True)),
    }


def pair_features(breasts: Iterable[Breast]) -> pd.DataFrame:
    """One row for each pair of matched findings of different readings of one breast.

    Sorted by case, breast and the ordered pair: the same rows whatever the order of the input.
    """
    rows = []
    for breast in sorted(breasts, key=lambda b: (b.case_id, b.side)):
        readings = {r.reading_id: r for r in breast.readings}
        findings = [f for f in breast.findings if f.matched]
        places = {f.finding_id: place(f, readings[f.reading_id], breast.side) for f in findings}
        sources = {f.finding_id: source(readings[f.reading_id]) for f in findings}
        findings.sort(
            key=lambda f: (
                MODALITIES.index(f.modality),
                sources[f.finding_id],
                f.reading_id,
                f.finding_id,
            )
        )
        for a, b in itertools.combinations(findings, 2):
            if a.reading_id == b.reading_id:
                continue
            identity = (
                breast.case_id,
                breast.side,
                a.finding_id,
                b.finding_id,
                a.reading_id,
                b.reading_id,
                sources[a.finding_id],
                sources[b.finding_id],
                f"{a.modality}-{b.modality}",
            )
            rows.append(
                {
                    **dict(zip(IDENTITY, identity, strict=True)),
                    **_features(a, b, places),
                }
            )
    table = pd.DataFrame(rows, columns=[*IDENTITY, *FEATURES, *COORDINATES])
    numeric = [*FEATURES, *COORDINATES]
    return table.astype({**dict.fromkeys(IDENTITY, object), **dict.fromkeys(numeric, np.float64)})
