"""Which MR volumes are the phases of a dynamic series, and in what order.

What puts phases in order is the first of `ORDER_TAGS` that every phase states differently, or what
the case states, and the reason is kept. Subtractions, projections and maps are recognised by
ImageType and description and are never phases; nor are images of two sorts, or of one acquisition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from corr.imaging.dicom.header import Unusable
from corr.imaging.mri.kinds import acquisitions, carries_contrast, contradict
from corr.imaging.mri.slices import ORDER_TAGS, Slice, read_slices
from corr.imaging.mri.stacks import UNTOLD, moment, volumes_of, wraps
from corr.imaging.slabs import beside, joined, on_common_slices, one_grid_but_for_ends
from corr.imaging.volume import IN_FILE, IN_NAME, MAX_VOLUMES, STATED, Volume

NO_ORDER = "nothing says which came first: phases in the order given"


@dataclass(frozen=True, eq=False)
class Dynamic:
    """A dynamic series: the volume before contrast, those after it in order, and the rest.

    ``reason`` says what the order rests on (``order_known`` is False if on nothing in the files);
    ``others`` are the volumes that are neither phase nor subtraction, each with why; ``parts`` are
    the volumes of the files of which the phases are made.
    """

    pre: Volume
    posts: tuple[Volume, ...]
    others: tuple[tuple[Volume, str], ...]
    reason: str
    order_known: bool = True
    notes: tuple[str, ...] = ()
    parts: tuple[Volume, ...] = ()


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
            volumes += volumes_of(slices)
        except Unusable as error:
            why.update((s.path, str(error)) for s in slices)
    if not volumes:
        msg = f"no MR volume in {len(why)} file(s): {next(iter(why.values()), 'no files')}"
        raise Unusable(msg, allowed="DICOM MR images with position, orientation and spacing")
    return sorted(volumes, key=lambda v: ([value for _, value in v.order], v.name))


def order_phases(volumes: Sequence[Volume]) -> Dynamic:
    """Which volume came before contrast, which after it and in what order, and what the rest is.

    Phases are the largest set of images of one sort on one grid with one repetition and echo time
    and flip angle; two such sets of sagittal slabs, one a breast, are one.

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
    sets, parts = _both_breasts(_alike(images))
    phases = max(sets, key=lambda g: (carries_contrast(g[0].sorts), len(g), np.prod(g[0].shape)))
    used = [v for p in phases for v in parts.get(id(p), (p,))]
    if any(v.original for v in phases):
        phases = [v for v in phases if v.original]
    others = [(v, _why_not(v, phases[0])) for v in images if not any(v is p for p in used)]
    phases, reason, known = _in_order(phases)
    left = [p for p in used if not any(p is v for q in phases for v in parts.get(id(q), (q,)))]
    others += [(v, reason) for v in left]
    made_of = tuple(v for p in phases for v in parts.get(id(p), (p,)))
    phases, cut = on_common_slices(phases)
    derived = [(v, (v.notes or ("derived",))[-1]) for v in volumes if v.role == "derived"]
    notes = [] if len(phases) > 1 else ["one phase only: enhancement cannot be measured"]
    notes += [cut] if cut else []
    if any(_two_slabs(phases[0], v) for v, _ in others):
        notes.append("a slab of the other breast is missing phases or their order: it was not read")
    rest = (*others, *derived)
    return Dynamic(phases[0], tuple(phases[1:]), rest, reason, known, tuple(notes), made_of)


def _alike(images: Sequence[Volume]) -> list[list[Volume]]:
    """Images of one sort, grid and protocol together."""
    sets: list[list[Volume]] = []
    for v in images:
        for group in sets:
            alike = not any(contradict(v.sorts, other.sorts) for other in group)
            if alike and one_grid_but_for_ends(group[0], v) and _same_protocol(v, group[0]):
                group.append(v)
                break
        else:
            sets.append([v])
    return sets


def _both_breasts(
    sets: list[list[Volume]],
) -> tuple[list[list[Volume]], dict[int, tuple[Volume, Volume]]]:
    """Sets with those of two slabs made one; and of what each joined volume was made."""
    parts: dict[int, tuple[Volume, Volume]] = {}
    for one, other in combinations(sets, 2):
        a, b = one[0], other[0]
        if len(one) != len(other) or not _two_slabs(a, b):
            continue
        both = [_in_order(one), _in_order(other)]
        if any(len(phases) < len(one) or not known for phases, _, known in both):
            continue
        pairs = list(zip(both[0][0], both[1][0], strict=True))
        whole = [joined(x, y) for x, y in pairs]
        parts |= {id(v): pair for v, pair in zip(whole, pairs, strict=True)}
        return [*(s for s in sets if s is not one and s is not other), whole], parts
    return sets, parts


def _two_slabs(a: Volume, b: Volume) -> bool:
    alike = _same_protocol(a, b) and not contradict(a.sorts, b.sorts)
    return alike and beside(a, b)


def _in_order(phases: list[Volume]) -> tuple[list[Volume], str, bool]:
    """Phases in order, what the order rests on, and whether it is known."""
    tag, reason = _ordering(phases)
    several = acquisitions(phases, tag)
    if several == 1 and len(phases) > 1:
        return phases[:1], "one phase: all images are of one acquisition", True
    if 1 < several < len(phases):
        return phases, f"{len(phases)} images of {several} acquisitions: not told apart", False
    if tag is not None:
        said = [dict(v.order)[tag] for v in phases]
        late = wraps(tag, said)
        places = np.argsort([moment(value, late=late) for value in said], kind="stable")
        phases = [phases[n] for n in places]
    known = tag is not None or len(phases) == 1
    return phases, reason if known or UNTOLD not in phases[0].notes else UNTOLD, known


def _same_protocol(a: Volume, b: Volume) -> bool:
    if not (a.protocol and b.protocol):
        return True
    return bool(np.allclose(a.protocol, b.protocol, rtol=0.05, atol=0.1))


def _why_not(volume: Volume, phase: Volume) -> str:
    """Why an image is no phase of a series."""
    edges = (v.affine_lps[:3, :3] / v.spacing_mm for v in (volume, phase))
    if np.abs(np.subtract(*edges)).max() > 0.02:
        return "another orientation than the series"
    if contradict(volume.sorts, phase.sorts):
        return f"another sort of image than the series: {', '.join(volume.sorts.values())}"
    if not _same_protocol(volume, phase):
        return "another sequence than the series"
    if volume.same_grid(phase):
        return "derived from other images, as it says"
    return "another grid than the series"


def _ordering(phases: Sequence[Volume]) -> tuple[str | None, str]:
    """The first tag that every phase states differently, and why the ones before it were not."""
    if len(phases) == 1:
        return None, "one phase"
    passed: list[str] = []
    for tag in (STATED, *ORDER_TAGS, IN_FILE, IN_NAME):
        values = [dict(v.order).get(tag) for v in phases]
        if None not in values and len(set(values)) == len(values):
            why = f" ({'; '.join(passed)})" if passed and tag in ORDER_TAGS else ""
            return tag, f"phases ordered by {tag}{why}"
        if tag != STATED:
            absent = all(v is None for v in values)
            passed.append(f"{tag} {'absent' if absent else 'not different for all'}")
    return None, NO_ORDER
