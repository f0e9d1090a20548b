"""Plain explanations of a judgement that hold for its own findings, with numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from corr.exams.registry import exam_of
from corr.judgement.result import Judgement
from corr.judgement.verdict import written
from corr.parameters import Parameters
from corr.problems import Problem, fix_said, kinds_of, rows_said, values_said
from corr.records import Breast
from corr.show.wording.pair_words import begun, count_open
from corr.show.wording.text import exam_name, names

SIDES_NEVER_LINKED = "Findings of the left and of the right breast are never linked."
TOLD = 0.05
"""Factors on odds are told of P(same) between this and 1 minus this: tables have two decimals."""


def kept_apart(breast: Breast) -> list[str]:
    """Which findings can never be one lesion here, because one reading listed them apart."""
    name, sentences = names(breast), []
    for reading in breast.readings:
        matched = [f for f in breast.findings if f.reading_id == reading.reading_id and f.matched]
        if len(matched) > 1:
            found = [f"the {name[f.finding_id]}" for f in matched]
            sentences.append(
                f"Listed apart by one reading ({exam_name(reading)}) and never merged: "
                f"{', '.join(found[:-1])} and {found[-1]}."
            )
    return sentences


def place_sentences(judgement: Judgement) -> list[str]:
    """Which ultrasound findings lack a distance from the nipple or a depth, and what that costs."""
    name, sentences = names(judgement.breast), []
    volume_cm3 = len(judgement.points) * (judgement.cell_mm / 10) ** 3
    for f in judgement.breast.findings:
        pairs = [p for p in judgement.pairs if f.finding_id in (p.finding_a, p.finding_b)]
        stated = {"no distance from the nipple": f.fn_mm, "no depth": f.depth_mm}
        missing = [words for words, value in stated.items() if value is None]
        if exam_of(f).place != "skin" or not missing or not pairs:
            continue
        sentences.append(
            f"The report of the {name[f.finding_id]} states {' and '.join(missing)}, so that its "
            f"place is known only to within {judgement.beliefs[f.finding_id].volume80_cm3:.0f} of "
            f"the {volume_cm3:.0f} cm\N{SUPERSCRIPT THREE} that the breast may reach (the smallest "
            f"region that holds it with 80 %), and {count_open(pairs)} of its {len(pairs)} "
            "pairs are left undecided."
        )
    return sentences


def calcification_sentences(judgement: Judgement, table: pd.DataFrame) -> list[str]:
    """What a report on calcifications does to the question whether a mass holds them.

    ``table`` is that of `corr.show.pages.tables.what_if_tables` for `calcification_questions`:
    P(same) as reported, and with the two other things that the report may say.
    """
    name = names(judgement.breast)
    calcifications = {f.finding_id for f in judgement.breast.findings if f.kind == "calcification"}
    said = {f.finding_id: f.n_calcifications for f in judgement.breast.findings}
    sentences = []
    for p in judgement.pairs:
        pair = f"{name[p.finding_a]} = {name[p.finding_b]}"
        sides = {p.finding_a, p.finding_b}
        if pair not in table or len(sides & calcifications) != 1:
            continue
        (mass,), (held,) = sides - calcifications, sides & calcifications
        reported, first, second = (float(share) for share in table[pair])
        holds = f"P({pair}), that it holds the {name[held]},"
        if said[mass] is None:
            sentences.append(
                f"The report says nothing of calcifications in the {name[mass]}: P({pair}) is "
                f"{written(reported)}. Had it said that none were seen, it would "
                f"{_be(reported, first)}; that some were, {_be(reported, second)}."
            )
            continue
        seen = "Calcifications" if said[mass] else "No calcifications"
        moved = f"leaves {holds} at {written(reported)}"
        if reported != first:
            moved = (
                f"moves {holds} from {written(first)} (had nothing been said) to "
                f"{written(reported)}{_odds_words(first, reported)}{_against(reported, first)}"
            )
        other = "none" if said[mass] else "some"
        sentences.append(
            f"{seen} were seen in the {name[mass]}. This {moved}. Had {other} been seen, it "
            f"would {_be(reported, second)}."
        )
    return sentences


def _be(reported: float, other: float) -> str:
    still = "still " if reported == other else ""
    return f"{still}be {written(other)}{_odds_words(reported, other)}"


def _against(reported: float, other: float) -> str:
    return "; it speaks against it without excluding it" if 0.05 < reported < other else ""


def _odds_words(before: float, after: float) -> str:
    """The factor on the odds; nothing where two decimals are too few to tell it."""
    if before == after or min(before, after) < TOLD or max(before, after) > 1 - TOLD:
        return ""
    return f": odds x {after / (1 - after) / (before / (1 - before)):.2g}"


def nearby_sentences(judgement: Judgement) -> list[str]:
    """Associated features (skin, nodes, clips) within 2 cm of a finding."""
    name = names(judgement.breast)
    return [
        f"Within 2 cm of the {name[i]}: {', '.join(name[k] for k in others)}. Kept and shown, "
        "never matched as a lesion."
        for i, others in judgement.nearby.items()
        if others
    ]


def unread_sentences(problems: Sequence[Problem]) -> list[str]:
    """Words that could not be read, with the candidate readings: never repaired silently."""
    return [
        f"{_flagged(p)} was not read: {p.allowed}. To fix it: {p.fix}."
        for p in problems
        if p.not_read
    ]


def doubtful_sentences(problems: Sequence[Problem]) -> list[str]:
    """Values that were read and used, but ask for a look."""
    return [
        f"{_flagged(p)} was read, but please look. Expected: {p.allowed}. {begun(p.fix)}."
        for p in problems
        if p.action == "flagged" and not p.not_read
    ]


def _flagged(problem: Problem) -> str:
    where = f"{problem.finding_id or problem.case_id} {problem.field}".strip()
    return f'"{problem.value}" ({where})' if problem.value else where


def changed_sentence(parameters: Parameters) -> str:
    """Which constants were changed for this run."""
    if not parameters.changed:
        return f"Constants: version {parameters.version}, none changed for this page."
    spoken = ", ".join(f"{n} = {parameters[n]:g}" for n in parameters.changed)
    return f"Constants: version {parameters.version}, changed for this page: {spoken}."


def problem_rows(problems: Sequence[Problem]) -> pd.DataFrame:
    """Problems as a small table for a page, those of one kind in one row."""
    rows = []
    for kind in kinds_of(problems):
        p, many = kind[0], len(kind) > 1
        who = rows_said(kind) if many else p.finding_id or p.case_id or p.file
        said = {
            "where": f"{who or p.file} {p.field}".strip(),
            "value": values_said(kind) if many else p.value,
            "what was done": _done(p),
            "allowed": p.allowed,
            "how to fix it": fix_said(kind),
        }
        rows.append(said)
    columns = ["where", "value", "what was done", "allowed", "how to fix it"]
    return pd.DataFrame(rows, columns=columns)


def _done(problem: Problem) -> str:
    if problem.action != "flagged":
        return problem.action
    return "not read" if problem.not_read else "read, in doubt"
