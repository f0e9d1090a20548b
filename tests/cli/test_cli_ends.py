"""How commands end where names, disks, folders and pipes let them down: one line, nothing torn."""

from __future__ import annotations

import errno
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from corr.cli import app
from corr.exchange import files
from corr.exchange.files import file_stem, write_whole
from corr.show.pages import execute

HEADER = "case_id,breast,finding_id,modality,clock\n"
LONG = ("日" * 100, "日" * 99 + "月", "x" * 100)
FULL = OSError(errno.ENOSPC, "No space left on device")
CASE = "case_id: c\nfindings:\n- {finding_id: f, breast: R, modality: US, clock: 3}\n"


def corr(*args: object):
    """Run the command; anything but an orderly exit is a failure."""
    result = CliRunner().invoke(app, [str(a) for a in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "findings.csv"
    rows = [f"{c},R,f{i},US,3\n" for i, c in enumerate(("a", *LONG, "b"))]
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notebooks are as good as executed."""

    def execute_at_once(notebook: Path, to: Path, parameters: object) -> None:
        assert parameters
        to.write_bytes(notebook.read_bytes())

    monkeypatch.setattr(execute, "_execute", execute_at_once)


@pytest.mark.usefixtures("no_kernel")
def test_cases_with_long_names_have_pages_of_their_own(table: Path, tmp_path: Path):
    asked = [x for c in (*LONG, "a") for x in ("--cases", c)]
    result = corr("report", table, *asked, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    made = {p.name for p in (tmp_path / "out").iterdir()}
    assert len(made) == 8
    assert {"a.html", "a.ipynb"} < made
    assert all(len(f".{name}.1234567.running.ipynb".encode()) <= 143 for name in made)


@pytest.mark.usefixtures("no_kernel")
def test_pages_without_a_lost_finding_end_with_one(table: Path, tmp_path: Path):
    with table.open("a", encoding="utf-8") as file:
        file.write("c,R,f9,US,3\nc,?,f10,US,3\n")
    ends = {}
    for cases in ("a", "c"):
        result = corr("report", table, "--cases", cases, "--out", tmp_path / "out")
        ends[cases] = result.exit_code, "1 rejected" in result.output
    assert ends == {"a": (0, False), "c": (1, True)}
    case = tmp_path / "case.yaml"
    case.write_text(
        "case_id: c\nfindings:\n- {breast: R, finding_id: a, modality: US, clock: 3}\n"
        "- {breast: up, finding_id: b, modality: US}\n",
        encoding="utf-8",
    )
    assert corr("report", case, "--out", tmp_path / "out").exit_code == 1
    assert corr("findings", case).exit_code == 1


@pytest.mark.parametrize("name", ["x" * 500, "日" * 50, "\ud800" * 60, "é" * 46, "a" * 91])
def test_file_names_are_short_and_tell_long_names_apart(name: str):
    assert len(file_stem(name).encode()) < 110
    assert file_stem(name) != file_stem(name + "x")


@pytest.mark.usefixtures("no_kernel")
def test_a_full_disk_costs_the_page_that_did_not_fit(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def no_room_for_a(path: Path, content: str | bytes) -> Path:
        if path.name == "a.html":
            raise FULL
        return write_whole(path, content)

    monkeypatch.setattr(execute, "write_whole", no_room_for_a)
    out = tmp_path / "out"
    result = corr("report", table, "--cases", "a,b", "--out", out)
    assert result.exit_code == 2
    assert "corr: a: cannot be written (No space left on device)\n" in result.output
    assert {p.name for p in out.iterdir()} == {"b.html", "b.ipynb"}


def test_a_notebook_that_does_not_fit_leaves_nothing(tmp_path, monkeypatch):
    def torn(_notebook: Path, to: Path, _parameters: object) -> None:
        to.write_text("{")
        raise FULL

    monkeypatch.setattr(execute, "_execute", torn)
    with pytest.raises(OSError, match="No space"):
        execute.run_notebook("02_case", {}, tmp_path / "out", stem="x", title="t")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("content", ["text", b"bytes"])
def test_a_file_that_does_not_fit_leaves_the_old_one(tmp_path, monkeypatch, content):
    path = write_whole(tmp_path / "a.txt", content)

    def full(_handle: int) -> None:
        raise FULL

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "more")
    assert [p.read_text() for p in tmp_path.iterdir()] == [
        content if isinstance(content, str) else content.decode()
    ]


@pytest.mark.parametrize(
    ("target", "args"),
    [
        ("corr.case.tables.write_case_tables", ["findings", "{case}", "--out", "{out}"]),
        ("corr.face.tables.write_tables", ["case", "{case}", "--out", "{out}"]),
        (
            "corr.face.tables.write_tables",
            ["judge", "{table}", "--jobs", "1", "--out", "{out}"],
        ),
        ("corr.run_demo", ["demo", "--out", "{out}"]),
        ("corr.learning.spreads.learn", ["spreads", "{table}"]),
        ("corr.face.scoring.read_truth", ["benchmark", "{table}", "--truth", "t"]),
    ],
)
def test_a_full_disk_is_one_line_in_every_command(tmp_path, monkeypatch, target, args):
    def full(*_: object, **__: object) -> None:
        raise FULL

    monkeypatch.setattr(target, full)
    case, table = tmp_path / "case.yaml", tmp_path / "f.csv"
    case.write_text(CASE)
    table.write_text(HEADER + "c,R,f,US,3\n")
    places = {"case": case, "table": table, "out": tmp_path / "out"}
    result = corr(*(a.format(**places) for a in args))
    assert result.exit_code == 2
    (line,) = [x for x in result.output.splitlines() if x.startswith("corr: ")]
    assert "No space left on device" in line


@pytest.mark.parametrize("command", ["case", "validate", "report"])
def test_a_constant_that_cannot_be_set_ends_a_case_as_set_does(tmp_path, command):
    case, plain = tmp_path / "case.yaml", tmp_path / "plain.yaml"
    case.write_text(CASE + "parameters: {lesions_mean: -2}\n")
    plain.write_text(CASE)
    out = ["--out", tmp_path / "out"] if command == "report" else []
    result = corr(command, case, *out)
    assert result.exit_code == 2
    why = "lesions_mean = -2 is not possible; allowed: 0.001 to 100"
    assert why in result.output
    if command != "validate":
        by_hand = corr(command, plain, "--set", "lesions_mean=-2", *out)
        assert by_hand.exit_code == 2
        assert why in by_hand.output
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_kernel")
def test_a_table_nobody_can_read_starts_no_kernel(tmp_path):
    result = corr("report", tmp_path / "nowhere.csv", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "nowhere.csv: cannot be read" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_kernel")
def test_a_page_is_made_of_what_the_notebook_holds(tmp_path):
    executed, page = execute.run_notebook("02_case", {"case": "x"}, tmp_path, stem="x", title="t")
    assert nbformat.read(executed, as_version=4).cells
    assert "<title>t</title>" in page.read_text(encoding="utf-8")
