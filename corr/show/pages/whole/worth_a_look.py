"""Pairs of a judged table that a reader may want to look at, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from corr.judgement.verdict import UNDECIDED
from corr.plurals import many
from corr.records import Breast
from corr.show.pages.whole.finder import Column, finder
from corr.show.wording.html import Snippet
from corr.show.wording.text import noun
from corr.validation.baselines import CLOCK_LIMIT_H, clock_and_distance
from corr.validation.features import pair_features

Mask = NDArray[np.bool_]
ONE, TWO = ("same", "probably same"), ("different", "probably different")
LIKELY = 0.5
"""P(same) before places, kinds and sizes above which one lesion was likely."""
AGAINST = -0.5
"""log10 odds that kinds and sizes take away, or add, to contradict a verdict: a factor 3."""
MOST = 300
"""Pairs of each reason that travel with a page: those whose odds moved farthest from the prior."""


def reasons(pairs: pd.DataFrame, breasts: Sequence[Breast]) -> dict[str, Mask]:
    """Which pairs are worth a look, by the reason.

    Parameters
    ----------
    pairs : as `asked_pairs` gives them
    """
    one, two = pairs["verdict"].isin(ONE), pairs["verdict"].isin(TWO)
    alike = pairs["log10_kind"] + pairs["log10_size"]
    says_one, says_two = _rules(pairs, breasts)
    open_pairs = pairs["verdict"] == UNDECIDED
    found = {
        "one lesion, though kinds or sizes speak against it": one & (alike < AGAINST),
        "two lesions, though kinds and sizes speak for one": two & (alike > -AGAINST),
        "undecided, though likely one beforehand": open_pairs & (pairs["prior"] > LIKELY),
        "two lesions, though each is nearest to the other by the hour": two & says_one,
        "one lesion, though hour or distance from the nipple differ": one & says_two,
    }
    return {why: np.asarray(mask, dtype=bool) for why, mask in found.items()}


def _rules(pairs: pd.DataFrame, breasts: Sequence[Breast]) -> tuple[Mask, Mask]:
    """Where simple rules say one lesion (nearest by the hour), and where two (hour, distance)."""
    rows = pair_features(breasts)
    if rows.empty:
        nothing = np.zeros(len(pairs), dtype=bool)
        return nothing, nothing
    hours = rows["clock_diff_h"]
    who = ["case_id", "breast"]
    nearest = hours <= CLOCK_LIMIT_H
    for mine, other in (("finding_a", "reading_b"), ("finding_b", "reading_a")):
        nearest &= hours == hours.groupby([rows[c] for c in (*who, mine, other)]).transform("min")
    said = pd.DataFrame({"one": nearest, "two": clock_and_distance(rows) == 0})
    said.index = pd.Index(_keys(rows))
    said = said[~said.index.duplicated()].reindex(_keys(pairs), fill_value=False)
    return said["one"].to_numpy(bool), said["two"].to_numpy(bool)


def _keys(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Two findings, whichever stands first."""
    both = zip(rows["finding_a"], rows["finding_b"], strict=True)
    return [(a, b) if a < b else (b, a) for a, b in both]


def look_table(pairs: pd.DataFrame, found: Mapping[str, Mask], pages: Mapping[str, str]) -> Snippet:
    """The pairs worth a look, to be sorted and filtered by the reason.

    Parameters
    ----------
    found : as `reasons` gives it
    pages : address of the page of each case that has one
    """
    now = logit(pairs["p_same"].clip(1e-9, 1 - 1e-9)) / np.log(10)
    strength = np.abs(now - pairs["log10_prior"]).to_numpy(float)
    kept = np.zeros(len(pairs), dtype=bool)
    for mask in found.values():
        strongest = np.argsort(np.where(mask, -strength, np.inf), kind="stable")[:MOST]
        kept[strongest[mask[strongest]]] = True
    some = pairs[kept]
    why = [[w for w, mask in found.items() if mask[k]] for k in np.flatnonzero(kept)]
    cases = list(some["case_id"])
    columns = [
        Column("case", cases, links=[pages.get(c, "") for c in cases]),
        Column("findings", (some["finding_a"] + " = " + some["finding_b"]).tolist()),
        Column("kinds", (_what(some, "a") + ", " + _what(some, "b")).tolist()),
        Column("prior", some["prior"].tolist(), p=True),
        Column("P(same)", some["p_same"].tolist(), p=True),
        Column("why", why, words=True),
    ]
    return finder(columns, "Pairs worth a look")


def _what(pairs: pd.DataFrame, end: str) -> pd.Series:
    kinds = pairs[f"kind_{end}"].replace("", "finding").map(noun)
    return pairs[f"modality_{end}"] + " " + kinds


def look_sentences(found: Mapping[str, Mask]) -> list[str]:
    """How many pairs there are for each reason."""
    return [f"{many(int(mask.sum()), 'pair')}: {why}" for why, mask in found.items() if mask.any()]


def breast_table(
    pairs: pd.DataFrame,
    breasts: Sequence[Breast],
    found: Mapping[str, Mask],
    problems: Mapping[str, int],
    pages: Mapping[str, str],
) -> Snippet:
    """Every breast, a row each, to be sorted, searched and filtered."""
    index = pd.MultiIndex.from_tuples([(b.case_id, b.side) for b in breasts])
    by_breast = pairs.assign(
        open=(pairs["verdict"] == UNDECIDED).to_numpy(), look=np.any(list(found.values()), axis=0)
    ).groupby(["case_id", "breast"])
    sums = by_breast.agg(
        pairs=("p_same", "size"), open=("open", "sum"), look=("look", "sum"), p=("p_same", "max")
    ).reindex(index)
    counts = sums[["pairs", "open", "look"]].fillna(0).astype(int)
    cases = [b.case_id for b in breasts]
    had = [[m for m in ("MG", "CEM", "US", "MR") if m in _seen(b)] for b in breasts]
    highest = [None if np.isnan(p) else p for p in sums["p"].tolist()]
    columns = [
        Column("case", cases, links=[pages.get(c, "") for c in cases]),
        Column("breast", [[b.side] for b in breasts], words=True),
        Column("findings", [len(b.findings) for b in breasts]),
        Column("reported by", had, words=True),
        Column("pairs", counts["pairs"].tolist()),
        Column("undecided", counts["open"].tolist()),
        Column("worth a look", counts["look"].tolist()),
        Column("highest P(same)", highest, p=True),
        Column("problems", [problems.get(c, 0) for c in cases]),
    ]
    return finder(columns, "Every breast")


def _seen(breast: Breast) -> set[str]:
    return {f.modality for f in breast.findings}
