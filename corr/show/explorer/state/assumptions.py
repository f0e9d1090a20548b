"""The assumptions worth a slider, and the constants (`corr.parameters`) each one moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from corr.parameters import Parameters

ANGLE = "mlo_angle_deg"


@dataclass(frozen=True)
class Assumption:
    """One slider: a constant itself, or a common factor on the constants in ``scales``."""

    name: str
    words: str
    unit: str
    low: float
    high: float
    step: float
    scales: tuple[str, ...] = ()
    every_kernel: bool = False

    def scaled(self, p: Parameters) -> tuple[str, ...]:
        """Names of the constants that this factor multiplies; none where it is a value."""
        if self.every_kernel:
            return tuple(n for n, row in p.table.items() if row.role == "kernel")
        return self.scales

    @property
    def factor(self) -> bool:
        """True for a factor on spreads (1 = as published), False for a constant itself."""
        return self.every_kernel or bool(self.scales)


def _factor(name: str, words: str, *scales: str) -> Assumption:
    return Assumption(name, words, "x", 0.5, 2.0, 0.05, scales, every_kernel=not scales)


ASSUMPTIONS = {
    a.name: a
    for a in (
        Assumption(ANGLE, "angle of the oblique", "\N{DEGREE SIGN}", 20.0, 75.0, 1.0),
        _factor(
            "nipple",
            "nipple on film, spread",
            "mg_shift_posterior_sd_mm",
            "mg_shift_transverse_sd_mm",
        ),
        _factor(
            "pose",
            "pose shift, US and MRI",
            "us_shift_sd_mm",
            "mr_shift_lateral_sd_mm",
            "mr_shift_superior_sd_mm",
            "mr_shift_posterior_sd_mm",
        ),
        _factor("spreads", "all measuring spreads"),
        Assumption("lesions_mean", "lesions expected", "", 0.5, 4.0, 0.25),
    )
}


def default(name: str, p: Parameters) -> float:
    """Where a slider stands before anything is changed: the constant, or factor 1."""
    return 1.0 if ASSUMPTIONS[name].factor else p[name]


def overrides(values: Mapping[str, float], p: Parameters) -> dict[str, float]:
    """Changed constants under some slider values; factors on one constant multiply.

    Raises
    ------
    KeyError
        If a name is none of `ASSUMPTIONS`.
    """
    changed: dict[str, float] = {}
    for name, value in values.items():
        assumption = ASSUMPTIONS[name]
        if not assumption.factor:
            changed[name] = value
        for constant in assumption.scaled(p):
            changed[constant] = changed.get(constant, p[constant]) * value
    return changed
