"""What an examination or a procedure asks of a woman, as facts beside what it would tell.

Nothing here is weighed against anything: numbers of films are those of the examination, and a dose
is told as the films that give it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corr.plurals import many
from corr.problems import CorrError

NEEDLE_FROM_FILM = 4
"""Of a stereotactic series: films before it locate, those after are taken with the needle in."""
_NAME = re.compile(r"(?P<exam>[A-Z]+(?::[A-Z-]+)?)(?:@[-+]?[\d.]+)?(?::(?P<films>\d+))?")


@dataclass(frozen=True, slots=True, order=True)
class Burden:
    """Facts of one examination; they sort by needle, contrast, films, and time until an answer.

    Attributes
    ----------
    needle : the skin is broken
    contrast : an injection of contrast medium
    films : X-ray exposures of the breast, each with its compression but in a stereotactic series,
        which is held in one
    months : until it can be done
    """

    needle: bool = False
    contrast: bool = False
    films: int = 0
    months: int = 0

    def __add__(self, other: Burden) -> Burden:
        """Both, one after the other."""
        return Burden(
            self.needle or other.needle,
            self.contrast or other.contrast,
            self.films + other.films,
            max(self.months, other.months),
        )

    @property
    def dose(self) -> str:
        """Class of the dose: ``none``, or as the films that give it."""
        return many(self.films, "film") if self.films else "none"

    @property
    def words(self) -> str:
        """As ``next.csv`` writes it: ``2 films, needle``; ``no film, contrast or needle``."""
        said = [
            many(self.films, "film") if self.films else "",
            "contrast" if self.contrast else "",
            "needle" if self.needle else "",
        ]
        kept = ", ".join(x for x in said if x) or "no film, contrast or needle"
        return f"{kept}; in {self.months} months" if self.months else kept


FILM, CONTRAST, NEEDLE = Burden(films=1), Burden(contrast=True), Burden(needle=True)
OF = {
    "US": Burden(),
    "US:ABUS": Burden(),
    "US:FOCI": Burden(),
    "US:SPECIMEN": NEEDLE,  # the film is of the sample
    "US:MARKER": NEEDLE + FILM + FILM,
    "US:MARKER-MR": NEEDLE + CONTRAST,
    "MG": FILM + FILM,
    "CEM": CONTRAST + FILM + FILM,
    "MR": CONTRAST,
    "MR:SUPINE": CONTRAST,
}
"""Of each examination whose name alone says it; any other film is one film."""
OF_MODALITY = {"MG": FILM, "CEM": CONTRAST + FILM}
REPEATED_MONTHS = 6


def burden(exam: str, modalities: Sequence[str] = ()) -> Burden:
    """What an examination asks, by its name in ``next.csv``; those joined by ``+`` are summed.

    Parameters
    ----------
    modalities : of the pair asked about, whose examinations ``REPEAT`` does again

    Raises
    ------
    CorrError
        If no examination is called so.
    """
    total = Burden()
    for part in exam.split("+"):
        total += _of(part.strip(), modalities)
    return total


def _of(exam: str, modalities: Sequence[str]) -> Burden:
    if exam == "REPEAT":
        again = Burden(months=REPEATED_MONTHS)
        for modality in sorted(set(modalities)):
            again += OF[modality]
        return again
    found = _NAME.fullmatch(exam)
    if found is None or found["exam"].split(":")[0] not in OF:
        msg = f"nothing is known of the burden of {exam!r}"
        allowed = ", ".join((*OF, "MG:CC", "MG:STEREO:3", "CEM:CC", "REPEAT"))
        raise CorrError(msg, allowed=allowed, fix="name an examination of this list")
    name, films = found["exam"], found["films"]
    if films:
        return Burden(needle=int(films) >= NEEDLE_FROM_FILM, films=int(films))
    return OF.get(name) or OF_MODALITY.get(name.split(":")[0], Burden())
