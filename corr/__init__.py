"""breast-corr: do these findings refer to the same lesion? Research use only.

>>> import corr
>>> result = corr.judge(corr.open_data("seed_case")["case"])
>>> result.breast("seed", "R").pairs.shape
(6, 15)

Names are loaded when they are first asked for, so that importing corr itself takes no time;
`docs/face.md` describes each.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from corr.version import __version__ as __version__

if TYPE_CHECKING:  # the same names again, for editors and type checkers (a test compares them)
    from corr.anatomy import frame as frame
    from corr.case.casefile import Case as Case
    from corr.case.casefile import read_case as read_case
    from corr.case.open import CaseTables as CaseTables
    from corr.case.open import is_case_file as is_case_file
    from corr.case.open import open_case as open_case
    from corr.case.open import open_cases as open_cases
    from corr.case.open import read_tables as read_tables
    from corr.case.tables import write_problems as write_problems
    from corr.case.template import new_case as new_case
    from corr.cohort.cluster import on_dask as on_dask
    from corr.cohort.journal import Journal as Journal
    from corr.cohort.judge_stream import Streamed as Streamed
    from corr.cohort.run_record import RunRecord as RunRecord
    from corr.cohort.run_record import is_current as is_current
    from corr.datasets import open_data as open_data
    from corr.demo import run_demo as run_demo
    from corr.exchange.merge import merge as merge
    from corr.exchange.tables import HEADERS as HEADERS
    from corr.exchange.tables import write_tables as write_tables
    from corr.face import pictures as pictures
    from corr.face.breast import JudgedBreast as JudgedBreast
    from corr.face.cohort import Glance as Glance
    from corr.face.cohort import glance as glance
    from corr.face.constants import Learned as Learned
    from corr.face.constants import learn_spreads as learn_spreads
    from corr.face.constants import load_parameters as load_parameters
    from corr.face.constants import with_spreads as with_spreads
    from corr.face.exploring import explore as explore
    from corr.face.exploring import explorer_notebook as explorer_notebook
    from corr.face.exporting import Exported as Exported
    from corr.face.exporting import read_export as read_export
    from corr.face.images import Inventory as Inventory
    from corr.face.images import inventory as inventory
    from corr.face.images import read_text as read_text
    from corr.face.images import save_case as save_case
    from corr.face.judging import judge as judge
    from corr.face.judging import part_of as part_of
    from corr.face.large import judge_large as judge_large
    from corr.face.large import may_be_large as may_be_large
    from corr.face.pages import CasePages as CasePages
    from corr.face.pages import check_where as check_where
    from corr.face.pages import make_case_pages as make_case_pages
    from corr.face.questions.change import Changed as Changed
    from corr.face.questions.change import change as change
    from corr.face.questions.localise import Localised as Localised
    from corr.face.questions.localise import Outcomes as Outcomes
    from corr.face.questions.localise import localise as localise
    from corr.face.questions.localise import outcomes as outcomes
    from corr.face.questions.look import Looked as Looked
    from corr.face.questions.look import look as look
    from corr.face.questions.next_exam import NextExam as NextExam
    from corr.face.questions.next_exam import next_exam as next_exam
    from corr.face.questions.silence import SilentExams as SilentExams
    from corr.face.questions.silence import silence as silence
    from corr.face.questions.where import WhereToLook as WhereToLook
    from corr.face.questions.where import where_to_look as where_to_look
    from corr.face.reading import Checked as Checked
    from corr.face.reading import propose_columns as propose_columns
    from corr.face.reading import validate as validate
    from corr.face.reports import Report as Report
    from corr.face.reports import read_report as read_report
    from corr.face.result import Result as Result
    from corr.face.scoring import Benchmark as Benchmark
    from corr.face.scoring import benchmark as benchmark
    from corr.judgement.verdict import word as word
    from corr.parameters import Parameters as Parameters
    from corr.plurals import many as many
    from corr.problems import CorrError as CorrError
    from corr.problems import InputError as InputError
    from corr.problems import Problem as Problem
    from corr.problems import counted as counted
    from corr.problems import explain as explain
    from corr.problems import printable as printable
    from corr.show.pages.press import make_cohort_report as make_cohort_report
    from corr.show.pages.press import make_report as make_report
    from corr.show.wording import html as html
    from corr.workers import in_workers as in_workers

_NAMES = {
    "corr.anatomy": "frame",
    "corr.case.casefile": "Case read_case",
    "corr.case.open": "CaseTables is_case_file open_case open_cases read_tables",
    "corr.case.tables": "write_problems",
    "corr.case.template": "new_case",
    "corr.cohort.cluster": "on_dask",
    "corr.cohort.journal": "Journal",
    "corr.cohort.judge_stream": "Streamed",
    "corr.cohort.run_record": "RunRecord is_current",
    "corr.datasets": "open_data",
    "corr.demo": "run_demo",
    "corr.exchange.merge": "merge",
    "corr.exchange.tables": "HEADERS write_tables",
    "corr.face": "pictures",
    "corr.face.breast": "JudgedBreast",
    "corr.face.pages": "CasePages check_where make_case_pages",
    "corr.face.questions.change": "Changed change",
    "corr.face.cohort": "Glance glance",
    "corr.face.constants": "Learned learn_spreads load_parameters with_spreads",
    "corr.face.exploring": "explore explorer_notebook",
    "corr.face.exporting": "Exported read_export",
    "corr.face.images": "Inventory inventory read_text save_case",
    "corr.face.judging": "judge part_of",
    "corr.face.large": "judge_large may_be_large",
    "corr.face.questions.look": "Looked look",
    "corr.face.reading": "Checked propose_columns validate",
    "corr.face.reports": "Report read_report",
    "corr.face.result": "Result",
    "corr.face.scoring": "Benchmark benchmark",
    "corr.face.questions.silence": "SilentExams silence",
    "corr.face.questions.localise": "Localised Outcomes localise outcomes",
    "corr.face.questions.next_exam": "NextExam next_exam",
    "corr.face.questions.where": "WhereToLook where_to_look",
    "corr.judgement.verdict": "word",
    "corr.parameters": "Parameters",
    "corr.plurals": "many",
    "corr.problems": "CorrError InputError Problem counted explain printable",
    "corr.show.pages.press": "make_cohort_report make_report",
    "corr.show.wording": "html",
    "corr.workers": "in_workers",
}
_AT = {name: module for module, names in _NAMES.items() for name in names.split()}
_ROOMS = ("frame", "html", "pictures")
"""Names that are modules themselves."""


def __getattr__(name: str) -> Any:
    if name not in _AT:
        msg = f"module 'corr' has no attribute {name!r}"
        raise AttributeError(msg)
    at = _AT[name]
    found = import_module(f"{at}.{name}") if name in _ROOMS else getattr(import_module(at), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_AT})
