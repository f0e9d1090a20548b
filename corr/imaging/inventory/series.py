"""Rows of an inventory for the MR series of an exam: a dynamic series is one row.

A dynamic series may come as one series or as one for each phase; what else was imaged on the way
(subtractions, projections, other sequences) has rows of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from corr.imaging.dicom.header import Unusable
from corr.imaging.inventory.file import Entry
from corr.imaging.mri.series import Dynamic, order_phases, read_series
from corr.imaging.volume import Volume

_ROLES = {"image": "plain image", "subtraction": "subtraction", "derived": "derived"}
_MOST_NOTES = 5


@dataclass
class _Series:
    """One series: its files, the volumes in them, and why others could not be used."""

    entries: list[Entry]
    volumes: list[Volume] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def rows_of_exam(stacks: Sequence[Sequence[Entry]]) -> list[tuple[Entry, int]]:
    """One row for each series of an exam, one for all that are a dynamic series; with their files.

    Parameters
    ----------
    stacks
        The usable files of each series.
    """
    several = [_read(list(stack)) for stack in stacks]
    dynamic = _dynamic([v for one in several for v in one.volumes])
    phases = dynamic.parts if dynamic else ()
    together = [one for one in several if any(v is p for v in one.volumes for p in phases)]
    rows = [_row([one], None) for one in several if not any(one is t for t in together)]
    return [*rows, _row(together, dynamic)] if together else rows


def _read(entries: list[Entry]) -> _Series:
    refused: dict[Path, str] = {}
    try:
        volumes = read_series([e.path for e in entries], refused=refused)
    except Unusable as error:
        return _Series(entries, said=[str(error)])
    except Exception as error:  # one bad series never stops a folder
        return _Series(entries, said=[f"cannot be read: {type(error).__name__}"])
    return _Series(entries, volumes, list(refused.values()))


def _dynamic(volumes: list[Volume]) -> Dynamic | None:
    """The dynamic series among the volumes of an exam; None if there are no several phases."""
    try:
        found = order_phases(volumes)
    except Unusable:
        return None
    return found if found.posts else None


def _row(several: list[_Series], dynamic: Dynamic | None) -> tuple[Entry, int]:
    entries = [e for one in several for e in one.entries]
    volumes = [v for one in several for v in one.volumes]
    first = min(entries, key=lambda e: e.path)
    private = frozenset(w for e in entries for w in e.private)
    first = replace(first, private=private)
    said = [note for one in several for note in one.said]
    if not volumes:
        what = f"MR series of {len(entries)} file(s)"
        return replace(first, what=what, usable="no", why="; ".join(said)), len(entries)
    notes = [note for v in volumes for note in v.notes]
    if dynamic:
        phases = 1 + len(dynamic.posts)
        order = "" if dynamic.order_known else " whose order is not known"
        slabs = " of two slabs" if dynamic.pre.between_mm else ""
        what = f"dynamic MR series, {phases} phases{slabs}{order}"
        if rest := len(volumes) - len(dynamic.parts):
            what += f", {rest} other volume(s)"
        notes = [dynamic.reason, *dynamic.notes, *notes]
    else:
        roles = ", ".join(_ROLES[r] for r in sorted({v.role for v in volumes}))
        what = f"MR series, {len(volumes)} volume(s): {roles}"
    pose = {v.pose for v in volumes if v.pose}
    sizes = [" x ".join(str(n) for n in (v.shape[1], v.shape[0], v.shape[2])) for v in volumes]
    return replace(
        first,
        what=what + (f", {pose.pop()}" if len(pose) == 1 else ""),
        side=next((v.side for v in volumes if v.side), ""),
        size=", ".join(dict.fromkeys(sizes)),
        why="; ".join(list(dict.fromkeys([*notes, *said]))[:_MOST_NOTES]),
    ), len(entries)
