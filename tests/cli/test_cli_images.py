"""`corr images`, `corr findings` and images of a case file: what is said, filled in, refused."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from benchmarks.phantom import dicom as phantom_dicom
from benchmarks.phantom import phantom
from corr.case import casefile
from corr.cli import app
from corr.datasets import open_data
from corr.imaging.case_names import identities
from corr.imaging.marks.case_marks import marks_of
from corr.imaging.mri.series import read_series
from corr.problems import Problem
from corr.tables.rows import ImageRow, RawRow
from tests.builders.examples import few
from tests.builders.films import draw

SECRETS = ("Phantom", "PHANTOM", "Digital", "1.2.826", "20200101", "2020-01-01")
FILM_HEAD = "case_id: t\nimages:\n"


def corr(*args):
    """Run the command; anything but an orderly exit is a failure."""
    result = CliRunner().invoke(app, [str(a) for a in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shipped():
    return open_data("image_case")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small drawn film R CC (nipple known), its marks, and a film whose view has no map."""
    made = tmp_path_factory.mktemp("case")
    drawn = draw(3, profile_mm=5.0, spot=0.3)
    image = drawn.image[:, ::-1]  # chest wall on the right: a right breast as it hangs
    state = phantom.State(np.zeros((1, 1, 1), np.uint8), np.zeros(3), 1.0)
    film = phantom.Film(state, 0, 0.0, 50.0, 0.0, image.shape, drawn.pixel_mm)
    ds = phantom_dicom.film_file(film, np.float32(image * 3), "CC", 0.0)
    ds.save_as(made / "cc.dcm")
    row, col = drawn.nipple[0], image.shape[1] - 1 - drawn.nipple[1]
    corners = np.array([[0, -8], [8, 0], [0, 8], [-8, 0], [0, -8]])
    ring = corners + np.array([row - 40, col + 60])
    phantom_dicom.report_file(ds, {"mass 1": ring}).save_as(made / "marks.dcm")
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = phantom_dicom.uid("other")
    ds.ViewPosition, ds.ViewCodeSequence = "XCCL", []
    ds.save_as(made / "xccl.dcm")
    (made / "nipple.csv").write_text(f"row,col,kind,label\n{row},{col},nipple,nipple\n")
    (made / "told.csv").write_text(f"row,col,label\n{row - 40},{col + 60},seen\n9999,9999,far\n")
    (made / "notes.txt").write_text("nothing to read here")
    os.mkfifo(made / "pipe")
    return made, (row, col), drawn.pixel_mm


def read(folder: Path, text: str) -> casefile.Case:
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return casefile.read_case(path)


def found(case: casefile.Case, finding_id: str):
    return next(f for b in case.breasts for f in b.findings if f.finding_id == finding_id)


# --- corr images --------------------------------------------------------------------------------


def test_images_lists_a_folder_without_naming_anybody(folder, tmp_path):
    made, _, _ = folder
    out = corr("images", made, "--out", tmp_path / "list.csv")
    assert out.exit_code == 0
    listed = {r["file"]: r for r in rows(tmp_path / "list.csv")}
    assert (listed["cc.dcm"]["side"], listed["cc.dcm"]["view"]) == ("R", "CC")
    assert listed["cc.dcm"]["usable"] == "yes"
    assert listed["xccl.dcm"]["usable"] == "no"
    assert "exaggerated" in listed["xccl.dcm"]["why"]
    text = out.stdout + (tmp_path / "list.csv").read_text()
    assert not [s for s in SECRETS if s in text]


def test_images_says_where_each_file_is_listed_and_takes_a_folder_as_others_do(folder, tmp_path):
    made, _, _ = folder
    out = tmp_path / "out"
    assert "which file is which: --out FOLDER" in corr("images", made, "--jobs", 1).stdout
    said = corr("images", made, "--jobs", 1, "--out", out).stdout
    assert f"each file by itself in {out / 'inventory.csv'}" in said
    assert {"cc.dcm", "xccl.dcm"} <= {row["file"] for row in rows(out / "inventory.csv")}


@pytest.mark.parametrize("what", ["empty", "absent", "file"])
def test_images_refuses_what_holds_nothing(what, tmp_path):
    path = tmp_path / what
    path.mkdir() if what == "empty" else None
    path.write_text("x") if what == "file" else None
    out = corr("images", path)
    assert out.exit_code == 2
    assert out.output.strip()


# --- corr findings ------------------------------------------------------------------------------


def test_findings_writes_tables_that_corr_judge_reads_unchanged(shipped, tmp_path):
    out = corr("findings", shipped["case"], "--out", tmp_path / "f")
    assert out.exit_code == 0
    assert "nipple found at row" in out.output
    assert "10 findings, 3 images" in out.output
    written = {p.name for p in (tmp_path / "f").iterdir()}
    assert written == {"findings.csv", "breasts.csv", "exams.csv", "problems.csv", "pictures"}
    pictures = {p.name for p in (tmp_path / "f" / "pictures").iterdir()}
    assert {"CC.png", "MLO.png", "MRI.png", "MRI_MRI-mass-1.png"} <= pictures
    tables = [p for p in (tmp_path / "f").iterdir() if p.is_file()]
    text = out.output + "".join(p.read_text() for p in tables)
    assert not [s for s in SECRETS if s in text]
    png = b"".join(p.read_bytes() for p in (tmp_path / "f" / "pictures").iterdir())
    assert not [s for s in SECRETS if s.encode() in png]

    made = tmp_path / "f"
    judged = corr(
        "judge", made / "findings.csv", "--breasts", made / "breasts.csv", "--exams",
        made / "exams.csv", "--out", tmp_path / "j", "--jobs", 1,
    )  # fmt: skip
    assert judged.exit_code == 0
    assert rows(tmp_path / "j" / "problems.csv") == []
    corr("case", shipped["case"], "--out", tmp_path / "c")
    assert rows(tmp_path / "j" / "pairs.csv") == rows(tmp_path / "c" / "pairs.csv")


def test_findings_of_a_case_without_anything_usable_says_why(folder, tmp_path):
    made, _, _ = folder
    (made / "bad.yaml").write_text(
        FILM_HEAD + "- file: Jane_Roe.dcm\n- file: notes.txt\n"
        "- {file: cc.dcm, annotations: [Jane_Roe.csv]}\n"
    )
    out = corr("findings", made / "bad.yaml", "--out", tmp_path / "f")
    assert out.exit_code == 2
    said = rows(tmp_path / "f" / "problems.csv")
    assert [p["action"] for p in said if p["field"] == "file"] == ["rejected"] * 3
    assert [p["value"] for p in said if p["field"] == "annotations"] == ["file 1 (.csv) of image 3"]
    assert all(p["allowed"] and p["fix"] for p in said)
    assert "no such file" in out.output
    assert "mammogram, R CC" in out.output, "what was read is said and drawn"
    assert [p.name for p in (tmp_path / "f" / "pictures").iterdir()] == ["image_3.png"]
    assert "Jane" not in out.output + (tmp_path / "f" / "problems.csv").read_text()


# --- images in a case file ----------------------------------------------------------------------


def test_a_mark_is_a_finding_where_it_was_drawn(folder):
    made, (row, col), mm = folder
    case = read(made, FILM_HEAD + "- {file: cc.dcm, annotations: marks.dcm}\n")
    mass = found(case, "image 1 mass 1")
    assert (mass.modality, mass.kind) == ("MG", "mass")
    lines = case.images[0].image.landmarks
    assert abs(lines.nipple_row - row) * mm < 5 > abs(lines.nipple_col - col) * mm
    assert mass.posterior_mm == pytest.approx((col + 60 - lines.nipple_col) * mm, abs=0.5)
    assert mass.transverse_mm == pytest.approx((lines.nipple_row - row + 40) * mm, abs=0.5)
    (breast,) = case.breasts
    assert (breast.case_id, breast.side, breast.readings[0].view) == ("t", "R", "CC")
    assert breast.readings[0].thickness_mm == 50.0
    ((_, edge, medial, lateral),) = breast.shape.films
    assert edge == pytest.approx(lines.nipple_col and (316 - lines.nipple_col) * mm, abs=1.0)
    assert medial > 20 < lateral


def test_what_is_stated_wins_over_the_image(folder):
    made, _, _ = folder
    case = read(
        made,
        FILM_HEAD + "- {image_id: film, file: cc.dcm, annotations: marks.dcm}\nfindings:\n"
        "- {finding_id: a, image: film, mark: Mass 1, kind: asymmetry, size_mm: 30,"
        " posterior_mm: 12}\n",
    )
    a = found(case, "a")
    assert (a.kind, a.size_mm, a.posterior_mm) == ("asymmetry", 30.0, 12.0)
    assert a.transverse_mm is None  # a place is taken whole or not at all
    assert len(case.rows) == 1


def test_landmarks_can_be_overridden_and_marked(folder):
    made, (row, col), mm = folder
    stated = read(
        made,
        FILM_HEAD + f"- {{file: cc.dcm, annotations: marks.dcm, nipple_row: {row + 30},"
        f" nipple_col: {col}}}\n",
    )
    marked = read(made, FILM_HEAD + "- {file: cc.dcm, annotations: [marks.dcm, nipple.csv]}\n")
    a, b = (found(c, "image 1 mass 1") for c in (stated, marked))
    assert b.transverse_mm == pytest.approx(40 * mm, abs=0.3)
    assert b.posterior_mm == pytest.approx(60 * mm, abs=0.3)
    assert a.transverse_mm == pytest.approx(70 * mm, abs=0.3)
    assert [f.finding_id for f in marked.breasts[0].findings] == ["image 1 mass 1"]


def test_a_typed_pixel_is_placed(folder):
    made, (row, col), mm = folder
    text = FILM_HEAD + (
        f"- {{image_id: i, file: cc.dcm, nipple_row: {row}, nipple_col: {col}}}\n"
        f"findings:\n- {{finding_id: a, image: i, row: {row}, col: {col + 50}}}\n"
    )
    case = read(made, text)
    a = found(case, "a")
    assert (a.posterior_mm, a.transverse_mm) == pytest.approx((50 * mm, 0.0), abs=0.1)
    assert case.images[0].places == {"a": (row, col + 50)}


def test_a_row_without_finding_id_is_named_after_its_mark(folder):
    made, _, _ = folder
    text = FILM_HEAD + "- {image_id: i, file: cc.dcm, annotations: marks.dcm}\nfindings:\n"
    case = read(made, text + "- {image: i, mark: mass 1, bi_rads: 4}\n- {image: i, row: 9}\n")
    assert found(case, "i mass 1").bi_rads == "4"
    assert [(p.field, p.action) for p in case.problems] == [("finding_id", "rejected")]


def test_a_film_without_spacing_gives_the_third_of_the_depth_only(folder, tmp_path):
    made, (row, col), _ = folder
    ds = pydicom.dcmread(made / "cc.dcm")
    del ds.ImagerPixelSpacing
    ds.save_as(tmp_path / "cc.dcm")
    case = read(
        tmp_path,
        FILM_HEAD + f"- {{image_id: i, file: cc.dcm, nipple_row: {row}, nipple_col: {col}}}\n"
        f"findings:\n- {{finding_id: a, image: i, row: {row}, col: {col + 20}}}\n",
    )
    a = found(case, "a")
    assert (a.posterior_mm, a.transverse_mm, a.depth_third) == (None, None, "anterior")
    (problem,) = case.problems
    assert (problem.field, problem.action) == ("row_spacing_mm", "flagged")


def test_a_film_turned_round_with_its_letters_gives_the_same_finding(folder, tmp_path):
    made, _, _ = folder
    ds = pydicom.dcmread(made / "cc.dcm")
    ds.decompress()
    turned = np.ascontiguousarray(ds.pixel_array[::-1, ::-1])
    ds.PixelData, ds.PatientOrientation = turned.tobytes(), ["A", "R"]
    ds.save_as(tmp_path / "cc.dcm")
    rows_, cols = turned.shape
    mark = "findings:\n- {{finding_id: a, image: i, row: {}, col: {}}}\n"
    text = FILM_HEAD + "- {image_id: i, file: cc.dcm}\n"
    a = found(read(made, text + mark.format(150, 250)), "a")
    b = found(read(tmp_path, text + mark.format(rows_ - 1 - 150, cols - 1 - 250)), "a")
    assert (a.posterior_mm, a.transverse_mm) == pytest.approx(
        (b.posterior_mm, b.transverse_mm), abs=0.3
    )
    lie = read(tmp_path, text.replace("}", ", patient_orientation: A/L}") + mark.format(150, 250))
    assert lie.problems or found(lie, "a").transverse_mm != pytest.approx(b.transverse_mm, abs=2)


PROBLEMS = {
    "no such file": ("- {image_id: j, file: gone.dcm}", "file", "rejected", "no such file"),
    "a pipe": ("- {image_id: j, file: pipe}", "file", "rejected", "no such file"),
    "no such marks": ("- {image_id: j, file: cc.dcm, annotations: gone.csv}", "annotations",
                      "ignored", "there is no such file; correct the path"),
    "a folder of marks": ("- {image_id: j, file: cc.dcm, annotations: .}", "annotations",
                          "ignored", "this is a folder"),
    "not an image": ("- {image_id: j, file: notes.txt}", "file", "rejected", "not a DICOM"),
    "too much": ("- {image_id: j, file: ., modality: MR}", "file", "rejected", "more than 3"),
    "no map": ("- {image_id: j, file: xccl.dcm}", "file", "rejected", "exaggerated"),
    "same name": ("- {image_id: i, file: cc.dcm}", "image_id", "rejected", "its own image_id"),
    "no name": ("- {image_id: j}", "file", "rejected", "fill it in"),
    "annotations": ("- {image_id: j, file: cc.dcm, annotations: notes.txt}", "annotations",
                    "ignored", "row, col"),
    "outside": ("- {image_id: j, file: cc.dcm, annotations: told.csv}", "mark", "rejected",
                "outside the image"),
    "half a nipple": ("- {image_id: j, file: cc.dcm, nipple_row: 3}", "file", "rejected",
                      "nipple_col"),
    "unknown column": ("- {image_id: j, file: cc.dcm, nippel_row: 3}", "nippel_row", "ignored",
                       "nipple_row"),
    "the other side": ("- {image_id: j, file: cc.dcm, breast: L, exam_id: x}", "breast",
                       "flagged", "as the file says"),
    "the same again": ("- {image_id: j, file: cc.dcm}", "exam_id", "flagged", "shows the same"),
    "wrong mark": ("findings:\n- {finding_id: b, image: i, mark: mass 7}", "mark", "ignored",
                   "mass 1"),
    "wrong breast": ("findings:\n- {finding_id: b, image: i, mark: mass 1, breast: L}", "mark",
                     "ignored", "shows the R breast"),
    "wrong image": ("findings:\n- {finding_id: b, image: k, breast: R, modality: MG}", "image",
                    "ignored", "i"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "field", "action", "words"), PROBLEMS.values(), ids=PROBLEMS)
def test_one_bad_thing_is_explained_and_stops_nothing(
    folder, line, field, action, words, monkeypatch
):
    made, _, _ = folder
    monkeypatch.setattr("corr.imaging.mri.study_files.MOST_FILES", 3)
    good = "- {image_id: i, file: cc.dcm, annotations: marks.dcm}\n"
    case = read(made, FILM_HEAD + good + line + "\n")
    assert found(case, "i mass 1").posterior_mm is not None
    assert all(f.posterior_mm is None for b in case.breasts if b.side == "L" for f in b.findings
               if f.finding_id == "b")  # fmt: skip
    problem = next(p for p in case.problems if p.field == field)
    assert (problem.file, problem.action) == ("case.yaml", action)
    assert words in f"{problem.allowed} {problem.fix}"
    assert problem.fix
    assert problem.row is not None
    assert problem.row >= 4


def test_a_reader_that_fails_stops_nothing(folder, monkeypatch):
    """The broken twin of "no reader raises anything but Unusable"."""
    from corr.imaging import image_reader

    made, _, _ = folder
    monkeypatch.setattr(image_reader, "read_sonogram", lambda *_, **__: 1 / 0)
    text = "- {image_id: j, file: cc.dcm, modality: US}\n- {file: cc.dcm, annotations: marks.dcm}\n"
    case = read(made, FILM_HEAD + text)
    (problem,) = case.problems
    assert (problem.field, problem.action) == ("file", "rejected")
    assert "ZeroDivisionError" in problem.fix
    assert found(case, "image 2 mass 1")


LABELS = (
    "mass MEIER", "mass annameier", "Tu 17.02.1956", "19560217", "KH-472911", "old 3 Feb 2021",
    "Müller", "seen by 5551234", "17/2/56 calcification",
)  # fmt: skip


def test_labels_that_hold_a_name_a_number_or_a_date_stay_here(folder, tmp_path):
    made, (row, col), _ = folder
    film = pydicom.dcmread(made / "cc.dcm")
    film.PatientName, film.PatientID, film.PatientBirthDate = "Meier^Anna", "KH-472911", "19560217"
    film.OperatorsName = "MULLER"
    film.save_as(tmp_path / "cc.dcm")
    corners = np.array([[0, -8], [8, 0], [0, 8], [-8, 0], [0, -8]])
    rings = {
        words: corners + np.array([row - 40, col + 40 + 5 * n]) for n, words in enumerate(LABELS)
    }
    marks = phantom_dicom.presentation_file(film, {**rings, "mass 12 x 8": rings["Müller"]})
    marks.SpecificCharacterSet = "ISO_IR 192"
    marks.save_as(tmp_path / "marks.dcm")
    nipple = f"nipple_row: {row}, nipple_col: {col}, annotations: marks.dcm"
    (tmp_path / "case.yaml").write_text(
        f"case_id: c\nimages:\n- {{image_id: F, file: cc.dcm, {nipple}}}\nfindings:\n"
        "- {image: F, mark: mass ANNAMEIER, size_mm: 9}\n"
    )
    out = corr("findings", tmp_path / "case.yaml", "--out", tmp_path / "out")
    assert out.exit_code == 0
    ids = {r["finding_id"]: r for r in rows(tmp_path / "out" / "findings.csv")}
    assert len(ids) == len(LABELS) + 1
    assert {"F mass", "F mass (2)", "F mark 3", "F mass 12 x 8"} <= set(ids)
    assert ids["F mass (2)"]["size_mm"] == "9"
    told = [r for r in rows(tmp_path / "out" / "problems.csv") if r["field"] == "annotations"]
    assert [(r["action"], r["fix"][:13]) for r in told] == [("flagged", "9 labels held")]
    written = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    words = [p.name + p.read_text("utf-8", errors="ignore") for p in written if p.suffix == ".csv"]
    words += [p.name for p in written] + [out.output]
    secret = re.compile(r"meier|472911|1956|17.02|17/2|feb 2021|müller|5551234", re.IGNORECASE)
    assert [w[:60] for w in words if secret.search(w)] == []


def test_refused_marks_do_not_repeat_their_labels(folder, tmp_path):
    made, _, _ = folder
    film = pydicom.dcmread(made / "cc.dcm")
    film.PatientName = "Meier^Anna"
    film.save_as(tmp_path / "cc.dcm")
    marks = phantom_dicom.presentation_file(film, {"MEIER": np.array([[5, 5], [9, 9], [5, 5]])})
    for layer in marks.GraphicAnnotationSequence:
        layer.GraphicObjectSequence[0].GraphicAnnotationUnits = "DISPLAY"
    marks.save_as(tmp_path / "marks.dcm")
    problems: list[Problem] = []
    row = ImageRow(case_id="c", file="cc.dcm", annotations="marks.dcm")
    raw = RawRow("case.yaml", 2, {"image_id": "F", **row.model_dump(exclude_none=True)})
    raw.cells["annotations"] = "marks.dcm"
    marks_of(row, raw, tmp_path, identities([raw], tmp_path), problems, lost=[])
    assert "DISPLAY" in problems[0].fix
    assert "meier" not in problems[0].fix.lower()


def test_marks_of_another_image_are_left_to_it(folder):
    made, _, _ = folder
    case = read(
        made,
        FILM_HEAD + "- {image_id: i, file: cc.dcm, annotations: marks.dcm}\n"
        "- {image_id: j, file: xccl.dcm, view: CC, exam_id: later, annotations: marks.dcm}\n",
    )
    assert [f.finding_id for b in case.breasts for f in b.findings] == ["i mass 1"]
    assert {r.exam_id for b in case.breasts for r in b.readings} == {"MG-CC", "later"}
    problem = next(p for p in case.problems if p.field == "annotations")
    assert (problem.value, problem.action) == ("file 1 (marks.dcm) of j", "ignored")
    assert "the image it was made on" in problem.fix


def test_nifti_phases_of_an_unmarked_mri_give_its_enhancing_lesions(shipped, tmp_path):
    (tmp_path / "mri").mkdir()
    ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    for n in range(2):
        (volume,) = read_series([shipped[f"mri_phase{n}"]])
        image = nib.Nifti1Image(volume.data.astype(np.int16), ras @ volume.affine_lps)
        nib.save(image, tmp_path / "mri" / f"meier{n}.nii.gz")
    first = nib.load(tmp_path / "mri" / "meier0.nii.gz")
    nib.save(first.slicer[:, :, ::2], tmp_path / "mri" / "meier7.nii.gz")  # no phase
    case = read(tmp_path, FILM_HEAD + "- {image_id: m, file: mri, exam_id: MR}\n")
    truth = {"m enhancement R1": (23.5, 19.4, 54.5), "m enhancement L1": (4.2, 13.9, 36.9)}
    for name, place in truth.items():
        lesion = found(case, name)
        seen = (lesion.lateral_mm, lesion.superior_mm, lesion.posterior_mm)
        assert np.linalg.norm(np.subtract(seen, place)) < 2.5
    assert {b.side for b in case.breasts} == {"L", "R"}
    said = " ".join(case.images[0].said)
    assert "not a phase: volume file" in said
    assert "meier" not in said


def test_phases_whose_order_nothing_says_are_not_measured(shipped, tmp_path):
    """Named post and pre, they sort the wrong way round: no enhancement, no silent MRI."""
    (tmp_path / "mri").mkdir()
    ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    for n, name in ((0, "pre"), (1, "post")):
        (volume,) = read_series([shipped[f"mri_phase{n}"]])
        image = nib.Nifti1Image(volume.data.astype(np.int16), ras @ volume.affine_lps)
        nib.save(image, tmp_path / "mri" / f"{name}.nii.gz")
    words = "findings:\n- {finding_id: a, breast: R, modality: US, exam_id: US, clock: 10}\n"
    case = read(tmp_path, FILM_HEAD + "- {image_id: m, file: mri, exam_id: MR}\n" + words)
    assert [row.finding_id for row in case.rows] == ["a"]
    (problem,) = case.problems
    assert (problem.field, problem.action) == ("file", "flagged")
    assert "nothing says which came first" in problem.fix
    assert [r.modality for b in case.breasts for r in b.readings] == ["US"]
    listed = "- {image_id: m, file: mri, exam_id: MR, phases: [pre.nii.gz, mri/post.nii.gz]}\n"
    stated = read(tmp_path, FILM_HEAD + listed)
    assert "phases ordered by what the case states" in stated.images[0].said
    assert found(stated, "m enhancement R1")
    for name, number in (("pre", "9"), ("post", "10")):
        (tmp_path / "mri" / f"{name}.nii.gz").rename(tmp_path / "mri" / f"p{number}.nii.gz")
    numbered = read(tmp_path, FILM_HEAD + "- {image_id: m, file: mri, exam_id: MR}\n")
    assert not numbered.problems
    assert found(numbered, "m enhancement R1")
    (tmp_path / "mri" / "p11.nii.gz").write_bytes(b"")
    cut = read(tmp_path, FILM_HEAD + "- {image_id: m, file: mri, exam_id: MR}\n")
    assert "1 MR images were not used" in " ".join(p.fix for p in cut.problems)
    assert "p11" not in " ".join(f"{p.fix} {p.value}" for p in cut.problems)
    assert found(cut, "m enhancement R1")


def test_marks_that_may_lie_elsewhere_are_doubted_and_those_outside_refused(shipped, tmp_path):
    seg = pydicom.dcmread(shipped["mri_mass1"])
    seg.FrameOfReferenceUID = "1.2.3"
    seg.save_as(tmp_path / "seg.dcm")
    (tmp_path / "m.csv").write_text(
        "label,l_mm,p_mm,s_mm\nright there,-81,51,19\nin the chest,-40,115,19\nRAS,81,-51,19\n"
        "in air,-109,23,-9\n"
    )
    mask = np.zeros((9, 9, 9), np.uint8)
    mask[4:, 4:, 4:] = 1
    image = nib.Nifti1Image(mask, None)
    nib.save(image, tmp_path / "mask.nii")
    (tmp_path / "mri").symlink_to(shipped["mri_phase0"].parent)
    line = "- {image_id: m, file: mri, exam_id: MR, enhancements: 0, annotations: [seg.dcm, m.csv,"
    line += " mask.nii]}"
    case = read(tmp_path, FILM_HEAD + line + "\n")
    said = {(p.field, p.finding_id, p.action): p for p in case.problems}
    assert set(said) == {
        ("annotations", "", "flagged"),
        ("exam", "", "flagged"),  # one mark was lost
        ("mark", "m in the chest", "flagged"),
        ("mark", "m in air", "flagged"),
        ("mark", "m mark", "flagged"),
        ("mark", "m RAS", "rejected"),
    }
    assert said["annotations", "", "flagged"].fix.startswith("mass 1, mark: of another exam?")
    assert "outside the breast" in said["mark", "m in air", "flagged"].fix
    assert "behind the chest wall" in said["mark", "m in the chest", "flagged"].fix
    assert "outside the images" in said["mark", "m RAS", "rejected"].fix
    kept = {"m mass 1", "m right there", "m in the chest", "m in air", "m mark"}
    assert {row.finding_id for row in case.rows} == kept


def test_ultrasound_depth_and_size_come_from_the_picture_the_rest_from_the_case(tmp_path):
    still = phantom_dicom._basis("1.2.840.10008.5.1.4.1.1.6.1", "US", "us", 1)
    image = np.zeros((300, 400), np.uint16)
    image[20:280, 50:350] = np.random.default_rng(1).integers(200, 3000, (260, 300))
    phantom_dicom._pixels(still, image, 12, "MONOCHROME2")
    region = pydicom.Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 50, 20
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 349, 279
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.01
    region.ReferencePixelX0, region.ReferencePixelY0 = 0, 0
    region.ReferencePixelPhysicalValueX, region.ReferencePixelPhysicalValueY = 0.0, 0.0
    still.SequenceOfUltrasoundRegions = [region]
    still.save_as(tmp_path / "us.dcm")
    (tmp_path / "calipers.csv").write_text(
        "id,shape,row,col,label\n1,line,120,100,mass\n1,line,120,180,mass\n"
    )
    case = read(
        tmp_path,
        FILM_HEAD + "- {image_id: us, file: us.dcm, annotations: calipers.csv}\nfindings:\n"
        "- {finding_id: a, image: us, mark: mass, breast: L, clock: 2, fn_cm: 3}\n",
    )
    a = found(case, "a")
    assert (a.modality, a.kind, a.clock_h, a.fn_mm) == ("US", "mass", (2.0, 2.0), 30.0)
    assert a.depth_mm == pytest.approx(10.0, abs=0.3)
    assert a.size_mm == pytest.approx(8.0, abs=0.2)
    outside = read(
        tmp_path,
        FILM_HEAD + "- {image_id: us, file: us.dcm}\nfindings:\n"
        "- {finding_id: a, image: us, breast: L, row: 500, col: 100, clock: 2}\n",
    )
    assert "outside the image" in " ".join(p.fix for p in outside.problems)
    assert found(outside, "a").depth_mm is None


@pytest.mark.parametrize(
    "stated", ["", "exams:\n- {breast: R, modality: MG, exam_id: M, done: 1}\n"]
)
@pytest.mark.parametrize("lost", ["marks.nrrd", "file"])
def test_a_film_whose_marks_or_pixels_were_refused_is_not_silent(folder, stated, lost):
    made, _, _ = folder
    name, marks = ("cc.dcm", "[x.nrrd]") if lost == "marks.nrrd" else ("absent.dcm", "[]")
    image = f"{{image_id: i, file: {name}, modality: MG, view: CC, breast: R, exam_id: M, "
    words = "findings:\n- {finding_id: u, breast: R, modality: US, clock: 10}\n" + stated
    case = read(made, FILM_HEAD + f"- {image}annotations: {marks}}}\n" + words)
    assert [r.modality for b in case.breasts for r in b.readings] == ["US"]
    assert any(p.field == "exam" and "does not count as done" in p.fix for p in case.problems)
    assert any(p.field == "done" for p in case.problems) == bool(stated)


def test_slicer_marks_beside_a_film_are_refused(folder):
    made, _, _ = folder
    mark = {"label": "x", "position": [1, 2, 3], "positionStatus": "defined"}
    markups = [{"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": [mark]}]
    (made / "p.mrk.json").write_text(json.dumps({"markups": markups}))
    case = read(
        made,
        FILM_HEAD + "- {image_id: i, file: cc.dcm, annotations: [marks.dcm, p.mrk.json]}\n",
    )
    exam, problem = case.problems
    assert (problem.field, problem.value, problem.action) == ("mark", "x", "rejected")
    assert "patient coordinates" in problem.fix
    assert (exam.field, exam.action) == ("exam", "flagged")  # read in part: one mark was lost
    assert [r.poor for b in case.breasts for r in b.readings] == [True]


def test_the_editor_knows_images():
    schema = casefile.case_schema()
    row = schema["properties"]["images"]["items"]
    assert row["required"] == ["file"]
    assert row["properties"]["annotations"]["type"] == ["string", "array"]
    assert "mark" in schema["properties"]["findings"]["items"]["properties"]


CELLS = st.dictionaries(
    st.sampled_from(
        ["file", "image_id", "modality", "view", "breast", "annotations", "nipple_row", "frame",
         "enhancements", "patient_orientation", "exam_id", "row_spacing_mm"]
    ),
    st.one_of(
        st.sampled_from(["notes.txt", "..", ".", "marks.dcm", "xccl.dcm", "MR", "US", "R", "3"]),
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    ),
    max_size=6,
)  # fmt: skip


@few(40)
@given(st.lists(CELLS, min_size=1, max_size=2))
def test_any_image_row_is_read_or_explained(folder, images):
    made, _, _ = folder
    findings = [{"finding_id": "a", "breast": "R", "modality": "US", "clock": "3"}]
    path = made / "any.yaml"
    path.write_text(json.dumps({"case_id": "t", "images": images, "findings": findings}))
    case = casefile.read_case(path)
    assert all(p.fix and p.allowed for p in case.problems)
    assert len(case.images) + len(case.problems) >= 1
