"""Rows of negative exams are no findings; what may be one after all stays one, and is said."""

from __future__ import annotations

import pytest
import yaml

from corr.case.casefile import read_case
from corr.tables import read_findings
from corr.tables.findings import FindingRow
from corr.tables.mapping.propose import propose
from corr.tables.sheets.frames import frame_sheet
from tests.tables.test_foreign import ROW, wrong

MASS = {**ROW, "finding_id": "m", "modality": "MR", "kind": "mass"}


def of_one(**cells):
    """The breast of a mass on MRI and one more row, and that row's problems."""
    loaded = read_findings([MASS, {**ROW, **cells}])
    return loaded.breasts[0], [w for w in wrong(loaded) if w[0] != "same_as"]


DENIED = [
    "no finding", "negative", "Normal", "unremarkable", "no mass or calcification", "NAD",
    "no mass, asymmetry or distortion", "no suspicious finding", "no evidence of mass",
    "BI-RADS 1", "negative (BI-RADS 1)", "unauffällig", "o. B.", "Kein Befund",
    "keine suspekten Herdbefunde", "kein Herdbefund, kein Mikrokalk", "weder Herdbefund noch Kalk",
    "sem achados", "nenhum achado suspeito", "sin hallazgos", "ningún nódulo", "pas d'anomalie",
    "aucune lésion", "RAS", "nessuna lesione", "né noduli né calcificazioni", "geen afwijkingen",
]  # fmt: skip


@pytest.mark.parametrize("words", DENIED)
@pytest.mark.parametrize("column", ["kind", "text"])
def test_a_row_whose_words_deny_is_no_finding_but_its_exam_was_done(column, words):
    breast, problems = of_one(**{column: words})
    assert [f.finding_id for f in breast.findings] == ["m"]
    assert sorted(r.modality for r in breast.readings) == ["MR", "US"]
    assert problems == [(column, words, "rejected")]


def test_zeros_and_a_category_beside_a_denial_state_no_finding():
    breast, _ = of_one(kind="negative", size_mm="0", n_calcifications=0, bi_rads=2)
    assert [f.finding_id for f in breast.findings] == ["m"]


def test_a_denial_counts_as_no_lost_row():
    for cells in ({"kind": "negative"}, {"bi_rads": 1}, {"text": "Unremarkable."}):
        assert not any(p.lost for p in read_findings([MASS, {**ROW, **cells}]).problems)


@pytest.mark.parametrize("words", [{"kind": "negative"}, {"text": "No mass."}, {"bi_rads": 1}])
def test_an_exam_of_which_another_row_is_lost_or_says_not_done_is_not_silent(words):
    denied, lost = {**ROW, "finding_id": "d", **words}, {**ROW, "finding_id": ""}
    undone = [{"case_id": "c", "breast": "R", "modality": "US", "done": 0}]
    for loaded in (
        read_findings([MASS, denied, lost]), read_findings([MASS, denied], exams=undone)
    ):  # fmt: skip
        assert [r.modality for r in loaded.breasts[0].readings] == ["MR"]
        (said,) = [p for p in loaded.problems if p.field == "modality"]
        assert (said.finding_id, said.action, said.not_read) == ("d", "flagged", True)


BESIDE = [
    ("mass, no calcifications", "mass"), ("calcifications; no mass", "calcification"),
    ("Herdbefund ohne Mikrokalk", "mass"), ("nódulo sem calcificações", "mass"),
    ("masse sans calcifications", "mass"), ("massa senza calcificazioni", "mass"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "kind"), BESIDE)
def test_a_kind_beside_a_denial_of_another_is_that_kind(words, kind):
    breast, problems = of_one(modality="MG", kind=words)
    assert {f.finding_id: f.kind for f in breast.findings}["f"] == kind
    assert problems == []


OPEN = [
    "no mass, calcifications", "negative?", "no new lesion", "no other finding", "not normal",
    "abnormal", "no", "nein", "0", "no masa", "normal lymph node", "benign", "BI-RADS 1-2", "ACR 1",
    "normal, mass", "nicht beurteilbar", "not done", "no finding except cyst", "no mass on CC",
    "no malignancy", "no definite mass", "none", "nil", "lump",
]  # fmt: skip


@pytest.mark.parametrize("words", OPEN)
def test_what_may_be_a_finding_stays_one_and_is_flagged(words):
    breast, problems = of_one(kind=words)
    assert {f.finding_id: f.kind for f in breast.findings}["f"] is None
    assert ("kind", words, "flagged") in problems


@pytest.mark.parametrize(
    "cells", [{"quadrant": "UOQ"}, {"size_mm": 9}, {"text": "Mass."}, {"text": "Herdbefund"}]
)
def test_a_denial_beside_what_states_a_finding_is_not_silence(cells):
    breast, problems = of_one(kind="unremarkable", **cells)
    assert {f.finding_id: f.kind for f in breast.findings}["f"] in (None, "mass")
    assert ("kind", "unremarkable", "ignored") in problems


def test_category_1_and_nothing_else_is_no_finding():
    breast, problems = of_one(bi_rads=1)
    assert [f.finding_id for f in breast.findings] == ["m"]
    assert sorted(r.modality for r in breast.readings) == ["MR", "US"]
    assert problems == [("bi_rads", "1", "rejected")]


@pytest.mark.parametrize(
    "cells",
    [
        {"bi_rads": 0}, {"bi_rads": 2}, {"bi_rads": 1, "kind": "mass"}, {"bi_rads": 1, "clock": 3},
        {"bi_rads": 1, "kind": "lump"}, {"bi_rads": 1, "size_mm": 9},
        {"bi_rads": 1, "text": "A mass."}, {"bi_rads": 1, "text": "Herdbefund"},
    ],
)  # fmt: skip
def test_another_category_or_anything_beside_it_stays_a_finding(cells):
    breast, _ = of_one(**cells)
    assert {f.finding_id for f in breast.findings} == {"m", "f"}


def test_a_case_file_reads_denials_as_tables_do(tmp_path):
    rows = [MASS, {**ROW, "kind": "unauffällig"}, {**ROW, "finding_id": "g", "bi_rads": 1}]
    rows = [{k: v for k, v in row.items() if k != "case_id"} for row in rows]
    path = tmp_path / "case.yaml"
    path.write_text(yaml.safe_dump({"case_id": "c", "findings": rows}, allow_unicode=True))
    case = read_case(path)
    assert [f.finding_id for f in case.breasts[0].findings] == ["m"]
    assert sorted(r.modality for r in case.breasts[0].readings) == ["MR", "US"]


def test_codes_of_a_columns_file_may_mean_no_finding():
    values = {1: "mass", 9: "no finding"}
    columns = {"findings": {"kind": {"from": "typ", "values": values}}}
    rows = [{**ROW, "finding_id": str(code), "typ": code} for code in values]
    loaded = read_findings(rows, columns=columns)
    assert [r.finding_id for r in loaded.rows] == ["1"]
    rows = [{**ROW, "finding_id": w, "Befundart": w} for w in ("Herdbefund", "unauffällig", "9")]
    lines, _ = propose(frame_sheet(rows, "findings"), FindingRow)
    (kind,) = [line.value for line in lines if line.name == "kind"]
    assert '"unauffällig": "no finding"' in kind
    assert '"9": "?"' in kind
