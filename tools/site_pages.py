"""Pages of the documentation site that follow from the package: `docs/conf.py` has them written.

Commands from their own help, constants from `corr/parameters.toml`, sources from
`corr/sources.toml`, keys of a case file from its schema, tutorials from `notebooks/`.
"""

from __future__ import annotations

import html
import inspect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.cli import app as typer_app
from typer.testing import CliRunner

import corr
from corr import load_parameters
from corr.sources import (
    BRACKETS,
    BY_NAME,
    CITED,
    ROW,
    Sources,
    cited,
    in_order,
    of_rows,
    read_sources,
)

ROOT = Path(__file__).parents[1]
PARAMETERS = ROOT / "corr" / "parameters.toml"
OUTSIDE = re.compile(r"\[([^\]]*)\]\((?:\.\./)+((?:benchmarks|corr|data|tests|notebooks)/[^)]*)\)")


def anchor(name: str) -> str:
    """Where a source stands on its page."""
    return "source-" + re.sub(r"\W+", "-", name.lower())


def slug(title: str) -> str:
    """Where a section of the constants stands."""
    return "constants-" + re.sub(r"\W+", "-", title.lower()).strip("-")


def sources_page(constants: Mapping[str, str], sources: Sources) -> str:
    """The list by author and year, each with the constants that cite it."""
    used: dict[str, list[str]] = {name: [] for name in sources}
    for constant, text in constants.items():
        for name in sorted(cited(text, sources)):
            used[name].append(constant)
    parts = [
        "# Sources\n\nWhat the [constants](constants.md) and the published measurements on "
        "[how far to trust it](../trust.md) are taken from, with the constants that cite each. "
        "*Read*: whether the number was read in an abstract or on a publisher's page (full texts "
        "were seldom read), second hand, or is recalled and has to be checked before it is quoted. "
        "Numbers such as 5.11 are rows of the project's literature review. *rec.*: recalled.\n"
    ]
    for name in in_order(sources):
        told = sources[name]
        rows = f", rows {', '.join(told['rows'].split())}" if told["rows"] else ""
        line = f"**{name}.** {told['text']}. *Read: {told['read']}{rows}.*"
        by = ", ".join(f"`{c}`" for c in used[name])
        parts.append(f"({anchor(name)})=\n\n{line}{f' Constants: {by}.' if by else ''}\n")
    return "\n".join(parts)


def constants_page(sources: Sources) -> str:
    """The table of constants in the order and with the headings of its file."""
    constants = load_parameters()
    text = PARAMETERS.read_text(encoding="utf-8")
    titles = [t[0].upper() + t[1:] for t in re.findall(r"^# --- (.*)", text, re.M)]
    sections = ", ".join(f"[{title}](#{slug(title)})" for title in titles)
    out = [
        "---\nhtml_theme.sidebar_secondary.remove: true\n---\n\n"
        "# Constants\n\nEvery number the judgement assumes, generated from "
        f"`corr/parameters.toml` (version {constants.version}). *Spread*: one SD of the value "
        "itself. *Grade*: measured, fitted or assumed. Values marked *s* are measurement "
        "spreads, which the band scales by 0.7 and 1.5; *r* are checks where tables and images are "
        "read; *q* serve questions beside P(same). [Change a constant](../how_to_constant.md); "
        f"studies lead to the [list of sources](sources.md).\n\n**Sections**: {sections}\n"
    ]
    role = {"kernel": " *s*", "check": " *r*", "asked": " *q*"}
    for line in text.splitlines():
        if line.startswith("# --- "):
            out += [
                f"\n({slug(titles[0])})=\n## {titles.pop(0)}\n",
                "| constant | value | spread | unit | grade | source |",
                "|---|---|---|---|---|---|",
            ]
        elif re.fullmatch(r"\[\w+\]", line):
            c = constants.table[line[1:-1]]
            unit = "" if c.unit == "1" else c.unit
            spread = f"{c.spread:g}" if c.spread else ""
            told = linked(c.source, sources).replace("|", "\\|")
            out.append(
                f"| `{c.name}`{role.get(c.role, '')} | {c.value:g} | {spread} | {unit} "
                f"| {c.grade} | {told} |"
            )
    return "\n".join(out) + "\n"


def linked(text: str, sources: Sources) -> str:
    """A source as a page shows it: by author and year, with links, names of constants as such."""
    of_row, known = of_rows(sources), cited(text, sources)

    def link(name: str, shown: str = "") -> str:
        return f"[{shown or name}](#{anchor(name)})" if name in known else name

    def row(found: re.Match[str]) -> str:
        name = of_row[found[1]]
        return link(name, found[1] if name in written else "")

    written = CITED.sub(r"\1 \2", text)
    shown = written.replace("<", "\\<").replace("*", "\\*")
    shown = re.sub(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", r"`\g<0>`", shown)
    shown = BRACKETS.sub(lambda part: ROW.sub(row, part[0]), shown)
    shown = re.sub(rf"(?<!\[)(?:{CITED.pattern})", lambda m: link(f"{m[1]} {m[2]}"), shown)
    return re.sub("|".join(BY_NAME), lambda m: link(m[0]), shown)


def commands_page() -> str:
    """Every command with its options, as typer writes its documentation.

    Raises
    ------
    RuntimeError
        If typer wrote none.
    """
    asked = ["corr.cli", "utils", "docs", "--name", "corr", "--title", "Commands"]
    run = CliRunner().invoke(typer_app, asked)
    if run.exit_code:
        msg = f"typer wrote no documentation of the commands: {run.output}"
        raise RuntimeError(msg)
    text = re.sub(r"<(\w+(?:\[\w+\])?)>", r"\\<\1>", html.unescape(run.stdout))
    return text


def case_page(schema: Mapping[str, Any]) -> str:
    """The keys of a case file and of what is listed in it."""
    out = [
        "# Keys of a case file\n\nFrom `corr/schema/case.schema.json`, which editors read. "
        "Findings have the [columns of the findings table](../columns.md).\n"
    ]
    entry = schema["$defs"]["QuestionEntry"]
    of = {name: told.get("items", {}) for name, told in schema["properties"].items()}
    tables = {"The case": schema, "`questions`": entry} | {
        f"`{name}`": of[name] for name in ("exams", "images", "breasts")
    }
    for title, told in tables.items():
        out += [f"\n## {title}\n", "| key | what |", "|---|---|"]
        for name, key in told["properties"].items():
            allowed = key.get("description") or " ".join(key.get("enum", ())) or key["type"]
            said = str(allowed).replace("\\", "\\\\").replace("|", "\\|")
            said = "a list, below" if f"`{name}`" in tables else said
            said = "a list" if said == "array" else said
            needed = " (needed)" if name in told.get("required", ()) else ""
            out.append(f"| `{name}` | {said}{needed} |")
    return "\n".join(out) + "\n"


def in_tutorial(text: str, _page: str) -> str:
    """A notebook without the words (tag ``hide``) that only JupyterLab makes true."""
    notebook = json.loads(text)
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" or "hide" not in cell["metadata"].get("tags", [])
    ]
    return json.dumps(notebook)


def on_page(text: str, page: str) -> str:
    """A page whose links to files beside `docs` are their names; of ``api`` with its docstrings."""
    text = OUTSIDE.sub(r"\1 (`\2`)", text)
    return f"{text}\n{docstrings(page)}" if page.startswith("api/") else text


def docstrings(page: str) -> str:
    """Directives for the docstrings of the names that `docs/face.md` gives a page."""
    rows = re.findall(
        r"^\| \[(.*?)\]\((.*?)\.md\)", (ROOT / "docs" / "face.md").read_text("utf-8"), re.M
    )
    out = ["## Docstrings\n", "```{eval-rst}"]
    for name in next(names for names, at in rows if at == page).split(", "):
        thing = getattr(corr, name)
        if inspect.ismodule(thing):
            out.append(f".. automodule:: {thing.__name__}\n   :members:")
        elif inspect.isclass(thing):
            members = "" if issubclass(thing, Exception) else "\n   :members:"
            out.append(f".. autoclass:: corr.{name}{members}")
        else:
            out.append(f".. auto{'function' if callable(thing) else 'data'}:: corr.{name}")
    return "\n".join([*out, "```", ""])


def write(docs: Path) -> None:
    """Write all of them below ``docs``, files that are as they were left alone."""
    sources, constants = read_sources(), load_parameters()
    schema = json.loads((ROOT / "corr" / "schema" / "case.schema.json").read_text(encoding="utf-8"))
    pages = {
        "commands": commands_page(),
        "constants": constants_page(sources),
        "sources": sources_page({n: c.source for n, c in constants.table.items()}, sources),
        "case_file": case_page(schema),
    }
    made = docs / "made"
    made.mkdir(exist_ok=True)
    for name, text in pages.items():
        path = made / f"{name}.md"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    tutorials = docs / "tutorials"
    if not tutorials.exists():
        tutorials.symlink_to("../notebooks", target_is_directory=True)
