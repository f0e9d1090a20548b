"""What if a report had said more, or something else: judge changed copies of one breast.

A question about the reports, never about the patient: "by how much would a stated distance
move it?"
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from corr.exams.registry import exam_of
from corr.judgement.judge import judge as judge_breast
from corr.judgement.result import Judgement
from corr.judgement.verdict import rounded
from corr.parameters import Parameters, load
from corr.questions.change_finding import change_findings
from corr.records import Breast

Judge = Callable[[Breast, Parameters], Judgement]


@dataclass(frozen=True)
class Variant:
    """One change: ``findings`` maps a finding's id to its changed fields (`corr.records.Finding`).

    ``overrides`` changes constants, for words whose reading is an assumption.
    """

    words: str
    findings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    overrides: Mapping[str, float] = field(default_factory=dict)


AS_REPORTED = Variant("as reported")


def distances(
    finding_id: str, fn_mm: Sequence[float], *, depth_mm: float | None = None
) -> list[Variant]:
    """Variants in which one finding has a stated distance from the nipple (and a depth)."""
    extra = {} if depth_mm is None else {"depth_mm": depth_mm}
    also = "" if depth_mm is None else f", {depth_mm:g} mm deep"
    return [
        Variant(f"{mm / 10:g} cm from the nipple{also}", {finding_id: {"fn_mm": mm, **extra}})
        for mm in fn_mm
    ]


def what_if(
    breast: Breast,
    variants: Iterable[Variant],
    pairs: Sequence[tuple[str, str]],
    *,
    judge: Judge = judge_breast,
    parameters: Parameters | None = None,
) -> pd.DataFrame:
    """P(same) of some pairs as reported (first) and under each variant.

    Returns
    -------
    One row for each variant and pair, with the finding where two variants have the same words:
    ``what if, finding_a, finding_b, p_same, p_low, p_high,
    verdict, moved`` where ``moved`` is the change of log10 odds against "as reported".

    Raises
    ------
    KeyError
        If a variant or a pair names something that is not there.
    """
    base, asked = load() if parameters is None else parameters, (AS_REPORTED, *variants)
    words = Counter(variant.words for variant in asked)
    rows: list[dict[str, object]] = []
    odds: list[float] = []
    for variant in asked:
        used = base.override(variant.overrides) if variant.overrides else base
        judged = judge(change_findings(breast, variant.findings), used)
        of = "" if words[variant.words] == 1 else f"{', '.join(variant.findings)}: "
        said = of + variant.words
        for a, b in pairs:
            p = judged.pair(a, b)
            rows.append(
                {
                    "what if": said,
                    "finding_a": a,
                    "finding_b": b,
                    "p_same": p.p_same,
                    "p_low": p.p_low,
                    "p_high": p.p_high,
                    "verdict": p.verdict,
                }
            )
            odds.append(p.log10_prior + p.log10_evidence)
    moved = [v - odds[k % len(pairs)] for k, v in enumerate(odds)]
    return pd.DataFrame(rows).assign(moved=moved)


def side_by_side(table: pd.DataFrame) -> pd.DataFrame:
    """The table of `what_if` with one row a variant and one column "a = b" of P(same) a pair."""
    pair = table["finding_a"] + " = " + table["finding_b"]
    wide = table.assign(pair=pair).pivot_table(
        index="what if", columns="pair", values="p_same", sort=False
    )
    return wide.map(rounded).rename_axis(columns=None).reset_index()


def pairs_of(judgement: Judgement, finding_id: str) -> list[tuple[str, str]]:
    """All judged pairs that hold one finding, in the judgement's order."""
    pairs = [(p.finding_a, p.finding_b) for p in judgement.pairs]
    return [pair for pair in pairs if finding_id in pair]


def distance_questions(breast: Breast) -> dict[str, list[Variant]]:
    """For each ultrasound finding without one: a stated distance from the nipple, then a depth."""
    return {
        f.finding_id: [
            *distances(f.finding_id, (10.0, 20.0, 40.0, 60.0)),
            *distances(f.finding_id, (20.0, 40.0), depth_mm=15.0),
        ]
        for f in breast.findings
        if exam_of(f).place == "skin" and f.matched and f.fn_mm is None
    }


CALCIFICATIONS_SAID = {
    "nothing said about calcifications in it": None,
    "no calcifications seen in it": 0,
    "calcifications seen in it": 1,
}
"""What a report of a mass may say, and `Finding.n_calcifications` of it."""


def calcification_questions(breast: Breast) -> dict[str, list[Variant]]:
    """For each ultrasound mass: had its report said nothing of calcifications, "none", or "some".

    Nothing, that none are seen, or that some are. Asked only where calcifications were reported.
    """
    if not any(f.kind == "calcification" for f in breast.findings):
        return {}
    return {
        f.finding_id: [
            Variant(words, {f.finding_id: {"n_calcifications": n}})
            for words, n in CALCIFICATIONS_SAID.items()
            if n != (f.n_calcifications and 1)
        ]
        for f in breast.findings
        if exam_of(f).place == "skin" and f.kind == "mass"
    }


def view_questions(breast: Breast) -> dict[str, list[Variant]]:
    """For "deep to the nipple" without a view: said of one film, or of both (central)."""
    names = ("deep_reading_mlo", "deep_reading_cc", "deep_reading_both")
    words = ("said of the oblique only", "said of the CC only", "said of both films")
    variants = [
        Variant(said, overrides={name: float(name == chosen) for name in names})
        for said, chosen in zip(words, names, strict=True)
    ]
    view = {r.reading_id: r.view for r in breast.readings if exam_of(r).place == "film"}
    return {
        f.finding_id: variants
        for f in breast.findings
        if f.region == "deep_to_nipple" and view.get(f.reading_id, "none") is None
    }
