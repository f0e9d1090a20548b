"""Time to judge a breast before and now, interleaved in one run, by number of findings.

`OMP_NUM_THREADS=1 python -m benchmarks.judgement_speed REF` judges both simulated cohorts by the
code of a git commit and by the one that is checked out. Each has a process of its own; breast by
breast they take turns, and the processor time of the judgement alone counts, the less of
``--repeats``. What is kept between calls for a breast that changes a little is dropped before each.
`benchmarks/judgement_speed.md` is what it wrote, above notes of what was tried that it leaves.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
OUT = ROOT / "benchmarks" / "judgement_speed.md"
COHORTS = ("simulated_cohort", "simulated_cohort_hard")
CLASSES = ((1, 4), (5, 8), (9, 12), (13, 99), (1, 99))
REPEATS = 2
CHILD = "from benchmarks import judgement_speed as s; s.serve()"


def serve() -> None:
    """Judge the breasts whose numbers come in, one a line; a line of what came out for each."""
    tree, data = Path(sys.argv[1]), Path(sys.argv[2])
    sys.path.insert(0, str(tree))
    for name in [name for name in sys.modules if name == "corr" or name.startswith("corr.")]:
        del sys.modules[name]
    import corr
    from corr.exams.sighting import forget
    from corr.judgement.judge import judge
    from corr.records import Breast
    from corr.tables import read_findings

    assert Path(corr.__file__).is_relative_to(tree), corr.__file__
    breasts: list[Breast] = []
    for cohort in COHORTS:
        folder = data / cohort
        breasts += read_findings(folder / "findings.csv", folder / "breasts.csv").breasts
    judge(breasts[0])
    print(json.dumps([sum(f.matched for f in b.findings) for b in breasts]), flush=True)
    for line in sys.stdin:
        forget()
        start = time.process_time()
        judgement = judge(breasts[int(line)])
        taken = 1e3 * (time.process_time() - start)
        pairs = [(q.p_same, q.p_low, q.p_high, q.p_error) for q in judgement.pairs]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"ms": taken, "pairs": pairs, "mb": memory}), flush=True)


class Judge:
    """A process that judges by the code of one tree."""

    def __init__(self, tree: Path) -> None:
        command = [sys.executable, "-c", CHILD, str(tree), str(ROOT / "data")]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        self.findings: list[int] = self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def __call__(self, breast: int) -> dict[str, Any]:
        """What it took, and what came out."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{breast}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = self._answer()
        return answer

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def compared(before: Judge, now: Judge, every: int, repeats: int) -> list[dict[str, Any]]:
    """Times (ms) of every so many breasts, and how far their pairs moved."""
    rows = []
    for k in range(0, len(now.findings), every):
        runs = [(before(k), now(k)) for _ in range(repeats)]
        old, new = (np.array(x["pairs"]).reshape(-1, 4) for x in runs[-1])
        ms = [min(run[i]["ms"] for run in runs) for i in (0, 1)]
        mb = [runs[-1][i]["mb"] for i in (0, 1)]
        rows.append({"findings": now.findings[k], "ms": ms, "mb": mb, "old": old, "new": new})
    return rows


def page(rows: list[dict[str, Any]], ref: str, command: str) -> str:
    """The comparison as a page."""
    lines = [
        "# Time to judge one breast, before and now", "",
        f"Processor time of one core, band included, by the code of commit `{ref}` and by the one "
        "checked out, in turns in one run: both simulated cohorts. "
        f"`{command}`. Times depend on the machine and on what else it does, ratios hardly.", "",
        "| findings | breasts | before, ms | now, ms | ratio | largest move of P(same) | mean | "
        "largest move of an end of a band |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for low, high in CLASSES:
        some = [row for row in rows if low <= row["findings"] <= high]
        if not some:
            continue
        old, new = np.mean([row["ms"] for row in some], axis=0)
        pairs = np.concatenate([abs(row["old"] - row["new"]) for row in some])
        name = "any" if (low, high) == CLASSES[-1] else f"{low}-{high}".replace("-99", " and more")
        lines.append(
            f"| {name} | {len(some)} | {old:.0f} | {new:.0f} | {old / new:.1f} | "
            f"{pairs[:, 0].max():.5f} | {pairs[:, 0].mean():.6f} | {pairs[:, 1:3].max():.4f} |"
        )
    old_mb, new_mb = np.max([row["mb"] for row in rows], axis=0)
    lines += ["", f"Most memory of the process: {old_mb:.0f} MB before, {new_mb:.0f} MB now."]
    return "\n".join(lines) + "\n"


def notes(written: Path) -> str:
    """What was written by hand below the comparison: its first heading and all that follows."""
    if not written.exists():
        return ""
    _, found, below = written.read_text(encoding="utf-8").partition("\n## ")
    return found + below


def main() -> None:
    """Export the other commit, judge in turns, write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("ref")
    parser.add_argument("--every", type=int, default=1, help="only every so many breasts")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    archive = subprocess.run(
        ["git", "archive", asked.ref, "corr", "data_manifest.yaml"],
        cwd=ROOT, check=True, capture_output=True,
    ).stdout  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        before, now = Judge(Path(folder)), Judge(ROOT)
        rows = compared(before, now, asked.every, asked.repeats)
        before.close()
        now.close()
    command = f"OMP_NUM_THREADS=1 python -m benchmarks.judgement_speed {asked.ref}"
    command += f" --every {asked.every}" if asked.every > 1 else ""
    command += f" --repeats {asked.repeats}" if asked.repeats != REPEATS else ""
    asked.out.write_text(page(rows, asked.ref, command) + notes(asked.out), encoding="utf-8")
    print(asked.out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
