"""ImagingStudy: the studies of a case's images, by their UIDs alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydicom.sr.coding import Code

from corr.export.content import Image
from corr.export.fhir.words import UID, Json, concept

MOST_INSTANCES = 20
"""Instances that are listed of a series; of longer ones only how many there are."""
MODALITIES = {
    "MG": Code("MG", "DCM", "Mammography"),
    "CEM": Code("MG", "DCM", "Mammography"),
    "US": Code("US", "DCM", "Ultrasound"),
    "MR": Code("MR", "DCM", "Magnetic Resonance"),
}


def studies(images: Iterable[Image]) -> Iterator[tuple[str, Json, list[str]]]:
    """Each study: its UID, the resource without its subject, and the images that are in it."""
    by_study: dict[str, list[Image]] = {}
    for image in images:
        if image.study_uid and image.series_uid:
            by_study.setdefault(image.study_uid, []).append(image)
    for uid, of_study in by_study.items():
        by_series: dict[str, list[Image]] = {}
        for image in of_study:
            by_series.setdefault(image.series_uid, []).append(image)
        resource: Json = {
            "resourceType": "ImagingStudy",
            "identifier": [{"system": UID, "value": f"urn:oid:{uid}"}],
            "status": "available",
            "series": [_series(series, same) for series, same in by_series.items()],
        }
        yield uid, resource, [image.image_id for image in of_study]


def _series(uid: str, images: list[Image]) -> Json:
    instances = dict.fromkeys(i for image in images for i in image.instances)
    series: Json = {
        "uid": uid,
        "modality": concept(MODALITIES[images[0].modality]),
        "numberOfInstances": len(instances),
    }
    if len(instances) <= MOST_INSTANCES:
        series["instance"] = [
            {"uid": sop, "sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{of}"}}
            for of, sop in instances
        ]
    return series
