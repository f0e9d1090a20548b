"""Sizes of each lesion over the dates, with what they err by and what change could be detected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.dates import Date, dates
from corr.judgement.result import Judgement
from corr.judgement.verdict import written
from corr.questions.change.change import Change, changes
from corr.questions.change.growth import Sized, sizes
from corr.records import MODALITIES, Finding
from corr.show.figures.parts import palette as draw
from corr.show.figures.parts.labels import set_apart
from corr.show.wording.change_words import NOT_AGAIN, NOT_BEFORE, probability
from corr.show.wording.text import short_names

T80 = 1.533
"""80 % of a t distribution with 4 degrees of freedom lie within so many scales."""
SIZES_MM = (2, 3, 5, 7, 10, 15, 20, 30, 50, 100)
UNSIZED = "#f0f0f0"
"""Ground of the row of lesions without a size."""
AT_ONE_DATE = "at one date"
"""Labels of what one date alone reported; neighbours are set apart."""
APART, SIDE_BY_SIDE = 0.03, 0.008
"""Lesions of one date stand so far apart, of all the time shown; sizes of one less."""


@dataclass(frozen=True)
class _Lesion:
    """One lesion: when and how large on each date, and how it is drawn."""

    rows: tuple[Change, ...]
    found: tuple[tuple[Finding, ...], ...]  # on each date
    sized: tuple[tuple[Sized, ...], ...]
    x: tuple[float, ...]
    style: tuple[str, str]  # colour of marks and of text

    def y(self, date: int, floor: float) -> float:
        """Height of its mark; that of the row without a size where none is stated."""
        some = self.sized[date]
        return math.exp(min(some, key=lambda s: s.scale).ln_mm) if some else floor


def plot_changes(judgement: Judgement, *, ax: Axes | None = None) -> Axes:
    """Size (log scale) of every lesion over time: to scale where days are known.

    Bars hold 80 % of what one measurement errs by. The wedge from a size on is what an unchanged
    lesion is measured as on the next date in 95 of 100. Lines join one lesion and bear
    P(persistent); what one date alone reported has that of being not reported on the other.
    """
    ax = draw.new_axes(ax, 8.6, 4.8)
    of = dates(judgement.breast, judgement.parameters)
    each = _lesions(judgement, of)
    ax.set_title(f"{SIDE_NAMES[judgement.breast.side].capitalize()}: what has changed", loc="left")
    if not each:
        ax.text(0.5, 0.5, "nothing to compare", ha="center", va="center")
        ax.set_axis_off()
        return ax
    stated = [math.exp(s.ln_mm) for x in each for some in x.sized for s in some]
    floor = 0.5 * min(stated) if stated else 1.0
    name = short_names(judgement.breast)
    for lesion in each:
        _marks(ax, lesion, floor)
        for row in lesion.rows:
            _row(ax, lesion, row, of, floor)
        last = next(fs for fs in reversed(lesion.found) if fs)
        label = " = ".join(dict.fromkeys(name[f.finding_id] for f in last))
        ax.plot([], [], "-", lw=3, color=lesion.style[0], label=label)
    _axes(ax, of, stated, floor)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=8, frameon=False, ncols=2)
    labels = [x for x in ax.texts if isinstance(x, Annotation) and x.get_gid() == AT_ONE_DATE]
    if labels:
        set_apart(draw.figure_of(ax), labels)
    return ax


def _lesions(judgement: Judgement, of: Sequence[Date]) -> list[_Lesion]:
    rows, p = changes(judgement), judgement.parameters
    numbers = sorted({c.lesion for c in rows})
    at = _times(of)
    found = {f.finding_id: f for f in judgement.breast.findings}
    readings = {r.reading_id: r for r in judgement.breast.readings}
    out = []
    for k, number in enumerate(numbers):
        block = [found[i] for i in judgement.groupings[0].blocks[number - 1]]
        on = [tuple(f for f in block if f.reading_id in d.ids) for d in of]
        sized = (tuple(sizes(fs, readings, p, dated=d.dated)) for fs, d in zip(on, of, strict=True))
        shift = APART * (at[-1] - at[0]) * (k - (len(numbers) - 1) / 2)
        out.append(
            _Lesion(
                tuple(c for c in rows if c.lesion == number), tuple(on), tuple(sized),
                tuple(t + shift for t in at),
                (draw.COLOURS[k % 7], draw.TEXT_COLOURS[k % 7]),
            )
        )  # fmt: skip
    return out


def _times(of: Sequence[Date]) -> list[float]:
    """Years since the first date, or the number of the date."""
    if of and of[0].dated:
        return [(d.order - of[0].order) / 365.25 for d in of]
    return [float(k) for k in range(len(of))]


def _marks(ax: Axes, lesion: _Lesion, floor: float) -> None:
    """Sizes with their errors; what has none, with its number, in the row below."""
    colour, text = lesion.style
    for k, (found, sized) in enumerate(zip(lesion.found, lesion.sized, strict=True)):
        for turn, s in enumerate(sized):
            aside = SIDE_BY_SIDE * (lesion.x[-1] - lesion.x[0]) * (turn - (len(sized) - 1) / 2)
            mm, times = math.exp(s.ln_mm), math.exp(T80 * s.scale)
            marker = draw.MARKERS[MODALITIES.index(s.way[0])]
            ax.errorbar(
                lesion.x[k] + aside, mm, [[mm - mm / times], [mm * times - mm]], fmt=marker, ms=9,
                color=colour, mec="white", ecolor=colour, capsize=4, zorder=4,
            )  # fmt: skip
        if found and not sized:
            ax.plot(lesion.x[k], floor, "o", ms=9, color=colour, mec="white", zorder=4)
        counts = [f.n_calcifications for f in found if f.n_calcifications]
        if counts:
            here = (lesion.x[k], lesion.y(k, floor))
            note = draw.beside(ax, f"n = {max(counts)}", here, (9, -13), fontsize=8, color=text)
            draw.halo(note)


def _row(ax: Axes, lesion: _Lesion, c: Change, of: Sequence[Date], floor: float) -> None:
    """A link with its probability and wedge, or that of not being reported on the other date."""
    colour, text = lesion.style
    a, b = of.index(c.prior), of.index(c.now)
    small: dict[str, Any] = {"fontsize": 8, "color": text, "zorder": 5}
    if c.findings_prior and c.findings_now:
        xs, ys = (lesion.x[a], lesion.x[b]), (lesion.y(a, floor), lesion.y(b, floor))
        if c.growth is not None:
            ys = c.growth.prior_mm, c.growth.now_mm
        both = c.growth is not None
        p = c.p_persistent or 0.0
        ax.plot(xs, ys, "-" if both else ":", color=colour, lw=0.8 + 3 * p, alpha=0.6, zorder=3)
        if c.growth is not None:
            edge = np.exp([-c.growth.ln_detectable, c.growth.ln_detectable])
            ax.fill([xs[0], xs[1], xs[1]], [ys[0], *(ys[0] * edge)], color=colour, alpha=0.10, lw=0)
        share = 0.3 + 0.12 * (draw.COLOURS.index(colour) % 4)  # labels of neighbours stand apart
        middle = xs[0] + share * (xs[1] - xs[0]), ys[0] ** (1 - share) * ys[1] ** share
        draw.halo(draw.beside(ax, f"P {written(p)}", middle, (0, 5), ha="center", **small))
        return
    if c.findings_now:
        k, said = b, probability(NOT_BEFORE, c.p_new) or "new? not told"
    else:
        k, said = a, probability(NOT_AGAIN, c.p_gone) or "gone? not told"
    here = (lesion.x[k], lesion.y(k, floor))
    draw.halo(draw.beside(ax, said, here, (9, 6), gid=AT_ONE_DATE, **small))


def _axes(ax: Axes, of: Sequence[Date], stated: Sequence[float], floor: float) -> None:
    top = 2.2 * max(stated) if stated else 3.0
    ax.set_yscale("log")
    shown = [s for s in SIZES_MM if stated and 0.7 * min(stated) <= s <= top]
    ax.set_yticks([floor, *shown], ["no size\nstated", *(f"{s:g}" for s in shown)])
    ax.minorticks_off()
    ax.set_ylim(0.8 * floor, top)
    ax.axhspan(0.8 * floor, 1.25 * floor, color=UNSIZED, lw=0, zorder=0)
    ax.set_ylabel("longest diameter (mm)")
    at = _times(of)
    kinds = [
        "\n".join(
            [
                d.label if d.dated else f"order {d.label}",
                " ".join(sorted({r.modality for r in d.readings})),
            ]
        )
        for d in of
    ]
    ax.set_xticks(at, kinds, fontsize=9, color=draw.INK)
    margin = 0.25 * max(at[-1] - at[0], 1.0)
    ax.set_xlim(at[0] - margin, at[-1] + margin)
    draw.open_frame(ax)
