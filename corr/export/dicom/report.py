"""The case as a Comprehensive 3D SR, TID 1500: findings, and which of them are one lesion.

Each finding is a measurement group with what was reported of it in standard codes. Its tracking
UID is that of the lesion which the most probable grouping makes of it, so findings of one lesion
share it, across modalities. Pairs stand in a container of our own (DICOM has none for them):
related spatially, with probability, prior, band, verdict and reasons (`corr.imaging.dicom.
own_codes`). Nothing in it is a probability of cancer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from highdicom import sr
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from corr.export.content import REGION, RESEARCH, Content, Drawn, Floats, Image, Judged, Told, six
from corr.export.dicom import shell
from corr.export.dicom.coded import CORRELATES, ONE, SIDES, kind_code, said_of
from corr.imaging.dicom import own_codes as own
from corr.judgement.result import Pair

Group = sr.MeasurementsAndQualitativeEvaluations | sr.PlanarROIMeasurementsAndQualitativeEvaluations
FILE = "report.dcm"
CONTAINS, PROPERTIES = sr.RelationshipTypeValues.CONTAINS, sr.RelationshipTypeValues.HAS_PROPERTIES
LANGUAGE = sr.CodedConcept("en", "RFC5646", "English")


def write_report(content: Content, folder: Path) -> list[Path]:
    """Write the report.

    Raises
    ------
    CorrError
        If there is one in the folder already.
    OSError
        If it cannot be written.
    """
    return [shell.write_new(folder / FILE, shell.to_bytes(report(content)))]


def report(content: Content) -> Dataset:
    """The report as a dataset."""
    images = shell.in_order(content.images)
    standing = {i.image_id: shell.stand_in(content, i, i.instances[0]) for i in images}
    evidence = [shell.stand_in(content, i, uids) for i in images for uids in i.instances]
    groups = [_group(content, b, f, standing) for b, f in content.each]
    groups += [
        _expected(content, b, d, standing[d.image_id])
        for b in content.breasts for d in b.drawn if d.predicted and d.image_id in standing
    ]  # fmt: skip
    with shell.quiet():
        root = sr.MeasurementReport(
            _observer(content), codes.SCT.ImagingProcedure, groups,
            title=codes.DCM.ImagingMeasurementReport,
            language_of_content_item_and_descendants=sr.LanguageOfContentItemAndDescendants(
                LANGUAGE
            ),
        )[0]  # fmt: skip
        root.ContentSequence.extend(_correspondence(b) for b in content.breasts)
        root.ContentSequence.append(sr.TextContentItem(own.CASE_ID, content.case_id, CONTAINS))
        _apart(root)
        made = sr.Comprehensive3DSR(
            evidence or [shell.no_source(content)],
            root, content.uid("series of", FILE), 1, content.uid(FILE), 1,
            is_complete=True, series_description=RESEARCH[:64], **shell.equipment(content),
        )  # fmt: skip
    if not evidence:
        del made.CurrentRequestedProcedureEvidenceSequence
    return shell.finished(made, content, study=shell.study_uid(content))


def _apart(node: Dataset) -> None:
    """Each item is read by itself, with its name, not as a running text."""
    if "ContinuityOfContent" in node:
        node.ContinuityOfContent = "SEPARATE"
    for item in node.get("ContentSequence", ()):
        _apart(item)


def _observer(content: Content) -> sr.ObservationContext:
    device = sr.DeviceObserverIdentifyingAttributes(
        uid=content.uid("device"), name=shell.MAKER, manufacturer_name=shell.MAKER
    )
    return sr.ObservationContext(
        observer_device_context=sr.ObserverContext(codes.DCM.Device, device)
    )


def _group(content: Content, b: Judged, f: Told, standing: dict[str, Dataset]) -> Group:
    """The measurement group of one finding."""
    lesion = b.lesion_of(f.finding_id)
    said = said_of(f)
    tracking = sr.TrackingIdentifier(
        lesion.tracking_uid if lesion else content.uid("finding", b.side, f.finding_id),
        lesion.tracking_id if lesion else f"{content.case_id} {b.side} {f.finding_id}",
    )
    site = sr.FindingSite(codes.SCT.Breast, laterality=SIDES[b.side])
    coded = [sr.QualitativeEvaluation(name, value) for name, value in said.coded]
    others = {x.modality for x in b.findings if lesion and x.finding_id in lesion.finding_ids}
    correlates = {CORRELATES[m].value: CORRELATES[m] for m in sorted(others - {f.modality})}
    coded += [
        sr.QualitativeEvaluation(codes.DCM.CorrelationToOtherFindings, c)
        for c in correlates.values()
    ]
    lesion_number = [sr.Measurement(own.LESION, lesion.number, ONE)] if lesion else []
    what: dict[str, Any] = {
        "tracking_identifier": tracking, "finding_type": kind_code(f), "finding_sites": [site],
        "measurements": [
            *lesion_number, *(sr.Measurement(name, v, unit) for _, name, v, unit in said.numbers)
        ],
        "qualitative_evaluations": coded,
    }  # fmt: skip
    region = _region(content, b, f, standing)
    group: Group
    if region is None:
        group = sr.MeasurementsAndQualitativeEvaluations(**what)
    else:
        group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(referenced_region=region, **what)
    items = group[0].ContentSequence
    items.append(sr.TextContentItem(own.FINDING_ID, f.finding_id, CONTAINS))
    items.extend(sr.TextContentItem(name, text, CONTAINS) for name, text in said.texts)
    return group


def _region(
    content: Content, b: Judged, f: Told, standing: dict[str, Dataset]
) -> sr.ImageRegion | sr.ImageRegion3D | None:
    """Where a finding was marked: its longest line on the image, or its place on the MRI."""
    marked = [d for d in b.drawn if not d.predicted and d.finding_ids == (f.finding_id,)]
    drawn = next((d for d in marked if d.image_id in standing), None)
    if drawn is None:
        return None
    image = content.image(drawn.image_id)
    line = max(drawn.lines, key=len)
    if image.affine_lps is None:
        return _on_image(line, image, standing[image.image_id])
    if not image.frame_of_reference_uid:
        return None
    return sr.ImageRegion3D("POINT", line.mean(axis=0)[None], image.frame_of_reference_uid)


def _on_image(line: Floats, image: Image, standing: Dataset) -> sr.ImageRegion:
    """A point or line on a film or still, in columns and rows from its corner."""
    frames = None if image.frame is None else [image.frame + 1]
    source = sr.SourceImageForRegion.from_source_image(standing, frames)
    kind = "POINT" if len(line) == 1 else "POLYLINE"
    return sr.ImageRegion(kind, np.clip(line[:, ::-1] + 0.5, 0.0, image.shape[::-1]), source)


def _expected(content: Content, b: Judged, d: Drawn, standing: Dataset) -> Group:
    """Where other exams let expect a lesion on an image: a region, and no finding.

    Its tracking UID is its own: viewers take groups that share one on one image for one mark.
    """
    lesion = next(x for x in b.lesions if x.number == d.lesion)
    region = _on_image(max(d.lines, key=len), content.image(d.image_id), standing)
    group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        sr.TrackingIdentifier(
            content.uid("expected", d.image_id, lesion.tracking_uid),
            f"{lesion.tracking_id} expected on {d.image_id}",
        ), region,
        finding_type=own.REGION80,
        measurements=[
            sr.Measurement(own.LESION, lesion.number, ONE), sr.Measurement(own.SHARE, REGION, ONE),
        ],
        finding_sites=[sr.FindingSite(codes.SCT.Breast, laterality=SIDES[b.side])],
    )  # fmt: skip
    group[0].ContentSequence.extend(
        sr.TextContentItem(own.EXPECTED_BY, i, CONTAINS) for i in d.finding_ids
    )
    return group


def _correspondence(b: Judged) -> sr.ContainerContentItem:
    """Which findings of one breast are one lesion."""
    items = sr.ContentSequence()
    items.append(sr.CodeContentItem(codes.SCT.Laterality, SIDES[b.side], CONTAINS))
    if b.groupings:
        items.append(_number(own.P_GROUPING, b.groupings[0].p, CONTAINS))
    items.extend(_pair(q, b.reasons.get((q.finding_a, q.finding_b), "")) for q in b.pairs)
    items.append(sr.TextContentItem(codes.DCM.Comment, RESEARCH, CONTAINS))
    container = sr.ContainerContentItem(
        own.CORRESPONDENCE, is_content_continuous=False, relationship_type=CONTAINS
    )
    container.ContentSequence = items
    return container


def _pair(q: Pair, reasons: str) -> sr.NumContentItem:
    """One pair: its probability, and everything that belongs to it."""
    item = _number(own.P_SAME, q.p_same, CONTAINS)
    item.ContentSequence = sr.ContentSequence([
        sr.TextContentItem(own.FINDING_A, q.finding_a, PROPERTIES),
        sr.TextContentItem(own.FINDING_B, q.finding_b, PROPERTIES),
        sr.CodeContentItem(
            codes.DCM.CompositeType, codes.DCM.TargetContentItemsAreRelatedSpatially, PROPERTIES
        ),
        _number(own.P_PRIOR, q.p_prior, PROPERTIES),
        _number(own.P_LOW, q.p_low, PROPERTIES),
        _number(own.P_HIGH, q.p_high, PROPERTIES),
        sr.CodeContentItem(own.VERDICT, own.VERDICTS[q.verdict], PROPERTIES),
        *([sr.TextContentItem(own.REASONS, reasons, PROPERTIES)] if reasons else []),
    ])  # fmt: skip
    return item


def _number(name: Code, value: float, relation: sr.RelationshipTypeValues) -> sr.NumContentItem:
    return sr.NumContentItem(name, six(value), ONE, relationship_type=relation)
