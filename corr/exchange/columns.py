"""The columns of the result tables: each once, with all that is said of it anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corr.judgement.verdict import VERDICTS
from corr.problems import ACTIONS

Kind = Literal["string", "number", "integer", "date"]


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """What one column of a table holds.

    Parameters
    ----------
    about : in words
    kind : of value
    unit : empty where there is none
    least, most : bounds, both included
    words : all that may stand in it, where they are few
    required : whether every row states it
    """

    about: str
    kind: Kind = "string"
    unit: str = ""
    least: float | None = None
    most: float | None = None
    words: tuple[str, ...] = ()
    required: bool = True


def _p(about: str) -> ResultColumn:
    return ResultColumn(about, "number", least=0.0, most=1.0)


def _part(about: str) -> ResultColumn:
    return ResultColumn(f"log10 odds that {about}", "number")


def _mm(about: str) -> ResultColumn:
    return ResultColumn(about, "number", "mm")


_WHOSE = {
    "case_id": ResultColumn("the woman, as the user called her"),
    "breast": ResultColumn("the patient's own left or right", words=("L", "R")),
}
_AXES = {
    "lateral": "towards the outer side from the nipple",
    "superior": "above the nipple",
    "posterior": "behind the nipple",
}
RESULTS: dict[str, dict[str, ResultColumn]] = {
    "pairs": {
        **_WHOSE,
        "finding_a": ResultColumn("one finding of the pair"),
        "finding_b": ResultColumn("the other, of another reading"),
        "p_same": _p("probability that both are the same lesion"),
        "p_low": _p("lower end of its band: measurement spreads and assumptions changed"),
        "p_high": _p("upper end of its band"),
        "verdict": ResultColumn("the weakest word of the band", words=VERDICTS),
        "log10_prior": _part("they are the same before anything is compared"),
        "log10_location": _part("the places add"),
        "log10_size": _part("the sizes add"),
        "log10_kind": _part("kinds and BI-RADS categories add"),
        "log10_reporting": _part("the exams' habits of reporting add"),
        "log10_context": _part("the other findings add"),
        "p_one_process": _p("probability of one lesion, or one within what the other extends over"),
    },
    "lesions": {
        **_WHOSE,
        "lesion": ResultColumn(
            "number of the lesion in the most probable grouping", "integer", least=1
        ),
        "finding_id": ResultColumn("a finding that is this lesion"),
        "p_grouping": _p("probability of the most probable grouping"),
    },
    "groupings": {
        **_WHOSE,
        "rank": ResultColumn("1 is the most probable", "integer", least=1),
        "p_grouping": _p("probability of this grouping"),
        "grouping": ResultColumn("findings of one lesion joined by +, lesions apart by |"),
    },
    "locations": {
        **_WHOSE,
        "finding_id": ResultColumn("the finding"),
        **{f"{axis}_mm": _mm(f"mean of where it is believed, {at}") for axis, at in _AXES.items()},
        **{f"{axis}_lo80": _mm(f"lower limit of 80 %, {at}") for axis, at in _AXES.items()},
        **{f"{axis}_hi80": _mm(f"upper limit of 80 %, {at}") for axis, at in _AXES.items()},
        "volume80_cm3": ResultColumn(
            "volume of the smallest region that holds 80 %", "number", "cm3", least=0.0
        ),
    },
    "problems": {
        "file": ResultColumn("the file", required=False),
        "row": ResultColumn(
            "row of a table (the header is 1) or line of a case file", "integer", least=1,
            required=False,
        ),
        "case_id": ResultColumn("the woman; empty: the whole file", required=False),
        "finding_id": ResultColumn("the finding; empty: not of one finding", required=False),
        "field": ResultColumn("the column"),
        "value": ResultColumn("what is written there", required=False),
        "action": ResultColumn("what was done", words=ACTIONS),
        "allowed": ResultColumn("what would have been accepted", required=False),
        "fix": ResultColumn("how to mend it", required=False),
    },
}  # fmt: skip
"""Columns of each result table, in the order of its files."""
