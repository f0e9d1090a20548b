"""How well change is told where the truth is known: `change.md`. Simulated.

Two dates are drawn from true places of the plain simulated cohort: lesions stay, are new or gone,
grow, shrink or keep their size; each exam errs anew, as published repeats do. Links are compared
with the nearest distance from the nipple. Nothing is fitted but that rule's tolerance, in its
favour.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.refresh import COHORTS, OUT, TRUTH, cohort
from benchmarks.simulated.two_dates import (
    DAYS,
    OFFSET_LN_SD,
    REPORTED,
    SEED,
    VIEW_SHOWS,
    Drawn,
    Truth,
    two_dates,
)  # fmt: skip
from benchmarks.where_to_look import markdown
from corr import parameters
from corr.exchange.files import write_whole
from corr.judgement.judge import judge
from corr.parameters import Parameters
from corr.questions.change.change import Change, changes
from corr.records import Breast, Finding
from corr.validation.scores import recalibration
from corr.workers import in_workers

REPEATS = 2
EXAMS = {"mammogram": ("MG",), "ultrasound": ("US",), "MRI": ("MR",), "MG and US": ("MG", "US")}
MOST_FINDINGS = 12
STATES = {"stays": 0.6, "new": 0.2, "gone": 0.2}
ALL_STAY = {"stays": 1.0, "new": 0.0, "gone": 0.0}
TOLERANCES_MM = (5.0, 10.0, 15.0, 20.0)
HEAD = f"""# What has changed: links, new lesions and growth against the truth

Simulated (`data/simulated_cohort`): finite-element bodies, not patients. Made by
`python -m benchmarks.change` (seed {SEED}, every breast {REPEATS} times, {DAYS[0]} to {DAYS[1]}
days apart, at most {MOST_FINDINGS} findings). A lesion stays in {STATES["stays"]:.0%}, is new or
gone in {STATES["new"]:.0%} each; an exam reports {REPORTED:.0%} of what the cohort's exam reported,
a view of it shows {VIEW_SHOWS:.0%}; what was false there is reported on one date, at random. Places
are the true ones of the cohort with new errors for each date, such that films of other years differ
by some 7 mm (published 5.6-8.5), MRI too, and two ultrasounds by 20 (published 20 +/- 16); hours
and distances are rounded. Sizes: volumes double in a time drawn as published (0.32), halve in such
a time (0.43) or stay (0.25); a modality measures a lesion off by {OFFSET_LN_SD:.0%} on both dates
alike, and errs at each measurement.

**Link right**: of a current finding, the finding of the earlier date in its row is of its lesion,
or there is none and none was reported; "stated" is what its probabilities let expect. Beside it the
nearest earlier finding of the same view by distance from the nipple, within the tolerance that does
best. **New** is true where no finding of the earlier date is of the lesions of a row. Coverage is
over rows of one true lesion; doubling times over those that truly grew and are no extents.
"""


WHY = """
## What does not fit, and why

Wanted were links right in 0.92, a slope of P(new) of 0.8 to 1.2, and 80 % of doubling times in
0.74 to 0.86. Doubling times are held. With a fifth of the lesions new and a fifth gone the other
two are missed, mainly for one reason:

* **The judgement knows no coming and going.** To it the dates look at one set of lesions, and
  what one date does not report was missed there. Where that is so (the last tables) links are right
  in 0.92, P(new) is as often true as stated and its slope is within range. Where lesions come and
  go as often as here, P(new) is too small (the offset) and P(persistent) too large: two lesions
  near each other are taken for one. Read P(new) as "not reported before", with how often such a
  lesion goes unreported beside it.
* **Ultrasound** by hour and distance: two reports of one lesion lie 20 mm apart, farther than many
  lesions of one breast. Its own probabilities let expect little more.
* **MRI**: P(new) is too small also where nothing comes or goes; the cause was not found.

First attempt (300 to 800 days apart, the same errors, every breast once): links right in 0.852
(nearest distance 0.755), slope 0.79; of lesions whose diameter more than doubled 0.80, of those
that hardly changed 0.89. Sizes of two dates were compared then as if nothing grew. Since then a
size says less of the other date the longer ago it was measured (`size_growth_ln_sd`), and dates are
six to thirteen months apart, as follow-up is; no constant was moved for these numbers.
"""


def rows_of(
    task: tuple[int, Breast, str], p: Parameters, truth: Truth, states: Mapping[str, float]
) -> list[dict[str, object]]:
    """What came out for the findings and the rows of changes of one breast."""
    seed, breast, what = task
    drawn = two_dates(breast, truth, EXAMS[what], p, seed=seed, states=states)
    if not 1 < len(drawn.breast.findings) <= MOST_FINDINGS:
        return []
    each = changes(judge(drawn.breast, p, bands=False))
    rows = [row for c in each for row in _scored(c, drawn)]
    return [{"what": what, **row} for row in (*rows, *_by_distance(drawn))]


def _scored(c: Change, drawn: Drawn) -> Iterator[dict[str, object]]:
    now = {drawn.told[f.finding_id].lesion for f in c.findings_now}
    if now and c.p_new is not None:
        yield {"p_new": c.p_new, "new": float(not now & set(drawn.before.values()))}
        for f in c.findings_now:
            same = [x for x in c.findings_prior if _view(x) == _view(f)] or [*c.findings_prior]
            yield {
                "linked": drawn.right(f, same[0] if same else None),
                "stated": c.p_persistent if same else c.p_new,
                "grown": abs(drawn.told[f.finding_id].growth),
            }
    lesions = now | {drawn.told[f.finding_id].lesion for f in c.findings_prior}
    if (g := c.growth) is not None and len(lesions) == 1:
        true = drawn.told[c.findings_now[0].finding_id]
        low, high = g.doubling_days or (math.inf, math.inf)
        grew = g.of_volume and not math.isnan(true.doubling)
        yield {
            "held": float(g.ln_lo80 <= true.growth <= g.ln_hi80),
            "doubling_held": float(low <= true.doubling <= high) if grew else math.nan,
        }


def _by_distance(drawn: Drawn) -> Iterator[dict[str, object]]:
    """The nearest earlier finding of the same view by distance from the nipple."""
    for f in drawn.breast.findings:
        if f.finding_id.endswith(".1"):
            others = [x for x in drawn.breast.findings
                      if x.finding_id.endswith(".0") and _view(x) == _view(f)]  # fmt: skip
            best = min(others, key=lambda x: abs(_far(x) - _far(f)), default=None)
            off = math.inf if best is None else abs(_far(best) - _far(f))
            for mm in TOLERANCES_MM:
                yield {"tolerance": mm, "nearest": drawn.right(f, best if off <= mm else None)}


def _view(f: Finding) -> str:
    return f.reading_id.rsplit(".", 1)[0]


def _far(f: Finding) -> float:
    """Distance from the nipple, mm."""
    if f.modality == "US":
        return f.fn_mm or 0.0
    places = (f.posterior_mm, f.transverse_mm, f.lateral_mm, f.superior_mm)
    return math.sqrt(sum((x or 0.0) ** 2 for x in places))


def summary(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Links, new lesions, and growth: a row a kind of exam, and all together."""
    links, new, growth = [], [], []
    for name, some in [*rows.groupby("what", sort=True), ("all", rows)]:
        nearest = some[some["nearest"].notna()].groupby("tolerance")["nearest"].mean()
        links.append(
            {
                "exams": name, "current findings": int(some["linked"].notna().sum()),
                "link right": f"{some['linked'].mean():.3f}",
                "stated": f"{some['stated'].mean():.3f}",
                "nearest distance": f"{nearest.max():.3f} ({nearest.idxmax():.0f} mm)",
            }
        )  # fmt: skip
        told = some[some["p_new"].notna()]
        at = [told[c].to_numpy(float) for c in ("new", "p_new")]
        rng, slopes = np.random.default_rng(SEED), []
        for _ in range(400):
            draw = rng.integers(len(told), size=len(told))
            slopes.append(recalibration(at[0][draw], at[1][draw])[0])
        low, high = np.nanquantile(slopes, [0.025, 0.975])
        slope, offset = recalibration(*at)
        new.append(
            {
                "exams": name, "rows": len(told), "truly new": f"{told['new'].mean():.2f}",
                "mean P(new)": f"{told['p_new'].mean():.2f}",
                "slope": f"{slope:.2f} ({low:.2f}-{high:.2f})", "offset": f"{offset:.2f}",
            }
        )  # fmt: skip
        sizes, grown = (int(some[c].notna().sum()) for c in ("held", "doubling_held"))
        growth.append(
            {
                "exams": name, "sizes on both dates": sizes,
                "80 % of ln growth holds": f"{some['held'].mean():.2f}", "truly growing": grown,
                "80 % of doubling time holds": f"{some['doubling_held'].mean():.2f}",
            }
        )  # fmt: skip
    return pd.DataFrame(links), pd.DataFrame(new), pd.DataFrame(growth)


def by_change(rows: pd.DataFrame) -> pd.DataFrame:
    """Whether lesions that changed in size are linked less often."""
    some = rows[rows["linked"].notna()].copy()
    steps = ["less than 10 %", "10-49 %", "50-122 %", "more"]
    some["diameter up or down by"] = pd.cut(
        some["grown"], [-0.01, 0.1, 0.4, 0.8, 9.0], labels=steps
    )
    each = some.groupby("diameter up or down by", observed=True)["linked"].agg(["size", "mean"])
    named = each.reset_index().rename(columns={"size": "findings", "mean": "link right"})
    return named.assign(**{"link right": named["link right"].map("{:.3f}".format)})


def true_rows() -> Truth:
    """What is true of each finding of the cohort."""
    rows = pd.read_csv(TRUTH).to_dict("records")
    return {str(row["finding_id"]): {str(k): v for k, v in row.items()} for row in rows}


def run(states: Mapping[str, float], repeats: int) -> pd.DataFrame:
    """What came out for all breasts and kinds of exams."""
    p, truth = parameters.load(), true_rows()
    breasts = cohort(COHORTS[0]) * repeats
    tasks = [(k, b, what) for what in EXAMS for k, b in enumerate(breasts)]
    each = in_workers(partial(rows_of, p=p, truth=truth, states=states), tasks)
    return pd.DataFrame([row for some in each for row in some])


def main() -> None:
    """Write ``change.md``."""
    rows = run(STATES, REPEATS)
    links, new, growth = summary(rows)
    again_links, again_new, _ = summary(run(ALL_STAY, 1))
    parts = [
        HEAD, "\n## Links\n", markdown(links), "\nBy how much the lesion changed:\n",
        markdown(by_change(rows)), "\n## New lesions\n",
        "Calibration slope of P(new) with 95 % over rows drawn again.\n", markdown(new),
        "\n## Growth\n", markdown(growth),
        "\n## Where no lesion comes or goes\n",
        "The same, but every lesion stays: what is new was not reported (every breast once).\n",
        markdown(again_links), "", markdown(again_new), WHY,
    ]  # fmt: skip
    write_whole(OUT / "change.md", "\n".join(parts))


if __name__ == "__main__":
    main()
