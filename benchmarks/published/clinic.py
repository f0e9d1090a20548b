"""Virtual exams of one reference breast: the judging functions, run forwards.

Lesions are drawn from the location prior, every exam's errors from its own spreads, every finding's
error from the heavy-tailed kernel with the outlier share. The draws are the same in every run.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from corr.anatomy import breast as breast_module
from corr.anatomy.breast import BreastModel
from corr.exams import kernels, mammography, mri, ultrasound
from corr.exams.nodes import unshared
from corr.judgement import beliefs as locate
from corr.parameters import Parameters
from corr.records import Breast, Finding, Reading, Shape

Floats = NDArray[np.float64]
LESIONS, EXAMS, LOCATED, SEED = 400, 200, 80, 20261123
TINY = 1e-6
CC = Reading("cc", "MG", "mg", view="CC", angle_deg=0.0, thickness_mm=59.0, study="mg")
MLO = Reading("mlo", "MG", "mg", view="MLO", angle_deg=47.0, thickness_mm=59.0, study="mg")
"""Angle and thickness are recorded, as in the published series; their usual values (5.1, 5.6)."""
US = Reading("us", "US", "us")
MR = Reading("mr", "MR", "mr")


SHARED = re.compile(r"(shift|rotation|roll|scale|angle|lean|tilt)_.*sd")
SHARED_SPREADS = (
    *("film_mlo_lean_deg", "film_lateral_lean_deg"),
    *("supine_lateral_fall", "supine_rise"),
)
"""Values that differ between women or films as `Parameter.spread` says, for a whole exam."""


def registered(p: Parameters) -> Parameters:
    """The constants if every exam's images had been registered without any error.

    Nothing that all findings of an exam share is left: pose, rotation, nipple, angle, stretch.
    A real registration, as several of the sources did, lies between this and a report.
    """
    none = {
        name: replace(row, value=TINY) if SHARED.search(name) else replace(row, spread=0.0)
        for name, row in p.table.items()
        if SHARED.search(name) or name in SHARED_SPREADS
    }
    return Parameters({**p.table, **none}, p.version, p.changed)


class Clinic:
    """Virtual exams of one reference breast: `EXAMS` draws of errors, crossed with `LESIONS`.

    Every method returns arrays ``(EXAMS, LESIONS)`` in mm (clock in hours); column k of all of
    them is the same lesion, row j the same woman's exams.
    """

    def __init__(self, p: Parameters, seed: int = SEED) -> None:
        self.p, self.rng = p, np.random.default_rng(seed)
        self.model = breast_module.build(Shape(), p)
        chosen = self.rng.choice(len(self.model.points), LESIONS, p=self.model.prior)
        self.lesions: Floats = self.model.points[chosen]
        self.here: BreastModel = self.model.at(self.lesions)

    def _errors(self, module: object, reading: Reading) -> Floats:
        mean, sd = module.errors(reading, self.p)  # type: ignore[attr-defined]
        return mean + sd * self.rng.standard_normal((EXAMS, len(mean)))

    def _reported(self, true: Floats, sd: Floats, outlier: float) -> Floats:
        """Add a finding's own error to ``(d, EXAMS, LESIONS)``; outliers are other lesions."""
        shape = true.shape[1:]
        tail = np.sqrt(kernels.DEGREES / self.rng.chisquare(kernels.DEGREES, shape))
        moved = self.rng.random(shape) < outlier
        elsewhere = np.where(moved, np.roll(true, 1, axis=2), true)
        return elsewhere + sd[:, None, None] * tail * self.rng.standard_normal(true.shape)

    def film(self, reading: Reading) -> Floats:
        """Posterior, transverse and height above the detector of each lesion, ``(3, ., .)``."""
        p = self.p
        seen = mammography.appear(reading, self.here, self._errors(mammography, reading), p)
        height = mammography.beam_height_mm(reading, self.here, p)
        true = np.stack([*np.asarray(seen, dtype=float), np.tile(height, (EXAMS, 1))])
        beam_sd_mm = mammography.beam_sd_mm(reading, p)
        sd = np.array([p["mg_posterior_sd_mm"], p["mg_transverse_sd_mm"], beam_sd_mm])
        return self._reported(true, sd, p["mg_outlier"])

    def prone_mri(self) -> Floats:
        """Lateral, superior, posterior from the nipple, prone, ``(3, ., .)``."""
        p = self.p
        true = np.stack(mri.appear(MR, self.here, self._errors(mri, MR), p)).astype(float)
        sd = mri.own_sds_mm(MR, p)
        return self._reported(true, sd, p["mr_outlier"])

    def on_skin(self) -> Floats:
        """Ultrasound: lateral and superior on the supine skin, before rounding, ``(2, ., .)``."""
        p = self.p
        seen = ultrasound.appear(US, self.here, self._errors(ultrasound, US), p, "L")
        angle = np.deg2rad(30.0 * np.asarray(seen.hour, dtype=float))
        along = np.stack([np.sin(angle), np.cos(angle)])
        across = np.stack([np.cos(angle), -np.sin(angle)])
        zero = np.zeros((2, *angle.shape))
        sd = np.array([p["us_radial_sd_mm"], p["us_tangential_sd_mm"]])
        off = self._reported(zero, sd, 0.0)
        at = seen.radius_mm * along + off[0] * along + off[1] * across
        moved = self.rng.random(angle.shape) < p["us_outlier"]
        return np.where(moved, np.roll(at, 1, axis=2), at)

    def believed(self, reading: Reading, findings: list[Finding]) -> Floats:
        """Mean of the belief of each finding by itself: ``(n, 3)`` in the reference breast."""
        means = []
        for f in findings:
            alone = Breast("check", "L", (reading,), (f,))
            places = locate.Places(alone, [f], self.model, self.p, unshared())
            means.append(places.belief(f.finding_id).mean_mm)
        return np.array(means)

    def expected_on_film(self, reading: Reading, points: Floats) -> Floats:
        """Posterior, transverse and height of reference points without any error, ``(3, n)``."""
        mean, _ = mammography.errors(reading, self.p)
        at = self.model.at(points)
        seen = mammography.appear(reading, at, mean[None, :].astype(float), self.p)
        height = mammography.beam_height_mm(reading, at, self.p)
        return np.stack([*np.asarray(seen, dtype=float)[:, 0], height])
