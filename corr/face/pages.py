"""Pages that open offline: of a result, of a case, of a table; of many cases, and their index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corr.case.casefile import Case
from corr.case.tables import write_case_tables
from corr.exchange.frames import write_frame
from corr.extras import needs
from corr.face.result import Result
from corr.face.tables import FiveTables
from corr.plurals import many
from corr.problems import CorrError
from corr.show.pages.press import make_cohort_report, make_report

if TYPE_CHECKING:
    from corr.show.many.make import Made


@dataclass(frozen=True)
class CasePages:
    """Pages that were made.

    Attributes
    ----------
    index : page with a row for each case
    pages : one a case: ``case_id``, ``page`` (its name in the folder), ``why`` it could not be
        made, whether it ``stood`` there already
    warm : kernels were forks of one that had everything loaded
    """

    index: Path
    pages: Sequence[Made]
    warm: bool

    @property
    def failed(self) -> list[Made]:
        """Cases whose page could not be made."""
        return [made for made in self.pages if made.why]

    def __str__(self) -> str:
        if not self.pages:
            return "no case has a pair like that"
        stood = sum(made.stood for made in self.pages)
        bad = self.failed
        said = [f"{many(len(self.pages) - stood - len(bad), 'page')} made"]
        said += [f"{stood} current already"] if stood else []
        said += [f"{len(bad)} failed"] if bad else []
        lines = [", ".join(said), *(f"  {made.case_id}: {made.why}" for made in bad)]
        return "\n".join(lines)


def make_case_pages(
    findings: str | Path,
    where: str | None = None,
    *,
    out_dir: str | Path,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
    judged: str | Path | Result | None = None,
    overrides: Mapping[str, float] | None = None,
    jobs: int = -1,
    done: Callable[[Made], object] = lambda _: None,
) -> CasePages:
    """Make the pages of all cases that have a pair of which ``where`` holds, in parallel.

    A page that stands and is current (same rows, constants and code) is not made again. One that
    fails stops no other; what ran of its notebook is kept in the folder ``failed``.

    Parameters
    ----------
    findings, breasts, exams : table files
    where : as ``"verdict == 'undecided' and prior > 0.5"``: columns of ``pairs.csv`` and
        ``modality_a, modality_b, kind_a, kind_b, prior, findings, problems``; None: all cases
    judged : a result, or the folder of its tables; judged anew without
    jobs : pages at a time, -1 = one per core
    done : told of each page when it is there

    Raises
    ------
    CorrError
        If the expression cannot be used; it says which columns there are.
    FileNotFoundError
        If there is no ``pairs.csv`` in the folder.
    """
    needs("notebooks", "pages")
    from corr.show.many.index import write_index
    from corr.show.many.make import Sources, make_pages
    from corr.show.many.warm import CAN_FORK
    from corr.show.pages.cohort import read_pairs
    from corr.show.pages.whole.chosen import asked_pairs, check, chosen_pairs

    paths = (findings, breasts, exams)
    given = [None if x is None else Path(x).resolve() for x in paths]
    assert given[0] is not None
    sources = Sources(given[0], given[1], given[2], dict(overrides or {}))
    tables = sources.read()
    if where is not None:  # what cannot be read is said before anything is judged
        check(where)
    if judged is None:
        from corr.face.judging import judge

        judged = judge(tables, overrides, jobs=jobs)
    stated = judged.pairs if isinstance(judged, Result) else read_pairs(judged)
    pairs = asked_pairs(stated, tables.breasts, tables.problems)
    if where is None:
        ids, asked = tables.case_ids, "all"
    else:
        ids = sorted(set(chosen_pairs(pairs, where)["case_id"]) & set(tables.case_ids))
        asked = f"those with a pair of which {where} holds"
    out = Path(out_dir)
    pages = make_pages(sources, ids, out, jobs=_workers(jobs), done=done)
    index = write_index(out, pages, pairs, tables.breasts, tables.problems, asked=asked)
    return CasePages(index, pages, CAN_FORK)


def check_where(where: str) -> None:
    """Refuse what `make_case_pages` could not use, before anything is computed for it.

    Raises
    ------
    CorrError
        That says what cannot be read, and which columns there are.
    """
    from corr.show.pages.whole.chosen import check

    check(where)


def _workers(jobs: int) -> int:
    from joblib import effective_n_jobs

    if jobs == 0:
        msg = "no worker at all"
        raise CorrError(msg, where="jobs", allowed="a number, or -1 for one per core")
    return int(effective_n_jobs(jobs))


def page_of(result: FiveTables, out: Path, case_id: str | None = None, remark: str = "") -> Path:
    """The page of one case of a result, or of all its cases; see `Result.report`.

    Tables that are no files are written to ``out`` first: the page is made by a notebook.
    """
    source, changes = result.source, result.changes
    if case_id is None and len(result.case_ids) > 1:
        result.save(out)
        files = _files(result, out)
        _, page = make_cohort_report(**files, results=out, out_dir=out, overrides=changes)
        return page
    if isinstance(source, Case) and source.file is not None:
        _, page = make_report(source.file, out_dir=out, overrides=changes, remark=remark)
        return page
    if isinstance(source, Case):
        files = dict(write_case_tables(source, out))
        files.pop("problems")
    else:
        files = _files(result, out)
    case_id = result.case_ids[0] if case_id is None else case_id
    shown: dict[str, Any] = {"case_id": case_id, "overrides": changes, "remark": remark}
    _, page = make_report(files.pop("findings"), out_dir=out, **files, **shown)
    return page


def _files(result: FiveTables, out: Path) -> dict[str, Any]:
    """The tables of a result as files; frames, dicts and tables in other columns are written."""
    found: dict[str, Any] = {}
    assert not isinstance(result.source, Case)  # it holds one case
    if result.source.columns is not None:
        return dict(result.source.save(out))
    import pandas as pd

    for name, source in result.source.sources.items():
        found[name] = source
        if source is not None and not isinstance(source, (str, Path)):
            table = (
                source if isinstance(source, pd.DataFrame) else pd.DataFrame(source, dtype=object)
            )
            if any(n is not None for n in table.index.names):
                table = table.reset_index()
            found[name] = write_frame(table, out / f"{name}.csv")
    return found
