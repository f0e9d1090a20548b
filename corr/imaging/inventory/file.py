"""What one file is and whether it can be used, from its header alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.dataset import Dataset

from corr.imaging import base
from corr.imaging.dicom import header, private
from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.pictures import no_film, synthesized
from corr.imaging.dicom.pixels import check_pixels
from corr.imaging.mammogram.film_facts import read_facts
from corr.imaging.marks.readers import dicom_format, read_annotations
from corr.imaging.ultrasound import scale as sonogram_scale
from corr.imaging.ultrasound.volumes import slice_of
from corr.imaging.volume_files import SEGMENTATIONS, VOLUME_FILES, read_volumes

_ROOT = "1.2.840.10008.5.1.4.1.1."
_MAMMOGRAMS = {
    "1.2": "mammogram for presentation", "1.2.1": "mammogram for processing",
    "13.1.3": "tomosynthesis", "13.1.4": "projection images for presentation",
    "13.1.5": "projection images for processing", "7": "secondary capture, by its tags of a film",
}  # fmt: skip
_ANNOTATIONS = {
    "SEG": "segmentation", "RTSTRUCT": "structure set", "PR": "presentation state",
    "SR": "structured report",
}  # fmt: skip
_TABLES = (".json", ".csv")
_FORMATS = {".nii": "NIfTI", ".nii.gz": "NIfTI", ".nrrd": "NRRD", ".nhdr": "NRRD"}
_FILM_MODALITIES = ("MG", "RG", "DX", "CR", "OT")
QUOTED = re.compile(r"(?<!\w)(?:b?'[^']*'|b?\"[^\"]*\"|b?'.*$|\".*$)")
"""What sentences quote of a file; the rest of them are words of this package."""


@dataclass(frozen=True)
class Entry:
    """One file. ``patient``, ``study``, ``series`` and ``private`` never leave the inventory.

    Attributes
    ----------
    modality : DICOM modality, or ``NIfTI``, ``NRRD``, ``Meta``, ``table``; empty if unknown
    what : what it is, in words
    side, view : if the header says so
    size : rows x columns (x frames or slices)
    usable : ``yes`` or ``no``
    why : what is to be said: why it cannot be used, or what was assumed
    private : words that identify somebody
    """

    path: Path
    modality: str = ""
    what: str = "unknown file"
    side: str = ""
    view: str = ""
    size: str = ""
    usable: str = "no"
    why: str = ""
    patient: str = ""
    study: tuple[str, str] = ("", "")  # date and UID
    series: str = ""
    private: frozenset[str] = frozenset()


def look_at(path: Path) -> Entry:
    """What a file is, by corr or else by what an installed package plugs in; never raises."""
    entry = _look(path)
    return entry if entry.usable == "yes" else _plugged_in(path) or entry


def _plugged_in(path: Path) -> Entry | None:
    file = base.File(path)
    readers = base.plugged_in(base.MARK_READERS, base.MarkReader)[0]
    kinds = base.plugged_in(base.IMAGE_KINDS, base.ImageKind)[0]
    for reader in base.claiming(readers, file):
        try:
            what = f"{reader.name}, {len(read_annotations(path))} annotation(s)"
        except Unusable as error:
            return Entry(path, "table", reader.name, why=QUOTED.sub("(...)", str(error)))
        return Entry(path, "table", what, usable="yes")
    for kind in base.claiming(kinds, file):
        return Entry(path, kind.modalities[0], kind.name, usable="yes")
    return None


def _look(path: Path) -> Entry:
    name = path.name.lower()
    try:
        if name.endswith((*_TABLES, *SEGMENTATIONS)):
            found = read_annotations(path)
            return Entry(path, "table", f"{len(found)} annotation(s)", usable="yes")
        if name.endswith(VOLUME_FILES):
            return _volume(path)
        ds = header.read_header(path)
    except Unusable as error:
        kind = "table" if name.endswith(_TABLES) else ""
        return Entry(path, kind, why=QUOTED.sub("(...)", str(error)))
    except Exception as error:  # one bad file never stops a folder; its text may name somebody
        return Entry(path, why=f"cannot be read: {type(error).__name__}")
    entry = _identified(Entry(path, header.text(ds, "Modality")[:16].upper()), ds)
    entry, describe = _kind(entry, ds)
    try:
        return describe(entry, ds)
    except Unusable as error:
        return replace(entry, why=str(error))
    except Exception as error:
        return replace(entry, why=f"cannot be read: {type(error).__name__}")


def _identified(entry: Entry, ds: Dataset) -> Entry:
    frames = header.frames(ds)
    rows, columns = (header.number(ds, k, low=1, high=65535) for k in ("Rows", "Columns"))
    size = f"{rows:.0f} x {columns:.0f}" if rows and columns else ""
    return replace(
        entry,
        size=size + (f" x {frames}" if size and frames > 1 else ""),
        patient=header.text(ds, "PatientID") or header.text(ds, "PatientName"),
        study=(header.text(ds, "StudyDate"), header.text(ds, "StudyInstanceUID")),
        series=header.text(ds, "SeriesInstanceUID"),
        side=header.laterality(ds).value or "",
        private=private.words_of(ds),
    )


def _kind(entry: Entry, ds: Dataset) -> tuple[Entry, Callable[[Entry, Dataset], Entry]]:
    """What the SOP class and modality say a file is, and what looks closer at that."""
    sop = header.text(ds, "SOPClassUID").removeprefix(_ROOT)
    kind = dicom_format(header.text(ds, "SOPClassUID"))
    if kind:
        look = _segmentation if kind == "SEG" else _annotations
        return replace(entry, what=_ANNOTATIONS[kind]), look
    if entry.modality == "US":
        clip = header.frames(ds) > 1
        return replace(entry, what="ultrasound clip" if clip else "ultrasound still"), _sonogram
    if entry.modality == "MR":
        return replace(entry, what="MR image"), _slice
    if sop in _MAMMOGRAMS and entry.modality in _FILM_MODALITIES:
        return replace(entry, what=_MAMMOGRAMS[sop]), _mammogram
    if not entry.size:
        return replace(entry, what="DICOM file without an image"), _other
    return replace(entry, what=f"{entry.modality or 'unstated'} image"), _other


def _other(entry: Entry, _: Dataset) -> Entry:
    return replace(entry, why="not a mammogram, breast ultrasound, breast MRI or annotation")


def _slice(entry: Entry, ds: Dataset) -> Entry:
    check_pixels(ds, entry.path)
    return replace(entry, usable="yes")


def _segmentation(entry: Entry, ds: Dataset) -> Entry:
    check_pixels(ds, entry.path)
    n = len(header.items(ds, "SegmentSequence"))  # decoding it belongs to reading it
    return replace(entry, what=f"{entry.what}, {n} segment(s)", usable="yes")


def _annotations(entry: Entry, _: Dataset) -> Entry:
    found = read_annotations(entry.path)
    sides = {s for a in found if (s := a.coded.get("side"))}
    side = entry.side or (sides.pop() if len(sides) == 1 else "")
    return replace(entry, what=f"{entry.what}, {len(found)} annotation(s)", usable="yes", side=side)


def _sonogram(entry: Entry, ds: Dataset) -> Entry:
    check_pixels(ds, entry.path)
    volume = slice_of(ds, 0)
    regions, notes = sonogram_scale.regions_of(ds)
    _, _, scale = sonogram_scale.spacing(ds, regions)
    stale = sonogram_scale.stale(ds, regions, None) if regions else ""
    if stale:
        notes.append(f"cropped ({stale}): scale kept, positions dropped")
    if volume:
        entry, scale = replace(entry, what="ultrasound volume"), "scale from the volume"
    if not entry.side:
        notes.append("side, clock and distance must come from the case")
    return replace(entry, usable="yes", why="; ".join([scale, *notes]))


def _mammogram(entry: Entry, ds: Dataset) -> Entry:
    check_pixels(ds, entry.path)
    if why := no_film(ds, entry.path):
        return replace(entry, what="picture, no film", why=why)
    if synthesized(ds):
        entry = replace(entry, what="synthesized 2-D mammogram, computed from a tomosynthesis")
    facts = read_facts(ds)
    notes = facts.notes if facts.calibrated else (*facts.notes, "not calibrated")
    return replace(entry, side=facts.side, view=facts.view, usable="yes", why="; ".join(notes))


def _volume(path: Path) -> Entry:
    volumes = read_volumes(path)
    size = " x ".join(str(n) for n in volumes[0].shape)
    size += f" x {len(volumes)}" if len(volumes) > 1 else ""
    kind = next((f for end, f in _FORMATS.items() if path.name.lower().endswith(end)), "Meta")
    why = "" if volumes[0].sides_known else "which side is left is not stated"
    what = f"{kind if kind != 'Meta' else 'MetaImage'} volume or mask"
    return Entry(path, kind, what, size=size, usable="yes", why=why)
