"""What a folder of mixed files holds, what can be used, and why the rest cannot.

No patient identifier leaves this module: patients, exams and series are numbered, no free text of
a header is shown, and names, numbers and dates that headers state are struck out of file names
and out of what reasons quote; the words of a reason itself stay.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from tqdm import tqdm

from corr.imaging.dicom.header import Unusable
from corr.imaging.dicom.private import ORDINARY, hidden, nameless, within_words
from corr.imaging.inventory.file import QUOTED, Entry, look_at
from corr.imaging.inventory.series import rows_of_exam
from corr.plurals import many
from corr.problems import shown
from corr.workers import in_workers

COLUMNS = (
    "file", "files", "patient", "exam", "modality", "what", "side", "view", "size", "usable", "why",
)  # fmt: skip
FEW = 400
"""Files below which starting workers costs more than it saves."""
_LINK = "links are not followed; fix: give the folder that holds the file"
_In = TypeVar("_In")
_Out = TypeVar("_Out")


def inventory(
    folder: str | Path, *, workers: int | None = None, progress: bool = False
) -> pd.DataFrame:
    """One row per file, for MR per series, and per dynamic series even if each phase is one.

    Parameters
    ----------
    folder : looked through with its subfolders; links are not followed
    workers : processes; None = one per core
    progress : show a bar on stderr

    Returns
    -------
    table of `COLUMNS`, sorted by file: ``file`` (in the folder; the first of a series), ``files``
    (how many the row stands for), ``patient`` and ``exam`` (numbers such as 2 and 2.1; exams of a
    patient in the order of their dates), ``modality``, ``what``, ``side``, ``view``, ``size``
    (rows x columns x frames or slices), ``usable`` (yes, no) and ``why`` (why not, or what was
    assumed)

    Raises
    ------
    Unusable
        If the folder does not exist or cannot be listed.
    """
    folder = Path(folder)
    if not folder.is_dir():
        msg = f"{folder.name} is not a folder"
        raise Unusable(msg, fix="give the folder that holds the images")
    links: list[Path] = []
    paths = sorted(_files(folder, links))
    looked = _each(look_at, paths, workers=workers, bar="file" if progress else "")
    looked += [Entry(path, what="link", why=_LINK) for path in links]
    exams: dict[tuple[str, str], dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    entries = []
    for entry in looked:
        if entry.modality == "MR" and entry.series and entry.usable == "yes":
            exams[entry.study][entry.series].append(entry)
        else:
            entries.append((entry, 1))
    stacks = [list(series.values()) for series in exams.values()]
    for rows in _each(rows_of_exam, stacks, workers=workers, bar="exam" if progress else ""):
        entries += rows
    entries.sort(key=lambda pair: pair[0].path)
    return _table(entries, folder)


def summary(table: pd.DataFrame) -> str:
    """The inventory in words: each exam with what it holds, then what cannot be used and why."""
    if table.empty:
        return "No files (names that begin with a dot are not looked at)."
    usable = table[table["usable"] == "yes"]
    lines = [f"{many(int(table['files'].sum()), 'file')}: {usable['files'].sum()} can be used."]
    for exam in sorted(set(usable["exam"]), key=_exam_order):
        rows = usable[usable["exam"] == exam].to_dict("records")
        patient = str(exam).partition(".")[0]
        lines += ["", f"patient {patient}, exam {exam}:" if exam else "not tied to an exam:"]
        lines += [f"  {line}" for line in _counted(map(_named, rows))]
    rest = table[table["usable"] != "yes"].to_dict("records")
    if rest:
        lines += ["", f"{many(sum(r['files'] for r in rest), 'file')} cannot be used:"]
        lines += [f"  {line}" for line in _counted(f"{r['what']}: {r['why']}" for r in rest)]
    said = [r["why"] for r in usable.to_dict("records") if r["why"]]
    if said:
        lines += ["", "To know:"]
        lines += [f"  {line}" for line in _counted(said)]
    return "\n".join(lines)


def _exam_order(exam: str) -> tuple[int, ...]:
    return tuple(int(n) for n in exam.split(".")) if exam else (10**9,)


def _named(row: Mapping[Hashable, Any]) -> str:
    size = f"({row['size']})" if row["size"] else ""
    return " ".join(w for w in (row["what"], row["side"], row["view"], size) if w)


def _counted(lines: Iterable[str]) -> list[str]:
    return [line if n == 1 else f"{n} x {line}" for line, n in Counter(lines).items()]


def _files(folder: Path, links: list[Path]) -> Iterator[Path]:
    for where, inner, names in os.walk(folder):
        inner[:] = sorted(d for d in inner if not d.startswith("."))
        for name in (*names, *inner):
            path = Path(where, name)
            if name.startswith("."):
                continue
            if path.is_symlink():
                links.append(path)
            elif path.is_file():
                yield path


def _each(
    work: Callable[[_In], _Out], what: Sequence[_In], *, workers: int | None, bar: str
) -> list[_Out]:
    results: Iterator[_Out]
    if workers == 1 or len(what) < FEW:
        results = map(work, what)
    else:
        results = in_workers(work, what, jobs=workers or -1)
    return list(tqdm(results, total=len(what), unit=bar or "file", disable=not (bar and what)))


def _table(entries: list[tuple[Entry, int]], folder: Path) -> pd.DataFrame:
    patients, exams = _numbers([e for e, _ in entries])
    everybody = frozenset(w for e, _ in entries for w in e.private)
    repeats = Counter(_view_of(e) for e, _ in entries)
    rows = []
    for e, files in entries:
        why = [nameless(e.why, e.path)] if e.why else []
        if e.view and e.usable == "yes" and repeats[_view_of(e)] > 1:
            why.append(f"one of {repeats[_view_of(e)]} images of this view in this exam: use one")
        rows.append(
            {
                "file": hidden(_printable(e.path.relative_to(folder)), everybody), "files": files,
                "patient": patients.get(e.patient, ""), "exam": exams.get(e.study, ""),
                "modality": e.modality if re.fullmatch(r"[A-Za-z]{0,8}", e.modality) else "?",
                "what": shown(e.what), "side": e.side, "view": e.view, "size": e.size,
                "usable": e.usable, "why": _of_nobody(shown("; ".join(why), 500), e.private),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"files": int})


def _printable(path: Path) -> str:
    """A path as text, whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "replace")


def _of_nobody(why: str, private: frozenset[str]) -> str:
    """A reason that names nobody: what it quotes of the file, and the rest but ordinary words."""
    rest = frozenset(w for w in private - ORDINARY if within_words(w))
    parts = re.split(f"({QUOTED.pattern})", why)
    return "".join(hidden(p, private if n % 2 else rest) for n, p in enumerate(parts))


def _view_of(e: Entry) -> tuple[str, ...]:
    return (*e.study, e.side, e.view, e.usable)


def _numbers(entries: list[Entry]) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Numbers of patients in the order of their files, and of exams in the order of their dates.

    Files that name no patient share the number 0.
    """
    patients: dict[str, str] = {"": "0"}
    for e in entries:
        patients.setdefault(e.patient, str(len(patients)))
    exams: dict[tuple[str, str], str] = {}
    counts = Counter[str]()
    for e in sorted(entries, key=lambda e: e.study):
        if e.study[1] and e.study not in exams:
            counts[e.patient] += 1
            exams[e.study] = f"{patients[e.patient]}.{counts[e.patient]}"
    return {p: n for p, n in patients.items() if p or any(not e.patient for e in entries)}, exams
