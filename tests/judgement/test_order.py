"""Names must not matter; what exams of one kind share comes back each time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corr import parameters
from corr.judgement.judge import judge
from corr.judgement.order import in_order
from corr.records import Breast, Finding, Reading
from tests.builders.examples import few

P = parameters.load().override({"grid_mm": 10.0})
CC = Reading("CC", "MG", "MG-CC", "CC", 0.0, study="MG")
MLO = Reading("MLO", "MG", "MG-MLO", "MLO", 45.0, study="MG")
US, MR = Reading("US", "US", "US"), Reading("MR", "MR", "MR")
FINDINGS = (
    Finding("a", "CC", "MG", "mass", size_mm=9.0, posterior_mm=40.0, transverse_mm=20.0),
    Finding("b", "CC", "MG", "calcification", posterior_mm=25.0, transverse_mm=-15.0),
    Finding("c", "MLO", "MG", "mass", posterior_mm=42.0, transverse_mm=18.0, same_as="a"),
    Finding("d", "US", "US", "mass", clock_h=(9.0, 9.0), fn_mm=30.0, targeted_at="e"),
    Finding("d2", "US", "US", "mass", clock_h=(9.0, 9.0), fn_mm=30.0),
    Finding("e", "MR", "MR", "mass", lateral_mm=18.0, superior_mm=2.0, posterior_mm=45.0),
    Finding("f", "MR", "MR", "nme", size_mm=12.0, quadrant="UIQ"),
)
BREAST = Breast("c", "R", (CC, MLO, US, MR), FINDINGS)


def renamed(b: Breast, names: list[int], turn: int) -> tuple[Breast, dict[str, str]]:
    """The same breast under other names, listed in another order."""
    ids = {f.finding_id: f"f{n}" for f, n in zip(b.findings, names, strict=False)}
    exams = {r.reading_id: f"r{n}" for r, n in zip(b.readings, reversed(names), strict=False)}
    findings = [
        replace(
            f, finding_id=ids[f.finding_id], reading_id=exams[f.reading_id],
            same_as=ids.get(f.same_as or ""), targeted_at=ids.get(f.targeted_at or ""),
        )
        for f in b.findings
    ]  # fmt: skip
    readings = [replace(r, reading_id=exams[r.reading_id], exam_id=exams[r.reading_id],
                        study=f"s{names[0]}" if r.study else "") for r in b.readings]  # fmt: skip
    mixed = (*findings[turn:], *findings[:turn]), (*readings[turn:], *readings[:turn])
    return replace(b, findings=mixed[0], readings=mixed[1]), ids


@few(5)
@given(st.permutations(range(10, 20)), st.integers(0, 4))
def test_names_and_order_change_nothing(names, turn):
    other, ids = renamed(BREAST, list(names), turn)
    ours, theirs = judge(BREAST, P), judge(other, P)
    for q in ours.pairs:
        same = theirs.pair(ids[q.finding_a], ids[q.finding_b])
        assert (q.p_same, q.p_low, q.p_high) == pytest.approx(
            (same.p_same, same.p_low, same.p_high), abs=1e-9
        )


def test_a_value_that_moves_a_little_moves_no_reading():
    for k, f in enumerate(FINDINGS):
        moved = replace(f, size_mm=(f.size_mm or 8.0) + 0.5)
        other = replace(BREAST, findings=(*FINDINGS[:k], moved, *FINDINGS[k + 1 :]))
        assert [r.reading_id for r in in_order(other).readings] == [
            r.reading_id for r in in_order(BREAST).readings
        ]


def twice(reading: Reading, **stated) -> tuple[float, float]:
    """P(same) of two findings of one kind of exam at two dates, and of one pair at one place."""
    first, second = (
        replace(reading, reading_id=str(k), exam_id=str(k), order=k, study=str(k)) for k in (1, 2)
    )
    place, other = ({k: v[i] for k, v in stated.items()} for i in (0, 1))
    judged = []
    for there in (place, other):
        findings = (
            Finding("x", "1", reading.modality, "mass", size_mm=10.0, **place),
            Finding("y", "2", reading.modality, "mass", size_mm=10.0, **there),
        )
        judged.append(judge(Breast("c", "R", (first, second), findings), P, bands=False).pairs[0])
    return judged[1].log10_location, judged[0].log10_location


@pytest.mark.parametrize(
    ("reading", "stated"),
    [
        (MR, {"lateral_mm": (25.0, -5.0), "superior_mm": (20.0,) * 2, "posterior_mm": (40.0,) * 2}),
        (US, {"clock_h": ((10.0, 10.0), (10.0, 10.0)), "fn_mm": (20.0, 70.0)}),
        (CC, {"posterior_mm": (45.0, 45.0), "transverse_mm": (30.0, -10.0)}),
    ],
    ids=["MR", "US", "CC"],
)  # fmt: skip
def test_two_exams_of_one_kind_share_pose_and_shape(reading, stated):
    """30-50 mm apart is not one place for them, one place is."""
    apart, together = twice(reading, **stated)
    assert apart < -0.3
    assert together > 0.8
