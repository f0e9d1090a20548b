"""Tables of a case page: what was reported, what was judged, what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from corr.exams.registry import MODALITY_NAMES
from corr.judgement.drivers import drivers
from corr.judgement.judge import judge
from corr.judgement.quadrature import weighed
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import written
from corr.parameters import Parameter, Parameters
from corr.questions.whatif import Variant, pairs_of, side_by_side, what_if
from corr.records import Breast, Finding
from corr.show.wording.pair_words import PART_WORDS, band, driver, parts, steps, verdict_words
from corr.show.wording.text import (
    grouping_name,
    kind_name,
    main_pairs,
    names,
    pair_name,
    position_words,
    size_words,
)
from corr.sources import sources_said

MOST_ASKED, MOST_DRIVEN, MOST_DRIVERS = 4, 3, 12
"""Findings asked about, and the pairs and constants of `driver_table`."""
MAIN_ASSUMPTIONS = {
    "lesions_mean": "lesions in a breast that was imaged, before any finding",
    "mlo_angle_deg": "angle of an oblique film when not recorded",
    "mg_transverse_sd_mm": "error of a position on a film, each way",
    "us_tangential_sd_mm": "error of a clock position on the skin",
    "us_shift_sd_mm": "ultrasound nipple that was picked wrongly, shared by its findings",
    "mr_shift_lateral_sd_mm": "shift between prone MRI and the reference, shared by its findings",
    "word_clock_sd_mm": "error of a clock hour read off films or MRI",
    "subareolar_radius_mm": '"behind the nipple": radius from the front',
    "subareolar_depth_mm": '"behind the nipple": depth',
    "deep_reading_mlo": '"deep to the nipple", no film named: chance it was said of the oblique',
    "deep_reading_both": "the same: chance it was said of both films, so central",
    "reported_if_benign": "chance that a benign lesion that was seen is reported",
    "malignant_share": "malignant lesions among those of published series, not of this case",
}
"""Constants shown openly on a case page, in plain words."""
MOST_PAIRS_BESIDE = 4
PROCESS = "one contiguous process"
STILL = 0.015
"""P(same) that moves by less than this is said to stay."""


def finding_table(breast: Breast) -> pd.DataFrame:
    """What the reports say: one row a finding, in the words of `position_words`."""
    found = breast.findings
    return pd.DataFrame(
        {
            "finding": [f.finding_id for f in found],
            "exam": [MODALITY_NAMES[f.modality] for f in found],
            "what": [kind_name(f) for f in found],
            "size": [size_words(f) for f in found],
            "where": [position_words(f) for f in found],
            "how many": [count_words(f) for f in found],
        }
    )


def count_words(finding: Finding) -> str:
    """How many there are: "1", "3 or more", "2-4"."""
    if finding.count_max is None:
        return f"{finding.count_min} or more"
    if finding.count_min == finding.count_max:
        return str(finding.count_min)
    return f"{finding.count_min}-{finding.count_max}"


def main_first(judgement: Judgement) -> list[Pair]:
    """All pairs: those of `main_pairs` first, then the others, likeliest first."""
    first = main_pairs(judgement)
    others = [p for p in judgement.pairs if p not in first]
    return first + sorted(others, key=lambda p: (-p.p_same, p.finding_a, p.finding_b))


def answer_table(judgement: Judgement) -> pd.DataFrame:
    """One row a pair, those across current exams first, with prior, band, verdict, driver.

    What each step did is in `step_table`. Where something extends, beside P(same) that both are
    parts of one contiguous process.
    """
    name, pairs = names(judgement.breast), main_first(judgement)
    table = pd.DataFrame(
        {
            "pair": [pair_name(p, name) for p in pairs],
            "P(same)": [written(p.p_same) for p in pairs],
            PROCESS: [written(max(p.p_one_process, p.p_same)) for p in pairs],
            "prior": [written(p.p_prior) for p in pairs],
            "band": [band(p) for p in pairs],
            "verdict": [verdict_words(p) for p in pairs],
            "driven by": [driver(p) for p in pairs],
        }
    )
    extends = any(p.p_one_process > p.p_same + STILL for p in pairs)
    return table if extends else table.drop(columns=PROCESS)


def step_table(judgement: Judgement) -> pd.DataFrame:
    """From the prior to P(same): after each step where P stands, and its factor on the odds.

    One row a pair, in the order of `answer_table`; steps that say nothing of any pair are left out.
    """
    name, pairs = names(judgement.breast), main_first(judgement)
    table = {
        "pair": [pair_name(p, name) for p in pairs],
        "prior": [written(p.p_prior) for p in pairs],
    }
    told = [{part: f"{at} ({by})" for part, by, at in steps(p)} for p in pairs]
    shown = [part for part in PART_WORDS if any(parts(p)[part] for p in pairs)]
    table |= {PART_WORDS[part]: [said[part] for said in told] for part in shown}
    return pd.DataFrame(table)


def check_table(judgement: Judgement) -> pd.DataFrame:
    """The numbers of `answer_table` by finding ids, for a notebook's stored check."""
    pairs = judgement.pairs
    table = {"pair": [f"{p.finding_a} = {p.finding_b}" for p in pairs]}
    for column in ("same", "prior", "low", "high"):
        table[column] = [written(getattr(p, f"p_{column}")) for p in pairs]
    table["verdict"] = [p.verdict for p in pairs]
    return pd.DataFrame(table).rename(columns={"same": "p"})


def grouping_table(judgement: Judgement) -> pd.DataFrame:
    """The most probable groupings; findings joined by "=" are one lesion."""
    name = names(judgement.breast)
    rows = [(written(g.p), len(g.blocks), grouping_name(g, name)) for g in judgement.groupings]
    return pd.DataFrame(rows, columns=["P", "lesions", "grouping"])


def driver_table(judgement: Judgement) -> pd.DataFrame:
    """The constants whose stated spread moves this case's first pairs most, largest first.

    What the constants of `corr.judgement.band.FAMILIES` do together is in the band of each pair.
    """
    pairs = [q for q in main_first(judgement) if not q.no_place][:MOST_DRIVEN]
    table, name, rows = judgement.parameters.table, names(judgement.breast), []
    if pairs:
        weights = weighed(judgement.breast, judgement.parameters)
        for d in drivers(weights, [(q.finding_a, q.finding_b) for q in pairs])[:MOST_DRIVERS]:
            p, moved = table[d.name], f"{written(d.p_down)} or {written(d.p_up)}"
            value = f"{p.value:.3g} +/- {p.spread:.2g}{_unit(p)}"
            known = _known(d.name, judgement.parameters)
            rows.append((d.name, value, pair_name(d, name), moved, known, sources_said(p)))
    moved = "P(same) if one spread lower or higher"
    columns = ["constant", "value", "pair", moved, "how known", "source"]
    return pd.DataFrame(rows, columns=columns)


def _unit(p: Parameter) -> str:
    return "" if p.unit == "1" else f" {p.unit}"


def _known(name: str, parameters: Parameters) -> str:
    """The grade of a constant, and whether it was changed."""
    changed = ", changed" if name in parameters.changed else ""
    return parameters.table[name].grade + changed


def what_if_tables(
    judgement: Judgement, asked: Mapping[str, Sequence[Variant]], parameters: Parameters
) -> list[pd.DataFrame]:
    """For each finding asked about: P(same) of all its pairs under each variant, one row each.

    Every row is a judgement, so that more than `MOST_ASKED` findings are only named.
    """
    name = names(judgement.breast)
    tables, quick = [], partial(judge, bands=False)  # bands are not shown
    left_out = list(asked)[MOST_ASKED:]
    for finding_id, variants in list(asked.items())[:MOST_ASKED]:
        pairs = pairs_of(judgement, finding_id)
        if pairs and variants:
            result = what_if(judgement.breast, variants, pairs, judge=quick, parameters=parameters)
            named = {k: result[k].map(name) for k in ("finding_a", "finding_b")}
            tables.append(side_by_side(result.assign(**named)))
    if left_out:
        told = f"not asked of {len(left_out)} more: {', '.join(name[x] for x in left_out)}"
        tables.append(pd.DataFrame({"what if": [told]}))
    return tables


def written_table(table: pd.DataFrame) -> pd.DataFrame:
    """A `what_if_tables` table with its probabilities as they are shown."""
    return table.map(lambda v: written(v) if isinstance(v, float) else v)


def one_row_a_pair(table: pd.DataFrame) -> pd.DataFrame:
    """`written_table` of many pairs turned, so that it is no wider than a page."""
    table = written_table(table)
    if table.shape[1] - 1 <= MOST_PAIRS_BESIDE:
        return table
    return table.set_index("what if").T.rename_axis(index="pair", columns=None).reset_index()


def moved_sentences(table: pd.DataFrame) -> list[str]:
    """How far the variants of one `what_if_tables` table move each pair."""
    words, sentences = table["what if"].tolist(), []
    for pair in table.columns[1:]:
        reported, *varied = table[pair].tolist()
        if max(abs(v - reported) for v in varied) < STILL:
            sentences.append(f"P({pair}) stays at {written(reported)}.")
            continue
        low, high = (varied.index(pick(varied)) for pick in (min, max))
        to = f"{written(varied[high])} ({words[1 + high]})"
        if low != high:
            to = f"between {written(varied[low])} ({words[1 + low]}) and {to}"
        sentences.append(f"P({pair}) is {written(reported)} as reported; it would be {to}.")
    return sentences


def main_assumption_table(parameters: Parameters) -> pd.DataFrame:
    """The constants a case depends on most, in plain words; `assumption_table` has them all."""
    rows = []
    for name, words in MAIN_ASSUMPTIONS.items():
        p = parameters.table[name]
        spread = f" (give or take {p.spread:.2g})" if p.spread else ""
        value = f"{p.value:.3g}{_unit(p)}{spread}"
        rows.append((words, value, _known(name, parameters), sources_said(p)))
    return pd.DataFrame(rows, columns=["assumed", "value", "how known", "source"])


def assumption_table(parameters: Parameters) -> pd.DataFrame:
    """The whole table of constants; values changed for this run are marked."""
    table = pd.DataFrame(list(parameters.table.values()))
    for column, form in {"value": "{:.4g}", "spread": "{:.3g}"}.items():
        table[column] = table[column].map(form.format)
    table["changed"] = ["changed" if name in parameters.changed else "" for name in table["name"]]
    return table[["name", "value", "spread", "unit", "grade", "changed", "source"]]
