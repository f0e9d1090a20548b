"""Positions in both states compared as `corr` judges: with all else that is in the breast.

The other landmarks of that breast are findings of both exams, too. They tell the errors that
findings of one exam share; which of them belong together is not told but judged.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.real_landmarks.pose_fits import PRONE, SUPINE, Floats, States, mixed, near, refit
from corr.anatomy import breast as breast_module
from corr.anatomy.breast import BreastModel
from corr.judgement.judge import SIZE
from corr.judgement.order import in_order
from corr.judgement.quadrature import weighed
from corr.parameters import Parameters
from corr.records import Breast, Finding, Shape
from corr.workers import in_workers

WHOLE = "corr, whole breast"
WHOLE_SKIN = f"{WHOLE}, MRI depth below skin"
WHOLE_PLACES = f"{WHOLE_SKIN}, prior of where landmarks are"


def whole_breasts(s: States, p: Parameters, jobs: int = -1) -> dict[str, Floats]:
    """Log Bayes factors ``(n, n)`` by method; nan where a pair is not compared.

    The supine position of a row's own landmark is replaced by that of the column. The matrix
    from prone to supine and the prior of where landmarks are leave the woman out.
    """
    without = replace(s, skin_mm=None)
    known = {WHOLE: without}
    if s.skin_mm is not None:
        known |= {WHOLE_SKIN: s, WHOLE_PLACES: s}
    found = {}
    for method, of in known.items():
        row = partial(_row, of, p, places=method == WHOLE_PLACES)
        found[method] = np.array(list(in_workers(row, range(len(s)), jobs=jobs)))
    return found


def _row(s: States, p: Parameters, i: int, *, places: bool) -> Floats:
    """Log Bayes factors ``(n,)`` of one prone position against every supine one."""
    others = s.case != s.case[i]
    fitted = refit(p, s.prone[others], s.supine[others])
    model = breast_module.build(Shape(), fitted)
    weights = near(s.prone, model, fitted) if places else None
    rest = [_finding(s, k, state) for k in s.of_same_breast(i) for state in (0, 1)]
    one = _finding(s, i, 0)
    compared = s.different[i] | (np.arange(len(s)) == i)
    out = np.full(len(s), np.nan)
    for candidate in np.unique(s.case[compared]):
        at = model
        if weights is not None:
            kept = others & (s.side == s.side[i]) & (s.case != candidate)
            at = replace(model, prior=mixed(model.prior, weights[kept]))
        unplaced = [Finding(x, r.reading_id, "MR") for x, r in (("a", PRONE), ("b", SUPINE))]
        before = _log_odds([*unplaced, *rest], fitted, at)
        for k in np.flatnonzero(compared & (s.case == candidate)).tolist():
            other = replace(_finding(s, k, 1), finding_id="b")
            found = [replace(one, finding_id="a"), other, *rest]
            out[k] = _log_odds(found, fitted, at) - before
    return out


def _finding(s: States, k: int, state: int) -> Finding:
    """Landmark ``k`` as found prone (0) or supine (1)."""
    lateral, superior, posterior = (s.prone, s.supine)[state][k].tolist()
    depth_mm = None if s.skin_mm is None else float(s.skin_mm[state][k])
    return Finding(
        f"{k}-{state}", (PRONE, SUPINE)[state].reading_id, "MR", depth_mm=depth_mm,
        lateral_mm=lateral, superior_mm=superior, posterior_mm=posterior,
    )  # fmt: skip


def _log_odds(findings: list[Finding], p: Parameters, model: BreastModel) -> float:
    """Log odds that findings a and b are one lesion."""
    breast = in_order(Breast("landmarks", "L", (PRONE, SUPINE), tuple(findings)))
    weights = weighed(breast, p, model=model)
    names = [f.finding_id for f in weights.findings]
    same = weights.p_same(SIZE, located=True)[names.index("a"), names.index("b")]
    return float(np.log(same) - np.log1p(-same))
