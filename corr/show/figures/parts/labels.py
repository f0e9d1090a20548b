"""Words beside marks that lie on no other words and on no other mark."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from corr.show.figures.parts.picture import any_letters, as_written

STEP, FARTHEST = 6.0, 12
"""Points between places that are tried, and how many such steps up or down a label may be."""
MARK = 5.0
"""Half a mark, points."""
POINTS_PER_INCH = 72.0


@any_letters()
def set_apart(figure: Figure, labels: Sequence[Annotation]) -> None:
    """Move labels (`annotate` with offsets in points) to the nearest free place, the first first.

    Free of each other, of all other words of the figure and of what they label; a label for which
    there is none stays.
    """
    as_written(figure)
    figure.draw_without_rendering()  # places are known once it is laid out
    scale = figure.dpi / POINTS_PER_INCH
    taken = [
        _box(text)
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text not in labels and text.get_text() and text.get_visible()
    ]
    for label in labels:
        x, y = label.axes.transData.transform(label.xy) if label.axes else label.xy
        half = MARK * scale
        taken.append(Bbox.from_extents(x - half, y - half, x + half, y + half))
    for label in labels:
        first = label.xyann
        for dx, dy in _offsets(first):
            label.xyann = dx, dy
            label.set_horizontalalignment("left" if dx >= 0 else "right")
            box = _box(label)
            if not any(box.overlaps(other) for other in taken):
                break
        else:
            label.xyann = first
            label.set_horizontalalignment("left")
        taken.append(_box(label))


def _box(text: Text) -> Bbox:
    """Of the words alone; an annotation gives its leader line with them, and is placed by that."""
    text.get_window_extent()
    return Text.get_window_extent(text)


def _offsets(first: tuple[float, float]) -> list[tuple[float, float]]:
    """Points from a mark to its label, the nearest first: beside it before above and below."""
    ups = [k * STEP for k in range(-FARTHEST, FARTHEST + 1)]
    acrosses = [side * (first[0] + k * 3 * STEP) for k in range(4) for side in (1, -1)]
    tried = [(across, up) for across in acrosses for up in ups]
    return [first, *sorted(tried, key=lambda at: (abs(at[0]) + 1.5 * abs(at[1]), at))]
