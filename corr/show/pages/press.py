"""Pages of cases and cohorts: papermill executes a notebook, and it becomes a page.

Only JSON types go to papermill (it turns other types into strings without a word), names are
checked against the notebook's own parameters, and a file appears under its final name only
when it is whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corr.case.open import open_case
from corr.exchange.files import file_stem
from corr.extras import needs
from corr.parameters import load
from corr.tables import read_findings

PAGES = "pages"


def make_report(
    source: str | Path,
    *,
    out_dir: str | Path,
    case_id: str | None = None,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
    overrides: Mapping[str, float] | None = None,
    remark: str = "",
    exported: str | Path | None = None,
    stamp: str = "",
    aside: Path | None = None,
) -> tuple[Path, Path]:
    """The page of one case: executed ``02_case`` notebook and self-contained HTML.

    Parameters
    ----------
    source
        A YAML case, or a findings table together with ``case_id``.
    overrides
        Constants changed for this page.
    remark
        Said below the title, e.g. that the case is simulated.
    exported
        Folder of `Result.export`; what is there is listed on the page.
    stamp, aside
        As `run_notebook` has them.

    Returns
    -------
    paths of the notebook and of the page, named by the case

    Raises
    ------
    InputError
        If the case cannot be read (before a kernel is started).
    CorrError
        If an override names no constant or cannot be set.
    NotInstalledError
        If what pages are made with is not installed.
    ReportError
        If the notebook fails; the message names what is kept of it.
    """
    needs("notebooks", PAGES)
    from corr.show.pages.execute import run_notebook

    case = open_case(source, case_id, breasts=breasts, exams=exams)
    load().override({**case.parameters, **(overrides or {})})  # what cannot be set is said at once
    parameters: dict[str, Any] = {"case": _absolute(source), "case_id": case_id}
    parameters |= {"breasts": _absolute(breasts), "exams": _absolute(exams)}
    parameters["overrides"] = {k: float(v) for k, v in (overrides or {}).items()}
    parameters |= {"remark": remark, "exported": _absolute(exported)}
    stem = file_stem(case_id or Path(source).stem)
    how = {"stem": stem, "title": case.heading, "stamp": stamp}
    return run_notebook("02_case", parameters, out_dir, aside=aside, **how)


def make_cohort_report(
    findings: str | Path,
    *,
    out_dir: str | Path,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
    results: str | Path | None = None,
    truth: str | Path | None = None,
    pages: str | Path | None = None,
    title: str = "A cohort at a glance",
    **others: Any,
) -> tuple[Path, Path]:
    """The page of a whole table: executed ``06_cohort`` notebook and self-contained HTML.

    Parameters
    ----------
    results
        Folder of the tables that ``corr judge`` wrote for these findings; judged anew without.
    truth
        Table with ``finding_id, lesion_id``, to see whether stated probabilities are kept.
    pages
        Folder of case pages to be linked where they have been made: ``out_dir``, as a rule.
    others
        Further parameters of the notebook: ``simulated, most_breasts, jobs``.

    Raises
    ------
    InputError
        If no finding can be used (before a kernel is started).
    ReportError
        For an unknown parameter, or if the notebook fails.
    """
    needs("notebooks", PAGES)
    from corr.show.pages.execute import run_notebook

    read_findings(findings, breasts, exams)
    tables = {"findings": findings, "breasts": breasts, "exams": exams}
    tables |= {"results": results, "truth": truth, "pages": pages}
    parameters = {name: _absolute(path) for name, path in tables.items()} | others
    return run_notebook("06_cohort", parameters, out_dir, stem="cohort", title=title)


def _absolute(path: str | Path | None) -> str | None:
    return None if path is None else str(Path(path).resolve())
