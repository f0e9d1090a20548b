"""Numbers in report sentences: distances, sizes and BI-RADS categories."""

from __future__ import annotations

import re

from corr.words.marking.clock import CLOCK
from corr.words.marking.labels import AFTER_HOUR, LABELS, ZONES
from corr.words.marking.marks import Rule, UnreadableError, rule

LONGEST_MM = 300.0
"""Longer lengths are no sizes or distances in a breast."""
_TOO_LONG = f"a length in a breast is more than 0 and at most {LONGEST_MM:g} mm"

# --- lengths -------------------------------------------------------------------------
_NUM = r"(?:[0-9]{1,4}(?:\.[0-9]{1,3}|,[0-9]{1,2})?|\.[0-9]{1,2})"
_START = r"(?<![0-9a-z+])(?<![0-9][.,/:-])"
_UNIT = r"(?:mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?)"
_GAP = r"[\s-]?"  # "9 mm", "9-mm"
_END = r"(?![0-9²³^])(?!\s?[x/]\s?[0-9])"
_LENGTH = (
    rf"{_START}(?P<lo>{_NUM}){_GAP}(?P<lo_unit>{_UNIT})?"
    rf"(?:\s?(?:-|~|\bto\b)\s?(?P<hi>{_NUM}){_GAP}(?P<hi_unit>{_UNIT})|(?<=m)|(?<=s)|(?<=r)|(?<=e))"
)
_ABOUT = r"\s{0,3}(?:(?:of|is|was|about|approximately|approx\.?|around|ca\.?|=|:|-)\s{0,3}){0,2}"
_THE = r"(?:the\s{1,3}|its\s{1,3})?(?:(?:right|left)\s{1,3})?"
_SIDE_OF = r"\s{0,3}(?P<after>or\s(?:more|less|further)\s{1,3})?(?:away\s{1,3}|distance\s{1,3})?"
_LIMIT = (
    r"(?:(?P<bound>[<>]=?|\b(?:less|smaller|greater|larger|more|further|farther|closer) than\b"
    r"|\b(?:under|below|over|beyond|within|exceeding|at least|at most|up to)\b)"
    r"\s{0,3}(?:(?:about|approximately|around)\s{1,3})?)?"
)
_LIMITED = _LIMIT + _LENGTH


def _mm(number: str, unit: str) -> float:
    return round(float(number.replace(",", ".")) * (10.0 if unit.startswith("c") else 1.0), 6)


def _half_digit_mm(number: str, unit: str) -> float:
    decimals = len(number.replace(",", ".").partition(".")[2])
    return round(0.5 * 10.0**-decimals * (10.0 if unit.startswith("c") else 1.0), 6)


def _distance(match: re.Match[str], field: str) -> tuple[float, float]:
    """(value, rounding half width) in mm; a range is its middle with a wider half width."""
    parts = match.groupdict()
    unit = parts.get("hi_unit") or parts.get("lo_unit") or "cm"  # "N+5" and "FN 5" are in cm
    lo = _mm(parts["lo"], parts.get("lo_unit") or unit)
    hi = _mm(parts["hi"], unit) if parts.get("hi") else lo
    rounding = _half_digit_mm(parts.get("hi") or parts["lo"], unit)
    if parts.get("bound") or parts.get("after"):
        last = next(n for n in ("hi_unit", "hi", "lo_unit", "lo") if parts.get(n))
        why, number = "a limit, not a distance", match.string[match.start("lo") : match.end(last)]
        raise UnreadableError(why, field=field, candidates=(number,))
    if hi > LONGEST_MM:
        raise UnreadableError(_TOO_LONG, field=field)
    if hi < lo:
        why = "the range runs backwards"
        raise UnreadableError(why, field=field)
    return round((lo + hi) / 2, 6), round(rounding + (hi - lo) / 2, 6)


def _read_fn(match: re.Match[str]) -> tuple[float, float]:
    return _distance(match, "fn_mm")


def _read_depth(match: re.Match[str]) -> float:
    return _distance(match, "depth_mm")[0]


def _read_chestwall(match: re.Match[str]) -> float:
    return _distance(match, "chestwall_mm")[0]


_FROM = r"(?:from|off|to|of)\s{1,3}"
_NIPPLE = rf"{_THE}(?:nipple|areola|nac)(?:\s{{1,3}}areolar? complex)?\b"
_SKIN = rf"{_THE}skin(?:\s{{1,3}}(?:surface|line))?\b"
_WALL = rf"{_THE}(?:chest\s?wall|pectoral(?:is)?(?:\s{{1,3}}(?:muscle|fascia))?)"
_BEHIND = r"(?:(?:directly|immediately|just)\s)?(?:behind|posterior to|deep to|beneath)\s{1,3}"
_FN = r"(?:/\s?)?f[./]?\s?(?:t[./]?\s?)?n\b"
_TO = rf"(?:ly)?\s{{1,3}}{_FROM}"
_AXIS = r"(?:lateral|medial|superior|inferior|cranial|caudal)"
_ASIDE = rf"(?:(?:directly|immediately|just)\s)?(?:{_AXIS}{_TO}|above\s{{1,3}})"
_DIAGONAL = (
    r"(?:supero|infero|superior|inferior|upper|lower)(?:\s?[-/]\s?|\s(?:and\s)?)?"
    r"(?:lateral|medial|inner|outer)"
)
_BARE = rf"(?P<lo>{_NUM})(?:{_GAP}(?P<lo_unit>{_UNIT})\b)?(?![x.,:/-]?[0-9])"
_BARE_RANGE = (
    rf"(?P<lo>{_NUM})(?:\s?-\s?(?P<hi>{_NUM}))?(?:{_GAP}(?P<hi_unit>{_UNIT})\b)?(?![x.,:/-]?[0-9])"
)

_DIM = rf"{_NUM}(?:{_GAP}{_UNIT})?"
_WAY = (
    r"(?:ap|tr(?:v|ans(?:v|verse)?)?|cc|ml|si|sag(?:ittal)?|long(?:itudinal)?|radial|anti-?radial|width|height"
    r"|length|depth|[lwhd])"
)
_LABEL = rf"(?:\s?\((?:[a-z][a-z /.-]{{0,20}})\)|\s{_WAY}\b)"
_LABELLED = rf"{_DIM}(?:{_LABEL}(?:\s?{_UNIT}\b)?)?"
_SIZES = rf"{_LABELLED}(?:\s?(?:x|\bby\b)\s?(?:{_WAY}\s)?{_LABELLED}){{1,2}}"
_SIZE = rf"{_START}(?:{_SIZES}|{_NUM}{_GAP}{_UNIT}(?![a-wyz])){_END}"
_BOUND = (
    r"(?:<|>|less than|smaller than|under|below|greater than|larger than|more than|over|exceeding"
    r"|at least|at most)\s{0,3}"
)
_PLAIN = rf"{_START}{_NUM}{_GAP}{_UNIT}"
_ANY_WAY = (
    rf"(?:(?:(?:antero|postero|left|right)[ -]?)?{_AXIS}|{_DIAGONAL}|anterior|posterior"
    r"|(?:to the )?(?:left|right))"
)
_DIRECTED = rf"(?:in (?:the|a) )?{_ANY_WAY}(?:ly)?(?:\s(?:direction|side|aspect))?\s(?:to|of|from)"
_FROM_WHAT = (
    rf"\s{{0,3}}(?:away\s)?(?:from|off|above|below|behind|beneath|under|{_DIRECTED})"
    rf"\s(?!\s{{0,3}}(?:[0-9]|{_ANY_WAY}\b))"
)
_MEASURE = rf"{_START}{_DIM}(?:\s?(?:-|x|\bto\b)\s?{_DIM})?"


def read_size(match: re.Match[str]) -> tuple[float, ...]:
    """Diameters in mm, longest first; a dimension without unit takes the next stated one."""
    unlabelled = re.sub(_LABEL, "", match.group())
    parts = re.findall(rf"({_NUM}){_GAP}({_UNIT})?", unlabelled)
    units = [u for _, u in parts if u]
    if not units:
        written = match.group().strip()
        why = "size without a unit"
        options = (f"{written} mm", f"{written} cm")
        raise UnreadableError(why, field="size_mm", candidates=options)
    sizes, unit = [], units[-1]
    for number, own in reversed(parts):
        unit = own or unit
        sizes.append(_mm(number, unit))
    if not all(0 < s <= LONGEST_MM for s in sizes):
        raise UnreadableError(_TOO_LONG, field="size_mm")
    return tuple(sorted(sizes, reverse=True))


def _read_size_range(match: re.Match[str]) -> None:
    if match["hi"] is None:
        return
    unit = match["hi_unit"]
    ends = (f"{match['lo']} {match['lo_unit'] or unit}", f"{match['hi']} {unit}")
    why = "a range of sizes, not one size"
    raise UnreadableError(why, field="size_mm", candidates=ends)


def _read_slashes(match: re.Match[str]) -> None:
    why = "numbers with a slash between them, not clearly one size"
    options = (match.group().replace("/", " x "),)
    raise UnreadableError(why, field="size_mm", candidates=options)


def _read_offsets(_match: re.Match[str]) -> None:
    why = "two offsets from the nipple, not one distance"
    raise UnreadableError(why, field="fn_mm")


def _read_no_unit(match: re.Match[str]) -> None:
    why = "distance without a unit"
    options = (f"{match['lo']} cm", f"{match['lo']} mm")
    raise UnreadableError(why, field="fn_mm", candidates=options)


def _read_other_distance(_match: re.Match[str]) -> None:
    why = "a distance, not a size, and not clearly one from the nipple"
    raise UnreadableError(why, field="fn_mm")


def _read_size_bound(match: re.Match[str]) -> None:
    why = "a limit, not a size"
    raise UnreadableError(why, field="size_mm", candidates=(match["size"],))


def _read_bi_rads(match: re.Match[str]) -> str:
    category, letter = match["category"], (match["letter"] or "").upper()
    if int(category) > 6 or (letter and (category != "4" or letter > "C")):
        why = "no such BI-RADS category (0-6, 4A-4C)"
        raise UnreadableError(why, field="bi_rads")
    return category + letter


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
        rf"\b{_NUMBERED}\.?\s?#?[0-9]{{1,4}}(?:[a-c]|/[0-9]{{1,4}})?\b(?!\s?(?:[cm]m\b|o\W?c|h\b|[x:.-]\s?[0-9]))",
    ),
    rule("aside", rf"(?<![0-9])[0-9]{{1,2}}(?:\s?(?:-|to)\s?[0-9]{{1,2}})?\s{_OTHER_THING}\b"),
    rule(
        "aside",
        r"(?<![0-9])[0-9.,]{1,5}\s?x\s?10\s?\^?\s?-\s?[36]\b(?:\s?mm\s?[2²]\s?/\s?s(?:ec)?)?",
    ),
    rule("aside", rf"{_MEASURE}[ -]{{0,2}}(?:in\s)?thick(?:ness)?\b"),
    rule("aside", rf"\b(?:thickness|thick|compressed to|slice|cortex|margins?){_ABOUT}{_MEASURE}"),
    rule("aside", rf"{_MEASURE}\s(?:margins?|slices?|needle|cortex|cortical|intervals?)\b"),
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
    rule("bi_rads", r"\bacr[\s:-]{0,2}(?P<category>[0-6][abc]?)\b(?!\.?[0-9])", _read_acr),
    rule(
        "fn_mm",
        rf"{_PLAIN}\s{_AXIS}(?:{_TO}{_NIPPLE})?(?:\s?,)?\s(?:and\s)?{_PLAIN}\s{_AXIS}{_TO}{_NIPPLE}",
        _read_offsets,
    ),
    rule("behind_mm", rf"{_LIMITED}{_SIDE_OF}{_BEHIND}{_NIPPLE}", _read_fn),
    rule("below_mm", rf"{_LIMITED}{_SIDE_OF}below\s{{1,3}}{_NIPPLE}", _read_fn),
    rule("fn_mm", rf"{_LIMITED}{_SIDE_OF}{_FROM}{_NIPPLE}", _read_fn),
    rule("offset_mm", rf"{_LIMITED}{_SIDE_OF}{_ASIDE}{_NIPPLE}", _read_fn),
    # the diagonal is a quadrant: left for its rule
    rule("offset_mm", rf"{_LIMITED}(?={_SIDE_OF}{_DIAGONAL}{_TO}{_NIPPLE})", _read_fn),
    rule("fn_mm", rf"{_LIMITED}\s?c?{_FN}", _read_fn),
    rule(
        "fn_mm",
        rf"{_LIMIT}{_START}(?P<lo>{_NUM})(?:\s?-\s?(?P<hi>{_NUM}))?\s?c\.?{_FN}",
        _read_fn,
    ),
    rule("fn_mm", rf"\b(?:distance\s{_FROM}{_NIPPLE}|nipple distance){_ABOUT}{_LIMITED}", _read_fn),
    rule("fn_mm", rf"\bfrom\s{_NIPPLE}\s?(?:is|was|:|=|about){_ABOUT}{_LIMITED}", _read_fn),
    rule("fn_mm", rf"\b(?:(?:cm?)?ft?n{_ABOUT}|n\s?\+\s?){_LIMIT}{_BARE}", _read_fn),
    *LABELS,
    rule("fn_mm", rf"{AFTER_HOUR},?\s{{0,2}}n\s?{_BARE_RANGE}", _read_fn),
    rule("fn_mm", rf"{_LIMITED}\s{{1,3}}nipple\sdistance\b", _read_fn),
    rule("fn_mm", rf"{_START}(?P<lo>{_NUM})\s?{_FN}", _read_no_unit),
    rule("chestwall_mm", rf"{_LIMITED}{_SIDE_OF}(?:{_FROM}|anterior to\s){_WALL}", _read_chestwall),
    rule("chestwall_mm", rf"\bdistance\s{_FROM}{_WALL}{_ABOUT}{_LIMITED}", _read_chestwall),
    rule(
        "depth_mm",
        rf"{_LIMITED}{_SIDE_OF}(?:{_FROM}|below |beneath |under |deep to ){_SKIN}",
        _read_depth,
    ),
    rule("depth_mm", rf"\b(?:distance\s{_FROM}{_SKIN}|depth){_ABOUT}{_LIMITED}", _read_depth),
    rule("depth_mm", rf"{_LIMITED}\s?(?:deep\b(?! to)|in depth\b)", _read_depth),
    rule("fn_mm", rf"{_PLAIN}{_FROM_WHAT}", _read_other_distance),
    rule("fn_mm", rf"\bdistance(?:\s[a-z]{{1,15}}){{0,5}}{_ABOUT}{_PLAIN}", _read_other_distance),
    rule("fn_mm", rf"{_PLAIN}\s(?:{_AXIS}|posterior)(?=\s?(?:[,.;)]|$))", _read_other_distance),
    *CLOCK,
    *ZONES,
    rule("size_mm", rf"{_BOUND}(?P<size>{_MEASURE}{_UNIT}?)(?<=m){_END}", _read_size_bound),
    rule("size_mm", _LENGTH + _END, _read_size_range),
    rule("size_mm", rf"{_START}{_NUM}(?:/{_NUM}){{1,2}}\s?{_UNIT}{_END}", _read_slashes),
    rule("size_mm", _SIZE, read_size),
)
