"""Names of months as spreadsheets of many languages write them, short and whole."""

from __future__ import annotations

import re
import unicodedata

_NAMES = (
    "jan january januar janv janvier ene enero gen gennaio jan janeiro januari janner ian ocak sty",
    "feb febr february februar fev fevr fevrier febrero febbraio fevereiro februari feber sub lut",
    "mar march marz mrz mars marzo marco mrt maart maerz",
    "apr april avr avril abr abril aprile kwi nis",
    "may mai mayo mag maggio maio mei maj",
    "jun june juni juin junio giu giugno junho cze haz",
    "jul july juli juil juillet julio lug luglio julho lip tem",
    "aug august aou aout ago agosto augustus augusti avg sie agu",
    "sep sept september septembre septiembre set settembre setembro wrz eyl",
    "oct october okt oktober octobre octubre ott ottobre out outubro paz eki",
    "nov november novembre noviembre novembro kas lis",
    "dec december dez dezember decembre dic diciembre dicembre dezembro gru ara",
)
MONTHS: dict[str, int] = {
    name: n for n, names in enumerate(_NAMES, start=1) for name in names.split()
}


def month_of(word: str) -> int | None:
    """The month of a name in any case, with or without accents and point.

    >>> month_of("Okt"), month_of("août"), month_of("déc."), month_of("Uhr")
    (10, 8, 12, None)
    """
    bare = unicodedata.normalize("NFKD", word.casefold())
    return MONTHS.get(re.sub(r"[^a-z]", "", bare))
