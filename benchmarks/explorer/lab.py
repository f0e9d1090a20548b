"""One JupyterLab and one Chromium on this machine only, and pages that are watched."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",  # WebGL2 without a graphics card
)
LOCAL = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:", "file:")
NOTIFY = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
START_S = 180
LATE = "[anywidget] Failed to initialize model."
"""Said of a widget that is closed, or still loads, two seconds after it was made: of no harm. What
should be on the screen and is not is noticed where it is looked for."""
COPIED = (
    "notebooks/02_case.ipynb", "data/seed_case.yaml", "data/simulated_cohort", "data/image_case"
)  # fmt: skip


def chromium_path() -> str | None:
    """The browser to drive: `CORR_CHROMIUM`, or the system's."""
    names = (os.environ.get("CORR_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((p for n in names if n and (p := shutil.which(n))), None)


@dataclass
class Lab:
    """A running JupyterLab."""

    url: str
    token: str
    folder: Path
    runtime: Path
    settings: Path

    def api(self, path: str, method: str = "GET") -> Any:
        """Answer of the server's REST interface."""
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def page_url(self, notebook: str, workspace: str) -> str:
        """Address of a notebook in a workspace of its own."""
        return f"{self.url}/lab/workspaces/{workspace}/tree/{notebook}?token={self.token}&reset"

    def theme(self, name: str) -> None:
        """Use a theme from the next page on."""
        write_settings(self.settings, "themes", {"theme": name})


def write_settings(folder: Path, plugin: str, values: dict[str, Any]) -> None:
    """User settings of one of Lab's own plugins."""
    path = folder / "@jupyterlab" / "apputils-extension" / f"{plugin}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding="utf-8")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def running_lab(home: Path) -> Iterator[Lab]:
    """JupyterLab on a copy of the notebooks and data, with its own settings and runtime files.

    Raises
    ------
    RuntimeError
        If it does not answer.
    """
    work, runtime, settings = home / "work", home / "runtime", home / "settings"
    for name in COPIED:
        source, target = ROOT / name, work / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    write_settings(settings, "notification", NOTIFY)
    port, token = free_port(), secrets.token_hex(16)
    env = {k: v for k, v in os.environ.items() if k not in ("MPLBACKEND", "PYTHONWARNINGS")}
    env |= {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), env.get("PYTHONPATH", "")]).rstrip(os.pathsep),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--allow-root"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"),
        *(f"--ServerApp.root_dir={work}", "--LabApp.news_url=None", "--LabApp.collaborative=False"),
    ]
    log = home / "lab.log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=work, env=env, stdout=out, stderr=out)
    found = Lab(f"http://127.0.0.1:{port}", token, work, runtime, settings)
    try:
        _wait_for(found, server, log)
        yield found
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            lab.api("status")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)  # polling a server that has no event to wait for
        else:
            return
    msg = f"JupyterLab did not answer within {START_S} s:\n{log.read_text()[-3000:]}"
    raise RuntimeError(msg)


@contextmanager
def running_chromium() -> Iterator[Any]:
    """The system's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = chromium_path()
        browser = playwright.chromium.launch(
            executable_path=path, headless=True, args=list(QUIET), timeout=1000 * START_S
        )
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, with everything it complained about and everywhere it wanted to go."""

    page: Any
    errors: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def clean(self) -> None:
        """Assert that nothing was wrong and nothing left the machine."""
        assert self.errors == [], self.errors
        assert self.left == []


def watched(context: Any) -> Watched:
    """A new page that is watched."""
    page = context.new_page()
    page.set_default_timeout(1000 * START_S)
    seen = Watched(page)

    def requested(request: Any) -> None:
        if not request.url.startswith(LOCAL):
            seen.left.append(request.url)

    def said(message: Any) -> None:
        if message.type == "error":
            seen.errors.append(f"console: {message.text}")

    def answered(response: Any) -> None:
        if response.status >= 500:
            seen.errors.append(f"{response.status}: {response.request.method} {response.url}")

    def failed(error: Any) -> None:
        if LATE not in str(error):
            seen.errors.append(f"page: {error}")

    page.on("request", requested)
    page.on("response", answered)
    page.on("console", said)
    page.on("pageerror", failed)
    page.on("requestfailed", lambda r: seen.errors.append(f"failed: {r.url} {r.failure}"))
    return seen
