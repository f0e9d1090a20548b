"""CSV of any program: its encoding, what stands between cells, and quotes that never close."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from corr.problems import Problem, shown, unusable_file
from corr.tables.cells.columns import Row
from corr.tables.mapping.header_words import is_phrase
from corr.tables.sheets.sheet import LEAST_NAMES, Sheet, above_left_out, header_at, names_in, note

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_NULS = 0.3
"""Share of zero bytes at even or odd places above which a file without mark is UTF-16."""
_SAMPLE = 2000
_ODD = re.compile(
    r"[a-z][^\W\d_a-z\u00df-\u00ff\u0153\u0161\u017e][a-z]|[a-z][^\w\s\x00-\x7f][a-z]"
)
"""Capitals and signs inside of words: Windows letters read where others were written."""


def csv_sheet(data: bytes, file: str, model: type[Row]) -> Sheet:
    """Rows of a CSV file.

    Raises
    ------
    InputError
        If there is no row in it, or its cells are split by blanks.
    """
    problems: list[Problem] = []
    text, delimiter = _told(_decoded(data, file, problems))
    delimiter = delimiter or delimiter_of(text, model)
    if split_by_blanks(text, delimiter):
        why, fix = "cells are split by blanks", "save it as CSV, in R with write.csv"
        allowed = "cells split by commas, semicolons, tabs or bars"
        raise unusable_file(file, why, allowed, fix=fix)
    problems += notes_of(file, delimiter)
    numbered = _rows(text, delimiter, file, problems)
    at = header_at([cells for _, cells in numbered], model)
    if at:
        said = above_left_out(numbered[at][0])
        problems.append(note(file, "header", " ".join(numbered[0][1]).strip(), said))
    (_, header), *rows = numbered[at:]
    return Sheet(file, header, rows, comma=delimiter != ",", problems=problems)


def notes_of(file: str, delimiter: str) -> list[Problem]:
    """What is said of the sign between cells."""
    if delimiter == ",":
        return []
    between = _DELIMITERS.get(delimiter, repr(delimiter))
    return [note(file, "delimiter", between, f"cells are split by {between}")]


def is_utf16(head: bytes) -> bool:
    """Whether a file that begins so is UTF-16."""
    return head[:2] in _BOMS or _without_mark(head) is not None


def _decoded(data: bytes, file: str, problems: list[Problem]) -> str:
    """The text of a file: UTF-8, UTF-16 with or without a mark, or lines of Windows letters."""
    encoding = _BOMS.get(data[:2]) or _without_mark(data)
    if encoding:
        problems.append(note(file, "encoding", "UTF-16", "read as UTF-16"))
        return data.decode(encoding, errors="replace").removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    lines, windows = [], set()
    for line in data.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append(_windows(line))
            windows |= {w for w in re.findall(r"[^\s;,|\"]+", lines[-1]) if not w.isascii()}
    some = next(iter(sorted(windows, key=lambda w: (not w.isalpha(), w))), "")[:30]
    fix = "letters that are not ASCII were read as those of Windows (cp1252): are they right?"
    problems.append(note(file, "encoding", some, fix))
    if odd := sorted(w for w in windows if _ODD.search(w)):
        how = "the letters are of another program: save as 'CSV UTF-8'"
        said = ("encoding", shown(odd[0], 30), "flagged", "UTF-8 or Windows letters", how)
        problems.append(Problem(file, 1, "", "", *said))  # type: ignore[arg-type]
    text = "".join(lines)
    if any("\udc80" <= c <= "\udcff" for c in text):
        fix = "save as 'CSV UTF-8'; cells with unreadable letters are not used"
        problems.append(Problem(file, 1, "", "", "encoding", "not UTF-8", "flagged", "UTF-8", fix))
    return text


def _windows(line: bytes) -> str:
    """A line in cp1252; the five bytes that it leaves open stay unreadable."""
    out = []
    for byte in line:
        one = bytes([byte])
        try:
            out.append(one.decode("cp1252"))
        except UnicodeDecodeError:
            out.append(one.decode("utf-8", errors="surrogateescape"))
    return "".join(out)


def _without_mark(data: bytes) -> str | None:
    """UTF-16 that no mark tells: every second byte of plain letters is zero."""
    head = data[:_SAMPLE]
    if len(head) < 8:
        return None
    even, odd = head[::2].count(0) / len(head[::2]), head[1::2].count(0) / len(head[1::2])
    if odd > _NULS and even < _NULS / 3:
        return "utf-16-le"
    return "utf-16-be" if even > _NULS and odd < _NULS / 3 else None


def _told(text: str) -> tuple[str, str | None]:
    """A first line "sep=;" as Excel understands it; the line stays, so that rows keep numbers."""
    first, newline, rest = text.partition("\n")
    said = first.strip().strip('"').lower()
    if said.startswith("sep=") and len(said) <= 5:
        return newline + rest, first.strip().strip('"')[4:] or "\t"
    return text, None


def delimiter_of(text: str, model: type[Row]) -> str:
    """What splits the header into the most names, of known columns if there are any."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]

    def split(delimiter: str) -> tuple[int, int]:
        rows = [next(csv.reader([line], delimiter=delimiter), []) for line in lines[:5]]
        known = max((names_in(row, model) for row in rows), default=0)
        return known, len(rows[0]) if rows else 0

    with field_limit(len(text) + 1):
        return max(_DELIMITERS, key=split)


def split_by_blanks(text: str, delimiter: str) -> bool:
    """Whether nothing else splits the header, and between its blanks are names of columns."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if delimiter in first:
        return False
    with field_limit(len(text) + 1):
        names = next(csv.reader([first.strip()], delimiter=" ", skipinitialspace=True), [])
    return sum(is_phrase(name) for name in names) >= LEAST_NAMES


def _rows(
    text: str, delimiter: str, file: str, problems: list[Problem]
) -> list[tuple[int, list[str]]]:
    """Numbered rows that are not blank."""
    with field_limit(len(text) + 1):
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if _quote_left_open(text, delimiter, rows):
            fix = "close the quote; the file was read as if it had no quotes"
            said = ("quotes", "never closed", "flagged", "pairs of quotes", fix)
            problems.append(Problem(file, 1, "", "", *said))  # type: ignore[arg-type]
            bare = csv.reader(
                io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE
            )
            rows = [[cell.strip().strip('"') for cell in row] for row in bare]
    numbered = [(n, row) for n, row in enumerate(rows, start=1) if any(c.strip() for c in row)]
    if not numbered:
        raise unusable_file(file, "the file is empty", "a header row and one row a finding")
    return numbered


def _quote_left_open(text: str, delimiter: str, rows: Sequence[Sequence[str]]) -> bool:
    """True if a cell runs on over the rows below it because its quote is never closed."""
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        over_lines = any("\n" in cell or "\r" in cell for row in rows for cell in row)
        return over_lines or "unexpected end" in str(error)
    return False


@contextmanager
def field_limit(characters: int) -> Iterator[None]:
    """Let one cell be as long as the file: an unclosed quote must not end in an exception."""
    before = csv.field_size_limit()
    csv.field_size_limit(max(before, characters))
    try:
        yield
    finally:
        csv.field_size_limit(before)
