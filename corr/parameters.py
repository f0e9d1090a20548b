"""The one table of numeric assumptions: value, spread, unit, source, evidence grade."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Literal

from corr.problems import CorrError

GRADES = ("measured", "fitted", "assumed")
RANGES = {  # of values by unit; "1" is mostly shares and probabilities
    "1": (0.0, 1.0),
    "1/mm": (0.0, 100.0),
    "deg": (0.0, 90.0),
    "h": (0.0, 6.0),
    "ln": (0.0, 10.0),
    "mm": (0.0, 400.0),
    "mm/mm": (-10.0, 10.0),
}
KERNEL_RANGES = {"1": (0.0, 2.0), "deg": (0.0, 360.0), "mm/mm": (0.0, 10.0)}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One assumption. ``spread`` is one SD of the value itself, 0 where it is a convention."""

    name: str
    value: float
    spread: float
    unit: str
    source: str
    grade: str
    role: Literal["value", "kernel", "check", "asked"] = "value"
    """A kernel is a spread: the band scales it. A check is used where tables and images are read,
    not in judging, and no case can change it. What is asked about is used by questions alone: a
    case can change it, and no judgement moves."""
    low: float | None = None  # where the range of the unit is not that of the constant
    high: float | None = None

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value a change may set, both allowed."""
        of_unit = RANGES.get(self.unit, (-math.inf, math.inf))
        low, high = KERNEL_RANGES.get(self.unit, of_unit) if self.role == "kernel" else of_unit
        return low if self.low is None else self.low, high if self.high is None else self.high

    def refusal(self, value: float) -> str:
        """Why a value cannot be set, with what is allowed; empty if it can be."""
        if self.role == "check":
            return (
                f"{self.name} checks what is read, before it is judged: it cannot be changed here"
            )
        low, high = self.range
        if math.isfinite(value) and low <= value <= high:
            return ""
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{self.name} = {value:g} is not possible; allowed: {low:g} to {high:g}{unit}"


@dataclass(frozen=True)
class Parameters(Mapping[str, float]):
    """Read like a dict of values; `table` holds the whole rows; changes make a new object.

    >>> load()["mg_posterior_sd_mm"] > 0
    True
    """

    table: Mapping[str, Parameter]
    version: str
    changed: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> float:
        return self.table[name].value

    def __iter__(self) -> Iterator[str]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.version, tuple(p.value for p in self.table.values())))

    def override(self, changes: Mapping[str, float]) -> Parameters:
        """A copy with some values replaced; they are named in `changed`.

        Raises
        ------
        CorrError
            If a name is not in the table (the message lists close names), or a value is not
            finite or outside the range of its constant.
        """
        table = dict(self.table)
        for name, value in changes.items():
            if name not in table:
                raise CorrError(self.unknown(name), fix="`corr assumptions` lists all names")
            if wrong := table[name].refusal(float(value)):
                raise CorrError(wrong)
            table[name] = replace(table[name], value=float(value))
        names = tuple(sorted({*self.changed, *changes}))
        return Parameters(table, self.version, names)

    def unknown(self, name: str) -> str:
        """What to say of a name that is not in the table, with close ones."""
        from difflib import get_close_matches

        near = get_close_matches(name, self.table, n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        return f"no parameter named {name!r} in corr/parameters.toml{hint}"

    def scale_spreads(self, factor: float) -> Parameters:
        """A copy with every spread multiplied: kernels and the SD of every value.

        This is the sensitivity band (x0.7, x1.5) around each judgement.
        """
        table = {
            n: replace(
                p,
                value=p.value * factor if p.role == "kernel" else p.value,
                spread=p.spread * factor,
            )
            for n, p in self.table.items()
        }
        return Parameters(table, self.version, self.changed)


@lru_cache(maxsize=1)
def load() -> Parameters:
    """The table that comes with this version of corr.

    Raises
    ------
    ValueError
        If a row lacks a field or has an unknown evidence grade.
    """
    raw = tomllib.loads(files("corr").joinpath("parameters.toml").read_text(encoding="utf-8"))
    version = raw.pop("version")
    table = {}
    for name, row in raw.items():
        try:
            parameter = Parameter(name=name, **row)
        except TypeError as error:
            msg = f"parameters.toml [{name}]: {error}"
            raise ValueError(msg) from error
        if parameter.grade not in GRADES:
            msg = f"parameters.toml [{name}]: grade {parameter.grade!r}, allowed {GRADES}"
            raise ValueError(msg)
        table[name] = parameter
    return Parameters(table, version)
