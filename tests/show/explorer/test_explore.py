"""The explorer's state without a browser: edits, reset, what differs, and the saved case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from corr import parameters
from corr.case.casefile import Case, read_case
from corr.case.open import open_case
from corr.cli import app
from corr.judgement.judge import judge
from corr.problems import InputError
from corr.show.explorer.state import Explored
from corr.show.explorer.state.assumptions import ASSUMPTIONS, overrides
from corr.show.explorer.state.history import Changes
from corr.show.figures import film_plane
from tests.builders.examples import few

ROOT = Path(__file__).parents[3]
SEED = ROOT / "data" / "seed_case.yaml"
COHORT = ROOT / "data" / "simulated_cohort"
FINDINGS, BREASTS = COHORT / "findings.csv", COHORT / "breasts.csv"
SEED_CASE = open_case(SEED)
MIXED = "D0003"  # films with stated angles, ultrasound, and MRI in patient coordinates
MIXED_CASE = open_case(FINDINGS, MIXED, breasts=BREASTS)
SECOND_SAYINGS: dict[str, tuple[dict[str, str], ...]] = {
    "findings": tuple(
        {"case_id": "W", "breast": "R", **row}
        for row in (
            {"finding_id": "film", "modality": "MG", "exam_id": "MG", "view": "MLO", "kind": "mass",
             "row": "900", "col": "700.123456789", "nipple_row": "1000", "nipple_col": "100",
             "row_spacing_mm": "0.1", "col_spacing_mm": "0.1", "patient_orientation": "P\\FL",
             "view_angle_deg": "45", "words": '{"kind": "a mass"}'},
            {"finding_id": "far", "modality": "MG", "exam_id": "MG", "view": "XCCL",
             "posterior_mm": "40", "transverse_mm": "10", "clock": "9"},
            {"finding_id": "us", "modality": "US", "exam_id": "US", "targeted_at": "film",
             "same_as": "film", "size_mm": "9.123456789012",
             "text": "two masses at 10 o'clock 3-4 cm from the nipple, 12 mm deep"},
            {"finding_id": "mri", "modality": "MR", "exam_id": "MR", "kind": "nme",
             "mr_l_mm": "-95.3", "mr_p_mm": "12.1", "mr_s_mm": "30", "mr_nipple_l_mm": "-75",
             "mr_nipple_p_mm": "-40.7", "mr_nipple_s_mm": "0", "lateral_mm": "80",
             "clock": "9-10", "chestwall_mm": "12", "fn_cm": "nearly 3"},
        )
    ),
    "breasts": (),
    "exams": (),
}  # fmt: skip
"""Places said in pixels, patient coordinates and sentences, some of them twice or in vain."""
SAID_CASE = Case("W", "W", (), (), cells=SECOND_SAYINGS)
SOURCES = {
    "seed R": (SEED_CASE, "R"),
    "seed L": (SEED_CASE, "L"),
    "mixed": (MIXED_CASE, "L"),
    "said": (SAID_CASE, "R"),
}

FIRST = """
case_id: words
exams:
- {breast: R, modality: US, exam_id: US, done: 1}
findings:
- {finding_id: film, breast: R, modality: MG, exam_id: MG, view: MLO, kind: mass, row: 900,
   col: 700, nipple_row: 1000, nipple_col: 100, row_spacing_mm: 0.1, col_spacing_mm: 0.1,
   patient_orientation: P\\FL, view_angle_deg: 45, words: {kind: "a mass"}}
- {finding_id: us, breast: R, modality: US, exam_id: US, targeted_at: film, same_as: film,
   text: mass at 10 o'clock 4 cm from the nipple measuring 9 x 6 mm}
- {finding_id: mri, breast: R, modality: MR, exam_id: MR, kind: mass, clock: 9-10}
"""


SEEN_TWICE = """
case_id: mirrored
findings:
- {finding_id: film, breast: SIDE, modality: MG, exam_id: MG, view: CC, kind: mass,
   posterior_mm: 40, transverse_mm: -20}
- {finding_id: us, breast: SIDE, modality: US, exam_id: US, kind: mass, clock: 12}
"""


def explored(name: str) -> Explored:
    case, side = SOURCES[name]
    return Explored(case, side)


@pytest.fixture
def words(tmp_path: Path) -> Explored:
    """A case whose places are said in pixels and in a sentence."""
    path = tmp_path / "words.yaml"
    path.write_text(FIRST, encoding="utf-8")
    return Explored(open_case(path))


def saved_is_same(x: Explored, path: Path) -> Any:
    """The saved file reads back as the same breast and constants, so as the same judgement."""
    case = read_case(x.save(path, replace=True))
    breast = next(b for b in case.breasts if b.side == x.side)
    assert breast == x.breast
    assert dict(parameters.load().override(case.parameters)) == dict(x.parameters)
    return case


# the state


def test_nothing_changed_is_the_case_as_written():
    x = explored("seed R")
    assert x.breast == next(b for b in read_case(SEED).breasts if b.side == "R")
    assert x.judgement().pairs == judge(x.breast, parameters.load()).pairs
    assert x.differences() == ()
    assert x.sides == ("R", "L")


def test_clock_keeps_the_width_of_its_range():
    x = explored("seed R")
    x.place("R-US-mass", clock=1.0)
    assert x.finding("R-US-mass").clock_h == (1.0, 2.0)
    x.place("R-US-mass", clock=12.0)
    assert x.finding("R-US-mass").clock_h == (12.0, 13.0)
    x.place("R-MR-enh", clock=3.5)
    assert x.finding("R-MR-enh").clock_h == (3.5, 3.5)


def test_moved_clock_gives_what_the_library_computes():
    x = explored("seed R")
    x.place("R-US-mass", clock=1.0)
    written = x.written
    moved = replace(
        written,
        findings=tuple(
            replace(f, clock_h=(1.0, 2.0)) if f.finding_id == "R-US-mass" else f
            for f in written.findings
        ),
    )
    want = judge(moved, parameters.load())
    for pair in x.judgement().pairs:
        known = want.pair(pair.finding_a, pair.finding_b)
        assert (pair.p_same, pair.verdict) == (known.p_same, known.verdict)
    assert [str(d) for d in x.differences()] == [
        "R-US-mass, clock (h): 7-8 \N{RIGHTWARDS ARROW} 1-2"
    ]


def test_a_mirrored_move_gives_the_same_numbers(tmp_path: Path):
    """5 o'clock on the right breast is 7 o'clock on the left, and 7 on the right is not."""

    def moved(side: str, hour: float) -> float:
        path = tmp_path / f"{side}.yaml"
        text = SEEN_TWICE.replace("SIDE", side)
        path.write_text(text, encoding="utf-8")
        x = Explored(open_case(path), side)
        x.place("us", clock=hour, fn_cm=3.0)
        return x.judgement().pair("film", "us").p_same

    right = moved("R", 5.0)
    assert moved("L", 7.0) == pytest.approx(right, abs=0.005)
    assert abs(moved("R", 7.0) - right) > 0.1


def test_switched_off_is_gone_but_its_exam_was_done():
    x = explored("seed R")
    x.switch("R-MR-enh", on=False)
    x.switch("R-MR-skin", on=False)
    assert {f.finding_id for f in x.breast.findings} == set(x.finding_ids) - x.off
    assert [r.reading_id for r in x.breast.readings] == [r.reading_id for r in x.written.readings]
    x.switch("R-MR-enh", on=True)
    x.switch("R-MR-skin", on=True)
    assert x.breast == x.written


def test_links_to_a_finding_that_is_off_are_let_go(words: Explored, tmp_path: Path):
    words.switch("film", on=False)
    us = words.finding("us")
    assert (us.same_as, us.targeted_at) == (None, "MG")
    saved_is_same(words, tmp_path / "a.yaml")


def test_everything_off_has_no_pair_and_cannot_be_saved(tmp_path: Path):
    x = explored("seed R")
    for finding_id in x.finding_ids:
        x.switch(finding_id, on=False)
    assert x.judgement().pairs == ()
    y = Explored(MIXED_CASE)
    for finding_id in y.finding_ids:
        y.switch(finding_id, on=False)
    if len(y.sides) == 1:
        with pytest.raises(ValueError, match="no finding is switched on"):
            y.save(tmp_path / "empty.yaml")


def test_places_said_in_pixels_and_sentences_move_from_where_they_were(words: Explored):
    film, us = words.finding("film"), words.finding("us")
    assert (film.posterior_mm, film.transverse_mm) == (60.0, 10.0)
    assert (us.clock_h, us.fn_mm, us.size_mm) == ((10.0, 10.0), 40.0, 9.0)
    words.place("film", posterior_mm=70.0)
    words.place("us", fn_cm=None)
    film, us = words.finding("film"), words.finding("us")
    assert (film.posterior_mm, film.transverse_mm) == (70.0, 10.0)
    assert (us.clock_h, us.fn_mm, us.size_mm) == ((10.0, 10.0), None, 9.0)


def test_quotes_of_a_changed_value_are_dropped():
    x = explored("seed R")
    x.place("R-US-mass", clock=1.0)
    quoted = dict(x.finding("R-US-mass").words)
    assert "clock" not in quoted
    assert "kind" in quoted


@pytest.mark.parametrize("name", SOURCES)
def test_a_finding_written_out_in_cells_is_the_same_finding(name: str):
    """Editing writes the record back as cells; doing so without a change must change nothing."""
    x = explored(name)
    x.change(Changes({f.finding_id: {"kind": f.kind or ""} for f in x.written.findings}))
    said = [replace(f, text=None, words=()) for f in x.written.findings]
    if name == "said":  # no cell holds "3-4 cm from the nipple": its middle is stated instead
        said = [replace(f, fn_rounding_mm=2.5) if f.fn_mm == 35.0 else f for f in said]
    assert [replace(f, text=None, words=()) for f in x.breast.findings] == said


def test_a_film_of_unknown_geometry_offers_no_position_and_a_refused_move_changes_nothing():
    x = explored("said")
    assert {p.column for p in x.places("far")} == {"clock"}
    x.place("far", clock=3.0)
    before = x.breast
    with pytest.raises(KeyError, match="far \\(MG\\) has no 'posterior_mm', only"):
        x.place("far", posterior_mm=30.0)
    assert x.breast == before
    places = x.places("film")
    x.assume("mlo_angle_deg", 60.0)
    assert x.places("film") == places


def test_a_slider_changes_a_record_and_reads_no_row_again(monkeypatch: pytest.MonkeyPatch):
    x = explored("said")
    x.switch("mri", on=False)
    assert x.breast.findings

    def again(*_: object) -> None:
        pytest.fail("a row was read again")

    monkeypatch.setattr("corr.show.explorer.state.explored.assembled", again)
    x.place("us", fn_cm=2.0, depth_mm=None)
    us = x.finding("us")
    assert (us.fn_mm, us.depth_mm, us.count_min, us.text) == (20.0, None, 2, None)


@pytest.mark.parametrize(
    ("films", "drawn"),
    [([("LMO", 62.0)], 62.0), ([("MLO", 50.0), ("LMO", 62.0)], 50.0), ([("CC", 0.0)], 47.0)],
)
def test_the_slider_of_the_angle_stands_at_the_film_that_is_drawn(films, drawn: float):
    rows = tuple(
        {"case_id": "A", "breast": "R", "finding_id": f"f{k}", "modality": "MG", "kind": "mass",
         "view": view, "view_angle_deg": f"{angle_deg:g}"}
        for k, (view, angle_deg) in enumerate(films)
    )  # fmt: skip
    x = Explored(Case("A", "A", (), (), cells={"findings": rows}))
    assert x.default("mlo_angle_deg") == drawn
    shown = film_plane.shown_planes(x.judgement(band=False))["MLO"]
    assert shown.angle_deg == drawn
    x.assume("mlo_angle_deg", 55.0)
    shown = film_plane.shown_planes(x.judgement(band=False))["MLO"]
    assert shown.angle_deg == 55.0


def test_the_slider_of_the_angle_is_of_obliques_only():
    row = {"case_id": "A", "breast": "R", "finding_id": "f", "modality": "MG", "view": "ML"}
    x = Explored(Case("A", "A", (), (), cells={"findings": (row,)}))
    assert x.default("mlo_angle_deg") == parameters.load()["mlo_angle_deg"]


def test_a_file_is_replaced_only_if_told_so(tmp_path: Path):
    x, path = explored("seed R"), tmp_path / "mine.yaml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"mine\.yaml is there already"):
        x.save(path)
    assert path.read_text(encoding="utf-8") == "mine"
    assert read_case(x.save(path, replace=True)).case_id == x.case.case_id


def test_angle_of_a_stated_oblique_turns_the_film_and_not_a_second_one():
    x = Explored(MIXED_CASE, "L")
    stated = {r.reading_id: r.angle_deg for r in x.written.readings if r.view == "MLO"}
    assert set(stated.values()) == {x.default("mlo_angle_deg")}
    x.assume("mlo_angle_deg", 40.0)
    turned = {r.reading_id: r.angle_deg for r in x.breast.readings if r.view == "MLO"}
    assert turned == dict.fromkeys(stated, 40.0)
    assert len(x.breast.readings) == len(x.written.readings)


def test_factors_multiply_where_they_meet():
    p = parameters.load()
    changed = overrides({"spreads": 2.0, "pose": 0.5}, p)
    assert changed["us_shift_sd_mm"] == pytest.approx(p["us_shift_sd_mm"])
    assert changed["mg_posterior_sd_mm"] == pytest.approx(2 * p["mg_posterior_sd_mm"])
    assert all(name in p for a in ASSUMPTIONS.values() for name in a.scales)


def test_all_spreads_are_those_of_the_band():
    """The slider and the band of `corr.judgement.judge` scale the same kernels."""
    p = parameters.load()
    scaled = p.scale_spreads(1.5)
    moved = {n for n in p if scaled[n] != p[n]}
    assert set(overrides({"spreads": 1.5}, p)) == moved


def test_wrong_names_say_what_there_is():
    x = explored("seed R")
    with pytest.raises(KeyError, match="no finding 'nobody'"):
        x.place("nobody", clock=1.0)
    with pytest.raises(KeyError, match="has no 'transverse_mm'"):
        x.place("R-US-mass", transverse_mm=1.0)
    with pytest.raises(KeyError, match="no assumption 'mood'"):
        x.assume("mood", 1.0)
    with pytest.raises(ValueError, match="no breast 'X'"):
        x.choose("X")
    with pytest.raises(ValueError, match=r"ends in \.yaml"):
        x.save("case.txt")
    with pytest.raises(InputError, match="no case 'D000'"):
        open_case(FINDINGS, "D000")


def test_without_band_the_numbers_are_the_same():
    x = explored("seed R")
    x.place("R-US-mass", clock=4.0)
    quick = {(p.finding_a, p.finding_b): p.p_same for p in x.judgement(band=False).pairs}
    whole = {(p.finding_a, p.finding_b): p.p_same for p in x.judgement().pairs}
    assert quick == whole


# random edits


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """A few random things a user could do, as (what, where in 0..1, value in 0..1 or None)."""
    share = st.floats(0, 1, allow_subnormal=False)
    step = st.tuples(
        st.sampled_from(["place", "place", "unstate", "switch", "assume"]), share, share, share
    )
    return draw(st.lists(step, min_size=1, max_size=6))


def do(x: Explored, steps: list[tuple[Any, ...]]) -> None:
    for what, which, where, value in steps:
        finding_id = x.finding_ids[int(which * (len(x.finding_ids) - 1))]
        places = x.places(finding_id)
        place = places[int(where * (len(places) - 1))]
        if what == "place":
            k = round(value * (place.high - place.low) / place.step)
            x.place(finding_id, **{place.column: place.low + k * place.step})
        elif what == "unstate":
            x.place(finding_id, **{place.column: None})
        elif what == "switch":
            x.switch(finding_id, on=finding_id in x.off)
        else:
            name = list(ASSUMPTIONS)[int(where * (len(ASSUMPTIONS) - 1))]
            low, high = ASSUMPTIONS[name].low, ASSUMPTIONS[name].high
            x.assume(name, low + value * (high - low))


RANDOM = few(
    8, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
@given(steps=edits())
@RANDOM
def test_saved_case_reads_back_as_what_was_judged_and_reset_restores(
    name: str, steps: list[tuple[Any, ...]], tmp_path: Path
):
    x = explored(name)
    do(x, steps)
    if x.tables["findings"]:
        case = saved_is_same(x, tmp_path / "saved.yaml")
        known = [p for p in x.case.problems if p.action == "rejected"]
        assert [p for p in case.problems if p.action == "rejected"] == known
    assert bool(x.differences()) == bool(x.edits or x.off or x.assumed)
    x.reset()
    assert x.breast == x.written
    assert x.parameters == x.base_parameters
    assert x.differences() == ()
    assert x.tables == {k: x.case.cells[k] for k in x.tables}


@given(hour=st.integers(1, 48), width=st.integers(0, 12))
def test_clock_text_reads_back(hour: int, width: int):
    from corr.anatomy.clock import clock_text
    from corr.tables.cells.clock import Clock

    text = clock_text((hour / 4, (hour + width) / 4))
    lo, hi = Clock().read(text)
    assert (lo % 12, hi - lo) == pytest.approx(((hour / 4) % 12, width / 4))


# the saved file on the command line


def test_saved_case_is_judged_the_same_by_the_command_line(tmp_path: Path):
    import pandas as pd

    x = explored("seed R")
    x.place("R-US-mass", clock=1.0, fn_cm=3.0)
    x.switch("R-MG-prior-calc", on=False)
    x.assume("pose", 1.4)
    path = x.save(tmp_path / "moved.yaml")
    done = CliRunner().invoke(app, ["case", str(path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    pairs = pd.read_csv(tmp_path / "out" / "pairs.csv").set_index(["finding_a", "finding_b"])
    pairs = pairs[pairs["breast"] == "R"]
    assert len(pairs) == len(x.judgement().pairs)
    for p in x.judgement().pairs:
        row = pairs.loc[(p.finding_a, p.finding_b)]
        assert row["p_same"] == pytest.approx(p.p_same, abs=1e-6)
        assert row["verdict"] == p.verdict
    assert "switched off" not in done.output
    assert any("R-US-mass, clock (h): 7-8" in n for n in read_case(path).notes)


def test_saved_tables_judge_the_same(tmp_path: Path):
    """The rows of the saved case as tables, as `corr judge` reads them."""
    x = Explored(MIXED_CASE, "L")
    x.place("D0003-L-04", clock=2.5)
    case = read_case(x.save(tmp_path / "t.yaml"))
    for name in ("findings", "breasts"):
        case.to_rows(name).to_csv(tmp_path / f"{name}.csv", index=False)
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app,
        ["judge", str(tmp_path / "findings.csv"), "--breasts", str(tmp_path / "breasts.csv"),
         "--out", str(out), "--jobs", "1"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    import pandas as pd

    pairs = pd.read_csv(out / "pairs.csv")
    want = np.sort([p.p_same for p in x.judgement().pairs])
    got = np.sort(pairs[pairs["breast"] == "L"]["p_same"])
    np.testing.assert_allclose(got, want, atol=1e-6)
