"""Lesion points, outlines and masks from every format that a reader is registered for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from corr.imaging import base
from corr.imaging.base import File, MarkReader
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation, centre, longest, ring_list, second_axis
from corr.imaging.marks.csv import read_table
from corr.imaging.marks.dicom_seg import read_segmentation
from corr.imaging.marks.dicom_sr import read_report
from corr.imaging.marks.label_maps import read_label_map
from corr.imaging.marks.other_tools.json_tools import read_json
from corr.imaging.marks.other_tools.pictures import SUFFIXES, read_picture, read_secondary_capture
from corr.imaging.marks.other_tools.volume_maps import read_nrrd
from corr.imaging.marks.other_tools.xml_tools import read_xml
from corr.imaging.marks.pieces import separate
from corr.imaging.marks.presentation_state import read_presentation_state
from corr.imaging.marks.rtstruct import read_structure_set
from corr.imaging.marks.shapes import FROM_BOX, within_box
from corr.imaging.marks.slicer import read_fiducials
from corr.imaging.volume_files import METAIMAGE

__all__ = [
    "FORMATS",
    "Annotation",
    "centre",
    "dicom_format",
    "longest",
    "read_annotations",
    "second_axis",
]

FORMATS = (
    "DICOM SEG, RTSTRUCT, presentation state or SR; label maps .nii, .nii.gz, .mgz, .nrrd, .mha; "
    "markups of 3D Slicer; JSON of OHIF, LabelMe or COCO; XML of INbreast, CVAT or VOC; .csv; "
    "masks as .png, .tif or secondary capture"
)
_ROOT = "1.2.840.10008.5.1.4.1.1."
_MAX_DICOM_BYTES = 32 * 2**20
_NONE = "take it out of annotations; the text of a report belongs in the case's reports"
_CSV = "save its points as CSV with columns row, col"
_ELSEWHERE = {
    ".acsv": (
        "a ruler or fiducial of old 3D Slicer",
        "save it as .mrk.json in a current 3D Slicer",
    ),
    ".nhdr": ("a NRRD header whose voxels lie in another file", "save it as one .nrrd or .nii.gz"),
    ".hdr": ("Analyze, which does not say where left is", "save it as .nii.gz"),
    ".img": ("Analyze, which does not say where left is", "save it as .nii.gz"),
    ".vtk": ("a surface", "save it as a segmentation (.nii.gz, .seg.nrrd)"),
    ".stl": ("a surface", "save it as a segmentation (.nii.gz, .seg.nrrd)"),
    ".zip": ("an archive (ROIs of ImageJ?)", f"unpack it; of ImageJ: {_CSV}"),
    ".roi": ("an ROI of ImageJ", _CSV),
    ".mat": ("a file of MATLAB", _CSV),
    ".npy": ("an array of NumPy without place and scale", "save it as .nii.gz"),
    ".npz": ("an array of NumPy without place and scale", "save it as .nii.gz"),
    ".xlsx": ("a spreadsheet", "save the sheet as CSV UTF-8"),
    ".mrb": ("a scene of 3D Slicer", "save its markups (.mrk.json) and segments (.seg.nrrd)"),
    ".mrml": ("a scene of 3D Slicer", "save its markups (.mrk.json) and segments (.seg.nrrd)"),
    ".itksnap": ("a workspace of ITK-SNAP", "save its segmentation as .nii.gz"),
    ".geojson": ("GeoJSON (of QuPath?)", _CSV),
}
"""What a format is that is not read, and the way out, by the ending of the name."""


def read_annotations(path: str | Path, *, refused: list[str] | None = None) -> list[Annotation]:
    """Everything marked in a file.

    Parameters
    ----------
    path : a file of one of `FORMATS`, or of a format that an installed package reads
    refused : collects, one line each, what the file holds and could not be used; without it the
        first annotation's notes say so

    Returns
    -------
    at least one annotation; separate pieces of a mask or outline are annotations of their own, and
    a box is the ellipse within it, which its notes say

    Raises
    ------
    Unusable
        If nothing in the file can be used.
    """
    path = Path(path)
    with header.refusing("the file cannot be read"):
        header.check_file(path)
    left_out: list[str] = [] if refused is None else refused
    before = len(left_out)
    found: list[Annotation] = []
    for mark in _read(path, left_out):
        try:
            with header.refusing("the mark cannot be taken apart"):
                found += separate(_without_corners(mark))
        except Unusable as error:
            left_out.append(str(error))
    said = left_out[before:]
    if not found and not said:
        msg = "no annotation is in the file"
        raise Unusable(msg, allowed="a file that marks something", fix=_NONE)
    if not found:
        more = f"; and {len(said) - 1} more" if len(said) > 1 else ""
        msg = f"no annotation in the file can be used: {said[0]}{more}"
        raise Unusable(msg)
    return found if refused is not None or not said else _with_notes(found, said)


def dicom_format(sop_class: str) -> str:
    """Which annotation format a SOP class is: ``SEG``, ``RTSTRUCT``, ``PR``, ``SR`` or none."""
    rest = sop_class.removeprefix(_ROOT)
    if rest == sop_class:
        return ""
    if rest in ("66.4", "66.7"):  # segmentation, label map segmentation
        return "SEG"
    if rest == "481.3":
        return "RTSTRUCT"
    family = rest.partition(".")[0]
    return {"11": "PR", "88": "SR"}.get(family, "")


def _read(path: Path, refused: list[str]) -> list[Annotation]:
    file = File(path)
    others, wrong = base.plugged_in(base.MARK_READERS, MarkReader)
    for reader in base.claiming((*READERS, *others), file):
        return list(base.run(reader, file, refused))
    if (ending := path.suffix.lower()) in _ELSEWHERE:
        what, fix = _ELSEWHERE[ending]
        raise Unusable(
            "; ".join((f"{ending} is {what}: not read", *wrong)), allowed=FORMATS, fix=fix
        )
    try:
        what = header.text(file.dicom, "Modality")[:20] or "image"
    except Unusable as error:
        msg = f"{ending or 'a file without an ending'}: {error.what}"
        raise Unusable("; ".join((msg, *wrong)), allowed=FORMATS, fix=_CSV) from error
    if "Rows" not in file.dicom or "ImagePositionPatient" in file.dicom:
        msg = f"{what} file holds no annotations"
        raise Unusable("; ".join((msg, *wrong)), allowed=FORMATS)
    return read_secondary_capture(path, f"{what} file")


def _without_corners(mark: Annotation) -> Annotation:
    """A mark with ellipses for its boxes: what lies in a box does not fill its corners."""
    if not mark.outline or mark.mask is not None:
        return mark
    rings = ring_list(mark)
    round_ = [within_box(ring) for ring in rings]
    if all(ring is None for ring in round_):
        return mark
    made = [old if new is None else new for old, new in zip(rings, round_, strict=True)]
    parts = tuple(len(ring) for ring in made) if len(made) > 1 else ()
    points = np.concatenate(made)
    return replace(mark, points=points, parts=parts, notes=(*mark.notes, FROM_BOX))


def _dicom(kind: str, read: Callable[[Dataset, list[str]], list[Annotation]]) -> MarkReader:
    """A reader of a DICOM format whose files are small."""

    def read_small(file: File, refused: list[str]) -> list[Annotation]:
        if (size := file.path.stat().st_size) > _MAX_DICOM_BYTES:
            msg = f"an annotation file of {size >> 20} MiB"
            raise Unusable(msg, allowed=f"up to {_MAX_DICOM_BYTES >> 20} MiB")
        return read(file.dicom, refused)

    return MarkReader(kind, _of_class(kind), read_small)


def _of_class(kind: str) -> Callable[[File], bool]:
    return lambda file: dicom_format(file.says("SOPClassUID")) == kind


def _named(*endings: str) -> Callable[[File], bool]:
    return lambda file: file.named(*endings)


READERS = (
    MarkReader("NIfTI", _named(".nii", ".nii.gz", ".mgz"), lambda f, _: read_label_map(f.path)),
    MarkReader("NRRD", _named(".nrrd"), lambda file, _: read_nrrd(file.path)),
    MarkReader("MetaImage", _named(*METAIMAGE), lambda file, _: read_label_map(file.path)),
    MarkReader("JSON", _named(".json"), lambda file, r: read_json(file.path, r)),
    MarkReader("XML", _named(".xml"), lambda file, r: read_xml(file.path, r)),
    MarkReader("fiducials", _named(".fcsv"), lambda file, r: read_fiducials(file.path, r)),
    MarkReader("picture", _named(*SUFFIXES), lambda file, _: read_picture(file.path)),
    MarkReader("CSV", _named(".csv", ".txt"), lambda file, r: read_table(file.path, r)),
    MarkReader("SEG", _of_class("SEG"), lambda f, r: read_segmentation(f.dicom, f.path, r)),
    _dicom("RTSTRUCT", read_structure_set),
    _dicom("PR", read_presentation_state),
    _dicom("SR", read_report),
)
"""Readers that come with corr, in the order in which they are asked."""


def _with_notes(found: list[Annotation], said: list[str]) -> list[Annotation]:

    notes = (*found[0].notes, *(f"also in this file, not used: {s}" for s in said[:20]))
    return [replace(found[0], notes=notes), *found[1:]]
