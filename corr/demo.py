"""The demo: the seed case and a simulated cohort, judged and put on pages."""

from __future__ import annotations

from pathlib import Path

from tqdm import tqdm

from corr import manifest, parameters
from corr.casefile import read_case
from corr.cohort import judge_cohort
from corr.exchange.tables import write_tables
from corr.judge import judge
from corr.report import make_cohort_report, make_report
from corr.show.text import case_text
from corr.tables import read_findings

COHORT_CASES = ("D0001", "D0003")


def run(out: Path, *, jobs: int = -1) -> None:
    """Judge, write tables under ``out``, make four pages and print the seed's pairs."""
    p = parameters.load()
    seed_yaml = manifest.open_data("seed_case")["seed_case.yaml"]
    cohort = manifest.open_data("simulated_cohort")
    findings, breasts = cohort["findings.csv"], cohort["breasts.csv"]

    print("Judging the simulated cohort (finite-element simulations, not patients)", flush=True)
    loaded = read_findings(findings, breasts)
    rows, failed = judge_cohort(loaded.breasts, p, jobs=jobs, progress=True)
    write_tables(rows, [*loaded.problems, *failed], out / "cohort")

    print("Judging the seed case and making the pages", flush=True)
    case = read_case(seed_yaml)
    judgements = [judge(b, p.override(case.parameters)) for b in case.breasts]
    jobs_to_do = [
        lambda: make_report(seed_yaml, out_dir=out),
        *(
            lambda c=c: make_report(findings, case_id=c, breasts=breasts, out_dir=out)
            for c in COHORT_CASES
        ),
        lambda: make_cohort_report(findings, breasts=breasts, results=out / "cohort", out_dir=out),
    ]
    pages = [make()[1] for make in tqdm(jobs_to_do, unit="page")]

    print("\n" + case_text(case.title, judgements))
    print("\nPages (open in a browser; they need no network):")
    for page in pages:
        print(f"  {page.resolve()}")
    print(f"Tables: {(out / 'cohort').resolve()}")
