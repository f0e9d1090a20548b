"""Words that deny: what they deny comes after them, or before."""

from __future__ import annotations

from corr.words.marking.kinds import GENERIC
from corr.words.marking.marks import rule

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
    rule(
        "absent_before",
        r"(?:(?<=[:=])|(?<= -)|(?<=\s–))\s{0,3}(?:none|nil|no|absent|0|n/?a|not applicable"
        rf"|not\s{_FAIRLY}{_SEEN})(?=\s{{0,3}}(?:[.,;)\n/|]|$))",
    ),
    rule("absent_before", r"(?<=[:=])\s{0,3}negative(?=\s{0,3}(?:[.,;)\n]|$))", claims=False),
    rule("absent_before", rf"\bnot\s(?:been\s)?{_FAIRLY}{_SEEN}\b"),
    rule("absent_before", r"\b(?:is|are|was|were)\s(?:absent|negative)\b|\bnone\b"),
    rule(
        "absent_after",
        r"\bno\b(?:\s(?:(?:sono|mammo)graphic |definite |obvious )?(?:evidence|signs?) of\b)?"
        r"|\bnot\b|\bwithout\b(?:\s(?:evidence|signs?) of\b)?"
        r"|\bnegative for\b|\babsence of\b|\bfree of\b"
        r"|\bneither\b|\bn't\b|\bden(?:ies|ied)\b(?:\s(?:any|having))?",
    ),
)
_DENYING = ("no ", "no suspicious ", "no significant ", "no abnormal ", "no new ", "negative for ",
            "evidence of ", "signs of ", "absence of ")  # fmt: skip
_DENIED_ONLY = "|".join(rf"(?<=\b{words})" for words in _DENYING)
UNNAMED = (  # finding words that are read in denials only, before "no" is claimed
    rule("kind", rf"(?=findings?\b)(?:{_DENIED_ONLY})findings?\b", GENERIC, claims=False),
)
