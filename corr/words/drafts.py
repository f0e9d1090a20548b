"""From all the marks of one described thing to its `Mention`, or to what disagrees."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from corr.anatomy.frame import QUADRANTS
from corr.anatomy.quadrants import combined, in_quadrant, touched
from corr.exams.registry import EXAMS, MATCHED_KINDS
from corr.records import ASSOCIATED_KINDS
from corr.words.draft import PARTS, REMARKS, Draft, each
from corr.words.marking.counts import NOT_ONE, OPEN, Count, ends, read_count
from corr.words.marking.kinds import VAGUE
from corr.words.marking.lexicon import INDEX
from corr.words.marking.marks import Mark, plain_copy
from corr.words.said import Mention, Unreadable

_COUNTED = {"mass", "cyst", "focus", "hypoechoic_area", "nonmass", "asymmetry",
            "focal_asymmetry", None}  # fmt: skip
_NO_DISTANCE: dict[str, dict[str | None, str]] = {  # modality -> why fn_cm cannot hold it
    "below_mm": dict.fromkeys(
        EXAMS, "may be toward the feet or behind the nipple, not all of a distance"
    ),
    "offset_mm": dict.fromkeys(
        [m for m, exam in EXAMS.items() if exam.place != "skin"],
        "an offset in one direction, not the whole distance from the nipple",
    ),
}
_JOINTS = re.compile(r"\b(?:and|while|whereas|but)\b|;")
_IN_BREAST = ("clock_h", "quadrant", "region", "fn_mm")
_CALCIFICATIONS = ("calcification", "echogenic_foci")


def _in_modality(kind: str | None, modality: str | None) -> str | None:
    exam = EXAMS.get(modality) if modality else None
    return exam.says.get(kind, kind) if exam and kind else kind


@dataclass
class Finisher:
    """Turns drafts into mentions of ``modality``; collects what cannot be read."""

    said: str
    modality: str | None
    default_side: str | None
    unreadable: list[Unreadable] = field(default_factory=list)

    def refuse(
        self, draft: Draft, name: str, marks: list[Mark], why: str, options: Sequence[str] = (),
        *, read_as: str = "",
    ) -> None:  # fmt: skip
        """Keep the words of ``marks`` as unreadable for field ``name``, or as read in part."""
        words = self.said[min(m.start for m in marks) : max(m.end for m in marks)].strip()
        self.unreadable.append(Unreadable(words, name, why, tuple(options), draft.text, read_as))

    def refuse_bad(self, draft: Draft) -> None:
        """Keep the words that no rule could read."""
        for bad in draft.marks.get("bad", []):
            error = bad.value
            self.refuse(draft, error.field, [bad], str(error), error.candidates)

    def refuse_remarks(self, draft: Draft, place: Mapping[str, Any] | None = None) -> None:
        """Keep the unreadable words, and the axilla, which is no place in the breast."""
        self.refuse_bad(draft)
        is_lesion = draft.thing is None and draft.kind not in ASSOCIATED_KINDS
        is_feature = draft.denied_by is not None or not is_lesion
        if place and draft.head and not is_feature and not any(f in place for f in _IN_BREAST):
            for mark in draft.marks.get("axilla", []):
                why = "the axilla, which is outside the breast"
                self.refuse(draft, "region", [mark], why, ("axillary_tail",))

    def finish(self, draft: Draft) -> list[Mention]:
        """Mentions of a draft: one, or several where a list of places or sizes was given."""
        earlier = self._earlier(draft)
        return [*self._now(draft), *earlier]

    def _earlier(self, draft: Draft) -> list[Mention]:
        """The size that it had at an earlier exam, as a mention of that one."""
        marks = draft.marks.pop("earlier_mm", [])
        if not marks or draft.denied_by is not None:
            return []
        then = replace(draft, earlier=True, marks={"size_mm": [*marks]})
        then.marks |= {n: draft.marks[n] for n in ("side",) if n in draft.marks}
        return [self._mention(then)]

    def _now(self, draft: Draft) -> list[Mention]:
        parts = self._split_bilateral(draft) or self._split_list(draft) or [draft]
        return [self._mention(d) for d in parts]

    def _split_bilateral(self, draft: Draft) -> list[Draft] | None:
        """Drafts of "bilateral masses, the largest in the right breast": that, and the left."""
        sides = draft.marks.get("side", [])
        if len(draft.values("side")) not in (2, 3) or sides[0].value != ("L", "R"):
            return None
        between = self.said[sides[0].end : sides[-1].start].lower()
        if len(sides) == 3 and INDEX.search(self.said[sides[0].end : sides[1].start].lower()):
            return self._split_largest(draft, sides)
        if not INDEX.search(between):
            return None
        other_side = ("R",) if sides[-1].value == ("L",) else ("L",)
        bilateral = sides[0]
        count = (1, None, bilateral.start, bilateral.end)
        there = Mark("side", other_side, bilateral.start, bilateral.end)
        index = replace(draft, count=count, marks={**draft.marks, "side": sides[1:]})
        other = replace(draft, count=count, marks={"side": [there]})
        return [index, other]

    def _split_largest(self, draft: Draft, sides: list[Mark]) -> list[Draft]:
        """Both of "cysts in both breasts, the largest 2 cm on the right and 1 cm on the left"."""
        between = self.said[sides[1].end : sides[2].start].lower()
        joints = [m.start() for m in _JOINTS.finditer(between)] or [between.rfind(",")]
        joint = sides[1].end + joints[-1]
        both = (1, None, sides[0].start, sides[0].end)
        parts = []
        for side, (start, end) in ((sides[1], (0, joint)), (sides[2], (joint, len(self.said)))):
            marks = {
                name: [m for m in some if name in REMARKS or start <= m.start < end]
                for name, some in draft.marks.items()
            }
            marks = {name: some for name, some in marks.items() if some} | {"side": [side]}
            parts.append(replace(draft, count=both, marks=marks))
        return parts

    def _split_list(self, draft: Draft) -> list[Draft] | None:
        """One draft for each item of "masses at 3 and 9 o'clock, 5 mm and 7 mm"."""
        lists = {f: draft.values(f) for f in ("clock_h", "size_mm", "fn_mm", "quadrant")}
        several = max(map(len, lists.values()))
        if len(lists["quadrant"]) == 1 and (draft.kind in _COUNTED or several > 1):
            lists["quadrant"] = sorted(touched(lists["quadrant"][0]), key=QUADRANTS.index)
        lists = {f: values for f, values in lists.items() if len(values) > 1}
        lengths = {len(v) for v in lists.values()}
        if len(lengths) != 1 or not draft.is_plural:
            return None
        n = lengths.pop()
        if draft.count is not None and draft.count[:2] != (n, n):
            return None
        if len(draft.values("side")) > 1 and len(draft.values("side")) != n:
            return None
        where = {name: {v: m for m in draft.marks[name] for v in each(m)} for name in lists}
        parts = []
        for i in range(n):
            part = replace(draft, count=None, is_plural=False, marks=dict(draft.marks))
            for name, values in lists.items():
                mark = where[name].get(values[i], draft.marks[name][0])
                value = (values[i],) if name == "clock_h" else values[i]
                part.marks[name] = [Mark(name, value, mark.start, mark.end)]
            parts.append(part)
        return parts

    def _one(self, draft: Draft, name: str) -> tuple[Any, Mark | None]:
        """The value said of a field; None, and an `Unreadable`, where the words disagree."""
        values = draft.values(name)
        if len(values) > 1:
            self._disagree(draft, name, draft.marks[name])
            return None, None
        return (values[0], draft.marks[name][0]) if values else (None, None)

    def _disagree(self, draft: Draft, name: str, marks: list[Mark]) -> None:
        said = [self._words(m) for m in marks]
        self.refuse(draft, name, marks, "the words disagree", said)

    def _words(self, mark: Mark) -> str:
        return self.said[mark.start : mark.end].strip()

    def _mention(self, draft: Draft) -> Mention:
        got: dict[str, Any] = {}
        words: list[tuple[str, str]] = []

        def keep(name: str, value: Any, mark: Mark) -> None:
            got[name] = value
            words.append((name, self._words(mark)))

        for name in ("side", "clock_h", "region", "depth_third", "very_close_to_nipple",
                     "depth_mm", "chestwall_mm", "bi_rads", "n_calcifications"):  # fmt: skip
            value, mark = self._one(draft, name)
            if mark is not None:
                keep(name, value, mark)
        parts = [m for name in PARTS for m in draft.marks.get(name, [])]
        if parts:
            part = combined(m.value for m in parts)
            if part is None:
                self._disagree(draft, "quadrant", parts)
            else:
                keep("quadrant", part, next((m for m in parts if m.value == part), parts[0]))
        if not draft.marks.get("side") and self.default_side:
            got["side"] = (self.default_side,)
        self._keep_distance(draft, keep)
        sizes, mark = self._one(draft, "size_mm")
        if mark is not None:
            for name, size in zip(("size_mm", "size2_mm", "size3_mm"), sizes, strict=False):
                keep(name, size, mark)
        self._compare_clock_and_quadrant(draft, got, words)
        self.refuse_remarks(draft, got)
        self._keep_kind_and_count(draft, keep)
        if draft.denied_by is not None:
            got["negated"] = True
            words.append(("negated", self._words(draft.denied_by)))
        return Mention(
            modality=self.modality,
            earlier=draft.earlier,
            text=draft.text,
            words=tuple(words),
            **got,
        )

    def _keep_distance(self, draft: Draft, keep: Any) -> None:
        value, mark = self._one(draft, "fn_mm")
        behind, behind_mark = self._one(draft, "behind_mm")
        if behind_mark is not None:
            is_beside = behind[0] > 20 and any(draft.marks.get(f) for f in ("clock_h", *PARTS))
            if not is_beside and draft.values("region") in ([], ["subareolar"]):
                keep("region", "central" if behind[0] > 20 else "subareolar", behind_mark)
            if self.modality and EXAMS[self.modality].place == "skin":
                why = "a depth behind the nipple is no distance on the skin"
                self.refuse(draft, "fn_mm", [behind_mark], why)
            elif mark is None:
                value, mark = behind, behind_mark
        for name, reasons in _NO_DISTANCE.items():
            other, other_mark = self._one(draft, name)
            if other_mark is not None and self.modality in reasons:
                self.refuse(draft, "fn_mm", [other_mark], reasons[self.modality])
            elif mark is None:
                value, mark = other, other_mark
        if mark is not None:
            keep("fn_mm", value[0], mark)
            keep("fn_rounding_mm", value[1], mark)

    def _compare_clock_and_quadrant(
        self, draft: Draft, got: dict[str, Any], words: list[tuple[str, str]]
    ) -> None:
        clock, quadrant = got.get("clock_h"), got.get("quadrant")
        sides = got.get("side", ())
        if clock is None or quadrant is None or all(in_quadrant(clock, quadrant, s) for s in sides):
            return
        part = next(m for name in PARTS for m in draft.marks.get(name, []))
        both = [draft.marks["clock_h"][0], part]
        why = f"clock and quadrant disagree in breast {' and '.join(sides)}"
        options = [self._words(m) for m in both]
        for name in ("clock_h", "quadrant"):
            del got[name]
            self.refuse(draft, name, both, why, options)
        words[:] = [w for w in words if w[0] in got]

    def _keep_kind_and_count(self, draft: Draft, keep: Any) -> None:
        head, kind = draft.head, _in_modality(draft.kind, self.modality)
        if head is None:
            return
        if draft.thing is not None or draft.is_feature:
            keep("kind", kind, head)
            return
        noun = self._words(head)
        if kind == VAGUE:
            kind = "mass" if draft.denied_by else None
        allowed = MATCHED_KINDS.get(self.modality or "", ())
        is_foreign = bool(self.modality) and kind not in (*allowed, *ASSOCIATED_KINDS)
        if kind and is_foreign and not draft.denied_by:
            self.refuse(draft, "kind", [head], f"no kind of {self.modality}", allowed)
            kind = None
        options = draft.marks.get("kind", [])
        if options and not draft.denied_by:
            marks = [head, *options]
            self.refuse(draft, "kind", marks, "more than one kind", [m.value for m in marks])
            kind = None
        if kind:
            keep("kind", kind, head)
        grouped = re.search(r"^(?:group|cluster)|(?:clusters|groups)$", noun.lower()) is not None
        is_number = draft.kind in _CALCIFICATIONS and not grouped
        if grouped:  # "two clusters of 6-8 calcifications"
            inner = read_count(plain_copy(noun).rpartition(" ")[0] + " ", head.start)
            self._keep_number(draft, inner, keep)
        if draft.count is not None and is_number:
            self._keep_number(draft, draft.count, keep)
        elif draft.count is not None:
            lo, hi, start, end = draft.count
            mark = Mark("count", None, start, end)
            keep("count_min", lo, mark)
            if (lo, hi) != (1, 1):
                keep("count_max", hi, mark)
        elif draft.is_plural and not draft.denied_by and (kind in _COUNTED or grouped):
            keep("count_min", 2, head)
            keep("count_max", None, head)

    def _keep_number(self, draft: Draft, count: Count | None, keep: Any) -> None:
        """How many calcifications: one number is kept, a range or a limit is refused."""
        if count is None or "n_calcifications" in draft.marks:
            return
        lo, hi, start, end = count
        mark = Mark("count", None, start, end)
        if lo == hi:
            keep("n_calcifications", lo, mark)
        elif not (draft.denied_by or OPEN.fullmatch(self._words(mark).lower())):
            self.refuse(draft, "n_calcifications", [mark], NOT_ONE, ends(count))
