"""A bundle, read back: findings, lesions, groupings and pairs from plain JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from corr.export.content import PairNumbers, Summary, six
from corr.export.fhir.words import CASE, COLUMNS, FINDING, SYSTEM, SYSTEMS, Json
from corr.judgement.verdict import VERDICTS
from corr.problems import CorrError

FILE = "bundle.json"
_SIDES = {"24028007": "R", "7771000": "L"}
Blocks = tuple[tuple[str, ...], ...]


def read_fhir(folder: Path) -> Summary:
    """What a bundle says.

    Parameters
    ----------
    folder : with ``bundle.json``

    Raises
    ------
    CorrError
        If there is no such file, or it is no bundle as `write_fhir` writes them.
    """
    return _read(folder).summary()


def read_groupings(folder: Path) -> dict[str, list[tuple[Blocks, float]]]:
    """Groupings of each side, most probable first: findings of each lesion, and probability.

    Raises
    ------
    CorrError
        As `read_fhir`.
    """
    return _read(folder).groupings()


def _read(folder: Path) -> _Bundle:
    path = folder / FILE
    try:
        return _Bundle(json.loads(path.read_text(encoding="utf-8")))
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        StopIteration,
    ) as error:
        why = f"cannot be read ({type(error).__name__}: {error})"
        allowed = "a bundle of `corr export --to fhir`, as it was written"
        raise CorrError(why, where=str(path), allowed=allowed) from error


class _Bundle:
    """The entries of a bundle, whatever their order, and what they say.

    A server gives resources ids of its own and refers to them as ``Observation/17``.
    """

    def __init__(self, bundle: Json) -> None:
        self.at: dict[str, Json] = {}
        self.urls: dict[str, str] = {}
        for entry in bundle["entry"]:
            url, resource = entry["fullUrl"], entry["resource"]
            self.at[url] = resource
            self.urls |= {url: url, f"{resource['resourceType']}/{resource.get('id')}": url}
        patient = next(r for r in self.at.values() if r["resourceType"] == "Patient")
        self.case_id = _identifier(patient, CASE)
        self.said = self._summary()

    def summary(self) -> Summary:
        """As it travels."""
        return self.said

    def _of(self, code: str) -> list[tuple[str, Json]]:
        return [
            (at, r) for at, r in self.at.items()
            if r["resourceType"] == "Observation" and _own_code(r["code"]) == code
        ]  # fmt: skip

    def _key(self, at: str) -> tuple[str, str]:
        """Side and id of a finding."""
        observed = self.at[at]
        place = self.at[self.urls[observed["bodyStructure"]["reference"]]]["includedStructure"][0]
        side = next(_SIDES[c["code"]] for c in place["laterality"]["coding"] if c["code"] in _SIDES)
        return side, _identifier(observed, FINDING)

    def _members(self, observed: Json) -> list[str]:
        return [self.urls[m["reference"]] for m in observed["hasMember"]]

    def _summary(self) -> Summary:
        findings = {self._key(at): _cells(r) for at, r in self._of("finding")}
        lesions: dict[tuple[str, str], tuple[int, float]] = {}
        for _, r in self._of("lesion"):
            said = _components(r)
            if "lesion-number" in said:
                number, p = said["lesion-number"]["valueInteger"], said["grouping-probability"]
                for m in self._members(r):
                    lesions[self._key(m)] = (number, six(p["valueQuantity"]["value"]))
        pairs: dict[tuple[str, str, str], PairNumbers] = {}
        for _, r in self._of("same-lesion"):
            said = _components(r)
            keys = [self._key(self.urls[x["reference"]]) for x in r["focus"]]
            first, second = sorted(name for _, name in keys)
            band = said["band"]["valueRange"]
            low, high = (six(band[end]["value"]) for end in ("low", "high"))
            shown = r["interpretation"][0]["text"]
            verdict = next(v for v in VERDICTS if v == shown)
            prior = six(said["prior"]["valueQuantity"]["value"])
            numbers = (six(r["valueQuantity"]["value"]), low, high, prior, verdict)
            pairs[keys[0][0], first, second] = numbers
        return Summary(self.case_id, findings, lesions, pairs)

    def groupings(self) -> dict[str, list[tuple[Blocks, float]]]:
        """By side, in the order of their ranks."""
        found: dict[str, list[tuple[int, Blocks, float]]] = {}
        for _, r in self._of("grouping"):
            keys = [[self._key(m) for m in self._members(self.at[x])] for x in self._members(r)]
            blocks = tuple(tuple(name for _, name in block) for block in keys)
            rank = _components(r)["rank"]["valueInteger"]
            one = (rank, blocks, six(r["valueQuantity"]["value"]))
            found.setdefault(keys[0][0][0], []).append(one)
        return {side: [(b, p) for _, b, p in sorted(each)] for side, each in found.items()}


def _own_code(concept: Json) -> str:
    return next((c["code"] for c in concept["coding"] if c["system"] == SYSTEM), "")


def _components(observed: Json) -> dict[str, Json]:
    """Components by our own codes."""
    each = observed.get("component", [])
    return {code: c for c in each if (code := _own_code(c["code"]))}


def _identifier(resource: Json, system: str) -> str:
    return next(str(i["value"]) for i in resource["identifier"] if i["system"] == system)


def _cells(observed: Json) -> dict[str, str]:
    """Cells of a finding."""
    stated = _components(observed)
    cells = {n: _text(c) for n, c in stated.items() if n in COLUMNS}
    if "effectiveDateTime" in observed:
        cells["date"] = observed["effectiveDateTime"]
    return cells


def _text(component: Json) -> str:
    value: Any = next(v for name, v in component.items() if name.startswith("value"))
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, dict):
        if "text" in value:
            return str(value["text"])
        if value["system"] != SYSTEMS["UCUM"]:
            msg = f"a value in {value['system']}, not in UCUM"
            raise ValueError(msg)
        return f"{value['value']:.6g}"
    return str(value)
