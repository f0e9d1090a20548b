"""The `corr` command: the library's calls, without a notebook."""

from corr.cli import cases, images, localise, next_exam, questions, start, tables, words
from corr.cli.options import app

__all__ = [
    "app",
    "cases",
    "images",
    "localise",
    "next_exam",
    "questions",
    "start",
    "tables",
    "words",
]
