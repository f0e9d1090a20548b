"""Sentences and tables that say what a judgement found, in plain words and without advice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import pandas as pd

from corr.parameters import Parameters
from corr.records import Breast, Finding, Judgement, Pair
from corr.show.palette import MODALITY_NAMES, SIDE_NAMES

RESEARCH_USE = (
    "Research use only. The numbers say how well reports and measurements agree on a place; "
    "they are not a diagnosis, say nothing about malignancy and give no advice to a patient."
)
UNDECIDED = "these reports do not decide it"
PARTS = ("location", "size", "kind", "reporting", "context")
PART_WORDS = {
    "location": "the places",
    "size": "the sizes",
    "kind": "the kinds",
    "reporting": "what each exam usually reports",
    "context": "the other findings",
}
LESION_WORDS = {
    "calcification": "calcifications",
    "mass_calcification": "mass holding calcifications",
    "nonmass": "non-mass lesion",
}
_KINDS = {
    ("MG", "calcification"): "calcifications",
    ("MG", "architectural_distortion"): "architectural distortion",
    ("US", "echogenic_foci"): "echogenic foci",
    ("US", "hypoechoic_area"): "hypoechoic area",
    ("US", "nonmass"): "ultrasound non-mass finding",
    ("MR", "nme"): "MRI enhancement",
}


class Snippet:
    """A piece of HTML that a notebook shows; prints as plain text elsewhere."""

    def __init__(self, html: str, *, plain: str) -> None:
        self.html = html
        self.plain = plain

    def __repr__(self) -> str:
        return self.plain

    def _repr_html_(self) -> str:
        return self.html


def kind_name(finding: Finding) -> str:
    """Plain name of what was found: "ultrasound mass", "calcifications", "MRI enhancement"."""
    if finding.kind is None:
        return f"{MODALITY_NAMES[finding.modality]} finding"
    plain = finding.kind.replace("_", " ")
    return _KINDS.get((finding.modality, finding.kind), f"{_adjective(finding)} {plain}")


def _adjective(finding: Finding) -> str:
    return "mammographic" if finding.modality == "MG" else MODALITY_NAMES[finding.modality]


def names(breast: Breast) -> dict[str, str]:
    """A name for every finding; the id is added where several share one name."""
    plain = {f.finding_id: kind_name(f) for f in breast.findings}
    several = {n for n in plain.values() if list(plain.values()).count(n) > 1}
    return {i: f"{n} ({i})" if n in several else n for i, n in plain.items()}


def hours(finding: Finding) -> str:
    """Stated clock position, "7-8 h" or "7:30 h"; empty when none was stated."""
    if finding.clock_h is None:
        return ""
    spoken = [_hour(h) for h in finding.clock_h]
    return f"{spoken[0]} h" if spoken[0] == spoken[1] else f"{spoken[0]}-{spoken[1]} h"


def _hour(value: float) -> str:
    minutes = round(value * 60) % 720
    whole, rest = divmod(minutes, 60)
    return f"{whole or 12}:{rest:02d}" if rest else f"{whole or 12}"


def position_words(finding: Finding) -> str:
    """Everything stated about the place, as one short text."""
    distance = None if finding.fn_mm is None else f"{finding.fn_mm / 10:g} cm from the nipple"
    film = None
    if finding.modality == "MG" and finding.posterior_mm is not None:
        film = f"{finding.posterior_mm:.0f} mm behind the nipple on the film"
        if finding.transverse_mm is not None:
            film += f", {finding.transverse_mm:+.0f} mm across"
    stated = (
        hours(finding),
        distance,
        None if finding.depth_mm is None else f"{finding.depth_mm:g} mm deep",
        film,
        _prone(finding),
        finding.quadrant,
        _region(finding),
        None if finding.depth_third is None else f"{finding.depth_third} third",
        "very close to the nipple" if finding.very_close_to_nipple else None,
    )
    return ", ".join(s for s in stated if s) or "no place stated"


def _region(finding: Finding) -> str | None:
    if finding.region == "deep_to_nipple":
        return "deep to the nipple"
    return None if finding.region is None else finding.region.replace("_", " ")


def _prone(finding: Finding) -> str | None:
    if finding.modality != "MR" or finding.lateral_mm is None:
        return None
    values = (finding.lateral_mm, finding.superior_mm, finding.posterior_mm)
    stated = " / ".join("?" if v is None else f"{v:.0f}" for v in values)
    return f"lateral / superior / posterior {stated} mm, prone"


def size_words(finding: Finding) -> str:
    """Stated size and number, "7.1 x 3.6 mm", "5 within 7 mm"."""
    sizes = [s for s in (finding.size_mm, finding.size2_mm, finding.size3_mm) if s is not None]
    size = " x ".join(f"{s:g}" for s in sizes) + " mm" if sizes else ""
    if finding.kind == "calcification" and finding.n_calcifications:
        return (
            f"{finding.n_calcifications} within {size}" if size else f"{finding.n_calcifications}"
        )
    if finding.n_calcifications == 0:
        size = f"{size}, no calcifications seen".lstrip(", ")
    return size


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


def driver(pair: Pair) -> str:
    """The part that moves the odds most, with its factor: "the places (odds x 0.13)"."""
    part = max(PARTS, key=lambda name: abs(getattr(pair, f"log10_{name}")))
    value = getattr(pair, f"log10_{part}")
    return f"{PART_WORDS[part]} (odds x {_factor(value)})"


def _factor(log10_value: float) -> str:
    factor = 10**log10_value
    return f"{factor:.2g}" if 0.001 <= factor < 1000 else f"{factor:.0e}"


def answer_sentence(judgement: Judgement, pair: Pair) -> str:
    """P(same) of one pair with prior, band, verdict and what drives it."""
    name = names(judgement.breast)
    undecided = "" if pair.decided else f"; {UNDECIDED}"
    return (
        f"The {name[pair.finding_a]} and the {name[pair.finding_b]}: "
        f"P(same) {pair.p_same:.2f} (prior {pair.p_prior:.2f}, "
        f"band {pair.p_low:.2f}-{pair.p_high:.2f}): {pair.verdict}; "
        f"driven by {driver(pair)}{undecided}."
    )


def breast_sentence(judgement: Judgement) -> str:
    """One sentence for a breast: how its pairs were judged and the most probable pair."""
    side = SIDE_NAMES[judgement.breast.side]
    if not judgement.pairs:
        return f"In the {side} there is no pair of findings from different readings to judge."
    best = max(judgement.pairs, key=lambda p: p.p_same)
    name = names(judgement.breast)
    open_pairs = sum(p.verdict == "undecided" or not p.decided for p in judgement.pairs)
    return (
        f"In the {side} the likeliest pair is the {name[best.finding_a]} and the "
        f"{name[best.finding_b]} with P(same) {best.p_same:.2f} "
        f"(band {best.p_low:.2f}-{best.p_high:.2f}): {best.verdict}; "
        f"{open_pairs} of {len(judgement.pairs)} pairs are left undecided by these reports."
    )


def answer_table(judgement: Judgement) -> pd.DataFrame:
    """One row a pair, likeliest first: P(same), prior, band, verdict, driver."""
    name = names(judgement.breast)
    rows = [
        {
            "pair": f"{name[p.finding_a]} = {name[p.finding_b]}",
            "P(same)": round(p.p_same, 2),
            "prior": round(p.p_prior, 2),
            "band": f"{p.p_low:.2f}-{p.p_high:.2f}",
            "verdict": p.verdict,
            "driven by": driver(p),
            "decided": "yes" if p.decided else UNDECIDED,
        }
        for p in sorted(judgement.pairs, key=lambda p: (-p.p_same, p.finding_a, p.finding_b))
    ]
    columns = ["pair", "P(same)", "prior", "band", "verdict", "driven by", "decided"]
    return pd.DataFrame(rows, columns=columns)


def grouping_table(judgement: Judgement) -> pd.DataFrame:
    """The most probable groupings; findings joined by "=" are one lesion."""
    rows = [
        {
            "P": round(g.p, 2),
            "lesions": len(g.blocks),
            "grouping": " | ".join(" = ".join(block) for block in g.blocks),
        }
        for g in judgement.groupings
    ]
    return pd.DataFrame(rows, columns=["P", "lesions", "grouping"])


def word_sentences(judgement: Judgement) -> list[str]:
    """For words with more than one meaning: the share of each reading of them."""
    name = names(judgement.breast)
    sentences = []
    for finding_id, shares in judgement.word_readings.items():
        finding = next(f for f in judgement.breast.findings if f.finding_id == finding_id)
        words = dict(finding.words).get("region") or _region(finding) or "words"
        ranked = sorted(shares.items(), key=lambda item: -item[1])
        spoken = ", ".join(f"{reading} {100 * share:.0f} %" for reading, share in ranked)
        sentences.append(f'"{words}" ({name[finding_id]}): {spoken}.')
    return sentences


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
    return wide.round(2).rename_axis(columns=None).reset_index()


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


def research_box() -> Snippet:
    """The research-use-only box."""
    return Snippet(f'<p class="research-use">{escape(RESEARCH_USE)}</p>', plain=RESEARCH_USE)


def paragraphs(sentences: Iterable[str]) -> Snippet:
    """Sentences as paragraphs."""
    listed = list(sentences)
    html = "".join(f"<p>{escape(s)}</p>" for s in listed)
    return Snippet(html or "<p>Nothing to say.</p>", plain="\n".join(listed))


def html_table(table: pd.DataFrame, *, caption: str = "") -> Snippet:
    """A table as escaped HTML without index; an empty table says so."""
    if table.empty:
        return paragraphs([f"{caption}: none." if caption else "None."])
    head = f"<caption>{escape(caption)}</caption>" if caption else ""
    columns: Sequence[str] = [str(c) for c in table.columns]
    titles = "".join(f"<th>{escape(c)}</th>" for c in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(v))}</td>" for v in row) + "</tr>"
        for row in table.itertuples(index=False)
    )
    html = f"<table>{head}<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
    return Snippet(html, plain=table.to_string(index=False))
