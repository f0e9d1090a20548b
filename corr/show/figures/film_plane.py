"""Which films of a breast are drawn, how they hang, and where tissue falls on them.

Films that were taken, at the angle they were taken at; the population's where there are none.
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
from corr.anatomy.film import level_mm
from corr.anatomy.frame import left_sign
from corr.anatomy.views import OBLIQUE_FROM_DEG, film_edges
from corr.exams import mammography
from corr.exams.registry import exam_of
from corr.judgement.result import Judgement
from corr.parameters import Parameters
from corr.records import Breast, FilmView, Reading, Shape

Floats = NDArray[np.float64]
ORDER: dict[str, tuple[FilmView, ...]] = {
    "CC": ("CC", "FB"),
    "MLO": ("MLO", "LMO", "ML", "LM", "SIO", "ISO"),
}
"""Views that may stand in each place of a picture, the first that was taken."""


def film_shown(breast: Breast, place: str) -> Reading:
    """The film in one place (CC or MLO) of a picture, whatever its own view is.

    Of the first of its views that was taken: a film of known angle before others, then the
    latest. A usual film that nobody took where there is none.
    """
    for view in ORDER[place]:
        taken = [
            r for r in breast.readings
            if exam_of(r).place == "film" and r.view == view and r.position_refused is None
        ]  # fmt: skip
        if taken:
            return max(taken, key=lambda r: (r.angle_deg is not None, r.order or 0.0, r.reading_id))
    return Reading("", "MG", "", ORDER[place][0])


def oblique_angle_deg(breast: Breast, p: Parameters) -> float:
    """Angle of the breast's MLO or LMO in pictures; the population's where none was taken."""
    film = film_shown(breast, "MLO")
    return mammography.film_angle(film, p)[0] if film.view in ("MLO", "LMO") else p["mlo_angle_deg"]


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
        """`corr.anatomy.film.level_mm` of this film."""
        return level_mm(self.project, self.side, hour_h, radius_mm, posterior_mm)

    def edges(self) -> tuple[str, str]:
        """What the upper and the lower edge of the film are."""
        return film_edges(self.angle_deg)


def expected_plane(judgement: Judgement, reading: Reading) -> FilmPlane:
    """The film of one reading as it was judged."""
    return FilmPlane(judgement.breast.side, reading, judgement.model, judgement.parameters)


def shown_planes(judgement: Judgement) -> dict[str, FilmPlane]:
    """The films in the two places (CC, MLO) of a breast's pictures."""
    return {
        place: expected_plane(judgement, film_shown(judgement.breast, place)) for place in ORDER
    }


def usual_plane(
    side: str, view: FilmView | None, angle_deg: float | None, p: Parameters
) -> FilmPlane:
    """A film of a breast of which nothing is known."""
    return FilmPlane(side, Reading("", "MG", "", view, angle_deg), build(Shape(), p), p)
