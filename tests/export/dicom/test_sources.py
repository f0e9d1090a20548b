"""DICOM from sources with names in every corner: none comes out, and validators find no error."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pydicom
import pytest

import corr
from benchmarks.fuzz import seeds
from corr.export.dicom.files import read_dicom, write_dicom
from corr.export.gather import content
from corr.imaging.marks.dicom_sr import read_report
from corr.problems import CorrError
from tests.builders import mri_phantom

PLANTED = ("SECRET", "Nobody", "19500101", "Station of Oz", "Clinic of Oz")
CASE = """
case_id: Ä 17
images:
- {image_id: film, file: SECRET-7_cc.dcm, exam_id: MG, nipple_row: 120, nipple_col: 117}
- {image_id: still, file: SECRET-8_us.dcm, exam_id: US, breast: L}
- {image_id: MRI, file: SECRET-9_mr, exam_id: MR, enhancements: 1}
findings:
- {finding_id: f, image: film, row: 100, col: 70, kind: mass, size_mm: 9, date: 2024-03-01}
- {finding_id: u, image: still, row: 110, col: 160, kind: mass, clock: 2-3, fn_cm: 3}
- {finding_id: w, breast: L, modality: US, exam_id: US0, kind: cyst, clock: 9, fn_cm: 2,
   text: cyst of Nobody, date: 2023-01-05}
"""


def planted(ds: pydicom.Dataset) -> pydicom.Dataset:
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Nobody^At All", "SECRET-1", "19500101"
    ds.StationName, ds.InstitutionName = "Station of Oz", "Clinic of Oz"
    ds.OperatorsName, ds.PatientComments = "Nobody^Operating", "SECRET comment"
    ds.SeriesDescription, ds.ProtocolName = "Nobody's series", "SECRET protocol"
    block = ds.private_block(0x0011, "SECRET CREATOR", create=True)
    block.add_new(1, "LO", "SECRET-private")
    return ds


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What travels of a case whose sources hold names."""
    folder = tmp_path_factory.mktemp("sources")
    (folder / "SECRET-7_cc.dcm").write_bytes(seeds.encoded(planted(seeds.mammogram())))
    still = planted(seeds.sonogram())
    still.StudyInstanceUID, still.SeriesInstanceUID = seeds.uid(31), seeds.uid(32)
    (folder / "SECRET-8_us.dcm").write_bytes(seeds.encoded(still))
    (folder / "SECRET-9_mr").mkdir()
    affine, shape = mri_phantom.box((5.0, 5.0, 6.0))
    ids = {"StudyInstanceUID": seeds.uid(41), "FrameOfReferenceUID": seeds.uid(42)}
    for phase in (0, 1):
        voxels = mri_phantom.draw(affine, shape, phase)
        for path in mri_phantom.write_series(
            folder / "SECRET-9_mr", voxels, affine, series=phase + 1,
            AcquisitionNumber=phase + 1, **ids,
        ):  # fmt: skip
            planted(pydicom.dcmread(path)).save_as(path)
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    result = corr.judge(folder / "case.yaml")
    return content(result.source, [b.judgement for b in result.breasts])


@pytest.fixture(scope="module")
def in_words():
    """A case without images."""
    row = {"case_id": "w", "breast": "R", "kind": "mass"}
    result = corr.judge([
        {**row, "finding_id": "a", "modality": "US", "exam_id": "US", "clock": "7", "fn_cm": 3},
        {**row, "finding_id": "b", "modality": "MR", "exam_id": "MR", "quadrant": "LOQ"},
    ])  # fmt: skip
    return content(result.source, [b.judgement for b in result.breasts])


@pytest.fixture(scope="module")
def written(made, in_words, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dicom")
    return [*write_dicom(made, folder / "images"), *write_dicom(in_words, folder / "words")]


def test_every_kind_of_file_is_written(written):
    assert [p.name for p in written] == [
        "report.dcm", "presentation-film.dcm", "presentation-still.dcm", "regions-MRI.dcm",
        "report.dcm",
    ]  # fmt: skip


def test_nothing_of_a_source_but_its_uids_comes_out(written):
    for path in written:
        data = path.read_bytes()
        for word in PLANTED:
            for code in ("utf-8", "utf-16-le"):
                assert word.encode(code) not in data, (path.name, word)
        ds = pydicom.dcmread(path)
        assert not any(e.tag.is_private for e in ds.iterall())
        assert str(ds.PatientName) == ds.PatientBirthDate == ds.AccessionNumber == ""
        assert ds.PatientID in ("Ä 17", "w")


def test_dates_are_those_the_case_states(written):
    dates = {pydicom.dcmread(p).get("ContentDate", "20240301") for p in written}
    assert dates == {"20240301", "19000101"}


def test_references_are_the_uids_of_the_sources(written):
    states = {p.name: pydicom.dcmread(p) for p in written[1:4]}
    film = states["presentation-film.dcm"].ReferencedSeriesSequence[0]
    assert film.SeriesInstanceUID == seeds.uid(2)
    assert film.ReferencedImageSequence[0].ReferencedSOPInstanceUID == seeds.uid(20)
    assert states["presentation-still.dcm"].StudyInstanceUID == seeds.uid(31)
    assert states["regions-MRI.dcm"].FrameOfReferenceUID == seeds.uid(42)


def test_the_report_reads_back_with_and_without_images(made, in_words, written):
    assert read_dicom(written[0].parent) == made.summary()
    assert read_dicom(written[4].parent) == in_words.summary()


def test_findings_of_one_lesion_in_words_stay_apart_for_readers_of_marks(in_words, written):
    refused: list[str] = []
    marks = read_report(pydicom.dcmread(written[4]), refused)
    assert [m.label for m in marks] == [f.finding_id for _, f in in_words.each]
    assert not refused


def test_marks_of_the_report_lie_where_they_were_and_predictions_are_no_marks(made, written):
    refused: list[str] = []
    marks = {m.label: m for m in read_report(pydicom.dcmread(written[0]), refused)}
    assert set(marks) == {f.finding_id for _, f in made.each}
    assert marks["f"].points.tolist() == [[100.0, 70.0]]
    assert marks["f"].refers_to == (str(seeds.uid(20)),)
    assert (marks["f"].kind, marks["f"].coded["side"]) == ("mass", "L")
    assert (marks["u"].coded["clock"], marks["u"].coded["distance_mm"]) == ("2-3", 30.0)
    assert marks["w"].kind == "cyst"
    predicted = [d for b in made.breasts for d in b.drawn if d.predicted]
    assert len(refused) == len(predicted) > 0


def test_same_bytes_again_and_nothing_is_overwritten(made, written, tmp_path):
    again = write_dicom(made, tmp_path)
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in written[:4]]
    with pytest.raises(CorrError, match="is there already"):
        write_dicom(made, tmp_path)


def test_regions_lie_on_the_grid_of_the_mri(made, written):
    """Voxel centres of the segmentation are those of the series: nothing is half a voxel off."""
    image = made.image("MRI")
    seg = pydicom.dcmread(written[3])
    shared = seg.SharedFunctionalGroupsSequence[0]
    axes = np.reshape(shared.PlaneOrientationSequence[0].ImageOrientationPatient, (2, 3)).astype(
        float
    )
    spacing = [float(x) for x in shared.PixelMeasuresSequence[0].PixelSpacing]
    assert (seg.Rows, seg.Columns) == (image.shape[1], image.shape[0])
    assert np.allclose(axes[0] * spacing[1], image.affine_lps[:3, 0], atol=1e-6)
    assert np.allclose(axes[1] * spacing[0], image.affine_lps[:3, 1], atol=1e-6)
    for group in seg.PerFrameFunctionalGroupsSequence:
        at = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        k = (at - image.affine_lps[:3, 3]) @ np.linalg.pinv(image.affine_lps[:3, 2:3]).T
        assert k == pytest.approx(np.rint(k), abs=1e-4)
        source = group.DerivationImageSequence[0].SourceImageSequence[0]
        named = source.ReferencedSOPInstanceUID
        assert image.planes[[uid for _, uid in image.instances].index(named)] == (round(k[0]),)


@pytest.mark.parametrize("program", ["dciodvfy", "dcmdump", "dsrdump"])
def test_other_programs_find_no_error(program, written):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: dicom3tools, dcmtk)")
    for path in written:
        if program == "dsrdump" and path.name != "report.dcm":
            continue
        run = subprocess.run([program, path], capture_output=True, text=True, check=False,
                             errors="replace")  # fmt: skip
        said = (run.stdout + run.stderr).splitlines()
        assert not [x for x in said if x.startswith(("Error", "E:", "F:"))], path.name
        assert run.returncode == 0 or program == "dciodvfy"


def test_dcmtk_shows_a_film_as_its_presentation_state_says(written, tmp_path):
    """It wants a name in presentation states, where DICOM allows an empty one."""
    if shutil.which("dcmp2pgm") is None:
        pytest.skip("dcmp2pgm is not installed (Debian: dcmtk)")
    state = pydicom.dcmread(written[1])
    state.PatientName = "given"
    state.save_as(tmp_path / "state.dcm")
    (tmp_path / "film.dcm").write_bytes(seeds.encoded(seeds.mammogram()))
    run = subprocess.run(["dcmp2pgm", "-p", "state.dcm", "film.dcm", "film.pgm"], cwd=tmp_path,
                         capture_output=True, text=True, check=False)  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "film.pgm").stat().st_size > 1000


@pytest.mark.parametrize("retired", ["1.2.840.10008.5.1.4.1.1.6", "1.3.12.2.1107.5.9.1"])
def test_images_of_retired_and_private_classes_are_referred_to_as_they_are(made, tmp_path, retired):
    images = tuple(
        replace(i, instances=tuple((retired, uid) for _, uid in i.instances)) for i in made.images
    )
    old = replace(made, images=images)
    paths = write_dicom(old, tmp_path)
    assert read_dicom(tmp_path) == old.summary()
    named = {
        item.ReferencedSOPClassUID
        for path in paths
        for item in every_item(pydicom.dcmread(path))
        if "ReferencedSOPClassUID" in item
    }
    assert named == {retired}


def every_item(ds):
    for element in ds:
        for item in element.value if element.VR == "SQ" else ():
            yield item
            yield from every_item(item)


@pytest.mark.campaign
def test_regions_on_a_real_series_lie_on_its_slices(shared, tmp_path):
    """A slab of a real examination: every frame is where the slice it names is."""
    folder = shared("data/dicom/mimbcd-ui_uta11_patient13/mr")
    sides = {"R": -75, "L": 75}
    case = ["case_id: real", "images:", f"- {{image_id: MRI, file: {folder}, exam_id: MR}}"]
    case += ["breasts:"] + [
        f"- {{breast: {s}, mr_nipple_l: {x}, mr_nipple_p: -95, mr_nipple_s: 20}}"
        for s, x in sides.items()
    ]
    case += ["findings:"] + [
        f"- {{finding_id: u{s}, breast: {s}, modality: US, exam_id: US, kind: mass, clock: 2,"
        " fn_cm: 3}"
        for s in sides
    ]
    (tmp_path / "case.yaml").write_text("\n".join(case), encoding="utf-8")
    result = corr.judge(tmp_path / "case.yaml")
    made = content(result.source, [b.judgement for b in result.breasts])
    (path,) = [p for p in write_dicom(made, tmp_path / "out") if p.name.startswith("regions")]
    slices = [pydicom.dcmread(p, stop_before_pixels=True) for p in folder.glob("*.dcm")]
    places = {ds.SOPInstanceUID: ds.get("ImagePositionPatient") for ds in slices}
    seg = pydicom.dcmread(path)
    assert {s.SegmentLabel for s in seg.SegmentSequence} == {"R lesion 1", "L lesion 1"}
    for group in seg.PerFrameFunctionalGroupsSequence:
        named = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        at = group.PlanePositionSequence[0].ImagePositionPatient
        assert np.allclose(np.array(at, float), np.array(places[named], float), atol=1e-3)
