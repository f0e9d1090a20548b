"""Procedures that look how far apart two findings come to lie on images that show both."""

from __future__ import annotations

from abc import abstractmethod
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from corr.exams import mammography
from corr.exams.mammography import on_film
from corr.exams.nodes import normal_nodes
from corr.parameters import Parameters
from corr.questions.asked import named
from corr.questions.settle.gains import SEED
from corr.questions.settle.particles import Particles
from corr.questions.settle.procedure import Procedure
from corr.records import Breast, Finding

Floats = NDArray[np.float64]
DISPLACED = 128
"""Nodes of how far one thing may be from where it was aimed at."""


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
        self.seen = p["settle_seen_again"]

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

    def distances(self, a: Floats, b: Floats, off: Floats, _given: Particles) -> Floats:
        """In space, as the breast hangs."""
        return _in_space(a - b, off, self.p["prone_lr_scale"], self.p["prone_ap_scale"])


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

    def distances(self, a: Floats, b: Floats, off: Floats, _given: Particles) -> Floats:
        """In space, as the breast lies."""
        return _in_space(a - b, off, self.p["supine_lr_scale"], self.p["supine_ap_scale"])


def _in_space(between: Floats, off: Floats, across: float, deep: float) -> Floats:
    """``(k, m)`` mm: what lies between, stretched by the pose, and displaced in it."""
    stretched = between * np.array([across, across, deep])
    return np.asarray(np.linalg.norm(stretched[:, None, :] + off[None], axis=2))
