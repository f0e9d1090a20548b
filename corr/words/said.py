"""What a report says, as records: lengths in mm, clock hours as intervals, sides L and R."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """One described finding or associated feature; ``None`` or ``()`` = not said.

    Where several are counted ("two masses, one of which ..."), this is the described one
    and `count_min`/`count_max` say how many there are, itself included.
    """

    side: tuple[str, ...] = ()  # ("R",), ("L",), ("L", "R") for bilateral
    modality: str | None = None  # as passed in by the caller
    kind: str | None = None  # of corr.exams.registry.MATCHED_KINDS or ASSOCIATED_KINDS
    clock_h: tuple[float, float] | None = None  # as said; 11-1 is (11, 13)
    quadrant: str | None = None  # a name of corr.anatomy.quadrants
    region: str | None = None  # of corr.tables.cells.place.REGIONS
    depth_third: str | None = None  # anterior middle posterior
    very_close_to_nipple: bool = False
    fn_mm: float | None = None  # distance from the nipple
    fn_rounding_mm: float | None = None  # half of the last stated digit
    depth_mm: float | None = None  # below the skin
    chestwall_mm: float | None = None
    size_mm: float | None = None  # longest first
    size2_mm: float | None = None
    size3_mm: float | None = None
    n_calcifications: int | None = None  # 0 = said to have none
    count_min: int = 1
    count_max: int | None = 1  # None = open ("several")
    bi_rads: str | None = None
    negated: bool = False  # a statement of absence, never a finding
    earlier: bool = False  # said of an earlier time ("last year"), not of this exam
    text: str = ""  # the sentence that opened it
    words: tuple[tuple[str, str], ...] = ()  # (field, the exact words it came from)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Words that were seen and not used, or only in part: impossible, contradictory or open."""

    words: str  # exact; where two words disagree, from the first to the last of them
    field: str
    reason: str
    candidates: tuple[str, ...] = ()  # what may have been meant; none is ever chosen
    text: str = ""  # the sentence
    read_as: str = ""  # what was taken all the same: the least that the words say


@dataclass(frozen=True, slots=True)
class ReportWords:
    """Everything `corr.words.read_report` found in one text, in the order of the text."""

    mentions: tuple[Mention, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    negatives: tuple[Mention, ...] = ()  # statements of absence
    restated: tuple[Mention, ...] = ()  # say again (impression, diagnosis) what a mention said
    mentioned: tuple[Mention, ...] = ()  # of an indication, a plan, another examination
    others: tuple[Mention, ...] = ()  # no lesions: a seroma, a duct; kind is then the noun
    language: str | None = None  # of a report that was refused, because it is not English
