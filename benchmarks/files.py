"""What becomes of files that readers misread: a table of cases, each with what is right.

`python -m benchmarks.files ROOT [--out FILE] [--only CASE ...]` opens every folder of ROOT that has
a line in `EXPECTED` (a case file, and images where there are some) and writes ``files.md``. The
files are made from the digital breast of `benchmarks.phantom`; they do not come with the project.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path

import corr
from corr.exchange.files import write_whole
from corr.problems import CorrError, InputError, Problem

Row = dict[str, str]


@dataclass(frozen=True)
class Seen:
    """What `corr` makes of one folder.

    Attributes
    ----------
    folder : with ``case.yaml``, and ``images`` where an inventory is asked for
    """

    folder: Path

    @cached_property
    def _read(self) -> tuple[corr.Case | None, tuple[Problem, ...]]:
        try:
            case = corr.read_case(self.folder / "case.yaml")
        except InputError as error:
            return None, tuple(error.problems)
        return case, case.problems

    @property
    def case(self) -> corr.Case | None:
        """The case; None where it has no usable finding (`problems` says why)."""
        return self._read[0]

    @cached_property
    def tables(self) -> dict[str, list[Row]]:
        """Rows of findings, breasts and exams as `corr findings` writes them."""
        if self.case is None:
            return {"findings": [], "breasts": [], "exams": []}
        with tempfile.TemporaryDirectory() as name:
            corr.save_case(self.case, name)
            read = {p.stem: p.read_text(encoding="utf-8") for p in Path(name).glob("*.csv")}
        return {name: list(csv.DictReader(text.splitlines())) for name, text in read.items()}

    @property
    def findings(self) -> list[Row]:
        """Findings of images: those of the case file alone are left out."""
        return [row for row in self.tables["findings"] if row.get("image")]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems of the case."""
        return self._read[1]

    @property
    def said(self) -> str:
        """Everything a user reads: what was read, and every problem."""
        read = corr.read_text(self.case) if self.case else ""
        return read + "\n" + "\n".join(f"{p.value}: {p.allowed}: {p.fix}" for p in self.problems)

    @cached_property
    def inventory(self) -> list[Row]:
        """Rows of `corr images` on the folder ``images``; none without one."""
        if not (self.folder / "images").is_dir():
            return []
        files = corr.inventory(self.folder / "images", jobs=1).files
        return [{str(k): str(v) for k, v in row.items()} for row in files.to_dict("records")]

    def done(self, modality: str) -> set[str]:
        """Breasts of which an exam of a modality counts as done."""
        rows = [r for r in self.tables["exams"] if r["modality"] == modality]
        return {r["breast"] for r in rows if r.get("done") == "1"}


@dataclass(frozen=True)
class Case:
    """One line of the table.

    Attributes
    ----------
    right : what is right, for the page
    wrong : what is not as it should be, a line each; none if all is right
    """

    right: str
    wrong: Callable[[Seen], Iterable[str]]


def near(row: Row, tolerance: float, **wanted: float) -> list[str]:
    """Cells of a row that are absent or farther off than the tolerance."""
    off = []
    for name, value in wanted.items():
        found = row.get(name, "")
        if not found or abs(float(found) - value) > tolerance:
            off.append(f"{name} {found or 'not given'} instead of {value:g}")
    return off


def words(seen: Seen, *wanted: str) -> list[str]:
    """Words that a user should read somewhere and does not."""
    said = seen.said.casefold()
    return [f"no word of {w!r}" for w in wanted if w.casefold() not in said]


def many(seen: Seen, number: int) -> list[str]:
    """A wrong number of findings."""
    found = len(seen.findings)
    return [] if found == number else [f"{found} findings instead of {number}"]


def _bidirectional(seen: Seen) -> list[str]:
    wrong = many(seen, 1)
    for row in seen.findings[:1]:
        wrong += near(row, 0.2, size_mm=10.0, size2_mm=6.0)
        wrong += [] if row.get("kind") == "mass" else [f"kind {row.get('kind') or 'not given'}"]
    return wrong


def _slices(seen: Seen) -> list[str]:
    wrong = many(seen, 1) + words(seen, "slice")
    for row in seen.findings[:1]:
        wrong += near(row, 3.0, posterior_mm=48.5, transverse_mm=31.0, size_mm=11.5)
    return wrong


def _no_frame(seen: Seen) -> list[str]:
    return many(seen, 1) + words(seen, "slice is not known")


def _rotated(seen: Seen) -> list[str]:
    wrong = many(seen, 1)
    for row in seen.findings[:1]:
        wrong += near(row, 3.0, posterior_mm=48.5)
        wrong += near(row, 4.0, transverse_mm=31.0) if row.get("transverse_mm") else []
    return wrong


def _other_frame(seen: Seen) -> list[str]:
    return many(seen, 1) + words(seen, "frame 7")


def _two_pieces(seen: Seen) -> list[str]:
    wrong = many(seen, 2)
    sizes = sorted(float(r.get("size_mm") or 0.0) for r in seen.findings)
    return wrong + [f"a size of {s:g} mm" for s in sizes if not 6.0 <= s <= 16.0]


def _shifted(seen: Seen) -> list[str]:
    return words(seen, "sform", "qform")


def _not_silent(seen: Seen) -> list[str]:
    if seen.findings:
        return []
    done = [f"MR counts as done for {b} without a finding" for b in sorted(seen.done("MR"))]
    return done + words(seen, "does not count as done")


def _mask_of_film(seen: Seen) -> list[str]:
    usable = {r["file"].rsplit("/")[-1]: r["usable"] for r in seen.inventory}
    wrong = [f"{n} is called a film" for n in ("mask.dcm",) if usable.get(n) == "yes"]
    return wrong + (words(seen, "mask") if not seen.findings else [])


def _other_tools(seen: Seen) -> list[str]:
    files = sorted(p.name for p in seen.folder.iterdir() if p.name not in ("u.dcm", "case.yaml"))
    images = seen.case.images if seen.case else ()
    read = {mark.source.casefold() for image in images for mark in image.marks.values()}
    unsaid = [name for name in files if name not in seen.said]
    wrong = [f"{n} is not named" for n in unsaid if not any(n.split(".")[0] in r for r in read)]
    return wrong if read else [*wrong, "none of the formats is read"]


EXPECTED: dict[str, Case] = {
    "sr_ohif_bidirectional": Case("one mass of 10 x 6 mm", _bidirectional),
    "dbt_seg_slices": Case("one mass over slices 2-4", _slices),
    "dbt_sr_no_frame": Case("used; its slice is not known", _no_frame),
    "dbt_cc_rotated": Case("48.5 mm deep; 31 mm lateral or side not known", _rotated),
    "us_clip_other_frame": Case("measured and drawn on frame 7", _other_frame),
    "nii_mask_two_lesions_one_label": Case("two findings of 12 and 8 mm", _two_pieces),
    "rt_two_pieces": Case("two findings of 12 and 8 mm", _two_pieces),
    "nii_sform_qform_shift": Case("sform and qform disagree", _shifted),
    "refused_marks_count_as_silent": Case("a finding, or the MRI is not known", _not_silent),
    "cbis_mask": Case("the mask is no film; its lesion or a way out", _mask_of_film),
    "json_other_tools": Case("read, or refused by name with a way out", _other_tools),
}
"""The cases of marks: what is right, and how one sees that it is not."""


def every_case() -> dict[str, Case]:
    """The cases of this table and of those beside it (``files_*.py``, each with ``EXPECTED``)."""
    found = dict(EXPECTED)
    for path in sorted(Path(__file__).parent.glob("files_*.py")):
        more = import_module(f"benchmarks.{path.stem}").EXPECTED
        found |= {name: Case(*line) for name, line in more.items()}
    return found


def page(root: Path, only: Iterable[str] = ()) -> str:
    """The results as a table in Markdown."""
    lines = ["# Files that readers misread", "", f"`python -m benchmarks.files {root.name}`", ""]
    lines += ["| case | right | seen |", "|---|---|---|"]
    for name, case in every_case().items():
        if not (root / name / "case.yaml").is_file() or (only and name not in only):
            continue
        try:
            wrong = list(case.wrong(Seen(root / name)))
        except CorrError as error:
            wrong = [str(error)]
        cell = "; ".join(wrong).replace("|", "/") or "right"
        lines.append(f"| {name} | {case.right} | {cell} |")
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--only", nargs="*", default=())
    asked = parser.parse_args()
    write_whole(asked.out, page(asked.root, asked.only))


if __name__ == "__main__":
    main()
