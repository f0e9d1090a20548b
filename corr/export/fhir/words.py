"""The words of the bundle: standard codes where there are any, our own, declared in the bundle.

FHIR has no code for "these two findings are the same lesion" with a probability. Ours are in a
CodeSystem that every bundle carries, so that a reader needs nothing else; what a column of the
findings table means is said there in the words of its declaration.
"""

from __future__ import annotations

import html
import re
from typing import Any

from pydicom.sr.coding import Code

from corr.export.content import six
from corr.export.tables.schema import TABLES, Field
from corr.judgement.verdict import VERDICTS

Json = dict[str, Any]
SYSTEM = "urn:oid:2.25.311863014937465718216389226953183174951"
"""Of our own codes (a UUID as an OID: it belongs to nobody else)."""
CASE, FINDING, LESION = (f"{SYSTEM}.{k}" for k in (1, 2, 3))
"""Systems of identifiers: of cases and findings as the user called them, of lesions."""
UID = "urn:dicom:uid"
SYSTEMS = {
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "NCIt": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "UCUM": "http://unitsofmeasure.org",
}
"""FHIR's names of DICOM's coding schemes."""
UNITS = {"mm": "mm", "cm": "cm", "degrees": "deg", "pixels": "{pixel}", "cm3": "cm3"}
"""Units of columns in UCUM."""
OWN = {
    "finding": "One finding as it was reported",
    "lesion": "Findings that one grouping makes one lesion",
    "grouping": "One way to group the findings of a breast, with its probability",
    "same-lesion": "Whether two findings are the same lesion: the value is its probability",
    "lesion-number": "Number of the lesion in the most probable grouping",
    "rank": "Rank of a grouping; 1 is the most probable",
    "grouping-probability": "Probability of the grouping that makes this a lesion",
    "band": "Range of P(same) when measurement spreads and assumptions are changed",
    "prior": "P(same) before anything is compared",
    "one-process": "Probability of one lesion, or one within what the other extends over",
    "believed-lateral": "Where it is believed, mm towards the outer side from the nipple: mean",
    "believed-superior": "Where it is believed, mm above the nipple: mean",
    "believed-posterior": "Where it is believed, mm behind the nipple: mean",
    "range80-lateral": "Central 80 % of where it is believed, mm towards the outer side",
    "range80-superior": "Central 80 % of where it is believed, mm above the nipple",
    "range80-posterior": "Central 80 % of where it is believed, mm behind the nipple",
    "volume80": "Volume of the smallest region that holds 80 %",
}
PARTS = {
    name: f"log10 odds that {said} to P(same)"
    for name, said in {
        "log10_location": "the places add",
        "log10_size": "the sizes add",
        "log10_kind": "kinds and BI-RADS categories add",
        "log10_reporting": "the exams' habits of reporting add",
        "log10_context": "the other findings add",
    }.items()
}
COLUMNS: dict[str, Field] = {
    f.name: f
    for f in TABLES["findings"]
    if f.name not in ("case_id", "breast", "finding_id", "date")
}
"""Columns of a finding that become components; the others have elements of their own."""


def word(name: str) -> str:
    """A word of a column as a code: no blanks.

    >>> word("probably same")
    'probably-same'
    """
    return name.replace(" ", "-")


def own(code: str, text: str = "") -> Json:
    """A concept of our own; what it means stands in `code_system`."""
    return {
        "coding": [{"system": SYSTEM, "code": code, "display": _display(code)}],
        "text": text or _display(code),
    }


def _display(code: str) -> str:
    """How a code is shown, wherever it stands."""
    return re.sub(r"[-_.]", " ", code)


def concept(*codes: Code, text: str = "") -> Json:
    """A concept of standard codes."""
    coding = [
        {"system": SYSTEMS[c.scheme_designator], "code": c.value, "display": c.meaning}
        for c in codes
    ]
    return {"coding": coding, "text": text or codes[0].meaning}


def quantity(value: float, unit: str = "") -> Json:
    """A number with six digits and its unit in UCUM; without one a plain number."""
    code = UNITS.get(unit, "1")
    shown = unit or "1"
    return {"value": six(value), "unit": shown, "system": SYSTEMS["UCUM"], "code": code}


def span(low: float, high: float, unit: str = "") -> Json:
    """A range; its ends in order."""
    return {"low": quantity(min(low, high), unit), "high": quantity(max(low, high), unit)}


def narrative(said: str) -> Json:
    """A resource in words, for people."""
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{html.escape(said)}</div>'
    return {"status": "generated", "div": div}


def code_system() -> Json:
    """All of our codes, as a resource."""
    said = {**OWN, **PARTS, **{word(v): f"Verdict: {v}" for v in VERDICTS}}
    said |= {name: f.says.about for name, f in COLUMNS.items()}
    said |= {
        f"{name}.{word(w)}": f"{name.replace('_', ' ')}: {w}"
        for name, f in COLUMNS.items()
        for w in f.says.words
    }
    return {
        "resourceType": "CodeSystem",
        "url": SYSTEM,
        "name": "BreastCorr",
        "title": "Codes of breast-corr",
        "status": "active",
        "experimental": True,
        "description": "Research use only: P(same lesion), never a probability of cancer.",
        "caseSensitive": True,
        "content": "complete",
        "count": len(said),
        "concept": [{"code": c, "display": _display(c), "definition": d} for c, d in said.items()],
    }
