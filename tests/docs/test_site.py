"""The documentation site: built without a warning, whole, offline, usable by everybody.

Tutorials and gallery are not run here (nbval runs the notebooks): `make docs` does that.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import corr
from benchmarks.explorer.lab import chromium_path, running_chromium
from corr.sources import cited, read_sources

ROOT = Path(__file__).parents[2]
pytest.importorskip("sphinx", reason="the documentation's packages are not installed (extra docs)")


def tool(name: str) -> Any:
    """A module of ``tools``, which is no package."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check_site, site_pages = tool("check_site"), tool("site_pages")
FEW = ("index.html", "how_to_export.html", "api/judge.html")
"""Of each kind one: cards and a picture, code and a table, docstrings."""


def sphinx(docs: Path, out: Path) -> subprocess.CompletedProcess[str]:
    options = ["-q", "-n", "-W", "--keep-going", "-D", "nb_execution_mode=off"]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-b", "html", *options, str(docs), str(out)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    run = sphinx(ROOT / "docs", out)
    assert run.returncode == 0, run.stderr[-3000:]
    return out


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if chromium_path() is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    with running_chromium() as browser:
        yield browser


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path):
    assert list(check_site.broken(site)) == []
    pages = {p.relative_to(site).as_posix() for p in check_site.pages_of(site)}
    assert {*FEW, "genindex.html", "changelog.html"} <= pages
    for folder, built in (("notebooks", "tutorials"), ("docs/api", "api")):
        for source in (ROOT / folder).glob("*.[mi]*"):
            assert f"{built}/{source.stem}.html" in pages
    listed = (site / "how_to.html").read_text(encoding="utf-8")
    assert all(p.stem in listed for p in (ROOT / "docs").glob("how_to_*.md"))


def test_every_constant_and_every_name_has_its_place(site: Path):
    constants = (site / "made" / "constants.html").read_text(encoding="utf-8")
    assert {*corr.load_parameters()} <= {*re.findall(r">(\w+)<", constants)}
    ids = {i for page in (site / "api").glob("*.html") for i in check_site.Page(page).ids}
    for name in corr._AT:
        assert {f"corr.{name}", f"module-{getattr(getattr(corr, name), '__name__', '')}"} & ids


@pytest.mark.parametrize(
    ("page", "text", "message"),
    [
        ("broken.html", '<a href="gone.html">x</a>', "which is not there"),
        ("place.html", '<p id="a"></p><a href="#b">x</a>', "of which the place is not there"),
        ("loads.html", '<script src="https://cdn.example/x.js"></script>', "loads https"),
        ("loads.html", '<link rel="stylesheet" href="//fonts.example/x.css">', "loads //fonts"),
    ],
)
def test_a_broken_page_is_noticed(page: str, text: str, message: str, tmp_path: Path):
    (tmp_path / page).write_text(text, encoding="utf-8")
    (found,) = check_site.broken(tmp_path)
    assert message in found


@pytest.mark.parametrize("text", ["[x](gone.md)", "{term}`nothing known`", "![x](gone.png)"])
def test_what_is_missing_ends_a_build(text: str, tmp_path: Path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text(f"# Title\n\n{text}\n", encoding="utf-8")
    (docs / "conf.py").write_text("extensions = ['myst_parser']\n", encoding="utf-8")
    run = sphinx(docs, tmp_path / "out")
    assert run.returncode == 1
    assert "WARNING" in run.stderr


def test_what_constants_cite_is_in_the_list_of_sources():
    sources, constants = read_sources(), corr.load_parameters().table
    used = {name for c in constants.values() for name in cited(c.source, sources)}
    assert len(used) > 60
    with (ROOT / "benchmarks" / "published_checks.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert cited(row["source"], sources)
    text = (
        "as mg_outlier (Rummel 2015, 5.11; 5.7), SD 1.4 times it; Cozzi, Radiology 2022, in VICTRE"
    )
    assert cited(text, sources) == {"Rummel 2015", "Huang 2017", "Cozzi 2022", "VICTRE"}
    assert site_pages.linked(text, sources) == (
        "as `mg_outlier` ([Rummel 2015](#source-rummel-2015), [5.11](#source-rummel-2015); "
        "[Huang 2017](#source-huang-2017)), SD 1.4 times it; [Cozzi 2022](#source-cozzi-2022), "
        "in [VICTRE](#source-victre)"
    )


def test_links_to_files_beside_the_pages_are_their_names():
    text = "([measured](../benchmarks/a.md)), [here](../how_to_b.md), [x](../../data/c.csv)"
    told = site_pages.on_page(text, "how_to_a")
    assert told == "(measured (`benchmarks/a.md`)), [here](../how_to_b.md), x (`data/c.csv`)"


@pytest.mark.parametrize("source", ["Nobody 2031", "a share (5.99)"])
def test_a_source_that_is_not_listed_is_noticed(source: str):
    with pytest.raises(KeyError):
        cited(source, read_sources())


def test_pages_are_accessible(site: Path, chromium: Any):
    assert list(check_site.violations(chromium, [site / page for page in FEW])) == []


def test_the_search_works_offline(site: Path, chromium: Any):
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto(f"{(site / 'search.html').as_uri()}?q=correlate")
    page.get_by_role("link", name="Glossary").first.wait_for()
    context.close()
