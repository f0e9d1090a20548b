"""What is installed without an extra, and what is said where more is needed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from corr import extras
from corr.extras import BESIDE_ALL, EXTRAS, NotInstalledError, needs

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CORE = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
WITHOUT = """
import sys
from importlib.machinery import PathFinder
everywhere = PathFinder.find_spec
def elsewhere(name, path=None, target=None):
    return None if name.partition(".")[0] in {away!r} else everywhere(name, path, target)
PathFinder.find_spec = elsewhere
from corr.cli import app
app(sys.argv[1:])
"""


def distributions(extra: str) -> set[str]:
    """Names of what an extra installs, those of the extras it is made of included."""
    out = set()
    for wanted in map(Requirement, PROJECT["optional-dependencies"][extra]):
        if wanted.name == PROJECT["name"]:
            out |= {name for part in wanted.extras for name in distributions(part)}
        else:
            out.add(canonicalize_name(wanted.name))
    return out


def without_extras(*args: str) -> subprocess.CompletedProcess[str]:
    """The command line where nothing but the plain installation is there."""
    away = sorted({module for modules in EXTRAS.values() for module in modules} | {"IPython"})
    code = WITHOUT.format(away=set(away))
    command = [sys.executable, "-c", code, *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_extra_installs_the_modules_that_are_looked_for(extra):
    known = packages_distributions()
    for module in EXTRAS[extra]:
        by = {canonicalize_name(name) for name in known.get(module, ())}
        assert not by or by & distributions(extra), module
        assert not by & CORE, f"{module} is always there"


def test_all_holds_every_extra_that_messages_promise_of_it(monkeypatch: pytest.MonkeyPatch):
    promised = {extra for extra in EXTRAS if extra not in BESIDE_ALL}
    assert distributions("all") == {name for e in promised for name in distributions(e)}
    for extra in EXTRAS:
        monkeypatch.setitem(EXTRAS, extra, ("no_such_module",))
        with pytest.raises(NotInstalledError) as caught:
            needs(extra, "they")
        assert ("[all]" in str(caught.value)) == (extra in promised)
    assert distributions("dev") > distributions("all")


def test_a_case_is_judged_and_a_question_answered_without_any_extra(tmp_path):
    told = without_extras("case", "data/seed_case.yaml")
    assert told.returncode == 0, told.stderr
    assert "P(same)" in told.stdout
    told = without_extras("silence", "data/seed_case.yaml", "--out", str(tmp_path))
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize(
    ("args", "extra"),
    [
        (("report", "data/seed_case.yaml"), "notebooks"),
        (("demo",), "notebooks"),
        (("images", "data"), "images"),
        (("case", "data/image_case/case.yaml"), "images"),
        (("export", "data/seed_case.yaml", "--to", "tables"), "images"),
    ],
)
def test_what_needs_more_says_what_to_install(args, extra, tmp_path):
    out = ("--out", str(tmp_path / "out")) if args[0] in ("report", "demo", "export") else ()
    told = without_extras(*args, *out)
    assert told.returncode == 2
    assert "Traceback" not in told.stderr
    assert f'pip install "breast-corr[{extra}]"' in told.stderr


def test_the_message_names_what_is_missing(monkeypatch):
    monkeypatch.setitem(extras.EXTRAS, "images", ("pydicom", "no_such_module"))
    with pytest.raises(NotInstalledError, match=r"image files need .*\(no_such_module\)") as caught:
        needs("images", "image files")
    assert isinstance(caught.value, ImportError)
