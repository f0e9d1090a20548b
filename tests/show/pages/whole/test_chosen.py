"""Cases are chosen by conditions on pairs; nothing else gets as far as pandas."""

from __future__ import annotations

import pandas as pd
import pytest

from corr.exchange.tables import PAIRS
from corr.problems import CorrError, Problem
from corr.records import Breast, Finding, Reading
from corr.show.pages.whole.chosen import COLUMNS, asked_pairs, check, chosen_pairs

READINGS = (Reading("MG", "MG", "MG", "CC"), Reading("US", "US", "US"), Reading("MR", "MR", "MR"))
FINDINGS = (
    Finding("a", "MG", "MG", "mass"),
    Finding("b", "US", "US"),
    Finding("c", "MR", "MR", "nme"),
)
WRONG = Problem("t.csv", 2, "A2", "b", "clock", "25", "ignored", "an hour", "mend it")
ROWS = [
    # case, side, a, b, P(same), band, verdict, prior and what is added
    ("A1", "R", "a", "b", 0.5, 0.2, 0.8, "undecided", 0.0, 0.5, 0.1, -1.0, 0.0, 0.0, 0.5),
    ("A2", "R", "a", "c", 0.96, 0.9, 0.99, "same", -1.0, 2.0, 0.1, 0.2, 0.0, 0.0, 0.96),
    ("B3", "L", "b", "c", 0.02, 0.0, 0.1, "different", -1.0, -2.0, 0.0, 0.0, 0.0, 0.0, 0.02),
]


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    stated = pd.DataFrame(ROWS, columns=list(PAIRS))
    return asked_pairs(stated, [Breast("A1", "R", READINGS, FINDINGS)], [WRONG])


def test_columns_are_those_that_errors_name(pairs):
    assert tuple(pairs.columns) == COLUMNS
    assert list(pairs["prior"].round(2)) == [0.5, 0.09, 0.09]
    assert list(pairs["findings"]) == [3, 0, 0]


@pytest.mark.parametrize(
    ("where", "cases"),
    [
        ("verdict == 'undecided'", "A1"),
        ("verdict in ['same', 'different']", "A2 B3"),
        ("prior > 0.3 and p_same < 0.7", "A1"),
        ("p_high - p_low > 0.5", "A1"),
        ("0.3 < p_same < 0.97", "A1 A2"),
        ("abs(p_same - 0.5) > 0.4", "A2 B3"),
        ("modality_a == 'MG' & modality_b == 'US'", "A1"),
        ("kind_a == ''", "B3"),
        ("~(kind_b == 'nme')", "A1"),
        ("not problems > 0", "A1 B3"),
        ("case_id.str.startswith('A') and breast == 'R'", "A1 A2"),
        ("-log10_prior < 0.5", "A1"),
        ("p_same > 2", ""),
    ],
)
def test_cases_with_a_pair_like_that(pairs, where, cases):
    assert " ".join(chosen_pairs(pairs, where)["case_id"]) == cases


def test_none_of_no_pairs():
    assert chosen_pairs(asked_pairs(pd.DataFrame(columns=list(PAIRS)), []), "p_same > 0.5").empty


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("", "invalid syntax"),
        ("verdict = 'same'", "== compares"),
        ("verdict == undecided", "a text stands in quotes: verdict == 'undecided'"),
        ("p_sane > 0.5", "there is no column 'p_sane'; did you mean p_same?"),
        ("index > 3", "there is no column 'index'"),
        ("@x > 1", "invalid syntax"),
        ("p_same @ p_low > 1", "MatMult is not allowed"),
        ("`p_same` > 1", "invalid syntax"),
        ("__import__('os').getcwd() == ''", "is not allowed"),
        ("case_id.__class__ == 1", "case_id.__class__ is not allowed"),
        ("case_id.str.cat() == 'a'", "is not allowed"),
        ("case_id.str.contains(finding_a)", "is not allowed"),
        ("p_same.values.tofile('x') == 1", "is not allowed"),
        ("abs(p_same, 3) > 1", "is not allowed"),
        ("sum(p_same) > 1", "is not allowed"),
        ("(lambda: 1)() == 1", "is not allowed"),
        ("[x for x in verdict] == 1", "is not allowed"),
        ("p_same ** 9 > 1", "Pow is not allowed"),
        ("(p_same := 3) > 1", "is not allowed"),
        ("'a' * 99999999999 == verdict", "texts are only compared"),
        ("p_same if True else p_low", "is not allowed"),
        ("p_same", "no condition"),
        ("True", "no condition"),
        ("verdict > 3", "TypeError"),
        ("(" * 5000 + "p_same" + ")" * 5000, "--where"),
    ],
)
def test_anything_else_is_refused_with_the_columns_there_are(pairs, where, why):
    with pytest.raises(CorrError) as refused:
        chosen_pairs(pairs, where)
    assert why in str(refused.value)
    assert "p_same, p_low, p_high, verdict" in str(refused.value)


def test_it_is_refused_before_there_are_pairs():
    check("verdict == 'same'")
    with pytest.raises(CorrError, match="verdct"):
        check("verdct == 'same'")
