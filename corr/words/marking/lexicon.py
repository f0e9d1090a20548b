"""Words for kinds, regions and absence, as one table of rules each."""

from __future__ import annotations

import re

from corr.exams.registry import EXAMS
from corr.words.marking.marks import Rule, rule
from corr.words.marking.numbers import ASIDES, NUMBERS
from corr.words.marking.parts import ANY_WORD, DIRECTIONS, HALVES_ALONE, QUADRANTS, WORDS
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
    rule("depth_third", rf"\bant(?:erior|\.)?{_THIRD}", "anterior", claims=False),
    rule("depth_third", rf"\bmid(?:dle)?{_THIRD}", "middle", claims=False),
    rule("depth_third", rf"\bpost(?:erior|\.)?{_THIRD}", "posterior", claims=False),
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
    *UNCLEAR_REGIONS,
    *DIRECTIONS,
)

# --- absence -------------------------------------------------------------------------
_SEEN = (
    r"(?:seen|identified|detected|visuali[sz]ed|found|demonstrated|observed|noted|evident|present"
    r"|enlarged|visible|appreciated|shown|displayed|felt)"
)
_FAIRLY = r"(?:(?:obviously|clearly|definitely|well)\s)?"
_NOW = r"(?:today|currently|now|on (?:today's|the current|the present|this) [a-z]{4,12})"
ABSENCE = (
    rule(  # of one film: the thing is there on another
        "aside",
        rf"\bnot\s{_FAIRLY}{_SEEN}\s(?:on|in)\s(?:the\s)?(?:cc|mlo|ml|lm|xccl|cranio-?caudal"
        r"|medio-?lateral|orthogonal)\b",
    ),
    rule(
        "gone",
        rf"\bno longer\s(?:be\s)?{_FAIRLY}{_SEEN}\b|\bnot\s{_FAIRLY}{_SEEN}\s{_NOW}\b"
        r"|\b(?:has|have)\s(?:(?:completely|since|now|all)\s)?"
        r"(?:resolved|disappeared|been (?:removed|excised|resected))\b",
    ),
    rule(  # with its "of" or "to": the noun after it is not there, not pointed at
        "absent_after",
        r"\b(?:(?:interval|complete)\s){0,2}(?:resolution|disappearance)\sof\b"
        r"|\bno\s(?:[a-z]{2,14}\s){0,2}(?:correlat(?:e|es|ion)|counterpart)\s"
        rf"(?:(?:is|was|are|were)\s)?(?:{_SEEN}\s)?(?:to|of|with)\b",
    ),
    rule(
        "aside",
        r"\b(?:can\s?not|could not|not)\s(?:be\s)?(?:(?:entirely|completely)\s)?"
        r"(?:exclude|rule[d]? out)d?\b",
    ),
    rule("aside", r"\bnot only\b|\bno doubt\b|\bno\.\s?(?=[0-9])|\bnot (?:sure|certain)\b"),
    rule("absent_before", rf"\bnot\s(?:been\s)?{_FAIRLY}{_SEEN}\b"),
    rule("absent_before", r"\b(?:is|are|was|were)\s(?:absent|negative)\b|\bnone\b"),
    rule(
        "absent_after",
        r"\bno\b(?:\s(?:(?:sono|mammo)graphic |definite |obvious )?(?:evidence|signs?) of\b)?"
        r"|\bnot\b|\bwithout\b(?:\s(?:evidence|signs?) of\b)?"
        r"|\bnegative for\b|\babsence of\b|\bfree of\b"
        r"|\bneither\b|\bn't\b",
    ),
)

# --- kinds: most special first; names with a capital are not kinds of a table ---------------
VAGUE, GENERIC, NO_FINDING = "Vague", "Generic", "NoFinding"
_ENHANCE = r"(?:enhanc(?:ement|ing|ements)|reinforcement)"
_SHADOW = r"(?:\s(?:shadows?|lesions?|signals?))?"
_CALC = r"(?:(?:micro|macro)?-?calc(?:ification)?s?|calcium)"
_CHANGE = r"(?:thicken(?:ing|ed)|retract(?:ion|ed)|dimpling|o?edema|inver(?:sion|ted)|changes?"
_CHANGE += r"|deviation|erosion)"
_THING = r"(?:mass(?:es)?|nodules?|lumps?|lesions?|asymmetr(?:y|ies)|calcifications?|focus|foci"
_THING += r"|findings?|area|abnormalit(?:y|ies)|enhancement|distortion|thickening)"
_ELSEWHERE = r"(?:palpable|clinical|mammographic|sonographic|ultrasound|mr|mri)"
_KINDS = (
    (  # what a hand or another examination found, and this one refers to
        NO_FINDING,
        r"\b(?:correspond\w{0,4}|correlat\w{1,4}|relat(?:es|ed|ing)"
        r"|(?:sites?|areas?|regions?|location) of)"
        rf"\s(?:(?:to|with)\s)?(?:[a-z']{{1,12}}\s){{0,2}}{_ELSEWHERE}\s(?:[a-z]{{1,12}}\s)?{_THING}\b",
    ),
    (
        NO_FINDING,
        rf"\b(?:correspond\w{{0,4}}|correlat\w{{1,4}})\s(?:to|with)\s(?:the|this)\s(?:[a-z-]{{1,15}}\s){{0,2}}"
        rf"{_THING}(?:\s(?:seen|noted|described|shown|identified))?\s(?:on|in|at|by)\s(?:the\s)?"
        r"(?:prior\s|recent\s)?(?:mammogra|sonogra|ultrasound|mr\b|mri|film)\w{0,5}",
    ),
    (
        NO_FINDING,  # what nobody saw: a dense breast "may obscure small masses"
        rf"\b(?:obscur(?:e|es|ing)|hid(?:e|es|ing)|mask(?:s|ing)?) (?:[a-z-]{{1,15}} ){{0,3}}"
        rf"{_THING}\b",
    ),
    (
        NO_FINDING,
        rf"\bbackground (?:parenchymal )?{_ENHANCE}|\bmass effect\b"
        rf"|\b{_ENHANCE} (?:curve|kinetics|pattern)",
    ),
    ("skin", rf"\b(?:areolar?\s)?(?:skin|cutaneous|nipple|areolar?)\s{_CHANGE}(?:\schanges?)?\b"),
    (
        "skin",
        rf"\b(?:{_CHANGE} of (?:the )?(?:(?:right|left) )?|thickened |retracted |inverted )"
        r"(?:skin|nipple|areola)\b",
    ),
    ("nme", r"\bnon-?\s?mass(?:-?\s?like)? enhanc(?:ement|ing)(?: (?:area|lesion)s?)?\b|\bnme\b"),
    ("nme", rf"\b(?:segmental|linear|regional|clumped|ductal) (?:[a-z-]+ )?{_ENHANCE}\b"),
    ("nonmass", r"\bnon-?\s?mass (?:lesion|area|abnormality|finding|abnormalitie)s?\b"),
    ("mass", r"\benhancing (?:[a-z]+ )?(?:mass(?:es)?|nodules?)\b"),
    ("focus", rf"\b(?:local|focal)(?:i[sz]ed)? (?:[a-z]+ )?{_ENHANCE}{_SHADOW}\b"),
    ("focus", rf"\b{_ENHANCE} (?:focal|focus|foci){_SHADOW}\b|\b(?:focus|foci) of {_ENHANCE}\b"),
    ("enhancing_asymmetry", r"\benhancing (?:[a-z-]+ )?asymmetr(?:y|ies)\b"),
    ("architectural_distortion", r"\b(?:architectural |structural )?distortions?\b"),
    (  # by definition on two views; without a qualifier, on one
        "focal_asymmetry",
        r"\b(?:focal|global|developing) (?:[a-z]+ )?asymmetr(?:y|ies|ic densit(?:y|ies))\b"
        r"|\basymmetr(?:y|ies)(?= (?:seen |visible |noted |present |shown )?(?:on|in) "
        r"(?:both|two) (?:views|films|projections)\b)",
    ),
    ("asymmetry", r"\basymmetr(?:y|ies|ic densit(?:y|ies))\b"),
    (
        "echogenic_foci",
        r"\b(?:(?:hyper)?echo(?:genic|ic)|bright|punctate) (?:(?:punctate|bright|small|tiny) )?"
        r"(?:foci|focus|spots?|dots?|points?|specks?|flecks?|echogenicit(?:y|ies))"
        rf"(?: of {_CALC})?\b"
        r"|\b(?:punctate|bright) (?:echoes|echogenicit(?:y|ies))\b",
    ),
    ("calcification", rf"\b(?:foci|focus|specks?|flecks?|spots?) of {_CALC}\b"),
    ("hypoechoic_area", r"\bhypoechoic (?:areas?|regions?|zones?)\b"),
    (
        "calcification",
        rf"\b(?:group(?:ing)?s?|clusters?) of (?:[a-z-]+ ){{0,3}}"
        rf"(?:[0-9]{{1,3}}(?:\s?(?:-|to)\s?[0-9]{{1,3}})? (?:[a-z-]+ ){{0,3}})?{_CALC}\b",
    ),
    (
        "calcification",
        rf"\b{_CALC}(?: (?:points?|foci|focus|spots?|dots?|clusters?|groups?|shadows?))?\b",
    ),
    ("calcification", r"\bcalcified (?:spots?|points?|foci|dots?)\b"),
    (
        "cyst",
        r"\b(?:groups?|clusters?) of (?:micro)?cysts\b|\b(?:micro)?cysts?\b"
        r"|\bcystic (?:lesion|nodule|area|structure)s?\b",
    ),
    (
        "scar",
        r"\b(?:(?:post-?\s?)?surgical |post-?\s?operative )?(?:scars?|scarring)\b"
        r"|\bpost-?\s?(?:surgical|operative) changes?\b|\blumpectomy (?:bed|site)\b",
    ),
    ("clip", r"\b(?:biopsy |marker |surgical )?clips?\b|\bbiopsy markers?\b"),
    ("node", r"\blymph(?:\s?nodes?|adenopathy)?\b|\badenopathy\b|\bnodes?\b"),
    (VAGUE, r"\bnodular (?:[a-z-]+ ){0,2}shadows?\b|\bnodularity\b"),
    (
        "mass",
        r"\bmass(?:es)?\b|\bnodules?\b|\bnodular lesions?\b"
        r"|\btumou?rs?\b|\blumps?\b|\bfibroadenomas?\b",
    ),
    (GENERIC, rf"\b{_ENHANCE}{_SHADOW}\b|\blesions?\b|\babnormalit(?:y|ies)\b|\bfoc(?:us|i)\b"),
)
_DENYING = ("no ", "no suspicious ", "no significant ", "no abnormal ", "no new ", "negative for ",
            "evidence of ", "signs of ", "absence of ")  # fmt: skip
_DENIED_ONLY = "|".join(rf"(?<=\b{words})" for words in _DENYING)
UNNAMED = (  # finding words that are read in denials only, before "no" is claimed
    rule("kind", rf"(?:{_DENIED_ONLY})(?:findings?|malignanc(?:y|ies))\b", GENERIC, claims=False),
)
_ACOUSTIC = (
    NO_FINDING,
    r"\bposterior (?:acoustic |echo )?(?:enhancement|reinforcement|shadowing)\b",
)
_PLAIN_FOCUS = ("focus", r"\bfoc(?:us|i)\b")


def rules_for(modality: str | None) -> tuple[Rule, ...]:
    """All rules in the order in which they claim words, for texts of ``modality`` (or any)."""
    exam = EXAMS.get(modality) if modality else None
    kinds = (_ACOUSTIC, *_KINDS)
    if exam and "focus" in exam.kinds:  # after the longer phrases that hold the word
        kinds = (*_KINDS[:-1], _PLAIN_FOCUS, _KINDS[-1])
    heads = tuple(rule("kind", pattern, kind) for kind, pattern in kinds)
    return (*ASIDES, *NUMBERS, *QUADRANTS, *HALVES_ALONE, *UNNAMED, *ABSENCE, *heads)


PLURAL = re.compile(
    r"^(?!(?:group(?:ing)?|cluster) of).*(?:masses|foci|ies|[^su]s)(?:\s(?:shadows?|signals?))?$"
    r"|shadows$"
)
VERB = re.compile(
    r"\b(?:is|are|was|were|shows?|showed|has|have|had|appears?|appeared|seen|noted|demonstrat\w{1,4}"
    r"|there|reveals?|revealed)\b"
)
DETERMINER = re.compile(
    r"\b(?:an?|the|this|that|these|one|two|three|several|multiple|another|few|[0-9]{1,2})\b"
)
_ONE_THING = r"(?:(?!(?:and|or|an?|with)\s)[a-z\0-]+\s{1,3}){0,3}$"
DEFINITE = re.compile(rf"\b(?:the|this|that|these|those|same|said)\s{{1,3}}{_ONE_THING}")
REFERENCE = re.compile(
    r"\b(?:of|in|within|inside|around|from|to|about)\s{1,3}(?:the|this|that|these|each)\s{1,3}"
    rf"{_ONE_THING}"
)
ANAPHOR = re.compile(
    r"\b(?:it|its|they|them|which|one of|the (?:larg|bigg)\w{2,4}|measur\w{1,4}|sizes?)\b"
)
INDEX = re.compile(
    r"\b(?:one of (?:which|them)|(?:the )?(?:largest|larger|biggest|bigger|dominant))\b"
)
SUMMARY = re.compile(r"\b(?:diagnos[ie]s|impression|conclusions?|opinion|assessment|summary)\b")
OTHER_ONE = re.compile(r"\b(?:the other|another|the second|a second)(?: one)?\b")
