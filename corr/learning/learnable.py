"""What a table of findings can tell of the constants: factors on spreads, and systematic parts.

A factor multiplies all measurement spreads of one source of findings. A systematic part is a
constant that moves every finding of a kind of exam the same way; left wrong, it passes for noise.
"""

from __future__ import annotations

from collections.abc import Mapping

from corr import parameters
from corr.exams.registry import EXAMS, exam_of
from corr.parameters import Parameters
from corr.problems import CorrError
from corr.records import Breast, Finding, Reading


def _parts() -> dict[str, tuple[str, ...]]:
    parts: dict[str, tuple[str, ...]] = {}
    for part, begins in (exam.spreads for exam in EXAMS.values()):
        parts[part] = (*parts.get(part, ()), *begins)
    return parts | {"size": ("size_ln_sd_",)}


PARTS = _parts()
"""Factors: how the names of the spreads of each part begin in the table of constants."""
SYSTEMATIC = {
    "film_mlo_lean_deg": "lean of the oblique",
    "film_mlo_depth_over_cc": "depth on MLO over CC",
    "us_shift_lateral_mm": "shift of ultrasound, lateral",
    "us_shift_superior_mm": "shift of ultrasound, superior",
    "us_scale": "arc scale of ultrasound",
    "mr_scale": "scale of prone MRI",
}
"""Constants whose value a table tells, in words; their spread is what they may differ by."""
OBLIQUE = ("MLO", "LMO")


def scaled(p: Parameters, changes: Mapping[str, float]) -> Parameters:
    """The table of constants with factors on the spreads of `PARTS`, and `SYSTEMATIC` values.

    Raises
    ------
    KeyError
        If a name is neither.
    CorrError
        If a value is outside the range of its constant.
    """
    changed = {}
    for part, number in changes.items():
        if part in SYSTEMATIC:
            changed[part] = number
            continue
        for name, row in p.table.items():
            if row.role == "kernel" and name.startswith(PARTS[part]) and number != 1.0:
                changed[name] = row.value * number
    return p.override({name: v for name, v in changed.items() if v != p[name]})


def read_factors(text: str) -> dict[str, float]:
    """What `scaled` takes, as `corr spreads` prints it: ``MG=1.1,film_mlo_lean_deg=21``.

    One number alone is a factor for all `PARTS`.

    Raises
    ------
    CorrError
        If it is neither, a factor is not between 0.1 and 10, or a value not in its range.
    """
    found: dict[str, float] = {}
    table = parameters.load().table
    for said in text.split(","):
        name, equals, number = (x.strip() for x in said.rpartition("="))
        names = (name,) if equals else tuple(PARTS)
        try:
            value = float(number)
            known = set(names) <= {*PARTS, *SYSTEMATIC} - set(found)
        except ValueError:
            known = False
        if not known or (name not in SYSTEMATIC and not 0.1 <= value <= 10.0):
            msg = f"expected a factor from 0.1 to 10, got {text!r}"
            allowed = (
                f"that, or factors for some of {', '.join(PARTS)} and values for some of "
                f"{', '.join(SYSTEMATIC)}, as MG=1.1,US=0.9,film_mlo_lean_deg=21"
            )
            raise CorrError(msg, where="--spreads", allowed=allowed)
        if name in SYSTEMATIC and (wrong := table[name].refusal(value)):
            raise CorrError(wrong, where=f"--spreads {text!r}")
        found |= dict.fromkeys(names, value)
    return found


def tells(breast: Breast, name: str) -> bool:
    """Whether a breast's findings depend on a part or a systematic constant at all."""
    readings = {r.reading_id: r for r in breast.readings}
    found = [f for f in breast.findings if f.matched]
    return any(_depends(f, readings[f.reading_id], name) for f in found)


def _depends(f: Finding, reading: Reading, name: str) -> bool:
    if name == "size":
        return f.size_mm is not None
    if name in PARTS:
        return exam_of(f).spreads[0] == name
    if name.startswith("film_mlo"):
        return reading.view in OBLIQUE
    return name.startswith(exam_of(f).constants) and reading.view != "SUPINE"


def moved_modalities(breast: Breast, p: Parameters, other: Parameters) -> set[str]:
    """Modalities whose findings' places differ between two tables of constants."""
    moved: set[str] = set()
    for name in p:
        if p[name] != other[name] and not name.startswith(PARTS["size"]):
            placed = {m for m, exam in EXAMS.items() if name.startswith(exam.constants)}
            moved |= placed or set(EXAMS)
    known = {f.modality for f in breast.findings if f.depth_mm is not None}
    on_skin = {m for m, exam in EXAMS.items() if exam.place == "skin"}
    return moved | known if moved & on_skin else moved  # all know depths below one skin
