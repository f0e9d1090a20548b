r"""What a mammogram's header says of its view: code, angle, orientation and scale.

View codes: DICOM CID 4014 and 4015 in SNOMED CT and in the older SRT/SNM3. The angle's
magnitude is the tag's, its sign that of side and view (`corr.anatomy.views`), because vendors
disagree on the sign and on what it is relative to. Pixels are oriented by PatientOrientation
(0020,0020) only: the first value is where columns grow to, the second where rows grow to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.dataset import Dataset

from corr.anatomy.film import transverse_sign
from corr.anatomy.views import REFUSED_VIEWS, STEREO_MAX_DEG, VIEWS, ViewError, signed_angle_deg
from corr.imaging.dicom.header import Fact, codes, first_groups, items, number, numbers, text

_VIEW_CODES = {
    **dict.fromkeys(("399162004", "R-10242"), "CC"),
    **dict.fromkeys(("399368009", "R-10226"), "MLO"),
    **dict.fromkeys(("399260004", "R-10224"), "ML"),
    **dict.fromkeys(("399352003", "R-10228"), "LM"),
    **dict.fromkeys(("399099002", "R-10230"), "LMO"),
    **dict.fromkeys(("399196006", "R-10244"), "FB"),
    **dict.fromkeys(("399188001", "R-102D0"), "SIO"),
    **dict.fromkeys(("441555000", "R-40AAA"), "ISO"),
    **dict.fromkeys(("399192008", "R-1024A", "Y-X1770"), "XCCL"),
    **dict.fromkeys(("399101009", "R-1024B", "Y-X1771"), "XCCM"),
    **dict.fromkeys(("399265009", "R-102CF"), "XCC"),
    **dict.fromkeys(("127457009", "G-8310"), "SPECIMEN"),
}
_MODIFIER_CODES = {
    **dict.fromkeys(("399055006", "R-102D7"), "S"),
    **dict.fromkeys(("399163009", "R-102D6"), "M"),
    **dict.fromkeys(("399209000", "R-102D5"), "ID"),
    **dict.fromkeys(("399011000", "R-102D1"), "AT"),
    **dict.fromkeys(("399161006", "R-102D2"), "CV"),
    **dict.fromkeys(("399197002", "R-102D3"), "RL"),
    **dict.fromkeys(("399226006", "R-102D4"), "RM"),
    **dict.fromkeys(("414493004", "R-102CA"), "RI"),
    **dict.fromkeys(("415670009", "R-102C9"), "RS"),
    **dict.fromkeys(("399110001", "R-102C2"), "TAN"),
    "442581004": "NP",
    "441752004": "AC",
    "442593008": "IMF",
    "442580003": "AX",
}
_REFUSED = {
    **REFUSED_VIEWS,
    "SPECIMEN": "a tissue specimen is no view of the breast",
    "AC": "anterior compression view: only the front of the breast is compressed",
}
_TEXT_TAGS = ("ViewPosition", "SeriesDescription", "ProtocolName", "PatientOrientation")
_WORD = re.compile(r"(?<![A-Z])[LR]?[ _-]?(XCCL|XCCM|XCC|LMO|MLO|SIO|ISO|CC|ML|LM|FB)(?![A-Z])")
_MANNERS = {"SPOT": "S", "MAG": "M", "MAGN": "M", "ROLLED": "RL", "TAN": "TAN", "ID": "ID"}
_LETTERS = re.compile(r"[APLRHF]{1,3}")
PROJECTIONS = tuple(f"1.2.840.10008.5.1.4.1.1.13.1.{n}" for n in (4, 5))
"""SOP classes of the projections of one tomosynthesis sweep."""
_PLAIN_SPACING_MM = (0.02, 0.6)
_LARGEST_FILM_MM = 400.0
NOMINAL_SPACING_MM = 0.05
"""Spacing assumed for sizes in the search for landmarks where a film has none (DDSM scanners:
0.042-0.050 mm); never used for positions."""


def read_view(ds: Dataset) -> Fact:
    """View code of `corr.anatomy.views`, or None; refused views are given by their code.

    Asked in this order: ViewCodeSequence with its modifiers, ViewPosition, SeriesDescription,
    ProtocolName, and PatientOrientation (some archives put the view there).
    """
    for item in items(ds, "ViewCodeSequence")[:1]:
        view = _VIEW_CODES.get(text(item, "CodeValue"))
        for code in codes(item, "ViewModifierCodeSequence"):
            manner = _MODIFIER_CODES.get(code)
            if manner in _REFUSED:
                return Fact(manner)
            if manner is None:
                return Fact(None, (f"view modifier {code} is not known",))
        if view and not text(ds, "ViewPosition").upper().startswith("FLAT"):
            return Fact(view)
    for tag in _TEXT_TAGS:
        said = set(_views_in(text(ds, tag).upper()))
        if len(said) == 1:
            return Fact(said.pop())
        if said:
            words = " and ".join(sorted(said))
            return Fact(None, (f"{tag} names several views: {words}",))
    return Fact(None, ("no tag says which view this is",))


def is_stereo(ds: Dataset) -> bool:
    """Whether this is one of a stereotactic series (biopsy, by its description), or a sweep's."""
    if text(ds, "SOPClassUID") in PROJECTIONS:
        return True
    return any("STEREO" in text(ds, tag).upper() for tag in _TEXT_TAGS[:3])


def refused(view: str | None) -> str:
    """Why positions on a view cannot be used; empty if they can."""
    return _REFUSED.get(view or "", "")


def read_angle(ds: Dataset, side: str, view: str) -> Fact:
    """Signed film-plane angle (degrees) by side, view and the tag's magnitude.

    None where the view has no fixed angle and the tag gives none that fits: then the
    population's angle applies.
    """
    raw = number(ds, "PositionerPrimaryAngle", low=-180, high=180)
    if view == "STEREO":
        offset = None if raw is None or abs(raw) > STEREO_MAX_DEG else raw
        try:
            return Fact(signed_angle_deg(view, side, offset))
        except ViewError as error:
            return Fact(None, (error.what,))
    nominal = signed_angle_deg(view, side)
    if raw is None:
        return Fact(nominal, () if nominal is not None else (_NO_ANGLE,))
    rule = VIEWS[view]
    if rule.sign == 0:  # about vertical: the tag's sign depends on vendor and side
        return Fact(nominal)
    if rule.low_deg <= abs(raw) <= rule.high_deg:
        return Fact(signed_angle_deg(view, side, raw))
    note = f"PositionerPrimaryAngle {raw:g} does not fit {view} (relative to the gantry?)"
    return Fact(nominal, (note, *(() if nominal is not None else (_NO_ANGLE,))))


def read_orientation(ds: Dataset, side: str, angle_deg: float) -> Fact:
    r"""PatientOrientation as two groups of letters that fit the film, or None with the reason."""
    frame = [i for g in first_groups(ds) for i in items(g, "PatientOrientationInFrameSequence")]
    said = (text(where, "PatientOrientation").upper() for where in (ds, *frame[:1]))
    stated = next((s for s in said if s), "")
    if not stated:
        return Fact(None, ("PatientOrientation is empty",))
    return check_orientation(stated.split("\\"), side, angle_deg)


def check_orientation(parts: list[str] | tuple[str, ...], side: str, angle_deg: float) -> Fact:
    """Two groups of letters, one of them front-back, the other an edge of this film."""
    letters = tuple(p.strip() for p in parts)
    said = "\\".join(letters)
    ends = [p[:1] in ("A", "P") for p in letters]
    if len(letters) != 2 or not all(_LETTERS.fullmatch(p) for p in letters) or sum(ends) != 1:
        return Fact(None, (f"PatientOrientation {said!r} is not one of a mammogram",))
    across = letters[1 if ends[0] else 0]
    if transverse_sign(across, side, angle_deg) is None:
        note = f"PatientOrientation {said!r} does not fit side {side} at {angle_deg:g} degrees"
        return Fact(None, (note,))
    return Fact(letters)


def read_scale(ds: Dataset, thickness_mm: float | None) -> Fact:
    """Spacing (mm) of rows and of columns in the breast, or None without calibration.

    A point at height h above the detector is magnified by SID / (SID - h). A corrected
    PixelSpacing or a stated magnification factor accounts for the middle of the breast; the
    detector's own spacing (ImagerPixelSpacing) for none of it, which is said. IHE's rule: a
    PixelSpacing beside another ImagerPixelSpacing is corrected (PixelSpacingCalibrationType says
    how, often it is absent); one that equals it is not, whatever the type says.
    """
    rows = number(ds, "Rows", low=1, high=65_535) or 1
    cols = number(ds, "Columns", low=1, high=65_535) or 1
    notes: list[str] = []
    for source, holder in _spacings(ds):
        tag = source.split(" ", 1)[0]
        pair = numbers(holder, tag, 2, low=_PLAIN_SPACING_MM[0], high=_PLAIN_SPACING_MM[1])
        if pair is None or max(rows * pair[0], cols * pair[1]) > _LARGEST_FILM_MM:
            if stated := text(holder, tag):
                notes.append(f"{source} {stated} is not the spacing of a mammogram")
            continue
        if source == _CORRECTED or tag == "NominalScannedPixelSpacing":
            how = text(ds, "PixelSpacingCalibrationType")
            if source == _CORRECTED and not how:
                notes.append("PixelSpacing differs from ImagerPixelSpacing: taken as corrected")
            return Fact(pair, tuple(notes))
        factor = number(ds, "EstimatedRadiographicMagnificationFactor", low=1.005, high=2.5)
        if factor and tag == "ImagerPixelSpacing":
            return Fact((pair[0] / factor, pair[1] / factor), tuple(notes))
        sid = number(ds, "DistanceSourceToDetector", low=400, high=1200) or 660.0
        high = (thickness_mm or 59.0) / sid
        largest = 100 * high / (1 - high)
        notes.append(f"spacing is that of the detector: lengths are 0-{largest:.0f} % large")
        return Fact(pair, tuple(notes))
    notes.append("no pixel spacing: positions are fractions of the breast, not mm")
    return Fact(None, tuple(notes))


_NO_ANGLE = "no usable angle: the population's angle of this view applies"


_CORRECTED = "PixelSpacing (corrected)"
_SAME_SPACING = 0.003  # relative: rounding of decimal strings


def _is_corrected(ds: Dataset) -> bool:
    low, high = _PLAIN_SPACING_MM
    plain, detector = (
        numbers(ds, tag, 2, low=low, high=high) for tag in ("PixelSpacing", "ImagerPixelSpacing")
    )
    if plain is None or detector is None:
        return plain is not None and text(ds, "PixelSpacingCalibrationType") != ""
    return any(abs(a / b - 1.0) > _SAME_SPACING for a, b in zip(plain, detector, strict=True))


def _spacings(ds: Dataset) -> Iterator[tuple[str, Dataset]]:
    if _is_corrected(ds):
        yield _CORRECTED, ds
    yield "ImagerPixelSpacing", ds
    yield "PixelSpacing", ds
    for group in first_groups(ds):
        for measures in items(group, "PixelMeasuresSequence")[:1]:
            yield "PixelSpacing of the functional groups", measures
    yield "NominalScannedPixelSpacing", ds


def _views_in(words: str) -> Iterator[str]:
    """View codes named in free text; a manner that has no map (spot, rolled) goes first."""
    tokens = re.findall(r"[A-Z]+", words)
    found = [_MANNERS[t] for t in tokens if t in _MANNERS]
    yield from found[:1] or _WORD.findall(words)
