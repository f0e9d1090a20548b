"""What was done, as snapshots that are never changed in place: undo and redo go between them.

A slider tells of every place it passes. Steps of one gesture (the same ``what``, nothing else in
between and no rest) are one step of the history, so that undo takes back the whole gesture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Changes:
    """Everything that is not as in the case.

    Attributes
    ----------
    edits : finding id to changed cells of the findings table
    off : findings judged as if they had never been reported
    assumed : changed assumptions (`corr.show.explorer.state.assumptions`)
    added : rows of findings that the case does not have
    deleted : findings of the case that are gone
    """

    edits: Mapping[str, Cells] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    assumed: Mapping[str, float] = field(default_factory=dict)
    added: tuple[Cells, ...] = ()
    deleted: frozenset[str] = frozenset()


class History:
    """The present changes, those before and those that were taken back.

    >>> history = History()
    >>> for hour in ("8", "9"):
    ...     history.record(Changes({"us": {"clock": hour}}), "us clock")
    >>> history.undo(), history.now.edits, history.redo(), history.now.edits
    (True, {}, True, {'us': {'clock': '9'}})
    """

    def __init__(self) -> None:
        self.now = Changes()
        self._before: list[Changes] = []
        self._after: list[Changes] = []
        self._what = ""

    def record(self, changes: Changes, what: str = "") -> None:
        """Go to other changes; ``what`` names the gesture they belong to."""
        if changes == self.now:
            return
        if not what or what != self._what:
            self._before.append(self.now)
        self.now, self._what, self._after = changes, what, []
        if self._before[-1] == changes:  # the gesture came back to where it began
            self._before.pop()
            self._what = ""

    def settle(self) -> None:
        """The gesture is over: whatever comes next is a step of its own."""
        self._what = ""

    @property
    def can(self) -> tuple[bool, bool]:
        """Whether something can be taken back, and done again."""
        return bool(self._before), bool(self._after)

    def undo(self) -> bool:
        """Take back the last step; False where there is none."""
        return self._go(self._before, self._after)

    def redo(self) -> bool:
        """Do again what was taken back last; False where there is nothing."""
        return self._go(self._after, self._before)

    def _go(self, to: list[Changes], kept: list[Changes]) -> bool:
        if not to:
            return False
        kept.append(self.now)
        self.now, self._what = to.pop(), ""
        return True
