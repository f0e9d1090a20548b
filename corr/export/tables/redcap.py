"""A REDCap project of the tables: its data dictionary, and the records to import.

The record is the woman (`case_id`); each table is a repeating instrument. Names are unique in the
project by the letter of their table; codes are words with `_` for what a code may not hold.
Set the instruments to repeat before the import (Project Setup, "Repeating instruments").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO

from corr.export.tables.rows import csv_bytes
from corr.export.tables.schema import ABOUT, TABLES, Field

REDCAP_FILES = ("redcap_import.csv", "redcap_dictionary.csv")
RECORD = "record_id"
LETTERS = {
    "findings": "f",
    "breasts": "b",
    "exams": "e",
    "pairs": "p",
    "lesions": "l",
    "groupings": "g",
    "locations": "w",
}
"""Tables that become instruments; problems are of the input and stay with it."""
REPEAT = ("redcap_repeat_instrument", "redcap_repeat_instance")
HEADER = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
    "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
    "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
"""Columns of a data dictionary of REDCap."""
COMPLETE = "2"


def variable(table: str, column: str) -> str:
    """The name of a column in the project.

    >>> variable("pairs", "p_same")
    'p_p_same'
    """
    return f"{LETTERS[table]}_{column}"


def code(word: str) -> str:
    """A word as the code of a choice.

    >>> code("probably same"), code("4A")
    ('probably_same', '4A')
    """
    return re.sub(r"\W", "_", word)


def columns_of(table: str) -> list[Field]:
    """Columns of an instrument: all but the record."""
    return [f for f in TABLES[table] if f.name != "case_id"]


def redcap_dictionary() -> bytes:
    """The data dictionary, one row a variable."""
    rows: list[Sequence[object]] = [HEADER, _row(RECORD, "findings", "text", "Case id")]
    for table in LETTERS:
        rows += [_described(table, field) for field in columns_of(table)]
    return csv_bytes(rows)


def _described(table: str, field: Field) -> list[str]:
    says = field.says
    name = variable(table, field.name)
    required = "y" * says.required
    # an exam's day tells of the patient; exports of the project can leave it out
    identifier = "y" * (says.kind == "date")
    note = says.unit
    if field.flag:
        choices = "1, yes | 0, no"
        return _row(name, table, "radio", says.about, choices, note, required=required)
    if says.words:
        choices = " | ".join(f"{code(w)}, {w}" for w in says.words)
        return _row(name, table, "dropdown", says.about, choices, note, required=required)
    kind = "notes" if field.long else "text"
    check = {"number": "number", "integer": "integer", "date": "date_ymd"}.get(says.kind, "")
    bounds = ["" if x is None else f"{x:g}" for x in (says.least, says.most)]
    return _row(
        name, table, kind, says.about, "", note,
        check=(check, *bounds), required=required, identifier=identifier,
    )  # fmt: skip


def _row(
    name: str,
    form: str,
    kind: str,
    label: str,
    *said: str,
    check: Sequence[str] = ("", "", ""),
    required: str = "",
    identifier: str = "",
) -> list[str]:
    choices, note = (*said, "", "")[:2]
    section = ABOUT[form] if name.endswith("_breast") else ""
    left_open = [""] * 5
    return [
        name, form, section, kind, label, choices, note, *check, identifier, "", required,
        *left_open,
    ]  # fmt: skip


class RedcapImport:
    """The records to import, written table after table to a file that is open.

    Parameters
    ----------
    file : binary; the header is written at once
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._starts: dict[str, int] = {}
        head = [RECORD, *REPEAT]
        for table in LETTERS:
            self._starts[table] = len(head)
            head += [variable(table, f.name) for f in columns_of(table)]
            head.append(f"{table}_complete")
        self._width = len(head)
        self._count: dict[tuple[str, str], int] = {}
        file.write(csv_bytes([head]))

    def add(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Rows of a table, a repeated instance each; of other tables none."""
        if table not in LETTERS:
            return
        names = [f.name for f in TABLES[table]]
        whose, start = names.index("case_id"), self._starts[table]
        words = [bool(f.says.words) for f in columns_of(table)]
        lines = []
        for row in rows:
            case_id = str(row[whose])
            count = self._count[table, case_id] = self._count.get((table, case_id), 0) + 1
            cells = [value for k, value in enumerate(row) if k != whose]
            texts = [_cell(v, of_words=w) for v, w in zip(cells, words, strict=True)]
            line: list[object] = [""] * self._width
            line[:3] = [case_id, table, count]
            line[start : start + len(texts) + 1] = [*texts, COMPLETE]
            lines.append(line)
        self._file.write(csv_bytes(lines))


def _cell(value: object, *, of_words: bool) -> object:
    if value is None:
        return ""
    return code(str(value)) if of_words else value
