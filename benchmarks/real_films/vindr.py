"""VinDr-Mammo's three tables, as PhysioNet ships them, checked: films and the boxes on them.

Pixels are those of the stored image: ``row`` grows downward, ``col`` to the right, from the
upper left pixel. Names of columns and categories are those of the data set, version 1.0.0
(Nguyen et al., Sci Data 2023, doi 10.1038/s41597-023-02100-7); of ``metadata.csv`` those of its
DICOM attributes, with or without blanks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from corr.problems import InputError, Problem, shown

FINDINGS, BREASTS, METADATA = (
    "finding_annotations.csv",
    "breast-level_annotations.csv",
    "metadata.csv",
)
KINDS: Mapping[str, str | None] = {
    "Mass": "mass",
    "Suspicious Calcification": "calcification",
    "Architectural Distortion": "architectural_distortion",
    "Focal Asymmetry": "focal_asymmetry",
    "Global Asymmetry": "focal_asymmetry",
    "Asymmetry": "asymmetry",
    "Suspicious Lymph Node": None,
    "Skin Thickening": None,
    "Skin Retraction": None,
    "Nipple Retraction": None,
    "No Finding": None,
}
"""Kind of each category; None: no lesion of the gland. A box of several has the first of them.

A global asymmetry is seen on two views, as a focal one is; it is only larger.
"""
ONE_VIEW = "Asymmetry"
"""Seen on one view by definition (BI-RADS): never a mate."""
_FILM_COLUMNS = ["study_id", "image_id", "laterality", "view_position", "height", "width"]
_NEEDED = {
    FINDINGS: [
        *(*_FILM_COLUMNS, "finding_categories", "finding_birads"),
        *("xmin", "ymin", "xmax", "ymax"),
    ],
    BREASTS: [*_FILM_COLUMNS, "breast_density", "split"],
}
_IMAGE = ("sopinstanceuid", "imageid")
_SPACINGS = ("imagerpixelspacing", "pixelspacing")
_SPACING_MM = (0.02, 0.6)
_CONTRADICTION = 1.25  # the two spacings differ by the magnification of a breast, not by more
_OVERHANG = 0.05


@dataclass(frozen=True)
class Vindr:
    """Films and boxes that can be used.

    Attributes
    ----------
    films
        Indexed by ``image_id``: ``woman`` (study), ``side`` (L, R), ``view`` (CC, MLO),
        ``height, width`` (pixels), ``density`` (a-d or empty), ``split``, ``row_mm, col_mm``
        (detector spacing; NaN if not stated).
    boxes
        Of usable films, one row a box: ``box`` (row of the file), ``image_id, woman, side,
        view, density``, ``categories`` (tuple), ``bi_rads``, ``row, col`` (middle), ``rows, cols``
        (extent in pixels).
    problems
        What could not be used, and why.
    """

    films: pd.DataFrame
    boxes: pd.DataFrame
    problems: tuple[Problem, ...]


def read_vindr(folder: Path) -> Vindr:
    """Read and check the three tables of `folder`.

    Raises
    ------
    InputError
        If a file or a column is missing, or no film can be used.
    """
    findings, breasts = (read_table(folder / n, _NEEDED[n]) for n in (FINDINGS, BREASTS))
    problems: list[Problem] = []
    films = _films(breasts, findings, problems)
    films = films.join(_spacings(folder / METADATA, set(films.index), problems))
    if films["row_mm"].isna().all():
        msg = f"{METADATA}: no pixel spacing of any film of {BREASTS}; is it of the same version?"
        raise InputError(msg, problems)
    return Vindr(films, _boxes(findings, films, problems), tuple(problems))


def read_table(path: Path, needed: Iterable[str]) -> pd.DataFrame:
    """A CSV as text cells without blanks around them, which has the columns needed.

    Raises
    ------
    InputError
        If it cannot be read or a column is missing.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        msg = f"{path.name}: not a readable CSV ({reason}); needed: {', '.join(needed) or 'a CSV'}"
        raise InputError(msg) from error
    table = table.rename(columns=str.strip)
    if missing := [c for c in needed if c not in table.columns]:
        msg = (
            f"{path.name}: no column {', '.join(map(repr, missing))}; "
            f"it has {', '.join(map(repr, table.columns))}"
        )
        raise InputError(msg)
    return table.map(str.strip)


def refusal(file: str, row: int | None, about: tuple[str, str], what: tuple[str, ...]) -> Problem:
    """A rejected row: `about` woman and film; `what` field, value, what is allowed, how to fix."""
    field, value, allowed, fix = what
    return Problem(file, row, *about, field, shown(value), "rejected", allowed, fix)


def _films(breasts: pd.DataFrame, findings: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """Films on which both tables agree, one for each view of a breast."""
    films = breasts.assign(file_row=breasts.index + 2)
    bad: dict[str, tuple[str, ...]] = {}
    one = "one value for each image in both tables"
    both = pd.concat([films[_FILM_COLUMNS], findings[_FILM_COLUMNS]]).drop_duplicates()
    for image, rows in both[both["image_id"].duplicated(keep=False)].groupby("image_id"):
        apart = next(c for c in _FILM_COLUMNS if len(set(rows[c])) > 1)
        said = " and ".join(rows[apart].unique())
        bad[str(image)] = (apart, said, one, "the tables contradict each other: download them anew")
    for column, allowed in (("laterality", ("L", "R")), ("view_position", ("CC", "MLO"))):
        for _, film in films[~films[column].isin(allowed)].iterrows():
            fix = "only CC and MLO of a known side can be measured"
            bad[film["image_id"]] = (column, film[column], ", ".join(allowed), fix)
    for column in ("height", "width"):
        films[column] = pd.to_numeric(films[column], errors="coerce")
        for image in films.loc[~(films[column] > 0), "image_id"]:
            bad[image] = (column, "", "pixels of the image", "download the table anew")
    breast = ["study_id", "laterality", "view_position"]
    for image in films.loc[films.duplicated(breast, keep=False), "image_id"]:
        fix = "two films show this view of this breast; take the one that is to be used"
        bad.setdefault(image, ("view_position", "twice", "one film a view", fix))
    for _, film in films[films["image_id"].isin(list(bad))].iterrows():
        about = (film["study_id"], film["image_id"])
        problems.append(refusal(BREASTS, film["file_row"], about, bad[film["image_id"]]))
    films = films[~films["image_id"].isin(list(bad))].set_index("image_id")
    films["density"] = films["breast_density"].str.extract(r"([A-Da-d])$")[0].str.lower().fillna("")
    names = {"study_id": "woman", "laterality": "side", "view_position": "view"}
    keep = ["woman", "side", "view", "height", "width", "density", "split"]
    return films.rename(columns=names)[keep].sort_index()


def _spacings(path: Path, images: set[str], problems: list[Problem]) -> pd.DataFrame:
    """Spacing of the detector (mm), rows and columns, by image."""
    table = read_table(path, [])
    plain = {c: re.sub(r"[^a-z]", "", c.lower()) for c in table.columns}
    table = table.rename(columns=plain)
    image = next((c for c in _IMAGE if c in table.columns), None)
    columns = [c for c in _SPACINGS if c in table.columns]
    if image is None or not columns:
        lacking = "SOP Instance UID" if image is None else "Imager Pixel Spacing or Pixel Spacing"
        msg = f"{path.name}: no column {lacking}; without it pixels cannot be turned into mm"
        raise InputError(msg)
    found: dict[str, tuple[float, float]] = {}
    for at, cells in enumerate(table[[image, *columns]].itertuples(index=False), start=2):
        name, *texts = (str(c) for c in cells)
        if name not in images:
            continue
        pairs = [p for p in map(_pair, texts) if p is not None]
        least, most = min(map(min, pairs), default=1.0), max(map(max, pairs), default=1.0)
        again = name in found and pairs and pairs[0] != found[name]
        if most > _CONTRADICTION * least or again:
            allowed = "one spacing, but for the magnification of the breast"
            what = (columns[0], " and ".join(texts), allowed, "read the spacing in the DICOM file")
            problems.append(refusal(path.name, at, ("", name), what))
            found[name] = (float("nan"), float("nan"))
        elif pairs:
            found[name] = pairs[0]
    return pd.DataFrame.from_dict(found, orient="index", columns=["row_mm", "col_mm"])


def _pair(text: str) -> tuple[float, float] | None:
    r"""Two spacings from ``[0.05, 0.05]``, ``0.05\0.05`` or ``0.05``; None if it is neither."""
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d*)?(?:[eE]-?\d+)?", text)]
    usable = len(numbers) in (1, 2) and all(_SPACING_MM[0] <= n <= _SPACING_MM[1] for n in numbers)
    return (numbers[0], numbers[-1]) if usable else None


def _boxes(findings: pd.DataFrame, films: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """Boxes of lesions of the gland on usable films."""
    rows, of_image = [], films.to_dict("index")
    for at, cells in enumerate(findings.to_dict("records"), start=2):
        about = (cells["study_id"], cells["image_id"])
        found = _categories(cells["finding_categories"])
        if found is None:
            allowed = f"a list of {', '.join(map(repr, KINDS))}"
            fix = "a category that is not known is not guessed: see KINDS"
            what = ("finding_categories", cells["finding_categories"], allowed, fix)
            problems.append(refusal(FINDINGS, at, about, what))
        if not found:
            continue
        if cells["image_id"] not in of_image:
            fix = f"this film has no usable row in {BREASTS}"
            problems.append(refusal(FINDINGS, at, about, ("image_id", about[1], "a film", fix)))
            continue
        film = of_image[cells["image_id"]]
        box = _inside(cells, float(film["height"]), float(film["width"]))
        if box is None:
            said = ", ".join(cells[c] for c in ("xmin", "ymin", "xmax", "ymax"))
            allowed = f"a box within {film['width']:g} x {film['height']:g} pixels"
            what = ("xmin, ymin, xmax, ymax", said, allowed, "leave it out, or mark it anew")
            problems.append(refusal(FINDINGS, at, about, what))
            continue
        grade = re.search(r"([0-6])$", cells["finding_birads"])
        bi_rads = grade[1] if grade else ""
        facts = (film[c] for c in ("woman", "side", "view", "density"))
        rows.append((at, about[1], *facts, found, bi_rads, *box))
    names = ["box", "image_id", "woman", "side", "view", "density", "categories", "bi_rads"]
    return pd.DataFrame(rows, columns=[*names, "row", "col", "rows", "cols"])


def _categories(text: str) -> tuple[str, ...] | None:
    """Categories that are lesions, in the order of `KINDS`; None if the cell cannot be read."""
    try:
        said = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    if not isinstance(said, list) or not said or set(said) - set(KINDS):
        return None
    return tuple(c for c, kind in KINDS.items() if kind is not None and c in said)


def _inside(
    cells: Mapping[Hashable, str], height: float, width: float
) -> tuple[float, float, float, float] | None:
    """Middle and extent (rows, columns) of a box cut to the image; None if it is no box of it.

    Some boxes of the data set overhang the image by a few pixels.
    """
    try:
        x0, y0, x1, y1 = (float(cells[c]) for c in ("xmin", "ymin", "xmax", "ymax"))
    except ValueError:
        return None
    cut_x0, cut_x1 = max(x0, 0.0), min(x1, width)
    cut_y0, cut_y1 = max(y0, 0.0), min(y1, height)
    lost = max(abs(cut_x0 - x0), abs(cut_x1 - x1)) / width
    lost = max(lost, abs(cut_y0 - y0) / height, abs(cut_y1 - y1) / height)
    if not (cut_x0 < cut_x1 and cut_y0 < cut_y1 and lost <= _OVERHANG):
        return None
    return (cut_y0 + cut_y1) / 2, (cut_x0 + cut_x1) / 2, cut_y1 - cut_y0, cut_x1 - cut_x0
