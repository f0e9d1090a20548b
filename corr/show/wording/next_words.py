"""What would settle a question, in words: bits, chances and what an outcome would make of it.

Facts and probabilities: what an examination would tell, what it asks, never what to do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from corr.judgement.result import Pair
from corr.judgement.verdict import written
from corr.parameters import Parameter
from corr.plurals import many
from corr.questions.settle.gains import SETTLED_ABOVE, SETTLED_BELOW, Gain
from corr.questions.settle.localisation import Localisation
from corr.questions.settle.procedure import After, Procedure
from corr.show.wording.answers import Answer
from corr.show.wording.localisation_words import films_words, localisation_answer
from corr.show.wording.text import pair_name

NOT_NEEDED = (
    "This says what an examination would tell of this one question, in the order of the list, not "
    "what is clinically needed."
)
EXAM_WORDS = {
    "US": "ultrasound of the whole breast",
    "US:ABUS": "automated ultrasound",
    "US:TARGETED": "ultrasound led to the two places",
    "US:FOCI": "ultrasound looking for foci in the mass",
    "US:SPECIMEN": "sample of the mass under ultrasound, and a film of it",
    "US:MARKER": "marker in the mass under ultrasound, then CC and MLO",
    "US:MARKER-MR": "marker in the mass under ultrasound, then MRI",
    "MG:SPOT": "spot view",
    "MG:ROLLED": "rolled view",
    "MR": "prone MRI",
    "MR:SUPINE": "supine MRI",
    "MR:SUPINE+US": "supine MRI, then ultrasound led by it",
    "REPEAT": "the same examinations in six months",
}
FILM = re.compile(r"(?P<modality>MG|CEM):(?P<view>[A-Z]+)(?P<slice>-DBT)?(?:@(?P<turn>[-+\d.]+))?")
STEREO = re.compile(r"MG:STEREO:(?P<films>\d+)")
MUCH, LITTLE = 0.5, 0.1
"""Shares of what is open: an examination that tells so much, or so little."""
DOUBT = 2.0
"""Errors of an estimate within which it may lie on the other side of a limit."""


def exam_said(exam: str) -> str:
    """An examination by its name in ``next.csv``, in words.

    >>> exam_said("MG:MLO@50"), exam_said("MG:CC-DBT"), exam_said("MG:STEREO:3")
    ('MLO film (50 degrees)', 'CC film with a tomosynthesis slice', 'stereo series of 3 films')
    """
    if exam in EXAM_WORDS:
        return EXAM_WORDS[exam]
    if found := STEREO.fullmatch(exam):
        films = int(found["films"])
        return f"stereo series of {many(films, 'film')}"
    if found := FILM.fullmatch(exam):
        kind = "stereo" if found["view"] == "STEREO" else found["view"]
        contrast = "contrast " if found["modality"] == "CEM" else ""
        turn = f" ({found['turn'].lstrip('+')} degrees)" if found["turn"] else ""
        with_slice = " with a tomosynthesis slice" if found["slice"] else ""
        return f"{kind} {contrast}film{turn}{with_slice}"
    return exam


def gain_words(g: Gain) -> str:
    """Bits and chance: ``0.72 of 1.00 bit, settles it in 91 of 100``."""
    return f"{_bits(g)} bit, settles it in {_share(g.p_settles)}"


def gain_answer(pair: Pair, gains: Sequence[Gain], name: Mapping[str, str]) -> Answer:
    """What each examination of a list would tell of a pair; of those that tell little, how many."""
    much, near = _much(gains), _near(gains)
    counted = {0: "none tells", 1: "one tells"}.get(len(much), f"{len(much)} tell")
    told = f": {_those(much)}, so often it would be settled" if much else ""
    told += f"; at that limit: {', '.join(near)}" if near else ""
    said = (
        f"{pair_name(pair, name)}, {written(pair.p_same)} now: of {len(gains)} examinations asked "
        f"about, {counted} more than half of what is open{told}."
    )
    reason = _reason(gains)
    return Answer(said, f"{reason[0].upper()}{reason[1:]} {_SETTLED} {NOT_NEEDED}")


def settle_answer(
    asked: Sequence[tuple[Pair, Sequence[Gain]]],
    first: str,
    name: Mapping[str, str],
    located: Localisation | None = None,
) -> Answer:
    """How many films locate a target, and what would settle some pairs, in one answer.

    Parameters
    ----------
    asked : pairs that hold the finding ``first``, each with what examinations would tell
    """
    of_each, it = [], "it" if located else f"the {name.get(first, first)}"
    for pair, gains in asked:
        other = next(i for i in (pair.finding_b, pair.finding_a) if i != first)
        near = " or ".join(_near(gains))
        who = [_those(_much(gains)), f"perhaps {near}" if near else ""]
        told = ", ".join(filter(None, who)) or "nothing of the list"
        of_each.append(f"whether {it} is the {name[other]} ({written(pair.p_same)} now): {told}")
    said = f"what would mostly settle {'; '.join(of_each)}" if of_each else ""
    why = [f"{pair_name(pair, name)}: {_reason(gains)}" for pair, gains in asked]
    if why:
        why += [_SETTLED, NOT_NEEDED]
    if located is None:
        said = said or "no pair is open"
        return Answer(f"{said[0].upper()}{said[1:]}.", " ".join(why))
    films = localisation_answer(located)
    reason = " ".join([films.reason, *why])
    return Answer(f"{films_words(located)}{'; ' if said else ''}{said}.", reason, films.moves)


_SETTLED = f"Settled is an answer above {SETTLED_ABOVE:g} or below {SETTLED_BELOW:g}."


def _much(gains: Sequence[Gain]) -> list[Gain]:
    """Those that tell `MUCH`, whatever their error."""
    return [g for g in gains if _over(g) >= DOUBT * g.error]


def _near(gains: Sequence[Gain]) -> list[str]:
    """Those whose estimate does not say on which side of `MUCH` they are, in words."""
    return [exam_said(g.exam) for g in gains if abs(_over(g)) < DOUBT * g.error]


def _over(g: Gain) -> float:
    return g.bits_gained - MUCH * g.bits_now


def _those(gains: Sequence[Gain]) -> str:
    return ", ".join(f"{exam_said(g.exam)} (in {_share(g.p_settles)})" for g in gains)


def _reason(gains: Sequence[Gain]) -> str:
    """Bits of each examination that tells more than next to nothing, and of how many others."""
    now = gains[0].bits_now if gains else 0.0
    told = [g for g in gains if g.bits_gained >= LITTLE * now]
    each = "; ".join(f"{exam_said(g.exam)} {_bits(g)}" for g in told)
    little = len(gains) - len(told)
    rest = f"{'; ' if each else ''}{little} others less than {LITTLE * now:.2f} each"
    return (
        f"open are {now:.2f} bits; expected to be told of them, with the error of the estimate: "
        f"{each}{rest if little else ''}."
    )


def confirmation_answer(
    pair: Pair,
    outcomes: Sequence[tuple[Procedure, Sequence[After]]],
    name: Mapping[str, str],
    least_known: tuple[Parameter, float, float] | None = None,
) -> Answer:
    """What would confirm that two findings are one: P(same) after each outcome of procedures."""
    firsts = [told[0] for _, told in outcomes]
    lasts = [min(told, key=lambda outcome: outcome.p_yes) for _, told in outcomes]
    said = (
        f"{pair_name(pair, name)} is {written(pair.p_same)} now; {_each('would make it', firsts)}."
    )
    shares = _listed([f"{_share(x.p_outcome)}" for x in firsts])
    reason = (
        f"The other way round, {_each('would leave', lasts)}: what was not found may have been "
        f"missed. As things stand {shares} such examinations would find what confirms it."
    )
    return Answer(said, reason, "" if least_known is None else _less_known(*least_known))


def confirming_words(outcomes: Sequence[tuple[Procedure, Sequence[After]]]) -> str:
    """What would confirm it, and what it would then be: ``foci seen in it would make it 0.93``."""
    return _each("would make it", [told[0] for _, told in outcomes])


def _less_known(row: Parameter, low: float, high: float) -> str:
    lower, higher = row.value - row.spread, row.value + row.spread
    return (
        f"How many foci in such a mass ultrasound sees is known least: {row.value:g} is assumed; "
        f"if {lower:g}, none seen would leave {written(low)}, if {higher:g}, {written(high)}."
    )


def _each(verb: str, outcomes: Sequence[After]) -> str:
    """``foci seen would make it 0.93, calcifications in the sample 0.94``."""
    first, *rest = outcomes
    told = [f"{first.says} {verb} {written(first.p_yes)}"]
    return _listed([*told, *(f"{x.says} {written(x.p_yes)}" for x in rest)])


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _share(p: float) -> str:
    return f"{100 * p:.0f} of 100"


def _bits(g: Gain) -> str:
    return f"{g.bits_gained:.2f} \N{PLUS-MINUS SIGN} {g.error:.2f}"
