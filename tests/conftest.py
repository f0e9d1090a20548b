"""Shared paths of the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


def shared_file(path: str) -> Path:
    """A file of the reference data beside the repository; skips the test where it is absent."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"reference data {path} is not beside this checkout")
    return found


@pytest.fixture
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture
def shared():
    """`shared_file`: path of reference data, or skip."""
    return shared_file
