"""The examples of the documentation run, and every name of the package has its page.

A block begins with its language and, where wanted, how it is meant: ``no-run`` (takes minutes, or
needs a browser: only its names are checked, as those of cells, which `make docs` runs) or
``file=NAME`` (a file that later blocks read).
"""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

import corr
from corr.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
INDEX = DOCS / "face.md"
RUN_ELSEWHERE = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r'^HOW_TO = .*"(how_to_\w+)\.md"', path.read_text("utf-8"), re.M)
}
"""Pages that have tests of their own, as what they say needs a cluster."""
PAGES = [
    p
    for p in [*sorted(DOCS.glob("*.md")), *sorted((DOCS / "api").glob("*.md")), ROOT / "README.md"]
    if p.stem not in RUN_ELSEWHERE
]
BLOCK = re.compile(r"^( *)```(\{code-cell\} )?(\w+)([^\n]*)\n(.*?)^\1```", re.M | re.S)
BLOCK_OF_R = re.compile(r"^```r\n(.*?)^```", re.M | re.S)


def blocks(page: Path) -> list[tuple[str, str, str]]:
    """Language, how it is meant, and text of every block of a page, in order."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [
        (language, "no-run" if cell else how.strip(), re.sub(rf"^{indent}", "", text, flags=re.M))
        for indent, cell, language, how, text in found
    ]


def commands(text: str) -> list[list[str]]:
    """The words of each line of a shell block."""
    lines = text.replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the examples read: the case of the first steps, its tables, the data of the project."""
    at = tmp_path_factory.mktemp("docs")
    told = [text for _, how, text in blocks(DOCS / "get_started.md") if how == "file=case.yaml"]
    (at / "case.yaml").write_text(told[0], encoding="utf-8")
    (at / "data").symlink_to(ROOT / "data", target_is_directory=True)
    corr.save_case(corr.read_case(at / "case.yaml"), at)
    return at


def run_page(page: Path) -> int:
    """Run the blocks of a page in the folder this is called in; how many were run."""
    names: dict[str, object] = {}
    ran = 0
    for language, how, text in blocks(page):
        if how.startswith("file="):
            Path(how.removeprefix("file=")).write_text(text, encoding="utf-8")
        elif language == "python" and how != "no-run":
            exec(compile(text, page.name, "exec"), names)
            ran += 1
        elif language == "sh" and how != "no-run":
            for program, *words in commands(text):
                assert program == "corr", f"{page.name}: {program}"
                done = CliRunner().invoke(app, words)
                assert done.exit_code == 0, f"{page.name}: corr {' '.join(words)}\n{done.output}"
                ran += 1
    return ran


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_examples_run(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    ran = run_page(page)
    of_minutes = page.stem in {"learn_spreads", "benchmark", "explore", "make_report"}
    assert ran or of_minutes or not (page.parent.name == "api" or "how_to_" in page.stem)


def test_pages_with_tests_of_their_own_are_few_and_there():
    assert "how_to_clusters" in RUN_ELSEWHERE
    assert all((DOCS / f"{page}.md").is_file() for page in RUN_ELSEWHERE)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="no Rscript (Debian: r-base-core)")
def test_examples_in_r_run(folder: Path, tmp_path: Path):
    result = corr.judge(folder / "case.yaml")
    result.export(tmp_path / "out/sent", to="tables")
    (code,) = BLOCK_OF_R.findall((ROOT / "docs/api/export.md").read_text(encoding="utf-8"))
    asked = f"{code}cat(sprintf('%.9f', sum(pairs$p_same)))"
    run = subprocess.run(
        ["Rscript", "--vanilla", "-e", asked],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    *shown, total = run.stdout.splitlines()
    assert float(total) == pytest.approx(result.pairs["p_same"].sum(), abs=1e-8)
    likely = result.pairs[result.pairs["p_same"] > 0.5]
    assert len(shown) == 1 + len(likely)
    assert all(name in run.stdout for name in likely["finding_a"])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_names_and_commands_of_examples_are_there(page: Path):
    for language, how, text in blocks(page):
        if language == "python" and not how.startswith("file="):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "corr":
                    assert hasattr(corr, node.attr), node.attr
        if language == "sh":
            for program, *words in commands(text):
                assert program in {"corr", "make", "pip"}
                if program == "corr":
                    assert CliRunner().invoke(app, [words[0], "--help"]).exit_code == 0


def test_every_name_has_its_page_and_every_page_its_name():
    rows = re.findall(r"^\| \[(.*?)\]\((.*?)\)", INDEX.read_text(encoding="utf-8"), re.M)
    listed = {name: at for names, at in rows for name in names.split(", ")}
    assert set(listed) == set(corr._AT)
    assert {INDEX.parent / at for at in listed.values()} == {
        p for p in PAGES if p.parent.name == "api"
    }
    for name, at in listed.items():
        told = (INDEX.parent / at).read_text(encoding="utf-8")
        assert re.search(rf"\b{name}\b", told), name
        assert any(
            "corr" in text for language, _, text in blocks(DOCS / at) if language == "python"
        )


@pytest.mark.parametrize(
    "text",
    [
        "```python\nimport corr\nassert corr.word(0.95) == 'no'\n```\n",
        "```sh\ncorr case gone.yaml\n```\n",
        "```sh\nrm case.yaml\n```\n",
    ],
)
def test_an_example_that_is_wrong_is_noticed(
    text: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(folder)
    (page := tmp_path / "page.md").write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError):
        run_page(page)
