"""One verb for all formats: whole or not there, the others where one fails, and back the same."""

from __future__ import annotations

import errno
from pathlib import Path

import pandas as pd
import pytest

import corr
from corr.export import writing
from corr.export.fhir import bundle
from corr.export.formats import FORMATS, asked_for
from corr.export.gather import contents
from corr.export.tables import write
from corr.extras import EXTRAS

HEAD = "case_id,breast,finding_id,modality,exam_id,kind,size_mm,clock,fn_cm,posterior_mm,view"
A = ["A,R,film,MG,MG,mass,10,,,45,CC", "A,R,us,US,US,mass,9,10,4,,", "A,L,left,US,US,cyst,5,3,2,,"]
B = ["b/2,R,b1,US,US,mass,8,2,3,,", "b/2,R,b2,MR,MR,mass,9,2,,,"]


def judged(folder: Path, *rows: str) -> corr.Result:
    path = folder / "Secret.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return corr.judge(path)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> corr.Result:
    return judged(tmp_path_factory.mktemp("one"), *A)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> corr.Result:
    return judged(tmp_path_factory.mktemp("many"), *A, *B)


def summaries(result: corr.Result):
    return [c.summary() for c in contents(result.source, [b.judgement for b in result.breasts])]


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_one_case_comes_back_from_each_format(one: corr.Result, tmp_path: Path):
    written = one.export(tmp_path, to=["fhir", "tables"])
    assert {p.relative_to(tmp_path).as_posix() for p in written.paths} == names(tmp_path)
    for form in ("fhir", "tables"):
        assert corr.read_export(tmp_path, form) == summaries(one)
    assert all(w.holds for w in written.written)
    assert set(written.files["format"]) == {"fhir", "tables"}
    assert "fhir (1 file), tables (28 files)" in repr(written)
    assert "nothing in" in repr(corr.Exported.found(tmp_path / "nowhere"))
    found = corr.Exported.found(tmp_path)
    assert found.files.equals(written.files)
    html = found._repr_html_()
    assert "bundle.json" in html
    assert "REDCap" in html
    with pytest.raises(corr.CorrError, match="nothing was exported to dicom here; allowed: fhir"):
        corr.read_export(tmp_path, "dicom")


def test_tables_are_input_again(many: corr.Result, tmp_path: Path):
    at = Path(many.export(tmp_path, to="tables").folder) / "tables"
    again = corr.judge(at / "findings.csv", breasts=at / "breasts.csv", exams=at / "exams.csv")
    for name in ("pairs", "lesions", "groupings", "locations"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(many, name))


def test_each_of_many_women_has_a_folder_but_in_tables(many: corr.Result, tmp_path: Path):
    written = many.export(tmp_path, to="tables, FHIR")
    assert {n for n in names(tmp_path) if n.startswith("fhir")} == {
        "fhir/A/bundle.json", f"fhir/{writing.file_stem('b/2')}/bundle.json",
    }  # fmt: skip
    assert {w.case_id for w in written.written} == {"", "A", "b/2"}
    for form in ("fhir", "tables"):
        assert corr.read_export(tmp_path, form) == summaries(many)
    assert "1 more" not in " ".join(written.files["files"])


def test_names_that_differ_in_case_alone_have_folders_of_their_own():
    taken: set[str] = set()
    folders = [writing._own_folder(name, taken) for name in ("A", "a", "a_", "b")]
    assert len({f.casefold() for f in folders}) == 4
    assert folders[0] == "A"


def test_same_bytes_whatever_the_order_of_the_rows(many: corr.Result, tmp_path: Path):
    (tmp_path / "other").mkdir()
    other = judged(tmp_path / "other", *B[::-1], *A[::-1])
    many.export(tmp_path / "a", to="tables,fhir")
    other.export(tmp_path / "b", to="fhir,tables")
    assert names(tmp_path / "a") == names(tmp_path / "b")
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_nothing_is_written_over(one: corr.Result, tmp_path: Path):
    (tmp_path / "fhir").mkdir()
    for ask in (lambda: one.export(tmp_path, to=["tables", "fhir"]),
                lambda: corr.Exported.check(tmp_path, "tables,fhir")):  # fmt: skip
        with pytest.raises(corr.CorrError, match=r"fhir: is there already.*name another folder"):
            ask()
    assert [p.name for p in tmp_path.iterdir()] == ["fhir"]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("fihr", "there is no format 'fihr'; allowed: .*; fix: did you mean 'fhir'"),
        ("", "no format is named"),
        ([], "no format is named"),
    ],
)
def test_another_format_is_refused(one: corr.Result, tmp_path: Path, to, said: str):
    with pytest.raises(corr.CorrError, match=said):
        one.export(tmp_path / "new", to=to)
    assert not (tmp_path / "new").exists()


def test_formats_are_asked_for_once_in_our_order():
    assert [f.name for f in asked_for(["tables", "fhir", "tables,"[:6]])] == ["fhir", "tables"]
    assert [f.name for f in asked_for("slicer,tables,slicer")] == ["slicer", "tables"]
    assert all(f.opens and f.files for f in FORMATS.values())


def test_a_package_that_is_missing_is_named(one, tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(EXTRAS, "fhir", ("no_such_module",))
    said = r"format fhir need .*\(no_such_module\).*pip install \"breast-corr\[fhir\]"
    with pytest.raises(corr.CorrError, match=said):
        one.export(tmp_path, to=["tables", "fhir"])
    assert not list(tmp_path.iterdir())


def test_one_woman_that_fails_never_stops_the_others(many, tmp_path, monkeypatch):
    whole = bundle.bundle_text

    def fragile(content):
        if content.case_id == "A":
            msg = "unforeseen"
            raise ZeroDivisionError(msg)
        return whole(content)

    monkeypatch.setattr(bundle, "bundle_text", fragile)
    written = many.export(tmp_path, to=["fhir", "tables"])
    (problem,) = written.problems
    assert (problem.case_id, problem.field) == ("A", "export to fhir")
    assert "ZeroDivisionError: unforeseen" in problem.fix
    assert [s.case_id for s in corr.read_export(tmp_path, "fhir")] == ["b/2"]
    assert [s.case_id for s in corr.read_export(tmp_path, "tables")] == ["A", "b/2"]
    alone = corr.judge(many.source.case("A"))
    with pytest.raises(ZeroDivisionError):
        alone.export(tmp_path / "alone", to=["tables", "fhir"])
    assert not list((tmp_path / "alone").iterdir()), "half of an export was left"


def test_a_disk_that_is_full_leaves_nothing(one, tmp_path, monkeypatch):
    def full(*_: object):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(write, "_package", full)
    with pytest.raises(OSError, match="No space left"):
        one.export(tmp_path, to=["fhir", "tables"])
    assert not list(tmp_path.iterdir())


def test_a_case_of_which_nothing_could_be_judged_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("corr.cohort.judge_cohort.judge", lambda *_: 1 / 0)
    failed = judged(tmp_path, *B)
    with pytest.raises(corr.CorrError, match=r"no breast could be judged.*`problems`"):
        failed.export(tmp_path / "out", to="fhir")
    assert names(failed.export(tmp_path / "out", to="tables").folder) >= {"tables/problems.csv"}


def test_names_of_files_and_what_was_typed_stay_at_home(tmp_path: Path):
    result = judged(tmp_path, *A, "A,R,us2,US,US,mass,Secret,Secret,3,,")
    assert "Secret" in result.problems.to_csv()
    for path in result.export(tmp_path / "out", to=["tables", "fhir"]).paths:
        assert b"Secret" not in path.read_bytes(), path.name
