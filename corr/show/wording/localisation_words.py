"""What films of a stereotactic localisation add, in words and without advice."""

from __future__ import annotations

from corr.questions.settle.localisation import SERIES, Localisation, Stage, Step, filmed
from corr.show.wording.answers import Answer
from corr.show.wording.text import kind_name

TOLD_CM_FROM = 100.0
STAGES: dict[Stage, str] = {
    "none": "before any film",
    "locate": "locates",
    "check": "checks, with the needle in",
    "document": "documents, after the needle fired",
}
AXES = ("across the film", "front to back", "along the beam")
MARKS_SDS = 1.0
"""By how many spreads the error of a mark is moved."""


def millimetres(mm: float) -> str:
    """A length as it is said: ``4.5 mm``, ``51 mm``, ``17 cm``.

    >>> millimetres(4.53), millimetres(51.4), millimetres(174.5)
    ('4.5 mm', '51 mm', '17 cm')
    """
    if mm >= TOLD_CM_FROM:
        return f"{mm / 10:.0f} cm"
    return f"{mm:.1f} mm" if mm < 10 else f"{mm:.0f} mm"


def film_words(step: Step) -> str:
    """A film by its number and its angle: ``film 2 (+15)``."""
    return "no film" if step.film is None else f"film {step.films} ({step.film.name})"


def films_words(found: Localisation) -> str:
    """How many films locate a target, in a clause: ``three of 7 films locate ... to 4.5 mm``."""
    located = found.after("locate")
    return (
        f"{_number(located.films)} of {found.steps[-1].films} films locate the "
        f"{kind_name(found.finding)}, to {millimetres(located.axis80_mm)}"
    )


def localisation_answer(found: Localisation) -> Answer:
    """How many films find the target, what each adds, and which only document."""
    located, checked = found.after("locate"), found.after("check")
    name = kind_name(found.finding)
    last = found.steps[-1].films
    said = (
        f"{_number(located.films)} films locate the {name}, to {millimetres(located.axis80_mm)} "
        f"(80 %) from {millimetres(found.steps[1].axis80_mm)} after the first alone; films "
        f"{_to(located, checked)} check the needle and {_to(checked, found.steps[-1])} only "
        f"document: one series, counted as {located.films} to {last} films."
    )
    chain = [f"{millimetres(s.axis80_mm)} after {film_words(s)}" for s in found.steps[1:4]]
    pushed = found.steps[located.films + 1].axis80_before_mm
    reason = (
        f"What the reports say leaves {millimetres(found.steps[0].axis80_mm)} as the longest axis "
        f"of the region of 80 %; it is {', '.join(chain)}. The first film leaves open what lies "
        "along its beam, a turned film tells it, and its partner halves what is left. The needle's "
        f"push makes it {millimetres(pushed)}, the pair with the needle in "
        f"{millimetres(checked.axis80_mm)}. What is left lies mostly "
        f"{AXES[_worst(located)]}{_beside_size(found, located)}."
    )
    return Answer(said, reason, _moves(found, located))


def _moves(found: Localisation, located: Step) -> str:
    """What a worse mark makes of it, and what more films without a needle would."""
    p = found.judgement.parameters
    row = p.table["localise_mark_sd_mm"]
    before = found.steps[0].covariance
    ends = []
    for mark in (row.value - MARKS_SDS * row.spread, row.value + MARKS_SDS * row.spread):
        changed = p.override({row.name: mark})
        step = filmed(before, SERIES[: located.films], changed)[-1]
        ends.append(f"{mark:.2g} mm would leave {millimetres(step.axis80_mm)}")
    pair = [film for film in SERIES if film.stage == "locate"]
    again = filmed(before, [*pair, *pair[1:]], p)[-1]
    return (
        f"A mark is taken to be off by {row.value:g} mm on each film; {' and '.join(ends)}. A "
        "second pair before the needle would shorten it by "
        f"{millimetres(located.axis80_mm - again.axis80_mm)} more. A speck taken for another one "
        "on one of the films is not counted here."
    )


def _beside_size(found: Localisation, located: Step) -> str:
    size = found.finding.size_mm
    if size is None:
        return ""
    than = "less than" if located.axis80_mm < size else "more than"
    return f", {than} the {size:g} mm that the finding itself measures"


def _worst(step: Step) -> int:
    sds = step.sd_mm
    return sds.index(max(sds))


def _to(before: Step, last: Step) -> str:
    """Films after one step up to another: ``4 and 5``."""
    join = "and" if last.films == before.films + 2 else "to"
    return f"{before.films + 1} {join} {last.films}"


def _number(count: int) -> str:
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven")
    return words[count] if count < len(words) else str(count)
