"""Lesions and what two exams report of them, drawn from the constants: what `silence.md` compares.

Nothing here is computed by what is tested: a lesion is drawn, whether an exam sees it and which
views show it, what it calls it, and how large it states it to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corr.exams.registry import EXAMS
from corr.judgement.lesions.alike import lesion_prior
from corr.judgement.lesions.sizes import HIGH_LN, LOW_LN, SIZES_MM, compared, measures, size_prior
from corr.parameters import Parameters
from corr.questions.look.where import unjudged
from corr.questions.silence.reported import asked_of
from corr.questions.silence.silence import silences
from corr.records import CLASSES, LESIONS, Breast, Density, Finding, Kind, Reading, Shape, View

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
SEED, DRAWN, WINDOW_LN = 20261130, 2_000_000, 0.04
"""Seed; lesions drawn; how far a drawn size may lie from the one stated (natural log)."""
VIEWS: dict[View, float] = {"CC": 0.0, "MLO": 48.0}
CC, MLO = (Reading(f"MG/{v}", "MG", f"MG {v}", v, a, study="MG") for v, a in VIEWS.items())
US, MR = Reading("US", "US", "US", study="US"), Reading("MR", "MR", "MR", study="MR")
ENHANCED = Reading("CEM", "CEM", "CEM", "CC", 0.0, study="CEM")
FILMS, AIMED = (CC, MLO), (replace(US, targeted=True),)


@dataclass(frozen=True)
class Said:
    """A finding as a report describes it, and the exams that are silent about it."""

    words: str
    exam: tuple[Reading, ...]
    kind: Kind
    size_mm: float | None
    silent: tuple[tuple[str, tuple[Reading, ...]], ...]
    density: Density | None = None


OTHERS = (("ultrasound", (US,)), ("MRI", (MR,)), ("CEM, CC only", (ENHANCED,)))
CASES = (
    Said("calcifications on a film", (CC,), "calcification", None, OTHERS),
    Said("calcifications, 7 mm", (CC,), "calcification", 7.0, OTHERS),
    Said("film mass, 12 mm", (CC,), "mass", 12.0, OTHERS),
    Said("ultrasound mass, 7 mm", (US,), "mass", 7.0, (("mammogram", FILMS), *OTHERS[1:])),
    Said("the same, density d", (US,), "mass", 7.0, (("mammogram", FILMS),), "d"),
    Said("the same, poor films", (US,), "mass", 7.0,
         (("mammogram", tuple(replace(r, poor=True) for r in FILMS)),)),
    Said("ultrasound mass, 20 mm", (US,), "mass", 20.0, (("mammogram", FILMS), *OTHERS[1:])),
    Said("MRI mass, 10 mm", (MR,), "mass", 10.0,
         (("mammogram", FILMS), OTHERS[0], ("ultrasound, targeted", AIMED))),
    Said("MRI non-mass", (MR,), "nme", None,
         (("mammogram", FILMS), OTHERS[0], ("ultrasound, targeted", AIMED))),
)  # fmt: skip


def asked(said: Said, target: Sequence[Reading]) -> Breast:
    """One finding as it is described, and the exam that is silent about it."""
    r = said.exam[0]
    f = Finding("f", r.reading_id, r.modality, said.kind, size_mm=said.size_mm)
    return Breast("c", "R", (*said.exam, *target), (f,), Shape(said.density))


def frequency(said: Said, p: Parameters, n: int = DRAWN) -> tuple[Ints, list[NDArray[np.bool_]]]:
    """Classes of drawn lesions that are reported as described, and who is silent about each."""
    rng, r = np.random.default_rng(SEED), said.exam[0]
    joint = (lesion_prior(p)[:, :, None] * size_prior(p)).ravel()
    at = rng.choice(joint.size, n, p=joint / joint.sum())
    of, lesion, size = np.unravel_index(at, (len(CLASSES), len(LESIONS), len(SIZES_MM)))
    breast = Breast("c", "R", (), (), Shape(said.density))
    called = np.array([p[f"kind_{r.modality.lower()}_{said.kind}_given_{k}"] for k in LESIONS])
    kept = heard(breast, said.exam, (of, lesion, size), p, rng) & (rng.random(n) < called[lesion])
    of, lesion, size = of[kept], lesion[kept], size[kept]
    if said.size_mm is not None:
        near = np.abs(stated(said, lesion, size, p, rng) - np.log(said.size_mm)) < WINDOW_LN
        of, lesion, size = of[near], lesion[near], size[near]
    return of, [~heard(breast, t, (of, lesion, size), p, rng) for _, t in said.silent]


def heard(
    breast: Breast, target: Sequence[Reading], lesions: tuple[Ints, Ints, Ints], p: Parameters,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:  # fmt: skip
    """Whether an exam reports each lesion: it sees it, and one of its views shows it."""
    reports, n = asked_of(breast, target, p), len(lesions[0])
    (study,) = reports.studies
    shown = np.zeros(n, dtype=bool)
    for view in target:
        shown |= rng.random(n) < reports.shows(view)[lesions[1]]
    return np.asarray(shown & (rng.random(n) < reports.sees[study][lesions]))


def stated(
    said: Said, lesion: NDArray[np.intp], size: NDArray[np.intp], p: Parameters,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Natural log of the size that an exam states of each lesion: what it measures, and reads."""
    modality, n = said.exam[0].modality, len(size)
    each = [measures(modality, compared(k, modality, said.kind), p) for k in LESIONS]
    shift, sd = (np.array(x)[lesion] for x in zip(*each, strict=True))

    def seen() -> Floats:
        true = LOW_LN[size] + (HIGH_LN - LOW_LN)[size] * rng.random(n)
        extent = true + shift + sd * rng.standard_t(4, n)
        return np.asarray(extent + p[f"size_ln_sd_view_{modality.lower()}"] * rng.standard_t(4, n))

    out = seen()
    wrong = rng.random(n) < p["size_outlier"]  # of another lesion, of the same type
    joint = rng.choice(len(SIZES_MM), n, p=size_prior(p))
    size = np.where(wrong, joint, size)
    factor = EXAMS[modality].size_bias(said.kind, p)
    return np.asarray(np.where(wrong, seen(), out) + np.log(factor))


def drawn_table(p: Parameters) -> Iterator[dict[str, object]]:
    """Page and drawn frequency of each case."""
    for said in CASES:
        of, each = frequency(said, p)
        for (name, target), quiet in zip(said.silent, each, strict=True):
            (page,) = silences(unjudged(asked(said, target), p), [name_of(target)])
            row: dict[str, object] = {"finding": said.words, "silent": name, "reports": len(of)}
            masks = (np.asarray(x) for x in (of >= 0, of == 0, of == 1))
            groups = zip((page.nothing, page.benign, page.malignant), masks, strict=True)
            for column, (rate, some) in zip(("all", *CLASSES), groups, strict=True):
                share = float(quiet[some].mean())
                error = np.sqrt(rate.p * (1.0 - rate.p) / some.sum())
                row[column] = f"{rate.p:.3f} / {share:.3f}"
                row[f"off, {column}"] = f"{(rate.p - share) / error:+.1f}"
            yield row


def name_of(target: Sequence[Reading]) -> str:
    """The exam as `corr.questions.silence.studies` names it."""
    return "+".join(sorted({r.exam_id for r in target}))
