"""Legends that name findings the same way below every picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.lines import Line2D

from corr.judgement.result import Judgement
from corr.records import Finding
from corr.show.figures.parts.belief_lines import PRIOR_LINE
from corr.show.figures.parts.palette import Style, styles
from corr.show.wording.text import NO_PLACE, hours, position_words, short_names


def finding_label(finding: Finding, name: str) -> str:
    """Name of a finding with the hour it was said to be at."""
    if not finding.matched:
        return f"{name} (not matched)"
    if (said := hours(finding)) != "":
        return f"{name}, {said}"
    return f"{name}, {NO_PLACE}" if position_words(finding) == NO_PLACE else name


def _line(finding: Finding, style: Style) -> str:
    """Line of a finding: its modality's, dotted where nothing but the prior is drawn."""
    if not finding.matched:
        return "none"
    return PRIOR_LINE if position_words(finding) == NO_PLACE else style.line


def finding_handles(
    judgement: Judgement, finding_ids: Sequence[str], style: Mapping[str, Style] | None = None
) -> list[Line2D]:
    """Line, marker and name of each finding."""
    name = short_names(judgement.breast)
    style = styles(judgement.breast) if style is None else style
    found = {f.finding_id: f for f in judgement.breast.findings}
    return [_handle(found[i], style[i], name[i]) for i in finding_ids]


def _handle(finding: Finding, style: Style, name: str) -> Line2D:
    return Line2D(
        [],
        [],
        color=style.colour,
        ls=_line(finding, style),
        marker=style.marker,
        mfc=style.colour if finding.matched else "none",
        mec=style.edge if finding.matched else style.colour,
        ms=8,
        lw=1.8 * style.boost,
        label=finding_label(finding, name),
    )
