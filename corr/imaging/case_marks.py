"""The marks of an image row: everything in its annotation files that was made on this image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from corr.findings import ImageRow, RawRow
from corr.imaging import header
from corr.imaging.annotations import Annotation, read_annotations
from corr.imaging.header import Unusable
from corr.problems import Problem


def marks_of(
    row: ImageRow, raw: RawRow, folder: Path, problems: list[Problem]
) -> dict[str, Annotation]:
    """Marks by name: of the image's instance or of none in particular; what is wrong is added."""
    found = list(_annotations(row, raw, folder, problems))
    return mark_names(_of_this_image(found, folder / row.file))


def _annotations(
    row: ImageRow, raw: RawRow, folder: Path, problems: list[Problem]
) -> Iterable[Annotation]:
    """Everything marked in the files of a row."""
    for n, name in enumerate(row.annotations or (), 1):
        refused: list[str] = []
        which = f"file {n} of {raw.cells['image_id']}"
        try:
            yield from read_annotations(folder / name, refused=refused)
        except Unusable as error:
            allowed, fix = error.allowed or "a file with annotations", error.fix or "correct it"
            fix = nameless(f"{error.reason}; {fix}", folder / name)
            problem = raw.problem("annotations", "ignored", allowed=allowed, fix=fix, value=which)
            problems.append(problem)
        problems += [
            raw.problem(
                "annotations", "ignored", allowed="usable marks",
                fix=nameless(why, folder / name), value=which,
            )
            for why in refused
        ]  # fmt: skip


def nameless(words: str, path: Path) -> str:
    """Words about a file without its name: that may be a person's."""
    shorter = words.replace(str(path), "the file")
    return shorter.replace(path.name, "the file") if len(path.name) > 2 else shorter


def _of_this_image(found: Iterable[Annotation], path: Path) -> list[Annotation]:
    """Marks made on this image: those in patient coordinates, and of this instance or none."""
    if path.is_dir():
        return list(found)
    here = {path.name}
    with suppress(Unusable):
        here.add(header.text(header.read_header(path), "SOPInstanceUID"))
    return [
        mark for mark in found
        if mark.space == "patient" or not mark.refers_to or here & set(mark.refers_to)
    ]  # fmt: skip


def mark_names(annotations: Sequence[Annotation]) -> dict[str, Annotation]:
    """Annotations by label; labels that are empty or used twice get a number."""
    named: dict[str, Annotation] = {}
    for mark in annotations:
        base = mark.label or mark.kind or "mark"
        name, n = base, 2
        while name.casefold() in {k.casefold() for k in named}:
            name, n = f"{base} ({n})", n + 1
        named[name] = mark
    return named
