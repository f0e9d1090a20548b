"""An executed notebook as one page: one column, no script, nothing from outside.

The page opens offline, prints on A4 and follows a dark theme. Code, checks and prompts are left
out; widgets give way to the pictures and tables beside them. The page's own title stands in
front, so a heading of the notebook that repeats it is dropped and its first heading becomes the
question below the title.
"""

from __future__ import annotations

import platform
import re
from datetime import UTC, datetime
from html import escape, unescape
from importlib.metadata import version
from importlib.resources import files

from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from corr.parameters import load
from corr.show.wording.html import RESEARCH_USE
from corr.version import __version__

HIDDEN_TAGS = ("check", "hide")
WIDGET = "application/vnd.jupyter.widget-view+json"
NAMED_VERSIONS = ("numpy", "scipy", "matplotlib")
_TAG_REMOVER = "nbconvert.preprocessors.TagRemovePreprocessor"


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
    body, _ = exporter.from_notebook_node(without_widgets(notebook))
    body = _below_title(_without_scripts(body), title)
    return PAGE.format(
        title=escape(title),
        style=(files("corr.show.pages") / "page.css").read_text(encoding="utf-8"),
        body=body,
        use=escape(RESEARCH_USE),
        versions=escape(versions()),
    )


def visible_text(html: str) -> str:
    """Words of a page, those that stand for its pictures included."""
    html = re.sub(r'(?s)<style.*?</style>|src="data:[^"]*"', "", html)
    html = re.sub(r'<img[^>]*\balt="([^"]*)"[^>]*>', r"\1", html)
    return unescape(re.sub(r"<[^>]+>", " ", html))


def without_widgets(notebook: NotebookNode) -> NotebookNode:
    """A copy whose outputs are pictures, tables and text only.

    A widget is nothing without a kernel; where it is all there is, its output is dropped.
    """
    made = NotebookNode(notebook)
    made["cells"] = []
    for cell in notebook["cells"]:
        kept = NotebookNode(cell)
        if "outputs" in cell:
            shown = [_without_widget(output) for output in cell["outputs"]]
            kept["outputs"] = [output for output in shown if output is not None]
        made["cells"].append(kept)
    return made


def _without_widget(output: NotebookNode) -> NotebookNode | None:
    data = output.get("data", {})
    if WIDGET not in data:
        return output
    rest = {kind: value for kind, value in data.items() if kind != WIDGET}
    if not rest.keys() - {"text/plain"}:
        return None
    return NotebookNode({**output, "data": NotebookNode(rest)})


def versions() -> str:
    """What the numbers were made with, in one line."""
    libraries = ", ".join(f"{name} {version(name)}" for name in NAMED_VERSIONS)
    made = datetime.now(tz=UTC).strftime("%Y-%m-%d")
    return (
        f"Made on {made} with breast-corr {__version__}, constants version "
        f"{load().version}; Python {platform.python_version()}, {libraries}."
    )


def _without_scripts(html: str) -> str:
    """Drop scripts, linked styles and style blocks that come along with outputs."""
    html = re.sub(r"(?is)<(script|style|iframe|object)\b.*?</\1\s*>", "", html)
    return re.sub(r"(?i)<(script|link|iframe|meta)\b[^>]*>", "", html)


def _below_title(body: str, title: str) -> str:
    """The notebook below the page's title: its first heading is the question, none is twice."""
    body = re.sub(rf"<h2[^>]*>\s*{re.escape(escape(title))}\s*</h2>", "", body, count=1)
    first = re.search(r"(?s)<h1[^>]*>(.*?)</h1>", body)
    if first is None:
        return body
    question = f'<p class="question">{first[1]}</p>'
    after = re.sub(r"<(/?)h1\b", r"<\1h2", body[first.end() :])
    return body[: first.start()] + question + after


PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
</header>
<main>
{body}
</main>
<footer>
<p>{title}. {use}</p>
<p>{versions}</p>
</footer>
</body>
</html>
"""
