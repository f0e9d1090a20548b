"""A cohort at a glance: how P(same) is spread, the verdicts, the problems, the agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from corr.exchange.tables import PAIRS
from corr.judgement.verdict import UNDECIDED, VERDICTS, written
from corr.plain_file import plain_bytes
from corr.records import Breast
from corr.show.figures.parts.palette import DIFFERENT, FAINT, INK, SAME, new_axes, open_frame

BINS = 10


def pair_rows(results: Iterable[Mapping[str, Sequence[tuple[object, ...]]]]) -> pd.DataFrame:
    """All pairs of a judged cohort, with the columns of ``pairs.csv``."""
    rows = [row for tables in results for row in tables.get("pairs", ())]
    return pd.DataFrame(rows, columns=list(PAIRS))


def read_pairs(results: str | Path) -> pd.DataFrame:
    """Pairs from the folder of tables that ``corr judge`` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no ``pairs.csv`` in it.
    """
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
        f"{len(breasts)} breasts of {len({b.case_id for b in breasts})} women, {len(pairs)} pairs "
        f"of findings, of which {open_pairs} are left undecided"
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
    return counted.sort_values(["undecided", "case_id", "breast"], ascending=[False, True, True])[
        :most
    ]


def verdict_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Number of pairs per verdict, and with a ``same`` column (0/1) how many truly are.

    Parameters
    ----------
    pairs
        Columns ``p_same, verdict`` and optionally ``same``.
    """
    rows = []
    for verdict in reversed(VERDICTS):
        chosen = pairs[pairs["verdict"] == verdict]
        row: dict[str, object] = {"verdict": verdict, "pairs": len(chosen)}
        if "same" in pairs:
            row["truly same"] = int(chosen["same"].sum())
        rows.append(row)
    return pd.DataFrame(rows)


def problem_table(problems: pd.DataFrame) -> pd.DataFrame:
    """Number of problems per field and action (rejected, ignored, flagged)."""
    if problems.empty:
        return pd.DataFrame(columns=["field", "action", "count"])
    counted = problems.groupby(["field", "action"], sort=True).size()
    return counted.rename("count").reset_index()


def calibration_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Ten fixed bins of P(same): pairs, mean P(same), truly same with a 95 % Wilson interval."""
    edges = np.linspace(0, 1, BINS + 1)
    bins = np.clip(np.digitize(pairs["p_same"], edges) - 1, 0, BINS - 1)
    rows = []
    for k in range(BINS):
        chosen = pairs[bins == k]
        n, truly = len(chosen), float(chosen["same"].sum())
        low, high = wilson(truly, n)
        rows.append(
            {
                "from": edges[k],
                "to": edges[k + 1],
                "pairs": n,
                "mean P(same)": float(chosen["p_same"].mean()) if n else np.nan,
                "truly same": truly / n if n else np.nan,
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows)


def calibration_shown(pairs: pd.DataFrame) -> pd.DataFrame:
    """`calibration_table` with its numbers as they are shown; nothing where a bin is empty."""
    table = calibration_table(pairs)
    said = {"mean P(same)": table["mean P(same)"].map(written)}
    said |= {c: table[c].map("{:.2f}".format) for c in ("truly same", "low", "high")}
    return table.round(2).assign(**said).replace("nan", "")


def wilson(successes: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson score interval of a share; (0, 1) when there is nothing to count.

    >>> [round(v, 3) for v in wilson(0, 10)]
    [0.0, 0.278]
    """
    if n == 0:
        return 0.0, 1.0
    share = successes / n
    middle = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = ((middle + s * half) / (1 + z**2 / n) for s in (-1, 1))
    return min(share, max(0.0, float(low))), max(share, min(1.0, float(high)))


def plot_p_same(pairs: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Histogram of P(same) over all pairs; split by the truth where a ``same`` column has it."""
    ax = new_axes(ax, 6.6, 3.6)
    edges = np.linspace(0, 1, 21)
    if "same" in pairs:
        truly = pairs["same"].astype(bool)
        groups = [
            ("truly different lesions", pairs.loc[~truly, "p_same"], DIFFERENT, "///"),
            ("truly the same lesion", pairs.loc[truly, "p_same"], SAME, ""),
        ]
    else:
        groups = [("all pairs", pairs["p_same"], SAME, "")]
    width = np.diff(edges)[0] / len(groups)
    tallest = 1.0
    for k, (label, values, colour, hatch) in enumerate(groups):
        count, _ = np.histogram(values, edges)
        tallest = max(tallest, float(count.max()))
        ax.bar(
            edges[:-1] + k * width,
            count,
            width,
            align="edge",
            color=colour,
            hatch=hatch,
            edgecolor="white",
            lw=0.5,
            label=f"{label} ({len(values)})",
        )
    for limit in (0.1, 0.3, 0.7, 0.9):
        ax.axvline(limit, color=INK, lw=0.7, ls=":")
    ax.set_yscale("symlog", linthresh=10)
    top = max(10.0, 1.6 * tallest)
    ax.set_ylim(0, top)
    ax.set_yticks([t for t in (0, 5, 10, 100, 1000, 10000, 100000) if t <= top])
    ax.yaxis.set_major_formatter("{x:.0f}")
    ax.set_xlim(0, 1)
    ax.set_xlabel("P(same)   (dotted: limits of the verdict words)")
    ax.set_ylabel("pairs of findings (logarithmic above 10)")
    ax.legend(frameon=False, fontsize=9)
    open_frame(ax)
    return ax


def plot_calibration(pairs: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Share truly the same against P(same) in ten bins, with intervals and counts."""
    ax = new_axes(ax, 4.6, 4.4)
    table = calibration_table(pairs)
    filled = table[table["pairs"] > 0]
    ax.plot([0, 1], [0, 1], color=FAINT, lw=1.2, ls="--", label="as good as it says")
    x, y = filled["mean P(same)"].to_numpy(), filled["truly same"].to_numpy()
    error = np.abs(np.vstack([y - filled["low"], filled["high"] - y]))
    ax.errorbar(x, y, error, fmt="o", color=SAME, ms=6, capsize=3, label="pairs (95 % interval)")
    for at_x, at_y, n in zip(x, y, filled["pairs"], strict=True):
        side = -1 if at_x > 0.8 else 1
        ax.annotate(
            str(n),
            (at_x, at_y),
            (side * 7, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
            fontsize=8,
        )
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.03, 1.03)
    ax.set_aspect("equal")
    ax.set_xlabel("P(same) that was stated")
    ax.set_ylabel("share of pairs truly the same")
    ax.legend(frameon=False, fontsize=9, loc="upper left")
    open_frame(ax)
    return ax
