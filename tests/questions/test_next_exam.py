"""What a next examination would tell: against brute force, by hand, and at its limits."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import corr
from corr import parameters
from corr.anatomy import frame
from corr.cli import app
from corr.judgement.judge import judge
from corr.judgement.weights import ALL
from corr.questions.asked import ExamError
from corr.questions.charts import Chart
from corr.questions.gains import entropy_bits, gain
from corr.questions.next_exam import Examination, Seen, _assigned
from corr.questions.options import COLUMNS, IMAGING, Options, imagined, pair_of
from corr.questions.particles import Particles
from corr.questions.rates import SIZES_MM, Rates
from corr.records import Breast, Finding, Reading, Shape

P = parameters.load()
CC = Reading("CC", "MG", "MG", "CC", 0.0, 55.0, study="MG")
US, MR = Reading("US", "US", "US", study="US"), Reading("MR", "MR", "MR", study="MR")
ON_CC = Finding("cc", "CC", "MG", "mass", size_mm=12.0, posterior_mm=45.0, transverse_mm=-5.0)
ON_US = Finding(
    "us", "US", "US", "mass", size_mm=8.0, clock_h=(10.0, 10.0), fn_mm=40.0, depth_mm=15.0
)
ON_MR = Finding(
    "mr", "MR", "MR", "mass", lateral_mm=25.0, superior_mm=-5.0, posterior_mm=40.0, size_mm=11.0
)
BRUTE = 24
"""Outcomes of each answer that are judged one by one."""


def breast(*findings: Finding, readings=(CC, US)) -> Breast:
    return Breast("x", "R", tuple(readings), tuple(findings), Shape())


@cache
def asked(*findings: Finding) -> Options:
    readings = tuple(r for r in (CC, US, MR) if any(f.reading_id == r.reading_id for f in findings))
    return Options(judge(breast(*findings, readings=readings), P, bands=False))


def examination(options: Options, name: str) -> Examination:
    w = options.weights
    return Examination(name, w, imagined(w.breast, name))


def as_findings(exam: Examination, seen: Seen, k: int) -> list[Finding]:
    """What one outcome would be in a findings table."""
    out = []
    for n, r in enumerate(np.flatnonzero(seen.outcome == k)):
        kind, step = divmod(int(seen.described[r]), len(SIZES_MM))
        x, y, *z = seen.place[r].tolist()
        f = Finding(
            f"new{n}", exam.reading.reading_id, exam.reading.modality, exam.rates.kinds[kind],
            size_mm=float(SIZES_MM[step]),
        )  # fmt: skip
        if exam.reading.modality == "MG":
            f = replace(f, posterior_mm=x, transverse_mm=y)
        elif exam.reading.modality == "MR":
            f = replace(f, lateral_mm=x, superior_mm=y, posterior_mm=z[0])
        else:
            hour = float(np.arctan2(frame.left_sign("R") * x, y) * 6 / np.pi % 12)
            f = replace(f, clock_h=(hour, hour), fn_mm=float(np.hypot(x, y)), depth_mm=max(z[0], 1))
        out.append(f)
    return out


@pytest.mark.parametrize(
    ("findings", "name"),
    [
        ((ON_CC, ON_US), "MG:MLO"),
        ((ON_CC, ON_US), "MR"),
        ((ON_CC, replace(ON_US, clock_h=(9.0, 9.0)), ON_MR), "US"),
    ],
)
def test_gain_is_that_of_judging_every_outcome(findings: tuple[Finding, ...], name: str):
    """Outcomes drawn, appended as real findings of a real reading, judged; entropies averaged."""
    options = asked(*findings)
    pair = pair_of(options.judgement, "cc", "us")
    exam, p = examination(options, name), pair.p_same
    told = gain(exam, p, *options.particles(pair))
    truth, _ = options.particles(pair, BRUTE)
    seen = exam.outcomes(truth, np.random.default_rng(5))
    b = options.weights.breast
    after = np.array(
        [
            judge(
                replace(
                    b, readings=(*b.readings, exam.reading),
                    findings=(*b.findings, *as_findings(exam, seen, k)),
                ),
                P, bands=False,
            ).pair("cc", "us").p_same
            for k in range(len(truth))
        ]
    )  # fmt: skip
    share = np.where(truth.yes, p, 1 - p) / BRUTE
    left = entropy_bits(after)
    sd = np.sqrt((share**2 * (left - share @ left) ** 2).sum())
    assert abs(told.bits_gained - (told.bits_now - share @ left)) < 3 * np.hypot(sd, told.error)
    drift = np.sqrt((share**2 * (after - p) ** 2).sum())
    assert abs(share @ after - p) < 3 * drift  # outcomes are drawn as they are believed
