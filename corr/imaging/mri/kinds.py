"""What sort of MR image a volume is: images of different sorts are no phases of one series.

Water and fat, in and opposed phase, magnitude and phase, T1 and T2, one echo and the next lie on
one grid and may be numbered like phases; what differs between them is no contrast agent. Files
say so in ImageType, the series description or their names; sorts that nobody states contradict
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from corr.imaging.volume import IN_FILE, IN_NAME, Role, Volume

_SUBTRACTION = re.compile(r"SUB(TR\w*)?\d*|\w*_SUB")
_DERIVED = re.compile(
    r"MIP\w*|MINIP|WI|WO|WASH\w*|PEI|ADC|EADC|TRACEW?|DWI|DIFF\w*|SER|TTP|IAUC\w*|K?TRANS|MPR|"
    r"MPS|MAP|CAD\w*|COLOR|PROJECTION|LOC\w*|SCOUT|SURVEY|REFORMATTED|PHASE MAP|PERFUSION"
)
_SORTS = {
    "water and fat": {
        "water": "WATER|W|WATERONLY",
        "fat": "FAT|F|FATONLY",
        "in phase": "IP|INPHASE|IN_PHASE|INP",
        "opposed phase": "OP|OPP|OPPOSED|OPP_PHASE|OUT_PHASE|OUTPHASE|OUTOFPHASE|OPPPHASE|OOP",
    },
    "magnitude and phase": {
        "magnitude": "M|MAG|MAGN|MAGNITUDE|M_FFE|M_SE|M_IR",
        "phase": "P|PHA|PHASE|PHASEMAP|P_FFE",
        "real": "R|REAL",
        "imaginary": "I|IMAG|IMAGINARY",
    },
    "weighting": {
        "T1": r"T1[A-Z]*",
        "T2": r"T2[A-Z]*|STIR|TIRM",
        "proton density": "PD|PDW",
    },
}
_ECHO = re.compile(r"(?:E|ECHO|TE)[_-]?(\d{1,2})")
_SUPPRESSED = re.compile(
    r"\b(?:FAT|WATER)[ _-]?(?:SAT|SUP|EXC|SEP|SUPP?R)\w*|\b(?:NO|NON|W/?O|WITHOUT)[ _-]?FAT\b"
)
"""How an image was made, not what it shows."""
_LETTERS = 2
"""Words this short are codes of ImageType, and may be anything elsewhere."""


def role_of(image_type: Sequence[str], description: str, b_value: float | None) -> tuple[Role, str]:
    """Whether an image may be a phase, from its ImageType and the words of its description."""
    words = [*image_type[2:], *re.split(r"[^A-Z0-9]+", description.upper())]
    if b_value is not None:
        return "derived", "diffusion-weighted"
    for word in words:
        if found := _DERIVED.fullmatch(word.upper()):
            return "derived", f"derived image ({found[0]})"
    for word in words:
        if _SUBTRACTION.fullmatch(word.upper()):
            return "subtraction", "subtraction"
    return "image", ""


def sorts_of(codes: Iterable[str], words: str) -> dict[str, str]:
    """What ImageType (``codes``) and a description or file name (``words``) say an image is.

    >>> sorts_of(("DIXON", "FAT"), "FAT: Ax VIBRANT"), sorts_of((), "t1_fl3d fat sat post 2")
    ({'water and fat': 'fat'}, {'weighting': 'T1'})
    """
    free = _SUPPRESSED.sub(" ", words.upper())
    tokens = {t for t in re.split(r"[^A-Z0-9]+", free) if len(t) >= _LETTERS}
    stated = {c.strip().upper() for c in codes}
    found: dict[str, str] = {}
    for name, sorts in _SORTS.items():
        for said in (stated, tokens):
            here = {s for s, p in sorts.items() for t in said if re.fullmatch(p, t)}
            if len(here) == 1 and name not in found:
                found[name] = here.pop()
    echoes = {m[1] for t in tokens if (m := _ECHO.fullmatch(t))}
    return found | ({"echo": echoes.pop()} if len(echoes) == 1 else {})


def contradict(a: dict[str, str], b: dict[str, str]) -> bool:
    """Whether two images say that they are of different sorts."""
    return any(a[name] != b[name] for name in a.keys() & b.keys())


def carries_contrast(sorts: dict[str, str]) -> bool:
    """Whether a contrast agent shows on images of this sort."""
    return not set(sorts.values()) & {"fat", "phase", "real", "imaginary", "T2", "proton density"}


def one_acquisition(phases: Sequence[Volume], tag: str | None) -> bool:
    """Whether files that only a number tells apart say that all were taken at one time.

    Times of midnight are those of anonymisers.
    """
    if tag not in ("SeriesNumber", IN_FILE, IN_NAME):
        return False
    said = [dict(v.order) for v in phases]
    times = {v.get("AcquisitionTime") for v in said}
    numbers = {v.get("AcquisitionNumber") for v in said}
    return len(times) == len(numbers) == 1 and bool(times - {None, 0.0})
