"""The one way to change what was said of a finding: fields of the frozen record are replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from difflib import get_close_matches

from corr.records import Breast, Finding

IDENTITY = frozenset({"finding_id", "reading_id", "modality"})
"""Which finding of which exam it is: with another one it would be another finding."""
CHANGEABLE = frozenset(f.name for f in fields(Finding)) - IDENTITY


def change_findings(breast: Breast, changes: Mapping[str, Mapping[str, object]]) -> Breast:
    """A copy of the breast with other words about some of its findings.

    Parameters
    ----------
    changes : finding id to its changed fields (`corr.records.Finding`), None = not stated

    Raises
    ------
    KeyError
        If a finding does not exist, or a field does not or says which finding it is; the message
        lists what there is.
    """
    known = {f.finding_id for f in breast.findings}
    for finding_id, fields_ in changes.items():
        if finding_id not in known:
            msg = f"no finding {finding_id!r}, have {sorted(known)}"
            raise KeyError(msg)
        for name in fields_.keys() - CHANGEABLE:
            near = get_close_matches(name, CHANGEABLE, n=2)
            msg = f"a finding has no field {name!r} to change; close: {near}"
            raise KeyError(msg)
    changed = tuple(
        replace(f, **changes[f.finding_id]) if f.finding_id in changes else f  # type: ignore[arg-type]
        for f in breast.findings
    )
    return replace(breast, findings=changed)
