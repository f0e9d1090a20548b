"""What is wrong with the built documentation: links, what it loads, and what axe finds.

``python tools/check_site.py out/docs`` looks at every page, in light and dark; needs Chromium.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""Tags that load something, and where they say what."""


class Page(HTMLParser):
    """Ids of a page, where its links lead, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag."""
        said = {name: value or "" for name, value in attrs}
        self.ids |= {said[key] for key in ("id", "name") if key in said}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        if (key := LOADED.get(tag)) and said.get(key):
            self.loads.append(said[key])


def pages_of(site: Path) -> list[Path]:
    """The pages of the site; templates of its theme lie among what it loads."""
    return [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]


def broken(site: Path) -> Iterator[str]:
    """A line for each link within the site that leads nowhere, and each thing from outside it."""
    pages = {path.resolve(): Page(path) for path in pages_of(site)}
    for path, page in pages.items():
        here = path.relative_to(site.resolve())
        for target in page.loads:
            if urlsplit(target).scheme not in ("", "data") or target.startswith("//"):
                yield f"{here} loads {target}"
        for target in {*page.links, *page.loads}:
            split = urlsplit(target)
            if split.scheme or target.startswith("//"):
                continue
            at = (path.parent / unquote(split.path)).resolve() if split.path else path
            if not at.is_file():
                yield f"{here} leads to {target}, which is not there"
            elif split.fragment and at in pages and unquote(split.fragment) not in pages[at].ids:
                yield f"{here} leads to {target}, of which the place is not there"


def violations(browser: Any, pages: Iterable[Path]) -> Iterator[str]:
    """What axe finds on pages opened from their files without a network, in light and in dark."""
    from axe_playwright_python.sync_playwright import Axe

    for theme in ("light", "dark"):
        context = browser.new_context(offline=True, color_scheme=theme, reduced_motion="reduce")
        tab = context.new_page()
        tab.set_default_timeout(120_000)
        for path in pages:
            tab.goto(path.resolve().as_uri())
            tab.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            for found in Axe().run(tab).response["violations"]:
                nodes = found["nodes"]
                what = f"{found['id']} ({found['impact']}, {len(nodes)} times)"
                yield f"{path.name}, {theme}: {what}: {nodes[0]['html'][:150]}"
        context.close()


def main() -> int:
    """Exit status 1 and a line for each thing wrong, else 0."""
    parser = argparse.ArgumentParser(description="Check the built documentation.")
    parser.add_argument("site", type=Path)
    site = parser.parse_args().site
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from benchmarks.explorer.lab import running_chromium

    wrong = list(broken(site))
    pages = pages_of(site)
    with running_chromium() as browser:
        wrong += violations(browser, pages)
    print("\n".join(wrong) or f"{len(pages)} pages: nothing is wrong")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
