"""The repository itself: files, versions, import direction, and that these gates can fail."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import corr

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REQUIRED = [
    *(".ci/run", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"),
    *("constraints.txt", "data_manifest.yaml", "environment.yml", "pyproject.toml"),
    *("corr/parameters.toml", "data/seed_case.yaml"),
    *(f"notebooks/{name}.ipynb" for name in ("01_breast_frame", "02_case", "06_cohort")),
]


def tracked_files() -> list[Path]:
    run = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if run.returncode:
        return []  # an unpacked archive
    return [p for name in run.stdout.split("\0") if name and (p := ROOT / name).is_file()]


TRACKED = tracked_files()
needs_git = pytest.mark.skipif(not TRACKED, reason="not a git checkout")


@pytest.mark.parametrize("name", REQUIRED)
def test_required_file_is_there(name: str):
    assert (ROOT / name).stat().st_size > 0


def test_citation_has_the_version_of_the_package():
    citation = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == corr.__version__
    assert citation["license"] == PROJECT["project"]["license"] == "Apache-2.0"
    assert {"cff-version", "message", "title", "authors"} <= set(citation)


def test_licence_is_whole():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "9. Accepting Warranty or Additional Liability." in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_readme_says_research_use_only():
    assert "research use only" in (ROOT / "README.md").read_text(encoding="utf-8").lower()


@pytest.mark.skipif(os.name == "nt", reason="no executable bit")
def test_ci_script_is_executable():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


# Written in pieces, so that this file does not hold what it looks for.
FOLDERS = "home|Users|root|tmp|opt|mnt|work"
NOT_FOR_OTHERS = {
    "path of one machine": rf"(?<![\w.>)}}\]-])/(?:{FOLDERS})" + r"/\w",
    "Windows path of one machine": r"\b[A-Z]:\\" + r"\\?Users",
    "folder outside the repository": r"(?:\.\./|(?<![\w/]))shared" + r"/\w",
    "package index": r"index" + r"-url|find" + r"-links",
    "package host": r"pypi\." + r"org|python" + r"hosted",
}


def what_is_not_for_others(text: str) -> list[str]:
    return [f"{w}: {m[0]}" for w, p in NOT_FOR_OTHERS.items() if (m := re.search(p, text))]


@needs_git
def test_nothing_tracked_names_one_machine():
    found = {}
    for path in TRACKED:
        data = path.read_bytes()
        if b"\0" not in data and (hits := what_is_not_for_others(data.decode("utf-8", "replace"))):
            found[str(path.relative_to(ROOT))] = hits
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "home/ann/case.yaml",
        '"/' + 'tmp/x"',
        "cd /" + "work/x",
        "../" + "shared" + "/data",
        "pip install --index" + "-url x",
        "https://pypi." + "org/",
    ],
)
def test_a_machine_path_is_noticed(text: str):
    assert what_is_not_for_others(text)


@pytest.mark.parametrize(
    "text", ["data/" + "work/x", "#!/usr/bin/env bash", "spread is shared / split"]
)
def test_an_ordinary_path_is_not(text: str):
    assert what_is_not_for_others(text) == []


@needs_git
def test_no_tracked_file_is_large():
    sizes = {str(p.relative_to(ROOT)): p.stat().st_size for p in TRACKED}
    assert {name: size for name, size in sizes.items() if size >= 1_000_000} == {}


def environment_texts() -> list[str]:
    names = ("pyproject.toml", "environment.yml", "constraints.txt")
    return [(ROOT / name).read_text(encoding="utf-8") for name in names]


def environment_problems(texts: list[str]) -> list[str]:
    return runpy.run_path(str(ROOT / "tools" / "check_environment.py"))["problems"](*texts)


def test_environment_agrees_with_pyproject():
    assert environment_problems(environment_texts()) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (1, "  - nibabel>=5.2\n", "", "environment.yml: add nibabel>=5.2"),
        (1, "  - numpy>=2.0\n", "  - numpy\n", "environment.yml: numpy,"),
        (1, "  - tqdm", "  - rich>=13\n  - tqdm", "rich is not in pyproject.toml"),
        (1, "  - pyarrow>=17", "  - pyarrow>=>17", "not readable as a conda environment"),
        (1, "dependencies:", "dependencies: [", "not readable as a conda environment"),
        (1, "python>=3.11", "python>=3.10", "python>=3.10, pyproject.toml has >=3.11"),
        (1, "- conda-forge", "- defaults", "channels"),
        (1, "-e .", "somewhere", "pip section"),
        (2, "\nscipy==", "\nscipy>=", "allowed is name==version"),
        (2, "\nnbval==", "\n# ", "constraints.txt: add nbval=="),
        (0, '"pandas>=2.2"', '"pandas>=99"', "constraints.txt: pandas=="),
    ],
)
def test_a_disagreement_is_noticed(file: int, old: str, new: str, message: str):
    texts = environment_texts()
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    assert any(message in line for line in environment_problems(texts))


LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("anatomy/frame", "import pandas", "The numeric core knows arrays and records only BROKEN"),
        ("anatomy/frame", "import corr.cli", "to the command line BROKEN"),
        ("brand_new", "import numpy", "corr.brand_new"),
    ],
)
def test_a_forbidden_import_is_noticed(module: str, statement: str, contract: str, tmp_path: Path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "corr", tmp_path / "corr", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "corr" / f"{module}.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{statement}\n")
    run = lint_imports(tmp_path)
    assert run.returncode == 1, run.stdout + run.stderr
    assert contract in run.stdout


MODULES = sorted(
    m.name for m in pkgutil.walk_packages(corr.__path__, "corr.") if not m.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


MOST_LINES, MOST_FILES = 300, 16


def too_large(folder: Path) -> list[str]:
    lines = {p: len(p.read_text("utf-8").splitlines()) for p in folder.rglob("*.py")}
    files = Counter(p.parent for p in lines)
    return sorted(
        [p.name for p, n in lines.items() if n > MOST_LINES]
        + [p.name for p, n in files.items() if n > MOST_FILES]
    )


def test_no_room_has_more_files_and_no_module_more_lines_than_agreed():
    assert too_large(ROOT / "corr") == []


def test_what_is_too_large_is_noticed(tmp_path: Path):
    for name, lines in {"long.py": MOST_LINES + 1, "fits.py": MOST_LINES}.items():
        (tmp_path / name).write_text("x = 1\n" * lines, encoding="utf-8")
    for room, n in {"full": MOST_FILES + 1, "roomy": MOST_FILES}.items():
        (tmp_path / room).mkdir()
        for k in range(n):
            (tmp_path / room / f"m{k}.py").touch()
    assert too_large(tmp_path) == ["full", "long.py"]
