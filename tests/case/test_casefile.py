"""Case files: the seed case is read as written, and wrong YAML is explained by line."""

from __future__ import annotations

import contextlib
import json
import os

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from corr.case import casefile
from corr.problems import InputError
from corr.tables import read_findings
from corr.validation.truth import read_truth


@pytest.fixture(scope="module")
def seed():
    from corr.datasets import open_data

    return casefile.read_case(open_data("seed_case")["case"])


def test_the_seed_case_holds_what_the_reports_say(seed):
    left, right = seed.breasts
    assert (left.case_id, left.side, right.side) == ("seed", "L", "R")
    assert [f.finding_id for f in left.findings] == ["L-US-mass-1", "L-US-mass-2"]
    found = {f.finding_id: f for f in (*left.findings, *right.findings)}
    prior, now = found["R-MG-prior-calc"], found["R-MG-calc"]
    assert (prior.n_calcifications, prior.clock_h, prior.region) == (2, None, None)
    assert (now.n_calcifications, now.size_mm, now.region) == (5, 7.0, "deep_to_nipple")
    assert now.clock_h == (7.0, 8.0)
    mass = found["R-US-mass"]
    assert (mass.size_mm, mass.size2_mm, mass.clock_h) == (7.1, 3.6, (7.0, 8.0))
    assert (mass.count_min, mass.count_max, mass.n_calcifications) == (2, 2, 0)
    assert mass.fn_mm is None
    assert mass.depth_mm is None
    enhancement = found["R-MR-enh"]
    assert (enhancement.region, enhancement.very_close_to_nipple) == ("subareolar", True)
    assert not found["R-MR-skin"].matched
    assert found["L-US-mass-1"].clock_h == (1.0, 2.0)
    assert (found["L-US-mass-2"].clock_h, found["L-US-mass-2"].count_max) == (None, None)


def test_exams_without_findings_count_as_done_and_are_in_order(seed):
    for breast in seed.breasts:
        readings = {r.exam_id: r for r in breast.readings}
        assert set(readings) == {"MG-prior", "MG-current", "US", "US-coronal", "MR"}
        order = [readings[x].order for x in ("MG-prior", "MG-current", "MR")]
        assert order == [1.0, 2.0, 3.0]
        assert readings["US-coronal"].view == "ABUS"
        assert readings["MG-prior"].study != readings["MG-current"].study


def test_every_stated_value_keeps_its_words_and_the_reports_are_verbatim(seed):
    text = " ".join([*seed.reports.values(), *seed.notes])
    for row in seed.rows:
        words = dict(row.words or ())
        assert "kind" in words or row.finding_id == "R-MG-prior-calc"
        for quote in words.values():
            assert quote.split(" (")[0] in text, quote
    assert "107-11 o'clock" in seed.reports["ultrasound"]


def test_the_unreadable_hour_is_flagged_with_candidates_and_not_repaired(seed):
    (problem,) = seed.problems
    assert (problem.finding_id, problem.field, problem.action) == (
        "L-US-mass-2",
        "clock",
        "flagged",
    )
    assert "107-11" in problem.value
    for candidate in ("10-11", "7-11"):
        assert candidate in problem.fix


def test_a_case_judged_as_tables_is_the_same_case(seed, tmp_path):
    for table in ("findings", "exams"):
        seed.to_rows(table).to_csv(tmp_path / f"{table}.csv", index=False)
    loaded = read_findings(tmp_path / "findings.csv", exams=tmp_path / "exams.csv")
    assert loaded.breasts == seed.breasts
    assert [p.field for p in loaded.problems] == ["clock"]


def test_the_schema_in_the_package_is_that_of_the_models():
    stored = casefile.SCHEMA.read_text(encoding="utf-8")
    assert stored == casefile.schema_text(), (
        "write corr.case.casefile.schema_text() to the schema file"
    )


def test_the_seed_case_fits_the_schema_and_mistakes_do_not(root):
    schema = json.loads(casefile.schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    path = root / "data" / "seed_case.yaml"
    case = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    jsonschema.validate(case, schema)
    assert "$schema=../corr/schema/case.schema.json" in path.read_text(encoding="utf-8")
    for column, bad in (("breast", "left"), ("modality", "CT"), ("size_mm", -1), ("sizes", 3)):
        wrong = json.loads(json.dumps(case))
        wrong["findings"][0][column] = bad
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def _read(tmp_path, text):
    path = tmp_path / "c.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return casefile.read_case(path)


_ROW = "- {finding_id: a, breast: R, modality: US, kind: mass"


def test_scalars_stay_text(tmp_path):
    rows = [
        "- {finding_id: 007, breast: R, modality: US, clock: 7:30}",
        "- {finding_id: no, breast: R, modality: US, clock: 7-8, fn_cm: 5, exam_id: 1_0}",
    ]
    case = _read(tmp_path, "case_id: 1.50\nfindings:\n" + "\n".join(rows))
    assert case.case_id == "1.50"
    first, second = case.breasts[0].findings
    assert (first.finding_id, first.clock_h) == ("007", (7.5, 7.5))
    assert (second.finding_id, second.clock_h, second.fn_mm) == ("no", (7.0, 8.0), 50.0)
    assert case.breasts[0].readings[0].exam_id == "1_0"


def test_problems_carry_the_line_and_a_hint(tmp_path):
    text = (
        "case_id: x\ntitel: y\nreports: {a: [b, c]}\nfindings:\n"
        + _ROW
        + "}\n- finding_id: b\n  breast: R\n  modality: MR\n\n  size_mm: 7,1\n  knd: mass\n- 3\n"
    )
    case = _read(tmp_path, text)
    by_field = {p.field: p for p in case.problems}
    assert by_field["titel"].row == 2
    assert "did you mean 'title'" in by_field["titel"].fix
    assert (by_field["reports"].row, by_field["reports"].value) == (3, "a: [b, c]")
    assert (by_field["size_mm"].row, by_field["size_mm"].finding_id) == (10, "b")
    assert "7.1" in by_field["size_mm"].fix
    assert (by_field["knd"].row, by_field["knd"].fix) == (11, "did you mean 'kind'?")
    assert (by_field["findings"].row, by_field["findings"].action) == (12, "rejected")
    assert len(case.breasts[0].findings) == 2


def test_every_constant_that_cannot_be_set_is_said_and_ends_the_case(tmp_path):
    text = (
        "case_id: x\nparameters:\n  lesion_mean: 2\n  us_outlier: 3\n  grid_mm: 8\n"
        "  us_scale: .nan\n  lesions_mean: many\n  false_us: [1, 2]\nfindings:\n" + _ROW + "}\n"
    )
    with pytest.raises(InputError) as error:
        _read(tmp_path, text)
    wrong = {p.value: p for p in error.value.problems}
    assert {v: p.row for v, p in wrong.items()} == {
        "lesion_mean: 2": 3, "us_outlier: 3": 4, "us_scale: .nan": 6, "lesions_mean: many": 7,
        "false_us: [1, 2]": 8,
    }  # fmt: skip
    assert "lesions_mean" in wrong["lesion_mean: 2"].fix
    assert wrong["us_outlier: 3"].allowed == "a number from 0 to 1"
    assert "expected name: number" in wrong["lesions_mean: many"].fix
    assert "not possible" in wrong["us_scale: .nan"].fix
    assert str(error.value).startswith("c.yaml: parameters: lesion_mean: 2; allowed: ")
    assert str(error.value).endswith("(and 4 more)")
    assert {(p.field, p.action) for p in error.value.problems} == {("parameters", "rejected")}


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("case_id: [1, 2]", "case_id = [1, 2]"),
        ("case_id: " + "A" * 5000, "5000 characters, at most 100"),
        ("title: x", "case_id is missing; allowed"),
        ("case_id: x\nparameters: [lesions_mean, 3]", "parameters = [lesions_mean, 3]"),
    ],
)
def test_a_head_that_cannot_be_used_is_said_as_it_is(tmp_path, head, said):
    with pytest.raises(InputError) as error:
        _read(tmp_path, f"{head}\nfindings:\n{_ROW}}}\n")
    assert said in str(error.value)
    assert "allowed: " in str(error.value)
    assert "Commented" not in str(error.value)


def test_a_cell_that_holds_several_values_is_shown_and_a_comma_is_no_new_column(tmp_path):
    row = _ROW + ", clock: [10, 11], size_mm: 9,5, text: deep, near the nipple}"
    case = _read(tmp_path, f"case_id: x\nreports: [a, b]\nfindings:\n{row}\n")
    wrong = {p.field: p for p in case.problems}
    assert set(wrong) == {"clock", "size_mm", "text", "reports"}
    assert wrong["clock"].value == "[10, 11]"
    assert "an hour 1-12" in wrong["clock"].allowed
    assert wrong["size_mm"].value == "9,5"
    assert "comma" in wrong["size_mm"].fix
    assert wrong["text"].value == "deep,near the nipple"
    assert wrong["reports"].value == "[a, b]"
    (finding,) = case.breasts[0].findings
    assert finding.size_mm is None


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    pipe = tmp_path / "case.yaml"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="a pipe or device"):
        casefile.read_case(pipe)
    for table in (pipe, "findings.csv"):
        with pytest.raises(InputError, match="cannot be read"):
            read_findings(tmp_path / table, breasts=pipe)
    with pytest.raises(ValueError, match="a pipe or device"):
        read_truth(pipe)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a mapping"),
        ("- 1", "not a mapping"),
        ("a: b: c", "line 1"),
        ("case_id: x\nfindings:\n\t- a", "line 3"),
        ("case_id: x\ncase_id: y\nfindings: []", "line 2"),
        ("findings: []", "case_id is missing"),
        ("case_id: x", "no usable finding"),
        ("case_id: x\nfindings: []", "allowed: at least one usable finding"),
        ("case_id: x\nfindings: {a: b}", "no usable finding"),
        ("case_id: x\nfindings: [{breast: R}]", "no usable finding"),
        (b"case_id: \xe9", "not UTF-8"),
        ("[" * 800, "not YAML"),
        ("a: &x [1]\n? *x\n: 2", "allowed"),
        ("case_id: x\n---\ncase_id: y", "line"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path, text, said):
    with pytest.raises(InputError) as error:
        _read(tmp_path, text)
    assert said in str(error.value)
    assert str(error.value).startswith("c.yaml: ")
    assert "\n" not in str(error.value)
    assert error.value.problems


def test_aliases_cannot_fill_the_memory(tmp_path):
    lines = ["case_id: x", "notes: &a0 [a, a, a, a, a, a, a, a, a]"]
    lines += [f"n{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    lines += ["reports: {a: *a11}", "title: *a11", "findings:", _ROW + ", size_mm: *a11}"]
    case = _read(tmp_path, "\n".join(lines))
    fields = {p.field for p in case.problems}
    assert {"reports", "title", "size_mm"} <= fields


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        casefile.read_case(tmp_path / "none.yaml")


@given(st.one_of(st.binary(max_size=80), st.text("casefind_:[]{}&*!|>-#'\" \n\tx", max_size=80)))
def test_any_bytes_are_a_case_or_an_explained_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "c.yaml"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with contextlib.suppress(InputError):
        casefile.read_case(path)


def test_a_length_that_brings_its_unit_needs_none_in_its_name(tmp_path):
    path = tmp_path / "case.yaml"
    rows = "breast: R, finding_id: {}, modality: US"
    path.write_text(
        "case_id: c\nfindings:\n"
        f"- {{{rows.format('a')}, size: 7 x 9 x 11 mm, kind: irregular mass}}\n"
        f"- {{{rows.format('b')}, size: 9}}\n"
    )
    case = casefile.read_case(path)
    assert [(r.kind, r.size_mm, r.size3_mm) for r in case.rows] == [("mass", 11, 7), (None,) * 3]
    said = {(p.field, p.action) for p in case.problems}
    assert said == {("size", "noted"), ("size_mm", "noted"), ("kind", "noted"), ("size", "ignored")}
