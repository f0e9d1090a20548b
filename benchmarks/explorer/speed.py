"""How fast the explorer opens and answers, written to `speed.md` beside this module.

    python -m benchmarks.explorer.speed         # everything: a quarter of an hour on two cores
    python -m benchmarks.explorer.speed moves   # eight findings only, written to `moves.md`

Goals on an idle machine: open in 10 s; with eight findings the number within 150 ms and the picture
within 300 ms of a move. Processor time in the kernel stands beside the time that passed: it hardly
depends on what else the machine does, which is measured, too. Needs Chromium.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.explorer import labpage as go
from benchmarks.explorer.lab import Lab, chromium_path, running_chromium, running_lab, watched

CASES = {"D0003": 8, "D0001": 16}
"""Simulated breasts and how many findings they have."""
PLACES = ("clock", "from the nipple", "below the skin")
ASSUMED = (
    "angle of the oblique", "nipple on film", "pose shift", "all measuring spreads",
    "lesions expected",
)  # fmt: skip
MOVES, OPENINGS = 10, 5
VIEWPORT = {"width": 1500, "height": 1100}
IN_KERNEL = "import json; print(json.dumps([explorer.seconds, explorer.cpu_seconds]))"
CLEAR = "explorer.seconds.clear(); explorer.cpu_seconds.clear()"
RING = """
import json
view = explorer.board.scene.views["face"]  # of MRI: every mm of it is stated
name = min(i for i in view.handles if explorer.explored.finding(i).modality == "MR")
x, y = view.handles[name].get_xydata()[0]
to_px = view.ax.transData.transform
path = [to_px((x + 2.5 * k, y + 1.5 * k)).tolist() for k in range({moves} + 2)]
explorer.findings.choose(name)
print(json.dumps([path, explorer.board.figure.bbox.height]))
"""
HEAD = """# How fast the explorer opens and answers

In JupyterLab in a headless Chromium on a machine with two processor cores and without a graphics
card, kernel and browser on the same two cores. Times depend on the machine and on what else it
does. Written by

    .venv/bin/python -m benchmarks.explorer.speed

Goals: 150 ms from a move to the number and 300 ms to the picture, with eight findings and two idle
cores; 10 s from opening the executed notebook to the answer of the first slider. Other work on the
machine (`load` counts the processes that wanted a core) makes all but the processor time longer.
"""
Row = tuple[str, ...]


def notebook(lab: Lab, case: str) -> str:
    """A notebook with nothing but the explorer of a simulated breast."""
    lines = [
        "from corr import explore",
        "TABLES = ('findings', 'breasts')",
        "findings, breasts = (f'../data/simulated_cohort/{t}.csv' for t in TABLES)",
        f"explorer = explore(findings, '{case}', breasts=breasts)",
        "explorer.show()",
    ]
    return go.write_notebook(lab, f"{case}.ipynb", lines)


def spoken(values: Sequence[float], unit: str = "ms") -> str:
    """Median and worst."""
    form = ".0f" if unit == "ms" else ".1f"
    return f"{median(values):{form}} / {max(values):{form}}"


def table(title: str, head: Row, rows: Sequence[Row]) -> str:
    """A titled Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return f"## {title}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def sliders(lab: Lab, chromium: Any, case: str, count: int) -> str:
    """Every slider of a case, moved `MOVES` times."""
    context = chromium.new_context(viewport=VIEWPORT)
    page = watched(context).page
    go.open_notebook(page, lab.page_url(notebook(lab, case), case))
    go.run_all(page)
    rows: list[Row] = []
    for words in (*PLACES, *ASSUMED):
        go.reset(page)
        go.in_kernel(lab, CLEAR)
        times = go.times_ms(page, words, "ArrowRight", MOVES)
        rows.append(row(lab, words, times))
    go.reset(page)
    path, height_px = json.loads(go.in_kernel(lab, RING.format(moves=MOVES)))
    go.in_kernel(lab, CLEAR)
    times = go.drag_times_ms(page, path, height_px=height_px)
    rows.append(row(lab, "a ring, dragged", times))
    go.shut_down(page)
    context.close()
    head = ("what is moved", "processor time in the kernel", "time in the kernel", "to the numbers",
            "to the picture", "to the final numbers")  # fmt: skip
    load = f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
    title = f"A move, {count} findings ({MOVES} moves each; median / worst, ms; {load})"
    return table(title, head, rows)


def row(lab: Lab, words: str, times: dict[str, list[float]]) -> Row:
    """Times of what was moved, those in the kernel first."""
    wall, cpu = json.loads(go.in_kernel(lab, IN_KERNEL))
    kernel = [spoken([1000 * s for s in seconds]) for seconds in (cpu, wall)]
    return (words, *kernel, *(spoken(v) for v in times.values()))


def executed(lab: Lab) -> str:
    """The notebook of a case with its outputs, as papermill stores it."""
    import papermill

    folder = lab.folder / "notebooks"
    papermill.execute_notebook(
        folder / "02_case.ipynb", folder / "executed.ipynb", cwd=folder, progress_bar=False
    )
    return "notebooks/executed.ipynb"


def opening(lab: Lab, chromium: Any) -> str:
    """The executed notebook, opened, run and its first slider moved `OPENINGS` times."""
    name = executed(lab)
    rows: list[Row] = []
    ways = {
        "Run All Above Selected Cell, at the cell below the explorer": go.run_to_explorer,
        "Run All Cells (a first answer comes after the last cell)": go.run_all,
    }
    for words, run in ways.items():
        shown, ready, answered = [], [], []
        for k in range(OPENINGS):
            context = chromium.new_context(viewport=VIEWPORT)
            page = watched(context).page
            begun = time.monotonic()
            go.open_notebook(page, lab.page_url(name, f"{run.__name__}{k}"))
            shown.append(time.monotonic() - begun)
            run(page)
            ready.append(time.monotonic() - begun)
            handle = go.slider(page, "clock")
            handle.focus()
            handle.press("ArrowRight")
            go.wait_difference(page, "7:30-8:30")
            answered.append(time.monotonic() - begun)
            go.shut_down(page)
            context.close()
        rows.append((words, *(spoken(v, "s") for v in (shown, ready, answered))))
    head = ("run by", "notebook and kernel there", "explorer there", "first slider answered, final")
    title = f"From opening the executed notebook ({OPENINGS} times; median / worst, s)"
    return table(title, head, rows)


def main() -> None:
    """Measure, print and write.

    Raises
    ------
    SystemExit
        If there is no Chromium.
    """
    if chromium_path() is None:
        msg = "no Chromium on this machine (apt-get install chromium)"
        raise SystemExit(msg)
    with (
        tempfile.TemporaryDirectory() as home,
        running_lab(Path(home)) as lab,
        running_chromium() as chromium,
    ):
        moves = sys.argv[1:] == ["moves"]
        parts = [
            sliders(lab, chromium, *case) for case in list(CASES.items())[: 1 if moves else None]
        ]
        if not moves:
            parts.append(opening(lab, chromium))
    print("\n".join(parts))
    text = "\n".join([HEAD, *parts])
    (Path(__file__).parent / ("moves.md" if moves else "speed.md")).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
