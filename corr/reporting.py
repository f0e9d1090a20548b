"""What an exam reports of a lesion: seen or not, called what, measured how large.

A lesion has a type and a size. Whether each exam reports it, and how, depends on both and
on nothing else, so these weights need no place. A mammogram first sees a lesion or not,
then each view shows it or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corr.exams.kernels import student
from corr.parameters import Parameters
from corr.records import Breast, Finding, Reading, Silence

Array = NDArray[np.float64]
LESIONS = ("mass", "calcification", "mass_calcification", "nonmass")
SIZES_MM = np.geomspace(2.0, 80.0, 16)
SILENT_SIZES_MM = (5.0, 10.0, 20.0)


def size_prior(p: Parameters) -> Array:
    """Probability of each of `SIZES_MM` before any report."""
    z = (np.log(SIZES_MM) - np.log(p["size_median_mm"])) / p["size_ln_sd"]
    w = np.exp(-0.5 * z * z)
    return np.asarray(w / w.sum())


def exam_sees(modality: str, lesion: str, size_mm: Array, density: str | None, p: Parameters, *, targeted: bool = False) -> Array:  # noqa: E501
    """Probability that an exam (all its views together) reports a lesion, per size in mm."""
    ones = np.ones_like(size_mm)
    if modality == "MG":
        factor = p[f"mg_density_{density}"] if density else 0.5 * (p["mg_density_b"] + p["mg_density_c"])
        mass = factor / (1 + np.exp(-p["mg_mass_slope_per_mm"] * (size_mm - p["mg_mass_midpoint_mm"])))
        calcified = p["mg_sees_calcification"] * ones
        seen = {"mass": mass, "calcification": calcified, "mass_calcification": np.maximum(mass, calcified), "nonmass": p["mg_sees_nonmass"] * ones}  # fmt: skip  # noqa: E501
    elif modality == "US":
        mass = 1 / (1 + np.exp(-p["us_slope_per_mm"] * (size_mm - p["us_midpoint_mm"])))
        if targeted:
            mass = np.maximum(mass, p["us_targeted"])
        seen = {"mass": mass, "calcification": p["us_sees_calcification"] * ones, "mass_calcification": mass, "nonmass": p["us_sees_nonmass"] * ones}  # fmt: skip  # noqa: E501
    else:
        mass = p["mr_sees_mass"] * ones
        seen = {"mass": mass, "calcification": p["mr_sees_calcification"] * ones, "mass_calcification": mass, "nonmass": p["mr_sees_nonmass"] * ones}  # fmt: skip  # noqa: E501
    return np.asarray(seen[lesion] * p["reported_if_benign"])


@dataclass(frozen=True)
class Switches:
    """Which kinds of evidence count; all off leaves only "some exam reported something"."""

    reporting: bool = True
    kind: bool = True
    size: bool = True


class Reports:
    """Weights of blocks of findings from what was reported, for one breast.

    Parameters
    ----------
    breast : the readings done, and the density
    p : the table of constants
    """

    def __init__(self, breast: Breast, p: Parameters) -> None:
        self.p = p
        self.readings = {r.reading_id: r for r in breast.readings}
        self.studies: dict[str, list[Reading]] = {}
        for r in breast.readings:
            self.studies.setdefault(r.study or r.reading_id, []).append(r)
        self.density = breast.shape.density
        self.mix = np.array([p[f"mix_{k}"] for k in LESIONS])
        self.mix = self.mix / self.mix.sum()
        self.p_size = size_prior(p)
        self.joint = self.mix[:, None] * self.p_size[None, :]  # (lesion, size)
        self._sees = {name: self._study_sees(rs) for name, rs in self.studies.items()}

    def _study_sees(self, readings: Sequence[Reading]) -> Array:
        """(lesion, size) probability that the study sees it at all."""
        first = readings[0]
        if first.view == "STEREO":
            return np.full(self.joint.shape, self.p["stereo_reports"])
        return np.stack(
            [
                exam_sees(first.modality, k, SIZES_MM, self.density, self.p, targeted=first.targeted)
                for k in LESIONS
            ]
        )

    def _view(self, reading: Reading) -> float:
        if reading.modality != "MG" or reading.view is None:
            return 1.0
        return self.p["stereo_view" if reading.view == "STEREO" else "mg_exam_given_view"]

    def study_reports(self, name: str, reporting: set[str], sees: Array) -> Array:
        """Probability that exactly these readings of a study report the lesion."""
        probability, any_report = sees, False
        for r in self.studies[name]:
            view = self._view(r)
            hit = r.reading_id in reporting
            any_report |= hit
            probability = probability * (view if hit else 1.0 - view)
        return probability if any_report else probability + (1.0 - sees)

    def lesion(self, block: Iterable[Finding], on: Switches) -> float:
        """Weight T(C): one lesion reported by exactly these findings, and so described."""
        block = list(block)
        reporting = {f.reading_id for f in block}
        weight = self.joint
        for name in self.studies:
            sees = self._sees[name]
            if not on.reporting:
                sees = np.asarray((sees * self.joint).sum())
            weight = weight * self.study_reports(name, reporting, sees)
        for f in block:
            if on.kind:
                weight = weight * self.kind(f)[:, None]
            if on.size:
                weight = weight * self.size(f)
        return float(weight.sum())

    def false(self, f: Finding, on: Switches) -> float:
        """Weight F(i): a finding that is nothing in any other exam."""
        weight = self.p[f"false_{f.modality.lower()}"]
        if on.kind:
            weight *= float(self.mix @ self.kind(f))
        if on.size:
            weight *= float((self.joint * self.size(f)).sum())
        return weight

    def kind(self, f: Finding) -> Array:
        """Probability ``(lesion,)`` of the reported kind (and of "no calcifications")."""
        out = np.ones(len(LESIONS))
        if f.kind is not None:
            m = f.modality.lower()
            out = np.array([self.p[f"kind_{m}_{f.kind}_given_{k}"] for k in LESIONS])
        if f.n_calcifications == 0 and f.kind != "calcification":
            holds = np.array([k.endswith("calcification") for k in LESIONS])
            missed = 1.0 - self.p["us_sees_calc_in_mass"]
            out = out * np.where(holds, missed, 1.0)
        return out

    def size(self, f: Finding) -> Array:
        """Likelihood ``(lesion, size)`` of the reported size, per unit of ln(mm)."""
        if f.size_mm is None:
            return np.ones(self.joint.shape)
        m = f.modality.lower()
        bias = {"mg": 1.0, "us": self.p["size_bias_us"], "mr": self.p["size_bias_mr"]}[m]
        off = np.log(f.size_mm / bias) - np.log(SIZES_MM)
        same = _density(off, np.hypot(self.p[f"size_ln_sd_{m}"], 0.07))
        extent = _density(off, self.p["size_ln_sd_extent"])
        loose = {"MG": ("asymmetry", "architectural_distortion"), "MR": ("nme",), "US": ("nonmass",)}
        rows = []
        for k in LESIONS:
            if k == "mass_calcification" and f.kind in ("calcification", "echogenic_foci"):
                rows.append(_contained(off))  # the calcified part lies within the mass
            elif f.kind in loose[f.modality] or (k == "calcification" and f.modality != "MG"):
                rows.append(extent)  # an extent of something else than what the others measure
            else:
                rows.append(same)
        return np.stack(rows)

    def any_report(self) -> float:
        """Probability that a lesion is reported by at least one reading."""
        nothing = self.lesion((), Switches(kind=False, size=False))
        return 1.0 - nothing

    def silences(self) -> tuple[Silence, ...]:
        """Per exam, how often it would report nothing of a lesion that is there."""
        rows = []
        for name, readings in self.studies.items():
            for j, k in enumerate(LESIONS):
                for mm in SILENT_SIZES_MM:
                    sees = np.array(np.interp(np.log(mm), np.log(SIZES_MM), self._sees[name][j]))
                    quiet = float(self.study_reports(name, set(), sees))
                    exam = "+".join(sorted({r.exam_id for r in readings}))
                    rows.append(Silence(exam, readings[0].modality, k, mm, quiet))
        return tuple(rows)


def _density(off: Array, sd: float) -> Array:
    return student((off / sd) ** 2, 1) * 0.375 / sd  # 3/8 normalises t with 4 degrees


def _contained(off: Array, shortest: float = -2.0, over: float = 0.15) -> Array:
    """Even from a seventh of the mass up to its size, fading beyond."""
    return np.where(off <= 0, np.where(off > shortest, 1.0, 0.05), np.exp(-0.5 * (off / over) ** 2)) / 2.2
