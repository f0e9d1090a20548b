"""The `corr` command: the library's calls, without a notebook."""

from corr.cli import cases, export, images, questions, start, tables, words
from corr.cli.options import app

__all__ = ["app", "cases", "export", "images", "questions", "start", "tables", "words"]
