"""Where to look: where another examination would report a lesion that is believed in.

The belief of one finding, or of findings taken for one lesion, is that of the judgement: the
product of what each says of its place over the prior, with the errors that exams share
(`corr.judgement.beliefs`). It goes through the map of the other acquisition with all of its errors
(`corr.questions.look.sights`). What that acquisition itself reported never goes in, so that its own
report can be compared with the regions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import BreastModel, build
from corr.exams.nodes import Nodes, prior_nodes, unshared
from corr.exams.registry import exam_of
from corr.exams.sighting import errors
from corr.exams.ultrasound import clock_bounds
from corr.judgement.beliefs import Places, carried
from corr.judgement.order import in_order, same_errors
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.problems import CorrError
from corr.questions.asked import label, partner
from corr.questions.look.densities import ON_SKIN, SHARES, Density, Span
from corr.questions.look.sights import Sight
from corr.questions.silence.reported import p_reported
from corr.records import Breast, Finding, Reading

Floats = NDArray[np.float64]
SHARED_NODES = 256
"""Of errors that findings share with each other or with the acquisition asked about."""
TOLD = 0.8
"""Share of the regions whose size is told."""
COLUMNS = (
    *("case_id", "breast", "source", "target", "quantity", "mean"),
    *(f"{end}{100 * share:.0f}" for share in SHARES for end in ("lo", "hi")),
    *("p_reported", "area80_cm2", "volume80_cm3", "p_on_film"),
)
"""Of ``regions.csv``; with a known truth ``level`` follows."""


@dataclass(frozen=True, eq=False)
class Expected:
    """Where one acquisition would report a lesion.

    Attributes
    ----------
    judgement : what was judged
    source : the findings whose belief it is
    target : the acquisition, done or asked about
    place : on the film, on the skin, or in the frame of the pose, from the nipple; of this are the
        regions
    further : what else it would state: depth, height along the beam, parallax, each by itself; the
        place in LPS where the nipple of the MRI is known
    p_reported : probability that it reports the lesion, given that there is one as the source
        describes it; None of what is no lesion
    p_on_film : probability that it lies before the far edge of the film, where that is known
    """

    judgement: Judgement
    source: tuple[Finding, ...]
    target: Reading
    place: Density
    further: tuple[Density, ...]
    p_reported: float | None
    p_on_film: float | None

    @property
    def source_ids(self) -> str:
        """Ids of the source, as ``regions.csv`` writes them."""
        return "+".join(f.finding_id for f in self.source)

    @property
    def name(self) -> str:
        """The target as ``regions.csv`` writes it: its reading, or the exam asked about."""
        own = {r.reading_id for r in self.judgement.breast.readings}
        return self.target.reading_id if self.target.reading_id in own else label(self.target)

    @property
    def quantities(self) -> list[tuple[str, Density, int]]:
        """Each that is stated: its name, and the density and axis that tell it."""
        densities = (self.place, *self.further)
        return [(name, d, k) for d in densities for k, name in enumerate(d.names)]

    def rows(self) -> list[dict[str, object]]:
        """One row a quantity, with `COLUMNS`; sizes stand with what the region is of."""
        breast, flat = self.judgement.breast, len(self.place.axes) == 2
        size = self.place.size(TOLD)
        rows: list[dict[str, object]] = []
        for name, d, axis in self.quantities:
            ends = [end for share in SHARES for end in d.interval(axis, share)]
            sizes = (size / 100.0 if flat else None, None if flat else size / 1000.0)
            values = (
                *(breast.case_id, breast.side, self.source_ids, self.name, name),
                *(round(x, 3) for x in (d.mean(axis), *ends)),
                _rounded(self.p_reported),
                *(_rounded(x) if d is self.place else None for x in sizes),
                _rounded(self.p_on_film),
            )
            rows.append(dict(zip(COLUMNS, values, strict=True)))
        return rows

    def level(self, finding: Finding, density: Density | None = None) -> float | None:
        """Share that the smallest region holds which reaches a finding's stated place.

        Uniform where regions are honest and the finding is the lesion. A range (an hour, a rounded
        distance) is one place in it, which the finding's id draws: the same in every run.
        """
        d = self.place if density is None else density
        stated = [_stated(finding, name, self.judgement.parameters) for name in d.names]
        return d.level(stated, (crc32(finding.finding_id.encode()) + 0.5) / 2**32)


def expected(
    judgement: Judgement,
    source: Sequence[str],
    target: Reading,
    nipple_lps: Sequence[float] | None = None,
) -> Expected:
    """Where one acquisition would report what some findings are believed to be.

    Parameters
    ----------
    source : ids of one finding, or of several taken for one lesion; those that the target itself
        reported are left out
    target : as `corr.questions.asked.named` gives it
    nipple_lps : of an MRI that is the target, mm: places are told in LPS, too

    Raises
    ------
    CorrError
        If there is no such finding, or the target alone reported it.
    """
    breast, p = judgement.breast, judgement.parameters
    found = {f.finding_id: f for f in breast.findings}
    if unknown := [i for i in source if i not in found]:
        msg = f"no finding {unknown[0]!r} in {breast.case_id} {breast.side}"
        raise CorrError(
            msg, allowed=", ".join(found) or "none", fix="name a finding of this breast"
        )
    of = tuple(found[i] for i in source if found[i].reading_id != target.reading_id)
    if not of:
        msg = f"{', '.join(source)}: {target.reading_id} itself reported it"
        raise CorrError(msg, allowed="another examination", fix="ask about another examination")
    sight, belief = _seen(judgement, of, target)
    edge = edge_mm(breast, target)
    share, shown = (None, belief) if edge is None else sight.shown(belief, edge)
    place, further = sight.density(shown), sight.further(shown)
    if nipple_lps is not None and exam_of(target).place == "frame":
        further = (*further, place.in_lps(nipple_lps, breast.side))
    return Expected(
        judgement, of, target, place, further,
        p_reported(breast, of, target, p), share,
    )  # fmt: skip


def edge_mm(breast: Breast, target: Reading) -> float | None:
    """How far behind the nipple a film ends, mm; None where that is not known."""
    return {view: edge for view, edge, _, _ in breast.shape.films}.get(target.view or "")


def on_film(judgement: Judgement, source: Sequence[Finding], target: Reading) -> float | None:
    """Probability that a film shows the place of some findings' lesion; None where not known."""
    edge = edge_mm(judgement.breast, target)
    if edge is None or target.position_refused is not None:
        return None
    sight, belief = _seen(judgement, source, target)
    return sight.shown(belief, edge)[0]


def _seen(judgement: Judgement, source: Sequence[Finding], target: Reading) -> tuple[Sight, Floats]:
    """An acquisition made ready, and what is believed of the source without it."""
    breast, model, p = judgement.breast, judgement.model, judgement.parameters
    belief, nodes = believed(judgement, source, target)
    if nodes is None:
        return _usual_sight(target, model, p, breast.side, partner(target, breast)), belief
    sight = Sight(target, model, p, breast.side, nodes)
    if (other := partner(target, breast)) is not None:
        sight.beside(other)
    return sight, belief


@lru_cache(maxsize=4)
def _usual_sight(
    target: Reading, model: BreastModel, p: Parameters, side: str, other: Reading | None
) -> Sight:
    """One acquisition serves all findings that share no errors with it."""
    sight = Sight(target, model, p, side)
    if other is not None:
        sight.beside(other)
    return sight


def believed(
    judgement: Judgement, source: Sequence[Finding], target: Reading
) -> tuple[Floats, Floats | None]:
    """Belief over the points, given some findings as one lesion, without what a target reported.

    Returns
    -------
    ``(n,)`` and None; or, where an exam of the source shares the errors of the target, ``(n_e, n)``
    and the target's errors ``(n_e, d)`` that go with each row
    """
    breast, model, p = judgement.breast, judgement.model, judgement.parameters
    nodes = _nodes(judgement, source, target)
    aims = {f.targeted_at for f in source} - {None}
    ids = {f.finding_id for f in source}
    taken = [
        f for f in breast.findings
        if f.finding_id in ids
        or (aims & {f.finding_id, f.modality} and f.reading_id != target.reading_id)
    ]  # fmt: skip
    places = Places(breast, taken, model, p, nodes)
    belief = model.prior[None, :] * nodes.weight[:, None] if nodes.columns else model.prior
    for f in source:
        place = places.of[f.finding_id]
        if place is not None:
            belief = np.asarray(
                carried(belief * (place if nodes.columns else nodes.mean(place)))[0], dtype=float
            )
    if target.reading_id not in nodes.columns:
        belief = belief.sum(axis=0) if nodes.columns else belief
        return np.asarray(belief / belief.sum(), dtype=float), None
    mean, sd = errors(target, p)
    normal = nodes.normal[:, nodes.columns[target.reading_id]]
    return np.asarray(belief / belief.sum(), dtype=float), np.asarray(mean + sd * normal)


def _nodes(judgement: Judgement, source: Sequence[Finding], target: Reading) -> Nodes:
    """Nodes over errors that the source's findings share, with each other or with the target."""
    readings = {r.reading_id: r for r in judgement.breast.readings}
    kinds: dict[tuple[object, ...], list[Reading]] = {}
    for r in (*(readings[f.reading_id] for f in source), target):
        kinds.setdefault(same_errors(r), []).append(r)
    shared = [
        (sorted({r.reading_id for r in rs}), len(errors(rs[0], judgement.parameters)[0]))
        for rs in kinds.values()
        if len(rs) > 1
    ]
    return prior_nodes(shared, SHARED_NODES, np.ones(1)) if shared else unshared()


def lesions(judgement: Judgement) -> tuple[tuple[str, ...], ...]:
    """Ids of the findings of each lesion of the most probable grouping."""
    return judgement.groupings[0].blocks if judgement.groupings else ()


def unjudged(breast: Breast, p: Parameters) -> Judgement:
    """What is asked of single findings needs no grouping: the breast, its model, its constants."""
    ordered = in_order(breast)
    return Judgement(ordered, build(ordered.shape, p), p, {}, (), (), {}, {})


def mate(seen: Expected, lesion_of: Mapping[str, str]) -> Finding | None:
    """The finding of the target that truly is the source's lesion, if one is."""
    truly = {lesion_of.get(f.finding_id) for f in seen.source}
    if len(truly) > 1 or None in truly:
        return None
    fits = [
        f for f in seen.judgement.breast.findings
        if f.reading_id == seen.target.reading_id and lesion_of.get(f.finding_id) in truly
    ]  # fmt: skip
    return min(fits, key=lambda f: f.finding_id) if fits else None


def _stated(f: Finding, name: str, p: Parameters) -> Span | None:
    """Range of what a finding states of one quantity; None if it does not."""
    if name == ON_SKIN[0]:
        return None if f.clock_h is None else clock_bounds(f.clock_h, p)
    value = getattr(f, name, None)
    if value is None:
        return None
    half = f.fn_rounding_mm * p["fn_rounding_over_half_step"] if name == ON_SKIN[1] else 0.0
    return value - half, value + half


def _rounded(x: float | None) -> float | None:
    return None if x is None else round(x, 4)
