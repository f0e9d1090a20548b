"""What the lesions of one breast have in common, and what agreement is then worth."""

from __future__ import annotations

import numpy as np
import pytest

from corr import parameters
from corr.judgement.judge import judge
from corr.judgement.lesions.alike import lesion_prior, states
from corr.judgement.lesions.described import LESIONS
from corr.judgement.lesions.sizes import SIZES_MM, size_prior
from corr.records import Breast, Finding, Reading

P = parameters.load()
JOINT = lesion_prior(P)[:, :, None] * size_prior(P)
US, MR = Reading("US", "US", "US"), Reading("MR", "MR", "MR")


def correlation(of_state, share, prior):
    """Of two independent draws given the state: of being of one group."""
    both = prior @ of_state**2
    return (both - share**2) / (share - share**2)


@pytest.mark.parametrize("changed", [{}, {"alike_type": 0.0}, {"alike_class": 1.0}])
def test_states_leave_the_lesions_of_all_breasts_as_they_are(changed):
    found = states(JOINT, P.override(changed))
    assert found.prior.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(found.given.sum(axis=(1, 2, 3)), 1.0)
    np.testing.assert_allclose(np.tensordot(found.prior, found.given, 1), JOINT, atol=1e-12)
    np.testing.assert_allclose(found.prior @ found.assessed, JOINT.sum(axis=(1, 2)), atol=1e-3)


def test_two_lesions_of_a_breast_are_as_alike_as_in_cbis_ddsm():
    found = states(JOINT, P)
    malignant = correlation(found.assessed[:, 1], found.prior @ found.assessed[:, 1], found.prior)
    assert malignant == pytest.approx(P["alike_class"], abs=0.01)
    calcified = found.given.sum(axis=(1, 3))[:, LESIONS.index("calcification")]
    assert correlation(calcified, found.prior @ calcified, found.prior) == pytest.approx(
        P["alike_type"], abs=0.05
    )
    ln = np.log(SIZES_MM)
    size = found.given.sum(axis=(1, 2))
    means, mean = size @ ln, found.prior @ size @ ln
    variance = found.prior @ size @ (ln - mean) ** 2
    assert found.prior @ (means - mean) ** 2 / variance == pytest.approx(P["alike_size"], abs=0.07)


def test_nothing_in_common_is_one_state_many_times():
    apart = states(JOINT, P.override({f"alike_{x}": 0.0 for x in ("class", "type", "size")}))
    np.testing.assert_allclose(apart.given - JOINT, 0.0, atol=1e-12)


def opposite(us: str | None, mr: str | None, p=P):
    """Masses in opposite quadrants of a breast, both measured, 8 cm apart."""
    findings = (
        Finding("u", "US", "US", "mass", clock_h=(10.0, 10.0), fn_mm=50.0, bi_rads=us),
        Finding("m", "MR", "MR", "mass", size_mm=14.0, lateral_mm=-30.0, superior_mm=-30.0,
                posterior_mm=40.0, bi_rads=mr),
    )  # fmt: skip
    (q,) = judge(Breast("c", "R", (US, MR), findings), p, bands=False).pairs
    return q


@pytest.mark.parametrize("category", ["3", "4", "5"])
def test_categories_never_speak_against_places(category):
    """Agreement is worth about 1.1: other lesions of a breast mostly share their category."""
    without, same = opposite(None, None), opposite(category, category)
    assert same.p_same < 0.3
    assert -1e-9 < same.log10_category < np.log10(1.3)
    assert same.p_same - without.p_same < 0.05
    assert opposite("2", "5").p_same < without.p_same
    # broken twin: lesions that know nothing of each other
    apart = opposite(category, category, P.override({"alike_class": 0.0}))
    assert category == "4" or apart.log10_category > same.log10_category + 0.05
