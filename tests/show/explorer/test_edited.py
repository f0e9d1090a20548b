"""Adding, deleting, an empty case, undo and redo: the explorer's state without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from corr.case.casefile import read_case
from corr.show.explorer.state import Explored, empty_case
from tests.show.explorer.test_explore import SOURCES, explored, saved_is_same

US = "R-US-mass"


def exam(x: Explored, words: str):
    return next(e for e in x.exams if words in e.words)


def test_an_empty_case_is_filled_judged_and_saved(tmp_path: Path):
    x = Explored(empty_case("mine"), "R")
    assert x.sides == ("R", "L")
    assert (x.finding_ids, x.judgement().pairs, x.differences()) == ((), (), ())
    with pytest.raises(ValueError, match="no finding is switched on"):
        x.save(tmp_path / "mine.yaml")
    film = x.add(exam(x, "mammogram CC"), "mass")
    us = x.add(exam(x, "ultrasound"), "mass")
    assert (film, us) == ("R-MG-1", "R-US-1")
    x.place(film, posterior_mm=40.0, transverse_mm=20.0)
    near = x.judgement(band=False).pair(film, us).p_same
    x.place(us, clock=9.0, fn_cm=4.0)
    assert x.judgement(band=False).pair(film, us).p_same > near
    x.place(us, clock=3.0)
    assert x.judgement(band=False).pair(film, us).p_same < near
    case = saved_is_same(x, tmp_path / "mine.yaml")
    assert case.case_id == "mine"
    assert not [p for p in case.problems if p.action == "rejected"]


@pytest.mark.parametrize("name", SOURCES)
def test_a_finding_joins_the_exam_it_is_added_to(name: str, tmp_path: Path):
    """No exam that is there already becomes two; a new one becomes one more."""
    x = explored(name)
    before = {r.reading_id for r in x.written.readings}
    for choice in x.exams:
        added = x.add(choice, "mass")
        readings = {r.reading_id for r in x.written.readings}
        if choice.words.endswith(", new"):
            assert len(readings) == len(before) + 1, choice
        else:
            assert readings == before, choice
        assert x.finding(added).kind == "mass"
        assert x.finding(added).reading_id in readings
        saved_is_same(x, tmp_path / "a.yaml")
        x.undo()
    assert x.breast == x.original


def test_a_deleted_finding_leaves_its_exam_done(tmp_path: Path):
    x = explored("seed R")
    x.place(US, clock=1.0)
    x.delete(US)
    assert US not in x.finding_ids
    assert {f.finding_id for f in x.breast.findings} == set(x.finding_ids)
    assert [r.reading_id for r in x.breast.readings] == [r.reading_id for r in x.original.readings]
    assert [str(d) for d in x.differences()] == [f"{US}: reported \N{RIGHTWARDS ARROW} deleted"]
    with pytest.raises(KeyError, match="no finding 'R-US-mass'"):
        x.place(US, clock=2.0)
    assert US not in str(saved_is_same(x, tmp_path / "a.yaml").rows)
    x.undo()
    assert x.finding(US).clock_h == (1.0, 2.0)


def test_an_added_finding_that_is_deleted_leaves_nothing():
    x = explored("seed R")
    added = x.add(exam(x, "contrast mammogram MLO"), "nme")
    x.place(added, posterior_mm=20.0, transverse_mm=0.0)
    assert len(x.breast.readings) == len(x.original.readings) + 1
    x.delete(added)
    assert x.breast == x.original
    assert x.differences() == ()
    with pytest.raises(ValueError, match=r"'cyst' is no finding of .*nme"):
        x.add(exam(x, "contrast mammogram MLO"), "cyst")


def test_undo_takes_back_a_gesture_and_redo_does_it_again():
    x = explored("seed R")
    assert not x.undo()
    for hour in (8.0, 9.0, 10.0):
        x.place(US, clock=hour)  # one slider, moved without a rest
    x.history.settle()
    x.place(US, clock=11.0)
    x.switch("R-MR-enh", on=False)
    x.assume("pose", 1.5)
    kept = x.breast, x.parameters
    seen = [x.differences()]
    while x.undo():
        seen.append(x.differences())
    assert [len(d) for d in seen] == [3, 2, 1, 1, 0]
    assert seen[3][0].now == "10-11"
    assert x.breast == x.original
    while x.redo():
        pass
    assert (x.breast, x.parameters) == kept
    x.undo()
    x.place(US, clock=3.0)  # another way from here: what was taken back is gone
    assert x.history.can == (True, False)


def test_a_gesture_that_comes_back_is_no_step_and_reset_can_be_undone():
    x = explored("seed R")
    for hour in (8.0, 9.0, 7.0):
        x.place(US, clock=hour)
    assert x.history.can == (False, False)
    x.place(US, clock=2.0)
    x.reset()
    assert x.differences() == ()
    x.undo()
    assert [d.now for d in x.differences()] == ["2-3"]


def test_what_is_on_the_other_side_stays_in_the_saved_case(tmp_path: Path):
    x = explored("seed R")
    x.add(exam(x, "ultrasound"), "cyst")
    case = read_case(x.save(tmp_path / "a.yaml"))
    left = [next(b for b in c.breasts if b.side == "L") for c in (case, x.case)]
    assert left[0] == left[1]
