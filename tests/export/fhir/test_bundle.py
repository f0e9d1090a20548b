"""The FHIR bundle: all of it comes back, models and definitions accept it, places are coded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fhir.resources.bundle import Bundle
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from corr.export.content import Content, Judged, Lesion, Place, Told, six
from corr.export.fhir.bundle import bundle_text, write_fhir
from corr.export.fhir.places import of_finding, of_lesion
from corr.export.fhir.read import FILE, read_fhir, read_groupings
from corr.export.fhir.words import SYSTEM
from corr.judgement.result import Grouping
from corr.problems import CorrError
from corr.questions.sights import FRAME
from tests.builders.examples import few, round_trips
from tests.builders.fhir_r5 import wrong
from tests.builders.random_results import blob, contents

SLOW = {"suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


def regrouped(breast: Judged) -> Judged:
    """A breast with a second grouping: every finding by itself."""
    alone = tuple((i,) for block in breast.lesions for i in block.finding_ids)
    others = (Grouping(alone, 0.01),) if alone else ()
    return replace(breast, groupings=(*breast.groupings, *others))


def several(made: Content) -> Content:
    return replace(made, breasts=tuple(regrouped(b) for b in made.breasts))


@round_trips(8, **SLOW)
@given(contents().map(several))
def test_everything_comes_back(tmp_path_factory: pytest.TempPathFactory, made: Content):
    folder = tmp_path_factory.mktemp("fhir")
    (path,) = write_fhir(made, folder)
    assert path == folder / FILE
    assert read_fhir(folder) == made.summary()
    assert read_groupings(folder) == {
        b.side: [(g.blocks, six(g.p)) for g in b.groupings] for b in made.breasts if b.groupings
    }
    bundle = json.loads(path.read_text(encoding="utf-8"))
    assert wrong(bundle) == []
    assert Bundle.model_validate(bundle).type == "collection"
    declared, used = own_codes(bundle)
    assert used <= declared
    assert references(bundle) <= {e["fullUrl"] for e in bundle["entry"]}


def own_codes(item: object) -> tuple[set[str], set[str]]:
    """Codes of our own that a bundle declares, and those that it uses."""
    declared: set[str] = set()
    used: set[str] = set()

    def walk(item: object) -> None:
        if isinstance(item, dict):
            if item.get("resourceType") == "CodeSystem":
                declared.update(c["code"] for c in item["concept"])
            if item.get("system") == SYSTEM:
                used.add(item["code"])
            item = list(item.values())
        for x in item if isinstance(item, list) else ():
            walk(x)

    walk(item)
    return declared, used


def references(item: object) -> set[str]:
    """What is referred to anywhere."""
    if isinstance(item, dict):
        own = {item["reference"]} if "reference" in item else set()
        return own.union(*map(references, item.values()))
    return set().union(*map(references, item)) if isinstance(item, list) else set()


@few(2, **SLOW)
@given(contents(), st.randoms(use_true_random=False))
def test_same_bytes_on_every_run_and_read_after_a_server_had_it(
    tmp_path_factory: pytest.TempPathFactory, made: Content, shuffle
):
    folder = tmp_path_factory.mktemp("fhir")
    text = bundle_text(made)
    assert bundle_text(made) == text
    bundle = json.loads(text)
    shuffle.shuffle(bundle["entry"])
    (folder / FILE).write_text(json.dumps(served(bundle)), encoding="utf-8")
    assert read_fhir(folder) == made.summary()
    with pytest.raises(CorrError, match="is there already"):
        write_fhir(made, folder)


def served(bundle: dict) -> dict:
    """A bundle as a server gives it back: ids, references and versions of its own."""
    text = json.dumps(bundle)
    for k, entry in enumerate(bundle["entry"]):
        text = text.replace(entry["fullUrl"], f"{entry['resource']['resourceType']}/{k}")
        text = text.replace(entry["resource"]["id"], str(k))
    back = json.loads(text)
    for entry in back["entry"]:
        entry["fullUrl"] = f"https://server.example/fhir/{entry['fullUrl']}"
        entry["resource"]["meta"] = {"versionId": "1"}
    return {**back, "type": "searchset"}


def test_what_the_definitions_do_not_allow_is_noticed():
    quantity = {"value": 0.5, "unit": "1"}
    fine = {
        "resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "component": [{"code": {"text": "y"}, "valueQuantity": quantity}],
    }  # fmt: skip
    assert wrong(fine) == []
    for change, said in (
        ({"status": "done"}, "'done' is none of its codes"),
        ({"status": None}, "None is no code"),
        ({"clock": 7}, "clock: no such element"),
        ({"code": [{"text": "x"}]}, "a list where there is one"),
        ({"component": [{"valueQuantity": quantity}]}, "component.code: required"),
        ({"valueQuantity": {"value": "0.5"}}, "'0.5' is no decimal"),
        ({"valueBoolean": True, "valueInteger": 1}, "another choice"),
        ({"effectiveDateTime": "30.9.2024"}, "'30.9.2024' is no dateTime"),
        ({"hasMember": []}, "an empty list"),
    ):
        assert any(said in w for w in wrong({**fine, **change})), said
    assert wrong({"resourceType": "BodyStructure", "active": True}) == [
        "BodyStructure.includedStructure: required", "BodyStructure.patient: required",
    ]  # fmt: skip


def landmark(structure: dict) -> dict:
    (included,) = structure["includedStructure"]
    assert included["laterality"]["coding"][0]["code"] in ("24028007", "7771000")
    return included


@pytest.mark.parametrize(
    ("clock", "hours"),
    [("7-8", ["7", "8"]), ("12:30", ["12", "1"]), ("11-1", ["11", "12", "1"]), ("9", ["9"])],
)
def test_a_stated_place_is_coded_as_it_was_said(clock: str, hours: list[str]):
    cells = {"modality": "US", "clock": clock, "fn_cm": "4.5", "depth_mm": "12", "quadrant": "LOQ"}
    included = landmark(of_finding(Told("a", cells, PLACE), "R"))
    nipple, skin = included["bodyLandmarkOrientation"]
    assert [c["text"].split()[0] for c in nipple["clockFacePosition"]] == hours
    (value,) = nipple["distanceFromLandmark"][0]["value"]
    assert (value["value"], value["code"]) == (4.5, "cm")
    assert skin["distanceFromLandmark"][0]["value"][0]["value"] == 12.0
    assert included["qualifier"][0]["coding"][0]["code"] == "33564002"
    silent = landmark(of_finding(Told("a", {"modality": "US"}, PLACE), "R"))
    assert set(silent) == {"structure", "laterality"}


@pytest.mark.parametrize(("side", "hour"), [("R", "8"), ("L", "4")])
def test_a_lesion_has_the_hour_and_distance_of_its_mean(side: str, hour: str):
    lesion = Lesion(1, ("a",), "c R lesion 1", "2.25.1", PLACE)
    low_outer = replace(PLACE, mean_mm=(26.0, -15.0, 40.0))
    (nipple,) = landmark(of_lesion(replace(lesion, place=low_outer), side))[
        "bodyLandmarkOrientation"
    ]
    assert nipple["clockFacePosition"][0]["text"] == f"{hour} o'clock position"
    assert nipple["distanceFromLandmark"][0]["value"][0]["value"] == pytest.approx(50.01, abs=0.01)
    behind = replace(PLACE, mean_mm=(2.0, -1.0, 30.0))
    (nipple,) = landmark(of_lesion(replace(lesion, place=behind), side))["bodyLandmarkOrientation"]
    assert "clockFacePosition" not in nipple, "behind the nipple there is no hour"


PLACE = Place((0.0, 0.0, 30.0), (-9.0, -9.0, 20.0), (9.0, 9.0, 40.0), 5.0,
              blob((0.0, 0.0, 30.0), 6.0, FRAME))  # fmt: skip


@pytest.mark.parametrize("text", ["", "[]", '{"entry": [{}]}', '{"resourceType": "Bundle"}'])
def test_what_is_no_bundle_is_refused(tmp_path: Path, text: str):
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(CorrError, match=r"bundle\.json: cannot be read"):
        read_fhir(tmp_path)
    with pytest.raises(CorrError, match="cannot be read"):
        read_fhir(tmp_path / "nowhere")
