"""Where to look, in words: ranges that one reads at a glance, and no advice."""

from __future__ import annotations

from collections.abc import Mapping

from corr.anatomy.views import film_edges
from corr.exams import mammography
from corr.exams.registry import exam_of
from corr.questions.look.densities import ON_SKIN, Span
from corr.questions.look.sights import BEAM, DEPTH, PARALLAX
from corr.questions.look.where import TOLD, Expected
from corr.records import Finding
from corr.show.wording.text import hour_words

HALF_HOUR, WHOLE_CLOCK_H = 0.5, 11.0


def exam_words(seen: Expected) -> str:
    """The examination asked about: "mammogram MLO (50 degrees)", "ultrasound"."""
    view = f" {seen.target.view}" if seen.target.view else ""
    words = f"{exam_of(seen.target).name}{view}"
    if exam_of(seen.target).place == "film" and seen.target.view not in ("CC", "FB"):
        angle, _ = mammography.film_angle(seen.target, seen.judgement.parameters)
        words += f" ({angle:.0f} degrees)"
    return words


def clock_range(span_h: Span) -> str:
    """Hours to the half: "7-9 o'clock"; "any hour" where they go round."""
    low, high = span_h
    if high - low >= WHOLE_CLOCK_H:
        return "any hour"
    start = round(low / HALF_HOUR) * HALF_HOUR
    end = max(round(high / HALF_HOUR) * HALF_HOUR, start)
    start, end = (start, end) if 0.0 < start <= 12.0 else (start % 12.0 or 12.0, end % 12.0 or 12.0)
    return hour_words((start, end))


def ranges(seen: Expected) -> dict[str, str]:
    """Each quantity's range of 80 %, in words, by its name."""
    out = {}
    for name, d, axis in seen.quantities:
        low, high = d.interval(axis, TOLD)
        if name == ON_SKIN[0]:
            out[name] = clock_range((low, high))
        elif name == ON_SKIN[1]:
            out[name] = f"{low / 10:.1f}-{high / 10:.1f} cm from the nipple"
        else:
            out[name] = _millimetres(name, low, high, seen)
    return out


def place_words(seen: Expected) -> str:
    """Where it would be reported, 80 % each, in one line."""
    return ", ".join(words for name, words in ranges(seen).items() if not name.startswith("mr_"))


def size_words(seen: Expected) -> str:
    """How large the joint region of 80 % is."""
    size = seen.place.size(TOLD)
    if len(seen.place.axes) == 3:
        return f"{size / 1000:.0f} cm\N{SUPERSCRIPT THREE}"
    return f"{size / 100:.0f} cm\N{SUPERSCRIPT TWO}"


def where_sentence(seen: Expected, name: Mapping[str, str]) -> str:
    """Where the examination would report it, how sure that is, and whether it would at all."""
    of = " and ".join(name[f.finding_id] for f in seen.source)
    taken = ", taken for one lesion," if len(seen.source) > 1 else ""
    said = (
        f"On {exam_words(seen)}, {of}{taken} would be reported at {place_words(seen)} (80 % each; "
        f"joint region of 80 %: {size_words(seen)})."
    )
    if seen.p_on_film is not None:
        said += f" Probability that it lies on this film: {seen.p_on_film:.2f}."
    if seen.p_reported is not None:
        said += (
            " Probability that this examination reports it at all, if it is a lesion: "
            f"{seen.p_reported:.2f}."
        )
    return said


def reported_there(seen: Expected) -> list[tuple[Finding, float]]:
    """What the examination itself reported, each with its level, the nearest first."""
    own = [f for f in seen.judgement.breast.findings if f.reading_id == seen.target.reading_id]
    levels = [(f, seen.level(f)) for f in own]
    return sorted(((f, at) for f, at in levels if at is not None), key=lambda pair: pair[1])


def _millimetres(name: str, low: float, high: float, seen: Expected) -> str:
    opposite = {
        "lateral_mm": ("lateral of the nipple", "medial of the nipple"),
        "superior_mm": ("above the nipple", "below the nipple"),
    }
    if name == "transverse_mm":
        angle, _ = mammography.film_angle(seen.target, seen.judgement.parameters)
        upper, lower = film_edges(angle)
        opposite[name] = f"toward {upper}", f"toward {lower}"
    if name in opposite:
        return signed(low, high, *opposite[name])
    said = {
        DEPTH: "deep",
        BEAM: "above the detector",
        PARALLAX: "farther across than on the other film of the pair",
        "posterior_mm": "behind the nipple",
    }
    return f"{round(low)} to {round(high)} mm {said.get(name, name)}"


def signed(low: float, high: float, beyond: str, before: str) -> str:
    """A range of mm in words, of which the negative part is on the other side.

    >>> signed(1.2, 9.0, "above", "below"), signed(-29.0, -1.0, "above", "below")
    ('1 to 9 mm above', '1 to 29 mm below')
    >>> signed(-5.0, 21.0, "above", "below")
    '5 mm below to 21 mm above'
    """
    least, most = round(low), round(high)
    if least >= 0:
        return f"{least} to {most} mm {beyond}"
    if most <= 0:
        return f"{-most} to {-least} mm {before}"
    return f"{-least} mm {before} to {most} mm {beyond}"
