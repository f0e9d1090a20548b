"""What 3D Slicer shows of one breast: where findings and lesions lie, and on which voxels.

A breast whose nipple the case's MRI shows is placed in that MRI's patient coordinates, on its
voxels. Where the case only states the nipple of an MRI that it does not hold, the coordinates are
the same and the voxels are the cells of the belief. Without an MRI everything is told in the
breast frame, turned to left, back and head, with the nipple at 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from corr.anatomy.frame import breast_to_lps
from corr.export.content import REGION, Content, Floats, Ids, Image, Judged, Lesion, Place, Told
from corr.export.grid import (
    SCANNER,
    Patch,
    VoxelGrid,
    first_cell,
    of_cells,
    on_cells,
    on_grid,
    region,
)
from corr.questions.look.densities import Density

COLOURS = (
    (0.902, 0.624, 0.0), (0.337, 0.706, 0.914), (0.0, 0.620, 0.451), (0.8, 0.475, 0.655),
    (0.835, 0.369, 0.0), (0.0, 0.447, 0.698), (0.941, 0.894, 0.259),
)  # fmt: skip
"""Of lesions, by their number: those of Okabe and Ito that show on an MRI."""
NO_LESION = (0.75, 0.75, 0.75)
_STATED = ("mr_l_mm", "mr_p_mm", "mr_s_mm")


@dataclass(frozen=True, eq=False)
class Space:
    """Coordinates and voxels of one breast.

    Attributes
    ----------
    side : ``L`` or ``R``
    image : the MRI whose patient coordinates they are; None without one in the case
    grid : None if nothing has a belief in these coordinates
    patient : False in the breast frame
    first : where the first voxel lies along the axes of the densities, if voxels are their cells
    """

    side: str
    image: Image | None
    grid: VoxelGrid | None
    patient: bool
    first: Floats | None = None

    @property
    def words(self) -> str:
        """What the coordinates are, for people."""
        if self.patient:
            return "patient coordinates (LPS) of the MRI"
        handed = self.grid.handed if self.grid is not None else "unknown"
        return (
            f"breast frame of the {self.side} breast in LPS directions, nipple at 0; "
            f"lateral, superior, posterior are {handed}-handed"
        )


@dataclass(frozen=True, eq=False)
class Voxels:
    """A belief on voxels: its probability per cm3, and the region that holds 80 % of it."""

    per_cm3: Patch[np.float32]
    region: Patch[np.bool_]


@dataclass(frozen=True, eq=False)
class Item:
    """One finding or lesion as it is shown.

    Attributes
    ----------
    kind : ``finding`` or ``lesion``
    number : from 1, among its kind
    name : id of the finding, or ``lesion 1``
    finding_ids : whose belief it is
    place : its belief
    stated_lps : where the MRI reported it, mm; None if it did not
    space : of its breast
    colour : of its lesion
    """

    kind: str
    number: int
    name: str
    finding_ids: Ids
    place: Place
    stated_lps: Floats | None
    space: Space
    colour: tuple[float, float, float]

    @property
    def density(self) -> Density | None:
        """Its belief in the coordinates of the space; None if the MRI alone reported it."""
        return self.place.lps if self.space.patient else self.place.breast

    @cached_property
    def voxels(self) -> Voxels | None:
        """Its belief on the voxels of the space; None where it has none there."""
        if self.density is None or self.space.grid is None:
            return None
        if self.space.first is None:
            per_cm3 = on_grid(self.density, self.space.grid)
        else:
            per_cm3 = on_cells(self.density, self.space.first)
        return Voxels(per_cm3, region(per_cm3, self.density, REGION))

    @property
    def densest(self) -> tuple[int, ...] | None:
        """Cell of the density where it is highest."""
        if self.density is None:
            return None
        at = np.unravel_index(int(np.argmax(self.density.height)), self.density.mass.shape)
        return tuple(int(x) for x in at)

    def lps(self, points: Floats) -> Floats:
        """Points ``(..., 3)`` along the axes of the density in the coordinates that are written."""
        return points if self.space.patient else breast_to_lps(points, np.zeros(3), self.space.side)

    @property
    def at_lps(self) -> Floats | None:
        """Where it is marked: as the MRI reported it, else where the belief is densest."""
        if self.stated_lps is not None:
            return self.stated_lps
        if self.density is None or self.densest is None:
            return None
        at = zip(self.density.axes, self.densest, strict=True)
        return self.lps(np.array([axis[n] for axis, n in at]))


def space_of(content: Content, judged: Judged) -> Space:
    """The coordinates that a breast is shown in."""
    side = judged.side
    places = [*(f.place for f in judged.findings), *(x.place for x in judged.lesions)]
    mris = [i for i in content.images if i.modality == "MR" and i.affine_lps is not None]
    seen = [p.lps for p in places if p.lps is not None]
    marked = any(_marked(f) for f in judged.findings)
    own = [i for i in mris if side in i.nipples_lps and (seen or marked)]
    if own:
        image = own[-1]
        a, b, c = image.shape
        affine = np.asarray(image.affine_lps, dtype=float)
        grid = VoxelGrid((a, b, c), affine, SCANNER, image.frame_of_reference_uid)
        return Space(side, image, grid, patient=True)
    if seen and not mris:
        return Space(side, None, of_cells(seen), patient=True, first=first_cell(seen))
    told = [p.breast for p in places]
    if not told:
        return Space(side, None, None, patient=False)
    return Space(side, None, of_cells(told, side), patient=False, first=first_cell(told))


def items_of(judged: Judged, space: Space) -> Iterator[Item]:
    """Findings in the order of the breast, then the lesions of the most probable grouping."""
    stated = {f.finding_id: _stated(f, space) for f in judged.findings}
    for n, f in enumerate(judged.findings, 1):
        colour = _colour(judged.lesion_of(f.finding_id))
        at = stated[f.finding_id]
        yield Item("finding", n, f.finding_id, (f.finding_id,), f.place, at, space, colour)
    for x in judged.lesions:
        marked = [at for i in x.finding_ids if (at := stated[i]) is not None]
        at = np.mean(marked, axis=0) if marked else None
        name = f"lesion {x.number}"
        yield Item("lesion", x.number, name, x.finding_ids, x.place, at, space, _colour(x))


def _marked(f: Told) -> bool:
    return f.modality == "MR" and all(name in f.cells for name in _STATED)


def _stated(f: Told, space: Space) -> Floats | None:
    if not space.patient or not _marked(f):
        return None
    return np.array([f.cells[name] for name in _STATED], dtype=float)


def _colour(lesion: Lesion | None) -> tuple[float, float, float]:
    return NO_LESION if lesion is None else COLOURS[(lesion.number - 1) % len(COLOURS)]
