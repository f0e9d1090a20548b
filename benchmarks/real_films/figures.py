"""Figures of real films, with 95 % intervals over women: where mates lie, and what tells them.

Depth is ``posterior_mm`` and height ``transverse_mm`` on the oblique; the nipple distance is that
in the plane of each film.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from corr.problems import InputError
from corr.validation import scores
from corr.validation.scores import Bootstrap

from .pairs import MATES
from .vindr import KINDS, ONE_VIEW, read_table

Floats = NDArray[np.float64]
COLUMNS = ["figure", "value", "lo", "hi", "n", "n_women"]
CLOSE_MM = 15.0
REPLICATES = 1000


def spread(values: ArrayLike, weights: Floats | None = None) -> Floats:
    """Weighted standard deviation, n - 1 in the denominator."""
    v = np.asarray(values, dtype=float)
    w = np.ones(len(v)) if weights is None else weights
    n = w.sum(axis=-1)
    middle = scores.mean(v, w)[..., None]
    squares = (w * (v - middle) ** 2).sum(axis=-1)
    return np.asarray(np.sqrt(np.where(n > 1, squares / np.maximum(n - 1, 1), np.nan)))


def slope(x: ArrayLike, y: ArrayLike, weights: Floats | None = None) -> Floats:
    """Weighted least-squares slope of y on x."""
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    w = np.ones(len(a)) if weights is None else weights
    away = a - scores.mean(a, w)[..., None]
    below = (w * away**2).sum(axis=-1)
    return np.asarray((w * away * b).sum(axis=-1) / np.where(below > 0, below, np.nan))


def rest(x: ArrayLike, y: ArrayLike, weights: Floats | None = None) -> Floats:
    """Weighted standard deviation of y once its slope on x is taken off."""
    along = slope(x, y, weights)[..., None] * np.asarray(x, dtype=float)
    off = np.asarray(y, dtype=float) - along
    w = np.ones(off.shape[-1]) if weights is None else weights
    n = w.sum(axis=-1)
    middle = (w * off).sum(axis=-1) / np.maximum(n, 1)
    squares = (w * (off - middle[..., None]) ** 2).sum(axis=-1)
    return np.asarray(np.sqrt(np.where(n > 2, squares / np.maximum(n - 2, 1), np.nan)))


def wide(findings: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """One row a case: ``pair, woman`` (of the CC), and of each film ``cc_...``, ``mlo_...``."""
    numbers = ["posterior_mm", "transverse_mm", "size_mm"]
    both = findings.merge(truth[["finding_id", "pair", "woman", "category"]], on="finding_id")
    both[numbers] = both[numbers].apply(pd.to_numeric)
    of = {v: both[both["view"] == v].set_index("case_id") for v in ("CC", "MLO")}
    names = [*numbers, "category", "finding_id"]
    films = [of[v][names].add_prefix(f"{v.lower()}_") for v in of]
    table = pd.concat([of["CC"][["pair", "woman"]], *films], axis=1)
    for view in ("cc", "mlo"):
        places = table[[f"{view}_posterior_mm", f"{view}_transverse_mm"]]
        table[f"{view}_nipple_mm"] = np.linalg.norm(places.to_numpy(), axis=1)
    return table


def figures(folder: Path, pairs_csv: Path | None = None) -> pd.DataFrame:
    """All figures of what `corr` tables in `folder` hold; with ``pairs.csv`` those of its places.

    Raises
    ------
    InputError
        If a file or a column is missing, or ``pairs.csv`` is of other findings.
    """
    files = {name: read_table(folder / f"{name}.csv", []) for name in ("findings", "truth")}
    cases = wide(files["findings"], files["truth"])
    true = cases[cases["pair"] == MATES]
    rows = [
        *_places(true),
        *_edges(read_table(folder / "films.csv", ["woman", "side", "view", "edge_mm"])),
        *_sizes(true),
        *_seen(read_table(folder / "visibility.csv", ["category", "both"])),
        *_lesions(read_table(folder / "lesions.csv", ["lesions", "breasts"])),
    ]
    gap = (cases["cc_nipple_mm"] - cases["mlo_nipple_mm"]).abs()
    rows.append(_auc("AUC of the nipple distance", cases, -gap))
    if pairs_csv is not None:
        odds = _location_odds(pairs_csv, cases)
        judged = cases.loc[odds.index]
        rows.append(_auc("AUC of the places judged (log10_location)", judged, odds))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    figure: str, score: Callable[..., Floats], women: pd.Series, *columns: pd.Series
) -> tuple[object, ...]:
    if not len(women):
        return (figure, np.nan, np.nan, np.nan, 0, 0)
    values = [c.to_numpy(dtype=float) for c in columns]
    found = Bootstrap.over(women, REPLICATES).estimate(score, women, *values)
    return (figure, *(float(x) for x in found), len(women), women.nunique())


def _places(true: pd.DataFrame) -> list[tuple[object, ...]]:
    women, height = true["woman"], true["mlo_transverse_mm"]
    depth = true["mlo_posterior_mm"] - true["cc_posterior_mm"]
    away = true["mlo_nipple_mm"] - true["cc_nipple_mm"]
    halves = women.map({w: i % 2 for i, w in enumerate(sorted(set(women)))})
    lean = "slope of depth MLO - CC on the height on the MLO"
    return [
        _row("depth MLO - CC, mean (mm)", scores.mean, women, depth),
        _row("depth MLO - CC, SD (mm)", spread, women, depth),
        _row(lean, slope, women, height, depth),
        *(
            _row(f"{lean}, half {k + 1} of the women", slope, women[of], height[of], depth[of])
            for k, of in enumerate((halves == 0, halves == 1))
        ),
        _row("depth MLO - CC, SD without the slope (mm)", rest, women, height, depth),
        _row("nipple distance MLO - CC, mean (mm)", scores.mean, women, away),
        _row("nipple distance MLO - CC, SD (mm)", spread, women, away),
        _row(f"share within {CLOSE_MM:g} mm", scores.mean, women, (away.abs() <= CLOSE_MM) * 1.0),
    ]


def _edges(films: pd.DataFrame) -> list[tuple[object, ...]]:
    """Nipple to the film's edge: of one breast on two views, of two breasts on one."""
    films = films.assign(edge_mm=pd.to_numeric(films["edge_mm"]))
    edge = films.pivot_table("edge_mm", ["woman", "side"], "view")
    both = edge.reindex(columns=["CC", "MLO"]).dropna().reset_index()
    apart = both["CC"] - both["MLO"]
    rows = [
        _row("nipple to edge, CC - MLO, mean (mm)", scores.mean, both["woman"], apart),
        _row("nipple to edge, CC - MLO, SD (mm)", spread, both["woman"], apart),
    ]
    for view in ("CC", "MLO"):
        sides = films[films["view"] == view].pivot_table("edge_mm", "woman", "side")
        pair = sides.reindex(columns=["L", "R"]).dropna().reset_index()
        name = f"nipple to edge, left - right on the {view}, SD (mm)"
        rows.append(_row(name, spread, pair["woman"], pair["L"] - pair["R"]))
    return rows


def _sizes(true: pd.DataFrame) -> list[tuple[object, ...]]:
    rows = []
    ratio = (true["cc_size_mm"] / true["mlo_size_mm"]).map(np.log)
    for kind in ("mass", "calcification"):
        of = true["cc_category"].map(KINDS) == kind
        rows.append(_row(f"ln size CC / MLO, SD, {kind}", spread, true["woman"][of], ratio[of]))
    return rows


def _seen(table: pd.DataFrame) -> list[tuple[object, ...]]:
    """Share of lesions that each film shows, of those that the other shows."""
    rows: list[tuple[object, ...]] = []
    for cells in table.to_dict("records"):
        both = int(cells["both"])
        for view, other in (("CC", "mlo"), ("MLO", "cc")):
            n = both + int(cells[f"{other}_only"])
            if n and cells["category"] != ONE_VIEW:
                name = f"seen on the {view} if on the {other.upper()}, {cells['category']}"
                rows.append((name, both / n, *_wilson(both, n), n, np.nan))
        if cells["category"] == ONE_VIEW and (n := sum(int(cells[c]) for c in list(cells)[1:])):
            rows.append((f"on both films, {ONE_VIEW}", both / n, *_wilson(both, n), n, np.nan))
    return rows


def _wilson(k: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share, as if lesions were independent."""
    middle, half = (k + z * z / 2) / (n + z * z), z * np.sqrt(k * (n - k) / n + z * z / 4)
    return float(middle - half / (n + z * z)), float(middle + half / (n + z * z))


def _lesions(table: pd.DataFrame) -> list[tuple[object, ...]]:
    numbers, breasts = (table[c].astype(int) for c in ("lesions", "breasts"))
    total = int(breasts.sum())
    if not total:
        return []
    shares = {"1": numbers == 1, "2": numbers == 2, "more": numbers > 2}
    rows: list[tuple[object, ...]] = []
    for name, which in shares.items():
        k = int(breasts[which].sum())
        share = (k / total, *_wilson(k, total))
        rows.append((f"breasts with {name} lesions of those with any", *share, total, np.nan))
    mean = float((numbers * breasts).sum() / total)
    return [*rows, ("lesions of a breast with any, mean", mean, np.nan, np.nan, total, np.nan)]


def _auc(name: str, cases: pd.DataFrame, values: pd.Series) -> tuple[object, ...]:
    return _row(name, scores.auc, cases["woman"], (cases["pair"] == MATES) * 1.0, values)


def _location_odds(path: Path, cases: pd.DataFrame) -> pd.Series:
    """``log10_location`` by case, of the cases that were judged."""
    needed = ["case_id", "finding_a", "finding_b", "log10_location"]
    table = read_table(path, needed).set_index("case_id")
    known = table[table.index.isin(cases.index)]
    expected = cases.loc[known.index]
    named = [
        {a, b} == {c, d}
        for a, b, c, d in zip(
            known["finding_a"],
            known["finding_b"],
            expected["cc_finding_id"],
            expected["mlo_finding_id"],
            strict=True,
        )
    ]
    if not len(known) or not all(named) or known.index.has_duplicates:
        msg = f"{path}: not the pairs of these findings; judge findings.csv of this folder"
        raise InputError(msg)
    return pd.to_numeric(known["log10_location"])
