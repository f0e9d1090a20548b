"""Shared paths of the tests, how many examples they draw, and which of them belong together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

_BASE = settings.get_profile("ci" if "CI" in os.environ else "default")
settings.register_profile("quick", _BASE, max_examples=100, deadline=None)
settings.register_profile("campaign", _BASE, max_examples=400, deadline=None)
settings.load_profile("quick")
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")  # the workers of pytest have the cores already


WAITING = ("tests/browser/", "notebooks/")
"""Tests that mostly wait, for a browser or a kernel: first, so that others fill the waits."""


def belongs_to(nodeid: str) -> str:
    """What one worker runs as a whole: a file, a notebook, or everything that needs JupyterLab."""
    return WAITING[0] if nodeid.startswith(WAITING[0]) else nodeid.split("::", 1)[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda i: [not i.nodeid.startswith(w) for w in WAITING])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One JupyterLab and every fixture of a module once, in the order collected."""
    from xdist.scheduler import LoadScopeScheduling

    class ByRoom(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return belongs_to(nodeid)

    config.option.loadscopereorder = False
    return ByRoom(config, log)


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
