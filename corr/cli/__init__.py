"""The `corr` command: the library's calls, without a notebook."""

from corr.cli import cases, change, images, questions, start, tables, words
from corr.cli.options import app

__all__ = ["app", "cases", "change", "images", "questions", "start", "tables", "words"]
