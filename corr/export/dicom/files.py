"""All DICOM files of one case: a report, a presentation state an image, regions on the MRI."""

from __future__ import annotations

from pathlib import Path

from corr.export.content import Content, Summary
from corr.export.dicom.presentation import write_presentations
from corr.export.dicom.read_report import read_report as read_dicom_report
from corr.export.dicom.report import FILE, write_report
from corr.export.dicom.segmentation import write_segmentations


def write_dicom(content: Content, folder: Path) -> list[Path]:
    """Write the report, presentation states and segmentations of a case.

    Films and stills need UIDs of their own (DICOM), the MRI a frame of reference, too: what has
    none is in the report alone.

    Returns
    -------
    paths, the report first

    Raises
    ------
    CorrError
        If a file is there already; nothing is overwritten.
    OSError
        If something cannot be written.
    """
    return [
        *write_report(content, folder),
        *write_presentations(content, folder),
        *write_segmentations(content, folder),
    ]


def read_dicom(folder: str | Path) -> Summary:
    """Findings, lesions and pairs of the report in a folder.

    Raises
    ------
    CorrError
        If there is none, or it cannot be read.
    """
    return read_dicom_report(Path(folder) / FILE)
