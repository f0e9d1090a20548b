"""A finished figure as one PNG with a text for those who cannot see it."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from corr.show.wording.html import PIECES

DPI = 130
COLOURS = 256
"""A drawing has few: one byte a pixel makes a page a third as heavy, and nobody sees it."""
TALL = 1.15
"""Higher than wide by more than this: several panels below each other."""


def as_written(figure: Figure) -> None:
    """Keep words of the reader as they are: a ``$`` in an id or a title starts no formula."""
    for words in figure.findobj(lambda artist: isinstance(artist, Text)):
        if "$" in words.get_text():  # type: ignore[attr-defined]
            words.set_parse_math(False)  # type: ignore[attr-defined]


@contextmanager
def any_letters() -> Iterator[None]:
    """Draw ids in letters that the font lacks as boxes, unremarked: tables show them as written."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from font", UserWarning)
        yield


class Picture:
    """A finished figure as one PNG with a text for those who cannot see it.

    Notebooks show it when it is the last value of a cell; no pyplot state is involved.

    Parameters
    ----------
    alt
        What the picture shows, for those who cannot see it.
    caption
        What to look at, shown below the picture; none when empty.

    Raises
    ------
    ValueError
        If the alternative text is empty.
    """

    def __init__(self, figure: Figure, *, alt: str, caption: str = "") -> None:
        if not alt.strip():
            msg = "a picture needs an alternative text (alt): say in one sentence what it shows"
            raise ValueError(msg)
        self.alt, self.caption = alt, caption
        width_in, height_in = figure.get_size_inches()
        self.tall = bool(height_in > TALL * width_in)
        as_written(figure)
        buffer = BytesIO()
        with any_letters():
            figure.savefig(
                buffer, format="png", dpi=DPI, metadata={"Software": None}, bbox_inches="tight"
            )  # long names reach beyond the figure
        self.png = _few_colours(buffer)

    def __repr__(self) -> str:
        return f"[picture: {self.alt}]"

    @property
    def html(self) -> str:
        """The picture with its caption as one self-contained element."""
        png = base64.b64encode(self.png).decode("ascii")
        return str(PIECES.picture(png, self.alt, self.caption, self.tall))

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        data = {"image/png": base64.b64encode(self.png).decode("ascii"), "text/plain": repr(self)}
        if self.caption:  # preferred where trusted, the bare picture elsewhere
            data["text/html"] = self.html
        return data, {"image/png": {"alt": self.alt}}


def _few_colours(drawn: BytesIO) -> bytes:
    """A PNG with a palette of its own, without dithering: flat areas stay flat."""
    with Image.open(drawn) as image:
        method, plain = Image.Quantize.MEDIANCUT, Image.Dither.NONE
        few = image.convert("RGB").quantize(COLOURS, method, dither=plain)
    out = BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()
