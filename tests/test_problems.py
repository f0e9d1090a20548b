"""Every error of corr is one kind: what, where, allowed, fix."""

from __future__ import annotations

import ast
import builtins
import importlib
import pickle
from pathlib import Path

import pytest

import corr
from corr.anatomy.views import signed_angle_deg
from corr.cohort.judge_cohort import part_of
from corr.datasets import find_root, open_data
from corr.imaging.dicom.header import Unusable, read_header
from corr.parameters import load
from corr.problems import CorrError, InputError, Problem, explain, fix_said, unusable_file
from corr.show.pages.execute import find_notebook
from corr.tables import read_findings
from corr.tables.cells.clock import Clock
from corr.words.marking.marks import UnreadableError

PACKAGE = Path(corr.__file__).parent


def raised_classes(package: Path = PACKAGE) -> dict[str, str]:
    """Names of all exceptions that files below `package` define, and their modules."""
    bases = {
        (path, node.name): {ast.unparse(b).rpartition(".")[2] for b in node.bases}
        for path in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    known = {
        name
        for name, kind in vars(builtins).items()
        if isinstance(kind, type) and issubclass(kind, BaseException)
    }
    known -= {n for n in known if issubclass(getattr(builtins, n), Warning)}
    while more := {name for (_, name), of in bases.items() if of & known} - known:
        known |= more
    return {
        name: ".".join(path.relative_to(package.parent).with_suffix("").parts)
        for (path, name) in bases
        if name in known
    }


def test_all_exceptions_are_corr_errors_that_can_say_all_four() -> None:
    found = raised_classes()
    assert {"CorrError", "FieldError", "InputError", "ReportError", "Unusable"} <= set(found)
    for name, module in found.items():
        kind = getattr(importlib.import_module(module), name)
        assert issubclass(kind, corr.CorrError), f"{module}.{name} is no CorrError"
        bare = kind("it is wrong")
        assert all((kind.EVERYWHERE, kind.ALLOWED, kind.FIX)), name
        assert bare.explain().splitlines() == [
            f"{kind.EVERYWHERE}: it is wrong",
            f"  allowed: {kind.ALLOWED}",
            f"  fix: {kind.FIX}",
        ]


def test_an_exception_beside_the_one_kind_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(
        "class Mine(ValueError): ...\nclass Yours(Mine): ...\nclass Warned(UserWarning): ...\n"
    )
    assert set(raised_classes(tmp_path)) == {"Mine", "Yours"}


def test_one_line_says_what_was_said_and_explain_all() -> None:
    error = CorrError("7  is\nwrong", where="f.csv", allowed="1 to 6", fix="write 6")
    assert str(error) == "f.csv: 7 is wrong; allowed: 1 to 6; fix: write 6"
    assert error.explain() == "f.csv: 7 is wrong\n  allowed: 1 to 6\n  fix: write 6"
    assert str(CorrError("wrong")) == "wrong"


@pytest.mark.parametrize(
    ("refused", "kind", "words"),
    [
        (lambda _: signed_angle_deg("CC", "R", 45.0), "ViewError", "contradicts the view CC"),
        (lambda _: Clock().parse("17"), "FieldError", "hour"),
        (lambda t: read_findings(t / "no.csv"), "InputError", "no.csv: cannot be read"),
        (lambda _: open_data("nothing"), "InputError", "nothing"),
        (find_root, "InputError", "data_manifest.yaml"),
        (lambda t: read_header(t / "no.dcm"), "Unusable", "no such file"),
        (lambda _: find_notebook("m"), "ReportError", "no notebook 'm'"),
        (lambda _: load().override({"lesion_mean": 1.0}), "CorrError", "lesions_mean"),
        (lambda _: load().override({"lesions_mean": -1.0}), "CorrError", "lesions_mean"),
        (lambda _: part_of([], "3/2"), "CorrError", "--shard: expected k/n"),
    ],
)
def test_what_a_user_meets_is_one_kind(refused, kind: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(CorrError) as error:
        refused(tmp_path)
    assert type(error.value).__name__ == kind
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert len(error.value.explain().splitlines()) == 3


@pytest.mark.parametrize(
    "error",
    [
        unusable_file("f.csv", "it is empty", "rows", line=3),
        Unusable("cut off", allowed="whole files"),
        UnreadableError("no such hour", field="clock_h", candidates=["7"]),
    ],
)
def test_an_error_of_another_process_arrives_whole(error: CorrError) -> None:
    there = pickle.loads(pickle.dumps(error))
    assert type(there) is type(error)
    assert str(there) == str(error)
    assert vars(there) == vars(error)


def test_a_file_without_use_is_also_its_last_problem() -> None:
    error = unusable_file("f.csv", "it is empty", "rows", line=3)
    assert isinstance(error, InputError)
    assert str(error) == "f.csv: it is empty; allowed: rows"
    (problem,) = error.problems
    assert (problem.row, problem.field, problem.action) == (3, "file", "rejected")
    assert (problem.value, problem.allowed, problem.fix) == ("it is empty", "rows", "give rows")


def test_notes_of_several_tables_of_a_file_count_together() -> None:
    """A case file's exams and findings may both say a side in words."""
    notes = [
        Problem("c.yaml", row, "", "", "breast", "left", "noted", "L or R", f"read as L{often}")
        for row, often in ((10, " (6 rows)"), (18, " (4 rows)"), (30, ""))
    ]
    first, last = explain(notes).splitlines()
    assert first == "c.yaml, row 10: breast = left; noted: read as L (11 rows)"
    assert fix_said(notes[:2]) == "read as L (10 rows)"
    assert last == "No problems found; 3 notes"
