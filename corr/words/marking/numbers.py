"""Numbers in report sentences: sizes, BI-RADS categories, and what is neither."""

from __future__ import annotations

import re

from corr.words.marking.clock import CLOCK
from corr.words.marking.distances import DISTANCES
from corr.words.marking.labels import AFTER_HOUR, ZONES
from corr.words.marking.lengths import (
    ABOUT,
    END,
    GAP,
    LENGTH,
    LONGEST_MM,
    NUM,
    START,
    TOO_LONG,
    UNIT,
    in_mm,
)
from corr.words.marking.marks import Rule, UnreadableError, rule

_DIM = rf"{NUM}(?:{GAP}{UNIT})?"
_WAY = (
    r"(?:ap|tr(?:v|ans(?:v|verse)?)?|cc|ml|si|sag(?:ittal)?|long(?:itudinal)?|radial|anti-?radial"
    r"|width|height"
    r"|length|depth|[lwhd])"
)
_LABEL = rf"(?:\s?\((?:[a-z][a-z /.-]{{0,20}})\)|\s{_WAY}\b)"
_LABELLED = rf"{_DIM}(?:{_LABEL}(?:\s?{UNIT}\b)?)?"
_SIZES = rf"{_LABELLED}(?:\s?(?:x|\bby\b)\s?(?:{_WAY}\s)?{_LABELLED}){{1,2}}"
_SIZE = rf"{START}(?:{_SIZES}|{NUM}{GAP}{UNIT}(?![a-wyz])){END}"
_BOUND = (
    r"(?:<|>|less than|smaller than|under|below|greater than|larger than|more than"
    r"|over|exceeding"
    r"|at least|at most)\s{0,3}"
)
_MEASURE = rf"{START}{_DIM}(?:\s?(?:-|x|\bto\b)\s?{_DIM})?"


def read_size(match: re.Match[str]) -> tuple[float, ...]:
    """Diameters in mm, longest first; a dimension without unit takes the next stated one."""
    unlabelled = re.sub(_LABEL, "", match.group())
    parts = re.findall(rf"({NUM}){GAP}({UNIT})?", unlabelled)
    units = [u for _, u in parts if u]
    if not units:
        written = match.group().strip()
        why = "size without a unit"
        options = (f"{written} mm", f"{written} cm")
        raise UnreadableError(why, field="size_mm", candidates=options)
    sizes, unit = [], units[-1]
    for number, own in reversed(parts):
        unit = own or unit
        sizes.append(in_mm(number, unit))
    if not all(0 < s <= LONGEST_MM for s in sizes):
        raise UnreadableError(TOO_LONG, field="size_mm")
    return tuple(sorted(sizes, reverse=True))


def _read_size_range(match: re.Match[str]) -> None:
    if match["hi"] is None:
        return
    unit = match["hi_unit"]
    ends = (f"{match['lo']} {match['lo_unit'] or unit}", f"{match['hi']} {unit}")
    why = "a range of sizes, not one size"
    raise UnreadableError(why, field="size_mm", candidates=ends)


def _read_after_hour(match: re.Match[str]) -> None:
    why = "may be the distance from the nipple"
    raise UnreadableError(why, field="fn_mm", candidates=(match.group().strip(" /"),))


def _read_slashes(match: re.Match[str]) -> None:
    why = "numbers with a slash between them, not clearly one size"
    options = (match.group().replace("/", " x "),)
    raise UnreadableError(why, field="size_mm", candidates=options)


def _read_size_bound(match: re.Match[str]) -> None:
    before = match.string[max(0, match.start() - 70) : match.start()]
    if match.group().startswith("over") and _EXTENDS.search(before):
        return
    why = "a limit, not a size"
    raise UnreadableError(why, field="size_mm", candidates=(match["size"],))


_ROMAN = ("i", "ii", "iii", "iv", "v", "vi")
_EXTENDS = re.compile(r"\b(?:extend|stretch|spread|spann?|distribut)\w{0,4}\b[^.;,]{0,60}$")
_HISTOLOGY = re.compile(
    r"(?:carcinoma|cancer|dcis|idc|ilc|invasive|histolog\w+|ductal|nst)\b[^.;]*$"
)


def _read_grade(match: re.Match[str]) -> bool | None:
    """Whether it is the grade of a cancer: "invasive ductal carcinoma, grade 2"."""
    before = match.string[max(0, match.start() - 60) : match.start()]
    return True if _HISTOLOGY.search(before) else None


def _read_bi_rads(match: re.Match[str]) -> str:
    category, letter = match["category"], (match["letter"] or "").upper()
    if int(category) > 6 or (letter and (category != "4" or letter > "C")):
        why = "no such BI-RADS category (0-6, 4A-4C)"
        raise UnreadableError(why, field="bi_rads")
    return category + letter


def _read_roman(match: re.Match[str]) -> str:
    category, letter = _ROMAN.index(match["roman"]) + 1, (match["letter"] or "").upper()
    if letter and category != 4:
        why = "no such BI-RADS category (0-6, 4A-4C)"
        raise UnreadableError(why, field="bi_rads")
    return f"{category}{letter}"


def _read_acr(match: re.Match[str]) -> None:
    why = "may be a BI-RADS category or a density"
    raise UnreadableError(why, field="bi_rads", candidates=(match["category"].upper(),))


_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_OTHER_THING = r"(?:films?|views?|images?|slices?|months?|weeks?|days?|years?|cores?|samples?)"
_NUMBERED = (
    r"(?:series|se|slices?|images?|img|im|fig(?:ure)?|stage|types?|levels?|segment|phase|page)"
)
_EXAM = (
    r"(?:exam\w{0,7}|study|mammogra\w{1,3}|ultrasound|sonogra\w{1,3}|mri|scan|imaging|films?|visit)"
)
_PRIOR = rf"(?:on |at |in )?(?:the |her )?(?:prior|previous|last|earlier|old)(?: {_EXAM})?"
_BEFORE = (
    rf"\b(?:previous(?:ly)?|formerly|earlier|before|prior|old(?: size)?|last year|initially"
    rf"|{_PRIOR}"
    r"|compar(?:ed|ison) (?:to|with)|(?:increased|decreased|grown|shrunk|changed|reduced|gone)"
    r"(?: in size)? from|from (?=[^.;,]{1,22}\sto\s))"
    r"\s?[:(]?\s{0,2}(?:size |diameter )?(?:(?:measur(?:ed|ing)|at|of|was|were|about|a)\s){0,3}"
)
_THEN = (
    rf"\s?,?\s?(?:previously|formerly|before\b|earlier|last year|{_PRIOR}\b"
    r"|(?:[a-z0-9]{1,6} (?:years?|months?|weeks?) ago)|(?:in|on|from) (?:(?:19|20)[0-9]{2})\b)"
)


def _read_earlier(match: re.Match[str]) -> tuple[float, ...]:
    found = re.compile(_SIZE).search(match.string, *match.span("size"))
    assert found is not None
    return read_size(found)


_CUT = (  # of a specimen; those of a lesion are only described
    r"(?:superior|inferior|anterior|posterior|medial|lateral|deep|superficial|closest|nearest"
    r"|resection|surgical|clear|negative|positive)"
)
ASIDES: tuple[Rule, ...] = (
    # numbers that are neither sizes nor places: claimed so that nothing else reads them
    rule("aside", r"(?<![0-9])[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?![0-9])"),
    rule("aside", r"(?<![0-9])[0-9]{1,2}([-/.])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})(?![0-9])"),
    rule(
        "aside", rf"(?<![0-9:.])[0-9]{{1,2}}(?:st|nd|rd|th)?\s{_MONTH}(?!\s[a-z])(?:\s[0-9]{{4}})?"
    ),
    rule("aside", rf"\b{_MONTH}\s[0-9]{{1,2}}(?:,?\s[0-9]{{4}})?\b"),
    rule(
        "aside",
        rf"\b{_NUMBERED}\.?\s?#?[0-9]{{1,4}}(?:[a-c]|[/.][0-9]{{1,4}})?\b(?!\s?(?:[cm]m\b|o\W?c"
        rf"|h\b|[x:.-]\s?[0-9]))",
    ),
    rule("aside", rf"(?<![0-9])[0-9]{{1,2}}(?:\s?(?:-|to)\s?[0-9]{{1,2}})?\s{_OTHER_THING}\b"),
    rule(
        "aside",
        r"(?<![0-9])[0-9.,]{1,5}\s?x\s?10\s?\^?\s?-\s?[36]\b(?:\s?mm\s?[2²]\s?/\s?s(?:ec)?)?",
    ),
    rule("aside", r"\bgrade\s(?:[1-3]|i{1,3})\b", _read_grade),
    rule("aside", rf"{_MEASURE}[ -]{{0,2}}(?:in\s)?thick(?:ness)?\b"),
    rule(
        "aside",
        rf"\b(?:thickness|thick|compressed to|slice|cortex|{_CUT}\smargins?|nick|incision)"
        rf"{ABOUT}{_MEASURE}"
        r"(?!\s?(?:o\W|h\b|[:x.]?[0-9]))",
    ),
    rule("aside", rf"{_MEASURE} (?:margins?|slices?|needle|cortex|cortical|intervals?)\b"),
)
NUMBERS: tuple[Rule, ...] = (
    rule(
        "bi_rads",
        r"(?<!nuclear )(?<!histologic )(?<!histological )(?<!tumor )(?<!nottingham )"
        r"\b(?:bi-?\s?rads?|category|grade)\b[\s:-]{0,3}"
        r"(?:(?:category|cat\.?|grade|class|is)[\s:-]{1,3})?"
        r"(?P<category>[0-9])\s?(?P<letter>[a-c]\b)?(?!\.?[0-9])(?!\s?[mc]m)",
        _read_bi_rads,
    ),
    rule(
        "bi_rads",
        r"\bbi-?\s?rads?[\s:-]{0,3}(?:(?:category|cat\.?|class|score)[\s:-]{1,3})?"
        r"(?P<roman>iv|vi?|i{1,3})[\s-]?(?P<letter>[a-c]\b)?(?![a-z0-9])",
        _read_roman,
    ),
    rule("bi_rads", r"\bacr[\s:-]{0,2}(?P<category>[0-6][abc]?)\b(?!\.?[0-9])", _read_acr),
    *DISTANCES,
    *CLOCK,
    rule("fn_mm", rf"{AFTER_HOUR}\s?/\s?{LENGTH}", _read_after_hour),
    *ZONES,
    rule("earlier_mm", rf"{_BEFORE}(?P<size>{_SIZE})", _read_earlier),
    rule("earlier_mm", rf"(?P<size>{_SIZE}){_THEN}", _read_earlier),
    rule("size_mm", rf"{_BOUND}(?P<size>{_MEASURE}{UNIT}?)(?<=m){END}", _read_size_bound),
    rule("size_mm", LENGTH + END, _read_size_range),
    rule("size_mm", rf"{START}{NUM}(?:/{NUM}){{1,2}}\s?{UNIT}{END}", _read_slashes),
    rule("size_mm", _SIZE, read_size),
)
