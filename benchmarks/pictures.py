"""Pictures of how far to trust it: reliability, scores, coverage, sensitivity, checks, films."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.committed import BESIDE, LEVELS, SUBSETS, CohortResult
from benchmarks.compression.compressed_shapes import Squeezed, claim, unmagnified
from benchmarks.published.checks import Check
from corr.show.figures.parts.palette import (  # fmt: skip
    COLOURS,
    DIFFERENT,
    FAINT,
    INK,
    MARKERS,
    SAME,
    new_axes,
    new_figure,
    open_frame,
)
from corr.validation.measures import CORR

MODALITY_PAIRS = {
    "MG-MG": "film-film",
    "MG-MR": "film-MRI",
    "MG-US": "film-US",
    "US-MR": "US-MRI",
    "without film-to-stereo": "without\nfilm-stereo",
}


def plot_reliability(result: CohortResult, *, ax: Axes | None = None) -> Axes:
    """Observed against stated in ten bins, corr with intervals and baselines beside it."""
    ax = new_axes(ax, 5.2, 4.9)
    ax.plot([0, 1], [0, 1], color=FAINT, lw=1.2, ls="--")
    for k, method in enumerate((*BESIDE, CORR)):
        bins = result.reliability[result.reliability["method"] == method]
        bins = bins[bins["n"] > 0]
        x, y = bins["mean_p"], bins["observed"]
        if method == CORR:
            error = np.abs(np.vstack([y - bins["lo"], bins["hi"] - y]))
            ax.errorbar(x, y, error, fmt="o-", color=INK, ms=6, capsize=3, lw=1.4, label=CORR)
        elif len(bins):
            ax.plot(
                x, y, ":", marker=MARKERS[k + 1], color=COLOURS[k], alpha=0.75, lw=1, ms=5,
                label=method,
            )  # fmt: skip
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    ax.set(xlabel="probability that was stated", ylabel="share of pairs truly the same")
    ax.legend(frameon=False, fontsize=8, loc="upper left")
    open_frame(ax)
    return ax


def figure_reliability(cohorts: Mapping[str, CohortResult]) -> Figure:
    """`plot_reliability` of each cohort side by side."""
    figure = new_figure(5.2 * len(cohorts), 4.9)
    axes = figure.subplots(1, len(cohorts), squeeze=False)[0]
    for ax, (title, result) in zip(axes, cohorts.items(), strict=True):
        plot_reliability(result, ax=ax).set_title(title)
    return figure


def plot_log_loss(result: CohortResult, *, ax: Axes | None = None) -> Axes:
    """Log-loss of corr and baselines for each subset, with 95 % intervals over women."""
    ax = new_axes(ax, 9.6, 4.2)
    s = result.scores[result.scores["metric"] == "log_loss"].set_index(["method", "subset"])
    methods = [m for m in (CORR, *BESIDE) if m in s.index.get_level_values(0)]
    subsets = [k for k in SUBSETS if (CORR, k) in s.index]
    width = 0.8 / len(methods)
    for k, method in enumerate(methods):
        part = s.loc[[(method, subset) for subset in subsets]]
        at = np.arange(len(subsets)) + (k - (len(methods) - 1) / 2) * width
        error = np.abs(np.vstack([part["value"] - part["lo"], part["hi"] - part["value"]]))
        colour = INK if method == CORR else COLOURS[k - 1]
        hatch = "" if method == CORR else "//"
        ax.bar(
            at, part["value"], 0.92 * width, color=colour, hatch=hatch, edgecolor="white", lw=0.5,
            label=method,
        )  # fmt: skip
        ax.errorbar(at, part["value"], error, fmt="none", ecolor="#000000", lw=1, capsize=2)
    names = [MODALITY_PAIRS.get(k, k).replace("hard ", "hard\n") for k in subsets]
    ax.set_xticks(np.arange(len(subsets)), names)
    ax.set_ylim(0, 1.25 * float(s.loc[methods]["hi"].max()))
    ax.set_ylabel("log-loss (lower is better)")
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="upper left")
    open_frame(ax)
    return ax


def plot_coverage(result: CohortResult, *, ax: Axes | None = None) -> Axes:
    """Share of true positions inside regions that should hold 50, 80 and 95 % of them."""
    ax = new_axes(ax, 5.2, 4.2)
    s = result.localisation.set_index(["subset", "metric"])
    for k, (modality, name) in enumerate({"MG": "film", "US": "ultrasound", "MR": "MRI"}.items()):
        part = s.loc[[(modality, f"inside_{level}%") for level in LEVELS]]
        error = np.abs(np.vstack([part["value"] - part["lo"], part["hi"] - part["value"]]))
        at = np.arange(len(LEVELS)) + 0.2 * (k - 1)
        ax.errorbar(
            at, part["value"], error, fmt=MARKERS[k], color=COLOURS[k], ms=7, capsize=3, label=name
        )
    for k, level in enumerate(LEVELS):
        ax.plot([k - 0.35, k + 0.35], [level / 100] * 2, color=INK, lw=1.4, ls="--")
    ax.set_xticks(np.arange(len(LEVELS)), [f"{level} %" for level in LEVELS])
    ax.set(xlabel="what the region should hold (dashed)", ylabel="share of true positions inside")
    ax.legend(frameon=False, fontsize=9, loc="lower right")
    open_frame(ax)
    return ax


def figure_coverage(cohorts: Mapping[str, CohortResult]) -> Figure:
    """`plot_coverage` of each cohort side by side on one scale."""
    figure = new_figure(5.2 * len(cohorts), 4.2)
    shares = pd.concat([r.localisation for r in cohorts.values()])
    shares = shares[shares["metric"].str.startswith("inside") & (shares["subset"] != "all")]
    axes = figure.subplots(1, len(cohorts), squeeze=False, sharey=True)[0]
    for ax, (title, result) in zip(axes, cohorts.items(), strict=True):
        plot_coverage(result, ax=ax).set_title(title)
    axes[0].set_ylim(min(0.5, float(shares["lo"].min())) - 0.05, 1.02)
    return figure


def plot_sensitivity(result: CohortResult, *, ax: Axes | None = None) -> Axes:
    """What the x 0.7 / x 1.5 band does to verdicts, for each pair of modalities."""
    ax = new_axes(ax, 8.4, 3.8)
    table = result.verdict_shares.set_index("modality_pair")
    table = table.loc[[k for k in SUBSETS if k in table.index]]
    names: list[str] = table.index.tolist()
    columns = {
        "undecided_without_band": ("undecided, without the band", FAINT, ""),
        "undecided": ("undecided, with the band", INK, ""),
        "another_word": ("another word at an end of the band", COLOURS[4], "//"),
        "called_wrong": ("wrong, of the verdicts given", DIFFERENT, "xx"),
    }
    for k, (column, (label, colour, hatch)) in enumerate(columns.items()):
        at = np.arange(len(table)) + 0.2 * (k - 1.5)
        ax.bar(at, 100 * table[column], 0.18, color=colour, hatch=hatch, edgecolor="white",
               label=label)  # fmt: skip
    ax.set_xticks(np.arange(len(table)), [MODALITY_PAIRS.get(k, k) for k in names])
    ax.set_ylabel("% of pairs")
    ax.set_ylim(0, 1.45 * 100 * float(table[list(columns)].to_numpy().max()))
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="upper left")
    open_frame(ax)
    return ax


def plot_checks(checks: Sequence[Check], *, ax: Axes | None = None) -> Axes:
    """Ours over the middle of each accepted range, on a log axis; bars are the ranges.

    The open end of the line is ours if the images had been registered (`Check.registered`).
    """
    ax = new_axes(ax, 9.6, 4.4)
    for row, check in enumerate(checks):
        middle = np.sqrt(check.low * check.high)
        low, high = check.low / middle, check.high / middle
        ax.plot([low, high], [row, row], color=FAINT, lw=9, solid_capstyle="butt", zorder=1)
        colour, marker = (SAME, "o") if check.inside else (DIFFERENT, "D")
        ends = np.array([check.registered, check.ours]) / middle
        ax.plot(ends, [row, row], color=colour, lw=1, zorder=2)
        ax.plot(ends[0], row, marker, color=colour, mfc="white", ms=5, zorder=3)
        ax.plot(ends[1], row, marker, color=colour, ms=8, zorder=3)
    ax.axvline(1.0, color=INK, lw=0.7, ls=":")
    ax.set_yticks(range(len(checks)), [c.name.replace(": ", ":\n") for c in checks], fontsize=8)
    ax.invert_yaxis()
    ax.set_xscale("log")
    ticks = (0.25, 0.5, 1, 2, 4)
    shown = [t for t in ticks if ax.get_xlim()[0] <= t <= ax.get_xlim()[1]]
    ax.set_xticks(shown, [f"{t:g}" for t in shown])
    ax.minorticks_off()
    ax.set_xlabel(
        "ours over published (grey: accepted; circle: inside, diamond: outside;\n"
        "open: ours if the images had been registered)"
    )
    open_frame(ax)
    return ax


def plot_worlds(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Log-loss in drawn worlds (`benchmarks.simulated.worlds.world_table`) beside what was stated.

    Open: what P(same) lets expect, with its 95 % interval; a tick: a judge who knows the world.
    """
    ax = new_axes(ax, 9.6, 0.42 * len(table) + 0.9)
    rows = np.arange(len(table))
    stated, half = table["log_loss"] - table["excess"], 1.96 * table["excess_sd"]
    ax.barh(rows, 2 * half, 0.5, left=stated - half, color=FAINT, alpha=0.5)
    ax.plot(stated, rows, "|", color=INK, ms=13, mew=1.4, label="expected from what was stated")
    off = np.abs(table["excess"]) > half
    ax.plot(table["log_loss"][~off], rows[~off], "o", color=SAME, ms=8, label="corr, as expected")
    ax.plot(
        table["log_loss"][off], rows[off], "D", color=DIFFERENT, ms=8, label="corr, not as expected"
    )
    ax.plot(
        table["log_loss_told"], rows, "o", mfc="none", mec=INK, ms=13, label="a judge who is told"
    )
    ax.set_yticks(rows, table["world"], fontsize=9)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.1 * float(np.nanmax([table["log_loss"], stated + half])))
    ax.set_xlabel("log-loss (lower is better; 0.69 is a coin)")
    ax.legend(frameon=False, fontsize=9, loc="lower left")
    open_frame(ax)
    return ax


def plot_compression(squeezed: Squeezed, *, ax: Axes | None = None) -> Axes:
    """Where points of a compressed breast are on the CC and where they are expected.

    Hung as a right breast: x = posterior, y = transverse, mm from the nipple. The grey line
    is the 80 % region of one point, all errors of a film included.
    """
    ax = new_axes(ax, 6.6, 6.0)
    here = claim(squeezed, unmagnified())
    expected, measured = here.expected(), squeezed.on_film
    ax.plot(*np.stack([expected, measured]).transpose(2, 0, 1), color=FAINT, lw=1)
    ax.plot(*expected.T, "o", mfc="white", mec=INK, ms=5, label="expected")
    ax.plot(*measured.T, "o", color=SAME, ms=5, label="by finite elements")
    ax.plot(0, 0, "+", color=INK, ms=12, mew=2)
    ax.annotate("nipple", (0, 0), (0, -14), textcoords="offset points", ha="center", fontsize=9)
    one = int(np.argmin(np.linalg.norm(expected - np.median(expected, axis=0), axis=1)))
    grid = np.stack(np.meshgrid(*(c + np.linspace(-30, 30, 61) for c in expected[one])), axis=-1)
    depth = here.depth_in_region(one, 0.8, grid.reshape(-1, 2)).reshape(61, 61)
    ax.contour(grid[..., 0], grid[..., 1], depth, levels=[1.0], colors=[FAINT], linewidths=1.5)
    ax.plot([], [], color=FAINT, lw=1.5, label="80 % region of one point")
    ax.axvline(squeezed.field_mm, color=INK, lw=1, ls="--", label="edge of the film")
    ax.set_xlim(-12.0, 80.0)
    ax.set(xlabel="behind the nipple, mm", ylabel="across the film, mm (+ lateral)", aspect="equal")
    ax.legend(frameon=False, fontsize=9, loc="upper left")
    open_frame(ax)
    return ax
