"""Broken input never ends in a traceback: every row is used or explained."""

from __future__ import annotations

import contextlib
import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corr.problems import InputError, explain
from corr.tables import read_findings
from corr.tables.findings import FindingRow

US = {"case_id": "c", "breast": "R", "finding_id": "f", "modality": "US", "clock": "7-8"}
MG = {"case_id": "c", "breast": "R", "finding_id": "f", "modality": "MG", "view": "CC"}
MR = {"case_id": "c", "breast": "R", "finding_id": "f", "modality": "MR"}
GOOD = {"case_id": "good", "breast": "L", "finding_id": "good", "modality": "MR", "kind": "mass"}

REJECTED = [
    ("side in other words", US, {"breast": "upper"}, "breast"),
    ("side both", US, {"breast": "B"}, "breast"),
    ("no side", US, {"breast": ""}, "breast"),
    ("no case", US, {"case_id": ""}, "case_id"),
    ("case NaN", US, {"case_id": "NaN"}, "case_id"),
    ("no finding id", US, {"finding_id": ""}, "finding_id"),
    ("endless finding id", US, {"finding_id": "x" * 5000}, "finding_id"),
    ("other modality", US, {"modality": "CT"}, "modality"),
    ("no modality", US, {"modality": "n/a"}, "modality"),
    ("doubled id", US, {"finding_id": "good"}, "finding_id"),
]
IGNORED = [
    ("hour 13", US, {"clock": "13"}, "clock", "no such hour"),
    ("hour 0", US, {"clock": "0"}, "clock", "no such hour"),
    ("three digits", US, {"clock": "107-11"}, "clock", "10-11"),
    ("range backwards", US, {"clock": "8-7"}, "clock", "7-8"),
    ("Excel day", US, {"clock": "7-Aug"}, "clock", "format the column as text"),
    ("Excel day, American", US, {"clock": "08-Jul"}, "clock", "7-8"),
    ("Excel date", US, {"clock": "2026-08-07 00:00:00"}, "clock", "7-8"),
    ("comma hour", US, {"clock": "7,5"}, "clock", "7.5"),
    ("comma decimal", US, {"size_mm": "7,1"}, "size_mm", "7.1"),
    ("number with words", US, {"size_mm": "about 7 mm"}, "size_mm", "without unit"),
    ("number with another unit", US, {"size_mm": "7 inch"}, "size_mm", "without unit"),
    ("failed formula", US, {"size_mm": "#REF!"}, "size_mm", "formula"),
    ("infinite", US, {"depth_mm": "inf"}, "depth_mm", "plain number"),
    ("too large to be finite", US, {"depth_mm": "1e999"}, "depth_mm", "finite"),
    ("number with underscores", US, {"depth_mm": "1_0"}, "depth_mm", "plain number"),
    ("negative distance", US, {"fn_cm": "-3"}, "fn_cm", "without sign"),
    ("mm in a cm column", US, {"fn_cm": "70"}, "fn_cm", "7 cm?"),
    ("negative size", US, {"size_mm": "-7"}, "size_mm", "without sign"),
    ("no size", US, {"size_mm": "0"}, "size_mm", "check the value"),
    ("size as a date", US, {"size_mm": "7-Aug"}, "size_mm", "spreadsheet"),
    ("half a calcification", MG, {"n_calcifications": "2.5"}, "n_calcifications", "whole"),
    ("calcification without any", MG, {"kind": "calcification", "n_calcifications": "0"},
     "n_calcifications", "mass"),
    ("counts crossed", US, {"count_min": "3", "count_max": "2"}, "count_min", "correct the counts"),
    ("count zero", US, {"count_min": "0"}, "count_min", "check the value"),
    ("unknown kind", US, {"kind": "lump"}, "kind", "allowed words"),
    ("kind of another modality", US, {"kind": "nme"}, "kind", "MR"),
    ("BI-RADS 7", US, {"bi_rads": "7"}, "bi_rads", "allowed words"),
    ("unknown view", MG, {"view": "MLX"}, "view", "allowed words"),
    ("view on ultrasound", US, {"view": "MLO"}, "view", "correct view or modality"),
    ("view on MRI", MR, {"view": "CC"}, "view", "correct view or modality"),
    ("ABUS on film", MG, {"view": "ABUS"}, "view", "correct view or modality"),
    ("CC at 45 degrees", MG, {"view_angle_deg": "45"}, "view_angle_deg", "contradicts"),
    ("MLO at 90 degrees", MG, {"view": "MLO", "view_angle_deg": "90"}, "view_angle_deg", "MLO"),
    ("ML at 0 degrees", MG, {"view": "ML", "view_angle_deg": "0"}, "view_angle_deg", "contradicts"),
    ("angle of 400", MG, {"view_angle_deg": "400"}, "view_angle_deg", "check the value"),
    ("angle without view", MG, {"view": "", "view_angle_deg": "45"}, "view_angle_deg", "view"),
    ("thickness 500", MG, {"thickness_mm": "500"}, "thickness_mm", "check the value"),
    ("stereo without angle", MG, {"view": "STEREO", "posterior_mm": "30"}, "posterior_mm",
     "relative to the base view"),
    ("exaggerated view", MG, {"view": "XCCL", "posterior_mm": "30"}, "posterior_mm", "exaggerated"),
    ("film position without view", MG, {"view": "", "transverse_mm": "3"}, "transverse_mm",
     "not stated"),
    ("film position on ultrasound", US, {"transverse_mm": "3"}, "transverse_mm", "ultrasound"),
    ("prone position on film", MG, {"lateral_mm": "3"}, "lateral_mm", "film"),
    ("beam from nowhere", MG, {"beam_mm": "20"}, "beam_mm", "detector or paddle"),
    ("beam beyond the paddle", MG, {"beam_mm": "60", "beam_from": "paddle", "thickness_mm": "50"},
     "beam_mm", "thickness"),
    ("pixels without nipple", MG, {"row": "5", "col": "5"}, "row", "nipple_row"),
    ("MRI without nipple", MR, {"mr_l_mm": "5", "mr_p_mm": "5", "mr_s_mm": "5"}, "mr_l_mm",
     "mr_nipple_l_mm"),
    ("unknown quadrant", US, {"quadrant": "north"}, "quadrant", "allowed words"),
    ("misspelt half", US, {"quadrant": "uper"}, "quadrant", "did you mean 'upper'"),
    ("quadrant or half", MR, {"quadrant": "upper, outer"}, "quadrant", "UOQ if both"),
    ("quadrant for a region", MG, {"region": "outer half"}, "region", "quadrant: outer"),
    ("region for a quadrant", US, {"quadrant": "periareolar"}, "quadrant", "region"),
    ("day first", US, {"date": "07/08/2026"}, "date", "YYYY-MM-DD"),
    ("no such day", US, {"date": "2026-02-30"}, "date", "YYYY-MM-DD"),
    ("order zero", US, {"exam_order": "0"}, "exam_order", "check the value"),
    ("targeted at nothing", US, {"targeted_at": "f99"}, "targeted_at", "not in the file"),
    ("same as nothing", US, {"same_as": "goood"}, "same_as", "not in the file"),
    ("same as itself", US, {"same_as": "f"}, "same_as", "itself"),
    ("same as the other breast", US, {"same_as": "good"}, "same_as", "breast L"),
    ("huge cell", US, {"kind": "x" * 200_000}, "kind", "shorten"),
    ("NUL byte", US, {"kind": "ma\0ss"}, "kind", "control characters"),
    ("words are no mapping", US, {"words": "[1]"}, "words", "column"),
]  # fmt: skip
FLAGGED = [
    ("sizes not longest first", US, {"size_mm": "3", "size2_mm": "9"}, "size_mm", "order"),
    ("header sign on a left MLO", MG, {"breast": "L", "view": "MLO", "view_angle_deg": "-45"},
     "view_angle_deg", "used as 45"),
    ("unreadable words", US, {"clock": "", "text": "A mass at 107-11 o'clock."}, "clock", "7-11"),
    ("number of calcifications not said", US, {"text": "A mass with echogenic foci."},
     "n_calcifications", "read as 1"),
    ("place nobody can map", US, {"text": "A mass in the near zone."}, "text", "column"),
    ("words about the other breast", US, {"text": "A mass in the left breast."}, "text", "other"),
]  # fmt: skip


def write(path, rows, **options):
    columns = list(dict.fromkeys(c for row in rows for c in row))
    stream = io.StringIO()
    table = csv.DictWriter(stream, columns, lineterminator="\n", **options)
    table.writeheader()
    table.writerows(rows)
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")
    return path


def explained(problems, field, action, row=3):
    """The one problem of this field; complete, and shown to the user."""
    (problem,) = [p for p in problems if p.field == field and p.row == row]
    assert problem.action == action
    assert problem.file == "findings.csv"
    assert problem.allowed
    assert problem.fix
    assert problem.fix in explain(problems)
    return problem


@pytest.mark.parametrize(
    ("base", "change", "field"), [r[1:] for r in REJECTED], ids=[r[0] for r in REJECTED]
)
def test_rows_that_do_not_say_whose_they_are_are_rejected(tmp_path, base, change, field):
    other = {**GOOD, "finding_id": "still"}
    path = write(tmp_path / "findings.csv", [GOOD, {**base, **change}, other])
    loaded = read_findings(path)
    explained(loaded.problems, field, "rejected")
    used = {f.finding_id for b in loaded.breasts for f in b.findings}
    assert used == ({"still"} if change.get("finding_id") == "good" else {"good", "still"})


@pytest.mark.parametrize(
    ("base", "change", "field", "fix"), [r[1:] for r in IGNORED], ids=[r[0] for r in IGNORED]
)
def test_a_bad_value_is_ignored_and_the_finding_kept(tmp_path, base, change, field, fix):
    path = write(tmp_path / "findings.csv", [GOOD, {**base, **change}])
    loaded = read_findings(path)
    assert fix in explained(loaded.problems, field, "ignored").fix
    found = {f.finding_id: f for b in loaded.breasts for f in b.findings}
    assert set(found) == {"good", "f"}
    record = {"clock": "clock_h", "fn_cm": "fn_mm"}.get(field, field)
    if record not in ("count_min", "words"):
        assert getattr(found["f"], record, None) is None


@pytest.mark.parametrize(
    ("base", "change", "field", "fix"), [r[1:] for r in FLAGGED], ids=[r[0] for r in FLAGGED]
)
def test_a_doubtful_value_is_flagged(tmp_path, base, change, field, fix):
    path = write(tmp_path / "findings.csv", [GOOD, {**base, **change}])
    assert fix in explained(read_findings(path).problems, field, "flagged").fix


def test_the_exam_of_a_rejected_row_is_not_one_that_found_nothing(tmp_path):
    rows = [GOOD, {**US, "case_id": "good", "breast": "L", "finding_id": ""},
            {**MG, "case_id": "good", "breast": "L", "view": "MLO", "view_angle_deg": "-50",
             "finding_id": "twice"}]  # fmt: skip
    loaded = read_findings(write(tmp_path / "findings.csv", [*rows, rows[2]]))
    (breast,) = loaded.breasts
    assert [f.finding_id for f in breast.findings] == ["good"]
    assert [r.reading_id for r in breast.readings] == ["MR"]
    assert [p.row for p in loaded.problems if p.field == "finding_id"] == [3, 4, 5]


# --- whole files --------------------------------------------------------------------------

HEADER = "case_id,breast,finding_id,modality,clock,size_mm\n"
ROWS = 'a,R,1,US,7-8,7.1\nb,L,2,US,"1-2",6.6\n'


def read_bytes(tmp_path, data, name="findings.csv"):
    path = tmp_path / name
    path.write_bytes(data)
    return read_findings(path)


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ((HEADER + ROWS).encode(), set()),
        (b"\xef\xbb\xbf" + (HEADER + ROWS).encode(), set()),
        ((HEADER + ROWS).replace("\n", "\r\n").encode(), set()),
        ((HEADER + ROWS).replace("\n", "\r").encode(), set()),
        (b"\n\n" + (HEADER + "\n\n" + ROWS + ",,,,,\n").encode(), set()),
        ((HEADER + ROWS).rstrip().encode(), set()),
        (HEADER.upper().replace(",", " , ").encode() + ROWS.encode(), set()),
        ((HEADER + ROWS).replace(",", ";").encode(), {"delimiter"}),
        ((HEADER + ROWS).replace(",", "\t").encode(), {"delimiter"}),
        ((HEADER + ROWS).replace(",", "\t").encode("utf-16"), {"delimiter", "encoding"}),
        ((HEADER.strip() + ",,\n" + ROWS).encode(), {"row"}),
        ((HEADER.strip() + ",clokc\n" + ROWS.replace("\n", ",\n")).encode(), {"header"}),
        ((HEADER.strip() + ",comment\n" + ROWS.replace("\n", ",caf\xe9\n")).encode("latin-1"),
         {"header", "encoding"}),
    ],
)  # fmt: skip
def test_files_of_many_programs_are_used(tmp_path, data, fields):
    loaded = read_bytes(tmp_path, data)
    assert {p.field for p in loaded.problems} == fields
    found = [(b.case_id, f.finding_id, f.clock_h, f.size_mm)
             for b in loaded.breasts for f in b.findings]  # fmt: skip
    assert found == [("a", "1", (7, 8), 7.1), ("b", "2", (1, 2), 6.6)]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    loaded = read_bytes(tmp_path, f"\n{HEADER}\n{ROWS}c,R,3,US,13,1\n".encode())
    assert [(p.field, p.row) for p in loaded.problems] == [("clock", 6)]


def test_an_unquoted_comma_shifts_cells_so_none_of_the_measurements_is_used(tmp_path):
    loaded = read_bytes(tmp_path, f"{HEADER}a,R,1,US,7,5,7.1\n".encode())
    (finding,) = loaded.breasts[0].findings
    assert (finding.clock_h, finding.size_mm) == (None, None)
    (problem,) = loaded.problems
    assert (problem.field, problem.action, problem.row) == ("row", "ignored", 2)


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_below(tmp_path):
    loaded = read_bytes(tmp_path, f'{HEADER}a,R,1,US,"7-8,7.1\n{ROWS[17:]}'.encode())
    assert [p.field for p in loaded.problems] == ["quotes"]
    assert [(r.finding_id, r.clock) for r in loaded.rows] == [("1", (7, 8)), ("2", (1, 2))]


def test_letters_that_nobody_can_read_cost_their_cell_only(tmp_path):
    data = HEADER.replace("clock", "text").encode() + b"a,R,1,US,n\x81dulo,7.1\n"
    loaded = read_bytes(tmp_path, data)  # cp1252 has no letter 0x81
    assert {(p.field, p.action) for p in loaded.problems} == {
        ("encoding", "noted"), ("encoding", "flagged"), ("text", "ignored")
    }  # fmt: skip
    assert loaded.breasts[0].findings[0].size_mm == 7.1


def test_doubled_columns_are_not_guessed(tmp_path):
    text = "case_id,breast,finding_id,modality,clock,clock\na,R,1,US,7,8\n"
    loaded = read_bytes(tmp_path, text.encode())
    assert [(p.field, p.value, p.action) for p in loaded.problems] == [
        ("header", "clock", "ignored")
    ]
    assert loaded.breasts[0].findings[0].clock_h is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n\r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b",,,\n,,\n", "empty"),
        (HEADER.encode(), "no row"),
        (b"case,breast,finding_id,modality\na,R,1,US\n", "case_id"),
        (b"case_id,side,finding_id,modality\na,R,1,US\n", "breast"),
        (b"case_id,breast,breast,finding_id,modality\na,R,L,1,US\n", "breast"),
        (b"a,R,1,US\n", "no usable column"),
        (HEADER.encode() + b"a,both,1,US,,\n", "every row was rejected"),
        (b"PK\x03\x04rest of a workbook", "workbook"),
        (b"PAR1 no parquet", "Parquet"),
        (b"PAR1" * 20, "Parquet"),
        (b"\x00" * 50, "usable"),
        (b"\xff\xfe\x00", "usable"),
    ],
)
def test_what_cannot_be_used_is_one_line_with_its_problem(tmp_path, data, said):
    with pytest.raises(InputError) as error:
        read_bytes(tmp_path, data)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.problems
    assert "rejected" in explain(error.value.problems)


def test_a_folder_or_nothing_is_said(tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(InputError, match=r"without \.parquet files|cannot be read"):
            read_findings(path)


def test_typed_parquet_is_as_strict_as_text(tmp_path):
    table = pd.DataFrame(
        {
            "case_id": [1, 2, 3],
            "breast": ["R", None, "L"],
            "finding_id": [1.0, 2.0, 3.0],
            "modality": ["US", "US", "US"],
            "clock": [7.5, 13.0, float("nan")],
            "date": pd.to_datetime(["2025-01-02", None, "2025-03-04"]),
            "count_min": [2, None, float("inf")],
            "very_close_to_nipple": [True, False, None],
            "text": [["a", "list"], None, None],
        }
    )
    table.to_parquet(tmp_path / "findings.parquet")
    loaded = read_findings(tmp_path / "findings.parquet")
    assert [(b.case_id, [f.finding_id for f in b.findings]) for b in loaded.breasts] == [
        ("1", ["1"]),
        ("3", ["3"]),
    ]
    first = loaded.breasts[0]
    assert first.findings[0].clock_h == (7.5, 7.5)
    assert first.findings[0].very_close_to_nipple
    assert first.readings[0].reading_id == "US 2025-01-02"
    assert {(p.row, p.field) for p in loaded.problems} >= {
        (3, "breast"),
        (3, "clock"),
        (4, "count_min"),
    }


def test_breasts_and_exams_tables_are_checked_too(tmp_path):
    findings = write(tmp_path / "findings.csv", [GOOD])
    facts = {"case_id": "good", "breast": "L"}
    breasts = [
        {
            **facts,
            "exam_us": "perhaps",
            "density": "e",
            "cc_angle_deg": "45",
            "mlo_thickness_mm": "-5",
        },
        {"case_id": "x", "breast": "R", "exam_mr": "1"},
        {"case_id": "x", "breast": "R", "exam_mr": "1"},
        {"case_id": "y", "breast": "both"},
    ]
    exams = [{**facts, "modality": "XR"}, {**facts, "modality": "US", "done": "perhaps"}]
    loaded = read_findings(
        findings, write(tmp_path / "b.csv", breasts), write(tmp_path / "e.csv", exams)
    )
    found = {(p.file, p.row, p.field, p.action) for p in loaded.problems}
    assert found == {
        ("b.csv", 2, "exam_us", "ignored"),
        ("b.csv", 2, "density", "ignored"),
        ("b.csv", 2, "mlo_thickness_mm", "ignored"),
        ("b.csv", 3, "breast", "rejected"),
        ("b.csv", 4, "breast", "rejected"),
        ("b.csv", 5, "breast", "rejected"),
        ("e.csv", 2, "modality", "rejected"),
        ("e.csv", 3, "done", "ignored"),
    }
    assert len(loaded.breasts) == 1


@pytest.mark.parametrize("column", ["exam_cc", "exam_us", "exam_mr"])
def test_an_exam_said_not_done_that_has_findings_is_flagged_and_counts(tmp_path, column):
    rows = [{**row, "finding_id": f"f{k}"} for k, row in enumerate((MG, US, MR))]
    breasts = [{"case_id": "c", "breast": "R", column: "0"}]
    loaded = read_findings(write(tmp_path / "f.csv", rows), write(tmp_path / "b.csv", breasts))
    (problem,) = [p for p in loaded.problems if p.field == column]
    assert (problem.file, problem.row, problem.action) == ("b.csv", 2, "flagged")
    assert {r.modality for r in loaded.breasts[0].readings} == {"MG", "US", "MR"}


def test_a_ticked_exam_that_two_exams_show_adds_none(tmp_path):
    rows = [{**US, "finding_id": x, "exam_id": x, "date": d}
            for x, d in (("a", "2025-01-02"), ("b", "2025-07-02"))]  # fmt: skip
    breasts = [{"case_id": "c", "breast": "R", "exam_us": "1"}]
    loaded = read_findings(write(tmp_path / "f.csv", rows), write(tmp_path / "b.csv", breasts))
    assert sorted(r.exam_id for r in loaded.breasts[0].readings) == ["a", "b"]


# --- anything -----------------------------------------------------------------------------

_CELL = st.one_of(
    st.sampled_from(
        ["", "7", "7-8", "7,5", "-3", "0", "1e5", "NaN", "inf", "R", "L", "MG", "US", "MR", "CC",
         "MLO", "STEREO", "XCCL", "mass", "nme", "f1", "f2", "P\\L", "2025-01-01", "1", "45",
         "subareolar", "a mass at 7-8 o'clock", "{}", "\ud800"]
    ),
    st.text(max_size=8),
    st.floats().map(str),
    st.integers().map(str),
)  # fmt: skip
_COLUMNS = tuple(FindingRow.model_fields)


@given(st.lists(st.dictionaries(st.sampled_from(_COLUMNS), _CELL, max_size=14), max_size=5))
def test_any_cells_are_used_or_explained(tmp_path_factory, changes):
    path = tmp_path_factory.mktemp("cells") / "findings.csv"
    base = [MG, US, MR, MG, US]
    rows = [{**base[i], "finding_id": f"f{i}", **c} for i, c in enumerate(changes)]
    stream = io.StringIO()
    table = csv.DictWriter(stream, list(_COLUMNS))
    table.writeheader()
    table.writerows(rows)
    path.write_bytes(stream.getvalue().encode("utf-8", errors="surrogatepass"))
    try:
        loaded = read_findings(path)
    except InputError as error:
        loaded = None
        problems = error.problems
    else:
        problems = loaded.problems
    explain(problems)
    used = {f.finding_id for b in loaded.breasts for f in b.findings} if loaded else set()
    rejected = sum(p.action == "rejected" and p.row is not None for p in problems)
    rejected_rows = {p.row for p in problems if p.action == "rejected" and p.row}
    assert len(used) + len(rejected_rows) == len(rows)
    assert rejected >= len(rejected_rows)
    for breast in loaded.breasts if loaded else ():
        readings = {r.reading_id: r for r in breast.readings}
        assert len(readings) == len(breast.readings)
        assert all(f.reading_id in readings for f in breast.findings)


@given(
    st.sampled_from(["findings.csv", "findings.parquet"]),
    st.one_of(
        st.binary(max_size=120),
        st.binary(max_size=60).map(lambda b: HEADER.encode() + b),
        st.text('case_id,breast"\n\r;RLUSMG1\0', max_size=80).map(str.encode),
        st.binary(max_size=60).map(lambda b: b"PAR1" + b + b"PAR1"),
    ),
)
def test_any_bytes_are_a_table_or_an_explained_error(tmp_path_factory, name, data):
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(data)
    with contextlib.suppress(InputError):
        read_findings(path, path, path)
