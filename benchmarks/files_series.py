"""Series and pictures that readers misread: what is right for each, beside `benchmarks.files`.

``EXPECTED`` has for each folder what is right and a function that takes what `corr` made of it (a
`benchmarks.files.Seen`: findings, exams, what was said, the inventory) and returns what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Row = dict[str, str]
Check = Callable[[Any], Iterable[str]]


def _near(row: Row, tolerance: float, **wanted: float) -> list[str]:
    return [
        f"{name} {row.get(name) or 'not given'} instead of {value:g}"
        for name, value in wanted.items()
        if not row.get(name) or abs(float(row[name]) - value) > tolerance
    ]


def _words(seen: Any, *wanted: str) -> list[str]:
    said = seen.said.casefold()
    return [f"no word of {w!r}" for w in wanted if w.casefold() not in said]


def _of_image(seen: Any, modality: str = "MR") -> list[Row]:
    return [row for row in seen.findings if row.get("modality") == modality]


def _not_measured(seen: Any) -> list[str]:
    """One phase or no known order: no enhancement, and an exam that is not called silent."""
    wrong = [f"an enhancement in {row['breast']}" for row in _of_image(seen)]
    wrong += [f"done and silent: {side}" for side in sorted(seen.done("MR"))]
    return wrong + _words(seen, "enhancement was not measured")


def _untold(seen: Any) -> list[str]:
    return _not_measured(seen) if seen.case else _words(seen, "not measured")


def _gap_said(seen: Any) -> list[str]:
    return [*(_words(seen, "filled in") if seen.case else ["MRI not read"]), *_both(seen)]


def _both(seen: Any) -> list[str]:
    """The strongest enhancement of each breast, the left one where the digital breast has it."""
    first: dict[str, Row] = {}
    for row in _of_image(seen):
        first.setdefault(row.get("breast", ""), row)
    wrong = [f"no enhancement of {side}" for side in ("L", "R") if side not in first]
    place = {"mr_l_mm": 62.0, "mr_p_mm": 34.0, "mr_s_mm": 14.0}
    return wrong + (_near(first["L"], 4.0, **place) if "L" in first else [])


def _slabs(seen: Any) -> list[str]:
    if not seen.case:
        return _words(seen, "two slabs")
    between = [r for r in _of_image(seen) if abs(float(r.get("mr_l_mm") or 99)) < 22]
    return [*_both(seen), *(f"a finding between the slabs in {r['breast']}" for r in between)]


def _undecodable(seen: Any) -> list[str]:
    wrong = [f"{r['file']} called usable" for r in seen.inventory if r["usable"] == "yes"]
    said = seen.said
    if " gdcm" in said and "python-gdcm" not in said:
        wrong.append("names gdcm, which is another package")
    return wrong


def _still(seen: Any) -> list[str]:
    wrong = [f"{r['file']} not usable" for r in seen.inventory if r["usable"] != "yes"]
    return wrong + ([] if _of_image(seen, "US") else ["the still is not read"])


def _volumes(seen: Any) -> list[str]:
    return _words(seen, "3 phases") if "phases of" in seen.said else _words(seen, ".nii.gz")


def _paths(seen: Any) -> list[str]:
    folder = seen.folder / "images"
    wrong = [
        f"no such file: {r['file']}" for r in seen.inventory if not (folder / r["file"]).exists()
    ]
    hidden = [r["why"] for r in seen.inventory if "~" in r["why"]]
    return wrong + [f"struck out: {why}" for why in hidden]


EXPECTED: dict[str, tuple[str, Check]] = {
    "mr_dixon_pair": ("one phase, not measured, not done", _not_measured),
    "mr_instance_only_jumbled": ("order not known, nothing measured", _untold),
    "mr_odd_slice": ("read, the filled-in slice flagged", _gap_said),
    "mr_sagittal_two_slabs": ("both breasts, or two slabs named", _slabs),
    "mr_slice_times_one_missing": ("all phases, the gap filled and said", _gap_said),
    "nii_t1_t2_names": ("no phases, not done", _not_measured),
    "jpeg_lossless_inventory": ("not called usable; python-gdcm", _undecodable),
    "us_ybr422_native": ("read", _still),
    "nrrd_volume": ("three phases, or .nii.gz named", _volumes),
    "inventory_names_mask_words": ("paths that exist, plain reasons", _paths),
}
"""What is right, and how one sees that it is not."""
