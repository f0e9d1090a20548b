"""Mammography: the breast squeezed along the beam, seen on a film at any angle.

Film coordinates are ``posterior_mm`` (from the nipple, away from the skin) and
``transverse_mm``, + along (lateral, superior) = (cos a, sin a), a the signed film-plane
angle; 0 is the nipple level. On an oblique the woman leans into the plate: the breast's axis,
which the pectoral muscle stands across, lies turned about the nipple by the lean, so deeper
tissue stands higher and higher tissue lies less deep. The coordinate along the beam is lost
unless a tomosynthesis slice gives it; a stereo pair is two readings 30 degrees apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import Array, BreastModel
from corr.anatomy.extents import Extents
from corr.anatomy.views import OBLIQUE_FROM_DEG
from corr.exams import kernels
from corr.parameters import Parameters
from corr.records import Finding, Reading

NOMINAL_ANGLE_DEG = {
    **dict.fromkeys(("CC", "FB", "STEREO"), 0.0),
    **dict.fromkeys(("ML", "LM"), 90.0),
    **dict.fromkeys(("SIO", "ISO"), -45.0),
}
POSTERIOR, TRANSVERSE, ANGLE, LEAN, SCALE = range(5)

Seen = tuple[Array, Array]


def film_angle(reading: Reading, p: Parameters) -> tuple[float, float]:
    """Angle of a film and its SD, degrees; the population's where it is not recorded."""
    if reading.angle_deg is not None:
        from_above = abs(reading.angle_deg) < OBLIQUE_FROM_DEG
        return reading.angle_deg, p["mg_angle_cc_sd_deg" if from_above else "mg_angle_known_sd_deg"]
    if reading.view in ("MLO", "LMO"):
        return p["mlo_angle_deg"], p.table["mlo_angle_deg"].spread
    if reading.view in NOMINAL_ANGLE_DEG:
        return NOMINAL_ANGLE_DEG[reading.view], p["mg_angle_cc_sd_deg"]
    return p["mlo_angle_deg"], p["mg_angle_unknown_sd_deg"]  # a film of unknown view


def lean_deg(angle_deg: float, p: Parameters) -> tuple[float, float]:
    """Angle by which the breast's axis is turned about the nipple on a film, and its SD, degrees.

    None on the CC, that of the pectoral line off the film's vertical on the oblique, the sag of
    the upright breast on the lateral; linear in the sine of the film's angle between them, up
    on every film (the other diagonal has its + downward, so there it is negative).
    """
    s = np.sin(np.deg2rad(angle_deg))
    oblique, lateral = p.table["film_mlo_lean_deg"], p.table["film_lateral_lean_deg"]
    knots = [0.0, np.sin(np.deg2rad(45.0)), 1.0]
    mean = np.interp(abs(s), knots, [0.0, oblique.value, lateral.value])
    spread = np.interp(abs(s), knots, [0.0, oblique.spread, lateral.spread])
    return float(np.copysign(mean, s)), float(np.hypot(spread, p["film_cc_lean_sd_deg"]))


def errors(reading: Reading, p: Parameters) -> tuple[Array, Array]:
    """Means and SDs of: shift posterior, shift transverse (mm), angle, lean (deg), log scale."""
    angle, angle_sd = film_angle(reading, p)
    lean, lean_sd = lean_deg(_plates_angle(reading, p), p)
    unknown_scale = 0.0
    if reading.thickness_mm is None:
        # the films of a breast are about as thick as each other: what they have in common is part
        # of the breast's own shape, which is not known any better
        off_mm = p["film_thickness_between_views_mm"] / np.sqrt(2.0)
        unknown_scale = p["film_stretch_exponent"] * off_mm / p["film_thickness_mm"]
    means = np.array([0.0, 0.0, angle, lean, 0.0])
    sds = np.array(
        [
            p["mg_shift_posterior_sd_mm"],
            p["mg_shift_transverse_sd_mm"],
            np.hypot(angle_sd, p["mg_roll_sd_deg"]),
            lean_sd,
            np.hypot(p["mg_scale_sd"], unknown_scale),
        ]
    )
    return means, sds


def film_thickness(reading: Reading, p: Parameters) -> tuple[float, float]:
    """Compressed thickness and its SD, mm; the population's where it is not recorded."""
    if reading.thickness_mm is not None:
        return reading.thickness_mm, 0.0
    return p["film_thickness_mm"], p.table["film_thickness_mm"].spread


def stretches(reading: Reading, model: BreastModel, p: Parameters) -> tuple[float, float]:
    """Reference -> film: stretch of width and depth in the film plane, magnified.

    Thickness over the full prone extent sets how far tissue spreads in the plane, so that
    volume is kept as in the finite-element breast the constants come from.
    """
    lr, ap = p["prone_lr_scale"], p["prone_ap_scale"]
    height = model.extents.height_along(_plates_angle(reading, p)) * lr
    ratio = film_thickness(reading, p)[0] / height
    spread = (ratio / p["film_thickness_ratio"]) ** -p["film_stretch_exponent"]
    spread = np.clip(spread, p["film_spread_least"], p["film_spread_most"])
    width = lr * p["film_width_stretch"] * spread * p["film_magnification"]
    depth = ap * p["film_depth_stretch"] * spread * p["film_magnification"]
    if reading.view in ("MLO", "LMO"):
        depth *= p["film_mlo_depth_over_cc"]
    return float(width), float(depth)


def appear(reading: Reading, model: BreastModel, e: Array, p: Parameters) -> Seen:
    """Film coordinates of the model's points for error nodes ``e`` ``(n_e, 5)``.

    Returns posterior and transverse, each ``(n_e, n)`` mm.
    """
    width, depth = stretches(reading, model, p)
    lateral, superior, behind = model.axes
    scale, lean = np.exp(e[:, SCALE, None]), np.deg2rad(e[:, LEAN, None])
    angle = np.deg2rad(e[:, ANGLE, None])
    swing = 0.0
    if reading.view == "STEREO":  # taken without a new compression: only the tube is turned
        base = np.deg2rad(reading.base_angle_deg)
        angle, swing = base, angle - base
    deep = (depth * scale) * behind
    across = (width * scale) * (np.cos(angle) * lateral + np.sin(angle) * superior)
    posterior = np.cos(lean) * deep - np.sin(lean) * across + e[:, POSTERIOR, None]
    transverse = np.sin(lean) * deep + np.cos(lean) * across
    if reading.view == "STEREO":
        squeezed = film_thickness(reading, p)[0] / model.extents.height_along(
            reading.base_angle_deg
        )
        height = (squeezed * scale) * (np.cos(angle) * superior - np.sin(angle) * lateral)
        transverse = np.cos(swing) * transverse + np.sin(swing) * height
    return posterior, transverse + e[:, TRANSVERSE, None]


def on_film(
    points: Array, reading: Reading, model: BreastModel, p: Parameters
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where tissue falls on a film by the map that judges, every error at its mean.

    The one forward map: pictures and sentences ask it, and know no film geometry of their own.

    Parameters
    ----------
    points : ``(n, 3)`` mm from the nipple, breast frame (lateral, superior, posterior),
        reference state
    reading : the film: its view, angle and thickness, the population's where not stated
    model : the reference breast, whose size says how far the plates spread tissue
    p : table of constants

    Returns
    -------
    posterior, transverse : each ``(n,)`` mm from the nipple on the film
    """
    mean, _ = errors(reading, p)
    posterior, transverse = appear(reading, model.at(np.asarray(points, float)), mean[None], p)
    return np.asarray(posterior[0], np.float64), np.asarray(transverse[0], np.float64)


def _plates_angle(reading: Reading, p: Parameters) -> float:
    """Angle (degrees) of the view that the plates squeeze: for a stereo film that of its base."""
    return reading.base_angle_deg if reading.view == "STEREO" else film_angle(reading, p)[0]


def reach(reading: Reading, model: BreastModel, p: Parameters) -> dict[str, tuple[float, float]]:
    """Least and largest value (mm) of each stated coordinate that any point of the breast shows."""
    posterior, transverse = on_film(model.points, reading, model, p)
    return kernels.ranges(posterior_mm=posterior, transverse_mm=transverse)


def stated(
    finding: Finding, seen: Seen, reading: Reading, _model: BreastModel, p: Parameters
) -> list[tuple[float, Array, float]]:
    """Stated values (mm) in the film plane, where each shows, and the scale of its own error."""
    if reading.position_refused:
        return []
    values = (finding.posterior_mm, finding.transverse_mm)
    return [
        (value, at, sd)
        for value, at, sd in zip(values, seen, own_sds_mm(reading, p), strict=True)
        if value is not None
    ]


def own_sds_mm(reading: Reading, p: Parameters) -> tuple[float, float]:
    """Scales of the error of a single finding, mm: posterior and transverse."""
    again, own = kernels.repeat_scale_mm(reading, p), reading.modality.lower()
    return (
        float(np.hypot(p[f"{own}_posterior_sd_mm"], again)),
        float(np.hypot(p[f"{own}_transverse_sd_mm"], again)),
    )


def beam_height_mm(reading: Reading, model: BreastModel, p: Parameters) -> Array:
    """Height ``(n,)`` above the detector of the model's points in the compressed breast, mm.

    The plates squeeze each column of tissue that is taller than their distance; a lower one, as
    near the nipple, keeps its height half way between them.
    """
    angle, _ = film_angle(reading, p)
    s, c = np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))
    lateral, superior, _ = model.points.T
    # up the beam, from the detector: superior on a CC, medial and superior on an oblique
    up, across = superior * c - lateral * s, lateral * c + superior * s
    forward = np.maximum(1.0 - model.points[:, 2] / model.extents.depth, 0.0)
    room = np.maximum(1.0 - forward**2, 0.0)
    top, bottom = (_skin_along(across, room, (s, c), model.extents, end) for end in (1.0, -1.0))
    thickness, _ = film_thickness(reading, p)
    lr = p["prone_lr_scale"]
    column = np.maximum(top - bottom, 1e-6) * lr
    middle = (up - 0.5 * (top + bottom)) * lr
    height = 0.5 * thickness + np.minimum(1.0, thickness / column) * middle
    if reading.view in ("LM", "LMO", "FB", "ISO"):
        height = thickness - height  # the tube is on the other side
    return np.clip(height, 0.0, thickness)


def _skin_along(
    across: Array, room: Array, beam: tuple[float, float], e: Extents, end: float
) -> Array:
    """Where a line up (``end`` 1) or down (-1) the beam leaves the breast, mm up the beam.

    ``room`` is the share of the coronal ellipse, squared, that is left at a point's depth.
    """
    s, c = beam
    far = end * 0.5 * (e.superior + e.inferior) * np.sqrt(room)
    a = np.where(across * c - far * s >= 0, e.lateral, e.medial) ** -2.0
    b = np.where(across * s + far * c >= 0, e.superior, e.inferior) ** -2.0
    square = a * s * s + b * c * c
    half = across * c * s * (b - a)
    rest = across**2 * (a * c * c + b * s * s) - room
    return np.asarray((end * np.sqrt(np.maximum(half**2 - square * rest, 0.0)) - half) / square)


def along_beam(
    finding: Finding, reading: Reading, model: BreastModel, p: Parameters
) -> Array | None:
    """Likelihood ``(n,)`` of the height above the detector (or below the paddle), if stated."""
    if finding.beam_mm is None or reading.position_refused:
        return None
    thickness, thickness_sd = film_thickness(reading, p)
    height = finding.beam_mm
    if finding.beam_from == "paddle":
        height = thickness - height
    unknown = thickness_sd * min(finding.beam_mm / thickness, 1.0)  # tissue moves with the paddle
    sd = np.hypot(beam_sd_mm(reading, p), unknown)
    off = (beam_height_mm(reading, model, p) - height) / sd
    return kernels.student(off**2, 1)


def beam_sd_mm(reading: Reading, p: Parameters) -> float:
    """Scale of the error of a height along the beam: of the slice, and of where tissue goes."""
    thickness, _ = film_thickness(reading, p)
    return float(np.hypot(p["mg_beam_sd_mm"], p["mg_beam_rel_sd"] * thickness))
