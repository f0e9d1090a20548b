"""DICOM files of the digital breast: films, MRI slices and what was marked on them.

Nobody's data: every name, date and UID is fixed, so that the same pixels give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import highdicom as hd
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless, generate_uid

from benchmarks.phantom.mri import Grid
from benchmarks.phantom.phantom import SOURCE_DISTANCE_MM, Film

DAY, TIME = "20200101", "120000"
MG_CLASS = "1.2.840.10008.5.1.4.1.1.1.2"
MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"
VIEW_CODES = {"CC": ("399162004", "cranio-caudal"), "MLO": ("399368009", "medio-lateral oblique")}
ORIENTATION = {"CC": ["P", "L"], "MLO": ["P", "FL"]}  # of a right breast
KIND_CODES = {
    "mass": Code("129788004", "SCT", "Mammographic breast mass"),
    "calcification": Code("129769006", "SCT", "Mammographic calcification cluster"),
}
GREY_PER_UNIT = 700.0  # stored grey values per unit of attenuation
_NOW = (
    *("ContentDate", "ContentTime", "InstanceCreationDate", "InstanceCreationTime"),
    *("PresentationCreationDate", "PresentationCreationTime", "SeriesDate", "SeriesTime"),
    "ObservationDateTime",
)


def uid(*names: object) -> UID:
    """A UID that is the same whenever the same names are given."""
    return generate_uid(entropy_srcs=["breast-corr image case", *map(str, names)])


def film_file(film: Film, attenuation: NDArray[np.float32], view: str, angle_deg: float) -> Dataset:
    """A digital mammogram for presentation: CC as MONOCHROME2, MLO as MONOCHROME1."""
    ds = _basis(MG_CLASS, "MG", "films", view)
    ds.SeriesDescription = f"R {view}, projected from a digital breast"
    ds.SeriesNumber, ds.InstanceNumber = 1, 1 if view == "CC" else 2
    ds.PresentationIntentType, ds.ImageType = "FOR PRESENTATION", ["ORIGINAL", "PRIMARY"]
    ds.ImageLaterality, ds.ViewPosition = "R", view
    ds.PatientOrientation = ORIENTATION[view]
    ds.BodyPartExamined, ds.OrganExposed = "BREAST", "BREAST"
    ds.AnatomicRegionSequence = [_code("76752008", "SCT", "Breast")]
    ds.ViewCodeSequence = [_code(VIEW_CODES[view][0], "SCT", VIEW_CODES[view][1])]
    ds.ViewCodeSequence[0].ViewModifierCodeSequence = []
    ds.PositionerType, ds.PositionerPrimaryAngle = "MAMMOGRAPHIC", angle_deg
    ds.BodyPartThickness = round(film.thickness_mm, 1)
    ds.DistanceSourceToDetector = ds.DistanceSourceToPatient = SOURCE_DISTANCE_MM
    ds.ImagerPixelSpacing = [film.pixel_mm, film.pixel_mm]
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", 1
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, 0, "US"
    ds.BurnedInAnnotation, ds.BreastImplantPresent = "NO", "NO"
    grey = np.clip(np.rint(attenuation * GREY_PER_UNIT), 0, 4095).astype(np.uint16)
    shown = grey if view == "CC" else 4095 - grey
    _pixels(ds, shown, 12, "MONOCHROME2" if view == "CC" else "MONOCHROME1")
    ds.compress(JPEG2000Lossless, generate_instance_uid=False)
    return ds


def volume_file(volume: NDArray[np.uint16], grid: Grid, phase: int, seconds: int) -> Dataset:
    """One phase of a dynamic series, prone (head first): axial slices in one multi-frame file."""
    slices = [_slice(volume[:, :, k], grid, (phase, k), seconds) for k in range(grid.shape[2])]
    made = hd.legacy.LegacyConvertedEnhancedMRImage(
        slices, uid("mri series", phase), 10 + phase, uid("mri", phase), 1,
        transfer_syntax_uid=JPEG2000Lossless,
    )  # fmt: skip
    del made.ReferencedSeriesSequence  # the slices are no files, and come in any order
    return _settled(made)


def _slice(image: NDArray[np.uint16], grid: Grid, number: tuple[int, int], seconds: int) -> Dataset:
    phase, k = number
    ds = _basis(MR_CLASS, "MR", "mri", phase, k)
    ds.SeriesInstanceUID = uid("mri slices", phase)
    ds.SeriesDescription = "T1 before contrast" if phase == 0 else f"T1 dynamic {phase}"
    ds.SeriesNumber, ds.AcquisitionNumber, ds.InstanceNumber = 10 + phase, phase + 1, k + 1
    ds.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = "GR", "SP", ""
    ds.MRAcquisitionType, ds.PatientPosition = "3D", "HFP"
    ds.RepetitionTime, ds.EchoTime, ds.FlipAngle = 5, 2, 10
    ds.BodyPartExamined, ds.ImageLaterality = "BREAST", "B"
    ds.AcquisitionDate = DAY
    ds.AcquisitionTime = f"{120000 + 100 * (seconds // 60) + seconds % 60}"
    ds.FrameOfReferenceUID = uid("mri frame")
    ds.PositionReferenceIndicator = ""
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    x, y, z = grid.first_mm
    ds.ImagePositionPatient = [x, y, z + k * grid.spacing_mm[2]]
    ds.PixelSpacing = [grid.spacing_mm[1], grid.spacing_mm[0]]
    ds.SliceThickness = ds.SpacingBetweenSlices = grid.spacing_mm[2]
    _pixels(ds, np.ascontiguousarray(image.T), 12, "MONOCHROME2")
    return ds


def report_file(film: Dataset, marks: Mapping[str, NDArray[np.float64]]) -> Dataset:
    """A measurement report (TID 1500): one ring of (row, column) a mark, named ``kind number``."""
    groups = []
    for name, ring in marks.items():
        region = hd.sr.ImageRegion(
            graphic_type=hd.sr.GraphicTypeValues.POLYLINE,
            graphic_data=_dicom_points(ring),
            source_image=hd.sr.SourceImageForRegion(film.SOPClassUID, film.SOPInstanceUID),
        )
        groups.append(
            hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
                tracking_identifier=hd.sr.TrackingIdentifier(uid("mark", name), name),
                referenced_region=region,
                finding_type=KIND_CODES[name.split()[0]],
            )
        )
    observer = hd.sr.ObserverContext(
        codes.DCM.Device, hd.sr.DeviceObserverIdentifyingAttributes(uid("observer"), "truth")
    )
    content = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_device_context=observer),
        procedure_reported=codes.SCT.ImagingProcedure,
        imaging_measurements=groups,
        referenced_images=[film],
    )
    report = hd.sr.ComprehensiveSR(
        [film], content[0], uid("report series"), 100, uid("report"), 1, is_complete=True
    )
    return _settled(report)


def presentation_file(film: Dataset, marks: Mapping[str, NDArray[np.float64]]) -> Dataset:
    """A presentation state with one named ring a mark."""
    layer = hd.pr.GraphicLayer("LESIONS", order=1)
    annotations = []
    for name, ring in marks.items():
        drawn = hd.pr.GraphicObject(
            graphic_type=hd.pr.GraphicTypeValues.POLYLINE,
            graphic_data=_dicom_points(ring),
            units=hd.pr.AnnotationUnitsValues.PIXEL,
            tracking_id=name,
            tracking_uid=uid("mark", name),
        )
        corner = _dicom_points(ring).max(axis=0)
        words = hd.pr.TextObject(
            name, units=hd.pr.AnnotationUnitsValues.PIXEL, anchor_point=tuple(corner.tolist())
        )
        annotations.append(
            hd.pr.GraphicAnnotation([film], layer, graphic_objects=[drawn], text_objects=[words])
        )
    state = hd.pr.GrayscaleSoftcopyPresentationState(
        [film], uid("state series"), 101, uid("state"), 1, "breast-corr", "image case", "1", "1",
        "LESIONS", graphic_annotations=annotations, graphic_layers=[layer],
    )  # fmt: skip
    return _settled(state)


def segmentation_file(volume: Dataset, mask: NDArray[np.bool_], grid: Grid, name: str) -> Dataset:
    """A binary segmentation of one lesion, mask ``(i, j, k)`` on the grid of the volume."""
    lesion = hd.seg.SegmentDescription(
        1, name, codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Mass,
        hd.seg.SegmentAlgorithmTypeValues.MANUAL, tracking_id=name, tracking_uid=uid("mark", name),
    )  # fmt: skip
    along = np.diag([*grid.spacing_mm, 1.0])[:, [2, 1, 0, 3]]  # of slices, rows, columns
    along[:3, 3] = grid.first_mm
    frames = hd.Volume(
        np.ascontiguousarray(mask.T).astype(np.uint8),
        along,
        "PATIENT",
        frame_of_reference_uid=volume.FrameOfReferenceUID,
    )
    made = hd.seg.Segmentation(
        [volume], frames, hd.seg.SegmentationTypeValues.BINARY, [lesion],
        uid("segment series"), 102, uid("segment"), 1, "breast-corr", "image case", "1", "1",
    )  # fmt: skip
    return _settled(made)


def _basis(sop_class: str, modality: str, study: str, *names: object) -> Dataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = uid(study, *names)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, uid(study, *names)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid(study), uid(study, "series", *names)
    ds.PatientName, ds.PatientID = "Phantom^Digital", "PHANTOM"
    ds.PatientBirthDate, ds.PatientSex, ds.StudyID, ds.AccessionNumber = "", "F", "1", ""
    ds.ReferringPhysicianName, ds.Modality = "", modality
    ds.Manufacturer, ds.ManufacturerModelName = "breast-corr", "image case"
    ds.DeviceSerialNumber, ds.SoftwareVersions = "1", "1"
    for keyword in ("StudyDate", "SeriesDate", "ContentDate"):
        setattr(ds, keyword, DAY)
    for keyword in ("StudyTime", "SeriesTime", "ContentTime"):
        setattr(ds, keyword, TIME)
    return ds


def _pixels(ds: Dataset, image: NDArray[np.uint16], bits: int, photometric: str) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, photometric
    ds.Rows, ds.Columns = image.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, bits, bits - 1, 0
    ds.LossyImageCompression = "00"
    ds.WindowCenter, ds.WindowWidth = float(image.max()) / 2, float(image.max())
    ds.PresentationLUTShape = "INVERSE" if photometric == "MONOCHROME1" else "IDENTITY"
    ds.set_pixel_data(image, photometric, bits, generate_instance_uid=False)


def _dicom_points(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """(row, column) about pixel centres as DICOM graphics count: column first, corner is 0."""
    return np.asarray(ring[:, ::-1] + 0.5)


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    return hd.sr.CodedConcept(value, scheme, meaning)


def _settled(ds: Dataset) -> Dataset:
    """The dataset without anything that depends on when and where it was made."""
    known: dict[str, UID] = {}

    def settle(_: Dataset, element: pydicom.DataElement) -> None:
        if element.keyword in _NOW:
            element.value = {"DA": DAY, "TM": TIME}.get(element.VR, DAY + TIME)
        is_new = element.VR == "UI" and str(element.value).startswith("1.2.826.0.1.3680043.10.511")
        if is_new:
            known.setdefault(element.value, uid(ds.SOPInstanceUID, len(known)))
            element.value = known[element.value]

    ds.walk(settle)
    if "ContributingEquipmentSequence" in ds:  # names the library's version
        del ds.ContributingEquipmentSequence
    return ds
