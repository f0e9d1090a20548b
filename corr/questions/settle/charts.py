"""Where an examination states what is at a point, as flat coordinates: to draw from and to weigh.

The chart of a film is (posterior, transverse), that of the skin (lateral, superior) as ultrasound
unrolls it, that of an MRI its three axes; mm. A coordinate stated beside the place (depth below the
skin, height along the beam) has an error of its own. Both errors are t kernels (`corr.exams`); what
rounding an hour or a distance leaves open is counted into them as if it were an error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.breast import BreastModel
from corr.exams import kernels, mammography, mri, ultrasound
from corr.exams.registry import exam_of
from corr.parameters import Parameters
from corr.records import Finding, Reading

Floats = NDArray[np.floating]
USUAL_STEP_MM = Finding("", "", "US").fn_rounding_mm
"""Half of the step to which distances from the nipple are rounded."""


class Chart:
    """What one acquisition states of every point of a breast.

    Parameters
    ----------
    reading : the acquisition, not done as yet
    model, p, side : the breast at the points asked for, the constants, which breast it is
    beam : whether a height along the beam is stated beside the place on a film (tomosynthesis)

    Attributes
    ----------
    flat : how many coordinates make the place; one more may follow
    """

    def __init__(
        self, reading: Reading, model: BreastModel, p: Parameters, side: str, *, beam: bool = False
    ) -> None:
        self.reading, self.model, self.p, self.side = reading, model, p, side
        self._exam = exam_of(reading)
        self.mean, self.sd = self._exam.errors(reading, p)
        self.flat = 3 if self._exam.place == "frame" else 2
        held = float(np.mean(np.cbrt(np.broadcast_to(model.cells_held, len(model.points))) ** 2))
        self._cell_mm = model.cell_mm * math.sqrt(held / 12.0) / kernels.T_SD
        self._beam: Floats | None = None
        if beam and self._exam.place == "film":
            self._beam = mammography.beam_height_mm(reading, model, p).astype(np.float32)

    def at(self, errors: Floats) -> Floats:
        """``(n_e, d, n)`` coordinates of all points, for standard-normal errors ``(n_e, e)``."""
        e = self.mean + self.sd * errors
        seen = self._exam.appear(self.reading, self.model, e, self.p, self.side)
        if self._exam.place == "skin":
            axes = [seen.lateral.values, seen.superior.values, seen.depth.values]
        else:
            axes = [axis.values for axis in seen]
        if self._beam is not None:
            axes.append(np.broadcast_to(self._beam, axes[0].shape))
        return np.stack(np.broadcast_arrays(*axes), axis=1)

    def stated(self, at: Floats, rng: np.random.Generator) -> Floats:
        """``(r, d)`` what is stated of lesions that show at ``at`` ``(r, d)``: with own errors."""
        across, scales = self._axes(at)
        own = np.sqrt(rng.chisquare(kernels.DEGREES, (len(at), 2)) / kernels.DEGREES)
        noise = rng.standard_normal(at.shape)
        flat = scales[:, : self.flat] * noise[:, : self.flat] / own[:, :1]
        out = at.astype(float)
        out[:, : self.flat] += np.einsum("rij,ri->rj", across, flat)
        if at.shape[1] > self.flat:
            out[:, self.flat] += scales[:, self.flat] * noise[:, self.flat] / own[:, 1]
        return out

    def forms(self, stated: Floats) -> list[Floats]:
        """Of each statement ``(r, d)`` the squared distances as quadratic forms of a point."""
        across, scales = self._axes(stated)
        flat = self.flat
        turned = across / scales[:, :flat, None]  # (r, error, coordinate)
        forms = [_form(stated[:, :flat], np.einsum("rki,rkj->rij", turned, turned))]
        if stated.shape[1] > flat:
            forms.append(_form(stated[:, flat:], (scales[:, flat:] ** -2.0)[:, :, None]))
        return forms

    def kernel(self, forms: Sequence[Floats], at: Floats) -> Floats:
        """``(n, r)`` density of each statement at each point ``(d, n)``, unscaled."""
        flat = self.flat
        out = kernels.student(_rows(at[:flat]) @ forms[0], flat)
        for form in forms[1:]:
            out *= kernels.student(_rows(at[flat:]) @ form, 1)
        return out

    def _axes(self, at: Floats) -> tuple[Floats, Floats]:
        """``(r, flat, flat)`` directions of the errors, and ``(r, d)`` their scales, mm.

        The cell that a point stands for is counted in.
        """
        turned, scales = self._own(at)
        return turned, np.hypot(scales, self._cell_mm)

    def _own(self, at: Floats) -> tuple[Floats, Floats]:
        n, p = len(at), self.p
        turned = np.broadcast_to(np.eye(self.flat), (n, self.flat, self.flat))
        if self._exam.place == "frame":
            return turned, np.broadcast_to(mri.own_sds_mm(self.reading, p), (n, 3))
        if self._exam.place == "film":
            scales = list(mammography.own_sds_mm(self.reading, p))
            if self._beam is not None:
                _, unknown = mammography.film_thickness(self.reading, p)
                scales.append(math.hypot(mammography.beam_sd_mm(self.reading, p), 0.5 * unknown))
            return turned, np.broadcast_to(scales, (n, len(scales)))
        radius = np.maximum(np.hypot(at[:, 0], at[:, 1]), 1.0)
        out = at[:, :2] / radius[:, None]
        turned = np.stack([out, np.stack([-out[:, 1], out[:, 0]], axis=1)], axis=1)
        own = ultrasound.own_sds_mm(self.reading, p)
        hour = radius * math.radians(30.0) * p["us_clock_rounding_h"] / math.sqrt(3.0)
        step = USUAL_STEP_MM * p["fn_rounding_over_half_step"] / math.sqrt(3.0)
        depth = p["us_depth_sd_mm"] + p["us_depth_rel_sd"] * np.maximum(at[:, 2], 0.0)
        skin = p["us_depth_shape"] * self.model.extents.uncertain_mm
        scales_mm = (math.hypot(own[1], step) * np.ones(n), np.hypot(own[0], hour))
        return turned, np.stack([*scales_mm, np.hypot(depth, skin)], axis=1)


def _form(middle: Floats, form: Floats) -> Floats:
    """``(terms, r)`` of ``(x - middle) form (x - middle)``: what `_rows` is multiplied with."""
    i, j = np.triu_indices(form.shape[1])
    pull = np.einsum("rij,rj->ri", form, middle)
    products = form[:, i, j] * np.where(i == j, 1.0, 2.0)
    own = (pull * middle).sum(axis=1, keepdims=True)
    terms = np.concatenate([own, -2.0 * pull, products], axis=1)
    return np.ascontiguousarray(terms.T, dtype=np.float32)


def _rows(at: Floats) -> Floats:
    """``(n, terms)`` one, coordinates and their products, of points ``(d, n)``."""
    i, j = np.triu_indices(len(at))
    rows = np.concatenate([np.ones_like(at[:1]), at, at[i] * at[j]])
    return np.ascontiguousarray(rows.T, dtype=np.float32)
