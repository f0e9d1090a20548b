"""What a table of findings holds, before it is judged: exams, kinds, views, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from corr.records import MODALITIES, Breast, Finding, Modality
from corr.show.wording.text import noun
from corr.tables.findings import COLUMNS, FIELDS, MEASURED

NOT_STATED = "not stated"
ASKED = tuple(c for c in COLUMNS if c in FIELDS and (c in MEASURED or c in ("kind", "bi_rads")))
"""Columns whose gaps are shown: numbers with a unit, the hour, the kind and the assessment."""


def modality_table(breasts: Sequence[Breast]) -> pd.DataFrame:
    """A row a modality: breasts that had it, its views, findings, and what they are called."""
    found = _by_modality(breasts)
    rows = []
    for modality in MODALITIES:
        had = [r for b in breasts for r in b.readings if r.modality == modality]
        if not had:
            continue
        silent = sum(
            any(r.modality == modality for r in b.readings)
            and not any(f.modality == modality for f in b.findings)
            for b in breasts
        )
        rows.append(
            {
                "modality": modality,
                "breasts": sum(any(r.modality == modality for r in b.readings) for b in breasts),
                "silent in": silent,
                "views": _counted(r.view or "none stated" for r in had),
                "findings": len(found[modality]),
                "kinds": _counted(noun(f.kind or NOT_STATED) for f in found[modality]),
            }
        )
    return pd.DataFrame(rows)


def missing_table(breasts: Sequence[Breast]) -> pd.DataFrame:
    """A row a column: the share of findings of each modality that leave it out, in per cent.

    Empty where a column belongs to other modalities. Columns that no finding states are left out:
    `never_stated` names them.
    """
    found = {m: some for m, some in _by_modality(breasts).items() if some}
    rows = []
    for column in ASKED:
        shares = {m: _missing(column, m, some) for m, some in found.items()}
        if any(share is not None and share < 1.0 for share in shares.values()):
            said: dict[str, str] = {"column": column}
            said |= {m: "" if s is None else f"{100 * s:.0f} %" for m, s in shares.items()}
            rows.append(said)
    return pd.DataFrame(rows)


def never_stated(breasts: Sequence[Breast]) -> list[str]:
    """Columns of `ASKED` that no finding states though its modality could."""
    found = _by_modality(breasts)
    shares = {c: [_missing(c, m, some) for m, some in found.items() if some] for c in ASKED}
    return [c for c, some in shares.items() if 1.0 in some and set(some) <= {None, 1.0}]


def _missing(column: str, modality: Modality, findings: Sequence[Finding]) -> float | None:
    only = COLUMNS[column].only
    if only and modality not in only:
        return None
    name = FIELDS[column]
    return sum(getattr(f, name) is None for f in findings) / len(findings)


def _by_modality(breasts: Sequence[Breast]) -> dict[Modality, list[Finding]]:
    out: dict[Modality, list[Finding]] = {m: [] for m in MODALITIES}
    for b in breasts:
        for f in b.findings:
            out[f.modality].append(f)
    return out


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {n}" for word, n in Counter(words).most_common())
