"""What can be read: mark readers and image kinds, those of corr and those other packages plug in.

A reader says which files it claims and reads them. Those of corr are asked first, then those that
installed packages name in their entry points, by name:

    [project.entry-points."corr.mark_readers"]
    osirix = "my_package.marks:OSIRIX"      # a MarkReader
    [project.entry-points."corr.image_kinds"]
    png_film = "my_package.films:PNG"       # an ImageKind

One that cannot be loaded, or fails, is named where its files are read; it never stops the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydicom.dataset import Dataset

from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable

if TYPE_CHECKING:
    from corr.imaging.marks.annotation import Annotation
    from corr.tables.rows import ImageRow

MARK_READERS = "corr.mark_readers"
IMAGE_KINDS = "corr.image_kinds"


@dataclass(frozen=True)
class File:
    """A file or folder that somebody has to read; its DICOM header is read once, if asked for."""

    path: Path

    def named(self, *endings: str) -> bool:
        """Whether its name ends so, in upper or lower case."""
        return self.path.name.lower().endswith(endings)

    @cached_property
    def dicom(self) -> Dataset:
        """The header; raises `Unusable` where there is none."""
        return header.read_header(self.path)

    def says(self, keyword: str) -> str:
        """A text of the DICOM header; empty without one."""
        return "" if self._refused else header.text(self.dicom, keyword)

    @cached_property
    def _refused(self) -> bool:
        try:
            return not self.dicom
        except Unusable:
            return True


def files_below(folder: Path, most: int = 20_000) -> list[Path]:
    """Plain files in a folder and those below it, sorted; hidden ones and unreadable folders not.

    The walk ends after ``most`` files: somebody may give the root of a disk.
    """
    found: list[Path] = []
    for here, below, names in os.walk(folder):
        below.sort()
        visible = (Path(here, n) for n in sorted(names) if not n.startswith("."))
        found += [p for p in visible if os.path.isfile(p)]  # noqa: PTH113 - never raises
        if len(found) >= most:
            break
    return sorted(found[:most])


@dataclass(frozen=True)
class MarkReader:
    """How the marks of one format are read.

    Attributes
    ----------
    name : the format, as people call it
    claims : whether a file is of this format; looks at its name or header only
    read : everything marked in it; adds a line to the list for what it holds and cannot be used.
        Raises `Unusable` if that is all of it
    """

    name: str
    claims: Callable[[File], bool]
    read: Callable[[File, list[str]], list[Annotation]]
    package: str = field(default="", compare=False)


@dataclass(frozen=True)
class ImageKind:
    """How one kind of image, or a folder of them, is read.

    Attributes
    ----------
    name : the kind, as people call it
    modalities : ``MG``, ``US`` or ``MR``: the exams it may belong to, the usual one first
    claims : whether a file or folder is of this kind
    read : an image row, its file, the name of the image and the marks on it, as a
        `corr.imaging.image_reading.ImageReading`; raises `Unusable`
    """

    name: str
    modalities: tuple[str, ...]
    claims: Callable[[File], bool]
    read: Callable[[ImageRow, Path, str, Mapping[str, Annotation]], Any]
    package: str = field(default="", compare=False)


Reader = TypeVar("Reader", MarkReader, ImageKind)


@lru_cache
def plugged_in(group: str, kind: type[Any]) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """Readers that other packages name in a group, and why others of them cannot be used."""
    readers, wrong = [], []
    for point in sorted(entry_points(group=group), key=lambda p: (p.name, p.value)):
        package = point.dist.name if point.dist else point.value
        try:
            found = point.load()
        except Exception as error:  # whatever is wrong with another package, the rest goes on
            wrong.append(f"{point.name} of {package} cannot be loaded: {type(error).__name__}")
            continue
        if isinstance(found, kind):
            readers.append(replace(found, package=package))
        else:
            wrong.append(f"{point.name} of {package} is no {kind.__name__}")
    return tuple(readers), tuple(wrong)


def broken() -> tuple[str, ...]:
    """What is wrong with what is plugged in, a line each."""
    groups = ((MARK_READERS, MarkReader), (IMAGE_KINDS, ImageKind))
    return tuple(line for group in groups for line in plugged_in(*group)[1])


def claiming(readers: Iterable[Reader], file: File) -> Iterator[Reader]:
    """Those that claim a file, in order; a claim of another package that fails is none."""
    for reader in readers:
        try:
            claimed = reader.claims(file)
        except Exception:
            if not reader.package:
                raise
            continue
        if claimed:
            yield reader


def run(reader: Reader, *given: Any) -> Any:
    """What a reader makes of a file; whatever one of another package throws is `Unusable`."""
    try:
        return reader.read(*given)
    except Unusable:
        raise
    except Exception as error:
        if not reader.package:
            raise
        msg = f"the reader {reader.name} of {reader.package} failed: {type(error).__name__}"
        raise Unusable(msg, fix="tell its makers; save the file in another format") from error
