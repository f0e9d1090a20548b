"""What a case page says first: lesions by exams, a sentence a lesion, and what is open.

Rows are the lesions of the most probable grouping, columns the exams; colour says the lesion, shape
the modality. It is a table, so that it can be read aloud, searched and printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from corr.anatomy.names import SIDE_NAMES
from corr.exams.registry import MODALITY_NAMES, exam_of
from corr.judgement.result import Judgement, Pair
from corr.judgement.verdict import MOST, written, written_range
from corr.records import Finding, Modality, Reading
from corr.show.figures.groupings import columns as in_order
from corr.show.figures.parts.palette import lesion_colour
from corr.show.pages.open_pairs import anchor, open_pairs
from corr.show.wording.html import PIECES, Snippet
from corr.show.wording.pair_words import band, begun, count_open, is_open
from corr.show.wording.text import film_edges_of, kind_noun, names, pair_name, position_words
from corr.show.wording.text import size_words as size_of

Key = Callable[[Reading], str]
MOST_COLUMNS = 6
"""More acquisitions than this share the columns of their exams."""
MOST_LINKS = 3
"""Open pairs of a breast that the first screen names."""


@dataclass(frozen=True)
class Seen:
    """One finding in its cell; ``low`` and ``high`` are the ends of the bands with its lesion."""

    modality: str
    colour: str
    what: str
    where: str
    sure: str
    band: str = ""
    caution: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Row:
    """A lesion: its name, its cells in the order of the columns, and its sentence."""

    name: str
    colour: str
    cells: tuple[tuple[str, tuple[Seen, ...]], ...]  # what is said where there is none, else those
    said: str


@dataclass(frozen=True)
class Column:
    """Acquisitions that were taken together: one exam."""

    key: str
    title: str
    modality: Modality


def board(
    judgements: Sequence[Judgement], cautions: Mapping[str, Sequence[str]] | None = None
) -> Snippet:
    """The table of a case, with what is open below it.

    What somebody should decide stands first: lesions with an open pair, then those of several
    findings, then what is compared with something. ``cautions`` of a finding stand in its cell.
    """
    key = acquisition_key
    if len(exams(judgements, key=key)) > MOST_COLUMNS:
        key = exam_key
    shown = exams(judgements, key=key)
    ranked = [found for j in judgements for found in _rows(j, shown, key, cautions or {})]
    rows = [row for _, row in sorted(ranked, key=lambda found: found[0])]
    silent = _silent(judgements, shown, key)
    links = [_open(j) for j in judgements if j.pairs]
    alone = [
        f"In the {SIDE_NAMES[j.breast.side]} there is no pair to judge."
        for j in judgements
        if not j.pairs
    ]
    html = PIECES.board([c.title for c in shown], rows, silent, links, alone)
    plain = "\n".join([row.said for row in rows])
    return Snippet(html, plain=plain)


def exams(
    judgements: Sequence[Judgement], *, silent: bool = False, key: Key | None = None
) -> list[Column]:
    """The exams of a case that reported a lesion, or all of them, in the order of time.

    ``key`` says what shares a column: `exam_key` if not given.
    """
    key = key or exam_key
    found: dict[str, list[Reading]] = {}
    for j in judgements:
        reported = {f.reading_id for f in j.breast.findings if f.matched}
        for r in in_order(j):
            if silent or r.reading_id in reported:
                found.setdefault(key(r), []).append(r)
    of = [_name(each) for each in found.values()]
    return [
        Column(k, _title(each, alone=of.count(_name(each)) == 1), each[0].modality)
        for k, each in sorted(found.items(), key=lambda item: _when(item[1][0]))
    ]


def exam_key(reading: Reading) -> str:
    """What acquisitions that were taken together share."""
    return reading.study or reading.reading_id


def acquisition_key(reading: Reading) -> str:
    """What the same acquisition of both breasts shares."""
    return f"{reading.exam_id} {reading.view or ''}"


def _when(reading: Reading) -> tuple[bool, float]:
    return reading.order is None, reading.order or 0.0


def _title(readings: Sequence[Reading], *, alone: bool) -> str:
    """The exam, with its view where it is one; with its id where others are called so, too."""
    name = _name(readings)
    ids = dict.fromkeys(r.exam_id for r in readings)
    return name if alone else f"{name} ({', '.join(ids)})"


def _name(readings: Sequence[Reading]) -> str:
    name, views = MODALITY_NAMES[readings[0].modality], {r.view or "" for r in readings}
    view = f" {views.pop()}" if len(views) == 1 else ""
    return f"{begun(name)}{view}"


def _rows(
    judgement: Judgement,
    shown: Sequence[Column],
    key: Key,
    cautions: Mapping[str, Sequence[str]],
) -> Iterator[tuple[tuple[bool, ...], Row]]:
    """Each lesion after its rank."""
    found = {f.finding_id: f for f in judgement.breast.findings}
    readings = {r.reading_id: r for r in judgement.breast.readings}
    done = {key(r) for r in judgement.breast.readings}
    blocks = judgement.groupings[0].blocks if judgement.groupings else ()
    for number, block in enumerate(blocks):
        cells = []
        for column in shown:
            here = [found[i] for i in block if key(readings[found[i].reading_id]) == column.key]
            seen = tuple(
                replace(
                    _seen(judgement, f, readings[f.reading_id], block, number),
                    caution="; ".join(cautions.get(f.finding_id, ())),
                )
                for f in here
            )
            if key is exam_key:  # its column has several views
                views = [readings[f.reading_id].view for f in here]
                pairs = zip(seen, views, strict=True)
                seen = tuple(replace(s, what=f"{view or ''} {s.what}".strip()) for s, view in pairs)
            cells.append(("not reported" if column.key in done else "not done", seen))
        row = Row(
            f"{judgement.breast.side}{number + 1}",
            _colour(judgement, number),
            tuple(cells),
            lesion_sentence(judgement, block),
        )
        yield _rank(judgement, block), row


def _rank(judgement: Judgement, block: Sequence[str]) -> tuple[bool, ...]:
    """By the pairs that its sentence is about."""
    alone = len(block) == 1
    pairs = _about(judgement, block[0]) if alone else _within(judgement, block)
    return not count_open(pairs), alone, not pairs


def _seen(
    judgement: Judgement,
    finding: Finding,
    reading: Reading,
    block: Sequence[str],
    number: int,
) -> Seen:
    size = size_of(finding)
    what = f"{kind_noun(finding)}{', ' if size else ''}{size}"
    where = position_words(finding, film_edges_of(reading, judgement.parameters))
    pairs = [q for q in _within(judgement, block) if finding.finding_id in _ids(q)]
    look = (finding.modality, _colour(judgement, number), what, where)
    if not pairs:
        return Seen(*look, sure="")
    low, high = min(q.p_low for q in pairs), max(q.p_high for q in pairs)
    said = dict.fromkeys(written(p) for p in sorted(q.p_same for q in pairs))
    ends = [*said][:: max(len(said) - 1, 1)]
    bands = f"(band{'s' * (len(pairs) > 1)} {written_range(low, high)})"
    return Seen(*look, " to ".join(ends), bands, low=low, high=high)


def _ids(pair: Pair) -> tuple[str, str]:
    return pair.finding_a, pair.finding_b


def _colour(judgement: Judgement, number: int) -> str:
    """The colour of a lesion on a page: what is black in pictures is that of words here."""
    colour = lesion_colour(judgement.breast, number)
    return "currentColor" if colour == "#000000" else colour


def _within(judgement: Judgement, block: Sequence[str]) -> list[Pair]:
    sides = [set(two) for two in combinations(block, 2)]
    return [p for p in judgement.pairs if set(_ids(p)) in sides]


def _about(judgement: Judgement, finding_id: str) -> list[Pair]:
    return [p for p in judgement.pairs if finding_id in _ids(p)]


def lesion_sentence(judgement: Judgement, block: Sequence[str]) -> str:
    """What the judgement says of one lesion of the most probable grouping, in a sentence."""
    name, pairs = names(judgement.breast), _within(judgement, block)
    if len(block) == 1:
        return _alone(judgement, block[0])
    weakest = min([p for p in pairs if is_open(p)] or pairs, key=lambda p: p.p_same)
    many = f"{len(block)} findings"
    if not count_open(pairs):
        low = written(weakest.p_same)
        more = "" if len(pairs) == 1 or low == MOST else " or more"
        return f"{many} of one lesion: P(same) {low}{more}."
    least = "" if count_open(pairs) == 1 else "least sure "
    least = "" if len(pairs) == 1 else f": {least}{pair_name(weakest, name)}"
    if count_open(pairs) == len(pairs):
        which = "this is" if len(pairs) == 1 else f"all {len(pairs)} pairs are"
    else:
        are = "is" if count_open(pairs) == 1 else "are"
        which = f"{count_open(pairs)} of {len(pairs)} pairs {are}"
    return f"{many}, likeliest one lesion, but {which} open{least} ({_with_band(weakest)})."


def _with_band(pair: Pair) -> str:
    """P(same) of an open pair, with the band that leaves it open."""
    return f"{written(pair.p_same)}, band {band(pair)}"


def _alone(judgement: Judgement, finding_id: str) -> str:
    name = names(judgement.breast)
    pairs = _about(judgement, finding_id)
    whole = begun(name[finding_id])
    if not pairs:
        return f"{whole}: no other exam reported anything to compare it with."
    near = max(pairs, key=lambda p: p.p_same)
    other = next(i for i in _ids(near) if i != finding_id)
    sure = f"{_with_band(near)}, which is open" if is_open(near) else written(near.p_same)
    return (
        f"{whole}: likeliest a lesion of its own; the nearest to being the same is "
        f"{name[other]} ({sure})."
    )


def _silent(judgements: Sequence[Judgement], shown: Sequence[Column], key: Key) -> str:
    """Exams without a column, in a clause; of those that reported a lesion elsewhere, the views.

    A film report that names no view may be of any: then none of them is said to be silent.
    """
    keys, silent = {c.key for c in shown}, dict[str, dict[str, None]]()
    done = [r for j in judgements for r in in_order(j)]
    telling = [r for r in done if key(r) in keys]
    elsewhere = {name for r in telling for name in _exam_names(r)}
    any_view = [r for r in telling if r.view is None and exam_of(r).place == "film"]
    unsure = {name for r in any_view for name in _exam_names(r)}
    for r in done:
        if key(r) not in keys and not unsure & _exam_names(r):
            views = silent.setdefault(f"{MODALITY_NAMES[r.modality]} {r.exam_id}", {})
            if elsewhere & _exam_names(r):
                views[r.view or "a view not stated"] = None
    said = [f"{' and '.join(views)} of {exam}" if views else exam for exam, views in silent.items()]
    return f"Done, no lesion reported: {', '.join(said)}." if said else ""


def _exam_names(reading: Reading) -> set[tuple[str, str]]:
    """What the acquisitions of one exam may share: its id, or films that were taken together."""
    return {(reading.modality, name) for name in (reading.exam_id, exam_key(reading))}


def _open(judgement: Judgement) -> tuple[str, list[tuple[str, str]], str]:
    """How many pairs of a breast are open; the first with their anchors; what else there is."""
    name, found = names(judgement.breast), open_pairs(judgement)
    side = SIDE_NAMES[judgement.breast.side]
    links = [
        (anchor(judgement, p), f"{pair_name(p, name)} ({_with_band(p)})")
        for p in found[:MOST_LINKS]
    ]
    more = len(found) - len(links)
    head = f"{side.capitalize()}: {len(found)} of {len(judgement.pairs)} pairs are open"
    return head, links, f"and {more} more" if more > 0 else ""
