"""What a report says of one lesion: named once, assessed once, measured on each view."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from corr import parameters
from corr.described import ASSESSED, CLASSES, LESIONS, assessed, named, no_calcifications
from corr.records import MATCHED_KINDS, Finding

P = parameters.load()
SHARE = np.array([1 - P["malignant_share"], P["malignant_share"]])


def film(view: str, kind: str | None = None, **said: object) -> Finding:
    return Finding(view, view, "MG", kind, **said)  # type: ignore[arg-type]


# --- kinds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("modality", MATCHED_KINDS)
def test_one_view_is_called_what_the_table_says(modality: str):
    for kind in MATCHED_KINDS[modality]:
        got = named([Finding("f", modality, modality, kind)], P)
        table = [P[f"kind_{modality.lower()}_{kind}_given_{k}"] for k in LESIONS]
        np.testing.assert_allclose(got, table)


@pytest.mark.parametrize("views", [1, 2, 3])
def test_some_kinds_are_given(views: int):
    """Exhaustive: over all ways to call the views the probabilities sum to one."""
    total = sum(
        named([film(str(k), kind) for k, kind in enumerate(kinds)], P)
        for kinds in product(MATCHED_KINDS["MG"], repeat=views)
    )
    np.testing.assert_allclose(total, 1.0)


def test_views_of_one_report_are_called_alike_by_hand():
    """Name once with 0.8, each view by itself with 0.2: P(both mass | mass), P(mass, asymmetry)."""
    p = P.override({"named_alike": 0.8})
    mass, other = (P[f"kind_mg_{k}_given_mass"] for k in ("mass", "asymmetry"))
    one = 0.8 + 0.2 * mass  # a view is called a mass if the study named it so
    both = mass * one**2 + (1 - mass) * (0.2 * mass) ** 2
    assert named([film("CC", "mass"), film("MLO", "mass")], p)[0] == pytest.approx(both)
    mixed = mass * one * 0.2 * other
    mixed += other * (0.2 * mass) * (0.8 + 0.2 * other)
    mixed += (1 - mass - other) * 0.2 * mass * 0.2 * other
    assert named([film("CC", "mass"), film("MLO", "asymmetry")], p)[0] == pytest.approx(mixed)


def test_without_a_common_name_views_are_independent():
    two = [film("CC", "mass"), film("MLO", "asymmetry")]
    apart = named(two, P.override({"named_alike": 0.0}))
    np.testing.assert_allclose(apart, named(two[:1], P) * named(two[1:], P))
    assert np.all(named(two, P)[:2] < 0.5 * apart[:2])  # broken twin: they are not


def test_order_and_unnamed_findings_do_not_matter():
    two = [film("CC", "mass"), film("MLO", "calcification")]
    np.testing.assert_allclose(named(two, P), named(two[::-1], P))
    for kind in (None, "clip", "scar", "skin", "node"):
        np.testing.assert_array_equal(named([film("ML", kind)], P), 1.0)
        np.testing.assert_allclose(named([*two, film("ML", kind)], P), named(two, P))


def test_no_calcifications_seen_is_evidence_against_a_mass_that_holds_them():
    p = P.override({"us_sees_calc_in_mass": 0.4})
    said = Finding("f", "US", "US", "mass", n_calcifications=0)
    ratio = dict(zip(LESIONS, no_calcifications(said, p), strict=True))
    assert ratio["mass"] == ratio["nonmass"] == 1.0
    assert ratio["mass_calcification"] == pytest.approx(0.6)
    silent = Finding("f", "US", "US", "mass")
    np.testing.assert_array_equal(no_calcifications(silent, p), 1.0)


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
