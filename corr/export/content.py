"""What travels: one woman's findings, lesions and pairs with their probabilities, in plain data.

Every writer of `corr.export` gets a `Content` and nothing else, so that what is not here cannot
reach a file: no name, birth date, station or file name of a source, no free text of a report.
Identifiers are those that the user put into the case; images are known by their UIDs alone.

Frames: ``breast`` is that of `corr.anatomy.frame` (lateral, superior, posterior; mm from the
nipple) in the reference breast; ``lps`` are DICOM patient coordinates in mm of the case's MRI.
Pixels are (row, column) of the stored image, whole numbers at the centres of pixels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corr.judgement.result import Grouping, Pair
from corr.questions.look.densities import Density

Floats = NDArray[np.float64]
Ids = tuple[str, ...]
REGION = 0.8
"""Share of a belief that its region holds."""
RESEARCH = "Research use only: P(same lesion), never a probability of cancer."


@dataclass(frozen=True, eq=False)
class Image:
    """One image of the case by its UIDs: a film, an ultrasound still or an MRI.

    Attributes
    ----------
    image_id : as the case calls it
    study_uid, series_uid, frame_of_reference_uid : empty where the files have none (NIfTI)
    instances : SOP class and instance UID of each file, for an MRI of its first phase
    planes : of an MRI, for each instance the slice k of every frame of it (one: a single image)
    shape : rows and columns, or voxels (i, j, k) of an MRI
    frame : 0-based frame that is meant, of a clip or tomosynthesis
    affine_lps : 4 x 4, voxel (i, j, k, 1) of an MRI to LPS mm; None for other images
    nipples_lps : by side, of an MRI
    look : how grey values of a film or still are shown (window, rescale, colour), by keyword
    """

    image_id: str
    modality: str
    sides: tuple[str, ...]
    view: str | None = None
    study_uid: str = ""
    series_uid: str = ""
    frame_of_reference_uid: str = ""
    instances: tuple[tuple[str, str], ...] = ()
    shape: tuple[int, ...] = ()
    planes: tuple[tuple[int, ...], ...] = ()
    frame: int | None = None
    affine_lps: Floats | None = None
    nipples_lps: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    look: dict[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Place:
    """Where something is believed to be.

    Attributes
    ----------
    mean_mm, lo80_mm, hi80_mm : in the breast frame; ends of the central 80 % along each axis
    volume80_cm3 : of the smallest region that holds 80 %
    breast : belief in the breast frame
    lps : where the MRI of the case would show it, without what that MRI itself reported of it;
        None where there is no MRI with a nipple, or the MRI alone reported it
    """

    mean_mm: tuple[float, float, float]
    lo80_mm: tuple[float, float, float]
    hi80_mm: tuple[float, float, float]
    volume80_cm3: float
    breast: Density
    lps: Density | None = None


@dataclass(frozen=True, eq=False)
class Drawn:
    """A finding, or the region of a lesion, on one image.

    Attributes
    ----------
    image_id : of `Content.images`
    finding_ids : what is drawn, or from what the region is predicted
    predicted : False: a finding as marked; True: where this image would show, by 80 %, what
        other exams found
    lines : closed (first point repeated) or open lines ``(k, 2)`` row, column; of an MRI
        ``(k, 3)`` LPS mm; a single point is ``(1, 2)`` or ``(1, 3)``
    lesion : number of the lesion in the most probable grouping
    """

    image_id: str
    finding_ids: Ids
    predicted: bool
    lines: tuple[Floats, ...]
    lesion: int | None = None


@dataclass(frozen=True, eq=False)
class Told:
    """One finding as it was reported, and where it may be.

    Attributes
    ----------
    cells : what the case states of it, in columns of the findings table as text (`texts_of`);
        ``date`` too, if the case states one
    matched : False for clip, scar, skin and node
    """

    finding_id: str
    cells: dict[str, str]
    place: Place
    matched: bool = True

    @property
    def modality(self) -> str:
        """``MG``, ``US``, ``MR`` or ``CEM``."""
        return self.cells["modality"]

    def number(self, column: str) -> float | None:
        """A number that the case states; None if it does not."""
        return float(self.cells[column]) if column in self.cells else None


@dataclass(frozen=True, eq=False)
class Lesion:
    """What the most probable grouping makes one lesion.

    Attributes
    ----------
    number : from 1, as in ``lesions.csv``
    tracking_id, tracking_uid : the same in every format; the same on every run
    place : belief of its findings together
    """

    number: int
    finding_ids: Ids
    tracking_id: str
    tracking_uid: str
    place: Place


@dataclass(frozen=True, eq=False)
class Judged:
    """One breast.

    Attributes
    ----------
    groupings : most probable first; `lesions` are those of the first
    pairs : of findings of different readings
    reasons : by pair of ids, in words: what moved P(same) from its prior
    drawn : findings and predicted regions on images
    """

    side: str
    findings: tuple[Told, ...]
    lesions: tuple[Lesion, ...]
    groupings: tuple[Grouping, ...]
    pairs: tuple[Pair, ...]
    reasons: dict[tuple[str, str], str]
    drawn: tuple[Drawn, ...] = ()

    def lesion_of(self, finding_id: str) -> Lesion | None:
        """The lesion of a finding; None of what is never matched."""
        return next((x for x in self.lesions if finding_id in x.finding_ids), None)


PairNumbers = tuple[float, float, float, float, str]


@dataclass(frozen=True)
class Summary:
    """What every format brings back: equal before and after (numbers to six digits).

    Attributes
    ----------
    findings : (side, finding id) to its cells
    lesions : (side, finding id) to the number of its lesion and P of the grouping
    pairs : (side, id, id), ids sorted, to P(same), its band low and high, prior, and verdict
    """

    case_id: str
    findings: dict[tuple[str, str], dict[str, str]]
    lesions: dict[tuple[str, str], tuple[int, float]]
    pairs: dict[tuple[str, str, str], PairNumbers]


@dataclass(frozen=True, eq=False)
class Content:
    """Everything of one case that is written.

    Attributes
    ----------
    case_id : as the user put it into the case
    breasts : right first
    date : last date that the case states, as 2024-09-30; None where it states none
    """

    case_id: str
    breasts: tuple[Judged, ...]
    images: tuple[Image, ...] = ()
    date: str | None = None

    def image(self, image_id: str) -> Image:
        """The image of a name."""
        return next(i for i in self.images if i.image_id == image_id)

    @property
    def each(self) -> Iterator[tuple[Judged, Told]]:
        """Every finding with its breast."""
        return ((b, f) for b in self.breasts for f in b.findings)

    def summary(self) -> Summary:
        """What has to come back."""
        return Summary(
            self.case_id,
            {(b.side, f.finding_id): dict(f.cells) for b, f in self.each},
            {
                (b.side, i): (x.number, six(b.groupings[0].p))
                for b in self.breasts for x in b.lesions for i in x.finding_ids
            },
            {
                (b.side, min(p.finding_a, p.finding_b), max(p.finding_a, p.finding_b)):
                    numbers_of(p)
                for b in self.breasts for p in b.pairs
            },
        )  # fmt: skip

    @cached_property
    def digest(self) -> str:
        """Of all that is said: the same on every run, another where anything differs."""
        said = self.summary()
        parts = [
            *(sorted(part.items()) for part in (said.findings, said.lesions, said.pairs)),
            [(i.image_id, i.series_uid, i.instances) for i in self.images],
        ]
        return hashlib.sha256(repr((self.case_id, parts)).encode()).hexdigest()

    def uid(self, *what: str) -> str:
        """A UID for something of this content; the same on every run."""
        return stable_uid(self.digest, *what)


def stable_uid(*what: str) -> str:
    """A UID that follows from words alone (pydicom's root and a hash)."""
    from pydicom.uid import generate_uid

    return str(generate_uid(entropy_srcs=["breast-corr", *what]))


def three(values: Floats) -> tuple[float, float, float]:
    """Three plain numbers."""
    a, b, c = (float(x) for x in values)
    return a, b, c


def six(value: float) -> float:
    """A number with the six digits of the result tables."""
    return float(f"{value:.6g}")


def numbers_of(pair: Pair) -> PairNumbers:
    """Numbers and verdict of a pair, as they travel."""
    low, high = six(pair.p_low), six(pair.p_high)
    return six(pair.p_same), low, high, six(pair.p_prior), pair.verdict
