"""Presentation states: findings, and where other exams expect them, on the original image.

One softcopy presentation state an image, grayscale or colour as the image is. Layer ``MARKED``
holds findings as somebody marked them, layer ``PREDICTED`` the regions of 80 % that follow from
the other exams of a lesion; each graphic carries the tracking UID of its lesion.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
from highdicom import pr
from pydicom.dataset import Dataset

from corr.exchange.files import file_stem
from corr.export.content import REGION, RESEARCH, Content, Drawn, Floats, Image
from corr.export.dicom import shell
from corr.imaging.dicom.own_codes import PREDICTED_LAYER

MARKED_LAYER = "MARKED"
COLOURS = {MARKED_LAYER: (255, 255, 255), PREDICTED_LAYER: (90, 200, 250)}
TEXT_APART = 0.02
"""Of the image's height, between a region and its words."""


def write_presentations(content: Content, folder: Path) -> list[Path]:
    """Write a presentation state for every film and still on which something is drawn.

    Raises
    ------
    CorrError
        If there is one in the folder already.
    OSError
        If it cannot be written.
    """
    return [
        shell.write_new(folder / name, shell.to_bytes(state))
        for name, state in presentations(content)
    ]


def presentations(content: Content) -> list[tuple[str, Dataset]]:
    """File names and presentation states."""
    return [
        (f"presentation-{file_stem(image.image_id)}.dcm", _state(content, image, drawn))
        for image in shell.in_order(content.images)
        if image.affine_lps is None and (drawn := _on(content, image))
    ]


def _on(content: Content, image: Image) -> list[tuple[Drawn, str, str]]:
    """What is drawn on an image, each with the tracking id and UID of its lesion."""
    found = []
    for b in content.breasts:
        for d in b.drawn:
            if d.image_id != image.image_id:
                continue
            lesion = next((x for x in b.lesions if x.number == d.lesion), None)
            own = (f"{content.case_id} {b.side} {d.finding_ids[0]}",
                   content.uid("finding", b.side, *d.finding_ids))  # fmt: skip
            found.append((d, *(own if lesion is None else (lesion.tracking_id,
                                                           lesion.tracking_uid))))  # fmt: skip
    return found


def _state(content: Content, image: Image, drawn: list[tuple[Drawn, str, str]]) -> Dataset:
    name = f"presentation of {image.image_id}"
    look: dict[str, Any] = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2"}
    look |= {k: int(v) if k == "SamplesPerPixel" else v for k, v in image.look.items()}
    standing = shell.stand_in(content, image, image.instances[0], **look)
    if image.frame is not None:
        standing.NumberOfFrames = image.frame + 1
    layers = {
        label: pr.GraphicLayer(
            label, order=n, description=words,
            display_color=hd.color.CIELabColor.from_rgb(*COLOURS[label]),
        )
        for n, (label, words) in enumerate(
            (
                (MARKED_LAYER, "Findings as marked"),
                (PREDICTED_LAYER, f"Expected from other exams, {REGION:.0%}"),
            ), start=1,
        )
    }  # fmt: skip
    graphics = [_graphic(image, standing, layers, each) for each in drawn]
    colour = standing.SamplesPerPixel != 1
    kind = pr.ColorSoftcopyPresentationState if colour else pr.GrayscaleSoftcopyPresentationState
    extra: dict[str, Any] = {}
    if colour:
        extra["icc_profile"] = _srgb()
    if not colour and standing.PhotometricInterpretation == "MONOCHROME1":
        shape = hd.PresentationLUTTransformation(presentation_lut_shape="INVERSE")
        extra["presentation_lut_transformation"] = shape
    with shell.quiet():
        made = kind(
            [standing], content.uid("series of", name), 2, content.uid(name), 1,
            content_label="CORRESPONDENCE", content_description=RESEARCH[:64],
            graphic_annotations=graphics, graphic_layers=list(layers.values()),
            series_description=RESEARCH[:64], **extra, **_made_by(content),
        )  # fmt: skip
    if len(image.sides) == 1:
        made.Laterality = image.sides[0]
    return shell.finished(made, content, study=image.study_uid)


def _srgb() -> bytes:
    """What the colours of a colour image are: sRGB, without the time of the run.

    As an input device: DICOM takes no profile of a display, and the two hold the same for sRGB.
    """
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[12:16] = b"scnr"
    profile[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)  # year to second
    return bytes(profile)


def _made_by(content: Content) -> dict[str, Any]:
    """Who made it; presentation states have no date of content."""
    dates = ("content_date", "content_time")
    return {k: v for k, v in shell.equipment(content).items() if k not in dates}


def _graphic(
    image: Image, standing: Dataset, layers: dict[str, pr.GraphicLayer],
    tracked_drawing: tuple[Drawn, str, str],
) -> pr.GraphicAnnotation:  # fmt: skip
    """One finding or region, with its words beside it."""
    drawn, tracking_id, tracking_uid = tracked_drawing
    tracked: dict[str, Any] = {"tracking_id": tracking_id, "tracking_uid": tracking_uid}
    shapes = [
        pr.GraphicObject(
            "POINT" if len(line) == 1 else "POLYLINE", _columns(line, image), "PIXEL", **tracked
        )
        for line in drawn.lines
    ]
    rows = image.shape[0]
    everywhere = np.vstack([_columns(line, image) for line in drawn.lines])
    left, top, low = everywhere[:, 0].min(), everywhere[:, 1].min(), everywhere[:, 1].max()
    below = low + TEXT_APART * rows
    at = (float(left), float(below if below < rows else max(top - TEXT_APART * rows, 0.0)))
    text = pr.TextObject(
        words_of(drawn), "PIXEL", anchor_point=at, anchor_point_visible=False,
        text_justification="LEFT", **tracked,
    )  # fmt: skip
    layer = layers[PREDICTED_LAYER if drawn.predicted else MARKED_LAYER]
    frame = None if image.frame is None else image.frame + 1
    return pr.GraphicAnnotation(
        [standing], layer, referenced_frame_number=frame, graphic_objects=shapes,
        text_objects=[text],
    )  # fmt: skip


def words_of(drawn: Drawn) -> str:
    """What stands beside it: the finding; or the lesion, and a line each what expects it."""
    ids = [shell.short_text(i) for i in drawn.finding_ids]
    if not drawn.predicted:
        return ids[0]
    return "\r\n".join((f"Lesion {drawn.lesion} expected here ({REGION:.0%}) by", *ids))


def _columns(line: Floats, image: Image) -> Floats:
    """Column and row from the corner of the image, as DICOM counts them, within the image."""
    rows, columns = image.shape
    return np.clip(line[:, ::-1] + 0.5, 0.0, [columns, rows])
