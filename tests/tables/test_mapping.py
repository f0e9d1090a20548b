"""Tables in the columns of others: what `corr map` proposes, and what a columns file does."""

from __future__ import annotations

import openpyxl
import pytest
from ruamel.yaml import YAML

from corr.face.reading import propose_columns
from corr.problems import InputError, explain
from corr.tables import read_findings
from corr.tables.files import sheet_of
from corr.tables.findings import FindingRow
from corr.tables.mapping.columns_file import read_columns
from corr.tables.mapping.header_words import meant
from corr.tables.mapping.propose import proposal_text, propose
from corr.tables.sheets.sheet import header_at

REDCAP = """\
record_id,redcap_repeat_instrument,redcap_repeat_instance,lat,method,typ___1,typ___2,diam,hour,nd_cm
1,,,,,,,,,
1,mammo,1,2,1,1,0,1.4,,
1,us,1,2,2,0,1,-99,10,4.5
1,us,2,2,2,1,1,0.6,7-Aug,2
"""
COLUMNS = {
    "findings": {
        "case_id": "record_id",
        "finding_id": ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance"],
        "breast": {"from": "lat", "values": {1: "R", 2: "L"}},
        "modality": {"from": "method", "values": {1: "MG", 2: "US"}},
        "kind": {"checked": {"typ___1": "mass", "typ___2": "cyst"}},
        "size_mm": {"from": "diam", "unit": "cm"},
        "clock": "hour",
        "fn_cm": {"from": "nd_cm", "unit": "cm"},
    },
    "missing": [-99],
}


@pytest.fixture
def redcap(tmp_path):
    path = tmp_path / "redcap.csv"
    path.write_text(REDCAP)
    return path


def changed(name, entry):
    return {**COLUMNS, "findings": {**COLUMNS["findings"], name: entry}}


def test_a_columns_file_reads_the_table_of_others(redcap, tmp_path):
    loaded = read_findings(redcap, columns=COLUMNS)
    rows = {r.finding_id: r for r in loaded.rows}
    assert set(rows) == {"1-mammo-1", "1-us-1", "1-us-2"}
    film, us, third = rows["1-mammo-1"], rows["1-us-1"], rows["1-us-2"]
    assert (film.breast, film.modality, film.kind, film.size_mm) == ("L", "MG", "mass", 14.0)
    assert (us.kind, us.size_mm, us.clock, us.fn_cm) == ("cyst", None, (10, 10), 4.5)
    assert third.kind is None  # two boxes ticked: nobody knows which
    wrong = {(p.row, p.field) for p in loaded.problems if p.action != "noted"}
    assert wrong == {(5, "kind"), (5, "clock")}
    assert any("state nothing of a finding" in p.fix for p in loaded.problems)
    with (tmp_path / "columns.yaml").open("w") as file:
        YAML(typ="safe").dump(COLUMNS, file)
    assert read_findings(redcap, columns=tmp_path / "columns.yaml").rows == loaded.rows


@pytest.mark.parametrize(
    ("name", "entry", "said"),
    [
        ("breast", {"from": "lat", "values": {1: "R", 2: "?"}}, "nobody has decided what '2'"),
        ("breast", "side", "the table has no column 'side'"),
        ("breast", {"from": "lat", "values": {1: "R", 2: "Left!"}}, "Left!"),
        ("kind", {"checked": {"typ___1": "masss"}}, "masss"),
        ("size_mm", {"from": "diam", "unit": "inch"}, "inch"),
        ("size_mm", {"column": "diam"}, "allowed"),
        ("size_mm", {"from": "diam", "always": 3}, "one of from, checked and always"),
        ("sizze_mm", "diam", "did you mean 'size_mm'"),
        ("modality", [], "allowed"),
    ],
)
def test_what_a_columns_file_says_wrong_is_explained(redcap, name, entry, said):
    with pytest.raises(InputError) as error:
        read_findings(redcap, columns=changed(name, entry))
    assert said in str(error.value)
    assert error.value.problems


def test_all_that_is_open_is_named_once(redcap):
    codes = {"values": {1: "?"}}
    columns = {
        name: {"from": source, **codes}
        for name, source in (("breast", "lat"), ("modality", "method"), ("kind", "diam"))
    }
    with pytest.raises(InputError) as error:
        read_findings(redcap, columns={"findings": {**COLUMNS["findings"], **columns}})
    said = [p.value.partition(":")[0] for p in error.value.problems if p.action != "noted"]
    assert said == ["breast", "kind", "modality"]
    assert all(f"{name}: nobody has decided" in error.value.what for name in columns)
    assert "row was kept" not in explain(error.value.problems)


def test_what_is_open_of_a_column_that_may_be_missing_keeps_the_rows(redcap):
    said = explain(read_findings(redcap, columns=changed("kind", {"from": "?"})).problems)
    assert "kind: the table has no column '?'" in said
    assert "it was not used" in said


@pytest.mark.parametrize(
    ("name", "entry"),
    [("size_mm", {"from": "diam", "unit": "?"}), ("size_mm", "diameter"),
     ("kind", {"checked": {"typ___1": "?", "typ___2": "cyst"}})],
)  # fmt: skip
def test_what_is_not_decided_is_not_used_and_said(redcap, name, entry):
    loaded = read_findings(redcap, columns=changed(name, entry))
    assert {getattr(r, name) for r in loaded.rows} == {None}
    assert (name, "ignored") in {(p.field, p.action) for p in loaded.problems}


@pytest.mark.parametrize("text", ["", "- a", "findings: 3", "a: [", "findings: {kind: {}}\n\t"])
def test_a_columns_file_that_is_none(tmp_path, text):
    (tmp_path / "columns.yaml").write_text(text)
    with pytest.raises(InputError, match=r"columns\.yaml"):
        read_columns(tmp_path / "columns.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        read_columns(tmp_path / "nowhere.yaml")


def test_a_table_without_a_columns_file_says_how_to_make_one(redcap):
    with pytest.raises(InputError, match=r"case_id \(record_id\?\)") as error:
        read_findings(redcap)
    assert "corr map" in error.value.fix


def test_a_proposal_has_reasons_and_leaves_open_what_only_the_user_knows(redcap):
    text = propose_columns(redcap)
    said = YAML(typ="safe").load(text)["findings"]
    assert said["case_id"] == "record_id"
    assert said["finding_id"] == COLUMNS["findings"]["finding_id"]
    assert said["modality"] == {
        "from": "redcap_repeat_instrument", "values": {"mammo": "MG", "us": "US"}
    }  # fmt: skip
    assert said["kind"] == {"checked": {"typ___1": "?", "typ___2": "?"}}
    lines, _ = propose(sheet_of(redcap, FindingRow), FindingRow)
    assert {p.name for p in lines if p.undecided} == {"breast", "kind"}
    assert all(p.why for p in lines)


def test_a_proposal_of_labels_reads_the_table_as_it_stands(tmp_path):
    (tmp_path / "labels.csv").write_text(
        "Record ID,Befund-Nr,Seite,Methode,Art (choice=Herd),Finding type (choice=Mass),"
        "Größter Durchmesser (cm),Uhrzeitposition,Mamillenabstand [mm]\n"
        "A,1,links,MRT,,Checked,1.4,,\nB,2,rechts,Sonographie,,Checked,0.9,10 Uhr,45\n",
        encoding="utf-8",
    )
    (tmp_path / "columns.yaml").write_text(propose_columns(tmp_path / "labels.csv"))
    said = YAML(typ="safe").load((tmp_path / "columns.yaml").read_text())
    said["findings"]["kind"] = {"checked": {"Finding type (choice=Mass)": "mass"}}
    loaded = read_findings(tmp_path / "labels.csv", columns=said)
    rows = [(r.case_id, r.breast, r.modality, r.kind, r.size_mm, r.fn_cm) for r in loaded.rows]
    assert rows == [("A", "L", "MR", "mass", 14, None), ("B", "R", "US", "mass", 9, 4.5)]


CODED = "SUBJID,SIDE,LESNO,MOD,LESSIZE,NIPDIST_CM\n"


def test_a_proposal_tells_findings_apart_and_names_codes_it_saw(tmp_path):
    path = tmp_path / "sas.csv"
    path.write_text(CODED + "1,L,1,MRI,14,4\n1,L,2,US,-99,999\n2,R,1,US,12,.\n")
    text = propose_columns(path)
    said = YAML(typ="safe").load(text)["findings"]
    assert said["finding_id"] == ["SUBJID", "LESNO"]
    assert "# missing: [-99, 999]  # stand in the table" in text
    path.write_text(CODED + "1,L,1,MRI,14,4\n1,L,1,MRI,12,.\n")
    (line,) = [x for x in propose_columns(path).splitlines() if x.startswith("  finding_id")]
    assert "# ?" in line


def test_one_column_is_not_both_exam_and_modality(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("Fall,Seite,Befund,Untersuchung\n1,li,1,Sono\n1,li,2,MRT\n")
    said = YAML(typ="safe").load(propose_columns(path))["findings"]
    assert said["modality"]["values"] == {"Sono": "US", "MRT": "MR"}
    assert "exam_id" not in said


def test_a_proposal_of_our_own_table_changes_nothing(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("case_id,breast,finding_id,modality,size_mm,kind\nc,R,f,US,7,mass\n")
    (tmp_path / "c.yaml").write_text(propose_columns(path))
    assert read_findings(path, columns=tmp_path / "c.yaml") == read_findings(path)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("dist_nipple", "fn_cm"), ("Mamillenabstand (mm)", "fn_cm"), ("nipple_dist_mm", "fn_cm"),
        ("laterality", "breast"), ("Côté", "breast"), ("PatientID", "case_id"),
        ("finding_type___2", "kind"), ("lesion_no", "finding_id"), ("clokc", "clock"),
        ("nipple_distanse_mm", "nipple_distance_mm"), ("position from nipple", None),
        ("mr_comment_s", None), ("operator", None),
    ],
)  # fmt: skip
def test_hints_go_by_words_and_by_spelling_only_for_slips(header, column):
    assert meant(header, FindingRow) == column


# --- titles above the header ------------------------------------------------------------------

FOREIGN = "Pat.-Nr.;Seite;Modalität;Befund-Nr.;Art;Größe (mm)\n7;links;Sono;1;Herdbefund;9\n"
TITLES = ("Mammazentrum Musterstadt\n\n", "Befund\nStand 2024;geprüft\n")


@pytest.mark.parametrize("title", TITLES)
def test_a_header_in_words_of_others_is_found_below_a_title(tmp_path, title):
    path = tmp_path / "klinik.csv"
    path.write_text(title + FOREIGN)
    lines, left = propose(sheet_of(path, FindingRow), FindingRow)
    assert {p.name for p in lines} >= {"case_id", "breast", "modality", "finding_id", "size_mm"}
    assert left == []
    book = openpyxl.Workbook()
    for line in (title + FOREIGN).splitlines():
        book.active.append(line.split(";"))
    book.active.merge_cells("A1:D1")
    book.save(tmp_path / "klinik.xlsx")
    assert propose(sheet_of(tmp_path / "klinik.xlsx", FindingRow), FindingRow)[0] == lines


def test_a_header_in_row_1_stays_the_header_whatever_stands_below():
    for head in ("Pat;Seite;x", "a;b;c"):
        rows = [head.split(";"), ["Mamma", "Sein", "type"], ["1", "2", "3"]]
        assert header_at(rows, FindingRow) == 0


def test_a_map_finds_the_header_that_has_its_names(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Klinik\nq1,q2,q3,q4\nc,L,US,1\nc,L,MR,2\n")
    columns = {"findings": {"case_id": "q1", "breast": "q2", "modality": "q3", "finding_id": "q4"}}
    loaded = read_findings(path, columns=columns)
    assert [r.finding_id for r in loaded.rows] == ["1", "2"]
    assert any("the header is row 2" in p.fix for p in loaded.problems)


def test_one_cell_in_the_first_row_is_asked_about(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Klinik\nq1,q2,q3,q4\nc,L,US,1\n")
    with pytest.raises(InputError, match="usable column") as refused:
        read_findings(path)
    assert "delete what stands above the header" in refused.value.fix
    assert "delete what stands above the header" in proposal_text(
        sheet_of(path, FindingRow), FindingRow
    )
