"""Execute a notebook of corr with checked parameters; files are whole or not there."""

from __future__ import annotations

import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import nbformat
from traitlets.config import Config

from corr.datasets import find_root
from corr.exchange.files import write_whole
from corr.problems import CorrError
from corr.show.pages.html_page import to_html, visible_text
from corr.show.pages.tidy import without_numbers, without_paths, without_warnings

START_TIMEOUT_S = 120
QUIET_KERNEL = ["--IPKernelApp.log_level=50"]
"""A kernel interrupted at its end logs an error; those of cells come by another way."""


class ReportWarning(UserWarning):
    """Something was written or warned of while a page was made that does not belong on a page."""


class ReportError(CorrError):
    """A page could not be made; the message says why and what is left to look at."""

    EVERYWHERE = "the page"
    ALLOWED = "a notebook of corr and the parameters it has"
    FIX = "open the notebook, or report this with what it says"


def notebooks() -> Path:
    """Folder of the notebooks, beside the data that they read."""
    return find_root() / "notebooks"


def find_notebook(name: str) -> Path:
    """Path of a notebook that comes with corr, by its name without the ending.

    Raises
    ------
    ReportError
        If there is none of that name; the message lists those that exist.
    """
    folder = notebooks()
    if (path := folder / f"{name}.ipynb").is_file():
        return path
    known = sorted(p.stem for p in folder.glob("*.ipynb"))
    msg = f"no notebook {name!r}; have {', '.join(known) or 'none'}"
    raise ReportError(msg)


def check_parameters(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters the notebook does not have, and values that are not plain JSON.

    Raises
    ------
    ReportError
        Names the parameter, what is allowed, and the nearest name.
    """
    import papermill as pm

    known = list(pm.inspect_notebook(str(notebook)))
    for name, value in parameters.items():
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.4)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            msg = f"{notebook.name} has no parameter {name!r}, it has {known}{hint}"
            raise ReportError(msg)
        if not _is_json(value):
            msg = (
                f"{notebook.name}: parameter {name!r} is {value!r} ({type(value).__name__}); "
                "allowed are str, int, float, bool, None and lists and dicts of these"
            )
            raise ReportError(msg)


def _is_json(value: object) -> bool:
    """True for exactly the types that reach a notebook unchanged (subclasses do not)."""
    if type(value) is list:
        return all(_is_json(v) for v in value)
    if type(value) is dict:
        return all(type(k) is str and _is_json(v) for k, v in value.items())
    return value is None or type(value) in (str, int, float, bool)


def run_notebook(
    name: str,
    parameters: Mapping[str, Any],
    out_dir: str | Path,
    *,
    stem: str,
    title: str,
    stamp: str = "",
    aside: Path | None = None,
) -> tuple[Path, Path]:
    """Execute a notebook of corr and write ``stem.ipynb`` and ``stem.html`` into ``out_dir``.

    Neither holds a warning of the kernel (that is a `ReportWarning` here) or a path of this
    machine: paths among the parameters become relative to ``out_dir``.

    Parameters
    ----------
    parameters
        Values for the notebook's ``parameters`` cell, JSON types only. Relative paths are
        relative to the notebook's own folder, so give absolute ones.
    stamp
        What the page is made of, kept in it.
    aside
        Folder of what ran until a cell failed; without, it is ``stem.failed.ipynb`` in ``out_dir``.

    Raises
    ------
    ReportError
        For unknown or unusable parameters, or if a cell fails; what ran until then is kept.
    OSError
        If a file cannot be written; none is left half-written.
    """
    notebook = find_notebook(name)
    check_parameters(notebook, parameters)
    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    final = out / f"{stem}.ipynb"
    failed = out / f"{stem}.failed.ipynb" if aside is None else aside / f"{stem}.ipynb"
    running = out / f".{stem}.{os.getpid()}.running.ipynb"
    try:
        _execute(notebook, running, parameters)
        executed, said = _tidied(running, parameters.values(), out)
        html = to_html(executed, title=title, stamp=stamp)
        said += [f"not a number: {words}" for words in without_numbers(visible_text(html))]
        page = write_whole(out / f"{stem}.html", html)
        running.replace(final)
    except OSError:  # of files here; those of cells come by another way
        raise
    except Exception as error:
        if running.exists():
            _tidied(running, parameters.values(), out)
            failed.parent.mkdir(exist_ok=True)
            running.replace(failed)
        where = f"; what ran until then is in {failed}" if failed.exists() else ""
        cell = getattr(error, "exec_count", None)
        at = "" if cell is None else f" in cell In [{cell}]"
        msg = f"{notebook.name} failed for {stem}{at}: {_last_line(error)}{where}"
        raise ReportError(msg) from error
    finally:
        running.unlink(missing_ok=True)
    failed.unlink(missing_ok=True)
    for words in said:
        warnings.warn(f"{stem}: {words.strip()}", ReportWarning, stacklevel=2)
    return final, page


def _tidied(
    running: Path, given: Iterable[Any], out: Path
) -> tuple[nbformat.NotebookNode, list[str]]:
    """An executed notebook as it may be kept, and what its kernel warned of; rewrites it."""
    executed, said = without_warnings(nbformat.read(running, as_version=4))
    for name in ("input_path", "output_path"):
        executed["metadata"].get("papermill", {}).pop(name, None)
    kept = without_paths(executed, given, out)
    nbformat.write(kept, running)
    return kept, said


def _last_line(error: Exception) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    return plain.splitlines()[-1] if plain else type(error).__name__


def _execute(notebook: Path, to: Path, parameters: Mapping[str, Any]) -> None:
    """Papermill without progress bar; sockets in files where that exists, so that it is quiet."""
    import papermill as pm

    settings: dict[str, Any] = {"NotebookClient": {"extra_arguments": QUIET_KERNEL}}
    quiet = logging.getLogger("papermill")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="corr") as sockets:
            if os.name == "posix":  # a folder each: kernels of the same folder would mix
                settings["KernelManager"] = {"transport": "ipc", "ip": f"{sockets}/k"}
            # papermill and jupyter_client warn of their own internals; ours come from the kernel
            warnings.simplefilter("ignore")
            pm.execute_notebook(
                str(notebook),
                str(to),
                parameters=dict(parameters),
                cwd=str(notebook.parent),
                kernel_name="python3",
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,
                start_timeout=START_TIMEOUT_S,
                config=Config(settings),
            )
    finally:
        quiet.setLevel(level)
