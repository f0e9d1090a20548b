"""The way from a report's text to its findings, absences and unreadable words."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import replace

from corr.records import ASSOCIATED_KINDS
from corr.words.announced import settle_hours, tell_again, tell_announced
from corr.words.denied import is_assessed, refuse_denied_places
from corr.words.draft import Draft
from corr.words.drafts import Finisher
from corr.words.forms.entries import Filled
from corr.words.forms.find import blank_forms, find_forms, span
from corr.words.inside import is_lesion
from corr.words.leftover import unread_numbers, unread_places
from corr.words.marking import lexicon
from corr.words.marking.filled import FILLED_SIDES
from corr.words.marking.kinds import GENERIC, VAGUE
from corr.words.marking.labels import SIDES
from corr.words.marking.language import other_language
from corr.words.marking.marks import CLAIMED, Mark, apply_rules, plain_copy
from corr.words.said import Mention, ReportWords, Unreadable
from corr.words.sentences import Sentence, clauses, negations, sentences
from corr.words.setting import EARLIER, Setting
from corr.words.shares import REACH, Page
from corr.words.walk import Walk

_PLACE = ("clock_h", "quadrant", "region", "fn_mm", "depth_third", "size_mm")


def read_report(text: str, *, modality: str | None = None, side: str | None = None) -> ReportWords:
    """What an English breast-imaging report says: findings, absences, and what is unreadable.

    ``modality`` (MG, US, MR) decides between kinds of findings; ``side`` (L or R) is assumed
    where the words name none. No text makes it raise. Research use only, no medical advice.

    Raises
    ------
    ValueError
        If ``side`` is given and neither ``"L"`` nor ``"R"``.

    >>> said = read_report("A 7 x 4 mm mass, right breast, 7-8 o'clock, 5 cm FN.").mentions[0]
    >>> said.side, said.kind, said.clock_h, said.size_mm, said.fn_mm, said.fn_rounding_mm
    (('R',), 'mass', (7.0, 8.0), 7.0, 50.0, 5.0)
    """
    if side not in (None, "L", "R"):
        msg = f"side must be 'L', 'R' or None, got {side!r}; say which breast was examined"
        raise ValueError(msg)
    plain = plain_copy(text)
    language = other_language(plain)
    if language is not None:
        why = f"a report in {language}; only English is read: translate it or fill in the columns"
        words = text.strip()[:80]
        refused = Unreadable(words, "text", why, (), words)
        return ReportWords(unreadable=(refused,), language=language)
    side_marks, without_sides = apply_rules((*FILLED_SIDES, *SIDES), plain)
    region_marks, _ = apply_rules(lexicon.REGIONS, plain)
    other_marks, masked = apply_rules(lexicon.rules_for(modality), plain)
    masked = "".join(
        CLAIMED if s == CLAIMED else m for m, s in zip(masked, without_sides, strict=True)
    )
    marks = refuse_denied_places([*other_marks, *side_marks, *region_marks], plain)
    starts = [m.start for m in marks]
    page = Page(text, masked, Finisher(text, modality, side))
    setting = Setting(plain, modality)
    forms = find_forms(plain, marks)
    form_at = {span(form)[0] + 1: form for form in forms}
    for sentence in sentences(blank_forms(masked, forms), text, marks):
        if sentence.fresh:
            page.carried_side = None
        own = marks[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        setting.enter(sentence, own)
        apart = setting.apart(sentence, own)
        if apart:
            _read_apart(page, sentence, own, is_earlier=apart == EARLIER)
            continue
        if sentence.start in form_at:
            opened = Filled(page, sentence, plain).read(form_at[sentence.start])
            _give_side(page, opened, _in_heading(sentence, marks, starts), setting)
            continue
        nouns = [m for m in own if m.field == "kind" and setting.is_supposed(m, sentence)]
        own = [m for m in own if m not in nouns]
        parts = clauses(sentence, masked, own)
        opened = Walk(page, sentence, parts, negations(parts, masked)).read()
        _give_side(page, opened, _in_heading(sentence, marks, starts), setting)
        page.finisher.unreadable += unread_numbers(sentence, own, masked, text)
        page.finisher.unreadable += unread_places(sentence, own, plain, text)
    if not page.drafts and is_assessed(marks, masked):
        page.drafts.append(_nothing_found(text, marks))
    return _finish(page)


def _in_heading(sentence: Sentence, marks: list[Mark], starts: list[int]) -> list[Mark]:
    begin, end = sentence.heading or (0, 0)
    return marks[bisect_left(starts, begin) : bisect_left(starts, end)]


def _give_side(page: Page, opened: list[Draft], in_heading: list[Mark], setting: Setting) -> None:
    """Give things without a side that of what they lie beside, the topic or the heading."""
    for draft in (d for d in opened if not d.marks.get("side")):
        beside = page.beside(draft)
        if beside is not None:
            draft.carry(beside)
            continue
        if setting.topic is not None:
            draft.carry(setting.topic)
            continue
        for mark in in_heading:
            if mark.field in ("side", "axilla"):
                draft.add(mark)


def _read_apart(page: Page, sentence: Sentence, own: list[Mark], *, is_earlier: bool) -> None:
    """Read a sentence that tells no finding of this examination: its things are kept apart."""
    aside = Page(page.text, page.masked, Finisher(page.text, page.finisher.modality, None))
    parts = clauses(sentence, page.masked, own)
    for draft in Walk(aside, sentence, parts, negations(parts, page.masked)).read():
        draft.earlier |= is_earlier
        if draft.denied_by is None and draft.thing is None:
            page.apart.append(draft)


def _nothing_found(text: str, marks: list[Mark]) -> Draft:
    """The denial that a text makes which is nothing but a category: "BI-RADS 1"."""
    draft = Draft(text.strip(), denied_by=next(m for m in marks if m.field == "bi_rads"))
    for mark in marks:
        if mark.field == "side":
            draft.add(mark)
    return draft


def _finish(page: Page) -> ReportWords:
    lists: dict[str, list[Mention]] = {n: [] for n in ("mentions", *_ASIDE)}
    finisher = page.finisher
    announced = {id(d) for d in tell_announced(page.drafts)}
    left = [d for d in page.drafts if id(d) not in announced]
    announced |= {id(d) for d in tell_again(left)}
    lesions = Counter(d.text for d in page.drafts if is_lesion(d))
    for draft in page.drafts:
        head = None if draft.denied_by else draft.head
        if head is not None and head.value == VAGUE:
            why = "may be the pattern of the gland or masses"
            finisher.refuse(draft, "kind", [head], why, ("mass", "gland pattern"))
            continue
        if head is not None and head.value == GENERIC and not _says(draft, lesions):
            continue  # "findings", "lesions" without a word on where or how large
        for mention in finisher.finish(draft):
            is_told = id(draft) in announced or _is_told(
                draft, mention, lists["mentions"], finisher
            )
            lists[_list_of(draft, mention, is_told=is_told)].append(mention)
    for mention in (m for d in page.apart if d.marks for m in _silently(finisher).finish(d)):
        lists["mentions" if mention.earlier else "mentioned"].append(mention)
    unreadable = tuple(dict.fromkeys(finisher.unreadable))
    told = {n: tuple(some) for n, some in lists.items()}
    return ReportWords(
        told["mentions"],
        unreadable,
        told["negatives"],
        told["restated"],
        told["mentioned"],
        told["others"],
    )


_ASIDE = ("negatives", "others", "restated", "mentioned")


def _list_of(draft: Draft, mention: Mention, *, is_told: bool) -> str:
    """The list of `ReportWords` that a mention belongs to."""
    if mention.negated:
        return "negatives"
    if draft.thing is not None or _is_part_of_one(draft):
        return "others"
    return "restated" if is_told and not mention.earlier else "mentions"


def _is_told(draft: Draft, mention: Mention, before: list[Mention], finisher: Finisher) -> bool:
    """Whether a mention says again what an earlier one said."""
    if mention.negated or mention.earlier or draft.is_another:
        return False
    near = before[-REACH:]
    if _says_again(mention, near, is_summary=draft.is_summary):
        return True
    return draft.is_summary and settle_hours(mention, before, finisher)


def _silently(finisher: Finisher) -> Finisher:
    return replace(finisher, default_side=None, unreadable=[])


def _says(draft: Draft, lesions: Counter[str]) -> bool:
    """Whether anything is said of it but the side of another thing of its sentence."""
    if draft.marks.keys() - {"side"} or not draft.is_side_carried:
        return bool(draft.marks)
    return lesions[draft.text] < 2


def _is_part_of_one(draft: Draft) -> bool:
    return draft.is_feature and draft.kind not in ASSOCIATED_KINDS


def _says_again(mention: Mention, earlier: list[Mention], *, is_summary: bool) -> bool:
    """Same kind and side, and the same place, or no other place under a summary heading."""
    said = [f for f in _PLACE if getattr(mention, f) is not None]
    return any(
        mention.kind in (other.kind, None)
        and bool(set(other.side) & set(mention.side or other.side))
        and all(getattr(other, f) == getattr(mention, f) for f in said)
        for other in earlier
        if said or is_summary
    )
