"""One page for the sonographer: where ultrasound would report a lesion that others reported.

The same content as HTML, which prints on A4, and as PDF. It says what is believed and what was
reported elsewhere, and nothing of what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

from matplotlib.figure import Figure

from corr.anatomy.names import SIDE_NAMES
from corr.exams.registry import exam_of
from corr.problems import CorrError
from corr.questions.look.densities import ON_SKIN, SHARES
from corr.questions.look.sights import DEPTH
from corr.questions.look.where import Expected, expected
from corr.records import Finding
from corr.show.figures.expected_place import LINES, plot_expected
from corr.show.figures.parts import palette as draw
from corr.show.figures.parts.picture import Picture, as_written
from corr.show.pages.html_page import versions
from corr.show.wording.html import RESEARCH_USE, TEMPLATES
from corr.show.wording.text import is_placed, names, position_words, size_words
from corr.show.wording.where_words import clock_range, reported_there, where_sentence

NEAR_LEVEL = 0.95
"""What else is listed lies within the region of this share."""
A4_IN = (8.27, 11.69)
HALF = 0.5
LINE_SHARE, GAP = 0.00175, 0.008
"""Height of a line of one point, and between paragraphs, as shares of the page."""
LINE_CHARS = 96
MOST_LINES = 6
"""Of each list on the one page; the HTML page has all."""
COLUMNS = (0.08, 0.34, 0.54, 0.74)
TITLES = ("", "50 %", "80 %", "95 %")


@dataclass(frozen=True)
class Worksheet:
    """What one page says of one source and its ultrasound."""

    seen: Expected

    @property
    def title(self) -> str:
        """Which breast of which case, and of what."""
        breast = self.seen.judgement.breast
        of = " = ".join(names(breast)[f.finding_id] for f in self.seen.source)
        return f"{breast.case_id}, {SIDE_NAMES[breast.side]}: where ultrasound would report {of}"

    @property
    def ranges(self) -> list[tuple[str, ...]]:
        """Hours, distance and depth, each with its range of 50, 80 and 95 %."""
        rows = []
        for name, words in zip((*ON_SKIN, DEPTH), ("hour", "from the nipple", "deep"), strict=True):
            d, axis = next((d, k) for n, d, k in self.seen.quantities if n == name)
            spans = [d.interval(axis, share) for share in SHARES]
            if name == ON_SKIN[0]:
                said = [clock_range(span) for span in spans]
            elif name == ON_SKIN[1]:
                said = [f"{low / 10:.1f}-{high / 10:.1f} cm" for low, high in spans]
            else:
                said = [f"{round(low)}-{round(high)} mm" for low, high in spans]
            rows.append((words, *said))
        sizes = [
            f"{self.seen.place.size(share) / 100:.0f} cm\N{SUPERSCRIPT TWO}" for share in SHARES
        ]
        return [*rows, ("joint region on the skin", *sizes)]

    @property
    def seen_elsewhere(self) -> list[str]:
        """What the source reported."""
        return [self._said(f) for f in self.seen.source]

    @property
    def there(self) -> list[str]:
        """What else lies there: what this ultrasound reported, and others believed nearby."""
        own = [
            f"{self._said(f)} (level {level:.2f})"
            for f, level in reported_there(self.seen)
            if level <= NEAR_LEVEL
        ]
        return own + [self._said(f) for f in self._others()]

    def _others(self) -> list[Finding]:
        """Findings of other exams, clips and scars too, half of whose belief lies in the region."""
        j, ids = self.seen.judgement, {f.finding_id for f in self.seen.source}
        out = []
        for f in j.breast.findings:
            if f.finding_id in ids or f.reading_id == self.seen.target.reading_id:
                continue
            other = expected(j, (f.finding_id,), self.seen.target).place
            if is_placed(f) and other.within(self.seen.place) >= HALF:
                out.append(f)
        return out

    def _said(self, f: Finding) -> str:
        name = names(self.seen.judgement.breast)[f.finding_id]
        parts = [f"{name} ({f.finding_id})", position_words(f), size_words(f)]
        return ", ".join(part for part in parts if part)

    @property
    def sentence(self) -> str:
        """Where, how sure, and whether it would be reported at all."""
        return where_sentence(self.seen, names(self.seen.judgement.breast))

    def write(self, folder: Path, stem: str) -> tuple[Path, Path]:
        """Write ``stem.html`` and ``stem.pdf``; their paths.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        html, pdf = folder / f"{stem}.html", folder / f"{stem}.pdf"
        html.write_text(self.html(), encoding="utf-8")
        self.pdf(pdf)
        return html, pdf

    def html(self) -> str:
        """The page; opens offline and prints on A4."""
        figure = draw.figure_of(plot_expected(self.seen))
        face = Picture(figure, alt=self.sentence, caption=f"Seen facing the patient; {LINES}.")
        return TEMPLATES.get_template("worksheet.html.j2").render(
            sheet=self, titles=TITLES, face=face.html, use=RESEARCH_USE, versions=versions()
        )

    def pdf(self, path: Path) -> None:
        """The same on one page of A4."""
        figure = draw.new_figure(*A4_IN)
        figure.set_layout_engine("none")
        y = _lines(figure, 0.965, [self.title], size=13, bold=True)
        y = _lines(figure, y, [RESEARCH_USE], size=8)
        y = _lines(figure, y, [self.sentence], size=10)
        plot_expected(self.seen, ax=figure.add_axes((0.12, y - 0.40, 0.76, 0.39)))
        y = _lines(figure, y - 0.41, [f"Seen facing the patient; {LINES}."], size=8)
        for column, title in enumerate(TITLES):
            figure.text(COLUMNS[column], y, title, weight="bold")
        for row in self.ranges:
            y -= 0.02
            for column, cell in enumerate(row):
                figure.text(COLUMNS[column], y, cell, size=10)
        y = _lines(figure, y - 0.03, ["What was reported elsewhere"], size=10, bold=True)
        y = _lines(figure, y, _some(self.seen_elsewhere), size=9)
        y = _lines(figure, y, ["What else was reported there"], size=10, bold=True)
        y = _lines(figure, y, _some(self.there), size=9)
        _lines(figure, max(y, 0.03), [versions()], size=7)
        as_written(figure)
        figure.savefig(path, metadata={"CreationDate": None})


def _some(said: list[str]) -> list[str]:
    left = len(said) - MOST_LINES
    more = [f"and {left} more, on the HTML page"] if left > 0 else []
    return [*said[:MOST_LINES], *more] or ["nothing"]


def _lines(figure: Figure, y: float, said: list[str], *, size: float, bold: bool = False) -> float:
    """Lines from a height down; the height below them, both as shares of the page."""
    for paragraph in said:
        for line in wrap(paragraph, int(LINE_CHARS * 10 / size)):
            figure.text(
                COLUMNS[0], y, line, size=size, va="top", weight="bold" if bold else "normal"
            )
            y -= size * LINE_SHARE
    return y - GAP


def worksheet(seen: Expected) -> Worksheet:
    """The page of one source on an ultrasound.

    Raises
    ------
    CorrError
        If the examination is no ultrasound.
    """
    if exam_of(seen.target).place != "skin":
        msg = f"{seen.name}: a worksheet is of an ultrasound"
        raise CorrError(msg, allowed="US, US:ABUS", fix="ask where ultrasound would report it")
    return Worksheet(seen)
