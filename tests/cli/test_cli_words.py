"""`corr read`: words or a file, as lines or as JSON, and how it ends."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from corr.cli import app

MASS = "Mass at 10 o'clock, 4 cm from the nipple, 9 x 6 mm."


def read(*args):
    result = CliRunner().invoke(app, ["read", *map(str, args)])
    return result.exit_code, result.output


def test_words_and_a_file_of_them_are_read_alike(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text(MASS, "utf-8")
    asked = ("--modality", "US", "--breast", "R")
    assert read(MASS, *asked) == read(path, *asked)
    code, said = read(MASS, *asked)
    assert code == 0
    assert "  finding: side R, kind mass ('Mass'), clock_h 10" in said
    assert "size_mm 9 x 6 ('9 x 6 mm')" in said


def test_json_is_the_data_of_the_report():
    code, said = read(MASS, "--json")
    (mass,) = json.loads(said)["findings"]
    assert code == 0
    assert (mass["clock_h"], mass["fn_mm"], mass["size_mm"]) == ([10, 10], 40, [9, 6])
    assert mass["side"] is mass["quadrant"] is mass["count"] is None


def test_modality_and_side_may_be_words():
    text = "Mass at 10 o'clock."
    assert read(text, "--modality", "ultrasound", "--breast", "right") == (
        read(text, "--modality", "US", "--breast", "R")
    )


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["Herdbefund in der rechten Brust"], "a report in German; only English is read"),
        (["none_such.txt"], "none_such.txt: no such file"),
        (["mass", "--modality", "CT"], "modality: 'CT' is not known; allowed: MG, US, MR"),
        (["mass", "--breast", "both"], "breast: 'both' is not known"),
    ],
)
def test_what_cannot_be_read_ends_with_one_line(args, why):
    code, said = read(*args)
    assert code == 2
    assert why in said
    assert len(said.strip().splitlines()) == 1


def test_a_file_that_is_no_text_is_said(tmp_path):
    path = tmp_path / "report.txt"
    path.write_bytes(b"Mass \xff\xfe")
    code, said = read(path)
    assert code == 2
    assert "byte 5 is not UTF-8" in said
