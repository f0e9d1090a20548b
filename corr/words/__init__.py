"""Reader for location sentences of English breast-imaging reports (research use only).

`read_report` gives the findings, the absences and the words it could not read; nothing is
guessed or repaired, and every value keeps the exact words it came from.
"""

from corr.words.as_data import as_data
from corr.words.reader import read_report
from corr.words.said import Mention, ReportWords, Unreadable

__all__ = ["Mention", "ReportWords", "Unreadable", "as_data", "read_report"]
