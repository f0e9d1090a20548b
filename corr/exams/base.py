"""What an examination is to the model: one type, of which every examination is one module.

An acquisition (`corr.records.Reading`: one view of one exam) has errors that all its findings
share (pose, angle, where the nipple is taken to be). Given them it measures every point of the
breast somewhere; what a finding states of its place is compared with that through a t kernel. Of a
lesion that is there, an examination reports some, in words and sizes of its own.

What is not said here of an examination is no concern of the judgement: a new one is a module with
its subclass of `Exam`, its constants in ``corr/parameters.toml`` and its line in
`corr.exams.registry`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Literal

import numpy as np

from corr.anatomy.breast import Array, BreastModel
from corr.exams import kernels
from corr.exams.affine import Affine, Basis, Product
from corr.parameters import Parameters
from corr.records import Finding, Lesion, LesionKind, Malignancy, Modality, Reading, View

ARM_MM = 50.0
"""How far the four points lie apart that tell where all the others go."""
ByLesion = Mapping[Lesion, Array]
Stated = list[tuple[float, Any, float]]
"""Stated values, where each shows ``(n_e, n)``, and the scale of its own error, mm."""


class Same:
    """A key that is equal only to itself; it keeps what it holds alive."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def __hash__(self) -> int:
        return id(self.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.held is self.held


@dataclass(frozen=True)
class Views:
    """How many views of a study show a lesion, of how many that it has.

    An asymmetry is seen on one view and a focal asymmetry on two, by definition; that says
    nothing where no more than one view is known of.
    """

    shown: int = 1
    of: int = 1


class Exam(ABC):
    """One kind of examination.

    Attributes
    ----------
    modality : its code in the tables
    name, adjective : how it is called, and a finding of it
    place : where its places are stated: on a ``film``, on the ``skin`` by hour and distance, or in
        the breast ``frame``
    views : which views it may name; empty: none
    kinds : what it calls lesions
    diffuse : those of its kinds whose size is how far something extends, not the border of one body
    calcified : its word for calcifications, if it has one
    says : what a word for a kind of other examinations means in its reports
    measures_calcifications : sizes of calcifications are those of the calcified area itself
    constants : how the names of the constants of its places begin
    rates : how the names of the constants of what it reports begin
    spreads : those of `constants` that `corr spreads` multiplies by one factor, with the name of
        the examination whose factor it is
    """

    modality: ClassVar[Modality]
    name: ClassVar[str]
    adjective: ClassVar[str]
    place: ClassVar[Literal["film", "skin", "frame"]]
    views: ClassVar[tuple[View, ...]] = ()
    kinds: ClassVar[tuple[LesionKind, ...]]
    diffuse: ClassVar[tuple[LesionKind, ...]]
    calcified: ClassVar[LesionKind | None] = None
    says: ClassVar[Mapping[str, LesionKind]] = {}
    measures_calcifications: ClassVar[bool] = False
    constants: ClassVar[tuple[str, ...]]
    rates: ClassVar[tuple[str, ...]]
    spreads: ClassVar[tuple[Modality, tuple[str, ...]]]

    @property
    def prefix(self) -> str:
        """How the names of its own constants begin: ``mg`` and so on."""
        return self.modality.lower()

    def own(self, name: str, p: Parameters) -> float:
        """One of its own constants: ``own("outlier", p)`` of mammography is ``mg_outlier``."""
        return p[f"{self.prefix}_{name}"]

    @property
    def said(self) -> tuple[str, ...]:
        """How the names of all constants begin of which nothing follows where it was not done."""
        x = self.prefix
        return (*self.rates, f"kind_{x}_", f"false_{x}", f"size_bias_{x}")

    # --- where a point of the breast shows --------------------------------------------------------

    @abstractmethod
    def errors(self, reading: Reading, p: Parameters) -> tuple[Array, Array]:
        """Means and SDs ``(d,)`` of the errors of one acquisition, shared by all its findings."""

    @abstractmethod
    def measures(self, reading: Reading, model: BreastModel, e: Array, p: Parameters) -> Any:
        """What it would measure of the model's points at nodes ``e`` ``(n_e, d)`` of its errors.

        A tuple of coordinates ``(n_e, n)`` that are affine in the place of a point, mm.
        """

    @abstractmethod
    def stated(
        self, finding: Finding, seen: Any, reading: Reading, model: BreastModel, p: Parameters
    ) -> Stated:
        """What a finding states of its place, beside where ``seen`` has each point show."""

    @abstractmethod
    def reach(
        self, reading: Reading, model: BreastModel, p: Parameters, side: str
    ) -> dict[str, tuple[float, float]]:
        """Least and largest value (mm) of each stated coordinate that any point shows."""

    @abstractmethod
    def axes(self, reading: Reading, p: Parameters) -> tuple[str, ...]:
        """Directions (depth, height, lateral) that its coordinates are closest to, in order."""

    @abstractmethod
    def along_axes(
        self, finding: Finding, axes: Iterable[str], side: str
    ) -> dict[str, tuple[float | None, dict[str, Any]]]:
        """Stated coordinates (mm), each with the fields that say it."""

    def appear(
        self, reading: Reading, model: BreastModel, e: Array, p: Parameters, _side: str
    ) -> Any:
        """`measures`, of all points at once: four of them tell where all the others go."""
        corners, basis = _corners(model)
        seen = []
        for value in self.measures(reading, corners, np.asarray(e, dtype=np.float64), p):
            by_node = value - value[:, :1] * (np.arange(4) > 0)
            seen.append(Affine(np.broadcast_to(by_node, (len(e), 4)), basis))
        return tuple(seen)

    def coordinates(self, reading: Reading, seen: Any, p: Parameters) -> dict[str, Affine]:
        """What `appear` gave, by the names of `axes`."""
        return dict(zip(self.axes(reading, p), seen, strict=True))

    def pose(self, reading: Reading) -> tuple[Hashable, ...]:
        """What acquisitions have in common that share one pose and shape: equal keys."""
        return (self.modality, reading.view)

    def series(self, reading: Reading) -> str | None:
        """Name of an acquisition where residuals between exams are told; None: not told."""
        return self.modality

    # --- how likely that makes a report -----------------------------------------------------------

    def likelihood(
        self, finding: Finding, reading: Reading, seen: Any, model: BreastModel, p: Parameters
    ) -> Product | Array | None:
        """Likelihood ``(n_e, n)`` of the stated place; None if none was."""
        values = self.stated(finding, seen, reading, model, p)
        return kernels.student(kernels.squared(values), len(values)) if values else None

    def by_itself(
        self, finding: Finding, reading: Reading, model: BreastModel, p: Same, side: str
    ) -> Array | None:
        """`likelihood` with the errors integrated out in closed form: ``(1, n)``."""
        values = self.around(finding, reading, model, p, side)
        return kernels.blurred(values) if values else None

    def around(
        self, finding: Finding, reading: Reading, model: BreastModel, p: Same, side: str
    ) -> Stated:
        """`stated`, without errors, with each of them one SD up, then one SD down."""
        seen = _seen_around(self, reading, model, p, side)
        return [
            (value, at.values if isinstance(at, Affine) else at, sd)
            for value, at, sd in self.stated(finding, seen, reading, model, p.held)
        ]

    def apart(
        self, _finding: Finding, _reading: Reading, _model: BreastModel, _p: Parameters
    ) -> Array | None:
        """Likelihood ``(n,)`` of what its errors leave alone, if stated."""
        return None

    # --- what it reports of a lesion --------------------------------------------------------------

    @abstractmethod
    def sees(
        self, sizes_mm: Array, density: str | None, p: Parameters, of: Malignancy, *, targeted: bool
    ) -> ByLesion:
        """Probability ``(size,)`` that the exam, all views together, reports a lesion."""

    def enhances(self, sizes_mm: Array, p: Parameters, of: Malignancy) -> ByLesion:
        """`sees` of an examination that shows uptake of contrast, whatever size takes it up."""
        ones, said = np.ones(sizes_mm.shape), mentioned(of, p)
        mass = self.own(f"sees_mass_{of}", p) * ones
        return {
            "mass": said * mass,
            "calcification": self.own(f"sees_calcification_{of}", p) * ones,  # where reported
            "mass_calcification": said * mass,
            "nonmass": said * (self.own("sees_nonmass", p) * ones),
            "cyst": said * (self.own("sees_cyst", p) * ones),
        }

    def shows(self, _reading: Reading, _lesion: Lesion, p: Parameters, *, alone: bool) -> float:
        """Probability that one view shows what its study saw; ``alone``: it has no other view."""
        return 1.0 if alone else p["mg_exam_given_view"]

    def calls(self, kind: str, given: str, _views: Views, p: Parameters) -> float:
        """Probability that it calls a lesion of a type by this kind."""
        return p[f"kind_{self.prefix}_{kind}_given_{given}"]

    def overlap(self, _kind: str, _views: Views, _p: Parameters) -> float | None:
        """Probability of the kind of a finding that is overlapping tissue; None: named as lesions.

        Ultrasound and MRI name what is nothing in any other exam as they name lesions.
        """
        return None

    def mentions_inside(self, _p: Parameters) -> float | None:
        """Probability that calcifications inside a mass are mentioned; None: it shows none."""
        return None

    def false_rate(self, _finding: Finding, p: Parameters) -> float:
        """How many findings like this, which are nothing in any other exam, a reading reports."""
        return self.usual_false_rate(p)

    def usual_false_rate(self, p: Parameters) -> float:
        """`false_rate` of findings of which nothing is known."""
        return p[f"false_{self.prefix}"]

    def size_bias(self, kind: str | None, p: Parameters) -> float:
        """Factor by which it measures too large."""
        return p["size_bias_nme" if kind == "nme" else f"size_bias_{self.prefix}"]

    def outlier(self, p: Parameters) -> float:
        """Share of its stated places that have nothing to do with the lesion."""
        return self.own("outlier", p)


def logistic(sizes_mm: Array, slope_per_mm: float, midpoint_mm: float) -> Array:
    """Share of lesions of each size that are seen."""
    return np.asarray(1.0 / (1.0 + np.exp(-slope_per_mm * (sizes_mm - midpoint_mm))))


def mentioned(of: Malignancy, p: Parameters) -> float:
    """Share of what is seen that is reported."""
    return p["reported_if_benign"] if of == "benign" else 1.0


@lru_cache(maxsize=64)
def _corners(model: BreastModel) -> tuple[BreastModel, Basis]:
    """Four points, and every point of the model as (1, steps along the arms between them)."""
    middle = model.points.mean(axis=0)
    rows = np.ones((4, len(model.points)))
    rows[1:] = ((model.points - middle) / ARM_MM).T
    corners = middle + ARM_MM * np.eye(4, 3, -1)
    return model.at(corners), Basis(rows)


@lru_cache(maxsize=64)
def _seen_around(exam: Exam, reading: Reading, model: BreastModel, p: Same, side: str) -> Any:
    mean, sd = exam.errors(reading, p.held)
    steps = np.concatenate([np.zeros((1, len(sd))), np.diag(sd), np.diag(-sd)])
    return exam.appear(reading, model, mean + steps, p.held, side)


def forget() -> None:
    """Drop what is kept between calls."""
    _seen_around.cache_clear()
