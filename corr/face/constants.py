"""The table of constants, changed by hand, by a case, or by what a table of findings taught."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corr.parameters import Parameters, load

if TYPE_CHECKING:
    from corr.case.open import CaseTables
    from corr.learning.learned import Spreads

LEARN = "learn"
"""Spreads that are taken from the table that is judged."""


def load_parameters(changes: Mapping[str, float] | None = None) -> Parameters:
    """Every constant of the model, with value, spread, unit, source and grade.

    Raises
    ------
    CorrError
        If a change names no constant (the message lists close names) or is outside its range.
    """
    return load().override(changes or {})


def with_spreads(p: Parameters, spreads: str | Mapping[str, float]) -> Parameters:
    """Constants with other measurement spreads and systematic parts.

    Parameters
    ----------
    spreads : as ``"MG=1.1,US=0.9,film_mlo_lean_deg=21"``, one factor for all as ``"1.2"``, or a
        mapping of the same names

    Raises
    ------
    ValueError
        If it cannot be read or names what is no spread.
    """
    from corr.learning.spreads import read_factors, scaled

    return scaled(p, read_factors(spreads) if isinstance(spreads, str) else spreads)


@dataclass(frozen=True)
class Learned:
    """What the findings of a table say of the constants; prints as the report of it.

    Attributes
    ----------
    spreads : factors on measurement spreads and systematic values, with intervals
    published : the constants that it was learned with
    parameters : the constants that judge with what was learned
    """

    spreads: Spreads
    published: Parameters
    parameters: Parameters
    tables: CaseTables
    jobs: int = -1

    def _residuals(self, q: Parameters, r: Parameters) -> Any:
        from corr.learning.residuals import residuals
        from corr.learning.spreads import chosen

        return residuals(chosen(self.tables.breasts), q, r, jobs=self.jobs)

    @cached_property
    def _before(self) -> Any:
        return self._residuals(self.published, self.parameters)

    @property
    def text(self) -> str:
        """All there is to say: what was learned, and what exams state less what others expect."""
        from corr.learning.residual_lines import lines
        from corr.show.wording.learned import residual_text, spreads_text

        said = residual_text(lines(self._before))
        return f"{spreads_text(self.spreads)}\n\n{said}\n\n{self.spreads.report}"

    def save(self, folder: str | Path) -> tuple[Path, Path]:
        """Write ``residuals.csv`` and ``residuals.png``.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        from corr.exchange.residuals import write_residuals
        from corr.learning.residual_lines import lines
        from corr.show.figures.residual_plot import figure_residuals

        after = self._residuals(self.parameters, self.parameters)
        out = Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        table, picture = out / "residuals.csv", out / "residuals.png"
        write_residuals(self._before, table)
        figure_residuals(self._before, after, lines(self._before)).savefig(picture, dpi=120)
        return table, picture

    def __str__(self) -> str:
        return self.spreads.report


def learn_spreads(
    tables: CaseTables, parameters: Parameters | None = None, *, jobs: int = -1
) -> Learned:
    """Learn how far a table's own findings say that constants are off; no truth is needed.

    Parameters
    ----------
    tables : as `read_tables` gives; recommended from some thirty women on
    jobs : worker processes, -1 = one per core

    Raises
    ------
    ValueError
        If in no breast two exams found something.
    """
    from corr.learning.spreads import learn, scaled

    p = load() if parameters is None else parameters
    found = learn(tables.breasts, p, jobs=jobs)
    return Learned(found, p, scaled(p, found.changes), tables, jobs)
