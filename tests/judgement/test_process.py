"""The second answer: parts of one contiguous process, beside one lesion."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corr import parameters
from corr.judgement.judge import judge
from corr.judgement.process import extent_mm
from corr.records import Breast, Finding, Reading
from corr.show.pages.tables import PROCESS, answer_table

P = parameters.load().override({"grid_mm": 8.0})
US, MR = Reading("US", "US", "US"), Reading("MR", "MR", "MR")
NME = Finding("e", "MR", "MR", "nme", size_mm=70.0, lateral_mm=20.0, superior_mm=20.0,
              posterior_mm=40.0)  # fmt: skip
MASS = Finding("m", "US", "US", "mass", size_mm=9.0, clock_h=(10.0, 10.0), fn_mm=30.0)


def judged(*findings: Finding):
    return judge(Breast("c", "R", (US, MR), findings), P, bands=False)


@pytest.mark.parametrize(
    ("finding", "mm"),
    [
        (NME, 35.0),
        (MASS, 0.0),
        (replace(NME, size_mm=None), 0.0),
        (replace(MASS, count_min=3, count_max=None), 4.5),
        (replace(MASS, kind="echogenic_foci"), 4.5),
    ],
)
def test_only_what_extends_has_an_extent(finding: Finding, mm: float):
    assert extent_mm(finding) == mm


def test_a_mass_within_an_extent_is_part_of_its_process_though_it_is_not_it():
    inside = judged(NME, MASS)
    outside = judged(NME, replace(MASS, clock_h=(4.0, 4.0), fn_mm=60.0))
    small = judged(replace(NME, size_mm=8.0), MASS)
    (p, q, s), gain = [j.pairs[0] for j in (inside, outside, small)], 0.3
    share = [(x.p_one_process - x.p_same) / (1 - x.p_same) for x in (p, q, s)]
    assert share[0] > gain > share[1]
    assert share[0] > gain > share[2]
    assert p.p_same <= p.p_one_process <= 1
    assert PROCESS in answer_table(inside)


def test_two_masses_are_one_process_where_they_are_one_lesion():
    bodies = judged(replace(NME, kind="mass", size_mm=9.0), MASS)
    (q,) = bodies.pairs
    assert q.p_one_process == q.p_same
    assert PROCESS not in answer_table(bodies)
