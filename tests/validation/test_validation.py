"""Benchmark tables and pictures of the validation page."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import committed
from benchmarks import pictures as validation
from benchmarks.published import checks
from benchmarks.simulated.worlds import AS_ASSUMED, WORLDS, world_rows
from corr.show.figures.parts.palette import figure_of
from corr.validation.measures import CORR, LEARNED

ROOT = Path(__file__).parents[2]
COHORTS = ("simulated_cohort", "simulated_cohort_hard")
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def results() -> dict[str, committed.CohortResult]:
    return {name: committed.read_results(ROOT / "benchmarks" / name) for name in COHORTS}


def test_committed_results_are_small_and_hold_no_single_pair():
    files = [f for f in (ROOT / "benchmarks").rglob("*") if f.is_file()]
    assert files
    assert [f.name for f in files if f.stat().st_size > MOST_BYTES] == []
    assert "pairs.csv" not in {f.name for f in files}


@pytest.mark.parametrize("count", [3, pytest.param(12, marks=pytest.mark.campaign)])
def test_judging_anew_gives_what_is_committed(
    results: dict[str, committed.CohortResult], tmp_path: Path, count: int
):
    """The same tables; of a few women with few findings here."""
    data = ROOT / "data"
    found = pd.read_csv(data / COHORTS[1] / "findings.csv", dtype=str)["case_id"].value_counts()
    women = sorted(found[found.between(4, 7)].index)[:count]
    for name in ("findings", "breasts"):
        rows = pd.read_csv(data / COHORTS[1] / f"{name}.csv", dtype=str)
        rows[rows["case_id"].isin(women)].to_csv(tmp_path / f"{name}.csv", index=False)
    truth = data / COHORTS[0] / "truth.csv"
    anew = committed.judge_anew(tmp_path / "findings.csv", tmp_path / "breasts.csv", truth)
    for field in fields(anew):
        mine, kept = (getattr(x, field.name) for x in (anew, results[COHORTS[1]]))
        assert list(mine.columns) == list(kept.columns), field.name
        assert len(mine), field.name
    assert {CORR, LEARNED} <= set(anew.scores["method"])
    assert 0 < committed.exact_share(anew) <= 1


def test_a_missing_result_says_how_to_make_it(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"no scores\.csv .* `make benchmark`"):
        committed.read_results(tmp_path)


@pytest.mark.parametrize("name", COHORTS)
def test_reliability_bins_hold_every_pair(results: dict[str, committed.CohortResult], name: str):
    result = results[name]
    scored = result.scores.set_index(["method", "subset", "metric"])
    for method in committed.DRAWN:
        bins = result.reliability[result.reliability["method"] == method]
        assert bins["n"].sum() == scored.loc[(method, "all", "log_loss"), "n"]
        kept = bins[bins["n"] > 0]
        gap = (kept["n"] * (kept["observed"] - kept["mean_p"]).abs()).sum() / kept["n"].sum()
        assert gap == pytest.approx(scored.loc[(method, "all", "ece"), "value"], abs=1e-3)


@pytest.mark.parametrize("name", COHORTS)
def test_scores_beside_a_calibrated_judge_are_those_of_the_benchmark(
    results: dict[str, committed.CohortResult], name: str
):
    """And say what the page and benchmarks/README.md say of them."""
    table = committed.against_calibrated(
        committed.read_table(ROOT / "benchmarks", "calibrated_scores")
    )
    here = table[table["cohort"] == name].set_index("metric")
    scored = results[name].scores.set_index(["method", "subset", "metric"])["value"]
    for metric, observed in here["observed"].items():
        assert observed == pytest.approx(scored["corr", "all", metric], rel=1e-3)
    words = here.loc[["log_loss", "slope", "exact_groupings"], "observed_is"].tolist()
    assert (
        words
        == {
            "simulated_cohort": ["below", "above", "inside"],
            "simulated_cohort_hard": ["inside", "inside", "inside"],
        }[name]
    )
    assert here["expected"]["ece"] == pytest.approx(0.02, abs=0.005)


def test_where_a_score_lies_by_hand():
    table = pd.DataFrame({"observed": [0.1, 0.2, 0.4], "low": 0.2, "high": 0.3})
    assert committed.against_calibrated(table)["observed_is"].tolist() == [
        "below", "inside", "above",
    ]  # fmt: skip


def test_the_closest_baseline_is_the_one_with_the_smallest_gain():
    differences = pd.DataFrame(
        [
            ("a", "all", -0.2, -0.3, -0.1, 9),
            ("b", "all", -0.1, -0.3, 0.02, 9),
            ("a", "MG-US", -0.2, -0.3, -0.1, 9),
            ("b", "MG-US", -0.3, -0.4, -0.2, 9),
        ],
        columns=["baseline", "subset", "log_loss_difference", "lo", "hi", "n"],
    )
    empty = pd.DataFrame()
    result = committed.CohortResult(empty, differences, empty, empty, empty, empty)
    closest = committed.closest_baseline(result).set_index("subset")
    assert closest["baseline"].to_dict() == {"all": "b", "MG-US": "a"}
    assert closest["beats_all"].to_dict() == {"all": "no", "MG-US": "yes"}


def test_landmark_rows_by_hand():
    columns = ["metric", "subset", "method", "value", "lo", "hi", "n"]
    lines = [
        ("auc", "all", "corr", 0.9234, 0.9, 0.95, 70),
        ("auc", "without nodes", "corr", 0.9, np.nan, np.nan, 41),
        ("auc", "all", "logistic", 0.87, 0.8, 0.9, 70),
    ]
    rows = committed.landmark_rows(pd.DataFrame(lines, columns=columns))
    assert rows.to_numpy().tolist() == [
        ["auc", "corr", "0.923 (0.9 to 0.95)", "0.9"],
        ["auc", "logistic", "0.87 (0.8 to 0.9)", ""],
    ]


def test_without_landmarks_the_committed_table_is_shown_or_none(tmp_path: Path):
    assert committed.landmark_table(tmp_path, None).empty


def test_the_answer_names_simulation_and_what_was_not_tested(
    results: dict[str, committed.CohortResult],
):
    said = committed.answer(*results.values(), checks.published_checks(), pd.DataFrame())
    assert said.count(".") - said.count("0.") == 1  # one sentence
    assert "simulated" in said
    assert "nothing of this has been tested" in said
    lines = [
        ("matching: AUC", "all", "corr", 0.92),
        ("pose: AUC", "all", "corr, whole breast", 0.9),
        ("pose: AUC", "all", "affine Gaussian", 0.95),
        ("pose: log-loss at even odds", "all", "corr, whole breast", 0.24),
        ("pose: log-loss at even odds", "all", "affine Gaussian", 0.28),
    ]
    real = pd.DataFrame(lines, columns=["metric", "subset", "method", "value"])
    said = committed.answer(*results.values(), checks.published_checks(), real)
    assert "AUC of 0.92" in said
    assert "0.90 (log-loss at even odds 0.24) beside 0.95 (0.28)" in said


def test_pictures_show_what_they_were_given(results: dict[str, committed.CohortResult]):
    plain = results[COHORTS[0]]
    bars = validation.plot_log_loss(plain)
    shown = [label.get_text() for label in bars.get_xticklabels()]
    assert shown[:5] == ["all", "film-film", "film-MRI", "film-US", "US-MRI"]
    heights = [p.get_height() for p in bars.patches[: len(shown)]]
    assert heights == pytest.approx(committed.score_table(plain, "log_loss").loc["corr"].tolist())
    curves = validation.figure_reliability(results)
    assert [ax.get_title() for ax in curves.axes] == list(COHORTS)
    assert len(validation.figure_coverage(results).axes) == 2
    assert figure_of(validation.plot_sensitivity(plain)) is not None


def test_a_check_outside_is_drawn_outside_and_as_a_diamond():
    found = checks.published_checks()[:1]
    inside = [replace(c, ours=(c.low + c.high) / 2, inside=True) for c in found]
    outside = [replace(c, ours=3 * c.high, inside=False) for c in found]
    good, bad = (validation.plot_checks(c).lines[3] for c in (inside, outside))
    assert (good.get_marker(), bad.get_marker()) == ("o", "D")
    assert bad.get_xdata()[0] > 2 * good.get_xdata()[0]


@pytest.fixture(scope="module")
def drawn() -> pd.DataFrame:
    return committed.read_table(ROOT / "benchmarks", "drawn_women")


def test_what_is_stated_comes_true_where_the_world_is_as_assumed(drawn: pd.DataFrame):
    """Committed results of the whole judgement, as `tests/test_drawn.py` asks of fewer women."""
    row = drawn.set_index("world").loc[AS_ASSUMED]
    assert row["breasts"] >= 1000
    assert abs(row["excess"]) < 2.5 * row["excess_sd"]
    assert row["slope_lo"] < 1 < row["slope_hi"]
    assert row["exact_groupings"] == pytest.approx(row["exact_stated"], abs=0.03)
    assert row["held_80"] == pytest.approx(0.8, abs=0.03)


def test_every_world_is_judged_and_shown(drawn: pd.DataFrame):
    assert drawn["world"].tolist() == list(WORLDS)
    assert (drawn["log_loss"] < drawn["log_loss_rule"]).all()
    told = drawn.dropna(subset="log_loss_told")
    assert (told["log_loss_told"] < told["log_loss"] + 0.01).all()
    rows = world_rows(drawn)
    assert rows.astype(str).map(lambda text: "nan" not in text.lower()).all(axis=None)


def test_worlds_off_what_was_stated_stand_out():
    """By hand: one is where it is expected, one far beyond; nobody was told the first world."""
    table = pd.DataFrame(
        {
            "world": ["as stated", "too sure"],
            "log_loss": [0.2, 0.4],
            "excess": [0.01, 0.2],
            "excess_sd": [0.02, 0.02],
            "log_loss_told": [np.nan, 0.25],
        }
    )
    ax = validation.plot_worlds(table)
    by_label = {line.get_label(): np.asarray(line.get_xdata()) for line in ax.lines}
    assert by_label["corr, as expected"].tolist() == [0.2]
    assert by_label["corr, not as expected"].tolist() == [0.4]
    assert by_label["expected from what was stated"] == pytest.approx([0.19, 0.2])
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([4 * 1.96 * 0.01] * 2)
