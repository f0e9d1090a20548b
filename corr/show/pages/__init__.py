"""Pages that open offline, from notebooks: one case or a whole cohort."""

from corr.show.pages.execute import ReportError, check_parameters, find_notebook, run_notebook
from corr.show.pages.html_page import to_html
from corr.show.pages.press import make_cohort_report, make_report

__all__ = [
    "ReportError",
    "check_parameters",
    "find_notebook",
    "make_cohort_report",
    "make_report",
    "run_notebook",
    "to_html",
]
