"""Names and sentences that say what a judgement found, in plain words and without advice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from corr.anatomy.names import SIDE_NAMES
from corr.exams.registry import MODALITY_NAMES, exam_of
from corr.judgement.drivers import Driver
from corr.judgement.result import Grouping, Judgement, Pair
from corr.judgement.verdict import percent
from corr.plurals import many
from corr.records import Breast, Finding, Reading
from corr.show.wording.finding_words import calcifications_inside as calcifications_inside
from corr.show.wording.finding_words import film_edges_of as film_edges_of
from corr.show.wording.finding_words import hour_words as hour_words
from corr.show.wording.finding_words import hours as hours
from corr.show.wording.finding_words import is_placed as is_placed
from corr.show.wording.finding_words import part_words as part_words
from corr.show.wording.finding_words import position_words as position_words
from corr.show.wording.finding_words import region_words
from corr.show.wording.finding_words import size_words as size_words
from corr.show.wording.html import RESEARCH_USE
from corr.show.wording.pair_words import NO_PLACE as NO_PLACE
from corr.show.wording.pair_words import OPEN, count_open, driver, is_open, moved, pair_numbers

MOST_NAMED = 3
LONGEST_ID = 20
"""Characters of an id in a picture."""
PLAIN = {"skin": "skin change", "node": "lymph node"}
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
    ("MR", "nme"): "MRI non-mass enhancement",
    ("CEM", "nme"): "contrast mammogram non-mass enhancement",
    ("CEM", "enhancing_asymmetry"): "contrast mammogram enhancing asymmetry",
}


def kind_name(finding: Finding) -> str:
    """Plain name of what was found: "ultrasound mass", "calcifications", "MRI focus"."""
    if finding.kind is None:
        return f"{MODALITY_NAMES[finding.modality]} finding"
    plain = PLAIN.get(finding.kind, finding.kind.replace("_", " "))
    return _KINDS.get((finding.modality, finding.kind), f"{exam_of(finding).adjective} {plain}")


def short(label: str) -> str:
    """An id that fits into a picture: of a long one the beginning and the end.

    >>> short("US-2024-09-30-right-breast-mass-1")
    'US-2024-09…ast-mass-1'
    """
    if len(label) <= LONGEST_ID:
        return label
    kept = LONGEST_ID // 2
    return f"{label[:kept]}\N{HORIZONTAL ELLIPSIS}{label[-kept:]}"


def short_names(breast: Breast) -> dict[str, str]:
    """`names` for pictures, with long ids shortened."""
    return names(breast, written=short)


def names(breast: Breast, *, written: Callable[[str], str] = str) -> dict[str, str]:
    """A name for every finding; where several share one, exam or id tells them apart."""
    exams = {r.reading_id: r.exam_id for r in breast.readings}
    plain = {f.finding_id: kind_name(f) for f in breast.findings}
    exam = {f.finding_id: exams[f.reading_id] for f in breast.findings}
    named = {}
    for i, name in plain.items():
        same = [k for k in plain if plain[k] == name]
        apart = len({exam[k] for k in same}) == len(same)
        named[i] = name if len(same) == 1 else f"{name} ({written(exam[i] if apart else i)})"
    return named


def exam_name(reading: Reading, *, written: Callable[[str], str] = str) -> str:
    """The exam of a reading, with the view where the exam's own id does not name it."""
    view = f" {reading.view}" if reading.view and reading.view not in reading.exam_id else ""
    return f"{written(reading.exam_id)}{view}".strip()


def pair_name(pair: Pair | Driver, name: Mapping[str, str]) -> str:
    """The two findings of a pair, by their names."""
    return f"{name[pair.finding_a]} = {name[pair.finding_b]}"


def grouping_name(grouping: Grouping, name: Mapping[str, str]) -> str:
    """The lesions of a grouping, each as the names of its findings."""
    return " | ".join(" = ".join(name[i] for i in block) for block in grouping.blocks)


NOUNS = {
    "calcification": "calcifications",
    "mass_calcification": "mass with calcifications",
    "nme": "NME",
    "nonmass": "non-mass finding",
} | PLAIN


def kind_noun(finding: Finding) -> str:
    """What was found, where its exam is said beside it: "mass", "NME", "calcifications"."""
    return noun(finding.kind or "finding")


def noun(kind: str) -> str:
    """A kind as it is coded, in words.

    >>> noun("nme"), noun("architectural_distortion")
    ('NME', 'architectural distortion')
    """
    return NOUNS.get(kind, kind.replace("_", " "))


def answer_sentence(judgement: Judgement, pair: Pair) -> str:
    """P(same) of one pair with prior, band, verdict, driver and what moved it from the prior."""
    name = names(judgement.breast)
    return (
        f"The {name[pair.finding_a]} and the {name[pair.finding_b]}: "
        f"P(same) {pair_numbers(pair)}; {why_open(pair, name)}driven by {driver(pair)}; "
        f"{moved(pair)}."
    )


def why_open(pair: Pair, name: Mapping[str, str]) -> str:
    """Why a pair is undecided, to stand before what moved it."""
    if pair.no_place:
        which = " and the ".join(name[i] for i in pair.no_place)
        return f"no usable place is stated of the {which}; "
    return f"{OPEN}; " if is_open(pair) else ""


def main_pairs(judgement: Judgement) -> list[Pair]:
    """The pairs a reader asks about first, likeliest first.

    Findings of different modalities, each from the latest exam of its modality; where there
    are none, pairs of different modalities, then all.
    """
    found = {f.finding_id: f for f in judgement.breast.findings}
    order = {r.reading_id: r.order for r in judgement.breast.readings}
    when = {i: order[f.reading_id] for i, f in found.items()}
    latest: dict[str, float] = {}
    for i, t in when.items():
        if t is not None:
            latest[found[i].modality] = max(latest.get(found[i].modality, t), t)
    current = {i for i, t in when.items() if t is None or t == latest[found[i].modality]}
    ranked = sorted(judgement.pairs, key=lambda p: (-p.p_same, p.finding_a, p.finding_b))
    across = [p for p in ranked if found[p.finding_a].modality != found[p.finding_b].modality]
    newest = [p for p in across if {p.finding_a, p.finding_b} <= current]
    return newest or across or ranked


def breast_sentence(judgement: Judgement) -> str:
    """One sentence for a breast: the likeliest pair, and how many are left undecided."""
    side = SIDE_NAMES[judgement.breast.side]
    if not judgement.pairs:
        return (
            f"In the {side} there is no pair of findings from different readings to judge"
            f"{_why_no_pair(judgement.breast)}."
        )
    best, name = main_pairs(judgement)[0], names(judgement.breast)
    return (
        f"In the {side} the likeliest pair is the {name[best.finding_a]} and the "
        f"{name[best.finding_b]} with P(same) {pair_numbers(best)}; "
        f"{count_open(judgement.pairs)} of all {len(judgement.pairs)} pairs are left undecided by "
        "these reports."
    )


def _why_no_pair(breast: Breast) -> str:
    """What there is instead of a pair, to follow "no pair of findings ..."."""
    found = [f for f in breast.findings if f.matched]
    if len(found) < 2:
        return ": there is only one finding" if found else ": there is no finding"
    exams = {r.exam_id for r in breast.readings if r.reading_id == found[0].reading_id}
    return (
        f": its {len(found)} findings are listed apart by one reading ({', '.join(exams)}) and are "
        "never merged"
    )


def case_sentence(judgements: Sequence[Judgement]) -> str:
    """The whole answer in one sentence for each breast: its main pairs with P(same)."""
    spoken = []
    for judgement in judgements:
        name = names(judgement.breast)
        asked = main_pairs(judgement)
        said = "; ".join(f"{pair_name(p, name)} {pair_numbers(p)}" for p in asked[:MOST_NAMED])
        more = len(asked) - MOST_NAMED
        rest = f"; {many(more, 'more pair')} above" if more > 0 else ""
        words = f"{said}{rest}" if asked else "no pair of different readings to judge"
        spoken.append(f"{SIDE_NAMES[judgement.breast.side]}: {words}")
    return ". ".join(s[0].upper() + s[1:] for s in spoken) + "."


def case_text(title: str, judgements: Sequence[Judgement]) -> str:
    """The answers of a case as lines for a terminal, with the research-use notice."""
    lines = [title]
    for judgement in judgements:
        side = SIDE_NAMES[judgement.breast.side].capitalize()
        first = main_pairs(judgement)
        others = [p for p in judgement.pairs if p not in first]
        said = [answer_sentence(judgement, p) for p in first + others]
        lines += [side, *(f"  {s}" for s in said or ["No pair of different readings to judge."])]
    return "\n".join([*lines, RESEARCH_USE])


def word_sentences(judgement: Judgement) -> list[str]:
    """For words with more than one meaning: the share of each reading of them."""
    name = names(judgement.breast)
    sentences = []
    for finding_id, shares in judgement.word_readings.items():
        finding = next(f for f in judgement.breast.findings if f.finding_id == finding_id)
        words = dict(finding.words).get("region") or region_words(finding) or "words"
        ranked = sorted(shares.items(), key=lambda item: -item[1])
        spoken = ", ".join(f"{reading} {percent(share)}" for reading, share in ranked)
        sentences.append(f'"{words}" ({name[finding_id]}): {spoken}.')
    return sentences
