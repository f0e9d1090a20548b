"""Pages that open offline: of a result, of a case file, of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corr.case.casefile import Case
from corr.case.tables import write_case_tables
from corr.face.tables import FiveTables
from corr.show.pages.press import make_cohort_report, make_report


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
            out.mkdir(parents=True, exist_ok=True)
            found[name] = out / f"{name}.csv"
            table = (
                source if isinstance(source, pd.DataFrame) else pd.DataFrame(source, dtype=object)
            )
            table.to_csv(found[name], index=any(n is not None for n in table.index.names))
    return found
