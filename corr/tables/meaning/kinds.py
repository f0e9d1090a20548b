"""Words of a kind that describe it, and those that deny one: "unauffällig", "sem achados".

Only what denies from its first word to its last does. What may be a finding after all ("no mass,
calcifications", "negative?", "no new lesion") is left unread.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from corr.tables.cells.columns import NO_FINDING
from corr.tables.meaning.plain import plain


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split("|"))


_NORMAL = _set(
    "normal|negative|unremarkable|unauffallig|unauffallige|unauffalliger|unauffalliges|"
    "unauffalligen|normalbefund|negativ|negativer|normale|negatif|negativa|negativo|normales|"
    "normali|normaal|negatief|inalterado|inalterada|nella norma|nei limiti|within normal limits|"
    "wnl|nad|o b|ob|o p b|opb|normaler|rien a signaler|ras|r a s|nothing abnormal|"
    "nothing suspicious|nothing to report"
)
"""Words that say nothing was found."""
_OF_WHAT = _set(
    "mammogram|mammography|ultrasound|sonogram|mri|exam|examination|study|breast|breasts|result|"
    "findings|report|mammographie|mammografie|sonographie|mrt|befund|untersuchung|brust|examen|"
    "echographie|irm|sein|mamografia|ecografia|rm|estudio|mama|mammografia|esame|mammella|exame|"
    "ultrassonografia|ressonancia|echografie|onderzoek|borst|tissue|completely|vollig"
)
"""What is called normal with no further word."""
# Spanish "no masa" is what others call non-mass
_NO = (
    r"(?:no(?! masa\b)|without|nor|neither|negative for|absence of|kein|keine|keinen|keiner|"
    r"keinerlei|ohne|weder|noch|pas de|pas d|aucun|aucune|sans|absence de|absence d|ni|sin|ningun|"
    r"ninguna|ausencia de|sem|nenhum|nenhuma|nem|senza|nessun|nessuna|nessuno|ne|assenza di|"
    r"geen|zonder)"
    r"(?: (?:(?:evidence|sign|signs) of|nachweis von|nachweis eines|nachweis einer|"
    r"(?:hinweis|hinweise|anhalt|zeichen) (?:auf|fur)(?: (?:ein|eine|einen))?|signes? (?:de|d)|"
    r"(?:evidencia|sinais|signos|evidenza|segni) (?:de|di)|aanwijzingen voor|tekenen van))?"
)
_BEGINS = re.compile(rf"{_NO}\b(?P<things>.*)")
_MARKS = re.compile(r"[,;.:+/&()\n]")
_JOINS = re.compile(rf"\b(?:and|with|und|mit|et|avec|y|con|e|com|en|met)\b|\s(?={_NO}\s)")
_OR = re.compile(r"\b(?:or|oder|ou|o|of)\b")
_THINGS = _set(
    "finding|findings|lesion|lesions|abnormality|abnormalities|befund|befunde|"
    "auffalligkeit|auffalligkeiten|lasion|lasionen|pathologie|anomalie|anomalies|hallazgo|"
    "hallazgos|lesiones|anomalia|anomalias|alteracion|alteraciones|reperto|reperti|lesione|"
    "lesioni|alterazione|alterazioni|achado|achados|lesao|lesoes|alteracao|alteracoes|"
    "afwijking|afwijkingen|bevinding|bevindingen|laesie|laesies|particularite|particularites|"
    "particularidades|bijzonderheden|besonderheiten"
)
"""What is denied beside the kinds."""
_SUCH = re.compile(
    r"\b(?:any|suspicious|significant|abnormal|focal|mammographic|sonographic|enhancing|seen|found|"
    r"detected|identified|visible|suspekte[nrs]?|auffallige[nrs]?|pathologische[nrs]?|"
    r"verdachtige[nrs]?|sichtbar|nachweisbar|suspecte?s?|significative?s?|visibles?|"
    r"sospechos[oa]s?|significativ[oaie]s?|patologic[oaie]s?|sospett[oaie]|suspeit[oa]s?|verdachte|"
    r"afwijkende)\b"
)
_GRADE_1 = re.compile(r"\bbi ?rads ?(?:category |kategorie |categorie |categoria )?(?:1|i)\b")


_DESCRIBED = re.compile(
    r"\b(?:irregular|irregolare|irreguliere|unregelmassiger?|round|oval|ovale|lobulated|spiculated|"
    r"spikulierter?|spiculee?|spiculat[oa]|espiculad[oa]|stellate|circumscribed|indistinct|obscured|"
    r"microlobulated|angular|solid|solid[aeo]|solider|dense|high density|hypoechoic|isoechoic|"
    r"hyperechoic|echoarmer?|hypoechogene|hipoecoic[oa]|ipoecogen[oa]|heterogeneous|homogeneous|"
    r"enhancing|small|large|palpable|suspicious|suspekter?|benign|grouped|clustered|gruppierter?|"
    r"groupees|agrupadas|raggruppate|pleomorphic|pleomorpher?|fine|amorphous|amorpher?|punctate|"
    r"linear|coarse|segmental|regional|diffuse)\b"
)
"""Words that describe a kind and never change it."""


def undescribed(words: str) -> str:
    """Plain words of a kind without those that describe it.

    >>> undescribed("irregular spiculated mass")
    'mass'
    """
    return " ".join(_DESCRIBED.sub(" ", words).split())


def kind_beside_denials(text: str, kinds: Collection[str]) -> str:
    """Of words of a kind and denials, the words; "no finding" if all deny, "" if it is not clear.

    ``kinds`` are plain words of kinds.

    >>> kinds = {"mass", "calcifications", "distortion"}
    >>> [kind_beside_denials(t, kinds) for t in ("mass, no calcifications", "no mass?")]
    ['mass', '']
    >>> kind_beside_denials("no mass, calcifications or distortion", kinds)
    'no finding'
    >>> kind_beside_denials("no mass, calcifications", kinds)
    ''
    """
    whole = plain(text)
    if "?" in text:
        return ""
    if _says_normal(whole):
        return NO_FINDING
    pieces = [p for part in _MARKS.split(text) for p in _JOINS.split(plain(part))]
    stated: list[str] = []
    denied, is_open = False, False  # of "no mass, calcifications" nobody knows where "no" ends
    for piece in filter(None, map(str.strip, pieces)):
        begins = _BEGINS.fullmatch(piece)
        if is_open and begins:
            return ""
        if begins or _says_normal(piece):
            denied = True
            if begins and not _all_known(begins["things"], kinds):
                return ""
        elif denied:
            is_open = not _OR.search(piece)
            if not _all_known(piece, kinds):
                return ""
        else:
            stated.append(piece)
    if not denied or is_open or len(stated) > 1:
        return ""
    return stated[0] if stated else NO_FINDING


def _says_normal(words: str) -> bool:
    words = _GRADE_1.sub("negative", words)
    each = set(words.split())
    return words in _NORMAL or bool(_NORMAL & each and each <= _NORMAL | _OF_WHAT)


def _all_known(words: str, kinds: Collection[str]) -> bool:
    things = [" ".join(_SUCH.sub(" ", thing).split()) for thing in _OR.split(words)]
    return all(thing in kinds or thing in _THINGS for thing in things)
