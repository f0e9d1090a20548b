"""DICOM MR series: slices sorted by their place, phases told apart and put in order.

Slices are ordered by where they lie along the slice normal, never by name or instance number.
Several slices at one place are several phases. What puts phases in order is the first of
`ORDER_TAGS` that every phase states differently, and the reason is kept; subtractions,
projections and maps are recognised by ImageType and description and are never phases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from corr.imaging.dicom.header import Unusable
from corr.imaging.mri.kinds import carries_contrast, contradict, one_acquisition, role_of, sorts_of
from corr.imaging.mri.slices import ORDER_TAGS, Slice, load_voxels, read_slices, without_copies
from corr.imaging.volume import IN_FILE, IN_NAME, MAX_VOLUMES, Pose, Volume

SAME_PLACE_MM = 0.05
UNEVEN = 0.05  # largest deviation from even slice spacing, relative

_POSES: dict[str, Pose] = {"HFP": "prone", "FFP": "prone", "HFS": "supine", "FFS": "supine"}


@dataclass(frozen=True, eq=False)
class Dynamic:
    """A dynamic series: the volume before contrast, those after it in order, and the rest.

    ``reason`` says what the order rests on (``order_known`` is False if on nothing in the files);
    ``others`` are the volumes that are neither phase nor subtraction, each with why.
    """

    pre: Volume
    posts: tuple[Volume, ...]
    others: tuple[tuple[Volume, str], ...]
    reason: str
    order_known: bool = True
    notes: tuple[str, ...] = ()


def read_series(
    paths: Iterable[str | Path], *, refused: MutableMapping[Path, str] | None = None
) -> list[Volume]:
    """Volumes of a set of DICOM MR files, whatever their names and order.

    Parameters
    ----------
    refused
        Filled with the files that could not be used, each with the reason.

    Raises
    ------
    Unusable
        If no file gives a volume.
    """
    why: MutableMapping[Path, str] = {} if refused is None else refused
    stacks: dict[tuple[object, ...], list[Slice]] = defaultdict(list)
    for path in sorted({Path(p) for p in paths}):
        try:
            for one in read_slices(path):
                stacks[one.stack].append(one)
        except Unusable as error:
            why[path] = str(error)
    volumes: list[Volume] = []
    for slices in stacks.values():
        try:
            volumes += _volumes(slices)
        except Unusable as error:
            why.update((s.path, str(error)) for s in slices)
    if not volumes:
        msg = f"no MR volume in {len(why)} file(s): {next(iter(why.values()), 'no files')}"
        raise Unusable(msg, allowed="DICOM MR images with position, orientation and spacing")
    return sorted(volumes, key=lambda v: ([value for _, value in v.order], v.name))


def _volumes(slices: list[Slice]) -> list[Volume]:
    """The volumes of one stack: one, or one for each phase."""
    places: dict[int, list[Slice]] = defaultdict(list)
    for one in slices:
        places[round(one.place_mm / SAME_PLACE_MM)].append(one)
    merged: list[list[Slice]] = []
    for key in sorted(places):  # rounding may split one place over two neighbouring keys
        near = merged and places[key][0].place_mm - merged[-1][0].place_mm <= SAME_PLACE_MM
        if near:
            merged[-1] += places[key]
        else:
            merged.append(places[key])
    depth = max(len(p) for p in merged)
    if depth == 1:
        return [_volume([p[0] for p in merged])]
    tag = next((t for t in (*ORDER_TAGS, "InstanceNumber") if _tells_apart(merged, t)), None)
    if tag is None:
        kept = without_copies(slices)
        if left_out := len(slices) - len(kept):
            note = f"{left_out} image(s) held twice, in files that are copies: used once"
            return [replace(v, notes=(*v.notes, note)) for v in _volumes(kept)]
        msg = f"{depth} images at one place and no tag that tells them apart"
        raise Unusable(msg, allowed=", ".join(ORDER_TAGS), fix="give one phase at a time")
    said = f"{depth} phases in one series, told apart by {tag}"
    split: dict[float, list[Slice]] = defaultdict(list)
    complete = all(len(p) == depth for p in merged)
    late = _wraps(tag, [s.order[tag] for s in slices])
    for place in merged:
        when = sorted((_moment(s.order[tag], late=late), n) for n, s in enumerate(place))
        for rank, (moment, n) in enumerate(when):
            split[rank if complete else moment].append(place[n])
    usable = [s for _, s in sorted(split.items()) if len(s) == len(merged) or len(s) > 2]
    found = [_volume(s, (said,)) for s in usable]
    if tag in ORDER_TAGS or (complete and not _steady(merged)):
        return found
    return [replace(v, order=(*v.order, (IN_FILE, n))) for n, v in enumerate(found)]


def _steady(places: list[list[Slice]]) -> bool:
    """Whether instance numbers go one way through the places; if not, they tell no phases apart."""
    ranked = np.array([sorted(s.order["InstanceNumber"] for s in place) for place in places])
    steps = np.diff(ranked, axis=0)
    return bool((steps > 0).all() or (steps < 0).all())


def _wraps(tag: str, values: Sequence[float]) -> bool:
    """Whether times of day (s) lie on both sides of midnight."""
    return tag.endswith("Time") and max(values) - min(values) > 43_200 and tag != "TriggerTime"


def _moment(value: float, *, late: bool) -> float:
    return value + 86_400 if late and value < 43_200 else value


def _tells_apart(places: list[list[Slice]], tag: str) -> bool:
    """Whether every image says a value of its own at its place."""
    for place in places:
        values = [s.order.get(tag) for s in place]
        if None in values or len(set(values)) < len(values):
            return False
    return True


def _volume(slices: Sequence[Slice], notes: tuple[str, ...] = ()) -> Volume:
    """Slices of one phase, sorted by place, as a volume."""
    first, last, n = slices[0], slices[-1], len(slices)
    step, gaps = _step(slices)
    rows: list[Slice | None] = list(slices)
    if gaps:
        rows = [None] * (round((last.place_mm - first.place_mm) / step) + 1)
        for one in slices:
            rows[round((one.place_mm - first.place_mm) / step)] = one
        missing = rows.count(None)
        notes += (f"{missing} missing slice(s) filled in between their neighbours",)
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
        sorts=sorts_of(first.image_type[2:], first.description),
        frame_of_reference=first.frame_of_reference,
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
    if np.abs(steps - times * usual).max() > UNEVEN * usual + 0.02 or times.max() > 12:
        msg = f"{len(slices)} slices at uneven distances ({steps.min():.2f}-{steps.max():.2f} mm)"
        raise Unusable(msg, allowed="one distance between slices", fix="look for missing files")
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


def order_phases(volumes: Sequence[Volume]) -> Dynamic:
    """Which volume came before contrast, which after it and in what order, and what the rest is.

    Phases are the largest set of images of one sort on one grid with one repetition and echo time
    and flip angle.

    Raises
    ------
    Unusable
        If no volume can be a phase.
    """
    if len(volumes) > MAX_VOLUMES:
        msg = f"{len(volumes)} volumes"
        raise Unusable(msg, allowed=f"up to {MAX_VOLUMES}", fix="give the dynamic series alone")
    images = [v for v in volumes if v.role == "image"]
    if not images:
        msg = f"none of {len(volumes)} volume(s) is an image of a dynamic series"
        raise Unusable(msg, allowed="images that are not subtractions, projections or maps")
    sets: list[list[Volume]] = []
    for v in images:
        for group in sets:
            alike = not any(contradict(v.sorts, other.sorts) for other in group)
            if alike and v.same_grid(group[0]) and _same_protocol(v, group[0]):
                group.append(v)
                break
        else:
            sets.append([v])
    phases = max(sets, key=lambda g: (carries_contrast(g[0].sorts), len(g), np.prod(g[0].shape)))
    if any(v.original for v in phases):
        phases = [v for v in phases if v.original]
    tag, reason = _ordering(phases)
    if one_acquisition(phases, tag):
        phases, tag, reason = phases[:1], None, "one phase: all images are of one acquisition"
    if tag is not None:
        said = [dict(v.order)[tag] for v in phases]
        late = _wraps(tag, said)
        places = np.argsort([_moment(value, late=late) for value in said], kind="stable")
        phases = [phases[n] for n in places]
    others = [(v, "another grid, sequence or sort of image than the series") for v in images]
    others = [(v, why) for v, why in others if not any(v is p for p in phases)]
    derived = [(v, (v.notes or ("derived",))[-1]) for v in volumes if v.role == "derived"]
    notes = () if len(phases) > 1 else ("one phase only: enhancement cannot be measured",)
    rest = (*others, *derived)
    known = tag is not None or len(phases) == 1
    return Dynamic(phases[0], tuple(phases[1:]), rest, reason, known, notes)


def _same_protocol(a: Volume, b: Volume) -> bool:
    if not (a.protocol and b.protocol):
        return True
    return bool(np.allclose(a.protocol, b.protocol, rtol=0.05, atol=0.1))


def _ordering(phases: Sequence[Volume]) -> tuple[str | None, str]:
    """The first tag that every phase states differently, and why the ones before it were not."""
    if len(phases) == 1:
        return None, "one phase"
    passed: list[str] = []
    for tag in (*ORDER_TAGS, IN_FILE, IN_NAME):
        values = [dict(v.order).get(tag) for v in phases]
        if None not in values and len(set(values)) == len(values):
            why = f" ({'; '.join(passed)})" if passed and tag in ORDER_TAGS else ""
            return tag, f"phases ordered by {tag}{why}"
        absent = all(v is None for v in values)
        passed.append(f"{tag} {'absent' if absent else 'not different for all'}")
    return None, "phases in the order given: the files say nothing about time"
