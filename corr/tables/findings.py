"""The findings table: every column once, with all that is said of it anywhere.

The JSON Schema of case files, the table of `docs/columns.md`, checks, fields of the record, what
a text may fill, words about a place and the sliders of the explorer follow from `FindingRow`. A new
stated value is a column here, a field of `corr.records.Finding`, and its likelihood in its exam.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, get_args

from corr.anatomy.views import ALL_VIEWS, VIEWS
from corr.exams.registry import EXAMS
from corr.records import MODALITIES, BeamFrom, BiRads, DepthThird, Finding
from corr.tables.cells import columns as c
from corr.tables.cells.clock import Clock
from corr.tables.cells.columns import Column, Slider
from corr.tables.cells.fields import Choice, Flag, Grade, Number, Orientation, Quotes, Text
from corr.tables.cells.place import Quadrants, Region

_MG = tuple(modality for modality, exam in EXAMS.items() if exam.place == "film")
_US, _MR = ("US",), ("MR",)
_OF_FILM = Column(only=_MG, of_exam=True)
_OF_MRI = Column(only=_MR, of_exam=True)
_ACROSS = (-120.0, 120.0, 1.0)


class FindingRow(c.Row):
    """One finding as it was reported; what is not stated is left out."""

    case_id: Annotated[c.Id, Column(of_exam=True, opens="identity")]
    breast: Annotated[c.Side, Column("(`L`/`R`)", of_exam=True)]
    finding_id: Annotated[c.Id, Column("unique in the file", of_exam=True)]
    modality: Annotated[
        c.Modality,
        Column(
            "`MG`, `US`, `MR`, or `CEM`, contrast mammography: what enhances; what its low-energy "
            "image shows is `MG` of the same `exam_id`, as both are one compression",
            of_exam=True,
        ),
    ]
    exam_id: Annotated[c.Word, Column(of_exam=True, opens="exam")] = None
    date: Annotated[c.Date, Column("as 2024-09-30", of_exam=True)] = None
    exam_order: Annotated[
        c.Count,
        Column(
            "1, 2, … instead of dates. Needed when two exams of one modality are undated: without, "
            "they are taken for one exam, whose findings are different lesions",
            of_exam=True,
        ),
    ] = None
    view: Annotated[
        str | None,
        Choice((*ALL_VIEWS, "ABUS", "SUPINE")),
        Column(
            "MG, CEM: `CC MLO ML LM LMO SIO ISO FB STEREO`; the views `XCC XCCL XCCM AT CV TAN "
            "RL RM RI RS ID S M` are known, but their positions cannot be used. US: `ABUS` or "
            "empty. MR: `SUPINE`, or empty for prone",
            of_exam=True,
            opens="view",
        ),
    ] = None
    base_view: Annotated[
        str | None, Choice(tuple(VIEWS)), Column("of a stereo pair", _MG, of_exam=True)
    ] = None
    view_angle_deg: Annotated[
        c.Angle, Column("signed (0 CC, 90 ML; stereo: from that of `base_view`)", _MG, of_exam=True)
    ] = None
    thickness_mm: Annotated[c.Thickness, Column("compressed", _MG, of_exam=True)] = None
    kind: Annotated[
        str | None,
        Choice((*c.KINDS, c.NO_FINDING)),
        Column(
            "MG `mass calcification asymmetry` (seen on one view) `focal_asymmetry` (on two) "
            "`architectural_distortion`; US `mass echogenic_foci hypoechoic_area nonmass cyst`; "
            "MR `mass nme focus`; CEM `mass nme enhancing_asymmetry`; "
            "all `clip scar skin node` (shown, never matched); `no finding`: the row is none, its "
            "exam was done",
            opens="what it is",
        ),
    ] = None
    size_mm: Annotated[c.Size, Column(usual=(1.0, 120.0), opens="size")] = None
    size2_mm: Annotated[c.Size, Column()] = None
    size3_mm: Annotated[c.Size, Column("longest first")] = None
    n_calcifications: Annotated[
        int | None,
        Number(0, 10_000, whole=True),
        Column(
            'of a mass on ultrasound or film: 0 = "none seen in it", more = seen in it (1 where '
            "a text does not say how many, flagged)"
        ),
    ] = None
    count_min: Annotated[c.Count, Column(opens="number")] = None
    count_max: Annotated[
        c.Count,
        Column('"two masses, one of which": 2 and 2, and describe the one; "several": 3 and empty'),
    ] = None
    bi_rads: Annotated[
        str | None,
        Grade(get_args(BiRads)),
        Column(
            "0-6, 4A-4C: findings of one lesion tend to be assessed alike (counts with the kinds; "
            "never turned into a probability of cancer)",
            opens="assessment",
        ),
    ] = None
    morphology: Annotated[c.Word, Column()] = None
    distribution: Annotated[c.Word, Column()] = None
    margin: Annotated[c.Word, Column()] = None
    shape: Annotated[c.Word, Column("kept and shown")] = None
    clock: Annotated[
        tuple[float, float] | None,
        Clock(),
        Column(
            "`7`, `7:30` or `7.5`, `7-8`, `11-12`; half past twelve is `12:30`, `12.5` or `0.5`",
            field="clock_h",
            slider=Slider("clock, from", 0.5, 12.0, 0.5),
            opens="US place",
        ),
    ] = None
    fn_cm: Annotated[
        float | None,
        Number(0, 25, "cm"),
        Column(
            "from the nipple, on US along the skin, else straight",
            field="fn_mm",
            said="{:g} cm from the nipple",
            usual=(0.0, 15.0),
            slider=Slider("from the nipple", 0.0, 15.0, 0.5, _US),
        ),
    ] = None
    depth_mm: Annotated[
        float | None,
        Number(0, 150, "mm"),
        Column(
            "below the skin, on US or MR",
            ("US", "MR"),
            said="{:g} mm deep",
            usual=(0.0, 80.0),
            slider=Slider("below the skin", 0.0, 60.0, 1.0),
        ),
    ] = None
    targeted_at: Annotated[
        c.Word, Column("the finding or modality it looked for", of_exam=True)
    ] = None
    posterior_mm: Annotated[
        float | None,
        Number(-50, 300, "mm"),
        Column(
            only=(*_MG, *_MR),
            usual=(-15.0, 200.0),
            slider=Slider("behind the nipple", 0.0, 140.0, 1.0),
            opens="MG place",
        ),
    ] = None
    transverse_mm: Annotated[
        c.Offset,
        Column(
            "from the nipple on the film (transverse + to lateral on a CC, to upper outer on an "
            "MLO)",
            _MG,
            usual=(-130.0, 130.0),
            slider=Slider("across the film", *_ACROSS),
        ),
    ] = None
    beam_mm: Annotated[
        float | None, Number(0, 150, "mm"), Column("along the beam, if known", _MG)
    ] = None
    beam_from: Annotated[
        str | None,
        Choice(get_args(BeamFrom)),
        Column("where it starts (`detector`/`paddle`)", only=_MG),
    ] = None
    row: Annotated[c.Pixel, Column(only=_MG)] = None
    col: Annotated[c.Pixel, Column(only=_MG)] = None
    nipple_row: Annotated[c.Pixel, _OF_FILM] = None
    nipple_col: Annotated[c.Pixel, _OF_FILM] = None
    row_spacing_mm: Annotated[c.Spacing, _OF_FILM] = None
    col_spacing_mm: Annotated[c.Spacing, _OF_FILM] = None
    patient_orientation: Annotated[
        tuple[str, str] | None, Orientation(), Column("instead, all seven", _MG, of_exam=True)
    ] = None
    mr_l_mm: Annotated[c.Patient, Column(only=_MR, opens="MR place")] = None
    mr_p_mm: Annotated[c.Patient, Column(only=_MR)] = None
    mr_s_mm: Annotated[c.Patient, Column(only=_MR)] = None
    mr_nipple_l_mm: Annotated[c.Patient, _OF_MRI] = None
    mr_nipple_p_mm: Annotated[c.Patient, _OF_MRI] = None
    mr_nipple_s_mm: Annotated[
        c.Patient, Column("finding and nipple in DICOM LPS", _MR, of_exam=True)
    ] = None
    lateral_mm: Annotated[
        c.Offset,
        Column(only=_MR, usual=(-130.0, 150.0), slider=Slider("lateral of the nipple", *_ACROSS)),
    ] = None
    superior_mm: Annotated[
        c.Offset,
        Column(
            "instead, with `posterior_mm`: from the nipple, prone",
            _MR,
            usual=(-130.0, 150.0),
            slider=Slider("above the nipple", *_ACROSS),
        ),
    ] = None
    chestwall_mm: Annotated[
        c.Distance, Column("from the chest wall", _MR, said="{:g} mm from the chest wall")
    ] = None
    nipple_distance_mm: Annotated[
        c.Distance,
        Column(
            "straight from the nipple, as measured (it goes before `fn_cm`)",
            _MR,
            said="{:g} mm straight from the nipple",
            usual=(0.0, 200.0),
            slider=Slider("straight from the nipple", 0.0, 150.0, 1.0),
        ),
    ] = None
    quadrant: Annotated[
        str | None, Quadrants(), Column("(below), beside `clock`", opens="words, any modality")
    ] = None
    region: Annotated[
        str | None,
        Region(),
        Column("(`subareolar periareolar central axillary_tail deep_to_nipple`)"),
    ] = None
    depth_third: Annotated[
        str | None,
        Choice(get_args(DepthThird)),
        Column("(`anterior middle posterior`)", said="{} third"),
    ] = None
    very_close_to_nipple: Annotated[bool | None, Flag(), Column("(1/0)")] = None
    text: Annotated[
        str | None,
        Text(limit=20_000),
        Column("(a sentence, read only where columns are empty)", of_exam=True),
    ] = None
    words: Annotated[
        tuple[tuple[str, str], ...] | None,
        Quotes(),
        Column("(which words a value came from)", of_exam=True),
    ] = None
    same_as: Annotated[
        c.Word,
        Column(
            "`finding_id` that the reader already declared the same; not of a clip, scar, skin or "
            "node",
            opens="links",
        ),
    ] = None
    image: Annotated[c.Word, Column(of_exam=True, opens="case files")] = None
    mark: Annotated[
        c.Word, Column("the image a value comes from and the mark on it; kept in tables")
    ] = None


COLUMNS: dict[str, Column] = {
    name: next(m for m in info.metadata if isinstance(m, Column))
    for name, info in FindingRow.model_fields.items()
}
"""What each column says, in the order of the table."""

_OF_RECORD = {f.name for f in fields(Finding)}
FIELDS: dict[str, str] = {
    name: field for name, column in COLUMNS.items() if (field := column.field or name) in _OF_RECORD
}
"""Columns that become a field of `corr.records.Finding`, and which."""

OF_EXAM = frozenset(name for name, column in COLUMNS.items() if column.of_exam)
"""Columns that say something of the exam, the image or other findings, not of this finding."""

MEASURED = frozenset(
    name
    for name in COLUMNS.keys() - OF_EXAM
    if isinstance(cell := FindingRow.cell(name), Clock)
    or (isinstance(cell, Number) and bool(cell.unit))
)
"""Columns of numbers with a unit, and the hour: what two lesions seldom share to the last digit."""

FOREIGN = {
    modality: [
        name for name, column in COLUMNS.items() if column.only and modality not in column.only
    ]
    for modality in MODALITIES
}
"""For each modality the columns that belong to others."""


def columns_table() -> str:
    """The columns as `docs/columns.md` lists them: a row of Markdown for what belongs together."""
    rows: list[str] = []
    for name, column in COLUMNS.items():
        if column.opens:
            rows.append(f"| {column.opens} |")
        rows[-1] += f" `{name}` {column.about};" if column.about else f" `{name}`,"
    body = "\n".join(f"{row.rstrip(';,')} |" for row in rows)
    return f"| what | columns |\n|---|---|\n{body}\n"
