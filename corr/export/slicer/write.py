"""Everything of one woman for 3D Slicer: a scene, the MRI, beliefs, regions and marks.

A folder holds for each breast (R, L) points of findings and of lesions with outlines of their 80 %
regions, these regions as segmentations, and every belief as NIfTI; breasts on one MRI share
``scene.mrml``, a breast in its own frame has a scene of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from corr.case.casefile import Case
from corr.exchange.files import file_stem, write_whole
from corr.export.content import REGION, RESEARCH, Content, Judged, Summary
from corr.export.grid import VoxelGrid
from corr.export.slicer.markups import markups_bytes
from corr.export.slicer.nifti import nifti_bytes, plain
from corr.export.slicer.scene import Scene
from corr.export.slicer.segments import Segment, segment_bytes
from corr.export.slicer.shown import Item, Space, items_of, space_of
from corr.imaging.image_kinds import StudyReading
from corr.imaging.volume import Volume
from corr.problems import CorrError

Made = tuple[str, Callable[[], bytes]]
POINTS = {"finding": (1.0, 0.9, 0.4), "lesion": (1.0, 0.4, 0.3)}


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
    made = list(_made(content, volumes or {}))
    there = [name for name, _ in made if (folder / name).exists()]
    if there:
        msg = f"{folder / there[0]} is there already"
        raise CorrError(msg, allowed="a folder without it", fix="name another folder")
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


def _made(content: Content, volumes: Mapping[str, Volume]) -> Iterator[Made]:
    """Names of the files and what makes them; scenes first."""
    scenes: dict[str, Scene] = {}
    files: dict[str, Callable[[], bytes]] = {}
    for judged in content.breasts:
        space = space_of(content, judged)
        scene = scenes.setdefault("scene.mrml" if space.patient else f"{space.side}_scene.mrml", Scene())
        if space.image is not None and space.image.image_id in volumes:
            volume = volumes[space.image.image_id]
            name = f"MRI_{file_stem(space.image.image_id)}.nii.gz"
            if name not in files:
                files[name] = _mri(volume, space)
                scene.add_mri(space.image.image_id, name)
        items = list(items_of(judged, space))
        for kind in ("finding", "lesion"):
            some = [i for i in items if i.kind == kind]
            for name, make in _of_kind(content, judged, kind, some, space, scene):
                files[name] = make
    yield from ((name, scene.to_bytes) for name, scene in scenes.items())
    yield from files.items()


def _of_kind(
    content: Content, judged: Judged, kind: str, items: list[Item], space: Space, scene: Scene
) -> Iterator[Made]:
    side, grid = space.side, space.grid
    marks = f"{side}_{kind}s.mrk.json"
    title = f"{side} {kind}s"
    said = [words(judged, i) for i in items]
    ours = ours_of(content.summary(), judged, space) if kind == "finding" else {}
    yield marks, lambda: markups_bytes(title, items, said, ours)
    scene.add_points(title, marks, POINTS[kind])
    placed = [i for i in items if i.region is not None and i.region.values.size]
    if grid is None or not placed:
        return
    regions = f"{side}_{kind}s.seg.nrrd"
    yield regions, lambda: segment_bytes([segment_of(i) for i in placed], grid)
    scene.add_regions(f"{title}, {REGION:.0%} regions", regions)
    for i in placed:
        name = f"{side}_{kind}_{i.number:02d}{_stem(i)}.nii.gz"
        yield name, _belief(i, grid)
        scene.add_belief(f"{side} {i.name}", name, float(i.per_cm3.values.max()))


def _stem(item: Item) -> str:
    return f"_{file_stem(item.name)}" if item.kind == "finding" else ""


def _mri(volume: Volume, space: Space) -> Callable[[], bytes]:
    grid = VoxelGrid(volume.shape, volume.affine_lps)
    return lambda: nifti_bytes(plain(volume.voxels()), grid, "MRI of the case")


def _belief(item: Item, grid: VoxelGrid) -> Callable[[], bytes]:
    frame = "LPS of MRI" if item.space.patient else f"{item.space.side} breast frame, {grid.handed}-handed"
    said = f"P per cm3, 99.9 %; {frame}"
    return lambda: nifti_bytes(item.per_cm3.whole(grid.shape), grid, said)


def segment_of(item: Item) -> Segment:
    """The region of an item as a segment."""
    return Segment(
        f"{item.space.side}_{item.kind}_{item.number}", segment_name(item.space.side, item.name),
        item.space.side, item.region, item.colour,
    )  # fmt: skip


def segment_name(side: str, name: str) -> str:
    """What the region of a finding or lesion is called."""
    return f"{side} {name} {REGION:.0%}"


def words(judged: Judged, item: Item) -> str:
    """One item in words, for people."""
    size = f"80 % within {item.place.volume80_cm3:.3g} cm3"
    how = "as the MRI reported it" if item.stated_lps is not None else (
        "no place is known here" if item.at_lps is None else "where its belief is densest"
    )  # fmt: skip
    if item.kind == "lesion":
        p = judged.groupings[0].p
        return f"{', '.join(item.finding_ids)}; grouping P {p:.2f}; {how}; {size}"
    lesion = judged.lesion_of(item.name)
    group = "no lesion" if lesion is None else f"lesion {lesion.number}"
    return f"{group}; {how}; {size}"


def ours_of(summary: Summary, judged: Judged, space: Space) -> dict[str, Any]:
    """What comes back of one breast, in JSON."""
    side = judged.side
    return {
        "about": RESEARCH,
        "coordinates": space.words,
        "case_id": summary.case_id,
        "side": side,
        "findings": {i: cells for (s, i), cells in summary.findings.items() if s == side},
        "lesions": {i: list(x) for (s, i), x in summary.lesions.items() if s == side},
        "pairs": [[*key[1:], *x] for key, x in summary.pairs.items() if key[0] == side],
    }
