"""Where to look: regions against places drawn with the exam's own errors, sides, leave-out."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import corr
from corr import parameters
from corr.cli import app
from corr.exams import mammography, mri, ultrasound
from corr.exams.registry import exam_of
from corr.judgement.order import in_order
from corr.questions.asked import ExamError, label, named, partner
from corr.questions.look.densities import Density
from corr.questions.look.sights import Sight
from corr.questions.look.where import (
    COLUMNS,
    believed,
    expected,
    mate,
    unjudged,
)
from corr.questions.silence.reported import p_reported
from corr.records import Breast, Finding, Reading, Shape

P = parameters.load()
CC, MLO = (
    Reading(view, "MG", "MG", view, angle, 55.0, study="MG")
    for view, angle in (("CC", 0.0), ("MLO", 48.0))
)
US, MR = Reading("US", "US", "US", study="US"), Reading("MR", "MR", "MR", study="MR")
ON_CC = Finding("cc", "CC", "MG", "mass", size_mm=12.0, posterior_mm=45.0, transverse_mm=20.0)
ON_MLO = Finding("mlo", "MLO", "MG", "mass", posterior_mm=50.0, transverse_mm=30.0)
ON_US = Finding("us", "US", "US", "mass", clock_h=(10.0, 10.0), fn_mm=40.0, depth_mm=15.0)
ON_MR = Finding(
    "mr", "MR", "MR", "mass", lateral_mm=25.0, superior_mm=15.0, posterior_mm=40.0, size_mm=11.0
)
DRAWS = 1200
SLACK = 0.04
"""About four SDs of a share of `DRAWS`, and what cells cost."""


def breast(*findings: Finding, side: str = "R", readings=(CC, MLO, US, MR)) -> Breast:
    return Breast("x", side, tuple(readings), tuple(findings), Shape())


@cache
def judged(side: str = "R"):
    return unjudged(breast(ON_CC, ON_MLO, ON_US, ON_MR, side=side), P)


def drawn(source: str, target: Reading, seed: int = 1) -> tuple[np.ndarray, Density]:
    """Places that the target would state, drawn step by step: point, errors, own error."""
    j, rng = judged(), np.random.default_rng(seed)
    f = next(f for f in j.breast.findings if f.finding_id == source)
    belief, none = believed(j, (f,), target)
    assert none is None
    exam, n = exam_of(target), DRAWS
    other = rng.random(n) < exam.outlier(P)
    at = rng.choice(len(belief), n, p=belief)
    at[other] = rng.choice(len(belief), other.sum(), p=j.model.prior)
    mean, sd = exam.errors(target, P)
    scale = np.sqrt(rng.chisquare(4.0, n) / 4.0)  # of a multivariate t
    out = []
    for i in at:
        e = (mean + sd * rng.standard_normal(len(mean)))[None]
        cell = rng.uniform(-0.5, 0.5, 3) * j.model.cell_mm
        point = j.model.at(j.model.points[[i]] + cell)
        if exam.place == "skin":
            seen = exam.appear(target, point, e, P, "R")
            out.append((seen.hour[0, 0], seen.radius_mm[0, 0]))
        else:
            seen = exam.measures(target, point, e.astype(np.float64), P)
            out.append([np.ravel(x)[0] for x in seen])
    places = np.array(out, dtype=float)
    if exam.place == "skin":
        across, along = ultrasound.own_sds_mm(target, P)
        hour, radius = places.T
        turn = across / np.maximum(radius, 1e-3) * rng.standard_t(4.0, n)
        places[:, 0] = (hour + turn * 6 / np.pi) % 12.0
        places[:, 1] = np.abs(radius + along * rng.standard_t(4.0, n))
    else:
        own = (mammography if exam.place == "film" else mri).own_sds_mm(target, P)
        places += np.asarray(own) * rng.standard_normal(places.shape) / scale[:, None]
    return places, expected(j, (source,), target).place


@pytest.mark.parametrize(
    ("source", "target"),
    [("us", CC), ("cc", MLO), ("cc", MR), ("mr", US)],
    ids=lambda x: str(x)[:12],
)
def test_regions_and_intervals_hold_what_is_drawn(source: str, target: Reading):
    places, d = drawn(source, target)
    levels = np.array([d.level([(x, x) for x in place]) for place in places])
    for share in (0.5, 0.8, 0.95):
        assert (levels <= share).mean() == pytest.approx(share, abs=SLACK)
    counts = np.histogram(levels, 10, (0, 1))[0]
    expected_count = DRAWS / 10
    assert ((counts - expected_count) ** 2 / expected_count).sum() < 60  # 9 degrees, and cells
    for axis in range(places.shape[1]):
        low, high = d.interval(axis, 0.8)
        x = places[:, axis]
        inside = (
            (x - low) % 12.0 <= high - low
            if d.names[axis] == "clock_h"
            else (low <= x) & (x <= high)
        )
        assert inside.mean() == pytest.approx(0.8, abs=SLACK)


def test_a_rounded_report_has_a_uniform_level():
    """Hours said whole, distances to the centimetre: the place in the range is drawn evenly."""
    places, d = drawn("mr", US)
    hour, radius = np.round(places[:, 0]), 10.0 * np.round(places[:, 1] / 10.0)
    at = (np.arange(DRAWS) * 0.6180339887) % 1.0
    spans = [((h - 0.5, h + 0.5), (r - 5.0, r + 5.0)) for h, r in zip(hour, radius, strict=True)]
    levels = np.array([d.level(span, u) for span, u in zip(spans, at, strict=True)])
    assert (levels <= 0.8).mean() == pytest.approx(0.8, abs=SLACK)
    assert (levels <= 0.5).mean() == pytest.approx(0.5, abs=SLACK)


@pytest.mark.parametrize("target", [CC, MLO, US, MR], ids=lambda r: r.reading_id)
def test_regions_are_nested_and_outlines_hold_the_densest_place(target: Reading):
    source = "us" if target is not US else "cc"
    seen = expected(judged(), (source,), target)
    sizes = [seen.place.size(share) for share in (0.5, 0.8, 0.95)]
    assert 0 < sizes[0] < sizes[1] < sizes[2]
    for share in (0.5, 0.8, 0.95):
        lines = seen.place.outlines(share)
        assert lines
        assert all(np.allclose(line[0], line[-1]) for line in lines)
    for row in seen.rows():
        assert (
            row["lo95"] <= row["lo50"] <= row["hi50"] <= row["hi95"] or row["quantity"] == "clock_h"
        )


def test_the_area_of_an_outline_is_that_of_the_region():
    for target, source in ((CC, "mr"), (US, "mr")):
        d = expected(judged(), (source,), target).place
        lines = d.on_face(0.8) if target is US else d.outlines(0.8)
        area = sum(
            abs(0.5 * (x @ np.roll(y, 1) - y @ np.roll(x, 1))) for x, y in (a.T for a in lines)
        )
        assert area == pytest.approx(d.size(0.8), rel=0.06)


def test_left_and_right_are_mirror_images():
    """A film and the frame do not know the side; a clock face is turned round."""
    right, left = judged("R"), judged("L")
    for target in (CC, MR):
        a, b = (expected(j, ("mlo",), target).place for j in (right, left))
        assert np.allclose(a.mass, b.mass)
    a, b = (expected(j, ("mlo",), US).place for j in (right, left))
    assert np.allclose(a.mass, b.mass[::-1], atol=1e-6)
    assert (a.mean(0) + b.mean(0)) % 12.0 == pytest.approx(0.0, abs=0.01) or (
        a.mean(0) + b.mean(0)
    ) % 12.0 == pytest.approx(12.0, abs=0.01)


def test_what_the_target_reported_never_goes_in():
    with_own = unjudged(breast(ON_CC, ON_MLO, ON_US), P)
    other = unjudged(breast(ON_CC, replace(ON_MLO, transverse_mm=-40.0), ON_US), P)
    for source in (("us",), ("us", "cc", "mlo")):
        a, b = (expected(j, source, MLO) for j in (with_own, other))
        assert np.array_equal(a.place.mass, b.place.mass)
        assert "mlo" not in a.source_ids
    aimed = replace(ON_US, targeted_at="mlo")
    a, b = (
        expected(unjudged(breast(ON_CC, mlo, aimed), P), ("us",), MLO)
        for mlo in (ON_MLO, replace(ON_MLO, transverse_mm=-40.0))
    )
    assert np.array_equal(a.place.mass, b.place.mass)
    with pytest.raises(corr.CorrError, match="itself reported it"):
        expected(with_own, ("mlo",), MLO)


def test_a_lesion_is_known_better_than_each_of_its_findings():
    j = judged()
    alone = [expected(j, (i,), US).place.size(0.8) for i in ("cc", "mlo", "mr")]
    assert expected(j, ("cc", "mlo", "mr"), US).place.size(0.8) < min(alone)


def test_the_same_view_a_year_later_shares_its_errors():
    later = replace(CC, reading_id="CC later", exam_id="later", study="later", order=2.0)
    j = unjudged(in_order(breast(ON_CC, readings=(CC, later))), P)
    target = next(r for r in j.breast.readings if r.reading_id == "CC later")
    shared = expected(j, ("cc",), target).place
    belief, nodes = believed(j, j.breast.findings, target)
    assert nodes is not None
    apart = Sight(target, j.model, P, "R").density(belief.sum(axis=0))
    assert shared.size(0.8) < 0.9 * apart.size(0.8)
    assert shared.mean(0) == pytest.approx(45.0, abs=3.0)
    assert shared.mean(1) == pytest.approx(20.0, abs=3.0)


def test_how_often_it_is_reported_follows_what_is_known():
    j = unjudged(breast(ON_CC, ON_US), P)
    found = {f.finding_id: f for f in j.breast.findings}
    given_cc, given_us = (p_reported(j.breast, (found[i],), MLO, P) for i in ("cc", "us"))
    assert 0 < given_us < given_cc < 1  # the mammogram has seen it
    calc = replace(ON_CC, kind="calcification", size_mm=None)
    masses, few = (p_reported(j.breast, (f,), US, P) for f in (ON_CC, calc))
    assert few < masses
    clip = replace(ON_CC, kind="clip")
    assert expected(unjudged(breast(clip), P), ("cc",), MLO).p_reported is None


def test_what_lies_beyond_the_edge_of_a_film_is_not_reported_there():
    shape = Shape(films=(("CC", 50.0, None, None),))
    j = unjudged(replace(breast(replace(ON_MLO, posterior_mm=52.0)), shape=shape), P)
    seen = expected(j, ("mlo",), CC)
    whole = Sight(CC, j.model, P, "R").density(believed(j, seen.source, CC)[0])
    assert seen.p_on_film is not None
    assert 0.1 < seen.p_on_film < 0.9
    assert seen.place.mean(0) < whole.mean(0) - 1.0
    assert expected(judged(), ("mlo",), CC).p_on_film is None


def test_a_stereo_pair_tells_parallax_and_height():
    j = unjudged(breast(ON_CC, ON_US), P)
    film = named(j.breast, "MG:STEREO@15")
    other = partner(film, j.breast)
    assert other is not None
    assert (film.angle_deg, other.angle_deg) == (15.0, -15.0)
    seen = expected(j, ("us",), film)
    quantities = {name: (d, k) for name, d, k in seen.quantities}
    assert set(quantities) == {"posterior_mm", "transverse_mm", "beam_mm", "parallax_mm"}
    d, k = quantities["parallax_mm"]
    back, m = next(
        (d, k) for n, d, k in expected(j, ("us",), other).quantities if n == "parallax_mm"
    )
    assert d.mean(k) == pytest.approx(-back.mean(m), abs=0.5)
    (up, _), (down, _) = (
        next(
            (d, k)
            for n, d, k in expected(unjudged(breast(f), P), ("us",), film).quantities
            if n == "parallax_mm"
        )
        for f in (replace(ON_US, clock_h=(12.0, 12.0)), replace(ON_US, clock_h=(6.0, 6.0)))
    )
    assert up.mean(0) > down.mean(0) + 5.0  # higher above the detector: farther apart


@pytest.mark.parametrize(
    ("exam", "said"),
    [
        ("MG:RL", "rolled view"),
        ("MG:XCCL", "exaggerated view"),
        ("MG:S", "spot view"),
        ("MG", "no view named"),
        ("MG:QQ", "no view QQ"),
        ("XX", "no examination"),
        ("US@30", "only films have an angle"),
        ("MG:CC@80", "contradicts the view"),
        ("MG:STEREO@70", "too much"),
    ],
)
def test_an_exam_without_geometry_is_refused_with_its_reason(exam: str, said: str):
    with pytest.raises(ExamError, match=said) as caught:
        named(judged().breast, exam)
    assert len(caught.value.explain().splitlines()) == 3


def test_an_exam_is_the_breasts_own_where_it_has_one():
    b = judged().breast
    assert named(b, "MG:MLO").angle_deg == 48.0
    assert named(b, "MG:MLO@48").reading_id == "MLO"
    assert named(b, "MG:MLO@40").reading_id not in {r.reading_id for r in b.readings}
    assert named(b, "US").reading_id == "US"
    assert named(b, "us:abus").view == "ABUS"
    for exam in ("MG:MLO@40", "MG:STEREO@-15", "MR:SUPINE", "CEM:CC", "MG:ML"):
        assert label(named(b, exam)) == exam
    lost = replace(CC, view=None, position_refused="the view is not stated")
    with pytest.raises(ExamError, match="the view is not stated"):
        named(replace(b, readings=(lost,)), "CC")


def test_an_arc_goes_round_twelve():
    hours = (np.arange(144) + 0.5) / 12.0
    mass = np.where(((hours - 11.0) % 12.0) < 2.0, 1.0, 0.0)
    d = Density(("clock_h",), (hours,), mass / mass.sum(), np.array(1 / 12))
    low, high = d.interval(0, 0.999)
    assert (low, high) == pytest.approx((11.0, 13.0), abs=0.09)
    assert min(d.mean(0), 12.0 - d.mean(0)) == pytest.approx(0.0, abs=0.05)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("look")
    rows = [
        {"case_id": "c", "breast": "R", "finding_id": "a", "modality": "MG", "exam_id": "MG",
         "view": "CC", "kind": "mass", "posterior_mm": 40, "transverse_mm": 20},
        {"case_id": "c", "breast": "R", "finding_id": "b", "modality": "US", "exam_id": "US",
         "kind": "mass", "clock": "9", "fn_cm": 4},
        {"case_id": "c", "breast": "R", "finding_id": "m", "modality": "MR", "exam_id": "MR",
         "kind": "mass", "mr_l_mm": -90, "mr_p_mm": 30, "mr_s_mm": 5, "mr_nipple_l_mm": -70,
         "mr_nipple_p_mm": -10, "mr_nipple_s_mm": 0},
        {"case_id": "c", "breast": "R", "finding_id": "s", "modality": "MG", "exam_id": "MG",
         "view": "S", "kind": "mass", "posterior_mm": 40, "transverse_mm": 20},
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "findings.csv", index=False)
    truth = pd.DataFrame({"finding_id": ["a", "b", "m"], "lesion_id": ["1", "1", "2"]})
    truth.to_csv(folder / "truth.csv", index=False)
    return folder


def test_every_finding_on_every_exam_done_with_levels_of_true_mates(tables):
    found = corr.look(tables / "findings.csv", truth=tables / "truth.csv", jobs=1)
    assert list(found.regions) == [*COLUMNS, "level"]
    asked = found.regions[["source", "target"]].drop_duplicates()
    assert len(asked) == 9  # four findings on three exams, but for their own
    told = found.regions.dropna(subset="level")
    assert {tuple(x) for x in told[["source", "target"]].to_numpy()} == {
        ("a", "US"),
        ("b", "MG/CC"),
    }
    (refused,) = found.refused
    assert "spot view" in refused
    of_mri = found.regions[(found.regions["source"] == "a") & (found.regions["target"] == "MR")]
    by = of_mri.set_index("quantity")
    assert by.loc["mr_l_mm", "mean"] == pytest.approx(-70 - by.loc["lateral_mm", "mean"], abs=0.01)
    assert by.loc["mr_s_mm", "lo80"] == pytest.approx(by.loc["superior_mm", "lo80"], abs=0.01)


def test_an_answer_has_regions_outlines_a_sentence_and_a_picture(tables, tmp_path):
    result = corr.judge(tables / "findings.csv")
    seen = corr.where_to_look(result, ["a", "m"], "US")
    assert set(seen.outlines) == {0.5, 0.8, 0.95}
    assert set(seen.regions["source"]) == {"a+m"}
    assert "would be reported at" in seen.sentence
    for advice in ("should", "recommend", "biopsy", "must"):
        assert advice not in seen.sentence
    assert seen.plot().png
    level = seen.level("b")
    assert level is not None
    assert 0 < level < 1
    with pytest.raises(corr.CorrError, match="reported no finding"):
        seen.level("a")
    html, pdf = seen.worksheet(tmp_path)
    page = html.read_text(encoding="utf-8")
    assert "Research use only" in page
    assert "from the nipple" in page
    assert pdf.read_bytes().startswith(b"%PDF")
    with pytest.raises(corr.CorrError, match="worksheet is of an ultrasound"):
        corr.where_to_look(result, "b", "MG:CC").worksheet(tmp_path)
    with pytest.raises(corr.CorrError, match="no breast holds"):
        corr.where_to_look(result, "nobody", "US")
    with pytest.raises(corr.CorrError, match="rolled view"):
        corr.look(tables / "findings.csv", ["MG:RM"], jobs=1)


def test_the_command_writes_regions_and_says_what_it_cannot_tell(tables, tmp_path, capfd):
    def look(*more: str) -> int:
        words = ["look", str(tables / "findings.csv"), "--out", str(tmp_path), "--jobs", "1", *more]
        return int(app(words, standalone_mode=False) or 0)

    assert look("--truth", str(tables / "truth.csv"), "--worksheets") == 0
    printed, said = capfd.readouterr()
    sentences = corr.look(tables / "findings.csv", jobs=1).sentences
    assert len(sentences) == 9
    assert printed.startswith("\n".join(sentences))
    assert "not told: c R: MG:S: no place" in said
    assert "the input: 2 problems of 2 kinds: 2 ignored; `corr validate` explains them" in said
    written = pd.read_csv(tmp_path / "regions.csv")
    assert list(written) == [*COLUMNS, "level"]
    assert len(list(tmp_path.glob("*.pdf"))) == len(list(tmp_path.glob("*.html"))) == 3
    assert look("--exams", "MG:RL") == 2
    assert "how far the breast was rolled is not recorded" in capfd.readouterr().err
    assert look("--exams", "MG:RL,MR:SUPINE") == 0
    assert set(pd.read_csv(tmp_path / "regions.csv")["target"]) == {"MR:SUPINE"}
    assert "rolled view" in capfd.readouterr().err


def test_one_more_breast_changes_no_row(tables):
    """Many breasts go through workers, a few do not: the same rows."""
    one = pd.read_csv(tables / "findings.csv")
    many = pd.concat(
        [one.assign(case_id=f"c{k}", finding_id=one["finding_id"] + str(k)) for k in range(5)]
    )
    few, all_five = (corr.look(t, ["US"], jobs=1).regions for t in (many[:4], many))
    assert all_five["case_id"].nunique() == 5
    pd.testing.assert_frame_equal(few, all_five[all_five["case_id"] == "c0"])


def test_lesions_of_the_likeliest_grouping_are_sources_too(tables):
    found = corr.look(tables / "findings.csv", ["US"], of_lesions=True, jobs=1)
    assert any("+" in source for source in found.regions["source"])
    assert not any("b" in source.split("+") for source in found.regions["source"])


def test_a_false_finding_has_no_mate():
    seen = expected(judged(), ("cc",), US)
    assert mate(seen, {"cc": "1", "us": "1"}) is not None
    assert mate(seen, {"cc": "1", "us": "2"}) is None
    assert mate(seen, {"us": "1"}) is None


def test_no_report_lies_in_air():
    """Just behind the nipple, half of what a kernel alone says would lie before the skin."""
    near = replace(ON_CC, posterior_mm=2.0, transverse_mm=0.0)
    j = unjudged(breast(near, readings=(CC, MLO, MR)), P)
    for target, most in ((replace(CC, reading_id="later", study="later"), 0.12), (MR, 0.12)):
        seen = expected(j, ("cc",), target).place
        posterior = seen.part(seen.names.index("posterior_mm"))
        assert posterior.mass[posterior.axes[0] < -6.0].sum() < most / 4
        assert posterior.mass[posterior.axes[0] < 0.0].sum() < most


def test_the_skin_is_where_the_points_of_the_pose_end():
    """Against a count of the nodes at which a point shows in or beside a cell of the film."""
    sight = Sight(CC, judged().model, P, "R")
    inside = sight._main.inside(sight.nodes, judged().model.cell_mm)
    assert 0.0 <= inside.min() < inside.max() == 1.0
    posterior, across = sight._main.places.reshape(2, sight.nodes, -1)
    deep = inside[(sight._main.axes[0] > 20) & (sight._main.axes[0] < 50)]
    middle = np.abs(sight._main.axes[1]) < 20
    assert (deep[:, middle] == 1.0).all()  # no gap between points
    outside = sight._main.axes[0] < posterior.min() - 6.0
    assert inside[outside].max() == 0.0
    beside = inside[:, sight._main.axes[1] > across.max() + 6.0]
    assert beside[sight._main.axes[0] < 50].max() == 0.0
    assert beside[-1].min() == 1.0  # behind the whole breast is no air
    assert (np.diff(inside, axis=0) >= 0).all()  # nor behind anything that is breast
