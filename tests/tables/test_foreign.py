"""Tables as people export them: other languages and programs are read, and it is said."""

from __future__ import annotations

import datetime as dt
import zipfile

import openpyxl
import pandas as pd
import pytest

from corr import judge
from corr.problems import InputError, explain
from corr.tables import read_findings
from corr.tables.cells.cell import FieldError
from corr.tables.cells.clock import Clock
from corr.tables.cells.fields import Day, Number

HEAD = ["case_id", "breast", "finding_id", "modality"]
ROW = {"case_id": "c", "breast": "R", "finding_id": "f", "modality": "US"}


def read(rows, **others):
    """Findings of a list of dicts by id, and the problems."""
    filled = [{**ROW, "finding_id": f"f{i}", **r} for i, r in enumerate(rows)]
    loaded = read_findings(filled, **others)
    return {f.finding_id: f for b in loaded.breasts for f in b.findings}, loaded


def noted(loaded):
    return {p.field for p in loaded.problems if p.action == "noted"}


def wrong(loaded):
    return [(p.field, p.value, p.action) for p in loaded.problems if p.action != "noted"]


# --- words, numbers, hours ------------------------------------------------------------------------

WORDS = [
    ("breast", "Links", "L"), ("breast", "sein droit", "R"), ("breast", "izq.", "L"),
    ("breast", "dx", "R"), ("modality", "MRI", "MR"), ("modality", "Sonographie", "US"),
    ("modality", "IRM", "MR"), ("modality", "mamografía", "MG"), ("modality", "CESM", "CEM"),
    ("kind", "irregular mass", "mass"), ("kind", "nódulo espiculado", "mass"),
    ("kind", "masses, oval, circumscribed", "mass"),
    ("kind", "Herdbefund", "mass"), ("kind", "nódulo", "mass"), ("kind", "kyste", "cyst"),
    ("quadrant", "oben außen", "UOQ"), ("quadrant", "supéro-externe", "UOQ"),
    ("quadrant", "CIE", "LOQ"), ("quadrant", "quadrante inferiore interno", "LIQ"),
    ("region", "rétro-aréolaire", "subareolar"), ("bi_rads", "BI-RADS IV a", "4A"),
    ("depth_third", "mittleres Drittel", "middle"), ("very_close_to_nipple", "ja", True),
    ("size_mm", "1,2 cm", 12.0), ("size_mm", "12mm", 12.0), ("fn_cm", "45 mm", 4.5),
    ("depth_mm", "14,5", 14.5), ("clock", "10 Uhr 30", (10.5, 10.5)), ("clock", "VII", (7, 7)),
    ("clock", "entre 7 et 8 h", (7, 8)), ("clock", "7:30:00 AM", (7.5, 7.5)),
    ("clock", "7,5", (7.5, 7.5)), ("clock", dt.time(7, 30), (7.5, 7.5)),
    ("date", "3.2.2024", dt.date(2024, 2, 3)), ("date", "3 febr. 2024", dt.date(2024, 2, 3)),
    ("date", "03FEB2024", dt.date(2024, 2, 3)), ("date", "20240203", dt.date(2024, 2, 3)),
    ("date", 45325, dt.date(2024, 2, 3)), ("date", "17/02/2024", dt.date(2024, 2, 17)),
    ("date", "2024-02-03T10:30:00", dt.date(2024, 2, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("column", "written", "value"), WORDS)
def test_what_has_one_meaning_is_read_and_said(column, written, value):
    _, loaded = read([{column: written}, {}])
    (row,) = [r for r in loaded.rows if r.finding_id == "f0"]
    assert getattr(row, column) == value
    assert wrong(loaded) == []
    if column != "clock" or not isinstance(written, dt.time):
        assert noted(loaded) == {column}


AMBIGUOUS = [
    ("date", "03/02/2024", ["2024-02-03", "2024-03-02"]), ("date", "03.02.24", []),
    ("clock", "08-juil", ["7-8"]), ("clock", "11. Okt", ["10-11"]), ("clock", "mar-07", ["3-7"]),
    ("clock", "0,3125", ["7:30"]), ("clock", 45911, ["9-11"]), ("clock", "7:30 PM", ["7:30"]),
    ("clock", "half 8", []), ("clock", dt.datetime(2024, 8, 7), ["7-8"]),
    ("size_mm", "14. Mai", ["14.5"]), ("size_mm", "ca. 12 mm", []), ("nipple_row", "1,234", []),
    ("breast", "1", []), ("modality", "2", []), ("kind", "1", []), ("kind", "lump", []),
]  # fmt: skip


@pytest.mark.parametrize(("column", "written", "candidates"), AMBIGUOUS)
def test_what_may_mean_two_things_is_refused_with_candidates(column, written, candidates):
    more = {"modality": "MG"} if column == "nipple_row" else {}
    _, loaded = read([{**more, column: written}, {}])
    (problem,) = [p for p in loaded.problems if p.field == column and p.action != "flagged"]
    assert problem.action in ("ignored", "rejected")
    for candidate in candidates:
        assert candidate in problem.fix


def test_a_column_says_which_number_of_a_date_is_the_day():
    _, clear = read([{"date": "03/02/2024"}, {"date": "17/02/2024"}])
    assert [r.date for r in clear.rows] == [dt.date(2024, 2, 3), dt.date(2024, 2, 17)]
    _, american = read([{"date": "03/02/2024"}, {"date": "02/17/2024"}])
    assert [r.date for r in american.rows] == [dt.date(2024, 3, 2), dt.date(2024, 2, 17)]
    _, both = read([{"date": "03/02/2024"}, {"date": "17/02/2024"}, {"date": "02/17/2024"}])
    assert next(r.date for r in both.rows) is None
    assert wrong(both) == [("date", "03/02/2024", "ignored")]


def test_a_modality_decides_what_a_kind_means():
    found, loaded = read(
        [{"kind": "non-mass", "modality": "US"}, {"kind": "non-mass", "modality": "MRI"}]
    )
    assert (found["f0"].kind, found["f1"].kind) == ("nonmass", "nme")
    assert wrong(loaded) == []


def test_a_view_with_its_side_is_read_and_one_of_the_other_side_is_not():
    rows = [{"modality": "MG", "view": "RCC"}, {"modality": "MG", "view": "L-MLO"}]
    _, loaded = read(rows)
    assert [r.view for r in loaded.rows] == ["CC", None]
    assert ("view", "L-MLO", "ignored") in wrong(loaded)


@pytest.mark.parametrize(
    ("column", "words", "way"),
    [
        ("quadrant", "retromamillär", "region: subareolar"),
        ("quadrant", "prolongement axillaire", "region: axillary_tail"),
        ("region", "oben außen", "quadrant: UOQ"),
        ("region", "UOQ", "quadrant: UOQ"),
    ],
)
def test_words_of_the_other_column_of_places_are_sent_there(column, words, way):
    _, loaded = read([{"kind": "mass", column: words}])
    assert wrong(loaded) == [(column, words, "ignored")]
    assert way in next(p.fix for p in loaded.problems if p.field == column)


def test_german_codes_make_uiq_doubtful():
    found, _ = read([{"quadrant": "UIQ"}])
    assert found["f0"].quadrant == "UIQ"
    found, loaded = read([{"quadrant": "UIQ"}, {"quadrant": "OAQ"}])
    assert (found["f0"].quadrant, found["f1"].quadrant) == (None, "UOQ")
    assert wrong(loaded) == [("quadrant", "UIQ", "ignored")]


def test_single_letters_of_a_romance_language():
    _, loaded = read([{"breast": "D"}, {"breast": "I"}])
    assert [r.breast for r in loaded.rows] == ["L", "R"]
    with pytest.raises(InputError):
        read([{"breast": "I"}])


def test_sizes_side_by_side_fill_the_columns_that_are_empty():
    found, loaded = read([{"size_mm": "1,3 x 1,1 x 0,9 cm"}, {"size_mm": "13x9", "size2_mm": 8}])
    assert (found["f0"].size_mm, found["f0"].size2_mm, found["f0"].size3_mm) == (13, 11, 9)
    assert [r.size_mm for r in loaded.rows] == [13, None]
    assert ("size_mm", "13x9", "ignored") in wrong(loaded)


def test_sizes_as_width_height_and_depth_are_put_longest_first_without_a_complaint():
    columns = {"size_mm": 11, "size2_mm": 7, "size3_mm": 9}
    found, loaded = read([{"size_mm": "7 x 9 x 11 mm"}, columns])
    for f in (found["f0"], found["f1"]):
        assert (f.size_mm, f.size2_mm, f.size3_mm) == (11, 9, 7)
    assert [w for w in wrong(loaded) if w[0] != "finding_id"] == []


def test_a_length_without_unit_in_its_header_is_read_if_its_cells_bring_theirs():
    found, loaded = read([{"Size": "1.1 x 0.7 cm"}, {"Size": "9 mm"}, {}])
    assert [found[f].size_mm for f in ("f0", "f1", "f2")] == [11, 9, None]
    assert wrong(loaded) == []
    found, loaded = read([{"Size": "11 mm"}, {"Size": "9"}])
    assert {f.size_mm for f in found.values()} == {None}


def test_words_and_codes_for_nothing_are_one_note():
    rows = [{"size_mm": x, "fn_cm": "-99", "kind": "k.A."} for x in ("NA", ".", "#NULL!", ".b")]
    found, loaded = read(rows)
    assert {(f.size_mm, f.fn_mm, f.kind) for f in found.values()} == {(None, None, None)}
    (note,) = loaded.problems
    assert (note.action, note.field) == ("noted", "fn_cm, kind, size_mm")
    assert "12 cells" in note.fix


def test_a_code_that_a_column_could_hold_is_not_used_where_it_is_too_frequent():
    mri = [{"modality": "MR", "lateral_mm": x} for x in (-99, -99, -99, 12, 30, -20)]
    found, loaded = read(mri)
    assert [f.lateral_mm for f in found.values()] == [None] * 3 + [12, 30, -20]
    assert wrong(loaded) == [("lateral_mm", "-99", "ignored")] * 3
    found, loaded = read(mri[2:])  # once it is a measure
    assert found["f0"].lateral_mm == -99
    assert wrong(loaded) == []


def test_notes_do_not_depend_on_the_order_and_name_what_was_written():
    rows = [{"finding_id": f"g{i}", "breast": b} for i, b in enumerate(("links", "L", "left"))]
    (note,), (again,) = (read(r)[1].problems for r in (rows, rows[::-1]))
    assert (note.value, note.fix) == (again.value, again.fix)
    assert note.value == "left, links"
    assert note.fix == "read as L (2 rows)"


# --- files ----------------------------------------------------------------------------------------

GERMAN = (
    "case_id;breast;finding_id;modality;date;size_mm;text\n"
    "c;links;f;Sonographie;03.02.2024;14,5;Läsion außen\n"
)


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (GERMAN.encode("cp1252"), {"delimiter", "encoding"}),
        (GERMAN.replace("\n", "\r\n").encode("utf-8-sig"), {"delimiter"}),
        (GERMAN.encode("utf-16"), {"delimiter", "encoding"}),
        (GERMAN.encode("utf-16-le"), {"delimiter", "encoding"}),
        (GERMAN.encode("utf-16-be"), {"delimiter", "encoding"}),
        (GERMAN.replace(";", "\t").encode(), {"delimiter"}),
        (GERMAN.replace(";", "|").encode(), {"delimiter"}),
        (("sep=;\n" + GERMAN).encode(), {"delimiter"}),
        (("Studie 7;;\n\n" + GERMAN).encode(), {"delimiter", "header"}),
        (GERMAN.replace("case_id", "Case ID").replace("size_mm", "size [mm]").encode(),
         {"delimiter", "header"}),
        ("".join(f"{n};{line}\n" for n, line in zip(('""', 1), GERMAN.splitlines(), strict=True))
         .encode(), {"delimiter", "header"}),
    ],
)  # fmt: skip
def test_files_of_other_programs(tmp_path, data, fields):
    (tmp_path / "f.csv").write_bytes(data)
    loaded = read_findings(tmp_path / "f.csv")
    (row,) = loaded.rows
    assert (row.breast, row.modality, row.size_mm, row.text) == ("L", "US", 14.5, "Läsion außen")
    assert row.date == dt.date(2024, 2, 3)
    assert noted(loaded) == {"breast", "modality", "date", "size_mm"} | fields
    assert [p for p in wrong(loaded) if p[0] not in ("text", "size_mm")] == []


def test_letters_of_another_program_are_a_question(tmp_path):
    (tmp_path / "f.csv").write_bytes(GERMAN.encode("mac_roman"))
    loaded = read_findings(tmp_path / "f.csv")
    assert ("encoding", "au§en", "flagged") in wrong(loaded)


def test_a_sheet_called_as_a_table_of_ours_that_is_none_spoils_nothing(tmp_path):
    rows = [FULL, ["c", "L", "a", "US", DAY, 14.5, "7-8"]]
    loaded = read_findings(
        book(tmp_path / "b.xlsx", findings=rows, exams=[["who", "what"], [1, 2]])
    )
    assert len(loaded.rows) == 1
    assert wrong(loaded) == [("sheet", "exams", "flagged")]


def test_decimal_commas_between_commas_stay_a_question(tmp_path):
    (tmp_path / "f.csv").write_text(f'{",".join(HEAD)},size_mm\nc,R,f,US,"14,5"\n')
    loaded = read_findings(tmp_path / "f.csv")
    assert wrong(loaded) == [("size_mm", "14,5", "ignored")]


# --- workbooks ------------------------------------------------------------------------------------


def book(path, **sheets):
    """A workbook of sheets by name, each a list of rows."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


FULL = [*HEAD, "date", "size_mm", "clock"]
DAY = dt.datetime(2024, 2, 3)


def test_a_workbook_is_read_with_its_types_and_the_tables_beside(tmp_path):
    findings = [
        ["Study 7"], FULL,
        ["c", "links", "a", "MRT", DAY, 14.5, dt.datetime(2024, 8, 7)],
        ["c", "L", "b", "US", DAY, "14,5", dt.time(7, 30)],
        ["c", "L", "d", "US", 45325, None, 0.3125],
    ]  # fmt: skip
    breasts = [["case_id", "breast", "exam_mr"], ["c", "L", True]]
    exams = [[*HEAD[:2], "modality", "exam_id", "done"], ["c", "L", "MG", "MG", 1]]
    path = book(tmp_path / "b.xlsx", Befunde=findings, breasts=breasts, Exams=exams, other=[["x"]])
    loaded = read_findings(path)
    assert [(r.size_mm, r.clock, r.date) for r in loaded.rows] == [
        (14.5, None, DAY.date()), (14.5, (7.5, 7.5), DAY.date()), (None, None, DAY.date())
    ]  # fmt: skip
    mangled = {p.row: p.fix for p in loaded.problems if p.field == "clock"}
    assert set(mangled) == {3, 5}
    assert "7-8" in mangled[3]
    assert "7:30" in mangled[5]
    assert {r.modality for r in loaded.breasts[0].readings} == {"MR", "US", "MG"}
    assert "other" in explain(loaded.problems)


def test_a_workbook_and_its_csv_say_the_same(tmp_path):
    rows = [FULL, ["c", "L", "a", "US", "2024-02-03", 14.5, "7-8"]]
    pd.DataFrame(rows[1:], columns=rows[0]).to_csv(tmp_path / "f.csv", index=False)
    one = read_findings(book(tmp_path / "b.xlsx", Sheet1=rows))
    assert one == read_findings(tmp_path / "f.csv")
    assert one.problems == ()


def test_which_sheet_is_asked_where_it_is_not_clear(tmp_path):
    rows = [FULL, ["c", "L", "a", "US", DAY, 14.5, "7-8"]]
    path = book(tmp_path / "b.xlsx", one=rows, two=rows)
    with pytest.raises(InputError, match="which sheet") as error:
        read_findings(path)
    assert "one, two" in error.value.fix
    assert len(read_findings(f"{path}#two").rows) == 1
    with pytest.raises(InputError, match="no sheet 'three'"):
        read_findings(f"{path}#three")
    assert len(read_findings(book(path, notes=[["x"]], one=rows)).rows) == 1  # one alone fits


def test_formulas_without_values_merged_cells_and_padded_ids(tmp_path):
    path = book(tmp_path / "b.xlsx", findings=[
        FULL, [12, "L", "a", "US", None, "=7+7", 7], [None, "L", "b", "US", None, 9, 7]
    ])  # fmt: skip
    workbook = openpyxl.load_workbook(path)
    workbook["findings"]["A2"].number_format = "00000"
    workbook["findings"].merge_cells("A2:A3")
    workbook["findings"]["ZZ99999"].value = "stray"
    workbook.save(path)
    loaded = read_findings(path)
    assert [(r.case_id, r.size_mm) for r in loaded.rows] == [("00012", None), ("00012", 9.0)]
    assert {p.field for p in loaded.problems if p.action != "noted"} == {"formula", "size_mm"}


def test_what_is_no_workbook_is_one_line(tmp_path):
    old, ods, broken = (tmp_path / n for n in ("a.xls", "b.ods", "c.xlsx"))
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    with zipfile.ZipFile(ods, "w") as packed:
        packed.writestr("content.xml", "<x/>")
    broken.write_bytes(b"PK\x03\x04" + bytes(200))
    for path, said in ((old, "old .xls"), (ods, "OpenDocument"), (broken, "not a readable")):
        with pytest.raises(InputError, match=said) as error:
            read_findings(path)
        assert "\n" not in str(error.value)
        assert ".xlsx" in error.value.fix


def test_frames_and_dicts_are_tables():
    rows = [{**ROW, "date": DAY, "clock": 7.5}, {**ROW, "finding_id": "g", "fn_cm": float("nan")}]
    loaded = read_findings(rows)
    assert loaded.problems == ()
    assert loaded == read_findings(pd.DataFrame(rows))
    with pytest.raises(InputError, match="no usable column"):
        read_findings([])


# --- cells by themselves --------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["9-sept", "09. Sep", "9/set", "sep-09", "09.09.2024"])
def test_hours_that_became_dates_are_known_in_any_language(text):
    with pytest.raises(FieldError, match="spreadsheet"):
        Clock().parse(text)
    with pytest.raises(FieldError, match="spreadsheet"):
        Number(0, 25).parse(text)


def test_a_date_that_may_be_two_names_both():
    with pytest.raises(FieldError) as error:
        Day().parse("03/02/2024")
    assert "2024-02-03" in error.value.fix
    assert "2024-03-02" in error.value.fix


# --- a view left out ------------------------------------------------------------------------------


@pytest.mark.parametrize(("exam", "ids"), [("MG", ("MG", "MG")), ("", ("MG1", "MG2"))])
def test_films_beside_a_finding_without_a_view_are_not_silent_about_it(exam, ids):
    place = {"kind": "mass", "size_mm": 12, "clock": "7-8", "fn_cm": 4}
    rows = [{**ROW, "finding_id": "m", "modality": "MG", "exam_id": exam, **place},
            {**ROW, "finding_id": "u", "exam_id": "US", **place}]  # fmt: skip
    who = {"case_id": "c", "breast": "R", "done": 1}
    films = [{**who, "modality": "MG", "exam_id": i, "view": v}
             for i, v in zip(ids, ("CC", "MLO"), strict=True)]  # fmt: skip
    alone = {**who, "modality": "MG", "exam_id": exam}
    ps = [judge(rows, exams=e).pairs["log10_prior"].item() for e in (films, [alone])]
    assert ps[0] == pytest.approx(ps[1], abs=0.02)
    seen = judge([{**rows[0], "view": "CC", "exam_id": ids[0]}, rows[1]], exams=films)
    assert seen.pairs["log10_prior"].item() < ps[0] - 0.1  # a film that shows nothing counts
