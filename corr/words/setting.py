"""Where a sentence stands: under an indication or a plan, of another examination, of one breast.

What a referral asks, a plan proposes, a condition supposes or another examination saw is no
finding of this one. An examination of the left breast speaks of the left breast until told
otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corr.words.marking.kinds import NO_FINDING
from corr.words.marking.marks import Mark
from corr.words.sentences import PLACES, Sentence

MENTIONED, EARLIER = "mentioned", "earlier"
_ASKED = re.compile(
    r"\b(?:indications?|reasons?|(?:clinical|medical|family|past|personal) (?:history|information"
    r"|details"
    r"|data|notes?|question|background|presentation)|history|hx|referral|requests?|question"
    r"|recommend\w{0,6}|plan|advice|management|follow-?\s?up|technique|protocol|specimens?|gross|patholog\w{1,4}"
    r"|histolog\w{1,4}|microscop\w{1,3})\b"
)
_COMPARED = re.compile(r"\b(?:comparison|priors?|previous|earlier)\b")
_EXAMS = {
    "MG": r"mammogra\w{1,5}|mammo|tomosynthesis|dbt|ffdm|mammographically",
    "US": r"ultraso\w{1,9}|sonogra\w{1,9}|uss?|usg|echograph\w{1,4}",
    "MR": r"mri?|magnetic resonance(?: imaging)?",
    "": r"(?:pet[/ -]?)?ct|pet|scintigra\w{1,4}|computed tomography",
}
_ANY_EXAM = "|".join(_EXAMS.values())
_OWN = {"CEM": "MG"}
_SHOWS = (
    r"(?:show\w{0,3}|reveal\w{0,3}|demonstrat\w{1,4}|identif\w{1,4}|depict\w{0,3}|saw|found"
    r"|detect\w{0,3}"
    r"|there|an?|had|has|was|described|reported)"
)
_SUBJECT = re.compile(
    r"\W*(?:[a-h]\)\s)?(?:(?:on|at|by|in|with|and|but|then)\s){0,2}"
    r"(?:(?:the|(?:medio|cranio|latero)-?\w{3,9}|oblique|spot|target\w{0,3}|her|his|an?|diagnostic|screening"
    r"|subsequent"
    r"|recent|bilateral|digital|breast|left|right|contrast|contrast-enhanced|dynamic|2d|3d|chest"
    r"|outside"
    r"|initial|later|low-dose|routine|x-ray)\s){0,5}"
    rf"(?P<exam>{_ANY_EXAM})\b(?=(?:\s(?:and|with|plus|/)\s(?P<second>{_ANY_EXAM})\b)?"
    rf"[^.;:]{{0,45}}?(?:\b{_SHOWS}\b|,|:))"
)
_DIFFERENTIAL = re.compile(
    r"\W*(?:the\s|a\s|main\s|other\s|possible\s|top\s){0,3}(?:differentials?\b|ddx?\b|d/d\b"
    r"|(?:diagnos[ie]s|(?:diagnostic )?considerations?|possibilities|options|causes)\s"
    r"(?:would\s)?(?:includ\w{1,3}|comprise|range|are|to consider))"
)
_YES = re.compile(r"\s{0,3}(?:yes|present)\b")
_STILL = re.compile(
    r"\b(?:(?:has|have) (?:been|remained)|(?:is|are|remains?) (?:now |again |still )?"
    r"(?:stable|unchanged|less|more|larger|smaller|new|seen))\b"
)
_TELLS = re.compile(  # told under a history, and of this examination
    r"\W*(?:new\s|there (?:is|are)\s(?:now\s)?(?:an?\s|new\s)"
    r"|imaging\s(?:shows|showed|demonstrate[sd]|reveal(?:s|ed)))"
)
_ASKS = re.compile(r"\W*(?:is|are|was|were|does|do|did|has|have|could|can|any|what|which)\b")
_PRIOR = re.compile(
    r"\W*(?:(?:in|at|on) [a-z ]{3,30},\s)?(?:(?:on|at|in)\s)?(?:(?:the|her|an?)\s)?"
    r"(?:previous|prior|earlier|old|last)\s(?:[a-z]{1,12}\s)?"
    rf"(?:{_ANY_EXAM}|exam\w{{0,7}}|study|films?|scan|imaging)\b"
)
_PLANS = re.compile(
    r"\b(?:recommend\w{0,6}|advi[sc]ed?|suggest(?:ed|ion)?|planned|warrant\w{0,3}|should"
    r"|consider\w{0,3}"
    r"|request\w{0,3}|propos\w{1,3}|scheduled|indicated|please|needs?|required)\b"
)
_DONE_TO = re.compile(
    r"\b(?:biops(?:y|ies)|excision|sampling|aspiration|follow-?\s?up|control|evaluat\w{1,4}"
    r"|assess\w{0,4}"
    r"|correlation|investigation|management|removal|locali[sz]ation|views?|work-?\s?up"
    r"|surveillance|fnac?"
    rf"|magnification|compression|re-?evaluation|sample|biopsied|remove|excise|{_ANY_EXAM})"
    r"\s(?:of|for|to|on|the)\s[^.;]{0,50}$|\bplease\b[^.;]{0,60}$"
)
_SUPPOSED = re.compile(
    r"(?:\b(?:if|unless|in case|in the event|to (?:exclude|rule out|look for)|r/o|rule out"
    r"|whether)\b"
    r"|(?:^|[.;,]\s)\W*should\b|\?\s?)[^.;]{0,60}$"
    r"|\b(?:might|may|could|would)\s(?:also\s)?(?:be|represent|reflect|have been|correspond to"
    r"|arise from)\s"
    r"(?:[a-z]{1,12}\s){0,3}?(?:effects?|results?|artefacts?|artifacts?|due|because|caused"
    r"|secondary|part"
    r"|shadow|summation|superposition|explained)\b[^.;]{0,40}$"
)
_TOPIC_BEFORE = re.compile(
    rf"\b(?:{_ANY_EXAM}|exam\w{{0,7}}|scan\w{{0,5}}|imaging|evaluation|views?|study)\b"
    r"(?:\s[a-z-]{1,14}){0,4}?\s(?:of|to|in|on|for)\s(?:the\s|her\s)?$"
    r"|^\W*(?:(?:in|within|on)\s)?(?:the\s)?$"
)
_TOPIC_AFTER = re.compile(rf"\s?(?:breast|side)?\s?(?:{_ANY_EXAM})\b|\s(?:breast|side)\b")
_COUNTED = re.compile(
    r"\b(?:two|three|four|five|six|seven|several|multiple|[2-9])\s(?:[a-z-]{1,14}\s){0,3}$"
)


class Setting:
    """What earlier sentences say of the next ones: the heading, the breast examined."""

    def __init__(self, plain: str, modality: str | None) -> None:
        self.plain, self.own = plain, _OWN.get(modality or "", modality)
        self.topic: Mark | None = None
        self._heading: tuple[int, int] | None = None
        self._began = 0  # the paragraph that the heading stands in

    def enter(self, sentence: Sentence, marks: Sequence[Mark]) -> None:
        """Take note of a sentence: a new heading, a breast that it speaks of from now on."""
        if sentence.heading != self._heading:
            self._heading, self._began, self.topic = sentence.heading, sentence.paragraph, None
        sides = [m for m in marks if m.field == "side"]
        named = {m.value for m in sides}
        if (
            len(named) == 1
            and len(sides[0].value) == 1
            and self._is_topic(sentence, sides[0], marks)
        ):
            self.topic = sides[0]
        elif self.topic is not None and named - {self.topic.value}:
            self.topic = None

    def _is_topic(self, sentence: Sentence, side: Mark, marks: Sequence[Mark]) -> bool:
        before = self.plain[max(sentence.start, side.start - 70) : side.start]
        after = self.plain[side.end : min(sentence.end, side.end + 40)]
        if _TOPIC_BEFORE.search(before):
            return _TOPIC_AFTER.match(after) is not None
        nouns = [m for m in marks if m.field == "kind" and m.value != NO_FINDING]
        first = next((m for m in nouns if m.start < side.start), None)
        is_counted = first is not None and _COUNTED.search(
            self.plain, max(sentence.start, first.start - 60), first.start
        )
        return bool(is_counted) and not any(m.field in (*PLACES, "bad", "size_mm") for m in marks)

    def apart(self, sentence: Sentence, marks: Sequence[Mark]) -> str | None:
        """`MENTIONED` or `EARLIER` if a sentence tells no finding of this examination."""
        start, end = sentence.start, sentence.end
        is_near = sentence.paragraph == self._began
        if sentence.heading and is_near:
            is_first = not self.plain[sentence.heading[1] + 1 : start].strip()
            if _ASKED.search(self.plain, *sentence.heading) and (
                is_first or not _TELLS.match(self.plain, start, end)
            ):
                return MENTIONED
            if _DIFFERENTIAL.match(self.plain, *sentence.heading):
                return MENTIONED
            line = self.plain[sentence.heading[1] : start].strip(": \n")
            is_past = not (line and "\n" in self.plain[sentence.heading[1] : start])
            is_past &= not _STILL.search(self.plain, start, end)
            if _COMPARED.search(self.plain, *sentence.heading) and is_past:
                return EARLIER
        if self.plain[end : end + 1] == "?" and _ASKS.match(self.plain, start, end):
            return None if _YES.match(self.plain, end + 1) else MENTIONED
        if _DIFFERENTIAL.match(self.plain, start, end):
            return MENTIONED
        if _PRIOR.match(self.plain, start, end):
            return EARLIER
        found = _SUBJECT.match(self.plain, start, end)
        if self.own and found and not self._is_own(found):
            return MENTIONED
        if self.own and sentence.heading and not found:
            named = [e for e in _EXAMS if self._names(e, *sentence.heading)]
            if named and self.own not in named:
                return MENTIONED
        nouns = [m for m in marks if m.field == "kind" and m.value != NO_FINDING]
        if nouns and all(self.is_supposed(m, sentence) for m in nouns):
            return MENTIONED
        return None

    def _names(self, exam: str, start: int, end: int) -> bool:
        return re.compile(rf"\b(?:{_EXAMS[exam]})\b").search(self.plain, start, end) is not None

    def _is_own(self, found: re.Match[str]) -> bool:
        named = [found["exam"], found["second"] or ""]
        return any(re.fullmatch(_EXAMS[str(self.own)], name) for name in named)

    def is_supposed(self, noun: Mark, sentence: Sentence) -> bool:
        """Whether a noun is only what a plan is for, or what a condition supposes."""
        begin = max(sentence.start, noun.start - 90)
        before = self.plain[begin : noun.start]
        if _SUPPOSED.search(before):
            return True
        plans = _PLANS.search(self.plain, sentence.start, sentence.end) is not None
        return plans and _DONE_TO.search(before) is not None
