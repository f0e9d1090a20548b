"""Spreads learned from findings alone: against shifted tables, cohorts of known noise, the CLI."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from corr.cli import app
from corr.learning import spreads
from corr.learning.spreads import MOST_FINDINGS, PARTS, chosen, learn, read_factors, scaled
from corr.parameters import load
from corr.tables import read_findings
from corr.validation.measures import CORR, LEARNED

DATA = Path(__file__).parents[2] / "data"
P = load()
WOMEN = [f"D{k:04d}" for k in range(2, 20)]


def some(cohort: str, women=WOMEN):
    folder = DATA / cohort
    known = read_findings(folder / "findings.csv", folder / "breasts.csv").breasts
    return [b for b in known if b.case_id in women and 4 <= len(b.findings) <= 7]


@pytest.fixture(scope="module", autouse=True)
def factors_only():
    """Systematic parts and swapped mates have tests of their own (`test_systematic`)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spreads, "SYSTEMATIC", {})
        patch.setattr(spreads, "compare", lambda *_, **__: None)
        yield


@pytest.fixture(scope="module")
def plain():
    return some("simulated_cohort")


@pytest.fixture(scope="module")
def learned(plain):
    return learn(plain, P, jobs=1)


def test_every_measurement_spread_is_one_of_the_parts():
    """But what words mean, which no exam measures, and the size of the breast or of the other."""
    spreads = {n for n, row in P.table.items() if row.role == "kernel"}
    of = {part: {n for n in spreads if n.startswith(names)} for part, names in PARTS.items()}
    assert all(of.values())
    assert sum(map(len, of.values())) == len(set().union(*of.values()))
    assert {n.split("_")[0] for n in spreads - set().union(*of.values())} == {
        "word",
        "extent",
        "other",
    }


def test_only_the_spreads_of_a_part_are_scaled():
    wide = scaled(P, {"US": 2.0})
    assert wide["us_shift_sd_mm"] == 2 * P["us_shift_sd_mm"]
    assert wide["us_scale"] == P["us_scale"]  # a value, not a spread
    changed = {n for n in P if wide[n] != P[n]}
    assert changed
    assert all(n.startswith(PARTS["US"]) for n in changed)
    assert scaled(P, {}) == scaled(P, {"US": 1.0}) == P
    with pytest.raises(KeyError, match="CT"):
        scaled(P, {"CT": 1.0})


def test_factors_are_read_as_they_are_written(learned):
    assert read_factors("1.5") == dict.fromkeys(PARTS, 1.5)
    assert read_factors(" MG = 1.1, size=0.9") == {"MG": 1.1, "size": 0.9}
    rounded = {part: round(factor, 2) for part, factor in learned.factors.items()}
    assert read_factors(learned.option) == rounded


def test_finer_measurements_have_smaller_spreads(learned):
    """Same women, same lesions: one cohort measured finely, the other as a clinic would."""
    rough = learn(some("simulated_cohort_hard"), P, jobs=1)
    assert learned.factors["MR"] < 0.8 * rough.factors["MR"]
    for part in ("MG", "US", "size"):
        assert learned.factors[part] < rough.factors[part]
    for part in PARTS:
        assert learned.low[part] < learned.factors[part] < learned.high[part]


def test_a_table_of_constants_with_other_spreads_learns_the_inverse(plain, learned):
    """The spreads that fit the findings do not depend on where one starts, up to the prior."""
    narrow = learn(plain, scaled(P, {"MG": 0.7}), jobs=1)
    assert narrow.factors["MG"] == pytest.approx(learned.factors["MG"] / 0.7, rel=0.12)
    for other in ("US", "MR", "size"):
        assert narrow.factors[other] == pytest.approx(learned.factors[other], rel=0.15)


ONE_OF = [min(n for n in scaled(P, {part: 2.0}).changed) for part in PARTS]


@pytest.mark.parametrize("differ", [1.0, 0.5, 0.1])
@pytest.mark.parametrize("ln_sd", [0.35, 0.1])
def test_what_is_learned_is_the_top_of_the_posterior(plain, monkeypatch, differ, ln_sd):
    """Evidence with a known top; also where women differ less than the model expects (below 1).

    There products of gradients are smaller than second derivatives, and moves overshoot: films
    and MRI share what cannot be told apart.
    """
    curvature = np.array([[3.0, 0, 2.4, 0], [0, 1, 0, 0], [2.4, 0, 3, 0.5], [0, 0, 0.5, 4]])
    women = {b.case_id: k for k, b in enumerate(plain)}
    drawn = np.random.default_rng(3).standard_normal((len(women), 4))
    tops = [0.1, -0.4, 0.3, -0.5] + differ * drawn @ np.linalg.inv(np.linalg.cholesky(curvature))

    def evidence(breast, tables, _):
        off = np.log([[q[n] / P[n] for n in ONE_OF] for q in tables]) - tops[women[breast.case_id]]
        return -0.5 * np.einsum("ni,ij,nj->n", off, curvature, off)

    monkeypatch.setattr(spreads, "log_evidence", evidence)
    found = learn(plain, P.override({"spreads_ln_sd": ln_sd}), jobs=1)
    precision = len(plain) * curvature + np.eye(4) / ln_sd**2
    top = np.linalg.solve(precision, curvature @ tops.sum(axis=0))
    off = np.log(list(found.factors.values())) - top
    assert np.sqrt(off @ precision @ off) < 0.5  # posterior SDs away from it


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
    wrong = learn(mixed, P, jobs=1).factors
    assert wrong["US"] * wrong["MR"] > 1.2 * learned.factors["US"] * learned.factors["MR"]


def test_few_findings_hardly_move_it(plain):
    one = learn(plain[:1], P, jobs=1)
    assert one.breasts == 1
    for part in one.factors:
        assert one.low[part] < 1 < one.high[part]
        assert one.high[part] / one.low[part] > 2


def test_what_no_finding_tells_is_not_learned(plain):
    films = [
        type(b)(b.case_id, b.side, b.readings, tuple(replace(f, size_mm=None) for f in b.findings
                if f.modality == "MG"), b.shape)
        for b in plain[:4]
    ]  # fmt: skip
    assert set(learn(films, P, jobs=1).factors) == {"MG"}


def test_the_order_of_breasts_does_not_matter(plain):
    assert learn(plain[:4], P, jobs=1) == learn(plain[3::-1], P, jobs=1)


def test_breasts_that_cannot_tell_take_no_part(plain):
    alone = [type(b)(b.case_id, b.side, b.readings, b.findings[:1], b.shape) for b in plain]
    assert chosen(alone) == []
    assert all(len(b.findings) <= MOST_FINDINGS for b in chosen(plain))
    with pytest.raises(ValueError, match="no breast in which two exams found something"):
        learn(alone, P, jobs=1)


def test_a_breast_that_cannot_be_judged_stops_nothing(plain, monkeypatch):
    whole = spreads.log_evidence

    def fails(breast, *tables):
        if breast.case_id == plain[0].case_id:
            raise ZeroDivisionError
        return whole(breast, *tables)

    monkeypatch.setattr(spreads, "log_evidence", fails)
    assert learn(plain[:3], P, jobs=1).breasts == 2


# --- the command line -------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path, plain):
    keep = {b.case_id for b in sorted(plain, key=lambda b: len(b.findings))[:3]}
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
    for part, line in zip(PARTS, shown.output.splitlines()[1:], strict=False):
        assert re.fullmatch(part + r" +\d\.\d\d +\d\.\d\d to \d\.\d\d", line)
    usual, learned = judged(table), judged(table, "--spreads", "learn")
    assert judged(table, "--spreads", "1") == usual != learned
    (said,) = re.findall(r"--spreads (\S+=[^`]*)", shown.output.replace("\n", ""))
    close, exact = (
        pd.read_csv(BytesIO(t))["p_same"].to_numpy()
        for t in (judged(table, "--spreads", said), learned)
    )
    assert close == pytest.approx(exact, abs=0.02)  # two decimals of the factors


def test_what_was_learned_serves_a_single_case():
    seed = str(DATA / "seed_case.yaml")
    usual, narrow = corr("case", seed), corr("case", seed, "--spreads", "MG=0.6,US=0.6")
    assert usual.exit_code == narrow.exit_code == 0
    assert usual.output != narrow.output
    assert corr("case", seed, "--spreads", "1").output == usual.output
    for command in ("case", "report"):
        refused = corr(command, seed, "--spreads", "learn", "--out", "nowhere")
        assert refused.exit_code == 2
        assert "expected a factor" in refused.output


def test_a_part_of_a_table_learns_from_the_whole(table):
    whole = judged(table, "--spreads", "learn").decode().splitlines()
    parts = [judged(table, "--spreads", "learn", "--shard", f"{k}/2") for k in (1, 2)]
    rows = [line for part in parts for line in part.decode().splitlines()[1:]]
    assert sorted(rows) == sorted(whole[1:])


def scored(folder: Path, *more: str, lost: bool = False) -> str:
    files = [str(folder / "findings.csv"), "--breasts", str(folder / "breasts.csv")]
    truth = DATA / "simulated_cohort" / "truth.csv"
    result = corr("benchmark", *files, "--truth", str(truth), *more)
    assert result.exit_code == lost, result.output
    return result.output


def test_scores_with_learned_spreads_stand_beside_the_others(table):
    both = scored(table, "--out", str(table / "both"))
    (own, learned) = (
        next(k for k in both.splitlines() if k.startswith(m)) for m in (CORR, LEARNED)
    )
    assert own.split()[1:] != learned.split()[3:]
    scores = pd.read_csv(table / "both" / "scores.csv").set_index(["subset", "metric", "method"])
    asked = scored(table, "--spreads", "learn", "--out", str(table / "asked"))
    assert not any(line.startswith(LEARNED) for line in asked.splitlines())
    same = pd.read_csv(table / "asked" / "scores.csv").set_index(["subset", "metric", "method"])
    of_learned = scores.xs(LEARNED, level="method")["value"]
    assert of_learned.to_numpy() == pytest.approx(
        same.xs(CORR, level="method")["value"], nan_ok=True
    )


def test_input_problems_and_findings_without_truth_are_counted(table):
    rows = pd.read_csv(table / "findings.csv", dtype=str)
    rows.loc[len(rows)] = {"case_id": "x", "finding_id": "y"}
    rows.to_csv(table / "findings.csv", index=False)
    truth = pd.read_csv(DATA / "simulated_cohort" / "truth.csv", dtype=str)
    missing = rows["finding_id"].iloc[0]
    mine = truth[truth["finding_id"].isin(rows["finding_id"]) & (truth["finding_id"] != missing)]
    mine.to_csv(table / "truth.csv", index=False)
    said = scored(table, "--no-learned", "--truth", str(table / "truth.csv"), lost=True)
    assert "the input: 2 problems" in said
    assert f"{len(mine)} of {len(rows) - 1} findings have a truth" in said
    assert f"1 without are not scored ({missing})" in said
    assert "2 problems" in corr("spreads", str(table / "findings.csv")).output


@pytest.mark.parametrize(
    ("truth", "more", "why"),
    [
        (None, [], "truth.csv: cannot be read"),
        ("", [], "truth.csv: the file is empty"),
        ("finding_id;lesion_id\na;1\n", [], "semicolons"),
        ("finding_id,lesion_id\na,1\n", ["--folds", "0"], "--folds"),
    ],
)
def test_a_benchmark_that_cannot_be_says_so_before_judging(table, monkeypatch, truth, more, why):
    monkeypatch.setattr(spreads, "learn", None)
    if truth is not None:
        (table / "truth.csv").write_text(truth)
    result = corr(
        "benchmark", str(table / "findings.csv"), "--truth", str(table / "truth.csv"), *more
    )
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert why in result.output


def test_a_table_that_cannot_tell_is_scored_all_the_same(table, monkeypatch):
    monkeypatch.setattr(spreads, "MOST_FINDINGS", 1)
    assert LEARNED not in scored(table)


@pytest.mark.parametrize(
    "said",
    [
        "0",
        "-1",
        "nan",
        "wide",
        "100",
        "1,2",
        "CT=1",
        "US=1,US=1",
        "US=",
        "US=1,2",
        "US=99",
        "US=0.9,2",
        "film_mlo_lean_deg=",
        "us_scale=1,us_scale=1",
        "lesions_mean=1",
    ],
)
def test_a_factor_that_makes_no_sense_is_refused(table, said):
    result = corr("judge", str(table / "findings.csv"), "--out", str(table), "--spreads", said)
    assert result.exit_code == 2
    assert "expected a factor from 0.1 to 10" in result.output
