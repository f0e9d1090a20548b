"""Whether a table's findings agree in place at all: beside those of other women, swapped in.

Spreads that are learned from findings of different lesions grow until everything may be one
lesion. Places tell how many pairs are one lesion without that: a pair's location Bayes factor
averages to one over findings that have nothing to do with each other, whatever the spreads, so
the share of pairs that fits the factors best is near zero there. The same pairs with the second
finding taken from a woman with a breast of similar size say what chance alone gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corr.anatomy import breast as breast_module
from corr.anatomy.breast import BreastModel
from corr.exams.registry import exam_of
from corr.exams.sighting import Same, by_itself
from corr.judgement.order import in_order, same_errors
from corr.judgement.quadrature import settled
from corr.parameters import Parameters
from corr.records import Breast, Finding, Reading
from corr.workers import in_workers

Floats = NDArray[np.float64]
SHARES = np.linspace(0.0, 1.0, 201)
DROP = 1.92
"""Log likelihood that a 95 % interval of one number loses at its ends."""
HALF = 0.5
CALLED = 0.5


class Sighted(NamedTuple):
    """A finding with its reading, and the side of its breast."""

    finding: Finding
    reading: Reading
    side: str


@dataclass(frozen=True)
class Mates:
    """How many pairs are one lesion: as stated, as places tell, and among swapped findings.

    Attributes
    ----------
    pairs : pairs of findings of different exams of one breast
    called : how many of them P(same) puts above a half
    stated : mean P(same) of them
    agree, low, high : share that is one lesion as places tell by themselves, and its 95 % interval
    swapped : the same share with the second finding that of another woman
    """

    pairs: int
    called: int
    stated: float
    agree: float
    low: float
    high: float
    swapped: float

    @property
    def warning(self) -> str:
        """Empty, or that the findings are mostly of different lesions, whatever P(same) says."""
        beyond_chance = self.low > self.swapped and self.agree > HALF * self.stated
        if self.pairs == 0 or beyond_chance or self.high > 0.75 * self.stated:
            return ""
        return (
            f"Warning: P(same) calls {self.called} of {self.pairs} pairs one lesion "
            f"(mean {self.stated:.2f}), but by their places only {self.agree:.2f} "
            f"({self.low:.2f} to {self.high:.2f}) are; among findings swapped between women with "
            f"breasts of similar size it is {self.swapped:.2f}. Most findings of this table seem "
            "to be of different lesions (or identifiers, sides or units are mixed up): what was "
            "learned from it is not to be used."
        )

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        return self.warning or (
            f"{self.called} of {self.pairs} pairs are called one lesion (mean P(same) "
            f"{self.stated:.2f}); by their places alone {self.agree:.2f} ({self.low:.2f} to "
            f"{self.high:.2f}) are, among findings swapped between women {self.swapped:.2f}."
        )


def compare(
    breasts: Sequence[Breast], p: Parameters, judged_with: Parameters, *, jobs: int = -1
) -> Mates:
    """Compare P(same) by ``judged_with`` with what places say by the table of constants ``p``."""
    ordered = [in_order(b) for b in breasts]
    partners = _partners(ordered, p)
    each = partial(_of_breast, p=p, judged_with=judged_with)
    found = list(in_workers(each, list(zip(ordered, partners, strict=True)), jobs=jobs))
    same, own, other = (np.concatenate([f[k] for f in found] or [np.zeros(0)]) for k in range(3))
    agree, low, high = _share(own)
    swapped, _, _ = _share(other)
    called, stated = int((same > CALLED).sum()), float(same.mean()) if len(same) else 0.0
    return Mates(len(same), called, stated, agree, low, high, swapped)


def _partners(breasts: Sequence[Breast], p: Parameters) -> list[list[Sighted]]:
    """For each breast, findings of other women with breasts of similar size, the nearest first."""
    volume = []
    for b in breasts:
        e = breast_module.build(b.shape, p).extents
        volume.append((e.lateral + e.medial) * (e.superior + e.inferior) * e.depth)
    order = sorted(range(len(breasts)), key=lambda k: (volume[k], breasts[k].case_id))
    rank = {k: n for n, k in enumerate(order)}
    near: list[list[Sighted]] = []
    for k, b in enumerate(breasts):
        by_size = sorted(order, key=lambda other: (abs(rank[other] - rank[k]), rank[other]))
        others = [breasts[o] for o in by_size if breasts[o].case_id != b.case_id]
        near.append([s for o in others[:8] for s in _sighted(o)])
    return near


def _sighted(breast: Breast) -> list[Sighted]:
    readings = {r.reading_id: r for r in breast.readings}
    found = [f for f in breast.findings if f.matched]
    return [Sighted(f, readings[f.reading_id], breast.side) for f in found]


def _of_breast(
    both: tuple[Breast, list[Sighted]], p: Parameters, judged_with: Parameters
) -> tuple[Floats, Floats, Floats]:
    """P(same) of all pairs, their location Bayes factors, those of pairs with a swapped finding."""
    breast, others = both
    try:
        return _compared(breast, others, p, judged_with)
    except Exception:  # a breast that cannot be judged is told where it is judged
        return np.zeros(0), np.zeros(0), np.zeros(0)


def _compared(
    breast: Breast, others: list[Sighted], p: Parameters, judged_with: Parameters
) -> tuple[Floats, Floats, Floats]:
    weights = settled(breast, judged_with)
    same = weights.full.together()
    row = {f.finding_id: k for k, f in enumerate(weights.findings)}
    model, own = breast_module.build(breast.shape, p), Same(p)
    mine = _sighted(breast)
    places = [_place(s, model, own) for s in mine]
    strange: dict[int, Floats | None] = {}
    stated: list[float] = []
    factors: list[float] = []
    swapped: list[float] = []
    for i, a in enumerate(mine):
        for j in range(i + 1, len(mine)):
            b = mine[j]
            if same_errors(a.reading) == same_errors(b.reading):
                continue
            at_a, at_b = places[i], places[j]
            if at_a is None or at_b is None:
                continue
            stated.append(float(same[row[a.finding.finding_id], row[b.finding.finding_id]]))
            factors.append(float(model.prior @ (at_a * at_b)))
            kind = same_errors(b.reading)
            alike = [k for k, s in enumerate(others) if same_errors(s.reading) == kind]
            if alike:
                k = alike[len(swapped) % min(len(alike), 3)]
                if k not in strange:
                    strange[k] = _place(others[k], model, own)
                if (there := strange[k]) is not None:
                    swapped.append(float(model.prior @ (at_a * there)))
    return np.array(stated), np.array(factors), np.array(swapped)


def _place(s: Sighted, model: BreastModel, p: Same) -> Floats | None:
    """Likelihood ratio ``(n,)`` against anywhere, None if no place was stated."""
    place = by_itself(s.finding, s.reading, model, p, side=s.side)
    if place is None:
        return None
    outlier = exam_of(s.finding).outlier(p.held)
    return np.asarray((1 - outlier) * place[0] / max(model.prior @ place[0], 1e-30) + outlier)


def _share(factors: Floats) -> tuple[float, float, float]:
    """Most likely share of pairs that are one lesion from their Bayes factors, and its interval."""
    if not len(factors):
        return 0.0, 0.0, 1.0
    log = np.log(np.maximum(1.0 + SHARES[:, None] * (factors - 1.0), 1e-12)).sum(axis=1)
    inside = SHARES[log >= log.max() - DROP]
    return float(SHARES[log.argmax()]), float(inside[0]), float(inside[-1])
