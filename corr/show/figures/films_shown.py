"""Which films of a breast its pictures and sentences are about: one from above, one oblique.

Films that were taken, at the angle they were taken at; the population's where there are none.
"""

from __future__ import annotations

from corr.exams.mammography import film_angle
from corr.exams.registry import exam_of
from corr.parameters import Parameters
from corr.records import Breast, FilmView, Reading

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
    return film_angle(film, p)[0] if film.view in ("MLO", "LMO") else p["mlo_angle_deg"]


def films_shown(breast: Breast) -> dict[str, Reading]:
    """`film_shown` of every place of a picture."""
    return {place: film_shown(breast, place) for place in ORDER}
