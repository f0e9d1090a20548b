"""What was written for 3D Slicer, read back: summary, places, regions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corr.export.content import Floats, Summary
from corr.export.slicer.markups import OURS
from corr.export.slicer.segments import ascii_name, read_segments
from corr.export.slicer.write import segment_name
from corr.imaging.marks.annotation import Annotation
from corr.imaging.marks.slicer import read_markups
from corr.problems import CorrError

Key = tuple[str, str]


@dataclass(frozen=True, eq=False)
class SlicerFiles:
    """Files of one woman.

    Attributes
    ----------
    summary : findings with their cells, lesions, pairs with their probabilities
    places : (side, name) of findings and lesions to LPS mm, where a place is known
    regions : (side, name) to the mask of the 80 % region, where it has a voxel
    """

    summary: Summary
    places: dict[Key, Floats]
    regions: dict[Key, Annotation]


def read_slicer(folder: Path) -> SlicerFiles:
    """Read the files of one woman with the suite's readers of markups and label maps.

    Raises
    ------
    CorrError
        If there are none, or they were saved by another program, which drops what it does not know.
    """
    found = SlicerFiles(Summary("", {}, {}, {}), {}, {})
    summary = found.summary
    for path in sorted(folder.glob("[RL]_findings.mrk.json")):
        ours = _load(path).get(OURS)
        if not isinstance(ours, dict):
            msg = f"{path.name} does not hold what the suite wrote"
            raise CorrError(msg, allowed="files as they were exported", fix="export them again")
        side = str(ours["side"])
        summary.findings.update({(side, i): cells for i, cells in ours["findings"].items()})
        summary.lesions.update({(side, i): (n, p) for i, (n, p) in ours["lesions"].items()})
        summary.pairs.update({(side, a, b): tuple(x) for a, b, *x in ours["pairs"]})
        summary = Summary(str(ours["case_id"]), summary.findings, summary.lesions, summary.pairs)
        for kind in ("findings", "lesions"):
            _places(folder, side, kind, found)
    if not summary.case_id:
        msg = f"{folder} holds no export for 3D Slicer"
        raise CorrError(msg, allowed="R_findings.mrk.json or L_findings.mrk.json")
    return SlicerFiles(summary, found.places, found.regions)


def _places(folder: Path, side: str, kind: str, found: SlicerFiles) -> None:
    markups = _load(folder / f"{side}_{kind}.mrk.json")["markups"][:1]
    points = markups[0]["controlPoints"]
    names = [p["label"] for p in points]
    known = [p["label"] for p in points if p["positionStatus"] == "defined"]
    marks = read_markups({"markups": markups}, []) if known else []
    for name, mark in zip(known, marks, strict=True):
        found.places[side, name] = mark.points[0]
    path = folder / f"{side}_{kind}.seg.nrrd"
    if path.exists():
        masks = read_segments(path)
        for name in names:
            if (mask := masks.get(ascii_name(segment_name(side, name)))) is not None:
                found.regions[side, name] = mask


def _load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
