"""A run that was stopped: nothing judged is lost, nothing stale is used."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from corr import parameters
from corr.cli import app
from corr.cohort import journal as journals
from corr.cohort import judge_cohort as cohort
from corr.cohort.journal import Journal
from corr.cohort.judge_cohort import judge_cohort
from corr.datasets import open_data
from corr.problems import CorrError
from corr.records import Breast, Finding, Reading

P = parameters.load()
TABLES = ("pairs", "lesions", "groupings", "locations", "problems")
COHORT = open_data("simulated_cohort")


def small(case_id: str) -> Breast:
    readings = (Reading("US", "US", "US"), Reading("MR", "MR", "MR"))
    findings = (
        Finding("u", "US", "US", kind="mass", clock_h=(6.5, 7.5), fn_mm=20),
        Finding("m", "MR", "MR", kind="mass", lateral_mm=-15, superior_mm=-20, posterior_mm=30),
    )
    return Breast(case_id, "R", readings, findings)


BREASTS = [small(name) for name in "abcd"]


@pytest.fixture
def counted(monkeypatch):
    """Case ids in the order in which they are judged; a broken case stops the process."""
    judged: list[str] = []
    judge = cohort.judge

    def counting(breast, p):
        if breast.case_id == "stop":
            raise KeyboardInterrupt
        judged.append(breast.case_id)
        return judge(breast, p)

    monkeypatch.setattr(cohort, "judge", counting)
    return judged


def run(path, breasts=BREASTS, p=P):
    with Journal(path, p) as journal:
        return judge_cohort(breasts, p, jobs=1, journal=journal)


def test_what_was_judged_before_a_stop_is_not_judged_again(tmp_path, counted):
    path = tmp_path / "judged.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run(path, [*BREASTS[:2], small("stop"), *BREASTS[2:]])
    assert counted == ["a", "b"]
    rows, problems = run(path)
    assert counted == ["a", "b", "c", "d"]
    assert (rows, problems) == judge_cohort(BREASTS, P, jobs=1)  # to the last digit


def test_other_findings_constants_or_code_are_judged_anew(tmp_path, counted, monkeypatch):
    path = tmp_path / "judged.jsonl"
    run(path)
    counted.clear()
    moved = replace(BREASTS[0].findings[0], fn_mm=20.5)
    other = replace(BREASTS[0], findings=(moved, BREASTS[0].findings[1]))
    run(path, [other, *BREASTS[1:]])
    assert counted == ["a"]
    counted.clear()
    run(path, p=P.override({"lesions_mean": 1.01 * P["lesions_mean"]}))
    assert counted == list("abcd")
    counted.clear()
    spread = replace(P.table["lesions_mean"], spread=1.01 * P.table["lesions_mean"].spread)
    run(path, p=parameters.Parameters({**P.table, "lesions_mean": spread}, P.version))
    assert counted == list("abcd")
    counted.clear()
    monkeypatch.setattr(journals, "judging_code", lambda: "next version")
    run(path)
    assert counted == list("abcd")


def test_the_code_is_what_the_files_of_the_package_hold(tmp_path, monkeypatch):
    (tmp_path / "judgement").mkdir()
    (tmp_path / "judgement" / "judge.py").write_text("a = 1\n")
    (tmp_path / "parameters.toml").write_text("[x]\n")
    monkeypatch.setattr(journals, "files", lambda _: tmp_path)
    code = journals.judging_code.__wrapped__
    before = code()
    (tmp_path / "parameters.toml").write_text("[y]\n")
    after = code()
    assert after != before
    (tmp_path / "show").mkdir()
    (tmp_path / "show" / "pictures.py").write_text("# no judgement depends on this\n")
    assert code() == after
    (tmp_path / "judgement" / "judge.py").write_text("a = 2\n")
    assert code() != after


def test_no_code_that_judges_is_left_out_of_the_key():
    """Whatever a judgement and its rows import stands in the rooms that make the key."""
    script = (
        "import sys; from tests.cohort.test_journal import BREASTS, P; before = set(sys.modules)\n"
        "for name in [m for m in sys.modules if m.startswith('corr')]: del sys.modules[name]\n"
        "from corr.judgement.judge import judge; from corr.exchange.tables import rows_of\n"
        "print(*(m for m in sys.modules if m.startswith('corr.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    rooms = {name.removesuffix(".py") for name in journals.JUDGING}
    loaded = {name.split(".")[1] for name in done.stdout.split()}
    assert "judgement" in loaded
    assert loaded <= rooms


@pytest.mark.parametrize("kept", [0, 1, 40, 90, 200, 400])
def test_a_torn_line_costs_its_breast_only(tmp_path, counted, kept):
    path = tmp_path / "judged.jsonl"
    expected = run(path)
    *whole, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole) + last[:kept])
    counted.clear()
    assert run(path) == expected
    assert counted == ["d"]
    counted.clear()
    assert run(path) == expected
    assert counted == []  # the line after the torn one counts


@pytest.mark.parametrize(
    "rubbish",
    [
        *(b"\0" * 4096, b"\xff\xfe{}\n", b"[]\n", b"7\n", b'{"key": 1}\n'),
        *(b'{"rows": {"pairs": 3}}\n', b"[" * 100_000 + b"\n", b"7" * 10_000 + b"\n"),
    ],
)
def test_rubbish_in_a_journal_costs_nothing_else(tmp_path, counted, rubbish):
    path = tmp_path / "judged.jsonl"
    run(path, BREASTS[:2])
    path.write_bytes(rubbish + path.read_bytes() + rubbish)
    run(path)
    assert counted == list("abcd")


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('"verdict"', None),
        ("0.", "9" * 5000 + "."),
        ("0.", "9" * 400),
        ("0.", "1e999, 0."),
        ('"lesions"', '"lesion"'),
        ('"R", ', ""),
        ("0.", "NaN, 0."),
        ("0.", "[], 0."),
    ],
)
def test_a_line_that_holds_what_no_table_can_is_judged_again(tmp_path, counted, was, now):
    path = tmp_path / "judged.jsonl"
    expected = run(path)
    lines = path.read_text().splitlines()
    last = max(k for k, line in enumerate(lines) if line)
    lines[last] = lines[last].replace(was, now, 1) if now is not None else lines[last][:-2]
    path.write_text("\n".join(lines) + "\n")
    counted.clear()
    with Journal(path, P) as journal:
        assert journal.damaged == 1
    assert run(path) == expected
    assert counted == ["d"]


def test_two_runs_never_share_a_folder(tmp_path):
    path = tmp_path / "judged.jsonl"
    with Journal(path, P) as journal:
        with pytest.raises(CorrError, match="another run is writing"):
            Journal(path, P)
        journal.add(BREASTS[0], {})
    with Journal(path, P) as journal:
        journal.remove()
    assert not path.exists()


def test_a_breast_that_failed_is_tried_again(tmp_path, monkeypatch):
    path = tmp_path / "judged.jsonl"
    judge = cohort.judge

    def fragile(breast, p):
        if breast.case_id == "b":
            msg = "unforeseen"
            raise ZeroDivisionError(msg)
        return judge(breast, p)

    monkeypatch.setattr(cohort, "judge", fragile)
    assert len(run(path)[1]) == 1
    monkeypatch.setattr(cohort, "judge", judge)
    assert run(path) == judge_cohort(BREASTS, P, jobs=1)


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def some(tmp_path_factory) -> Path:
    """Some women of the simulated cohort, those with the fewest findings."""
    path = tmp_path_factory.mktemp("some") / "findings.csv"
    header, *lines = COHORT["findings"].read_text(encoding="utf-8").splitlines(keepends=True)
    found = Counter(line.split(",")[0] for line in lines)
    women = sorted(found, key=lambda w: (found[w], w))[:20]
    path.write_text(header + "".join(x for x in lines if x.split(",")[0] in women))
    return path


def command(findings: Path, out: Path) -> list[str]:
    return ["judge", str(findings), "--out", str(out), "--jobs", "2"]


def kill_when(findings: Path, out: Path, lines: int) -> None:
    """Start judging and kill every process of it, hard, when so many lines are in the journal."""
    process = subprocess.Popen(
        [sys.executable, "-m", "corr.cli", *command(findings, out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    path = out / "judged.jsonl"
    while process.poll() is None:
        if path.exists() and path.read_bytes().count(b"\n{") >= lines:
            break
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert path.exists(), "the run ended before it could be killed"


def test_a_run_killed_twice_writes_the_same_tables(some, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert CliRunner().invoke(app, command(some, whole)).exit_code == 0
    assert {p.name for p in whole.iterdir()} == {f"{name}.csv" for name in TABLES} | {"run.json"}
    for lines in (2, 5):
        kill_when(some, killed, lines)
        assert not (killed / "pairs.csv").exists()
    result = CliRunner().invoke(app, command(some, killed))
    assert result.exit_code == 0
    going_on = next(x for x in result.output.splitlines() if x.startswith("going on: "))
    assert int(going_on.split()[2]) >= 5
    for name in TABLES:
        assert (killed / f"{name}.csv").read_bytes() == (whole / f"{name}.csv").read_bytes()
    assert not (killed / "judged.jsonl").exists()
    first, last = (json.loads((d / "run.json").read_text()) for d in (whole, killed))
    assert first["counts"]["judged before"] == 0
    assert last["counts"]["judged before"] >= 5
    assert first["tables"] == last["tables"]
    assert first["inputs"] == last["inputs"]
    assert str(tmp_path) not in (killed / "run.json").read_text()


def test_a_scheduler_that_ends_a_run_finds_no_worker_left(some, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "corr.cli", *command(some, tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    path = tmp_path / "judged.jsonl"
    while not (path.exists() and path.read_bytes().count(b"\n{") >= 2):
        assert process.poll() is None
        time.sleep(0.01)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "the same command goes on" in said
    assert not psutil.wait_procs(workers, timeout=20)[1]


def test_control_c_says_that_nothing_is_lost(some, tmp_path, monkeypatch):
    def interrupted(*_, journal, **__):
        journal.add(BREASTS[0], {"pairs": []})
        raise KeyboardInterrupt

    monkeypatch.setattr(cohort, "judge_cohort", interrupted)
    result = CliRunner().invoke(app, command(some, tmp_path))
    assert result.exit_code != 0
    assert "the same command goes on" in result.output
    assert len(list(filter(str.strip, (tmp_path / "judged.jsonl").read_text().split("\n")))) == 1
    kept = json.loads((tmp_path / "judged.jsonl").read_text().strip())
    assert kept["rows"] == {"pairs": []}


def test_one_breast_that_fails_does_not_cost_a_case_its_others(tmp_path, monkeypatch):
    judge = cohort.judge

    def fragile(breast, p):
        if breast.side == "L":
            msg = "unforeseen"
            raise ZeroDivisionError(msg)
        return judge(breast, p)

    monkeypatch.setattr(cohort, "judge", fragile)
    path = tmp_path / "case.yaml"
    findings = [
        f"- {{finding_id: {side}{m}, breast: {side}, modality: {m}, exam_id: {m}, clock: 7}}\n"
        for side in "LR"
        for m in ("US", "MR")
    ]
    path.write_text("case_id: two\nfindings:\n" + "".join(findings))
    result = CliRunner().invoke(app, ["case", str(path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert result.output.count("P(same)") == 1
    assert "Left breast" not in result.output
    assert "the breast was not judged" in result.output
    assert "ZeroDivisionError: unforeseen" in result.output
    assert "RUS" in (tmp_path / "out" / "pairs.csv").read_text()
    assert "ZeroDivisionError" in (tmp_path / "out" / "problems.csv").read_text()
