"""Where tissue of the reference breast falls on a film, and how a film is hung.

Film coordinates are those of `corr.exams.mammography`: ``posterior_mm`` behind the nipple and
``transverse_mm`` above the nipple level, + along (lateral, superior) = (cos a, sin a). In a
picture ``x = sign * posterior`` (mm, the viewer's right is +) and ``y = transverse``: films
hang with their chest walls back to back, so the nipple of a right breast points to the
viewer's left. That is the standard hanging of all views of this suite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corr import breast as breast_module
from corr.exams import mammography
from corr.frame import POSTERIOR, film_transverse, left_sign
from corr.nodes import normal_nodes
from corr.parameters import Parameters
from corr.records import Judgement, Reading
from corr.show.density import Raster

OBLIQUE_FROM_DEG = 20.0
ERROR_NODES = 32
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FilmPlane:
    """One film: its angle and how much the compressed breast is wider there, on average.

    Stretches of 1 and a tilt of 0 are the schematic before compression, which shows what
    projection alone does. ``tilt`` is how far tissue climbs per mm of depth on the film.
    """

    side: str
    angle_deg: float
    view: str = ""
    depth_stretch: float = 1.0
    width_stretch: float = 1.0
    tilt: float = 0.0

    @property
    def sign(self) -> float:
        """Where posterior points in the picture: +1 right (right breast), -1 left."""
        return -left_sign(self.side)

    @property
    def compressed(self) -> bool:
        """False for the schematic before compression."""
        return (self.depth_stretch, self.width_stretch, self.tilt) != (1.0, 1.0, 0.0)

    @property
    def stretch(self) -> float:
        """How much farther apart neighbouring points lie on the film, at most."""
        return max(self.depth_stretch, self.width_stretch, 1.0)

    @property
    def oblique(self) -> bool:
        """True on every view that is not (nearly) a CC."""
        return abs(self.angle_deg) >= OBLIQUE_FROM_DEG

    @property
    def shows_pectoral(self) -> bool:
        """True on MLO and LMO, whose pectoral tilts the posterior nipple line."""
        return OBLIQUE_FROM_DEG <= self.angle_deg <= 90 - OBLIQUE_FROM_DEG

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """(posterior, transverse) in mm of points ``(n, 3)`` of the reference breast."""
        behind = points[:, POSTERIOR]
        posterior = self.depth_stretch * behind
        across = self.width_stretch * film_transverse(points, self.angle_deg)
        return posterior, across + self.tilt * posterior

    def drawn(self, points: Floats) -> tuple[Floats, Floats]:
        """(x, y) in the picture, mm, of points ``(n, 3)``."""
        posterior, transverse = self.project(points)
        return self.sign * posterior, transverse

    def edges(self) -> tuple[str, str]:
        """What the upper and the lower edge of the film are."""
        a = self.angle_deg
        if not self.oblique:
            return "lateral", "medial"
        if abs(a) > 90 - OBLIQUE_FROM_DEG:
            return ("superior", "inferior") if a > 0 else ("inferior", "superior")
        return ("upper outer", "lower inner") if a > 0 else ("lower outer", "upper inner")


def expected_plane(judgement: Judgement, reading: Reading, p: Parameters) -> FilmPlane:
    """The film of one reading with the mean compression of this breast."""
    model = breast_module.build(judgement.breast.shape, p)
    width, depth = mammography.stretches(reading, model, p)
    mean, _ = mammography.errors(reading, p)
    return FilmPlane(
        judgement.breast.side,
        float(mean[mammography.ANGLE]),
        reading.view or "",
        depth,
        width,
        float(np.tan(np.deg2rad(mean[mammography.LEAN]))),
    )


class FilmForecast:
    """Where on one film a lesion of another exam should lie, the film's own errors included.

    Nothing that this film itself reported goes in: the belief comes from elsewhere.
    """

    def __init__(self, judgement: Judgement, reading: Reading, p: Parameters) -> None:
        model = breast_module.build(judgement.breast.shape, p)
        model = model.at(judgement.points)  # those that beliefs are given on
        mean, sd = mammography.errors(reading, p)
        e = (mean + sd * normal_nodes(ERROR_NODES, len(mean))).astype(np.float32)
        seen = mammography.appear(reading, model, e, p)
        posterior, transverse = (np.broadcast_to(c, (len(e), len(model.points))) for c in seen)
        sign = -left_sign(judgement.breast.side)
        self._nodes = len(e)
        self.raster = Raster(
            sign * posterior.ravel().astype(float),
            transverse.ravel().astype(float),
            cell_mm=judgement.cell_mm,
        )

    def density(self, probability: Floats) -> Floats:
        """Weights for `raster` of a belief over the points of the reference breast."""
        return np.tile(probability / self._nodes, self._nodes)
