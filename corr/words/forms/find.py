"""Forms in a report: runs of "Site: ...", "Mass: ...", "Size: ..." and the like, entry by entry."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from corr.words.marking.kinds import NO_FINDING
from corr.words.marking.marks import FORM, FORM_END, Mark
from corr.words.sentences import BULLETS, PLACES

_DISTANCE = (
    r"(?:dist(?:ance|\.)? (?:from|to|of)?\s?(?:the )?(?:nipple|skin|lesion)[a-z ]{0,12}"
    r"|nipple[a-z -]{0,10} distance"
    r"|skin[a-z -]{0,10} distance|skin depth|fn|nd)"
)
_ROLES = {
    "side": r"laterality|(?<![a-z] )(?:side|breast)",
    "kind": r"(?:type|kind|nature)(?: of (?:the )?(?:lesion|finding|abnormality))?|(?:lesion"
    r"|finding) type"
    r"|abnormality",
    "place": r"(?:site|location|locali[sz]ation|place|position|quadrant|region"
    r"|area)(?: of (?:the )?"
    rf"(?:lesion|mass|finding|abnormality))?|lesion (?:site|location)"
    rf"|(?<![0-9] )(?:o'?\s?)?clock(?:[ -]?face)?"
    rf"(?: position| hour)?|hour|depth|{_DISTANCE}|ultrasound|mammogra(?:m|phy)|mri",
    "size": r"(?:(?:maximum|max\.?|largest|lesion|total|overall|mass) )?(?:size|dimensions?"
    r"|diameter|extent"
    r"|measure(?:s|ments?))(?: of (?:the )?(?:lesion|mass))?",
    "count": r"number(?: of (?:lesions|masses|cysts))?|how many|count|multiplicity",
    "bi_rads": r"(?:acr )?bi-?\s?rads?(?: (?:category|assessment|score))?|assessment|category",
    "described": r"(?:internal |posterior )?(?:echo(?:es|genicity| pattern|texture| features)?"
    r"|shape|form"
    r"|margins?|outline|borders?|contours?|density|orientation|halo|vascularity|(?:blood )?flow"
    r"|elasticity"
    r"|stiffness|(?:(?:benign|worrying|suspicious|malignant) )?types?|pattern|distribution"
    r"|morphology"
    r"|(?:acoustic |posterior |echo )*(?:enhancement(?: pattern)?|shadow(?:s|ing)?)|kinetics?|curve"
    r"|acoustic features|associated (?:features|findings)"
    r"|comments?|symptoms?|mobility|palpab(?:le|ility)|classification|signal|visibility|features)",
}
_FIELD = "|".join(f"(?P<{role}>{words})" for role, words in _ROLES.items())
_IN_UNIT = r"(?:\s?[(\[]\s?(?:in\s)?(?:mm|cm|o'?clock|h|[lwhdapcrtx ]{3,12})\s?[)\]])?"
_BEGIN = rf"(?:^|\n|[{BULLETS}])[ {BULLETS}+-]{{0,20}}(?:[0-9]{{1,2}}[.)]\s{{0,3}})?\+?\s?"
_KEY = re.compile(rf"(?<![a-z0-9-])(?<![cm]m )(?:{_FIELD}){_IN_UNIT}\s?[:=]")
_LINE_KEY = re.compile(rf"{_BEGIN}(?P<key>[a-z][^:\n.;,]{{0,45}}?)\s?:")
_OTHER_LINE = re.compile(
    rf"{_BEGIN}(?P<key>[a-z][a-z /()-]{{1,30}})\s?:[ ]{{0,3}}[a-z0-9][^:\n.]{{0,40}}(?=\n|$)"
)
"""A line between entries that no rule knows: "Status: new"."""
_BARE = re.compile(
    rf"(?:^|\n)[ {BULLETS}-]{{0,20}}(?P<key>[a-z][a-z /-]{{2,40}}?(?:\s#?[0-9]{{1,2}})?)"
    r"\s{0,3}(?=\n)"
)
_NUMBERED = re.compile(
    r"(?:lesion|finding|target|abnormality|lump|area)\s?(?:no\.?\s?)?#?[0-9]{0,2}"
)
_NO_KEY = re.compile(r"\b(?:is|are|was|were|has|with|shows?|there|impression|findings|no)\b")
_ENDS = re.compile(r"\n|\.\s|\s/\s|$")
_EXAM = re.compile(r"ultrasound|mammogra|mri")
_BETWEEN = re.compile(rf"(?:[\s{BULLETS}+;,.|/-]|(?<=\n)\s?[0-9]{{1,2}}[.)])*")
DENIES = re.compile(
    r"\W*(?:none|nil|no|absent|negative|normal|unremarkable|n/?a|0|not (?:seen|present|identified"
    r"|applicable"
    r"|detected|visible|stated)|-+)\W*"
)
FEWEST = 2
_WIDEST = 400
"""Characters in a line, beyond which entries count as one below the other."""


@dataclass(slots=True)
class Entry:
    """One line or piece of a form, ``[start, end)``; its value begins at ``value``."""

    role: str
    start: int
    value: int
    end: int
    column: int
    marks: list[Mark] = field(default_factory=list)

    def said(self, plain: str) -> str:
        """What is filled in."""
        return plain[self.value : self.end].strip(" \n.,;/|+")

    @property
    def nouns(self) -> list[Mark]:
        """Nouns of findings in it."""
        return [m for m in self.marks if m.field == "kind" and m.value != NO_FINDING]

    @property
    def filled_nouns(self) -> list[Mark]:
        """Nouns of findings that are filled in."""
        return [m for m in self.nouns if m.start >= self.value]


def find_forms(plain: str, marks: Sequence[Mark]) -> list[list[Entry]]:
    """The forms of a text: at least two entries in a row, one of which is no noun of a finding."""
    entries = _entries(plain, marks)
    forms: list[list[Entry]] = []
    apart: list[Entry] = []  # unknown lines since the last entry
    for entry in entries:
        if entry.role == "other":
            apart.append(entry)
            continue
        last = forms[-1][-1] if forms else None
        ends = [last, *apart] if last else []
        starts = [*apart, entry]
        apart = []
        if last and all(
            _BETWEEN.fullmatch(plain, a.end, b.start) for a, b in zip(ends, starts, strict=True)
        ):
            forms[-1].append(entry)
        else:
            forms.append([entry])
    return [f for f in forms if len(f) >= FEWEST and _says_more(f)]


def _says_more(form: Sequence[Entry]) -> bool:
    roles = {e.role for e in form}
    return bool(roles - {"noun", "described"}) and (len(roles) > 1 or len(form) > FEWEST)


def blank_forms(masked: str, forms: Sequence[Sequence[Entry]]) -> str:
    """``masked`` with each form as one empty sentence, so that no words of it are read twice."""
    parts, at = [], 0
    for form in forms:
        start, end = span(form)
        parts += [masked[at:start], FORM_END, FORM, " " * (end - start - 3), FORM_END]
        at = end
    return "".join([*parts, masked[at:]])


def span(form: Sequence[Entry]) -> tuple[int, int]:
    """Where a form begins and ends."""
    return form[0].start, form[-1].end


def _entries(plain: str, marks: Sequence[Mark]) -> list[Entry]:
    starts = [m.start for m in marks]

    def within(start: int, end: int) -> list[Mark]:
        return list(marks[bisect_left(starts, start) : bisect_left(starts, end)])

    keys: dict[int, tuple[str, int]] = {}  # start of the key -> role, start of the value
    for found in _KEY.finditer(plain):
        keys[found.start()] = (str(found.lastgroup), found.end())
    for pattern in (_LINE_KEY, _BARE):
        for found in pattern.finditer(plain):
            start, end = found.span("key")
            fields = {m.field for m in within(start, end)}
            is_noun = "kind" in fields or _NUMBERED.fullmatch(plain, start, end)
            if (
                start not in keys
                and is_noun
                and not fields & {*PLACES, "size_mm"}
                and not _NO_KEY.search(plain, start, end)
            ):
                inside = [k for k in range(start + 1, found.end()) if k in keys]
                for k in inside:
                    del keys[k]
                keys[start] = ("noun", found.end())
    for found in _OTHER_LINE.finditer(plain):
        start, end = found.span("key")
        is_new = not any(k in keys for k in range(start, found.end()))
        fields = {m.field for m in within(start, found.end())}
        if is_new and not fields - {"aside"} and not _NO_KEY.search(plain, start, end):
            keys[start] = ("other", found.end("key") + 1)
    out: list[Entry] = []
    order = sorted(keys)
    for k, start in enumerate(order):
        role, value = keys[start]
        following = order[k + 1] if k + 1 < len(order) else len(plain)
        ends = _ENDS.search(plain, value, max(value, following))
        end = min(following, ends.start() if ends else len(plain))
        said = within(value, end)
        if role == "place" and _EXAM.match(plain, start) and any(m.field == "kind" for m in said):
            continue  # "Ultrasound: a 12 mm mass ..." is a sentence
        if end - start < 3:
            continue
        column = start - (plain.rfind("\n", max(0, start - _WIDEST), start) + 1)
        out.append(Entry(role, start, value, end, column, within(start, end)))
    return out
