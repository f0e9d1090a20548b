"""What a report says of one lesion: named once, assessed once, measured on each view."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from corr import parameters
from corr.exams.registry import MATCHED_KINDS
from corr.judgement.lesions.described import (
    ASSESSED,
    CLASSES,
    LESIONS,
    Views,
    assessed,
    calcifications_inside,
    called,
    named,
    showing,
)
from corr.records import Finding, Reading

P = parameters.load()
MIXED = "architectural_distortion"
ASYMMETRIES = ("asymmetry", "focal_asymmetry")
SHARE = np.array([1 - P["malignant_share"], P["malignant_share"]])


def film(view: str, kind: str | None = None, **said: object) -> Finding:
    return Finding(view, view, "MG", kind, **said)  # type: ignore[arg-type]


# --- kinds --------------------------------------------------------------------------------------


ONE, BOTH, LONE = Views(1, 2), Views(2, 2), Views(1, 1)


@pytest.mark.parametrize("modality", MATCHED_KINDS)
def test_one_view_is_called_what_the_table_says(modality: str):
    for kind in MATCHED_KINDS[modality]:
        got = named([Finding("f", modality, modality, kind)], LONE, P)
        if kind not in ASYMMETRIES:
            table = [P[f"kind_{modality.lower()}_{kind}_given_{k}"] for k in LESIONS]
            np.testing.assert_allclose(got, table)


@pytest.mark.parametrize("views", [ONE, BOTH, LONE])
@pytest.mark.parametrize("modality", MATCHED_KINDS)
def test_the_names_an_exam_gives_a_lesion_sum_to_one(modality: str, views: Views):
    for given in (*LESIONS, *(["nothing"] if modality == "MG" else [])):
        total = sum(called(modality, k, given, views, P) for k in MATCHED_KINDS[modality])
        assert total == pytest.approx(1.0)


def test_an_asymmetry_is_of_one_view_and_a_focal_one_of_two():
    one, both, lone = (
        {k: called("MG", k, "nonmass", views, P) for k in ASYMMETRIES}
        for views in (ONE, BOTH, LONE)
    )
    assert one["asymmetry"] > 10 * one["focal_asymmetry"]
    assert both["focal_asymmetry"] > 100 * both["asymmetry"]
    assert 0.5 < lone["asymmetry"] / lone["focal_asymmetry"] < 2  # nobody can tell
    films = [Reading(v, "MG", v, v, study="MG") for v in ("CC", "MLO", "ML")]
    assert showing(films[:1], films) == Views(1, 3)
    assert showing(films[1:], films) == Views(2, 3)
    stereo = [Reading(str(k), "MG", "S", "STEREO", study="S") for k in range(2)]
    assert showing(stereo, stereo) == LONE


@pytest.mark.parametrize("views", [1, 2, 3])
def test_some_kinds_are_given(views: int):
    """Exhaustive: over all ways to call the views the probabilities sum to one."""
    total = sum(
        named([film(str(k), kind) for k, kind in enumerate(kinds)], Views(views, 3), P)
        for kinds in product(MATCHED_KINDS["MG"], repeat=views)
    )
    np.testing.assert_allclose(total, 1.0)


def test_views_of_one_report_are_called_alike_by_hand():
    """Name once with 0.8, each view by itself with 0.2: both a mass; a mass and a distortion."""
    p = P.override({"named_alike": 0.8})
    mass, other = (P[f"kind_mg_{k}_given_mass"] for k in ("mass", MIXED))
    one = 0.8 + 0.2 * mass  # a view is called a mass if the study named it so
    both = mass * one**2 + (1 - mass) * (0.2 * mass) ** 2
    assert named([film("CC", "mass"), film("MLO", "mass")], BOTH, p)[0] == pytest.approx(both)
    mixed = mass * one * 0.2 * other
    mixed += other * (0.2 * mass) * (0.8 + 0.2 * other)
    mixed += (1 - mass - other) * 0.2 * mass * 0.2 * other
    assert named([film("CC", "mass"), film("MLO", MIXED)], BOTH, p)[0] == pytest.approx(mixed)


def test_without_a_common_name_views_are_independent():
    two = [film("CC", "mass"), film("MLO", MIXED)]
    apart = named(two, BOTH, P.override({"named_alike": 0.0}))
    np.testing.assert_allclose(apart, named(two[:1], BOTH, P) * named(two[1:], BOTH, P))
    assert np.all(named(two, BOTH, P)[:2] < 0.5 * apart[:2])  # broken twin: they are not


def test_order_and_unnamed_findings_do_not_matter():
    two = [film("CC", "mass"), film("MLO", "calcification")]
    np.testing.assert_allclose(named(two, BOTH, P), named(two[::-1], BOTH, P))
    for kind in (None, "clip", "scar", "skin", "node"):
        np.testing.assert_array_equal(named([film("ML", kind)], ONE, P), 1.0)
        np.testing.assert_allclose(named([*two, film("ML", kind)], BOTH, P), named(two, BOTH, P))


def test_calcifications_seen_or_not_in_a_mass_are_evidence_by_hand():
    p = P.override({"us_sees_calc_in_mass": 0.4, "mg_sees_calc_in_mass": 0.9,
                    "calc_in_mass_mistaken": 0.1})  # fmt: skip
    for modality, seen in {"US": 0.4, "MG": 0.9}.items():
        for n in (0, 1, 20):
            said = Finding("f", modality, modality, "mass", n_calcifications=n)
            ratio = dict(zip(LESIONS, calcifications_inside(said, p), strict=True))
            holds, plain = (seen, 0.1) if n else (1 - seen, 0.9)
            assert ratio["mass_calcification"] == ratio["calcification"] == pytest.approx(holds)
            assert ratio["mass"] == ratio["nonmass"] == ratio["cyst"] == pytest.approx(plain)
    for nothing in (
        Finding("f", "US", "US", "mass"),
        Finding("f", "US", "US", "echogenic_foci", n_calcifications=5),
        Finding("f", "MG", "MG", "calcification", n_calcifications=5),
        Finding("f", "MR", "MR", "mass", n_calcifications=5),
    ):
        np.testing.assert_array_equal(calcifications_inside(nothing, p), 1.0)


# --- BI-RADS ------------------------------------------------------------------------------------


@pytest.mark.parametrize("category", ASSESSED)
def test_one_assessment_counts_once_however_many_views(category: str):
    one, two = (
        assessed([film(str(k), bi_rads=category) for k in range(n)], SHARE, P) for n in (1, 2)
    )
    np.testing.assert_allclose(two, one)
    assert one @ SHARE == pytest.approx(1.0), "before any report it is no news"
    ppv = P[f"ppv_bi_rads_{category.lower()}"]
    assert (one * SHARE)[CLASSES.index("malignant")] == pytest.approx(ppv)


def test_assessments_that_differ_are_averaged_and_none_says_nothing():
    low, high = (assessed([film("CC", bi_rads=c)], SHARE, P) for c in ("2", "5"))
    both = assessed([film("CC", bi_rads="2"), film("MLO", bi_rads="5")], SHARE, P)
    np.testing.assert_allclose(both, np.sqrt(low * high))
    for nothing in (None, "0", "1"):
        np.testing.assert_array_equal(assessed([film("CC", bi_rads=nothing)], SHARE, P), 1.0)


def test_a_ppv_of_one_rules_the_other_class_out_without_a_warning():
    sure = assessed([film("CC", bi_rads="6")], SHARE, P.override({"ppv_bi_rads_6": 1.0}))
    assert sure[CLASSES.index("benign")] < 1e-8


# --- where it comes from ------------------------------------------------------------------------


def test_views_of_one_abnormality_are_described_alike(shared):
    """The figures that the source of `named_alike` quotes (CBIS-DDSM, public, CC BY 3.0)."""
    folder = shared("data/cbis_ddsm_descriptions")
    quoted = {
        "mass": {"mass shape": 0.83, "mass margins": 0.83, "assessment": 0.95},
        "calc": {"calc type": 0.94, "assessment": 0.98},
    }
    key = ["patient_id", "left or right breast", "abnormality id"]
    for kind, figures in quoted.items():
        parts = [folder / f"{kind}_case_description_{s}_set.csv" for s in ("train", "test")]
        rows = pd.concat([pd.read_csv(path, dtype=str) for path in parts])
        views = [rows[rows["image view"] == view] for view in ("CC", "MLO")]
        both = views[0].merge(views[1], on=key, suffixes=("", " on MLO"))
        for column, share in figures.items():
            alike = both[column].fillna("-") == both[f"{column} on MLO"].fillna("-")
            assert alike.mean() == pytest.approx(share, abs=0.006), column
            chance = (rows[column].fillna("-").value_counts(normalize=True) ** 2).sum()
            beyond = (alike.mean() - chance) / (1 - chance)
            assert abs(beyond - P["named_alike"]) < 2 * P.table["named_alike"].spread, column
