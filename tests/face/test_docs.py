"""The examples of the docs run, and every name of the package has its page."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import corr

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "docs" / "face.md"
PAGES = [INDEX, *sorted((ROOT / "docs" / "api").glob("*.md")), ROOT / "README.md"]
BLOCK = re.compile(r"^```python([^\n]*)\n(.*?)^```", re.M | re.S)
BLOCK_OF_R = re.compile(r"^```r\n(.*?)^```", re.M | re.S)
NOT_RUN = {"no-run"}
"""Of what takes minutes or needs a browser: only its names are checked."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the examples read: the case of the README, its tables, and the data of the project."""
    at = tmp_path_factory.mktemp("docs")
    told = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    assert told is not None
    (at / "case.yaml").write_text(told[1], encoding="utf-8")
    (at / "data").symlink_to(ROOT / "data", target_is_directory=True)
    corr.save_case(corr.read_case(at / "case.yaml"), at)
    return at


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_examples_run(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    for how, code in BLOCK.findall(page.read_text(encoding="utf-8")):
        if how.strip() not in NOT_RUN:
            exec(compile(code, page.name, "exec"), names)
    assert (
        "corr" in names
        or page.stem in {"learn_spreads", "benchmark", "explore", "make_report"}
        or names
    )


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
def test_names_of_examples_are_there(page: Path):
    for _, code in BLOCK.findall(page.read_text(encoding="utf-8")):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "corr":
                assert hasattr(corr, node.attr), node.attr


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
        if "```python\n" in told:
            run = "".join(code for how, code in BLOCK.findall(told))
            assert "corr" in run


def test_an_example_that_is_wrong_is_noticed(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    ((how, code),) = BLOCK.findall("```python\nimport corr\nassert corr.word(0.95) == 'no'\n```\n")
    with pytest.raises(AssertionError):
        exec(code, {})
    assert not how
