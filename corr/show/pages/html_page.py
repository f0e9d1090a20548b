"""An executed notebook as one page: one column, no script, nothing from outside.

The page opens offline, prints on A4 and follows a dark theme. Code, checks and prompts are left
out; widgets give way to the pictures and tables beside them. The page's own title stands in
front, so a heading of the notebook that repeats it is dropped and its first heading becomes the
question below the title.
"""

from __future__ import annotations

import platform
import re
from copy import deepcopy
from datetime import UTC, datetime
from html import unescape
from importlib.metadata import version

from nbconvert import HTMLExporter
from nbconvert.preprocessors import TagRemovePreprocessor
from nbformat import NotebookNode

from corr.parameters import load
from corr.show.wording.html import RESEARCH_USE, TEMPLATES
from corr.version import __version__

HIDDEN_TAGS = {"check", "hide"}
WIDGET = "application/vnd.jupyter.widget-view+json"
HEADING = re.compile(r'(?s)<h([23])[^>]*\bid="([^"]+)"[^>]*>(.*?)</h\1>')
NAMED_VERSIONS = ("numpy", "scipy", "matplotlib")


def to_html(notebook: NotebookNode, *, title: str, stamp: str = "") -> str:
    """One self-contained page: text, tables and pictures; no code, script or outside resource."""
    no_prompts = {"exclude_input_prompt": True, "exclude_output_prompt": True}
    exporter = HTMLExporter(
        template_name="basic", exclude_input=True, exclude_anchor_links=True, **no_prompts
    )
    hide = TagRemovePreprocessor(remove_cell_tags=HIDDEN_TAGS, enabled=True)
    exporter.register_preprocessor(hide, enabled=True)
    body, _ = exporter.from_notebook_node(without_widgets(notebook))
    body = _with_contents(_below_title(_without_scripts(body), title))
    said = {"title": title, "use": RESEARCH_USE, "versions": versions(), "stamp": stamp}
    return TEMPLATES.get_template("page.html.j2").render(body=body, **said)


def visible_text(html: str) -> str:
    """Words of a page, those that stand for its pictures included."""
    html = re.sub(r'(?s)<style.*?</style>|src="data:[^"]*"', "", html)
    html = re.sub(r'<img[^>]*\balt="([^"]*)"[^>]*>', r"\1", html)
    return unescape(re.sub(r"<[^>]+>", " ", html))


def without_widgets(notebook: NotebookNode) -> NotebookNode:
    """A copy whose outputs are pictures, tables and text only.

    A widget is nothing without a kernel; where it is all there is, its output is dropped.
    """
    made = deepcopy(notebook)
    for cell in made["cells"]:
        if "outputs" in cell:
            cell["outputs"] = [output for output in cell["outputs"] if _freed(output)]
    return made


def _freed(output: NotebookNode) -> bool:
    """Take the widget out of an output; whether more than its name is left."""
    data = output.get("data", {})
    return data.pop(WIDGET, None) is None or bool(data.keys() - {"text/plain"})


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
    for heading in re.finditer(r"(?s)<h2[^>]*>(.*?)</h2>", body):
        if unescape(heading[1]).strip() == title:
            body = body[: heading.start()] + body[heading.end() :]
            break
    first = re.search(r"(?s)<h1[^>]*>(.*?)</h1>", body)
    if first is None:
        return body
    question = f'<p class="question">{first[1]}</p>'
    after = re.sub(r"<(/?)h1\b", r"<\1h2", body[first.end() :])
    return body[: first.start()] + question + after


def _with_contents(body: str) -> str:
    """Links to every section that follows, where the notebook asks for contents."""
    before, mark, after = body.partition("</nav>")
    if not mark:
        return body
    links: list[tuple[str, str, list[tuple[str, str]]]] = []
    for level, anchor, words in HEADING.findall(after):
        if level == "2":
            links.append((anchor, words, []))
        elif links:
            links[-1][2].append((anchor, words))
    said = "".join(f'<li><a href="#{a}">{w}</a>{_nested(inner)}</li>' for a, w, inner in links)
    return f"{before}<ol>{said}</ol>{mark}{after}"


def _nested(inner: list[tuple[str, str]]) -> str:
    return "".join(f' <a class="deep" href="#{a}">{w}</a>' for a, w in inner)
