"""The volumes in the folder or file of one MRI study."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.mri.kinds import sorts_of
from corr.imaging.mri.series import read_series
from corr.imaging.volume import IN_NAME, Volume, read_nifti_phases

MOST_FILES = 20_000
"""Of one study, with all its series."""
NIFTI = (".nii", ".nii.gz")
_BESIDE = "NIfTI beside DICOM is not read"


def study_volumes(path: Path, refused: dict[Path, str]) -> Sequence[Volume]:
    """DICOM series, and where a folder has none its NIfTI files (they are often made from them)."""
    inside = path.rglob("*") if path.is_dir() else iter((path,))
    found = list(islice((p for p in inside if p.is_file()), MOST_FILES + 1))
    if len(found) > MOST_FILES:
        msg = f"the folder holds more than {MOST_FILES} files"
        raise Unusable(msg, fix="give the folder of one study")
    files = sorted(found)
    nifti = [p for p in files if p.name.lower().endswith(NIFTI)]
    series = [p for p in files if not p.name.lower().endswith(NIFTI)]
    try:
        volumes = read_series(series, refused=refused) if series else []
    except Unusable:
        if not nifti:
            raise
        volumes = []
    if volumes:
        refused.update((p, _BESIDE) for p in nifti)
        return volumes
    return _nifti_volumes(nifti, refused)


def _nifti_volumes(paths: Sequence[Path], refused: dict[Path, str]) -> list[Volume]:
    """Volumes of the files that can be read; the last reason is raised if none can."""
    phases: dict[str, Sequence[Volume]] = {}
    for path in paths:
        try:
            sorts = sorts_of((), path.name)
            if len(paths) > 2:  # T1, T2, T3 are times, T1 and T2 are not
                sorts.pop("weighting", None)
            phases[path.name] = [replace(v, sorts=sorts) for v in read_nifti_phases(path)]
        except Unusable as error:
            if not phases and path == paths[-1]:
                raise
            refused[path] = str(error).replace(path.name, "a NIfTI file")
    return _numbered(list(phases.values()), list(phases)) if phases else []


def _numbered(found: Sequence[Sequence[Volume]], names: Sequence[str]) -> list[Volume]:
    """Volumes of NIfTI files; in the order of a number if their names differ in that alone."""
    words = [re.split(r"([0-9]+)", name) for name in names]
    shortest = min(len(w) for w in words)
    differ = [k for k in range(shortest) if len({w[k] for w in words}) > 1]
    alike = all(len(w) == shortest for w in words)
    if alike and len(differ) == 1 and differ[0] % 2:
        numbers = [float(w[differ[0]]) for w in words]
        found = [
            [replace(v, order=(*v.order, (IN_NAME, n))) for v in volumes]
            for n, volumes in zip(numbers, found, strict=True)
        ]
    return [volume for volumes in found for volume in volumes]


def lost_images(refused: Mapping[Path, str]) -> list[str]:
    """Why images of the study were not used; files that are none are no loss."""
    return [why for path, why in refused.items() if why != _BESIDE and _is_image(path)]


def _is_image(path: Path) -> bool:
    if path.name.lower().endswith(NIFTI):
        return True
    with suppress(Unusable):
        return header.text(header.read_header(path), "Modality") == "MR"
    return False
