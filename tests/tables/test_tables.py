"""Tables become records: hand-computed positions, clock cells, readings, links and texts."""

from __future__ import annotations

import itertools
import random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corr.anatomy.film import transverse_sign
from corr.anatomy.frame import film_transverse
from corr.datasets import open_data
from corr.tables import InputError, explain, read_findings
from corr.tables.cells.cell import FieldError
from corr.tables.cells.clock import Clock
from corr.tables.findings import FindingRow
from corr.tables.rows import BreastRow
from tests.builders.examples import few

BASE = {"case_id": "c", "breast": "R", "finding_id": "f", "modality": "US"}


def load(tmp_path, rows, breasts=None, exams=None):
    """Tables from lists of dicts; identity columns are filled in."""
    paths = {}
    for name, table in (("findings", rows), ("breasts", breasts), ("exams", exams)):
        if table is None:
            continue
        base = BASE if name == "findings" else {"case_id": "c", "breast": "R"}
        filled = [{**base, **({"finding_id": f"f{i}"} if name == "findings" else {}), **r}
                  for i, r in enumerate(table)]  # fmt: skip
        paths[name] = tmp_path / f"{name}.csv"
        pd.DataFrame(filled, dtype=object).to_csv(paths[name], index=False)
    return read_findings(paths["findings"], paths.get("breasts"), paths.get("exams"))


def one(tmp_path, row, breasts=None):
    """The only finding of a table with one row, its reading, and the problems by field."""
    loaded = load(tmp_path, [row], breasts)
    (breast,) = loaded.breasts
    (finding,) = breast.findings
    reading = next(r for r in breast.readings if r.reading_id == finding.reading_id)
    return finding, reading, {p.field: p for p in loaded.problems}


# --- the shipped cohort -------------------------------------------------------------------


@pytest.fixture(scope="module")
def cohort():
    files = open_data("simulated_cohort")
    return files, read_findings(files["findings"], files["breasts"])


def test_the_cohort_is_read_whole_and_without_problems(cohort):
    files, loaded = cohort
    assert loaded.problems == ()
    assert len(loaded.breasts) == 113
    assert sum(len(b.findings) for b in loaded.breasts) == 695
    keys = [(b.case_id, b.side) for b in loaded.breasts]
    assert keys == sorted(keys)
    done = pd.read_csv(files["breasts"]).set_index(["case_id", "breast"])
    for breast in loaded.breasts:
        row = done.loc[(breast.case_id, breast.side)]
        seen = {r.view or r.modality for r in breast.readings}
        ticked = {c[5:].upper() for c in done.columns if c.startswith("exam_") and row[c] == 1}
        assert seen == ticked
        stereo = [r for r in breast.readings if r.view == "STEREO"]
        assert len(stereo) == 2 * row["exam_stereo"]
        assert {r.study for r in stereo} <= {"MG stereo"}
        assert {r.study for r in breast.readings if r.modality == "MG"} - {"MG stereo"} <= {"MG"}


def test_the_order_of_rows_and_the_file_format_do_not_matter(cohort, tmp_path):
    files, loaded = cohort
    table = pd.read_csv(files["findings"], dtype=str, keep_default_na=False)
    order = random.Random(7).sample(range(len(table)), len(table))
    table.iloc[order].to_csv(tmp_path / "shuffled.csv", index=False)
    pd.read_csv(files["findings"]).to_parquet(tmp_path / "typed.parquet")
    pd.read_csv(files["breasts"]).to_parquet(tmp_path / "breasts.pq")
    assert read_findings(tmp_path / "shuffled.csv", files["breasts"]) == loaded
    assert read_findings(tmp_path / "typed.parquet", tmp_path / "breasts.pq") == loaded


def test_the_hard_cohort_and_the_landmarks_are_read_without_problems(shared):
    hard = read_findings(
        shared("data/cohort_dev_hard/findings.csv"), shared("data/cohort_dev_hard/breasts.csv")
    )
    assert hard.problems == ()
    unknown = [r for b in hard.breasts for r in b.readings if r.view == "MLO" and not r.angle_deg]
    assert unknown
    landmarks = read_findings(shared("data/prone_supine_landmarks/findings.csv"))
    assert landmarks.problems == ()


# --- clock --------------------------------------------------------------------------------

CLOCK = {
    "7": (7, 7), "12": (12, 12), "7.0": (7, 7), "7.5": (7.5, 7.5), "7:30": (7.5, 7.5),
    "07:30": (7.5, 7.5), "7:30:00": (7.5, 7.5), "0.5": (0.5, 0.5), "12.5": (0.5, 0.5),
    "12:30": (0.5, 0.5), "7-8": (7, 8), "7 - 8": (7, 8), "7–8": (7, 8), "7 to 8": (7, 8),
    "11-12": (11, 12), "12-1": (12, 13), "11-1": (11, 13), "12:30-1": (0.5, 1),
    "10-2": (10, 14), "7:30-8:30": (7.5, 8.5), "7 o'clock": (7, 7), "7-8 O'Clock": (7, 8),
    "9-3": (9, 15), "7.25": (7.25, 7.25), "6-12:30": None, "7/8": (7, 8), "seven": (7, 7),
}  # fmt: skip
NO_CLOCK = {
    "0": None, "13": None, "-7": None, "7.3": "7:30", "7.30": "7:30", "7,5": "7.5", "7-Aug": "7-8",
    "Aug-07": "7-8", "08-Jul": "7-8", "8-Jul": "7-8", "12-Jan": "12-1", "1-Dec": "12-1",
    "2026-08-07": "7-8", "2026-08-07 00:00:00": "7-8", "7/8/2026": "7-8",
    "107-11": "10-11", "8-7": "7-8", "7-8-9": None, "1-12": "12-1", "sevn": None, "NaN": None,
    "0.25": "candidates: 6)", "0.75": "candidates: 6)", "7:61": None, "24:00": None,
    "1e1": None, "7-": None, "0.3125": "7:30", "\u0667": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "interval"), CLOCK.items())
def test_clock_cells(text, interval):
    if interval is None:
        with pytest.raises(FieldError):
            Clock().parse(text)
    else:
        assert Clock().parse(text) == interval


@pytest.mark.parametrize(("text", "candidate"), NO_CLOCK.items())
def test_clock_cells_that_are_not_guessed(text, candidate):
    with pytest.raises(FieldError) as error:
        Clock().parse(text)
    if candidate:
        assert f"{candidate}" in error.value.fix
    else:
        assert "candidates" not in error.value.fix


def test_every_half_hour_and_every_range_up_to_six_hours():
    halves = [i / 2 for i in range(2, 26)]  # 1.0 ... 12.5
    for a, b in itertools.product(halves, halves):
        width = (b - a) % 12
        if width <= 6:
            lo, hi = Clock().parse(f"{a:g}-{b:g}")
            assert 0 < lo <= 12
            assert (lo - a) % 12 == 0
            assert hi - lo == pytest.approx(width)
        else:
            with pytest.raises(FieldError, match="clockwise"):
                Clock().parse(f"{a:g}-{b:g}")


# --- positions ----------------------------------------------------------------------------

# PatientOrientation of usual hangings; a finding 100 columns right of and 50 rows below the
# nipple, spacing 0.1 (columns) and 0.2 (rows) mm: 10 mm along the row, 10 mm down.
PIXELS = [
    ("L", "CC", "A\\R", -10.0, -10.0),  # down is the patient's right: medial on the left
    ("R", "CC", "P\\L", 10.0, -10.0),  # down is the patient's left: medial on the right
    ("L", "CC", "A\\L", -10.0, 10.0),
    ("R", "CC", "P\\R", 10.0, 10.0),
    ("L", "MLO", "A\\FR", -10.0, -10.0),
    ("R", "MLO", "P\\FL", 10.0, -10.0),
    ("L", "MLO", "A\\F", -10.0, -10.0),
    ("R", "MLO", "P\\LF", 10.0, -10.0),
    ("L", "MLO", "P\\HL", 10.0, 10.0),
    ("L", "ML", "A\\F", -10.0, -10.0),
    ("R", "ML", "P\\F", 10.0, -10.0),
    ("R", "LM", "P/H", 10.0, 10.0),
    ("L", "SIO", "A\\FL", -10.0, 10.0),  # a = -45: + transverse is lateral and inferior
    ("R", "SIO", "P\\FR", 10.0, 10.0),
    ("L", "CC", "R\\P", 10.0, -10.0),  # a biopsy image, turned: rows run posterior
]


@pytest.mark.parametrize(("side", "view", "letters", "posterior", "transverse"), PIXELS)
def test_pixels_become_mm_by_patient_orientation(
    tmp_path, side, view, letters, posterior, transverse
):
    row = {"breast": side, "modality": "MG", "view": view, "patient_orientation": letters}
    row |= {"row": 550, "col": 300, "nipple_row": 500, "nipple_col": 200}
    row |= {"row_spacing_mm": 0.2, "col_spacing_mm": 0.1}
    finding, _, problems = one(tmp_path, row)
    assert problems == {}
    assert (finding.posterior_mm, finding.transverse_mm) == (posterior, transverse)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"patient_orientation": "P\\R", "view": "ML"}, "patient_orientation"),
        ({"patient_orientation": "P\\FR", "view": "MLO"}, "patient_orientation"),
        ({"patient_orientation": "A\\P"}, "patient_orientation"),
        ({"patient_orientation": "P"}, "patient_orientation"),
        ({"patient_orientation": "P\\LR"}, "patient_orientation"),
        ({"nipple_col": ""}, "row"),
        ({"col_spacing_mm": 0}, "col_spacing_mm"),
        ({"posterior_mm": 20.0}, "posterior_mm"),
        ({"view": "XCCL"}, "row"),
        ({"view": ""}, "row"),
    ],
)
def test_pixels_that_contradict_themselves_are_not_used(tmp_path, change, field):
    row = {"modality": "MG", "view": "CC", "patient_orientation": "P\\L", "row": 550, "col": 300}
    row |= {"nipple_row": 500, "nipple_col": 200, "row_spacing_mm": 0.2, "col_spacing_mm": 0.1}
    finding, _, problems = one(tmp_path, {**row, **change})
    assert problems[field].action == "ignored"
    assert finding.posterior_mm is None
    assert finding.transverse_mm is None


def test_mm_and_pixels_that_agree_are_kept(tmp_path):
    row = {"modality": "MG", "view": "CC", "patient_orientation": "P\\L", "row": 550, "col": 300}
    row |= {"nipple_row": 500, "nipple_col": 200, "row_spacing_mm": 0.2, "col_spacing_mm": 0.1}
    finding, _, problems = one(tmp_path, {**row, "posterior_mm": 10.4})
    assert problems == {}
    assert (finding.posterior_mm, finding.transverse_mm) == (10.4, -10.0)


@given(st.sampled_from("LR"), st.floats(-75, 100))
def test_transverse_sign_is_that_of_the_breast_frame(side, angle):
    left = 1.0 if side == "L" else -1.0
    unit = {"L": (left, 0, 0), "R": (-left, 0, 0), "H": (0, 1, 0), "F": (0, -1, 0)}
    for letter, point in unit.items():
        along = float(film_transverse(point, angle))
        expected = None if abs(along) <= 0.2 else (1 if along > 0 else -1)
        assert transverse_sign(letter, side, angle) == expected


@pytest.mark.parametrize(
    ("side", "nipple_l", "finding_l"), [("L", 100.0, 120.0), ("R", -100.0, -120.0)]
)
@pytest.mark.parametrize("source", ["row", "breasts", "frame"])
def test_mri_positions_of_both_sides_from_three_sources(
    tmp_path, side, nipple_l, finding_l, source
):
    row = {"breast": side, "modality": "MR"}
    point = {"mr_l_mm": finding_l, "mr_p_mm": 10, "mr_s_mm": 5}
    breasts = None
    if source == "frame":
        row |= {"lateral_mm": 20, "superior_mm": 5, "posterior_mm": 40}
    elif source == "row":
        row |= point | {"mr_nipple_l_mm": nipple_l, "mr_nipple_p_mm": -30, "mr_nipple_s_mm": 0}
    else:
        row |= point
        nipple = {"mr_nipple_L": nipple_l, "mr_nipple_P": -30, "mr_nipple_S": 0}
        breasts = [{"breast": side, **nipple}]
    finding, _, problems = one(tmp_path, row, breasts)
    assert problems == {}
    assert (finding.lateral_mm, finding.superior_mm, finding.posterior_mm) == (20.0, 5.0, 40.0)


def test_mri_positions_that_cannot_be_are_dropped(tmp_path):
    nipple = {"mr_nipple_l_mm": -100, "mr_nipple_p_mm": -30, "mr_nipple_s_mm": 0}
    point = {"mr_l_mm": -120, "mr_p_mm": 10, "mr_s_mm": 5}
    for row, field in (
        (point, "mr_l_mm"),
        ({"mr_l_mm": -120, **nipple}, "mr_l_mm"),
        ({**point, **nipple, "mr_l_mm": 150}, "mr_l_mm"),
        ({**point, **nipple, "posterior_mm": 55}, "posterior_mm"),
    ):
        finding, _, problems = one(tmp_path, {"modality": "MR", **row})
        assert problems[field].action == "ignored"
        assert finding.lateral_mm is None
        assert finding.posterior_mm is None


# --- values -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fn_cm", "fn_mm", "rounding"),
    [("5", 50, 5), ("5.0", 50, 5), ("5.5", 55, 2.5), ("5.3", 53, 0.5), ("5.25", 52.5, 0.5)],
)
def test_distance_from_the_nipple_and_its_rounding(tmp_path, fn_cm, fn_mm, rounding):
    finding, _, _ = one(tmp_path, {"fn_cm": fn_cm})
    assert (finding.fn_mm, finding.fn_rounding_mm) == (fn_mm, rounding)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [("", "", (1, 1)), ("2", "2", (2, 2)), ("3", "", (3, None)), ("", "4", (1, 4)),
     ("5", "2", (1, 1))],
)  # fmt: skip
def test_counts(tmp_path, low, high, expected):
    finding, _, _ = one(tmp_path, {"kind": "mass", "count_min": low, "count_max": high})
    assert (finding.count_min, finding.count_max) == expected


def test_sizes_are_put_longest_first_and_flagged(tmp_path):
    finding, _, problems = one(tmp_path, {"size_mm": 4, "size2_mm": "", "size3_mm": 9})
    assert (finding.size_mm, finding.size2_mm, finding.size3_mm) == (9, 4, None)
    assert problems["size_mm"].action == "flagged"


def test_case_and_spaces_of_words_do_not_matter(tmp_path):
    row = {"breast": " r ", "modality": "mg", "view": "mlo", "kind": "Calcification "}
    finding, reading, problems = one(tmp_path, {**row, "bi_rads": "4a", "quadrant": "loq"})
    assert problems == {}
    assert (finding.kind, finding.bi_rads, finding.quadrant) == ("calcification", "4A", "LOQ")
    assert reading.view == "MLO"


# --- readings -----------------------------------------------------------------------------


def readings_of(loaded):
    (breast,) = loaded.breasts
    return {r.reading_id: r for r in breast.readings}


def test_exams_are_one_reading_for_each_view_angle_and_date(tmp_path):
    mg = {"modality": "MG"}
    rows = [
        {**mg, "view": "CC", "date": "2024-01-02"},
        {**mg, "view": "CC", "date": "2025-01-03"},
        {**mg, "view": "MLO", "date": "2025-01-03", "view_angle_deg": 48, "thickness_mm": 50},
        {**mg, "view": "MLO", "date": "2025-01-03", "thickness_mm": 52},
        {**mg, "view": "STEREO", "date": "2025-01-03", "view_angle_deg": -15},
        {**mg, "view": "STEREO", "date": "2025-01-03", "view_angle_deg": 15},
        {"modality": "US", "date": "2025-01-03", "targeted_at": "MG"},
        {"modality": "US", "view": "ABUS", "date": "2025-01-03"},
    ]
    loaded = load(tmp_path, rows)
    found = readings_of(loaded)
    assert set(found) == {
        "MG-CC 2024-01-02", "MG-CC 2025-01-03", "MG-MLO 2025-01-03", "MG-STEREO 2025-01-03/-15",
        "MG-STEREO 2025-01-03/+15", "US 2025-01-03", "US-ABUS 2025-01-03",
    }  # fmt: skip
    mlo = found["MG-MLO 2025-01-03"]
    assert (mlo.angle_deg, mlo.thickness_mm) == (48.0, 51.0)
    assert [p.field for p in loaded.problems] == ["thickness_mm"]
    old, new = found["MG-CC 2024-01-02"], found["MG-CC 2025-01-03"]
    assert new.order - old.order == 367
    assert new.study == mlo.study != old.study
    assert found["MG-STEREO 2025-01-03/+15"].study == f"{mlo.study} stereo"
    assert found["US 2025-01-03"].targeted
    assert not found["US-ABUS 2025-01-03"].targeted


def test_two_undated_mammograms_are_two_studies_only_if_a_view_comes_twice(tmp_path):
    films = [
        {"modality": "MG", "view": v, "exam_id": f"{e}{v}"} for e in "ab" for v in ("CC", "ML")
    ]
    assert {r.study for r in readings_of(load(tmp_path, films[:2])).values()} == {"MG"}
    studies = {r.study for r in readings_of(load(tmp_path, films)).values()}
    assert studies == {"aCC", "aML", "bCC", "bML"}


def test_ticked_exams_without_findings_and_facts_of_films(tmp_path):
    breasts = [{"exam_cc": 1, "exam_mlo": 1, "exam_ml": 0, "exam_us": 1, "exam_mr": 0,
                "exam_stereo": 1, "mlo_angle_deg": -52, "mlo_thickness_mm": 61,
                "cc_thickness_mm": 55, "cc_extent_y_neg_mm": 70, "density": "C"}]  # fmt: skip
    rows = [{"modality": "MG", "view": "MLO", "posterior_mm": 30}]
    loaded = load(tmp_path, rows, breasts)
    found = readings_of(loaded)
    assert set(found) == {"MG-CC", "MG-MLO", "MG-STEREO/-15", "MG-STEREO/+15", "US"}
    assert (found["MG-MLO"].angle_deg, found["MG-MLO"].thickness_mm) == (52.0, 61.0)
    assert (found["MG-CC"].angle_deg, found["MG-CC"].thickness_mm) == (0.0, 55.0)
    assert loaded.breasts[0].shape.films == (("CC", None, 70.0, None),)
    assert loaded.breasts[0].shape.density == "c"
    assert [(p.field, p.action) for p in loaded.problems] == [("mlo_angle_deg", "flagged")]


def test_the_other_breast_lends_its_nipple_to_edge(tmp_path):
    facts = [
        {"breast": "R", "density": "c"},
        {"breast": "L", "cc_nipple_to_edge_mm": "90", "mlo_nipple_to_edge_mm": "95"},
    ]
    loaded = load(tmp_path, [{}], facts)
    right = next(b for b in loaded.breasts if b.side == "R")
    assert right.shape.density == "c"
    assert right.shape.films == ()
    assert right.shape.other_films == (("CC", 90.0), ("MLO", 95.0))
    assert loaded.problems == ()  # a row for the other breast is of use without findings
    another = load(tmp_path, [{}], [{"case_id": "d", **facts[1]}])
    assert another.breasts[0].shape.other_films == ()
    assert [p.field for p in another.problems] == ["case_id"]


def test_ticks_merge_with_what_rows_show_and_contradictions_are_flagged(tmp_path):
    rows = [{"modality": "MG", "exam_id": "screening", "view": "CC"}, {"modality": "US"}]
    loaded = load(tmp_path, rows, [{"exam_cc": 1, "exam_us": 0, "exam_mr": 1}])
    assert set(readings_of(loaded)) == {"screening", "US", "MR"}
    assert [(p.field, p.action) for p in loaded.problems] == [("exam_us", "flagged")]


def test_a_finding_without_a_view_is_of_the_mammogram_whose_views_were_done(tmp_path):
    rows = [{"modality": "MG", "posterior_mm": 30, "region": "subareolar"}]
    loaded = load(tmp_path, rows, [{"exam_cc": 1, "exam_mlo": 1}])
    found = readings_of(loaded)
    assert set(found) == {"MG", "MG-CC", "MG-MLO"}
    assert {r.study for r in found.values()} == {"MG"}
    (finding,) = loaded.breasts[0].findings
    assert (finding.posterior_mm, finding.region) == (None, "subareolar")
    fields = {(p.field, p.action) for p in loaded.problems}
    assert fields == {("view", "flagged"), ("posterior_mm", "ignored")}


def test_films_of_two_mammograms_without_views_are_not_counted_as_a_third(tmp_path):
    rows = [{"modality": "MG", "date": f"202{n}-01-02"} for n in (4, 5)]
    loaded = load(tmp_path, rows, [{"exam_cc": 1}])
    assert set(readings_of(loaded)) == {"MG 2024-01-02", "MG 2025-01-02"}
    assert [(p.field, p.action) for p in loaded.problems] == [("exam_cc", "flagged")]


def test_the_exams_table(tmp_path):
    rows = [{"modality": "MG", "exam_id": "m1", "posterior_mm": 20}, {"modality": "US"}]
    exams = [
        {"modality": "MG", "exam_id": "m1", "view": "CC", "date": "2025-02-03", "done": 1},
        {"modality": "MR", "exam_id": "MR", "done": 0},
        {"modality": "US", "exam_id": "US", "done": 0},
        {"modality": "US", "exam_id": "second look", "done": 1, "field": "targeted"},
    ]
    loaded = load(tmp_path, rows, exams=exams)
    found = readings_of(loaded)
    assert set(found) == {"m1", "US", "second look"}
    assert (found["m1"].view, found["m1"].angle_deg) == ("CC", 0.0)
    assert loaded.breasts[0].findings[0].posterior_mm == 20
    assert found["second look"].targeted
    assert [(p.field, p.action) for p in loaded.problems] == [("done", "flagged")]


@pytest.mark.parametrize("exam_id", ["MR", ""])
@pytest.mark.parametrize("said", ["row", "tick", None])
def test_an_exam_whose_only_row_could_not_be_used_is_not_silent(tmp_path, said, exam_id):
    """Two rows of one id: neither is used, and what the MRI reports is not known."""
    rows = [{"clock": 10}, *[{"modality": "MR", "finding_id": "x", "exam_id": exam_id}] * 2]
    exams = [{"modality": "MR", "exam_id": "MR", "done": 1}] if said == "row" else None
    ticks = [{"exam_mr": 1}] if said == "tick" else None
    loaded = load(tmp_path, rows, ticks, exams)
    assert set(readings_of(loaded)) == {"US"}
    fields = [p.field for p in loaded.problems if p.action == "flagged"]
    assert fields == {"row": ["done"], "tick": ["exam_mr"], None: []}[said]
    read = load(tmp_path, rows[:1], ticks, exams)  # broken twin: nothing was lost
    assert set(readings_of(read)) == ({"US", "MR"} if said else {"US"})


def test_the_silence_of_an_exam_read_in_part_counts_less(tmp_path):
    lost = [{"modality": "MR", "finding_id": "x", "kind": "mass"}] * 2
    loaded = load(tmp_path, [{"clock": 10}, {"modality": "MR", "kind": "nme"}, *lost])
    assert {r.modality: r.poor for r in loaded.breasts[0].readings} == {"MR": True, "US": False}


def test_an_exam_whose_done_cannot_be_read_is_not_taken_as_done(tmp_path):
    exam = {"modality": "MR", "exam_id": "MR", "done": "perhaps"}
    loaded = load(tmp_path, [{"clock": 10}], exams=[exam])
    assert set(readings_of(loaded)) == {"US"}
    assert [(p.field, p.action) for p in loaded.problems] == [("done", "ignored")]


def test_done_0_in_one_row_and_1_in_another_is_not_done_and_said(tmp_path):
    exam = {"modality": "MR", "exam_id": "MR"}
    loaded = load(tmp_path, [{"clock": 10}], exams=[{**exam, "done": 1}, {**exam, "done": 0}])
    assert set(readings_of(loaded)) == {"US"}
    assert [(p.field, p.action) for p in loaded.problems] == [("done", "flagged")]


def test_a_poor_exam_is_passed_on(tmp_path):
    exam = {"case_id": "1", "breast": "R", "modality": "MR", "quality": "poor"}
    rows = [{"case_id": "1", "breast": "R", "finding_id": "u", "modality": "US", "clock": "10"}]
    (breast,) = load(tmp_path, rows, exams=[exam]).breasts
    assert {r.modality: r.poor for r in breast.readings} == {"MR": True, "US": False}
    (breast,) = load(tmp_path, rows, exams=[{**exam, "quality": "good"}]).breasts
    assert not any(r.poor for r in breast.readings)


def test_a_breast_with_exams_only_is_there(tmp_path):
    loaded = load(tmp_path, [{}], [{"breast": "L", "exam_mr": 1}, {"breast": "R", "exam_us": 1}])
    assert [(b.side, len(b.findings), len(b.readings)) for b in loaded.breasts] == [
        ("L", 0, 1),
        ("R", 1, 1),
    ]


def test_dates_and_orders_do_not_mix(tmp_path):
    rows = [{"modality": "MR", "exam_order": 1}, {"modality": "US", "date": "2025-01-01"}]
    loaded = load(tmp_path, rows)
    orders = {r.modality: r.order for r in readings_of(loaded).values()}
    assert orders["MR"] is None
    assert orders["US"] > 0
    assert [(p.field, p.action) for p in loaded.problems] == [("exam_order", "flagged")]


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize(
    ("view", "angle", "signed", "refused"),
    [("CC", "", 0.0, False), ("MLO", "", None, False), ("MLO", -45, 45.0, False),
     ("ML", "", 90.0, False), ("SIO", -40, -40.0, False), ("STEREO", -15, -15.0, False),
     ("STEREO", "", None, True), ("XCCL", "", None, True), ("TAN", 30, None, True)],
)  # fmt: skip
def test_angles_and_refused_views_in_rows(tmp_path, side, view, angle, signed, refused):
    row = {"breast": side, "modality": "MG", "view": view, "view_angle_deg": angle}
    finding, reading, problems = one(tmp_path, {**row, "posterior_mm": 30, "transverse_mm": 5})
    assert reading.angle_deg == signed
    assert (reading.position_refused is not None) == refused
    assert (finding.posterior_mm is None) == refused
    if refused:
        assert reading.position_refused in problems["posterior_mm"].fix


# --- links and text -----------------------------------------------------------------------


def test_links_to_findings_of_other_readings_are_kept(tmp_path):
    rows = [{"finding_id": "a"}, {"finding_id": "b", "modality": "MR", "same_as": "a"},
            {"finding_id": "c", "modality": "MG", "view": "CC", "targeted_at": "a"}]  # fmt: skip
    loaded = load(tmp_path, rows)
    assert loaded.problems == ()
    found = {f.finding_id: f for f in loaded.breasts[0].findings}
    assert (found["b"].same_as, found["c"].targeted_at) == ("a", "a")


@pytest.mark.parametrize("target", ["b", "x", "other", "dup"])
def test_links_that_cannot_be_are_dropped(tmp_path, target):
    rows = [{"finding_id": "b", "same_as": target, "targeted_at": target},
            {"finding_id": "other", "breast": "L"},
            {"finding_id": "dup"}, {"finding_id": "dup"}]  # fmt: skip
    loaded = load(tmp_path, rows)
    mine = {p.field: p for p in loaded.problems if p.finding_id == "b"}
    assert mine["same_as"].action == mine["targeted_at"].action == "ignored"


def test_links_that_join_two_findings_of_one_reading_are_dropped(tmp_path):
    rows = [{"finding_id": "a", "same_as": "c"}, {"finding_id": "b", "same_as": "c"},
            {"finding_id": "c", "modality": "MR"}]  # fmt: skip
    loaded = load(tmp_path, rows)
    assert [(p.finding_id, p.field, p.action) for p in loaded.problems] == [
        ("a", "same_as", "ignored"),
        ("b", "same_as", "ignored"),
    ]
    assert "side by side" in loaded.problems[0].fix


def test_text_fills_empty_columns_only_and_keeps_its_words(tmp_path):
    text = "A 7 x 4 mm mass in the right breast at 7-8 o'clock, 5 cm from the nipple."
    finding, _, problems = one(tmp_path, {"text": text, "clock": "10"})
    assert {(p.field, p.action) for p in problems.values()} == {("clock", "flagged")}  # 10 or 7-8
    assert (finding.clock_h, finding.size_mm, finding.size2_mm) == ((10.0, 10.0), 7.0, 4.0)
    assert (finding.kind, finding.fn_mm) == ("mass", 50.0)
    words = dict(finding.words)
    assert "clock" not in words
    assert words["size_mm"] in text


def test_words_about_an_earlier_time_are_flagged_and_not_read(tmp_path):
    finding, _, problems = one(tmp_path, {"text": "Excision of a mass at 7 o'clock in 2015."})
    assert (finding.clock_h, problems["text"].action) == (None, "flagged")
    assert "this exam" in problems["text"].allowed


def test_a_number_that_no_rule_reads_is_flagged(tmp_path):
    finding, _, problems = one(
        tmp_path, {"text": "A mass, 0.5 inch, at 7 o'clock.", "size_mm": "13"}
    )
    assert (finding.clock_h, finding.size_mm) == ((7.0, 7.0), 13.0)
    assert (problems["text"].value, problems["text"].action) == ("0.5", "flagged")
    finding, _, problems = one(tmp_path, {"text": "BI-RADS 4."})
    assert (finding.bi_rads, problems["bi_rads"].action) == (None, "flagged")


@pytest.mark.parametrize("side", ["R", "L"])
def test_halves_lists_and_the_areola_are_read_from_columns_and_sentences(tmp_path, side):
    """The same place both ways; nothing is flagged."""
    for cell, text in (
        ({"quadrant": "lateral half"}, "A mass in the outer breast."),
        ({"quadrant": "UIQ,LIQ"}, "A mass in the upper and lower inner quadrants."),
        ({"quadrant": "high up"}, "A mass high up in the breast."),
        ({"region": "peri-areolar"}, "A mass just beside the areola."),
    ):
        by_cell, _, cell_problems = one(tmp_path, {**cell, "breast": side})
        by_text, _, text_problems = one(tmp_path, {"text": text, "breast": side})
        assert (by_cell.quadrant, by_cell.region) == (by_text.quadrant, by_text.region)
        assert (by_cell.quadrant or by_cell.region) in (
            "outer",
            "inner",
            "far_upper",
            "periareolar",
        )
        assert not cell_problems
        assert not text_problems


@pytest.mark.parametrize(
    ("text", "number", "flagged"),
    [("A mass with echogenic foci inside.", 1, "read as 1"),
     ("A mass with 4 calcifications.", 4, ""), ("A mass without calcifications.", 0, ""),
     ("A mass. It contains calcium.", 1, "read as 1")],
)  # fmt: skip
def test_calcifications_in_a_mass_are_counted_and_it_stays_a_mass(tmp_path, text, number, flagged):
    finding, _, problems = one(tmp_path, {"text": text, "kind": ""})
    assert (finding.kind, finding.n_calcifications) == ("mass", number)
    assert ("n_calcifications" in problems) == bool(flagged)
    if flagged:
        problem = problems["n_calcifications"]
        assert (problem.action, problem.not_read) == ("flagged", False)
        assert problem.fix.endswith(flagged)
        assert "number not stated, counted as at least one" in problem.allowed
        stated, _, told = one(tmp_path, {"text": text, "n_calcifications": "6"})
        assert (stated.n_calcifications, told) == (6, {})


def test_text_does_not_overrule_a_bad_cell_or_the_side(tmp_path):
    text = "Mass in the right breast at 107-11 o'clock."
    finding, _, problems = one(tmp_path, {"text": text})
    assert finding.clock_h is None
    assert problems["clock"].action == "flagged"
    assert "7-11" in problems["clock"].fix
    finding, _, problems = one(tmp_path, {"text": "A mass at 7 o'clock.", "clock": "7,5"})
    assert finding.clock_h is None
    assert problems["clock"].action == "ignored"
    finding, _, problems = one(tmp_path, {"text": "A mass in the left breast at 2 o'clock."})
    assert (finding.clock_h, problems["text"].action) == (None, "flagged")


@pytest.mark.parametrize(
    "text",
    ["No suspicious enhancement.", "No mass in the medial breast.", "Unremarkable.", "BI-RADS 1."],
)
def test_a_row_that_only_denies_is_no_finding_but_its_exam_was_done(tmp_path, text):
    rows = [{"modality": "MR", "text": text}, {"text": "A mass at 7 o'clock.", "same_as": "f0"}]
    loaded = load(tmp_path, rows)
    (breast,) = loaded.breasts
    assert [f.finding_id for f in breast.findings] == ["f1"]
    assert [row.finding_id for row in loaded.rows] == ["f1"]
    assert sorted(r.modality for r in breast.readings) == ["MR", "US"]
    problems = {p.field: p for p in loaded.problems}
    assert (problems["text"].finding_id, problems["text"].action) == ("f0", "rejected")
    assert "deny a finding" in problems["text"].fix
    assert "exam_mr = 1" in problems["text"].fix
    assert problems["same_as"].action == "ignored"


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "mass", "text": "No calcification."},
        {"clock": "7", "text": "No mass."},
        {"clock": "7,5", "text": "No mass."},  # states a place, if an unusable one
        {"size_mm": "7", "text": "No calcification."},
        {"text": "No calcification but a mass at 7 o'clock."},
        {"text": "No mass other than at 7 o'clock."},
        {"text": "A mass without calcification."},
        {"text": "Very close to the nipple."},
    ],
)
def test_a_row_that_states_anything_stays_a_finding(tmp_path, row):
    finding, _, problems = one(tmp_path, row)
    assert finding.finding_id == "f0"
    assert all(p.action != "rejected" for p in problems.values())


def test_a_targeted_exam_that_found_nothing_stays_targeted(tmp_path):
    rows = [{"modality": "MR", "text": "A mass."}, {"text": "No mass.", "targeted_at": "f0"}]
    (breast,) = load(tmp_path, rows).breasts
    assert [f.finding_id for f in breast.findings] == ["f0"]
    assert {r.modality: r.targeted for r in breast.readings} == {"MR": False, "US": True}


def test_places_that_no_column_holds_are_flagged_in_their_columns(tmp_path):
    text = "Mass in the medial breast, not behind the nipple, more than 5 cm from the nipple."
    finding, _, problems = one(tmp_path, {"text": text})
    assert (finding.clock_h, finding.region, finding.fn_mm) == (None, None, None)
    assert finding.size_mm is None
    assert {p.action for p in problems.values()} == {"flagged"}
    assert finding.quadrant == "inner"
    assert set(problems) == {"region", "fn_cm"}


# --- report of problems -------------------------------------------------------------------


def test_explain_says_where_what_allowed_and_how_to_fix(tmp_path):
    loaded = load(tmp_path, [{"fn_cm": 70}, {"breast": "left"}])
    text = explain(loaded.problems)
    assert "2 problems: 1 rejected, 1 ignored" in text
    assert "findings.csv, row 2 (c f0): fn_cm = '70'" in text
    assert "allowed: a number from 0 to 25 cm" in text
    assert "7 cm?" in text
    assert "findings.csv, row 3 (c f1): breast = 'left'" in text
    assert explain(()) == "No problems found."


@pytest.mark.parametrize("model", [FindingRow, BreastRow])
def test_every_column_describes_what_it_allows(model):
    for name, cell in model.model_json_schema()["properties"].items():
        assert cell["description"], name


@few(20)
@given(st.randoms())
def test_problems_do_not_depend_on_the_order_of_rows(tmp_path_factory, rng):
    rows = [
        {**BASE, "finding_id": f"f{i}", "modality": m, "clock": c, "breast": b, "same_as": s}
        for i, (m, c, b, s) in enumerate(
            [
                ("US", "13", "R", ""),
                ("MR", "7", "R", "f0"),
                ("US", "7,5", "L", "f9"),
                ("MG", "", "x", ""),
                ("CT", "", "R", ""),
                ("US", "7-Aug", "L", "f1"),
            ]
        )
    ]
    folder = tmp_path_factory.mktemp("order")

    def read(table):
        pd.DataFrame(table).to_csv(folder / "findings.csv", index=False)
        loaded = read_findings(folder / "findings.csv")
        problems = [(p.finding_id, p.field, p.value, p.action, p.fix) for p in loaded.problems]
        return loaded.breasts, problems

    assert read(rng.sample(rows, len(rows))) == read(rows)


def test_a_missing_breasts_table_is_said(tmp_path):
    load(tmp_path, [{}])
    path = tmp_path / "findings.csv"
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_findings(path, tmp_path / "none.csv")


# --- what cannot be read never makes two exams one ------------------------------------------


@pytest.mark.parametrize(
    ("field", "written"),
    [("date", ("01/02/2020", "01/02/2023")), ("view", ("RCC", "RMLO"))],
)
def test_rows_that_differ_in_a_cell_that_cannot_be_read_stay_apart(tmp_path, field, written):
    film = {"modality": "MG", "kind": "mass", "view": "CC", "posterior_mm": 30}
    loaded = load(tmp_path, [{**film, field: text} for text in written])
    assert {p.field for p in loaded.problems} >= {field}
    found = readings_of(loaded)
    assert len(found) == 2
    (breast,) = loaded.breasts
    assert len({f.reading_id for f in breast.findings}) == 2
    assert all(r.order is None for r in found.values())
    same = load(tmp_path, [{**film, field: written[0]} for _ in range(2)])
    assert len(readings_of(same)) == 1


def test_one_exam_id_of_two_modalities_is_two_studies(tmp_path):
    rows = [{"modality": m, "exam_id": "visit 1"} for m in ("US", "MR")]
    assert {r.study for r in readings_of(load(tmp_path, rows)).values()} == {
        "US visit 1", "MR visit 1",
    }  # fmt: skip
    apart = [{**row, "exam_id": row["modality"]} for row in rows]
    assert {r.study for r in readings_of(load(tmp_path, apart)).values()} == {"US", "MR"}


def test_a_stereo_pair_is_taken_around_its_base_view(tmp_path):
    rows = [{"modality": "MG", "view": "STEREO", "base_view": "ML", "view_angle_deg": -15}]
    found = readings_of(load(tmp_path, rows, [{"exam_stereo": 1}]))
    assert {r.angle_deg for r in found.values()} == {75.0, 105.0}
    assert {r.base_angle_deg for r in found.values()} == {90.0}


def test_what_was_not_read_is_told_from_what_was_read_in_doubt(tmp_path):
    words = "a mass at 107-11 o'clock, 20 cm from the nipple"
    _, _, problems = one(tmp_path, {"modality": "US", "text": words})
    assert problems["clock"].not_read
    assert not problems["fn_cm"].not_read
    assert problems["fn_cm"].value == "20"  # as it was read: the cell is empty
    assert "flagged: not read, please look" in explain([problems["clock"]])
    assert "flagged: please look\n" in explain([problems["fn_cm"]])


@pytest.mark.parametrize(
    "written", [{"modality": "US", "fn_cm": 20}, {"modality": "US", "size_mm": 250},
                {"modality": "MG", "view": "CC", "posterior_mm": -50}],
)  # fmt: skip
def test_what_no_breast_holds_is_used_but_flagged(tmp_path, written):
    loaded = load(tmp_path, [written])
    (problem,) = loaded.problems
    assert problem.action == "flagged"
    assert problem.field in written
    assert "unit" in problem.fix
