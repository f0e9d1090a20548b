"""Mammography as an examination: what films state and report; `corr.exams.mammography` projects."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, ClassVar

import numpy as np

from corr.anatomy.breast import Array, BreastModel
from corr.anatomy.views import ALL_VIEWS, OBLIQUE_FROM_DEG
from corr.exams import mammography
from corr.exams.affine import Product
from corr.exams.base import ByLesion, Exam, Same, Stated, Views, logistic, mentioned
from corr.exams.nodes import normal_nodes
from corr.parameters import Parameters
from corr.records import Finding, Lesion, LesionKind, Malignancy, Modality, Reading

OWN_NODES = 256
LINEAR_DEG = 20.0
"""SD of a film angle up to which what it does is linear enough."""
VIEWS_KNOWN = ("CC", "MLO")
SHOWN_AS: dict[Lesion, str] = {
    "mass": "mass",
    "calcification": "calcification",
    "mass_calcification": "calcification",
    "nonmass": "nonmass",
    "cyst": "mass",
}
"""By what a film shows a lesion of each type."""
SERIES = {"LMO": "MLO", "LM": "ML", "CC": "CC", "MLO": "MLO", "ML": "ML"}


class Mammography(Exam):
    """Two views as a rule; each shows, or does not show, what the mammogram saw."""

    modality: ClassVar[Modality] = "MG"
    name = "mammogram"
    adjective = "mammographic"
    place = "film"
    views = ALL_VIEWS
    kinds: ClassVar[tuple[LesionKind, ...]] = (
        "mass",
        "calcification",
        "asymmetry",
        "focal_asymmetry",
        "architectural_distortion",
    )
    diffuse: ClassVar[tuple[LesionKind, ...]] = kinds[2:]
    calcified: ClassVar[LesionKind | None] = "calcification"
    measures_calcifications = True
    constants: ClassVar[tuple[str, ...]] = ("mg_", "film_")
    rates: ClassVar[tuple[str, ...]] = (
        *("mg_sees_", "mg_mass_", "mg_cc_", "mg_mlo_", "mg_exam_", "mg_den"),
    )
    spreads: ClassVar[tuple[Modality, tuple[str, ...]]] = ("MG", ("mg_", "film_cc_lean_sd"))

    def errors(self, reading: Reading, p: Parameters) -> tuple[Array, Array]:
        """See `mammography.errors`."""
        return mammography.errors(reading, p)

    def measures(self, reading: Reading, model: BreastModel, e: Array, p: Parameters) -> Any:
        """Posterior and transverse on the film, mm."""
        return mammography.appear(reading, model, e, p)

    def stated(
        self, finding: Finding, seen: Any, reading: Reading, model: BreastModel, p: Parameters
    ) -> Stated:
        """See `mammography.stated`."""
        return mammography.stated(finding, seen, reading, model, p)

    def reach(
        self, reading: Reading, model: BreastModel, p: Parameters, _side: str
    ) -> dict[str, tuple[float, float]]:
        """See `mammography.reach`."""
        return mammography.reach(reading, model, p)

    def axes(self, reading: Reading, p: Parameters) -> tuple[str, ...]:
        """Across a film is the height, but on those from above."""
        turned = abs(mammography.film_angle(reading, p)[0]) > OBLIQUE_FROM_DEG
        return ("depth", "height" if turned else "lateral")

    def along_axes(
        self, finding: Finding, axes: Iterable[str], _side: str
    ) -> dict[str, tuple[float | None, dict[str, Any]]]:
        """Depth, and what the film has across."""
        across = "height" if "height" in axes else "lateral"
        return {
            "depth": (finding.posterior_mm, {"posterior_mm": None}),
            across: (finding.transverse_mm, {"transverse_mm": None}),
        }

    def pose(self, reading: Reading) -> tuple[Hashable, ...]:
        """One view of a breast, year after year; the films of one stereo pair."""
        pair = (reading.study, reading.base_angle_deg) if reading.view == "STEREO" else ()
        return ("MG", reading.view, *pair)

    def series(self, reading: Reading) -> str | None:
        """Views that films are commonly taken in."""
        return SERIES.get(reading.view or "")

    def by_itself(
        self, finding: Finding, reading: Reading, model: BreastModel, p: Same, side: str
    ) -> Array | None:
        """Over nodes where the angle is so uncertain that it does not enter nearly linearly."""
        if mammography.film_angle(reading, p.held)[1] <= LINEAR_DEG:
            return super().by_itself(finding, reading, model, p, side)
        mean, sd = self.errors(reading, p.held)
        e = mean + sd * normal_nodes(OWN_NODES, len(mean))
        seen = self.appear(reading, model, e, p.held, side)
        place = self.likelihood(finding, reading, seen, model, p.held)
        return place.mean() if isinstance(place, Product) else place

    def apart(
        self, finding: Finding, reading: Reading, model: BreastModel, p: Parameters
    ) -> Array | None:
        """Heights along the beam."""
        return mammography.along_beam(finding, reading, model, p)

    def sees(
        self, sizes_mm: Array, density: str | None, p: Parameters, of: Malignancy, *, targeted: bool
    ) -> ByLesion:
        """Masses by their size and how dense the breast is."""
        ones, said = np.ones(sizes_mm.shape), mentioned(of, p)
        factor = p["mg_density_unknown"] if density is None else p[f"mg_density_{density}"]
        mass = factor * logistic(sizes_mm, p["mg_mass_slope_per_mm"], p["mg_mass_midpoint_mm"])
        calcified = p["mg_sees_calcification"]
        return {
            "mass": said * mass,
            "calcification": said * calcified * ones,
            "mass_calcification": said * np.maximum(mass, calcified),
            "nonmass": said * (p["mg_sees_nonmass"] * ones),
            "cyst": said * mass,
        }

    def shows(self, reading: Reading, lesion: Lesion, p: Parameters, *, alone: bool) -> float:
        """One film; what names no view is all there is of its mammogram."""
        if alone and reading.view is None:
            return 1.0
        if reading.view == "STEREO":
            return p["stereo_view"]
        if reading.view in VIEWS_KNOWN:
            return self.on_view(reading.view, lesion, p)
        return p["mg_exam_given_view"]

    def on_view(self, view: str, lesion: Lesion, p: Parameters) -> float:
        """Of what the mammogram saw, what a CC or MLO shows."""
        return p[f"mg_{view.lower()}_shows_{SHOWN_AS[lesion]}"]

    def calls(self, kind: str, given: str, views: Views, p: Parameters) -> float:
        """An asymmetry by definition is seen on one view, a focal asymmetry on two."""
        if kind not in ("asymmetry", "focal_asymmetry"):
            return super().calls(kind, given, views, p)
        if views.of < 2:
            focal = p["asymmetry_is_focal"]
        else:
            focal = p[
                "asymmetry_is_focal_on_one" if views.shown < 2 else "asymmetry_is_focal_on_two"
            ]
        share = focal if kind == "focal_asymmetry" else 1.0 - focal
        return share * p[f"kind_mg_asymmetry_given_{given}"]

    def overlap(self, kind: str, views: Views, p: Parameters) -> float | None:
        """What overlapping tissue looks like."""
        return self.calls(kind, "nothing", views, p)

    def mentions_inside(self, p: Parameters) -> float | None:
        """Films show calcifications best."""
        return p["mg_sees_calc_in_mass"]

    def size_bias(self, kind: str | None, p: Parameters) -> float:
        """The measure of sizes: what others measure is over this."""
        return p["size_bias_nme"] if kind == "nme" else 1.0
