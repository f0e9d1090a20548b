"""Quadrants and regions in the words of other languages, as the English names."""

from __future__ import annotations

import re

from corr.tables.cells.cell import FieldError
from corr.tables.cells.place import Quadrants, Region
from corr.tables.meaning.plain import plain

_CODES = {
    "oaq": "UOQ", "uaq": "LOQ", "oiq": "UIQ",  # oben, unten; außen, innen
    "qse": "UOQ", "qsi": "UIQ", "qie": "LOQ", "qii": "LIQ",  # supéro, inféro; externe, interne
    "cse": "UOQ", "csi": "UIQ", "cie": "LOQ", "cii": "LIQ",  # cuadrante
    "qsl": "UOQ", "qsm": "UIQ", "qil": "LOQ", "qim": "LIQ",  # lateral, medial
    "suo": "UOQ", "sui": "UIQ",
}  # fmt: skip
GERMAN = frozenset({"oaq", "uaq", "oiq"})
"""A column that holds one of these means "unten innen" by UIQ, and not the upper inner quadrant."""
_UPPER, _LOWER = "upper", "lower"
_HALVES = {
    _UPPER: (
        "oben|oberer|obere|oberes|oberen|superieur|superieure|supero|superior|superiore|"
        "superiores|boven|bovenste"
    ),
    _LOWER: (
        "unten|unterer|untere|unteres|unteren|inferieur|inferieure|infero|inferior|inferiore|"
        "inferiores|onder|onderste"
    ),
    "outer": (
        "aussen|ausserer|aussere|auserer|externe|externo|externa|esterno|esterna|lateral|"
        "laterale|buiten|buitenste|lat"
    ),
    "inner": "innen|innerer|innere|interne|interno|interna|medial|mediale|binnen|binnenste|med",
}
_HALF_OF = {word: half for half, words in _HALVES.items() for word in words.split("|")}
_FILLERS = frozenset(
    [
        "quadrant",
        "quadranten",
        "quadrants",
        "cuadrante",
        "cuadrantes",
        "quadrante",
        "quadranti",
        "kwadrant",
        "de",
        "des",
        "der",
        "le",
        "la",
        "el",
        "il",
        "lo",
        "union",
        "haelfte",
        "halfte",
        "moitie",
        "mitad",
        "meta",
    ]
)
_GLUED = re.compile(r"^(supero|infero)(externe|interne|externo|interno|externa|interna|esterno|"
                    r"esterna|lateral|medial|laterale|mediale)$")  # fmt: skip
_GLUED_DE = re.compile(r"^(oben|unten)(aussen|innen)$|^(aussen|innen)(oben|unten)$")
_REGIONS = {
    "subareolar": (
        "retroareolar|retroareolare|retro areolaire|retromamillar|retromammillar|"
        "retro mamelonnaire|retromamelonnaire|subareolare|sous areolaire|retropezonal|"
        "retro areolar|hinter der mamille|behind nipple|retroareolaire|retro areolare"
    ),
    "central": "zentral|centrale|zentrum|centro|central portion|centrocentral",
    "axillary_tail": (
        "axillary tail|axillarer auslaufer|axillausläufer|prolongement axillaire|cola axilar|"
        "prolongacion axilar|coda ascellare|prolungamento ascellare|spence|tail"
    ),
    "periareolar": "periareolare|periareolaire|perimamillar|peri areolaire|peri areolar",
}
_REGION_OF = {plain(w): region for region, words in _REGIONS.items() for w in words.split("|")}


def quadrant(text: str) -> str | None:
    """A quadrant in words of another language, or None.

    >>> quadrant("oben außen"), quadrant("QSE"), quadrant("supéro-externe"), quadrant("somewhere")
    ('UOQ', 'UOQ', 'UOQ', None)
    """
    words = plain(text).split()
    if len(words) == 1 and words[0] in _CODES:
        return _CODES[words[0]]
    out: list[str] = []
    for word in words:
        if glued := _GLUED.match(word) or _GLUED_DE.match(word):
            out += [_HALF_OF[part] for part in glued.groups() if part]
        elif word in _HALF_OF:
            out.append(_HALF_OF[word])
        elif word not in _FILLERS:
            return None
    try:
        return Quadrants().read(" ".join(out)) if 1 <= len(out) <= 2 else None
    except FieldError:
        return None


def region(text: str) -> str | None:
    """A region in words of another language, or None."""
    word = plain(text)
    if word in _REGION_OF:
        return _REGION_OF[word]
    try:
        return Region().read(word)
    except FieldError:
        return None
