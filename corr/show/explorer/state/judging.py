"""Judgements at the speed of a slider: the last ones are kept, a first answer comes at once.

With a few findings the first answer is the judgement itself, and only its band comes later.
With more, whose groupings can take seconds to sum, it is `corr.show.explorer.state.provisional`,
and says so.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from corr.judgement.judge import judge
from corr.judgement.order import in_order
from corr.judgement.quadrature import weighed
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.records import Breast
from corr.show.explorer.state.provisional import Look, look, provisional

KEPT = 64
AT_ONCE = 6
"""Matched findings up to which the exact numbers are there within a slider's time."""
PROVISIONAL, WITHOUT_BAND, FINAL = "provisional", "without band", "final"


@dataclass(frozen=True)
class Answer:
    """A judgement and how far it is: `PROVISIONAL`, `WITHOUT_BAND` (exact) or `FINAL`."""

    judgement: Judgement
    stage: str


class Judge:
    """`judge` that remembers the last `KEPT` breasts; threads may share one."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Breast, Parameters, str], Judgement] = OrderedDict()
        self._lock = Lock()
        self._look: Look | None = None

    def __call__(self, breast: Breast, p: Parameters, *, band: bool) -> Judgement:
        """Judge, or give the judgement that is already there (one with a band always will do)."""
        stages = (FINAL,) if band else (FINAL, WITHOUT_BAND)
        found = self._find(breast, p, *stages)
        return found.judgement if found else self._whole(breast, p, stages[-1])

    def at_once(self, breast: Breast, p: Parameters) -> Answer:
        """What can be said within the time of a slider."""
        found = self._find(breast, p, FINAL, WITHOUT_BAND, PROVISIONAL)
        if found is not None:
            return found
        if sum(f.matched for f in breast.findings) <= AT_ONCE:
            return Answer(self._whole(breast, p, WITHOUT_BAND), WITHOUT_BAND)
        made = provisional(breast, p, self._look)
        return Answer(self._keep(breast, p, PROVISIONAL, made), PROVISIONAL)

    def _whole(self, breast: Breast, p: Parameters, stage: str) -> Judgement:
        weights = weighed(in_order(breast), p)
        judgement = judge(breast, p, bands=stage == FINAL, weights=weights)
        self._look = look(weights, judgement)
        return self._keep(breast, p, stage, judgement)

    def _find(self, breast: Breast, p: Parameters, *stages: str) -> Answer | None:
        """The first of these stages that is kept."""
        with self._lock:
            for stage in stages:
                if (key := (breast, p, stage)) in self._kept:
                    self._kept.move_to_end(key)
                    return Answer(self._kept[key], stage)
        return None

    def _keep(self, breast: Breast, p: Parameters, stage: str, made: Judgement) -> Judgement:
        with self._lock:
            self._kept[breast, p, stage] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made
