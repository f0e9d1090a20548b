"""The functional groups of multi-frame DICOM files, and values looked up in several places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from corr.imaging.dicom import header
from corr.imaging.dicom.header import Unusable

MAX_FRAMES = 20_000
_MACROS = (
    *("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence"),
    *("FrameContentSequence", "PixelValueTransformationSequence", "MRImageFrameTypeSequence"),
    *("MRTimingAndRelatedParametersSequence", "MREchoSequence", "MRDiffusionSequence"),
    *("FrameAnatomySequence", "CardiacSynchronizationSequence", "DerivationImageSequence"),
    *("SegmentIdentificationSequence", "PlanePositionVolumeSequence"),
    "PlaneOrientationVolumeSequence",
)


def places_of_frames(ds: Dataset) -> list[list[Dataset]]:
    """For every frame the first items of its functional groups, then of those of all frames.

    Empty if the file has no groups for each frame.

    Raises
    ------
    Unusable
        If there are absurdly many.
    """
    each = header.items(ds, "PerFrameFunctionalGroupsSequence")
    if len(each) > MAX_FRAMES:
        msg = f"the file claims {len(each)} frames"
        raise Unusable(msg, allowed=f"up to {MAX_FRAMES}")
    general = shared_places(ds)
    return [[*_items(group), *general] for group in each]


def shared_places(ds: Dataset) -> list[Dataset]:
    """The first items of the functional groups that hold for all frames."""
    shared = header.items(ds, "SharedFunctionalGroupsSequence")[:1]
    return [item for group in shared for item in _items(group)]


def _items(group: Dataset) -> list[Dataset]:
    return [item for macro in _MACROS for item in header.items(group, macro)[:1]]


class Tags:
    """Values looked up in several places of a file, most special first."""

    def __init__(self, places: Sequence[Dataset]) -> None:
        self.places = places

    def text(self, *keywords: str) -> str:
        """The first value that is not empty, as `corr.imaging.dicom.header.text`."""
        found = (header.text(ds, k) for k in keywords for ds in self.places)
        return next((t for t in found if t), "")

    def number(self, *keywords: str, low: float, high: float) -> float | None:
        """The first number in [low, high]; None if there is none."""
        found = (header.number(ds, k, low=low, high=high) for k in keywords for ds in self.places)
        return next((v for v in found if v is not None), None)

    def numbers(self, keyword: str, count: int, *, limit: float) -> NDArray[np.float64] | None:
        """The first ``count`` numbers within ``limit`` of 0; None if there are none."""
        found = (header.numbers(ds, keyword, count, low=-limit, high=limit) for ds in self.places)
        return next((np.array(v) for v in found if v is not None), None)

    def items(self, keyword: str) -> list[Dataset]:
        """Items of the first sequence that has some."""
        found = (header.items(ds, keyword) for ds in self.places)
        return next((several for several in found if several), [])
