"""The first answer to a slider: exact or called provisional, and always followed by the whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from threading import Event, current_thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays
from PIL import Image

from corr.case.open import open_case
from corr.face.exploring import explore
from corr.judgement.judge import judge
from corr.show.explorer.canvas import png
from corr.show.explorer.explorer import Explorer
from corr.show.explorer.numbers import NOTES
from corr.show.explorer.state import Explored
from corr.show.explorer.state import judging as judging_module
from corr.show.explorer.state import provisional as provisional_module
from corr.show.explorer.state.judging import AT_ONCE, FINAL, PROVISIONAL, WITHOUT_BAND
from tests.builders.examples import few

ROOT = Path(__file__).parents[3]
SEED = ROOT / "data" / "seed_case.yaml"
COHORT = ROOT / "data" / "simulated_cohort"
EIGHT = "D0003"
US, SEED_US = "D0003-L-04", "R-US-mass"
NEAR = 0.25
"""A provisional P(same) after a small move is no further than this from the whole one."""


def tables() -> dict[str, Path]:
    return {"breasts": COHORT / "breasts.csv"}


@pytest.fixture
def eight() -> Explored:
    """A breast with eight findings, judged as written."""
    x = Explored(open_case(COHORT / "findings.csv", EIGHT, **tables()))
    assert len(x.finding_ids) == 8 > AT_ONCE
    x.as_written()
    return x


@pytest.fixture
def explorer() -> Iterator[Explorer]:
    made = explore(COHORT / "findings.csv", EIGHT, **tables())
    yield made
    made.close()


def p_same(judgement: Any) -> dict[tuple[str, str], float]:
    return {(p.finding_a, p.finding_b): p.p_same for p in judgement.pairs}


def test_a_few_findings_are_exact_at_once():
    x = Explored(open_case(SEED), "R")
    x.place(SEED_US, clock=3.0)
    answer = x.at_once()
    assert answer.stage == WITHOUT_BAND
    assert p_same(answer.judgement) == p_same(judge(x.breast, x.parameters))


def test_more_are_provisional_and_then_what_the_library_says(eight: Explored):
    eight.place(US, clock=4.0)
    first = eight.at_once()
    assert first.stage == PROVISIONAL
    whole = eight.judgement()
    direct = judge(eight.breast, eight.parameters)
    assert p_same(whole) == p_same(direct)
    assert [p.verdict for p in whole.pairs] == [p.verdict for p in direct.pairs]
    for finding_id, belief in whole.beliefs.items():
        now = first.judgement.beliefs[finding_id].probability
        np.testing.assert_array_equal(now, belief.probability)
    apart = [abs(v - p_same(whole)[k]) for k, v in p_same(first.judgement).items()]
    assert 0 < max(apart) < NEAR
    assert eight.at_once().stage == FINAL


def test_what_is_moved_past_others_is_answered_as_fast(
    eight: Explored, monkeypatch: pytest.MonkeyPatch
):
    """Findings are judged in an order of what they state, which a move may change."""

    def whole(*_: object, **__: object) -> None:
        pytest.fail("judged whole while it moves")

    monkeypatch.setattr(provisional_module, "judge", whole)
    before = [f.finding_id for f in eight.as_written().breast.findings]
    orders = set()
    for lateral_mm in (-40.0, -10.0, 20.0, 50.0):
        eight.place("D0003-L-08", lateral_mm=lateral_mm, superior_mm=5.0)
        answer = eight.at_once()
        assert answer.stage == PROVISIONAL
        orders.add(tuple(f.finding_id for f in answer.judgement.breast.findings))
    assert orders - {tuple(before)}


def test_nodes_of_other_findings_would_not_do(eight: Explored):
    """With one off, the nodes of all do not fit: new ones are taken, and no pair is left over."""
    eight.switch(US, on=False)
    answer = eight.at_once()
    assert answer.stage == PROVISIONAL
    assert not any(US in pair for pair in p_same(answer.judgement))
    whole = p_same(eight.judgement())
    assert p_same(answer.judgement).keys() == whole.keys()


def test_the_table_of_constants_is_the_same_object_until_one_changes(eight: Explored):
    held = eight.parameters
    eight.place(US, clock=5.0)
    assert eight.parameters is held
    eight.assume("spreads", 1.2)
    assert eight.parameters is not held
    eight.reset()
    assert eight.parameters is held


def test_the_page_says_what_is_provisional(explorer: Explorer):
    x = explorer.explored
    x.place(US, clock=4.0)
    explorer._show(x.at_once())
    assert f"data-stage='{PROVISIONAL}'" in explorer.numbers.value
    assert NOTES[PROVISIONAL] in explorer.numbers.value
    assert "Likeliest grouping: follows" in explorer.numbers.value
    explorer.finish()
    assert f"data-stage='{FINAL}'" in explorer.numbers.value
    assert PROVISIONAL not in explorer.numbers.value
    for p in judge(x.breast, x.parameters).pairs:
        assert f'data-p="{p.p_same!r}" data-verdict="{p.verdict}"' in explorer.numbers.value


def test_only_the_last_of_many_moves_is_judged_whole(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
):
    """In an event loop, as in JupyterLab: moves are answered at once, the whole comes beside."""
    made: list[tuple[bool, str]] = []

    def counted(breast: Any, p: Any, **how: Any) -> Any:
        made.append((how["bands"], current_thread().name))
        return judge(breast, p, **how)

    monkeypatch.setattr(judging_module, "judge", counted)

    async def move() -> None:
        for clock in (6.0, 7.0, 8.0, 9.0):
            explorer.findings.rows["clock"].slider.value = clock
            assert f"data-stage='{PROVISIONAL}'" in explorer.numbers.value
            await asyncio.sleep(0.01)
        assert explorer._later is not None
        await explorer._later

    asyncio.run(move())
    assert [bands for bands, _ in made] == [True]
    assert made[0][1].startswith("explorer")
    assert f"data-stage='{FINAL}'" in explorer.numbers.value
    x = explorer.explored
    for p in judge(x.breast, x.parameters).pairs:
        assert f'data-p="{p.p_same!r}"' in explorer.numbers.value


def test_a_move_is_answered_while_the_whole_is_judged(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
):
    """A judgement that takes for ever holds up nothing, and is not shown once it is old."""
    begun, go_on = Event(), Event()

    def slow(breast: Any, p: Any, **how: Any) -> Any:
        begun.set()
        assert go_on.wait(20)
        return judge(breast, p, **how)

    monkeypatch.setattr(judging_module, "judge", slow)

    async def move() -> None:
        slider = explorer.findings.rows["clock"].slider
        slider.value = 7.0
        first = explorer._later
        assert await asyncio.to_thread(begun.wait, 20)
        slider.value = 5.0
        assert "5" in explorer.differences.value
        assert f"data-stage='{PROVISIONAL}'" in explorer.numbers.value
        go_on.set()
        assert first is not None
        await first
        assert f"data-stage='{PROVISIONAL}'" in explorer.numbers.value, "an old answer was shown"
        assert explorer._later is not None
        await explorer._later

    asyncio.run(move())
    assert f"data-stage='{FINAL}'" in explorer.numbers.value


# the canvas


def test_the_first_picture_waits_for_no_browser(monkeypatch: pytest.MonkeyPatch):
    """JupyterLab sends the browser's first words behind every cell that is queued."""
    from corr.show.explorer.canvas import WholeFrames

    sent: list[bytes] = []
    monkeypatch.setattr(WholeFrames, "send_binary", lambda _, data: sent.append(data))
    made = explore(SEED)
    try:
        assert sent, "nothing was sent before the browser asked"
        pixels = np.asarray(Image.open(BytesIO(sent[-1])))
        assert pixels.std() > 10
    finally:
        made.close()


def test_a_browser_that_asks_again_gets_the_painted_picture(monkeypatch: pytest.MonkeyPatch):
    made = explore(SEED)
    try:
        canvas, drawn = made.board.canvas, []
        monkeypatch.setattr(type(canvas), "draw", lambda _: drawn.append(1))
        sent: list[bytes] = []
        monkeypatch.setattr(canvas, "send_binary", sent.append)
        canvas.handle_draw({})
        assert (len(drawn), len(sent)) == (0, 1)
        made.board.figure.set_size_inches(5, 5)
        canvas.handle_draw({})
        assert drawn == [1]
    finally:
        made.close()


@few(30)
@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2).map(lambda s: (*s, 3))))
def test_png_reads_back(pixels: Any):
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(png(pixels)))), pixels)
