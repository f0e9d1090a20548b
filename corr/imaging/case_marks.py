"""The marks of an image row: everything in its annotation files that was made on this image."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from corr.findings import ImageRow, RawRow
from corr.imaging import header
from corr.imaging.annotations import Annotation, read_annotations
from corr.imaging.header import Unusable
from corr.problems import Problem


def marks_of(
    row: ImageRow, raw: RawRow, folder: Path, problems: list[Problem], lost: list[str]
) -> dict[str, Annotation]:
    """Marks by name: of the image's instance or of none in particular; what is wrong is added.

    ``lost`` collects why marks could not be read: what they report is not known then.
    """
    path = folder / row.file
    here = _names_of(path)
    found: list[Annotation] = []
    for n, name in enumerate(row.annotations or (), 1):
        which = f"file {n} of {raw.cells['image_id']}"
        before = len(problems)
        marks = _annotations(folder / name, which, raw, problems)
        lost += [f"marks in {which} could not be used"] if len(problems) > before else []
        own = marks if path.is_dir() else [mark for mark in marks if _is_on(mark, here)]
        if marks and not own:
            allowed, fix = (
                "marks made on this image",
                "list the file under the image it was made on",
            )
            problem = raw.problem("annotations", "ignored", allowed=allowed, fix=fix, value=which)
            problems.append(problem)
        found += own
    return mark_names(found)


def _annotations(path: Path, which: str, raw: RawRow, problems: list[Problem]) -> list[Annotation]:
    """Everything marked in a file; what cannot be used is added to the problems."""
    refused: list[str] = []
    found: list[Annotation] = []
    try:
        found = read_annotations(path, refused=refused)
    except Unusable as error:
        allowed, fix = error.allowed or "a file with annotations", error.fix or "correct it"
        fix = nameless(f"{error.reason}; {fix}", path)
        problem = raw.problem("annotations", "ignored", allowed=allowed, fix=fix, value=which)
        problems.append(problem)
    problems += [
        raw.problem(
            "annotations", "ignored", allowed="usable marks", fix=nameless(why, path), value=which
        )
        for why in refused
    ]
    return found


def nameless(words: str, path: Path) -> str:
    """Words about a file without its name: that may be a person's."""
    shorter = words.replace(str(path), "the file")
    return shorter.replace(path.name, "the file") if len(path.name) > 2 else shorter


def _names_of(path: Path) -> set[str]:
    """What annotations may call an image: its file name and its instance."""
    names = {path.name}
    with suppress(Unusable):
        names.add(header.text(header.read_header(path), "SOPInstanceUID"))
    return names


def _is_on(mark: Annotation, names: set[str]) -> bool:
    """Whether a mark was made on this image: in patient coordinates, or on it or none."""
    return mark.space == "patient" or not mark.refers_to or bool(names & set(mark.refers_to))


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
