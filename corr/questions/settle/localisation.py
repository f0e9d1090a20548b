"""Stereotactic localisation, film by film: how well a target's place is known after each.

The breast is compressed anew and held while the tube turns, so films of one series share no error
of pose: what a film adds is only as good as a mark on it. The place is told in the compressed
breast: transverse and posterior as on the film from straight on, and the height above the detector
along its beam, all mm. A film turned by s shows a target at ``transverse + height * tan(s)`` on a
plate that stays where it is (two of them at +-s: height = parallax / (2 tan s), literature 9.2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.views import VIEWS, signed_angle_deg
from corr.exams import kernels, mammography
from corr.exams.nodes import normal_nodes
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.problems import CorrError
from corr.questions.asked import STEREO_DEG
from corr.questions.look.where import believed
from corr.records import Finding, Reading

Floats = NDArray[np.float64]
Stage = Literal["none", "locate", "check", "document"]
NODES = 64
"""Of the errors of the new compression."""
CHI2_80 = 4.641628
"""Of three degrees of freedom: an ellipsoid so large holds 80 %."""
TRANSVERSE, POSTERIOR, HEIGHT = range(3)
COLUMNS = (
    *("case_id", "breast", "finding", "approach", "films", "film", "stage"),
    *("sd_transverse_mm", "sd_posterior_mm", "sd_beam_mm"),
    *("axis80_before_mm", "axis80_mm", "gain_mm", "volume80_cm3"),
)
"""Of the table of films."""


@dataclass(frozen=True, slots=True)
class Film:
    """One film of a series: how far its tube is turned, and what it is taken for.

    ``locate``: before the needle; ``check``: the needle is in and has not fired; ``document``: it
    has fired, so that what the film shows comes too late to aim.
    """

    turn_deg: float
    stage: Stage

    @property
    def name(self) -> str:
        """``scout``, ``+15``, ``-15``."""
        return f"{self.turn_deg:+g}" if self.turn_deg else "scout"


SERIES = (
    Film(0.0, "locate"),
    *(
        Film(turn, stage)
        for stage in ("locate", "check", "document")
        for turn in (STEREO_DEG, -STEREO_DEG)
    ),
)
"""Scout, pair, pair with the needle in, pair after it fired: seven films (literature 9.1)."""


@dataclass(frozen=True, eq=False)
class Step:
    """What is known of the place after some films.

    Attributes
    ----------
    films : how many were taken
    film : the last of them; None before any
    covariance : ``(3, 3)`` mm^2: transverse, posterior, height above the detector
    axis80_before_mm : longest axis of the ellipsoid of 80 % just before this film, the needle's
        push included
    """

    films: int
    film: Film | None
    covariance: Floats
    axis80_before_mm: float

    @property
    def sd_mm(self) -> tuple[float, float, float]:
        """SD of transverse, posterior and height, each by itself."""
        x, y, z = np.sqrt(np.diag(self.covariance)).tolist()
        return x, y, z

    @property
    def axis80_mm(self) -> float:
        """Length of the longest axis of the ellipsoid that holds 80 %."""
        return axis80_mm(self.covariance)

    @property
    def gain_mm(self) -> float:
        """By how much this film shortens it."""
        return self.axis80_before_mm - self.axis80_mm

    @property
    def volume80_cm3(self) -> float:
        """Volume of the ellipsoid that holds 80 %."""
        root = math.sqrt(float(np.linalg.det(self.covariance)))
        return 4.0 / 3.0 * math.pi * CHI2_80**1.5 * root / 1000.0

    @property
    def stage(self) -> Stage:
        """What the last film was taken for."""
        return "none" if self.film is None else self.film.stage


@dataclass(frozen=True, eq=False)
class Localisation:
    """How well the place of one finding is known after each film of a series.

    Attributes
    ----------
    judgement : whose belief it starts from
    finding : the target
    approach : the view from whose side the series is taken
    steps : before any film, then after each
    """

    judgement: Judgement
    finding: Finding
    approach: str
    steps: tuple[Step, ...]

    def after(self, stage: Stage) -> Step:
        """The step of the last film of a stage; the first step where the series has none."""
        return next((s for s in reversed(self.steps) if s.stage == stage), self.steps[0])

    def rows(self) -> list[dict[str, object]]:
        """One row a film, and one before any, with `COLUMNS`."""
        breast = self.judgement.breast
        head = (breast.case_id, breast.side, self.finding.finding_id, self.approach)
        rows = []
        for s in self.steps:
            sizes = (*s.sd_mm, s.axis80_before_mm, s.axis80_mm, s.gain_mm)
            values = (
                *head,
                *(s.films, "" if s.film is None else s.film.name, s.stage),
                *(round(x, 3) for x in sizes),
                float(f"{s.volume80_cm3:.3g}"),
            )
            rows.append(dict(zip(COLUMNS, values, strict=True)))
        return rows


def localise(
    judgement: Judgement,
    finding_id: str,
    approach: str = "CC",
    series: Sequence[Film] = SERIES,
) -> Localisation:
    """How well the place of a finding is known after each film of a stereotactic series.

    Parameters
    ----------
    finding_id : the target; its belief is that of the judgement, by this finding alone
    approach : view from whose side the films are taken and the needle comes: CC, FB, ML, LM, MLO...
    series : the films, in order

    Raises
    ------
    CorrError
        If there is no such finding, or no such view.
    """
    breast, p = judgement.breast, judgement.parameters
    found = {f.finding_id: f for f in breast.findings}
    if finding_id not in found:
        msg = f"no finding {finding_id!r} in {breast.case_id} {breast.side}"
        raise CorrError(
            msg, allowed=", ".join(found) or "none", fix="name a finding of this breast"
        )
    if approach not in VIEWS:
        msg = f"no approach {approach!r} of a stereotactic localisation"
        raise CorrError(msg, allowed=", ".join(VIEWS), fix="name the view of the scout film")
    _, covariance = in_compression(judgement, found[finding_id], approach)
    return Localisation(judgement, found[finding_id], approach, filmed(covariance, series, p))


def filmed(covariance: Floats, series: Sequence[Film], p: Parameters) -> tuple[Step, ...]:
    """What is known after each film of a series, from what is known before any."""
    steps = [Step(0, None, covariance, axis80_mm(covariance))]
    needle_in = False
    for film in series:
        if film.stage == "check" and not needle_in:
            covariance, needle_in = covariance + pushed(p), True
        before = axis80_mm(covariance)
        if film.stage != "document":
            covariance = updated(covariance, film.turn_deg, p)
        steps.append(Step(len(steps), film, covariance, before))
    return tuple(steps)


def in_compression(judgement: Judgement, finding: Finding, approach: str) -> tuple[Floats, Floats]:
    """Mean ``(3,)`` mm and covariance ``(3, 3)`` mm^2 of a finding's place in a new compression.

    Transverse, posterior, height above the detector; with the errors that films of this view have
    (`corr.exams.mammography`), and without what a mark on a film of it adds.
    """
    scout = compression(judgement, approach)
    at, weights, own = places(judgement, finding, scout)
    mean = at @ weights
    off = at - mean[:, None]
    return mean, (off * weights) @ off.T + np.diag(own**2)


def compression(judgement: Judgement, approach: str) -> Reading:
    """The scout film of a localisation: a compression of its own, that no exam shares.

    As thick as the last film of the same view, where that is recorded.
    """
    breast = judgement.breast
    angle = signed_angle_deg(approach, breast.side)
    if angle is None:
        angle = VIEWS[approach].nominal_deg
    alike = [r for r in breast.readings if r.view == approach and r.thickness_mm is not None]
    last = max(alike, key=lambda r: r.order or 0.0, default=None)
    name = f"localisation {approach}"
    return Reading(
        name, "MG", name, "STEREO", angle, None if last is None else last.thickness_mm,
        study=name, base_angle_deg=angle,
    )  # fmt: skip


def places(judgement: Judgement, finding: Finding, scout: Reading) -> tuple[Floats, Floats, Floats]:
    """Where a finding may come to lie: places ``(3, m)`` mm, weights ``(m,)``, own SDs ``(3,)``."""
    model, p = judgement.model, judgement.parameters
    belief, _ = believed(judgement, (finding,), scout)
    mean, sd = mammography.errors(scout, p)
    errors = mean + sd * normal_nodes(NODES, len(mean))
    posterior, transverse = mammography.appear(scout, model, errors, p)
    base = replace(scout, view=None)
    height = mammography.beam_height_mm(base, model, p)
    shape = NODES, len(model.points)
    at = np.stack([np.broadcast_to(x, shape).ravel() for x in (transverse, posterior, height)])
    weights = np.broadcast_to(belief / NODES, shape).ravel()
    own_posterior, own_transverse = mammography.own_sds_mm(scout, p)
    scales = np.array([own_transverse, own_posterior, mammography.beam_sd_mm(base, p)])
    return at.astype(float), weights / weights.sum(), scales * kernels.T_SD


def updated(covariance: Floats, turn_deg: float, p: Parameters) -> Floats:
    """What is left after one film, marked on both of its axes."""
    seen = np.zeros((2, 3))
    seen[0, [TRANSVERSE, HEIGHT]] = 1.0, math.tan(math.radians(turn_deg))
    seen[1, POSTERIOR] = 1.0
    noise = p["localise_mark_sd_mm"] ** 2 * np.eye(2)
    gain = covariance @ seen.T @ np.linalg.inv(seen @ covariance @ seen.T + noise)
    kept = np.eye(3) - gain @ seen
    return np.asarray(kept @ covariance @ kept.T + gain @ noise @ gain.T)


def pushed(p: Parameters) -> Floats:
    """What bringing the needle in along the beam adds, mm^2."""
    across, along = p["localise_push_across_sd_mm"], p["localise_push_along_sd_mm"]
    return np.diag([across, across, along]) ** 2


def axis80_mm(covariance: Floats) -> float:
    """Length of the longest axis of the ellipsoid that holds 80 % of a normal distribution."""
    return 2.0 * math.sqrt(CHI2_80 * float(np.linalg.eigvalsh(covariance)[-1]))
