"""Words beside marks: where marks crowd, no label lies on another, on a mark or on other words."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.text import Text

from corr.show.figures.parts import palette as draw
from corr.show.figures.parts.labels import MARK, POINTS_PER_INCH, set_apart


def crowd(n: int = 6):
    """Marks so near each other that their labels, beside them, overlap."""
    ax = draw.new_axes(None, 5.0, 5.0)
    ax.set(xlim=(-50, 50), ylim=(-50, 50))
    ax.text(2, 3, "nipple")
    look = {"arrowstyle": "-"}
    labels = [draw.beside(ax, f"D0001-L-{k}: 0.9", (k, k % 3), (7, 4), arrowprops=look)
              for k in range(n)]  # fmt: skip
    return draw.figure_of(ax), labels


def boxes(figure, labels):
    figure.draw_without_rendering()
    return [Text.get_window_extent(x) for x in labels]


def overlaps(figure, labels) -> int:
    return sum(a.overlaps(b) for a, b in combinations(boxes(figure, labels), 2))


def test_crowded_labels_lie_apart_from_each_other_from_marks_and_from_words():
    figure, labels = crowd()
    assert overlaps(figure, labels) > 0  # so that there is something to do
    set_apart(figure, labels)
    assert overlaps(figure, labels) == 0
    (nipple,) = [t for t in figure.axes[0].texts if t.get_text() == "nipple"]
    half = MARK * figure.dpi / POINTS_PER_INCH
    for box in boxes(figure, labels):
        assert not box.overlaps(nipple.get_window_extent())
        for label in labels:
            x, y = figure.axes[0].transData.transform(label.xy)
            assert not (box.x0 - half < x < box.x1 + half and box.y0 - half < y < box.y1 + half)


def test_where_there_is_room_a_label_stays_beside_its_mark():
    figure, labels = crowd(1)
    figure.axes[0].texts[0].remove()  # the other words
    set_apart(figure, labels)
    assert labels[0].xyann == (7, 4)


@pytest.mark.filterwarnings("error")
def test_ids_are_laid_out_as_they_are_written():
    """A dollar starts no formula and a letter without a glyph warns of nothing."""
    figure, labels = crowd()
    labels[0].set_text("$\\frac{1$ \N{MAHJONG TILE RED DRAGON}")
    set_apart(figure, labels)
    assert len({label.xyann for label in labels}) > 1
