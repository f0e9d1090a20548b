"""The formats that results travel in: what each holds, who opens it, who writes and reads it.

A format is an entry here and two functions: its writer takes what travels
(`corr.export.content.Content`; tables: `corr.export.tables.rows.AllTables`) and a folder and gives
the paths written; its reader takes that folder and gives a `corr.export.content.Summary`, or
something that has it as ``summary``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from typing import Any

from corr.extras import needs
from corr.problems import CorrError, nearest

Writer = Callable[[Any, Path], list[Path]]
Reader = Callable[[Path], Any]


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes
    ----------
    name : as it is asked for; also the folder of its files
    opens : programs that open it
    writer, reader : where its two functions are, as module:name
    files : what is in files of a name (`fnmatch`), the first that fits
    beside : function that gives of a case what its writer takes as a third argument
    of_all : whether one folder holds all women; else each of many has one
    extras : what has to be installed for it (`corr.extras`)
    """

    name: str
    opens: str
    writer: str
    reader: str
    files: tuple[tuple[str, str], ...]
    beside: str = ""
    of_all: bool = False
    extras: tuple[str, ...] = ("images",)

    def holds(self, path: Path) -> str:
        """What a file of this format holds, in words."""
        return next((said for name, said in self.files if fnmatch(path.name, name)), "")

    def load(self, which: str) -> Any:
        """Its ``writer``, ``reader`` or ``beside``.

        Raises
        ------
        NotInstalledError
            If what it needs is not installed.
        """
        for extra in self.extras:
            needs(extra, f"files of the format {self.name}")
        module, name = getattr(self, which).split(":")
        return getattr(import_module(module), name)


_EACH = (
    Format(
        "slicer",
        "3D Slicer (drop scene.mrml on it); .nii.gz and .seg.nrrd also elsewhere",
        "corr.export.slicer.write:write_slicer",
        "corr.export.slicer.read:read_slicer",
        (
            ("*.mrml", "the scene: all of these in one drop"),
            ("*.mrk.json", "findings and lesions as markups, LPS mm"),
            ("*.seg.nrrd", "regions that hold 80 %, as a segmentation"),
            ("MRI_*.nii.gz", "the MRI of the case"),
            ("*.nii.gz", "where a finding or lesion is believed to be, a volume"),
        ),
        beside="corr.export.slicer.write:volumes_of",
    ),
    Format(
        "dicom",
        "PACS and DICOM viewers (OHIF, Weasis); dcmtk's dsr2html for the report",
        "corr.export.dicom.files:write_dicom",
        "corr.export.dicom.files:read_dicom",
        (
            ("report.dcm", "structured report: findings, lesions, pairs with P(same)"),
            ("presentation-*.dcm", "drawn on one image: findings, and where others expect them"),
            ("regions-*.dcm", "segmentation: regions that hold 80 %, on the MRI"),
        ),
    ),
    Format(
        "fhir",
        "FHIR R5 servers and programs",
        "corr.export.fhir.bundle:write_fhir",
        "corr.export.fhir.read:read_fhir",
        (("bundle.json", "places, findings, lesions, groupings, pairs with P(same) and band"),),
        extras=("images", "fhir"),
    ),
    Format(
        "tables",
        "R, pandas, spreadsheets, databases; REDCap",
        "corr.export.tables.write:write_tables",
        "corr.export.tables.read:read_tables",
        (
            ("datapackage.json", "what every column of the CSV files holds (Frictionless)"),
            ("data_dictionary.csv", "the same as a table"),
            ("redcap_dictionary.csv", "data dictionary of a REDCap project"),
            ("redcap_import.csv", "its records"),
            ("*.csv", "a table"),
            ("*.parquet", "the same table, typed"),
            ("*.jsonl", "the same table, a JSON object a row"),
        ),
        of_all=True,
        extras=("images", "tables"),
    ),
)
FORMATS: dict[str, Format] = {f.name: f for f in _EACH}
"""By name, in the order in which they are listed and written."""


def asked_for(names: str | Iterable[str]) -> list[Format]:
    """The formats of names, or of one text with commas; each once, in our order.

    Raises
    ------
    CorrError
        If there is none of a name, or none is named.
    """
    each = names.split(",") if isinstance(names, str) else list(names)
    asked = [name.strip().lower() for name in each if name.strip()]
    wrong = next((name for name in asked if name not in FORMATS), None)
    if wrong is not None or not asked:
        what = "no format is named" if wrong is None else f"there is no format {wrong!r}"
        fix = "" if wrong is None else nearest(wrong, FORMATS)
        allowed = f"one or several of {', '.join(FORMATS)}"
        raise CorrError(what, where="to", allowed=allowed, fix=fix or "name one of these")
    return [f for name, f in FORMATS.items() if name in asked]
