"""Results in files of other programs: written, listed, and read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from corr.cohort.judge_cohort import judge_safely
from corr.exchange.files import unwritten
from corr.export.formats import FORMATS, asked_for
from corr.plurals import many
from corr.problems import CorrError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from corr.export.content import Summary
    from corr.export.writing import Written
    from corr.face.result import Result
    from corr.judgement.result import Judgement
    from corr.show.wording.html import Snippet

FormatName = Literal["slicer", "dicom", "fhir", "tables"]


@dataclass(frozen=True, eq=False, repr=False)
class Exported:
    """What `Result.export` wrote; notebooks and pages show it as a section.

    Attributes
    ----------
    folder : one folder a format is in it
    written : files, with format, what they hold and, of many women, whose they are
    problems : one for each woman of whom a format could not be written
    """

    folder: Path
    written: tuple[Written, ...]
    problems: tuple[Problem, ...] = ()

    @staticmethod
    def check(folder: str | Path, to: str | Iterable[str]) -> None:
        """Whether formats can be written to a folder, before anything is judged for it.

        Raises
        ------
        CorrError
            As `Result.export` would.
        """
        for f in asked_for(to):
            f.load("writer")
            unwritten([Path(folder) / f.name])

    @staticmethod
    def found(folder: str | Path) -> Exported:
        """What earlier exports left in a folder; without any, nothing was written."""
        from corr.export.writing import Written

        at = Path(folder)
        each = [(f, p) for f in FORMATS.values() for p in sorted((at / f.name).rglob("*"))]
        return Exported(at, tuple(Written(f.name, p, f.holds(p)) for f, p in each if p.is_file()))

    @property
    def paths(self) -> list[Path]:
        """All files."""
        return [w.path for w in self.written]

    @property
    def files(self) -> pd.DataFrame:
        """One row a kind of file: format, files, what they hold, size."""
        from corr.show.pages.exported import exported_table

        return exported_table(self._rows(), self.folder)

    @property
    def section(self) -> Snippet:
        """The section of a page: what was written, and what opens it."""
        from corr.show.pages.exported import exported_section

        names = dict.fromkeys(w.format for w in self.written)
        return exported_section(self._rows(), self.folder, {n: FORMATS[n].opens for n in names})

    def _rows(self) -> list[tuple[str, str, Path, str]]:
        return [(w.format, w.case_id, w.path, w.holds) for w in self.written]

    def __repr__(self) -> str:
        counts: dict[str, int] = {}
        for w in self.written:
            counts[w.format] = counts.get(w.format, 0) + 1
        said = ", ".join(f"{name} ({many(n, 'file')})" for name, n in counts.items())
        return f"{said or 'nothing'} in {self.folder}"

    def _repr_html_(self) -> str:
        return self.section.html


def export(result: Result, folder: Path, to: str | Iterable[str]) -> Exported:
    """Write a result in each format; see `Result.export`."""
    from corr.export.tables.rows import AllTables
    from corr.export.writing import write_all

    many = len(result.case_ids) > 1
    tables = AllTables(result.source, result.rows, result.all_problems)
    written, problems = write_all(asked_for(to), tables, lambda: _women(result), folder, many=many)
    return Exported(folder, tuple(written), tuple(problems))


def _women(result: Result) -> Iterator[Sequence[Judgement]]:
    """Judgements of each woman, right first; of many they are made anew, and not kept."""
    bad = {(p.case_id, p.value) for p in result.failed}
    for case_id in result.case_ids:
        own = [b for b in result.records if b.case_id == case_id and (case_id, b.side) not in bad]
        own.sort(key=lambda b: b.side, reverse=True)
        kept = [result.kept(b) or judge_safely(b, result.parameters) for b in own]
        found = [x[0] if isinstance(x, tuple) else x for x in kept]
        if judged := [x for x in found if not isinstance(x, Problem)]:
            yield judged


def read_export(folder: str | Path, form: FormatName) -> list[Summary]:
    """What was exported, read back: findings, lesions and pairs with their probabilities.

    Parameters
    ----------
    folder : that was exported to
    form : the format that is read

    Returns
    -------
    one a woman, sorted by case id

    Raises
    ------
    CorrError
        If there is no such format there, or a file of it cannot be read.
    """
    (of,) = asked_for([form])
    at = Path(folder) / of.name
    if not at.is_dir():
        there = ", ".join(f for f in FORMATS if (Path(folder) / f).is_dir())
        msg = f"nothing was exported to {of.name} here"
        raise CorrError(msg, where=str(folder), allowed=there, fix="name the folder of an export")
    read = of.load("reader")
    if of.of_all:
        return list(read(at))
    below = sorted(p for p in at.iterdir() if p.is_dir())
    whole = [at] if any(p.is_file() for p in at.iterdir()) else below
    found = [read(p) for p in whole]
    return sorted((getattr(s, "summary", s) for s in found), key=lambda s: s.case_id)
