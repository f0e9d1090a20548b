"""What a finding's columns are called in DICOM: standard codes first, our own for the rest."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from corr.anatomy.clock import read_clock
from corr.export.content import Told
from corr.imaging.dicom.own_codes import SCHEME, own
from corr.tables.cells.fields import Number
from corr.tables.findings import FindingRow

MM, CM = Code("mm", "UCUM", "mm"), Code("cm", "UCUM", "cm")
DEG, ONE = Code("deg", "UCUM", "deg"), Code("1", "UCUM", "no units")
UNITS = {"_mm": MM, "_cm": CM, "_deg": DEG}
MEASURED = {
    "size_mm": codes.SCT.LongAxis,
    "size2_mm": codes.SCT.ShortAxis,
    "size3_mm": codes.SCT.PerpendicularAxis,
    "nipple_distance_mm": codes.DCM.DistanceFromNipple,
    "fn_cm": codes.DCM.DistanceFromNipple,
    "depth_mm": codes.DCM.DistanceFromSkin,
    "chestwall_mm": codes.DCM.DistanceFromChestWall,
    "n_calcifications": codes.DCM.NumberOfCalcifications,
}
"""Standard names of numbers; distances from the nipple are told apart by their units."""
MEANINGS = {
    "posterior_mm": "Posterior to nipple",
    "transverse_mm": "Transverse to nipple on film",
    "lateral_mm": "Lateral to nipple",
    "superior_mm": "Superior to nipple",
    "beam_mm": "Along the beam",
    "thickness_mm": "Compressed thickness",
    "view_angle_deg": "Angle of view",
}
"""Of columns without a standard name, as viewers show them; others go by their names."""
NUMBERS = tuple(
    name for name in FindingRow.model_fields if isinstance(FindingRow.cell(name), Number)
)
CLOCK = dict(
    enumerate(
        ("129772004", "129773009", "129774003", "129775002", "129776001", "129777005",
         "129778000", "129779008", "129780006", "129781005", "129782003", "129783008"), start=1,
    )
)  # fmt: skip
QUADRANTS = {
    "UOQ": ("76365002", "Upper outer quadrant of breast"),
    "UIQ": ("77831004", "Upper inner quadrant of breast"),
    "LOQ": ("33564002", "Lower outer quadrant of breast"),
    "LIQ": ("19100000", "Lower inner quadrant of breast"),
}
REGIONS = {
    "subareolar": ("129784002", "Subareolar"),
    "central": ("129786000", "Central portion of breast"),
    "axillary_tail": ("129785001", "Axillary tail of breast"),
}
DEPTHS = {
    "anterior": Code("255549009", "SCT", "Anterior"),
    "middle": Code("C25569", "NCIt", "Middle"),
    "posterior": Code("255551008", "SCT", "Posterior"),
}
KINDS = {  # an asymmetry (on one view) and what has no code is written with our own
    "calcification": codes.SCT.CalcificationCluster,
    "focal_asymmetry": codes.SCT.FocalAsymmetricBreastTissue,
    "architectural_distortion": codes.SCT.ArchitecturalDistortionOfBreast,
    "cyst": codes.SCT.CystOfBreast,
    "node": codes.SCT.IntramammaryLymphNode,
    "clip": codes.SCT.Clip,
    "scar": codes.SCT.ScarTissue,
}
CORRELATES = {
    "MG": codes.DCM.CorrelatesToMammographyFindings,
    "CEM": codes.DCM.CorrelatesToMammographyFindings,
    "US": codes.DCM.CorrelatesToUltrasoundFindings,
    "MR": codes.DCM.CorrelatesToMRIFindings,
}
SIDES = {"R": codes.SCT.Right, "L": codes.SCT.Left}


@dataclass(frozen=True)
class Said:
    """Numbers (column, name, value, unit), coded words (name, value) and texts (column, name)."""

    numbers: tuple[tuple[str, Code, float, Code], ...]
    coded: tuple[tuple[Code, Code], ...]
    texts: tuple[tuple[Code, str], ...]


def kind_code(told: Told) -> Code:
    """What a finding is."""
    kind = told.cells.get("kind")
    if kind == "mass":
        on_film = told.modality in ("MG", "CEM")
        return codes.SCT.MammographicBreastMass if on_film else codes.SCT.Mass
    if kind is None:
        return own("LESION_OR_FINDING", "Finding of a breast")
    return KINDS.get(kind) or own(kind, kind.replace("_", " "))


def said_of(told: Told) -> Said:
    """Every column of a finding, each once as itself, and its standard codes beside it."""
    numbers, texts = [], []
    for column, text in told.cells.items():
        if column in NUMBERS:
            unit = next((u for end, u in UNITS.items() if column.endswith(end)), ONE)
            name = MEASURED.get(column) or own(column, MEANINGS.get(column, column))
            numbers.append((column, name, float(text), unit))
        else:
            texts.append((own(column, column), text))
    order = list(MEASURED)
    numbers.sort(key=lambda n: (order.index(n[0]) if n[0] in order else len(order), n[0]))
    return Said(tuple(numbers), tuple(_coded(told.cells)), tuple(texts))


def _coded(cells: dict[str, str]) -> list[tuple[Code, Code]]:
    found = [
        (codes.DCM.ClockfaceOrRegion, Code(CLOCK[h], "SCT", f"{h} o'clock position"))
        for h in hours(cells.get("clock"))
    ]
    if (region := cells.get("region")) in REGIONS:
        value, meaning = REGIONS[region]
        found.append((codes.DCM.ClockfaceOrRegion, Code(value, "SCT", meaning)))
    if (quadrant := cells.get("quadrant")) in QUADRANTS:
        value, meaning = QUADRANTS[quadrant]
        found.append((codes.DCM.QuadrantLocation, Code(value, "SCT", meaning)))
    if (third := cells.get("depth_third")) in DEPTHS:
        found.append((codes.DCM.Depth, DEPTHS[third]))
    return found


def hours(clock: str | None) -> list[int]:
    """Whole hours that DICOM can say of a clock cell: one, or two neighbours; else none.

    >>> hours("7-8"), hours("12-1"), hours("7"), hours("7:30"), hours("3-9")
    ([7, 8], [12, 1], [7], [], [])
    """
    if clock is None:
        return []
    spans = read_clock(clock)
    ends = spans[0] if len(spans) == 1 else (0.0, 12.0)
    whole = [round(h) for h in ends]
    if any(abs(h - w) > 1e-6 for h, w in zip(ends, whole, strict=True)) or whole[1] - whole[0] > 1:
        return []
    return list(dict.fromkeys((w - 1) % 12 + 1 for w in whole))


def column_of(name: tuple[str, str], unit: str = "") -> str | None:
    """The column that a name of `said_of` stands for; None of other names.

    Parameters
    ----------
    name : coding scheme and value
    unit : of a number
    """
    if name[0] == SCHEME:
        return name[1] if name[1] in FindingRow.model_fields else None
    fits = [c for c, code in MEASURED.items() if (code.scheme_designator, code.value) == name]
    return next((c for c in fits if len(fits) == 1 or c.endswith(f"_{unit}")), None)
