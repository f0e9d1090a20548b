"""Annotations of plain CSV tables: one row a point.

Columns: either ``row, col`` (0-based pixels of the stored image) or ``l_mm, p_mm, s_mm`` (LPS).
Optional: ``id`` (rows with the same id make one annotation; without it each row is one, and must
differ from others in more than its place), ``shape`` (``point``, ``line``,
``outline``), ``label``, ``kind``, ``image`` (SOP instance UID or file name), ``frame`` (0-based)
and the coded words ``side, clock, quadrant, region, depth_third, distance_mm, depth_mm,
chestwall_mm, size_mm, size2_mm, size3_mm, n_calcifications``. Other columns are named as unused.
Tables of public data sets are told by their columns (`corr.imaging.marks.other_tools.tables`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom.header import Unusable, check_size, refusing
from corr.imaging.marks.annotation import Annotation, Space, checked_points
from corr.imaging.marks.other_tools.tables import dataset_of
from corr.tables.cells.cell import Cell, FieldError
from corr.tables.cells.fields import Choice, Number
from corr.tables.cells.place import Quadrants, Region

_PIXEL, _PATIENT = ("row", "col"), ("l_mm", "p_mm", "s_mm")
_CODED: dict[str, Cell] = {
    "side": Choice(("L", "R")), "quadrant": Quadrants(), "region": Region(),
    "depth_third": Choice(tuple(breast_codes.DEPTH_THIRD.values())),
    "distance_mm": Number(0, 250), "depth_mm": Number(0, 150), "chestwall_mm": Number(0, 300),
    "size_mm": Number(0, 300), "size2_mm": Number(0, 300), "size3_mm": Number(0, 300),
    "n_calcifications": Number(0, 10_000, whole=True),
}  # fmt: skip
_OTHER = ("id", "shape", "label", "kind", "image", "frame", "clock")
_SHAPES = ("point", "line", "outline")
_COMMAS = "put commas between cells, and write decimals with a point"
_MAX_BYTES = 32 * 2**20
_ID = "add an id column: the same id, and shape outline or line, in all rows of one mark"
_Row = tuple[int, Mapping[str, str]]
"""Its number in the file, and its cells."""


def read_table(path: Path, refused: list[str]) -> list[Annotation]:
    """Annotations of a CSV file.

    Parameters
    ----------
    path : UTF-8 CSV with a header row
    refused : collects rows and cells that could not be used, one line each

    Raises
    ------
    Unusable
        If the file is not such a table.
    """
    with refusing("the file cannot be read as CSV"):
        check_size(path, _MAX_BYTES)
        content = io.StringIO(_text(path), newline="")
        try:
            table = csv.DictReader(content, strict=True)
            names = [str(n).strip() for n in table.fieldnames or ()]
            table.fieldnames = names
            rows = list(table)
        except csv.Error as error:
            msg = f"the file cannot be read as CSV: {error}"
            raise Unusable(msg) from None
    if (dataset := dataset_of(names)) is not None:
        return dataset(rows, refused)
    space, axes = _space(names)
    known = {*axes, *_CODED, *_OTHER}
    if unused := [n for n in names if n not in known][:20]:
        refused.append(f"columns not used: {', '.join(n[:40] for n in unused)}")
    groups: dict[str | tuple[str, ...], list[_Row]] = {}
    for i, row in enumerate(rows, 2):
        if None in row:  # "1,5,2,5" in two columns: any reading would be a guess
            refused.append(f"row {i}: more cells than the header; fix: {_COMMAS}")
            continue
        cells = {k: (v or "").strip() for k, v in row.items() if isinstance(k, str)
                 and isinstance(v, str)}  # fmt: skip
        if any(cells.values()):
            beside = tuple(cells.get(n, "") for n in names if n not in axes)
            alone = f"row {i}" if cells.get("shape") == "point" else beside
            groups.setdefault(cells.get("id") or alone, []).append((i, cells))
    found: list[Annotation] = []
    for members in groups.values():
        try:
            _check_told_apart(members)
            found.append(_annotation(members, space, axes, refused))
        except Unusable as error:
            refused.append(f"row {members[0][0]}: {error}")
    return found


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"the file is not UTF-8 (byte {error.start})"
        raise Unusable(msg, allowed="UTF-8", fix="save it as CSV UTF-8") from None
    if not text.strip():
        msg = "the file is empty"
        raise Unusable(msg, allowed="a header row and one row a point", fix="save it again")
    return text


def _space(names: list[str]) -> tuple[Space, tuple[str, ...]]:
    pixel, patient = {*_PIXEL} <= {*names}, {*_PATIENT} <= {*names}
    if pixel == patient or len({*names}) < len(names):
        msg = "the columns do not say where the points are, say it twice or repeat a name"
        if names and all(_is_number(n) for cell in names for n in cell.split()):
            msg = "a table without a header row (labels of YOLO, which state no picture size?)"
            fix = "save it as CSV with a header row: row,col in pixels, or xmin,ymin,xmax,ymax"
            raise Unusable(msg, allowed="row, col or l_mm, p_mm, s_mm", fix=fix)
        fix = _COMMAS if len(names) == 1 and re.search(r"[;\t]", names[0]) else "name the columns"
        raise Unusable(msg, allowed="row, col or l_mm, p_mm, s_mm; each column once", fix=fix)
    return ("pixel", _PIXEL) if pixel else ("patient", _PATIENT)


def _is_number(word: str) -> bool:
    try:
        return bool(word) and abs(float(word)) >= 0.0
    except ValueError:
        return False


def _check_told_apart(members: list[_Row]) -> None:
    """Refuse rows without an id that are one outline or many points: either would be a guess."""
    if members[0][1].get("id") or len(members) < 2:
        return
    last = members[-1][0]
    msg = (
        f"it and others up to row {last} have no id and differ in place only: one mark or several?"
    )
    allowed = "rows with an id, or with labels of their own"
    raise Unusable(msg, allowed=allowed, fix=f"{_ID}; another id for every finding of its own")


def _annotation(
    members: list[_Row],
    space: Space,
    axes: tuple[str, ...],
    refused: list[str],
) -> Annotation:
    line, first = members[0]
    values = [[cells.get(a, "") for a in axes] for _, cells in members]
    if written := next((v for point in values for v in point if "," in v), ""):
        msg = f"{written[:20]!r} is no number"
        raise Unusable(
            msg, allowed="numbers with a decimal point", fix="write decimals with a point"
        )
    points = checked_points(values, len(axes))
    shape = first.get("shape") or ("point" if len(points) == 1 else "")
    if shape not in _SHAPES or (shape == "outline" and len(points) < 3):
        msg = f"{len(points)} points with shape {shape[:40] or 'not stated'}"
        raise Unusable(msg, allowed="point, line, outline (of at least 3 points)", fix=_ID)
    kind = first.get("kind", "")
    if kind and kind not in breast_codes.FROM_LABEL:
        refused.append(f"row {line}: kind {kind[:40]!r} is not known")
    frame = first.get("frame", "")
    if frame and not frame.isdecimal():
        refused.append(f"row {line}: frame {frame[:20]!r}; allowed: a whole number from 0")
    label = first.get("label", "")[:200]
    return Annotation(
        label=label, kind=breast_codes.kind((), kind or label), space=space, points=points,
        outline=shape == "outline", refers_to=tuple(v for v in [first.get("image", "")] if v),
        frame=int(frame) if frame.isdecimal() and len(frame) < 8 else None,
        coded=_coded(line, first, refused), source="CSV",
    )  # fmt: skip


def _coded(line: int, cells: Mapping[str, str], refused: list[str]) -> dict[str, str | float]:
    coded: dict[str, str | float] = {}
    if clock := cells.get("clock"):
        coded["clock"] = clock[:20]  # the findings table checks clock cells
    for name, cell in _CODED.items():
        try:
            if (value := cell.parse(cells.get(name))) is not None:
                coded[name] = value
        except FieldError as error:
            words = f"{name} {cells[name][:40]!r}"
            refused.append(f"row {line}: {words}; allowed: {error.allowed}; fix: {error.fix}")
    return coded
