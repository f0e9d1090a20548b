"""Names of labels from label descriptions of ITK-SNAP, which lie beside a label map."""

from __future__ import annotations

import re
from pathlib import Path

_HEAD = "itk-snap label description"
_ROW = re.compile(r'^\s*(\d+)(?:\s+[\d.]+){6}\s+"([^"]*)"\s*$')
_MAX_BYTES, _MOST_FILES = 256 * 1024, 200
_ENDINGS = re.compile(r"(\.seg)?\.(nii\.gz|nii|mgz|nrrd|mha|mhd|label|txt)$|[-_ .]?labels?$")


def is_label_description(path: Path) -> bool:
    """Whether a file is such a table of names, and marks nothing itself."""
    return bool(_rows(path)) if path.suffix.lower() in (".txt", ".label") else False


def names_beside(path: Path) -> dict[int, str]:
    """Names by value for a label map: of the description named like it, or the only one there."""
    try:
        near = [p for p in sorted(path.parent.iterdir()) if p.suffix.lower() in (".txt", ".label")]
    except OSError:
        return {}
    found = {p: rows for p in near[:_MOST_FILES] if (rows := _rows(p))}
    named = [rows for p, rows in found.items() if _base(p.name) == _base(path.name)]
    only = named or list(found.values())
    return only[0] if len(only) == 1 else {}


def _base(name: str) -> str:
    before, name = "", name.lower()
    while before != name:
        before, name = name, _ENDINGS.sub("", name)
    return name


def _rows(path: Path) -> dict[int, str]:
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            return {}
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    rows = [m for line in text.splitlines() if (m := _ROW.match(line))]
    if _HEAD not in text.lower()[:4000] and path.suffix.lower() != ".label":
        return {}
    return {int(m[1][:7]): m[2] for m in rows if int(m[1][:7])}
