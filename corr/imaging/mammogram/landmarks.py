"""Landmarks of a mammogram in its stored pixels: breast, nipple, pectoral line, posterior lines.

Two lines run backward from the nipple. The *nipple level* is straight across the film
(``transverse = 0``); the *posterior nipple line* is perpendicular to the pectoral muscle and
about 20 degrees off it on an oblique. Both are given, never one for the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from skimage.measure import approximate_polygon, find_contours

from corr.imaging.mammogram.hanging import Hanging, axilla_border, chest_border, usual
from corr.imaging.mammogram.nipple import Nipple, locate
from corr.imaging.mammogram.outline import Body, find_body, working_copy
from corr.imaging.mammogram.pectoral import TYPICAL_DEG, Edge, find_edge

Points = NDArray[np.float64]
NOISY = 0.08
"""Noise of the air, in units of the breast's median, beyond which faint skin is not seen."""
OBLIQUE = ("MLO", "LMO", "ML", "LM")
"""Views that show the pectoral muscle and are hung with the head up."""


@dataclass(frozen=True)
class Landmarks:
    """Landmarks in row, column of the stored image (full resolution).

    Attributes
    ----------
    outline
        (n, 2) closed polygon around the breast; empty if none was found.
    nipple_row, nipple_col
        The nipple; None if it was not found.
    nipple_sd_mm
        SD of its position (nominal mm on an uncalibrated film).
    nipple_confident
        False: it may be elsewhere; the reasons are in ``notes``.
    pectoral
        (2, 2) end points of the pectoral edge, or None.
    posterior_direction
        (2,) unit step in (row, column) toward the chest wall: the nipple level runs along it.
    posterior_nipple_line
        (2, 2) nipple and foot on the pectoral edge, else on the image border; or None.
    notes
        What is unsure, and why.
    """

    outline: Points = field(default_factory=lambda: np.empty((0, 2)))
    nipple_row: float | None = None
    nipple_col: float | None = None
    nipple_sd_mm: float | None = None
    nipple_confident: bool = False
    pectoral: Points | None = None
    posterior_direction: Points | None = None
    posterior_nipple_line: Points | None = None
    notes: tuple[str, ...] = ()


_STEPS = {"top": (-1.0, 0.0), "bottom": (1.0, 0.0), "left": (0.0, -1.0), "right": (0.0, 1.0)}


@dataclass(frozen=True)
class Found:
    """Landmarks, and how the film hangs as far as that is known.

    ``hanging`` is what positions are to be read with: None if neither header nor picture tells.
    """

    landmarks: Landmarks
    hanging: Hanging | None
    notes: tuple[str, ...] = ()


def find_landmarks(
    image: NDArray[np.float32],
    pixel_mm: float,
    *,
    side: str,
    view: str,
    stated: Hanging | None,
) -> Found:
    """Search a mammogram in its stored orientation.

    Parameters
    ----------
    image
        Grey image, brighter = more tissue.
    pixel_mm
        Size of a pixel, nominal if the film has no spacing.
    side, view
        ``L`` or ``R``; code of `corr.anatomy.views`.
    stated
        How PatientOrientation says it hangs; None if it does not say.
    """
    small, block = working_copy(image, pixel_mm)
    body = find_body(small, pixel_mm * block)
    if body is None:
        none = ("no breast found in the picture",)
        return Found(Landmarks(notes=none), stated, none)
    seen, known, doubts, notes = _hang(body, side=side, view=view, stated=stated)
    mask, shade = seen.hang(body.mask), seen.hang(body.shade)
    edge = find_edge(shade, mask, body.pixel_mm) if view in OBLIQUE else None
    if edge is not None and not edge.confident:
        edge, notes = None, [*notes, "no pectoral edge found"]
    nipple = locate(mask, shade, body.pixel_mm, _off_chest(edge, view))
    found = _in_stored(body, seen, nipple=nipple, edge=edge, block=block)
    if body.noise > NOISY:
        doubts.append("the film is too noisy to see faint skin")
    if nipple is None:
        doubts.append("no skin line to search the nipple on")
    confident = found.nipple_confident and not doubts
    reasons = [*doubts, *(nipple.notes if nipple else ())]
    if reasons:
        notes.append(f"nipple not confident: {'; '.join(reasons)}")
    found = replace(found, nipple_confident=confident, notes=tuple(notes))
    return Found(found, known, tuple(notes))


def posterior_line(
    nipple: Points, pectoral: Points | None, border: Points, direction: Points
) -> Points:
    """Nipple and its foot on the pectoral edge; without one, on the border behind the nipple."""
    if pectoral is None:
        reach = float((border - nipple) @ direction)
        return np.stack([nipple, nipple + reach * direction])
    start, end = pectoral
    along = (end - start) / np.linalg.norm(end - start)
    return np.stack([nipple, start + along * float((nipple - start) @ along)])


def border_behind(direction: Points, shape: tuple[int, ...]) -> Points:
    """A point on the image border that the posterior direction points to."""
    last = np.array(shape[:2], dtype=float) - 1
    return np.where(direction > 0, last, 0.0)


def step(border: str) -> Points:
    """Unit step in (row, column) toward an image border."""
    return np.array(_STEPS[border])


def _hang(
    body: Body, *, side: str, view: str, stated: Hanging | None
) -> tuple[Hanging, Hanging | None, list[str], list[str]]:
    """Hanging to search with, hanging to read positions with, doubts on the nipple, notes."""
    doubts: list[str] = []
    notes: list[str] = []
    chest, clear = chest_border(body)
    head, head_clear = axilla_border(body, chest) if view in OBLIQUE else ("", False)
    if stated is not None:
        if clear and chest != stated.chest:
            doubts.append(
                f"PatientOrientation puts the chest wall at the {stated.chest}, "
                f"the picture shows it at the {chest}"
            )
        elif clear and head_clear and head != stated.up:
            doubts.append(
                f"PatientOrientation puts the head at the {stated.up}, "
                f"the picture shows the axilla at the {head}"
            )
        if not doubts:
            return stated, stated, doubts, notes
        up = head if head_clear else usual(side).up
        up = up if (up in ("top", "bottom")) == (chest in ("left", "right")) else stated.up
        return _legal(chest, up), None, doubts, notes
    if not clear:
        doubts.append("which image border is the chest wall is not clear")
    if view in OBLIQUE:
        if not head_clear:
            doubts.append("which image border is the axilla is not clear")
        hanging = _legal(chest, head)
        known = hanging if clear and head_clear else None
        if known:
            notes.append("PatientOrientation is missing: oriented by chest wall and axilla")
        return hanging, known, doubts, notes
    if clear and chest == usual(side).chest:
        notes.append("PatientOrientation is missing: the usual hanging is assumed")
        return usual(side), usual(side), doubts, notes
    notes.append("PatientOrientation is missing: which side is outer cannot be seen")
    return _legal(chest, "top"), None, doubts, notes


def _legal(chest: str, up: str) -> Hanging:
    """A hanging whose borders are adjacent."""
    if (up in ("top", "bottom")) == (chest in ("top", "bottom")):
        up = "left" if chest in ("top", "bottom") else "top"
    return Hanging(chest, up)


def _off_chest(edge: Edge | None, view: str) -> Points:
    """Unit (down, anterior) away from the chest wall as the view shows it."""
    if edge is not None:
        return edge.normal
    tilt = np.deg2rad({"MLO": TYPICAL_DEG, "LMO": TYPICAL_DEG}.get(view, 0.0))
    return np.array([np.sin(tilt), np.cos(tilt)])


def _in_stored(
    body: Body, hanging: Hanging, *, nipple: Nipple | None, edge: Edge | None, block: int
) -> Landmarks:
    """Landmarks of the working copy in full-resolution stored pixels."""
    shape = body.mask.shape
    full = (shape[0] * block, shape[1] * block)
    direction = step(hanging.chest)
    border = border_behind(direction, full)
    pectoral = None
    if edge is not None:
        a = np.deg2rad(edge.angle_deg)
        hung_rows = shape[0] if hanging.chest in ("left", "right") else shape[1]
        bottom = min(edge.top_mm / np.tan(a), hung_rows * body.pixel_mm)
        ends = np.array([[0.0, edge.top_mm], [bottom, edge.top_mm - bottom * np.tan(a)]])
        pectoral = _enlarged(hanging.stored(ends / body.pixel_mm, shape), block)
    found = Landmarks(
        outline=_polygon(body.mask, block), pectoral=pectoral, posterior_direction=direction
    )
    if nipple is None:
        return found
    point = _enlarged(hanging.stored(np.array([[nipple.row, nipple.col]]), shape), block)[0]
    return replace(
        found,
        nipple_row=float(point[0]),
        nipple_col=float(point[1]),
        nipple_sd_mm=nipple.sd_mm,
        nipple_confident=nipple.confident,
        posterior_nipple_line=posterior_line(point, pectoral, border, direction),
    )


def _enlarged(points: Points, block: int) -> Points:
    """Working pixels -> stored pixels (centres of blocks)."""
    return points * block + 0.5 * (block - 1)


def _polygon(mask: NDArray[np.bool_], block: int) -> Points:
    lines = find_contours(np.pad(mask, 1).astype(float), 0.5)
    longest = max(lines, key=len) - 1
    return _enlarged(approximate_polygon(longest, 0.7), block)
