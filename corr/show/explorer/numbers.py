"""The numbers of the explorer as HTML that follows the theme: pairs, grouping, differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import rounded, written
from corr.plurals import many
from corr.show.explorer.state.cells import Difference
from corr.show.explorer.state.judging import FINAL, PROVISIONAL, WITHOUT_BAND
from corr.show.figures.parts.palette import RIGHT_ARROW, Style
from corr.show.wording.pair_words import band, verdict_words

WIDTH, HEIGHT = 80, 14
MOVED = 0.005
"""P(same), as it is written, that is the same as in the case as written is not marked."""
NOTES = {
    FINAL: "",
    WITHOUT_BAND: " (the band follows)",
    PROVISIONAL: " (provisional: summed at few errors of the exams; the whole sum follows)",
}
COLUMNS = ("two findings", "P(same)", "", "band", "prior", "verdict", "as written")
STYLE = (
    "<style>.explore table{border-collapse:collapse;font-size:12px;width:100%}"
    ".explore th,.explore td{padding:2px 5px;text-align:left;font-weight:normal;"
    "border-bottom:1px solid #8886;vertical-align:middle}"
    ".explore caption{text-align:left;font-weight:600}"
    ".explore thead th{font-weight:600}"
    ".explore td.number{font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".explore td b{font-size:15px}.explore{line-height:1.35;font-size:13px}"
    ".explore-differs{max-height:84px;overflow:auto}.explore-differs p,.explore-differs ul"
    "{margin:0}</style>"
)


def pairs_html(
    now: Judgement,
    written: Judgement,
    style: Mapping[str, Style],
    name: Mapping[str, str],
    *,
    stage: str,
    open_rows: int | None = None,
    first: str | None = None,
) -> str:
    """P(same), band, prior and verdict of every pair beside those of the case as written.

    Rows keep their order while a slider moves: pairs of the finding that is moved (``first``),
    then the others, each likeliest first in the case as written.
    ``data-p`` and ``data-verdict`` hold the numbers unrounded. Before the final ``stage`` (see
    `corr.show.explorer.state.judging.Answer`) the verdict is that of P(same) alone, and what is
    still to come is said. Rows after the first ``open_rows`` are folded away.
    """
    before = {(p.finding_a, p.finding_b): p for p in written.pairs}
    order = sorted(before, key=lambda k: (-before[k].p_same, k))
    ranked = sorted(
        now.pairs, key=lambda p: (first not in (p.finding_a, p.finding_b), _rank(order, p))
    )
    rows = [
        _row(p, before.get((p.finding_a, p.finding_b)), style, name, stage=stage) for p in ranked
    ]
    heads = "".join(
        f'<th scope="col">{c}</th>' if c else '<td aria-hidden="true"></td>' for c in COLUMNS
    )
    side = SIDE_NAMES[now.breast.side]
    caption = f"P(same lesion), {side}"
    still = f"<span class='explore-stage' role='status'>{NOTES[stage]}</span>"
    if not now.pairs:
        return f"{STYLE}<div class='explore'><p><b>{caption}</b>: no pair to judge.</p></div>"
    return (
        f"{STYLE}<div class='explore' data-stage='{stage}' tabindex='0' role='region' "
        f"aria-label='{caption}' style='overflow-x:auto'><table>"
        f"<caption>{caption}{still}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows[:open_rows])}</tbody></table>"
        f"{_folded(rows[len(rows[:open_rows]) :])}{_grouping(now, name, stage)}</div>"
    )


def _folded(rows: list[str]) -> str:
    if not rows:
        return ""
    table = f"<table><tbody>{''.join(rows)}</tbody></table>"
    return f"<details><summary>{many(len(rows), 'more row')}</summary>{table}</details>"


def _rank(order: list[tuple[str, str]], pair: Pair) -> int:
    key = (pair.finding_a, pair.finding_b)
    return order.index(key) if key in order else len(order)


def _row(
    pair: Pair,
    before: Pair | None,
    style: Mapping[str, Style],
    name: Mapping[str, str],
    *,
    stage: str,
) -> str:
    banded = stage == FINAL
    shown = band(pair) if banded else "follows"
    exact = "provisional" if stage == PROVISIONAL else "without band"
    both = " = ".join(_name(i, style, name) for i in (pair.finding_a, pair.finding_b))
    data = (
        f'data-pair="{escape(pair.finding_a)}|{escape(pair.finding_b)}" '
        f'data-p="{pair.p_same!r}" data-verdict="{pair.verdict}"'
    )
    p_same, p_prior = (escape(written(p)) for p in (pair.p_same, pair.p_prior))
    return (
        f'<tr {data}><th scope="row">{both}</th><td class="number"><b>{p_same}</b></td>'
        f"<td>{_bar(pair, banded=banded)}</td>"
        f"<td class='number' style='white-space:nowrap'>{escape(shown)}</td>"
        f"<td class='number'>{p_prior}</td>"
        f"<td>{verdict_words(pair)}{'' if banded else f' ({exact})'}</td>"
        f"<td class='number'>{_before(pair, before)}</td></tr>"
    )


def _before(pair: Pair, before: Pair | None) -> str:
    if before is None:
        return ""
    moved = rounded(pair.p_same) - rounded(before.p_same)
    arrow = "" if abs(moved) < MOVED else f" ({moved:+.2f})"
    return f"{escape(written(before.p_same))}{arrow}"


def _name(finding_id: str, style: Mapping[str, Style], name: Mapping[str, str]) -> str:
    colour = style[finding_id].colour
    dot = f'<span aria-hidden="true" style="color:{colour}">\N{BLACK CIRCLE}</span>'
    return f"{dot}&nbsp;{escape(name[finding_id])}"


def _bar(pair: Pair, *, banded: bool) -> str:
    """P(same) from 0 to 1 with its band and a tick at the prior."""
    x = {k: WIDTH * getattr(pair, k) for k in ("p_same", "p_low", "p_high", "p_prior")}
    band = (
        f'<rect x="{x["p_low"]:.1f}" y="1" width="{max(x["p_high"] - x["p_low"], 0.5):.1f}" '
        f'height="{HEIGHT - 2}" fill="currentColor" opacity="0.25"/>'
        if banded
        else ""
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" fill="none" '
        f'stroke="currentColor" opacity="0.5"/>{band}'
        f'<rect x="0" y="4" width="{x["p_same"]:.1f}" height="{HEIGHT - 8}" fill="#0072B2"/>'
        f'<path d="M{x["p_prior"]:.1f} 0v{HEIGHT}" stroke="#D55E00" stroke-width="2"/></svg>'
    )


def _grouping(judgement: Judgement, name: Mapping[str, str], stage: str) -> str:
    if not judgement.groupings:
        return ""
    best = judgement.groupings[0]
    blocks = "; ".join(" + ".join(escape(name[i]) for i in block) for block in best.blocks)
    if stage == PROVISIONAL:
        blocks = "follows"
    said = "" if stage == PROVISIONAL else f" ({escape(written(best.p))})"
    return (
        f"<p>Likeliest grouping{said}: {blocks}.<br>Bar: P(same), its band shaded, "
        "the prior as a tick.</p>"
    )


def differences_html(differences: Iterable[Difference], name: Mapping[str, str]) -> str:
    """What differs from the case, with findings by their names; or that nothing does."""
    items = [
        f"<li>{escape(_named(d.what, name))}: {escape(d.was or 'not stated')} {RIGHT_ARROW} "
        f"{escape(d.now or 'not stated')}</li>"
        for d in differences
    ]
    if not items:
        return f"{STYLE}<div class='explore'><p>Nothing differs from the case.</p></div>"
    return (
        f"{STYLE}<div class='explore explore-differs' tabindex='0' role='region' "
        "aria-label='Differs from the case'><p><b>Differs from the case</b></p>"
        f"<ul>{''.join(items)}</ul></div>"
    )


def _named(what: str, name: Mapping[str, str]) -> str:
    found = [i for i in name if what == i or what.startswith(f"{i},")]  # an id may hold a comma
    head = max(found, key=len, default="")
    return name.get(head, head) + what[len(head) :]
