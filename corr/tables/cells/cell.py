"""A cell of a table or case file: read from text or a plain value, or refused with a reason.

A cell is read from text (CSV, YAML) or from a plain Python value (Parquet, library use).
Each kind (`corr.tables.cells.fields`) also describes itself as JSON Schema, so that one definition
serves the check, the error and the editor. Empty means "not stated" and is ``None``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from corr.problems import CorrError

NOT_STATED = frozenset(
    {"nan", "none", "null", "na", "n/a", "#n/a", "-", "--", "?", "~", "<na>", "nat", "unknown"}
)
"""Ways of writing "nothing" that are taken as nothing, and said."""
MISSING = NOT_STATED | {
    *(".", "..", "...", "---", "#null!", "#nv", "#n/v", "nil", "missing", "n.a.", "n. a.", "\\n"),
    *("not stated", "not given", "not reported", "not available", "not applicable"),
    *("k.a.", "k. a.", "keine angabe", "unbekannt", "fehlt", "inconnu", "non précisé"),
    *("non renseigné", "n.r.", "desconocido", "no consta", "s/d", "sin dato", "non noto"),
    *("sconosciuto", "n.d.", "nd", "desconhecido", "onbekend", "(null)", "[null]"),
    *("\N{EN DASH}", "\N{EM DASH}", "\N{MINUS SIGN}"),
    *(f".{letter}" for letter in "abcdefghijklmnopqrstuvwxyz_"),  # SAS, Stata
}
"""The same and others, where a column holds no words of its own: "ND" may be somebody's id."""
FAILED = frozenset(
    {
        *("#ref!", "#value!", "#div/0!", "#name?", "#num!", "#spill!", "#calc!", "#bezug!"),
        *("#wert!", "#zahl!", "#valeur!", "#nom?", "#nombre!", "#¡valor!", "#¡ref!", "#¿nombre?"),
        *("#valore!", "#rif!", "#nome?", "#####", "err:502", "err:508", "err:522"),
        "(formula without a stored value)",
    }
)
"""What a spreadsheet shows where a formula went wrong."""
TRUTHS = frozenset({"true", "false"})
NO_TRUTH = "TRUE and FALSE are no numbers: write the value, or leave it empty if it is not stated"

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
FORMULA = "a spreadsheet takes this for a formula and runs it; used as it is"


class FieldError(CorrError):
    """A cell that cannot be used; whoever reads the row knows which column and row it is in."""

    EVERYWHERE = "a cell"


def as_text(value: object) -> str:
    """The text of a plain value as a table would hold it: 7.0 is "7", True is "TRUE".

    >>> as_text(7.0), as_text(True), as_text(None), as_text(float("nan"))
    ('7', 'TRUE', '', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"  # never 1: a size of TRUE is no size of 1 mm
    if isinstance(value, float):
        return "" if math.isnan(value) else format(value, ".12g")
    if isinstance(value, (list, tuple, dict, set)):  # YAML aliases can make these endless
        return f"({type(value).__name__})"
    return str(value).strip()


@dataclass(frozen=True)
class Cell:
    """One kind of cell. Subclasses say what is allowed and read non-empty text."""

    limit: int = field(default=100, kw_only=True)  # characters; longer is an accident
    required: bool = field(default=False, kw_only=True)  # identity: empty is an error
    path: bool = field(default=False, kw_only=True)  # of a file: "." and "na" are folders

    @property
    def allowed(self) -> str:
        """What may stand in the cell, in words."""
        raise NotImplementedError

    def read(self, text: str) -> Any:
        """Value of non-empty text.

        Raises
        ------
        FieldError
            If the text is not allowed.
        """
        raise NotImplementedError

    def json_schema(self) -> dict[str, Any]:
        """What an editor may offer and check."""
        raise NotImplementedError

    def fail(self, *, fix: str) -> FieldError:
        """An error that names what is allowed here."""
        return FieldError("this cannot be used", allowed=self.allowed, fix=fix)

    def parse(self, value: object) -> Any:
        """Value of a cell, None if nothing is stated.

        Raises
        ------
        FieldError
            If something is stated that is not allowed.
        """
        if isinstance(value, list | dict):
            raise self.fail(fix="write one value, not several")
        text = as_text(value)
        if not text:
            if self.required:
                raise self.fail(fix="fill it in: without it nobody knows what the row is about")
            return None
        if len(text) > self.limit:
            raise self.fail(fix=f"shorten it: {len(text)} characters, at most {self.limit}")
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise self.fail(fix="the bytes are not UTF-8; save the file as 'CSV UTF-8'")
        if any(ord(c) < 32 and c not in "\n\r\t" for c in text):
            raise self.fail(fix="remove the control characters (a damaged or binary file?)")
        if text.lower() in NOT_STATED and not self.path:
            raise self.fail(fix="leave the cell empty where nothing is stated")
        if text.lower() in FAILED:
            raise self.fail(fix="a formula of the spreadsheet failed here; write the value")
        return self.read(text)

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**self.json_schema(), "description": self.allowed}

    def _validate(self, value: object) -> Any:
        try:
            return self.parse(value)
        except FieldError as error:
            context = {"allowed": error.allowed, "fix": error.fix}
            msg = "cell"
            raise PydanticCustomError(msg, "{allowed}; {fix}", context) from error
