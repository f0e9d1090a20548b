"""Sizes: what lesions have, what exams and films make of them, and what absurd ones are worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from corr import parameters
from corr.exams.registry import MATCHED_KINDS
from corr.judgement.lesions.alike import lesion_prior
from corr.judgement.lesions.described import LESIONS, Views, called
from corr.judgement.lesions.sizes import SIZES_MM, WIDTH_LN, size_prior, sized
from corr.records import Finding

P = parameters.load()
PRIOR = lesion_prior(P).sum(axis=0)[:, None] * size_prior(P)
WIDE_MM = np.geomspace(1.0, 300.0, 40)
SD_OF_T = np.sqrt(2.0)
"""SD of a t distribution with 4 degrees of freedom, in scales."""


def finding(modality: str, kind: str, mm: float | None, reading: str = "") -> Finding:
    return Finding("f", reading or modality, modality, kind, size_mm=mm)


def chance(*of: Finding) -> float:
    """Density of the sizes stated of one lesion; findings of one modality are of one study."""
    studies = [[f for f in of if f.modality == m] for m in MATCHED_KINDS]
    return float((PRIOR * np.prod([sized(s, P) for s in studies if s], axis=0)).sum())


def odds(a: Finding, b: Finding) -> float:
    """Factor of two stated sizes on the odds of being one lesion."""
    return chance(a, b) / (chance(a) * chance(b))


def test_sizes_before_any_report():
    prior = size_prior(P)
    assert prior.sum() == pytest.approx(1.0)
    usual = prior / WIDTH_LN
    assert SIZES_MM[usual.argmax()] == pytest.approx(P["size_median_mm"], rel=0.2)
    assert SIZES_MM[0] < 1
    assert SIZES_MM[-1] > 200
    assert usual.min() >= 0.99 * P["size_flat_share"] / np.log(1400.0)


@pytest.mark.parametrize("modality", MATCHED_KINDS)
def test_reported_sizes_hold_everything_once(modality: str):
    """A density per unit of ln(mm), so that no kind of size is favoured for its units."""
    ln_mm = np.arange(np.log(0.1), np.log(2500), 0.05)
    for kind in MATCHED_KINDS[modality]:
        of = [sized([finding(modality, kind, float(mm))], P) for mm in np.exp(ln_mm)]
        np.testing.assert_allclose(np.sum(of, axis=0)[:, 2:-2] * 0.05, 1.0, atol=0.05)


def test_no_size_says_nothing():
    np.testing.assert_array_equal(sized([finding("US", "mass", None)], P), 1.0)
    one, more = [finding("MG", "mass", 9.0)], [finding("MG", "mass", None, "MLO")]
    np.testing.assert_allclose(sized(one + more, P), sized(one, P))


def test_films_agree_as_real_films_do(shared):
    """Ln of CC over MLO of 1 139 lesions (CBIS-DDSM, CC BY 3.0): SD 0.22 for both types."""
    rows = pd.read_csv(shared("data/cbis_film_sizes/cc_mlo_box_sizes.csv"))
    rows = rows[rows["cc_source_letter"] == rows["mlo_source_letter"]]
    longest = {v: rows[[f"{v}_w_px", f"{v}_h_px"]].max(axis=1) for v in ("cc", "mlo")}
    off = np.log(longest["cc"] / longest["mlo"])
    for _, of_type in off.groupby(rows["lesion_type"]):
        assert of_type.std() == pytest.approx(2**0.5 * SD_OF_T * P["size_ln_sd_view_mg"], rel=0.05)


@pytest.mark.parametrize("kind", ["mass", "calcification", "focal_asymmetry"])
def test_two_films_agree_more_than_two_exams(kind: str):
    """Extents, too: what differs between exams is shared by the films of one."""

    def factor(mm: float) -> float:
        return odds(finding("MG", kind, 15.0, "CC"), finding("MG", kind, mm, "MLO"))

    between = odds(finding("MG", kind, 15.0), finding("US", "mass", 15.0))
    assert factor(15.0) > 1.2 * between
    assert factor(25.0) < 0.4 * factor(15.0)


def test_calcifications_fit_inside_a_mass_but_not_around_it():
    mass = LESIONS.index("mass_calcification")
    at = int(np.argmin(np.abs(SIZES_MM - 12.0)))
    inside, about, around = (
        sized([finding("MG", "calcification", k * SIZES_MM[at])], P)[mass, at]
        for k in (0.35, 0.7, 3.0)
    )
    assert inside == pytest.approx(about, rel=0.3)
    assert around < 0.06 * inside


KINDS = [(m, k) for m, kinds in MATCHED_KINDS.items() for k in kinds]


def odds_table(first: tuple[str, str], second: tuple[str, str], mm: np.ndarray) -> np.ndarray:
    """``(size, size)`` factor on the odds of two exams' findings of these kinds."""
    prior = lesion_prior(P).sum(axis=0)
    likely, share = [], []
    for modality, kind in (first, second):
        share.append(np.array([called(modality, kind, k, Views(), P) for k in LESIONS]))
        likely.append(np.array([sized([finding(modality, kind, float(x))], P) for x in mm]))
    weight = prior[:, None] * size_prior(P)
    a, b = (x * s[:, None] for x, s in zip(likely, share, strict=True))
    both = np.einsum("ikl,kl,jkl->ij", a, weight, b) / (prior @ (share[0] * share[1]))
    one = np.einsum("ikl,kl->i", a, weight) / (prior @ share[0])
    other = np.einsum("ikl,kl->i", b, weight) / (prior @ share[1])
    return np.asarray(both / np.outer(one, other))


@pytest.mark.parametrize("first", KINDS, ids="-".join)
def test_the_farther_sizes_are_apart_the_less_they_speak_for_one_lesion(first: tuple[str, str]):
    """From 1 to 300 mm, for every kind of every exam: once they disagree, odds never rise again."""
    for second in KINDS:
        if {first[0], second[0]} == {"MG"}:
            continue  # films of one mammogram are below
        table = odds_table(first, second, WIDE_MM)
        for row in table:
            assert never_rises(row), (first, second)


@pytest.mark.parametrize("kind", ["mass", "calcification", "focal_asymmetry"])
def test_the_farther_sizes_on_two_films_are_apart_the_less_they_are_one(kind: str):
    wide = np.geomspace(1.0, 300.0, 25)
    for mm in (1.0, 10.0, 60.0, 300.0):
        first = finding("MG", kind, mm, "CC")
        row = np.array([odds(first, finding("MG", kind, float(x), "MLO")) for x in wide])
        assert never_rises(row)


def never_rises(row: np.ndarray, risen: float = 0.07) -> bool:
    """Away from the best size, by a share or in odds, by more than reading the figure allows."""
    best = int(row.argmax())
    ends = (row[best:], row[best::-1])
    return all(
        np.minimum(x / low - 1.0, x - low).max() < risen
        for x, low in ((x, np.minimum.accumulate(x)) for x in ends)
    )


def test_a_slip_of_the_unit_says_not_this_and_no_more():
    """Cm for mm: twice the share of outliers, however far away."""
    for mm in (60.0, 100.0, 250.0):
        factor = odds(finding("US", "mass", 6.0), finding("MG", "mass", mm))
        assert P["size_outlier"] < factor < 4 * P["size_outlier"]
