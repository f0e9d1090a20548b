"""Judgements at the speed of a slider: the last ones are kept, the band can come later."""

from __future__ import annotations

from collections import OrderedDict

from corr.judge import judge
from corr.parameters import Parameters
from corr.records import Breast, Judgement

KEPT = 64


class Judge:
    """`corr.judge.judge` that remembers the last `KEPT` breasts it judged."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Breast, Parameters, bool], Judgement] = OrderedDict()

    def __call__(self, breast: Breast, p: Parameters, *, band: bool) -> Judgement:
        """Judge, or give the judgement that is already there (one with a band always will do)."""
        for key in ((breast, p, True), (breast, p, band)):
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        self._kept[key] = judge(breast, p, bands=band)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]
