"""Extract what FHIR R5 says of the resources that are exported, for the tests' own check.

Run it with the folder of the npm package ``hl7.fhir.r5.core`` (HL7's definitions, CC0):
``python tools/fhir_elements.py node_modules/hl7.fhir.r5.core > tests/data/fhir_r5.json``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOTS = ("Bundle", "Patient", "CodeSystem", "ImagingStudy", "BodyStructure", "Observation")
OPAQUE = ("Extension", "Resource", "Narrative", "xhtml", "Signature", "Timing", "Meta")
"""Types whose insides are not looked at: none of them is written, but for a tag in Meta."""
REGEX = "http://hl7.org/fhir/StructureDefinition/regex"
Json = dict[str, Any]


def elements(folder: Path) -> Json:
    """Types with their elements: cardinality, types, codes of required bindings; primitives."""
    types: Json = {}
    primitives: dict[str, str] = {}
    wanted = list(ROOTS)
    while wanted:
        name = wanted.pop()
        if name in types or name in primitives or name in OPAQUE:
            continue
        definition = _load(folder, f"StructureDefinition-{name}")
        if definition["kind"] == "primitive-type":
            primitives[name] = _regex(definition)
            continue
        types[name] = {e["path"]: _element(e, folder) for e in definition["snapshot"]["element"]}
        wanted += [t for e in types[name].values() for t in e.get("types", ())]
    return {"types": types, "primitives": primitives}


def _load(folder: Path, name: str) -> Json:
    loaded: Json = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def _regex(definition: Json) -> str:
    value = next(e for e in definition["snapshot"]["element"] if e["path"].endswith(".value"))
    said = [x for t in value["type"] for x in t.get("extension", ()) if x["url"] == REGEX]
    return said[0]["valueString"] if said else ""


def _element(e: Json, folder: Path) -> Json:
    out: Json = {"min": e["min"], "max": e["max"]}
    if "contentReference" in e:
        return {**out, "as": e["contentReference"].split("#")[1]}
    codes = [t["code"].split("/")[-1] for t in e.get("type", ())]
    out["types"] = ["string" if c.startswith("System.") else c for c in codes]
    binding = e.get("binding", {})
    if binding.get("strength") == "required" and out["types"] == ["code"]:
        out["codes"] = _codes(folder, binding["valueSet"].split("|")[0])
    return out


def _codes(folder: Path, url: str) -> list[str]:
    """Codes of a value set that lists its own or takes whole code systems; else none."""
    try:
        value_set = _load(folder, f"ValueSet-{url.split('/')[-1]}")
        found: list[str] = []
        for include in value_set["compose"]["include"]:
            listed = include.get("concept")
            if listed is None:
                listed = _load(folder, f"CodeSystem-{include['system'].split('/')[-1]}")["concept"]
            found += _below(listed)
    except (FileNotFoundError, KeyError):
        return []
    return sorted(found)


def _below(concepts: list[Json]) -> list[str]:
    return [c["code"] for c in concepts] + [
        x for c in concepts for x in _below(c.get("concept", []))
    ]


if __name__ == "__main__":
    json.dump(elements(Path(sys.argv[1])), sys.stdout, indent=0, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")
