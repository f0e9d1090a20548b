"""Whether a text is English: a report of another language is refused, never half read."""

from __future__ import annotations

import re
from collections import Counter

_WORDS = {
    "German": """der das und mit ein eine einer eines einem einen rechts links rechte linke rechten
        linken keine kein nicht im am zum vom bei uhr brust mamma mammo beidseits herd herdbefund
        befund knoten zyste raumforderung verdichtung verkalkung mikrokalk größe ist sind wird zeigt
        sich oben unten außen aussen innen abstand mamille unauffällig sowie""",
    "French": """le les des une dans avec droit droite gauche sein du au aux pas sans est sont et
        mamelon lésion masse kyste heures centimètres mesurant externe supéro inféro""",
    "Spanish": """el los las del una con sin mama derecha izquierda izquierdo derecho es se pezón
        nódulo cuadrante superoexterno quiste tumoración que por imagen horas hora""",
    "Italian": """il lo gli della nel nella con senza una mammella destra sinistra seno dal del di è
        non nodulo capezzolo formazione ore cisti dimensioni""",
    "Portuguese": """os da na com sem uma mama direita esquerda não mamilo nódulo cisto horas
        medindo""",
    "Dutch": """het een met van geen rechts links borst rechter linker tepel niet bij uur""",
    "Polish": """w z na pierś piersi prawa lewa prawej lewej guz guzek zmiana bez nie oraz""",
    "Swedish": """och med ett höger vänster bröst inte utan klockan förändring""",
}
_ENGLISH = frozenset(
    re.findall(
        r"\S+",
        """the of in at a an and with is are was were there no right left breast from on to for mass
        cyst lesion nodule nipple quadrant upper lower outer inner o'clock position measuring size
        calcifications seen not within this it both which""",
    )
)
_FOREIGN = {name: frozenset(words.split()) - _ENGLISH for name, words in _WORDS.items()}
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_READ = 4000
"""Characters looked at."""
FEWEST = 2


def other_language(plain: str) -> str | None:
    """The language of a text that cannot be English, or "another script"; None if it may be.

    >>> other_language("herdbefund in der rechten brust, 10 uhr, 9 mm")
    'German'
    >>> other_language("right breast mass at 10 o'clock, 9 mm") is None
    True
    """
    text = plain[:_READ]
    letters = [c for c in text if c.isalpha()]
    foreign_letters = sum(ord(c) > 0x36F for c in letters)
    is_syllabic = sum(0x3040 <= ord(c) <= 0xD7FF for c in letters) > 1
    if is_syllabic or foreign_letters * 3 > len(letters):
        return "another script"
    words = Counter(_TOKEN.findall(text))
    english = sum(n for word, n in words.items() if word in _ENGLISH)
    foreign = {name: [w for w in words if w in some] for name, some in _FOREIGN.items()}
    name = max(foreign, key=lambda n: len(foreign[n]))
    said = sum(words[w] for w in foreign[name])
    return name if len(foreign[name]) >= FEWEST and said > english else None
