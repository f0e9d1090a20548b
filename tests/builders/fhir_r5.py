"""What HL7's own definitions say of a FHIR R5 resource: a check that knows nothing of our code.

Elements, cardinality, types, patterns of primitives and codes of required bindings, as
`tools/fhir_elements.py` took them from the package ``hl7.fhir.r5.core`` (CC0).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_R5 = json.loads((Path(__file__).parents[1] / "data" / "fhir_r5.json").read_text(encoding="utf-8"))
TYPES: dict[str, dict[str, Any]] = _R5["types"]
PRIMITIVES = _R5["primitives"] | {"decimal": r"-?(0|[1-9]\d{0,17})(\.\d{1,17})?([eE][+-]?\d{1,9})?"}
"""Patterns; that of decimals as it is meant: the published one has a brace too many."""
PLAIN = {"boolean": bool, "decimal": (int, float)} | dict.fromkeys(
    ("integer", "positiveInt", "unsignedInt"), int
)


def wrong(resource: dict[str, Any]) -> list[str]:
    """What is wrong with a resource, and where."""
    kind = resource.get("resourceType")
    if kind not in TYPES:
        return [f"resourceType {kind!r}"]
    rest = {k: v for k, v in resource.items() if k != "resourceType"}
    return _inside(rest, kind, kind)


def _inside(value: Any, path: str, at: str) -> list[str]:
    """What is wrong with the elements of an object, defined under a path."""
    if not isinstance(value, dict) or not value:
        return [f"{at}: no object, or an empty one"]
    of = TYPES[path.split(".")[0]]
    known = {p.removeprefix(f"{path}."): e for p, e in of.items() if p.startswith(f"{path}.")}
    known = {name: e for name, e in known.items() if "." not in name}
    found, seen = [], set()
    for key, held in value.items():
        name, kind = _named(key, known)
        if name is None:
            found.append(f"{at}.{key}: no such element")
            continue
        if name in seen:
            found.append(f"{at}.{key}: another choice of it is there")
        seen.add(name)
        found += _held(held, f"{path}.{name}", known[name], kind, f"{at}.{key}")
    return found + [
        f"{at}.{name}: required" for name, e in known.items() if e["min"] and name not in seen
    ]


def _named(key: str, known: dict[str, Any]) -> tuple[str | None, str]:
    """The element of a key, and its type where it is one of several."""
    if key in known:
        return key, ""
    for name, e in known.items():
        stem = name.removesuffix("[x]")
        if stem != name and key.startswith(stem):
            fits = [t for t in e["types"] if key == stem + t[0].upper() + t[1:]]
            if fits:
                return name, fits[0]
    return None, ""


def _held(held: Any, path: str, element: dict[str, Any], kind: str, at: str) -> list[str]:
    if isinstance(held, list) != (element["max"] != "1"):
        return [f"{at}: a list where there is one, or one where there is a list"]
    each = held if isinstance(held, list) else [held]
    if not each:
        return [f"{at}: an empty list"]
    return [w for x in each for w in _one(x, path, element, kind, at)]


def _one(value: Any, path: str, element: dict[str, Any], kind: str, at: str) -> list[str]:
    if "as" in element:
        return _inside(value, element["as"], at)
    kind = kind or element["types"][0]
    if kind in PRIMITIVES:
        return _primitive(value, kind, element.get("codes"), at)
    if kind == "Resource":
        return wrong(value)
    if kind in ("BackboneElement", "Element"):
        return _inside(value, path, at)
    return _inside(value, kind, at) if kind in TYPES else []


def _primitive(value: Any, kind: str, codes: list[str] | None, at: str) -> list[str]:
    fits = isinstance(value, PLAIN.get(kind, str))
    if not fits or (isinstance(value, bool) and kind != "boolean"):
        return [f"{at}: {value!r} is no {kind}"]
    said = json.dumps(value) if kind in PLAIN else value
    if PRIMITIVES[kind] and not re.fullmatch(PRIMITIVES[kind], said):
        return [f"{at}: {said!r} is no {kind}"]
    return [f"{at}: {said!r} is none of its codes"] if codes and said not in codes else []
