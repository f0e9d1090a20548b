"""One question, answered: the sentence, its reason, and what would move it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """An answer as pages say it.

    Attributes
    ----------
    said : one sentence with the number in it, short enough for one line of a list
    reason : why, in one or two sentences
    moves : what would move the number, and how far; empty where nothing is known to
    """

    said: str
    reason: str
    moves: str = ""
