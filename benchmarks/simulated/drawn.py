"""Women drawn from the table of constants: findings whose lesions are known. Simulated.

What the judgement assumes, run forwards: how many lesions there are, where, of what type and size,
which exams report them, called what, how large and with which errors. A judgement that inverts
this rightly states probabilities that are right on these women, whatever their anatomy, the exams
they had and what the reports leave out. A `World` says how the women differ from what they are
judged by, to see what a wrong assumption costs. The draws are the same in every run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.simulated.recorded import Recorder
from corr.anatomy import breast as breast_module
from corr.exams.registry import MATCHED_KINDS, exam_of
from corr.exams.sighting import errors
from corr.judgement.lesions.described import LESIONS, Views, called, showing
from corr.judgement.lesions.reporting import Reports
from corr.judgement.lesions.sizes import HIGH_LN, LOW_LN, WAYS, bias, compared, measures
from corr.judgement.order import in_order, same_errors
from corr.parameters import Parameters
from corr.records import Breast, Density, Finding, Modality, Reading, Shape, Side, View

Floats = NDArray[np.float64]
MOST_FINDINGS = 8
NEAR_MM = 15.0
"""SD of the way from one lesion to the next, where lesions are clustered."""
ANGLE_DEG = {"CC": 0.0, "MLO": 47.0, "ML": 90.0}
MLO_SD_DEG = 5.0
"""Of recorded angles of the oblique, which differ between women."""
HAD = {"CC": 0.9, "MLO": 0.9, "ML": 0.2, "STEREO": 0.1, "US": 0.7, "MR": 0.6}
"""How often an exam is done."""
STEREO_DEG = (-15.0, 15.0)
LESS_USUAL: dict[Modality, View] = {"US": "ABUS", "MR": "SUPINE"}
LESS_USUALLY = 0.2
"""How often an exam is done the less usual way."""


@dataclass(frozen=True)
class World:
    """How drawn women differ from what the table of constants says of them.

    Attributes
    ----------
    constants : constants with other values
    times : factors on constants
    spreads : factor on all measurement spreads
    tails : findings' own errors have the heavy tails of the kernels; without, they are normal
    shared : the findings of one reading share the errors of their exam; without, each has others
    alike : all lesions of a breast are of one type
    clustered : how often a lesion lies near the one before
    larger : how many times as large as its shape says a breast is
    """

    constants: Mapping[str, float] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    spreads: float = 1.0
    tails: bool = True
    shared: bool = True
    alike: bool = False
    clustered: float = 0.0
    larger: float = 1.0

    def table(self, p: Parameters) -> Parameters:
        """The table of constants that holds in this world."""
        p = p if self.spreads == 1.0 else p.scale_spreads(self.spreads)
        changed = {**self.constants, **{name: k * p[name] for name, k in self.times.items()}}
        return p.override(changed) if changed else p


def draw(
    count: int, p: Parameters, world: World | None = None, *, seed: int = 1
) -> tuple[list[Breast], pd.DataFrame]:
    """Draw ``count`` breasts in which at least two readings have findings.

    Returns
    -------
    The breasts, and the truth as `corr.validation.truth.read_truth` gives it: ``lesion_id,
    lateral_mm, superior_mm, posterior_mm`` (reference breast) by finding_id. A finding that is
    nothing elsewhere has a lesion of its own.
    """
    world = world or World()
    rng, table = np.random.default_rng(seed), world.table(p)
    breasts: list[Breast] = []
    rows: dict[str, tuple[str, float, float, float]] = {}
    while len(breasts) < count:
        readings = _readings(rng, table)
        if len(readings) < 2:
            continue
        drawn = _Woman(rng, readings, _shape(rng, readings), table, world)
        found = drawn.findings()
        if len(found) > MOST_FINDINGS or len({f.reading_id for f in found}) < 2:
            continue
        case = f"drawn-{len(breasts):05d}"
        named = [replace(f, finding_id=f"{case}-{f.finding_id}") for f in found]
        breasts.append(Breast(case, drawn.side, readings, tuple(named), drawn.shape))
        for new, old in zip(named, found, strict=True):
            lesion, at = drawn.truth[old.finding_id]
            rows[new.finding_id] = (f"{case}-{lesion}", *at.tolist())
    columns = ["lesion_id", "lateral_mm", "superior_mm", "posterior_mm"]
    return breasts, pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _readings(rng: np.random.Generator, p: Parameters) -> tuple[Reading, ...]:
    """Exams of one woman; of half of them neither thickness nor angle is recorded."""
    mean, sd = p["film_thickness_mm"], p.table["film_thickness_mm"].spread
    thickness = max(float(rng.normal(mean, sd)), 20.0)
    angle_deg, recorded = float(rng.normal(ANGLE_DEG["MLO"], MLO_SD_DEG)), rng.random() < 0.5
    out = []
    for name in (name for name, share in HAD.items() if rng.random() < share):
        if name in LESS_USUAL:
            view = LESS_USUAL[name] if rng.random() < LESS_USUALLY else None
            out.append(Reading(name, name, name, view, study=name))
            continue
        film = Reading(name, "MG", "MG", cast("View", name), study="MG")
        if name == "STEREO":
            pair = (replace(film, reading_id=f"{name}{a:+.0f}", angle_deg=a) for a in STEREO_DEG)
            films = [replace(film, exam_id=name, study=name) for film in pair]
        else:
            angle = angle_deg if name == "MLO" else ANGLE_DEG[name]
            films = [replace(film, angle_deg=angle) if recorded else film]
        out += [replace(film, thickness_mm=thickness) if recorded else film for film in films]
    return tuple(out)


def _shape(rng: np.random.Generator, readings: Sequence[Reading]) -> Shape:
    """Density, and after MRI the extents of small to very large breasts."""
    shape = Shape(density=cast("Density", str(rng.choice(list("abcd")))))
    if all(r.modality != "MR" for r in readings):
        return shape
    usual = np.array([60.0, 58.0, 62.0, 52.0, 95.0])
    mm = np.maximum(usual * rng.lognormal(0.0, 0.25) + rng.normal(0.0, 7.0, 5), 30.0)
    names = ("ext_lateral", "ext_medial", "ext_superior", "ext_inferior", "nipple_to_chestwall")
    measured = {f"mr_{n}_mm": v for n, v in zip(names, mm.tolist(), strict=True)}
    return replace(shape, **measured)


@dataclass(frozen=True)
class _Lesion:
    """Class, type and size of a lesion as indices of ``Reports.joint``, and its ln(mm)."""

    malignancy: int
    type: int
    size: int
    ln_mm: float

    @property
    def index(self) -> tuple[int, int, int]:
        return self.malignancy, self.type, self.size


class _Woman:
    """One breast, its lesions and what its exams report.

    ``truth``: finding_id -> lesion, and where it is in the reference breast ``(3,)`` mm.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        readings: tuple[Reading, ...],
        shape: Shape,
        p: Parameters,
        world: World,
    ) -> None:
        self.rng, self.p, self.world, self.shape = rng, p, world, shape
        self.side = cast("Side", str(rng.choice(["L", "R"])))
        self.model = breast_module.build(shape, p)
        exams = in_order(Breast("", self.side, readings, (), shape))
        self.reports = Reports(exams, (), p)
        self.lesions = self.reports.states.given[self._state()]
        self.errors = self._shared(exams.readings)
        self.recorder = Recorder(rng, p, self.side, tails=world.tails)
        self.truth: dict[str, tuple[str, Floats]] = {}
        self._found: list[Finding] = []

    def findings(self) -> list[Finding]:
        """All lesions, as far as they are reported, and findings that are nothing elsewhere."""
        p, rng = self.p, self.rng
        shape = p["lesions_shape"]
        place, lesion = None, None
        for k in range(rng.poisson(rng.gamma(shape, p["lesions_mean"] / shape))):
            if place is None or rng.random() >= self.world.clustered:
                place = self._place()
            else:
                place = place + NEAR_MM * rng.standard_normal(3)
            other = self._lesion()
            if lesion is not None and self.world.alike:
                other = replace(other, type=lesion.type)
            lesion = other
            self._report(f"lesion-{k}", place, lesion)
        for study in self.reports.studies.values():
            for reading in study:
                self._report_nothing(reading)
        return self._found

    def _place(self) -> Floats:
        """Anywhere in the cell of a point of the prior."""
        m = self.model
        point = m.points[self.rng.choice(len(m.points), p=m.prior)]
        return np.asarray(point + m.cell_mm * (self.rng.random(3) - 0.5))

    def _state(self) -> int:
        """What the lesions of this breast have in common."""
        prior = self.reports.states.prior
        return int(self.rng.choice(len(prior), p=prior / prior.sum()))

    def _shared(self, readings: Sequence[Reading]) -> dict[str, Floats]:
        """Errors of every exam; exams of one kind share theirs."""
        drawn: dict[tuple[object, ...], Floats] = {}
        found = {}
        for r in readings:
            mean, sd = errors(r, self.p)
            normal = drawn.setdefault(same_errors(r), self.rng.standard_normal(len(sd)))
            found[r.reading_id] = np.asarray(mean + sd * normal)
        return found

    def _lesion(self) -> _Lesion:
        joint = self.lesions
        drawn = self.rng.choice(joint.size, p=joint.ravel() / joint.sum())
        c, lesion, s = np.unravel_index(drawn, joint.shape)
        return _Lesion(int(c), int(lesion), int(s), float(self.rng.uniform(LOW_LN[s], HIGH_LN[s])))

    def _report(self, name: str, place: Floats, lesion: _Lesion) -> None:
        """A study sees a lesion or not; each of its views shows it or not; then it is named."""
        for study, readings in self.reports.studies.items():
            if self.rng.random() >= self.reports.sees[study][lesion.index]:
                continue
            shows = [float(self.reports.shows(r)[lesion.type]) for r in readings]
            shown = [
                r for r, share in zip(readings, shows, strict=True) if self.rng.random() < share
            ]
            views = showing(shown, readings)
            called, seen = self._kind(readings[0], LESIONS[lesion.type], views), self._seen()
            for r in shown:
                alike = self.rng.random() < self.p["named_alike"]
                kind = called if alike else self._kind(r, LESIONS[lesion.type], views)
                self._add(self._finding(r, place, kind, lesion, seen), name, place)

    def _report_nothing(self, reading: Reading) -> None:
        """Findings of one reading that are nothing elsewhere: their parts go together by chance."""
        m = reading.modality.lower()
        most = max(self.p[f"false_{m}"], self.p["false_mr_nipple"] if m == "mr" else 0.0)
        study = self.reports.studies[reading.study or reading.reading_id]
        for _ in range(self.rng.poisson(most)):
            place = self._place()
            mix = self.lesions.sum(axis=(0, 2))
            of = str(self.rng.choice(LESIONS, p=mix / mix.sum())) if m != "mg" else "nothing"
            kind = self._kind(reading, of, showing([reading], study))
            f = self._finding(reading, place, kind, self._lesion(), self._seen())
            if self.rng.random() < exam_of(f).false_rate(f, self.p) / most:
                self._add(f, f"nothing-{len(self._found)}", place)

    def _add(self, finding: Finding, lesion: str, place: Floats) -> None:
        name = f"{finding.reading_id}-{len(self._found)}"
        self._found.append(replace(finding, finding_id=name))
        self.truth[name] = lesion, place

    def _finding(
        self, reading: Reading, place: Floats, kind: str, lesion: _Lesion, seen: Floats
    ) -> Finding:
        said = self.recorder.said({"kind": kind})
        said |= self.recorder.said(
            {"size_mm": self._size_mm(lesion, said.get("kind"), reading, seen)}
        )
        said |= self._position(reading, place)
        return Finding("", reading.reading_id, reading.modality, **said)  # type: ignore[arg-type]

    def _kind(self, reading: Reading, of: str, views: Views) -> str:
        kinds = MATCHED_KINDS[reading.modality]
        p = np.array([called(reading.modality, kind, of, views, self.p) for kind in kinds])
        return str(self.rng.choice(kinds, p=p / p.sum()))

    def _size_mm(self, lesion: _Lesion, kind: object, reading: Reading, seen: Floats) -> float:
        """As `corr.judgement.lesions.sizes` has it; ``seen`` is how far off the study measures."""
        p, m = self.p, reading.modality
        ln_mm = lesion.ln_mm
        if self.rng.random() < p["size_outlier"]:
            ln_mm, seen = self._lesion().ln_mm, self._seen()
        way = compared(LESIONS[lesion.type], m, kind if isinstance(kind, str) else None)
        shift, sd = measures(m, way, p)
        ln_mm += shift + sd * float(seen[WAYS.index(way)])
        ln_mm += float(self.recorder.noise([p[f"size_ln_sd_view_{m.lower()}"]])[0])
        return bias(m, kind if isinstance(kind, str) else None, p) * math.exp(ln_mm)

    def _seen(self) -> Floats:
        """How far off a study measures, by `WAYS`, in scales of the kernel ``(3,)``."""
        return np.array([float(self.recorder.noise([1.0])[0]) for _ in WAYS])

    def _errors(self, reading: Reading) -> Floats:
        mean, sd = errors(reading, self.p)
        return np.asarray(mean + sd * self.rng.standard_normal(len(sd)))

    def _position(self, reading: Reading, place: Floats) -> dict[str, object]:
        """Where a reading puts a finding; now and then where it has nothing to do with it."""
        e = self.errors[reading.reading_id] if self.world.shared else self._errors(reading)
        if self.rng.random() < exam_of(reading).outlier(self.p):
            place, e = self._place(), self._errors(reading)
        here = self.model.at(place[None] * self.world.larger)
        return self.recorder.place(reading, here, e)
