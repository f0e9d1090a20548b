"""Words and letters for the right, the left and both breasts."""

from __future__ import annotations

from corr.words.marking.labels import LABEL_SIDE
from corr.words.marking.marks import rule

_BOTH = (
    r"\bbilateral(?:ly)?\b|\bboth\b(?=\s{1,3}(?:the\s)?(?:breast|side|mammary|gland|axilla|nipple))"
    r"|\b(?:right and (?:the )?left|left and (?:the )?right|rt and lt|lt and rt)\b"
    r"|\b(?:right|rt)\s?/\s?(?:left|lt)\b|\b(?:each|either) (?:breast|side|axilla)\b"
)
_AFTER_LETTER = (
    r"(?:breast|ax|axilla|sa|[ul][io]q|cc|mlo|upper|lower|outer|inner|(?:retro|sub)areolar)\b"
)
_LETTER = rf"(?:\.(?=\sbreast\b)|(?=\s(?:{_AFTER_LETTER}|[0-9]))|b\b|{LABEL_SIDE})"
_AFTER_CLOCK = r"(?:(?<=:[0134][05]\s)|(?<=clock\s))"
SIDES = (
    rule("side", _BOTH, ("L", "R")),
    rule(
        "side",
        rf"\bright\b(?!\s(?:away|next|behind|now|angle))|\brt\b|\br{_LETTER}|{_AFTER_CLOCK}r\b",
        ("R",),
    ),
    rule(
        "side",
        rf"\bleft\b(?!\s(?:in place|in situ|behind))|\blt\b|\bl{_LETTER}|{_AFTER_CLOCK}l\b",
        ("L",),
    ),
    rule("side", r"\br(?=[ul][io]q\b)", ("R",)),
    rule("side", r"\bl(?=[ul][io]q\b)", ("L",)),
)
