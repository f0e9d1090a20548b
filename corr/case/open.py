"""Open cases, whether they are a YAML file or rows of tables: for pages, explorer and judgement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.casefile import Case, read_case
from corr.exchange.csv_text import csv_text
from corr.exchange.files import write_whole
from corr.plurals import many
from corr.problems import InputError, Problem
from corr.records import Breast
from corr.tables import Columns, read_findings, tables_of
from corr.tables.assemble import Loaded, assemble
from corr.tables.cells.cell import as_text
from corr.tables.cells.columns import Row
from corr.tables.files import path_and_sheet, read_rows
from corr.tables.findings import FindingRow
from corr.tables.mapping.columns_file import ColumnsFile, read_columns
from corr.tables.rows import BreastRow, ExamRow, RawRow

if TYPE_CHECKING:
    from corr.tables.files import Table as Table  # a table file, or the table itself

YAML = (".yaml", ".yml")
Tables = dict[str, tuple[dict[str, str], ...]]
"""Rows as text cells, by the names of the tables: findings, breasts, exams."""
MODELS: dict[str, type[Row]] = {"findings": FindingRow, "breasts": BreastRow, "exams": ExamRow}


@dataclass(frozen=True)
class CaseTables:
    """The breasts of one or many cases, from a findings table and those beside it.

    Attributes
    ----------
    breasts : sorted by case and side
    problems : of all tables
    sources : where findings, breasts and exams were read from; None where there is no table
    """

    breasts: tuple[Breast, ...]
    problems: tuple[Problem, ...]
    sources: dict[str, Table | None] = field(repr=False)
    rows: tuple[FindingRow, ...] = field(default=(), repr=False)
    columns: ColumnsFile | None = field(default=None, repr=False)

    @property
    def file(self) -> str:
        """What problems call the findings table."""
        found = self.sources["findings"]
        return Path(found).name if isinstance(found, (str, Path)) else "findings"

    @property
    def case_ids(self) -> list[str]:
        """All cases, sorted."""
        return sorted({b.case_id for b in self.breasts})

    @cached_property
    def cells(self) -> Tables:
        """Rows of all cases as text, without empty cells and rows that name no case.

        An id of several findings is nobody's, also where a case is looked at by itself.
        """
        tables: Tables = {}
        for name, model in MODELS.items():
            source = self.sources[name]
            rows = [] if source is None else read_rows(source, model, self.columns)[0]
            stated = [{k: s for k, v in r.cells.items() if (s := as_text(v))} for r in rows]
            tables[name] = tuple(cells for cells in stated if "case_id" in cells)
        copies = Counter(cells.get("finding_id") for cells in tables["findings"])
        for cells in tables["findings"]:
            if copies[cells.get("finding_id")] > 1:
                cells.pop("finding_id", None)
        return tables

    def save(self, folder: str | Path) -> dict[str, Path]:
        """Write the tables as they were read, in our columns: findings.csv and those beside it.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        Path(folder).mkdir(parents=True, exist_ok=True)
        written = {}
        for name, model in MODELS.items():
            rows = self.cells[name]
            names = [n for n in model.model_fields if any(n in row for row in rows)]
            if rows:
                cells = ([row.get(n, "") for n in names] for row in rows)
                text = csv_text(chain([names], cells))
                written[name] = write_whole(Path(folder) / f"{name}.csv", text)
        return written

    def first(self, most: int | None) -> CaseTables:
        """The first breasts only; all where ``most`` is None."""
        return replace(self, breasts=self.breasts[:most])

    def case(self, case_id: str | None = None) -> Case:
        """One case with its cells; without an id the only one.

        Raises
        ------
        InputError
            If there is no such case, or none is named of several; the message says which there are.
        """
        ids = self.case_ids
        if case_id is None and len(ids) == 1:
            case_id = ids[0]
        if case_id is None or case_id not in ids:
            raise _no_such_case(self.file, case_id, ids, self.problems)
        return Case(
            case_id,
            f"Case {case_id}",
            tuple(b for b in self.breasts if b.case_id == case_id),
            tuple(p for p in self.problems if p.case_id in ("", case_id)),
            rows=tuple(r for r in self.rows if r.case_id == case_id),
            cells={
                name: tuple(cells for cells in rows if cells["case_id"] == case_id)
                for name, rows in self.cells.items()
            },
        )


def nipples_lps(rows: Iterable[FindingRow]) -> dict[tuple[str, str], tuple[float, float, float]]:
    """LPS place of the nipple of each breast (case, side) where findings state it, mm."""
    out: dict[tuple[str, str], tuple[float, float, float]] = {}
    for row in rows:
        left, back, up = row.mr_nipple_l_mm, row.mr_nipple_p_mm, row.mr_nipple_s_mm
        if row.modality == "MR" and left is not None and back is not None and up is not None:
            out[row.case_id, row.breast] = (left, back, up)
    return out


def is_case_file(path: object) -> bool:
    """True for the path of a YAML case, False for a table."""
    return isinstance(path, (str, Path)) and Path(path).suffix.lower() in YAML


def read_tables(
    findings: Table,
    breasts: Table | None = None,
    exams: Table | None = None,
    columns: Columns | None = None,
) -> CaseTables:
    """Breasts to judge from a findings table and, if there are, a breasts and an exams table.

    Each is the path of a CSV, Excel or Parquet file (``book.xlsx#Sheet1`` names a sheet), a data
    frame or a list of dicts with the same columns; rows are counted as in a file, the header being
    row 1. The order of the rows makes no difference.

    Parameters
    ----------
    columns : a columns file (path or dict): which of their columns and codes are which of ours

    Raises
    ------
    InputError
        If no finding can be used; its `problems` say what was found up to there.
    """
    given = (findings, breasts, exams)
    stand = [_as_it_stands(table) for table in given if table is not None]
    if columns is None and all(stand):
        return _read_files(given, tuple(stand))
    return _read(findings, breasts, exams, columns)


def _as_it_stands(table: Table) -> tuple[int, ...]:
    """What tells a file from what it was and from others; empty for what is no file."""
    if not isinstance(table, (str, Path)):
        return ()
    try:
        path = path_and_sheet(table)[0]
        stat = path.stat()
    except (OSError, ValueError):  # reading it says why
        return ()
    return () if path.is_dir() else (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1)
def _read_files(
    files: tuple[Table, Table | None, Table | None], _stand: tuple[object, ...]
) -> CaseTables:
    """Files that were read last and have not changed since are not read again."""
    return _read(*files, None)


def _read(
    findings: Table, breasts: Table | None, exams: Table | None, columns: Columns | None
) -> CaseTables:
    said = None if columns is None else read_columns(columns)
    loaded = read_findings(findings, breasts, exams, said)
    tables = tables_of(findings, breasts, exams, said)
    sources = {name: source for name, (_, source) in zip(MODELS, tables, strict=True)}
    return CaseTables(loaded.breasts, loaded.problems, sources, loaded.rows, said)


def open_cases(
    source: Table | Case | CaseTables,
    breasts: Table | None = None,
    exams: Table | None = None,
    columns: Columns | None = None,
) -> Case | CaseTables:
    """A case or tables: of a YAML file, of a findings table and those beside it, or as given.

    Raises
    ------
    InputError
        If a file cannot be used.
    """
    if isinstance(source, (Case, CaseTables)):
        return source
    if is_case_file(source):
        return read_case(source)  # type: ignore[arg-type]
    return read_tables(source, breasts, exams, columns)


def open_case(
    source: Table | Case | CaseTables,
    case_id: str | None = None,
    *,
    breasts: Table | None = None,
    exams: Table | None = None,
    columns: Columns | None = None,
) -> Case:
    """One case of what `open_cases` opens; ``case_id`` chooses among those of tables.

    Raises
    ------
    InputError
        If a file cannot be used or the case is not in it; the message says which there are.
    """
    opened = open_cases(source, breasts, exams, columns)
    return opened if isinstance(opened, Case) else opened.case(case_id)


def assembled(tables: Tables, file: str = "case") -> Loaded:
    """Breasts of some rows, by the same checks and conversions as when a file is read."""
    raws = {
        name: [RawRow(file, None, dict(cells)) for cells in rows] for name, rows in tables.items()
    }
    return assemble(raws["findings"], raws["breasts"], raws["exams"])


def _no_such_case(
    file: str, case_id: str | None, ids: Sequence[str], problems: Sequence[Problem]
) -> InputError:
    """Refusal of a case that a table does not hold, or of none where it holds several."""
    some = (", ".join(ids[:5]) or "none") + (", ..." if len(ids) > 5 else "")
    if case_id is None:
        why, fix = f"it holds {many(len(ids), 'case')}", "say which one to show (case_id)"
    else:
        near = get_close_matches(case_id, ids, n=3)
        why = f"no case {case_id!r}"
        fix = f"did you mean {' or '.join(near)}?" if near else "choose one that it holds"
    return InputError(why, problems, where=file, allowed=some, fix=fix)
