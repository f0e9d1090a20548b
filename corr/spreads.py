"""How wide the measurement spreads of one source of findings are, learned without any truth.

Findings that are one lesion agree in place as closely as the clinic measures. A table of many
breasts therefore tells by itself whether the published spreads fit it: the probability of all
its findings, whatever their grouping, is largest where the spreads are right. One factor on all
spreads is learned this way, held near 1 by what spreads differ between published series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from corr.judge import in_order
from corr.parameters import Parameters
from corr.records import Breast
from corr.weights import Weights

Floats = NDArray[np.float64]
FACTORS = np.geomspace(0.5, 2.0, 9)
FINE = np.geomspace(0.5, 2.0, 401)
MOST_FINDINGS = 12
MOST_BREASTS = 300
REPLICATES, SEED = 400, 1


@dataclass(frozen=True)
class Spreads:
    """The learned factor on all spreads.

    Attributes
    ----------
    factor : posterior mean of its logarithm, as a factor
    low, high : 95 % interval: of the posterior, and a bootstrap over women
    breasts : how many took part
    log_evidence : ``(9,)`` log probability of all their findings at `FACTORS`, 0 at its largest
    """

    factor: float
    low: float
    high: float
    breasts: int
    log_evidence: Floats

    @property
    def sentence(self) -> str:
        """The result in words."""
        return (
            f"The findings of {self.breasts} breasts agree as if all spreads were "
            f"{self.factor:.2f} times (95 %: {self.low:.2f}-{self.high:.2f}) those of the table "
            f"of constants; `--spreads {self.factor:.2f}` judges with that."
        )


def chosen(breasts: Sequence[Breast]) -> list[Breast]:
    """Breasts that can tell (two exams found something), at most `MOST_BREASTS`.

    Which ones does not depend on their order. Breasts with very many findings would take most
    of the time and tell no more than several others.
    """
    able = []
    for b in breasts:
        matched = [f.reading_id for f in b.findings if f.matched]
        if len(set(matched)) > 1 and len(matched) <= MOST_FINDINGS:
            able.append(b)
    key = {id(b): sha256(f"{b.case_id}\0{b.side}".encode()).digest() for b in able}
    return sorted(able, key=lambda b: key[id(b)])[:MOST_BREASTS]


def learn(breasts: Sequence[Breast], p: Parameters, *, jobs: int = -1) -> Spreads:
    """Learn the factor from findings alone.

    Raises
    ------
    ValueError
        If in no breast two exams found something.
    """
    able = chosen(breasts)
    rows = Parallel(n_jobs=jobs)(delayed(_log_evidence_if_any)(b, p) for b in able)
    able = [b for b, row in zip(able, rows, strict=True) if row is not None]
    if not able:
        msg = (
            "no breast in which two exams found something (and at most "
            f"{MOST_FINDINGS} findings): these findings cannot tell how well they agree"
        )
        raise ValueError(msg)
    evidence = np.array([row for row in rows if row is not None])
    total = evidence.sum(axis=0)
    mean, sd = _posterior(total, p)
    # the model is only nearly right, so women scatter more than it says
    names, women = np.unique([b.case_id for b in able], return_inverse=True)
    share = np.full(len(names), 1 / len(names))
    draws = np.random.default_rng(SEED).multinomial(len(names), share, REPLICATES)
    among_women = np.std([_posterior(w[women] @ evidence, p)[0] for w in draws])
    off = 1.96 * np.hypot(sd, among_women)
    low, factor, high = np.exp([mean - off, mean, mean + off]).tolist()
    return Spreads(factor, low, high, len(able), total - total.max())


def log_evidence(breast: Breast, p: Parameters) -> Floats:
    """``(9,)`` log probability of one breast's findings at `FACTORS`, up to a constant."""
    ordered = in_order(breast)
    each = [Weights(ordered, p.scale_spreads(float(k))).full.evidence.sum() for k in FACTORS]
    return np.asarray(np.log(np.maximum(each, 1e-300)))


def _log_evidence_if_any(breast: Breast, p: Parameters) -> Floats | None:
    """None for a breast that cannot be judged: it must not stop the others, and is told there."""
    try:
        return log_evidence(breast, p)
    except Exception:
        return None


def _posterior(evidence: Floats, p: Parameters) -> tuple[float, float]:
    """Mean and SD of ln factor for summed log evidence ``(9,)`` at `FACTORS`."""
    fine = np.log(FINE)
    log = CubicSpline(np.log(FACTORS), evidence)(fine) - 0.5 * (fine / p["spreads_ln_sd"]) ** 2
    weight = np.exp(log - log.max())
    mean = weight @ fine / weight.sum()
    return float(mean), float(np.sqrt(weight @ (fine - mean) ** 2 / weight.sum()))
