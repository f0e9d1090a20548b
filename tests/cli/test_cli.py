"""The `corr` command: files, exit codes and lines a user meets."""

from __future__ import annotations

import csv
import os
import random
import shutil

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from corr import __version__, parameters
from corr.case.casefile import read_case
from corr.cli import app
from corr.cohort.judge_cohort import judge_cohort
from corr.datasets import open_data
from corr.exchange.files import write_whole
from corr.problems import InputError
from corr.tables import read_findings
from tests.builders.examples import few

TABLES = ("pairs", "lesions", "groupings", "locations", "problems")
BROKEN = [
    {"case_id": "D0002", "breast": "both", "finding_id": "x1", "modality": "US"},
    {"case_id": "D0002", "breast": "R", "finding_id": "x2", "modality": "CT"},
    {"case_id": "D0003", "breast": "L", "finding_id": "x3", "modality": "US", "clock": "13"},
    {"case_id": "D0003", "breast": "L", "finding_id": "x4", "modality": "US", "clock": "7-Aug"},
    {"case_id": "D0003", "breast": "R", "finding_id": "x5", "modality": "US", "fn_cm": "-3"},
    {
        "case_id": "D0002",
        "breast": "R",
        "finding_id": "x6",
        "modality": "MG",
        "view": "CC",
        "thickness_mm": "500",
    },
    {"case_id": "D0002", "breast": "R", "finding_id": "x7", "modality": "US", "depth_mm": "7,5"},
]


def corr(*args):
    """Run the command; anything but an orderly exit is a failure."""
    result = CliRunner().invoke(app, [str(a) for a in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def rows(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(out) -> dict[str, bytes]:
    return {name: (out / f"{name}.csv").read_bytes() for name in TABLES}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Seven women of the simulated cohort and some broken rows, judged in order by one process."""
    folder = tmp_path_factory.mktemp("cohort")
    files = open_data("simulated_cohort")
    table = pd.read_csv(files["findings"], dtype=str, keep_default_na=False)
    breasts = pd.read_csv(files["breasts"], dtype=str, keep_default_na=False)
    women = ["D0002", "D0003", "D0004", "D0006", "D0007", "D0008", "D0010"]  # with few findings
    table = pd.concat([table[table["case_id"].isin(women)], pd.DataFrame(BROKEN)]).fillna("")
    table.to_csv(folder / "findings.csv", index=False)
    breasts[breasts["case_id"].isin(women)].to_csv(folder / "breasts.csv", index=False)
    judged = corr(
        "judge", folder / "findings.csv", "--breasts", folder / "breasts.csv", "--jobs", 1,
        "--out", folder / "out",
    )  # fmt: skip
    assert judged.exit_code == 1  # two rows are lost
    return folder, table, judged


def judge_again(folder, out, *more, findings=None):
    findings = findings or folder / "findings.csv"
    return corr("judge", findings, "--breasts", folder / "breasts.csv", "--out", out, *more)


# --- judge ----------------------------------------------------------------------------------------


def test_a_cohort_is_judged_and_its_problems_explained(cohort):
    folder, table, judged = cohort
    out = folder / "out"
    assert {p.name for p in out.iterdir()} == {f"{name}.csv" for name in TABLES} | {"run.json"}
    found = {r["finding_id"] for r in rows(out / "locations.csv")}
    assert found == set(table["finding_id"]) - {"x1", "x2"}
    problems = {r["finding_id"]: r for r in rows(out / "problems.csv")}
    assert set(problems) == {r["finding_id"] for r in BROKEN}
    assert [problems[f"x{i}"]["action"] for i in range(1, 8)] == ["rejected"] * 2 + ["ignored"] * 5
    assert all(p["allowed"] and p["fix"] and p["row"] for p in problems.values())
    assert "7 problems of 7 kinds: 2 rejected, 5 ignored; each by itself in problems.csv" in (
        judged.output
    )
    assert "breasts judged; results in" in judged.output
    for row in rows(out / "pairs.csv"):
        p = [float(row[k]) for k in ("p_low", "p_same", "p_high")]
        assert p == sorted(p)
        assert row["finding_a"] < row["finding_b"]


def test_the_order_of_rows_does_not_show(cohort, tmp_path):
    folder, table, _ = cohort
    order = random.Random(3).sample(range(len(table)), len(table))
    table.iloc[order].to_csv(tmp_path / "findings.csv", index=False)
    judge_again(folder, tmp_path / "out", "--jobs", 1, findings=tmp_path / "findings.csv")
    one, two = contents(folder / "out"), contents(tmp_path / "out")
    for name in TABLES[:-1]:
        assert one[name] == two[name]
    a, b = (
        [{**r, "row": ""} for r in rows(x / "problems.csv")]
        for x in (folder / "out", tmp_path / "out")
    )
    assert a == b


def test_the_number_of_workers_does_not_show(cohort, tmp_path):
    folder, _, _ = cohort
    judge_again(folder, tmp_path, "--jobs", 2)
    assert contents(tmp_path) == contents(folder / "out")


def test_shards_together_are_the_whole(cohort, tmp_path):
    folder, _, _ = cohort
    for k in (1, 2):
        judge_again(folder, tmp_path / str(k), "--jobs", 1, "--shard", f"{k}/2")
    for name in TABLES[:-1]:
        parts = [rows(tmp_path / str(k) / f"{name}.csv") for k in (1, 2)]
        assert all(parts)
        whole = rows(folder / "out" / f"{name}.csv")
        assert sorted(map(str, parts[0] + parts[1])) == sorted(map(str, whole))


def test_an_assumption_can_be_changed_and_only_a_known_one(cohort, tmp_path):
    folder, _, _ = cohort
    judge_again(folder, tmp_path / "x", "--jobs", 1, "--set", "false_us=0.9", "--shard", "1/4")
    changed = {
        (r["finding_a"], r["finding_b"]): r["p_same"] for r in rows(tmp_path / "x" / "pairs.csv")
    }
    default = {
        (r["finding_a"], r["finding_b"]): r["p_same"] for r in rows(folder / "out" / "pairs.csv")
    }
    assert any(default[k] != v for k, v in changed.items())
    for bad, hint in (
        ("fals_us=1", "false_us"),
        ("false_us=much", "name=number"),
        ("us_outlier=2", "0 to 1"),
        ("x", "--set"),
    ):
        refused = judge_again(folder, tmp_path / "y", "--set", bad)
        assert refused.exit_code == 2
        assert hint in refused.output
        assert not (tmp_path / "y").exists()


@pytest.mark.parametrize("shard", ["0/2", "3/2", "two"])
def test_shards_that_make_no_sense(cohort, tmp_path, shard):
    refused = judge_again(cohort[0], tmp_path, "--shard", shard)
    assert refused.exit_code == 2
    assert "--shard: expected k/n" in refused.output


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"case_id,breast,finding_id,modality\n", "no row"),
        (b"a,b\n1,2\n", ""),
        (b"case_id,breast,finding_id,modality\nc,both,f,US\n", "every row was rejected"),
        (b"\x00\x01\x02", ""),
        (None, "cannot be read"),
    ],
)
def test_nothing_usable_ends_in_one_line_and_five_tables(tmp_path, content, why):
    path, out = tmp_path / "findings.csv", tmp_path / "out"
    if content is not None:
        path.write_bytes(content)
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    result = corr("judge", path, "--out", out)
    assert result.exit_code == 2
    (line,) = result.output.strip().splitlines()
    assert line.startswith("corr: ")
    assert "findings.csv" in line
    assert why in line
    assert {p.name for p in out.iterdir()} == {*(f"{n}.csv" for n in TABLES), "mine.txt"}
    assert rows(out / "pairs.csv") == []


@pytest.mark.parametrize("mistyped", ["findings", "--breasts", "--exams"])
def test_a_mistyped_file_name_costs_no_earlier_results(cohort, tmp_path, mistyped):
    folder, _, _ = cohort
    nowhere, out = tmp_path / "nosuch.csv", tmp_path / "out"
    shutil.copytree(folder / "out", out)
    more = [] if mistyped == "findings" else [mistyped, nowhere]
    findings = nowhere if mistyped == "findings" else folder / "findings.csv"
    result = corr("judge", findings, *more, "--out", out)
    assert result.exit_code == 2
    assert f"{nowhere}: cannot be read" in result.output
    assert f"earlier results in {out} are left" in result.output
    assert contents(out) == contents(folder / "out")


COMMANDS = {
    "judge": ["findings.csv", "--out"],
    "case": ["case.yaml", "--out"],
    "report": ["case.yaml", "--out"],
    "findings": ["case.yaml", "--out"],
    "benchmark": ["findings.csv", "--truth", "truth.csv", "--out"],
    "images": [".", "--out"],
    "demo": ["--out"],
}


@pytest.mark.parametrize(("command", "args"), COMMANDS.items())
def test_a_folder_that_cannot_be_used_is_found_before_anything_is_read(tmp_path, command, args):
    """None of the inputs exists: the folder is looked at first."""
    (tmp_path / "afile").write_text("mine")
    result = corr(command, *args, tmp_path / "afile" / "x")
    assert result.exit_code == 2
    assert f"{tmp_path / 'afile'} is a file; give a folder" in result.output
    assert (tmp_path / "afile").read_text() == "mine"


def test_a_folder_without_permission_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("corr.cli.ends.os.access", lambda *_: False)  # root may write anywhere
    result = corr("judge", "findings.csv", "--out", tmp_path / "x")
    assert result.exit_code == 2
    assert "no permission to write" in result.output


def test_results_that_cannot_be_written_after_all_end_in_one_line(tmp_path):
    (tmp_path / "out" / "pairs.csv").mkdir(parents=True)
    (tmp_path / "findings.csv").write_text("case_id,breast,finding_id,modality\nc,R,f,US\n")
    result = corr("judge", tmp_path / "findings.csv", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert f"--out {tmp_path / 'out'}: cannot be written" in result.output


@pytest.mark.parametrize("command", ["judge", "images", "demo", "spreads"])
def test_no_workers_at_all_are_refused(tmp_path, command):
    out = [] if command == "spreads" else ["--out", tmp_path / "x"]
    given_path = [] if command == "demo" else [tmp_path]
    result = corr(command, *given_path, "--jobs", 0, *out)
    assert result.exit_code == 2
    assert "--jobs 0: expected" in result.output


# --- shards ---------------------------------------------------------------------------------------


def test_a_shard_never_replaces_another(cohort, tmp_path):
    folder, _, _ = cohort
    assert judge_again(folder, tmp_path, "--jobs", 1, "--shard", "1/4").exit_code == 1
    before = contents(tmp_path)
    for other in (("--shard", "2/4"), ("--shard", "1/3"), ()):
        refused = judge_again(folder, tmp_path, "--jobs", 1, *other)
        assert refused.exit_code == 2
        assert "holds the results of shard 1/4" in refused.output
    assert contents(tmp_path) == before
    assert judge_again(folder, tmp_path, "--jobs", 1, "--shard", "01/4").exit_code == 1
    assert contents(tmp_path) == before
    refused = judge_again(folder, folder / "out", "--shard", "1/4")
    assert "holds the results of a whole table" in refused.output


def test_a_shard_may_follow_a_run_that_failed(cohort, tmp_path):
    """Headers alone are nobody's results."""
    assert corr("judge", "nosuch.csv", "--out", tmp_path).exit_code == 2
    assert rows(tmp_path / "pairs.csv") == []
    (problem,) = rows(tmp_path / "problems.csv")
    assert "cannot be read" in problem["value"]
    assert judge_again(cohort[0], tmp_path, "--jobs", 1, "--shard", "1/4").exit_code == 1
    assert rows(tmp_path / "locations.csv")


def test_a_shard_without_women_says_so(cohort, tmp_path):
    result = judge_again(cohort[0], tmp_path, "--jobs", 1, "--shard", "900/1000")
    assert result.exit_code == 1
    assert "--shard 900/1000: no breast" in result.output
    assert rows(tmp_path / "pairs.csv") == []


def test_breasts_without_findings_and_with_associated_features_only(tmp_path):
    """They have nothing to compare, which is no problem."""
    findings, breasts = tmp_path / "findings.csv", tmp_path / "breasts.csv"
    findings.write_text("case_id,breast,finding_id,modality,kind,clock\nc,R,clip,MG,clip,9\n")
    breasts.write_text("case_id,breast,exam_us\nc,L,1\nd,R,1\n")
    result = corr("judge", findings, "--breasts", breasts, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert rows(tmp_path / "out" / "problems.csv") == []
    assert [r["finding_id"] for r in rows(tmp_path / "out" / "locations.csv")] == ["clip"]


def test_a_failure_inside_is_one_line_in_problems(cohort, tmp_path, monkeypatch):
    import corr.cohort.judge_cohort

    folder, _, _ = cohort
    judge = corr.cohort.judge_cohort.judge

    def fragile(breast, p):
        if breast.case_id == "D0002":
            msg = "unforeseen"
            raise RuntimeError(msg)
        return judge(breast, p)

    monkeypatch.setattr(corr.cohort.judge_cohort, "judge", fragile)
    result = CliRunner().invoke(
        app,
        ["judge", str(folder / "findings.csv"), "--out", str(tmp_path), "--jobs", "1"],
    )
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    (line,) = [
        r for r in rows(tmp_path / "problems.csv") if r["field"] == "breast" and not r["row"]
    ]
    assert line["case_id"] == "D0002"
    assert "RuntimeError: unforeseen" in line["fix"]
    judged = {r["case_id"] for r in rows(tmp_path / "locations.csv")}
    assert "D0002" not in judged
    assert {"D0003", "D0004"} <= judged


# --- any row that is accepted can be judged -------------------------------------------------------

CELLS = {
    "kind": ["", "mass", "calcification", "nme", "cyst", "clip", "node", "asymmetry", "focus"],
    "view": ["", "CC", "MLO", "ML", "XCCL", "STEREO", "SIO", "ABUS"],
    "view_angle_deg": ["", "0", "45", "-15", "15", "90"],
    "thickness_mm": ["", "15", "60", "120"],
    "size_mm": ["", "0.5", "7.1", "150"],
    "n_calcifications": ["", "0", "5", "100"],
    "count_min": ["", "1", "2", "9"],
    "posterior_mm": ["", "0", "40", "150"],
    "transverse_mm": ["", "0", "-60", "80"],
    "beam_mm": ["", "0", "30"],
    "beam_from": ["", "detector", "paddle"],
    "clock": ["", "7", "7:30", "7-8", "12-1", "9-3", "12"],
    "fn_cm": ["", "0", "0.5", "4", "15"],
    "depth_mm": ["", "0", "12", "80"],
    "lateral_mm": ["", "0", "-70", "90"],
    "superior_mm": ["", "0", "60"],
    "chestwall_mm": ["", "0", "30"],
    "nipple_distance_mm": ["", "0", "50", "250"],
    "quadrant": ["", "UOQ", "LIQ"],
    "region": ["", "subareolar", "central", "axillary_tail", "deep_to_nipple"],
    "depth_third": ["", "anterior", "posterior"],
    "same_as": ["", "f0", "f1"],
    "targeted_at": ["", "MG", "MR", "f0", "f2"],
    "exam_order": ["", "1", "2"],
}


@few(40)
@given(data=st.data())
def test_whatever_is_accepted_can_be_judged(tmp_path_factory, data):
    table = []
    for i in range(data.draw(st.integers(1, 4))):
        used = data.draw(st.sets(st.sampled_from(sorted(CELLS)), max_size=9))
        row = {k: data.draw(st.sampled_from(CELLS[k])) for k in sorted(used)}
        who = {"case_id": "c", "breast": "R", "finding_id": f"f{i}"}
        table.append({**who, "modality": data.draw(st.sampled_from(["MG", "US", "MR"])), **row})
    path = tmp_path_factory.mktemp("any") / "findings.csv"
    pd.DataFrame(table).fillna("").to_csv(path, index=False)
    try:
        loaded = read_findings(path)
    except InputError:
        return
    judged, failed = judge_cohort(loaded.breasts, parameters.load(), jobs=1)
    assert failed == []
    for part in judged:
        for pair in part["pairs"]:
            assert 0 <= pair[5] <= pair[4] <= pair[6] <= 1 + 1e-9
            assert all(abs(x) < 100 for x in pair[8:])
        for line in part["locations"]:
            assert all(abs(x) < 1e4 for x in line[3:])


# --- cases, validation and the rest ---------------------------------------------------------------

CASE = """\
case_id: one
exams:
- {breast: R, modality: US, exam_id: US, exam_order: 1, done: 1}
- {breast: R, modality: MR, exam_id: MR, exam_order: 2, done: 1}
findings:
- {finding_id: u, breast: R, modality: US, exam_id: US, exam_order: 1, kind: mass, clock: 7-8}
- {finding_id: m, breast: R, modality: MR, exam_id: MR, exam_order: 2, kind: mass, quadrant: LOQ}
"""


def test_the_seed_case_is_answered_pair_by_pair(tmp_path):
    result = corr("case", open_data("seed_case")["case"], "--out", tmp_path)
    assert result.exit_code == 0
    said = [line for line in result.output.splitlines() if "P(same)" in line]
    assert len(said) == len(rows(tmp_path / "pairs.csv"))
    assert any("calcifications" in s and "ultrasound mass" in s for s in said)
    assert any("MRI focus" in s for s in said)
    for s in said:
        for word in ("prior", "band", "driven by"):
            assert word in s
    assert "research" in result.output.lower()
    sides = {r["finding_a"][0] + r["finding_b"][0] for r in rows(tmp_path / "pairs.csv")}
    assert sides <= {"RR", "LL"}  # nothing links left to right


def test_a_small_case_and_a_changed_assumption(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text(CASE)
    plain, changed = corr("case", path), corr("case", path, "--set", "lesions_mean=12")
    assert plain.exit_code == changed.exit_code == 0
    assert "P(same)" in plain.output
    assert plain.output != changed.output
    assert {p.name for p in tmp_path.iterdir()} == {"case.yaml"}


def test_an_assumption_set_by_hand_wins_over_the_case(tmp_path, monkeypatch):
    path, plain = tmp_path / "case.yaml", tmp_path / "plain.yaml"
    plain.write_text(CASE)
    path.write_text(CASE + "parameters: {lesions_mean: 2, mr_shift_lateral_sd_mm: 10}\n")
    factor = ("--spreads", "MR=2")
    both = "--set", "lesions_mean=12"
    by_hand = corr("case", plain, *both, *factor, "--set", "mr_shift_lateral_sd_mm=10")
    assert corr("case", path, *both, *factor).output == by_hand.output
    assert corr("case", path, *factor).output != by_hand.output

    used = {}
    monkeypatch.setattr(
        "corr.make_report",
        lambda *_, overrides, **__: used.update(overrides) or (path, path),
    )
    corr("report", path, *both, *factor, "--out", tmp_path)
    assert used["lesions_mean"] == 12.0
    assert used["mr_shift_lateral_sd_mm"] == 20.0


@pytest.mark.parametrize(
    "content",
    ["", "case_id: [", "just words", CASE.replace("case_id: one\n", ""), CASE + "unknown: 3\n"],
)
def test_broken_case_files_are_explained(tmp_path, content):
    path = tmp_path / "case.yaml"
    path.write_text(content)
    for command in ("case", "validate"):
        result = corr(command, path)
        assert "case.yaml" in result.output
        assert result.exit_code == 2 or "ignored" in result.output
    for command in (("case",), ("validate",), ("report", "--out", tmp_path)):
        missing = corr(*command, tmp_path / "nowhere.yaml")
        assert missing.exit_code == 2
        assert "nowhere.yaml: cannot be read" in missing.output
        assert "nowhere.yaml: nowhere.yaml" not in missing.output


def test_validate_explains_every_problem(cohort, tmp_path):
    folder, _, _ = cohort
    case = tmp_path / "case.yaml"
    case.write_text(CASE)
    result = corr("validate", case, folder / "findings.csv", "--breasts", folder / "breasts.csv")
    assert result.exit_code == 1
    assert "case.yaml: No problems found." in result.output
    assert "7 problems of 7 kinds: 2 rejected, 5 ignored" in result.output
    for word in ("allowed:", "fix:", "row ", "x1", "x7"):
        assert word in result.output
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    result = corr("validate", empty, case)
    assert result.exit_code == 2
    assert "empty.csv" in result.output
    assert "No problems found" in result.output


def test_validate_says_of_a_missing_table_only_that(cohort, tmp_path):
    """A missing table of breasts is no table without problems, and no row was left out."""
    nowhere = tmp_path / "nosuch.csv"
    result = corr("validate", cohort[0] / "findings.csv", "--breasts", nowhere)
    assert result.exit_code == 2
    assert f"{nowhere}: cannot be read" in result.output
    assert "No problems found" not in result.output
    assert "rejected: the file was not used" in result.output
    assert "row was left out" not in result.output


def test_a_row_of_the_breasts_table_that_matches_nothing_is_flagged(tmp_path):
    findings, breasts = tmp_path / "findings.csv", tmp_path / "breasts.csv"
    findings.write_text("case_id,breast,finding_id,modality\nc,R,f,US\n")
    breasts.write_text("case_id,breast,exam_us,density\nc,R,,b\nC1,R,,c\nc,L,1,\n")
    result = corr("judge", findings, "--breasts", breasts, "--out", tmp_path / "out")
    assert result.exit_code == 0
    (problem,) = rows(tmp_path / "out" / "problems.csv")
    assert (problem["file"], problem["row"], problem["value"]) == ("breasts.csv", "3", "C1")
    assert problem["action"] == "flagged"
    assert "matches no finding; check case_id and breast" in problem["fix"]
    said = corr("validate", findings, "--breasts", breasts).output
    assert "flagged: please look; fix: the row matches no finding" in said


def test_cases_of_a_report_may_be_repeated_and_hold_commas(tmp_path, monkeypatch):
    findings = tmp_path / "findings.csv"
    findings.write_text('case_id,breast,finding_id,modality\n"Doe, J",R,f,US\nb,R,g,US\n')
    made = []

    def page(path, *, case_id, **_):
        made.append(case_id)
        return path, path

    monkeypatch.setattr("corr.make_report", page)
    for asked, expected in (
        (["Doe, J"], ["Doe, J"]),
        (["b", "Doe, J"], ["b", "Doe, J"]),
        (["b, c"], ["b", "c"]),
        (["b"], ["b"]),
    ):
        made.clear()
        options = [x for case_id in asked for x in ("--cases", case_id)]
        assert corr("report", findings, *options, "--out", tmp_path).exit_code == 0
        assert made == expected


def test_assumptions_are_listed_with_value_grade_and_source():
    result = corr("assumptions")
    assert result.exit_code == 0
    table = parameters.load().table
    lines = [line for line in result.output.splitlines() if line.split(" ")[0] in table]
    assert [line.split(" ")[0] for line in lines] == list(table)
    for line, row in zip(lines, table.values(), strict=True):
        assert f"{row.value:g}" in line
        assert row.grade in line
        assert row.source in line


def test_version_and_help():
    assert __version__ in corr("--version").output
    result = corr("--help")
    assert result.exit_code == 0
    for command in ("judge", "case", "validate", "report", "assumptions", "demo"):
        assert command in result.output
    assert "Research use only" in result.output


HIDDEN = "\u202e\u2066\u200f\x9b"
"""Marks of writing direction and a control character that text cells allow."""


@pytest.mark.parametrize("command", ["case", "validate", "findings", "judge", "report"])
def test_nothing_hidden_reaches_the_terminal(command, tmp_path):
    """A terminal obeys control characters, and marks of direction turn what is read around."""
    case = f"case_id: 'a{HIDDEN}b'\ntitle: 't{HIDDEN}'\nfindings:\n"
    row = f"breast: R, finding_id: '=f{HIDDEN}', modality: US, kind: mass, clock: '9{HIDDEN}'"
    path = tmp_path / f"case{HIDDEN}\x1b[31m.yaml"
    path.write_text(f"{case}- {{{row}}}\n", encoding="utf-8")
    if command == "report":
        path.write_text("case_id: [1]\n", encoding="utf-8")
    out = corr(
        command, path, *(["--out", tmp_path / "o"] if command in ("judge", "report") else [])
    )
    assert out.output.strip()
    found = {c for c in out.output if not c.isprintable() and c not in "\n\t\N{NO-BREAK SPACE}"}
    assert found == set(), command


@pytest.mark.parametrize("name", ["=1+1", "+1", "-2", "@SUM(1)", "\t=1"])
def test_ids_that_spreadsheets_run_are_flagged(name, tmp_path):
    head = "case_id,breast,finding_id,exam_id,modality,kind\n"
    path = tmp_path / "findings.csv"
    path.write_text(
        f'{head}"{name}",R,f,e,US,mass\nc,R,"{name}","{name}",US,mass\nc,R,g-1,e+2,US,\n'
    )
    flagged = [(p.row, p.field, p.action) for p in read_findings(path).problems]
    assert flagged == [
        (2, "case_id", "flagged"), (3, "exam_id", "flagged"), (3, "finding_id", "flagged")
    ]  # fmt: skip
    (tmp_path / "case.yaml").write_text(
        f"case_id: '{name}'\nfindings:\n- {{breast: R, finding_id: f, modality: US, kind: mass}}\n"
        f"- {{breast: R, finding_id: '{name}', modality: MR, kind: mass}}\n"
    )
    told = read_case(tmp_path / "case.yaml").problems
    assert sorted(p.field for p in told if "spreadsheet" in p.fix) == ["case_id", "finding_id"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_results_are_as_private_as_the_user_wants(mask, mode, tmp_path):
    before = os.umask(mask)
    try:
        path = write_whole(tmp_path / "pairs.csv", "a\n")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode
    assert [p.name for p in tmp_path.iterdir()] == ["pairs.csv"]
