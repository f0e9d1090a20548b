"""Words for regions, the order of all rules, and words that join, point back or summarise."""

from __future__ import annotations

import re

from corr.words.marking.absence import ABSENCE, UNNAMED
from corr.words.marking.filled import FILLED, THIRDS
from corr.words.marking.kinds import kinds_for
from corr.words.marking.marks import Rule, UnreadableError, rule
from corr.words.marking.numbers import ASIDES, NUMBERS
from corr.words.marking.parts import ANY_WORD, DIRECTIONS, HALVES_ALONE, QUADRANTS, WORDS
from corr.words.marking.things import THINGS
from corr.words.marking.vague import UNCLEAR_REGIONS

# --- places --------------------------------------------------------------------------
_THE = r"(?:the\s{1,3}|its\s{1,3})?(?:(?:right|left|rt|lt)\s{1,3})?"
_NIPPLE = rf"{_THE}(?:nipple|areola|nac)\b"
_VERY_CLOSE = r"very (?:close|near)(?: to)?|immediately (?:adjacent to|next to)|right next to"
_HOW_FAR = re.compile(
    r"[cm]m\s{0,3}(?:(?:or (?:more|less)|away|directly|immediately|just)\s{1,3})?$"
)


def _behind_nipple(match: re.Match[str]) -> str | None:
    """The region, unless a distance decides it: "5 cm behind the nipple" is not subareolar."""
    before = match.string[max(0, match.start() - 30) : match.start()]
    return None if _HOW_FAR.search(before) else "subareolar"


_NOT_CENTRE = "".join(rf"(?<!{w}[ /-])" for words in WORDS.values() for w in words)
_SIDE = r"\b(?:right|left|rt|lt|r|l)\b"
_THIRD = r"[\s-]{0,2}(?:third|1/3|one[ -]third|depth)\b"
_ONE_THIRD = r"(?:ant(?:erior)?|mid(?:dle)?|post(?:erior)?)"
_TWO_THIRDS = (
    rf"\b{_ONE_THIRD}(?:\s?-\s?to\s|\s?[-/]\s?|\s(?:to|and|or)\s){_ONE_THIRD}"
    r"[\s-]{0,2}(?:thirds?|depths?)\b"
)
_NO_RANGE = "".join(rf"(?<!{_w})" for _w in (
    "nt to ", "or to ", "id to ", "le to ", "st to ", "-to ", "- to ", "or-", "le-", "id-",
    "or/", "le/", "id/", "or and ", "le and ", "id and ", "or or ", "le or ", "id or ",
))  # fmt: skip


def _read_two_thirds(_match: re.Match[str]) -> None:
    why = "more than one third of the depth"
    raise UnreadableError(why, field="depth_third")


REGIONS = (
    rule(
        "region",
        rf"\bdeep(?:\s{{1,3}}(?:to|behind|under|in))?\s{{1,3}}{_NIPPLE}",
        "deep_to_nipple",
        claims=False,
    ),
    rule(
        "region",
        r"\b(?:retro|sub)[ -]?(?:areolar?|mammillary|mamillary|nipple)\b",
        "subareolar",
        claims=False,
    ),
    rule(  # on labels of ultrasound images
        "region",
        rf"{_SIDE}(?: breast)?,?\s?sa\b|\bsa\b(?=,?\s{_SIDE})",
        "subareolar",
        claims=False,
    ),
    rule(
        "region",
        rf"\b(?:behind|beneath|under(?:neath)?|posterior to)\s{{1,3}}{_NIPPLE}",
        _behind_nipple,
        claims=False,
    ),
    rule(
        "region",
        r"\baxillary tail\b|\btail of spence\b|\baxillary process\b",
        "axillary_tail",
        claims=False,
    ),
    rule(
        "region",
        rf"{_NOT_CENTRE}\bcentral(?:ly)?\b"
        r"(?=\s{1,3}(?:(?:right|left)\s)?(?:breast|portion|region|quadrant|part|area|zone|aspect"
        r"|locat|to the nipple|mass|nodule|lesion|cyst|calcif)|\s?[,;.)]|\s*$)"
        r"|\bcent(?:er|re) of (?:the )?(?:(?:right|left) )?breast",
        "central",
        claims=False,
    ),
    rule("depth_third", _TWO_THIRDS, _read_two_thirds, claims=False),
    rule("depth_third", rf"\b(?=ant){_NO_RANGE}ant(?:erior|\.)?{_THIRD}", "anterior", claims=False),
    rule("depth_third", rf"\b(?=mid){_NO_RANGE}mid(?:dle)?{_THIRD}", "middle", claims=False),
    rule(
        "depth_third", rf"\b(?=post){_NO_RANGE}post(?:erior|\.)?{_THIRD}", "posterior", claims=False
    ),
    rule(
        "very_close_to_nipple",
        rf"\b(?:{_VERY_CLOSE})\s{{1,3}}{_THE}nipple\b"
        rf"|\bimmediately (?:behind|beneath)\s{{1,3}}{_NIPPLE}",
        claims=False,
    ),
    rule(
        "region",
        r"\b(?:peri|circum|para|juxta|supra)[ -]?(?:areolar?|mammillary|mamillary|nipple)\b"
        rf"|\b(?:{_VERY_CLOSE}|beside|alongside|next to|adjacent to|abutting|bordering|close to"
        rf"|near(?: to)?|(?:just|immediately|directly) {ANY_WORD} to)"
        rf"\s{{1,3}}{_THE}(?:areola|nac|nipple-areolar? complex)\b"
        r"|\b(?:at|along|on|near|beside)\s(?:the\s)?(?:areolar?\s(?:edge|border|margin|rim)"
        r"|(?:edge|border|margin|rim|periphery) of (?:the\s)?(?:(?:right|left)\s)?areola)\b",
        "periareolar",
        claims=False,
    ),
    rule("half", r"\bsupra[ -]?(?:areolar?|mammillary|mamillary)\b", "upper", claims=False),
    *THIRDS,
    *UNCLEAR_REGIONS,
    *DIRECTIONS,
)


def rules_for(modality: str | None) -> tuple[Rule, ...]:
    """All rules in the order in which they claim words, for texts of ``modality`` (or any)."""
    places = (*FILLED, *ASIDES, *NUMBERS, *QUADRANTS, *HALVES_ALONE)
    return (*places, *UNNAMED, *ABSENCE, *THINGS, *kinds_for(modality))


PLURAL = re.compile(
    r"^(?!dcis$)(?!(?:group(?:ing)?|cluster) of).*(?:masses|foci|ies|[^su]s)(?:\s(?:shadows?"
    r"|signals?))?$"
    r"|shadows$"
)
VERB = re.compile(
    r"\b(?:is|are|was|were|shows?|showed|has|have|had|appears?|appeared|seen|noted"
    r"|demonstrat\w{1,4}"
    r"|there|reveals?|revealed)\b"
)
FINITE = re.compile(
    r"(?<!that )(?<!which )(?<!who )(?<!there )(?<!to )\b(?:has|had|have|is|are|was|were|shows"
    r"|showed|reveals"
    r"|revealed|demonstrates|demonstrated|notic(?:es|ed)|feels|felt|presents|presented|contains"
    r"|contained|lies|lay|came|complain(?:s|ed)|measures|measured|reports|reported|detected)\b"
)
"""Ends what "no" denies: "no complaints has a mass"; not in "no mass that is suspicious"."""
DETERMINER = re.compile(
    r"\b(?:an?|the|this|that|these|one|two|three|several|multiple|another|few|[0-9]{1,2})\b"
)
_ONE_THING = r"(?:(?!(?:and|or|an?|with)\s)[a-z\0-]+\s{1,3}){0,3}$"
DEFINITE = re.compile(rf"\b(?:the|this|that|these|those|same|said)\s{{1,3}}{_ONE_THING}")
REFERENCE = re.compile(
    r"\b(?:of|in|within|inside|around|from|to|about|beyond|past)\s{1,3}(?:the|this|that|these|each)\s{1,3}"
    rf"{_ONE_THING}"
)
ANAPHOR = re.compile(
    r"\b(?:it|its|they|them|which|one of|the (?:larg|bigg)\w{2,4}|measur\w{1,4}|sizes?)\b"
)
LIES = re.compile(
    r"\W*(?:also\s|best\s)?(?:located|situated|lying|positioned|cent(?:er|re)d|seen|found|noted"
    r"|visible"
    r"|palpable|visuali[sz]ed|location|position|site|place)\b"
)
"""Opens a sentence without a noun that goes on about the last thing."""
INDEX = re.compile(
    r"\b(?:one of (?:which|them)|(?:the )?(?:largest|larger|biggest|bigger|dominant))\b"
)
SUMMARY = re.compile(r"\b(?:diagnos[ie]s|impression|conclusions?|opinion|assessment|summary)\b")
OTHER_ONE = re.compile(
    r"\b(?:the other|another|(?:the|a) (?:second|third|fourth|fifth|last|smaller"
    r"|smallest))(?: one)?\b"
)
ORDINAL = re.compile(
    r"\W*(?:and\s|while\s)?(?:the other|another|(?:the|a)?\s?(?:second|third|fourth|fifth"
    r"|smaller))(?: one)?"
    r"\s(?:is|lies|at|was|in|measur\w{1,4}|located)\b"
)
