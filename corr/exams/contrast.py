"""Contrast-enhanced mammography: what takes up contrast, on the films of `corr.exams.films`.

Iodine is shown by the recombined image; the low-energy image of the same compression is a
mammogram, whose findings are stated as such (`MG`). Both of one exam share their compression, as
acquisitions of one ``exam_id`` do (`corr.judgement.order`), and so every error of film and pose.
Words are those of the BI-RADS supplement on contrast-enhanced mammography (2022): an enhancing
asymmetry is seen on one view only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from corr.anatomy.breast import Array
from corr.exams.base import ByLesion, Exam, Views
from corr.exams.films import Mammography
from corr.parameters import Parameters
from corr.records import Lesion, LesionKind, Malignancy

ASYMMETRY: LesionKind = "enhancing_asymmetry"
TINY = 1e-9


class ContrastMammography(Mammography):
    """Enhancement on films: projected as a mammogram is, reported as by MRI."""

    modality = "CEM"
    name = adjective = "contrast mammogram"
    kinds = ("mass", "nme", "enhancing_asymmetry")
    diffuse = ("nme", "enhancing_asymmetry")
    calcified = None
    says: ClassVar[Mapping[str, LesionKind]] = {"asymmetry": ASYMMETRY}
    measures_calcifications = False
    constants = (*Mammography.constants, "cem_")
    rates = ("cem_sees_", "cem_view_", "cem_asymmetry_")
    spreads = ("MG", ("cem_",))

    def sees(
        self, sizes_mm: Array, density: str | None, p: Parameters, of: Malignancy, *, targeted: bool
    ) -> ByLesion:
        """What enhances, whatever its size and however dense the breast is."""
        return self.enhances(sizes_mm, p, of)

    def on_view(self, _view: str, _lesion: Lesion, p: Parameters) -> float:
        """Enhancement is hardly hidden by other tissue: both views show it alike."""
        return p["cem_view_shows"]

    def calls(self, kind: str, given: str, views: Views, p: Parameters) -> float:
        """An enhancing asymmetry is seen on one view only; of the other kinds, what that leaves."""
        usual = Exam.calls(self, ASYMMETRY, given, views, p)
        asymmetry = usual
        if views.of > 1:
            asymmetry = p["cem_asymmetry_on_one" if views.shown < 2 else "cem_asymmetry_on_two"]
        if kind == ASYMMETRY:
            return asymmetry
        return Exam.calls(self, kind, given, views, p) * (1.0 - asymmetry) / max(1.0 - usual, TINY)

    def overlap(self, _kind: str, _views: Views, _p: Parameters) -> float | None:
        """Overlapping tissue does not enhance: what is nothing is named as lesions are."""
        return None

    def size_bias(self, kind: str | None, p: Parameters) -> float:
        """As MRI: one body of contrast is measured."""
        return Exam.size_bias(self, kind, p)
