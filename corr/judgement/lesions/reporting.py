"""What an exam reports of a lesion: seen or not, called what, measured how large.

A lesion has a type and a size, and is benign or malignant. Whether each exam reports it, and
how, depends on these and on nothing else, so the weights need no place. Malignant lesions are
reported by most exams and benign ones by few: that makes reports of one lesion go together.
It is summed over and never given out: nothing here is a probability of cancer. A mammogram
first sees a lesion or not, then each view shows it or not. A finding whose view is left out was
seen on some view of its exam: of the views that no finding names, it says nothing but that. Beside
a finding that names its view it may be that lesion on another view, or another lesion.
`corr.judgement.lesions.described` has what is said of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.exams.registry import exam_of
from corr.judgement.dates import years_before_last
from corr.judgement.groupings.base import members
from corr.judgement.lesions.before import ALL, REPORTED, SAID, Switches, exam_sees, known
from corr.judgement.lesions.described import (
    Views,
    assessed,
    calcifications_inside,
    named,
    showing,
)
from corr.judgement.lesions.sizes import sized
from corr.parameters import Parameters
from corr.records import CLASSES, LESIONS, Breast, Finding, Reading

Array = NDArray[np.floating[Any]]


class Reports:
    """Weights of blocks of findings from what was reported, for one breast.

    Blocks are bit masks over ``findings``; ``joint`` is the probability ``(class, lesion,
    size)`` of a lesion before any report, ``sees`` that of each study to see it at all. Weights
    are ``(K,)``, one for each of the ``states`` of what the breast's lesions have in common.
    """

    def __init__(self, breast: Breast, findings: Sequence[Finding], p: Parameters) -> None:
        self.p, self.findings = p, findings
        self.density = breast.shape.density
        self._years = years_before_last(breast, p)
        self.studies: dict[str, list[Reading]] = {}
        for r in breast.readings:
            self.studies.setdefault(r.study or r.reading_id, []).append(r)
        self._known = known(p)
        self.mix, self.share, self.joint, self.states = self._known[:4]
        self._study_of = {r.reading_id: rs for rs in self.studies.values() for r in rs}
        self.sees = {name: self._study_sees(rs) for name, rs in self.studies.items()}
        self._of_study = {
            name: sum(1 << i for i, f in enumerate(findings) if f.reading_id in ids)
            for name, ids in ((n, {r.reading_id for r in rs}) for n, rs in self.studies.items())
        }
        self._patterns: dict[tuple[bool, str, frozenset[str]], Array] = {}
        self._shows: dict[str, Array] = {}
        self._said: dict[tuple[str, str], Array] = {}
        self._of_blocks: dict[tuple[str, Switches], tuple[Array, Array]] = {}
        self._lesions: dict[tuple[Switches, tuple[int, ...]], Array] = {}
        self._false: dict[Switches, Array] = {}

    def keep(self, other: Reports, exams: Sequence[str], changed: Sequence[str] = SAID) -> None:
        """Take over what is said of the same findings under other constants.

        All but that of `SAID` which ``changed`` in studies of the modalities ``exams``.
        """
        same = {name for name, rs in self.studies.items() if rs[0].modality not in exams}
        self._said |= {
            (name, what): said
            for (name, what), said in other._said.items()
            if name in same or (what in SAID and what not in changed)
        }
        self._of_blocks |= {key: of for key, of in other._of_blocks.items() if key[0] in same}

    def _study_sees(self, readings: Sequence[Reading]) -> Array:
        """(class, lesion, size) probability that the study sees it at all."""
        first = readings[0]
        if first.view == "STEREO":
            return np.full(self.joint.shape, self.p["stereo_reports"])
        targeted = any(r.targeted for r in readings)
        return exam_sees(first.modality, self.density, self.p, targeted=targeted)

    def shows(self, reading: Reading) -> Array:
        """Probability ``(lesion,)`` that one reading of a study shows what the study saw."""
        if reading.reading_id not in self._shows:
            good = self.p["poor_exam_shows"] if reading.poor else 1.0
            alone = len(self.looks(reading.study or reading.reading_id)) == 1
            shows = exam_of(reading).shows
            each = [shows(reading, k, self.p, alone=alone) for k in LESIONS]
            self._shows[reading.reading_id] = good * np.array(each)
        return self._shows[reading.reading_id]

    def _pattern(self, name: str, hits: frozenset[str], *, reporting: bool) -> Array:
        """Probability that exactly the readings ``hits`` of a study report the lesion.

        With a hit that names no view: that at least one view shows it, and those hit among them.
        (How often a row leaves out its view is no news of the lesion and not counted.)
        """
        key = (reporting, name, hits)
        if key not in self._patterns:
            looks = self.looks(name)
            named = [r for r in looks if r.reading_id in hits]
            silent = [1.0 - self.shows(r)[:, None] for r in looks if r.reading_id not in hits]
            if len(named) == len(hits):
                seen = math.prod((self.shows(r)[:, None] for r in named), start=self.sees[name])
                seen = math.prod(silent, start=seen)
            elif named:
                seen = math.prod((self.shows(r)[:, None] for r in named), start=self.sees[name])
            else:
                seen = self.sees[name] * (1.0 - math.prod(silent))
            pattern = seen if hits else seen + (1.0 - self.sees[name])
            if not reporting:
                pattern = np.asarray((pattern * self.joint).sum())
            self._patterns[key] = pattern
        return self._patterns[key]

    def looks(self, name: str) -> list[Reading]:
        """Readings of a study that are looks of their own: of a mammogram, those of a view."""
        readings = self.studies[name]
        films = [r for r in readings if exam_of(r).place != "film" or r.view is not None]
        return films or readings

    def lesion(self, mask: int, on: Switches) -> Array:
        """Weight T(C) ``(K,)``: one lesion reported by exactly these findings, and so described."""
        return self._weighed([mask], on)[0]

    def lesions(self, masks: Sequence[int], on: Switches) -> Array:
        """``(b, K)`` `lesion` of some blocks with at most one finding of each reading."""
        key = on, tuple(masks)
        if key not in self._lesions:
            self._lesions[key] = self._weighed(masks, on)
        return self._lesions[key]

    def _weighed(self, masks: Sequence[int], on: Switches) -> Array:
        weights, classes = self._products(masks, on)
        return (weights @ self._known.flat.T) * (classes @ self.states.assessed.T)

    def _products(
        self, masks: Sequence[int], on: Switches, without: str | None = None
    ) -> tuple[Array, Array]:
        """What all studies (but one) say of blocks: of each class, type and size; of each class."""
        weights, classes = (np.ones((len(masks), n)) for n in (self.joint.size, len(CLASSES)))
        for name in self.studies:
            if name == without:
                continue
            described, assessed = self._described(name, on)
            row, inside = self._blocks[name], self._of_study[name]
            at = [row[mask & inside] for mask in masks]
            weights *= described[at]
            classes *= assessed[at]
        return weights, classes

    @cached_property
    def blocks(self) -> list[int]:
        """Every block with at most one finding of each reading, the empty one too."""
        masks = [0]
        for rows in self._blocks.values():
            masks = [m | h for m in masks for h in rows]
        return masks

    @cached_property
    def _blocks(self) -> dict[str, dict[int, int]]:
        """Blocks within each study, and their rows in `_described`."""
        out = {}
        for name, readings in self.studies.items():
            masks = [0]
            for r in readings:
                mine = [1 << i for i, f in enumerate(self.findings) if f.reading_id == r.reading_id]
                masks += [mask | bit for bit in mine for mask in masks]
            out[name] = {mask: row for row, mask in enumerate(masks)}
        return out

    def _described(self, name: str, on: Switches) -> tuple[Array, Array]:
        """Of the blocks within one study the weights for every class, type and size of lesion.

        ``(b, class * lesion * size)``, and what BI-RADS categories say of each class.
        """
        if (name, on) not in self._of_blocks:
            weights = self._each(name, REPORTED if on.reporting else "any report")
            if on.kind:
                weights = weights * self._each(name, "kind")
            if on.size:
                weights = weights * self._each(name, "size")
            judged = self._each(name, "assessed")
            if not (on.kind and on.category):
                judged = np.ones_like(judged)
            self._of_blocks[name, on] = weights.reshape(len(weights), -1), judged
        return self._of_blocks[name, on]

    def _each(self, name: str, what: str) -> Array:
        """``(b, class, lesion, size)`` one thing said of each block within a study."""
        if (name, what) not in self._said:
            whole = self.joint.shape
            shape = {"kind": (1, whole[1], 1), "size": (1, *whole[1:]), "assessed": whole[:1]}
            said = np.ones((len(self._blocks[name]), *shape.get(what, whole)))
            for row, mask in enumerate(self._blocks[name]):
                of = [self.findings[i] for i in members(mask)]
                if what in (REPORTED, "any report"):
                    hits = frozenset(f.reading_id for f in of)
                    said[row] = self._pattern(name, hits, reporting=what == REPORTED)
                elif of and what == "kind":
                    said[row, 0, :, 0] = self._kind(of)
                elif of and what == "size":
                    said[row, 0] = sized(of, self.p, self._years[of[0].reading_id])
                elif of:
                    said[row] = assessed(of, self.share, self.p)
            self._said[name, what] = said
        return self._said[name, what]

    def _kind(self, of: Sequence[Finding]) -> Array:
        """Likelihood ``(lesion,)`` of kinds and calcifications inside."""
        called = named(of, self._views(of), self.p)
        for f in of:
            if f.n_calcifications is not None:
                called = called * calcifications_inside(f, self.p)
        return called

    def _views(self, of: Sequence[Finding]) -> Views:
        study = self._study_of[of[0].reading_id]
        return showing((r for r in study if r.reading_id in {f.reading_id for f in of}), study)

    def false(self, i: int, on: Switches) -> Array:
        """Weight ``(K,)`` of one of `falses`."""
        return np.asarray(self.falses(on)[i])

    def falses(self, on: Switches) -> Array:
        """Weights F(i) ``(n, K)``: findings that are nothing in any other exam.

        They are described and assessed as what else there is in their breast.
        """
        if on not in self._false:
            exams, n = [exam_of(f) for f in self.findings], len(self.findings)
            rates = [
                e.false_rate(f, self.p) if on.reporting else e.usual_false_rate(self.p)
                for e, f in zip(exams, self.findings, strict=True)
            ]
            weights = np.outer(rates, np.ones(len(self.states)))
            if on.kind:
                called = [self._false_kind(i) for i in range(n)]
                weights *= np.reshape(called, (n, len(LESIONS))) @ self._known.by_type.T
                if on.category:
                    judged = [self._of_one(i, "assessed") for i in range(n)]
                    weights *= np.reshape(judged, (n, len(CLASSES))) @ self.states.assessed.T
                else:
                    weights *= self.states.assessed.sum(axis=1)
            if on.size:
                sizes = [self._of_one(i, "size") for i in range(n)]
                weights *= (
                    np.reshape(sizes, (n, self._known.by_size.shape[1])) @ self._known.by_size.T
                )
            self._false[on] = weights
        return self._false[on]

    def _of_one(self, i: int, what: str) -> Array:
        """One thing said of one finding."""
        name = self.findings[i].reading_id
        study = self._study_of[name][0].study or name
        return np.asarray(self._each(study, what)[self._blocks[study][1 << i]])

    def _false_kind(self, i: int) -> Array:
        """Likelihood ``(lesion,)`` of its kind and of calcifications inside."""
        f = self.findings[i]
        kind = f.kind if f.matched else None
        called = exam_of(f).overlap(kind, self._views([f]), self.p) if kind else None
        if called is None:
            return self._of_one(i, "kind").ravel()
        return np.asarray(called * calcifications_inside(f, self.p))

    def described(self, mask: int) -> Array:
        """Weight ``(class, lesion, size)`` of a lesion that its studies report as these findings.

        Studies of none of them are not asked. Nor are BI-RADS categories: they speak of a class
        that reporting does not depend on (`corr.judgement.lesions.alike.States`).
        """
        weight = self.joint.ravel()
        for name, own in self._of_study.items():
            if mask & own:
                weight = weight * self._described(name, ALL)[0][self._blocks[name][mask & own]]
        return np.asarray(weight.reshape(self.joint.shape))

    def any_report(self) -> Array:
        """Probability ``(K,)`` that a lesion is reported by at least one reading."""
        silent = np.ones(self.joint.shape)
        for name in self.studies:
            silent = silent * self._pattern(name, frozenset(), reporting=True)
        return np.asarray(1.0 - self._known.flat @ silent.ravel())
