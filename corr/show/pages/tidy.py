"""What an executed notebook may hold when it leaves the machine: no warnings, no paths of it.

A notebook runs with absolute paths, and its kernel may warn with paths of its code. What is kept
says where the case lies relative to the notebook, so that it runs again from there.
"""

from __future__ import annotations

import os
import re
import site
import sys
import tempfile
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

PACKAGE = Path(__file__).parents[2]
NO_NUMBER = re.compile(r"(?<![\w.-])[-+]?(?:nan|NaN|NaT|inf(?= ?(?:%|mm|cm|h|$)))(?![\w.'-])")
"""What Python prints for what is no number."""


def without_warnings(notebook: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """A copy without what cells wrote to stderr, and that text."""
    made, said = deepcopy(notebook), []
    for cell in made["cells"]:
        if "outputs" in cell:
            said += [o["text"] for o in cell["outputs"] if o.get("name") == "stderr"]
            cell["outputs"] = [o for o in cell["outputs"] if o.get("name") != "stderr"]
    return made, said


def without_paths(notebook: NotebookNode, given: Iterable[Any], out: Path) -> NotebookNode:
    """A copy in which no path of this machine stands.

    Parameters
    ----------
    given
        Values of parameters; of those that are absolute paths, what stays is `relative`.
    out
        Folder of the notebook.
    """
    paths = [v for v in given if isinstance(v, str) and Path(v).is_absolute()]
    named = {v: relative(Path(v), out) for v in paths}
    return NotebookNode(_mapped(notebook, _Hider({**_roots(out), **named})))


def relative(path: Path, out: Path) -> str:
    """A path as seen from a folder; only its name where that would tell of other folders.

    >>> relative(Path("/a/b/case.yaml"), Path("/a/b/out")), relative(Path("/x/y"), Path("/a/b"))
    ('../case.yaml', 'y')
    """
    out = out.resolve()
    if path.anchor != out.anchor:  # another drive
        return path.name
    common = Path(os.path.commonpath([path, out]))
    if len(common.parts) < 3 and len(path.parts) - len(common.parts) > 1:
        return path.name
    return Path(os.path.relpath(path, out)).as_posix()


def without_numbers(text: str) -> list[str]:
    """Where a text shows what is no number, with the words around it."""
    return [text[max(0, m.start() - 40) : m.end() + 20] for m in NO_NUMBER.finditer(text)]


def _roots(out: Path) -> dict[str, str]:
    """Folders of this machine that tracebacks and reprs name, and what stands in their place."""
    installed = [*site.getsitepackages(), os.__file__, sys.prefix, sys.base_prefix]
    own = {str(Path.home()): "~", str(out.absolute()): ".", str(out.resolve()): "."}
    code = {str(Path(os.__file__).parent): "python", tempfile.gettempdir(): "tmp"}
    return {
        **{place: "python" for place in installed if len(Path(place).parts) > 2},
        **{k: v for k, v in {**own, **code}.items() if len(Path(k).parts) > 1},
        str(PACKAGE.parent): "breast-corr",
    }


class _Hider:
    """Puts other words in the place of known paths, the longest first."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {k: v for place, v in names.items() for k in {place, repr(place)[1:-1]}}
        longest = sorted(self._names, key=len, reverse=True)
        known = "|".join(map(re.escape, longest))
        self._known = re.compile(rf"(?<![\w.~-])(?:{known})(?![\w-])")

    def __call__(self, text: str) -> str:
        return self._known.sub(lambda found: self._names[found[0]], text)


def _mapped(value: Any, hide: _Hider) -> Any:
    """A notebook's JSON with every text changed, but for pictures."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, list):
        return [_mapped(v, hide) for v in value]
    if isinstance(value, Mapping):
        kept = {k: v if k.startswith("image/") else _mapped(v, hide) for k, v in value.items()}
        return NotebookNode(kept)
    return value
