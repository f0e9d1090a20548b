"""The picture of the explorer: clock face, CC and oblique, redrawn only where they changed.

The empty views are drawn once; beliefs, stated places and handles lie over them and are
drawn by hand (blitting), a belief only after it changed. The same picture is drawn whole for
the static twin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corr.anatomy.frame import LATERAL, SUPERIOR, left_sign
from corr.anatomy.names import SIDE_NAMES
from corr.exams.mammography import film_angle
from corr.exams.registry import exam_of
from corr.judgement.result import Judgement
from corr.records import Finding
from corr.show.explorer.cursor import Cursor
from corr.show.explorer.state.explored import Explored
from corr.show.explorer.view import Project, Spot, View, new_on_face, on_face, on_film
from corr.show.figures.clockface import draw_face, face_radius_mm
from corr.show.figures.film_plane import expected_plane, film_shown
from corr.show.figures.films import plot_film
from corr.show.figures.parts.legends import finding_handles
from corr.show.figures.parts.palette import styles
from corr.show.figures.parts.picture import as_written
from corr.show.figures.parts.stated import shade_stated
from corr.show.wording.text import short, short_names

SIZE_IN = (6.5, 6.5)
FACE = (0.0, 0.485, 0.6, 0.44)
LEGEND = (1.0, 0.75)
"""Right end and middle of the legend, beside the face."""
LINES = "inner line 50 %, outer line 80 %\nof where it may lie; ring: "
MOVABLE, FIXED = f"{LINES}drag to move\nwhat is stated", f"{LINES}the hour or\nplace that is stated"
"""Title of the legend where rings can be dragged, and of a picture on a page."""
HELD_AT = (0.86, 0.72, 0.58, 0.44)
"""Shares of the face's radius at which hours without a distance are held."""
FILMS = {"CC": (0.03, 0.0, 0.46, 0.44), "MLO": (0.52, 0.0, 0.46, 0.44)}
"""Place of each film in the figure."""
TURNING = "MLO"
LIKELY = 0.1
"""Points of the breast for the cursor: those with this share of the highest prior, or more."""


class Scene:
    """Clock face, CC and oblique of the explored breast on one figure.

    Parameters
    ----------
    animated
        True leaves what moves to `paint`, for blitting; False draws it with the figure.
    """

    def __init__(self, explored: Explored, figure: Figure, *, animated: bool) -> None:
        self.explored, self.figure, self._animated = explored, figure, animated
        self._still: Any = None  # pixels of all that never moves
        self._background: Any = None  # the same with the oblique
        self._style = styles(explored.written)
        self.edges: dict[str, tuple[str, str]] = {}  # what the upper and lower edge of a film are
        figure.clear()
        figure.set_layout_engine("none")
        figure.set_facecolor("white")
        judgement = explored.judgement(band=False)
        self.title = f"{short(explored.case.case_id)}, {SIDE_NAMES[explored.side]}"
        figure.suptitle(self.title, y=0.995, fontsize=12, fontweight="bold")
        self._face(judgement)
        self.films = {view: self._film(view, judgement) for view in FILMS}
        self.cursor = Cursor(self.views, animated=animated)
        self._legend(judgement)
        as_written(figure)
        self._show(judgement)

    def _face(self, judgement: Judgement) -> None:
        side = self.explored.side
        sign, self._radius = left_sign(side), face_radius_mm(judgement)
        # hours alone are held at different radii, or equal hours would cover each other
        held = {i: HELD_AT[k % len(HELD_AT)] for k, i in enumerate(self._style)}
        ax = self.figure.add_axes(FACE)
        draw_face(ax, side, self._radius)
        ax.set_title(f"{SIDE_NAMES[side].capitalize()}, seen facing the patient", fontsize=11)
        self.face = View(
            ax,
            lambda points: (sign * points[:, LATERAL], points[:, SUPERIOR]),
            lambda finding: on_face(finding, side, self._radius * held[finding.finding_id]),
            lambda finding: new_on_face(finding, side),
            style=self._style,
            animated=self._animated,
        )

    def _film(self, view: str, judgement: Judgement) -> View:
        ax = self.figure.add_axes(FILMS[view])
        placing = self._empty_film(ax, view, judgement)
        if view == TURNING:
            ax.set_animated(self._animated)
            self._empty = _drawn_on(ax)
        return View(ax, *placing, style=self._style, animated=self._animated)

    def _empty_film(
        self, ax: Axes, place: str, judgement: Judgement
    ) -> tuple[Project, Callable[[Finding], Spot | None], Callable[[Finding], Spot | None], float]:
        """Draw a film without findings; returns how points and handles are placed on it."""
        plane = expected_plane(judgement, film_shown(judgement.breast, place))
        plot_film(judgement, plane, (), ax=ax)
        if place == TURNING:
            self._angle_deg = plane.angle_deg
        self.edges[place] = plane.edges()
        of_view = {
            r.reading_id
            for r in judgement.breast.readings
            if exam_of(r).place == "film" and r.view == plane.view
        }

        def spot(finding: Finding) -> Spot | None:
            return on_film(finding, plane.sign) if finding.reading_id in of_view else None

        def new(finding: Finding) -> Spot | None:
            return Spot(0.0, 0.0, "film", plane.sign) if finding.reading_id in of_view else None

        return plane.drawn, spot, new, plane.stretch

    def _turn(self, judgement: Judgement) -> None:
        """Draw the empty oblique anew. Its axes and what `View` moves stay: they take longest."""
        view = self.films[TURNING]
        for artist in self._empty:
            artist.remove()
        kept = _drawn_on(view.ax)
        view.place_anew(*self._empty_film(view.ax, TURNING, judgement))
        self._empty = [artist for artist in _drawn_on(view.ax) if artist not in kept]
        self._background = None

    def _oblique_deg(self, judgement: Judgement) -> float:
        return film_angle(film_shown(judgement.breast, TURNING), judgement.parameters)[0]

    def _legend(self, judgement: Judgement) -> None:
        shown = [f.finding_id for f in judgement.breast.findings if f.matched]
        handles = finding_handles(judgement, shown, self._style)
        name = short_names(judgement.breast)
        for handle, finding_id in zip(handles, shown, strict=True):
            handle.set_label(name[finding_id])
        self.figure.legend(
            handles=handles,
            loc="center right",
            bbox_to_anchor=LEGEND,
            frameon=False,
            fontsize=8.5,
            handlelength=2.2,
            title=MOVABLE if self._animated else FIXED,
            title_fontsize=9,
            alignment="left",
        )

    @property
    def views(self) -> dict[str, View]:
        """The views by name: face, CC, MLO."""
        return {"face": self.face, **self.films}

    def show(self, judgement: Judgement) -> None:
        """Move to another judgement; the empty oblique is drawn anew where its angle changed."""
        self.cursor.hide()
        if self._oblique_deg(judgement) != self._angle_deg:
            self._turn(judgement)
        self._show(judgement)

    def _show(self, judgement: Judgement) -> None:
        self.points, prior = judgement.points, judgement.model.prior
        self.cursor.there = prior >= LIKELY * prior.max()

        def shade(finding: Finding) -> list[Artist]:
            colour = self._style[finding.finding_id].colour
            return shade_stated(self.face.ax, finding, judgement, self._radius, colour)

        self.face.show(judgement, shade=shade)
        for view in self.films.values():
            view.show(judgement, shade=lambda _: [])

    def keep_background(self, *_event: object) -> None:
        """Remember what never moves and paint the rest over it; after each whole drawing."""
        canvas: Any = self.figure.canvas
        if canvas.is_saving():
            return
        self._still, self._background = canvas.copy_from_bbox(self.figure.bbox), None
        self._paint()

    def paint(self) -> None:
        """Put what moved on the canvas, over the remembered empty views.

        Nothing before the first whole drawing, for which a browser asks when it is there.
        """
        canvas: Any = self.figure.canvas
        if self._still is not None:
            self._paint()
            canvas.blit(self.figure.bbox)

    def _paint(self) -> None:
        canvas: Any = self.figure.canvas
        if self._background is None:
            canvas.restore_region(self._still)
            self.figure.draw_artist(self.films[TURNING].ax)
            self._background = canvas.copy_from_bbox(self.figure.bbox)
        else:
            canvas.restore_region(self._background)
        for view in self.views.values():
            for artist in (*view.artists, *self.cursor.artists(view.ax)):
                view.ax.draw_artist(artist)


def _drawn_on(ax: Axes) -> list[Artist]:
    return [*ax.patches, *ax.lines, *ax.texts]
