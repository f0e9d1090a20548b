"""How often a targeted ultrasound finds the correlate of an MRI finding, as the constants say.

Published series count correlates that were presumed; of these a known share turned out to be
another lesion (2.12), so the true share over one minus that is what compares with them.
"""

from __future__ import annotations

from corr.judgement.lesions.before import Switches
from corr.judgement.lesions.reporting import Reports
from corr.parameters import Parameters
from corr.records import Breast, Finding, LesionKind, Reading, Shape

ANOTHER_LESION = 0.125
"""Share of presumed correlates that follow-up MRI showed to be another lesion (2.12)."""
MR = Reading("MR", "MR", "MR")
US = Reading("US", "US", "US", targeted=True)
FILMS = tuple(Reading(view, "MG", "MG", view, study="MG") for view in ("CC", "MLO"))
DENSE = Shape(density="c")


def presumed_correlate_share(kind: LesionKind, p: Parameters) -> float:
    """Share of MRI findings of a kind, mammogram negative, for which a correlate is presumed."""
    finding = Finding("f", "MR", "MR", kind)
    reports = [
        Reports(Breast("", "R", (MR, *more, *FILMS), (finding,), DENSE), (finding,), p)
        for more in ((), (US,))
    ]
    # seen by MRI and not by mammography; and then not by ultrasound either
    prior, every = reports[0].states.prior, Switches()
    lesion, unseen = (p["lesions_mean"] * float(prior @ r.lesion(1, every)) for r in reports)
    all_of_kind = lesion + float(prior @ reports[0].false(0, every))
    return float((lesion - unseen) / all_of_kind / (1.0 - ANOTHER_LESION))
