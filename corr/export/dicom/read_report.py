"""Our own report, read back: the same findings, lesions and pairs with their probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from corr.export.content import PairNumbers, Summary
from corr.export.dicom.coded import column_of
from corr.imaging.dicom import header
from corr.imaging.dicom import own_codes as own
from corr.imaging.dicom.codes import SIDE, keys, scheme_key
from corr.problems import CorrError

GROUP, FINDING, LATERALITY = "DCM:125007", "DCM:121071", ("SCT:272741003", "DCM:111027")


def read_report(path: str | Path) -> Summary:
    """What a report of ours says.

    Raises
    ------
    Unusable
        If the file cannot be read.
    CorrError
        If it is no report of ours, or something of it is missing.
    """
    root = header.read_header(path)
    case_id = _text(root, own.CASE_ID)
    if case_id is None:
        msg = f"{Path(path).name} is no report of breast-corr"
        raise CorrError(msg, allowed="an SR that breast-corr wrote", fix="give report.dcm")
    summary = Summary(case_id, {}, {}, {})
    numbers: dict[tuple[str, str], int] = {}
    for group in _below(root, GROUP):
        if any(_key(own.REGION80) in keys(i, "ConceptCodeSequence")
               for i in _children(group, FINDING)):  # fmt: skip
            continue
        side, finding_id = _side(group), _text(group, own.FINDING_ID)
        if side is None or finding_id is None:
            msg = "a finding of the report has no side or id"
            raise CorrError(msg, fix="export the case again")
        summary.findings[side, finding_id] = _cells(group)
        if (lesion := _number(group, own.LESION)) is not None:
            numbers[side, finding_id] = int(lesion)
    for container in _below(root, _key(own.CORRESPONDENCE)):
        side = _side(container) or ""
        p = _number(container, own.P_GROUPING)
        if p is not None:
            ids = {key: n for key, n in numbers.items() if key[0] == side}
            summary.lesions.update({key: (n, p) for key, n in ids.items()})
        for item in _children(container, _key(own.P_SAME)):
            a, b, said = _pair(item)
            first, second = sorted((a, b))
            summary.pairs[side, first, second] = said
    return summary


def _cells(group: Dataset) -> dict[str, str]:
    """Cells of the findings table that a group states."""
    cells: dict[str, str] = {}
    for item in header.items(group, "ContentSequence"):
        names = keys(item, "ConceptNameCodeSequence")
        kind = header.text(item, "ValueType")
        if not names or kind not in ("NUM", "TEXT"):
            continue
        scheme, _, value = names[0].partition(":")
        if kind == "TEXT" and (column := column_of((scheme, value))):
            cells[column] = str(item.TextValue)
        if kind == "NUM" and (column := column_of((scheme, value), _unit(item))):
            cells[column] = f"{_value(item):.6g}"
    return cells


def _pair(item: Dataset) -> tuple[str, str, PairNumbers]:
    """Ids, and the numbers of a pair."""
    a, b = _text(item, own.FINDING_A), _text(item, own.FINDING_B)
    prior, low, high = (_number(item, n) for n in (own.P_PRIOR, own.P_LOW, own.P_HIGH))
    words = {_key(code): word for word, code in own.VERDICTS.items()}
    found = [
        words[k] for x in _children(item, _key(own.VERDICT))
        for k in keys(x, "ConceptCodeSequence") if k in words
    ]  # fmt: skip
    if a is None or b is None or prior is None or low is None or high is None or not found:
        msg = "a pair of the report lacks its findings, band, prior or verdict"
        raise CorrError(msg, fix="export the case again")
    return a, b, (_value(item), low, high, prior, found[0])


def _key(code: Code) -> str:
    return scheme_key(code.scheme_designator, code.value)


def _below(node: Dataset, name: str) -> Iterator[Dataset]:
    """Items of a name, at any depth."""
    for item in header.items(node, "ContentSequence"):
        if name in keys(item, "ConceptNameCodeSequence"):
            yield item
        else:
            yield from _below(item, name)


def _children(node: Dataset, name: str) -> list[Dataset]:
    inside = header.items(node, "ContentSequence")
    return [i for i in inside if name in keys(i, "ConceptNameCodeSequence")]


def _side(node: Dataset) -> str | None:
    """Side of a group or container, said in it or of its site."""
    for item in header.items(node, "ContentSequence"):
        if set(LATERALITY) & {*keys(item, "ConceptNameCodeSequence")}:
            return next((SIDE[k] for k in keys(item, "ConceptCodeSequence") if k in SIDE), None)
        if header.text(item, "ValueType") == "CODE" and (found := _side(item)) is not None:
            return found
    return None


def _text(node: Dataset, name: Code) -> str | None:
    """A text as it stands: ids may begin with anything."""
    return next((str(i.TextValue) for i in _children(node, _key(name))), None)


def _number(node: Dataset, name: Code) -> float | None:
    return next((_value(i) for i in _children(node, _key(name))), None)


def _value(item: Dataset) -> float:
    return float(item.MeasuredValueSequence[0].NumericValue)


def _unit(item: Dataset) -> str:
    units = item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence
    return header.text(units[0], "CodeValue")
