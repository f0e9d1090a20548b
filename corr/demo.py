"""The demo: the seed case and a simulated cohort, judged and put on pages."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tqdm import tqdm

from corr.case.open import read_tables
from corr.datasets import open_data
from corr.extras import needs
from corr.face.judging import judge
from corr.show.pages.press import make_cohort_report, make_report

COHORT_CASES = ("D0001", "D0003")
SIMULATED = "Finite-element simulation, not a patient."


def run_demo(out: Path, *, jobs: int = -1) -> None:
    """Judge, write tables under ``out``, make four pages and print the seed's pairs.

    Raises
    ------
    InputError
        If the data that come with corr are not there or were changed.
    NotInstalledError
        If what pages are made with is not installed.
    """
    needs("notebooks", "pages")
    seed = open_data("seed_case")["case"]
    data = open_data("simulated_cohort")

    print("Judging the simulated cohort (finite-element simulations, not patients)", flush=True)
    tables = read_tables(data["findings"], data["breasts"])
    judge(tables, jobs=jobs, progress=True).save(out / "cohort")

    print("Judging the seed case and making the pages", flush=True)
    result = judge(seed)
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
            title="A simulated cohort at a glance", out_dir=out, breasts=data["breasts"], pages=out,
        ),
    ]  # fmt: skip
    html = [make()[1] for make in tqdm(pages, unit="page")]

    print("\n" + result.text)
    print("\nPages (open in a browser; they need no network):")
    for page in html:
        print(f"  {page.resolve()}")
    print(f"Tables: {(out / 'cohort').resolve()}")
