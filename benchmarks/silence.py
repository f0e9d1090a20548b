"""How often silent exams say nothing of a lesion that is there: `silence.md`.

Three tables. Drawn: lesions, and what two exams report of them, are drawn step by step from the
constants; of those that one reports as a finding says, the share of which the other reports
nothing is compared with what the page says. Published: the page's rates beside those of the
literature, with their ranges. Moved: how far silence moves P(same) in the simulated cohorts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from benchmarks.refresh import COHORTS, OUT, cohort
from benchmarks.silence_drawn import (
    AIMED,
    CASES,
    DRAWN,
    FILMS,
    MR,
    SEED,
    US,
    WINDOW_LN,
    Said,
    asked,
    drawn_table,
    name_of,
)  # fmt: skip
from benchmarks.where_to_look import markdown
from corr import parameters
from corr.exchange.files import write_whole
from corr.judgement.judge import judge
from corr.judgement.lesions.sizes import SIZES_MM, size_prior
from corr.parameters import Parameters
from corr.questions.look.where import unjudged
from corr.questions.silence.added import added
from corr.questions.silence.ranges import Rate, drawn, range_of
from corr.questions.silence.reported import asked_of, silent
from corr.questions.silence.silence import silences
from corr.records import CLASSES, LESIONS, Breast, Density, Lesion, Malignancy, Reading, Shape

SURE = 1.96
"""Ends of 95 % intervals of published shares, in SDs."""
ASKED, BREASTS, MOST_FINDINGS = ("CEM", "MR:SUPINE", "US:ABUS"), 12, 6
HEAD = """# What silent exams mean: drawn, published, moved

Made by `python -m benchmarks.silence` (some minutes, seed {seed}). Simulated and literature; no
patients. Rows are those of the literature that the constants name (`corr assumptions`).

## Page against drawn

{drawn:,} lesions are drawn from the constants (type, size, benign or malignant), then what the
first exam reports of them: seen or not, called what, measured how large. Of those reported as the
finding says (size within {window:.0%}) the second exam reports nothing of a share. "off" is the
page less the drawn share in standard errors of the draw.

"""
PUBLISHED = """
## Page against published

Share that the exam *reports* (1 - silence) of a lesion that is there. Published: a stated interval
or a range of series; of counts the 95 % interval (Wilson; counts of 6.12 and 2.9 follow from their
shares); else the share alone. The page's number has its range of 80 %. "in": it lies in what is
published; "reaches": its range does; "no": neither.

"""
WHY = """
**Rows that do not fit, and why**

* 6.1 at 10 mm: the row is of all densities, with the slope and midpoint that the constants have;
  the page multiplies it by 0.88 where density is not stated. In a fatty breast it says 0.90.
* 6.3, ultrasound: cancers of dense breasts that any of three exams found or that came between
  them. The page's rate by size is of lesions that experts find in each other's patients (1.2). In
  such screening ultrasound is silent about more cancers (48 of 100) than the page says (18).
* 6.9, ultrasound of invasive cancers: sizes are not stated; the page says 0.89 for 12 mm.
* 6.9, in situ: mammography there is of DCIS with and without calcifications together, the page
  has both apart. Its MRI is an older one; the constants take the newer series (6.6).
* 6.12, 6.13: calcifications of BI-RADS 4 and 5, looked at with the mammogram at hand. The
  constants are 6.10 and 6.11 together, for any calcifications; 6.12 is within their range, 6.13
  just beyond. With these rates silence of ultrasound would be rarer than the page says.
* 6.14, BI-RADS 3: 0.68 of benign and 0.57 of malignant calcifications were called positive there,
  few lesions of selected women. Categories do not enter the page's number: for BI-RADS 3 an
  MRI may be silent about fewer benign and more malignant ones than it says.
* 6.18, 6.19, benign: "positive" there is a suspicious enhancement; the page counts any that is
  reported, a fibroadenoma called benign among them.
* 6.19, malignant: no miss among the few cancers of 186 lesions; the page expects one in twenty.
* 2.9: of MRI masses that are nothing ultrasound finds nothing. The row counts them, the page does
  not: its number is of lesions that are there. Non-mass likewise.

No constant was moved for this.
"""
MOVED = """
## How far silence moves P(same)

Exams not done in the simulated cohorts are asked about ({asked}), in {breasts} breasts each
of at most {findings} findings: P(same) of every pair without the exam, and with it done and silent.

"""
MOVED_WHY = """
P(same) falls in about half of the pairs: a lesion that is there must have been missed by the silent
exam, a finding that is nothing elsewhere need not, so that two findings are a little more probably
chance findings of their own exams. In the others two lesions would both have to be missed. Places,
what was reported and the rates of chance findings are byte for byte the same, and the odds of a
pair fall by no more than the share that the exam leaves unreported
(`tests/questions/test_silence.py`).
"""


# --- published ------------------------------------------------------------------------------------


def rate(
    target: Sequence[Reading], of: Malignancy, lesion: Lesion, p: Parameters,
    mm: float | None = None, *, density: Density | None = None,
) -> Rate:  # fmt: skip
    """What an exam reports of a lesion, with its range; of sizes as they come if none is said."""
    breast = Breast("c", "R", (), (), Shape(density))
    c, k = CLASSES.index(of), LESIONS.index(lesion)
    each = []
    for q in (p, *drawn(p)):
        sees = 1.0 - silent(asked_of(breast, target, q))[c, k]
        each.append(
            float(size_prior(q) @ sees)
            if mm is None
            else float(np.interp(np.log(mm), np.log(SIZES_MM), sees))
        )
    return range_of(each)


def of_finding(said: Said, target: Sequence[Reading], p: Parameters) -> Rate:
    """What an exam reports of what a finding is."""
    (page,) = silences(unjudged(asked(said, target), p), [name_of(target)])
    return Rate(1 - page.nothing.p, 1 - page.nothing.hi, 1 - page.nothing.lo)


def counted(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval (Wilson) of a published share."""
    share, z2 = hits / of, SURE**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = SURE / (1 + z2 / of) * np.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    return float(middle - half), float(middle + half)


def published(p: Parameters) -> Iterator[dict[str, object]]:
    """Each row of the literature beside the page."""
    ill: Malignancy = "malignant"
    well: Malignancy = "benign"
    solid: Lesion = "mass"
    calcs: Lesion = "calcification"
    dcis: Lesion = "nonmass"
    film_10, film_15, film_20 = ((FILMS, ill, solid, p, mm) for mm in (10.0, 15.0, 20.0))
    us_10 = (US,), ill, solid, p, 10.0  # whatever the density
    us_ill, us_well = rate((US,), ill, calcs, p), rate((US,), well, calcs, p)
    mr_ill, mr_well = rate((MR,), ill, calcs, p), rate((MR,), well, calcs, p)
    mr_mass, mr_mass_well = rate((MR,), ill, solid, p), rate((MR,), well, solid, p)
    mass, spot = (of_finding(said, AIMED, p) for said in CASES[-2:])
    rows: tuple[tuple[str, str, float | tuple[float, float], Rate], ...] = (
        ("6.1", "mammogram, cancer of 5 mm", 0.26, rate(FILMS, ill, solid, p, 5.0)),
        ("6.1", "mammogram, cancer of 10 mm", 0.91, rate(*film_10)),
        ("6.2", "mammogram, cancer of 20 mm, density a", 0.98, rate(*film_20, density="a")),
        ("6.2", "the same, density d", 0.48, rate(*film_20, density="d")),
        (
            "6.3",
            "mammogram, cancer of 10 mm, density d",
            counted(59, 111),
            rate(*film_10, density="d"),
        ),
        ("6.3", "ultrasound, the same", counted(58, 111), rate(*us_10)),
        ("6.6", "mammogram, pure DCIS", counted(94, 167), rate(FILMS, ill, dcis, p)),
        ("6.6", "MRI, pure DCIS", counted(153, 167), rate((MR,), ill, dcis, p)),
        ("6.7", "ultrasound, DCIS: survey to series", (0.45, 0.81), rate((US,), ill, dcis, p)),
        ("6.8", "targeted ultrasound, invasive", (0.88, 0.96), rate(AIMED, ill, solid, p, 15.0)),
        ("6.8", "mammogram, lobular to ductal, 15 mm", (0.71, 0.84), rate(*film_15)),
        ("6.9", "mammogram, invasive, 15 mm", 0.837, rate(*film_15)),
        ("6.9", "ultrasound, invasive, 15 mm", 0.891, rate((US,), ill, solid, p, 15.0)),
        ("6.9", "MRI, invasive", 0.946, mr_mass),
        ("6.9", "mammogram, in situ: with calcifications", 0.789, rate(FILMS, ill, calcs, p)),
        ("6.9", "mammogram, in situ: without", 0.789, rate(FILMS, ill, dcis, p)),
        ("6.9", "MRI, in situ", 0.684, rate((MR,), ill, dcis, p)),
        ("6.10", "ultrasound, malignant calcifications", counted(31, 38), us_ill),
        ("6.10", "ultrasound, benign calcifications", counted(14, 62), us_well),
        ("6.11", "ultrasound, malignant calcifications", counted(18, 38), us_ill),
        ("6.11", "ultrasound, benign calcifications", counted(8, 73), us_well),
        ("6.10 + 6.11", "ultrasound, malignant calcifications", counted(49, 76), us_ill),
        ("6.10 + 6.11", "ultrasound, benign calcifications", counted(22, 135), us_well),
        ("6.12", "ultrasound, malignant calcifications", counted(24, 25), us_ill),
        ("6.12", "ultrasound, benign calcifications", counted(8, 18), us_well),
        ("6.13", "ultrasound, malignant, BI-RADS 4-5", 0.854, us_ill),
        ("6.13", "ultrasound, benign, BI-RADS 4-5", 0.338, us_well),
        ("6.14", "MRI, malignant calcifications", (0.81, 0.92), mr_ill),
        ("6.14", "MRI, benign calcifications, all to BI-RADS 5", (0.18, 0.34), mr_well),
        ("6.14", "MRI, malignant, BI-RADS 3", 0.57, mr_ill),
        ("6.14", "MRI, benign, BI-RADS 3", 0.68, mr_well),
        ("6.18", "MRI, malignant, not calcified", (0.93, 1.0), mr_mass),
        ("6.18", "MRI, benign, not calcified: suspicious", 0.11, mr_mass_well),
        ("6.19", "MRI, malignant, ultrasound 4A/4B", 1.0, mr_mass),
        ("6.19", "MRI, benign, the same: suspicious", 0.074, mr_mass_well),
        ("2.8", "targeted ultrasound of an MRI mass, 10 mm", (0.226, 0.821), mass),
        ("2.8", "targeted ultrasound of an MRI non-mass", (0.226, 0.821), spot),
        ("2.9", "targeted ultrasound of an MRI mass, 10 mm", counted(258, 416), mass),
        ("2.9", "targeted ultrasound of an MRI non-mass", counted(32, 103), spot),
    )
    for row, what, told, r in rows:
        lo, hi = told if isinstance(told, tuple) else (told, told)
        fits = "in" if lo <= r.p <= hi else "reaches" if r.lo <= hi and lo <= r.hi else "no"
        yield {
            "row": row,
            "what": what,
            "published": f"{lo:.2f}-{hi:.2f}" if lo < hi else f"{lo:.2f}",
            "page": f"{r.p:.2f} ({r.lo:.2f}-{r.hi:.2f})",
            "fits": fits,
        }


# --- moved ----------------------------------------------------------------------------------------


def moves(breast: Breast, p: Parameters) -> list[dict[str, object]]:
    """P(same) of each pair without each exam, and with it silent."""
    told = added(judge(breast, p, bands=False), ASKED)
    return [{"exam": a.exam.name, "before": a.not_done, "after": a.silent} for a in told]


def moved_table(p: Parameters) -> Iterator[dict[str, object]]:
    """How far the pairs of each cohort move."""
    for name in COHORTS:
        few = [b for b in cohort(name) if len(b.findings) <= MOST_FINDINGS]
        some = few[:BREASTS]
        rows = pd.DataFrame([r for b in some for r in moves(b, p)])
        for exam, each in rows.groupby("exam", sort=True):
            by = (each["after"] - each["before"]).to_numpy(float)
            yield {
                "cohort": name, "silent": exam, "pairs": len(by),
                "mean move": f"{np.abs(by).mean():.3f}",
                "95 % move less than": f"{np.quantile(np.abs(by), 0.95):.3f}",
                "most down": f"{by.min():+.2f}", "most up": f"{by.max():+.2f}",
                "fall": f"{(by < 0).mean():.2f}",
            }  # fmt: skip


def main() -> None:
    """Write ``silence.md``."""
    p = parameters.load()
    parts = [
        HEAD.format(seed=SEED, drawn=DRAWN, window=WINDOW_LN),
        markdown(pd.DataFrame(drawn_table(p))),
        PUBLISHED,
        markdown(pd.DataFrame(published(p))),
        WHY,
        MOVED.format(asked=", ".join(ASKED), breasts=BREASTS, findings=MOST_FINDINGS),
        markdown(pd.DataFrame(moved_table(p))),
        MOVED_WHY,
    ]
    write_whole(OUT / "silence.md", "\n".join(parts))


if __name__ == "__main__":
    main()
