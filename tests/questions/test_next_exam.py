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
from corr.questions.settle.charts import Chart
from corr.questions.settle.gains import entropy_bits, gain, posterior
from corr.questions.settle.next_exam import Examination, Seen, _assigned
from corr.questions.settle.options import COLUMNS, IMAGING, Options, imagined, pair_of
from corr.questions.settle.particles import Particles
from corr.questions.settle.rates import SIZES_MM, Rates
from corr.records import Breast, Finding, Reading, Shape
from corr.show.pages.asked.next_exam import next_answers

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


VAGUE = replace(ON_US, clock_h=(9.0, 9.0))
CASES = [((ON_CC, ON_US), "MG:MLO"), ((ON_CC, ON_US), "MR"), ((ON_CC, VAGUE, ON_MR), "US")]


def brute(findings: tuple[Finding, ...], name: str, count: int):
    """Outcomes drawn, appended as real findings of a real reading, and judged.

    P(same) now, that after each outcome as judged and as weighed, and the share of each.
    """
    options = asked(*findings)
    pair = pair_of(options.judgement, "cc", "us")
    exam = examination(options, name)
    truth, _ = options.particles(pair, count)
    _, given = options.particles(pair)
    seen = exam.outcomes(truth, np.random.default_rng(5))
    weighed = posterior(exam.log_likelihood(seen, given), pair.p_same, given)[:, 0]
    b = options.weights.breast
    judged = [
        judge(
            replace(
                b, readings=(*b.readings, exam.reading),
                findings=(*b.findings, *as_findings(exam, seen, k)),
            ),
            P, bands=False,
        ).pair("cc", "us").p_same
        for k in range(len(truth))
    ]  # fmt: skip
    share = np.where(truth.yes, pair.p_same, 1 - pair.p_same) / count
    return pair.p_same, np.array(judged), weighed, share


@pytest.mark.parametrize(("findings", "name"), CASES[:2], ids=["MLO", "MR"])
def test_an_outcome_leaves_what_judging_it_as_a_report_leaves(findings, name: str):
    """The judge sums over all groupings and its own nodes; particles are few: 0.1 is their noise.

    An answer far off would be one: places, kinds, silence or the pose counted otherwise.
    """
    now, judged, weighed, share = brute(findings, name, 5)
    assert share @ abs(judged - weighed) < 0.1
    assert share @ abs(judged - now) > 0.1  # there was something to tell


@pytest.mark.campaign
@pytest.mark.parametrize(("findings", "name"), CASES, ids=["MLO", "MR", "US"])
def test_gain_is_that_of_judging_every_outcome(findings, name: str):
    now, judged, weighed, share = brute(findings, name, 60)
    left = entropy_bits(judged)
    sd = np.sqrt((share**2 * (left - share @ left) ** 2).sum())
    options = asked(*findings)
    pair = pair_of(options.judgement, "cc", "us")
    told = gain(examination(options, name), now, *options.particles(pair))
    assert abs(told.bits_gained - (told.bits_now - share @ left)) < 3 * np.hypot(sd, told.error)
    drift = np.sqrt((share**2 * (judged - now) ** 2).sum())
    assert abs(share @ judged - now) < 3 * drift  # outcomes are drawn as they are believed
    assert np.corrcoef(judged, weighed)[0, 1] > 0.8


class Oracle:
    """Answers the question itself, rightly in a share of cases."""

    def __init__(self, right: float) -> None:
        self.name, self.right = "oracle", right

    def outcomes(self, truth: Particles, rng: np.random.Generator) -> np.ndarray:
        wrong = rng.random(len(truth)) >= self.right
        return truth.yes ^ wrong

    def log_likelihood(self, outcomes: np.ndarray, given: Particles) -> np.ndarray:
        same = outcomes[:, None] == given.yes[None, :]
        return np.log(np.where(same, self.right, 1 - self.right + 1e-12))


@pytest.mark.parametrize("right", [0.5, 0.8, 1.0])
def test_an_oracle_gains_what_its_answers_are_worth(right: float):
    options = asked(ON_CC, ON_US)
    pair = pair_of(options.judgement, "cc", "us")
    p = pair.p_same
    told = gain(Oracle(right), p, *options.particles(pair, 256))
    says_yes = p * right + (1 - p) * (1 - right)
    worth = float(entropy_bits(says_yes) - entropy_bits(right))
    assert told.bits_gained == pytest.approx(worth, abs=3 * told.error + 1e-6)
    assert told.p_settles == 1.0 or right < 1.0
    assert told.bits_gained <= told.bits_now + 1e-9


def test_particles_are_those_of_the_judgement():
    options = asked(ON_CC, VAGUE, ON_MR)
    pair = pair_of(options.judgement, "cc", "us")
    truth, given = options.particles(pair, 400)
    for drawn in (truth, given):
        assert (drawn.together("cc", "us") == drawn.yes).all()
        p = np.where(drawn.yes, pair.p_same, 1 - pair.p_same) / 400
        with_mr = p @ drawn.together("cc", "mr")
        assert with_mr == pytest.approx(options.judgement.pair("cc", "mr").p_same, abs=0.06)
        assert drawn.p_type("cc").sum(axis=1) == pytest.approx(1.0)
        assert np.allclose(drawn.belief("cc").sum(axis=1), 1.0, atol=1e-4)


def test_reports_of_a_lesion_and_its_silence_are_all_there_is():
    options = asked(ON_CC, ON_US)
    w = options.weights
    rates = Rates(w, imagined(w.breast, "MR"))
    node = np.arange(len(w.nodes))
    for mask in (1, 2, 3):
        silent, said = rates.blocks([mask] * len(node), node)
        assert silent + said.sum(axis=1) == pytest.approx(1.0)
    silent, said = rates.blocks([3] * len(node), node)
    either = [w.reports.lesion(3, ALL)[w.nodes.state], silent]
    reported = rates.reports.lesion(3, ALL)[w.nodes.state]
    assert reported / either[0] == pytest.approx(either[1], abs=0.01)


def test_assignments_are_summed():
    rng = np.random.default_rng(1)
    silent, said = rng.random((2, 3)), rng.random((2, 4, 2, 3))  # blocks, outcomes, reports
    new = rng.random((4, 2, 3))
    (qa, qb), (a, b) = silent, said
    by_hand = (
        qa * qb * new[:, 0] * new[:, 1]
        + a[:, 0] * qb * new[:, 1] + a[:, 1] * qb * new[:, 0]
        + qa * b[:, 0] * new[:, 1] + qa * b[:, 1] * new[:, 0]
        + a[:, 0] * b[:, 1] + a[:, 1] * b[:, 0]
    )  # fmt: skip
    assert _assigned(list(silent), list(said), new) == pytest.approx(by_hand)


@pytest.mark.parametrize("name", ["MG:MLO", "MG:MLO-DBT", "MR", "US"])
def test_what_is_stated_is_likeliest_where_it_was(name: str):
    """Points drawn are weighed as the exam weighs them: the true one above most others."""
    options = asked(ON_CC, ON_US)
    w = options.weights
    beam = name.endswith("-DBT")
    chart = Chart(imagined(w.breast, name), w.model.coarse(), P, "R", beam=beam)
    at = chart.at(np.zeros((1, len(chart.mean))))[0]
    points = np.random.default_rng(2).integers(at.shape[1], size=64)
    stated = chart.stated(at[:, points].T, np.random.default_rng(3))
    kernel = chart.kernel(chart.forms(stated), at)
    above = (kernel > kernel[points, np.arange(64)]).mean(axis=0)
    assert np.median(above) < (0.05 if name == "MG:MLO" else 0.02)  # a film leaves a line


def judged_breast() -> corr.JudgedBreast:
    return corr.JudgedBreast(asked(ON_CC, ON_US).judgement)


def test_the_same_answer_every_time_and_in_either_order():
    told = corr.next_exam(judged_breast(), ("cc", "us"), ["MG:ML", "US", "REPEAT"])
    again = corr.next_exam(judged_breast(), ("us", "cc"), ["MG:ML", "US", "REPEAT"])
    assert told.table.equals(again.table)
    assert tuple(told.table.columns) == COLUMNS
    assert list(told.table["exam"]) == ["MG:ML", "US", "REPEAT"]  # as asked, not sorted
    alone = corr.next_exam(judged_breast(), ("cc", "us"), ["US"]).table
    assert alone.iloc[0].equals(told.table.iloc[1])


def test_what_cannot_be_told_is_said(tmp_path):
    some = corr.next_exam(judged_breast(), ("cc", "us"), ["MG:RL", "US"])
    assert len(some.table) == 1
    assert "rolled" in some.refused[0]
    assert "clinically needed" in some.sentence
    with pytest.raises(ExamError, match="rolled"):
        corr.next_exam(judged_breast(), ("cc", "us"), ["MG:RL"])
    with pytest.raises(ExamError, match="slices"):
        corr.next_exam(judged_breast(), ("cc", "us"), ["MR-DBT"])
    with pytest.raises(corr.CorrError, match="cc, us"):
        corr.next_exam(judged_breast(), ("cc", "nobody"))
    with pytest.raises(corr.CorrError, match="undecided"):
        corr.next_exam(judged_breast(), pairs="best")
    nothing = corr.next_exam(judged_breast())
    assert nothing.table.empty or set(nothing.table["finding_a"]) == {"cc"}
    assert nothing.save(tmp_path).read_text(encoding="utf-8").startswith("case_id,breast")


def test_every_usual_exam_tells_something_of_what_it_can():
    told = asked(ON_CC, ON_US)
    pair = pair_of(told.judgement, "cc", "us")
    candidates, refused = told.candidates(pair)
    assert refused == []
    assert [c.name for c in candidates][: len(IMAGING)] == list(IMAGING)
    gains = {t.gain.exam: t.gain for t in told.tell(pair, candidates, 16)}
    assert all(0 <= g.bits_gained <= g.bits_now + 3 * g.error for g in gains.values())
    assert gains["US:MARKER"].bits_gained > gains["REPEAT"].bits_gained


def test_an_answer_that_is_known_gains_nothing():
    options = asked(ON_CC, ON_US)
    pair = pair_of(options.judgement, "cc", "us")
    truth, given = options.particles(pair, 8)
    never = replace(given, yes=np.zeros(len(given), dtype=bool))
    told = gain(Oracle(1.0), 1e-4, replace(truth, yes=never.yes), never)
    assert (told.bits_gained, told.p_settles) == (0.0, 1.0)


def test_command(tmp_path, capsys):
    case = tmp_path / "case.yaml"
    case.write_text(
        "case_id: a\nfindings:\n"
        "- {finding_id: c, breast: R, modality: MG, view: CC, kind: mass, posterior_mm: 45, "
        "transverse_mm: -5}\n"
        "- {finding_id: u, breast: R, modality: US, kind: mass, clock: 10, fn_cm: 4}\n",
        encoding="utf-8",
    )
    ask = ["next", str(case), "--out", str(tmp_path / "out")]
    app([*ask, "--pair", "c,u", "--exams", "MG:ML,REPEAT"], standalone_mode=False)
    said = capsys.readouterr().out
    assert "2 rows" in said
    page = next_answers(corr.judge(case).breast("a", "R").judgement, [("c", "u")])
    begun = page[0].said.partition(": of ")[0]
    assert said.startswith(f"{begun}: of 2 examinations asked about, ")
    assert "clinically needed" in said
    lines = (tmp_path / "out" / "next.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[4] for line in lines] == ["exam", "MG:ML", "REPEAT"]
    app([*ask, "--pair", "c,u"], standalone_mode=False)
    assert capsys.readouterr().out.startswith(f"{page[0].said}\n")
    with pytest.raises(SystemExit):
        app([*ask, "--pair", "c"])
