"""One JupyterLab and one Chromium for all browser tests, on this machine only.

Without Chromium, Playwright or JupyterLab the tests are skipped with the reason. Set
`CORR_CHROMIUM` to use another browser than the system's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.explorer.lab import Lab, chromium_path, running_chromium, running_lab, watched


@pytest.fixture(scope="session", autouse=True)
def _browser_there() -> None:
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if chromium_path() is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a copy of the notebooks and data, with its own settings and runtime files."""
    pytest.importorskip("jupyterlab")
    with running_lab(tmp_path_factory.mktemp("lab")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The system's Chromium, headless.

    Of one module: as long as it is open, its event loop counts as running for every other test
    of the same process.
    """
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def watch() -> Any:
    """`watched`: a new page that is watched."""
    return watched
