"""Parts of the page of a case, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from corr.judgement.result import Judgement
from corr.problems import CorrError
from corr.show.figures.parts.picture import Picture
from corr.show.pages.board import board
from corr.show.pages.exam_sections import exam_sections
from corr.show.pages.open_pairs import pair_sections, pair_tables
from corr.show.wording import html
from corr.show.wording.html import Snippet
from corr.sources import source_lines

if TYPE_CHECKING:
    from corr.case.casefile import Case

Part = Literal["board", "exams", "open", "pairs", "sources"]


def part(what: str, case: Case, judged: Sequence[Judgement]) -> list[Snippet | Picture]:
    """What the page of a case shows under a name of `Part`.

    Raises
    ------
    CorrError
        For another name.
    """
    cautions = {finding: said for i in case.images for finding, said in i.cautions.items()}
    shown: dict[str, Callable[[], list[Snippet | Picture]]] = {
        "board": lambda: [board(judged, cautions)],
        "exams": lambda: exam_sections(case, judged),
        "open": lambda: [*pair_sections(judged)],
        "pairs": lambda: [*pair_tables(judged)],
        "sources": lambda: [_sources(judged)],
    }
    if what not in shown:
        msg = f"no part {what!r}; allowed: {', '.join(shown)}"
        raise CorrError(msg)
    return shown[what]()


def _sources(judged: Sequence[Judgement]) -> Snippet:
    constants = judged[0].parameters.table.values() if judged else ()
    listed = html.bullets(source_lines(constants))
    return html.folded(listed, "Studies and data that the constants are taken from")
