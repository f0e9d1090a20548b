"""Spreads learned from findings alone: against shifted tables, cohorts of known noise, the CLI."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from corr import spreads
from corr.cli import app
from corr.parameters import load
from corr.spreads import FACTORS, MOST_FINDINGS, chosen, learn
from corr.tables import read_findings

DATA = Path(__file__).parents[1] / "data"
P = load()
WOMEN = [f"D{k:04d}" for k in range(2, 24)]


def some(cohort: str, women=WOMEN):
    folder = DATA / cohort
    known = read_findings(folder / "findings.csv", folder / "breasts.csv").breasts
    return [b for b in known if b.case_id in women and 4 <= len(b.findings) <= 8]


@pytest.fixture(scope="module")
def plain():
    return some("simulated_cohort")


@pytest.fixture(scope="module")
def learned(plain):
    return learn(plain, P, jobs=1)


def test_finer_measurements_have_smaller_spreads(learned):
    """Same women, same lesions: one cohort measured finely, the other as a clinic would."""
    rough = learn(some("simulated_cohort_hard"), P, jobs=1)
    assert learned.high < rough.factor
    assert learned.low < learned.factor < learned.high
    assert learned.log_evidence.max() == 0


def test_a_table_of_constants_with_other_spreads_learns_the_inverse(plain, learned):
    """The spreads that fit the findings do not depend on where one starts, up to the prior."""
    narrow = learn(plain, P.scale_spreads(0.7), jobs=1)
    assert narrow.factor == pytest.approx(learned.factor / 0.7, rel=0.08)


def test_findings_of_other_women_do_not_agree(plain, learned):
    """Broken twin: ultrasound and MRI of another woman make no case for small spreads."""
    other = {b.case_id: plain[k - 1] for k, b in enumerate(plain)}
    mixed = []
    for b in plain:
        films = {r.reading_id for r in b.readings if r.modality == "MG"}
        theirs = [f for f in other[b.case_id].findings if f.modality != "MG"]
        readings = {r.reading_id for r in b.readings}
        kept = [f for f in b.findings if f.reading_id in films]
        kept += [f for f in theirs if f.reading_id in readings]
        mixed.append(type(b)(b.case_id, b.side, b.readings, tuple(kept), b.shape))
    assert learn(mixed, P, jobs=1).factor > learned.factor + 0.1


def test_few_findings_hardly_move_it(plain):
    one = learn(plain[:1], P, jobs=1)
    assert one.breasts == 1
    assert one.low < 1 < one.high
    assert one.high / one.low > 2


def test_the_order_of_breasts_does_not_matter(plain):
    first, again = learn(plain[:4], P, jobs=1), learn(plain[3::-1], P, jobs=1)
    assert (first.factor, first.low, first.high) == (again.factor, again.low, again.high)


def test_breasts_that_cannot_tell_take_no_part(plain):
    alone = [type(b)(b.case_id, b.side, b.readings, b.findings[:1], b.shape) for b in plain]
    assert chosen(alone) == []
    assert all(len(b.findings) <= MOST_FINDINGS for b in chosen(plain))
    with pytest.raises(ValueError, match="no breast in which two exams found something"):
        learn(alone, P, jobs=1)


def test_a_breast_that_cannot_be_judged_stops_nothing(plain, monkeypatch):
    whole = spreads.log_evidence

    def fails(breast, p):
        if breast.case_id == plain[0].case_id:
            raise ZeroDivisionError
        return whole(breast, p)

    monkeypatch.setattr(spreads, "log_evidence", fails)
    assert learn(plain[:3], P, jobs=1).breasts == 2


# --- the command line -------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path, plain):
    keep = {b.case_id for b in plain[:5]}
    for name in ("findings", "breasts"):
        rows = pd.read_csv(DATA / "simulated_cohort" / f"{name}.csv", dtype=str)
        rows[rows["case_id"].isin(keep)].to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def corr(*words: str):
    return CliRunner().invoke(app, list(words))


def judged(folder: Path, *more: str) -> bytes:
    out = folder / "-".join(more or ("usual",)).replace("/", "of")
    files = [str(folder / "findings.csv"), "--breasts", str(folder / "breasts.csv")]
    result = corr("judge", *files, "--out", str(out), "--jobs", "1", *more)
    assert result.exit_code == 0, result.output
    return (out / "pairs.csv").read_bytes()


def test_spreads_are_learned_printed_and_used(table):
    files = [str(table / "findings.csv"), "--breasts", str(table / "breasts.csv"), "--jobs", "1"]
    shown = corr("spreads", *files)
    assert shown.exit_code == 0
    assert len(shown.output.splitlines()) == len(FACTORS) + 2
    assert "--spreads" in shown.output
    usual, learned = judged(table), judged(table, "--spreads", "learn")
    assert judged(table, "--spreads", "1") == usual != learned


def test_a_part_of_a_table_learns_from_the_whole(table):
    whole = judged(table, "--spreads", "learn").decode().splitlines()
    parts = [judged(table, "--spreads", "learn", "--shard", f"{k}/2") for k in (1, 2)]
    rows = [line for part in parts for line in part.decode().splitlines()[1:]]
    assert sorted(rows) == sorted(whole[1:])


@pytest.mark.parametrize("said", ["0", "-1", "nan", "wide", "100"])
def test_a_factor_that_makes_no_sense_is_refused(table, said):
    result = corr("judge", str(table / "findings.csv"), "--out", str(table), "--spreads", said)
    assert result.exit_code == 2
    assert "expected a factor from 0.1 to 10, or 'learn'" in result.output
