"""What every DICOM file of ours has in common: patient, study, dates, equipment, bytes.

Sources are stood in for by their UIDs: no header of a source is at hand here, so nothing of
patient, station or institution can be copied. PatientID is the case's own id as the user wrote it
(where DICOM can hold it), the name is empty, and so are birth date, sex and accession number.
DICOM wants a date of content: the last one that the case states, else `NO_DATE`.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    Comprehensive3DSRStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    UltrasoundImageStorage,
)

from corr.exchange.files import file_stem, write_whole
from corr.export.content import Content, Image
from corr.imaging.dicom.own_codes import SCHEME, SCHEME_NAME
from corr.problems import CorrError
from corr.version import __version__

NO_DATE = "19000101"
"""Stands where DICOM wants a date and the case states none."""
MOST_ID = 64
"""Characters of a PatientID."""
MAKER = "breast-corr"
UTF8 = "ISO_IR 192"
CLASSES = {
    "MG": DigitalMammographyXRayImageStorageForPresentation,
    "CEM": DigitalMammographyXRayImageStorageForPresentation,
    "US": UltrasoundImageStorage,
    "MR": MRImageStorage,
}


def short_text(said: str) -> str:
    r"""Words as Short Text, which holds no backslash; `from_short_text` undoes it.

    >>> short_text("a\\b 80 %"), from_short_text(short_text("a\\b 80 %"))
    ('a%5Cb 80 %25', 'a\\b 80 %')
    """
    return said.replace("%", "%25").replace("\\", "%5C")


def from_short_text(written: str) -> str:
    """The words that `short_text` wrote."""
    return written.replace("%5C", "\\").replace("%25", "%")


def patient_id(case_id: str) -> str:
    r"""A case's id as a PatientID: itself, unless it is too long or holds a backslash.

    >>> patient_id("A 17"), patient_id("a\\b")
    ('A 17', 'a_b-03e66a29')
    """
    fits = len(case_id) <= MOST_ID and "\\" not in case_id and case_id.isprintable()
    return case_id if fits else file_stem(case_id)[-MOST_ID:]


def study_uid(content: Content, image: Image | None = None) -> str:
    """Study of an image; without one that of the first image, else one of our own."""
    known = [i.study_uid for i in content.images if i.study_uid]
    if image is not None and image.study_uid:
        return image.study_uid
    return known[0] if known else content.uid("study")


def date_of(content: Content) -> str:
    """Date of the content, as DICOM writes it."""
    return content.date.replace("-", "") if content.date else NO_DATE


def stand_in(content: Content, image: Image, instance: tuple[str, str], **others: Any) -> Dataset:
    """A header that stands for a source: its UIDs, and what the case says of patient and study."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet = UTF8
    ds.SOPClassUID, ds.SOPInstanceUID = _known_class(instance[0], image), instance[1]
    ds.PatientID = patient_id(content.case_id)
    ds.PatientName = ds.PatientBirthDate = ds.PatientSex = ds.ReferringPhysicianName = ""
    ds.StudyInstanceUID = study_uid(content, image)
    ds.StudyDate = ds.StudyTime = ds.StudyID = ds.AccessionNumber = ""
    ds.SeriesInstanceUID = image.series_uid or content.uid("series of", image.image_id)
    ds.Modality = "MG" if image.modality == "CEM" else image.modality
    if image.frame_of_reference_uid:
        ds.FrameOfReferenceUID = image.frame_of_reference_uid
    if len(image.shape) == 2:
        ds.Rows, ds.Columns = image.shape
    for keyword, value in others.items():
        setattr(ds, keyword, value)
    return ds


def _known_class(uid: str, image: Image) -> str:
    """A SOP class that highdicom knows: retired and private ones are put back in `finished`."""
    known = UID(uid).type == "SOP Class" and not UID(uid).is_retired
    return uid if known else str(CLASSES.get(image.modality, SecondaryCaptureImageStorage))


def _named_as_they_are(ds: Dataset, content: Content) -> None:
    """References with the SOP classes that the sources have."""
    classes = {uid: name for i in content.images for name, uid in i.instances}
    for element in ds:
        for item in element.value if element.VR == "SQ" else ():
            uid = item.get("ReferencedSOPInstanceUID")
            if uid in classes:
                item.ReferencedSOPClassUID = classes[uid]
            _named_as_they_are(item, content)


def no_source(content: Content) -> Dataset:
    """What stands in where a case has no images: highdicom wants to see one."""
    uids = str(Comprehensive3DSRStorage), content.uid("no source")
    return stand_in(content, Image("", "SR", ()), uids)


def equipment(content: Content) -> dict[str, Any]:
    """Arguments of highdicom that say who made it, and when."""
    return {
        "manufacturer": MAKER, "manufacturer_model_name": MAKER, "software_versions": __version__,
        "device_serial_number": "0", "content_date": date_of(content), "content_time": "000000",
        "specific_character_set": UTF8,
    }  # fmt: skip


def finished(ds: Dataset, content: Content, *, study: str) -> Dataset:
    """Without what tells of the run or is not known, and with our coding scheme."""
    for keyword in ("InstanceCreationDate", "InstanceCreationTime",
                    "ContributingEquipmentSequence"):  # fmt: skip
        if keyword in ds:
            delattr(ds, keyword)
    if any(_known_class(name, i) != name for i in content.images for name, _ in i.instances):
        _named_as_they_are(ds, content)
    scheme = Dataset()
    scheme.CodingSchemeDesignator = SCHEME
    scheme.CodingSchemeName = SCHEME_NAME
    ds.CodingSchemeIdentificationSequence = [scheme]
    if "PresentationCreationDate" in ds:
        ds.PresentationCreationDate, ds.PresentationCreationTime = date_of(content), "000000"
    ds.StudyInstanceUID = study
    for keyword in ("PatientName", "PatientBirthDate", "PatientSex", "ReferringPhysicianName",
                    "StudyDate", "StudyTime", "StudyID", "AccessionNumber"):  # fmt: skip
        setattr(ds, keyword, "")
    ds.PatientID = patient_id(content.case_id)
    return ds


def to_bytes(ds: Dataset) -> bytes:
    """The file, the same on every run."""
    buffer = io.BytesIO()
    with quiet():
        ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def write_new(path: Path, data: bytes) -> Path:
    """Write a file that is not there yet.

    Raises
    ------
    CorrError
        If there is one.
    """
    if path.exists():
        msg = f"{path.name} is there already"
        raise CorrError(msg, allowed="an empty folder", fix="name another folder, or remove it")
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, data)


@contextmanager
def quiet() -> Iterator[None]:
    """Without what pydicom has to say of long ids."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def in_order(images: Sequence[Image]) -> list[Image]:
    """Images that files can refer to."""
    return [i for i in images if i.instances and i.series_uid and i.study_uid]
