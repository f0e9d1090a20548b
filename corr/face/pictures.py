"""Pictures that pages show beside those of a judged breast: of the frame, of films, of images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corr.case.casefile import Case
from corr.imaging.image_reading import ImageReading
from corr.imaging.mammogram.mammogram import read_mammogram
from corr.show.figures.film_plane import FilmPlane, usual_plane
from corr.show.figures.hour_fans import clock_on_films, hour_span, plot_hour_fans
from corr.show.figures.parts.palette import figure_of, styles
from corr.show.figures.parts.picture import Picture
from corr.show.images import case_images
from corr.show.images.mammogram_film import mammograms_picture
from corr.show.pages.frame import (
    figure_frame_faces,
    figure_poses,
    plot_side_view,
    plot_transverse_by_angle,
)

__all__ = [
    "FilmPlane", "Picture", "clock_on_films", "figure_frame_faces", "figure_poses", "hour_span",
    "of_image", "of_mammograms", "plot_hour_fans", "plot_side_view", "plot_transverse_by_angle",
    "shown", "usual_plane",
]  # fmt: skip


def shown(figure: Figure | Axes, alt: str, caption: str = "") -> Picture:
    """A finished figure as a picture with a text for those who cannot see it.

    Raises
    ------
    ValueError
        If the alternative text is empty.
    """
    whole = figure_of(figure) if isinstance(figure, Axes) else figure
    return Picture(whole, alt=alt, caption=caption)


def of_image(case: Case, image: ImageReading) -> list[Picture]:
    """Every picture of one image of a case; a colour says the finding, nothing being judged."""
    looks = {k: look for breast in case.right_first for k, look in styles(breast).items()}
    return [picture for _, picture in case_images.image_pictures(image, looks)]


def of_mammograms(paths: Sequence[str | Path]) -> Picture:
    """Mammograms with outline, nipple and pectoral line as they were found, unmarked ones too.

    Raises
    ------
    CorrError
        If one cannot be used.
    """
    return mammograms_picture([read_mammogram(Path(path)) for path in paths])
