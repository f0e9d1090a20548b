"""Systematic faults that a table of findings tells by itself. Drawn women: simulated."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.simulated import drawn
from corr.cli import app
from corr.judgement.beliefs import ROUGH
from corr.judgement.order import in_order
from corr.judgement.quadrature import weighed
from corr.judgement.weights import Weights
from corr.learning import spreads
from corr.learning.learnable import SYSTEMATIC, moved_modalities, tells
from corr.learning.mates import compare
from corr.learning.residual_lines import lines
from corr.learning.residuals import Residual, residuals
from corr.learning.spreads import learn, log_evidence, read_factors, scaled
from corr.parameters import load
from corr.show.figures.residual_plot import figure_residuals, shown_lines
from corr.tables import read_findings

DATA = Path(__file__).parents[2] / "data"
P = load()
UPRIGHT = P.override({"film_mlo_lean_deg": 0.0})
"""What the judge thinks of obliques that lean by 20 degrees."""
PAIRS, SOME = 65, 30
"""Breasts of the residuals, and of what is learned, which takes longer."""


@pytest.fixture(scope="module")
def films():
    """Breasts with one lesion each, on the CC and on the MLO."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawn, "HAD", {"CC": 1.0, "MLO": 1.0})
        breasts, truth = drawn.draw(4 * PAIRS, P, seed=3)
    pairs = []
    for b in breasts:
        found = [f for f in b.findings if None not in (f.posterior_mm, f.transverse_mm)]
        for f in found:
            mates = [
                g for g in found
                if truth["lesion_id"][g.finding_id] == truth["lesion_id"][f.finding_id]
            ]  # fmt: skip
            if {g.reading_id for g in mates} == {"CC", "MLO"}:
                both = {g.reading_id: g for g in mates}
                pairs.append(replace(b, findings=(both["CC"], both["MLO"])))
                break
    assert len(pairs) >= PAIRS
    return pairs[:PAIRS]


@pytest.fixture(scope="module")
def rows(films):
    return residuals(films, UPRIGHT, scaled(UPRIGHT, {"film_mlo_lean_deg": 20.0}), jobs=1)


@pytest.fixture(scope="module")
def learned(films):
    return learn(films[:SOME], UPRIGHT, jobs=1)


@pytest.fixture(scope="module")
def cohort():
    folder = DATA / "simulated_cohort"
    breasts = read_findings(folder / "findings.csv", folder / "breasts.csv").breasts
    return [b for b in breasts if {"US", "MR"} <= {f.modality for f in b.findings}]


def test_a_lean_that_the_constants_lack_is_named(rows):
    """Real films: -0.31 mm per mm; 20 degrees turn height into so much depth."""
    (line,) = (k for k in lines(rows) if (k.pair, k.coordinate) == ("CC-MLO", "depth"))
    assert "height" in line.excluded
    best, low, high = line.interval("height")
    assert -0.5 < low < best < high < -0.1
    said = line.sentence("height")
    assert "depth on MLO falls with height" in said
    assert "film_mlo_lean_deg" in said


def test_where_the_constants_hold_nothing_is_named(films):
    found = lines(residuals(films[:SOME], P, P, jobs=1))
    assert {k.pair for k in found} == {"CC-MLO"}
    assert not any(k.excluded for k in found)


def test_a_bias_is_learned_as_such_and_not_as_noise(films, learned):
    """Broken twin: without systematic parts the factor holds the lean."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spreads, "SYSTEMATIC", {})
        patch.setattr(spreads, "compare", lambda *_, **__: None)
        noise = learn(films[:SOME], UPRIGHT, jobs=1)
    assert noise.factors["MG"] > 1.3
    assert noise.values == {}
    assert learned.factors["MG"] == pytest.approx(1.0, abs=0.25)
    low, high = learned.low["film_mlo_lean_deg"], learned.high["film_mlo_lean_deg"]
    assert 5.0 < low < learned.values["film_mlo_lean_deg"] < high < 35.0
    assert any("film_mlo_lean_deg" in said for said in learned.notable)
    assert set(learned.values) == {"film_mlo_lean_deg", "film_mlo_depth_over_cc"}


def test_few_women_move_no_constant_far(films):
    one = learn(films[:1], UPRIGHT, jobs=1)
    for name, (value, low, high) in one.value_rows:
        row = UPRIGHT.table[name]
        assert abs(value - row.value) < row.spread
        assert low < row.value < high


def test_what_was_learned_is_read_as_it_is_written(learned):
    said = read_factors(learned.option)
    assert said == pytest.approx(learned.changes, rel=0.02)
    wrong = scaled(P, said)
    assert wrong["film_mlo_lean_deg"] == said["film_mlo_lean_deg"]
    assert wrong["mg_roll_sd_deg"] == P["mg_roll_sd_deg"] * said["MG"]
    for text in ("film_mlo_lean_deg=90", "us_scale=nan"):
        with pytest.raises(ValueError, match="allowed"):
            read_factors(text)


def swapped(breasts, of_four):
    """In so many of four breasts the oblique shows another woman's finding."""
    out = []
    for k, b in enumerate(breasts):
        own, other = b.findings[1], breasts[(k + 7) % len(breasts)].findings[1]
        theirs = replace(other, finding_id=own.finding_id)
        out.append(replace(b, findings=(b.findings[0], theirs if k % 4 < of_four else own)))
    return out


def test_findings_of_different_lesions_are_told_from_one_lesion(films, learned):
    """Spreads learned from three quarters swapped: all would be one lesion."""
    wide = scaled(P, {"MG": 3.0, "size": 1.7})
    mixed = compare(swapped(films[:SOME], 3), P, wide, jobs=1)
    assert mixed.stated > 0.6
    assert mixed.high < mixed.stated
    assert "Most findings of this table seem to be of different lesions" in mixed.warning
    assert mixed.warning in replace(learned, mates=mixed).report
    true = compare(films[:SOME], P, P, jobs=1)
    assert true.agree > 0.7 > 0.3 > true.swapped
    assert true.warning == ""
    edge = replace(learned, factors={"MG": 3.0}, values={})
    assert "largest that is tried" in edge.report


def test_what_the_constants_do_not_move_is_not_done_again(cohort):
    """Evidence with parts taken over is that with nothing taken over."""
    changes = [{"MG": 1.2}, {"US": 0.8}, {"MR": 1.2}, {"size": 1.2}, {"mr_scale": 1.05}]
    tables = [P, *(scaled(P, c) for c in changes)]
    breast = min(cohort, key=lambda b: len(b.findings))
    own = weighed(in_order(breast), P)
    whole = [Weights(own.breast, p, own.nodes, ROUGH, model=own.places.model) for p in tables]
    expected = [np.log(w.full.evidence.sum()) for w in whole]
    assert log_evidence(breast, tables, P) == pytest.approx(expected, abs=1e-6)


def test_constants_move_the_places_of_their_modality(cohort):
    for name in SYSTEMATIC:
        moved = moved_modalities(cohort[0], P, scaled(P, {name: P[name] + 0.01}))
        of = {"film": {"MG", "CEM"}, "us": {"US"}, "mr": {"MR"}}  # both are films
        assert moved == of[name.split("_")[0]]
    below_skin = replace(cohort[0].findings[0], modality="MR", depth_mm=10.0)
    with_depth = replace(cohort[0], findings=(below_skin,))
    assert moved_modalities(with_depth, P, scaled(P, {"US": 2.0})) == {"US", "MR"}
    assert tells(cohort[0], "mr_scale")


def test_the_plot_shows_the_slope_that_stands_out(films, rows):
    found = lines(rows)
    assert (found[0].pair, shown_lines(found)[0][0].pair) == ("CC-MLO", "CC-MLO")
    assert any(of == "height" for line, of in shown_lines(found) if line.coordinate == "depth")
    figure = figure_residuals(rows, residuals(films[:SOME], P, P, jobs=1), found)
    titles = [ax.get_title() for ax in figure.axes[:2]]
    assert titles[0].startswith("the constants as they are")
    assert titles[1].startswith("with what was learned")
    assert figure_residuals([], [], []).texts  # says that there is nothing to show


def test_the_command_prints_and_writes_residuals(tmp_path, monkeypatch, learned, rows):
    monkeypatch.setattr(spreads, "learn", lambda *_, **__: learned)
    monkeypatch.setattr("corr.learning.residuals.residuals", lambda *_, **__: rows)
    table = DATA / "simulated_cohort" / "findings.csv"
    result = CliRunner().invoke(app, ["spreads", str(table), "--out", str(tmp_path / "new")])
    assert result.exit_code == 0, result.output
    assert "lean of the oblique" in result.output
    assert "depth on MLO falls with height" in result.output
    with (tmp_path / "new" / "residuals.csv").open() as file:
        written = list(csv.DictReader(file))
    assert len(written) == len(rows)
    assert tuple(written[0]) == Residual._fields
    assert (tmp_path / "new" / "residuals.png").stat().st_size > 10_000
