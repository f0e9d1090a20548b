"""`import corr`: what it gives, how lightly, and that commands and notebooks use nothing else."""

from __future__ import annotations

import ast
import doctest
import json
import subprocess
import sys
from pathlib import Path

import pytest

import corr

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("numpy", "pandas", "pyarrow", "scipy", "scipy.stats", "scipy.spatial", "matplotlib"),
    *("pydantic", "joblib", "IPython", "ipywidgets", "nbformat", "papermill", "skimage", "pydicom"),
)
CASE = "small.yaml"
SMALL = "case_id: a\nfindings:\n- {finding_id: f, breast: R, modality: US, kind: mass, clock: 3}\n"
ALLOWED = {  # what of HEAVY each may load
    "import corr": set(),
    "import corr.cli": set(),
    f"from corr import validate; validate({CASE!r})": {"numpy", "pydantic", "scipy"},
    f"from corr import read_case, judge; read_case({CASE!r})": {"numpy", "pydantic", "scipy"},
    f"from corr.cli import app; app(['case', {CASE!r}], standalone_mode=False)": {
        *("numpy", "pydantic", "scipy", "scipy.stats", "scipy.spatial")
    },
}
MOST_CPU_S = 0.5
"""Of importing corr: it is some hundredths; this holds on a busy machine."""


@pytest.mark.parametrize("code", ALLOWED, ids=lambda c: c.split(";")[0][:40])
def test_what_starts_loads_no_more_than_it_needs(code: str, tmp_path: Path):
    (tmp_path / CASE).write_text(SMALL, encoding="utf-8")
    asked = f"print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    said = f"{code}\nimport sys, json; {asked}"
    run = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert set(json.loads(run.stdout.splitlines()[-1])) <= ALLOWED[code]


def test_importing_corr_costs_next_to_nothing():
    code = "import time; t = time.process_time(); import corr; print(time.process_time() - t)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(run.stdout) < MOST_CPU_S


def test_every_name_is_there_and_type_checkers_see_the_same():
    tree = ast.parse(Path(corr.__file__).read_text(encoding="utf-8"))
    block = next(n for n in tree.body if isinstance(n, ast.If))
    seen = {
        alias.asname: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == corr._AT
    for name in corr._AT:
        assert getattr(corr, name) is not None
    assert set(corr._AT) <= set(dir(corr))
    with pytest.raises(AttributeError, match="no attribute 'gone'"):
        _ = corr.gone


def test_the_example_of_the_package_holds():
    found = doctest.testmod(corr)
    assert found.attempted
    assert not found.failed


def test_no_name_hides_a_room():
    rooms = {p.stem for p in (ROOT / "corr").iterdir() if p.suffix in ("", ".py")}
    assert not set(corr._AT) & rooms


def other_imports(code: str, own: str) -> list[str]:
    """Modules of corr that code imports beside the package itself and its own room."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module == "corr":
            known = {*corr._AT, "__version__"}
            found += [f"corr.{a.name}" for a in node.names if a.name not in known]
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [n for n in names if n.startswith("corr.") and n.split(".")[1] != own]
    return found


COMMANDS = sorted((ROOT / "corr" / "cli").glob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", [*COMMANDS, *NOTEBOOKS], ids=lambda p: p.name)
def test_commands_and_notebooks_use_the_face_and_nothing_else(path: Path):
    code = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(code)["cells"]
        code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    assert other_imports(code, "cli") == []


@pytest.mark.parametrize(
    "code",
    ["import corr.tables", "from corr.show.wording import html", "from corr import parameters"],
)
def test_another_import_is_noticed(code: str):
    assert other_imports(code, "cli")
