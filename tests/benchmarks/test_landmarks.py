from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.real_landmarks import depth, pose, pose_whole, region, tables
from benchmarks.real_landmarks import landmarks as lm
from benchmarks.real_landmarks.pose_fits import PRONE, SUPINE, Affine, States, refit
from benchmarks.real_landmarks.pose_whole import (
    WHOLE,
    WHOLE_PLACES,
    WHOLE_SKIN,
    _row,
    whole_breasts,
)
from corr import parameters
from corr.anatomy.breast import build
from corr.exams import kernels, mri
from corr.records import Breast, Finding, Shape
from corr.validation.measures import LEARNED

HEAD = (
    "case,landmark_type,side,prone_lat_mm,prone_post_mm,prone_sup_mm,supine_lat_mm,"
    "supine_post_mm,supine_sup_mm,supine_dist_nipple_mm,supine_dist_skin_mm,prone_dist_rib_mm,"
    "supine_clock\n"
)
ROWS = [  # made up
    "1,cyst,L,40,50,10,30,40,0,50.0,30,45,3:00",
    "1,lymph,L,20,100,30,0,60,80,100.0,20.4,15,12:00",
    "2,cyst,L,-10,40,-5,-6,0,-8,10.0,12,60,central",
    "2,other,R,15,30,20,12,9,20,25.0,7,50,11:30",
    "3,other,R,-15,30,20,-12,9,20,25.0,7,50,1:30",
]


def write(tmp_path, rows=ROWS, head=HEAD):
    path = tmp_path / "landmarks.csv"
    path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_findings_by_hand(tmp_path):
    findings, truth = tables.to_findings(tables.read_landmarks(write(tmp_path)))
    assert list(findings.columns) == tables.FINDINGS
    f = findings.set_index("finding_id")
    us = ["clock", "region", "fn_cm", "depth_mm"]
    assert f.loc["W001-L-US0", us].tolist() == ["3", "", 4.0, 30.0]  # sqrt(50^2 - 30^2) = 40
    assert f.loc["W001-L-US1", us].tolist() == ["12", "", 10.0, 20.0]  # sqrt(100^2 - 20.4^2) = 97.9
    assert f.loc["W002-L-US0", us].tolist() == ["", "central", 0.0, 12.0]  # skin beyond the nipple
    assert f.loc["W002-R-US0", us].tolist() == ["11.5", "", 2.5, 7.0]
    mr = ["lateral_mm", "superior_mm", "posterior_mm", "chestwall_mm"]
    assert f.loc["W002-R-MR0", mr].tolist() == [15.0, 20.0, 30.0, 50.0]
    in_breast = f[(f["case_id"] == "W001") & (f["modality"] == "MR")]
    assert len(in_breast) == 1  # of two landmarks one MRI finding is left out
    assert f.loc["W002-L-USX", "clock"] in {"3", "12"}  # another woman's, same side
    assert f.loc["W003-R-USX", "clock"] == "11.5"
    lesion = dict(truth.itertuples(index=False))
    assert lesion["W002-R-MR0"] == lesion["W002-R-US0"] != lesion["W002-R-USX"]
    assert set(lesion) == set(f.index)


def test_mri_findings_get_their_own_distance_from_the_skin():
    landmarks = pd.DataFrame(
        {"case": ["1", "1", "2"], "side": ["L", "L", "R"], depth.PRONE: [17.0, np.nan, 24.5]}
    )
    assert tables.lesion_ids(landmarks).tolist() == ["W001-L-0", "W001-L-1", "W002-R-0"]
    found = [Finding(x, m, m) for x, m in (("a", "MR"), ("b", "MR"), ("c", "US"))]
    lesion = {"a": "W001-L-0", "b": "W001-L-1", "c": "W001-L-0"}
    (known,) = tables.measured_from_skin([Breast("W001", "L", (), tuple(found))], lesion, landmarks)
    assert [f.depth_mm for f in known.findings] == [17.0, None, None]  # ultrasound keeps its own


def test_the_task_is_reproducible(tmp_path):
    landmarks = tables.read_landmarks(write(tmp_path))
    first, again = tables.to_findings(landmarks, seed=4), tables.to_findings(landmarks, seed=4)
    pd.testing.assert_frame_equal(first[0], again[0])
    pd.testing.assert_frame_equal(first[1], again[1])


def test_the_task_is_read_as_a_findings_table(tmp_path):
    from corr.tables import read_findings

    findings, _ = tables.to_findings(tables.read_landmarks(write(tmp_path)))
    findings.to_csv(tmp_path / "findings.csv", index=False)
    loaded = read_findings(tmp_path / "findings.csv")
    assert sum(len(b.findings) for b in loaded.breasts) == len(findings)
    assert not [p for p in loaded.problems if p.action == "rejected"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",40,50,10,", ",far,50,10,", "row 2: prone_lat_mm = 'far'; allowed: a number of mm"),
        (",40,50,10,", ",4000,50,10,", "prone_lat_mm = '4000'"),
        (",40,50,10,", ",,50,10,", "prone_lat_mm = ''"),
        ("cyst,L", "cyst,left", "row 2: side = 'left'; allowed: L or R"),
        ("3:00", "3:17", "supine_clock = '3:17'; allowed: 1:00 to 12:30 in half hours, or central"),
        ("50.0", "52.0", "positions of another frame have to be made nipple-centred"),
        ("1,cyst", ",cyst", "case = ''; allowed: the number of the woman"),
    ],
)
def test_bad_cells_are_named(tmp_path, old, new, message):
    rows = [ROWS[0].replace(old, new), *ROWS[1:]]
    with pytest.raises(ValueError, match=r"landmarks\.csv") as error:
        tables.read_landmarks(write(tmp_path, rows))
    assert message in str(error.value)


def test_missing_column_and_empty_table_are_said(tmp_path):
    with pytest.raises(ValueError, match="no column 'side'"):
        tables.read_landmarks(write(tmp_path, head=HEAD.replace("side", "breast")))
    with pytest.raises(ValueError, match="no landmark below the header"):
        tables.read_landmarks(write(tmp_path, []))


def made_up_states(women=8, seed=0):
    """Landmarks that move as the model expects, a few mm of error, two per breast."""
    rng = np.random.default_rng(seed)
    case = np.repeat([f"{i:02d}" for i in range(women)], 2)
    prone = rng.normal((10, 5, 50), (22, 20, 15), (2 * women, 3))
    matrix = np.array([[1.05, 0, -0.31], [0, 1, 0], [0.54, 0, 0.62]])
    supine = prone @ matrix.T + rng.normal(0, 4, prone.shape)
    return States(case, np.full(2 * women, "L"), prone, supine)


def test_refit_recovers_the_matrix_and_only_known_constants():
    s = made_up_states(200)
    p = refit(parameters.load(), s.prone, s.supine)
    assert p["supine_mr_posterior_per_lateral"] == pytest.approx(0.54, abs=0.03)
    assert all(name.startswith("supine_mr_") for name in p.changed)


def test_affine_density_is_that_of_a_gaussian():
    from scipy.stats import multivariate_normal

    s = made_up_states()
    fit = Affine.fit(s.prone, s.supine)
    r = fit.residual(s.prone, s.supine)
    np.testing.assert_allclose(
        fit.log_density(s.prone, s.supine),
        multivariate_normal(np.zeros(3), fit.covariance).logpdf(r),
    )


@pytest.fixture
def p(monkeypatch):
    """Constants right to a few per cent, which is enough to see who is judged by whom."""
    monkeypatch.setattr(region, "CELL_MM", 12.0)
    monkeypatch.setattr("corr.judgement.quadrature.MOST_DOUBLINGS", 0)
    return parameters.load().override({"grid_mm": 8.0, "error_nodes": 32})


def even_loss(states, x):
    same, different = np.logaddexp(0, -np.diag(x)), np.logaddexp(0, x[states.different])
    return 0.5 * (same.mean() + different.mean())


def test_swapped_axes_lose(p):
    s = made_up_states()
    swapped = replace(s, supine=s.supine[:, [1, 0, 2]])
    right, wrong = (even_loss(x, pose.compare(x, p).log_bf[pose.CORR]) for x in (s, swapped))
    assert right < 0.5
    assert wrong > right + 0.1


def test_depths_below_the_skin_help_and_those_of_others_do_not(p):
    s = made_up_states()
    model = build(Shape(), p)
    prone = model.points @ mri.pose(PRONE, p).T
    nearest = np.argmin(((s.prone[:, None] - prone) ** 2).sum(axis=2), axis=1)
    depth_mm = model.skin[1][nearest].astype(float)

    def loss(skin_mm, method):
        return even_loss(s, pose.compare(replace(s, skin_mm=skin_mm), p).log_bf[method])

    own = (depth_mm, depth_mm)
    right, without = loss(own, pose.CORR_SKIN), loss(own, pose.CORR)
    wrong = loss((depth_mm, np.roll(depth_mm, 2)), pose.CORR_SKIN)
    assert right < min(wrong, without)
    assert pose.CORR_SKIN not in pose.compare(s, p).log_bf


def test_other_landmarks_tell_what_an_exam_shares(p):
    s = made_up_states(10, seed=4)
    assert np.linalg.norm(s.prone[0] - s.prone[1]) > 40  # not to be mistaken for each other
    shift = np.array([0.0, 18.0, 0.0])

    def same(own, of_the_other):
        """Log Bayes factor of the first landmark and itself, both of its breast being shifted."""
        moved = s.supine.copy()
        moved[:2] += [own * shift, of_the_other * shift]
        return _row(replace(s, supine=moved), p, 0, places=False)[0]

    single = States(*(np.delete(x, 1, axis=0) for x in (s.case, s.side, s.prone, s.supine)))
    single.supine[0] += shift
    alone = _row(single, p, 0, places=False)[0]
    assert same(1, 1) - 1 > alone > same(1, -1) + 1
    assert same(0, 0) > same(0, 1)


def test_landmark_by_itself_is_compared_as_a_pair(p):
    s = made_up_states(10)
    single = States(s.case[::2], s.side[::2], s.prone[::2], s.supine[::2])
    whole, pair = whole_breasts(single, p, jobs=1)[WHOLE], pose.compare(single, p).log_bf[pose.CORR]
    compared = np.isfinite(pair)
    # other nodes of the same errors
    np.testing.assert_allclose(whole[compared], pair[compared], atol=0.1)


def test_whole_breasts_with_distances_from_the_skin(p):
    s = made_up_states(3)
    s = replace(s, skin_mm=(np.full(6, 20.0), np.full(6, 15.0)))
    found = whole_breasts(s, p, jobs=1)
    assert list(found) == [WHOLE, WHOLE_SKIN, WHOLE_PLACES]
    compared = s.different | np.eye(6, dtype=bool)
    for x in found.values():
        np.testing.assert_array_equal(np.isfinite(x), compared)


def test_candidate_is_not_its_own_background(p):
    c = pose.compare(made_up_states(), p)
    off = ~np.isnan(c.log_bf[pose.AFFINE])
    np.fill_diagonal(off, val=False)
    gain = c.log_bf[pose.AFFINE_FAIR][off] - c.log_bf[pose.AFFINE][off]
    assert np.median(gain) > 0.1  # 0 if it were
    np.testing.assert_allclose(
        np.diag(c.log_bf[pose.AFFINE_FAIR]), np.diag(c.log_bf[pose.AFFINE]), rtol=1e-9
    )


def moved(s, rows):
    """The same landmarks, some of them elsewhere when supine."""
    supine = s.supine.copy()
    supine[rows] += (25.0, -15.0, 20.0)
    return replace(s, supine=supine)


def test_a_woman_is_not_among_those_her_landmarks_are_judged_by(p):
    """Where hers really lie supine changes nothing of how they compare with other women's."""
    s = made_up_states()
    before, after = (pose.compare(x, p).log_bf for x in (s, moved(s, [0, 1])))
    for method, matrix in before.items():
        np.testing.assert_allclose(after[method][:2, 2:], matrix[:2, 2:], err_msg=method)
    assert np.abs(after[pose.CORR][2:, 2:] - before[pose.CORR][2:, 2:]).max() > 0.01
    single = States(s.case[::2], s.side[::2], s.prone[::2], s.supine[::2])
    for places in (False, True):
        one, other = (_row(x, p, 0, places=places) for x in (single, moved(single, [0])))
        np.testing.assert_allclose(one[1:], other[1:])


def test_a_candidate_is_not_among_the_places_it_is_judged_by(monkeypatch, p):
    """Where its own landmarks lie prone changes the prior of other candidates only."""
    for module in (pose, pose_whole):
        monkeypatch.setattr(module, "refit", lambda p, *_: p)
    s = made_up_states(6)
    prone = s.prone.copy()
    prone[2:4] += (20.0, -15.0, 10.0)
    elsewhere = replace(s, prone=prone)
    before, after = (pose.compare(x, p).log_bf[pose.CORR_PLACES] for x in (s, elsewhere))
    np.testing.assert_allclose(after[:2, 2:4], before[:2, 2:4])
    assert np.abs(after[:2, 4:] - before[:2, 4:]).max() > 0.01
    one, other = (_row(x, p, 0, places=True) for x in (s, elsewhere))
    np.testing.assert_allclose(one[2:4], other[2:4])


def test_a_region_holds_what_is_drawn_from_what_it_predicts():
    p = parameters.load()
    model, rng = build(Shape(), p), np.random.default_rng(5)
    cell = len(model.points) // 2
    here = region.Region(model, p)
    mean, sd = mri.errors(SUPINE, p)
    e = mean + sd * rng.standard_normal((400, len(mean)))
    at = np.stack(mri.appear(SUPINE, model.at(model.points[[cell]]), e, p))[..., 0].T
    tail = np.sqrt(kernels.DEGREES / rng.chisquare(kernels.DEGREES, (400, 1)))
    seen = at + tail * mri.own_sds_mm(SUPINE, p) * rng.standard_normal((400, 3))
    belief = np.zeros(len(model.points))
    belief[cell] = 1.0
    inside, volume_ml = here.of(belief, seen[:150])
    assert np.mean(inside) == pytest.approx(0.8, abs=0.08)
    assert here.of(belief, np.array([0.0, 250.0, -300.0])) == (False, volume_ml)


def test_binomial_interval():
    assert pose._binomial(0.8, 10) == pytest.approx((0.4439, 0.9748), abs=1e-4)
    assert pose._binomial(1.0, 10) == pytest.approx((0.6915, 1.0), abs=1e-4)


@pytest.mark.campaign
def test_real_landmarks(shared):
    folder = shared("data/prone_supine_landmarks")
    tables = [folder / f"{name}.csv" for name in ("landmarks", "findings", "truth")]
    result = lm.evaluate(*tables, compared=["logistic, all features"], whole=False, replicates=400)
    assert list(result.summary.columns) == lm.SUMMARY
    assert result.value("matching: AUC") >= 0.9
    loss = "matching: log-loss"
    assert result.value(loss) < result.value(loss, method="logistic, all features")
    assert result.value(loss, method=LEARNED) < result.value(loss)
    assert result.value(loss, method=lm.SKIN) < result.value(loss)
    assert result.value(loss, method=lm.SKIN_LEARNED) < result.value(loss, method=LEARNED)
    slope = result.summary.query("metric == 'matching: calibration slope' and method == 'corr'")
    assert ((slope["lo"] < 1) & (slope["hi"] > 1)).all()
    assert result.value("pose: AUC", method=pose.AFFINE) == pytest.approx(0.966, abs=0.001)
    without = result.value("pose: log-loss at even odds", lm.WITHOUT)
    assert without < result.value("pose: log-loss at even odds", lm.WITHOUT, pose.AFFINE_FAIR)
    assert result.value("regions: coverage of 80 %") == pytest.approx(0.8, abs=0.14)
