"""What a table holds, which pairs are worth a look, and tables that rows are found in."""

from __future__ import annotations

import html
import json
import re

import numpy as np
import pandas as pd
import pytest

from corr.exchange.tables import PAIRS
from corr.records import Breast, Finding, Reading
from corr.show.pages.whole.chosen import asked_pairs
from corr.show.pages.whole.finder import ROWS_AT_ONCE, Column, finder
from corr.show.pages.whole.overview import missing_table, modality_table, never_stated
from corr.show.pages.whole.worth_a_look import MOST, breast_table, look_table, reasons

CC, MLO = (Reading(v, "MG", "MG", v, study="MG") for v in ("CC", "MLO"))
US, MR = Reading("US", "US", "US"), Reading("MR", "MR", "MR", "SUPINE")


def us(name: str, hour: float | None, **said: object) -> Finding:
    clock = None if hour is None else (hour, hour)
    return Finding(name, "US", "US", clock_h=clock, **said)  # type: ignore[arg-type]


BREASTS = (
    Breast("A", "R", (CC, MLO, US), (
        Finding("film", "CC", "MG", "mass", size_mm=9.0, clock_h=(10.0, 10.0), fn_mm=40.0),
        us("us", 10.0, kind="mass", size_mm=8.0, fn_mm=40.0), us("far", 4.0, fn_mm=90.0),
    )),
    Breast("B", "L", (CC, MR), (Finding("b", "MR", "MR", lateral_mm=3.0),)),
)  # fmt: skip


def test_a_row_a_modality_with_what_it_saw_and_called_it():
    table = modality_table(BREASTS).set_index("modality")
    assert list(table.index) == ["MG", "US", "MR"]
    assert table.loc["MG"].to_list() == [2, 1, "CC 2, MLO 1", 1, "mass 1"]
    assert table.loc["US", "kinds"] == "mass 1, not stated 1"
    assert modality_table(()).empty


def test_gaps_are_counted_where_a_column_belongs():
    table = missing_table(BREASTS).set_index("column")
    assert table.loc["size_mm"].to_list() == ["0 %", "50 %", "100 %"]
    assert table.loc["lateral_mm"].to_list() == ["", "", "0 %"]
    assert table.loc["kind", "MR"] == "100 %"
    never = never_stated(BREASTS)
    assert {"size2_mm", "bi_rads", "depth_mm", "transverse_mm"} <= set(never)
    assert not set(never) & set(table.index)
    assert missing_table(()).empty


def pair(a: str, b: str, p: float, verdict: str, **log10: float) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(PAIRS, 0.0)
    row |= {"case_id": "A", "breast": "R", "finding_a": a, "finding_b": b}
    return row | {"p_same": p, "verdict": verdict} | {f"log10_{k}": v for k, v in log10.items()}


def found(*rows: dict[str, object]) -> list[set[str]]:
    pairs = asked_pairs(pd.DataFrame(list(rows)), BREASTS)
    each = reasons(pairs, BREASTS)
    return [{why for why, mask in each.items() if mask[k]} for k in range(len(pairs))]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (pair("film", "us", 0.95, "same", prior=-1), set()),
        (pair("film", "us", 0.95, "same", kind=-1, prior=-1), {"kinds or sizes speak against"}),
        (pair("film", "us", 0.05, "different", size=1), {"kinds and sizes speak for", "nearest"}),
        (pair("us", "film", 0.05, "different"), {"nearest to the other by the hour"}),
        (pair("film", "far", 0.05, "different"), set()),
        (pair("film", "far", 0.95, "same"), {"hour or distance from the nipple differ"}),
        (pair("film", "us", 0.5, "undecided", prior=1), {"likely one beforehand"}),
        (pair("film", "us", 0.5, "undecided", prior=-1), set()),
    ],
)
def test_pairs_whose_verdict_goes_against_something(row, why):
    (got,) = found(row)
    assert len(got) == len(why)
    assert all(any(part in said for said in got) for part in why)


def data_of(snippet: object) -> dict[str, object]:
    text = re.search(r'<pre class="data" hidden>(.*?)</pre>', snippet.html, re.S)[1]
    return json.loads(html.unescape(text))


def test_long_tables_carry_every_row_and_show_the_first():
    many = 10 * ROWS_AT_ONCE
    names = [f"<{k}>" for k in range(many)]
    columns = [
        Column("case", names, links=["a b.html", *[""] * (many - 1)]),
        Column("P(same)", [0.001, None, np.nan, *[0.5] * (many - 3)], p=True),
        Column("seen by", [["MG", "US"], ["US"], *[[]] * (many - 2)], words=True),
    ]
    table = finder(columns, "Cases")
    said = data_of(table)
    assert said["rows"] == many
    case, p, seen = said["columns"]
    assert case["values"].split("\n") == names
    assert p["values"][:4] == [0.0, None, None, 0.5]
    assert seen["levels"] == "MG\nUS"
    assert seen["values"][:3] == [[0, 1], [1], []]
    assert table.html.count("<tr>") == 1 + ROWS_AT_ONCE
    assert '<a href="a b.html">&lt;0&gt;</a>' in table.html
    assert "&lt; 0.01" in table.html
    assert "<0>" not in table.html


def test_all_breasts_and_the_strongest_pairs_are_listed_with_links():
    rows = [pair("film", "us", 0.5, "undecided", prior=k / 1e3) for k in range(1, MOST + 50)]
    pairs = asked_pairs(pd.DataFrame(rows), BREASTS)
    each = reasons(pairs, BREASTS)
    look = data_of(look_table(pairs, each, {"A": "A.html"}))
    assert look["rows"] == MOST
    assert set(look["columns"][0]["links"].split("\n")) == {"A.html"}
    breasts = data_of(breast_table(pairs, BREASTS, each, {"B": 2}, {}))
    values = {c["name"]: c["values"] for c in breasts["columns"]}
    assert values["pairs"] == [len(rows), 0]
    assert values["undecided"] == [len(rows), 0]
    assert values["highest P(same)"] == [0.5, None]
    assert values["problems"] == [0, 2]
