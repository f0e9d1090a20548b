"""How fast the explorer opens and answers, written to `speed.md` beside this module.

    python -m benchmarks.explorer.speed

Goals on a quiet machine: open in 10 s; with eight findings every slider in 150 ms (median) and
300 ms (worst). Needs Chromium, and takes a quarter of an hour on two cores.
"""

from __future__ import annotations

import json
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
IN_KERNEL = "import json; print(json.dumps(explorer.seconds))"
HEAD = """# How fast the explorer opens and answers

In JupyterLab in a headless Chromium on a machine with two processor cores and without a graphics
card, kernel and browser on the same two cores. Times depend on the machine and on what else it
does. Written by

    .venv/bin/python -m benchmarks.explorer.speed

Goals: 150 ms (median) and 300 ms (worst) from a key on a slider to numbers and picture, with eight
findings; 10 s from opening the executed notebook to the answer of the first slider.
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
        go.in_kernel(lab, "explorer.seconds.clear()")
        times = go.times_ms(page, words, "ArrowRight", MOVES)
        kernel = [1000 * s for s in json.loads(go.in_kernel(lab, IN_KERNEL))]
        rows.append((words, spoken(kernel), *(spoken(v) for v in times.values())))
    go.shut_down(page)
    context.close()
    head = ("slider", "in the kernel", "to the numbers", "to the picture", "to the final numbers")
    title = f"A slider, {count} findings ({MOVES} moves each; median / worst, ms)"
    return table(title, head, rows)


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
        parts = [sliders(lab, chromium, *case) for case in CASES.items()]
        parts.append(opening(lab, chromium))
    print("\n".join(parts))
    text = "\n".join([HEAD, *parts])
    (Path(__file__).parent / "speed.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
