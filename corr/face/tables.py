"""The five tables of a judgement: data frames with the columns of the result files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.casefile import Case
from corr.case.open import CaseTables
from corr.exchange.tables import HEADERS, Rows, tables_of, write_tables
from corr.parameters import Parameters
from corr.problems import Problem
from corr.records import Breast

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class FiveTables:
    """What was judged, with what, and the tables that came out.

    Attributes
    ----------
    source : the case or the tables that were judged
    parameters : the constants that judged them
    rows : of the result tables, one dict a breast
    failed : breasts that could not be judged
    """

    source: Case | CaseTables
    parameters: Parameters
    rows: Sequence[dict[str, Rows]]
    failed: tuple[Problem, ...] = ()

    @property
    def records(self) -> tuple[Breast, ...]:
        """The breasts that were asked about: of one case right first, else by case and side."""
        case = self.source
        return case.right_first if isinstance(case, Case) else case.breasts

    @property
    def case_ids(self) -> list[str]:
        """The cases, sorted."""
        return sorted({b.case_id for b in self.records})

    @property
    def changes(self) -> dict[str, float]:
        """Constants that are not those of the table that comes with corr."""
        return {name: self.parameters[name] for name in self.parameters.changed}

    @property
    def pairs(self) -> pd.DataFrame:
        """One row for two findings of different readings of one breast."""
        return self._frames["pairs"].copy()

    @property
    def lesions(self) -> pd.DataFrame:
        """One row a finding: its lesion in the most probable grouping."""
        return self._frames["lesions"].copy()

    @property
    def groupings(self) -> pd.DataFrame:
        """The five most probable groupings of each breast."""
        return self._frames["groupings"].copy()

    @property
    def locations(self) -> pd.DataFrame:
        """One row a finding: where it is in the breast, mm from the nipple."""
        return self._frames["locations"].copy()

    @property
    def problems(self) -> pd.DataFrame:
        """One row a value that was not used as written, or a breast that could not be judged."""
        return self._frames["problems"].copy()

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Problems of the input, then of judging."""
        return (*self.source.problems, *self.failed)

    @cached_property
    def _frames(self) -> dict[str, pd.DataFrame]:
        import pandas as pd

        found = tables_of(self.rows, self.all_problems)
        return {n: pd.DataFrame(found[n], columns=list(HEADERS[n])) for n in HEADERS}

    def save(self, folder: str | Path) -> dict[str, Path]:
        """Write the five result files, as `corr judge` does; their paths by name.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        return write_tables(self.rows, self.all_problems, Path(folder))
