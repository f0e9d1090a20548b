"""Which frame of a file is shown, and what is said of marks on other frames or on no known one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corr.imaging.dicom import header
from corr.imaging.marks.annotation import Annotation


@dataclass(frozen=True)
class Shown:
    """The frame that is read.

    Attributes
    ----------
    index : 0-based
    said : what was read, a line each
    doubts : what somebody should look at
    """

    index: int
    said: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def frame_shown(path: Path, marks: Mapping[str, Annotation], stated: int | None) -> Shown:
    """The frame that the case states, else the one that most marks were made on, else the first.

    Parameters
    ----------
    path : DICOM file of one image
    marks : on it; those in patient coordinates are on no frame
    stated : 0-based frame of the case
    """
    ds = header.read_header(path)
    count = header.frames(ds)
    word = "slice" if header.text(ds, "Modality").upper() == "MG" else "frame"
    lesions = {n: m for n, m in marks.items() if m.kind != "nipple"}
    drawn = {n: m for n, m in lesions.items() if m.space == "pixel" and len(m.points)}
    on = {n: m.frame for n, m in drawn.items() if m.frame is not None}
    strange = {n: f for n, f in on.items() if f >= count}
    doubts = [
        f"{n} is on frame {f} (counted from 0), the file has {count}: used on the one shown"
        for n, f in strange.items()
    ]
    usable = [f for f in on.values() if f < count]
    most = Counter(usable).most_common(1)
    index = stated if stated is not None else most[0][0] if most else 0
    if count == 1:
        return Shown(index, doubts=tuple(doubts))
    why = "as stated" if stated is not None else "the one marked" if most else "the first"
    said = f"{count} frames: frame {index} (counted from 0) is shown, {why}"
    doubts += [
        f"{n} is on frame {f}, the picture shows frame {index}: "
        f"for a picture of it list the file once more, with frame: {f}"
        for n, f in on.items()
        if f != index and n not in strange
    ]
    if stated is None:
        doubts += [
            f"{name}: its {word} is not known: say which in frame (counted from 0)"
            for name in drawn
            if name not in on
        ]
    return Shown(index, (said,), tuple(doubts))
