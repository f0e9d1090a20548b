"""Two exams, one mass each: P(same) against how far apart they lie. Simulated.

The face of the judgement beside what radiologists accept: places some millimetres apart in the
reference breast are stated as each exam would without any error, and judged. Published beside it:
the criterion of MRI-directed ultrasound is 10 mm (2.13), and what the exams' places are known to
differ by for one and the same lesion.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corr.anatomy import breast as breast_module
from corr.anatomy.breast import BreastModel
from corr.exams import mammography, mri, ultrasound
from corr.judgement.judge import judge
from corr.judgement.result import Pair
from corr.parameters import Parameters
from corr.records import Breast, FilmView, Finding, Reading, Shape

Floats = NDArray[np.float64]
DISTANCES_MM = (0.0, 10.0, 20.0, 30.0, 40.0, 60.0, 80.0)
MIDDLES_MM = ((20.0, 15.0, 35.0), (-15.0, -15.0, 30.0))
"""Of the way between the two masses: upper outer and lower inner."""
DIRECTIONS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.7, 0.7, 0.0), (0.6, 0.0, 0.8))
ANGLES_DEG: dict[FilmView, float] = {"CC": 0.0, "MLO": 45.0}
FILMS = tuple(
    Reading(f"MG {view}", "MG", f"MG {view}", view, angle, 55.0, study="MG")
    for view, angle in ANGLES_DEG.items()
)
EXAMS: dict[str, tuple[Reading, ...]] = {
    "films": FILMS,
    "ultrasound": (Reading("US", "US", "US"),),
    "MRI": (Reading("MR", "MR", "MR"),),
}
PAIRS = (
    ("films", "ultrasound"), ("films", "MRI"), ("MRI", "ultrasound"),
    ("films", "films"), ("ultrasound", "ultrasound"), ("MRI", "MRI"),
)  # fmt: skip
PUBLISHED = {
    ("films", "ultrasound"): "10 % of ultrasound findings were not the mammographic one (1.9)",
    ("films", "MRI"): "13 mm in the film plane after registration (4.1, 4.2)",
    ("MRI", "ultrasound"): "same within 10 mm (2.13); 13-26 % were something else (2.12-2.16)",
    ("films", "films"): "more than 15 mm in 38 % of annual films (3.14)",
    ("ultrasound", "ultrasound"): "two operators 20 +/- 16 mm apart (Chiu 2024, 1.3)",
    ("MRI", "MRI"): "",
}


def stated(reading: Reading, at: BreastModel, p: Parameters, side: str) -> dict[str, object]:
    """The place of the single point of ``at`` as an exam without errors states it."""
    if reading.modality == "MG":
        posterior, transverse = mammography.on_film(at.points, reading, at, p)
        return {"posterior_mm": float(posterior[0]), "transverse_mm": float(transverse[0])}
    if reading.modality == "MR":
        mm = mri.pose(reading, p) @ at.points[0]
        return dict(zip(("lateral_mm", "superior_mm", "posterior_mm"), mm.tolist(), strict=True))
    mean, _ = ultrasound.errors(reading, p)
    seen = ultrasound.appear(reading, at, mean[None], p, side)
    hour, radius, depth = (float(x[0, 0]) for x in (seen.hour, seen.radius_mm, seen.depth_mm))
    clock = round(2 * (hour % 12.0)) / 2 or 12.0
    return {"clock_h": (clock, clock), "fn_mm": 10.0 * round(radius / 10), "depth_mm": depth}


def judged(exams: tuple[str, str], apart_mm: float, p: Parameters) -> list[Pair]:
    """The pair of masses in all `DIRECTIONS`; findings of one mammogram are declared one mass."""
    model = breast_module.build(Shape(), p)
    found = []
    for middle, way in product(MIDDLES_MM, DIRECTIONS):
        ends = (np.asarray(middle) + s * 0.5 * apart_mm * np.asarray(way) for s in (1.0, -1.0))
        readings, findings = list[Reading](), list[Finding]()
        for n, (exam, place) in enumerate(zip(exams, ends, strict=True)):
            first = len(findings)
            for r in EXAMS[exam]:
                here = _again(r, n) if exams[0] == exams[1] else r
                readings.append(here)
                said = stated(r, model.at(place[None]), p, "R")
                same_as = findings[first].finding_id if len(findings) > first else None
                findings.append(
                    Finding(f"{n}{r.reading_id}", here.reading_id, r.modality, "mass",
                            same_as=same_as, **said)  # type: ignore[arg-type]
                )  # fmt: skip
        got = judge(Breast("apart", "R", tuple(readings), tuple(findings)), p, bands=False)
        found += [q for q in got.pairs if q.finding_a[0] != q.finding_b[0]][:1]
    return found


def _again(r: Reading, n: int) -> Reading:
    """The same kind of exam on another day."""
    name = f"{r.reading_id} {n}"
    return Reading(name, r.modality, name, r.view, r.angle_deg, r.thickness_mm, f"{r.study}{n}", n)


def _row(exams: tuple[str, str], p: Parameters) -> dict[str, object]:
    each = {mm: judged(exams, mm, p) for mm in DISTANCES_MM}
    located = np.array([np.mean([q.log10_location for q in each[mm]]) for mm in DISTANCES_MM])
    return {
        "exams": f"{exams[0]} - {exams[1]}",
        **{f"{mm:g} mm": float(np.mean([q.p_same for q in each[mm]])) for mm in DISTANCES_MM},
        "places even at mm": float(np.interp(0.0, -located, DISTANCES_MM)),
        "published": PUBLISHED[exams],
    }


def apart_table(p: Parameters) -> pd.DataFrame:
    """One row a pair of exams: mean P(same) at each of `DISTANCES_MM`, and where places are even.

    Nothing is stated but kind (mass) and place, so the rest of P(same) is what lone findings of
    two exams are.
    """
    return pd.DataFrame([_row(exams, p) for exams in PAIRS])
