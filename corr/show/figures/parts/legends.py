"""Legends that name findings the same way below every picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from corr.judgement.result import Judgement
from corr.records import Finding
from corr.show.figures.parts.belief_lines import PRIOR_LINE
from corr.show.figures.parts.palette import Style, lesion_styles
from corr.show.wording.text import NO_PLACE, hours, is_placed, short_names


def finding_label(finding: Finding, name: str) -> str:
    """Name of a finding with the hour it was said to be at."""
    if not finding.matched:
        return f"{name} (not matched)"
    said = hours(finding) or ("" if is_placed(finding) else NO_PLACE)
    return f"{name}, {said}" if said else name


def finding_handles(
    judgement: Judgement, finding_ids: Sequence[str], style: Mapping[str, Style] | None = None
) -> list[Line2D]:
    """Line, marker and name of each finding; dotted where nothing but the prior is drawn."""
    name, found = short_names(judgement.breast), {}
    style = lesion_styles(judgement) if style is None else style
    for f in judgement.breast.findings:
        look = style[f.finding_id]
        handle = Line2D([], [], color=look.colour, marker=look.marker, ms=8, lw=1.8 * look.boost)
        if f.matched:
            handle.set(ls=look.line if is_placed(f) else PRIOR_LINE, mec=look.edge)
        else:
            handle.set(ls="none", mfc="none", mec=look.colour)
        handle.set_label(finding_label(f, name[f.finding_id]))
        found[f.finding_id] = handle
    return [found[i] for i in finding_ids]


def legend(ax: Axes, handles: Sequence[Artist], *, below: float | None = None, **look: Any) -> None:
    """A legend without a frame, in the middle of its axes or ``below`` them (axes' height)."""
    if below is None:
        ax.set_axis_off()
        look = {"loc": "center", **look}
    else:
        look |= {"loc": "upper center", "bbox_to_anchor": (0.5, -below)}
    ax.legend(handles=handles, frameon=False, **look)


def columns(handles: Sequence[Artist], most: int, longest: int) -> int:
    """At most so many columns, one where a label has more than so many characters."""
    return most if max(len(str(h.get_label())) for h in handles) <= longest else 1
