"""What travels: the same numbers as the result tables, and the same on every run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

import corr
from corr.export.content import six
from corr.export.gather import content, contents
from tests.builders.examples import few
from tests.builders.random_results import contents as random_contents

FILM = {"case_id": "a", "breast": "L", "modality": "MG", "exam_id": "MG", "view": "CC"}
ROWS = [
    {**FILM, "finding_id": "f", "kind": "mass", "posterior_mm": 40, "transverse_mm": 20},
    {**FILM, "finding_id": "clip", "kind": "clip"},
    {
        **FILM, "finding_id": "u", "modality": "US", "exam_id": "US", "view": None, "kind": "mass",
        "clock": "2-3", "fn_cm": 4, "text": "of Mrs Secret", "date": "2024-09-30",
    },
    {
        **FILM, "finding_id": "m", "modality": "MR", "exam_id": "MR", "view": None, "kind": "mass",
        "mr_l_mm": 80, "mr_p_mm": 30, "mr_s_mm": 5, "mr_nipple_l_mm": 60, "mr_nipple_p_mm": -8,
        "mr_nipple_s_mm": 0,
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def result():
    return corr.judge(ROWS)


@pytest.fixture(scope="module")
def made(result):
    return content(result.source, [b.judgement for b in result.breasts])


def test_numbers_are_those_of_the_result_tables(result, made):
    (breast,) = made.breasts
    for row, q in zip(result.pairs.itertuples(), breast.pairs, strict=True):
        key = ("L", *sorted((row.finding_a, row.finding_b)))
        assert made.summary().pairs[key][0] == six(row.p_same) == six(q.p_same)
    lesions = {r.finding_id: r.lesion for r in result.lesions.itertuples()}
    assert {i: n for (_, i), (n, _) in made.summary().lesions.items()} == lesions
    means = {r.finding_id: r.lateral_mm for r in result.locations.itertuples()}
    assert {f.finding_id: f.place.mean_mm[0] for f in breast.findings} == pytest.approx(means)


def test_beliefs_are_whole_and_in_the_frame_of_the_mri(made):
    (breast,) = made.breasts
    places = {f.finding_id: f.place for f in breast.findings}
    for place in places.values():
        assert place.breast.mass.sum() == pytest.approx(1.0)
        assert [place.breast.mean(k) for k in range(3)] == pytest.approx(place.mean_mm, abs=1e-6)
    assert places["m"].lps is None  # what the MRI itself reported is not predicted on it
    seen = places["f"].lps
    assert seen.mass.sum() == pytest.approx(1.0)
    lateral = places["f"].mean_mm[0]
    assert np.sign(seen.mean(0) - 60.0) == np.sign(lateral)  # lateral is left on the left


def test_free_text_does_not_travel_but_dates_and_words_of_columns_do(made):
    told = {f.finding_id: f for f in made.breasts[0].findings}
    assert told["u"].cells["clock"] == "2-3"
    assert made.date == "2024-09-30"
    assert "Secret" not in repr([f.cells for f in told.values()])
    assert not told["clip"].matched
    assert made.breasts[0].lesion_of("clip") is None


def test_same_uids_on_every_run_and_others_for_other_reports(result, made):
    again = content(result.source, [b.judgement for b in result.breasts])
    assert again.uid("SR") == made.uid("SR") != made.uid("SEG")
    assert [x.tracking_uid for x in again.breasts[0].lesions] == [
        x.tracking_uid for x in made.breasts[0].lesions
    ]
    moved = corr.judge(
        [{**r, **({"posterior_mm": 41} if "posterior_mm" in r else {})} for r in ROWS]
    )
    other = next(contents(moved.source, [b.judgement for b in moved.breasts]))
    assert other.uid("SR") != made.uid("SR")


@few(10)
@given(random_contents())
def test_random_contents_are_contents(made):
    said = made.summary()
    assert len(said.findings) == sum(len(b.findings) for b in made.breasts)
    assert {i for _, i in said.lesions} <= {i for _, i in said.findings}
    assert len(made.uid("x")) <= 64
