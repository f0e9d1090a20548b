"""Names for parts of a breast: what they mean, what may be written for them, what is refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from corr import parameters
from corr.anatomy import breast, frame
from corr.anatomy.frame import QUADRANTS
from corr.anatomy.quadrants import HALVES, NAMES, SYNONYMS, combined, name_of, read_name, touched
from corr.case.casefile import case_schema
from corr.exams import regions
from corr.records import Finding, Reading, Shape
from corr.show.explorer.state.cells import spoken_cells
from corr.tables.cells.cell import FieldError
from corr.tables.cells.place import REGIONS, Quadrants, Region

P = parameters.load()
MODEL = breast.build(Shape(), P)
US = Reading("US", "US", "US")
HOURS = {  # facing the patient: the middle of each half on the right and on the left breast
    "upper": (12.0, 12.0), "lower": (6.0, 6.0), "outer": (9.0, 3.0), "inner": (3.0, 9.0),
}  # fmt: skip
OPPOSITE = {"upper": "lower", "lower": "upper", "outer": "inner", "inner": "outer"}
READ = {
    "superior": "upper", "Inferior": "lower", "lateral": "outer", "medial": "inner",
    "upper half": "upper", "lower breast": "lower", "outer hemisphere": "outer",
    "inner part": "inner", "both outer quadrants": "outer", "upper quadrants": "upper",
    "upper outer": "UOQ", "Upper-Inner quadrant": "UIQ", "superolateral": "UOQ",
    "infero-medial": "LIQ", "lower/outer": "LOQ", "lateral inferior": "LOQ", "uoq": "UOQ",
    "superoexternal": "UOQ", "upper and outer quadrant": "UOQ",
    "UOQ UIQ": "upper", "UIQ,LIQ": "inner", "UIQ+LIQ": "inner", "UOQ/LIQ": "UOQ+LIQ",
    "LIQ; UOQ": "UOQ+LIQ", "UOQ+upper": "upper", "UIQ+outer": "UOQ+UIQ+LOQ",
    "upper and lower inner quadrant": "inner", "upper inner and upper outer": "upper",
    "upper inner and outer": "upper", "inner and outer lower": "lower",
    "upper and lower": "UOQ+UIQ+LOQ+LIQ", "UOQ UIQ LOQ LIQ": "UOQ+UIQ+LOQ+LIQ",
    "upper central": "upper_central", "mid outer": "outer_central",
    "central-lower": "lower_central",
    "far lateral": "far_outer", "high up": "far_upper", "low down": "far_lower",
    "uppermost": "far_upper", "far upper outer": "far_UOQ", "extreme medial": "far_inner",
}  # fmt: skip
REFUSED = {  # cell -> what its fix says
    "north": "allowed words", "upper+outer": "UOQ if both",
    "upper, lateral": "UOQ+UIQ+LOQ",
    "retroareolar": "region: subareolar", "periareolar": "region: periareolar",
    "central": "region: central", "12": "under clock", "9 o'clock": "under clock",
    "uper": "'upper'", "UQO": "'UOQ'", "outter": "'outer'", "high": "allowed words",
    "UOQ+far_upper": "'far_upper'", "upper lower": "allowed words",
}  # fmt: skip


def said(side: str = "R", **stated: str) -> np.ndarray:
    found = regions.likelihood(Finding("f", "US", "US", **stated), US, MODEL, P, side)
    assert found is not None
    return found


def at(side: str, hour: float, radius_mm: float) -> np.ndarray:
    """The points of the reference breast nearest to a place on the clock face."""
    away = MODEL.points[:, :2] - frame.clock_to_coronal(hour, radius_mm, side)
    distance = np.hypot(*away.T)
    return distance <= distance.min() + 1e-6


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("half", HALVES)
def test_a_half_holds_its_own_side_of_the_clock_face(half: str, side: str) -> None:
    chance, middle = said(side, quadrant=half), HOURS[half][side == "L"]
    for hour in range(1, 13):
        off = abs((hour - middle + 6.0) % 12.0 - 6.0)
        here = chance[at(side, hour, 45.0)]
        if off == 3.0:
            assert here == pytest.approx(0.5, abs=0.35)
        else:
            assert (here.min() > 0.9) if off < 3.0 else (here.max() < 0.1)


@pytest.mark.parametrize("half", HALVES)
def test_a_half_is_its_two_quadrants_without_a_seam(half: str) -> None:
    both = [said(quadrant=q) for q in HALVES[half]]
    np.testing.assert_allclose(said(quadrant=half), np.sum(both, axis=0))
    np.testing.assert_allclose(said(quadrant=half) + said(quadrant=OPPOSITE[half]), 1.0)
    across = 0 if half in ("upper", "lower") else 1
    middle = np.abs(MODEL.points[:, across]) < MODEL.cell_mm
    sign = 1 if half in ("upper", "outer") else -1
    well_in = sign * MODEL.points[:, 1 - across] > 2 * P["word_edge_mm"]
    assert said(quadrant=half)[middle & well_in].min() > 0.9


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_lists_of_quadrants_add_up(n: int) -> None:
    for quadrants in combinations(QUADRANTS, n):
        whole = np.sum([said(quadrant=q) for q in quadrants], axis=0)
        np.testing.assert_allclose(said(quadrant=name_of(quadrants)), whole)


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("half", HALVES)
def test_far_is_the_outer_part_of_a_half(half: str, side: str) -> None:
    chance, plain = (said(side, quadrant=name) for name in (f"far_{half}", half))
    assert (chance <= plain + 1e-12).all()
    e, hour = MODEL.extents, HOURS[half][side == "L"]
    reach = {"upper": e.superior, "lower": e.inferior, "outer": e.lateral, "inner": e.medial}[half]
    assert chance[at(side, hour, 0.9 * reach)].min() > 0.9
    assert chance[at(side, hour, 0.1 * reach)].max() < 0.1
    assert chance[at(side, (hour + 6) % 12 or 12, 0.8 * reach)].max() < 0.01


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("half", HALVES)
def test_where_two_quadrants_meet_is_a_strip(half: str, side: str) -> None:
    chance, hour = said(side, quadrant=f"{half}_central"), HOURS[half][side == "L"]
    assert chance[at(side, hour, 40.0)].min() > 0.9
    for off in (-1.5, 1.5):
        assert chance[at(side, hour + off, 45.0)].max() < 0.1


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_far_in_a_quadrant_is_out_there(quadrant: str) -> None:
    chance = said(quadrant=f"far_{quadrant}")
    inside = frame.quadrant(MODEL.points) == quadrant
    a, b = MODEL.extents.semi_axes(MODEL.points)
    out = np.hypot(MODEL.points[:, 0] / a, MODEL.points[:, 1] / b)
    axis = np.abs(MODEL.points[:, :2]).min(axis=1) < 2 * P["word_edge_mm"]
    assert chance[inside & ~axis & (out > 0.8)].min() > 0.8
    assert chance[out < 0.2].max() < 0.1
    assert chance[~inside & ~axis].max() < 0.1


def test_periareolar_is_a_ring_beside_the_subareolar_zone() -> None:
    chance, radius = said(region="periareolar"), np.hypot(*MODEL.points[:, :2].T)
    lo = P["subareolar_radius_mm"]
    hi = lo + P["periareolar_mm"]
    assert chance[np.abs(radius - (lo + hi) / 2) < 3].min() > 0.75
    assert chance[radius < 8].max() < 0.1
    assert chance[radius < 10].max() < 0.3
    assert chance[radius > hi + 15].max() < 0.05


def test_a_half_can_be_narrowed_by_other_words() -> None:
    together = said(quadrant="upper", region="periareolar")
    np.testing.assert_allclose(together, said(quadrant="upper") * said(region="periareolar"))


@pytest.mark.parametrize(("half", "word"), [(h, w) for h, ws in SYNONYMS.items() for w in ws])
def test_every_synonym_of_a_half_is_read(half: str, word: str) -> None:
    wanted = f"far_{half}" if word.endswith("most") else half
    for written in (word, word.upper(), f" {word} half", f"{word}-breast"):
        assert Quadrants().parse(written) == wanted
    assert sum(word in words for words in SYNONYMS.values()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_read_as_itself(name: str) -> None:
    for written in (name, name.lower(), name.replace("_", " "), name.replace("_", "-")):
        assert Quadrants().parse(written) == name


@pytest.mark.parametrize(("written", "name"), READ.items())
def test_what_may_be_written(written: str, name: str) -> None:
    assert Quadrants().parse(written) == name
    assert read_name(name) == name


@pytest.mark.parametrize(("written", "fix"), REFUSED.items())
def test_what_is_refused_says_what_to_write(written: str, fix: str) -> None:
    with pytest.raises(FieldError) as refused:
        Quadrants().parse(written)
    assert fix in refused.value.fix
    assert "upper_central" in refused.value.allowed


@pytest.mark.parametrize(
    ("written", "region"),
    [("Periareolar", "periareolar"), ("peri-areolar", "periareolar"),
     ("circumareolar", "periareolar"), ("beside the areola", "periareolar"),
     ("retroareolar", "subareolar"), ("Axillary tail", "axillary_tail"),
     ("tail of Spence", "axillary_tail"), *((r, r) for r in REGIONS)],
)  # fmt: skip
def test_regions_by_other_names(written: str, region: str) -> None:
    assert Region().parse(written) == region


@pytest.mark.parametrize(
    ("written", "fix"),
    [("upper half", "quadrant: upper"), ("periaerolar", "'periareolar'"), ("xyz", "allowed words")],
)
def test_regions_that_are_none(written: str, fix: str) -> None:
    with pytest.raises(FieldError) as refused:
        Region().parse(written)
    assert fix in refused.value.fix
    assert "periareolar" in refused.value.allowed


def test_combined_names_hold_where_all_hold() -> None:
    for a, b in combinations((*QUADRANTS, *HALVES), 2):
        both = combined([a, b])
        held = touched(a) & touched(b)
        assert (both is None) == (not held)
        assert both is None or touched(both) == held
    assert combined(["upper", "upper_central"]) == "upper_central"
    assert combined(["far_upper", "upper", "UOQ"]) == "far_UOQ"
    assert combined(["far_upper", "lower"]) is None


@pytest.mark.parametrize("name", [*NAMES, "UOQ+LIQ", "UOQ+UIQ+LOQ"])
def test_the_explorer_writes_a_part_so_that_it_is_read_again(name: str) -> None:
    cells = spoken_cells(Finding("f", "US", "US", quadrant=name, region="periareolar"))
    assert Quadrants().parse(cells["quadrant"]) == name
    assert Region().parse(cells["region"]) == "periareolar"


def test_editors_are_offered_every_name() -> None:
    row = case_schema()["properties"]["findings"]["items"]["properties"]
    assert row["quadrant"]["anyOf"][0]["enum"] == list(NAMES)
    assert "periareolar" in row["region"]["enum"]
