"""Pages from notebooks: papermill executes one, and it becomes a page that opens offline.

Only JSON types go to papermill (it turns other types into strings without a word), names are
checked against the notebook's own parameters, and a file appears under its final name only
when it is whole.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Mapping
from difflib import get_close_matches
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from corr.show.case import open_case
from corr.show.html import RESEARCH_USE

PLACES = (Path(__file__).parent / "_notebooks", Path(__file__).parents[1] / "notebooks")
"""Where the notebooks are: inside an installed package, or beside it in a checkout."""
HIDDEN_TAGS = ("check", "hide")
START_TIMEOUT_S = 120
QUIET_KERNEL = ["--IPKernelApp.log_level=50"]
"""A kernel interrupted at its end logs an error; those of cells come by another way."""


class ReportError(RuntimeError):
    """A page could not be made; the message says why and what is left to look at."""


def find_notebook(name: str) -> Path:
    """Path of a notebook that comes with corr, by its name without the ending.

    Raises
    ------
    ReportError
        If there is none of that name; the message lists those that exist.
    """
    for folder in PLACES:
        if (path := folder / f"{name}.ipynb").is_file():
            return path
    known = sorted({p.stem for folder in PLACES for p in folder.glob("*.ipynb")})
    msg = f"no notebook {name!r}; have {', '.join(known) or 'none'}"
    raise ReportError(msg)


def file_stem(name: str) -> str:
    """A case's name as a file name: letters, digits, dot, dash and underscore only.

    >>> file_stem("a/b 7")
    'a_b_7'
    """
    return re.sub(r"[^\w.-]", "_", name).strip(".") or "case"


def make_report(
    source: str | Path,
    *,
    out_dir: str | Path,
    case_id: str | None = None,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
    overrides: Mapping[str, float] | None = None,
    remark: str = "",
) -> tuple[Path, Path]:
    """The page of one case: executed ``02_case`` notebook and self-contained HTML.

    Parameters
    ----------
    source
        A YAML case, or a findings table together with ``case_id``.
    overrides
        Constants changed for this page.
    remark
        Said below the title, e.g. that the case is simulated.

    Returns
    -------
    paths of the notebook and of the page, named by the case

    Raises
    ------
    InputError
        If the case cannot be read (before a kernel is started).
    ReportError
        If the notebook fails; the message names what is kept of it.
    """
    opened = open_case(source, case_id, breasts=breasts, exams=exams, overrides=overrides)
    parameters: dict[str, Any] = {"case": _absolute(source), "case_id": case_id}
    parameters |= {"breasts": _absolute(breasts), "exams": _absolute(exams)}
    parameters["overrides"] = {k: float(v) for k, v in (overrides or {}).items()}
    parameters["remark"] = remark
    stem = file_stem(case_id or Path(source).stem)
    return run_notebook("02_case", parameters, out_dir, stem=stem, title=opened.heading)


def make_cohort_report(
    findings: str | Path,
    *,
    out_dir: str | Path,
    breasts: str | Path | None = None,
    exams: str | Path | None = None,
    results: str | Path | None = None,
    truth: str | Path | None = None,
    title: str = "A cohort at a glance",
    **others: Any,
) -> tuple[Path, Path]:
    """The page of a whole table: executed ``06_cohort`` notebook and self-contained HTML.

    Parameters
    ----------
    results
        Folder of the tables that ``corr judge`` wrote for these findings; judged anew without.
    truth
        Table with ``finding_id, lesion_id``, to see whether stated probabilities are kept.
    others
        Further parameters of the notebook: ``simulated, most_breasts, jobs``.

    Raises
    ------
    ReportError
        For an unknown parameter, or if the notebook fails.
    """
    tables = {"findings": findings, "breasts": breasts, "exams": exams}
    tables |= {"results": results, "truth": truth}
    parameters = {name: _absolute(path) for name, path in tables.items()} | others
    return run_notebook("06_cohort", parameters, out_dir, stem="cohort", title=title)


def _absolute(path: str | Path | None) -> str | None:
    return None if path is None else str(Path(path).resolve())


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
    name: str, parameters: Mapping[str, Any], out_dir: str | Path, *, stem: str, title: str
) -> tuple[Path, Path]:
    """Execute a notebook of corr and write ``stem.ipynb`` and ``stem.html`` into ``out_dir``.

    Parameters
    ----------
    parameters
        Values for the notebook's ``parameters`` cell, JSON types only. Relative paths are
        relative to the notebook's own folder, so give absolute ones.

    Raises
    ------
    ReportError
        For unknown or unusable parameters, or if a cell fails; what ran until then is kept
        as ``stem.failed.ipynb``.
    """
    notebook = find_notebook(name)
    check_parameters(notebook, parameters)
    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    final, page = out / f"{stem}.ipynb", out / f"{stem}.html"
    failed = out / f"{stem}.failed.ipynb"
    running = out / f".{stem}.{os.getpid()}.running.ipynb"
    try:
        _execute(notebook, running, parameters)
    except Exception as error:
        if running.exists():
            running.replace(failed)
        where = f"; what ran until then is in {failed}" if failed.exists() else ""
        msg = f"{notebook.name} failed for {stem}: {_last_line(error)}{where}"
        raise ReportError(msg) from error
    executed = nbformat.read(running, as_version=4)
    html = to_html(executed, title=title)
    temporary = page.with_name(f".{page.name}.{os.getpid()}.part")
    temporary.write_text(html, encoding="utf-8")
    temporary.replace(page)
    running.replace(final)
    failed.unlink(missing_ok=True)
    return final, page


def _last_line(error: Exception) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    return plain.splitlines()[-1] if plain else type(error).__name__


def _execute(notebook: Path, to: Path, parameters: Mapping[str, Any]) -> None:
    """Papermill without progress bar; sockets in files where that exists, so that it is quiet."""
    import papermill as pm

    settings: dict[str, Any] = {"NotebookClient": {"extra_arguments": QUIET_KERNEL}}
    if os.name == "posix":
        settings["KernelManager"] = {"transport": "ipc"}
    quiet = logging.getLogger("papermill")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
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


def to_html(notebook: NotebookNode, *, title: str) -> str:
    """One self-contained page: text, tables and pictures; no code, script or outside resource."""
    exporter = HTMLExporter(
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        config=Config(
            {
                "TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": set(HIDDEN_TAGS)},
                "HTMLExporter": {"preprocessors": [_TAG_REMOVER]},
            }
        ),
    )
    body, _ = exporter.from_notebook_node(notebook)
    return PAGE.format(
        title=escape(title), style=STYLE, body=_without_scripts(body), use=escape(RESEARCH_USE)
    )


_TAG_REMOVER = "nbconvert.preprocessors.TagRemovePreprocessor"


def _without_scripts(html: str) -> str:
    """Drop scripts, linked styles and style blocks that come along with outputs."""
    html = re.sub(r"(?is)<(script|style|iframe|object)\b.*?</\1\s*>", "", html)
    return re.sub(r"(?i)<(script|link|iframe|meta)\b[^>]*>", "", html)


STYLE = """
@page { size: A4; margin: 16mm 15mm; }
html { color: #222; background: #fff; font: 16px/1.5 system-ui, "Segoe UI", Arial, sans-serif; }
body { max-width: 50rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.25rem; margin-top: 2rem; border-bottom: 1px solid #ccc; break-after: avoid; }
h3 { font-size: 1.05rem; break-after: avoid; }
img { display: block; max-width: 100%; height: auto; margin: 0.8rem auto; break-inside: avoid; }
table { border-collapse: collapse; margin: 0.8rem 0; font-size: 0.85rem; width: 100%; }
caption { text-align: left; font-weight: 600; padding: 0.2rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.5rem; }
th { border-bottom: 2px solid #555; } td { border-bottom: 1px solid #ddd; }
tr { break-inside: avoid; } thead { display: table-header-group; }
td.short { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.long { overflow-wrap: anywhere; }
pre { font-size: 0.8rem; white-space: pre-wrap; }
blockquote { margin: 0.4rem 0 0.4rem 1rem; padding-left: 0.8rem; border-left: 3px solid #ddd; }
blockquote p { margin: 0.3rem 0; }
.research-use { border: 2px solid #D55E00; padding: 0.5rem 0.8rem; font-weight: 600; }
footer { margin-top: 2rem; color: #555; font-size: 0.85rem; border-top: 1px solid #ccc; }
@media print { html { font-size: 10.5pt; } body { max-width: none; padding: 0; }
  img { max-height: 250mm; } }
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
<footer>{title}. {use}</footer>
</body>
</html>
"""
