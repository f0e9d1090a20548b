"""Labels of marks that tell who the patient is are not used as names of findings.

Whoever marks an image may write a name, a number or a date beside the mark. Ids, tables and
pictures carry labels out, so such a label gives way to the kind it begins with, or to a number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from corr.imaging.base import files_below
from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.private import told, words_of
from corr.imaging.marks.annotation import Annotation
from corr.tables.rows import RawRow

LOOKED_AT = 3
"""Files of a folder whose headers are read: the first, the middle and the last."""


def identities(images: Iterable[RawRow], folder: Path) -> frozenset[str]:
    """Words that identify somebody in the headers of all images and annotations of a case."""
    found = frozenset[str]()
    for raw in images:
        listed = [raw.cells.get("file", ""), *raw.cells.get("annotations", "").split(";")]
        for name in filter(None, map(str.strip, listed)):
            for path in _files(folder / name):
                with suppress(Unusable):  # no DICOM, or refused where it is read
                    found |= words_of(header.read_header(path))
    return found


def without_names(
    marks: Sequence[Annotation], private: Collection[str]
) -> tuple[list[Annotation], list[str]]:
    """Marks whose labels name nobody, and for each what its own label held (empty: nothing)."""
    kept, held = [], [told(mark.label, private) for mark in marks]
    for n, (mark, what) in enumerate(zip(marks, held, strict=True), 1):
        label = _kind_words(mark.label) or mark.kind or f"mark {n}"
        changed = replace(mark, label=label, kind=mark.kind or _nipple(label))
        kept.append(changed if what else mark)
    return kept, held


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        files = files_below(path)
        last = len(files) - 1
        for n in sorted({round(k * last / (LOOKED_AT - 1)) for k in range(LOOKED_AT)}):
            if files:
                yield files[n]


def _kind_words(label: str) -> str:
    """The kind that a label begins with, in words; empty if none."""
    word = "_".join(label.casefold().split())
    kinds = sorted(breast_codes.FROM_LABEL, key=len, reverse=True)
    return next((k.replace("_", " ") for k in kinds if word.startswith(f"{k}_")), "")


def _nipple(label: str) -> str | None:
    return "nipple" if label == "nipple" else None
