"""The bundle: one woman's findings, lesions, groupings and pairs as FHIR R5 resources.

A Patient that has nothing but the case's id; a BodyStructure and an Observation for each finding
and each lesion; an Observation for each grouping, and for each judged pair with P(same) as its
value and the band as a component; an ImagingStudy for each study that images are known of by UID.
Everything is one file, ``bundle.json``; its ids follow from what it says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from fhir.resources.bundle import Bundle
from pydicom.sr.codedict import codes

from corr.exchange.files import unwritten, write_whole
from corr.export.content import RESEARCH, Content, Judged, Lesion, Told
from corr.export.dicom.coded import CORRELATES, MEASURED, kind_code
from corr.export.fhir.places import believed, of_finding, of_lesion
from corr.export.fhir.studies import studies
from corr.export.fhir.words import (
    CASE,
    COLUMNS,
    FINDING,
    LESION,
    PARTS,
    SYSTEMS,
    UID,
    Json,
    code_system,
    concept,
    narrative,
    own,
    quantity,
    span,
    word,
)
from corr.judgement.result import Grouping, Pair
from corr.judgement.verdict import written, written_range

FILE = "bundle.json"
IMAGING = {
    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
    "code": "imaging",
    "display": "Imaging",
}


def write_fhir(content: Content, folder: Path) -> list[Path]:
    """Write ``bundle.json``; its path.

    Raises
    ------
    CorrError
        If it is there already.
    OSError
        If it cannot be written.
    """
    path = folder / FILE
    unwritten([path])
    folder.mkdir(parents=True, exist_ok=True)
    return [write_whole(path, bundle_text(content))]


def bundle_text(content: Content) -> str:
    """The bundle as JSON, checked by the models of FHIR R5; the same text on every run."""
    bundle = Bundle.model_validate(_Resources(content).bundle())
    plain = json.loads(bundle.model_dump_json())
    return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@dataclass
class _Resources:
    """The resources of a content, each under the id that follows from what it is."""

    content: Content
    made: list[Json] = field(default_factory=list)
    digest: str = ""

    def bundle(self) -> Json:
        """All of them, those that are referred to first."""
        c = self.content
        self.digest = c.digest
        self.patient = self._add("case", {
            "resourceType": "Patient", "identifier": [{"system": CASE, "value": c.case_id}],
        }, f"Case {c.case_id}. {RESEARCH}")  # fmt: skip
        self._add("codes", code_system(), "Codes of breast-corr, listed below")
        self.study_of: dict[str, Json] = {}
        for uid, study, image_ids in studies(c.images):
            said = f"Study of {', '.join(image_ids)}"
            of = self._add(f"study {uid}", {**study, "subject": self.patient}, said)
            self.study_of.update(dict.fromkeys(image_ids, of))
        for breast in c.breasts:
            self._breast(breast)
        return {
            "resourceType": "Bundle",
            "id": self._id("bundle"),
            "type": "collection",
            "meta": {"tag": [{"display": RESEARCH}]},
            "entry": self.made,
        }

    def _id(self, *what: str) -> str:
        return str(uuid5(NAMESPACE_OID, repr((self.digest, *what))))

    def _add(self, what: str, resource: Json, said: str) -> Json:
        """Add a resource and what it says in words; the reference to it."""
        name = self._id(what)
        whole = {**resource, "id": name, "text": narrative(said)}
        self.made.append({"fullUrl": f"urn:uuid:{name}", "resource": whole})
        return {"reference": f"urn:uuid:{name}", "type": resource["resourceType"]}

    def _observe(self, what: str, code: Json, words: str, said: Json) -> Json:
        plain: Json = {
            "resourceType": "Observation",
            "status": "preliminary",
            "category": [{"coding": [IMAGING]}],
            "code": code,
            "subject": self.patient,
        }
        stated = {k: v for k, v in said.items() if v not in (None, [], "")}
        return self._add(what, plain | stated, words)

    def _breast(self, b: Judged) -> None:
        on_images = {(i, d.image_id) for d in b.drawn if not d.predicted for i in d.finding_ids}
        told = {f.finding_id: self._finding(f, b.side, on_images) for f in b.findings}
        lesions = {x.finding_ids: self._lesion(x, b, told) for x in b.lesions}
        for rank, grouping in enumerate(b.groupings, start=1):
            self._grouping(rank, grouping, b.side, told, lesions)
        modality = {f.finding_id: f.modality for f in b.findings}
        for pair in b.pairs:
            self._pair(pair, b, told, modality)

    def _finding(self, f: Told, side: str, on_images: set[tuple[str, str]]) -> Json:
        what = f"{side} {f.finding_id}"
        identifier = [{"system": FINDING, "value": f.finding_id}]
        place = {**of_finding(f, side), "identifier": identifier, "patient": self.patient}
        seen = {i for finding_id, i in on_images if finding_id == f.finding_id}
        studies_of = [self.study_of[i] for i in sorted(seen) if i in self.study_of]
        code = _concepts(own("finding"), codes.DCM.Finding)
        words = f"{f.finding_id}: {f.cells.get('kind', 'finding').replace('_', ' ')}, {f.modality}"
        return self._observe(f"finding {what}", code, words, {
            "identifier": identifier,
            "effectiveDateTime": f.cells.get("date"),
            "bodyStructure": self._add(f"structure {what}", place, f"Place of {f.finding_id}"),
            "valueCodeableConcept": _kind(f),
            "derivedFrom": [r for k, r in enumerate(studies_of) if r not in studies_of[:k]],
            "component": [*map(_component, *zip(*_stated(f), strict=True)), *believed(f.place)],
        })  # fmt: skip

    def _lesion(self, x: Lesion, b: Judged, told: dict[str, Json]) -> Json:
        what = f"{b.side} {x.number}"
        identifier = [
            {"system": UID, "value": f"urn:oid:{x.tracking_uid}"},
            {"system": LESION, "value": x.tracking_id},
        ]
        place = {**of_lesion(x, b.side), "identifier": identifier, "patient": self.patient}
        p = {"code": own("grouping-probability"), "valueQuantity": quantity(b.groupings[0].p)}
        number = {"code": own("lesion-number"), "valueInteger": x.number}
        words = f"Lesion {x.number}: {', '.join(x.finding_ids)}"
        return self._observe(f"lesion {what}", own("lesion"), words, {
            "identifier": identifier,
            "bodyStructure": self._add(f"structure of lesion {what}", place, f"Place of {words}"),
            "hasMember": [told[i] for i in x.finding_ids],
            "component": [number, p, *believed(x.place)],
        })  # fmt: skip

    def _grouping(
        self,
        rank: int,
        grouping: Grouping,
        side: str,
        told: dict[str, Json],
        lesions: dict[tuple[str, ...], Json],
    ) -> None:
        """A grouping; blocks that are no lesion of the first become lesions without a place."""
        for block in grouping.blocks:
            if block not in lesions:
                said = {"hasMember": [told[i] for i in block]}
                words = f"One lesion of another grouping: {', '.join(block)}"
                what = f"block {side} {block!r}"
                lesions[block] = self._observe(what, own("lesion"), words, said)
        words = " | ".join("+".join(block) for block in grouping.blocks)
        words = f"Grouping {rank}, P {written(grouping.p)}: {words}"
        self._observe(f"grouping {side} {rank}", own("grouping"), words, {
            "valueQuantity": quantity(grouping.p),
            "component": [{"code": own("rank"), "valueInteger": rank}],
            "hasMember": [lesions[block] for block in grouping.blocks],
        })  # fmt: skip

    def _pair(self, p: Pair, b: Judged, told: dict[str, Json], modality: dict[str, str]) -> None:
        ids = (p.finding_a, p.finding_b)
        both = [told[i] for i in ids]
        relates = dict.fromkeys(modality[i] for i in ids)
        correlates = {CORRELATES[m].value: CORRELATES[m] for m in relates}
        reasons = b.reasons.get(ids, "")
        band = written_range(p.p_low, p.p_high)
        words = f"{' and '.join(ids)}: P(same) {written(p.p_same)} ({band}), {p.verdict}"
        self._observe(f"pair {b.side} {ids!r}", own("same-lesion"), words, {
            "focus": both,
            "derivedFrom": both,
            "valueQuantity": quantity(p.p_same),
            "interpretation": [own(word(p.verdict), p.verdict)],
            "note": [{"text": said} for said in (reasons, RESEARCH) if said],
            "component": [
                {"code": own("band"), "valueRange": span(p.p_low, p.p_high)},
                {"code": own("prior"), "valueQuantity": quantity(p.p_prior)},
                *({"code": own(n), "valueQuantity": quantity(getattr(p, n))} for n in PARTS),
                {"code": own("one-process"), "valueQuantity": quantity(p.p_one_process)},
                *(
                    {"code": concept(codes.DCM.CorrelationToOtherFindings),
                     "valueCodeableConcept": concept(c)}
                    for c in correlates.values()
                ),
            ],
        })  # fmt: skip


def _concepts(ours: Json, standard: Any) -> Json:
    """Our concept with a standard code beside it."""
    return {**ours, "coding": [*ours["coding"], *concept(standard)["coding"]]}


def _kind(f: Told) -> Json | None:
    """What a finding is, in our word and in a standard code where there is one."""
    if (kind := f.cells.get("kind")) is None:
        return None
    standard = kind_code(f)
    ours = own(f"kind.{word(kind)}", kind.replace("_", " "))
    return _concepts(ours, standard) if standard.scheme_designator in SYSTEMS else ours


def _stated(f: Told) -> Iterator[tuple[str, str]]:
    """Columns that a finding states, with their cells."""
    return ((name, text) for name, text in f.cells.items() if name in COLUMNS)


def _component(name: str, text: str) -> Json:
    """One stated column: its code, a standard one beside it, and its value."""
    column = COLUMNS[name]
    code = own(name)
    if name in MEASURED:
        code = _concepts(code, MEASURED[name])
    if column.flag:
        return {"code": code, "valueBoolean": text == "1"}
    if column.says.words:
        return {"code": code, "valueCodeableConcept": own(f"{name}.{word(text)}", text)}
    if column.kind == "integer":
        return {"code": code, "valueInteger": int(text)}
    if column.kind == "number":
        return {"code": code, "valueQuantity": quantity(float(text), column.says.unit)}
    return {"code": code, "valueString": text}
