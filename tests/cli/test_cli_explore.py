"""`corr explore`: the notebook it writes opens the case at the finding, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
from typer.testing import CliRunner

from corr.cli import app

SEED = Path(__file__).parents[2] / "data" / "seed_case.yaml"


def explore(*told: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["explore", str(SEED), "--no-open", *told])
    return done.exit_code, done.output


def test_a_notebook_opens_the_case_at_the_finding(tmp_path: Path):
    out = tmp_path / "mine.ipynb"
    code, said = explore("--finding", "R-US-mass", "--out", str(out))
    assert code == 0, said
    nbformat.validate(nbformat.from_dict(json.loads(out.read_text(encoding="utf-8"))))
    (cell,) = [c for c in json.loads(out.read_text(encoding="utf-8"))["cells"] if "outputs" in c]
    assert f"corr.explore({str(SEED)!r}, finding='R-US-mass')" in cell["source"]
    assert explore("--out", str(out))[0] == 0, "its own notebook is written anew"


def test_no_other_notebook_is_replaced_and_no_unknown_finding_opened(tmp_path: Path):
    out = tmp_path / "other.ipynb"
    out.write_text("{}", encoding="utf-8")
    assert explore("--out", str(out))[0] != 0
    assert out.read_text(encoding="utf-8") == "{}"
    new = tmp_path / "new.ipynb"
    code, _ = explore("--finding", "nobody", "--out", str(new))
    assert code != 0
    assert not new.exists()
