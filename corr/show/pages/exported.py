"""What was written for other programs, on the page of a case."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from corr.show.wording import html
from corr.show.wording.html import Snippet

Row = tuple[str, str, Path, str]
MOST_ROWS, NAMED = 20, 2
STAYS = (
    "Files hold what the case states and what was judged, under the identifiers of the case. No "
    "name, date of birth or number of a patient and no file name of a source is in them; images "
    "are referred to by their UIDs."
)


def exported_table(rows: Iterable[Row], folder: Path) -> pd.DataFrame:
    """One row a kind of file: format, files, what they hold, and their size.

    Parameters
    ----------
    rows : format, case id (empty: of all), path and what it holds
    folder : that paths are shown from
    """
    kinds: dict[tuple[str, str], list[Path]] = {}
    for name, _, path, holds in rows:
        kinds.setdefault((name, holds), []).append(path)
    return pd.DataFrame(
        [
            {
                "format": name,
                "files": _called(paths, folder),
                "what they hold": holds,
                "size": _size(sum(p.stat().st_size for p in paths)),
            }
            for (name, holds), paths in kinds.items()
        ],
        columns=["format", "files", "what they hold", "size"],
    )


def exported_section(
    rows: Iterable[Row], folder: Path, opens: dict[str, str], title: str = "For other programs"
) -> Snippet:
    """The section of a page: the table, and what opens each format.

    Parameters
    ----------
    opens : format to the programs that open it, of those that were written
    """
    shown = exported_table(rows, folder)
    parts = [
        html.heading(title),
        html.paragraphs([STAYS]),
        html.long_table(shown, "What was written", most=MOST_ROWS),
        html.bullets([f"{name}: {programs}" for name, programs in opens.items()], "Opens in"),
    ]
    plain = "\n".join(part.plain for part in parts)
    return Snippet("".join(part.html for part in parts), plain=plain)


def _called(paths: list[Path], folder: Path) -> str:
    """Files as they are shown: by name from the folder, of many the first and how many more."""
    names = sorted(p.relative_to(folder).as_posix() for p in paths)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _size(size_bytes: int) -> str:
    """Bytes in words.

    >>> _size(900), _size(20_000), _size(3_400_000)
    ('0.9 kB', '20 kB', '3.4 MB')
    """
    kb = size_bytes / 1000
    if kb < 1000:
        return f"{kb:.2g} kB" if kb < 10 else f"{kb:.0f} kB"
    return f"{kb / 1000:.1f} MB"
