"""A mention while it is collected: all marks said of one described thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from corr.anatomy.quadrants import combined
from corr.words.marking.counts import Count
from corr.words.marking.kinds import GENERIC
from corr.words.marking.marks import Mark
from corr.words.marking.things import Thing

REMARKS = ("bad", "axilla")
"""Fields of words that were seen and not used: they never disagree with what was said."""
PARTS = ("quadrant", "half")
"""Fields that narrow one place together: "upper breast, lateral on CC" is upper outer."""


@dataclass(slots=True)
class Draft:
    """A mention being collected: every mark said of it, by field."""

    text: str
    paragraph: int = 0
    is_summary: bool = False
    head: Mark | None = None
    is_plural: bool = False
    denied_by: Mark | None = None
    is_another: bool = False
    earlier: bool = False
    is_feature: bool = False  # of a lesion: "a mass with architectural distortion"
    is_side_carried: bool = False  # from words before, which words of its own overrule
    count: Count | None = None
    marks: dict[str, list[Mark]] = field(default_factory=dict)
    _seen: dict[str, set[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def add(self, mark: Mark) -> None:
        """Note ``mark``, unless its value is known from earlier words."""
        if mark.field == "side" and self.is_side_carried:
            self.drop("side")
        seen = self._seen.setdefault(mark.field, set())
        if mark.value not in seen:
            seen |= {mark.value, *each(mark)}
            self.marks.setdefault(mark.field, []).append(mark)

    def carry(self, side: Mark) -> None:
        """Take a side from words before, until words of its own say one."""
        self.add(side)
        self.is_side_carried = True

    def drop(self, name: str) -> None:
        """Forget what was said of a field."""
        self.marks.pop(name, None)
        self._seen.pop(name, None)
        if name == "side":
            self.is_side_carried = False

    def values(self, name: str) -> list[Any]:
        """Different values said of a field, in order."""
        return list(dict.fromkeys(v for m in self.marks.get(name, []) for v in each(m)))

    def accepts(self, mark: Mark) -> bool:
        """Whether ``mark`` can be said of this without disagreeing with what was said."""
        if mark.field in PARTS:
            return combined([*self.parts(), mark.value]) is not None
        if mark.field == "side" and self.is_side_carried:
            return True
        seen = self._seen.get(mark.field)
        return not seen or mark.field in REMARKS or seen.issuperset(each(mark))

    def parts(self) -> list[str]:
        """Quadrants and halves said of it."""
        return [v for name in PARTS for v in self.values(name)]

    def all_marks(self) -> list[Mark]:
        """Everything said of this."""
        return [m for marks in self.marks.values() for m in marks]

    @property
    def thing(self) -> Thing | None:
        """What it is if it is no lesion."""
        return self.head.value if self.head and isinstance(self.head.value, Thing) else None

    @property
    def kind(self) -> str | None:
        """Kind as worded, before the modality is looked at."""
        value = self.head.value if self.head else None
        if isinstance(value, Thing):
            return value.name
        return None if value == GENERIC else value


def each(mark: Mark) -> tuple[Any, ...]:
    """The values of a mark: clock positions come as a list."""
    return mark.value if mark.field == "clock_h" else (mark.value,)
