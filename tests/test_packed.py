"""What a wheel and an sdist hold: listed files, whatever else lies beside them."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from corr import datasets as manifest
from corr.show.pages import execute

SHIPPED = {
    "data_manifest.yaml",
    "data/seed_case.yaml",
    *(f"data/simulated_cohort/{n}" for n in ("README.md", "breasts.csv", "findings.csv")),
    "data/simulated_cohort/truth.csv",
    *(f"notebooks/{n}.ipynb" for n in ("01_breast_frame", "02_case", "06_cohort")),
}
OF_PACKAGE = {
    *("corr/parameters.toml", "corr/sources.toml", "corr/py.typed", "corr/schema/case.schema.json"),
    *(f"corr/show/templates/{n}.html.j2" for n in ("page", "pieces", "worksheet")),
    *("corr/show/templates/page.css", "corr/show/templates/finder.js"),
}
BESIDE = {"pyproject.toml", "README.md", "LICENSE", ".gitignore", "PKG-INFO"}
STRAY = (
    *("notebooks/patient.ipynb", "notebooks/02_case-run.ipynb", "notebooks/patient.html"),
    *("corr/patient.csv", "corr/show/pages/patient.ipynb", "corr/imaging/scan.dcm"),
    *("data/patients.csv", "data/simulated_cohort/patients.csv", "patients.yaml", "out/a.html"),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The files of the checkout that packing looks at, with others among them."""
    root = Path(__file__).parents[1]
    copy = tmp_path_factory.mktemp("checkout")
    no_caches = shutil.ignore_patterns("__pycache__", "external")
    for folder in ("corr", "notebooks", "data"):
        shutil.copytree(root / folder, copy / folder, ignore=no_caches)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore", manifest.MANIFEST):
        shutil.copy(root / name, copy)
    (copy / "docs").mkdir()
    (copy / "docs" / "tutorials").symlink_to("../notebooks")  # as building the documentation leaves
    for name in STRAY:
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text("Jane Doe", encoding="utf-8")
    return copy


def built(builder, copy: Path, out: Path) -> Path:
    return Path(next(builder(str(copy)).build(directory=str(out), versions=["standard"])))


def is_code(name: str) -> bool:
    return name.startswith("corr/") and name.endswith(".py")


def test_a_wheel_holds_what_is_listed_and_finds_its_data(copy, tmp_path, monkeypatch):
    with zipfile.ZipFile(built(WheelBuilder, copy, tmp_path)) as wheel:
        names = {n for n in wheel.namelist() if ".dist-info/" not in n}
        wheel.extractall(tmp_path / "site")
    assert {n for n in names if not is_code(n)} == OF_PACKAGE | {
        f"corr/shipped/{n}" for n in SHIPPED
    }
    assert {n for n in names if is_code(n)} == {
        p.relative_to(copy).as_posix() for p in (copy / "corr").rglob("*.py")
    }
    package = tmp_path / "site" / "corr"
    monkeypatch.setattr(manifest, "_PACKAGE", package)
    for name in ("seed_case", "simulated_cohort"):  # sums are checked
        assert all(package in p.parents for p in manifest.open_data(name).values())
    notebook = execute.find_notebook("02_case")
    assert package in notebook.parents
    assert (notebook.parent / "../data/seed_case.yaml").is_file()  # as its parameters say


def test_an_sdist_holds_what_is_listed(copy, tmp_path):
    with tarfile.open(built(SdistBuilder, copy, tmp_path)) as sdist:
        names = {PurePosixPath(*PurePosixPath(n).parts[1:]).as_posix() for n in sdist.getnames()}
    assert {n for n in names if not is_code(n)} == OF_PACKAGE | SHIPPED | BESIDE
