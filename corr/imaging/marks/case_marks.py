"""The marks of an image row: everything in its annotation files that was made on this image."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from corr.imaging.case_names import without_names
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.private import ORDINARY, hidden, nameless
from corr.imaging.marks.readers import Annotation, read_annotations
from corr.problems import Problem
from corr.tables.rows import ImageRow, RawRow


def marks_of(
    row: ImageRow,
    raw: RawRow,
    folder: Path,
    private: frozenset[str],
    problems: list[Problem],
    *,
    lost: list[str],
) -> tuple[dict[str, Annotation], dict[str, str]]:
    """Marks by name: of the image's instance or of none in particular; what is wrong is added.

    Parameters
    ----------
    private
        Words that identify somebody: labels that hold one are replaced.
    lost
        Collects why marks could not be read: what they report is not known then.

    Returns
    -------
    the marks, and the names that replaced labels have now, by the label in lower case
    """
    path = folder / row.file
    here = _names_of(path)
    found: list[Annotation] = []
    for n, name in enumerate(row.annotations or (), 1):
        which = f"file {n} of {raw.cells['image_id']}"
        before = len(problems)
        marks = _annotations(folder / name, which, raw, private, problems)
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
    kept, held = without_names(found, private)
    named = mark_names(kept)
    renamed = {
        mark.label.casefold(): name
        for mark, name, what in reversed(list(zip(found, named, held, strict=True)))
        if what
    }
    if any(held):
        what, now = " or ".join(sorted({*held} - {""})), ", ".join(reversed(renamed.values()))
        fix = f"{len(renamed)} labels held {what}; called {now}: rename them where they were made"
        allowed, value = "labels that tell nobody's name, number or dates", raw.cells["image_id"]
        problem = raw.problem("annotations", "flagged", allowed=allowed, fix=fix, value=value)
        problems.append(problem)
    return named, renamed


def _annotations(
    path: Path, which: str, raw: RawRow, private: frozenset[str], problems: list[Problem]
) -> list[Annotation]:
    """Everything marked in a file; what cannot be used is added to the problems."""
    refused: list[str] = []
    found: list[Annotation] = []
    try:
        found = read_annotations(path, refused=refused)
    except Unusable as error:
        allowed, fix = error.allowed or "a file with annotations", error.fix or "correct it"
        fix = hidden(nameless(f"{error.what}; {fix}", path), private - ORDINARY)
        problem = raw.problem("annotations", "ignored", allowed=allowed, fix=fix, value=which)
        problems.append(problem)
    for why in refused:
        fix = hidden(nameless(why, path), private - ORDINARY)
        allowed = "usable marks"
        problem = raw.problem("annotations", "ignored", allowed=allowed, fix=fix, value=which)
        problems.append(problem)
    return found


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
