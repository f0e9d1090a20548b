"""Words of reports and exports for what the columns name, in the languages they come in.

English, German, French, Spanish, Italian, Portuguese and Dutch; plain (`corr.tables.meaning.plain`)
and split by "|". A word stands here only where it has one meaning in its column.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from corr.exams.registry import MATCHED_KINDS
from corr.records import ASSOCIATED_KINDS
from corr.tables.cells.columns import KINDS, NO_FINDING
from corr.tables.meaning.kinds import kind_beside_denials, undescribed
from corr.tables.meaning.plain import plain

_MODALITY = {
    "MR": (
        "mri|mrt|irm|rmn|mr|rm|magnetic resonance|magnetic resonance imaging|breast mri|"
        "mr mammography|mr mammographie|mrt mamma|mrm|dce mri|kernspin|kernspintomographie|"
        "magnetresonanztomographie|resonancia|resonancia magnetica|risonanza|risonanza magnetica|"
        "ressonancia|ressonancia magnetica|mri breast|irm mammaire|mamma mrt|mamma mri|"
        "contrast enhanced mri|rm mammaria|rm mamaria|rm mama|mri scan"
    ),
    "US": (
        "us|ultrasound|ultrasonography|ultrasonic|sonography|sonogram|sono|usg|ultraschall|"
        "sonographie|mammasonographie|mamma sono|echo|echographie|echography|ecografia|ecografie|"
        "eco|ultrasonido|ultra som|ultrassom|ultrassonografia|echografie|breast ultrasound|"
        "breast us|hhus|handheld ultrasound|hand held ultrasound|ultrasound breast|"
        "second look ultrasound|us breast|us mammella|ecografia mammaria|ecografia mamaria|"
        "echographie mammaire"
    ),
    "MG": (
        "mg|mammography|mammogram|mammo|mmg|mammographie|mammografie|mammografia|mamografia|"
        "mg 2d|2d mammography|digital mammography|ffdm|full field digital mammography|"
        "x ray mammography|mammograms|mx|screening mammogram|screening mammography|"
        "mammografie digital|mamografia digital"
    ),
    "CEM": (
        "cem|cesm|cedm|contrast mammography|contrast enhanced mammography|kontrastmammographie|"
        "contrast enhanced spectral mammography|contrast enhanced digital mammography|"
        "km mammographie|angiomammographie|mamografia con contraste|mammografia con contrasto|"
        "contrast enhanced mammogram|spectral mammography"
    ),
}
_BREAST = {
    "L": (
        "l|left|lt|left breast|breast left|left side|l breast|links|li|lks|linke brust|linke|"
        "linke seite|brust links|gauche|sein gauche|izquierda|izquierdo|izq|izda|mama izquierda|"
        "sinistra|sinistro|sin|sn|sx|mammella sinistra|seno sinistro|esquerda|esquerdo|esq|"
        "mama esquerda|linkerborst|linker|linkerzijde|sinister"
    ),
    "R": (
        "r|right|rt|right breast|breast right|right side|r breast|rechts|re|rts|rechte brust|"
        "rechte|rechte seite|brust rechts|droite|droit|sein droit|derecha|derecho|der|dcha|"
        "mama derecha|destra|destro|dx|dex|mammella destra|seno destro|direita|direito|dir|"
        "mama direita|rechterborst|rechter|rechterzijde|dexter"
    ),
}
_KIND = {
    "mass": (
        "masses|mass lesion|solid mass|nodule|nodules|nodular lesion|herdbefund|herdbefunde|"
        "herdbefunden|noduli|nodulos|masas|massas|"
        "raumforderung|knoten|rundherd|tumormasse|masse|nodule solide|nodulo|nodulo solido|masa|"
        "massa|nodulo massa|masse nodulaire|massieve laesie"
    ),
    "calcification": (
        "calcifications|microcalcification|microcalcifications|micro calcification|"
        "micro calcifications|calcs|microcalcs|calc|mikrokalk|mikroverkalkung|mikroverkalkungen|"
        "verkalkung|verkalkungen|kalk|mikrokalzifikation|mikrokalzifikationen|kalzifikation|"
        "kalzifikationen|microkalk|microcalcificaties|calcificatie|calcificaties|calcificacion|"
        "calcificaciones|microcalcificacion|microcalcificaciones|calcificazione|calcificazioni|"
        "microcalcificazione|microcalcificazioni|calcificacao|calcificacoes|microcalcificacao|"
        "microcalcificacoes|foyer de microcalcifications|foyer de calcifications"
    ),
    "asymmetry": (
        "asymmetries|asymmetrie|asymetrie|asimetria|asimmetria|assimetria|asymmetric density"
    ),
    "focal_asymmetry": (
        "focal asymmetry|focal asymmetries|fokale asymmetrie|asymetrie focale|asimetria focal|"
        "asimmetria focale|assimetria focal|focale asymmetrie"
    ),
    "architectural_distortion": (
        "architectural distortion|distortion|architecture distortion|architekturstorung|"
        "strukturstorung|distorsion architecturale|distorsion de l architecture|"
        "desorganisation architecturale|distorsion arquitectural|distorsion de la arquitectura|"
        "distorsione architetturale|distorsione|distorcao arquitetural|architectuurverstoring"
    ),
    "echogenic_foci": (
        "echogenic foci|echogenic focus|echogene foci|foyers echogenes|focos ecogenicos"
    ),
    "hypoechoic_area": (
        "hypoechoic area|hypoechoic areas|hypoechoic region|echoarmes areal|hypoechogenes areal|"
        "zone hypoechogene|area hipoecoica|area hipoecogenica|area ipoecogena"
    ),
    "nonmass": (
        "non mass|non mass lesion|non mass lesions|nonmass lesion|nicht raumfordernde lasion|nml|"
        "lesion no masa|lesione non massa|lesion non masse|lesao nao massa"
    ),
    "cyst": (
        "cysts|simple cyst|complicated cyst|zyste|zysten|kyste|kystes|quiste|quistes|ciste|cisti|"
        "cisto|cistos|kystique simple"
    ),
    "nme": (
        "nonmass enhancement|non mass enhancement|non mass like enhancement|nmle|nme lesion|"
        "non masslike enhancement|non mass|nonmass|nicht masseartige anreicherung|"
        "nicht raumforderndes enhancement|nicht raumfordernde anreicherung|non mass anreicherung|"
        "rehaussement non masse|rehaussement sans masse|prise de contraste non masse|"
        "realce no masa|realce tipo no masa|realce nao massa|realce nao nodular|"
        "enhancement non massa|enhancement non mass like|non mass aankleuring"
    ),
    "focus": "foci|enhancing focus|fokus|foco|foyer|focolaio",
    "enhancing_asymmetry": "enhancing asymmetry|enhancing asymmetries|anreichernde asymmetrie",
    "clip": (
        "marker|clip marker|biopsy clip|biopsy marker|clipmarker|clip de biopsie|marcador|"
        "marcador de biopsia"
    ),
    "scar": "scars|surgical scar|narbe|cicatrice|cicatriz|litteken|post surgical scar",
    "skin": "skin lesion|skin thickening|skin finding|haut|peau|piel|cute|pele|huid",
    "node": (
        "lymph node|lymph nodes|intramammary lymph node|intramammary node|axillary lymph node|"
        "nodes|lymphknoten|intramammarer lymphknoten|ganglion|adenopathie|ganglio|"
        "ganglio linfatico|linfonodo|lymfeklier|linfonodo intramammario"
    ),
}
_VIEW = {
    "CC": (
        "craniocaudal|cranio caudal|kraniokaudal|cranio caudale|craneocaudal|craneo caudal|"
        "craniocaudale|face|cc view|cc projektion|incidence de face|caudocranial cc"
    ),
    "MLO": (
        "mediolateral oblique|medio lateral oblique|mlo view|mediolateral schrag|oblique|oblicua|"
        "oblicua mediolateral|obliqua|obliqua medio laterale|medio laterale obliqua|"
        "obliqua mediolaterale|oblique externe|mlo projektion|medio lateral schrag|"
        "mediolateral oblik"
    ),
    "ML": "mediolateral|medio lateral|ml view|true lateral|mediolaterale|medio laterale",
    "LM": "lateromedial|latero medial|lm view|latero mediale|lateromediale",
    "STEREO": "stereotactic|stereotaxy|stereotaxie|stereotaktisch",
    "ABUS": "abvs|automated breast ultrasound|automated ultrasound",
    "SUPINE": "rucklage|supin|supino|decubitus dorsal|decubito supino",
}
_DENSITY = {
    letter: f"acr {letter}|acr {letter.upper()}|type {letter}|typ {letter}|category {letter}|"
    f"birads {letter}|bi rads {letter}|density {letter}|dichte {letter}|kategorie {letter}|"
    f"densite {letter}|densidad {letter}|densita {letter}|composition {letter}"
    for letter in "abcd"
}
_DEPTH = {
    "anterior": (
        "anterior third|anterior depth|ant|vorderes drittel|vorn|vorne|tiers anterieur|anterieur|"
        "tercio anterior|terzo anteriore|anteriore|terco anterior"
    ),
    "middle": (
        "middle third|middle depth|mid|mid depth|mid third|mittleres drittel|mitte|tiers moyen|"
        "moyen|tercio medio|terzo medio|medio|terco medio|median third"
    ),
    "posterior": (
        "posterior third|posterior depth|post|hinteres drittel|hinten|tiers posterieur|"
        "posterieur|tercio posterior|terzo posteriore|posteriore|terco posterior|"
        "prepectoral third"
    ),
}
_QUALITY = {
    "good": "gut|bonne|buena|buono|adequate",
    "poor": "bad|schlecht|mauvaise|mala|limited",
}
_BEAM = {
    "detector": "detektor|detecteur|detettore",
    "paddle": "compression paddle|paddel",
}
YES = (
    "yes|y|ja|j|oui|si|s|sim|x|true|wahr|vrai|verdadero|vero|verdadeiro|waar|checked|done|ticked|✓"
)
NO = "no|n|nein|non|nao|nee|false|falsch|faux|falso|onwaar|unchecked|not done"

CHOICES: dict[str, dict[str, str]] = {
    "modality": _MODALITY, "breast": _BREAST, "kind": _KIND, "view": _VIEW, "base_view": _VIEW,
    "density": _DENSITY, "depth_third": _DEPTH, "quality": _QUALITY, "beam_from": _BEAM,
}  # fmt: skip


def _meanings(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for ours, words in table.items():
        for word in words.split("|"):
            key = plain(word)
            out[key] = tuple(dict.fromkeys((*out.get(key, ()), ours)))
    return out


_MEANS = {column: _meanings(table) for column, table in CHOICES.items()}
_OWN_KINDS = {plain(kind): kind for kind in KINDS}
_KIND_WORDS = _MEANS["kind"].keys() | _OWN_KINDS.keys()
FLAGS = {"1": "1", "0": "0"} | {
    plain(w) or w: flag for flag, words in (("1", YES), ("0", NO)) for w in words.split("|")
}


def side_letters(texts: Iterable[str]) -> dict[str, str]:
    """Sides that single letters of a column mean: D of "derecha" tells what I beside it is.

    >>> side_letters(["D", "I"]), side_letters(["L", "I"])
    ({'d': 'R', 'i': 'L'}, {})
    """
    used = {word for text in texts if len(word := plain(text)) == 1}
    left = used & {"g", "i", "e", "s"}
    return {"d": "R", **dict.fromkeys(left, "L")} if "d" in used and used == {"d", *left} else {}


def choice(column: str, text: str, row: dict[str, Any]) -> str | None:
    """The word of a column that another word means; None if none, or several.

    ``row`` are the cells beside it: a modality decides between kinds, a side confirms a view.

    >>> choice("modality", "MRT", {}), choice("kind", "non-mass", {"modality": "US"})
    ('MR', 'nonmass')
    >>> choice("kind", "Rundherd ohne Kalk", {}), choice("kind", "kein Herdbefund, kein Kalk", {})
    ('mass', 'no finding')
    """
    word = plain(text)
    if column == "bi_rads":
        return _grade(word)
    if column in ("view", "base_view"):
        word = _without_side(word, str(row.get("breast", "")))
        if word in _VIEW_CODES:
            return _VIEW_CODES[word]
    found = _MEANS.get(column, {}).get(word, ())
    if column == "kind" and not found:
        if (said := kind_beside_denials(text, _KIND_WORDS)) == NO_FINDING:
            return said
        found = _kinds(said or word)
    if column == "kind" and len(found) > 1:
        own = (*MATCHED_KINDS.get(str(row.get("modality")), ()), *ASSOCIATED_KINDS)
        found = tuple(kind for kind in found if kind in own)
    return found[0] if len(found) == 1 else None


def _kinds(words: str) -> tuple[str, ...]:
    """Kinds that words mean, with or without what describes them."""
    for said in (words, undescribed(words)):
        if found := (_OWN_KINDS[said],) if said in _OWN_KINDS else _MEANS["kind"].get(said, ()):
            return found
    return ()


def other_side(text: str, breast: str) -> str:
    """The side that a view names, where it is not that of the row; else "".

    >>> other_side("RMLO", "L"), other_side("CC right", "L"), other_side("RMLO", "R")
    ('R', 'R', '')
    """
    other = {"L": "R", "R": "L"}.get(breast, "")
    word = plain(text)
    return other if word not in _VIEW_CODES and _without_side(word, other) in _VIEW_CODES else ""


_VIEW_CODES = {code.lower(): code for code in ("CC", "MLO", "ML", "LM", "LMO", "SIO", "ISO", "FB")}
_GRADES = {
    **{g.lower(): g for g in ("0", "1", "2", "3", "4", "4A", "4B", "4C", "5", "6")},
    **{"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"},
    **{"iva": "4A", "ivb": "4B", "ivc": "4C"},
}


def _grade(word: str) -> str | None:
    """BI-RADS however it is introduced: "BI-RADS 4 a", "BIRADS IVb", "ACR 3", "Kategorie 2"."""
    for lead in ("bi rads", "birads", "acr", "category", "kategorie", "cat", "categorie"):
        word = word.removeprefix(lead).strip()
    return _GRADES.get(word.replace(" ", ""))


def _without_side(word: str, breast: str) -> str:
    """A view without the side, if it is that of the row: "rcc", "r mlo", "mlo rechts"."""
    side = {"r": "R", "l": "L"}.get(word[:1])
    if side and side == breast and word[1:].strip() in _VIEW_CODES:
        return word[1:].strip()
    code, _, last = word.partition(" ")
    if code in _VIEW_CODES and _MEANS["breast"].get(last) == (breast,):
        return code
    first, _, code = word.partition(" ")
    if code in _VIEW_CODES and _MEANS["breast"].get(first) == (breast,):
        return code
    return word


def known_words(column: str) -> Iterable[str]:
    """Words that a column understands beside its own."""
    return _MEANS.get(column, {})
