"""What is planted in the sources of a case is in no file that leaves: every format, every byte."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest
from pydicom import dcmread

import corr
from corr.export.formats import FORMATS

PLANTED = {
    "PatientName": "Plantedname^Vorname",
    "PatientID": "PLANTEDID-7",
    "PatientBirthDate": "19010203",
    "AccessionNumber": "PLANTEDACC",
    "InstitutionName": "Plantedclinic",
    "StationName": "PLANTEDSTATION",
    "ReferringPhysicianName": "Plantedreferrer",
    "OperatorsName": "Plantedoperator",
    "StudyDescription": "Plantedstudy",
    "SeriesDescription": "Plantedseries",
    "DeviceSerialNumber": "PLANTEDSERIAL",
    "StudyID": "PLANTEDSTUDYID",
    "PatientComments": "Plantedcomment",
    "StudyDate": "19020304",
}
MARKS = (b"planted", b"19010203", b"19020304")


@pytest.fixture(scope="module")
def planted(root_of_data: Path, tmp_path_factory: pytest.TempPathFactory) -> corr.Result:
    """The image case with names in every header, in private tags and in the names of files."""
    at = tmp_path_factory.mktemp("case")
    text = (root_of_data / "case.yaml").read_text(encoding="utf-8")
    for path in sorted(root_of_data.iterdir()):
        if path.is_dir():
            shutil.copytree(path, at / f"planted_{path.name}")
            text = text.replace(f"file: {path.name}\n", f"file: planted_{path.name}\n")
        elif path.suffix in (".dcm", ".json"):
            shutil.copy(path, at / f"planted_{path.name}")
            text = text.replace(path.name, f"planted_{path.name}")
    for path in sorted(at.rglob("*.dcm")):
        ds = dcmread(path)
        for keyword, value in PLANTED.items():
            setattr(ds, keyword, value)
        block = ds.private_block(0x0011, "PLANTEDCREATOR", create=True)
        block.add_new(0x01, "LO", "Plantedprivate")
        ds.save_as(path)
    (at / "case.yaml").write_text(text, encoding="utf-8")
    return corr.judge(at / "case.yaml")


@pytest.fixture(scope="module")
def root_of_data() -> Path:
    return Path(__file__).parents[2] / "data" / "image_case"


def test_nothing_planted_leaves(planted: corr.Result, tmp_path: Path):
    assert len(planted.source.images) == 3, "the images were not read"
    written = planted.export(tmp_path, to=list(FORMATS))
    assert {w.format for w in written.written} == set(FORMATS)
    for path in written.paths:
        data = path.read_bytes()
        data += gzip.decompress(data) if path.suffix == ".gz" else b""
        assert not [m for m in MARKS if m in data.lower()], path.name
        assert MARKS[0] not in path.name.lower().encode()
    assert all(w.holds for w in written.written)
    (said,) = corr.read_export(tmp_path, "fhir")
    for form in ("dicom", "slicer", "tables"):
        assert corr.read_export(tmp_path, form) == [said], form
