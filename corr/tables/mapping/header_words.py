"""What headers of other tables mean: words of each column, in the languages they come in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache

from corr.problems import LONGEST_NAME
from corr.tables.cells.columns import Row
from corr.tables.cells.fields import Number
from corr.tables.meaning.plain import plain

_WORDS = {
    "case_id": (
        "subjid|subj id|subj|ptid|pt id|pt|pat|patient nr|patientnr|studyno|study no|ptno|case|"
        "case no|case number|caseid|patient|patient id|patientid|patient no|pat id|patid|pat nr|"
        "pid|record id|recordid|record|subject|subject id|usubjid|participant|participant id|"
        "woman|study id|studyid|fall|fallnummer|fall nr|fallnr|patienten id|patientennummer|"
        "patientin|mrn|numero dossier|dossier|nip|id patient|id paciente|paciente|caso|id caso|"
        "paziente|id paziente|codice paziente|id|pseudonym|ipp"
    ),
    "breast": (
        "lat|laterality code|brst|breastside|side|laterality|seite|brust|brustseite|cote|"
        "lateralite|sein|lado|lateralidad|mama|lato|seno|mammella|lateralita|breast side|"
        "body side|left right|l r|lr|korperseite|lateralidade|zijde|borst"
    ),
    "finding_id": (
        "lesno|les no|lesid|les id|lesion index|finding index|les nr|lesion number|finding|"
        "finding no|finding nr|finding number|findingid|lesion|lesion id|lesion no|lesion nr|"
        "lesionid|befund|befund id|befundnr|befund nr|befundnummer|herd|herd nr|lasion|lasion nr|"
        "no lesion|id lesion|numero lesion|hallazgo|id hallazgo|reperto|id reperto|lesione|"
        "id lesione|abnormality id|lesao|achado|bevinding"
    ),
    "modality": (
        "mod|modal|examtype|imgmod|method|exam type|imaging|imaging modality|modalitat|methode|"
        "verfahren|bildgebung|modalite|type examen|modalidad|tecnica|prueba|modalita|metodica|"
        "modalidade|study type|exam modality|untersuchungsart|type d examen|tipo esame|"
        "tipo de estudio|technique"
    ),
    "exam_id": (
        "exam|exam no|examination|accession|accession number|accession no|untersuchung|"
        "untersuchung id|untersuchungsnummer|examen|id examen|esame|id esame|estudio|study uid"
    ),
    "date": (
        "exam date|date of exam|study date|examination date|datum|untersuchungsdatum|date examen|"
        "date de l examen|fecha|fecha examen|fecha del estudio|data|data esame|visit date|"
        "scan date|exam dt"
    ),
    "view": (
        "projection|projektion|incidence|proyeccion|proiezione|ebene|aufnahme|mammographic view|"
        "projecao"
    ),
    "kind": (
        "lestype|les type|findtype|lesiontype|type|finding type|lesion type|findingtype|"
        "abnormality|abnormality type|art|befundart|befundtyp|typ|lasionstyp|type de lesion|"
        "type lesion|tipo|tipo de lesion|tipo lesione|tipo hallazgo|tipo de hallazgo|lesion kind|"
        "morphologic type|tipo di lesione"
    ),
    "size_mm": (
        "lessize|les size|lesion diameter|sizemax|maxsize|groesse|size|diameter|max diameter|"
        "largest diameter|longest diameter|maximum diameter|lesion size|max size|grosse|"
        "durchmesser|grosster durchmesser|maximaler durchmesser|taille|diametre|grand axe|tamano|"
        "diametro|diametro mayor|diametro maximo|dimensione|dimensioni|diametro massimo|size max|"
        "dimension|tamanho|grootte|extent"
    ),
    "bi_rads": (
        "birads|bi rads category|birads category|bi rads kategorie|acr|birads score|assessment|"
        "final assessment|bi rads score|categorie bi rads|categorie acr|categoria bi rads"
    ),
    "clock": (
        "clkpos|clk pos|clk|clock hr|clockpos|oclk|clock position|clock pos|clock face|clockface|"
        "clock hour|o clock|oclock|hour|uhr|uhrzeit|uhrzeitposition|uhrposition|position uhr|"
        "heure|rayon horaire|rayon|horaire|hora|radio horario|posicion horaria|ora|"
        "posizione oraria|quadrante orario|hours|clock location|cadran horaire|lage uhr"
    ),
    "fn_cm": (
        "nipdist|nip dist|distnip|dist nip|nippledist|distnipple|nip distance|dfn|fn|cmfn|"
        "nipple distance|distance from nipple|distance to nipple|dist nipple|nipple dist|"
        "distance nipple|dist from nipple|dist to nipple|distance fn|mamillenabstand|"
        "abstand mamille|abstand zur mamille|abstand von der mamille|mamillendistanz|"
        "distance mamelon|distance au mamelon|distancia pezon|distancia al pezon|"
        "distanza capezzolo|distanza dal capezzolo|distancia mamilo|distance from the nipple|"
        "nipple to lesion|nipple lesion distance|tepelafstand"
    ),
    "depth_mm": (
        "depth|depth from skin|skin depth|tiefe|profondeur|profundidad|profondita|"
        "distance to skin|hautabstand|skin distance|profundidade|distance from skin"
    ),
    "quadrant": "quadrante|cuadrante|location quadrant|quadrants|kwadrant|quad",
    "region": "breast region|location region|areal|zone",
    "depth_third": "third|depth third|drittel|tiers|tercio|terzo|ap third",
    "text": (
        "report|report text|description|befundtext|bericht|beschreibung|texte|compte rendu|"
        "description libre|descripcion|informe|testo|descrizione|referto|freitext|comment|"
        "remarks|impression|findings text"
    ),
    "thickness_mm": (
        "compressed thickness|compression thickness|breast thickness|kompressionsdicke|epaisseur"
    ),
    "view_angle_deg": "view angle|angle|gantry angle|primary angle|winkel",
    "n_calcifications": "number of calcifications|calcification count|calcifications|anzahl kalk",
    "morphology": "calcification morphology|morphologie|morfologia",
    "shape": "form|forme|forma",
    "margin": "margins|rand|begrenzung|contour|contours|margen|margine",
    "distribution": "verteilung",
    "count_min": "number|number of lesions|count|anzahl|nombre|numero",
    "same_as": "same lesion as",
    "density": (
        "breast density|brustdichte|acr density|dichte|densite|densidad|densita|breast composition"
    ),
    "nipple_distance_mm": "straight nipple distance|mr nipple distance|mri nipple distance",
    "chestwall_mm": (
        "distance to chest wall|chest wall distance|brustwandabstand|distance from chest wall"
    ),
    "quality": "exam quality|image quality",
    "done": "performed|completed|durchgefuhrt",
    "exam_us": "us done",
    "exam_mr": "mr done|mri done",
    "exam_order": "visit|visit number|order|timepoint|time point",
}
_UNIT = re.compile(
    r"(?:^|\b(?:in )?)(?:(mm|milli(?:meter|metre)s?)|(cm|(?:centi|zenti)(?:meter|metre)s?))$"
)
_REMARK = re.compile(
    r"[(\[]\s*(?:h|hrs?|hours?|o.?clock|uhr|heures?|horas?|ore|uur|°|deg|degrees?|[lr] ?[/,] ?[lr]|"
    r"[\d\W]+|[dmyhjas]{1,4}(?:[-/.: ][dmyhjas]{1,4})+)\s*[)\]]\s*$",
    re.IGNORECASE,
)
"""At the end of a header, how its cells are written: "(h)", "(1-12)", "(L/R)", "(dd/mm/yyyy)"."""
_BOX = re.compile(r"(.+?)___(-?\w+)$")
_LABEL_BOX = re.compile(r"(.+?)\s*\(choice=(.+)\)$", re.IGNORECASE)


@cache
def _phrases() -> dict[str, str]:
    out = {plain(word): ours for ours, words in _WORDS.items() for word in words.split("|")}
    return out | {plain(name): name for name in _WORDS}


def is_phrase(header: str) -> bool:
    """Whether a header is one of the words of a column, in these letters; its unit may follow.

    >>> is_phrase("Lesion size (cm)"), is_phrase("mass")
    (True, False)
    """
    text = plain(header)
    return text in _phrases() or _UNIT.sub("", text).strip() in _phrases()


def checkbox(header: str) -> tuple[str, str] | None:
    """Question and choice of a REDCap checkbox column, of a raw or a label export.

    >>> checkbox("finding_type___2"), checkbox("Finding type (choice=Mass)")
    (('finding_type', '2'), ('Finding type', 'Mass'))
    """
    m = _BOX.fullmatch(header.strip()) or _LABEL_BOX.fullmatch(header.strip())
    return (m[1], m[2].strip()) if m else None


def unit_in(header: str) -> str:
    """The unit that a header names, or "".

    >>> unit_in("Größe [cm]"), unit_in("sizeMM"), unit_in("size")
    ('cm', 'mm', '')
    """
    m = _UNIT.search(_spelled(header))
    return "" if m is None else "mm" if m[1] else "cm"


def without_unit(header: str) -> str:
    """A header as plain words, without its unit."""
    return _UNIT.sub("", _spelled(header)).strip()


def _spelled(header: str) -> str:
    return plain(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header))


def measured(header: str, model: type[Row]) -> tuple[str, str] | None:
    """The column of lengths that a header with a unit means, and that unit; None if it is none.

    >>> from corr.tables.findings import FindingRow
    >>> measured("distance to nipple [mm]", FindingRow), measured("posterior_cm", FindingRow)
    (('fn_cm', 'mm'), ('posterior_mm', 'cm'))
    """
    twice = checkbox(header) or _UNIT.search(without_unit(header))  # "size_mm (cm)"
    unit = "" if twice else unit_in(header)
    ours = length_meant(header, model) if unit else None
    return (ours, unit) if ours else None


def length_unit(name: str, model: type[Row]) -> str:
    """The unit of a column of ours, if it holds lengths.

    >>> from corr.tables.findings import FindingRow
    >>> length_unit("fn_cm", FindingRow), length_unit("clock", FindingRow)
    ('cm', '')
    """
    cell = model.cell(name)
    return cell.unit if isinstance(cell, Number) and cell.unit in ("mm", "cm") else ""


def have_units(texts: Sequence[str]) -> bool:
    """Whether every length of some cells brings its own unit."""
    return bool(texts) and all(t.strip().lower().endswith(("mm", "cm")) for t in texts)


def length_meant(header: str, model: type[Row]) -> str | None:
    """The column of lengths that the words of a header mean, or None.

    >>> from corr.tables.findings import FindingRow
    >>> length_meant("size", FindingRow), length_meant("Seite", FindingRow)
    ('size_mm', None)
    """
    ours = meant_by_words(header, model)
    return ours if ours and length_unit(ours, model) else None


def meant_by_words(header: str, model: type[Row]) -> str | None:
    """The column that the words of a header mean, or None.

    >>> from corr.tables.findings import FindingRow
    >>> [meant_by_words(h, FindingRow) for h in ("dist_nipple", "Seite", "finding_type___2", "x")]
    ['fn_cm', 'breast', 'kind', None]
    """
    if len(header) > LONGEST_NAME:
        return None
    box = checkbox(header)
    bare = without_unit(_REMARK.sub("", box[0] if box else header))
    phrases = _phrases()
    tries = [plain(header), bare, " ".join(w for w in bare.split() if w not in _EMPTY)]
    ours = next((phrases[t] for t in tries if t in phrases), None)
    if ours is None:  # the same words in another order
        words = frozenset(tries[-1].split())
        same = {
            o for phrase, o in phrases.items() if len(words) > 1 and set(phrase.split()) == words
        }
        ours = same.pop() if len(same) == 1 else None
    if ours is None and unit_in(header):  # our own name, but for the unit
        stem = bare.replace(" ", "_")
        ours = next((n for n in (f"{stem}_mm", f"{stem}_cm") if n in model.model_fields), None)
    return ours if ours in model.model_fields else None


_EMPTY = frozenset(
    [
        "the",
        "of",
        "in",
        "der",
        "die",
        "das",
        "des",
        "de",
        "du",
        "la",
        "le",
        "el",
        "al",
        "il",
        "lo",
        "from",
        "to",
        "zur",
        "vom",
        "von",
        "a",
        "d",
    ]
)


def meant(name: str, model: type[Row]) -> str | None:
    """The column that a header means by its words, or else one that is a slip of the pen away."""
    if len(name) > LONGEST_NAME:
        return None
    if found := meant_by_words(name, model):
        return found
    near = get_close_matches(name.lower(), list(model.model_fields), n=1, cutoff=0.8)
    return near[0] if near else None
