"""One MRI study of a case: its phases, both breasts, and what takes up contrast.

A folder of DICOM slices (all series of the study may lie in it), a DICOM file, or NIfTI volumes.
Places are LPS millimetres; `BreastAnatomy` turns them into the breast frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.readers import Annotation, centre, longest
from corr.imaging.mri.anatomy import breasts
from corr.imaging.mri.breast_anatomy import BreastAnatomy
from corr.imaging.mri.enhancement import Enhancement, EnhancingLesion, enhancement
from corr.imaging.mri.series import Dynamic, order_phases
from corr.imaging.mri.study_files import called, doubts_of_files, lost_images, study_volumes
from corr.imaging.volume import Volume
from corr.plurals import many

Cells = dict[str, str]

BEHIND_MM = 15.0
"""A mark deeper than this behind the chest wall is doubted: beyond the muscle and its error."""
_LARGEST_MM, _LARGEST_ML = 120.0, 200.0
"""A mark longer or larger than this is doubted to be of a lesion: tissue or a breast is."""
_AXES = ("l", "p", "s")


@dataclass(frozen=True, eq=False)
class MriStudy:
    """Phases, anatomy and enhancing lesions of one study.

    Attributes
    ----------
    dynamic
        Phases in order; a single volume has no phase after contrast.
    anatomy
        Breasts by side.
    uptake
        Percent enhancement and what was found in it; None if nobody asked or it has no phases.
    lesions
        What takes up contrast, the strongest of each breast first; by name (`enhancement R1`).
    notes, doubts
        What was read, and what should be looked at.
    searched
        False if enhancing lesions were asked for and could not be looked for: then finding none
        says nothing.
    partial
        Images of it could not be used: what it does not show counts less.
    """

    dynamic: Dynamic
    anatomy: dict[str, BreastAnatomy]
    uptake: Enhancement | None
    lesions: dict[str, EnhancingLesion]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    searched: bool = True
    partial: bool = False

    def unread(self, side: str, *, marked: bool) -> str:
        """Why nothing found in a breast does not mean that there is nothing; empty if it does.

        Marks, if there are any, say what was reported.
        """
        if not self.searched and not marked:
            return "enhancement was not measured"
        if not self.anatomy[side].nipple_inside:
            return (
                f"the images do not reach the {side} nipple, so they do not show the whole breast"
            )
        return ""

    @property
    def sides(self) -> tuple[str, ...]:
        """Breasts it shows whose side is known."""
        return tuple(s for s, a in sorted(self.anatomy.items()) if a.sides_known)

    def breast_cells(self, side: str) -> Cells:
        """Cells of the breasts table."""
        return {**self.anatomy[side].cells(), "breast": side}

    def cells_of(self, mark: Annotation, *, breast: str | None, kind: str | None) -> Cells:
        """Cells of the findings table for something marked in patient coordinates.

        Raises
        ------
        Unusable
            If it cannot be told in which breast the mark lies, or it lies in none.
        """
        place = centre(mark)
        if place is None:
            msg = "the mark has no position"
            raise Unusable(msg, allowed="a mark in patient coordinates")
        self._check_inside(place)
        anatomy = self._breast_at(place)
        here = anatomy.to_anatomy(place)
        cells = anatomy.place_cells(here)
        side = self._side(anatomy, breast)
        cells = {"modality": "MR", "breast": side, **_as_of(cells, anatomy.side, side)}
        if (size_mm := _length_mm(mark)) is not None:
            cells["size_mm"] = f"{size_mm:.6g}"
        return cells | ({"kind": kind} if kind else {})

    def lesion_cells(self, name: str, *, breast: str | None) -> Cells:
        """Cells of the findings table for an enhancing lesion that was found.

        Raises
        ------
        Unusable
            As `cells_of`.
        """
        lesion = self.lesions[name]
        side = self._side(self.anatomy[lesion.side], breast)
        return {**_as_of(dict(lesion.cells()), lesion.side, side), "breast": side}

    def _check_inside(self, place: NDArray[np.float64]) -> None:
        volume = self.dynamic.pre
        index, last = volume.to_index(place), np.array(volume.shape) - 1
        if (index < -0.5).any() or (index > last + 0.5).any():
            ends = np.sort(volume.to_lps([np.zeros(3), last]), axis=0)
            allowed = (
                f"{a.upper()} {x:.0f} to {y:.0f}" for a, x, y in zip(_AXES, *ends, strict=True)
            )
            where = ", ".join(f"{x:.0f}" for x in place)
            msg = f"the mark is at LPS {where} mm, outside the images"
            raise Unusable(msg, allowed=f"{', '.join(allowed)} mm", fix="LPS, not RAS? this exam?")

    def doubt_of(self, mark: Annotation) -> str:
        """Why a mark may be no lesion or lie in no breast; empty if it is one in one."""
        place = centre(mark)
        if place is None:
            return ""
        if large := _too_large(mark):
            return (
                f"it is {large}: as large as a breast. If it marks the breast or its tissue and no "
                "lesion, take this label out of the file"
            )
        anatomy = self._breast_at(place)
        here = anatomy.to_anatomy(place)
        behind_mm = -float(anatomy.chestwall_mm(here))
        where = ""
        if anatomy.wall_confident and behind_mm > BEHIND_MM:
            where = f"{behind_mm:.0f} mm behind the chest wall"
        elif not float(anatomy.skin_mm(here)) > 0.0:  # in air, or away from this breast
            where = "outside the breast that was found"
        return where and f"it lies {where}: look on the picture whether it is where you meant it"

    def _breast_at(self, place: NDArray[np.float64]) -> BreastAnatomy:
        """The breast on whose side of the midline a place lies."""
        some = next(iter(self.anatomy.values()))
        if len(self.anatomy) == 1 or some.midline_l_mm is None:
            return some
        left = float(some.to_anatomy(place)[0]) > some.midline_l_mm
        return self.anatomy["L" if left else "R"]

    def _side(self, anatomy: BreastAnatomy, stated: str | None) -> str:
        """Side of a breast, as the images say or, where they do not, as the case states."""
        if anatomy.sides_known and stated not in (None, anatomy.side):
            msg = f"the mark lies in the {anatomy.side} breast"
            raise Unusable(msg, allowed=anatomy.side, fix="correct breast, or leave it out")
        if not anatomy.sides_known and stated is None:
            msg = "left and right are not known on these images"
            raise Unusable(msg, fix="state breast in the finding's row")
        return stated or anatomy.side


def read_study(
    path: Path,
    *,
    enhancements: int | None,
    breast: str | None = None,
    phases: Sequence[str] = (),
) -> MriStudy:
    """The study in a folder or file.

    Parameters
    ----------
    breast
        The one breast it shows, if the case states it.
    enhancements
        How many enhancing lesions to look for in each breast; None or 0: none.
    phases
        Files or folders of the phases in the order of time, if the case states them.

    Raises
    ------
    Unusable
        If there is no usable volume or no breast in it.
    """
    refused: dict[Path, str] = {}
    volumes = study_volumes(path, refused, phases)
    dynamic = order_phases(volumes)
    ordered = bool(dynamic.posts) and dynamic.order_known
    anatomy = breasts(dynamic.pre, post=dynamic.posts[0] if ordered else None)
    if breast is not None and len(anatomy) == 1:
        (one,) = anatomy.values()
        anatomy = {breast: replace(one, side=breast, sides_known=True)}
    uptake, why = None, "there is one phase" if dynamic.order_known else dynamic.reason
    if enhancements and ordered:
        try:
            uptake = enhancement(dynamic, anatomy)
        except Unusable as error:
            why = error.what
    seen = [x for x in uptake.lesions if not _between(x, dynamic.pre)] if uptake else []
    found: dict[str, EnhancingLesion] = {}
    for side in sorted(anatomy):
        ranked = [x for x in seen if x.side == side][:enhancements]
        found |= {f"enhancement {side}{n}": x for n, x in enumerate(ranked, 1)}
    notes = _notes(dynamic, anatomy, refused) + (uptake.notes if uptake else ())
    searched = uptake is not None or not enhancements
    doubts = (*_doubts(anatomy), *doubts_of_files(refused, dynamic, "" if searched else why))
    return MriStudy(
        dynamic, anatomy, uptake, found, notes, doubts, searched, bool(lost_images(refused))
    )


def _notes(
    dynamic: Dynamic, anatomy: dict[str, BreastAnatomy], refused: dict[Path, str]
) -> tuple[str, ...]:
    shape = " x ".join(str(n) for n in dynamic.pre.shape)
    names = called([dynamic.pre, *dynamic.posts, *(v for v, _ in dynamic.others)])
    said = [
        f"MRI, {1 + len(dynamic.posts)} phases of {shape} voxels, {dynamic.pre.pose or 'no pose'}",
        dynamic.reason,
        *dynamic.notes,
        *(f"{names[v.name]}: {note}" for v in dynamic.posts for note in v.notes),
        *(f"not a phase: {names[v.name]} ({why})" for v, why in dynamic.others),
    ]
    if refused:
        said.append(f"{many(len(refused), 'file')} not used: {next(iter(refused.values()))}")
    for side, one in sorted(anatomy.items()):
        where = ", ".join(f"{x:.0f}" for x in one.nipple_lps)
        said.append(f"{side} nipple found at LPS {where} mm +/- {one.nipple_sd_mm:.0f} mm")
    of_all = set.intersection(*(set(one.notes) for one in anatomy.values()))
    for side, one in sorted(anatomy.items()):
        said += [note if note in of_all else f"{side}: {note}" for note in one.notes]
    return tuple(dict.fromkeys(said))


def _between(lesion: EnhancingLesion, volume: Volume) -> bool:
    """Whether a lesion lies between two slabs, where nothing was imaged."""
    if volume.between_mm is None:
        return False
    place = float(lesion.centroid_lps[0]) * (-1.0 if lesion.breast.turned else 1.0)
    return volume.between_mm[0] < place < volume.between_mm[1]


def _doubts(anatomy: dict[str, BreastAnatomy]) -> tuple[str, ...]:
    doubts = []
    for side, one in sorted(anatomy.items()):
        if not one.nipple_inside:
            doubts.append(
                f"the images do not reach the {side} nipple: they show a part of that breast, so "
                "finding nothing else in it does not count"
            )
        if not one.sides_known:
            doubts.append("left and right are not sure: state breast in every finding's row")
        if not one.nipple_confident:
            fix = f"the {side} nipple is not sure: state mr_nipple_l, _p, _s in the breasts list"
            doubts.append(fix)
    return tuple(dict.fromkeys(doubts))


def _as_of(cells: Cells, found: str, stated: str) -> Cells:
    """Coordinates of a place called `found` that is in the `stated` breast: mirrored images."""
    if found == stated:
        return cells
    flipped = ("mr_l_mm", "mr_nipple_l_mm")
    return {k: f"{-float(v):.6g}" if k in flipped else v for k, v in cells.items()}


def _too_large(mark: Annotation) -> str:
    """How large a mark is that is hardly of a lesion; empty if it may be."""
    ml = 0.0
    if mark.mask is not None and mark.affine is not None:
        ml = float(mark.mask.sum() * abs(np.linalg.det(mark.affine[:3, :3]))) / 1e3
    length_mm = _length_mm(mark) or 0.0
    said = f"{length_mm:.0f} mm long" + (f" and holds {ml:.0f} ml" if ml else "")
    return said if length_mm > _LARGEST_MM or ml > _LARGEST_ML else ""


def _length_mm(mark: Annotation) -> float | None:
    """Longest diameter; of a mask between voxel centres, for its corners overstate it."""
    ends = longest(mark)
    if ends is None:
        return None
    along = ends[1] - ends[0]
    length = float(np.linalg.norm(along))
    if mark.mask is None or mark.affine is None or not length:
        return length
    steps = np.abs(along / length @ mark.affine[:3, :3])  # one voxel along each of its axes
    return max(length - float(steps.sum()), float(steps.max()))
