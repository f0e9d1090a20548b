"""Random contents of a case (`corr.export.content`), as hypothesis draws them.

Plain data, judged by nobody: what an export has to carry, in every combination that a case may
hold, with ids in any letters. Places are blobs on small grids, so that two hundred take seconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from corr.export.content import Content, Drawn, Image, Judged, Lesion, Place, Told, stable_uid
from corr.judgement.result import Grouping, Pair
from corr.judgement.verdict import verdict
from corr.questions.look.densities import LPS, Density
from corr.questions.look.sights import FRAME

ID = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, blacklist_categories=("C", "Z")),
    min_size=1, max_size=12,
)  # fmt: skip
P = st.floats(0.0, 1.0)
MM = st.floats(-80.0, 80.0).map(lambda x: round(x, 1))
LENGTH = st.floats(0.5, 80.0).map(lambda x: f"{round(x, 1):.6g}")
CM = st.floats(0.5, 20.0).map(lambda x: f"{round(x, 1):.6g}")
NUMBER = MM.map(lambda x: f"{x:.6g}")
KINDS = {
    "MG": ("mass", "calcification", "asymmetry", "focal_asymmetry", "architectural_distortion"),
    "US": ("mass", "echogenic_foci", "hypoechoic_area", "nonmass", "cyst"),
    "MR": ("mass", "nme", "focus"),
    "CEM": ("mass", "nme", "enhancing_asymmetry"),
}
APART = ("clip", "scar", "skin", "node")
FRAME_UID, MRI_STUDY = "1.2.826.0.1.3680043.8.498.1", "1.2.826.0.1.3680043.8.498.2"
MG_CLASS, MR_CLASS = "1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
US_CLASS = "1.2.840.10008.5.1.4.1.1.6.1"


@st.composite
def cells(draw: st.DrawFn) -> dict[str, str]:
    """Cells of one finding, each column stated or not."""
    modality = draw(st.sampled_from(tuple(KINDS)))
    said: dict[str, st.SearchStrategy[str]] = {
        "exam_id": st.sampled_from(("MG", "US", "MR", "MG-prior", "Ü 2")),
        "date": st.dates().filter(lambda d: d.year > 1900).map(str),
        "exam_order": st.sampled_from("123"),
        "kind": st.sampled_from((*KINDS[modality], *APART)),
        "size_mm": LENGTH, "size2_mm": LENGTH, "size3_mm": LENGTH,
        "n_calcifications": st.integers(0, 30).map(str),
        "count_min": st.sampled_from("123"),
        "bi_rads": st.sampled_from(("0", "2", "4", "4A", "4C", "5")),
        "margin": st.sampled_from(("circumscribed", "spiculated, irregular")),
        "quadrant": st.sampled_from(("UOQ", "upper", "UOQ+LIQ", "far_outer", "upper_central")),
        "region": st.sampled_from(("subareolar", "periareolar", "central", "deep_to_nipple")),
        "depth_third": st.sampled_from(("anterior", "middle", "posterior")),
        "very_close_to_nipple": st.just("1"),
        "clock": st.sampled_from(("7", "12", "7:30", "7-8", "11-12", "12-1", "12:30", "3-9")),
        "same_as": ID,
        "nipple_distance_mm": LENGTH,
    }  # fmt: skip
    if modality in ("MG", "CEM"):
        said |= {
            "view": st.sampled_from(("CC", "MLO", "ML")),
            "posterior_mm": LENGTH, "transverse_mm": NUMBER, "beam_mm": LENGTH,
            "beam_from": st.sampled_from(("detector", "paddle")),
            "thickness_mm": st.sampled_from(("52", "61.5")), "view_angle_deg": NUMBER,
        }  # fmt: skip
    if modality == "US":
        said |= {"fn_cm": CM, "depth_mm": LENGTH, "targeted_at": st.sampled_from(("MG", "MR"))}
    if modality == "MR":
        said |= {f"mr_{axis}_mm": NUMBER for axis in "lps"}
        said |= {"lateral_mm": NUMBER, "superior_mm": NUMBER, "chestwall_mm": LENGTH}
    asked = draw(st.sets(st.sampled_from(sorted(said)), max_size=9))
    return {"modality": modality} | {name: draw(said[name]) for name in sorted(asked)}


def blob(middle: tuple[float, float, float], sd_mm: float, names: tuple[str, ...]) -> Density:
    """A round belief on a grid of 8 mm."""
    axes = tuple(np.arange(-24.0, 25.0, 8.0) + 8.0 * round(m / 8.0) for m in middle)
    far = sum(
        ((a - m) / sd_mm) ** 2
        for a, m in zip(np.meshgrid(*axes, indexing="ij"), middle, strict=True)
    )
    mass = np.exp(-0.5 * np.asarray(far))
    return Density(names, axes, mass / mass.sum(), np.array(512.0))


@st.composite
def places(draw: st.DrawFn, *, mri: bool) -> Place:
    """Where something is believed to be; on the MRI, too, if there is one."""
    middle = (draw(MM), draw(MM), abs(draw(MM)))
    sd_mm = draw(st.sampled_from((6.0, 10.0)))
    breast = blob(middle, sd_mm, FRAME)
    low, high = zip(*(breast.interval(k, 0.8) for k in range(3)), strict=True)
    seen = blob(middle, sd_mm, LPS) if mri and draw(st.booleans()) else None
    volume = breast.size(0.8) / 1000.0
    return Place(middle, low, high, volume, breast, seen)  # type: ignore[arg-type]


def _split(draw: st.DrawFn, ids: list[str]) -> tuple[tuple[str, ...], ...]:
    """The ids in blocks."""
    blocks: dict[int, list[str]] = {}
    for i in ids:
        blocks.setdefault(draw(st.integers(0, len(ids) - 1)), []).append(i)
    return tuple(sorted(tuple(sorted(b)) for b in blocks.values()))


@st.composite
def pair(draw: st.DrawFn, a: str, b: str) -> Pair:
    """Two findings with any probabilities that go together."""
    low, p, high = sorted(draw(st.tuples(P, P, P)))
    parts: list[Any] = [draw(st.floats(-6, 6)) for _ in range(6)]
    prior = draw(P)
    return Pair(a, b, p, low, high, prior, verdict(p, low, high), *parts)


@st.composite
def judged(draw: st.DrawFn, case_id: str, side: str, images: tuple[Image, ...]) -> Judged:
    """One breast."""
    mri = any(i.modality == "MR" for i in images)
    ids = sorted(draw(st.sets(ID, min_size=1, max_size=4)))
    told = []
    for i in ids:
        stated = draw(cells())
        told.append(Told(i, stated, draw(places(mri=mri)), stated.get("kind") not in APART))
    matched = [f.finding_id for f in told if f.matched]
    blocks = _split(draw, matched) if matched else ()
    lesions = tuple(
        Lesion(
            n, block, f"{case_id} {side} lesion {n}", stable_uid(case_id, side, *block),
            draw(places(mri=mri)),
        )
        for n, block in enumerate(blocks, start=1)
    )  # fmt: skip
    pairs = tuple(
        draw(pair(a, b)) for k, a in enumerate(matched) for b in matched[k + 1 :]
        if draw(st.booleans())
    )  # fmt: skip
    reasons = {(q.finding_a, q.finding_b): "up from 0.30: places (x 4) for" for q in pairs}
    drawn = []
    for image in images:
        if side not in image.sides or image.modality == "MR":
            continue
        for f in told:
            at = np.array([[draw(st.integers(2, 60)) + 0.5, draw(st.integers(2, 60)) + 0.5]])
            lesion = next((x.number for x in lesions if f.finding_id in x.finding_ids), None)
            if f.modality == image.modality and draw(st.booleans()):
                ring = at + np.array([[0, 0], [0, 3], [3, 3], [3, 0], [0, 0]])
                lines = (ring if draw(st.booleans()) else at,)
                drawn.append(Drawn(image.image_id, (f.finding_id,), predicted=False,
                                   lines=lines, lesion=lesion))  # fmt: skip
        for x in lesions:
            if draw(st.booleans()):
                ring = np.array([[10, 10], [10, 40], [40.5, 40], [40, 10], [10, 10]], dtype=float)
                drawn.append(Drawn(image.image_id, x.finding_ids, predicted=True, lines=(ring,),
                                   lesion=x.number))  # fmt: skip
    groupings = (Grouping(blocks, draw(P)),) if blocks else ()
    return Judged(side, tuple(told), lesions, groupings, pairs, reasons, tuple(drawn))


def _image(name: str, modality: str, sop: str, n: int, **others: Any) -> Image:
    root = f"1.2.826.0.1.3680043.8.498.9{n}"
    study = MRI_STUDY if modality == "MR" else f"{root}.1"
    planes = others.get("planes", (0,))
    files = tuple((sop, f"{root}.3.{k + 1}") for k in range(len(planes)))
    return Image(
        name, modality, others.pop("sides", ("R",)), others.pop("view", None), study, f"{root}.2",
        others.pop("frame_uid", ""), files, others.pop("shape", (64, 64)), **others,
    )  # fmt: skip


FILM = _image("CC", "MG", MG_CLASS, 1, view="CC")
STILL = _image("still", "US", US_CLASS, 2)
MRI = _image(
    "MRI", "MR", MR_CLASS, 3, sides=("L", "R"), frame_uid=FRAME_UID, shape=(20, 18, 12),
    planes=tuple((k,) for k in range(12)),
    affine_lps=np.array(
        [[10.0, 0, 0, -100], [0, 10.0, 0, -90], [0, 0, 16.0, -96], [0, 0, 0, 1]]
    ),
    nipples_lps={"R": (-50.0, -40.0, 0.0), "L": (50.0, -40.0, 0.0)},
)  # fmt: skip


@st.composite
def contents(draw: st.DrawFn, *, images: bool = True) -> Content:
    """A whole case: one or two breasts, with images or without."""
    case_id = draw(ID)
    here = tuple(i for i in (FILM, STILL, MRI) if images and draw(st.booleans()))
    sides = draw(st.sampled_from((("R",), ("L",), ("R", "L"))))
    breasts = tuple(draw(judged(case_id, side, here)) for side in sides)
    dates = [d for b in breasts for f in b.findings if (d := f.cells.get("date"))]
    return Content(case_id, breasts, here, max(dates, default=None))
