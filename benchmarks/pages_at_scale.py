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
from pathlib import Path
from typing import Any

from benchmarks.refresh import OUT
from benchmarks.simulated import as_tables
from corr import judge, make_report, read_tables
from corr.show.many.make import Sources, make_pages
from corr.show.pages.whole.chosen import asked_pairs, chosen_pairs

WHERE = "verdict == 'undecided'"
PAGES, BLOCKS, JOBS = 40, 2, 2


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
        loop.of(lambda some=some: _loop(sources, some, plain))
        many.of(lambda some=some: make_pages(sources, some, warm, jobs=jobs, done=print))
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


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--blocks", type=int, default=BLOCKS)
    parser.add_argument("--keep", type=Path, help="Folder for what is made.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        print(case_pages(folder, given.pages, given.blocks, JOBS))
    _ = OUT


if __name__ == "__main__":
    main()
