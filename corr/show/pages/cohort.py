"""A cohort at a glance: how P(same) is spread, the verdicts, the problems, the agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import binomtest

from corr.exchange.tables import PAIRS, part_folder
from corr.judgement.verdict import UNDECIDED, VERDICTS, written
from corr.plain_file import plain_bytes
from corr.plurals import many
from corr.records import Breast
from corr.show.figures.parts import palette as draw

BINS = 10


def pair_rows(results: Iterable[Mapping[str, Sequence[tuple[object, ...]]]]) -> pd.DataFrame:
    """All pairs of a judged cohort, with the columns of ``pairs.csv``."""
    rows = [row for tables in results for row in tables.get("pairs", ())]
    return pd.DataFrame(rows, columns=list(PAIRS))


def read_pairs(results: str | Path) -> pd.DataFrame:
    """Pairs from the folder of tables that ``corr judge`` wrote, whole or in Parquet parts.

    Raises
    ------
    FileNotFoundError
        If there are none in it.
    """
    if (parts := part_folder(Path(results), "pairs")).is_dir():
        return pd.read_parquet(parts)
    names = ["case_id", "breast", "finding_a", "finding_b", "verdict"]
    path = Path(results) / "pairs.csv"
    table = BytesIO(plain_bytes(path))
    return pd.read_csv(table, dtype=dict.fromkeys(names, "str"), keep_default_na=False)


def with_truth(pairs: pd.DataFrame, truth: str | Path | None) -> pd.DataFrame:
    """Add ``same`` (0/1) from a table with ``finding_id, lesion_id``; pairs without truth go.

    Raises
    ------
    ValueError
        If the truth table lacks one of the two columns.
    """
    if truth is None:
        return pairs
    known = pd.read_csv(BytesIO(plain_bytes(truth)), dtype=str, keep_default_na=False)
    missing = {"finding_id", "lesion_id"} - set(known.columns)
    if missing:
        msg = f"{Path(truth).name} has no column {sorted(missing)}; needed: finding_id, lesion_id"
        raise ValueError(msg)
    lesion = known.set_index("finding_id")["lesion_id"]
    a, b = pairs["finding_a"].map(lesion), pairs["finding_b"].map(lesion)
    judged = pairs[a.notna() & b.notna()]
    return judged.assign(same=(a == b)[judged.index].astype(int))


def cohort_sentence(breasts: Sequence[Breast], pairs: pd.DataFrame, *, simulated: bool) -> str:
    """The cohort in one sentence; with the truth, how often each verdict was right."""
    open_pairs = int((pairs["verdict"] == UNDECIDED).sum())
    said = (
        f"{many(len(breasts), 'breast')} of {many(len({b.case_id for b in breasts}), 'woman')}, "
        f"{many(len(pairs), 'pair')} "
        f"of findings, of which {open_pairs} {'is' if open_pairs == 1 else 'are'} left undecided"
    )
    if "same" not in pairs:
        return f"{said}."
    same = pairs[pairs["verdict"].isin(["same", "probably same"])]
    different = pairs[pairs["verdict"].isin(["different", "probably different"])]
    which = "simulated lesions" if simulated else "known lesions"
    return (
        f"{said}; against the {which}, {int(same['same'].sum())} of {len(same)} pairs called "
        f"(probably) same are the same and "
        f"{int((1 - different['same']).sum())} of {len(different)} called "
        "(probably) different are different."
    )


def undecided_cases(pairs: pd.DataFrame, *, most: int = 10) -> pd.DataFrame:
    """Breasts with the most undecided pairs: those a reader may want to look at."""
    left = pairs[pairs["verdict"] == UNDECIDED]
    counted = left.groupby(["case_id", "breast"]).size().rename("undecided").reset_index()
    ranked = counted.sort_values("undecided", ascending=False, kind="stable")  # the rest is sorted
    return ranked[:most]


def verdict_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Number of pairs per verdict, and with a ``same`` column (0/1) how many truly are.

    Parameters
    ----------
    pairs
        Columns ``p_same, verdict`` and optionally ``same``.
    """
    grouped = pairs.groupby("verdict")
    table = grouped.size().to_frame("pairs")
    if "same" in pairs:
        table["truly same"] = grouped["same"].sum().astype(int)
    return table.reindex(VERDICTS[::-1], fill_value=0).rename_axis("verdict").reset_index()


def problem_table(problems: pd.DataFrame) -> pd.DataFrame:
    """Number of problems per field and action (rejected, ignored, flagged)."""
    if problems.empty:
        return pd.DataFrame(columns=["field", "action", "count"])
    counted = problems.groupby(["field", "action"], sort=True).size()
    return counted.rename("count").reset_index()


def calibration_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Ten fixed bins of P(same): pairs, mean P(same), truly same with a 95 % Wilson interval.

    Of an empty bin nothing is known: its interval is (0, 1).
    """
    edges = np.linspace(0, 1, BINS + 1)
    bins = np.clip(np.digitize(pairs["p_same"], edges) - 1, 0, BINS - 1)
    rows = []
    for k in range(BINS):
        chosen = pairs[bins == k]
        n, truly = len(chosen), int(chosen["same"].sum())
        low, high = binomtest(truly, n).proportion_ci(method="wilson") if n else (0.0, 1.0)
        share = truly / n if n else np.nan
        rows.append((edges[k], edges[k + 1], n, chosen["p_same"].mean(), share, low, high))
    columns = ["from", "to", "pairs", "mean P(same)", "truly same", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def calibration_shown(pairs: pd.DataFrame) -> pd.DataFrame:
    """`calibration_table` with its numbers as they are shown; nothing where a bin is empty."""
    table = calibration_table(pairs)
    said = {"mean P(same)": table["mean P(same)"].map(written)}
    said |= {c: table[c].map("{:.2f}".format) for c in ("truly same", "low", "high")}
    return table.round(2).assign(**said).replace("nan", "")


def plot_p_same(pairs: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Histogram of P(same) over all pairs; split by the truth where a ``same`` column has it."""
    ax = draw.new_axes(ax, 6.6, 3.6)
    groups = [("all pairs", pairs["p_same"], draw.SAME, "")]
    if "same" in pairs:
        truly = pairs["same"].astype(bool)
        groups = [
            ("truly different lesions", pairs.loc[~truly, "p_same"], draw.DIFFERENT, "///"),
            ("truly the same lesion", pairs.loc[truly, "p_same"], draw.SAME, ""),
        ]
    edges = np.linspace(0, 1, 21)
    width, tallest = (edges[1] - edges[0]) / len(groups), 1.0
    for k, (label, values, colour, hatch) in enumerate(groups):
        count, _ = np.histogram(values, edges)
        tallest = max(tallest, float(count.max()))
        look: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": "white", "lw": 0.5}
        look["label"] = f"{label} ({len(values)})"
        ax.bar(edges[:-1] + k * width, count, width, align="edge", **look)
    for limit in (0.1, 0.3, 0.7, 0.9):
        ax.axvline(limit, color=draw.INK, lw=0.7, ls=":")
    ax.set_yscale("symlog", linthresh=10)
    top = max(10.0, 1.6 * tallest)
    ax.set_yticks([t for t in (0, 5, 10, 100, 1000, 10000, 100000) if t <= top])
    ax.yaxis.set_major_formatter("{x:.0f}")
    ax.set(xlim=(0, 1), ylim=(0, top), ylabel="pairs of findings (logarithmic above 10)")
    ax.set_xlabel("P(same)   (dotted: limits of the verdict words)")
    ax.legend(frameon=False, fontsize=9)
    draw.open_frame(ax)
    return ax


def plot_calibration(pairs: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Share truly the same against P(same) in ten bins, with intervals and counts."""
    ax = draw.new_axes(ax, 4.6, 4.4)
    table = calibration_table(pairs)
    filled = table[table["pairs"] > 0]
    ax.plot([0, 1], [0, 1], color=draw.FAINT, lw=1.2, ls="--", label="as good as it says")
    x, y = filled["mean P(same)"].to_numpy(), filled["truly same"].to_numpy()
    error = np.abs(np.vstack([y - filled["low"], filled["high"] - y]))
    ax.errorbar(
        x, y, error, fmt="o", color=draw.SAME, ms=6, capsize=3, label="pairs (95 % interval)"
    )
    for at_x, at_y, n in zip(x, y, filled["pairs"], strict=True):
        right = at_x <= 0.8
        how = {"ha": "left" if right else "right", "va": "center", "fontsize": 8}
        draw.beside(ax, str(n), (at_x, at_y), (7 if right else -7, 0), **how)
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    ax.set(xlabel="P(same) that was stated", ylabel="share of pairs truly the same")
    ax.legend(frameon=False, fontsize=9, loc="upper left")
    draw.open_frame(ax)
    return ax
