"""Every small mutation of `tools/mutations.toml` still has the line that it changes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MUTATIONS = tomllib.loads((ROOT / "tools/mutations.toml").read_text("utf-8"))["mutation"]


def test_there_are_as_many_as_agreed():
    assert len(MUTATIONS) >= 60


@pytest.mark.parametrize("m", MUTATIONS, ids=lambda m: f"{m['file']}: {m['new']}"[:90])
def test_its_line_is_there_once_and_is_changed(m: dict[str, str]):
    assert (ROOT / m["file"]).read_text(encoding="utf-8").count(m["old"]) == 1
    assert m["new"] != m["old"]
    assert all((ROOT / path).exists() for path in m["tests"].split())
