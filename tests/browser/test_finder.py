"""Long tables in a real browser: sorted, searched, filtered, turned, and read by anyone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corr.show.pages.whole.finder import ROWS_AT_ONCE, Column, finder
from corr.show.wording import html

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

MANY = 10_000
WORDS = ("same", "undecided", "different")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    columns = [
        Column("case", [f"A{k}" for k in range(MANY)], links=["#x", *[""] * (MANY - 1)]),
        Column("problems", [None if k % 7 == 0 else k * 7919 % 101 for k in range(MANY)]),
        Column("P(same)", [k / MANY for k in range(MANY)], p=True),
        Column("verdicts", [[WORDS[k % 3]] for k in range(MANY)], words=True),
    ]
    body = f'<p id="x">Cases of a test.</p>{finder(columns, "Cases").html}'
    said = {"title": "A test", "use": html.RESEARCH_USE, "versions": "", "stamp": ""}
    page = html.TEMPLATES.get_template("page.html.j2").render(body=body, **said)
    at = tmp_path_factory.mktemp("finder") / "page.html"
    at.write_text(page, encoding="utf-8")
    return at


@pytest.fixture
def page(chromium: Any, watch: Any, path: Path) -> Iterator[Any]:
    context = chromium.new_context(offline=True)
    seen = watch(context)
    seen.page.goto(path.as_uri())
    yield seen.page
    seen.clean()
    context.close()


def column(page: Any, k: int) -> list[str]:
    return page.locator(f".finder tbody tr td:nth-child({k})").all_inner_texts()


def test_a_heading_sorts_and_says_so(page: Any):
    assert column(page, 1)[:2] == ["A0", "A1"]
    head = page.get_by_role("button", name="problems")
    head.click()
    assert set(column(page, 2)) == {"100"}
    assert page.locator("th[aria-sort=descending]").inner_text().strip() == "problems"
    head.press("Enter")  # with the keyboard, too
    assert set(column(page, 2)) == {"0"}
    page.get_by_role("button", name="case").click()
    assert column(page, 1)[:11] == [f"A{k}" for k in range(11)]  # as numbers are counted
    for _ in range(MANY // ROWS_AT_ONCE - 1):
        page.locator(".turn button").nth(1).evaluate("b => b.click()")
    assert column(page, 1)[-1] == "A9999"
    assert page.get_by_role("button", name="More rows").is_disabled()


def test_what_is_not_stated_comes_last_either_way(page: Any):
    head = page.get_by_role("button", name="problems")
    for _ in range(2):
        head.click()
        page.locator(".turn button").nth(1).evaluate("b => { while (!b.disabled) b.click(); }")
        assert set(column(page, 2)) == {""}


def test_rows_are_searched_and_filtered(page: Any):
    page.get_by_label("Search").fill("a77 same")
    assert column(page, 1)[:2] == ["A771", "A774"]
    page.get_by_label("Search").fill("")
    page.get_by_label("verdicts").select_option(label=f"undecided ({(MANY + 1) // 3})")
    assert set(column(page, 4)) == {"undecided"}
    assert page.get_by_role("status").inner_text() == "Rows 1-25 of 3333 found, 10000 in all"
    page.get_by_label("Search").fill("nothing like that")
    assert page.get_by_role("status").inner_text() == "No row is like that"


def test_probabilities_are_never_0_or_1(page: Any):
    assert column(page, 3)[0] == "< 0.01"
    page.get_by_role("button", name="P(same)").click()
    assert column(page, 3)[0] == "> 0.99"


def test_rows_are_turned_only_where_there_are_more(page: Any):
    assert page.get_by_role("button", name="More rows").is_visible()
    page.get_by_label("Search").fill("a777")  # and A7770 to A7779
    assert len(column(page, 1)) == 11
    assert not page.get_by_role("button", name="rows").all()
    page.get_by_label("Search").fill("")
    assert page.get_by_role("button", name="Earlier rows").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(page: Any, scheme: str):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.emulate_media(color_scheme=scheme)
    assert axe.Axe().run(page).response["violations"] == []


def test_the_first_rows_stand_there_without_script(chromium: Any, path: Path):
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(path.as_uri())
    assert tab.locator(".finder tbody tr").count() == ROWS_AT_ONCE
    assert "of 10000 rows" in tab.locator(".shown").inner_text()
    context.close()
