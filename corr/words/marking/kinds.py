"""Words for kinds of findings, the most special first."""

from __future__ import annotations

from corr.exams.registry import EXAMS
from corr.words.marking.marks import Rule, rule

# names with a capital are not kinds of a table
VAGUE, GENERIC, NO_FINDING = "Vague", "Generic", "NoFinding"
_ENHANCE = r"(?:enhanc(?:ement|ing|ements)|reinforcement)"
_SHADOW = r"(?:\s(?:shadows?|lesions?|signals?))?"
_CALC = r"(?:(?:micro|macro)?-?calc(?:ification)?s?|calcium)"
_CHANGE = r"(?:thicken(?:ing|ed)|retract(?:ion|ed)|dimpling|o?edema|inver(?:sion|ted)|changes?"
_CHANGE += r"|deviation|erosion)"
_THING = r"(?:mass(?:es)?|nodules?|lumps?|lesions?|asymmetr(?:y|ies)|calcifications?|focus|foci"
_THING += r"|findings?|area|abnormalit(?:y|ies)|enhancement|distortion|thickening)"
_ELSEWHERE = r"(?:palpable|clinical|mammographic|sonographic|ultrasound|mr|mri)"
_CANCER = (
    r"(?:(?:adeno)?carcinomas?|cancers?|malignanc(?:y|ies)|neoplasms?|dcis|idc|ilc"
    r"|(?:phyllodes|phylloides)(?! tumou?r)|lymphomas?|metastas[ei]s)\b"
)
_TAKEN_FOR = (  # what a report thinks of a finding is no other finding
    r"\b(?:suspicious|suspicion|suggestive|suspected|concerning|concern|worrisome|typical"
    r"|characteristic"
    r"|diagnostic|indicative|features?|risk|diagnosis|probability|likelihood"
    r"|positive|look|appearance|type|screening|compatible|consistent|keeping|exclud\w{1,3}"
    r"|represent\w{0,4}|suggest\w{0,3}|show(?:s|ed|ing)?|reveal(?:s|ed)?|confirm(?:s|ed)?"
    r"|prov(?:en|ed)"
    r"|be|as|likely|probabl[ey]|possibl[ey]|presum(?:ed|ably))\s(?:(?:for|of|with|to|be|as|an?"
    r"|the|primary|invasive|breast|ductal|lobular|high|grade"
    r"|low|occult|underlying|known|early)[\s-]){0,5}"
)
_OPACITY = (  # on a film: a mass or an asymmetry
    r"(?:(?:radio-?)?opacit(?:y|ies)"
    r"|(?:soft[ -]tissue|nodular|focal|round(?:ed)?|oval|spiculated|stellate"
    r"|(?:ill|well)[ -]defined) densit(?:y|ies))"
)
_KINDS = (
    (  # what a hand or another examination found, and this one refers to
        NO_FINDING,
        r"\b(?:correspond\w{0,4}|correlat\w{1,4}|relat(?:es|ed|ing)"
        r"|(?:sites?|areas?|regions?|location) of)"
        rf"\s(?:(?:to|with)\s)?(?:[a-z']{{1,12}}\s){{0,2}}{_ELSEWHERE}\s(?:[a-z]{{1,12}}\s)?{_THING}\b",
    ),
    (
        NO_FINDING,
        rf"\b(?:correspond\w{{0,4}}|correlat\w{{1,4}})\s(?:to|with)\s(?:the"
        rf"|this)\s(?:[a-z-]{{1,15}}\s){{0,2}}"
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
    (
        NO_FINDING,  # what was done to it
        r"\b(?:cyst|mass|lesion|lump|tumou?r|nodule)\s(?:aspiration|biops(?:y|ies)|excision|removal"
        r"|locali[sz]ation)\b",
    ),
    (
        NO_FINDING,  # where it is
        r"\b(?:at|in|near|of|from|within|along|beside|adjacent to) (?:the |a )?"
        r"(?:prior |previous )?lumpectomy (?:bed|site)\b",
    ),
    (NO_FINDING, rf"{_TAKEN_FOR}{_CANCER}"),
    (
        NO_FINDING,
        r"\bsuggest\w{0,3}(?: of)?\s(?:an?\s)?(?:[a-z-]+\s){0,2}(?:lesions?|disease|foci)\b",
    ),
    (
        NO_FINDING,
        rf"\b{_CANCER}(?=\s(?:screening|risk|cent(?:er|re)|clinic|patient|surgery|follow))",
    ),
    ("skin", rf"\b(?:areolar?\s)?(?:skin|cutaneous|nipple|areolar?)\s{_CHANGE}(?:\schanges?)?\b"),
    (
        "skin",
        rf"\b(?:{_CHANGE} of (?:the )?(?:(?:right|left|overlying) ){{0,2}}|thickened |retracted "
        rf"|inverted )"
        r"(?:skin|nipple|areola)\b",
    ),
    ("nme", r"\bnon-?\s?mass(?:-?\s?like)? enhanc(?:ement|ing)(?: (?:area|lesion)s?)?\b|\bnme\b"),
    ("nme", rf"\b(?:segmental|linear|regional|clumped|ductal) (?:[a-z-]+ )?{_ENHANCE}\b"),
    ("nonmass", r"\bnon-?\s?mass (?:lesion|area|abnormality|finding|abnormalitie)s?\b"),
    ("mass", r"\benhancing (?:[a-z]+ )?(?:mass(?:es)?|nodules?)\b"),
    ("focus", rf"\b(?:local|focal)(?:i[sz]ed)? (?:[a-z]+ )?{_ENHANCE}{_SHADOW}\b"),
    ("focus", rf"\b{_ENHANCE} (?:focal|focus|foci){_SHADOW}\b|\b(?:focus|foci) of {_ENHANCE}\b"),
    ("enhancing_asymmetry", r"\benhancing (?:[a-z-]+ )?asymmetr(?:y|ies)\b"),
    (
        "architectural_distortion",
        r"\b(?:architectur(?:al|e) |structural |parenchymal )?distortions?\b",
    ),
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
    ("calcification", rf"\b(?:foci|focus|specks?|flecks?|spots?) of (?:[a-z-]+ ){{0,3}}{_CALC}\b"),
    ("hypoechoic_area", r"\bhypoechoic (?:areas?|regions?|zones?)\b"),
    (
        "calcification",
        rf"\b(?:group(?:ing)?s?|clusters?|areas?) of (?:[a-z-]+ ){{0,3}}"
        rf"(?:[0-9]{{1,3}}(?:\s?(?:-|to)\s?[0-9]{{1,3}})? (?:[a-z-]+ ){{0,3}})?{_CALC}\b",
    ),
    (
        "calcification",
        rf"\b{_CALC}(?: (?:points?|foci|focus|spots?|dots?|clusters?|groups?|shadows?))?\b",
    ),
    ("calcification", r"\bcalcified (?:spots?|points?|foci|dots?)\b"),
    (
        "mass",
        r"\b(?:solid(?: and |-|/| )cystic|cystic(?: and |-|/| )solid)"
        r" (?:mass(?:es)?|lesions?|nodules?)\b",
    ),
    (
        "cyst",
        r"\b(?:groups?|clusters?) of (?:micro)?cysts?\b|\b(?:micro)?cysts?\b|\bgalactoceles?\b"
        r"|\bcystic (?:lesion|nodule|area|structure)s?\b",
    ),
    (
        "scar",
        r"\b(?:(?:post-?\s?)?surgical |post-?\s?operative )?(?:scars?|scarring)\b"
        r"|\bpost-?\s?(?:surgical|operative) changes?\b|\blumpectomy (?:bed|site)\b",
    ),
    ("clip", r"\b(?:biopsy |marker |surgical |coil |metal(?:lic)? )?clips?\b|\bbiopsy markers?\b"),
    ("node", r"\blymph(?:\s?nodes?|adenopathy)?\b|\badenopathy\b|\bnodes?\b"),
    (VAGUE, r"\bnodular (?:[a-z-]+ ){0,2}shadows?\b|\bnodularity\b"),
    (
        "mass",
        r"\bmass(?:es)?(?: lesions?)?\b|\bnodules?\b|\bnodular lesions?\b"
        r"|\b(?:solid|hypo-?echoic|iso-?echoic|hyper-?echoic|echogenic|space-occupying)"
        r" (?:focal |solid )?lesions?\b"
        r"|\btumou?rs?\b|\bs\.?o\.?ls?\b|\blumps?\b"
        r"|\b(?:fibroadenoma|papilloma|hamartoma|lipoma)s?\b(?![ -]like\b)",
    ),
    (
        GENERIC,
        rf"\b{_OPACITY}\b|\b{_ENHANCE}{_SHADOW}\b|\blesions?\b|\babnormalit(?:y|ies)\b|\bfoc(?:us|i)\b"
        rf"|\bcollections?\b|\babscess(?:es)?\b|\b{_CANCER}",
    ),
)
_ACOUSTIC = (
    NO_FINDING,
    r"\bposterior (?:acoustic |echo )?(?:enhancement|reinforcement|shadowing)\b",
)
_PLAIN_FOCUS = ("focus", r"\bfoc(?:us|i)\b")


def kinds_for(modality: str | None) -> tuple[Rule, ...]:
    """Rules for the nouns of findings in texts of ``modality`` (or any)."""
    exam = EXAMS.get(modality) if modality else None
    kinds = (_ACOUSTIC, *_KINDS)
    if exam and "focus" in exam.kinds:  # after the longer phrases that hold the word
        kinds = (*_KINDS[:-1], _PLAIN_FOCUS, _KINDS[-1])
    return tuple(rule("kind", pattern, kind) for kind, pattern in kinds)
