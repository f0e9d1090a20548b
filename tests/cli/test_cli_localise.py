"""`corr localise` and what `corr next` writes of outcomes: the tables of the face, in files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import corr
from corr.cli import app

CASE = """case_id: a
findings:
- {finding_id: c, breast: R, modality: MG, view: CC, kind: calcification, size_mm: 7, clock: 7-8}
- {finding_id: u, breast: R, modality: US, kind: mass, clock: 7-8, fn_cm: 4, size_mm: 7}
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    return path


def test_localise_writes_the_films_and_says_how_many(case, tmp_path, capsys):
    ask = ["localise", str(case), "--finding", "c", "--out", str(tmp_path)]
    app(ask, standalone_mode=False)
    said = capsys.readouterr().out
    assert "8 rows in" in said
    assert "Three films locate the calcifications" in said
    films = pd.read_csv(tmp_path / "films.csv", keep_default_na=False)
    expected = corr.localise(corr.judge(case), "c").films
    pd.testing.assert_frame_equal(films, expected, check_dtype=False)
    app([*ask, "--approach", "ML", "--set", "localise_mark_sd_mm=0.8"], standalone_mode=False)
    wider = pd.read_csv(tmp_path / "films.csv")
    assert set(wider["approach"]) == {"ML"}
    assert wider["axis80_mm"][3] > 1.9 * films["axis80_mm"][3]


@pytest.mark.parametrize(("option", "value"), [("--finding", "x"), ("--approach", "SPOT")])
def test_localise_names_a_mistake(option, value, case, tmp_path, capsys):
    ask = ["localise", str(case), "--finding", "c", "--out", str(tmp_path), option, value]
    with pytest.raises(SystemExit):
        app(ask)
    assert value in capsys.readouterr().err
    assert not (tmp_path / "films.csv").exists()


def test_outcomes_average_to_what_is_believed_now(case, tmp_path, capsys):
    ask = ["next", str(case), "--out", str(tmp_path), "--pair", "u,c", "--exams", "US:FOCI"]
    app(ask, standalone_mode=False)
    told = pd.read_csv(tmp_path / "outcomes.csv")
    assert f"{len(told)} rows in" in capsys.readouterr().out
    assert list(dict.fromkeys(told["exam"])) == ["US:FOCI", "US:SPECIMEN", "US:MARKER"]
    each = told.groupby("exam")
    assert each["p_outcome"].sum().to_numpy() == pytest.approx(1, abs=1e-3)
    mean = (told["p_outcome"] * told["p_same_after"]).groupby(told["exam"]).sum()
    assert mean.to_numpy() == pytest.approx(told["p_same_now"][0], abs=2e-3)
