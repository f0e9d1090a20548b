"""Image files: what a folder holds, and findings out of the images and marks of a case."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corr.case.casefile import Case
from corr.exchange.frames import write_frame
from corr.imaging.inventory import inventory as reading

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Inventory:
    """What a folder holds; prints as words.

    Attributes
    ----------
    files : one row a file, or a series for MR: ``file, what, side, view, usable, why`` and more.
        Patients and exams are numbered, never named.
    """

    files: pd.DataFrame

    @property
    def usable(self) -> bool:
        """True if at least one file can be used."""
        return "yes" in set(self.files["usable"])

    def save(self, path: str | Path) -> Path:
        """Write it as CSV.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        return write_frame(self.files, Path(path))

    def __str__(self) -> str:
        return reading.summary(self.files)

    def _repr_html_(self) -> str:
        from corr.show.wording import html

        shown = self.files[["file", "what", "side", "view", "size", "usable", "why"]]
        return html.long_table(shown, "Files", most=30).html


def inventory(folder: str | Path, *, jobs: int = -1, progress: bool = False) -> Inventory:
    """What the image files of a folder and its subfolders are, which exam, usable or why not.

    Parameters
    ----------
    jobs : worker processes, -1 = one per core
    progress : show a bar on stderr

    Raises
    ------
    CorrError
        If it is no folder that can be read.
    """
    workers = None if jobs < 0 else jobs
    return Inventory(reading.inventory(folder, workers=workers, progress=progress))


def read_text(case: Case) -> str:
    """What was read from every image of a case, a line each."""
    from corr.show.images.case_images import said_text

    return said_text(case.images)


def save_case(case: Case, folder: str | Path) -> list[Path]:
    """Write a case as tables that `judge` reads, and a picture of every image.

    Returns
    -------
    paths of the pictures

    Raises
    ------
    OSError
        If something cannot be written.
    """
    from corr.case.tables import write_case_tables
    from corr.show.images.case_images import write_pictures

    out = Path(folder)
    write_case_tables(case, out)
    return write_pictures(case.images, out / "pictures", case.breasts) if case.images else []
