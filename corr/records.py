"""Plain frozen records that the numeric core works on, and the ones it gives back.

The core trusts these; `corr.findings` validates user input and builds them. Field names
are those of the findings table (README, "Bring your own cases"). ``None`` = not stated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # a judgement carries them; records know nothing of either
    from corr.breast import BreastModel
    from corr.parameters import Parameters

MATCHED_KINDS = {
    "MG": ("mass", "calcification", "asymmetry", "focal_asymmetry", "architectural_distortion"),
    "US": ("mass", "echogenic_foci", "hypoechoic_area", "nonmass", "cyst"),
    "MR": ("mass", "nme", "focus"),
}
ASSOCIATED_KINDS = ("clip", "scar", "skin", "node")
"""Kept, shown and located, but never matched as lesions."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One exam_id (+ view + angle) of one breast: what was looked at, whether or not it found."""

    reading_id: str
    modality: str  # MG, US, MR
    exam_id: str
    view: str | None = None  # MG: CC, MLO, ...; US: ABUS or None; MR: SUPINE or None (prone)
    angle_deg: float | None = None  # signed film-plane angle; None = unknown
    thickness_mm: float | None = None
    study: str = ""  # readings with one study were taken together (films of one mammogram)
    order: float | None = None  # time order of exams; None = unknown
    targeted: bool = False  # looked only where another exam had pointed
    poor: bool = False  # of poor quality: shows less
    position_refused: str | None = None  # why positions of this view cannot be used
    base_angle_deg: float = 0.0  # STEREO: angle of the view it was taken around
    tracked: bool = False  # US: the probe's position was tracked, not said by hour and distance
    repeated: bool = False  # another reading of this breast shares its pose (`corr.order`)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of one reading, as reported; mm, hours and degrees."""

    finding_id: str
    reading_id: str
    modality: str
    kind: str | None = None
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
    beam_from: str | None = None  # detector, paddle
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
    # words
    quadrant: str | None = None  # corr.quadrants: UOQ ..., upper ..., UOQ+LIQ, far_upper ...
    region: str | None = None  # subareolar periareolar central axillary_tail deep_to_nipple
    depth_third: str | None = None  # anterior middle posterior
    very_close_to_nipple: bool = False
    # the assessment, and what is carried along
    bi_rads: str | None = None  # 0-6, 4A-4C
    same_as: str | None = None
    text: str | None = None
    words: tuple[tuple[str, str], ...] = ()  # (field, the words it came from)
    unlisted: bool = False  # one of "several" that nobody described by itself

    @property
    def matched(self) -> bool:
        """False for clip, scar, skin and node, which are never matched as lesions."""
        return self.kind not in ASSOCIATED_KINDS


@dataclass(frozen=True, slots=True)
class Shape:
    """Measured facts about one breast's shape, mm; anything may be missing."""

    density: str | None = None  # a-d
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
    side: str  # L, R
    readings: tuple[Reading, ...]
    findings: tuple[Finding, ...]
    shape: Shape = field(default_factory=Shape)


@dataclass(frozen=True, slots=True)
class Pair:
    """Judgement on two findings of different readings; `log10_*` add up to logit10 `p_same`."""

    finding_a: str
    finding_b: str
    p_same: float
    p_low: float
    p_high: float
    p_prior: float
    verdict: str  # same, probably same, undecided, probably different, different
    log10_prior: float
    log10_location: float
    log10_size: float
    log10_kind: float
    log10_reporting: float
    log10_context: float
    p_error: float = 0.0  # SD of p_same from the numerical integral over exam-level errors
    log10_category: float = 0.0  # what of log10_kind the BI-RADS categories add
    no_place: tuple[str, ...] = ()  # which of the two state no place: the verdict is undecided
    p_one_process: float = 0.0  # same lesion, or one within what the other extends over

    @property
    def log10_evidence(self) -> float:
        """Everything but the prior."""
        return (
            self.log10_location
            + self.log10_size
            + self.log10_kind
            + self.log10_reporting
            + self.log10_context
        )


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to group the findings: blocks of finding ids (sorted), each one lesion."""

    blocks: tuple[tuple[str, ...], ...]
    p: float


@dataclass(frozen=True)
class Belief:
    """Where one finding's lesion is, given this finding alone, in the reference breast."""

    finding_id: str
    probability: NDArray[np.float64]  # (n,), sums to 1 over BreastModel.points
    mean_mm: NDArray[np.float64]  # (3,)
    lo80_mm: NDArray[np.float64]
    hi80_mm: NDArray[np.float64]
    volume80_cm3: float


@dataclass(frozen=True, slots=True)
class Silence:
    """Probability that one exam of this breast reports nothing of a lesion that is there."""

    exam_id: str
    modality: str
    lesion: str
    size_mm: float
    p_nothing_reported: float


@dataclass(frozen=True)
class Judgement:
    """What the findings of one breast say about each other, and what it was judged with.

    Pictures and sentences of a judgement take their constants and their geometry from it.
    """

    breast: Breast
    model: BreastModel  # the reference breast on whose points the beliefs are
    parameters: Parameters  # the constants
    beliefs: dict[str, Belief]
    pairs: tuple[Pair, ...]
    groupings: tuple[Grouping, ...]  # most probable first, at most five
    silences: tuple[Silence, ...]
    word_readings: dict[str, dict[str, float]]  # finding -> share of each reading of its words
    nearby: dict[str, tuple[str, ...]]  # finding -> associated features within 2 cm
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> NDArray[np.float64]:
        """Points ``(n, 3)`` of the reference breast, mm, breast frame."""
        return self.model.points

    @property
    def cell_mm(self) -> float:
        """Distance of neighbouring points, mm."""
        return self.model.cell_mm

    def pair(self, a: str, b: str) -> Pair:
        """Judgement on findings ``a`` and ``b``, in either order.

        Raises
        ------
        KeyError
            If the two are not a pair of matched findings from different readings.
        """
        for p in self.pairs:
            if {p.finding_a, p.finding_b} == {a, b}:
                return p
        msg = f"no pair {a!r}, {b!r} in {self.breast.case_id} {self.breast.side}"
        raise KeyError(msg)
