"""What the constants cite: studies and data by author and year, from ``corr/sources.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from corr.parameters import Parameter

CITED = re.compile(r"((?:van )?[A-Z][a-z]+(?:-[A-Z][a-z]+)?)(?:, [A-Z][A-Za-z ]+)? ((?:19|20)\d\d)")
"""As sources are cited: 'Rummel 2015', 'van Schie 2011', 'Cozzi, Radiology 2022'."""
Sources = Mapping[str, Mapping[str, str]]
BRACKETS = re.compile(r"\([^()]*\)")
ROW = re.compile(r"(?<![\d.])(?<!SD )([1-9]\.\d{1,2})(?!\d)")
"""A row of the literature review, such as 5.11."""
BY_NAME = ("motion-landmarks", "CBIS-DDSM", "deep-breast-positioning", "VICTRE")
"""Data that are cited by their names."""


@cache
def read_sources() -> Sources:
    """Each source by author and year: ``text``, how it was ``read``, ``rows`` of the review."""
    return tomllib.loads(files("corr").joinpath("sources.toml").read_text(encoding="utf-8"))


def of_rows(sources: Sources) -> dict[str, str]:
    """The source of each row of the review."""
    return {row: name for name, told in sources.items() for row in told["rows"].split()}


def cited(text: str, sources: Sources) -> set[str]:
    """The sources that a constant's source names: by a row in brackets, author and year, or data.

    Raises
    ------
    KeyError
        If a row of the review, or an author and year, is in no source.
    """
    of_row = of_rows(sources)
    found = {of_row[row] for part in BRACKETS.findall(text) for row in ROW.findall(part)}
    for name in (f"{author} {year}" for author, year in CITED.findall(text)):
        if name not in sources:
            raise KeyError(name)
        found.add(name)
    return found | {name for name in BY_NAME if name in sources and name in text}


def in_order(names: Iterable[str]) -> list[str]:
    """Sources by the author's name."""
    return sorted(names, key=lambda name: name.lower().removeprefix("van "))


def sources_said(constant: Parameter) -> str:
    """The sources that a constant cites, in a line."""
    return ", ".join(in_order(cited(constant.source, read_sources())))


def source_lines(constants: Iterable[Parameter]) -> list[str]:
    """Every source that some constants cite, a line each, by author."""
    sources = read_sources()
    found = {name for c in constants for name in cited(c.source, sources)}
    return [
        f"{name}: {sources[name]['text']} (read: {sources[name]['read']})"
        for name in in_order(found)
    ]
