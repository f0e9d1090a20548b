"""One notion of a verdict, one source for every number and word, each in its direction."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corr import parameters
from corr.datasets import open_data
from corr.judgement.judge import in_order, judge
from corr.judgement.quadrature import settled
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import (
    LEAST,
    MOST,
    UNDECIDED,
    rounded,
    verdict,
    word,
    written,
    written_range,
)
from corr.records import Breast, Finding, Reading
from corr.show.explorer.numbers import pairs_html
from corr.show.explorer.state.provisional import Look, look, provisional
from corr.show.figures.pairs import figure_evidence, plot_pair_matrix
from corr.show.figures.parts.palette import styles
from corr.show.pages import cohort, explain, tables
from corr.show.wording import text
from corr.show.wording.pair_words import (
    NO_PLACE,
    OPEN,
    PART_WORDS,
    band,
    count_open,
    direction,
    driver,
    factor,
    moved,
    parts,
    steps,
)
from corr.tables import read_findings

P = parameters.load()
FACTOR = re.compile(r"([a-zA-Z -]+) \((x|divided by) (more than )?([\d.]+)\)")
CERTAIN = re.compile(r"(?<![\d.+-])(0\.00|1\.00)(?![\d])")
share = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.0049, 0.0951, 0.1049, 0.8951, 0.996, 1]))
log10_odds = st.floats(-4, 4)


# --- numbers and words ------------------------------------------------------------------------


@given(three=st.lists(share, min_size=3, max_size=3))
def test_equal_written_numbers_carry_equal_words(three):
    low, p, high = sorted(three)
    assert word(p) == word(rounded(p))
    assert verdict(p, low, high) == verdict(rounded(p), rounded(low), rounded(high))
    assert verdict(p, low, high, placed=False) == UNDECIDED


@given(low=share, high=share)
def test_nothing_is_written_as_certain(low, high):
    said = [written(low), written_range(min(low, high), max(low, high))]
    assert not any(CERTAIN.search(s) for s in said)
    assert (written(low) == LEAST) == (rounded(low) == 0)
    assert (written(low) == MOST) == (rounded(low) == 1)


def pair_of(log10_prior: float, found: list[float]) -> Pair:
    kind, category, size, reporting, location, context = found
    p, prior = (1 / (1 + 10**-v) for v in (log10_prior + sum(found), log10_prior))
    given_parts = (log10_prior, location, size, kind + category, reporting, context)
    said = verdict(p, p, p)
    return Pair("a", "b", p, p, p, prior, said, *given_parts, log10_category=category)


@given(
    log10_prior=st.floats(-3, 3),
    found=st.lists(st.one_of(log10_odds, st.just(0.0)), min_size=6, max_size=6),
)
def test_words_agree_with_their_direction(log10_prior, found):
    pair = pair_of(log10_prior, found)
    way, prior = direction(pair), written(pair.p_prior)
    said = moved(pair)
    for piece in said.partition(": ")[2].split(" for"):
        against = piece.find(" against")
        for match in FACTOR.finditer(piece):
            up = match[2] == "x" and float(match[4]) > 1
            assert up == (match.start() > against if against >= 0 else True), said
            assert match[4] != "1"
    if written(pair.p_same) == prior:
        assert said.startswith(f"as the prior of {prior}")
    else:
        assert said.startswith(f"{'up' if way > 0 else 'down'} from {prior}")
        assert way == (1 if pair.p_same > pair.p_prior else -1)
    named = driver(pair)
    if "cancel" in named:
        assert abs(pair.log10_evidence) < 0.11
        assert len(FACTOR.findall(named)) == 2
    elif named != "little beside the prior":
        (one,) = FACTOR.findall(named)
        assert (one[1] == "x" and float(one[3]) > 1) == (way > 0)
        strongest = max(v * way for v in parts(pair).values())
        assert factor(strongest * way) in named
    else:
        assert abs(pair.log10_evidence) < 0.6  # no step is told, so that all are small
    assert sum(parts(pair).values()) == pytest.approx(pair.log10_evidence)
    assert [name for name, _, _ in steps(pair)] == list(PART_WORDS)
    assert steps(pair)[-1][2] == written(pair.p_same)


def test_a_pair_of_the_seed_kind_is_told_in_order():
    down = pair_of(0.43, [-0.3, 0.0, 0.0, -0.52, 0.57, -0.09])
    assert moved(down) == (
        "down from 0.73: what exams usually report (x 0.3) and kinds (x 0.5) against, "
        "places (x 3.7) for"
    )
    assert driver(down) == "what exams usually report (x 0.3)"
    assert [at for _, _, at in steps(down)] == ["0.57", "0.57", "0.57", "0.29", "0.60", "0.55"]
    both = pair_of(-0.45, [0.0, 0.0, 0.0, 0.0, 0.6, -0.6])
    assert driver(both) == "places (x 4) and other findings (x 0.25), which cancel"
    assert moved(both).endswith("which nearly cancel")
    assert driver(pair_of(-0.45, [0.0] * 6)) == "little beside the prior"


# --- no place, no verdict about places ----------------------------------------------------------

READINGS = (
    Reading("CC", "MG", "MG", view="CC", angle_deg=0.0, study="MG"),
    Reading("MLO", "MG", "MG", view="MLO", angle_deg=45.0, study="MG"),
    Reading("US", "US", "US"),
    Reading("MR", "MR", "MR"),
)
NOWHERE = tuple(
    Finding(f"f{r.reading_id}", r.reading_id, r.modality, kind="mass", size_mm=12.0)
    for r in READINGS
)


def case(*findings: Finding) -> Breast:
    return Breast("c", "R", READINGS, findings or NOWHERE)


def test_without_a_place_nothing_is_decided_and_it_is_said():
    judgement = judge(case())
    assert max(q.p_same for q in judgement.pairs) > 0.85
    for q in judgement.pairs:
        assert (q.verdict, q.no_place) == (UNDECIDED, (q.finding_a, q.finding_b))
        said = text.answer_sentence(judgement, q)
        assert NO_PLACE in said
        assert OPEN not in said
    assert set(tables.answer_table(judgement)["verdict"]) == {f"{UNDECIDED} ({NO_PLACE})"}
    assert f"{len(judgement.pairs)} of all {len(judgement.pairs)} pairs" in text.breast_sentence(
        judgement
    )


PLACES = {
    "fUS": {"clock_h": (10.0, 10.0), "fn_mm": 40.0, "depth_mm": 15.0},
    "fMR": {"lateral_mm": 30.0, "superior_mm": 20.0, "posterior_mm": 40.0},
}


def at(finding: Finding, **more: object) -> Finding:
    return replace(finding, **{**PLACES[finding.finding_id], **more})  # type: ignore[arg-type]


def test_a_place_on_both_sides_decides_and_on_one_side_does_not():
    us, mr = NOWHERE[2:]
    (both,) = judge(case(at(us), at(mr)), bands=False).pairs
    assert both.verdict in ("same", "probably same")
    assert both.no_place == ()
    (one,) = judge(case(at(us), mr), bands=False).pairs
    assert (one.verdict, one.no_place) == (UNDECIDED, ("fMR",))
    words = replace(mr, quadrant="UOQ")
    assert judge(case(at(us), words), bands=False).pairs[0].no_place == ()


@pytest.mark.parametrize("unusable", [{"clock_h": (0.0, 12.0)}, {"targeted_at": "US"}])
def test_words_that_name_no_place_are_none(unusable):
    us, mr = NOWHERE[2:]
    (pair,) = judge(case(replace(us, **unusable), at(mr)), bands=False).pairs
    assert (pair.verdict, pair.no_place) == (UNDECIDED, ("fUS",))


def test_a_position_on_a_view_that_cannot_be_used_is_no_place():
    rolled = replace(READINGS[0], view="RL", position_refused="rolled")
    film = replace(NOWHERE[0], posterior_mm=45.0, transverse_mm=20.0)
    breast = Breast("c", "R", (rolled, READINGS[3]), (film, at(NOWHERE[3])))
    (pair,) = judge(breast, bands=False).pairs
    assert (pair.verdict, pair.no_place) == (UNDECIDED, ("fCC",))


@pytest.mark.parametrize("pointing", [{"same_as": "fMR"}, {"targeted_at": "fMR"}])
def test_a_report_that_points_at_the_other_needs_no_place(pointing):
    us, mr = NOWHERE[2:]
    (pair,) = judge(case(replace(us, **pointing), at(mr)), bands=False).pairs
    assert pair.no_place == ()


def test_the_first_answer_while_a_slider_moves_knows_it_too():
    us, mr = NOWHERE[2:]
    first = in_order(case(at(us), at(mr)))
    last: Look = look(settled(first, P), judge(first, P, bands=False))
    (moved_pair,) = provisional(case(replace(at(us), fn_mm=30.0), at(mr)), P, last).pairs
    assert moved_pair.no_place == ()
    (gone,) = provisional(case(us, at(mr)), P, last).pairs
    assert (gone.verdict, gone.no_place) == (UNDECIDED, ("fUS",))


# --- categories ---------------------------------------------------------------------------------


def test_agreement_of_categories_is_called_that():
    us, mr = (at(f, bi_rads="5") for f in NOWHERE[2:])
    (said,) = judge(case(us, mr), bands=False).pairs
    (unsaid,) = judge(case(at(NOWHERE[2]), at(NOWHERE[3])), bands=False).pairs
    assert unsaid.log10_category == 0
    assert "BI-RADS" not in moved(unsaid)
    assert parts(said)["kind"] == pytest.approx(unsaid.log10_kind, abs=1e-9)
    assert parts(said)["category"] == pytest.approx(said.log10_kind - unsaid.log10_kind, abs=1e-9)
    judgement = judge(case(us, mr), bands=False)
    if parts(said)["category"] > 0.1:
        assert f"agreement of BI-RADS categories ({factor(said.log10_category)})" in moved(said)
    assert "BI-RADS categories" in tables.step_table(judgement)
    assert "BI-RADS categories" not in tables.step_table(judge(case(), bands=False))


# --- every number of a dozen women, wherever it is shown -----------------------------------------


@pytest.fixture(scope="module")
def dozen() -> list[Judgement]:
    found = read_findings(*(open_data("simulated_cohort")[k] for k in ("findings", "breasts")))
    chosen = [b for b in found.breasts if 4 <= len(b.findings) <= 6][:12]
    return [judge(b, P, bands=k < 1) for k, b in enumerate(chosen)]


def written_everywhere(judgement: Judgement) -> list[str]:
    name = text.names(judgement.breast)
    html = pairs_html(judgement, judgement, styles(judgement.breast), name, stage="final")
    return [
        text.case_text("Title", [judgement]),
        text.case_sentence([judgement]),
        text.breast_sentence(judgement),
        *explain.place_sentences(judgement),
        *(
            table(judgement).to_csv(sep=" ")
            for table in (
                tables.answer_table,
                tables.step_table,
                tables.check_table,
                tables.grouping_table,
            )
        ),
        re.sub(r"<[^>]*>", " ", html),
    ]


def test_every_place_shows_the_same_numbers_and_words(dozen):
    seen = 0
    for judgement in dozen:
        answers = tables.answer_table(judgement).to_dict("records")
        priors = tables.step_table(judgement)["prior"].tolist()
        assert not any(CERTAIN.search(s) for s in written_everywhere(judgement))
        for pair, row, prior in zip(tables.main_first(judgement), answers, priors, strict=True):
            seen += 1
            sentence = text.answer_sentence(judgement, pair)
            numbers = f"P(same) {row['P(same)']} (prior {row['prior']}, band {row['band']}): "
            assert numbers in sentence
            assert (row["P(same)"], row["prior"]) == (written(pair.p_same), prior)
            assert row["verdict"].startswith(pair.verdict)
            assert (OPEN in sentence or NO_PLACE in sentence) == (pair.verdict == UNDECIDED)
            assert row["driven by"] == driver(pair)
    assert seen > 30


def test_there_is_one_count_of_undecided_pairs(dozen):
    for judgement in dozen:
        left = count_open(judgement.pairs)
        rows = tables.answer_table(judgement)
        assert rows["verdict"].str.startswith(UNDECIDED).sum() == left
        if judgement.pairs:
            said = f"{left} of all {len(judgement.pairs)} pairs are left undecided"
            assert said in text.breast_sentence(judgement)
            who = (judgement.breast.case_id, judgement.breast.side)
            frame = cohort.pair_rows(
                [{"pairs": [(*who, q.finding_a, q.finding_b, *[0.5] * 3, q.verdict, *[0.0] * 7)
                            for q in judgement.pairs]}]
            )  # fmt: skip
            assert f"of which {left} are left undecided" in cohort.cohort_sentence(
                [judgement.breast], frame, simulated=True
            )


def test_pictures_write_what_the_tables_write(dozen):
    judgement = dozen[0]
    assert judgement.pairs
    matrix = [t.get_text() for t in plot_pair_matrix(judgement).texts]
    bars = [ax.get_title(loc="left") for ax in figure_evidence(judgement, judgement.pairs[:2]).axes]
    for pair in judgement.pairs:
        assert written(pair.p_same) in matrix
        said_of = f"band {band(pair)} {pair.verdict}"
        assert any(said_of in " ".join(said.split()) for said in matrix)
    for pair, said in zip(judgement.pairs[:2], bars, strict=True):
        assert f"P(same) {written(pair.p_same)} (prior" in said
    assert not any(CERTAIN.search(s) for s in [*matrix, *bars])
