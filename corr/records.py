"""Plain frozen records that the numeric core works on.

The core trusts these; `corr.tables.rows` validates user input and builds them. Field names
are those of the findings table (`docs/columns.md`). ``None`` = not stated.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal, get_args

Modality = Literal["MG", "US", "MR", "CEM"]
"""Kinds of examination (DICOM says MG of contrast mammography, too): `corr.exams.registry`."""
Side = Literal["L", "R"]
Density = Literal["a", "b", "c", "d"]
FilmView = Literal["CC", "FB", "MLO", "LMO", "ML", "LM", "SIO", "ISO", "STEREO"]
"""Views whose geometry is known (`corr.anatomy.views`)."""
RefusedView = Literal[
    "XCCL", "XCCM", "XCC", "AT", "CV", "TAN", "RL", "RM", "RI", "RS", "ID", "S", "M"
]
View = Literal[FilmView, RefusedView, "ABUS", "SUPINE"]
BeamFrom = Literal["detector", "paddle"]
LesionKind = Literal[
    "mass",
    "calcification",
    "asymmetry",
    "focal_asymmetry",
    "architectural_distortion",
    "echogenic_foci",
    "hypoechoic_area",
    "nonmass",
    "cyst",
    "nme",
    "focus",
    "enhancing_asymmetry",
]
"""What examinations call lesions, each in words of its own (`Exam.kinds`)."""
AssociatedKind = Literal["clip", "scar", "skin", "node"]
"""Kept, shown and located, but never matched as lesions."""
Kind = Literal[LesionKind, AssociatedKind]
Lesion = Literal["mass", "calcification", "mass_calcification", "nonmass", "cyst"]
"""Types of lesion, whatever an examination calls them; a cyst is never malignant."""
Malignancy = Literal["benign", "malignant"]
DepthThird = Literal["anterior", "middle", "posterior"]
Region = Literal["subareolar", "periareolar", "central", "axillary_tail", "deep_to_nipple"]
BiRads = Literal["0", "1", "2", "3", "4", "4A", "4B", "4C", "5", "6"]

MODALITIES: tuple[Modality, ...] = get_args(Modality)
ASSOCIATED_KINDS: tuple[str, ...] = get_args(AssociatedKind)
LESIONS: tuple[Lesion, ...] = get_args(Lesion)
CLASSES: tuple[Malignancy, ...] = get_args(Malignancy)

_LATER = {"later": True}


@dataclass(frozen=True, slots=True)
class Reading:
    """One exam_id (+ view + angle) of one breast: what was looked at, whether or not it found."""

    reading_id: str
    modality: Modality
    exam_id: str
    view: View | None = None  # films: CC, MLO, ...; US: ABUS or None; MR: SUPINE or None (prone)
    angle_deg: float | None = None  # signed film-plane angle; None = unknown
    thickness_mm: float | None = None
    study: str = ""  # readings with one study were taken together (films of one mammogram)
    order: float | None = None  # time order of exams; None = unknown
    targeted: bool = False  # looked only where another exam had pointed
    poor: bool = False  # of poor quality: shows less
    position_refused: str | None = None  # why positions of this view cannot be used
    base_angle_deg: float = 0.0  # STEREO: angle of the view it was taken around
    tracked: bool = False  # US: the probe's position was tracked, not said by hour and distance
    repeated: bool = False  # another reading of this breast shares its pose (`judgement.order`)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of one reading, as reported; mm, hours and degrees."""

    finding_id: str
    reading_id: str
    modality: Modality
    kind: Kind | None = None
    # sizes, longest first; numbers
    size_mm: float | None = None
    size2_mm: float | None = None
    size3_mm: float | None = None
    n_calcifications: int | None = None  # 0 = "no calcifications seen" (evidence on a mass)
    count_min: int = 1
    count_max: int | None = 1  # None = open ("several")
    # film (MG) position
    posterior_mm: float | None = None  # MG: on film; MR: prone, from the nipple
    transverse_mm: float | None = None
    beam_mm: float | None = None
    beam_from: BeamFrom | None = None
    # ultrasound position; also words of any modality
    clock_h: tuple[float, float] | None = None  # interval (lo, hi], hi >= lo, hi may exceed 12
    fn_mm: float | None = None
    fn_rounding_mm: float = 5.0  # half width of the interval the reader rounded to
    depth_mm: float | None = None
    targeted_at: str | None = None
    # MRI position (prone, nipple-centred breast frame, with posterior_mm)
    lateral_mm: float | None = None
    superior_mm: float | None = None
    chestwall_mm: float | None = None
    nipple_distance_mm: float | None = field(default=None, metadata=_LATER)  # straight, prone
    # words
    quadrant: str | None = None  # anatomy.quadrants: UOQ ..., upper ..., UOQ+LIQ, far_upper ...
    region: Region | None = None
    depth_third: DepthThird | None = None
    very_close_to_nipple: bool = False
    # the assessment, and what is carried along
    bi_rads: BiRads | None = None
    same_as: str | None = None
    text: str | None = None
    words: tuple[tuple[str, str], ...] = ()  # (field, the words it came from)
    unlisted: bool = False  # one of "several" that nobody described by itself

    @property
    def matched(self) -> bool:
        """False for clip, scar, skin and node, which are never matched as lesions."""
        return self.kind not in ASSOCIATED_KINDS


LENGTHS = tuple(f.name for f in fields(Finding) if f.name.endswith("_mm") and f.default is None)
"""What may be stated of a finding in mm."""
LATER = tuple(f.name for f in fields(Finding) if f.metadata.get("later"))
"""Fields added since results were first compared: unstated, they leave no mark on the order of
findings (`corr.judgement.order`), so older cases keep their last digit."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Measured facts about one breast's shape, mm; anything may be missing."""

    density: Density | None = None
    mr_nipple_to_chestwall_mm: float | None = None
    mr_ext_lateral_mm: float | None = None
    mr_ext_medial_mm: float | None = None
    mr_ext_superior_mm: float | None = None
    mr_ext_inferior_mm: float | None = None
    # per view: (view, nipple_to_edge_mm, extent_y_neg_mm, extent_y_pos_mm), each may be None
    films: tuple[tuple[str, float | None, float | None, float | None], ...] = ()
    # of the other breast, per view: (view, nipple_to_edge_mm); used where this one's is unknown
    other_films: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Breast:
    """Everything known about one breast of one case: the unit of judgement."""

    case_id: str
    side: Side
    readings: tuple[Reading, ...]
    findings: tuple[Finding, ...]
    shape: Shape = field(default_factory=Shape)
