"""The truth file of a benchmark: which lesion each finding is of, and where it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import pandas as pd

from corr.plain_file import plain_bytes
from corr.plurals import many
from corr.problems import InputError
from corr.records import Breast
from corr.validation.measures import CONFIRMED_BY, POSITION

_NEEDED = "a CSV, saved as UTF-8, with the columns finding_id, lesion_id"
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs"}


def read_truth(path: Path) -> pd.DataFrame:
    """Truth table indexed by finding_id: lesion_id, and reference positions (mm) if given.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, a finding appears twice, a position is
        not a number or has only some of its three columns.
    """
    table = _table(path)
    missing = sorted({"finding_id", "lesion_id"} - set(table.columns))
    if missing:
        msg = f"no column {missing[0]!r}"
        raise InputError(msg, where=path.name, allowed=_NEEDED)
    table = table[(table["finding_id"] != "") & (table["lesion_id"] != "")]
    twice = table["finding_id"][table["finding_id"].duplicated()]
    if len(twice):
        msg = f"finding_id {twice.iloc[0]!r} has more than one row; keep one"
        raise InputError(msg, where=path.name, allowed=_NEEDED)
    truth = table.set_index("finding_id")
    keep = [c for c in ("lesion_id", *CONFIRMED_BY) if c in truth]
    out = truth[keep].copy()
    lacking = [c for c in POSITION if c not in truth]
    if 0 < len(lacking) < len(POSITION):
        msg = f"no column {lacking[0]!r}; a position needs {', '.join(POSITION)}"
        raise InputError(msg, where=path.name, allowed=_NEEDED)
    if not lacking:
        for column in POSITION:
            numbers = pd.to_numeric(truth[column].replace("", "nan"), errors="coerce")
            bad = truth.index[numbers.isna() & ~truth[column].str.lower().isin(["", "nan"])]
            if len(bad):
                msg = (
                    f"{column} of finding {bad[0]!r} is {truth[column][bad[0]]!r}, "
                    f"not a number; give millimetres from the nipple or leave it empty"
                )
                raise InputError(msg, where=path.name, allowed=_NEEDED)
            out[column] = numbers
    return out


def _table(path: Path) -> pd.DataFrame:
    """The file as text cells without blanks around them, as findings tables are read.

    What pandas says of a broken file never names it.
    """
    try:
        table = pd.read_csv(
            BytesIO(plain_bytes(path)), dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
    except OSError as error:
        msg = f"cannot be read ({error.strerror or error})"
        raise InputError(msg, where=str(path), allowed=_NEEDED) from error
    except pd.errors.EmptyDataError as error:
        msg = "the file is empty"
        raise InputError(msg, where=path.name, allowed=_NEEDED) from error
    except ValueError as error:
        msg = f"not a readable CSV ({str(error).strip()})"
        raise InputError(msg, where=path.name, allowed=_NEEDED) from error
    for delimiter, name in _OTHER_DELIMITERS.items():
        if len(table.columns) == 1 and delimiter in table.columns[0]:
            msg = f"{name} stand between the cells; save the file with commas"
            raise InputError(msg, where=path.name, allowed=_NEEDED)
    if not isinstance(table.index, pd.RangeIndex):  # pandas would shift the columns
        msg = "rows have more cells than the header; name every column"
        raise InputError(msg, where=path.name, allowed=_NEEDED)
    return table.map(str.strip).rename(columns=str.strip)


def coverage(breasts: Iterable[Breast], truth: pd.DataFrame) -> str:
    """How many findings have a truth and which rows of the truth are of no finding, in words."""
    findings = {f.finding_id for b in breasts for f in b.findings}
    known = set(truth.index)
    said = [f"{len(findings & known)} of {len(findings)} findings have a truth"]
    if without := sorted(findings - known):
        said.append(f"{len(without)} without are not scored ({_some(without)})")
    if unmatched := sorted(known - findings):
        said.append(
            f"no finding matches {many(len(unmatched), 'row')} of the truth ({_some(unmatched)})"
        )
    return "; ".join(said)


def _some(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
