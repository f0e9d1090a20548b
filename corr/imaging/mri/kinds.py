"""What sort of MR image a volume is: images of different sorts are no phases of one series.

Water and fat, in and opposed phase, magnitude and phase, T1 and T2, one echo and the next lie on
one grid and may be numbered like phases; what differs between them is no contrast agent. Files
say so in ImageType, the series description or their names; sorts that nobody states contradict
nothing.
"""

from __future__ import annotations

import itertools
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
        "in phase": "IP|INPHASE|IN_PHASE|INP|IN",
        "opposed phase": "OP|OPP|OPPOSED|OPP_PHASE|OUT_PHASE|OUTPHASE|OUTOFPHASE|OPPPHASE|OOP|OUT",
    },
    "magnitude and phase": {
        "magnitude": "M|MAG|MAGN|MAGNITUDE|M_FFE|M_SE|M_IR",
        "phase": "P|PH|PHA|PHASE|PHASEMAP|P_FFE",
        "real": "R|RE|REAL",
        "imaginary": "I|IM|IMAG|IMAGINARY",
    },
    "weighting": {
        "T1": r"T1[A-Z]*",
        "T2": r"T2[A-Z]*|STIR|TIRM",
        "proton density": "PD|PDW",
    },
}
_IN_NAMES = frozenset(("SER", "MAP", "LOC", "WI", "WO", "COLOR", "PERFUSION"))
_ECHO = re.compile(r"(?<![A-Z0-9])(?:E|(?:ECHO|TE)[_ -]?)(\d{1,2})(?![A-Z0-9])")
_DIXON = re.compile(r"M?DIXON\w*|MDIX\w*|IDEAL|FLEX|LAVA|VIBRANT|WFS")
"""Techniques beside whose names single letters say what was separated."""
_ORDINARY = frozenset(("IN", "OUT", "RE", "IM"))
"""Words that say it only beside those names."""
_SUPPRESSED = re.compile(
    r"\b(?:FAT|WATER)[ _-]?(?:SAT|SUP|EXC|SEP|SUPP?R)\w*|\b(?:NO|NON|W/?O|WITHOUT)[ _-]?FAT\b"
)
"""How an image was made, not what it shows."""
_NO_TIMES = ("ContentTime", "SeriesNumber", IN_FILE, IN_NAME)
"""What tells images apart without saying that they were taken one after the other."""
SAME_TIME_S = 1.0
"""Images of both breasts take longer; images of one acquisition may differ by less."""
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


def role_of_name(name: str) -> Role:
    """Role of a volume whose file's name is all that says it: masks and b-values are no phases.

    "ser", "map" and such may be anything in a name.
    """
    words = [w for w in re.split(r"[^A-Z0-9]+", name.upper()) if w not in _IN_NAMES]
    if any(re.fullmatch(r"B\d{2,4}|MASKS?|SEG\w*|LABELS?|LABELMAP|ROIS?", w) for w in words):
        return "derived"
    return role_of((), " ".join(words), None)[0]


def sorts_of(codes: Iterable[str], words: str, echo: str = "") -> dict[str, str]:
    """What ImageType (``codes``) and a description or file name (``words``) say an image is.

    ``echo`` is the number of its echo, if the file states it.

    >>> sorts_of(("DIXON", "FAT"), "FAT: Ax VIBRANT"), sorts_of((), "t1_fl3d fat sat post 2")
    ({'water and fat': 'fat'}, {'weighting': 'T1'})
    """
    free = _SUPPRESSED.sub(" ", words.upper())
    tokens = set(re.split(r"[^A-Z0-9]+", free))
    if not any(_DIXON.fullmatch(t) for t in tokens):
        tokens = {t for t in tokens if len(t) >= _LETTERS} - _ORDINARY
    stated = {c.strip().upper() for c in codes}
    found: dict[str, str] = {}
    for name, sorts in _SORTS.items():
        for said in (stated, tokens):
            here = {s for s, p in sorts.items() for t in said if re.fullmatch(p, t)}
            if len(here) == 1 and name not in found:
                found[name] = here.pop()
    echoes = {m[1] for m in _ECHO.finditer(free)} if not echo else {echo}
    return found | ({"echo": echoes.pop()} if len(echoes) == 1 else {})


def contradict(a: dict[str, str], b: dict[str, str]) -> bool:
    """Whether two images say that they are of different sorts."""
    return any(a[name] != b[name] for name in a.keys() & b.keys())


def carries_contrast(sorts: dict[str, str]) -> bool:
    """Whether a contrast agent shows on images of this sort."""
    return not set(sorts.values()) & {"fat", "phase", "real", "imaginary", "T2", "proton density"}


def acquisitions(phases: Sequence[Volume], tag: str | None) -> int:
    """In how many acquisitions images were taken that nothing better than a number tells apart.

    As many as there are images where that is not known, or where something better is. Files say it
    by their acquisition times; times of midnight, or equal ones beside several acquisition
    numbers, are those of anonymisers.
    """
    all_of_them = len(phases)
    if tag not in (*_NO_TIMES, "AcquisitionNumber", "AcquisitionTime", "AcquisitionDateTime"):
        return all_of_them
    said = [dict(v.order) for v in phases]
    times = [v.get("AcquisitionDateTime", v.get("AcquisitionTime")) for v in said]
    known = sorted(t for t in times if t)
    if len(known) < all_of_them:
        return all_of_them
    several = 1 + sum(b - a > SAME_TIME_S for a, b in itertools.pairwise(known))
    numbers = {v.get("AcquisitionNumber") for v in said}
    return all_of_them if several == 1 and len(numbers) > 1 else several
