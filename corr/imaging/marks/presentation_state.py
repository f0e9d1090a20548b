"""Annotations of DICOM Grayscale (and other) Softcopy Presentation States."""

from __future__ import annotations

from pydicom.dataset import Dataset

from corr.imaging.dicom import codes as breast_codes
from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.own_codes import PREDICTED, PREDICTED_LAYER, states_own
from corr.imaging.marks.annotation import Annotation, coordinates
from corr.imaging.marks.pieces import together
from corr.imaging.marks.shapes import closed, drawn, to_rows

_SOURCE = "DICOM presentation state"


def read_presentation_state(ds: Dataset, refused: list[str]) -> list[Annotation]:
    """Graphics drawn on images, labelled with the text drawn beside them.

    What breast-corr itself predicted on an image is no mark of anybody and left out, which is said.
    Graphics of one layer that cross or lie in one another (two axes, calipers in a circle) are
    one annotation.

    Parameters
    ----------
    ds : dataset of a softcopy presentation state
    refused : collects what could not be used, one line each: graphics placed on the display
        rather than the image have no place in the breast
    """
    ours = states_own(ds)
    whole = _images(header.items(ds, "ReferencedSeriesSequence"), "ReferencedImageSequence")
    found = []
    for layer in header.items(ds, "GraphicAnnotationSequence"):
        refers_to, frame = _images([layer], "ReferencedImageSequence")
        if not refers_to:
            refers_to, frame = whole
        texts = [header.text(t, "UnformattedTextValue")
                 for t in header.items(layer, "TextObjectSequence")]  # fmt: skip
        if ours and header.text(layer, "GraphicLayer") == PREDICTED_LAYER:
            refused.append(PREDICTED)
            continue
        label = " ".join(t for t in texts if t)[:200]
        graphics = header.items(layer, "GraphicObjectSequence")
        drawn_here: list[Annotation] = []
        for n, graphic in enumerate(graphics, 1):
            try:
                drawn_here.append(_annotation(graphic, label, refers_to, frame))
            except Unusable as error:
                refused.append(f"graphic {n} of a layer: {error}")
        found += together(drawn_here)
        if not graphics and label:
            refused.append("text without a graphic: nothing says where")
        if header.items(layer, "CompoundGraphicSequence") and not graphics:
            refused.append("compound graphics without the simple ones are not read")
    return found


def _annotation(
    graphic: Dataset, label: str, refers_to: tuple[str, ...], frame: int | None
) -> Annotation:
    units = header.text(graphic, "GraphicAnnotationUnits")
    if units != "PIXEL":
        msg = f"a graphic in {units or 'unstated'} units is placed on the display, not the image"
        raise Unusable(msg, allowed="PIXEL")
    dimensions = header.number(graphic, "GraphicDimensions", low=2, high=2)
    if dimensions is None:
        msg = "GraphicDimensions is not 2"
        raise Unusable(msg, allowed="2")
    values = coordinates(graphic, "GraphicData")
    points, outline = drawn(header.text(graphic, "GraphicType"), values, 2)
    if header.text(graphic, "GraphicFilled") == "Y":
        points, outline = closed(points, always=True)
    several = len(refers_to) > 1
    note = f"drawn on {len(refers_to)} images at once"
    return Annotation(
        label=label, kind=breast_codes.kind((), label), space="pixel", points=to_rows(points),
        outline=outline, refers_to=refers_to, frame=frame, source=_SOURCE,
        notes=(note,) if several else (),
    )  # fmt: skip


def _images(where: list[Dataset], keyword: str) -> tuple[tuple[str, ...], int | None]:
    """SOP instances referred to, and the frame if there is one of each."""
    references = [r for item in where for r in header.items(item, keyword)]
    uids = tuple(u for r in references if (u := header.text(r, "ReferencedSOPInstanceUID")))
    frame = None
    if len(references) == 1:
        frame = header.number(references[0], "ReferencedFrameNumber", low=1, high=1e6)
    return uids, None if frame is None else int(frame) - 1
