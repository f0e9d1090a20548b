"""How well change is told where the truth is known: `change.md`. Simulated.

Two dates are drawn from true places of the plain simulated cohort: lesions stay, are new or gone,
grow, shrink or keep their size; each exam errs anew, as published repeats do. Links are compared
with the nearest distance from the nipple. Nothing is fitted but that rule's tolerance, in its
favour.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.refresh import COHORTS, OUT, TRUTH, cohort
from benchmarks.where_to_look import markdown
from corr import parameters
from corr.exchange.files import write_whole
from corr.judgement.judge import judge
from corr.parameters import Parameters
from corr.questions.change import Change, changes
from corr.questions.rates import PER_VOLUME
from corr.records import Breast, Finding, Reading
from corr.validation.scores import recalibration
from corr.workers import in_workers

SEED, DAY = 20261130, 738000.0
EXAMS = {"mammogram": ("MG",), "ultrasound": ("US",), "MRI": ("MR",), "MG and US": ("MG", "US")}
MOST_FINDINGS = 12
NOISE_MM = {"MG": 3.0, "US": 8.0, "MR": 3.0}
"""Scale of the t error (4 degrees of freedom) per axis and date: films of other years then differ
by some 7 mm (published 5.6-8.5), two ultrasounds by 18 (published 20 +/- 16)."""
STATES = {"stays": 0.6, "new": 0.2, "gone": 0.2}
REPORTED, VIEW_SHOWS = 0.85, 0.9
OFFSET_LN_SD = 0.2
"""Of what one modality measures of one lesion around its size, on both dates alike."""
TOLERANCES_MM = (5.0, 10.0, 15.0, 20.0)
LINKED, SLOPE, HELD = 0.92, (0.8, 1.2), (0.74, 0.86)


def two_dates(breast: Breast, truth: pd.DataFrame, modalities: tuple[str, ...], p: Parameters,
              seed: int) -> tuple[Breast, dict[str, dict[str, float | str]]]:  # fmt: skip
    """A breast on two dates, and of each finding its lesion, growth and doubling time."""
    rng = np.random.default_rng([SEED, seed])
    days = float(rng.integers(300, 800))
    found, told = list[Finding](), dict[str, dict[str, float | str]]()
    readings = [r for r in breast.readings if r.modality in modalities and r.view != "STEREO"]
    ids = {r.reading_id for r in readings}
    own = [f for f in breast.findings if f.reading_id in ids and f.matched]
    for lesion in sorted({str(truth.loc[f.finding_id, "lesion_id"]) for f in own}):
        of = [f for f in own if str(truth.loc[f.finding_id, "lesion_id"]) == lesion]
        row = truth.loc[of[0].finding_id]
        false = bool(row["is_false"])
        state = rng.choice(list(STATES), p=list(STATES.values()))
        on = {"stays": (0, 1), "new": (1,), "gone": (0,)}[state]
        if false:
            on = (int(rng.integers(2)),)
        doubling, growth = _growth(rng, days, p)
        size = float(row["lesion_size_mm"]) if row["lesion_size_mm"] > 0 else 8.0
        offset = {m: float(rng.normal(0.0, OFFSET_LN_SD)) for m in modalities}
        for date in on:
            sees = {m: rng.random() < REPORTED for m in modalities}
            for f in of:
                if not sees[f.modality] or rng.random() > VIEW_SHOWS:
                    continue
                mm = size * math.exp(offset[f.modality] + growth * date)
                made = replace(
                    _placed(f, truth.loc[f.finding_id], rng), finding_id=f"{f.finding_id}.{date}",
                    reading_id=f"{f.reading_id}.{date}", size_mm=_measured(mm, f.modality, rng, p),
                    size2_mm=None, same_as=None, targeted_at=None,
                )  # fmt: skip
                found.append(made)
                told[made.finding_id] = {
                    "lesion": lesion, "growth": growth, "doubling": doubling, "false": false
                }  # fmt: skip
    again = [_on(r, date, days) for date in (0, 1) for r in readings]
    return replace(breast, readings=tuple(again), findings=tuple(found)), told


def _on(r: Reading, date: int, days: float) -> Reading:
    return replace(
        r, reading_id=f"{r.reading_id}.{date}", exam_id=f"{r.exam_id}.{date}",
        study=f"{r.study or r.reading_id}.{date}", order=DAY + days * date, targeted=False,
    )  # fmt: skip


def _growth(rng: np.random.Generator, days: float, p: Parameters) -> tuple[float, float]:
    """Doubling time (nan of what does not grow) and ln ratio of the diameters."""
    grows, shrinks = p["change_growing_share"], p["change_shrinking_share"]
    what = rng.choice(3, p=[grows, shrinks, 1.0 - grows - shrinks])
    time = p["change_doubling_median_days"] * math.exp(
        p["change_doubling_ln_sd"] * rng.standard_normal()
    )
    if what == 2:
        return math.nan, float(rng.normal(0.0, p["change_stable_ln_sd"]))
    growth = min(PER_VOLUME * days / time, math.log(6.0))  # nobody waits until it fills the breast
    return (PER_VOLUME * days / growth, growth) if what == 0 else (math.nan, -growth)


def _measured(mm: float, modality: str, rng: np.random.Generator, p: Parameters) -> float:
    scale = p[f"size_ln_sd_view_{modality.lower()}"]
    scale *= p["change_small_factor"] if mm < p["change_small_mm"] else 1.0
    return round(max(mm * math.exp(scale * rng.standard_t(4)), 1.0), 1)


def _placed(f: Finding, true: pd.Series[float], rng: np.random.Generator) -> Finding:
    """The finding at its true place with a new error, stated as its exam states places."""
    a, b, c = NOISE_MM[f.modality] * rng.standard_t(4, 3)
    if f.modality == "MG":
        x, y = (true["true_mg_x"], true["true_mg_y"])
        if math.isnan(x) or f.posterior_mm is None:
            x, y = f.posterior_mm or 40.0, f.transverse_mm or 0.0
        return replace(f, posterior_mm=round(x + a, 1), transverse_mm=round(y + b, 1))
    if f.modality == "MR":
        at = (true["prone_x"] + a, true["prone_y"] + b, true["prone_z"] + c)
        if any(map(math.isnan, at)):
            at = ((f.lateral_mm or 0) + a, (f.superior_mm or 0) + b, (f.posterior_mm or 30) + c)
        at = tuple(round(float(x), 1) for x in at)
        return replace(f, lateral_mm=at[0], superior_mm=at[1], posterior_mm=at[2])
    hour, far = true["true_clock"], 10.0 * true["true_fn_cm"]
    if math.isnan(hour) or math.isnan(far):
        hour, far = (f.clock_h or (12.0, 12.0))[0], f.fn_mm or 30.0
    angle = math.radians(30.0 * hour)
    x, y = far * math.sin(angle) + a, far * math.cos(angle) + b
    stated = round(2 * math.degrees(math.atan2(x, y)) / 30.0) / 2 % 12.0 or 12.0
    rounded = 5.0 * round(math.hypot(x, y) / 5.0)
    return replace(f, clock_h=(stated, stated), fn_mm=rounded, fn_rounding_mm=2.5,
                   depth_mm=round(max((f.depth_mm or 10.0) + 0.3 * c, 1.0)))  # fmt: skip


def rows_of(task: tuple[int, Breast, str], p: Parameters, truth: pd.DataFrame
            ) -> list[dict[str, object]]:  # fmt: skip
    """One row a current finding, one a row of changes, of one breast."""
    seed, breast, what = task
    drawn, told = two_dates(breast, truth, EXAMS[what], p, seed)
    if not 1 < len(drawn.findings) <= MOST_FINDINGS:
        return []
    before = {i: str(t["lesion"]) for i, t in told.items() if i.endswith(".0")}
    out: list[dict[str, object]] = []
    for c in changes(judge(drawn, p, bands=False)):
        now = {str(told[f.finding_id]["lesion"]) for f in c.findings_now}
        if now and c.p_new is not None:
            new = not now & set(before.values())
            out.append({"what": what, "p_new": c.p_new, "new": float(new)})
        out += [_link(f, c, before, told, what) for f in c.findings_now]
        lesions = now | {str(told[f.finding_id]["lesion"]) for f in c.findings_prior}
        if c.growth is not None and len(lesions) == 1:
            true = told[c.findings_now[0].finding_id]
            out.append(_grown(c, float(true["growth"]), float(true["doubling"]), what))
    at = {f.finding_id: f for f in drawn.findings}
    for i, f in at.items():
        if i.endswith(".1"):
            alike = [x for j, x in at.items() if j.endswith(".0") and _view(x) == _view(f)]
            out += [_nearest(f, alike, before, told, what, mm) for mm in TOLERANCES_MM]
    return out


def _view(f: Finding) -> str:
    return f.reading_id.rsplit(".", 1)[0]


def _true(f: Finding, before: dict[str, str], told: dict[str, dict[str, float | str]]) -> str:
    """The finding's lesion if the earlier date reported it, else nothing."""
    lesion = str(told[f.finding_id]["lesion"])
    return lesion if lesion in before.values() else ""


def _link(f: Finding, c: Change, before: dict[str, str],
          told: dict[str, dict[str, float | str]], what: str) -> dict[str, object]:  # fmt: skip
    same = [x for x in c.findings_prior if _view(x) == _view(f)] or list(c.findings_prior)
    said = before[same[0].finding_id] if same else ""
    return {"what": what, "linked": float(said == _true(f, before, told)),
            "grown": abs(float(told[f.finding_id]["growth"]))}  # fmt: skip


def _nearest(f: Finding, others: list[Finding], before: dict[str, str],
             told: dict[str, dict[str, float | str]], what: str, mm: float
             ) -> dict[str, object]:  # fmt: skip
    best = min(others, key=lambda x: abs(_far(x) - _far(f)), default=None)
    near = best is not None and abs(_far(best) - _far(f)) <= mm
    said = before[best.finding_id] if best is not None and near else ""
    return {"what": what, "tolerance": mm, "nearest": float(said == _true(f, before, told))}


def _far(f: Finding) -> float:
    """Distance from the nipple, mm."""
    if f.modality == "US":
        return f.fn_mm or 0.0
    places = (f.posterior_mm, f.transverse_mm, f.lateral_mm, f.superior_mm)
    return math.sqrt(sum((x or 0.0) ** 2 for x in places))


def _grown(c: Change, growth: float, doubling: float, what: str) -> dict[str, object]:
    g = c.growth
    assert g is not None
    low, high = g.doubling_days or (math.inf, math.inf)
    grew = not math.isnan(doubling)
    return {
        "what": what, "held": float(g.ln_lo80 <= growth <= g.ln_hi80),
        "doubling_held": float(low <= doubling <= high) if grew else math.nan,
        "p_persistent": c.p_persistent, "truly": growth,
        "called_right": float(max(g.trend) == g.trend[0 if grew else 2 if growth < -0.15 else 1]),
    }  # fmt: skip


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of exam, and all together."""
    out = []
    for name, some in [*rows.groupby("what", sort=True), ("all", rows)]:
        told = some[some["p_new"].notna()]
        slope, offset = recalibration(told["new"].to_numpy(float), told["p_new"].to_numpy(float))
        nearest = some[some["nearest"].notna()].groupby("tolerance")["nearest"].mean()
        out.append(
            {
                "exams": name,
                "current findings": int(some["linked"].notna().sum()),
                "link right": f"{some['linked'].mean():.3f}",
                "nearest to the nipple": f"{nearest.max():.3f} ({nearest.idxmax():.0f} mm)",
                "rows": len(told),
                "truly new": f"{told['new'].mean():.2f}",
                "mean P(new)": f"{told['p_new'].mean():.2f}",
                "slope": f"{slope:.2f}",
                "offset": f"{offset:.2f}",
                "sizes": int(some["held"].notna().sum()),
                "80 % of ln growth holds": f"{some['held'].mean():.2f}",
                "growing": int(some["doubling_held"].notna().sum()),
                "80 % of doubling holds": f"{some['doubling_held'].mean():.2f}",
                "trend called right": f"{some['called_right'].mean():.2f}",
            }
        )
    return pd.DataFrame(out)


def harm(rows: pd.DataFrame) -> pd.DataFrame:
    """Whether lesions that changed in size are linked less often."""
    some = rows[rows["linked"].notna()].copy()
    some["change of diameter"] = pd.cut(some["grown"], [-0.01, 0.1, 0.4, 0.8, 9.0],
                                        labels=["< 10 %", "10-49 %", "50-122 %", "more"])  # fmt: skip
    each = some.groupby("change of diameter", observed=True)["linked"].agg(["size", "mean"])
    return each.round(3).reset_index().rename(columns={"size": "findings", "mean": "link right"})


def run() -> pd.DataFrame:
    """All rows of all kinds of exams."""
    p, truth = parameters.load(), pd.read_csv(TRUTH).set_index("finding_id")
    tasks = [(k, b, what) for what in EXAMS for k, b in enumerate(cohort(COHORTS[0]))]
    jobs = 1 if "--one" in sys.argv else -1
    from functools import partial

    each = in_workers(partial(rows_of, p=p, truth=truth), tasks, jobs=jobs)
    return pd.DataFrame([row for some in each for row in some])


if __name__ == "__main__":
    found = run()
    print(markdown(summary(found)))
    print(markdown(harm(found)))
    found.to_pickle("/tmp/chg/bench.pkl")
