"""The marks of an image row: everything in its annotation files that was made on this image."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from corr.imaging.case_names import without_names
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.private import ORDINARY, hidden, nameless, tokens, told
from corr.imaging.marks.fitting import fitted
from corr.imaging.marks.on_slices import on_slices
from corr.imaging.marks.other_tools.itk_snap import is_label_description
from corr.imaging.marks.readers import Annotation, read_annotations
from corr.imaging.volume_files import VOLUME_FILES
from corr.plurals import many
from corr.problems import Problem
from corr.tables.rows import ImageRow, RawRow

_TOOLS = frozenset(
    (
        *("annus", "bcs", "boxes", "cbis", "coco", "cornerstone", "cvat", "ddsm", "dicom", "embed"),
        *("fcsv", "findings", "inbreast", "itk", "json", "labelme", "labels", "mark", "marks"),
        *("markups", "nrrd", "ohif", "osirix", "points", "roi", "rois", "rtstruct", "segment"),
        *("slicer", "snap", "vindr", "yolo"),
    )
)
"""Words of file names, beside the ordinary ones, that are no person's."""
_MOST_NAMES = 6
_PICTURES = ("png", "jpg", "jpeg", "tif", "tiff", "bmp", "dcm", "dicom")


def marks_of(
    row: ImageRow,
    raw: RawRow,
    folder: Path,
    private: frozenset[str],
    problems: list[Problem],
    *,
    lost: list[str],
    others: frozenset[str] = frozenset(),
) -> tuple[dict[str, Annotation], dict[str, str]]:
    """Marks by name: of the image's instance or of none in particular; what is wrong is added.

    Parameters
    ----------
    private
        Words that identify somebody: labels that hold one are replaced.
    lost
        Collects why marks could not be read: what they report is not known then.
    others
        What annotations may call the other images of the case (`names_of`): a file with marks on
        those only was read, and says that there is none here.

    Returns
    -------
    the marks, and the names that replaced labels have now, by the label in lower case
    """
    path = folder / row.file
    here = names_of(path)
    found: list[Annotation] = []
    listed = row.annotations or ()
    for n, name in enumerate(listed, 1):
        which = _called(n, len(listed), Path(name), private) + f" of {raw.cells['image_id']}"
        if is_label_description(folder / name):
            continue  # names the labels of the map beside it
        before = len(problems)
        size = None if path.is_dir() or _is_mri(path) else _size_of(path)
        marks = _annotations(folder / name, which, raw, private, problems, size=size)
        if path.is_dir() or _is_mri(path):
            own = marks = on_slices(marks, path)
        else:
            own = [mark for mark in marks if _is_on(mark, here)]
        if marks and not own:
            allowed = f"marks made on this image, which is called {_told_name(path.name, private)}"
            fix = f"{_names_in(marks, private)}: list the file under the image it was made on; "
            fix += "if that is this one, call it as the file does"
            problem = raw.problem("annotations", "ignored", allowed=allowed, fix=fix, value=which)
            problems.append(problem)
            if all(_is_on(mark, others) for mark in marks):
                before += 1
        for mark in own:
            try:
                found.append(fitted(mark, None if mark.space == "patient" else size))
            except Unusable as error:
                problem = raw.problem("annotations", "ignored", allowed=error.allowed,
                                      fix=f"{error.what}; {error.fix}", value=which)  # fmt: skip
                problems.append(problem)
        lost += [f"marks in {which} could not be used"] if len(problems) > before else []
    kept, held = without_names(found, private)
    named = mark_names(kept)
    renamed = {
        mark.label.casefold(): name
        for mark, name, what in reversed(list(zip(found, named, held, strict=True)))
        if what
    }
    if any(held):
        what, now = " or ".join(sorted({*held} - {""})), ", ".join(reversed(renamed.values()))
        some = many(len(renamed), "label")
        fix = f"{some} held {what}; called {now}: rename them where they were made"
        allowed, value = "labels that tell nobody's name, number or dates", raw.cells["image_id"]
        problem = raw.problem("annotations", "flagged", allowed=allowed, fix=fix, value=value)
        problems.append(problem)
    return named, renamed


def _annotations(
    path: Path,
    which: str,
    raw: RawRow,
    private: frozenset[str],
    problems: list[Problem],
    *,
    size: tuple[int, int] | None,
) -> list[Annotation]:
    """Everything marked in a file; what cannot be used is added to the problems."""
    refused: list[str] = []
    found: list[Annotation] = []
    try:
        found = read_annotations(path, refused=refused)
    except Unusable as error:
        if not refused:  # else they say why
            allowed = error.allowed or "a file with annotations"
            fix = error.fix or "save it again where it was made, or leave it out"
            if size and path.name.lower().endswith(VOLUME_FILES):
                fix = f"give a mask picture (.png) of {size[0]} rows, {size[1]} columns"
            fix = hidden(nameless(f"{error.what}; {fix}", path), private - ORDINARY)
            problem = raw.problem("annotations", "ignored", allowed=allowed, fix=fix, value=which)
            problems.append(problem)
    for why in refused:
        fix = hidden(nameless(why, path), private - ORDINARY)
        allowed = "usable marks"
        problem = raw.problem("annotations", "ignored", allowed=allowed, fix=fix, value=which)
        problems.append(problem)
    return found


def _called(n: int, total: int, name: Path, private: frozenset[str]) -> str:
    """A file in words that sort by its place, with its name if that can be no person's.

    Other names may be: of those only the ending is told.
    """
    ending = name.suffix if name.suffix[1:].isalnum() else ""
    called = name.name if _is_nobodys(name.stem, private) else ending
    return f"file {n:0{len(str(total))}d}" + (f" ({called})" if called else "")


def _is_nobodys(stem: str, private: frozenset[str]) -> bool:
    """Whether a name without its ending is of ordinary words and short ones only."""
    words = [re.sub(r"\d+", "", word) for word in tokens(stem)]
    plain = all(word in ORDINARY | _TOOLS or len(word) < 3 for word in words)
    return plain and not told(stem, private - ORDINARY)


def _told_name(name: str, private: frozenset[str]) -> str:
    """The name of an image where it can be no person's; else only that it has one."""
    return name if _is_nobodys(_bare(name), private) else "something that may name a person"


def _names_in(marks: Sequence[Annotation], private: frozenset[str]) -> str:
    """Of which images marks are, in the words of their file as far as they can be told."""
    names = dict.fromkeys(name for mark in marks for name in mark.refers_to)
    known = [name for name in names if _is_nobodys(_bare(name), private)][:_MOST_NAMES]
    rest = len(names) - len(known)
    more = [f"{many(rest, 'image')} not named here"] if rest else []
    return f"it marks {', '.join([*known, *more])}"


def names_of(path: Path) -> set[str]:
    """What annotations may call an image: its file name, also without ending, and its instance."""
    names = {path.name, _bare(path.name)}
    with suppress(Unusable):
        names.add(header.text(header.read_header(path), "SOPInstanceUID"))
    return names


def _bare(name: str) -> str:
    """A file name without the ending of a picture: tools mark copies in another format."""
    stem, dot, ending = name.rpartition(".")
    return stem if dot and ending.lower() in _PICTURES else name


def _is_mri(path: Path) -> bool:
    with suppress(Unusable):
        return header.text(header.read_header(path), "Modality").upper() == "MR"
    return False


def _size_of(path: Path) -> tuple[int, int] | None:
    """Rows and columns of an image; None of a folder or volume."""
    with suppress(Unusable):
        ds = header.read_header(path)
        rows, columns = (header.number(ds, k, low=1, high=65535) for k in ("Rows", "Columns"))
        return None if rows is None or columns is None else (int(rows), int(columns))
    return None


def _is_on(mark: Annotation, names: Collection[str]) -> bool:
    """Whether a mark was made on this image: in patient coordinates, or on it or none."""
    said = {*mark.refers_to, *map(_bare, mark.refers_to)}
    return mark.space == "patient" or not said or any(name in names for name in said)


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
