"""Small hand-made breasts and judgements for tests of pictures, sentences and pages."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from corr import parameters
from corr.anatomy.breast import BreastModel, build
from corr.anatomy.frame import clock_to_coronal
from corr.exams.nodes import Nodes, prior_nodes
from corr.judgement.quadrature import shared_errors
from corr.judgement.result import Belief, Grouping, Judgement, Pair
from corr.judgement.verdict import verdict
from corr.parameters import Parameters
from corr.records import Breast, Finding, Reading, Shape

CELL_MM = 5.0


def shared_nodes(
    breast: Breast, findings: tuple[Finding, ...], p: Parameters, count: int | None = None
) -> Nodes:
    """Nodes over the errors that findings share, all in one state."""
    sizes = shared_errors(breast, findings, p)
    wanted = count or max(int(p["error_nodes"]) * len(sizes), 32)
    return prior_nodes(sizes, wanted, np.ones(1))


def grid() -> NDArray[np.float64]:
    """Points every 5 mm in a half-ellipsoid of 60 x 55 x 55 mm."""
    axis = np.arange(-62.5, 63, CELL_MM)
    depth = np.arange(2.5, 60, CELL_MM)
    lateral, superior, posterior = np.meshgrid(axis, axis, depth, indexing="ij")
    inside = (lateral / 60) ** 2 + (superior / 55) ** 2 + (1 - posterior / 55) ** 2 < 1
    inside &= posterior < 55
    return np.stack([lateral[inside], superior[inside], posterior[inside]], axis=-1)


def constants() -> Parameters:
    """Constants that pictures depend on, held fixed so that a new estimate moves no baseline."""
    held = {
        "breast_lateral_mm": 60.0,
        "breast_medial_mm": 60.0,
        "breast_superior_mm": 65.0,
        "breast_inferior_mm": 55.0,
        "breast_depth_mm": 85.0,
        "film_depth_stretch": 1.12,
        "film_width_stretch": 1.21,
        "film_thickness_ratio": 0.514,
        "film_stretch_exponent": 0.32,
        "film_thickness_mm": 59.0,
        "film_magnification": 1.03,
        "film_mlo_lean_deg": 20.0,
        "film_lateral_lean_deg": 16.7,
        "mg_roll_sd_deg": 6.0,
        "mg_angle_known_sd_deg": 2.0,
        "mg_angle_cc_sd_deg": 5.0,
        "mg_shift_posterior_sd_mm": 3.5,
        "mg_shift_transverse_sd_mm": 4.0,
        "mg_scale_sd": 0.05,
        "prone_ap_scale": 1.0,
        "prone_lr_scale": 1.0,
        **dict.fromkeys(("mr_shift_lateral_sd_mm", "mr_shift_superior_sd_mm"), 8.0),
        **{"mr_shift_posterior_sd_mm": 6.0, "mr_rotation_sd_deg": 4.0, "mr_scale_sd": 0.04},
        "subareolar_radius_mm": 15.0,
        "subareolar_depth_mm": 20.0,
        "chest_wall_slope": 0.4,
    }
    return parameters.load().override(held)


def model(p: Parameters) -> BreastModel:
    """The reference breast of constants, on the points of `grid`."""
    return replace(build(Shape(), p).at(grid()), cell_mm=CELL_MM)


def belief(finding_id: str, centre_mm: tuple[float, float, float], sd_mm: float) -> Belief:
    """A round Gaussian belief about ``centre_mm``."""
    points = grid()
    p = np.exp(-0.5 * np.sum((points - np.asarray(centre_mm)) ** 2, axis=1) / sd_mm**2)
    p /= p.sum()
    mean = p @ points
    return Belief(finding_id, p, mean, mean - 1.28 * sd_mm, mean + 1.28 * sd_mm, 12.0)


def pair(a: str, b: str, parts: tuple[float, float, float, float, float, float]) -> Pair:
    """A pair from its six log10 parts, with P(same), band and verdict that follow from them."""
    logit = sum(parts)
    p_same = 1 / (1 + 10**-logit)
    p_low, p_high = (1 / (1 + 10 ** -(logit + d)) for d in (-0.2, 0.2))
    prior = 1 / (1 + 10 ** -parts[0])
    return Pair(a, b, p_same, p_low, p_high, prior, verdict(p_same, p_low, p_high), *parts)


def breast(side: str = "R") -> Breast:
    """Seed-like breast: calcifications on the films, ultrasound mass, enhancement on MRI."""
    readings = (
        Reading("MG", "MG", "MG"),
        Reading("US", "US", "US"),
        Reading("MR", "MR", "MR"),
    )
    hours = (7.0, 8.0) if side == "R" else (1.0, 2.0)
    findings = (
        Finding(
            "calc",
            "MG",
            "MG",
            kind="calcification",
            size_mm=7.0,
            n_calcifications=5,
            clock_h=hours,
            region="deep_to_nipple",
            text="small dotted calcifications deep to the nipple",
        ),
        Finding("mass", "US", "US", kind="mass", size_mm=7.1, size2_mm=3.6, clock_h=hours),
        Finding("mass-b", "US", "US", kind="mass", clock_h=(10.0, 11.0)),
        Finding("enh", "MR", "MR", kind="nme", region="subareolar", very_close_to_nipple=True),
        Finding("skin", "MR", "MR", kind="skin", text="areola skin thickening"),
    )
    return Breast("seed", side, readings, findings)


def judgement(side: str = "R", p: Parameters | None = None) -> Judgement:
    """A whole judgement on `breast`, with numbers chosen by hand."""
    b = breast(side)
    p = constants() if p is None else p
    low_outer = np.array([*clock_to_coronal(b.findings[1].clock_h[0] + 0.5, 30.0, side), 25.0])
    upper = np.array([*clock_to_coronal(10.5, 30.0, side), 25.0])
    centres = {"calc": low_outer, "mass": low_outer, "mass-b": upper, "enh": np.array([0, 0, 10.0])}
    beliefs = {
        name: belief(name, (c[0], c[1], c[2]), sd)
        for (name, c), sd in zip(centres.items(), (16.0, 12.0, 12.0, 7.0), strict=True)
    }
    parts = {
        ("calc", "mass"): (-0.6, 0.5, 0.1, -0.2, -0.1, 0.05),
        ("calc", "enh"): (-0.5, -0.9, 0.0, -0.3, 0.0, -0.1),
        ("calc", "mass-b"): (-0.6, -1.2, 0.0, -0.2, -0.1, -0.1),
        ("mass", "enh"): (-0.4, -1.1, 0.0, 0.1, 0.0, -0.05),
        ("mass-b", "enh"): (-0.4, -1.1, 0.0, 0.1, 0.0, -0.05),
    }
    return Judgement(
        breast=b,
        model=model(p),
        parameters=p,
        beliefs=beliefs,
        pairs=tuple(pair(*names, p) for names, p in parts.items()),
        groupings=(
            Grouping((("calc",), ("enh",), ("mass",), ("mass-b",)), 0.6),
            Grouping((("calc", "mass"), ("enh",), ("mass-b",)), 0.3),
        ),
        word_readings={"calc": {"said of the oblique only": 0.6, "central": 0.3, "other": 0.1}},
        nearby={"enh": ("skin",)},
        notes=("the enhancement has no measured place",),
    )


def pair_names(b: Breast) -> list[tuple[str, str]]:
    """Pairs of matched findings from different readings, as a judgement lists them."""
    matched = [f for f in b.findings if f.matched]
    return [
        (f.finding_id, g.finding_id)
        for f, g in combinations(matched, 2)
        if f.reading_id != g.reading_id
    ]
