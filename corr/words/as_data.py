"""What a report says as plain data: dictionaries and lists that JSON can hold."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from corr.words.said import Mention, ReportWords, Unreadable

NO_LESION = ("node", "skin", "scar", "clip")
"""Kinds that have rows of their own in a table and are listed apart here."""
_SIZES = ("size_mm", "size2_mm", "size3_mm")


def as_data(said: ReportWords) -> dict[str, list[dict[str, Any]]]:
    """Findings, words not read, denials, what was there earlier, and what is no lesion.

    Lengths in mm, clock positions as intervals in hours, ``None`` where nothing is said; `words`
    gives the exact words that each value came from.
    """
    now = [m for m in said.mentions if not m.earlier]
    return {
        "findings": [finding(m) for m in now if m.kind not in NO_LESION],
        "unread": [_unread(u) for u in said.unreadable],
        "denied": [finding(m) for m in said.negatives],
        "earlier": [finding(m) for m in said.mentions if m.earlier],
        "other_things": [
            *(finding(m) for m in now if m.kind in NO_LESION),
            *(finding(m) for m in said.others),
        ],
        "mentioned": [finding(m) for m in said.mentioned],
        "said_again": [finding(m) for m in said.restated],
    }


def finding(mention: Mention) -> dict[str, Any]:
    """One described thing; `count` only where the words give one."""
    words = dict(mention.words)
    sizes = [s for s in (getattr(mention, n) for n in _SIZES) if s is not None]
    counted = (mention.count_min, mention.count_max) != (1, 1) or "count_min" in words
    out: dict[str, Any] = {
        "side": "".join(mention.side) or None,
        "kind": mention.kind,
        "clock_h": _hours(mention),
        "quadrant": mention.quadrant,
        "region": mention.region,
        "depth_third": mention.depth_third,
        "fn_mm": mention.fn_mm,
        "depth_mm": mention.depth_mm,
        "chestwall_mm": mention.chestwall_mm,
        "very_close_to_nipple": mention.very_close_to_nipple or None,
        "size_mm": sizes or None,
        "n_calcifications": mention.n_calcifications,
        "count": [mention.count_min, mention.count_max] if counted else None,
        "bi_rads": mention.bi_rads,
    }
    words["count"] = words.get("count_min", words.get("count_max", ""))
    out["words"] = {n: words[n] for n, v in out.items() if v is not None and words.get(n)}
    out["sentence"] = mention.text
    return out


def _hours(mention: Mention) -> list[float] | None:
    """From and to as a clock says them: half past twelve is 12.5; 11-1 is 11 to 13."""
    if mention.clock_h is None:
        return None
    turn = 12.0 if mention.clock_h[0] < 1.0 else 0.0
    return [hour + turn for hour in mention.clock_h]


def _unread(unreadable: Unreadable) -> dict[str, Any]:
    said = asdict(unreadable)
    names = {"text": "sentence"}
    return {names.get(n, n): list(v) if isinstance(v, tuple) else v for n, v in said.items()}
