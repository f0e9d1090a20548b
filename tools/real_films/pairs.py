"""True mates on CC and MLO, swapped ones with another woman's oblique, as the tables of `corr`.

Mates are found without looking at places: one box of a category on each film of a breast, or as
many on both films, each with a BI-RADS category of its own. What is not plain is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

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
_EXAM = "MG"


def mates(boxes: pd.DataFrame) -> pd.DataFrame:
    """Rows ``CC, MLO`` (values of ``box``) and ``category``: boxes that are one lesion."""
    rows = chain.from_iterable(_of_breast(b) for _, b in boxes.groupby(["woman", "side"]))
    return pd.DataFrame(rows, columns=[*VIEWS, "category"])


def _of_breast(boxes: pd.DataFrame) -> Iterator[tuple[int, int, str]]:
    found: dict[tuple[int, int], str] = {}
    for category in (c for c in KINDS if c != ONE_VIEW):
        alike = boxes[boxes["categories"].map(lambda cs, c=category: c in cs)]
        cc, mlo = (alike[alike["view"] == view] for view in VIEWS)
        if len(cc) != len(mlo):
            continue
        grades = [dict(zip(f["bi_rads"], f["box"], strict=True)) for f in (cc, mlo)]
        if len(cc) == 1:
            found.setdefault((int(cc["box"].iloc[0]), int(mlo["box"].iloc[0])), category)
        elif "" not in grades[0] and len(grades[0]) == len(cc) and {*grades[0]} == {*grades[1]}:
            for grade in sorted(grades[0]):
                found.setdefault((int(grades[0][grade]), int(grades[1][grade])), category)
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


def pair_rows(boxes: pd.DataFrame, found: pd.DataFrame) -> list[dict[str, pd.Series]]:
    """Mates that are measured on both films, in an order that is not that of the rows."""
    by_box = boxes.set_index("box", drop=False)
    known = found[found["CC"].isin(by_box.index) & found["MLO"].isin(by_box.index)]
    rows = [
        {"CC": by_box.loc[cc], "MLO": by_box.loc[mlo]}
        for cc, mlo in zip(known["CC"], known["MLO"], strict=True)
    ]
    for row, category in zip(rows, known["category"], strict=True):
        for view in VIEWS:
            row[view] = pd.concat([row[view], pd.Series({"category": category})])
    return sorted(rows, key=lambda r: _key(r["CC"]))


def _key(box: pd.Series) -> tuple[object, ...]:
    return (box["woman"], box["side"], box["category"], box["row"], box["col"])


def swapped(
    pairs: list[dict[str, pd.Series]],
    swaps: int = SWAPS,
    tolerance_mm: float = TOLERANCE_MM,
    seed: int = SEED,
) -> Iterator[tuple[int, dict[str, pd.Series]]]:
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


def tables(
    pairs: list[dict[str, pd.Series]], others: Iterable[tuple[int, dict[str, pd.Series]]]
) -> dict[str, pd.DataFrame]:
    """``findings, breasts, truth``: every pair is a case of its own, with one finding on each film.

    A swapped oblique is written under the side of its CC: lateral and upper outer mean the same
    on both sides.
    """
    findings: list[tuple[object, ...]] = []
    breasts: list[tuple[object, ...]] = []
    truth: list[tuple[object, ...]] = []
    lesion = {p["MLO"]["box"]: f"lesion-{i:04d}" for i, p in enumerate(pairs, start=1)}
    lesion |= {p["CC"]["box"]: f"lesion-{i:04d}" for i, p in enumerate(pairs, start=1)}
    cases = [(f"true-{i:04d}", "true", p) for i, p in enumerate(pairs, start=1)]
    number: dict[int, int] = {}
    for i, pair in others:
        number[i] = number.get(i, 0) + 1
        cases.append((f"swapped-{i + 1:04d}-{number[i]}", "swapped", pair))
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
