"""Things that are no lesion and keep their own size and place: a seroma, a duct, an implant.

Named as a place ("near the implant", "within a duct") they are none; with a size of their own
("in a 3 cm haematoma") they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corr.words.marking.marks import CLAIMED, Rule, rule


@dataclass(frozen=True, slots=True)
class Thing:
    """The value of a noun that is no lesion."""

    name: str


_NAMES = {
    "seroma": r"(?:post-?operative |residual )?seromas?",
    "haematoma": r"ha?ematomas?",
    "collection": r"(?:post-?operative |post-?surgical |fluid )+collections?",
    "duct": r"(?:(?:dilated|ectatic|milk|lactiferous|prominent) )?(?:duct(?:al ectasia|s)?"
    r"|duct ectasia)",
    "fat necrosis": r"(?:areas? of )?fat necros[ie]s|(?:oil|lipid) cysts?",
    "cavity": r"(?:biopsy|lumpectomy|surgical|excision|resection|tumou?rectomy)?\s?cavit(?:y|ies)"
    r"|biopsy (?:tracts?|channels?)",
    "implant": r"(?:(?:breast|silicone|saline) )?(?:implants?|prosthes[ie]s)|(?:tissue )?expanders?"
    r"|port-?a-?caths?|pacemakers?|(?:chemo )?port (?:reservoir|chamber)",
    "marker": r"(?:(?:scar|skin|palpable|bb|tissue|coil|nipple) )?markers?(?! of)|(?:magnetic "
    r"|radioactive )?seeds?"
    r"|reflectors?|(?:localization |hook-?|guide ?)wires?",
    "skin mark": r"(?:(?:skin|mole) markers?(?: over)? )?moles?|(?:skin|mole) markers?",
    "vessel": r"(?:blood )?vessels?|veins?|arter(?:y|ies)",
    "muscle": r"(?:pectoral(?:is)?(?: major| minor)? )?muscles?",
    "rib": r"ribs?",
    "organ": r"(?:thyroid|liver|hepatic|lungs?|pulmonary|renal|kidney|adrenal|splenic|bone"
    r"|vertebral)"
    r"(?: (?:nodules?|lesions?|mass(?:es)?|cysts?|metastas[ei]s))?",
    "skin": r"skin",
    "nipple": r"nipples?(?! (?:line|level|height|areola|areolar)\b)",
    "areola": r"areolas?|areolae",
}
_SPARE = ("skin", "nipple", "areola", "muscle", "vessel", "rib", "marker")
"""Things only where a size is said of them: mostly they are places, or only described."""
_NO_ADJECTIVE = (
    r"(?!(?:is|are|was|were|has|have|had|shows?|showed|seen|there|and|or|with|breasts?|which|that"
    r"|of|in"
    r"|at|from|to|on|mass|nodule|lesion|cyst|calcifications?)\b)"
)
_NEAR = (
    r"\b(?:of|in|into|within|inside|around|from|to|near|beside|behind|above|below|beneath|under"
    r"|over"
    r"|overlying|by|at|on|along|abut\w{0,4}|touch\w{0,3}|toward|towards|between|through|against"
    r"|adjacent"
    r"|reaching|involving|infiltrating|surrounding|invading|outside|alongside|beyond|posterior"
    r"|anterior"
    r"|superficial|parallel|displac\w{1,3}|contacts?|contacting)"
    rf"\s{{1,3}}(?P<between>(?:{_NO_ADJECTIVE}[a-z'-]+\s{{1,3}}|{CLAIMED}+\s{{0,3}}){{0,4}})$"
)
GOVERNED = re.compile(_NEAR)
_LEADS_TO = re.compile(r"\b(?:result(?:s|ed|ing)? in|lead(?:s|ing)? to|led to)\s[^.;]{0,30}$")
_OWN_SIZE = re.compile(
    r"\s{0,3}\(?(?:which\s|that\s|also\s)?(?:measur\w{1,4}|of|is|has a (?:size|diameter) of"
    rf"|thickness|=|:)?\s?(?:about\s|up to\s|approximately\s|is\s|of\s)?{CLAIMED}{{2,}}"
)


def _read(name: str, match: re.Match[str]) -> Thing | None:
    before = match.string[max(0, match.start() - 70) : match.start()]
    after = match.string[match.end() : match.end() + 60]
    own = _OWN_SIZE.match(after) is not None
    if name in _SPARE and not own:
        return None
    governed = GOVERNED.search(before)
    if governed is None or _LEADS_TO.search(before):
        return Thing(name)
    is_own = name not in _SPARE and (own or CLAIMED in governed["between"])
    return Thing(name) if is_own else None


def _thing(name: str, pattern: str) -> Rule:
    return rule("kind", rf"\b(?:{pattern})\b(?!-)", lambda match: _read(name, match))


THINGS = tuple(_thing(name, pattern) for name, pattern in _NAMES.items())
