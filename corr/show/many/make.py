"""Pages of many cases of a table, in parallel: what stands and is current is not made again."""

from __future__ import annotations

import hashlib
import os
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import lru_cache, partial
from glob import escape
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from corr.case.open import CaseTables, open_cases
from corr.exchange.files import file_stem
from corr.parameters import Parameters, load
from corr.problems import CorrError
from corr.show.many.warm import CAN_FORK, Lost, Work, in_forks
from corr.show.pages.execute import find_notebook
from corr.show.pages.press import make_report

ASIDE = "failed"
NOTEBOOK = "02_case"
LIBRARIES = ("numpy", "scipy", "matplotlib", "pandas")
_STAMP = re.compile(rb'<meta name="made-of" content="(\w+)">')
_HEAD_BYTES = 4096


@dataclass(frozen=True)
class Sources:
    """The table files that pages are made of, and constants changed for them."""

    findings: Path
    breasts: Path | None = None
    exams: Path | None = None
    overrides: Mapping[str, float] = field(default_factory=dict)

    def read(self) -> CaseTables:
        """The tables; read once while the files do not change."""
        tables = open_cases(self.findings, self.breasts, self.exams)
        assert isinstance(tables, CaseTables)
        return tables


@dataclass(frozen=True)
class Made:
    """The page of one case, or why there is none.

    Attributes
    ----------
    page : name of the page in the folder
    why : of a page that could not be made: the failing cell and the text of its error
    stood : it was there and current
    said : warnings of its making
    """

    case_id: str
    page: str
    why: str = ""
    stood: bool = False
    said: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """What became of it, in a few words."""
        state = f"failed: {self.why}" if self.why else "current already" if self.stood else "made"
        return "; ".join([state, *self.said])


def make_pages(
    sources: Sources,
    case_ids: Sequence[str],
    out: Path,
    *,
    jobs: int,
    done: Callable[[Made], object] = lambda _: None,
) -> list[Made]:
    """Make the page of each case that has none that is current; in the order of ``case_ids``.

    What ran of a notebook that failed is kept in the folder ``failed``; the others go on.

    Parameters
    ----------
    jobs : pages at a time
    done : told of each page when it is there
    """
    out.mkdir(parents=True, exist_ok=True)
    tables = sources.read()
    stamps = stamps_of(tables, load().override(dict(sources.overrides)))
    names = {case_id: f"{file_stem(case_id)}.html" for case_id in case_ids}
    made: dict[str, Made] = {}
    for case_id, name in names.items():
        if stamp_in(out / name) == stamps[case_id]:
            made[case_id] = Made(case_id, name, stood=True)
            done(made[case_id])
    left = [(c, stamps[c]) for c in names if c not in made]
    small = Counter(b.case_id for b in tables.breasts for _ in b.findings)
    first = min((c for c, _ in left), key=lambda c: small[c], default="")
    warmed = partial(_warmed, sources, first) if CAN_FORK else None
    work = Work(partial(_page, sources, out), warmed)
    try:
        for k, found in in_forks(work, left, jobs=jobs):
            case_id = left[k][0]
            made[case_id] = (
                Made(case_id, names[case_id], found.why) if isinstance(found, Lost) else found
            )
            done(made[case_id])
    finally:
        _clear(out, (file_stem(c) for c, _ in left))
    return [made[case_id] for case_id in names]


def _page(sources: Sources, out: Path, asked: tuple[str, str]) -> Made:
    """One page, in a process of its own."""
    case_id, stamp = asked
    if CAN_FORK:
        from corr.show.many.forked_kernel import prepare

        prepare()
    name, why = f"{file_stem(case_id)}.html", ""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            make_report(
                sources.findings, case_id=case_id, out_dir=out, breasts=sources.breasts,
                exams=sources.exams, overrides=sources.overrides, stamp=stamp, aside=out / ASIDE,
            )  # fmt: skip
        except (CorrError, OSError) as error:
            why = str(error).replace(f"{out}{os.sep}", "")  # the index names no machine's folders
    return Made(case_id, name, why, said=tuple(dict.fromkeys(str(w.message) for w in said)))


def _warmed(sources: Sources, case_id: str) -> None:
    """Load what a page needs, by running its notebook once on a small case of the table.

    What fails here would fail for every page, which then says so.
    """
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    import ipykernel.kernelapp
    import ipykernel.zmqshell
    import nbformat
    import papermill  # noqa: F401
    from IPython.core.formatters import DisplayFormatter

    from corr.show.pages.html_page import to_html

    _ = ipykernel.kernelapp, ipykernel.zmqshell
    sources.read().cells  # noqa: B018
    notebook = nbformat.read(find_notebook(NOTEBOOK), as_version=4)
    shown, here = DisplayFormatter(), Path.cwd()
    names: dict[str, object] = {"__name__": "warming"}
    asked = {"case": sources.findings, "case_id": case_id, "breasts": sources.breasts}
    asked |= {"exams": sources.exams, "overrides": dict(sources.overrides)}
    os.chdir(find_notebook(NOTEBOOK).parent)

    def display(*objects: object) -> None:
        for x in objects:
            shown.format(x)  # type: ignore[no-untyped-call]

    try:
        with (
            patch("IPython.display.display", display),
            redirect_stdout(StringIO()),
            warnings.catch_warnings(action="ignore"),
        ):
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    exec(cell.source, names)
                    names |= asked if "parameters" in cell.metadata.get("tags", ()) else {}
            to_html(notebook, title="")
    except Exception:
        pass
    finally:
        os.chdir(here)


def _clear(out: Path, stems: Iterable[str]) -> None:
    """Drop what was being written when a page was ended."""
    for stem in stems:
        for part in out.glob(f".{escape(stem)}.*"):
            part.unlink(missing_ok=True)


def stamp_in(page: Path) -> str:
    """What a page says it was made of; empty if it is not there or does not say."""
    try:
        with page.open("rb") as file:
            found = _STAMP.search(file.read(_HEAD_BYTES))
    except OSError:
        return ""
    return found[1].decode() if found else ""


def stamps_of(tables: CaseTables, p: Parameters) -> dict[str, str]:
    """What each case's page is made of: its rows, what was wrong with them, constants, code."""
    parts: dict[str, list[str]] = defaultdict(list)
    for breast in tables.breasts:
        parts[breast.case_id].append(repr(breast))
    for name, rows in tables.cells.items():
        for cells in rows:
            parts[cells["case_id"]].append(f"{name} {sorted(cells.items())}")
    everywhere = [repr(x) for x in tables.problems if not x.case_id]
    for problem in tables.problems:
        parts[problem.case_id].append(repr(problem))
    common = f"{page_code()} {sorted(p.table.items())!r} {everywhere}"
    return {
        case_id: hashlib.sha256(f"{common} {sorted(parts[case_id])}".encode()).hexdigest()
        for case_id in tables.case_ids
    }


@lru_cache(maxsize=1)
def page_code() -> str:
    """The code that makes a page: all of corr, the notebook, and the libraries that draw."""
    root = Path(__file__).parents[2]
    kinds = ("*.py", "*.toml", "*.j2", "*.css", "*.js")
    files = sorted(f for kind in kinds for f in root.rglob(kind))
    digest = hashlib.sha256(find_notebook(NOTEBOOK).read_bytes())
    for path in files:
        digest.update(path.read_bytes())
    digest.update(repr([version(name) for name in LIBRARIES]).encode())
    return digest.hexdigest()
