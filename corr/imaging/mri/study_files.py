"""Volumes of an MRI study: in a folder, a file or a list; and what is to be said of the files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.mri.kinds import role_of_name, sorts_of
from corr.imaging.mri.series import Dynamic, read_series
from corr.imaging.volume import IN_NAME, STATED, Volume
from corr.imaging.volume_files import SEGMENTATIONS, VOLUME_FILES, VOXELS_BESIDE, read_volumes

MOST_FILES = 20_000
"""Of one study, with all its series."""
_NO_TIME = re.compile(
    r"(?:^|[^a-z])(?:e|echo|te|ti|tr|fa|flip|angle|alpha|b|bval|slice|sl|coil|ch|q)[_ -]?$",
    re.IGNORECASE,
)
"""Words before a number that counts no times."""
_BY_NAME = "a mask, map, subtraction or projection by its name"
_BESIDE = "volumes in files beside DICOM are not read"


def study_volumes(
    path: Path, refused: dict[Path, str], phases: Sequence[str] = ()
) -> Sequence[Volume]:
    """DICOM series, and where a folder has none its volumes in files (often made from them).

    Parameters
    ----------
    phases
        Files or folders of the phases in the order of time, as the case states them; in the
        folder or beside it.

    Raises
    ------
    Unusable
        If nothing can be read, or a stated phase is not there or no single volume.
    """
    if phases:
        return [_stated(path, name, n, refused) for n, name in enumerate(phases)]
    inside = path.rglob("*") if path.is_dir() else iter((path,))
    found = list(islice((p for p in inside if p.is_file()), MOST_FILES + 1))
    if len(found) > MOST_FILES:
        msg = f"the folder holds more than {MOST_FILES} files"
        raise Unusable(msg, fix="give the folder of one study")
    files = sorted(p for p in found if not p.name.lower().endswith(VOXELS_BESIDE))
    alone = [p for p in files if p.name.lower().endswith(VOLUME_FILES)]
    series = [p for p in files if not p.name.lower().endswith(VOLUME_FILES)]
    try:
        volumes = read_series(series, refused=refused) if series else []
    except Unusable:
        if not alone:
            raise
        volumes = []
    if volumes:
        refused.update((p, _BESIDE) for p in alone)
        return volumes
    return _from_files(alone, refused)


def _stated(path: Path, name: str, n: int, refused: dict[Path, str]) -> Volume:
    """The volume of a phase that the case states."""
    here = next((p for p in (path / name, path.parent / name) if p.exists()), None)
    which = f"phase {n + 1} of the list"
    if here is None:
        msg = f"{which} is not there"
        raise Unusable(msg, allowed="files or folders in the MRI's folder", fix="correct phases")
    found = study_volumes(here, refused)
    images = [v for v in found if v.role == "image"] or list(found)
    if len(images) != 1:
        msg = f"{which} holds {len(images)} volumes"
        raise Unusable(msg, allowed="one volume for each phase", fix="name its file or folder")
    return replace(images[0], sorts={}, role="image", order=((STATED, float(n)),))


def _from_files(paths: Sequence[Path], refused: dict[Path, str]) -> list[Volume]:
    """Volumes of the files that can be read; the last reason is raised if none can."""
    phases: dict[str, Sequence[Volume]] = {}
    for path in paths:
        try:
            sorts = sorts_of((), path.name)
            if len(paths) > 2:  # T1, T2, T3 are times, T1 and T2 are not
                sorts.pop("weighting", None)
            role = role_of_name(path.name)
            said = () if role == "image" else (_BY_NAME,)
            phases[path.name] = [
                replace(v, sorts=sorts, role=role, notes=(*v.notes, *said))
                for v in read_volumes(path)
            ]
        except Unusable as error:
            if not phases and path == paths[-1]:
                raise
            refused[path] = str(error).replace(path.name, "a volume file")
    images = {n: v for n, v in phases.items() if v[0].role == "image"}
    others = [v for n, found in phases.items() if n not in images for v in found]
    return [*_numbered(list(images.values()), list(images)), *others] if images else others


def _numbered(found: Sequence[Sequence[Volume]], names: Sequence[str]) -> list[Volume]:
    """Volumes of files; in the order of a number if their names differ in that alone.

    Not if the word before it says that it counts something else: echoes, flip angles.
    """
    words = [re.split(r"([0-9]+)", name) for name in names]
    shortest = min(len(w) for w in words)
    differ = [k for k in range(shortest) if len({w[k] for w in words}) > 1]
    alike = all(len(w) == shortest for w in words)
    if (
        alike
        and len(differ) == 1
        and differ[0] % 2
        and not _NO_TIME.search(words[0][differ[0] - 1])
    ):
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
    if path.name.lower().endswith(VOLUME_FILES):
        return not path.name.lower().endswith(SEGMENTATIONS)
    with suppress(Unusable):
        return header.text(header.read_header(path), "Modality") == "MR"
    return False


def called(volumes: Sequence[Volume]) -> dict[str, str]:
    """What volumes are called, by their names: files by number, their names may be hers."""
    files = dict.fromkeys(v.source for v in volumes if v.source.lower().endswith(VOLUME_FILES))
    number = {source: f"volume file {n}" for n, source in enumerate(files, 1)}
    return {
        v.name: v.name.replace(v.source, number[v.source]) if v.source in number else v.name
        for v in volumes
    }


def doubts_of_files(refused: Mapping[Path, str], dynamic: Dynamic, unsearched: str) -> list[str]:
    """Why enhancement was not measured, if it was not, and images left out or filled in."""
    doubts = []
    if unsearched:
        doubts.append(
            f"enhancement was not measured ({unsearched}), so without marks this MRI does not "
            "count as done: mark what was reported, or list the files or folders of the phases "
            "in order of time (phases: [...])"
        )
    phases = (dynamic.pre, *dynamic.posts)
    names = called(phases)
    filled = [f"{v.filled} of {names[v.name]}" for v in phases if v.filled]
    if filled:
        doubts.append(
            f"slices missing, or of another orientation or size, were filled in between their "
            f"neighbours: {', '.join(filled)}"
        )
    doubts += [note for note in dynamic.notes if "missing" in note]
    if lost := lost_images(refused):
        doubts.append(
            f"{len(lost)} MR images were not used, a phase may be missing, so finding nothing else "
            f"counts less (poor quality): {lost[0]}"
        )
    return doubts
