"""Checks between findings: `same_as` and `targeted_at` must point at something sensible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from corr.problems import nearest
from corr.records import ASSOCIATED_KINDS, MODALITIES
from corr.tables.rows import Draft


def check_links(drafts: Sequence[Draft], elsewhere: Mapping[str, Draft] | None = None) -> None:
    """Drop links to unknown findings, other breasts or the finding itself.

    ``elsewhere`` are findings of other women, by id, where the drafts are not all of a table.
    """
    by_id = {**(elsewhere or {}), **{d.finding_id: d for d in drafts}}
    beside: dict[tuple[str, str], list[str]] = defaultdict(list)
    for draft in drafts:
        beside[draft.breast].append(draft.finding_id)
    for draft in drafts:
        _same_as(draft, by_id, beside[draft.breast])
        _targeted_at(draft, by_id, beside[draft.breast])


def drop_links_within_reading(drafts: Sequence[Draft], reading_of: dict[str, str]) -> None:
    """Drop the declared links of one breast that would join two findings of one reading.

    Links are followed through: if A and C are both declared the same as B, A and C are too.
    """
    blocks: dict[str, set[str]] = {d.finding_id: {d.finding_id} for d in drafts}
    for draft in drafts:
        if other := draft.get("same_as"):
            less, more = sorted((blocks[draft.finding_id], blocks[other]), key=len)
            if less is not more:
                more |= less
                blocks.update(dict.fromkeys(less, more))
    distinct = {id(block): block for block in blocks.values()}
    doubled = {key: _of_one_reading(block, reading_of) for key, block in distinct.items()}
    for draft in drafts:
        if several := doubled[id(blocks[draft.finding_id])]:
            fix = f"{' and '.join(several)} were seen side by side, so they are two lesions"
            allowed = "links that join at most one finding of each reading"
            draft.drop("same_as", allowed=allowed, fix=fix)


def _of_one_reading(block: set[str], reading_of: dict[str, str]) -> list[str]:
    """Findings of a block that one reading saw side by side; none if there is no such reading."""
    members: dict[str, list[str]] = defaultdict(list)
    for finding in sorted(block):
        members[reading_of[finding]].append(finding)
    return next((ids for ids in members.values() if len(ids) > 1), [])


def _same_as(draft: Draft, by_id: dict[str, Draft], beside: Sequence[str]) -> None:
    target = draft.get("same_as")
    if target is None:
        return
    other = by_id.get(target)
    if other is None:
        fix = nearest(target, beside) or "the finding is not in the file, or its row was rejected"
    elif other is draft:
        fix = "a finding is always the same as itself; leave it empty"
    elif other.breast != draft.breast:
        fix = f"{target} is in case {other.breast[0]}, breast {other.breast[1]}"
    elif marked := [d for d in (draft, other) if d.get("kind") in ASSOCIATED_KINDS]:
        kinds = " and ".join(f"{d.finding_id} is a {d.get('kind')}" for d in marked)
        allowed = f"a finding that may be a lesion, not a {', '.join(ASSOCIATED_KINDS)}"
        fix = f"{kinds}: it is shown with what is near and never matched; link lesions only"
        draft.drop("same_as", allowed=allowed, fix=fix)
        return
    else:
        return
    draft.drop("same_as", allowed="finding_id of another finding of this breast", fix=fix)


def _targeted_at(draft: Draft, by_id: dict[str, Draft], beside: Sequence[str]) -> None:
    target = draft.get("targeted_at")
    if target is None:
        return
    if target.upper() in MODALITIES and target not in by_id:
        draft.values["targeted_at"] = target.upper()
        return
    other = by_id.get(target)
    if other is not None and other is not draft and other.breast == draft.breast:
        return
    if other is None:
        fix = nearest(target, beside) or "the finding is not in the file, or its row was rejected"
    else:
        fix = "point at a finding of another exam of this breast"
    allowed = f"a finding_id of this breast or {', '.join(MODALITIES)}"
    draft.drop("targeted_at", allowed=allowed, fix=fix)
