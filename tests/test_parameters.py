"""Every assumption is a complete row, and overriding or scaling changes only what it says."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from corr import parameters
from corr.parameters import GRADES, Parameter
from corr.problems import CorrError

TABLE = parameters.load()
SUFFIX = {"mm": "_mm", "deg": "_deg", "h": "_h", "1/mm": "_per_mm", "cm3": "_cm3", "d": "_days"}
UNITLESS = {"1", "ln", "log10", "mm/mm"}  # shares and ratios, spreads of logarithms, slopes


def row_problems(row: Parameter) -> list[str]:
    """What a reader of the table would miss in this row."""
    found = []
    if not math.isfinite(row.value):
        found.append("value")
    if not (math.isfinite(row.spread) and row.spread >= 0):
        found.append("spread")
    if row.grade not in GRADES:
        found.append("grade")
    if len(row.source.strip()) < 5:
        found.append("source")
    if row.role not in ("value", "kernel", "check", "asked"):
        found.append("role")
    low, high = row.range
    if not (math.isfinite(low) and low <= row.value <= high < math.inf):
        found.append("outside its own range")
    if row.role == "kernel" and row.value <= 0:
        found.append("a kernel is a positive spread")
    if row.unit in SUFFIX:
        if not row.name.endswith(SUFFIX[row.unit]):
            found.append(f"name does not end in {SUFFIX[row.unit]}")
    elif row.unit not in UNITLESS:
        found.append(f"unit {row.unit!r}, known {sorted({*SUFFIX, *UNITLESS})}")
    elif row.name.endswith(tuple(SUFFIX.values())):
        found.append(f"name promises a unit, but the unit is {row.unit!r}")
    return found


@pytest.mark.parametrize("name", TABLE)
def test_row_is_complete(name: str):
    row = TABLE.table[name]
    assert row.name == name
    assert row_problems(row) == []


GOOD = Parameter("depth_mm", 4.0, 1.0, "mm", "Someone 2020, table 1", "measured", "kernel")


@pytest.mark.parametrize(
    "change",
    [
        {"value": math.nan},
        {"spread": -1.0},
        {"grade": "guessed"},
        {"source": ""},
        {"role": "spread"},
        {"value": 0.0},
        {"value": 500.0},
        {"low": 4.5},
        {"unit": "deg"},
        {"unit": "1"},
        {"unit": ""},
        {"name": "depth"},
    ],
)
def test_an_incomplete_row_is_noticed(change: dict[str, object]):
    fields = {f: getattr(GOOD, f) for f in GOOD.__slots__}
    assert row_problems(GOOD) == []
    assert row_problems(Parameter(**{**fields, **change})) != []


def test_the_table_is_read_like_a_dict_of_values():
    assert TABLE.version
    assert len(TABLE) == len(list(TABLE)) > 20
    assert all(TABLE[name] == row.value for name, row in TABLE.table.items())


def test_shares_that_partition_the_breast_add_up_to_one():
    shares = [TABLE[f"prior_{place}"] for place in ("uoq", "uiq", "loq", "liq", "central")]
    assert sum(shares) == pytest.approx(1)


def test_override_changes_one_value_and_names_it():
    name, other, *_ = TABLE
    changed = TABLE.override({name: 3})
    assert changed[name] == 3.0
    assert isinstance(changed[name], float)
    assert changed[other] == TABLE[other]
    assert changed.table[name].source == TABLE.table[name].source
    assert changed.changed == (name,)
    assert parameters.load()[name] == TABLE[name] != 3.0
    assert changed.override({other: 1, name: 4}).changed == tuple(sorted((name, other)))


def test_override_makes_a_different_key_for_caches():
    name = next(iter(TABLE))
    assert hash(TABLE.override({name: 3})) != hash(TABLE)
    assert hash(TABLE.override({})) == hash(TABLE)


def test_an_unknown_name_suggests_the_one_meant():
    name = "mg_posterior_sd_mm"
    with pytest.raises(CorrError, match=f"no parameter named 'mg_postrior_sd'.*{name}"):
        TABLE.override({"mg_postrior_sd": 1.0})
    with pytest.raises(CorrError, match="no parameter named 'zzzzzz'") as error:
        TABLE.override({"zzzzzz": 1.0})
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("us_outlier", 2), ("us_outlier", -0.1), ("mg_sees_calcification", 1.5),
        ("lesions_mean", -3), ("lesions_mean", math.nan), ("lesions_mean", math.inf),
        ("lesions_mean", 0), ("us_tangential_sd_mm", 0), ("mg_shift_transverse_sd_mm", -1),
        ("breast_depth_mm", 0), ("breast_depth_mm", 86000), ("breast_depth_mm", 401),
        ("grid_mm", 0.1), ("supine_rise", math.nan), ("chest_wall_slope", math.inf),
        ("error_nodes", 0), ("size_ln_sd", 0),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_with_the_range(name: str, value: float):
    low, high = TABLE.table[name].range
    with pytest.raises(ValueError, match=f"{name} = {value:g} .* {low:g} to {high:g}"):
        TABLE.override({name: value})


def test_what_checks_what_is_read_cannot_be_changed_for_a_judgement():
    checks = [name for name, row in TABLE.table.items() if row.role == "check"]
    assert {"check_hour_slack_deg", "check_wash_share"} <= set(checks)
    for name in checks:
        assert TABLE.table[name].spread == 0.0
        with pytest.raises(ValueError, match=f"{name} checks what is read"):
            TABLE.override({name: TABLE[name]})


@pytest.mark.parametrize("name", [n for n, row in TABLE.table.items() if row.role != "check"])
def test_both_ends_of_a_range_are_allowed_and_no_more(name: str):
    for end, beyond in zip(TABLE.table[name].range, (-math.inf, math.inf), strict=True):
        assert TABLE.override({name: end})[name] == end
        with pytest.raises(ValueError, match=name):
            TABLE.override({name: math.nextafter(end, beyond)})


def test_tilts_have_either_sign_and_outliers_may_be_none():
    signed = {
        "supine_lateral_fall": -0.3,
        "film_mlo_lean_deg": -4.0,
        "us_outlier": 0,
        "false_us": 0,
    }
    assert {n: TABLE.override(signed)[n] for n in signed} == signed


@pytest.mark.parametrize("factor", [0.7, 1.5])
def test_the_band_scales_kernels_and_spreads_but_no_other_value(factor: float):
    scaled = TABLE.scale_spreads(factor)
    kernels = {n for n, row in TABLE.table.items() if row.role == "kernel"}
    assert kernels
    assert set(TABLE) - kernels
    for name in TABLE:
        expected = TABLE[name] * factor if name in kernels else TABLE[name]
        assert scaled[name] == expected, name
        assert scaled.table[name].spread == TABLE.table[name].spread * factor, name
    assert scaled.changed == TABLE.changed


ROW = 'version = "1"\n[a_mm]\nvalue = 1.0\nspread = 0.0\nunit = "mm"\nsource = "x"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROW, r"\[a_mm\].*grade"),
        (ROW + 'grade = "guessed"\n', r"\[a_mm\]: grade 'guessed', allowed"),
        (ROW + 'grade = "fitted"\nunits = "mm"\n', r"\[a_mm\].*units"),
    ],
)
def test_a_broken_file_says_which_row(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "parameters.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(parameters, "files", lambda _: tmp_path)
    with pytest.raises(ValueError, match=message):
        parameters.load.__wrapped__()
