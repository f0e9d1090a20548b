"""What a reading writes down of a place, with the errors the constants give it. Simulated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import BreastModel
from corr.exams import kernels, mammography, mri, regions, ultrasound
from corr.exams.skin import Seen
from corr.parameters import Parameters
from corr.records import Finding, Reading

Floats = NDArray[np.float64]
LEFT_OUT, SLICES, WORDS = 0.1, 0.3, 0.15
"""How often a report leaves out a kind, a size or a coordinate, films have slices with a height,
and a finding on film has its quadrant for all of its place."""
QUADRANTS = ("UOQ", "UIQ", "LOQ", "LIQ")


class Recorder:
    """Fields of `corr.records.Finding` that say where, for one woman's exams.

    ``tails``: own errors have the heavy tails of the kernels; without, they are normal.
    """

    def __init__(
        self, rng: np.random.Generator, p: Parameters, side: str, *, tails: bool = True
    ) -> None:
        self.rng, self.p, self.side, self.tails = rng, p, side, tails
        self.slices = rng.random() < SLICES

    def noise(self, sds: Sequence[float] | Floats) -> Floats:
        """One finding's own errors ``(d,)``: t distributed together, of the given scales."""
        normal = np.asarray(sds) * self.rng.standard_normal(len(sds))
        if not self.tails:
            return normal
        return normal * math.sqrt(kernels.DEGREES / self.rng.chisquare(kernels.DEGREES))

    def said(self, fields: Mapping[str, object]) -> dict[str, object]:
        """What a report does not leave out."""
        return {k: v for k, v in fields.items() if self.rng.random() >= LEFT_OUT}

    def place(self, reading: Reading, here: BreastModel, e: Floats) -> dict[str, object]:
        """The single point of ``here``, seen with the errors ``e`` of the exam ``(d,)``."""
        if reading.modality == "US":
            seen = ultrasound.appear(reading, here, e[None], self.p, self.side)
            return self._on_skin(reading, seen)
        if reading.modality == "MG":
            return self._on_film(reading, here, e)
        mm = np.ravel(mri.appear(reading, here, e[None], self.p))
        mm = mm + self.noise(mri.own_sds_mm(reading, self.p))
        return _named(("lateral_mm", "superior_mm", "posterior_mm"), mm)

    def _on_film(self, reading: Reading, here: BreastModel, e: Floats) -> dict[str, object]:
        """In the film plane, with slices also above the detector; or no more than a quadrant."""
        p = self.p
        if self.rng.random() < WORDS:
            return {"quadrant": self._quadrant(reading, here)}
        mm = np.ravel(mammography.appear(reading, here, e[None], p))
        mm = mm + self.noise(mammography.own_sds_mm(reading, p))
        said = self.said(_named(("posterior_mm", "transverse_mm"), mm))
        if self.slices and reading.view != "STEREO":
            height = mammography.beam_height_mm(reading, here, p)[0]
            thickness, unknown = mammography.film_thickness(reading, p)
            sd = np.hypot(mammography.beam_sd_mm(reading, p), unknown * height / thickness)
            said |= {"beam_mm": float(height + self.noise([sd])[0]), "beam_from": "detector"}
        return said

    def _quadrant(self, reading: Reading, here: BreastModel) -> str:
        chance = []
        for quadrant in QUADRANTS:
            said = Finding("", "", "MG", quadrant=quadrant)
            likely = regions.likelihood(said, reading, here, self.p, self.side)
            chance.append(0.0 if likely is None else float(likely[0]))
        return str(self.rng.choice(QUADRANTS, p=np.array(chance) / sum(chance)))

    def _on_skin(self, reading: Reading, seen: Seen) -> dict[str, object]:
        """Clock and distance as they are written down: in whole hours and centimetres."""
        across_sd, out_sd = ultrasound.own_sds_mm(reading, self.p)
        radius, hour, depth = (float(x[0, 0]) for x in (seen.radius_mm, seen.hour, seen.depth_mm))
        off_h = float(self.noise([across_sd])[0]) / max(radius * math.radians(30.0), 1e-6)
        # around the nipple there is no direction: any hour
        hour = float(self.rng.uniform(0.0, 12.0)) if abs(off_h) > 6.0 else hour + off_h
        clock = float(round(hour % 12.0) or 12)
        fn_cm = max(round((radius + float(self.noise([out_sd])[0])) / 10.0), 0)
        depth += float(self.noise([ultrasound.depth_sd_mm(depth, seen, self.p)])[0])
        stated = {"clock_h": (clock, clock), "fn_mm": 10.0 * fn_cm, "depth_mm": max(depth, 0.0)}
        return self.said(stated)


def _named(names: Sequence[str], mm: Floats) -> dict[str, object]:
    return dict(zip(names, mm.tolist(), strict=True))
