"""What a picture says it is beyond its class: computed from a tomosynthesis, a mask, a cut-out.

Files of all these come in the class of mammograms or of secondary captures, with side and view.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from corr.imaging.dicom import header
from corr.imaging.dicom.claims import transfer_syntax

LEAST_PIXELS = 100
"""Rows or columns fewer than this are a cut-out or an icon, no film."""
LEAST_FIELD_MM = 30.0
"""Stereotactic fields are 50 mm wide."""
_SYNTHESIZED = re.compile(
    r"\b[CS][- ]?VIEW\b|\b[GM]-VIEW\b|\bV[- ]?PREVIEW\b|\bINSIGHT[- ]?2D|"
    r"\bINTELLIGENT[- ]?2D|"
    r"\bGENERATED_2D\b|\bTOMO(?:SYNTHESIS)?[ _]?2D\b|\bSYNTH(?:ETIC|ESI[SZ]ED)?\b|\b[SI]2D\b"
)
"""Makers' names of mammograms that are computed from a tomosynthesis, and DICOM's own word."""
_MASK = re.compile(r"\b(?:MASK|SEGMENTATION|LABEL ?MAP)S?\b")
_CUT_OUT = re.compile(r"\b(?:CROP(?:PED)?|CUT ?OUT|PATCH|THUMBNAIL|ICON)\b")
_DESCRIBED = (
    *("SeriesDescription", "ProtocolName", "DerivationDescription"),
    *("AcquisitionDeviceProcessingDescription", "AcquisitionDeviceProcessingCode"),
)
_CODED = ("DerivationCodeSequence", "PerformedProtocolCodeSequence", "ViewModifierCodeSequence")
_CHUNKS, _CHUNK = 64, 512


def synthesized(ds: Dataset) -> bool:
    """Whether a single picture is computed from a tomosynthesis, as header or codes say."""
    if header.frames(ds) > 1:
        return False
    kinds = header.text(ds, "ImageType").upper().split("\\")[2:]
    from_tomo = any(k.startswith("TOMO") for k in kinds)
    return from_tomo or bool(_SYNTHESIZED.search(_said(ds)))


def no_film(ds: Dataset, path: Path) -> str:
    """Why a picture in a film's class is none: a mask, a cut-out; empty if it may be one."""
    words = _said(ds).replace("_", " ")
    rows, columns = (header.number(ds, k, low=1, high=65_535) or 0 for k in ("Rows", "Columns"))
    if _MASK.search(words):
        return "it says that it is a mask"
    if _CUT_OUT.search(words):
        return "it says that it is a part cut out"
    if 0 < min(rows, columns) < LEAST_PIXELS:
        return f"{rows:.0f} x {columns:.0f} pixels are no whole film"
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        spacing = header.numbers(ds, keyword, 2, low=0.01, high=5.0)
        if spacing and min(rows * spacing[0], columns * spacing[1]) < LEAST_FIELD_MM:
            return f"a field of {rows * spacing[0]:.0f} x {columns * spacing[1]:.0f} mm is no film"
    return "its pixels have two values only, as a mask's" if _two_valued(ds, path) else ""


def _said(ds: Dataset) -> str:
    """Words that say what the picture is, in capitals."""
    views = header.items(ds, "ViewCodeSequence")
    coded = [
        item for where in (ds, *views) for name in _CODED for item in header.items(where, name)
    ]
    words = [header.text(ds, k) for k in ("ImageType", *_DESCRIBED)]
    words += [header.text(c, k) for c in coded for k in ("CodeValue", "CodeMeaning")]
    return " ".join(w.replace("\\", " ") for w in words if w).upper()


def _two_valued(ds: Dataset, path: Path) -> bool:
    """Whether uncompressed pixels, looked at here and there, have two values."""
    begin, bits = (
        getattr(ds, "pixels_begin", None),
        header.number(ds, "BitsAllocated", low=8, high=16),
    )
    if begin is None or not bits or transfer_syntax(ds).is_compressed or header.frames(ds) > 1:
        return False
    size = path.stat().st_size - begin - 12
    seen: set[int] = set()
    with path.open("rb") as file:
        for n in range(_CHUNKS if size >= _CHUNK else 0):
            file.seek(begin + 12 + (size - _CHUNK) * n // (_CHUNKS - 1) // 2 * 2)
            seen |= {*np.frombuffer(file.read(_CHUNK), f"<u{int(bits) // 8}").tolist()}
            if len(seen) > 2:
                return False
    return len(seen) == 2
