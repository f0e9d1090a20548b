"""The demo: the seed case and a simulated cohort, judged and put on pages."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tqdm import tqdm

from corr import datasets as manifest
from corr import parameters
from corr.case.casefile import read_case
from corr.cohort.judge_cohort import judge_cohort
from corr.exchange.tables import write_tables
from corr.judgement.judge import judge
from corr.show.pages import make_cohort_report, make_report
from corr.show.wording.text import case_text
from corr.tables import read_findings

COHORT_CASES = ("D0001", "D0003")
SIMULATED = "Finite-element simulation, not a patient."


def run(out: Path, *, jobs: int = -1) -> None:
    """Judge, write tables under ``out``, make four pages and print the seed's pairs.

    Raises
    ------
    InputError
        If the data that come with corr are not there or were changed.
    """
    p = parameters.load()
    seed = manifest.open_data("seed_case")["case"]
    data = manifest.open_data("simulated_cohort")

    print("Judging the simulated cohort (finite-element simulations, not patients)", flush=True)
    loaded = read_findings(data["findings"], data["breasts"])
    rows, failed = judge_cohort(loaded.breasts, p, jobs=jobs, progress=True)
    write_tables(rows, [*loaded.problems, *failed], out / "cohort")

    print("Judging the seed case and making the pages", flush=True)
    case = read_case(seed)
    judgements = [judge(b, p.override(case.parameters)) for b in case.breasts]
    pages = [
        partial(make_report, seed, out_dir=out),
        *(
            partial(
                make_report, data["findings"], case_id=c, remark=SIMULATED, out_dir=out,
                breasts=data["breasts"],
            )
            for c in COHORT_CASES
        ),
        partial(
            make_cohort_report, data["findings"], results=out / "cohort", truth=data["truth"],
            title="A simulated cohort at a glance", out_dir=out, breasts=data["breasts"],
        ),
    ]  # fmt: skip
    html = [make()[1] for make in tqdm(pages, unit="page")]

    print("\n" + case_text(case.title, judgements))
    print("\nPages (open in a browser; they need no network):")
    for page in html:
        print(f"  {page.resolve()}")
    print(f"Tables: {(out / 'cohort').resolve()}")
