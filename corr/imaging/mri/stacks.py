"""Slices of one stack become volumes: sorted by place, phases told apart, gaps filled in.

Several slices at one place are several phases. What tells them apart is the first tag that says
another value for every image at a place. Where its values recur from place to place they are the
phases; where every image has its own, as times of slices do, the phases are its ranks at places
that have all images, and the images of the other places go where their neighbours put them: one
lost file costs one gap.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from statistics import median

import numpy as np
from scipy.optimize import linear_sum_assignment

from corr.imaging.dicom.header import Unusable
from corr.imaging.mri.kinds import role_of, sorts_of
from corr.imaging.mri.slices import ORDER_TAGS, Slice, load_voxels, without_copies
from corr.imaging.volume import IN_FILE, Pose, Volume

SAME_PLACE_MM = 0.05
UNEVEN = 0.05
"""Largest deviation from even slice spacing, relative."""
MOST_MISSING = 12
"""Most slices missing in a row that are filled in."""
SLAB_GAP = 5.0
"""Sagittal slices this many steps apart are two slabs, one a breast."""
SHARED = 0.5
"""Share of places at which a value recurs if it names a phase."""
UNTOLD = (
    "which image is of which phase is not known: instance numbers run neither phase by phase nor "
    "slice by slice"
)
_POSES: dict[str, Pose] = {"HFP": "prone", "FFP": "prone", "HFS": "supine", "FFS": "supine"}
_Moment = Callable[[Slice], float]


def volumes_of(slices: Sequence[Slice]) -> list[Volume]:
    """The volumes of one stack: one, one for each phase, and of two slabs two for each.

    Raises
    ------
    Unusable
        If nothing tells images of one place apart, or their places are no multiple of a distance.
    """
    places = _places(slices)
    depth = max(len(place) for place in places)
    if depth == 1:
        return _slabs([place[0] for place in places])
    tag = next((t for t in (*ORDER_TAGS, "InstanceNumber") if _tells_apart(places, t)), None)
    if tag is None:
        kept = without_copies(slices)
        if left_out := len(slices) - len(kept):
            note = f"{left_out} image(s) held twice, in files that are copies: used once"
            return [replace(v, notes=(*v.notes, note)) for v in volumes_of(kept)]
        msg = f"{depth} images at one place and no tag that tells them apart"
        raise Unusable(msg, allowed=", ".join(ORDER_TAGS), fix="give one phase at a time")
    late = wraps(tag, [s.order[tag] for s in slices])
    phases = _phases(places, depth, lambda s: moment(s.order[tag], late=late))
    said = [f"{depth} phases in one series, told apart by {tag}"]
    if unsure := len(slices) - sum(map(len, phases)):
        said.append(f"{unsure} image(s) whose phase is not sure were left out")
    ordered = tag in ORDER_TAGS or _numbered_in_order(places, phases, depth)
    said += [] if ordered else [UNTOLD]
    usable = [p for p in phases if len(p) == len(places) or len(p) > 2]
    found = [_slabs(phase, tuple(said)) for phase in usable]
    if tag in ORDER_TAGS:
        return [v for parts in found for v in parts]
    return [
        replace(v, order=(*v.order, (IN_FILE, float(n)))) if ordered else v
        for n, parts in enumerate(found)
        for v in parts
    ]


def wraps(tag: str, values: Sequence[float]) -> bool:
    """Whether times of day (s) lie on both sides of midnight."""
    return tag.endswith("Time") and max(values) - min(values) > 43_200 and tag != "TriggerTime"


def moment(value: float, *, late: bool) -> float:
    """A time of day (s), a day later in the morning where times lie around midnight."""
    return value + 86_400 if late and value < 43_200 else value


def _places(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Slices by place, in the order of the places."""
    near: dict[int, list[Slice]] = defaultdict(list)
    for one in slices:
        near[round(one.place_mm / SAME_PLACE_MM)].append(one)
    merged: list[list[Slice]] = []
    for key in sorted(near):  # rounding may split one place over two neighbouring keys
        if merged and near[key][0].place_mm - merged[-1][0].place_mm <= SAME_PLACE_MM:
            merged[-1] += near[key]
        else:
            merged.append(near[key])
    return merged


def _tells_apart(places: list[list[Slice]], tag: str) -> bool:
    """Whether every image says a value of its own at its place."""
    for place in places:
        values = [s.order.get(tag) for s in place]
        if None in values or len(set(values)) < len(values):
            return False
    return True


def _phases(places: list[list[Slice]], depth: int, when: _Moment) -> list[list[Slice]]:
    """The images of each phase, in the order of the places."""
    by_value: dict[float, list[Slice]] = defaultdict(list)
    for place in places:
        for one in place:
            by_value[when(one)].append(one)
    recurring = [v for v, found in by_value.items() if len(found) >= SHARED * len(places)]
    if len(recurring) >= depth:
        return [by_value[v] for v in sorted(by_value)]
    whole = [sorted(map(when, place)) for place in places if len(place) == depth]
    at = [place[0].place_mm for place in places if len(place) == depth]
    split: list[list[Slice]] = [[] for _ in range(depth)]
    for place in places:
        ordered = sorted(place, key=when)
        expected = [np.interp(place[0].place_mm, at, values) for values in np.transpose(whole)]
        for one, rank in zip(ordered, _ranks([when(s) for s in ordered], expected), strict=True):
            if rank is not None:
                split[rank].append(one)
    return split


def _ranks(values: list[float], expected: Sequence[float]) -> list[int | None]:
    """Phase of each image at a place; None where it lies no nearer to one than to the next."""
    if len(values) == len(expected):
        return list(range(len(values)))
    apart = np.abs(np.subtract.outer(values, expected))
    rows, ranks = linear_sum_assignment(apart)
    least = float(np.diff(expected).min()) / 2
    return [int(k) if apart[n, k] < least else None for n, k in zip(rows, ranks, strict=True)]


def _numbered_in_order(places: list[list[Slice]], phases: list[list[Slice]], depth: int) -> bool:
    """Whether instance numbers run phase by phase, or slice by slice; else they tell nothing."""
    spans = [[s.order["InstanceNumber"] for s in phase] for phase in phases]
    if all(max(a) < min(b) for a, b in itertools.pairwise(spans)):
        return True
    whole = [place for place in places if len(place) == depth]
    ranked = np.array([sorted(s.order["InstanceNumber"] for s in place) for place in whole])
    blocks = np.sort(ranked[:, 0])  # slice by slice: no number of another place in between
    inside = ranked[np.argsort(ranked[:, 0])]
    return bool((inside[:-1, -1] < blocks[1:]).all())


def _slabs(slices: Sequence[Slice], notes: tuple[str, ...] = ()) -> list[Volume]:
    """Slices of one phase as a volume; as two if they are sagittal with a wide gap between."""
    steps = np.diff([s.place_mm for s in slices])
    sagittal = abs(float(slices[0].normal_lps[0])) > 0.8
    if sagittal and len(steps) > 4:
        wide = np.flatnonzero(steps > SLAB_GAP * float(np.median(steps)))
        if len(wide) == 1 and 2 <= (cut := int(wide[0]) + 1) <= len(slices) - 2:
            said = (*notes, "a slab of sagittal slices over one breast")
            return [_volume(part, said) for part in (slices[:cut], slices[cut:])]
    return [_volume(slices, notes)]


def _volume(slices: Sequence[Slice], notes: tuple[str, ...] = ()) -> Volume:
    """Slices of one phase, sorted by place, as a volume."""
    first, last, n = slices[0], slices[-1], len(slices)
    step, gaps = _step(slices)
    rows: list[Slice | None] = list(slices)
    if gaps:
        rows = [None] * (round((last.place_mm - first.place_mm) / step) + 1)
        for one in slices:
            rows[round((one.place_mm - first.place_mm) / step)] = one
        notes += (f"{rows.count(None)} missing slice(s) filled in between their neighbours",)
    affine = np.eye(4)
    affine[:3, 0] = first.row_lps * first.column_mm
    affine[:3, 1] = first.column_lps * first.row_mm
    affine[:3, 2] = first.normal_lps * step
    if n > 1:  # as the positions say: a tilted gantry shears the stack
        affine[:3, 2] = (last.position_lps - first.position_lps) / (len(rows) - 1)
    affine[:3, 3] = first.position_lps
    pose = _POSES.get(first.patient_position)
    if pose is None:
        notes += (f"pose unknown (PatientPosition {first.patient_position or 'absent'})",)
    role, why = role_of(first.image_type, first.description, first.b_value)
    order = tuple(
        (tag, float(median(values)))
        for tag in ORDER_TAGS
        if len(values := [s.order[tag] for s in slices if tag in s.order]) == n
    )
    return Volume(
        name=_name(first, order),
        shape=(first.columns, first.rows, len(rows)),
        affine_lps=affine,
        load=partial(load_voxels, tuple(rows)),
        source=f"{n} DICOM slice(s)",
        pose=pose,
        side=first.side,
        role=role,
        order=order,
        protocol=first.protocol,
        original=first.image_type[:1] == ("ORIGINAL",),
        sorts=sorts_of(first.image_type[2:], first.description, first.echo),
        frame_of_reference=first.frame_of_reference,
        files=tuple(dict.fromkeys(s.path for s in slices)),
        filled=rows.count(None),
        notes=notes + ((why,) if why else ()),
    )


def _step(slices: Sequence[Slice]) -> tuple[float, bool]:
    """Distance between slices (mm), and whether some are missing.

    Raises
    ------
    Unusable
        If the places are no multiple of one distance.
    """
    if len(slices) == 1:
        return slices[0].thickness_mm, False
    steps = np.diff([s.place_mm for s in slices])
    usual = float(np.median(steps))
    usual = float(steps.min()) if steps.min() < 0.75 * usual else usual
    times = np.round(steps / usual)
    if np.abs(steps - times * usual).max() > UNEVEN * usual + 0.02 or times.max() > MOST_MISSING:
        msg = f"{len(slices)} slices at uneven distances ({steps.min():.2f}-{steps.max():.2f} mm)"
        fix = "look for missing files; of two slabs give each as a series of its own"
        raise Unusable(msg, allowed="one distance between slices", fix=fix)
    return usual, bool(times.max() > 1)


def _name(first: Slice, order: tuple[tuple[str, float], ...]) -> str:
    """What to call a volume: numbers only, since descriptions may name people."""
    said = dict(order)
    parts = [f"series {said['SeriesNumber']:.0f}"] if "SeriesNumber" in said else ["series"]
    for tag, word in (("TemporalPositionIdentifier", "phase"), ("AcquisitionNumber", "acq.")):
        if tag in said:
            parts.append(f"{word} {said[tag]:.0f}")
    kind = role_of(first.image_type, first.description, first.b_value)[0]
    return ", ".join(parts) + ("" if kind == "image" else f" ({kind})")
