"""The cells that say a place in words: ``quadrant`` and ``region``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from typing_extensions import override

from corr.anatomy.quadrants import NAMES, read_name
from corr.records import Region as RegionName
from corr.tables.cells.cell import Cell, FieldError

REGIONS: tuple[str, ...] = get_args(RegionName)
_SAME = {
    "subareolar": ("retroareolar", "retromamillary", "retromammillary", "behindthenipple"),
    "periareolar": (
        *("circumareolar", "paraareolar", "juxtaareolar", "perimamillary", "perimammillary"),
        *("besidetheareola", "nexttotheareola"),
    ),
    "central": ("centre", "center"),
    "axillary_tail": ("axillaryprocess", "tailofspence"),
    "deep_to_nipple": ("deeptothenipple",),
}
_REGION_OF = {
    word: region for region in REGIONS for word in (region.replace("_", ""), *_SAME[region])
}


def region_name(text: str) -> str | None:
    """The region that words mean, however they are spaced: "Retro-areolar" is subareolar."""
    return _REGION_OF.get(re.sub(r"[\s_-]+", "", text.lower()))


@dataclass(frozen=True)
class Quadrants(Cell):
    """A quadrant, half, end or border of one (`corr.anatomy.quadrants`), or a list of them."""

    @property
    @override
    def allowed(self) -> str:
        return (
            "UOQ, UIQ, LOQ, LIQ, a half (upper, lower, outer, inner), a list of them (UOQ+LIQ), "
            "where two quadrants meet (upper_central), or far from the nipple (far_upper)"
        )

    @override
    def read(self, text: str) -> str:
        try:
            return read_name(text)
        except ValueError as error:
            raise self.fail(fix=self._fix(text, str(error))) from None

    def _fix(self, text: str, meanings: str) -> str:
        if meanings:
            return f"may mean two places: write {meanings}"
        if region := region_name(text):
            return f"write it under region: {region}"
        if re.search(r"\d", text):
            return "write hours under clock"
        likely = get_close_matches(text.lower(), [n.lower() for n in NAMES], n=1, cutoff=0.65)
        near = next((n for n in NAMES if likely and n.lower() == likely[0]), None)
        return f"did you mean {near!r}?" if near else "use one of the allowed words"

    @override
    def json_schema(self) -> dict[str, Any]:
        words = {"type": "string", "pattern": r"^[A-Za-z_ ,;+&/-]+$", "maxLength": self.limit}
        return {"anyOf": [{"enum": list(NAMES)}, words]}


@dataclass(frozen=True)
class Region(Cell):
    """A named region; upper or lower case, spaces and hyphens do not matter."""

    @property
    @override
    def allowed(self) -> str:
        return ", ".join(REGIONS)

    @override
    def read(self, text: str) -> str:
        if region := region_name(text):
            return region
        raise self.fail(fix=self._fix(text))

    def _fix(self, text: str) -> str:
        try:
            return f"write it under quadrant: {Quadrants().read(text)}"
        except FieldError:
            likely = get_close_matches(text.lower(), REGIONS, n=1, cutoff=0.5)
            return f"did you mean {likely[0]!r}?" if likely else "use one of the allowed words"

    @override
    def json_schema(self) -> dict[str, Any]:
        return {"enum": list(REGIONS)}
