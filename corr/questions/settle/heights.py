"""How high above the detector a lesion lies: a rolled view, and stereo series, as candidates.

A film from above tells nothing along its beam; a pair turned to both sides does, and so says
whether what another examination saw higher up or lower down may be the same. Each series is a
`corr.questions.settle.gains.Candidate`. What is measured is as good as the marks; where tissue
comes to lie between the plates is known less well (`mg_beam_rel_sd`), so that films beyond the
first pair help a needle and tell the question next to nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corr.exams import kernels, mammography
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.questions.asked import named
from corr.questions.settle.gains import SEED
from corr.questions.settle.localisation import HEIGHT, Step, localise
from corr.questions.settle.particles import Particles
from corr.records import Finding, Reading

Floats = NDArray[np.float64]
LINE_MM = 1.0
FROM_ABOVE = "MG:CC"
LEAST = 1e-12
NOT_SHOWN = float("nan")


@dataclass(eq=False)
class Height:
    """The height of a film finding's lesion, measured in a compression from above.

    Attributes
    ----------
    name : as ``next.csv`` writes it
    finding : what is looked for
    film : the film it is measured on
    scale_mm : of the measurement, a t kernel; infinite where nothing is measured
    shown : how often it is seen there
    parameters : the constants
    known : beliefs of the height that were computed, for all that measure the same finding
    """

    name: str
    finding: Finding
    film: Reading
    scale_mm: float
    shown: float
    parameters: Parameters
    known: dict[Particles, Floats] = field(default_factory=dict)

    def outcomes(self, truth: Particles, _rng: np.random.Generator) -> Floats:
        """A height for each particle, mm; NaN where the lesion is not seen.

        Drawn alike for every series, so that these differ by their films alone.
        """
        rng = np.random.default_rng(SEED)
        belief = self.held(truth)
        held = np.cumsum(belief, axis=1)
        at = (held < rng.random(len(held))[:, None] * held[:, -1:]).sum(axis=1)
        own = rng.standard_t(kernels.DEGREES, len(at)) if math.isfinite(self.scale_mm) else 0.0
        seen = rng.random(len(at)) < (self.shown if math.isfinite(self.scale_mm) else 0.0)
        scale = self.scale_mm if math.isfinite(self.scale_mm) else 0.0
        return np.where(seen, (at + 0.5) * LINE_MM + scale * own, NOT_SHOWN)

    def log_likelihood(self, outcomes: Floats, given: Particles) -> Floats:
        """``(outcomes, particles)`` log density of each height, up to a constant."""
        seen = np.isfinite(outcomes)
        log = np.zeros((len(outcomes), len(given)))
        if seen.any():
            belief = self.held(given)
            lines = (np.arange(belief.shape[1]) + 0.5) * LINE_MM
            off = (outcomes[seen, None] - lines[None]) / self.scale_mm
            log[seen] = np.log(kernels.student(off**2, 1) @ belief.T + LEAST)
        return log

    def held(self, given: Particles) -> Floats:
        """``(particles, lines)`` belief of the height, mm by mm; computed once."""
        if given not in self.known:
            model, p = given.model, self.parameters
            height = mammography.beam_height_mm(self.film, model, p)
            line = (height / LINE_MM).astype(np.intp)
            order = np.argsort(line, kind="stable")
            starts = np.flatnonzero(np.diff(line[order], prepend=-1))
            belief = given.belief(self.finding.finding_id)[:, order]
            held = np.zeros((len(given), int(line.max()) + 1))
            held[:, line[order][starts]] = np.add.reduceat(belief, starts, axis=1)
            self.known[given] = held
        return self.known[given]


def heights(judgement: Judgement, a: str, b: str) -> tuple[Height, ...]:
    """A rolled view, and stereo series of 1 to 7 films, of the film finding of a pair.

    None where neither was reported on a film, or a height is known already. A rolled view is as
    good as its angle and two compressions allow; the field of a stereo series is too small for
    the nipple, so that it tells the height alone.
    """
    breast, p = judgement.breast, judgement.parameters
    on_film = [
        f for f in breast.findings
        if f.finding_id in (a, b) and f.modality == "MG" and f.beam_mm is None
    ]  # fmt: skip
    if not on_film:
        return ()
    finding, film = on_film[0], named(breast, FROM_ABOVE)
    known: dict[Particles, Floats] = {}

    def measured(name: str, marks_mm: float, shown: float) -> Height:
        thickness, _ = mammography.film_thickness(film, p)  # a new film states its own
        scale = math.hypot(p["mg_beam_rel_sd"] * thickness, marks_mm)
        return Height(name, finding, film, scale, shown, p, known)

    shown_as = "calcification" if finding.kind == "calcification" else "mass"
    rolled = measured("MG:ROLLED", _rolled_mm(film, p), p[f"mg_cc_shows_{shown_as}"])
    steps = localise(judgement, finding.finding_id).steps[1:]
    before = steps[0].covariance[HEIGHT, HEIGHT]
    stereo = [
        measured(f"MG:STEREO:{s.films}", _marks_mm(s, before), p["stereo_view"]) for s in steps
    ]
    return (rolled, *stereo)


def _rolled_mm(film: Reading, p: Parameters) -> float:
    """Scale of the height from a rolled view: of two films that share no compression.

    How far the breast was rolled is not known either: of a height half way up, its share is off.
    """
    turn, sd = (math.radians(x) for x in (p["settle_roll_deg"], p.table["settle_roll_deg"].spread))
    _, across = mammography.own_sds_mm(film, p)
    unknown = 0.25 * mammography.film_thickness(film, p)[0] * sd / turn
    return math.hypot(math.sqrt(2.0) * across / math.tan(turn), unknown)


def _marks_mm(step: Step, before: float) -> float:
    """Scale of what the marks of a step's films make of the height; infinite where they tell none.

    ``before`` is the variance without any film that tells it, mm^2.
    """
    after = step.covariance[HEIGHT, HEIGHT]
    if after >= before:
        return math.inf
    return 1.0 / math.sqrt(1.0 / after - 1.0 / before) / kernels.T_SD
