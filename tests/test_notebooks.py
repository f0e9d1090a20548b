"""The notebooks are stored so that nbval compares numbers, and that gate can fail."""

from __future__ import annotations

import ast
import copy
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MAX_CODE_LINES = 15
MAX_BYTES = 100_000
OURS = ("corr", "benchmarks")
MACHINE_PATH = re.compile(r"(?<![\w.>])(/(home|Users|root|tmp|var|opt|mnt|work)/|[A-Z]:\\)")

Notebook = dict[str, Any]


def source(cell: Notebook) -> str:
    return "".join(cell["source"])


def tags(cell: Notebook) -> list[str]:
    return cell["metadata"].get("tags", [])


def text_of(output: Notebook) -> str:
    data = {"text/plain": output.get("text", "")} | output.get("data", {})
    return "".join(data["text/plain"])


def storage_problems(notebook: Notebook, size_bytes: int) -> list[str]:
    """What keeps this notebook from being checked, reviewed or run elsewhere."""
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    checks = [c for c in code if "check" in tags(c)]
    found = []
    if sum("parameters" in tags(c) for c in code) != 1:
        found.append("needs exactly one cell tagged 'parameters'")
    if not checks:
        found.append("needs a cell tagged 'check'")
    for n, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            found += [f"cell {n}: {problem}" for problem in cell_problems(cell)]
    if notebook["metadata"].get("kernelspec", {}).get("name") != "python3":
        found.append("kernelspec must be python3")
    if {"papermill", "widgets"} & set(notebook["metadata"]):
        found.append("holds papermill or widget metadata")
    if size_bytes > MAX_BYTES:
        found.append(f"{size_bytes} bytes, allowed {MAX_BYTES}")
    if match := MACHINE_PATH.search(json.dumps(notebook, ensure_ascii=False)):
        found.append(f"holds a path of one machine: {match[0]}")
    return found


def cell_problems(cell: Notebook) -> list[str]:
    found = []
    lines = [s for s in map(str.strip, source(cell).splitlines()) if s and not s.startswith("#")]
    if len(lines) > MAX_CODE_LINES:
        found.append(f"{len(lines)} lines of code, allowed {MAX_CODE_LINES}")
    if any(re.match(r"(async\s+)?(def|class)\b", s) for s in lines):
        found.append("defines a function or class; it belongs into corr")
    if "papermill" in cell["metadata"]:
        found.append("holds papermill metadata")
    if "check" in tags(cell):
        if "nbval-ignore-output" in tags(cell):
            found.append("is tagged check and nbval-ignore-output: nothing would be compared")
        if not any(re.search(r"\d", text_of(o)) for o in cell["outputs"]):
            found.append("check cell without a stored number")
        if cell["execution_count"] is None:
            found.append("check cell without execution count: nbval would skip it")
        kinds = {k for o in cell["outputs"] for k in o.get("data", {})} - {"text/plain"}
        if kinds or any(o["output_type"] == "error" for o in cell["outputs"]):
            found.append(
                f"check cells print text only, this one stores {sorted(kinds) or 'an error'}"
            )
        if any(o.get("name") == "stderr" for o in cell["outputs"]):
            found.append("check cell stores a warning")
    else:
        if "nbval-ignore-output" not in tags(cell):
            found.append("tag it 'check' or 'nbval-ignore-output'")
        if cell["outputs"]:
            found.append("only check cells keep outputs (`make notebooks` removes them)")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_is_stored_as_agreed(path: Path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert storage_problems(notebook, path.stat().st_size) == []


def test_the_words_of_the_frame_notebook_follow_its_hour(capsys: pytest.CaptureFixture[str]):
    notebook = json.loads((ROOT / "notebooks" / "01_breast_frame.ipynb").read_text("utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            assert not re.search(r"\d:\d\d|\d degree oblique", source(cell)), (
                "holds for one hour only"
            )
        elif "parameters" in tags(cell):
            names |= {"hour": 12.0, "radius_mm": 40.0, "mlo_angle_deg": 60.0}
        elif "check" not in tags(cell):
            exec(source(cell), names)
    said = capsys.readouterr().out
    assert "Tissue at 11:30-12:30 o'clock" in said
    assert "a 60 degree MLO" in said
    assert "7-8 o'clock" not in said


def test_a_cohort_page_begins_with_its_answer():
    notebook = json.loads((ROOT / "notebooks" / "06_cohort.ipynb").read_text("utf-8"))
    cells = [source(cell) for cell in notebook["cells"]]
    answer = next(k for k, said in enumerate(cells) if "cohort.sentence]" in said)
    assert not [said for said in cells[:answer] if "display(" in said or said.startswith("## ")]


def code_cell(text: str, *names: str, output: str = "") -> Notebook:
    stream = {"output_type": "stream", "name": "stdout", "text": [output]}
    return {
        "cell_type": "code",
        "metadata": {"tags": list(names)},
        "source": [text],
        "execution_count": 1 if output else None,
        "outputs": [stream] if output else [],
        "id": f"cell-{abs(hash(text)) % 10_000}",
    }


GOOD: Notebook = {
    "cells": [
        code_cell("hour = 7.5", "parameters", "nbval-ignore-output"),
        code_cell("print(round(hour * 30))", "check", output="225\n"),
    ],
    "metadata": {"kernelspec": {"display_name": "Python 3", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}

BREAK = {
    "no parameters": lambda nb: nb["cells"][0]["metadata"].update(tags=["nbval-ignore-output"]),
    "two parameters": lambda nb: nb["cells"].append(nb["cells"][0]),
    "no check": lambda nb: nb["cells"].pop(),
    "outputs stripped": lambda nb: nb["cells"][1].update(outputs=[], execution_count=None),
    "count stripped": lambda nb: nb["cells"][1].update(execution_count=None),
    "untagged": lambda nb: nb["cells"][0]["metadata"].update(tags=["parameters"]),
    "check ignored": lambda nb: tags(nb["cells"][1]).append("nbval-ignore-output"),
    "picture": lambda nb: nb["cells"][1]["outputs"].append(
        {"output_type": "display_data", "data": {"image/png": "x", "text/plain": "1"}}
    ),
    "output elsewhere": lambda nb: nb["cells"][0].update(outputs=nb["cells"][1]["outputs"]),
    "function": lambda nb: nb["cells"][0].update(source=["hour = 1\n", "def f(): pass"]),
    "class": lambda nb: nb["cells"][0].update(source=["if True:\n", "    class A: pass"]),
    "long cell": lambda nb: nb["cells"][0].update(source=["x = 1\n"] * 16),
    "machine path": lambda nb: nb["cells"][0].update(source=['"' + "/home" + '/someone/x.csv"']),
    "kernel": lambda nb: nb["metadata"].update(kernelspec={"name": "my-env"}),
    "papermill": lambda nb: nb["metadata"].update(papermill={}),
}


@pytest.mark.parametrize("breaking", BREAK.values(), ids=BREAK)
def test_a_badly_stored_notebook_is_noticed(breaking: Any):
    notebook = copy.deepcopy(GOOD)
    assert storage_problems(notebook, 1000) == []
    breaking(notebook)
    assert storage_problems(notebook, 1000) != []


OURS = ("corr", "benchmarks")


def unknown_names(notebook: Notebook) -> list[str]:
    """Names that cells take from our modules but that are not there.

    Cells run with the stored parameters only, so another choice could call what is long gone.
    """
    code = "\n".join(source(c) for c in notebook["cells"] if c["cell_type"] == "code")
    tree, modules, missing = ast.parse(code), dict[str, Any](), list[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            ours = [a.name for a in node.names if a.name.split(".")[0] in OURS]
            modules |= {name: importlib.import_module(name) for name in ours}
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            parent = importlib.import_module(str(node.module))
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                if not hasattr(parent, name.name) and not importlib.util.find_spec(whole):
                    missing.append(whole)
                    continue
                found = getattr(parent, name.name, None) or importlib.import_module(whole)
                if isinstance(found, ModuleType):
                    modules[name.asname or name.name] = found
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = modules.get(node.value.id)
            if module is not None and not hasattr(module, node.attr):
                missing.append(f"{module.__name__}.{node.attr}")
    return missing


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_name_a_notebook_uses_is_there(path: Path):
    assert unknown_names(json.loads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("from benchmarks import committed\ncommitted.gone()", "benchmarks.committed.gone"),
        ("import corr\nif False:\n    corr.gone()", "corr.gone"),
        ("from corr import gone", "corr.gone"),
        ("from corr import pictures\npictures.gone", "corr.face.pictures.gone"),
    ],
)
def test_a_name_that_is_gone_is_noticed(code: str, missing: str):
    cell = {"cell_type": "code", "source": [code], "metadata": {}}
    assert unknown_names({"cells": [cell]}) == [missing]


def test_a_heavy_notebook_is_noticed():
    assert storage_problems(GOOD, MAX_BYTES + 1) != []


def nbval(folder: Path) -> tuple[str, list[str]]:
    """Run nbval on a folder of notebooks as `make test` does: its output and what failed."""
    options = ["--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-p", "no:randomly"]
    sanitize = ["--nbval-sanitize-with", str(ROOT / "tests" / "nbval_sanitize.cfg")]
    config = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *sanitize, *config, str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return run.stdout, re.findall(r"^FAILED (\S+::Cell \d+)", run.stdout, re.M)


def alter_a_number(notebook: Notebook) -> int:
    """Change one digit in the first stored check output; the index among code cells."""
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    for n, cell in enumerate(code):
        for output in cell["outputs"]:
            holder, key = (output, "text") if "text" in output else (output["data"], "text/plain")
            text = "".join(holder[key])
            if "check" in tags(cell) and (digit := re.search(r"\d", text)):
                other = str((int(digit[0]) + 1) % 10)
                holder[key] = text[: digit.start()] + other + text[digit.end() :]
                return n
    pytest.fail("no number in any check output")


def test_nbval_passes_the_right_number_and_fails_a_changed_one(tmp_path: Path):
    (tmp_path / "right.ipynb").write_text(json.dumps(GOOD), encoding="utf-8")
    notebook = copy.deepcopy(GOOD)
    alter_a_number(notebook)
    (tmp_path / "wrong.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    printed, failed = nbval(tmp_path)
    assert failed == ["wrong.ipynb::Cell 1"], printed
    assert "3 passed" in printed


@pytest.mark.campaign
@pytest.mark.skipif(not NOTEBOOKS, reason="no notebooks yet")
def test_nbval_fails_a_changed_number_in_a_real_notebook(tmp_path: Path):
    notebook = json.loads(NOTEBOOKS[0].read_text(encoding="utf-8"))
    altered = alter_a_number(notebook)
    (tmp_path / NOTEBOOKS[0].name).write_text(json.dumps(notebook), encoding="utf-8")
    printed, failed = nbval(tmp_path)
    assert failed == [f"{NOTEBOOKS[0].name}::Cell {altered}"], printed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_note_on_top_says_that_it_is_a_template_and_lists_its_parameters(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    at = next(n for n, cell in enumerate(cells) if "parameters" in tags(cell))
    assert at == 2
    assert "hide" in tags(cells[1])  # not on pages
    names = [line.targets[0].id for line in ast.parse(source(cells[at])).body]
    assert f"`papermill {path.name} out.ipynb -p {names[0]} VALUE`" in source(cells[1])
    assert source(cells[1]).endswith(f"Parameters: {', '.join(f'`{n}`' for n in names)}.*")
