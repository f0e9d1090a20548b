"""What an examination was predicted to tell, and what it then told: `next_exam.md`. Simulated.

Of every breast all examinations but two (or but one) are taken away; pairs of the findings that are
left are judged, what each examination taken away would tell of an undecided pair is predicted, and
then it is given back, alone, and judged. Nothing is fitted to the outcome.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path

import pandas as pd

from corr.judgement.judge import judge
from corr.judgement.order import in_order
from corr.parameters import Parameters
from corr.questions.settle.gains import entropy_bits
from corr.questions.settle.next_exam import Examination
from corr.questions.settle.options import Options
from corr.records import Breast
from corr.workers import in_workers

ROOT = Path(__file__).parents[1]
OUT = ROOT / "benchmarks"
COHORTS = ("simulated_cohort", "simulated_cohort_hard")
OPEN = 0.1, 0.9
"""P(same) of pairs that are asked about."""
MOST_PAIRS, MOST_KEPT = 3, 2
"""Of one breast and what is left of it: the most open pairs; and sets of two readings left."""
RESAMPLED, SEED = 1000, 20261130


def without(breast: Breast, gone: Sequence[str]) -> Breast:
    """The breast before some readings were done."""
    readings = tuple(r for r in breast.readings if r.reading_id not in gone)
    findings = tuple(f for f in breast.findings if f.reading_id not in gone)
    ids = {f.finding_id for f in findings}
    freed = tuple(
        replace(
            f, same_as=f.same_as if f.same_as in ids else None,
            targeted_at=f.targeted_at if f.targeted_at in ids else None,
        )
        for f in findings
    )  # fmt: skip
    return replace(breast, readings=readings, findings=freed)


def trials(breast: Breast, p: Parameters) -> list[dict[str, object]]:
    """One row an undecided pair and examination taken away and given back."""
    rows: list[dict[str, object]] = []
    for kept in _kept(breast):
        gone = [r for r in breast.readings if r.reading_id not in kept]
        few = in_order(without(breast, [r.reading_id for r in gone]))
        before = judge(few, p, bands=False)
        asked = [q for q in before.pairs if OPEN[0] < q.p_same < OPEN[1]]
        asked = sorted(asked, key=lambda q: abs(q.p_same - 0.5))[:MOST_PAIRS]
        if not asked:
            continue
        options = Options(before)
        for reading in gone:
            exam = Examination(reading.reading_id, options.weights, reading)
            others = [r.reading_id for r in gone if r.reading_id != reading.reading_id]
            after = judge(without(breast, others), p, bands=False)
            for q in asked:
                told = options.tell(q, [exam])[0].gain
                then = after.pair(q.finding_a, q.finding_b).p_same
                rows.append(
                    {
                        "case_id": breast.case_id, "side": breast.side, "kept": "+".join(kept),
                        "choices": len(gone), "pair": f"{q.finding_a} {q.finding_b}",
                        "exam": f"{reading.modality}{':' + reading.view if reading.view else ''}",
                        "p_before": q.p_same, "p_after": then,
                        "predicted": told.bits_gained, "error": told.error,
                        "p_settles": told.p_settles,
                        "drop": float(entropy_bits(q.p_same) - entropy_bits(then)),
                        "settled": not OPEN[0] <= then <= OPEN[1],
                    }
                )  # fmt: skip
    return rows


def _kept(breast: Breast) -> list[tuple[str, ...]]:
    """Readings that are left: two but an ultrasound, some of such pairs; and all but one."""
    ids = [r.reading_id for r in breast.readings]
    rest = [tuple(i for i in ids if i != gone) for gone in ids] if len(ids) > 2 else []
    films = [r.reading_id for r in breast.readings if r.modality != "US"]
    pairs = list(combinations(films, 2)) if len(ids) > len(films) and len(ids) > 3 else []
    start = zlib.crc32(breast.case_id.encode()) % max(len(pairs), 1)
    return list(dict.fromkeys([*(pairs + pairs)[start : start + MOST_KEPT], *rest]))


def table_of(breasts: Sequence[Breast], p: Parameters, jobs: int) -> pd.DataFrame:
    """`trials` of all breasts."""
    each = in_workers(partial(trials, p=p), breasts, jobs=jobs)
    return pd.DataFrame([row for rows in each for row in rows])
