"""Procedures that could be done next: what each may find, and how likely that is.

Each is a `corr.questions.gains.Candidate` of one pair of findings, with a few outcomes, seeing
nothing among them. Where what is true of a breast is a particle (`corr.questions.particles`), a
procedure says how probable each outcome is under it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from corr.exams import mammography
from corr.exams.mammography import on_film
from corr.exams.nodes import normal_nodes
from corr.parameters import Parameters
from corr.questions.asked import named
from corr.questions.gains import SEED
from corr.questions.particles import Particles
from corr.records import LESIONS, Breast, Finding

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
LEAST = 1e-9
DISPLACED = 128
"""Nodes of how far one thing may be from where it was aimed at."""
SMALL_MM = 10.0
"""Groups up to this are small: the line that the series of samples drew."""
HOLDS_CALCIFICATIONS = LESIONS.index("mass_calcification")


class Procedure(ABC):
    """One procedure on a pair of findings.

    Parameters
    ----------
    a, b : the pair: what it is done to, and what it is compared with

    Attributes
    ----------
    name : as ``next.csv`` writes it
    says : its outcomes in words
    """

    name: str
    says: tuple[str, ...]

    def __init__(self, a: Finding, b: Finding) -> None:
        self.a, self.b = a, b
        self._known: dict[Particles, Floats] = {}

    @abstractmethod
    def chances(self, given: Particles) -> Floats:
        """``(particles, outcomes)`` probability of each outcome if each particle is true."""

    def table(self, given: Particles) -> Floats:
        """`chances`, computed once for the same particles."""
        if given not in self._known:
            self._known[given] = self.chances(given)
        return self._known[given]

    def outcomes(self, truth: Particles, rng: np.random.Generator) -> Index:
        """Index of the outcome drawn for each particle."""
        held = np.cumsum(self.table(truth), axis=1)
        drawn = rng.random(len(held)) * held[:, -1]
        return np.asarray((held < drawn[:, None]).sum(axis=1).clip(max=len(self.says) - 1))

    def log_likelihood(self, outcomes: Index, given: Particles) -> Floats:
        """``(outcomes, particles)`` log probability of each outcome under each particle."""
        return np.asarray(np.log(np.maximum(self.table(given), LEAST)).T[outcomes])

    def together(self, given: Particles) -> NDArray[np.bool_]:
        """In which particles the two are one lesion."""
        return given.together(self.a.finding_id, self.b.finding_id)


@dataclass(frozen=True, slots=True)
class After:
    """One outcome of a procedure.

    Attributes
    ----------
    says : the outcome in words
    p_outcome : how probable it is now
    p_yes : probability of yes once it has come
    """

    says: str
    p_outcome: float
    p_yes: float


def after(procedure: Procedure, p: float, given: Particles) -> tuple[After, ...]:
    """What each outcome of a procedure would make of an answer that is yes with probability ``p``.

    Parameters
    ----------
    given : particles of either answer (`corr.questions.particles.Drawn.apart`)
    """
    table = procedure.table(given)
    no, yes = (
        table[given.yes == answer].mean(axis=0)
        if (given.yes == answer).any()
        else table.mean(axis=0)
        for answer in (False, True)
    )
    both = (1.0 - p) * no + p * yes
    return tuple(
        After(says, float(now), float(p * if_yes / now) if now > 0 else p)
        for says, now, if_yes in zip(procedure.says, both, yes, strict=True)
    )


class Inside(Procedure):
    """Whether calcifications are found in a mass.

    They are where the two are one lesion; and where the mass is of a type that holds others. The
    share of these that is found, and how often some are where none are, is that of the procedure.
    """

    def __init__(self, a: Finding, b: Finding, p: Parameters) -> None:
        super().__init__(a, b)
        self.found, self.mistaken = self.rates(p)

    @abstractmethod
    def rates(self, p: Parameters) -> tuple[float, float]:
        """Share found of those there, and how often some are found where none are."""

    def chances(self, given: Particles) -> Floats:
        """See `Procedure.chances`."""
        of_its_own = given.p_type(self.a.finding_id)[:, HOLDS_CALCIFICATIONS]
        of_its_own = of_its_own * given.p_lesion(self.a.finding_id)
        holds = np.where(self.together(given), 1.0, of_its_own)
        found = self.mistaken + (self.found - self.mistaken) * holds
        return np.stack([found, 1.0 - found], axis=1)


class FociLookedFor(Inside):
    """A targeted ultrasound of the mass that looks for foci in it."""

    name = "US:FOCI"
    says = ("foci seen in the mass", "no foci seen in it")

    def rates(self, p: Parameters) -> tuple[float, float]:
        """Foci are small: many are missed."""
        return p["settle_foci_seen"], p["calc_in_mass_mistaken"]


class SpecimenFilm(Inside):
    """A film of what a needle took from the mass under ultrasound."""

    name = "US:SPECIMEN"
    says = ("calcifications in the sample", "none in the sample")

    def rates(self, p: Parameters) -> tuple[float, float]:
        """A small group is more easily missed by the needle."""
        small = self.b.size_mm is not None and self.b.size_mm <= SMALL_MM
        found = p["settle_sample_holds_small" if small else "settle_sample_holds"]
        return found, p["settle_sample_chance"]


class Apart(Procedure):
    """How far apart the two come to lie on images that show both.

    What is done under ultrasound at the one (`a`) is looked for at the other (`b`). Where they are
    one lesion they are apart by what the procedure itself displaces; where not, by what lies
    between the two lesions as well.

    Attributes
    ----------
    edges_mm : ends of the classes of distance
    what, where : what is seen, and on which images
    seen : how often the other is seen again, so that there is a distance
    """

    edges_mm: ClassVar[tuple[float, ...]] = (5.0, 10.0, 20.0)
    what: ClassVar[str] = "the marker"
    where: ClassVar[str]
    seen: float

    def __init__(self, a: Finding, b: Finding, breast: Breast, p: Parameters) -> None:
        super().__init__(a, b)
        self.breast, self.p = breast, p
        ends = (0.0, *self.edges_mm)
        between = [f"{lo:g}-{hi:g}" for lo, hi in pairwise(ends)]
        apart = (f"up to {ends[1]:g}", *between[1:], f"more than {ends[-1]:g}")
        aim = "calcifications" if b.kind == "calcification" else "finding"
        self.says = (
            *(f"{self.what} {x} mm from the {aim} on {self.where}" for x in apart),
            f"the {aim} not seen again",
        )

    @abstractmethod
    def displaced(self) -> tuple[Floats, Floats]:
        """``(m, 3)`` mm (lateral, superior, posterior) by the procedure alone; weights ``(m,)``."""

    @abstractmethod
    def distances(self, a: Floats, b: Floats, off: Floats, given: Particles) -> Floats:
        """``(k, m)`` mm on the images, of points ``(k, 3)`` displaced by ``(m, 3)``."""

    def chances(self, given: Particles) -> Floats:
        """See `Procedure.chances`."""
        rng = np.random.default_rng(SEED)
        points = given.model.points
        a, b = (points[given.drawn_points(f.finding_id, rng)] for f in (self.a, self.b))
        off, weight = self.displaced()
        apart = self.distances(np.where(self.together(given)[:, None], b, a), b, off, given)
        held = np.stack([(apart <= edge) @ weight for edge in self.edges_mm], axis=1)
        whole = np.ones((len(held), 1))
        classes = np.diff(np.concatenate([0 * whole, held, whole], axis=1), axis=1)
        return np.concatenate([self.seen * classes, (1.0 - self.seen) * whole], axis=1)


class Marker(Apart):
    """A marker placed in the mass under ultrasound, and CC and MLO films after it."""

    name = "US:MARKER"
    where = "CC and MLO"

    def __init__(self, a: Finding, b: Finding, breast: Breast, p: Parameters) -> None:
        super().__init__(a, b, breast, p)
        self.seen = p["stereo_view"]

    def displaced(self) -> tuple[Floats, Floats]:
        """Along a line of any direction (literature 9.5): most stay, some migrate."""
        p, nodes = self.p, normal_nodes(DISPLACED, 4)
        line = nodes[:, 1:] / np.linalg.norm(nodes[:, 1:], axis=1, keepdims=True)
        far, near = p["settle_clip_far_sd_mm"], p["settle_clip_near_sd_mm"]
        off = np.concatenate([sd * nodes[:, :1] * line for sd in (near, far)])
        share = np.repeat([p["settle_clip_near"], 1.0 - p["settle_clip_near"]], len(nodes))
        return np.asarray(off, dtype=float), share / len(nodes)

    def distances(self, a: Floats, b: Floats, off: Floats, given: Particles) -> Floats:
        """The larger of those on the two films: both in one compression, so no error of pose."""
        largest = np.zeros((len(a), len(off)))
        for view in ("MG:CC", "MG:MLO"):
            film = named(self.breast, view)
            at = [np.stack(on_film(x, film, given.model, self.p), axis=1) for x in (a, b)]
            width, depth = mammography.stretches(film, given.model, self.p)
            turn = np.deg2rad(mammography.film_angle(film, self.p)[0])
            across = width * (np.cos(turn) * off[:, 0] + np.sin(turn) * off[:, 1])
            moved = np.stack([depth * off[:, 2], across], axis=1)
            apart = (at[0] - at[1])[:, None, :] + moved[None]
            largest = np.maximum(largest, np.linalg.norm(apart, axis=2))
        return largest


class MarkerMri(Marker):
    """A marker placed in the mass under ultrasound, and a prone MRI after it (2.13-2.15)."""

    name = "US:MARKER-MR"
    where = "MRI"

    def distances(self, a: Floats, b: Floats, off: Floats, given: Particles) -> Floats:
        """In space."""
        return np.linalg.norm((a - b)[:, None, :] + off[None], axis=2)


class SupineMri(Apart):
    """A supine MRI, and ultrasound led to what it shows."""

    name = "MR:SUPINE+US"
    what = "the mass"
    where = "supine MRI"
    edges_mm = (10.0, 20.0)

    def __init__(self, a: Finding, b: Finding, breast: Breast, p: Parameters) -> None:
        super().__init__(a, b, breast, p)
        self.seen = p["settle_supine_found"]

    def displaced(self) -> tuple[Floats, Floats]:
        """By the error of navigation."""
        off = self.p["settle_supine_sd_mm"] * normal_nodes(DISPLACED, 3)
        return np.asarray(off, dtype=float), np.full(len(off), 1.0 / len(off))

    def distances(self, a: Floats, b: Floats, off: Floats, given: Particles) -> Floats:
        """In space."""
        return np.linalg.norm((a - b)[:, None, :] + off[None], axis=2)


class SpotView(Procedure):
    """A spot view of a film finding: does it stay, or was it overlapping tissue."""

    name = "MG:SPOT"
    says = ("seen on the spot view, too", "pressed apart")

    def __init__(self, a: Finding, b: Finding, p: Parameters) -> None:
        super().__init__(a, b)
        self.keeps, self.spreads = p["settle_spot_keeps"], p["settle_spot_spreads"]

    def chances(self, given: Particles) -> Floats:
        """What has company is a lesion."""
        lesion = given.p_lesion(self.b.finding_id)
        stays = lesion * self.keeps + (1.0 - lesion) * (1.0 - self.spreads)
        return np.stack([stays, 1.0 - stays], axis=1)


class Repeat(Procedure):
    """The same examinations again in six months: which of the two has grown."""

    name = "REPEAT"
    says = ("both grown", "only the one", "only the other", "neither")

    def __init__(self, a: Finding, b: Finding, p: Parameters) -> None:
        super().__init__(a, b)
        self.grown, self.shared = p["settle_grown"], p["settle_grown_together"]

    def chances(self, given: Particles) -> Floats:
        """Each by itself; of one lesion, in a share, both as one."""
        g = self.grown
        apart = np.array([g * g, g * (1 - g), (1 - g) * g, (1 - g) ** 2])
        as_one = self.shared * np.array([g, 0.0, 0.0, 1 - g]) + (1 - self.shared) * apart
        return np.where(self.together(given)[:, None], as_one, apart)


def procedures(breast: Breast, a: str, b: str, p: Parameters) -> tuple[Procedure, ...]:
    """Procedures that make sense of a pair; the repeat of both examinations always does.

    Under ultrasound something can be done to what ultrasound reported; the other finding is
    looked for on films or MRI by its own kind.
    """
    found = {f.finding_id: f for f in breast.findings}
    out: list[Procedure] = []
    for on, other in ((found[a], found[b]), (found[b], found[a])):
        if other.modality == "MG" and on.modality != "MG":
            out.append(SpotView(on, other, p))
        if on.modality != "US" or other.modality == "US":
            continue
        if other.kind == "calcification":
            out += [FociLookedFor(on, other, p), SpecimenFilm(on, other, p)]
        if other.modality == "MR":
            out += [MarkerMri(on, other, breast, p), SupineMri(on, other, breast, p)]
        else:
            out.append(Marker(on, other, breast, p))
    return (*out, Repeat(found[a], found[b], p))
