"""Boxes in the tables of VinDr-Mammo, EMBED and BCS-DBT, told by their columns.

A table of many images names each; one of a single image needs no name: it was listed under it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.annotation import Annotation
from corr.imaging.marks.other_tools import drawn

Rows = Sequence[Mapping[str, Any]]
Read = Callable[[Rows, list[str]], list[Annotation]]
_MOST = 100_000


def dataset_of(names: Sequence[str]) -> Read | None:
    """The reader of a data set that has these columns; None if it is none of them.

    Raises
    ------
    Unusable
        For a table of a data set that does not say where marks lie.
    """
    known = {n.strip() for n in names}
    for columns, what, fix in _NO_PLACES:
        if columns <= known:
            msg = f"the table of {what}"
            raise Unusable(msg, allowed="a table with the place of each mark", fix=fix)
    return next((read for columns, read in DATASETS if columns <= known), None)


def read_vindr(rows: Rows, refused: list[str]) -> list[Annotation]:
    """``finding_annotations.csv``: one box a finding; rows without a box found nothing."""
    several = len({row.get("image_id") for row in rows}) > 1
    found: list[Annotation] = []
    for n, row in enumerate(rows[:_MOST], 2):
        if not any(_text(row, k) for k in ("xmin", "ymin", "xmax", "ymax")):
            continue
        said = _literal(_text(row, "finding_categories"))
        words = (
            [str(w) for w in said] if isinstance(said, list) else [_text(row, "finding_categories")]
        )
        more = _more(row, "VinDr-Mammo", "laterality", _text(row, "image_id") if several else "")
        more["image_size"] = drawn.size_of(row.get("height"), row.get("width"))
        corners = [_text(row, k) for k in ("xmin", "ymin", "xmax", "ymax")]
        label, more["doubts"] = _label(words)
        _add(found, corners, label, more, (n, refused))
    return found


def read_embed(rows: Rows, refused: list[str]) -> list[Annotation]:
    """EMBED: ``ROI_coords`` holds boxes as (ymin, xmin, ymax, xmax)."""
    paths = {_base(row) for row in rows}
    found: list[Annotation] = []
    for n, row in enumerate(rows[:_MOST], 2):
        boxes = _literal(_text(row, "ROI_coords"))
        if isinstance(boxes, (tuple, list)) and len(boxes) == 4 and not _nested(boxes):
            boxes = [boxes]
        if not isinstance(boxes, (tuple, list)):
            if _text(row, "ROI_coords"):
                refused.append(f"row {n}: ROI_coords is no list of boxes")
            continue
        more = _more(row, "EMBED", "ImageLateralityFinal", _base(row) if len(paths) > 1 else "")
        for corners in boxes[:100]:
            if isinstance(corners, (tuple, list)) and len(corners) == 4:
                top, left, bottom, right = corners
                _add(found, [left, top, right, bottom], "", more, (n, refused))
            else:
                refused.append(f"row {n}: ROI_coords holds no box of 4 numbers")
    return found


def read_bcs_dbt(rows: Rows, refused: list[str]) -> list[Annotation]:
    """``boxes-*.csv`` of BCS-DBT: a box on the middle slice, counted from 0.

    Raises
    ------
    Unusable
        If it holds boxes of several images: files of that set do not tell which they are.
    """
    views = {(_text(r, "StudyUID"), _text(r, "View").lower()) for r in rows}
    if len(views) > 1:
        msg = f"a table of BCS-DBT with boxes of {len(views)} images"
        raise Unusable(msg, allowed="rows of one image", fix="keep the rows of this image only")
    found: list[Annotation] = []
    for n, row in enumerate(rows[:_MOST], 2):
        more = _more({"side": _text(row, "View")[:1].upper()}, "BCS-DBT", "side", "")
        number = _text(row, "Slice")
        more["frame"] = int(number) if number.isdecimal() and len(number) < 6 else None
        more["doubts"] = (
            "BCS-DBT counts on the picture as its own reader turns it: look whether it lies right",
        )
        left, top, width, height = (_number(row, k) for k in ("X", "Y", "Width", "Height"))
        corners = [left, top, left + width, top + height]
        _add(found, corners, _text(row, "Class") and "mass", more, (n, refused))
    return found


def _add(
    found: list[Annotation],
    corners: Sequence[Any],
    label: str,
    more: dict[str, Any],
    where: tuple[int, list[str]],
) -> None:
    n, refused = where
    try:
        found.append(drawn.box(corners, label, **more))
    except Unusable as error:
        refused.append(f"row {n}: {error}")


def _more(row: Mapping[str, Any], source: str, side: str, image: str) -> dict[str, Any]:
    said = _text(row, side).upper()[:1]
    coded = {"side": said} if said in ("L", "R") else {}
    return {"source": source, "coded": coded, "refers_to": (image,) if image else ()}


def _label(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The word that stands for a kind, or else the first; and that it was called otherwise too."""
    known = [w for w in words if drawn.kind_of(w)]
    taken = (known or list(words) or [""])[0]
    rest = [w if drawn.is_known(w) else "a word that is not known" for w in words if w != taken]
    doubt = f"one box is also called {', '.join(rest)}: box a second finding too, if there is one"
    return drawn.word(taken), (doubt,) if rest else ()


def _literal(text: str) -> Any:
    with suppress(ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return ast.literal_eval(text[:20_000])
    return None


def _nested(values: Sequence[Any]) -> bool:
    return any(isinstance(v, (tuple, list)) for v in values)


def _base(row: Mapping[str, Any]) -> str:
    return _text(row, "anon_dicom_path").rsplit("/", 1)[-1]


def _number(row: Mapping[str, Any], name: str) -> float:
    try:
        return float(_text(row, name))
    except ValueError:
        return float("nan")


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value.strip() if isinstance(value, str) else ""


_NO_PLACES = (
    (frozenset({"ROI mask file path"}), "CBIS-DDSM lists files and holds no places",
     "give the file of the ROI mask itself"),
    (frozenset({"Start Row", "End Row", "Start Slice"}), "Duke-Breast-Cancer-MRI counts slices in "
     "an order of its own", "give the middle as CSV with l_mm, p_mm, s_mm, or a mask (.nii.gz)"),
    (frozenset({"File Name", "Bi-Rads"}), "INbreast lists films", "give the XML file of this film"),
)  # fmt: skip
DATASETS: tuple[tuple[frozenset[str], Read], ...] = (
    (frozenset({"image_id", "xmin", "ymin", "xmax", "ymax"}), read_vindr),
    (frozenset({"ROI_coords"}), read_embed),
    (frozenset({"StudyUID", "View", "Slice", "X", "Y", "Width", "Height"}), read_bcs_dbt),
)
"""Columns that a data set has, and its reader."""
