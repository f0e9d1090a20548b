r"""How a film hangs: which image border is the chest wall, and which is up.

Landmarks are searched on a breast hung with the chest wall on the left and the positive
transverse direction (head on an oblique, outer side on a CC) at the top. PatientOrientation says
how the stored image is turned; where it is missing the breast itself shows its chest wall, and
the pectoral muscle of an oblique shows the head. The outer side of a CC cannot be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from nibabel.orientations import apply_orientation, inv_ornt_aff
from numpy.typing import NDArray

from corr.anatomy.film import transverse_sign
from corr.imaging.mammogram.outline import Body

T = TypeVar("T", bound=np.generic)
_OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_CLEAR = 1.25  # the chest wall is this much longer than any other border of the breast


@dataclass(frozen=True)
class Hanging:
    """Borders of the stored image: ``chest`` and ``up``, each top, bottom, left or right."""

    chest: str
    up: str

    @property
    def _turn(self) -> NDArray[np.int_]:
        """Where stored rows and columns go (0 up, 1 chest), and which are flipped (-1)."""
        up = (0, -1 if self.up in ("bottom", "right") else 1)
        chest = (1, -1 if self.chest in ("bottom", "right") else 1)
        return np.array([chest, up] if self.chest in ("top", "bottom") else [up, chest])

    def hang(self, image: NDArray[T]) -> NDArray[T]:
        """Stored image -> chest on the left, up at the top (a view, not a copy)."""
        return np.asarray(apply_orientation(image, self._turn))

    def stored(self, points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
        """(n, 2) row, column of the hung image -> of the stored one, whose shape is given."""
        back = inv_ornt_aff(self._turn, shape[:2])
        return np.asarray(points @ back[:2, :2].T + back[:2, 2])


def from_letters(letters: tuple[str, str], side: str, angle_deg: float) -> Hanging | None:
    """Hanging that PatientOrientation states; None if its letters do not fit the film."""
    along_columns, along_rows = letters
    turned = along_columns[:1] not in ("A", "P")
    depth, across = (along_rows, along_columns) if turned else (along_columns, along_rows)
    sign = transverse_sign(across, side, angle_deg)
    if sign is None:
        return None
    start, end = ("top", "bottom") if turned else ("left", "right")
    low, high = ("left", "right") if turned else ("top", "bottom")
    return Hanging(
        chest=end if depth[:1] == "P" else start,
        up=high if sign > 0 else low,
    )


def letters_of(hanging: Hanging, side: str, view: str) -> tuple[str, str]:
    """PatientOrientation letters of a hanging, as `corr.anatomy.views` understands the view."""
    lateral, medial = ("L", "R") if side == "L" else ("R", "L")
    up, down = {
        "CC": (lateral, medial),
        "FB": (lateral, medial),
        "ML": ("H", "F"),
        "LM": ("H", "F"),
    }.get(view, ("H" + lateral, "F" + medial))
    if view in ("SIO", "ISO"):  # transverse is lateral - superior there
        up, down = ("F" + lateral, "H" + medial)
    towards = {
        hanging.chest: "P",
        _OPPOSITE[hanging.chest]: "A",
        hanging.up: up,
        _OPPOSITE[hanging.up]: down,
    }
    return towards["right"], towards["bottom"]


def chest_border(body: Body) -> tuple[str, bool]:
    """Border the breast grows from, by the length of contact; and whether that is clear.

    On an oblique the axilla touches the upper border too, but less far than the chest wall.
    """
    contact = body.contact_mm
    ordered = sorted(contact, key=lambda edge: -contact[edge])
    first, second = ordered[:2]
    return first, contact[first] > 30.0 and contact[first] > _CLEAR * contact[second]


def usual(side: str) -> Hanging:
    """The usual hanging: chest of a left breast on the left, of a right breast on the right."""
    return Hanging(chest="left" if side == "L" else "right", up="top")


def axilla_border(body: Body, chest: str) -> tuple[str, bool]:
    """Of the two borders beside the chest, the one an oblique's axilla runs into, and if clear."""
    sides = ("top", "bottom") if chest in ("left", "right") else ("left", "right")
    contact = {edge: body.contact_mm[edge] for edge in sides}
    first = max(contact, key=lambda edge: contact[edge])
    return first, contact[first] > 10.0 and contact[first] > 1.5 * contact[_OPPOSITE[first]]
