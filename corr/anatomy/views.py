"""Mammographic views: the signed film-plane angle of each code, or why it is refused.

The angle ``a`` is that of the beam seen from the front: 0 for CC, growing through the
obliques to 90 for ML and LM, negative on the other diagonal (SIO, ISO). It means the same on
both breasts because ``lateral`` does; DICOM's PositionerPrimaryAngle does not, so its sign is
never used, only its magnitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from corr.problems import CorrError


@dataclass(frozen=True, slots=True)
class View:
    """One view: nominal signed angle and the magnitudes (degrees) that do not contradict it."""

    nominal_deg: float
    low_deg: float
    high_deg: float
    sign: int = 1  # 0: the angle is small and keeps the sign it was given
    fixed: bool = True  # False: an unstated angle stays unknown (population prior)
    meaning: str = ""

    @property
    def allowed(self) -> str:
        """The allowed signed angles in words."""
        if self.sign == 0:
            return f"from {-self.high_deg:g} to {self.high_deg:g} degrees"
        ends = sorted((self.sign * self.low_deg, self.sign * self.high_deg))
        return f"from {ends[0]:g} to {ends[1]:g} degrees"


def _oblique(sign: int, meaning: str) -> View:
    return View(sign * 45.0, 20.0, 75.0, sign=sign, fixed=False, meaning=meaning)


VIEWS: MappingProxyType[str, View] = MappingProxyType(
    {
        "CC": View(0.0, 0.0, 20.0, sign=0, meaning="cranio-caudal"),
        "FB": View(0.0, 0.0, 20.0, sign=0, meaning="from below"),
        "MLO": _oblique(1, "medio-lateral oblique"),
        "LMO": _oblique(1, "latero-medial oblique"),
        "ML": View(90.0, 70.0, 100.0, meaning="medio-lateral"),
        "LM": View(90.0, 70.0, 100.0, meaning="latero-medial"),
        "SIO": _oblique(-1, "superolateral to inferomedial"),
        "ISO": _oblique(-1, "inferomedial to superolateral"),
    }
)
"""Views whose geometry is known. STEREO is one of these turned by a stated angle."""

STEREO_MAX_DEG = 30.0
OBLIQUE_FROM_DEG = 20.0
"""A film at a smaller angle counts as one from above."""
_EXAGGERATED = "exaggerated view: the breast is turned by an amount nobody records"
_ROLLED = "rolled view: how far the breast was rolled is not recorded"
_SCALE = "the breast is compressed in part and magnified, so mm and nipple are unknown"
REFUSED_VIEWS: MappingProxyType[str, str] = MappingProxyType(
    {
        "XCCL": _EXAGGERATED,
        "XCCM": _EXAGGERATED,
        "XCC": _EXAGGERATED,
        "AT": "axillary tail view: the nipple is out of the field or turned away",
        "CV": "cleavage view: both breasts are in one compression",
        "TAN": "tangential view: the beam follows the skin at an unrecorded angle",
        "RL": _ROLLED,
        "RM": _ROLLED,
        "RI": _ROLLED,
        "RS": _ROLLED,
        "ID": "implant displaced view: the tissue is pulled away from the implant",
        "S": f"spot view: {_SCALE}",
        "M": f"magnification view: {_SCALE}",
    }
)
"""Views whose findings are kept but whose positions are not used, with the reason."""

ALL_VIEWS: tuple[str, ...] = (*VIEWS, "STEREO", *REFUSED_VIEWS)


class ViewError(CorrError, ValueError):
    """An angle that contradicts its view, or a view with no angle; `allowed` says the range."""

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.allowed = allowed


def signed_angle_deg(
    view: str,
    side: str,
    magnitude_deg: float | None = None,
    base_view: str | None = None,
) -> float | None:
    """Signed film-plane angle (degrees) of a view; None if it is not stated and varies.

    Parameters
    ----------
    view
        A code of `VIEWS`, or ``STEREO``.
    side
        ``L`` or ``R``. The angle does not depend on it; it is asked for so that a reader who
        has only the header's angle cannot forget that its sign depends on the side.
    magnitude_deg
        Angle as stated, any sign. A stereo angle is signed, relative to ``base_view``.
    base_view
        What a stereo pair was taken around; CC if not stated.

    Raises
    ------
    ViewError
        If the view is refused or unknown, or the angle contradicts the view.
    ValueError
        If ``side`` is neither L nor R.

    Examples
    --------
    >>> signed_angle_deg("MLO", "L", -45.0), signed_angle_deg("SIO", "R", 40.0)
    (45.0, -40.0)
    >>> signed_angle_deg("MLO", "R") is None, signed_angle_deg("STEREO", "R", -15.0)
    (True, -15.0)
    """
    if side not in ("L", "R"):
        msg = f"breast side must be 'L' or 'R', got {side!r}"
        raise ValueError(msg)
    if view == "STEREO":
        return _stereo_angle(magnitude_deg, base_view or "CC")
    rule = _rule(view)
    if magnitude_deg is None:
        return rule.nominal_deg if rule.fixed else None
    if not rule.low_deg <= abs(magnitude_deg) <= rule.high_deg:
        msg = f"{magnitude_deg:g} degrees contradicts the view {view} ({rule.meaning})"
        raise ViewError(msg, rule.allowed)
    return float(magnitude_deg) if rule.sign == 0 else rule.sign * abs(float(magnitude_deg))


def film_edges(angle_deg: float) -> tuple[str, str]:
    """What lies toward the upper (+ transverse) and the lower edge of a film of signed angle.

    >>> film_edges(0.0), film_edges(-45.0)
    (('lateral', 'medial'), ('lower outer', 'upper inner'))
    """
    if abs(angle_deg) < OBLIQUE_FROM_DEG:
        return "lateral", "medial"
    if abs(angle_deg) > 90 - OBLIQUE_FROM_DEG:
        return ("superior", "inferior") if angle_deg > 0 else ("inferior", "superior")
    return ("upper outer", "lower inner") if angle_deg > 0 else ("lower outer", "upper inner")


def sign_contradicts(view: str, angle_deg: float) -> bool:
    """True if an angle has the other diagonal's sign (header signs depend on the side)."""
    rule = VIEWS.get(view)
    return rule is not None and rule.sign * angle_deg < 0


def _stereo_angle(offset_deg: float | None, base_view: str) -> float:
    allowed = f"from {-STEREO_MAX_DEG:g} to {STEREO_MAX_DEG:g} degrees, usually -15 or 15"
    if offset_deg is None:
        msg = "a stereo view needs its angle, relative to the base view"
        raise ViewError(msg, allowed)
    if abs(offset_deg) > STEREO_MAX_DEG:
        msg = f"{offset_deg:g} degrees is too much for one view of a stereo pair"
        raise ViewError(msg, allowed)
    return _rule(base_view).nominal_deg + float(offset_deg)


def _rule(view: str) -> View:
    if view in VIEWS:
        return VIEWS[view]
    allowed = ", ".join(VIEWS)
    if view in REFUSED_VIEWS:
        msg = f"{view} is refused: {REFUSED_VIEWS[view]}"
        raise ViewError(msg, allowed)
    msg = f"unknown view {view!r}"
    raise ViewError(msg, allowed)
