"""Plain explanations of a judgement that hold for its own findings, with numbers."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from corr.frame import LATERAL, SUPERIOR
from corr.parameters import Parameters
from corr.records import Breast, Finding, Judgement
from corr.show.films import hour_span
from corr.show.palette import SIDE_NAMES
from corr.show.pictures import USUAL_MLO_DEG
from corr.show.text import hours, names, word_sentences

SIDES_NEVER_LINKED = "Findings of the left and of the right breast are never linked."
EXAMPLE_RADIUS_MM = 30.0
CENTRAL_MM = 15.0


def _offsets(span: tuple[float, float], plus: str, minus: str) -> str:
    """Lowest and highest offset in words: "15 to 26 mm lateral to it"."""
    low, high = (EXAMPLE_RADIUS_MM * v for v in span)
    if low < 0 < high:
        return f"from {-low:.0f} mm {minus} to {high:.0f} mm {plus} the nipple level"
    near, far = sorted((abs(low), abs(high)))
    return f"{near:.0f} to {far:.0f} mm {plus if high > 0 else minus} the nipple level"


def clock_on_films(finding: Finding, side: str, *, mlo_deg: float = USUAL_MLO_DEG) -> list[str]:
    """Where a stated clock range falls on MLO and CC, 3 cm from the nipple as an example."""
    if finding.clock_h is None:
        return []
    oblique = hour_span(mlo_deg, finding.clock_h, side)
    flat = hour_span(0.0, finding.clock_h, side)
    sentences = [
        f"Tissue at {hours(finding)} in the {SIDE_NAMES[side]}, 3 cm from the nipple as seen from "
        f"the front, falls on a {mlo_deg:.0f} degree oblique "
        f"{_offsets(oblique, 'above', 'below')}; "
        f"on the CC {_offsets(flat, 'lateral to', 'medial to')}."
    ]
    if oblique[0] <= 0 <= oblique[1]:
        sentences.append(
            f'So "deep to the nipple" said of the oblique agrees with {hours(finding)}, and proves '
            "no more than that: the opposite clock position projects there too. On the CC the two "
            'differ: "deep to the nipple" there, or on both films, would mean central.'
        )
    else:
        sentences.append(
            f'So "deep to the nipple" said of the oblique does not fit {hours(finding)}.'
        )
    return sentences


def deep_sentences(judgement: Judgement) -> list[str]:
    """What "deep to the nipple" can and cannot mean for the findings it was said of."""
    said = [f for f in judgement.breast.findings if f.region == "deep_to_nipple"]
    if not said:
        return []
    sentences = [s for f in said for s in clock_on_films(f, judgement.breast.side)]
    shares = word_sentences(judgement)
    if shares:
        sentences.append("The words do not name their film. Share of what they may have meant:")
    return sentences + shares


def central_share(judgement: Judgement, finding_id: str) -> float:
    """Share of a finding's belief within 15 mm of the nipple axis."""
    points = judgement.points
    inside = np.hypot(points[:, LATERAL], points[:, SUPERIOR]) <= CENTRAL_MM
    return float(judgement.beliefs[finding_id].probability[inside].sum())


def kept_apart(breast: Breast) -> list[str]:
    """Which findings can never be one lesion here, because one reading listed them apart."""
    name = names(breast)
    sentences = []
    matched = [f for f in breast.findings if f.matched]
    for a, b in combinations(matched, 2):
        if a.reading_id == b.reading_id:
            sentences.append(
                f"The {name[a.finding_id]} and the {name[b.finding_id]} are two findings of one "
                "reading and are never merged."
            )
    return sentences


def silent_on_calcifications(breast: Breast) -> list[Finding]:
    """Ultrasound findings whose report says that no calcifications were seen."""
    return [f for f in breast.findings if f.modality == "US" and f.n_calcifications == 0]


def nearby_sentences(judgement: Judgement) -> list[str]:
    """Associated features (skin, nodes, clips) within 2 cm of a finding."""
    name = names(judgement.breast)
    return [
        f"Within 2 cm of the {name[i]}: {', '.join(name[k] for k in others)}. Kept and shown, "
        "never matched as a lesion."
        for i, others in judgement.nearby.items()
        if others
    ]


def silence_sentence(judgement: Judgement) -> str:
    """What it means when an exam reports nothing: a number about the exam."""
    chosen = [s for s in judgement.silences if s.modality == "MR"] or list(judgement.silences)
    if not chosen:
        return "No exam of this breast was recorded as done, so none was silent."
    low = min(chosen, key=lambda s: s.p_nothing_reported)
    high = max(chosen, key=lambda s: s.p_nothing_reported)
    return (
        "An exam that reports nothing does not show that nothing is there. If a lesion is there, "
        f"the exam {chosen[0].exam_id} reports nothing of it with probability "
        f"{low.p_nothing_reported:.2f} to {high.p_nothing_reported:.2f}, by kind and size. This "
        "is a number about the exam; it says nothing about malignancy."
    )


def changed_sentence(parameters: Parameters) -> str:
    """Which constants were changed for this run."""
    if not parameters.changed:
        return f"Constants: version {parameters.version}, none changed for this page."
    spoken = ", ".join(f"{n} = {parameters[n]:g}" for n in parameters.changed)
    return f"Constants: version {parameters.version}, changed for this page: {spoken}."
