"""Women drawn as the constants say: the judgement's probabilities must be right on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from benchmarks.simulated.drawn import MOST_FINDINGS, World, draw
from benchmarks.simulated.worlds import AS_ASSUMED, WORLDS, excess, world_scores
from corr.judgement.judge import judge
from corr.parameters import load
from corr.validation.baselines import BaseRate
from corr.validation.measures import located
from corr.workers import in_workers

P = load()
COUNT, MOST = 100, 5
"""Breasts, and findings up to which they take part: those with more take most of the time."""
QUICK = {"grid_mm": 8.0, "error_nodes": 32}


@pytest.fixture(scope="module", params=[COUNT, pytest.param(300, marks=pytest.mark.campaign)])
def drawn(request):
    breasts, truth = draw(request.param, P, seed=7)
    return [b for b in breasts if len(b.findings) <= MOST], truth


def stated(breasts, truth, p):
    """Judgements, and every pair with what is true of it."""
    p = p if len(breasts) > COUNT else p.override(QUICK)
    judged = list(in_workers(partial(judge, p=p, bands=False), breasts))
    lesion = truth["lesion_id"]
    rows = [
        (j.breast.case_id, q.p_same, float(lesion[q.finding_a] == lesion[q.finding_b]))
        for j in judged
        for q in j.pairs
    ]
    return judged, pd.DataFrame(rows, columns=["case_id", "corr", "same"])


def off_sds(pairs):
    """By how many SDs probabilities are too sure, and too high."""
    beyond, sd = excess(pairs)
    high = (pairs["corr"] - pairs["same"]).groupby(pairs["case_id"]).sum().to_numpy()
    return beyond / sd, float(high.sum() / np.sqrt((high**2).sum()))


@pytest.fixture(scope="module")
def judged(drawn):
    return stated(*drawn, P)


def test_probabilities_are_right_where_the_assumptions_hold(judged):
    """Of the whole judgement: grid, errors, kernels, reports, groupings."""
    _, pairs = judged
    assert len(pairs) > 2.3 * pairs["case_id"].nunique()
    assert all(abs(z) < 3 for z in off_sds(pairs))


def test_groupings_are_right_as_often_as_stated(judged, drawn):
    lesion = drawn[1]["lesion_id"]
    p, right = [], []
    for j in judged[0]:
        of = [{lesion[name] for name in block} for block in j.groupings[0].blocks]
        p.append(j.groupings[0].p)
        right.append(all(len(x) == 1 for x in of) and len(set.union(*of)) == len(of))
    sd = np.sqrt(np.sum(np.multiply(p, np.subtract(1, p))))
    assert abs(sum(right) - sum(p)) < 3 * sd


def test_regions_hold_lesions_as_often_as_they_claim(judged, drawn):
    rows = pd.DataFrame([row for j in judged[0] for row in located(j, drawn[1])])
    for level in (0.5, 0.8, 0.95):
        inside = rows.groupby("case_id")[f"inside_{level:.0%}"].agg(["sum", "size"])
        off = (inside["sum"] - level * inside["size"]).to_numpy()
        # findings share lesions and errors of their exam; the volume is one of whole cells
        assert abs(off.sum()) < 3 * np.sqrt((off**2).sum()) + 0.02 * inside["size"].sum()


def mirrored(f):
    """A finding whose clock was read on the other breast."""
    return f if f.clock_h is None else replace(f, clock_h=(12.0 - f.clock_h[0] % 12.0,) * 2)


def test_wrong_judges_are_caught(drawn):
    """Broken twins: too sure, too cautious, too much taken for nothing, the clock mirrored."""
    breasts, truth = drawn
    many = len(breasts) > COUNT
    rates = {f"false_{m}": 20 * P[f"false_{m}"] for m in ("mg", "us", "mr")}
    other = [replace(b, findings=tuple(map(mirrored, b.findings))) for b in breasts]
    sure = off_sds(stated(breasts, truth, P.scale_spreads(0.3))[1])
    nothing = off_sds(stated(breasts, truth, P.override(rates))[1])
    misread = off_sds(stated(other, truth, P)[1])
    assert sure[0] > (3 if many else 2)
    assert nothing[1] < (-5 if many else -3)
    assert misread[0] > (3 if many else 2)
    if many:
        cautious = off_sds(stated(breasts, truth, P.scale_spreads(2.5))[1])
        assert cautious[1] > 1.5  # kinds and rates keep much of what the places lose


def test_the_same_seed_draws_the_same_women(drawn):
    breasts, truth = draw(20, P, seed=7)
    assert [b for b in breasts if len(b.findings) <= MOST] == [b for b in drawn[0] if b in breasts]
    pd.testing.assert_frame_equal(truth, drawn[1].loc[truth.index])
    assert draw(20, P, seed=8)[0] != breasts


def test_women_differ_in_exams_sides_sizes_and_what_is_left_out():
    breasts, truth = draw(200, P, seed=7)
    assert all(2 <= len(b.findings) <= MOST_FINDINGS for b in breasts)
    views = {r.view for b in breasts for r in b.readings}
    assert views == {"CC", "MLO", "ML", "STEREO", "ABUS", "SUPINE", None}
    assert set(Counter(b.side for b in breasts)) == {"L", "R"}
    assert truth.index.is_unique
    findings = [f for b in breasts for f in b.findings]
    assert set(truth.index) == {f.finding_id for f in findings}
    assert 0.05 < np.mean([f.kind is None for f in findings]) < 0.15
    assert 0.05 < np.mean([f.quadrant is not None for f in findings]) < 0.15
    assert 0.05 < np.mean([f.beam_mm is not None for f in findings]) < 0.25
    for b in breasts:
        of = Counter((f.reading_id, truth["lesion_id"][f.finding_id]) for f in b.findings)
        assert max(of.values()) == 1  # one finding of a lesion in each reading


WIDE = {"lesions_mean": 4, "mg_scale_sd": 0.15}


def shared_part(world):
    """How alike two films' errors are on lesions of one breast: correlation of what is left."""
    off = []
    breasts, truth = draw(100, P, replace(world, constants=world.constants | WIDE))
    for b in breasts:
        films = [f for f in b.findings if f.reading_id == "CC" and f.posterior_mm is not None]
        depths = [f.posterior_mm / truth.loc[f.finding_id, "posterior_mm"] for f in films]
        off += [(depths[0], depths[1])] if len(depths) > 1 else []
    one, other = np.log(np.clip(np.array(off).T, 0.2, 5.0))
    return np.corrcoef(one, other)[0, 1]


def test_what_a_world_changes_is_seen_in_its_findings():
    together, apart = shared_part(World()), shared_part(World(shared=False))
    assert together > 0.2
    assert apart < together - 0.15


def test_excess_by_hand():
    """Two women; at 0.8 and 0.2 the expected log-loss is 0.5004, at 0.5 it is ln 2."""
    pairs = pd.DataFrame({"case_id": ["a", "b"], "corr": [0.8, 0.5], "same": [1.0, 0.0]})
    beyond, sd = excess(pairs)
    assert beyond == pytest.approx((-np.log(0.8) - 0.500402) / 2, abs=1e-6)
    assert sd == pytest.approx(abs(-np.log(0.8) - 0.500402) / 2, abs=1e-6)


def test_scores_of_a_world(monkeypatch):
    """A judge who is told the constants of the world is there only where they differ."""
    world = WORLDS["spreads 0.7 times as large"]
    monkeypatch.setattr("benchmarks.simulated.worlds.LEARNED_FROM", 3)
    told = world_scores(
        8, world, P.override(QUICK), methods={"base rate": BaseRate}, map_breasts=in_workers
    )
    assert told["breasts"] == 8
    assert 0 < told["log_loss_told"] != told["log_loss"] != told["log_loss_learned"] > 0
    assert told["rule"] == "base rate"
    assert told["log_loss_rule"] > told["log_loss"]
    assert WORLDS[AS_ASSUMED].table(P) is P
    same = [w for w in WORLDS.values() if not (w.constants or w.times) and w.spreads == 1.0]
    assert all(w.table(P) is P for w in same)
    assert WORLDS["three times as many lesions"].table(P)["lesions_mean"] == 3 * P["lesions_mean"]
