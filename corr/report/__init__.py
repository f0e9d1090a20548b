"""Pages that open offline, from notebooks: one case or a whole cohort."""

from corr.report.execute import ReportError, check_parameters, find_notebook, run_notebook
from corr.report.html_page import to_html
from corr.report.pages import make_cohort_report, make_report

__all__ = [
    "ReportError",
    "check_parameters",
    "find_notebook",
    "make_cohort_report",
    "make_report",
    "run_notebook",
    "to_html",
]
