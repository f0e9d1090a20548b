"""Pictures of images themselves: films as they hang and ultrasound stills, each with its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from corr.anatomy.names import SIDE_NAMES
from corr.judgement.result import Judgement
from corr.show.figures.parts.palette import Style, figure_of
from corr.show.figures.parts.picture import Picture
from corr.show.images.mammogram_film import figure_mammograms
from corr.show.images.sonogram_still import plot_sonogram

if TYPE_CHECKING:
    from corr.imaging.mammogram.mammogram import Mammogram
    from corr.imaging.ultrasound.sonogram import Sonogram

LINES = (
    "White: nipple level. Purple, dashed: posterior nipple line. Green: edge of the pectoral "
    "muscle. Circle: where the nipple may be (two SD); dotted where that is not certain."
)
"""What the lines on a mammogram mean."""


def mammograms_picture(
    films: Sequence[Mammogram],
    judgements: Mapping[str, Judgement] | None = None,
) -> Picture:
    """Films hung back to back; with judgements (per side), what other exams expect on them."""
    named = ", ".join(f"{f.side} {f.view}" for f in films)
    unsure = [f"{f.side} {f.view}" for f in films if not f.landmarks.nipple_confident]
    alt = f"Mammograms as they hang, chest walls back to back: {named}."
    if unsure:
        alt += f" The nipple is not certain on {', '.join(unsure)}."
    caption = LINES
    if judgements:
        caption += " Crosses were measured on the film; lines are where other exams expect it."
    return Picture(figure_mammograms(films, judgements), alt=alt, caption=caption)


def sonogram_picture(
    still: Sonogram,
    marks: Sequence[tuple[float, float]] = (),
    *,
    words: str = "",
    style: Style | None = None,
) -> Picture:
    """One ultrasound still cut to its calibrated region."""
    side = SIDE_NAMES.get(still.side or "", "side not coded")
    scale = "with its scale in mm" if still.calibrated else "without a scale"
    alt = f"Ultrasound still, {side}, {scale}{f': {words}' if words else ''}."
    axes = plot_sonogram(still, marks, words=words, style=style)
    return Picture(figure_of(axes), alt=alt, caption="; ".join(still.notes))
