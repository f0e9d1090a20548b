"""Names for parts of a breast seen from the front: quadrants, halves, lists of them, their ends.

BI-RADS calls them upper, lower, outer and inner; DICOM superior, inferior, lateral and medial.
One name of `NAMES`, or several quadrants joined by "+", is what a finding holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from corr.anatomy.frame import QUADRANTS

HALVES = {
    "upper": ("UOQ", "UIQ"),
    "lower": ("LOQ", "LIQ"),
    "outer": ("UOQ", "LOQ"),
    "inner": ("UIQ", "LIQ"),
}
OPPOSITE = {"upper": "lower", "lower": "upper", "outer": "inner", "inner": "outer"}
FAR, CENTRAL = "far_", "_central"
NAMES = (
    *QUADRANTS,
    *HALVES,
    *(half + CENTRAL for half in HALVES),
    *(FAR + part for part in (*HALVES, *QUADRANTS)),
)
"""``upper_central`` is where the upper quadrants meet; ``far_upper`` is high up."""
SYNONYMS = {
    "upper": ("upper", "superior", "superiorly", "supero", "cranial", "cephalad", "uppermost"),
    "lower": ("lower", "inferior", "inferiorly", "infero", "caudal", "lowermost"),
    "outer": (
        *("outer", "lateral", "laterally", "latero", "external", "exterior", "externo"),
        *("outermost", "temporal"),
    ),
    "inner": (
        *("inner", "medial", "medially", "medio", "internal", "interior", "interno", "innermost"),
        *("mesial", "nasal"),
    ),
}
"""Words of each half; those in -most also say "far"."""
_HALF_OF = {word: half for half, words in SYNONYMS.items() for word in words}
_FAR = ("far", "extreme", "extremely", "very", "most")
_CENTRAL = ("central", "centrally", "mid", "middle", "midline")
_FILLERS = (
    *("the", "of", "in", "both", "two", "all", "right", "left", "breast", "breasts", "quadrant"),
    *("quadrants", "half", "halves", "part", "portion", "aspect", "region", "hemisphere"),
    *("area", "pole", "side"),
)
_GLUED = re.compile(r"^(supero|infero|latero|medio)([a-z]{4,})$")
_ALONE = {"high up": "far_upper", "far up": "far_upper", "low down": "far_lower"}
_QUARTERS = {  # quadrant -> (first hour, last hour) facing the patient
    "R": {"UOQ": (9, 12), "UIQ": (0, 3), "LIQ": (3, 6), "LOQ": (6, 9)},
    "L": {"UOQ": (0, 3), "UIQ": (9, 12), "LIQ": (6, 9), "LOQ": (3, 6)},
}


def touched(name: str) -> frozenset[str]:
    """Quadrants that a name lies in.

    >>> sorted(touched("far_outer")), sorted(touched("UIQ+LOQ"))
    (['LOQ', 'UOQ'], ['LOQ', 'UIQ'])
    """
    plain = name.removeprefix(FAR).removesuffix(CENTRAL)
    return frozenset(HALVES.get(plain) or plain.split("+"))


def in_quadrant(clock_h: tuple[float, float], quadrant: str, side: str) -> bool:
    """Whether a clock interval touches a quadrant or half (the axes around it included).

    >>> in_quadrant((7, 8), "LOQ", "R"), in_quadrant((7, 8), "LOQ", "L")
    (True, False)
    """
    lo, hi = clock_h
    ends = [_QUARTERS[side][q] for q in touched(quadrant)]
    return any(lo <= last + t and hi >= first + t for first, last in ends for t in (0, 12))


def name_of(quadrants: Iterable[str]) -> str:
    """The name of some quadrants together: a half if they are one.

    >>> name_of(["UIQ", "UOQ"]), name_of(["LIQ", "UOQ"]), name_of(["LIQ"])
    ('upper', 'UOQ+LIQ', 'LIQ')
    """
    held = frozenset(quadrants)
    half = next((h for h, of in HALVES.items() if held == frozenset(of)), None)
    return half or "+".join(q for q in QUADRANTS if q in held)


def combined(names: Iterable[str]) -> str | None:
    """Where all the names hold at once; None if they exclude each other.

    >>> combined(["upper", "outer"]), combined(["far_upper", "UIQ"]), combined(["UOQ", "inner"])
    ('UOQ', 'far_UIQ', None)
    """
    said = list(dict.fromkeys(names))
    held = frozenset.intersection(*map(touched, said))
    if not held:
        return None
    narrow = [n for n in said if n not in (*QUADRANTS, *HALVES) and "+" not in n]
    same = [n for n in narrow if touched(n) == held]
    if same:
        return same[0] if len(same) == 1 else None
    is_far = any(n.startswith(FAR) for n in narrow)
    plain = name_of(held)
    return FAR + plain if is_far and FAR + plain in NAMES else plain


def read_name(text: str) -> str:
    """The name that words or a list of them mean.

    Raises
    ------
    ValueError
        If they mean none, or several; the message is what they may mean, if anything.

    >>> [read_name(words) for words in ("superolateral", "UOQ, UIQ", "upper and lower inner")]
    ['UOQ', 'upper', 'inner']
    """
    low = " ".join(text.lower().replace("_", " ").split())
    if low in _ALONE:
        return _ALONE[low]
    parts = re.split(r"\s*(?:[,;+&/]|\band\b|\bor\b|\bto\b)+\s*", low)
    items = [_words(part) for part in parts if part]
    if not items or not all(items):
        raise ValueError
    names = [_item(words) for words in _shared(items)]
    if len(names) == 1:
        return names[0]
    if any(n.startswith(FAR) or n.endswith(CENTRAL) for n in names):
        raise ValueError
    bare = [n for n in names if n in HALVES]
    crossing = [n for n in bare if {n, OPPOSITE[n]} != set(bare)]
    both = name_of(touched(bare[0]) & touched(bare[1])) if len(bare) == 2 and crossing else ""
    if both and re.fullmatch(r"[a-z]+(?:\s*/\s*|\sand\s)[a-z]+(?:\squadrants?)?", low):
        return both  # "upper/outer", "upper and outer quadrant"
    either = name_of(q for n in names for q in touched(n))
    if both:
        msg = f"{both} if both, {either} if either"
        raise ValueError(msg)
    return either


def _words(part: str) -> list[str]:
    """Words of one item that say something: halves, "far", "central", codes of quadrants."""
    out: list[str] = []
    for word in re.split(r"[\s-]+", part):
        glued = _GLUED.match(word)
        for piece in glued.groups() if glued and word not in _HALF_OF else (word,):
            if piece in _FILLERS:
                continue
            code = piece.upper().removesuffix("S")
            if piece in _HALF_OF:
                out += [*(["far"] if piece.endswith("most") else []), _HALF_OF[piece]]
            elif code in QUADRANTS:
                out.append(code)
            elif piece in (*_FAR, *_CENTRAL):
                out.append("far" if piece in _FAR else "central")
            else:
                raise ValueError
    return out


def _shared(items: list[list[str]]) -> list[list[str]]:
    """Give each half what it shares: "upper and lower inner" are two quadrants, both inner."""
    out = []
    for words in items:
        other = next((o for o in items if len(o) == 2 and all(w in HALVES for w in o)), None)
        if other and len(words) == 1 and OPPOSITE.get(words[0]) in other:
            words = [words[0], *(w for w in other if w != OPPOSITE[words[0]])]
        out.append(words)
    return out


def _item(words: list[str]) -> str:
    """The name of one item."""
    is_far, is_central = "far" in words, "central" in words
    rest = [w for w in words if w not in ("far", "central")]
    if not rest or (is_far and is_central):
        raise ValueError
    codes = [w for w in rest if w in QUADRANTS]
    if codes and len(codes) < len(rest):
        raise ValueError
    if codes or len(rest) == 1:
        name = name_of(q for w in rest for q in touched(w))
    elif len(rest) % 2 == 0:  # "upper outer", "upper outer lower outer"
        pairs = [touched(a) & touched(b) for a, b in zip(rest[::2], rest[1::2], strict=True)]
        if any(len(p) != 1 for p in pairs):
            raise ValueError
        name = name_of(q for p in pairs for q in p)
    else:
        raise ValueError
    name = FAR + name if is_far else name + CENTRAL if is_central else name
    if name not in NAMES and (is_far or is_central):
        raise ValueError
    return name
