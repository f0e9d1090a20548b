"""`corr export`: files for other programs from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from corr import read_export
from corr.cli import app

HEAD = "case_id,breast,finding_id,modality,kind,clock,fn_cm\n"
ROWS = "a,R,u,US,mass,9,3\na,R,m,MR,mass,9,3\n"
CASE = """case_id: c
parameters: {lesions_mean: 2.0}
findings:
- {finding_id: u, breast: R, modality: US, kind: mass, clock: 9, fn_cm: 3}
- {finding_id: m, breast: R, modality: MR, kind: mass, clock: 9}
"""


def corr(*args: object):
    result = CliRunner().invoke(app, [str(a) for a in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "findings.csv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    return path


def test_a_table_is_exported_once(table: Path, tmp_path: Path):
    out = tmp_path / "out"
    done = corr("export", table, "--to", "tables", "--to", "fhir", "--out", out)
    assert done.exit_code == 0, done.output
    assert f"fhir (1 file), tables (28 files) in {out}" in done.output
    assert read_export(out, "fhir") == read_export(out, "tables")
    before = sorted(out.rglob("*"))
    again = corr("export", table, "--to", "fhir,slicer", "--out", out)
    assert again.exit_code == 2
    assert "is there already" in again.output
    assert sorted(out.rglob("*")) == before


def test_constants_of_a_case_and_of_the_command_count(tmp_path: Path):
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    priors = []
    for k, more in enumerate(([], ["--set", "lesions_mean=1.0"], ["--spreads", "US=2"])):
        assert (
            corr("export", path, "--to", "fhir", "--out", tmp_path / str(k), *more).exit_code == 0
        )
        (back,) = read_export(tmp_path / str(k), "fhir")
        priors.append(back.pairs["R", "m", "u"][:4])
    assert len(set(priors)) == 3
    path.write_text(CASE.replace("lesions_mean: 2.0", ""), encoding="utf-8")
    assert corr("export", path, "--to", "fhir", "--out", tmp_path / "plain").exit_code == 0
    (plain,) = read_export(tmp_path / "plain", "fhir")
    assert plain.pairs["R", "m", "u"][3] not in {p[3] for p in priors[:1]}


def test_a_lost_finding_is_said_and_the_rest_written(table: Path, tmp_path: Path):
    table.write_text(HEAD + ROWS + "a,X,w,US,mass,9,3\n", encoding="utf-8")
    done = corr("export", table, "--to", "tables", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "rejected" in done.output
    assert (tmp_path / "out" / "tables" / "pairs.csv").exists()


@pytest.mark.parametrize(
    ("to", "said"), [("fihr", "did you mean 'fhir'"), (",", "no format is named")]
)
def test_another_format_ends_before_anything_is_judged(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, said: str
):
    monkeypatch.setattr("corr.judge", None)
    done = corr("export", table, "--to", to, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert said in done.output
    assert corr("export", table, "--out", tmp_path / "out").exit_code == 2
