"""Segmentation on the MRI: where the other exams of a lesion let expect it, by 80 %.

One binary segment for each lesion, and for each finding that is not alone with what it lets
expect, on the grid of the MRI's first phase. Segments carry the tracking id and UID of the lesion.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import highdicom as hd
import numpy as np
from highdicom import seg
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from corr.exchange.files import file_stem
from corr.export.content import REGION, RESEARCH, Content, Floats, Image, Judged, Lesion, Told
from corr.export.dicom import shell
from corr.export.grid import VoxelGrid, on_grid, region
from corr.imaging.dicom import own_codes as own
from corr.questions.look.densities import Density
from corr.version import __version__

Mask = NDArray[np.bool_]
SPATIAL = hd.sr.CodedConcept("309825002", "SCT", "Spatial and Relational Concept")
COLOURS = (
    *((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0)),
    (204, 121, 167),
)
"""Of lesions, in turn; told apart by colour-blind people, too (Okabe and Ito 2008)."""
MOST_LABEL = 64


def write_segmentations(content: Content, folder: Path) -> list[Path]:
    """Write a segmentation for every MRI on which something is expected.

    Raises
    ------
    CorrError
        If there is one in the folder already.
    OSError
        If it cannot be written.
    """
    return [
        shell.write_new(folder / name, shell.to_bytes(made))
        for name, made in segmentations(content)
    ]


def segmentations(content: Content) -> list[tuple[str, Dataset]]:
    """File names and segmentations."""
    made = []
    for image in shell.in_order(content.images):
        if image.affine_lps is None or not (image.frame_of_reference_uid and image.planes):
            continue
        regions = [r for r in _regions(content, image) if r[-1].any()]
        if regions:
            name = f"regions-{file_stem(image.image_id)}.dcm"
            made.append((name, _segmentation(content, image, regions)))
    return made


_Region = tuple[Judged, Lesion | None, Told | None, Mask]


def _regions(content: Content, image: Image) -> list[_Region]:
    """Breast, lesion, finding (None: all of the lesion) and voxels of each region."""
    found: list[_Region] = []
    for b in content.breasts:
        found += [
            (b, x, None, region_on(image, x.place.lps))
            for x in b.lesions if x.place.lps is not None
        ]  # fmt: skip
        for f in b.findings:
            lesion_of = b.lesion_of(f.finding_id)
            alone = lesion_of is not None and len(lesion_of.finding_ids) == 1
            if f.place.lps is not None and not alone:
                found.append((b, lesion_of, f, region_on(image, f.place.lps)))
    return found


def region_on(image: Image, density: Density) -> Mask:
    """Voxels ``(i, j, k)`` of an MRI in the smallest region that holds 80 % of a belief in LPS.

    Heights are linear between the cells of the belief, nothing beyond them.
    """
    a, b, c = image.shape
    grid = VoxelGrid((a, b, c), _affine(image))
    return region(on_grid(density, grid), density, REGION).whole(grid.shape)


def _affine(image: Image) -> Floats:
    if image.affine_lps is None:
        msg = f"{image.image_id} has no grid"
        raise TypeError(msg)
    return image.affine_lps


def _segmentation(content: Content, image: Image, regions: list[_Region]) -> Dataset:
    """The file: slices along k, rows along j, columns along i, as the MRI has them."""
    name = f"regions on {image.image_id}"
    affine = _affine(image)
    steps = np.linalg.norm(affine[:3, :3], axis=0)
    axes = affine[:3, :3] / steps
    geometry = _Geometry(
        hd.PixelMeasuresSequence([float(steps[1]), float(steps[0])], float(steps[2]),
                                 float(steps[2])),
        hd.PlaneOrientationSequence("PATIENT", [*axes[:, 0].tolist(), *axes[:, 1].tolist()]),
        [hd.PlanePositionSequence("PATIENT", list(affine[:3, 3] + k * affine[:3, 2]))
         for k in range(image.shape[2])],
    )  # fmt: skip
    stack = np.stack([mask for *_, mask in regions], axis=-1)  # (i, j, k, segment)
    pixels = np.ascontiguousarray(np.transpose(stack, (2, 1, 0, 3)).astype(np.uint8))
    with shell.quiet():
        made = seg.Segmentation(
            _sources(content, image, geometry), pixels, "BINARY",
            [_described(content, n, *region) for n, region in enumerate(regions, start=1)],
            content.uid("series of", name), 3, content.uid(name), 1,
            content_label="CORRESPONDENCE", content_description=RESEARCH[:MOST_LABEL],
            series_description=RESEARCH[:MOST_LABEL], pixel_measures=geometry.measures,
            plane_orientation=geometry.orientation, plane_positions=geometry.positions,
            **shell.equipment(content),
        )  # fmt: skip
    dimensions = content.uid("dimensions of", name)
    for item in (*made.DimensionOrganizationSequence, *made.DimensionIndexSequence):
        item.DimensionOrganizationUID = dimensions
    return shell.finished(made, content, study=image.study_uid)


@dataclass(frozen=True)
class _Geometry:
    """How slices lie, and where each is."""

    measures: hd.PixelMeasuresSequence
    orientation: hd.PlaneOrientationSequence
    positions: list[hd.PlanePositionSequence]


def _sources(content: Content, image: Image, geometry: _Geometry) -> list[Dataset]:
    """Stand-ins for the MRI, with what highdicom wants to know of where their frames lie."""
    found = []
    for uids, planes in zip(image.instances, image.planes, strict=True):
        ds = shell.stand_in(content, image, uids)
        ds.Rows, ds.Columns = image.shape[1], image.shape[0]
        at = [geometry.positions[k] if 0 <= k < len(geometry.positions) else None for k in planes]
        if len(planes) > 1 and all(x is not None for x in at):
            ds.NumberOfFrames = len(planes)
            shared = Dataset()
            shared.PixelMeasuresSequence = geometry.measures
            shared.PlaneOrientationSequence = geometry.orientation
            ds.SharedFunctionalGroupsSequence = [shared]
            ds.PerFrameFunctionalGroupsSequence = [Dataset() for _ in at]
            for group, position in zip(ds.PerFrameFunctionalGroupsSequence, at, strict=True):
                group.PlanePositionSequence = position
            return [ds]
        if len(planes) == 1 and at[0] is not None:
            ds.ImagePositionPatient = at[0][0].ImagePositionPatient
            ds.ImageOrientationPatient = geometry.orientation[0].ImageOrientationPatient
            ds.PixelSpacing = geometry.measures[0].PixelSpacing
            ds.SliceThickness = geometry.measures[0].SliceThickness
            found.append(ds)
    return found


def _described(
    content: Content, n: int, b: Judged, lesion: Lesion | None, f: Told | None, _mask: Mask
) -> seg.SegmentDescription:
    what = f"lesion {lesion.number}" if lesion and f is None else f.finding_id if f else ""
    number = lesion.number if lesion else 0
    return seg.SegmentDescription(
        n, f"{b.side} {what}".replace("\\", "_")[:MOST_LABEL], SPATIAL, own.REGION80, "AUTOMATIC",
        hd.AlgorithmIdentificationSequence(
            shell.MAKER, codes.DCM.ArtificialIntelligence, __version__
        ),
        tracking_id=f.finding_id if f else lesion.tracking_id if lesion else "",
        tracking_uid=lesion.tracking_uid if lesion and f is None
        else content.uid("finding", b.side, f.finding_id if f else ""),
        anatomic_regions=[codes.SCT.Breast],
        display_color=hd.color.CIELabColor.from_rgb(*COLOURS[number % len(COLOURS)]),
    )  # fmt: skip
