"""Nipples of films: read from marks, or found by the project's own finder; and what they give.

Film positions are mm from the nipple: ``posterior_mm`` toward the border of the image where the
chest wall is, ``transverse_mm`` up the image, which is lateral on a CC and upper outer on an
MLO as films are hung. The chest wall of a left breast is at the left border and that of a right
breast at the right, unless the mark says otherwise.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from corr.imaging.dicom.header import Unusable
from corr.imaging.mammogram.hanging import usual
from corr.imaging.mammogram.mammogram import read_mammogram
from corr.problems import InputError, Problem

from .vindr import read_table, refusal

MARKS = ["image_id", "row", "col"]
LABELS = ["SOPInstanceUID", "labelName", "data"]
"""Layout of the positioning labels of Tanyel et al. 2024: boxes of nipples on obliques."""
FRONT_MM = 10.0
"""No lesion lies farther in front of its nipple, and no nipple nearer to the chest wall's border:
else the film is hung the other way, the side is wrong, or the mark is not of this image."""
_SIZE = ("height", "width")
Cells = Mapping[Hashable, Any]


def read_marks(
    paths: Sequence[Path], films: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Nipple of each film, indexed by image: ``row, col, chest, file, file_row``.

    A file has the columns ``image_id, row, col`` and, if it likes, ``chest`` (left, right) and
    ``height, width`` of the image marked; or the layout `LABELS`. Of two files with a mark
    of one film the first counts.

    Raises
    ------
    InputError
        If a file cannot be read, lacks a column, or no mark is of one of `films`.
    """
    problems: list[Problem] = []
    found: dict[str, tuple[float, float, str, str, int]] = {}
    of_image = films.to_dict("index")
    for path in paths:
        table = _marks(path)
        known = table[table["image_id"].isin(films.index)]
        places = known[MARKS].drop_duplicates()["image_id"]
        twice = set(places[places.duplicated()])
        for at, mark in zip(known.index, known.to_dict("records"), strict=True):
            image, row = mark["image_id"], int(at) + 2
            film = of_image[image]
            wrong = _wrong(mark, film, twice=image in twice)
            if wrong:
                problems.append(refusal(path.name, row, (film["woman"], image), wrong))
            else:
                place = (float(mark["row"]), float(mark["col"]), mark["chest"])
                found.setdefault(image, (*place, path.name, row))
    if not found:
        names = ", ".join(p.name for p in paths)
        msg = f"{names}: no usable mark of a film; image_id is that of the annotations"
        raise InputError(msg, problems)
    columns = ["row", "col", "chest", "file", "file_row"]
    return pd.DataFrame.from_dict(found, orient="index", columns=columns), tuple(problems)


def _marks(path: Path) -> pd.DataFrame:
    """Text cells ``image_id, row, col, chest, height, width``, empty where not stated."""
    table = read_table(path, [])
    if set(LABELS) <= set(table.columns):
        table = table[table["labelName"] == "Nipple"].rename(columns={"SOPInstanceUID": "image_id"})
        middles = [_middle(text) for text in table["data"]]
        table = table.assign(row=[m[0] for m in middles], col=[m[1] for m in middles])
    elif lacking := [c for c in MARKS if c not in table.columns]:
        msg = f"{path.name}: no column {', '.join(map(repr, lacking))}; nipple marks have "
        msg += f"{', '.join(MARKS)} (pixels of the stored image), or {', '.join(LABELS)}"
        raise InputError(msg)
    lacking = [c for c in ("chest", *_SIZE) if c not in table.columns]
    return table.assign(**dict.fromkeys(lacking, ""))


def _middle(text: str) -> tuple[str, str]:
    """Row and column of the middle of a box ``{'x', 'y', 'width', 'height'}``, as text."""
    try:
        box = ast.literal_eval(text)
        return str(box["y"] + box["height"] / 2), str(box["x"] + box["width"] / 2)
    except (ValueError, SyntaxError, TypeError, KeyError):
        return "", ""


def _wrong(mark: Cells, film: Cells, *, twice: bool) -> tuple[str, ...] | None:
    """What is wrong with one mark, as `refusal` has it; None if nothing is."""
    if twice:
        fix = "keep the better one of the two marks of this film"
        return ("row, col", f"{mark['row']}, {mark['col']}", "one mark a film", fix)
    for name in _SIZE:
        if mark[name] and pd.to_numeric(mark[name], errors="coerce") != film[name]:
            allowed = f"{film[name]:g} pixels, as in the annotations"
            fix = "the mark is of a resized or cropped picture: scale it to the stored image"
            return (name, mark[name], allowed, fix)
    if mark["chest"] not in ("", "left", "right"):
        return ("chest", mark["chest"], "left, right or empty", "say where the chest wall is")
    row, col = (pd.to_numeric(mark[c], errors="coerce") for c in ("row", "col"))
    if not (0 <= row <= film["height"] and 0 <= col <= film["width"]):
        allowed = f"a pixel of {film['height']:g} rows and {film['width']:g} columns"
        return ("row, col", f"{mark['row']}, {mark['col']}", allowed, "mark it on the stored image")
    return None


def measure(
    boxes: pd.DataFrame, films: pd.DataFrame, marks: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Problem, ...]]:
    """Boxes in mm from the nipple, and films with ``edge_mm``, nipple to the chest wall's border.

    Boxes gain ``posterior_mm, transverse_mm, size_mm, size2_mm, edge_mm``. Films without mark or
    spacing are left out, with a problem if they have a box; so are films that contradict side
    or hanging (`FRONT_MM`).

    Raises
    ------
    InputError
        If most films with boxes contradict their hanging: then it is the hanging that is wrong.
    """
    marked = films.join(marks, how="inner").dropna(subset=["row_mm"])
    said = marked["chest"].where(
        marked["chest"] != "", marked["side"].map(lambda s: usual(s).chest)
    )
    left = said == "left"
    marked = marked.assign(left=left)
    marked["edge_mm"] = (
        marked["col"].where(left, marked["width"] - marked["col"]) * marked["col_mm"]
    )
    of_film = marked[["row", "col", "row_mm", "col_mm", "left", "edge_mm"]].add_prefix("film_")
    at = boxes.join(of_film, on="image_id", how="inner")
    back = (at["film_col"] - at["col"]) * at["film_col_mm"]
    sides = pd.concat([at["rows"] * at["film_row_mm"], at["cols"] * at["film_col_mm"]], axis=1)
    at = at.assign(
        posterior_mm=back.where(at["film_left"], -back),
        transverse_mm=(at["film_row"] - at["row"]) * at["film_row_mm"],
        size_mm=sides.max(axis=1),
        size2_mm=sides.min(axis=1),
        edge_mm=at["film_edge_mm"],
    )
    marked["front_mm"] = -at.groupby("image_id")["posterior_mm"].min().reindex(marked.index)
    wrong = marked[(marked["edge_mm"] < FRONT_MM) | (marked["front_mm"] > FRONT_MM)]
    with_boxes = marked.index.intersection(list(at["image_id"]))
    if 2 * len(wrong.index.intersection(with_boxes)) > len(with_boxes):
        msg = (
            f"on {len(wrong)} of {len(marked)} films lesions lie in front of the nipple, or the "
            "nipple at the chest wall: films of left breasts are taken to have the chest wall at "
            "the left border; if yours are mirrored, or marks in (x, y), say so in the marks "
            "(row, col; chest: left or right)"
        )
        raise InputError(msg)
    problems = [*_turned(wrong), *_unmeasured(boxes, films, marks)]
    at = at[~at["image_id"].isin(wrong.index)]
    at = at.drop(columns=[c for c in at.columns if c.startswith("film_")])
    return at, marked.drop(index=wrong.index), tuple(problems)


def _turned(wrong: pd.DataFrame) -> Iterable[Problem]:
    for image, film in wrong.iterrows():
        toward = "right" if film["left"] else "left"
        allowed = f"a {film['side']} {film['view']} with its nipple to the {toward}"
        said = f"nipple {film['edge_mm']:.0f} mm from the border behind it"
        if film["front_mm"] > FRONT_MM:
            said = f"a lesion {film['front_mm']:.0f} mm in front of the nipple"
        fix = "is the side wrong, the image mirrored (say chest), or the mark of another image?"
        about = (film["woman"], str(image))
        yield refusal(film["file"], film["file_row"], about, ("row, col", said, allowed, fix))


def _unmeasured(boxes: pd.DataFrame, films: pd.DataFrame, marks: pd.DataFrame) -> Iterable[Problem]:
    for image in sorted(set(boxes["image_id"])):
        film, about = films.loc[image], (films.loc[image, "woman"], image)
        if pd.isna(film["row_mm"]):
            fix = "take Imager Pixel Spacing from the DICOM file"
            what = ("Imager Pixel Spacing", "", "0.02 to 0.6 mm", fix)
            yield refusal("metadata.csv", None, about, what)
        elif image not in marks.index:
            what = ("nipple", "", "a mark of this film", "mark it, or run the finder on its file")
            yield refusal("nipples", None, about, what)


def find_nipples(
    folder: Path, films: pd.DataFrame, *, unsure: bool = False
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Run the project's nipple finder on ``folder/<study>/<image>.dicom`` (or ``.dcm``).

    Returns a table that `read_marks` reads. Nipples it is not confident of are left out, unless
    `unsure`; so is a file that contradicts side, view or size of the annotations.
    """
    rows, problems = [], []
    for image, film in tqdm(films.iterrows(), total=len(films), unit="film"):
        about = (film["woman"], str(image))
        row, wrong = _found(folder, str(image), film, unsure=unsure)
        if wrong:
            problems.append(refusal(f"{image}.dicom", None, about, wrong))
        else:
            rows.append(row)
    columns = [*MARKS, "chest", *_SIZE, "sd_mm"]
    return pd.DataFrame(rows, columns=columns), tuple(problems)


def _found(
    folder: Path, image: str, film: pd.Series, *, unsure: bool
) -> tuple[tuple[object, ...], tuple[str, ...] | None]:
    """Row of the table, or what is wrong as `refusal` has it."""
    names = [folder / film["woman"] / f"{image}{end}" for end in (".dicom", ".dcm")]
    path = next((p for p in names if p.is_file()), None)
    if path is None:
        return (), ("file", names[0].name, "a DICOM file", "get it, or mark the nipple yourself")
    try:
        try:
            seen = read_mammogram(path)
        except Unusable:  # a header without side or view: the annotations have them
            seen = read_mammogram(path, overrides={"side": film["side"], "view": film["view"]})
    except Unusable as error:
        return (), ("file", path.name, "a mammogram that can be read", str(error))
    facts = {"side": seen.side, "view": seen.view}
    facts |= dict(zip(_SIZE, seen.image.shape, strict=True))
    for name, value in facts.items():
        if value != film[name]:
            fix = "file and annotations contradict each other: which one is right?"
            return (), (name, str(value), f"{film[name]}, as in the annotations", fix)
    marks, chest = seen.landmarks, seen.hanging.chest if seen.hanging else ""
    if marks.nipple_row is None or not (marks.nipple_confident or unsure):
        said = "; ".join(marks.notes) or "no nipple was found"
        return (), ("nipple", said, "a confident nipple", "mark it yourself, or use --unsure")
    if chest not in ("left", "right"):
        return (), ("chest", chest, "left or right", "mark the nipple and say chest yourself")
    place = (marks.nipple_row, marks.nipple_col, chest, *seen.image.shape, marks.nipple_sd_mm)
    return (image, *place), None
