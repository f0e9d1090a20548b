"""Ten thousand breasts and more: time, memory, runs that are killed, JPDA beside. Simulated.

``python -m benchmarks.cohort_at_scale [speed] [kills] [jpda] [memory]`` measures what is named (or
all) and writes those sections of ``benchmarks/cohort_at_scale.md`` anew.
"""

from __future__ import annotations

import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import psutil

from benchmarks.simulated.drawn import draw
from corr import parameters
from corr.cohort import judge_cohort as cohort
from corr.cohort.journal import Journal
from corr.exchange.tables import HEADERS, Rows, write_tables
from corr.judgement.judge import judge
from corr.parameters import Parameters
from corr.records import Breast
from corr.validation.jpda import JPDA, Floats
from corr.validation.run import benchmark
from corr.workers import in_workers

PAGE = Path(__file__).with_suffix(".md")
DRAWN, AT_ONCE, KILLED, KILLS, SCORED = 10_000, 500, 200, 20, 400
MANY = (10_000, 100_000)
JOBS = 2
LOOK_EVERY_S = 0.2
MB = 1 << 20
NULL = subprocess.DEVNULL


def measured(command: Sequence[str]) -> dict[str, float]:
    """Run this module in a process of its own; seconds, processor seconds and peak memory of all.

    Memory is the sum of what each process of the tree holds; what they share counts in each.
    """
    start = time.monotonic()
    run = subprocess.Popen([sys.executable, "-m", "benchmarks.cohort_at_scale", *command])
    tree, peak, cpu = psutil.Process(run.pid), 0, dict[int, float]()
    while run.poll() is None:
        total = 0
        try:
            for process in (tree, *tree.children(recursive=True)):
                times = process.cpu_times()
                cpu[process.pid] = times.user + times.system
                total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
        peak = max(peak, total)
        time.sleep(LOOK_EVERY_S)
    if run.returncode not in (0, 1):
        msg = f"{' '.join(command)} ended with {run.returncode}"
        raise RuntimeError(msg)
    return {"s": time.monotonic() - start, "cpu_s": sum(cpu.values()), "mb": peak / MB}


def speed(folder: Path) -> str:
    """Drawn breasts, judged with bands by two workers and written as tables."""
    some = partial(drawn_with, count=AT_ONCE)
    seeds = range(1, DRAWN // AT_ONCE + 1)
    breasts = [b for part in in_workers(some, seeds, jobs=JOBS) for b in part]
    drawn = folder / "drawn.pickle"
    drawn.write_bytes(pickle.dumps(breasts))
    found = measured(["--judge", str(drawn), str(folder / "out")])
    share = found["cpu_s"] / (JOBS * found["s"])
    return (
        f"{len(breasts):,} breasts drawn from the constants (seeds 1 to {seeds[-1]}), {JOBS} "
        f"workers, bands, journal and tables: **{found['s'] / 60:.1f} minutes**, "
        f"{found['cpu_s']:.0f} s of processor time, "
        f"parallel efficiency {share:.2f} (processor time over {JOBS} times the time that passed), "
        f"at most {found['mb']:.0f} MB in all processes together.\n"
    )


def drawn_with(seed: int, count: int) -> list[Breast]:
    """Some breasts, named after their seed."""
    breasts, _ = draw(count, parameters.load(), seed=seed)
    return [replace(b, case_id=f"{seed:02}-{b.case_id}") for b in breasts]


def judge_drawn(drawn: Path, out: Path) -> None:
    """What `speed` measures."""
    breasts: list[Breast] = pickle.loads(drawn.read_bytes())
    out.mkdir()
    p = parameters.load()
    with Journal(out / "judged.jsonl", p) as journal:
        rows, problems = cohort.judge_cohort(breasts, p, jobs=JOBS, journal=journal)
        write_tables(rows, problems, out)


def made_up(count: int, seed: int = 1) -> pd.DataFrame:
    """Rows of breasts with one finding on ultrasound and one on MRI, in no order."""
    drawn = random.Random(seed)
    rows = []
    for k in range(count):
        who = {"case_id": f"case-{k:06}", "breast": drawn.choice("LR")}
        for modality in ("US", "MR"):
            place = {"clock": drawn.randint(1, 12), "fn_cm": drawn.randint(1, 7)}
            size = {"size_mm": drawn.randint(5, 30)}
            exam = {"finding_id": f"{k}-{modality}", "modality": modality, "exam_id": modality}
            rows.append({**who, **exam, "kind": "mass", **place, **size})
    drawn.shuffle(rows)
    return pd.DataFrame(rows)


def kills(folder: Path) -> str:
    """`corr judge` is killed at random moments and started again until it ends by itself."""
    table = folder / "findings.csv"
    made_up(KILLED).to_csv(table, index=False)
    command = [sys.executable, "-m", "corr.cli", "judge", str(table), "--jobs", str(JOBS), "--out"]
    start = time.monotonic()
    subprocess.run([*command, str(folder / "whole")], check=True, stdout=NULL, stderr=NULL)
    usual, drawn = time.monotonic() - start, random.Random(7)
    killed, ended, same, lines = 0, 0, 0, 0
    while killed < KILLS or ended == 0 or lines:
        out = folder / f"killed-{ended}"
        run = subprocess.Popen(
            [*command, str(out)], start_new_session=True, stdout=NULL, stderr=NULL
        )
        try:
            run.wait(drawn.uniform(0.0, usual) if killed < KILLS else None)
        except subprocess.TimeoutExpired:
            if killed % 2:
                os.killpg(run.pid, signal.SIGKILL)
            else:
                run.kill()  # its workers see to themselves
            run.wait()
            killed += 1
            journal = out / "judged.jsonl"
            lines = journal.read_bytes().count(b"\n{") if journal.exists() else lines
            continue
        if run.returncode:
            msg = f"ended with {run.returncode}"
            raise RuntimeError(msg)
        ended, lines = ended + 1, 0
        same += all(
            (out / f"{name}.csv").read_bytes() == (folder / "whole" / f"{name}.csv").read_bytes()
            for name in HEADERS
        )
    return (
        f"{KILLED} breasts by `corr judge --jobs {JOBS}`, killed with signal 9 at {KILLS} moments "
        f"drawn over the time of a whole run (seed 7; in turn the whole group of processes, and "
        f"the first alone), each time started again until {ended} in all had come to their end: "
        f"**{same} of {ended} wrote the bytes of a run that nobody killed**.\n"
    )


def jpda(_folder: Path) -> str:
    """Stone Soup's JPDA on the pairs that are judged; fitted on other women, ten folds."""
    p = parameters.load()
    breasts, truth = draw(SCORED, p)
    start = time.process_time()
    known = {b.case_id: judge(b, p, bands=False) for b in breasts}
    ours, theirs = time.process_time() - start, [0.0]

    class Timed(JPDA):
        def predict(self, rows: pd.DataFrame) -> Floats:
            start = time.process_time()
            found = super().predict(rows)
            theirs[0] += time.process_time() - start
            return found

    name = "JPDA (Stone Soup)"
    result = benchmark(breasts, truth, lambda b: known[b.case_id], methods={name: Timed})
    scores = result.scores[result.scores["subset"] == "all"]
    of = scores.set_index(["method", "metric"])["value"]
    lines = [
        f"{SCORED} breasts drawn from the constants (seed 1), {len(result.pairs):,} pairs; JPDA is "
        "fitted on other women (ten folds) and asked about two readings at a time, breast-corr "
        "knows the constants that the women were drawn from and takes all readings together "
        "(without bands, which JPDA has not, either).",
        "",
        "| | processor ms a breast | AUC | log-loss | groupings right |",
        "|---|---|---|---|---|",
    ]
    for method, said, seconds in (("corr", "breast-corr", ours), (name, name, theirs[0])):
        auc, loss, right = (of[method, m] for m in ("auc", "log_loss", "exact_groupings"))
        ms = 1000.0 * seconds / SCORED
        lines.append(f"| {said} | {ms:.0f} | {auc:.3f} | {loss:.3f} | {right:.2f} |")
    return "\n".join(lines) + "\n"


def memory(folder: Path) -> str:
    """`corr judge` of few and of very many small breasts; the judgement is made once a worker."""
    lines = [
        "`corr judge --jobs 2` of breasts with two findings each (made up, seed 1, rows in no "
        "order). Each worker judges one breast and gives its rows for all others: memory is "
        "measured, not time.",
        "",
        "| breasts | findings table | results | at most, all processes together |",
        "|---|---|---|---|",
    ]
    for count in MANY:
        table = folder / f"of-{count}"
        table.mkdir()
        rows = made_up(count)
        for k, start in enumerate(range(0, len(rows), 50_000)):
            rows[start : start + 50_000].to_parquet(table / f"part-{k}.parquet", index=False)
        del rows
        found = measured(["--repeat", str(table), str(folder / f"out-{count}")])
        parts = len(list((folder / f"out-{count}").glob("pairs.parquet/*.parquet")))
        said = f"{parts} Parquet parts a table" if parts else "CSV"
        kind = f"{len(list(table.iterdir()))} Parquet files"
        lines.append(f"| {count:,} | {kind} | {said} | **{found['mb']:.0f} MB** |")
    return "\n".join(lines) + "\n"


_FIRST: list[tuple[Breast, dict[str, Rows]]] = []


def repeated(breast: Breast, p: Parameters) -> dict[str, Rows]:
    """The rows of the first breast of this worker, as if they were those of another."""
    if not _FIRST:
        found = cohort.judge_safely(breast, p)
        if not isinstance(found, tuple):
            raise RuntimeError(found.fix)
        _FIRST.append((breast, found[1]))
    first, rows = _FIRST[0]
    ids = zip(first.findings, breast.findings, strict=True)
    new: dict[object, object] = {a.finding_id: b.finding_id for a, b in ids}
    who = breast.case_id, breast.side
    return {
        name: [(*who, *(new.get(cell, cell) for cell in line[2:])) for line in lines]
        for name, lines in rows.items()
    }


def judge_repeated(table: Path, out: Path) -> None:
    """What `memory` measures."""
    from benchmarks import cohort_at_scale
    from corr.cli import app

    cohort._judged = cohort_at_scale.repeated  # as workers import it
    app(["judge", str(table), "--out", str(out), "--jobs", str(JOBS)])


PARTS: dict[str, Callable[[Path], str]] = {
    "speed": speed, "memory": memory, "kills": kills, "jpda": jpda,
}  # fmt: skip


def main(asked: Sequence[str]) -> None:
    """Measure and write what is asked for, or all."""
    if asked and asked[0] in ("--judge", "--repeat"):
        work = judge_drawn if asked[0] == "--judge" else judge_repeated
        work(Path(asked[1]), Path(asked[2]))
        return
    for name in asked or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            said = PARTS[name](Path(folder))
        text = PAGE.read_text(encoding="utf-8")
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        PAGE.write_text(f"{before}<!-- {name} -->\n{said}{end}{after}", encoding="utf-8")
        print(said)


if __name__ == "__main__":
    main(sys.argv[1:])
