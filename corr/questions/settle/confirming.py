"""What would confirm that two findings are one lesion: P(same) after each outcome of procedures."""

from __future__ import annotations

from collections.abc import Mapping

from corr.judgement.result import Pair
from corr.parameters import Parameter
from corr.questions.settle.apart import Apart
from corr.questions.settle.options import Options
from corr.questions.settle.procedure import After, Procedure, after
from corr.questions.settle.procedures import FociLookedFor, Inside, procedures

COUNT = 256
"""Particles of each answer."""
COLUMNS = (
    *("case_id", "breast", "finding_a", "finding_b"),
    *("exam", "outcome", "p_outcome", "p_same_now", "p_same_after"),
)
"""Of the table of outcomes."""
COMPARE = (Inside, Apart)
"""Procedures that compare what the one holds, or where it lies, with the other."""
Told = list[tuple[Procedure, tuple[After, ...]]]


def confirmations(
    options: Options,
    pair: Pair,
    changes: Mapping[str, float] | None = None,
    kinds: tuple[type[Procedure], ...] = COMPARE,
) -> Told:
    """Each procedure that compares the two, with what each of its outcomes would make of them.

    Parameters
    ----------
    changes : constants of procedures (``settle_``) with other values; the particles stay
    kinds : of procedures
    """
    j = options.judgement
    p = j.parameters.override(changes or {})
    asked = procedures(j.breast, pair.finding_a, pair.finding_b, p)
    _, given = options.particles(pair, COUNT)
    if not given.yes.any() or given.yes.all():
        return []
    return [(x, after(x, pair.p_same, given)) for x in asked if isinstance(x, kinds)]


def least_known(options: Options, pair: Pair) -> tuple[Parameter, float, float] | None:
    """The share of foci that are seen, and P(same) after none were, one spread lower and higher."""
    row = options.judgement.parameters.table["settle_foci_seen"]
    ends = []
    for value in (row.value - row.spread, row.value + row.spread):
        told = confirmations(options, pair, {row.name: value}, (FociLookedFor,))
        ends += [outcomes[-1].p_yes for _, outcomes in told]
    return (row, ends[0], ends[1]) if ends else None


def rows(options: Options, pair: Pair) -> list[dict[str, object]]:
    """One row an outcome, with `COLUMNS`."""
    breast = options.judgement.breast
    head = (breast.case_id, breast.side, pair.finding_a, pair.finding_b)
    return [
        dict(
            zip(
                COLUMNS,
                (
                    *(*head, x.name, outcome.says),
                    *(round(p, 4) for p in (outcome.p_outcome, pair.p_same, outcome.p_yes)),
                ),
                strict=True,
            )
        )
        for x, told in confirmations(options, pair)
        for outcome in told
    ]
