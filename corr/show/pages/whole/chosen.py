"""Cases chosen by what holds of a pair of their findings: a checked expression, never code.

An expression is that of `pandas.DataFrame.query`, of columns, constants, comparisons, arithmetic
and the few functions in `METHODS`; anything else is refused before pandas sees it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
import pandas as pd

from corr.exchange.tables import PAIRS
from corr.judgement.verdict import VERDICTS
from corr.problems import CorrError, Problem
from corr.records import Breast, Finding

ADDED = {
    "modality_a": "of finding_a: MG, US, MR or CEM; '' where it is not known",
    "modality_b": "of finding_b",
    "kind_a": "of finding_a as reported; '' if not stated",
    "kind_b": "of finding_b",
    "prior": "P(same) before places, kinds and sizes are looked at",
    "findings": "of the breast",
    "problems": "of the case: values rejected, ignored or flagged",
}
"""Columns beside those of pairs.csv."""
COLUMNS = (*PAIRS, *ADDED)
WORDS = ("verdict", "case_id", "breast", "finding_a", "finding_b", *list(ADDED)[:4])
METHODS = ("startswith", "endswith", "contains")
"""Of ``column.str``; ``abs`` is the one plain function."""
EXAMPLE = "verdict == 'undecided' and prior > 0.5"
_PLAIN = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Invert),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.BitAnd, ast.BitOr),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
    *(ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple),
)


def asked_pairs(
    pairs: pd.DataFrame, breasts: Sequence[Breast], problems: Sequence[Problem] = ()
) -> pd.DataFrame:
    """``pairs.csv`` with the columns `ADDED`, as an expression may ask of them.

    Columns that tables of an earlier version lack are not known (NaN).
    """
    pairs = pairs.assign(**{c: np.nan for c in PAIRS if c not in pairs})
    found = {f.finding_id: f for b in breasts for f in b.findings}
    counted = {(b.case_id, b.side): len(b.findings) for b in breasts}
    wrong = Counter(p.case_id for p in problems)
    ends = {end: [found.get(i) for i in pairs[f"finding_{end}"]] for end in "ab"}
    odds = 10.0 ** pairs["log10_prior"].to_numpy(float)
    breast = zip(pairs["case_id"], pairs["breast"], strict=True)
    return pairs.assign(
        **{
            f"modality_{end}": [f.modality if f else "" for f in some] for end, some in ends.items()
        },
        **{f"kind_{end}": [_kind(f) for f in some] for end, some in ends.items()},
        prior=odds / (1.0 + odds),
        findings=[counted.get(b, 0) for b in breast],
        problems=[wrong[case] for case in pairs["case_id"]],
    )


def _kind(finding: Finding | None) -> str:
    return (finding.kind or "") if finding else ""


def chosen_pairs(pairs: pd.DataFrame, where: str) -> pd.DataFrame:
    """Rows of `asked_pairs` of which an expression holds.

    Raises
    ------
    CorrError
        If it cannot be read, names another column, or is no condition; it says which columns
        there are.
    """
    check(where)
    try:
        held = pairs.eval(where, engine="python")
    except Exception as error:
        raise _refused(where, f"{type(error).__name__}: {error}") from None
    held = np.asarray(held)
    if held.dtype != bool or held.shape != (len(pairs),):
        raise _refused(where, "it is no condition that holds or not of a pair")
    return pairs[held]


def check(where: str) -> None:
    """Refuse an expression that cannot be read, or holds more than conditions on `COLUMNS`."""
    try:
        tree = ast.parse(where.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = getattr(error, "msg", None) or "it cannot be read"
        raise _refused(where, f"{why} (== compares; texts stand in quotes)") from None
    calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call) and _called(n)]
    allowed = {id(f) for f in calls} | {id(f.value) for f in calls if isinstance(f, ast.Attribute)}
    for node in ast.walk(tree):
        if id(node) in allowed:
            continue
        if isinstance(node, ast.Name) and node.id not in COLUMNS:
            near = get_close_matches(node.id, COLUMNS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            if node.id in VERDICTS:
                hint = f"; a text stands in quotes: verdict == {node.id!r}"
            raise _refused(where, f"there is no column {node.id!r}{hint}")
        if isinstance(node, ast.BinOp) and _text_in(node):
            raise _refused(where, "texts are only compared")
        if not isinstance(node, _PLAIN) and not _called(node):
            raise _refused(
                where, f"{ast.unparse(node) or type(node).__name__} is not allowed in it"
            )


def _called(node: ast.AST) -> bool:
    """Whether a node is an allowed call: ``abs`` of one value, or one of `METHODS` with a text."""
    if not isinstance(node, ast.Call) or node.keywords:
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id == "abs" and len(node.args) == 1
    match node.func:
        case ast.Attribute(attr=name, value=ast.Attribute(attr="str", value=ast.Name(id=column))):
            text = [
                a for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
            ]
            plain = len(text) == len(node.args) == 1
            return name in METHODS and column in WORDS and plain
    return False


def _text_in(node: ast.BinOp) -> bool:
    """Whether a text is computed with; ``&`` and ``|`` are and, or to pandas."""
    if isinstance(node.op, (ast.BitAnd, ast.BitOr)):
        return False
    some = (node.left, node.right)
    return any(isinstance(x, ast.Constant) and isinstance(x.value, str) for x in some)


def _refused(where: str, why: str) -> CorrError:
    return CorrError(
        f"{where!r}: {why}",
        where="--where",
        allowed=f"conditions on {', '.join(COLUMNS)}; and, or, not, in, abs(), "
        f"column.str.startswith('A')",
        fix=f'write it as "{EXAMPLE}"',
    )
