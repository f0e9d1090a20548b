"""Change in words: what can be told first, then how much, and how strong it is; no advice."""

from __future__ import annotations

import math
from collections.abc import Mapping

from corr.exams.registry import MODALITY_NAMES
from corr.judgement.verdict import percent, written
from corr.questions.change.change import Change
from corr.questions.change.counts import Count
from corr.questions.change.growth import Growth, Way
from corr.show.wording.pair_words import begun

STRENGTHS = ((100.0, "very strong"), (30.0, "strong"), (10.0, "moderate"), (3.0, "weak"))
"""Bayes factors from which evidence is called so; below, it is called none."""
SIGNIFICANT = 0.05
NOT_BEFORE, NOT_AGAIN = "not reported before", "not reported again"
"""What P(new) and P(gone) tell: whether it was there is another question (`change_note`)."""
WAYS = {"ABUS": "automated ultrasound", "SUPINE": "supine MRI"}


def strength(g: Growth, prior_growing: float) -> str:
    """How strong sizes are as evidence of growth, or against it: "strong", "none"."""
    odds, before = (x / max(1.0 - x, 1e-12) for x in (g.trend.growing, prior_growing))
    factor = max(odds, 1e-12) / before
    side = "for" if factor >= 1.0 else "against"
    for least, word in STRENGTHS:
        if max(factor, 1.0 / factor) >= least:
            return f"{word} evidence {side} growth"
    return "no evidence for or against growth"


def change_note(change: Change) -> str:
    """What a row rests on and what it does not tell, as in ``changes.csv``."""
    said = [*_comparable(change), *_silences(change)]
    if change.count is not None:
        said += count_words(change.count)
    if change.growth is not None:
        said += growth_words(change)
    elif change.findings_prior and change.findings_now:
        said.append(_no_sizes(change))
    for x in change.joined:
        ids = " and ".join(f.finding_id for f in x.parts)
        how = "may have merged into" if x.merged else "may have split from"
        said.append(f"{ids} {how} {x.whole.finding_id}: {written(x.p)}")
    return "; ".join(said)


def _comparable(change: Change) -> list[str]:
    """Exams without one of their kind on the other date, or whose own report that had not."""
    out = []
    for found, others, other, word, what in (
        (change.findings_now, change.findings_prior, change.prior, "earlier", "new"),
        (change.findings_prior, change.findings_now, change.now, "later", "gone"),
    ):
        missing = sorted({f.modality for f in found} - other.kinds)
        if missing:
            none = " and ".join(f"no {word} {MODALITY_NAMES[m]}" for m in missing)
            whole = len(missing) == len({f.modality for f in found})
            told = f": {what} or not cannot be told" if whole else ""
            out.append(f"{none} on {other.label}{told}")
        kept = {f.modality for f in others}
        for f in found if others else ():
            if f.modality in other.kinds - kept:
                name = MODALITY_NAMES[f.modality]
                out.append(f"{name} of {other.label} does not report {f.finding_id}")
    return out


def _silences(change: Change) -> list[str]:
    when, there = (change.prior, "then") if change.findings_now else (change.now, "still")
    return [
        f"had it been there {there}, as described, {MODALITY_NAMES[s.modality]} of {when.label} "
        f"leaves {_of_100(s.p_nothing_reported)} such unreported"
        for s in change.silent
    ]


def _of_100(p: float) -> str:
    return f"{max(round(100 * p), 1)} of 100" if p < 1.0 else "all"


def count_words(c: Count) -> list[str]:
    """Number, extent, density of calcifications, and whether they make a group."""
    out = []
    if c.prior is not None:
        if c.p_chance is not None:
            weak = (
                "by itself no sign of change" if c.p_chance >= SIGNIFICANT else "more than chance"
            )
            out.append(
                f"{c.prior.number} to {c.now.number} calcifications: one-sided p "
                f"{c.p_chance:.2g}, {weak}"
            )
        else:
            out.append("calcifications not counted on both dates")
        if c.prior.per_cm2 and c.now.per_cm2:
            out.append(f"{c.prior.per_cm2:.0f} to {c.now.per_cm2:.0f} per cm2")
    if c.newly_group:
        extent = f"{c.now.extent_mm:g} mm"
        out.append(f"group criterion newly met ({c.now.number} within {extent})")
    return out


def growth_words(change: Change) -> list[str]:
    """What sizes tell: first what could be detected, then the change."""
    g = change.growth
    assert g is not None
    p = change.judgement.parameters
    factor = math.exp(g.ln_detectable)
    if g.same_way:
        detectable = f"smallest detectable change {percent(factor - 1.0)}"
        passes = "passes" if g.detected else "does not pass"
        out = [f"{size_change(g)} {passes} measurement error: {detectable}"]
    else:
        ways = f"{_way(g.way_prior)}, then {_way(g.way_now)}"
        passes = "a change shows" if g.detected else "no change shows"
        out = [
            f"{size_change(g)} by two ways of measuring ({ways}): only a factor of {factor:.2g} "
            f"would show, {passes}"
        ]
    if g.days is None:
        out.append("days not known: no doubling time")
    elif g.p_rule is not None:
        share, months = percent(p["change_rule_share"]), p["change_rule_days"] / 30.4
        out.append(f"P(faster than {share} in {months:.0f} months) {written(g.p_rule)}")
    out.append(strength(g, p["change_growing_share"]))
    if g.dates > 2:
        out.append(f"growing, stable or shrinking over {g.dates} dates")
    return out


def size_change(g: Growth) -> str:
    """Both sizes, and per cent where they were measured in one way."""
    sizes = f"{g.prior_mm:.3g} to {g.now_mm:.3g} mm"
    return sizes if g.percent is None else f"{sizes} ({round(g.percent):+d} %)"


def _way(way: Way) -> str:
    modality, view, sort = way
    name = WAYS.get(view, MODALITY_NAMES[modality])
    return f"{name} extent" if sort == "extent" else name


def _no_sizes(change: Change) -> str:
    some = [
        any(f.size_mm is not None for f in fs)
        for fs in (change.findings_prior, change.findings_now)
    ]
    if all(some):
        return "sizes are of different things: growth cannot be told"
    missing = " and ".join(
        d.label for d, s in zip((change.prior, change.now), some, strict=True) if not s
    )
    return f"no size on {missing}: growth cannot be told"


def change_sentence(change: Change, name: Mapping[str, str]) -> str:
    """One lesion on two dates, in a sentence."""
    now = " = ".join(name[f.finding_id] for f in change.findings_now)
    before = " = ".join(name[f.finding_id] for f in change.findings_prior)
    dates = f"{change.prior.label} to {change.now.label}"
    if before and now:
        assert change.p_persistent is not None
        said = f"{dates}: {before}, then {now}: P(persistent) {written(change.p_persistent)}"
    elif now:
        said = f"{dates}: {now}, {probability(NOT_BEFORE, change.p_new) or 'new or not is open'}"
    else:
        told = probability(NOT_AGAIN, change.p_gone) or "gone or not is open"
        said = f"{dates}: {before}, {told}"
    if g := change.growth:
        said += f"; {growth_numbers(g)}"
    note = change_note(change)
    return f"{said}. {begun(note)}." if note else f"{said}."


def probability(of: str, p: float | None) -> str:
    """A probability after what it is of; empty where it cannot be told."""
    return "" if p is None else f"P({of}) {written(p)}"


def growth_numbers(g: Growth) -> str:
    """P(growing), P(stable), P(shrinking), and the doubling time where there is one."""
    t = g.trend
    said = (
        f"P(growing) {written(t.growing)}, P(stable) {written(t.stable)}, "
        f"P(shrinking) {written(t.shrinking)}"
    )
    return f"{said}; {doubling_words(g)}" if g.doubling_days else said


def doubling_words(g: Growth) -> str:
    """The volume's doubling time, 80 %."""
    assert g.doubling_days is not None
    low, high = g.doubling_days
    if math.isinf(high):
        return f"volume doubles in {low:.0f} days or more, or not at all (80 %)"
    return f"volume doubles in {low:.0f} to {high:.0f} days (80 %)"
