"""Coded words of breast imaging that DICOM files use, in the words of the findings table.

Keys are ``scheme:value``. Old SNOMED-RT codes (designators SRT, SNM3, 99SDM) are turned into
SNOMED CT first, with pydicom's table, so each concept is listed once. Context groups: clock face
6018, quadrant 6020, depth 6024, findings 6014-6016 and 6054, lengths 6165 (DICOM PS3.16).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import get_args

from pydicom.dataset import Dataset
from pydicom.sr._snomed_dict import mapping as snomed_mapping

from corr.anatomy.clock import clock_text
from corr.imaging.dicom import header
from corr.imaging.dicom.own_codes import SCHEME
from corr.records import Kind

_SNOMED_RT = ("SRT", "SNM3", "99SDM")

CLOCK_H = MappingProxyType(
    {
        "SCT:129772004": 1, "SCT:129773009": 2, "SCT:129774003": 3, "SCT:129775002": 4,
        "SCT:129776001": 5, "SCT:129777005": 6, "SCT:129778000": 7, "SCT:129779008": 8,
        "SCT:129780006": 9, "SCT:129781005": 10, "SCT:129782003": 11, "SCT:129783008": 12,
    }
)  # fmt: skip
QUADRANT = MappingProxyType(
    {
        "SCT:76365002": "UOQ", "SCT:77831004": "UIQ",
        "SCT:33564002": "LOQ", "SCT:19100000": "LIQ",
    }
)  # fmt: skip
REGION = MappingProxyType(
    {
        "SCT:129784002": "subareolar",
        "SCT:129786000": "central",
        "SCT:129785001": "axillary_tail",
    }
)
DEPTH_THIRD = MappingProxyType(
    {"SCT:255549009": "anterior", "NCIt:C25569": "middle", "SCT:255551008": "posterior"}
)
SIDE = MappingProxyType(
    {
        "SCT:73056007": "R", "SCT:24028007": "R", "SCT:80248007": "L", "SCT:7771000": "L",
        "SCT:63762007": "B", "SCT:51440002": "B",
    }
)  # fmt: skip
KINDS = tuple(name for some in get_args(Kind) for name in (get_args(some) or (some,)))
KIND = MappingProxyType(
    {
        "SCT:129788004": "mass", "DCM:111459": "mass", "DCM:111462": "mass", "SCT:4147007": "mass",
        "SCT:129769006": "calcification", "SCT:129770007": "calcification",
        "SCT:309587003": "calcification", "SCT:129792006": "architectural_distortion",
        "SCT:129790003": "focal_asymmetry", "SCT:129789007": "focal_asymmetry",  # on two views
        "SCT:399294002": "cyst", "DCM:111130": "cyst", "DCM:111460": "cyst", "DCM:111129": "cyst",
        "SCT:443808008": "node", "SCT:68171009": "node", "SCT:59441001": "node",
        "SCT:127189005": "node", "SCT:95324001": "skin", "SCT:129797000": "skin",
        "SCT:129796009": "skin", "DCM:111112": "skin", "DCM:111113": "skin",
        "SCT:77720000": "clip", "SCT:12402003": "scar", "SCT:24142002": "nipple",
        **{f"{SCHEME}:{name}": name for name in KINDS},
    }
)  # fmt: skip
"""Kinds of the findings table, and the landmark ``nipple``."""

DISTANCE = MappingProxyType(
    {"DCM:121242": "distance_mm", "DCM:121243": "depth_mm", "DCM:121244": "chestwall_mm"}
)
"""From the nipple, below the skin, from the chest wall."""

LENGTHS = frozenset(
    {
        "SCT:410668003", "SCT:103339001", "SCT:103340004", "SCT:81827009", "SCT:131187009",
        "SCT:131188004", "SCT:131189007", "SCT:103355008", "SCT:131197000", "DCM:121206",
        "DCM:121207", "DCM:121211", "DCM:121227", "SCT:131192006", "IBSI:L0JK", "IBSI:TDIC",
        "IBSI:P9VJ", "IBSI:7J51",
    }
)  # fmt: skip
MM_PER_UNIT = MappingProxyType({"mm": 1.0, "cm": 10.0, "um": 1e-3, "m": 1e3})
_BACKGROUND = "DCM:125040"
FROM_LABEL = frozenset({*KIND.values(), "echogenic_foci", "hypoechoic_area", "nonmass", "nme"})


def key(item: Dataset) -> str:
    """``scheme:value`` of a coded item; empty if it is not coded."""
    value = header.text(item, "CodeValue") or header.text(item, "LongCodeValue")
    return scheme_key(header.text(item, "CodingSchemeDesignator"), value) if value else ""


def scheme_key(scheme: str, value: str) -> str:
    """``scheme:value``, SNOMED-RT in SNOMED CT where pydicom's table has it."""
    if scheme in _SNOMED_RT:
        modern = snomed_mapping["SRT"].get(value)
        return f"SCT:{modern}" if modern else f"SRT:{value}"
    return f"{scheme}:{value}"


def keys(ds: Dataset, keyword: str) -> list[str]:
    """``scheme:value`` of every item of a code sequence."""
    return [k for k in map(key, header.items(ds, keyword)) if k]


def is_background(codes: Iterable[str], label: str) -> bool:
    """Whether a segment is what is left beside all others: no mark."""
    return _BACKGROUND in codes or label.strip().casefold() == "background"


def kind(found: Iterable[str], label: str = "") -> str | None:
    """Kind of the first code that has one, else of a label that is exactly a kind's name."""
    word = label.strip().lower().replace(" ", "_")
    named = word if word in FROM_LABEL else None
    return next((KIND[k] for k in found if k in KIND), named)


def clock_cell(hours: Sequence[int]) -> str | None:
    """Clock cell of one hour or of two neighbouring ones; else None.

    >>> clock_cell([7]), clock_cell([8, 7]), clock_cell([12, 1]), clock_cell([3, 9])
    ('7', '7-8', '12-1', None)
    """
    several = sorted(set(hours))
    first, last = (12, 1) if several == [1, 12] else (several[0], several[-1])
    return clock_text((first, last)) if (last - first) % 12 <= 1 else None


def place(found: Iterable[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Side, clock, quadrant, region and depth third among codes, and what contradicts itself.

    Returns
    -------
    cells : ``side`` (L, R), ``clock``, ``quadrant``, ``region``, ``depth_third``, where coded
    notes : words that were coded more than once with different values (left out)
    """
    codes = list(found)
    cells: dict[str, str] = {}
    notes: list[str] = []
    hours = [CLOCK_H[k] for k in codes if k in CLOCK_H]
    tables = {"side": SIDE, "quadrant": QUADRANT, "region": REGION, "depth_third": DEPTH_THIRD}
    for name, table in tables.items():
        said = {table[k] for k in codes if k in table}
        if len(said) == 1 and said != {"B"}:
            cells[name] = said.pop()
        elif said:
            notes.append(f"{name} is coded as {', '.join(sorted(said))}: not used")
    if hours and (cell := clock_cell(hours)):
        cells["clock"] = cell
    elif hours:
        notes.append(f"clock hours {sorted(set(hours))} are not neighbours: not used")
    return cells, tuple(notes)
