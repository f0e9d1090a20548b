"""Tables of a case page: what was reported, what was judged, what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from corr.anatomy.names import SIDE_NAMES
from corr.exams.registry import MODALITY_NAMES
from corr.judgement.judge import judge
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import written
from corr.parameters import Parameters
from corr.questions.whatif import Variant, pairs_of, side_by_side, what_if
from corr.records import Breast, Finding
from corr.show.wording.pair_words import PART_WORDS, band, driver, parts, steps, verdict_words
from corr.show.wording.text import (
    LESION_WORDS,
    kind_name,
    main_pairs,
    names,
    position_words,
    size_words,
)

MOST_ASKED = 4
SILENCE_COLUMNS = {"size_mm": "size (mm)"}
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
    rows = [
        {
            "finding": f.finding_id,
            "exam": MODALITY_NAMES[f.modality],
            "what": kind_name(f),
            "size": size_words(f),
            "where": position_words(f),
            "how many": _count(f),
        }
        for f in breast.findings
    ]
    return pd.DataFrame(rows)


def _count(finding: Finding) -> str:
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
    extends = any(p.p_one_process > p.p_same + STILL for p in pairs)
    rows = [
        {
            "pair": f"{name[p.finding_a]} = {name[p.finding_b]}",
            "P(same)": written(p.p_same),
            PROCESS: written(max(p.p_one_process, p.p_same)),
            "prior": written(p.p_prior),
            "band": band(p),
            "verdict": verdict_words(p),
            "driven by": driver(p),
        }
        for p in pairs
    ]
    shown = ["pair", "P(same)", PROCESS, "prior", "band", "verdict", "driven by"]
    return pd.DataFrame(rows, columns=[c for c in shown if c != PROCESS or extends])


def step_table(judgement: Judgement) -> pd.DataFrame:
    """From the prior to P(same): after each step where P stands, and its factor on the odds.

    One row a pair, in the order of `answer_table`; steps that say nothing of any pair are left out.
    """
    name, pairs = names(judgement.breast), main_first(judgement)
    shown = [part for part in PART_WORDS if any(parts(p)[part] for p in pairs)]
    rows = [
        {
            "pair": f"{name[p.finding_a]} = {name[p.finding_b]}",
            "prior": written(p.p_prior),
            **{PART_WORDS[part]: f"{at} ({by})" for part, by, at in steps(p) if part in shown},
        }
        for p in pairs
    ]
    return pd.DataFrame(rows, columns=["pair", "prior", *(PART_WORDS[part] for part in shown)])


def check_table(judgement: Judgement) -> pd.DataFrame:
    """The numbers of `answer_table` by finding ids, for a notebook's stored check."""
    rows = [
        {
            "pair": f"{p.finding_a} = {p.finding_b}",
            "p": written(p.p_same),
            "prior": written(p.p_prior),
            "low": written(p.p_low),
            "high": written(p.p_high),
            "verdict": p.verdict,
        }
        for p in judgement.pairs
    ]
    return pd.DataFrame(rows, columns=["pair", "p", "prior", "low", "high", "verdict"])


def grouping_table(judgement: Judgement) -> pd.DataFrame:
    """The most probable groupings; findings joined by "=" are one lesion."""
    name = names(judgement.breast)
    rows = [
        {
            "P": written(g.p),
            "lesions": len(g.blocks),
            "grouping": " | ".join(" = ".join(name[i] for i in block) for block in g.blocks),
        }
        for g in judgement.groupings
    ]
    return pd.DataFrame(rows, columns=["P", "lesions", "grouping"])


def silence_tables(judgements: Sequence[Judgement]) -> list[tuple[str, pd.DataFrame]]:
    """`silence_table` of each breast with the sides it holds for; equal ones are told once."""
    told: list[tuple[str, pd.DataFrame]] = []
    for j in judgements:
        side, own = SIDE_NAMES[j.breast.side], _two_decimals(silence_table(j))
        same = next((k for k, (_, table) in enumerate(told) if table.equals(own)), None)
        if same is None:
            told.append((side, own))
        else:
            told[same] = (f"{told[same][0]} and {side}", own)
    return told


def _two_decimals(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers as text, nothing where an exam has none."""
    said = table.map(lambda v: v if isinstance(v, str) else "" if pd.isna(v) else written(v))
    return said.rename(columns=SILENCE_COLUMNS)


def silence_table(judgement: Judgement) -> pd.DataFrame:
    """P(this exam reports nothing) of a lesion that is there: a row per lesion and size."""
    rows = [
        {
            "lesion that is there": LESION_WORDS.get(s.lesion, s.lesion),
            "size_mm": s.size_mm,
            "exam": s.exam_id,
            "p": s.p_nothing_reported,
        }
        for s in judgement.silences
    ]
    if not rows:
        return pd.DataFrame(columns=["lesion that is there", "size_mm"])
    wide = pd.DataFrame(rows).pivot_table(
        index=["lesion that is there", "size_mm"], columns="exam", values="p", sort=False
    )
    return _merge_equal_sizes(wide.round(2).rename_axis(columns=None).reset_index())


def _merge_equal_sizes(table: pd.DataFrame) -> pd.DataFrame:
    """One row for a lesion whose numbers do not depend on its size."""
    rows = []
    for _, group in table.groupby("lesion that is there", sort=False):
        numbers = group.drop(columns=["lesion that is there", "size_mm"])
        if len(numbers.drop_duplicates()) == 1:
            low, high = group["size_mm"].min(), group["size_mm"].max()
            rows.append(group.iloc[[0]].assign(size_mm=f"{low:g}-{high:g}"))
        else:
            rows.append(group.assign(size_mm=[f"{s:g}" for s in group["size_mm"]]))
    return pd.concat(rows, ignore_index=True)


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
            named = result.assign(
                finding_a=result["finding_a"].map(name), finding_b=result["finding_b"].map(name)
            )
            tables.append(side_by_side(named))
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
        unit = "" if p.unit == "1" else f" {p.unit}"
        spread = f" (give or take {p.spread:.2g})" if p.spread else ""
        changed = ", changed" if name in parameters.changed else ""
        rows.append(
            {
                "assumed": words,
                "value": f"{p.value:.3g}{unit}{spread}",
                "how known": p.grade + changed,
                "source": p.source,
            }
        )
    return pd.DataFrame(rows)


def assumption_table(parameters: Parameters) -> pd.DataFrame:
    """The whole table of constants; values changed for this run are marked."""
    rows = [
        {
            "name": p.name,
            "value": f"{p.value:.4g}",
            "spread": f"{p.spread:.3g}",
            "unit": p.unit,
            "grade": p.grade,
            "changed": "changed" if p.name in parameters.changed else "",
            "source": p.source,
        }
        for p in parameters.table.values()
    ]
    return pd.DataFrame(rows)
