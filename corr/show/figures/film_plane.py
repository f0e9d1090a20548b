"""Where tissue of the reference breast falls on a film, and how a film is hung.

Film coordinates are those of `corr.exams.mammography`, whose map is the only one: pictures and
sentences ask `mammography.on_film`, the map that the findings are judged with. In a picture
``x = sign * posterior`` (mm, the viewer's right is +) and ``y = transverse``: films hang with
their chest walls back to back, so the nipple of a right breast points to the viewer's left. That
is the standard hanging of all views of this suite.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corr.anatomy.breast import BreastModel, build
from corr.anatomy.frame import clock_to_coronal, left_sign
from corr.anatomy.views import OBLIQUE_FROM_DEG, film_edges
from corr.exams import mammography
from corr.exams.nodes import normal_nodes
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.records import FilmView, Reading, Shape
from corr.show.figures.films_shown import film_shown, films_shown
from corr.show.figures.parts.density import Raster

ERROR_NODES = 32
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FilmPlane:
    """One film of one breast: the film, and the model and constants that it is judged with."""

    side: str
    reading: Reading
    model: BreastModel
    parameters: Parameters

    @property
    def view(self) -> str:
        """Code of the view."""
        return self.reading.view or ""

    @cached_property
    def angle_deg(self) -> float:
        """Signed film-plane angle that the film is judged with."""
        return mammography.film_angle(self.reading, self.parameters)[0]

    @property
    def sign(self) -> float:
        """Where posterior points in the picture: +1 right (right breast), -1 left."""
        return -left_sign(self.side)

    @cached_property
    def stretch(self) -> float:
        """How much farther apart neighbouring points lie on the film, at most."""
        nipple_and_axes = np.vstack([np.zeros(3), np.eye(3)])
        at = np.stack(self.project(nipple_and_axes), axis=-1)
        return max(float(np.linalg.norm(at[1:] - at[0], axis=1).max()), 1.0)

    @property
    def shows_pectoral(self) -> bool:
        """True on MLO and LMO, whose pectoral tilts the posterior nipple line."""
        return OBLIQUE_FROM_DEG <= self.angle_deg <= 90 - OBLIQUE_FROM_DEG

    @property
    def chest_wall(self) -> Floats:
        """``(1, 3)`` the point of the chest wall straight behind the nipple, mm."""
        return np.array([[0.0, 0.0, self.model.extents.depth]])

    @cached_property
    def axis(self) -> Floats:
        """``(2,)`` (posterior, transverse) way to the tissue straight behind the nipple, unit."""
        way = np.ravel(self.project(self.chest_wall))
        return np.asarray(way / np.linalg.norm(way))

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """(posterior, transverse) in mm of points ``(n, 3)`` of the reference breast."""
        return mammography.on_film(points, self.reading, self.model, self.parameters)

    def drawn(self, points: Floats) -> tuple[Floats, Floats]:
        """(x, y) in the picture, mm, of points ``(n, 3)``."""
        posterior, transverse = self.project(points)
        return self.sign * posterior, transverse

    def level_mm(self, hour_h: ArrayLike, radius_mm: float, posterior_mm: float) -> Floats:
        """Transverse (mm) of the tissue at clock hours that this film shows so far back.

        ``radius_mm`` from the nipple as seen from the front, ``posterior_mm`` behind it on the
        film; both film coordinates are affine in the depth.
        """
        coronal = clock_to_coronal(np.atleast_1d(hour_h), radius_mm, self.side)
        front, back = (
            self.project(np.column_stack([coronal, np.full(len(coronal), depth_mm)]))
            for depth_mm in (0.0, 100.0)
        )
        share = (posterior_mm - front[0]) / (back[0] - front[0])
        return np.asarray(front[1] + share * (back[1] - front[1]))

    def edges(self) -> tuple[str, str]:
        """What the upper and the lower edge of the film are."""
        return film_edges(self.angle_deg)


def expected_plane(judgement: Judgement, reading: Reading) -> FilmPlane:
    """The film of one reading as it was judged."""
    return FilmPlane(judgement.breast.side, reading, judgement.model, judgement.parameters)


def shown_planes(judgement: Judgement) -> dict[str, FilmPlane]:
    """The films in the two places (CC, MLO) of a breast's pictures."""
    shown = films_shown(judgement.breast)
    return {place: expected_plane(judgement, film) for place, film in shown.items()}


def oblique_plane(judgement: Judgement) -> FilmPlane:
    """The oblique film of a breast's pictures."""
    return expected_plane(judgement, film_shown(judgement.breast, "MLO"))


def usual_plane(
    side: str, view: FilmView | None, angle_deg: float | None, p: Parameters
) -> FilmPlane:
    """A film of a breast of which nothing is known."""
    return FilmPlane(side, Reading("", "MG", "", view, angle_deg), build(Shape(), p), p)


class FilmForecast:
    """Where on one film a lesion of another exam should lie, the film's own errors included.

    Nothing that this film itself reported goes in: the belief comes from elsewhere.
    """

    def __init__(self, judgement: Judgement, reading: Reading) -> None:
        model, p = judgement.model, judgement.parameters
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
