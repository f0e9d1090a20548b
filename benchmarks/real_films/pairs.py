"""True mates on CC and MLO, swapped ones with another woman's oblique, as the tables of `corr`.

Mates are found without looking at places: one box of a category on each film of a breast, or as
many on both films, each with a BI-RADS category of its own. What is not plain is left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from .vindr import KINDS, ONE_VIEW

VIEWS = ("CC", "MLO")
SWAPS, TOLERANCE_MM, SEED = 3, 10.0, 1
FINDINGS = [
    *("case_id", "breast", "finding_id", "modality", "exam_id", "view", "kind", "bi_rads"),
    *("size_mm", "size2_mm", "posterior_mm", "transverse_mm"),
]
BREASTS = [
    *("case_id", "breast", "exam_cc", "exam_mlo", "density"),
    *("cc_nipple_to_edge_mm", "mlo_nipple_to_edge_mm"),
]
TRUTH = ["finding_id", "lesion_id", "case_id", "breast", "pair", "woman", "image_id", "category"]
MATES, SWAPPED = "mates", "swapped"
_EXAM = "MG"
Box = dict[Hashable, Any]
Pair = dict[str, Box]
"""A box on the CC and one on the MLO, by view; cells as `measure` gives them, and category."""


def mates(boxes: pd.DataFrame) -> pd.DataFrame:
    """Rows ``CC, MLO`` (values of ``box``) and ``category``: boxes that are one lesion."""
    of_breast: dict[tuple[str, str], list[Box]] = {}
    for box in boxes.to_dict("records"):
        of_breast.setdefault((box["woman"], box["side"]), []).append(box)
    rows = [pair for key in sorted(of_breast) for pair in _of_breast(of_breast[key])]
    return pd.DataFrame(rows, columns=[*VIEWS, "category"])


def _of_breast(boxes: list[Box]) -> Iterator[tuple[int, int, str]]:
    found: dict[tuple[int, int], str] = {}
    for category in (c for c in KINDS if c != ONE_VIEW):
        alike = [b for b in boxes if category in b["categories"]]
        cc, mlo = ([b for b in alike if b["view"] == view] for view in VIEWS)
        if len(cc) == len(mlo) == 1:
            found.setdefault((cc[0]["box"], mlo[0]["box"]), category)
            continue
        graded = [{b["bi_rads"]: b["box"] for b in film} for film in (cc, mlo)]
        own = len(graded[0]) == len(cc) == len(mlo) and "" not in graded[0]
        if own and set(graded[0]) == set(graded[1]):
            for grade in sorted(graded[0]):
                found.setdefault((graded[0][grade], graded[1][grade]), category)
    for pair, category in found.items():
        if all(p == pair or not set(p) & set(pair) for p in found):  # one mate each
            yield *pair, category


def seen_on(boxes: pd.DataFrame, films: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How many lesions of a category which films show, and how many breasts have how many lesions.

    Of breasts with both films; no nipple is needed. Boxes of a category are matched by their
    number: two on the CC and one on the MLO are one on both and one on the CC only. A box of
    several categories is one lesion: its first counts.

    Returns
    -------
    DataFrame, DataFrame
        ``category, both, cc_only, mlo_only``; ``lesions, breasts``
    """
    breast = ["woman", "side"]
    films_of = films.groupby(breast)["view"].nunique()
    first = boxes.assign(category=boxes["categories"].map(lambda cs: cs[0]))
    first = first.join(films_of.rename("films"), on=breast)
    first = first[first["films"] == len(VIEWS)]
    counts = first.pivot_table("box", [*breast, "category"], "view", "count", fill_value=0)
    counts = counts.reindex(columns=list(VIEWS), fill_value=0).astype(int)
    both = counts.min(axis=1)
    only = {f"{view.lower()}_only": counts[view] - both for view in VIEWS}
    shown = pd.DataFrame({"both": both, **only}).groupby("category").sum()
    shown = shown.reindex([c for c, kind in KINDS.items() if kind], fill_value=0)
    lesions = counts.max(axis=1).groupby(breast).sum().value_counts().sort_index()
    return shown.reset_index(), lesions.rename_axis("lesions").reset_index(name="breasts")


def pair_rows(boxes: pd.DataFrame, found: pd.DataFrame) -> list[Pair]:
    """Mates that are measured on both films, in an order that is not that of the rows."""
    by_box = {box["box"]: box for box in boxes.to_dict("records")}
    rows = [
        {v: {**by_box[row[v]], "category": row["category"]} for v in VIEWS}
        for row in found.to_dict("records")
        if row["CC"] in by_box and row["MLO"] in by_box
    ]
    order = ("woman", "side", "category", "row", "col")
    return sorted(rows, key=lambda pair: [pair["CC"][k] for k in order])


def swapped(
    pairs: list[Pair],
    swaps: int = SWAPS,
    tolerance_mm: float = TOLERANCE_MM,
    seed: int = SEED,
) -> Iterator[tuple[int, Pair]]:
    """Each pair's CC with obliques of up to `swaps` other women, and the number of the pair.

    Their nipples lie as far from the edge of the oblique, within `tolerance_mm`.
    """
    for i, mine in enumerate(pairs):
        donors = [
            other["MLO"]
            for other in pairs
            if other["MLO"]["woman"] != mine["MLO"]["woman"]
            and abs(other["MLO"]["edge_mm"] - mine["MLO"]["edge_mm"]) <= tolerance_mm
        ]
        rng = np.random.default_rng([seed, i])
        for k in rng.permutation(len(donors))[:swaps]:
            yield i, {"CC": mine["CC"], "MLO": donors[k]}


def tables(pairs: list[Pair], others: Iterable[tuple[int, Pair]]) -> dict[str, pd.DataFrame]:
    """``findings, breasts, truth``: every pair is a case of its own, with one finding on each film.

    A swapped oblique is written under the side of its CC: lateral and upper outer mean the same
    on both sides.
    """
    findings: list[tuple[object, ...]] = []
    breasts: list[tuple[object, ...]] = []
    truth: list[tuple[object, ...]] = []
    lesion = {p["MLO"]["box"]: f"lesion-{i:04d}" for i, p in enumerate(pairs, start=1)}
    lesion |= {p["CC"]["box"]: f"lesion-{i:04d}" for i, p in enumerate(pairs, start=1)}
    cases = [(f"mates-{i:04d}", MATES, p) for i, p in enumerate(pairs, start=1)]
    number: dict[int, int] = {}
    for i, pair in others:
        number[i] = number.get(i, 0) + 1
        cases.append((f"swapped-{i + 1:04d}-{number[i]}", SWAPPED, pair))
    for case, what, pair in cases:
        side = pair["CC"]["side"]
        edges = [round(float(pair[v]["edge_mm"]), 2) for v in VIEWS]
        breasts.append((case, side, 1, 1, pair["CC"]["density"], *edges))
        for view in VIEWS:
            box = pair[view]
            name, kind = f"{case}-{view}", KINDS[box["category"]]
            mm = [round(float(box[c]), 2) for c in FINDINGS[-4:]]
            grade = box["bi_rads"]
            findings.append((case, side, name, "MG", _EXAM, view, kind, grade, *mm))
            of_box = (box["woman"], box["image_id"], box["category"])
            truth.append((name, lesion[box["box"]], case, side, what, *of_box))
    return {
        "findings": pd.DataFrame(findings, columns=FINDINGS),
        "breasts": pd.DataFrame(breasts, columns=BREASTS),
        "truth": pd.DataFrame(truth, columns=TRUTH),
    }
