"""Procedures that could be done next about a pair of findings, and which make sense of it."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from corr.parameters import Parameters
from corr.questions.settle.apart import Marker, MarkerMri, SupineMri
from corr.questions.settle.particles import Particles
from corr.questions.settle.procedure import Procedure
from corr.records import LESIONS, Breast, Finding

Floats = NDArray[np.float64]
SMALL_MM = 10.0
"""Groups up to this are small: the line that the series of samples drew."""
HOLDS_CALCIFICATIONS = LESIONS.index("mass_calcification")


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
