"""The `corr` command: the library's calls, without a notebook."""

from corr.cli import (
    cases,
    change,
    export,
    images,
    localise,
    look,
    next_exam,
    report,
    silence,
    start,
    tables,
)
from corr.cli.options import app

__all__ = [
    "app",
    "cases",
    "change",
    "export",
    "images",
    "localise",
    "look",
    "next_exam",
    "report",
    "silence",
    "start",
    "tables",
]
