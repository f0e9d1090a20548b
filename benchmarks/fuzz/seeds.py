"""Small valid files of every kind that `corr.imaging` reads; nobody's images.

The tests check what is read from them, the fuzz campaign breaks them.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highdicom as hd
import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

SOP = "1.2.840.10008.5.1.4.1.1."
ROOT = "2.25.7200000000"
BREAST = Code("76752008", "SCT", "Breast")
RIGHT_BREAST = Code("73056007", "SCT", "Right breast")
MASS = Code("129788004", "SCT", "Mammographic breast mass")


def uid(number: int) -> UID:
    """A fixed UID, so that the files are the same every time."""
    return UID(f"{ROOT}{number}")


def dataset(sop_class: str, modality: str, number: int) -> Dataset:
    """An empty object of a SOP class with the identifiers every object needs."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID(SOP + sop_class)
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid(number)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid(1), uid(2)
    ds.FrameOfReferenceUID = uid(3)
    ds.Modality = modality
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Nobody^At All", "SECRET-1", "19500101"
    ds.PatientSex, ds.AccessionNumber, ds.StudyID = "F", "SECRET-2", "SECRET-3"
    ds.StudyDate, ds.StudyTime, ds.ReferringPhysicianName = "20200101", "120000", "Nobody^Else"
    ds.InstanceNumber, ds.SeriesNumber = 1, 1
    return ds


def with_pixels(ds: Dataset, pixels: NDArray[Any]) -> Dataset:
    """Add uncompressed grey or RGB pixels (rows, columns[, 3])."""
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    ds.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    if pixels.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated = ds.BitsStored = 8 * pixels.dtype.itemsize
    ds.HighBit, ds.PixelRepresentation = ds.BitsStored - 1, 0
    ds.PixelData = pixels.tobytes()
    return ds


def sonogram(*, text_value: int = 250) -> Dataset:
    """A calibrated ultrasound still with letters burned in outside its region (rows 20-219)."""
    rng = np.random.default_rng(1)
    image = np.zeros((260, 300), dtype=np.uint8)
    image[20:220, 40:280] = rng.integers(30, 200, (200, 240), dtype=np.uint8)
    image[100:130, 140:180] = 5
    image[2:12, 5:90:2] = text_value
    image[230:250, 10:200:3] = text_value
    ds = with_pixels(dataset("6.1", "US", 10), np.stack([image] * 3, axis=-1))
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 40, 20
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 279, 219
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.ReferencePixelX0 = region.ReferencePixelY0 = 0
    region.ReferencePixelPhysicalValueX = region.ReferencePixelPhysicalValueY = 0.0
    region.PhysicalDeltaX, region.PhysicalDeltaY = 0.02, 0.01
    ds.SequenceOfUltrasoundRegions = [region]
    return ds


def mammogram() -> Dataset:
    """A left CC of a half ellipse with a small bump as nipple, 0.5 mm pixels."""
    row, col = np.mgrid[0:240, 0:180].astype(float)
    inside = ((row - 120) / 95) ** 2 + (col / 110) ** 2 < 1
    inside |= (row - 120) ** 2 + (col - 111) ** 2 < 49
    noise = np.random.default_rng(2).normal(0, 30, inside.shape)
    image = np.where(inside, 1500 + noise, 20).astype(np.uint16)
    ds = with_pixels(dataset("1.2", "MG", 20), image)
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.ImageLaterality, ds.ViewPosition, ds.PatientOrientation = "L", "CC", ["A", "R"]
    ds.ImagerPixelSpacing = [0.5, 0.5]
    ds.BodyPartThickness, ds.PositionerPrimaryAngle = 50, 0
    ds.DistanceSourceToDetector, ds.DistanceSourceToPatient = 660, 640
    ds.PresentationLUTShape, ds.BurnedInAnnotation = "IDENTITY", "NO"
    view = Dataset()
    view.CodeValue, view.CodingSchemeDesignator = "399162004", "SCT"
    view.CodeMeaning, view.ViewModifierCodeSequence = "cranio-caudal", []
    ds.ViewCodeSequence = [view]
    return ds


def tomosynthesis(n: int = 4) -> Dataset:
    """The mammogram as a multi-frame object, with its facts in the functional groups."""
    ds = mammogram()
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID(SOP + "13.1.3")
    ds.NumberOfFrames, ds.PixelData = n, ds.PixelData * n
    measures, anatomy, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [0.5, 0.5], 1
    anatomy.FrameLaterality, anatomy.AnatomicRegionSequence = "L", [_code(BREAST)]
    shared.PixelMeasuresSequence, shared.FrameAnatomySequence = [measures], [anatomy]
    ds.SharedFunctionalGroupsSequence = [shared]
    del ds.ImageLaterality
    return ds


def compressed(ds: Dataset, syntax: UID) -> Dataset:
    """The same object with its pixels compressed without loss."""
    ds.compress(syntax, generate_instance_uid=False)
    return ds


def rewritten(ds: Dataset, syntax: UID) -> Dataset:
    """The same object in another uncompressed transfer syntax."""
    ds.file_meta.TransferSyntaxUID = syntax
    return ds


def mr_slices(n: int = 6) -> list[Dataset]:
    """An axial prone slab of two bumps, 48 x 64 pixels of 4 mm, 4 mm apart."""
    y, x = np.mgrid[0:48, 0:64].astype(float)
    body = (y > 30) | ((x - 16) ** 2 + (y - 30) ** 2 < 180) | ((x - 48) ** 2 + (y - 30) ** 2 < 180)
    found = []
    for i in range(n):
        noise = np.random.default_rng(i).integers(0, 20, body.shape)
        ds = with_pixels(dataset("4", "MR", 30 + i), (body * 400 + noise).astype(np.uint16))
        ds.ImageType, ds.PatientPosition = ["ORIGINAL", "PRIMARY", "M"], "HFP"
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.ImagePositionPatient = [-126, -94, 4 * i]
        ds.PixelSpacing, ds.SliceThickness = [4, 4], 4
        ds.AcquisitionNumber, ds.InstanceNumber = 1, i + 1
        ds.SeriesDescription, ds.RepetitionTime, ds.EchoTime = "t1 dyn", 5, 2
        found.append(ds)
    return found


def segmentation() -> Dataset:
    """A binary SEG on the MR slices: a 3 x 4 x 2 voxel box in rows 30-32, columns 10-13."""
    sources = mr_slices()
    mask = np.zeros((len(sources), 48, 64), dtype=np.uint8)
    mask[2:4, 30:33, 10:14] = 1
    about = hd.seg.SegmentDescription(
        1, "lesion 1", Code("49755003", "SCT", "Morphologically abnormal structure"), MASS,
        "MANUAL", anatomic_regions=[RIGHT_BREAST],
    )  # fmt: skip
    return hd.seg.Segmentation(
        sources, mask, "BINARY", [about], uid(40), 4, uid(41), 1, "nobody", "none", "1", "1"
    )


def flat_segmentation() -> Dataset:
    """A binary SEG on the mammogram: rows 50-59, columns 30-49."""
    mask = np.zeros((1, 240, 180), dtype=np.uint8)
    mask[0, 50:60, 30:50] = 1
    about = hd.seg.SegmentDescription(
        1, "mass", Code("49755003", "SCT", "Morphologically abnormal structure"), MASS, "MANUAL"
    )
    ds = hd.seg.Segmentation(
        mr_slices(1), np.ones((1, 48, 64), dtype=np.uint8), "BINARY", [about], uid(42), 4,
        uid(43), 1, "nobody", "none", "1", "1",
    )  # fmt: skip
    # highdicom wants positions that a mammogram does not have: take its file and put the image in.
    ds.Rows, ds.Columns = mask.shape[1:]
    ds.PixelData = np.packbits(mask.ravel(), bitorder="little").tobytes()
    frame = ds.PerFrameFunctionalGroupsSequence[0]
    del frame.PlanePositionSequence
    del ds.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence
    del ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    source = frame.DerivationImageSequence[0].SourceImageSequence[0]
    source.ReferencedSOPInstanceUID = uid(20)
    return ds


def measurement_report() -> Dataset:
    """TID 1500: an outlined mass in the right breast at 7-8 o'clock, 40 mm from the nipple."""
    source = mammogram()
    outline = np.array([[30.5, 50.5], [50.5, 50.5], [50.5, 60.5], [30.5, 60.5], [30.5, 50.5]])
    mm, cm = codes.UCUM.Millimeter, codes.UCUM.Centimeter
    group = hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(uid(50), "lesion A"),
        referenced_region=hd.sr.ImageRegion(
            "POLYLINE", outline, hd.sr.SourceImageForRegion.from_source_image(source)
        ),
        finding_type=MASS,
        finding_sites=[hd.sr.FindingSite(BREAST, laterality=Code("24028007", "SCT", "Right"))],
        measurements=[
            hd.sr.Measurement(Code("121242", "DCM", "Distance from nipple"), 4.0, cm),
            hd.sr.Measurement(Code("121243", "DCM", "Distance from skin"), 12.0, mm),
            hd.sr.Measurement(codes.SCT.ShortAxis, 3.6, mm),
            hd.sr.Measurement(codes.SCT.LongAxis, 7.1, mm),
            hd.sr.Measurement(
                Code("111038", "DCM", "Number of calcifications"), 5, Code("1", "UCUM", "no units")
            ),
        ],
        qualitative_evaluations=[
            hd.sr.QualitativeEvaluation(Code("111014", "DCM", "Clockface or region"), value)
            for value in (
                Code("129778000", "SCT", "7 o'clock position"),
                Code("129779008", "SCT", "8 o'clock position"),
            )
        ],
    )
    context = hd.sr.ObservationContext(
        observer_person_context=hd.sr.ObserverContext(
            codes.DCM.Person, hd.sr.PersonObserverIdentifyingAttributes("Nobody^Reads")
        )
    )
    report = hd.sr.MeasurementReport(context, Code("71651007", "SCT", "Mammography"), [group])
    return hd.sr.Comprehensive3DSR([source], report, uid(51), 5, uid(52), 1, manufacturer="nobody")


def _item(value_type: str, name: Code | None, relation: str = "CONTAINS", **more: Any) -> Dataset:
    item = Dataset()
    item.ValueType, item.RelationshipType = value_type, relation
    if name is not None:
        item.ConceptNameCodeSequence = [_code(name)]
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return item


def _code(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code[:3]
    return item


def _position(name: Code, graphic: str, data: list[float]) -> Dataset:
    selected = Dataset()
    selected.RelationshipType, selected.ReferencedContentItemIdentifier = "SELECTED FROM", [1, 1, 1]
    return _item(
        "SCOORD", name, "HAS PROPERTIES", GraphicType=graphic, GraphicData=data,
        ContentSequence=[selected],
    )  # fmt: skip


def cad_report() -> Dataset:
    """Mammography CAD SR: a calcification cluster with centre and outline, by old SNOMED codes."""
    image = Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = UID(SOP + "1.2"), uid(20)
    side = _item(
        "CODE", Code("111027", "DCM", "Image Laterality"), "HAS ACQ CONTEXT",
        ConceptCodeSequence=[_code(Code("T-04030", "SRT", "Left breast"))],
    )  # fmt: skip
    library = _item(
        "CONTAINER", Code("111028", "DCM", "Image Library"), ContinuityOfContent="SEPARATE",
        ContentSequence=[
            _item("IMAGE", None, ReferencedSOPSequence=[image], ContentSequence=[side])
        ],
    )  # fmt: skip
    count = Dataset()
    count.NumericValue = 4
    count.MeasurementUnitsCodeSequence = [_code(Code("1", "UCUM", "no units"))]
    single = _item(
        "CODE", Code("111059", "DCM", "Single Image Finding"),
        ConceptCodeSequence=[_code(Code("F-01775", "SRT", "Calcification Cluster"))],
        ContentSequence=[
            _position(Code("111010", "DCM", "Center"), "POINT", [40.5, 80.5]),
            _position(
                Code("111041", "DCM", "Outline"), "POLYLINE",
                [30.5, 70.5, 50.5, 70.5, 50.5, 90.5, 30.5, 90.5, 30.5, 70.5],
            ),
            _item(
                "NUM", Code("111038", "DCM", "Number of calcifications"), "HAS PROPERTIES",
                MeasuredValueSequence=[count],
            ),
        ],
    )  # fmt: skip
    nipple = _item(
        "CODE", Code("111059", "DCM", "Single Image Finding"),
        ConceptCodeSequence=[_code(Code("T-04100", "SRT", "Nipple"))],
        ContentSequence=[_position(Code("111010", "DCM", "Center"), "POINT", [118.5, 120.5])],
    )  # fmt: skip
    ds = dataset("88.50", "SR", 60)
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = [_code(Code("111036", "DCM", "Mammography CAD Report"))]
    ds.ContentSequence = [library, _item(
        "CONTAINER", Code("111017", "DCM", "CAD Processing and Findings Summary"),
        ContentSequence=[single, nipple],
    )]  # fmt: skip
    return ds


def presentation_state() -> Dataset:
    """A GSPS with a closed polyline, a circle and a caliper on the mammogram."""
    image = Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = UID(SOP + "1.2"), uid(20)
    graphics = []
    for kind, data in (
        ("POLYLINE", [30.5, 50.5, 50.5, 50.5, 50.5, 60.5, 30.5, 60.5, 30.5, 50.5]),
        ("CIRCLE", [100.5, 90.5, 110.5, 90.5]),
        ("POLYLINE", [10.5, 110.5, 40.5, 150.5]),
    ):
        graphic = Dataset()
        graphic.GraphicAnnotationUnits, graphic.GraphicDimensions = "PIXEL", 2
        graphic.NumberOfGraphicPoints, graphic.GraphicData = len(data) // 2, data
        graphic.GraphicType, graphic.GraphicFilled = kind, "N"
        graphics.append(graphic)
    words = Dataset()
    words.UnformattedTextValue = "mass"
    layer = Dataset()
    layer.ReferencedImageSequence, layer.GraphicLayer = [image], "LAYER1"
    layer.TextObjectSequence, layer.GraphicObjectSequence = [words], graphics
    ds = dataset("11.1", "PR", 70)
    ds.ContentLabel, ds.GraphicAnnotationSequence = "MARKS", [layer]
    return ds


def structure_set() -> Dataset:
    """An RTSTRUCT: a 20 x 10 mm rectangle on two slices, and a point."""
    square: list[float] = [-60, -30, 8, -40, -30, 8, -40, -20, 8, -60, -20, 8]
    upper = [12.0 if i % 3 == 2 else v for i, v in enumerate(square)]
    ds = dataset("481.3", "RTSTRUCT", 80)
    ds.StructureSetLabel, ds.StructureSetROISequence, ds.ROIContourSequence = "MARKS", [], []
    regions: list[tuple[int, str, list[tuple[str, list[float]]]]] = [
        (1, "lesion", [("CLOSED_PLANAR", square), ("CLOSED_PLANAR", upper)]),
        (2, "nipple", [("POINT", [-50, -90, 10])]),
    ]
    for number, name, contours in regions:
        region, drawn = Dataset(), Dataset()
        region.ROINumber, region.ROIName, region.ROIGenerationAlgorithm = number, name, "MANUAL"
        region.ReferencedFrameOfReferenceUID = uid(3)
        drawn.ReferencedROINumber, drawn.ContourSequence = number, []
        for kind, data in contours:
            contour = Dataset()
            contour.ContourGeometricType, contour.ContourData = kind, data
            contour.NumberOfContourPoints = len(data) // 3
            drawn.ContourSequence.append(contour)
        ds.StructureSetROISequence.append(region)
        ds.ROIContourSequence.append(drawn)
    return ds


def markups() -> bytes:
    """3D Slicer markups: two points (RAS), a line (LPS), a closed curve and a box."""

    def control(label: str, position: list[float], status: str = "defined") -> dict[str, Any]:
        return {"label": label, "position": position, "positionStatus": status}

    ring = [[0.0, 0.0, 5.0], [10.0, 0.0, 5.0], [10.0, 20.0, 5.0], [0.0, 20.0, 5.0]]
    listed = [
        {"type": "Fiducial", "coordinateSystem": "RAS", "controlPoints": [
            control("nipple", [50.0, 90.0, 10.0]), control("F-2", [40.0, 30.0, 12.0]),
            control("F-3", [0.0, 0.0, 0.0], "undefined")]},
        {"type": "Line", "coordinateSystem": "LPS", "coordinateUnits": "mm", "name": "caliper",
         "controlPoints": [control("a", [0.0, 0.0, 0.0]), control("b", [3.0, 4.0, 0.0])]},
        {"type": "ClosedCurve", "coordinateSystem": "LPS", "name": "mass",
         "controlPoints": [control(str(i), p) for i, p in enumerate(ring)]},
        {"type": "ROI", "coordinateSystem": "LPS", "name": "box", "center": [1.0, 2.0, 3.0],
         "size": [10.0, 30.0, 20.0]},
    ]  # fmt: skip
    return json.dumps({"@schema": "markups-schema-v1.0.3.json#", "markups": listed}).encode()


def label_map(*, coded: bool = True) -> bytes:
    """A NIfTI label map (gz): label 1 a 4 x 2 x 2 box, label 3 one voxel; 2 mm voxels."""
    data = np.zeros((20, 16, 12), dtype=np.uint8)
    data[4:8, 5:7, 5:7] = 1
    data[15, 10, 9] = 3
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = [-20.0, 30.0, 5.0]
    image = nib.Nifti1Image(data, affine)
    image.set_sform(affine, code=1 if coded else 0)
    image.set_qform(affine, code=1 if coded else 0)
    return gzip.compress(image.to_bytes(), mtime=0)


TABLE = (
    b"id,shape,label,kind,image,frame,row,col,side,clock,distance_mm\n"
    b"a,outline,upper mass,mass,2.25.1,0,10,20,R,7:30,40\n"
    b"a,,,,,,10,40,,,\na,,,,,,20,40,,,\na,,,,,,20,20,,,\n"
    b",,,calcification,,,5.5,6.5,L,,\n"
)


def encoded(ds: Dataset) -> bytes:
    """The bytes of a DICOM file."""
    held = io.BytesIO()
    ds.save_as(held, enforce_file_format=True)
    return held.getvalue()


SEEDS: dict[str, Callable[[], bytes]] = {
    "us.dcm": lambda: encoded(sonogram()),
    "us_rle.dcm": lambda: encoded(compressed(sonogram(), RLELossless)),
    "mg.dcm": lambda: encoded(mammogram()),
    "mg_implicit.dcm": lambda: encoded(rewritten(mammogram(), ImplicitVRLittleEndian)),
    "mg_deflated.dcm": lambda: encoded(rewritten(mammogram(), DeflatedExplicitVRLittleEndian)),
    "mg_j2k.dcm": lambda: encoded(compressed(mammogram(), JPEG2000Lossless)),
    "mg_jls.dcm": lambda: encoded(compressed(mammogram(), JPEGLSLossless)),
    "tomo.dcm": lambda: encoded(tomosynthesis()),
    "tomo_j2k.dcm": lambda: encoded(compressed(tomosynthesis(), JPEG2000Lossless)),
    **{f"mr{i}.dcm": (lambda i=i: encoded(mr_slices()[i])) for i in range(6)},  # type: ignore[misc]
    "seg.dcm": lambda: encoded(segmentation()),
    "flat_seg.dcm": lambda: encoded(flat_segmentation()),
    "sr.dcm": lambda: encoded(measurement_report()),
    "cad.dcm": lambda: encoded(cad_report()),
    "pr.dcm": lambda: encoded(presentation_state()),
    "rtstruct.dcm": lambda: encoded(structure_set()),
    "marks.mrk.json": markups,
    "labels.nii.gz": label_map,
    "labels.nii": lambda: gzip.decompress(label_map()),
    "marks.csv": lambda: TABLE,
}
"""File name and contents of one valid file of every kind."""


def write_all(folder: Path) -> list[Path]:
    """Write every seed into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in SEEDS.items():
        (folder / name).write_bytes(made())
    return [folder / name for name in SEEDS]
