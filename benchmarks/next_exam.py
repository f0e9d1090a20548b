"""What an examination was predicted to tell, and what it then told: `next_exam.md`. Simulated.

Of every breast all examinations but two (or but one) are taken away; pairs of the findings that are
left are judged, what each examination taken away would tell of an undecided pair is predicted, and
then it is given back, alone, and judged. Nothing is fitted to the outcome.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from benchmarks.refresh import COHORTS, OUT, cohort
from benchmarks.where_to_look import markdown
from corr import parameters
from corr.exchange.files import write_whole
from corr.judgement.judge import judge
from corr.judgement.order import in_order
from corr.learning.spreads import scaled
from corr.parameters import Parameters
from corr.questions.settle.gains import entropy_bits
from corr.questions.settle.next_exam import Examination
from corr.questions.settle.options import Options
from corr.records import Breast
from corr.workers import in_workers

OPEN = 0.1, 0.9
"""P(same) of pairs that are asked about."""
MOST_PAIRS, MOST_KEPT = 3, 2
"""Of one breast and what is left of it: the most open pairs; and sets of two readings left."""
RESAMPLED, SEED = 2000, 20261130
RUNS = ((COHORTS[0], "learned"), (COHORTS[1], "published"))
HEAD = """# Next examination: predicted and real fall of entropy

Simulated finite-element bodies, not patients. Made by `python -m benchmarks.next_exam{options}`.
Undecided pairs (P(same) {low} to {high}; the {pairs} most open of each breast, or of what is left
of it) of findings of all readings but one, and of {kept} pairs of readings without ultrasound. For
each reading taken away: the gain predicted before it is given back (64 outcomes and 64
possibilities of each answer), and by how much the entropy of the answer then fell (below 0: it is
more open than before). Intervals are 95 % of {resampled} resamplings of breasts.
Nothing is fitted to the outcome; "learned" constants have spreads learned from each cohort's
findings without the truth.
"""
WHY = """
## What does not fit, and why

* **CC films are predicted to tell two to three times what they told.** The CC of the cohorts misses
  18 % of the calcifications that the MLO shows, whatever their size; the published rate in the
  table of constants is 5.5 %. A silent CC then tells less, and misleads more often, than predicted.
  MLO films, MRI and ultrasound of the clinic-like cohort tell what was predicted, within a quarter.
* A film called focal asymmetry was, by definition, seen on two views; the cohorts call it so on any
  number of views. A film given back to its own mammogram is read in that light, here wrongly.
* The prediction itself is what judging outcomes of the model one by one gives
  (`tests/questions/test_next_exam.py`): what is off is the model beside the cohort.
* Predictions take every report to state kind, size and whole place; of the clinic-like cohort's
  ultrasound reports four in ten state no distance, and half state no depth.
* Answers of one breast are not independent, few breasts have several examinations to choose from,
  and one breast in three was used: the intervals are wide. No constant was moved for this.
"""


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


def taught(name: str, p: Parameters) -> Parameters:
    """Constants with the spreads of ``learned_spreads.csv``, learned without the truth."""
    learned = pd.read_csv(OUT / "learned_spreads.csv")
    mine = learned[learned["cohort"] == name]
    return scaled(p, dict(zip(mine["spreads_of"], mine["factor"], strict=True)))


def interval(rows: pd.DataFrame, of: str, over: str | None = None) -> str:
    """Mean of a column, or that over the mean of another, with its interval: breasts drawn anew."""
    below = rows[over] if over else pd.Series(1.0, index=rows.index)
    sums = pd.DataFrame({"of": rows[of], "over": below}).groupby(
        [rows["case_id"], rows["side"]]
    ).sum().to_numpy()  # fmt: skip
    drawn = np.random.default_rng(SEED).multinomial(
        len(sums), [1 / len(sums)] * len(sums), RESAMPLED
    )
    both = drawn @ sums
    low, high = np.quantile(both[:, 0] / both[:, 1], [0.025, 0.975])
    whole = sums.sum(axis=0)
    return f"{whole[0] / whole[1]:.3f} ({low:.3f} to {high:.3f})"


def predicted(rows: pd.DataFrame) -> pd.DataFrame:
    """Predicted and real fall of entropy, by examination and of all."""
    out = []
    for exam, some in [*rows.groupby("exam"), ("all", rows)]:
        row: dict[str, object] = {
            "exam": exam, "breasts": some["case_id"].nunique(), "answers": len(some),
            "predicted": f"{some['predicted'].mean():.3f}",
            "real": interval(some, "drop"),
            "predicted settled": f"{some['p_settles'].mean():.2f}",
            "settled": f"{some['settled'].mean():.2f}",
        }  # fmt: skip
        if exam == "all":
            row["predicted / real"] = interval(some, "predicted", "drop")
        out.append(row)
    return pd.DataFrame(out).fillna("")


def choices(rows: pd.DataFrame) -> pd.DataFrame:
    """What each way to choose one of several examinations gained, bits; ultrasound among them."""
    out = []
    for (case, side, _, _), some in rows[rows["choices"] > 1].groupby(
        ["case_id", "side", "kept", "pair"]
    ):
        if "US" not in set(some["exam"]):
            continue
        out.append(
            {
                "case_id": case, "side": side, "random": some["drop"].mean(),
                "always ultrasound": some.loc[some["exam"] == "US", "drop"].mean(),
                "highest predicted gain": some["drop"].iloc[int(some["predicted"].argmax())],
                "the one that told most": some["drop"].max(),
            }
        )  # fmt: skip
    return pd.DataFrame(out)


def chosen(rows: pd.DataFrame) -> str:
    """`choices` on a page, with what the highest gain is ahead by."""
    each = choices(rows)
    if each.empty:
        return "No pair had several examinations to choose from."
    lines = [f"{len(each)} choices in {each['case_id'].nunique()} women; bits gained:\n"]
    ways = ["highest predicted gain", "random", "always ultrasound", "the one that told most"]
    lines += [f"* {way}: {interval(each, way)}" for way in ways]
    for way in ways[1:3]:
        ahead = interval(each.assign(by=each[ways[0]] - each[way]), "by")
        lines.append(f"* highest predicted gain less {way}: {ahead}")
    return "\n".join(lines)


def main() -> None:
    """Write ``next_exam.md``."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--every", type=int, default=3, help="only every so many breasts")
    asked.add_argument("--jobs", type=int, default=-1)
    given = asked.parse_args()
    options = f" --every {given.every}"
    parts = [
        HEAD.format(
            options=options, low=OPEN[0], high=OPEN[1], pairs=MOST_PAIRS, kept=MOST_KEPT,
            resampled=RESAMPLED,
        )
    ]  # fmt: skip
    for name, constants in RUNS:
        p = parameters.load()
        used = taught(name, p) if constants == "learned" else p
        rows = table_of(cohort(name)[:: given.every], used, given.jobs)
        parts += [f"\n## {name}, {constants} constants\n", markdown(predicted(rows))]
        parts += ["", chosen(rows)]
    parts.append(WHY)
    write_whole(OUT / "next_exam.md", "\n".join([*parts, ""]))


if __name__ == "__main__":
    main()
