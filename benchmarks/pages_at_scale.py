"""Many case pages at once, and the page of a large table: ``python -m benchmarks.pages_at_scale``.

Case pages: those of drawn women with an undecided pair, one after the other with a kernel each as a
plain papermill loop makes them, against `corr report --where … --jobs 2`, in turns; the executed
notebooks of both are compared. Cohort page: its bytes, and in Chromium the time until its table can
be used and until a click on a header has sorted it. Writes ``pages_at_scale.md`` beside this file.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import which
from typing import Any

from benchmarks.simulated import as_tables
from corr import judge, make_cohort_report, make_report, read_tables
from corr.show.many.make import Sources, make_pages
from corr.show.pages.whole.chosen import asked_pairs, chosen_pairs

WHERE = "verdict == 'undecided'"
PAGES, BLOCKS, JOBS, BREASTS = 40, 2, 2, 10_000
OUT = Path(__file__).with_suffix(".md")


@dataclass
class Spent:
    """Processor and wall time, s, of this process and of all that it waited for."""

    cpu_s: float = 0.0
    wall_s: float = 0.0

    def of(self, work: Callable[[], object]) -> None:
        """Add what some work takes."""
        cpu, wall = _cpu_s(), time.perf_counter()
        work()
        self.cpu_s += _cpu_s() - cpu
        self.wall_s += time.perf_counter() - wall


def _cpu_s() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def outputs(notebook: Path) -> list[Any]:
    """What the cells of an executed notebook gave, but for what differs from kernel to kernel.

    That are the random id of the explorer's widget, and in how many pieces a text was sent.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [_joined(cell.get("outputs", [])) for cell in cells]


def _joined(found: Sequence[dict[str, Any]]) -> list[Any]:
    out: list[Any] = []
    for output in found:
        if output["output_type"] == "stream":
            text = "".join(output["text"])
            if out and isinstance(out[-1], str):
                out[-1] += text
            else:
                out.append(text)
            continue
        data = output.get("data", {})
        kept = {k: v for k, v in data.items() if "widget-view" not in k}
        out.append(kept if len(kept) == len(data) else "a widget")
    return out


def case_pages(folder: Path, pages: int, blocks: int, jobs: int) -> dict[str, object]:
    """Time of both ways, in turns, and whether they gave the same."""
    files = as_tables.write(3 * pages, folder)
    sources = Sources(files["findings"], files["breasts"], files["exams"])
    tables = read_tables(sources.findings, sources.breasts, sources.exams)
    pairs = asked_pairs(judge(tables).pairs, tables.breasts, tables.problems)
    ids = list(dict.fromkeys(chosen_pairs(pairs, WHERE)["case_id"]))[:pages]
    loop, many = Spent(), Spent()
    plain, warm = folder / "plain", folder / "warm"
    for k in range(blocks):
        some = ids[k::blocks]
        loop.of(partial(_loop, sources, some, plain))
        many.of(partial(make_pages, sources, some, warm, jobs=jobs))
        print(k, loop, many, flush=True)
    same = [outputs(plain / f"{i}.ipynb") == outputs(warm / f"{i}.ipynb") for i in ids]
    return {
        "pages": len(ids), "equal": sum(same), "loop": loop, "many": many,
        "cpu ratio": loop.cpu_s / many.cpu_s, "wall ratio": loop.wall_s / many.wall_s,
    }  # fmt: skip


def _loop(sources: Sources, ids: Sequence[str], out: Path) -> None:
    for case_id in ids:
        make_report(
            sources.findings, case_id=case_id, out_dir=out, breasts=sources.breasts,
            exams=sources.exams,
        )  # fmt: skip


SORTS = """k => {
  const box = document.querySelectorAll(".finder")[k];
  box.querySelectorAll("thead button").forEach((button) => { button.click(); box.offsetHeight; });
  return box.querySelectorAll("thead button").length;
}"""
"""Clicks every heading of a table once, each drawn before the next; how many there are."""


def in_browser(page: Path) -> dict[str, float]:
    """Bytes of a page, and s in Chromium: until its tables can be used, and of a sort of the last.

    Wall time, and processor time of the page's main thread, which other work on the machine does
    not lengthen.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=which("chromium"))
        tab = chromium.new_context(offline=True).new_page()
        devtools = tab.context.new_cdp_session(tab)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

        def busy_s() -> float:
            told = devtools.send("Performance.getMetrics")["metrics"]
            return float({m["name"]: m["value"] for m in told}["TaskDuration"])

        began = time.perf_counter()
        tab.goto(page.resolve().as_uri())
        tab.wait_for_selector(".finder[data-ready] >> nth=-1")
        opened, busy = time.perf_counter() - began, busy_s()
        last = tab.locator(".finder").count() - 1
        began = time.perf_counter()
        clicks = tab.evaluate(SORTS, last)
        sorted_s, sorted_busy = time.perf_counter() - began, busy_s() - busy
        chromium.close()
    return {
        "bytes": page.stat().st_size, "open s": opened, "open cpu s": busy,
        "sort s": sorted_s / clicks, "sort cpu s": sorted_busy / clicks,
    }  # fmt: skip


def cohort_page(folder: Path, count: int, tables: Path | None) -> dict[str, float]:
    """The page of a drawn table: what it takes to open and to sort.

    ``tables`` is a folder with findings, breasts, exams and the tables of their judgement, where
    these have been made before; else they are drawn and judged.
    """
    if tables is None:
        tables = folder / "large"
        files = as_tables.write(count, tables)
        given = (files["findings"], files["breasts"], files["exams"])
        judge(read_tables(*given), jobs=JOBS).save(tables)
    _, page = make_cohort_report(
        tables / "findings.csv", breasts=tables / "breasts.csv", exams=tables / "exams.csv",
        results=tables, out_dir=folder / "cohort", pages=folder / "cohort", simulated=True,
    )  # fmt: skip
    return in_browser(page)


def as_page(cases: dict[str, Any], cohort: dict[str, float], count: int) -> str:
    """Both as Markdown."""
    each = cases["pages"]
    ways = {"one after the other, a kernel each": cases["loop"]}
    ways["`corr report --where --jobs 2`, kernels forked warm"] = cases["many"]
    lines = "\n".join(
        f"| {way} | {spent.cpu_s / each:.1f} | {spent.wall_s / each:.1f} |"
        for way, spent in ways.items()
    )
    opened = f"{cohort['open s']:.2f} s ({cohort['open cpu s']:.2f} s of processor time)"
    return f"""# Pages at scale

`python -m benchmarks.pages_at_scale`; drawn women, two cores with nothing else on them.

## {each} case pages, two ways in turns

| | processor s a page | wall s a page |
| --- | --- | --- |
{lines}
| times as fast | {cases["cpu ratio"]:.2f} | {cases["wall ratio"]:.2f} |

Outputs of {cases["equal"]} of {each} executed notebooks are equal, pictures included. Loading
once what pages share is in the second line.

## The page of {count} breasts

| | |
| --- | --- |
| size | {cohort["bytes"] / 1e6:.2f} MB |
| opened until its tables can be used | {opened} |
| a sort of all rows by another column | {cohort["sort s"]:.3f} s ({cohort["sort cpu s"]:.3f} s) |
"""


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--blocks", type=int, default=BLOCKS)
    parser.add_argument("--breasts", type=int, default=BREASTS)
    parser.add_argument("--keep", type=Path, help="Folder for what is made.")
    parser.add_argument("--judged", type=Path, help="Folder of drawn tables and their judgement.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        cohort = cohort_page(folder, given.breasts, given.judged)
        print(cohort, flush=True)
        cases = case_pages(folder, given.pages, given.blocks, JOBS)
        print(cases)
    OUT.write_text(as_page(cases, cohort, given.breasts), encoding="utf-8")


if __name__ == "__main__":
    main()
