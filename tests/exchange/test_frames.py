"""Data frames as files: the bytes of pandas, but for what readers take for the end of a row."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corr
from corr.exchange.frames import frame_text, write_frame

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6)
FRAMES = st.lists(
    st.tuples(WORDS, st.floats(width=64), st.integers(-9, 9), st.booleans(), st.none() | WORDS)
)


@given(FRAMES)
def test_it_is_what_pandas_writes(rows):
    table = pd.DataFrame(rows, columns=["name", "mm", "n", "yes", "said"])
    for form in ("", ".6g"):
        theirs = table.to_csv(
            index=False, lineterminator="\n", float_format=f"%{form}" if form else None
        )
        assert frame_text(table, form) == theirs


@pytest.mark.parametrize("name", ["a\rb", "a\r\nb", "a\nb", 'a"\rb', "\r"])
def test_any_id_is_read_back(name: str, tmp_path: Path):
    table = pd.DataFrame({"finding_id": [name, "plain"], "p": [0.5, np.nan]})
    path = write_frame(table, tmp_path / "made" / "t.csv")
    read = pd.read_csv(io.BytesIO(path.read_bytes()), keep_default_na=False, na_values={"p": [""]})
    assert read["finding_id"].tolist() == [name, "plain"]
    assert read["p"].isna().tolist() == [False, True]


def test_no_module_writes_frames_in_another_way():
    root = Path(corr.__file__).parent
    assert [p.name for p in root.rglob("*.py") if ".to_csv(" in p.read_text("utf-8")] == []
