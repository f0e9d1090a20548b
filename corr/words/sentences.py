"""Sentences and clauses of a marked page, and which nouns a negation reaches."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corr.words.marking.lexicon import DETERMINER, FINITE, REFERENCE, SUMMARY, VERB
from corr.words.marking.marks import FORM_END, Mark

PLACES = (
    "clock_h",
    "quadrant",
    "half",
    "region",
    "depth_third",
    "fn_mm",
    "behind_mm",
    "below_mm",
    "offset_mm",
    "depth_mm",
    "chestwall_mm",
)
LONGEST_SENTENCE = 2000
"""Characters; longer ones are cut at a space, so that reading time stays linear."""
BULLETS = "•‣▪●◦■►▸"
_STOP = re.compile(
    rf"(?P<paragraph>\n\s{{0,20}}\n)|(?P<line>\n)|[{BULLETS}{FORM_END}]|\.{{2,9}}|…|;|[.!?](?=\s"
    rf"|\"|$)|(?<=[a-z]{{3}})\.(?=[a-z])"
)
_ABBREVIATION = re.compile(r"(?:^|[^a-z])(?:approx|ca|cat|no|vs|dr|fig|e\.g|i\.e|rt|lt|resp|incl)$")
_OPEN_END = re.compile(
    r"(?:[,/(-]|\b(?:at|of|in|to|and|or|by|from|x|is|was|are|the|a|an|with|between|about"
    r"|approximately|measur\w{1,4}))"
    r"\s{0,3}$"
)
"""The end of a line that the next one continues, even if that begins with a number."""
_HEADING = re.compile(r"\s{0,9}(?:[0-9]{1,2}[.),]\s{0,3})?([^:.]{1,60}):(?=\s|$)")
_JOINER = re.compile(
    r"\s{0,3}[,():]?\s{0,3}\b(?P<word>and|or|nor|but|however|whereas|while|although|though|except"
    r"|versus|vs"
    r"|other than|apart from|as well as)\b|[,():]|(?<!\b[a-z])/(?=\s?[a-z])"
)
_ONLY_VERBS = re.compile(r"(?:which|that|this|it|they|is|are|was|were|now|[\s\0])*")
_ENDS_NEGATION = {
    "but",
    "however",
    "whereas",
    "while",
    "although",
    "though",
    "except",
    "other than",
    "apart from",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words ``[start, end)`` under a heading; ``fresh`` when it does not continue one with ";"."""

    start: int
    end: int
    paragraph: int
    heading: tuple[int, int] | None
    is_summary: bool
    fresh: bool


@dataclass(slots=True)
class Clause:
    """A piece of a sentence between joining words, with its marks in order."""

    start: int
    end: int
    joiner: str  # "", ",", "and", "or", ...
    marks: list[Mark] = field(default_factory=list)

    def all(self, *fields: str) -> list[Mark]:
        """Marks of these fields."""
        return [m for m in self.marks if m.field in fields]


def sentences(masked: str, text: str, marks: Sequence[Mark]) -> Iterator[Sentence]:
    """Sentences of a page, headings ("Right breast:", "Diagnosis:") taken off.

    ``masked`` is the plain text with claimed words blanked, ``text`` the original.
    """
    start, paragraph, fresh = 0, 0, True
    heading: tuple[int, int] | None = None
    summary = after_title = False
    no_heading = [m for m in marks if m.field not in ("side", "aside", "region", "axilla")]
    others = [m.start for m in marks if m.field not in ("side", "bad", *PLACES)]
    k = 0
    stops = [*_STOP.finditer(masked), None]
    for stop in stops:
        end = stop.start() if stop else len(masked)
        if stop and _no_stop(stop, masked, text, start):
            continue
        leads = _leads(masked, start, end, others, opens=after_title)
        if stop and stop.group() in (".", "\n") and leads:
            continue
        after_title = False
        while k < len(no_heading) and no_heading[k].start < start:
            k += 1
        found = _HEADING.match(masked, start, end) or _title(masked, start, end, stop)
        if found and not (k < len(no_heading) and no_heading[k].start < found.end(1)):
            heading = found.span(1)
            summary = SUMMARY.search(masked, *heading) is not None
            start = found.end()
            after_title = True
        while end - start > LONGEST_SENTENCE:
            cut = masked.rfind(" ", start + LONGEST_SENTENCE // 2, start + LONGEST_SENTENCE)
            cut = cut if cut > 0 else start + LONGEST_SENTENCE
            yield Sentence(start, cut, paragraph, heading, summary, fresh)
            start, fresh = cut, False
        if masked[start:end].strip(" \n"):
            yield Sentence(start, end, paragraph, heading, summary, fresh)
        if stop:
            start = stop.end()
            fresh = stop.group() != ";"
            if stop["paragraph"]:
                paragraph += 1


def _no_stop(stop: re.Match[str], masked: str, text: str, start: int) -> bool:
    if stop.group() == ".":
        return _ABBREVIATION.search(masked, max(start, stop.start() - 8), stop.start()) is not None
    if stop["line"]:  # a wrapped line goes on; a new item or a short line before a capital does not
        begin = masked.rfind("\n", max(0, stop.start() - 60), stop.start()) + 1
        after = text[stop.end() : stop.end() + 12].lstrip()
        is_short = stop.start() - max(begin, start) < 60
        is_item = re.match(r"[-•*]|[0-9]{1,2}[.)]\s", after) is not None
        is_open = _OPEN_END.search(masked, max(start, stop.start() - 20), stop.start())
        starts_anew = after[:1].isupper() or (after[:1].isdigit() and not is_open)
        return not (is_item or (is_short and starts_anew))
    return False


_PLACE_ALONE = re.compile(
    r"(?:[\0 ,:()/#-]|\b(?:breast|position|axis|location|located|at|in|of|the|radial|anti-?radial"
    r"|region|area|aspect|site|lesion|finding|target|number|no|approximately|about|anterior|middle"
    r"|stereotactic|core|needle|vacuum|assisted|guided|biopsy|aspiration|locali[sz]ation|fnac?"
    r"|(?:ultrasound|us|mri?)(?=[ -]guided)|a?rad|radially|long|trans"
    r"|mid|posterior|depth|third|central|(?:retro|sub|peri)-?areolar|[0-9])\b){2,120}"
)


def _leads(masked: str, start: int, end: int, others: Sequence[int], *, opens: bool) -> bool:
    """Whether words that open a text or line name a place and nothing else.

    "Left breast, 3 o'clock, 3 cm FN. Oval mass, 6 mm.": said of what comes next. ``others`` are
    the starts of marks that are no places.
    """
    opens |= masked[max(0, start - 20) : start].rstrip(" -")[-1:] in ("", "\n", *BULLETS)
    if masked[end : end + 1] == "\n":  # a line: what comes next must describe something
        after = bisect_left(others, end)
        following = masked.find("\n", end + 1)
        limit = following if following > 0 else len(masked)
        opens = opens and after < len(others) and others[after] < limit
    return (
        opens
        and bisect_left(others, start) == bisect_left(others, end)
        and _PLACE_ALONE.fullmatch(masked, start, end) is not None
        and _SIDE_TITLE.fullmatch(masked, start, end) is None
    )


_TITLE = re.compile(r"\s{0,9}([a-z\0]{1,20}(?: [a-z\0]{1,20}){0,3})\s{0,9}$")
_SIDE_TITLE = re.compile(r"\s{0,9}(\0{2,20}(?: (?:breasts?|side))?)\s{0,9}$")


def _title(masked: str, start: int, end: int, stop: re.Match[str] | None) -> re.Match[str] | None:
    """A short line of its own without a verb, or "Right breast.": a heading without a colon."""
    if stop is None or end - start > 60 or VERB.search(masked, start, end):
        return None
    pattern = _TITLE if stop["line"] or stop["paragraph"] else _SIDE_TITLE
    return pattern.match(masked, start, end)


def clauses(sentence: Sentence, masked: str, marks: Sequence[Mark]) -> list[Clause]:
    """Clauses of a sentence; ``marks`` are the sentence's own, in order."""
    out = [Clause(sentence.start, sentence.end, "")]
    for joiner in _JOINER.finditer(masked, sentence.start, sentence.end):
        out[-1].end = joiner.start()
        out.append(Clause(joiner.end(), sentence.end, joiner["word"] or joiner.group().strip()))
        if joiner["word"] in ("or", "versus", "vs", "/"):
            out[-1].joiner = "or"
    k = 0
    for mark in marks:
        while k + 1 < len(out) and mark.start >= out[k + 1].start:
            k += 1
        out[k].marks.append(mark)
    kept = [out[0]]
    for clause in out[1:]:  # ", and" leaves an empty clause: the word counts, not the comma
        if not kept[-1].marks and not masked[kept[-1].start : kept[-1].end].strip(" \n\0"):
            clause.joiner = clause.joiner if clause.joiner.isalpha() else kept[-1].joiner
            kept[-1] = clause
        else:
            kept.append(clause)
    return kept


def is_reference(head: Mark, masked: str) -> bool:
    """True for "in the mass", "of the nodules": points at something said elsewhere."""
    return REFERENCE.search(masked, max(0, head.start - 45), head.start) is not None


def negations(parts: Sequence[Clause], masked: str) -> dict[Mark, Mark]:
    """Noun mark -> the mark that denies it, for the clauses of one sentence."""
    denied: dict[Mark, Mark] = {}
    active: Mark | None = None
    for k, clause in enumerate(parts):
        if active is not None and not _goes_on(parts, k, masked):
            active = None
        for mark in clause.marks:
            if mark.field == "absent_after":
                active = mark
            elif mark.field == "kind" and active is not None and not is_reference(mark, masked):
                if FINITE.search(masked, active.end, mark.start):
                    active = None  # "no complaints has a mass": said of another thing
                else:
                    denied[mark] = active
        gone = clause.all("gone")
        if gone:
            near = clause if clause.all("kind") else _spoken_of(parts, k, masked)
            for mark in near.all("kind") if near else ():
                if mark.start < gone[0].start:
                    denied[mark] = gone[0]
        after = clause.all("absent_before")
        if after:
            first = k
            if k and clause.joiner == ":" and not clause.all("kind"):  # "Calcifications: none"
                first -= 1
            while (
                first > 0
                and parts[first].joiner in ("and", "or", ",")
                and _is_bare(parts[first - 1], masked)
            ):
                first -= 1
            for mark in (m for c in parts[first : k + 1] for m in c.all("kind")):
                if mark.start < after[0].start:
                    denied[mark] = after[0]
    return denied


def _spoken_of(parts: Sequence[Clause], k: int, masked: str) -> Clause | None:
    """The clause whose noun ", which has resolved" or "but is not seen today" speaks of."""
    if not _ONLY_VERBS.fullmatch(masked[parts[k].start : parts[k].end]):
        return None
    return next((c for c in reversed(parts[:k]) if c.all("kind")), None)


def _is_bare(clause: Clause, masked: str) -> bool:
    """A noun with at most adjectives: "or architectural distortion"."""
    words = masked[clause.start : clause.end]
    has_place = clause.all("size_mm", "side", *PLACES)
    return bool(clause.all("kind")) and not (
        has_place or VERB.search(words) or DETERMINER.search(words)
    )


def _goes_on(parts: Sequence[Clause], k: int, masked: str) -> bool:
    """Whether a negation before clause ``k`` also reaches into it."""
    clause = parts[k]
    if clause.joiner in _ENDS_NEGATION:
        return False
    if clause.joiner in ("or", "nor"):
        return True
    if clause.joiner == "and":
        # "no mass and calcification seen": denied; "no mass and two cysts at 7 o'clock": not
        head = clause.all("kind")
        before = masked[clause.start : head[0].start] if head else ""
        return bool(head) and not (
            DETERMINER.search(before) or clause.all("size_mm", "clock_h", "fn_mm")
        )
    if clause.joiner == ",":
        rest = parts[k:]
        run = 0
        while (
            run < len(rest)
            and rest[run].joiner in (",", "and", "or", "nor")
            and _is_bare(rest[run], masked)
        ):
            run += 1
        last = rest[run].joiner if run < len(rest) else ""
        return run > 0 and (
            any(c.joiner in ("or", "nor", "and") for c in rest[:run]) or last in ("or", "nor")
        )
    return False
