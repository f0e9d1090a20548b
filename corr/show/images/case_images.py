"""One picture for each image of a case, with its findings, and what was read from it in words.

Named by the case's own words (image_id, finding_id); nothing of a header or file name is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corr.anatomy.names import SIDE_NAMES
from corr.exchange.files import file_stem, write_whole
from corr.imaging.image_reading import ImageReading
from corr.imaging.mammogram.mammogram import Mammogram
from corr.imaging.mri.study import MriStudy
from corr.records import Breast
from corr.show.figures.parts.palette import COLOURS, Style, beside, figure_of, halo, styles
from corr.show.figures.parts.picture import Picture
from corr.show.images.hung_film import Hung
from corr.show.images.mammogram_film import LINES, plot_mammogram
from corr.show.images.mri import figure_mri_slices, mip_picture, slices_picture
from corr.show.images.mri_panels import PLANES, mark_place
from corr.show.images.sonogram_still import sonogram_picture
from corr.show.wording.text import short

MARGIN = 0.08
"""Air left around the breast, as a share of the film's longer side."""


def image_pictures(
    reading: ImageReading, looks: Mapping[str, Style]
) -> Iterator[tuple[str, Picture]]:
    """Pictures of one image by name: the image, and for an MRI slices through each finding.

    Findings have the colours of ``looks``, or one each.
    """
    image, name = reading.image, reading.image_id
    if isinstance(image, Mammogram):
        yield name, film_picture(reading, image, looks)
    elif isinstance(image, MriStudy):
        if image.uptake is not None:
            yield name, mip_picture(image.uptake, image.anatomy)
        else:
            yield name, slices_picture(image.dynamic.pre, image.anatomy)
        for finding_id in reading.places:
            yield f"{name} {finding_id}", slices_through(reading, image, finding_id)
    else:
        marks = [(p[0], p[1]) for p in reading.places.values()]
        yield name, sonogram_picture(image, marks[:1], words=", ".join(reading.places))


def film_picture(reading: ImageReading, film: Mammogram, looks: Mapping[str, Style]) -> Picture:
    """A film as it hangs, its landmarks, and a cross with a name at every finding."""
    film, corner = _cropped(film, list(reading.places.values()))
    ax = plot_mammogram(film)
    hung = Hung(film)
    toward_nipple = {"R": "right", "L": "left"}[film.side]
    for n, (finding_id, place) in enumerate(reading.places.items()):
        at = tuple(hung(np.array([place]) - corner)[0])
        colour = looks[finding_id].colour if finding_id in looks else COLOURS[n % len(COLOURS)]
        ax.plot(*at, "+", color="white", ms=15, mew=4, zorder=8)
        ax.plot(*at, "+", color=colour, ms=13, mew=2, zorder=8)
        shift = (0, 11 if n % 2 else -20)  # neighbours' names apart
        look = {"color": colour, "ha": toward_nipple, "fontsize": 9, "zorder": 9}
        halo(beside(ax, short(finding_id), at, shift, **look))
    shown = ", ".join(reading.places) or "no finding placed"
    alt = f"Mammogram, {SIDE_NAMES[film.side]}, {film.view}, with {shown}."
    return Picture(figure_of(ax), alt=alt, caption=f"{'; '.join(reading.said)}. {LINES}")


def _cropped(
    film: Mammogram, places: Sequence[tuple[float, ...]]
) -> tuple[Mammogram, NDArray[np.int_]]:
    """The film without most of the air around breast and places, and its first (row, column)."""
    lines, shape = film.landmarks, np.array(film.image.shape)
    if not len(lines.outline):
        return film, np.zeros(2, int)
    margin = MARGIN * shape.max()
    shown = np.vstack([lines.outline, *places])
    low = np.clip(np.floor(shown.min(axis=0) - margin), 0, None).astype(int)
    high = np.minimum(np.ceil(shown.max(axis=0) + margin), shape).astype(int)

    def moved(points: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
        return None if points is None else points - low

    row, col = lines.nipple_row, lines.nipple_col
    marks = replace(
        lines,
        outline=lines.outline - low,
        nipple_row=None if row is None else row - low[0],
        nipple_col=None if col is None else col - low[1],
        pectoral=moved(lines.pectoral),
        posterior_nipple_line=moved(lines.posterior_nipple_line),
    )
    window = film.image[low[0] : high[0], low[1] : high[1]]
    return replace(film, image=window, landmarks=marks), low


def slices_through(reading: ImageReading, study: MriStudy, finding_id: str) -> Picture:
    """Three slices through one finding, with a cross at it; of all that was imaged if need be."""
    place = reading.places[finding_id]
    anatomy = next(iter(study.anatomy.values()))
    at = anatomy.to_anatomy(place)
    cut = study.uptake  # around the breasts
    seen = cut if cut is not None and cut.grid.holds(at) else study.dynamic.pre
    figure = figure_mri_slices(seen, study.anatomy, at)
    for ax, plane in zip(figure.axes, PLANES, strict=False):
        mark_place(ax, at, plane)
    where = ", ".join(f"{axis} {x:.0f}" for axis, x in zip("LPS", place, strict=True))
    said = f"{finding_id}: axial, sagittal and coronal MR slices at {where} mm"
    caption = f"{said} (patient's left, posterior, superior). Cross: the finding."
    return Picture(figure, alt=f"{said}.", caption=caption)


def said_text(readings: Sequence[ImageReading]) -> str:
    """What was read from every image, a line each."""
    lines = []
    for reading in readings:
        lines += [f"{reading.image_id}:", *(f"  {line}" for line in reading.said)]
    return "\n".join(lines)


def write_pictures(
    readings: Sequence[ImageReading], folder: Path, breasts: Sequence[Breast] = ()
) -> list[Path]:
    """Every picture as PNG, each under a name of its own; a colour says the finding.

    Raises
    ------
    OSError
        If one cannot be written; the others are whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    looks = {k: look for b in breasts for k, look in styles(b).items()}
    written: list[Path] = []
    for reading in readings:
        for name, picture in image_pictures(reading, looks):
            stem = re.sub(r"[^A-Za-z0-9-]+", "_", name)
            path = folder / f"{file_stem(stem)}.png"
            if path in written:  # "a 1" and "a_1"
                path = folder / f"{file_stem(f'{stem} {name}')}.png"
            written.append(write_whole(path, picture.png))
    return written
