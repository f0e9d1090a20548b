"""Everything of one woman for 3D Slicer: a scene, the MRI, beliefs, regions and marks.

A folder holds for each breast (R, L) points of findings and of lesions with outlines of their 80 %
regions, these regions as segmentations, and every belief as NIfTI; breasts on one MRI share
``scene.mrml``, a breast in its own frame has a scene of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from corr.case.casefile import Case
from corr.exchange.files import file_stem, unwritten, write_whole
from corr.export.content import REGION, RESEARCH, Content, Judged, Summary
from corr.export.grid import HELD, MM3_IN_CM3, VoxelGrid
from corr.export.slicer.markups import markups_bytes
from corr.export.slicer.nifti import nifti_bytes, plain
from corr.export.slicer.scene import Scene
from corr.export.slicer.segments import Segment, segment_bytes
from corr.export.slicer.shown import Item, Space, Voxels, items_of, space_of
from corr.imaging.image_kinds import StudyReading
from corr.imaging.volume import Volume

Made = tuple[str, Callable[[], bytes]]
POINTS = {"lesion": (1.0, 0.4, 0.3), "finding": (1.0, 0.9, 0.4)}
"""Colour of points, in the order in which a scene lists what they are of: the first is in front."""


def write_slicer(
    content: Content, folder: Path, volumes: Mapping[str, Volume] | None = None
) -> list[Path]:
    """Write the files of one woman.

    Parameters
    ----------
    volumes : of the MRIs of the content, by image id (`volumes_of`); without, the scene shows
        beliefs alone

    Returns
    -------
    paths of what was written, the scenes first

    Raises
    ------
    CorrError
        If one of the files is there already; nothing is written then.
    OSError
        If one cannot be written.
    """
    made = _Files(content, volumes or {}).each
    unwritten(folder / name for name, _ in made)
    folder.mkdir(parents=True, exist_ok=True)
    return [write_whole(folder / name, make()) for name, make in made]


def volumes_of(case: Case) -> dict[str, Volume]:
    """What the MRIs of a case show, by image id: the first phase after contrast, else the first."""
    found: dict[str, Volume] = {}
    for reading in case.images:
        if isinstance(reading, StudyReading):
            dynamic = reading.image.dynamic
            later = [v for v in dynamic.posts if v.same_grid(dynamic.pre)]
            found[reading.image_id] = later[0] if later else dynamic.pre
    return found


class _Files:
    """What is to be written: names, and what makes the bytes when it is their turn."""

    def __init__(self, content: Content, volumes: Mapping[str, Volume]) -> None:
        self._summary, self._volumes = content.summary(), volumes
        self._files: dict[str, Callable[[], bytes]] = {}
        self._scenes: dict[str, Scene] = {}
        for judged in content.breasts:
            self._add_breast(judged, space_of(content, judged))

    @property
    def each(self) -> list[Made]:
        """Scenes first."""
        return [*((name, s.to_bytes) for name, s in self._scenes.items()), *self._files.items()]

    def _add_breast(self, judged: Judged, space: Space) -> None:
        name = "scene.mrml" if space.patient else f"{space.side}_scene.mrml"
        scene = self._scenes.setdefault(name, Scene())
        image = space.image.image_id if space.image is not None else ""
        mri = f"MRI_{file_stem(image)}.nii.gz"
        if image in self._volumes and mri not in self._files:
            self._files[mri] = partial(_mri, self._volumes[image])
            scene.add_mri(image, mri)
        items = list(items_of(judged, space))
        ours = ours_of(self._summary, space)
        for kind in POINTS:
            some = [i for i in items if i.kind == kind]
            marks, title = f"{space.side}_{kind}s.mrk.json", f"{space.side} {kind}s"
            said = [words(judged, i) for i in some]
            self._files[marks] = partial(markups_bytes, title, some, said, ours[kind])
            scene.add_points(title, marks, POINTS[kind])
            if space.grid is not None:
                self._add_beliefs(kind, some, space.grid, scene)

    def _add_beliefs(self, kind: str, items: list[Item], grid: VoxelGrid, scene: Scene) -> None:
        """Regions as one segmentation, and every belief that reaches a voxel."""
        shown = [(i, v) for i in items if (v := i.voxels) is not None and v.per_cm3.values.any()]
        segments = [segment_of(i, v) for i, v in shown if v.region.values.size]
        if segments:
            name = f"{segments[0].side}_{kind}s.seg.nrrd"
            self._files[name] = partial(segment_bytes, segments, grid)
            title = f"{segments[0].side} {kind}s, {REGION:.0%} regions"
            scene.add_regions(title, name, shown=kind == "lesion")
        for i, v in shown:
            called = f"_{file_stem(i.name)}" if kind == "finding" else ""
            name = f"{i.space.side}_{kind}_{i.number:02d}{called}.nii.gz"
            self._files[name] = partial(_belief, i, v, grid)
            scene.add_belief(f"{i.space.side} {i.name}", name, float(v.per_cm3.values.max()))


def _mri(volume: Volume) -> bytes:
    grid = VoxelGrid(volume.shape, volume.affine_lps)
    return nifti_bytes(plain(volume.voxels()), grid, "MRI of the case")


def _belief(item: Item, voxels: Voxels, grid: VoxelGrid) -> bytes:
    frame = f"{item.space.side} breast frame, {grid.handed}-handed, nipple 0"
    said = f"P per cm3 within {HELD:.1%}; {'LPS of MRI' if item.space.patient else frame}"
    return nifti_bytes(voxels.per_cm3.whole(grid.shape), grid, said)


def segment_of(item: Item, voxels: Voxels) -> Segment:
    """The region of an item as a segment."""
    side = item.space.side
    ident, name = f"{side}_{item.kind}_{item.number}", segment_name(side, item.name)
    return Segment(ident, name, side, voxels.region, item.colour)


def segment_name(side: str, name: str) -> str:
    """What the region of a finding or lesion is called."""
    return f"{side} {name} {REGION:.0%}"


def words(judged: Judged, item: Item) -> str:
    """One item in words, for people."""
    own = item.place.volume80_cm3
    cm3 = own if item.density is None else item.density.size(REGION) / MM3_IN_CM3
    of_others = item.density is not None and item.stated_lps is not None
    size = f"{'the others expect it by ' if of_others else ''}80 % within {cm3:.3g} cm3"
    how = "as the MRI reported it" if item.stated_lps is not None else (
        "no place is known here" if item.at_lps is None else "where its belief is densest"
    )  # fmt: skip
    if item.kind == "lesion":
        p = judged.groupings[0].p
        return f"{', '.join(item.finding_ids)}; grouping P {p:.2f}; {how}; {size}"
    lesion = judged.lesion_of(item.name)
    group = "no lesion" if lesion is None else f"lesion {lesion.number}"
    return f"{group}; {how}; {size}"


def ours_of(summary: Summary, space: Space) -> dict[str, dict[str, Any]]:
    """What comes back of one breast, in JSON, by the kind of marks that it stands beside."""
    side = space.side
    about = {
        "about": RESEARCH,
        "coordinates": space.words,
        "frame_of_reference_uid": space.image.frame_of_reference_uid if space.image else "",
        "case_id": summary.case_id,
        "side": side,
    }
    said = {
        "findings": {i: cells for (s, i), cells in summary.findings.items() if s == side},
        "lesions": {i: list(x) for (s, i), x in summary.lesions.items() if s == side},
        "pairs": [[*key[1:], *x] for key, x in summary.pairs.items() if key[0] == side],
    }
    return {"finding": about | said, "lesion": about}
