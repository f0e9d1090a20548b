"""What a table of findings taught: factors, systematic values, and whether to trust them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corr.learning.learnable import SYSTEMATIC
from corr.learning.mates import Mates
from corr.plurals import many

LARGEST = 3.0
"""Factors are learned between its inverse and this."""
Interval = tuple[float, float, float]


@dataclass(frozen=True)
class Spreads:
    """What was learned.

    Attributes
    ----------
    factors : a name of `PARTS` -> factor on its spreads, most probable; only of what is found
    values : a name of `SYSTEMATIC` -> its most probable value; only of what is found
    low, high : 95 % interval of each: of the posterior, and as women differ
    breasts : how many took part
    published : value of each of ``values`` in the table of constants it was learned with
    mates : how many pairs are one lesion, beside findings swapped between women
    """

    factors: Mapping[str, float]
    values: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]
    breasts: int
    published: Mapping[str, float]
    mates: Mates | None = None

    @property
    def changes(self) -> dict[str, float]:
        """All of it, as `scaled` takes it."""
        return {**self.factors, **self.values}

    @property
    def rows(self) -> Iterator[tuple[str, Interval]]:
        """Each part with its factor and interval."""
        for part, factor in self.factors.items():
            yield part, (factor, self.low[part], self.high[part])

    @property
    def value_rows(self) -> Iterator[tuple[str, Interval]]:
        """Each systematic constant with its value and interval."""
        for name, value in self.values.items():
            yield name, (value, self.low[name], self.high[name])

    @property
    def option(self) -> str:
        """What was learned as ``--spreads`` reads it."""
        factors = [f"{part}={factor:.2f}" for part, factor in self.factors.items()]
        return ",".join(factors + [f"{name}={value:.3g}" for name, value in self.values.items()])

    @property
    def sentence(self) -> str:
        """The result in words."""
        factors, values = (
            ", ".join(f"{name} {best:{form}} (95 %: {low:{form}} to {high:{form}})"
                      for name, (best, low, high) in rows)
            for rows, form in ((self.rows, ".2f"), (self.value_rows, ".3g"))
        )  # fmt: skip
        also = f", with {values}" if values else ""
        return (
            f"The findings of {many(self.breasts, 'breast')} agree as if the spreads were so many "
            f"times those of the table of constants: {factors}{also}; `--spreads {self.option}` "
            "judges with that."
        )

    @property
    def report(self) -> str:
        """All there is to say, a line each: warnings last."""
        mates = [] if self.mates is None or self.mates.warning else [self.mates.sentence]
        return "\n".join((self.sentence, *self.notable, *mates, *self.warnings))

    @property
    def notable(self) -> tuple[str, ...]:
        """What the constants say otherwise: intervals that leave out 1, or the published value."""
        said = []
        for part, (factor, low, high) in self.rows:
            if not low <= 1.0 <= high:
                what = "wider" if factor > 1 else "narrower"
                said.append(
                    f"The spreads of {part} are {what} than the constants say: x {factor:.2f} "
                    f"({low:.2f} to {high:.2f})."
                )
        for name, (value, low, high) in self.value_rows:
            if not low <= self.published[name] <= high:
                said.append(
                    f"{SYSTEMATIC[name].capitalize()}: {name} is {value:.3g} ({low:.3g} to "
                    f"{high:.3g}) by these findings; the constants say {self.published[name]:g}."
                )
        return tuple(said)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why what was learned is not to be used, if so."""
        said = [self.mates.warning] if self.mates and self.mates.warning else []
        for part, factor in self.factors.items():
            if factor > 0.99 * LARGEST:
                said.append(
                    f"Warning: the factor on the spreads of {part} stands at the largest that is "
                    f"tried ({LARGEST:g}): these findings agree no better than those of different "
                    "lesions, or something moves them that no spread describes (see the residuals)."
                )
        return tuple(said)
