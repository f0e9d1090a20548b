"""One finding between the checks: typed values that checks may drop, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from corr.problems import Problem
from corr.records import Side
from corr.tables.rows import RawRow


@dataclass
class Draft:
    """Stated values of one finding row; dropping a value makes the finding wider, never wrong."""

    raw: RawRow
    values: dict[str, Any]
    problems: list[Problem]

    @property
    def finding_id(self) -> str:
        """Unique in the file."""
        return str(self.values["finding_id"])

    @property
    def breast(self) -> tuple[str, Side]:
        """The unit of judgement this finding belongs to: (case_id, side)."""
        return str(self.values["case_id"]), self.values["breast"]

    def get(self, name: str) -> Any:
        """A stated value, or None."""
        return self.values.get(name)

    def stated(self, *names: str) -> list[str]:
        """Those of `names` that have a value."""
        return [n for n in names if n in self.values]

    def drop(self, *names: str, allowed: str, fix: str) -> None:
        """Forget values and say why."""
        for name in self.stated(*names):
            written = self.raw.cells.get(name) or str(self.values[name])
            del self.values[name]
            self.problems.append(
                self.raw.problem(name, "ignored", allowed=allowed, fix=fix, value=written)
            )

    def flag(self, name: str, *, allowed: str, fix: str, value: object = None) -> None:
        """Keep the value, but ask for a look at it; one read in a text is said as it was read."""
        if value is None:
            value = self.raw.cells.get(name) or self.values.get(name)
        self.problems.append(
            self.raw.problem(name, "flagged", allowed=allowed, fix=fix, value=value)
        )
