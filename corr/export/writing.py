"""All formats that are asked for, each in its folder: whole, or not there at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from corr.case.casefile import Case
from corr.case.open import CaseTables
from corr.exchange.files import file_stem, unwritten
from corr.export.formats import Format
from corr.export.tables.rows import AllTables
from corr.judgement.result import Judgement
from corr.problems import CorrError, Problem

if TYPE_CHECKING:
    from corr.export.content import Content

Judged = Callable[[], Iterable[Sequence[Judgement]]]


@dataclass(frozen=True)
class Written:
    """One file of an export.

    Attributes
    ----------
    format : its name
    path : where it is
    holds : in words
    case_id : of whom, where each woman has files of her own
    """

    format: str
    path: Path
    holds: str
    case_id: str = ""


def write_all(
    formats: Sequence[Format], tables: AllTables, judged: Judged, folder: Path, *, many: bool
) -> tuple[list[Written], list[Problem]]:
    """Write each format to ``folder/<its name>``.

    Parameters
    ----------
    judged : gives the judgements of each woman in turn; asked once for all formats
    many : whether each woman gets a folder of her own

    Returns
    -------
    files, and a problem for each woman of whom one format could not be written: the others are

    Raises
    ------
    CorrError
        If a folder is there already, a format cannot be written here, or not of the only woman.
    OSError
        If something cannot be written.
    """
    writers = [(f, f.load("writer")) for f in formats]
    unwritten(folder / f.name for f in formats)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Written] = []
    problems: list[Problem] = []
    taken: set[str] = set()
    with _moved_at_the_end(folder, [f.name for f in formats]) as part:
        for f, write in writers:
            if f.of_all:
                paths = write(tables, part / f.name)
                written += [Written(f.name, p, f.holds(p)) for p in paths]
        each = [(f, write) for f, write in writers if not f.of_all]
        for judgements in judged() if each else ():
            case_id, travels = judgements[0].breast.case_id, None
            own = _own_folder(case_id, taken) if many else "."
            for f, write in each:
                to = part / f.name / own
                try:
                    travels = travels or _content(tables.source, judgements)
                    to.mkdir(parents=True, exist_ok=True)
                    beside = _beside(f, tables.source)
                    paths = write(travels, to, *beside)
                except OSError:
                    raise
                except Exception as error:
                    if not many:
                        raise
                    shutil.rmtree(to, ignore_errors=True)
                    problems.append(_failed(f, case_id, error))
                else:
                    written += [Written(f.name, p, f.holds(p), case_id) for p in paths]
        if each and not many and not any(w.case_id for w in written):
            msg = "no breast could be judged, so that nothing of it can be written"
            raise CorrError(msg, fix="`problems` of the result say why")
    order = [f.name for f in formats]
    written.sort(key=lambda w: order.index(w.format))
    there = [
        Written(w.format, folder / w.path.relative_to(part), w.holds, w.case_id) for w in written
    ]
    return there, problems


def _own_folder(case_id: str, taken: set[str]) -> str:
    """The folder of one woman, also where upper and lower case are one."""
    stem = file_stem(case_id)
    while stem.casefold() in taken:
        stem += "_"
    taken.add(stem.casefold())
    return stem


def _content(source: Case | CaseTables, judgements: Sequence[Judgement]) -> Content:
    from corr.export.gather import content  # heavy, and not needed where only tables are written

    return content(source, judgements)


def _beside(f: Format, source: Case | CaseTables) -> tuple[object, ...]:
    """What a writer needs of the case itself: the voxels of its MRI."""
    return (f.load("beside")(source),) if f.beside and isinstance(source, Case) else ()


def _failed(f: Format, case_id: str, error: Exception) -> Problem:
    if isinstance(error, CorrError):
        allowed, fix = error.allowed or error.ALLOWED, error.fix or error.what
    else:
        allowed = "a case that can be written"
        fix = f"please report this with the rows of the case: {type(error).__name__}: {error}"
    return Problem("", None, case_id, "", f"export to {f.name}", "", "flagged", allowed, fix)


@contextmanager
def _moved_at_the_end(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """A folder beside the results for what is being written; no half of a format is left."""
    part = folder / f".export.{token_hex(4)}"
    part.mkdir()
    try:
        yield part
        for name in names:
            if (part / name).is_dir():
                (part / name).rename(folder / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
