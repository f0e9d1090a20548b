"""Codes of our own, where DICOM has none: scheme ``99BCORR``, as private schemes are named.

Nobody else codes that two findings are one lesion with a probability. Everything that has a code
of DICOM, SNOMED CT or NCIt is written with that one; these say the rest. A column of the findings
table without a code of its own has its name as its code.

=================  ==========================================================================
``CORRESPONDENCE``  container: which findings of one breast are the same lesion
``P_SAME``          probability from 0 to 1 that two findings are one lesion; never of cancer
``P_LOW, P_HIGH``   band of that probability where constants may be wrong
``P_PRIOR``         that probability before anything but counts was looked at
``VERDICT``         the word the band earns; its values are the five codes of `VERDICTS`
``REASONS``         what moved the probability from its prior, in words
``P_GROUPING``      probability of the most probable grouping of all findings of a breast
``LESION``          number of a finding's lesion in that grouping, from 1
``FINDING_ID``      a finding as the case calls it
``FINDING_A, _B``   the two findings of a pair
``CASE_ID``         the case as the user calls it
``REGION80``        smallest region that holds 80 % of where other exams let expect a lesion:
                    predicted, never a mark of somebody
``SHARE``           what that region holds: 0.8
``EXPECTED_BY``     a finding of another exam that lets expect a lesion there
=================  ==========================================================================
"""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from corr.imaging.dicom import header

SCHEME = "99BCORR"
SCHEME_NAME = "breast-corr correspondence of findings"


def own(value: str, meaning: str) -> Code:
    """A code of `SCHEME`."""
    return Code(value, SCHEME, meaning)


CORRESPONDENCE = own("CORRESPONDENCE", "Correspondence of findings")
P_SAME = own("P_SAME", "Probability that two findings are one lesion")
P_LOW = own("P_LOW", "Lower end of the band of that probability")
P_HIGH = own("P_HIGH", "Upper end of the band of that probability")
P_PRIOR = own("P_PRIOR", "Prior of that probability")
VERDICT = own("VERDICT", "Verdict on two findings")
REASONS = own("REASONS", "What moved the probability from its prior")
P_GROUPING = own("P_GROUPING", "Probability of the most probable grouping")
LESION = own("LESION", "Lesion of the most probable grouping")
FINDING_ID = own("FINDING_ID", "Finding as the case calls it")
FINDING_A = own("FINDING_A", "First finding of a pair")
FINDING_B = own("FINDING_B", "Second finding of a pair")
CASE_ID = own("CASE_ID", "Case as the user calls it")
REGION80 = own("REGION80", "Region of 80 % of where a lesion is expected")
SHARE = own("SHARE", "Expected here, share within")
EXPECTED_BY = own("EXPECTED_BY", "Finding that lets expect a lesion there")
VERDICTS = {
    word: own(word.upper().replace(" ", "_"), f"{word.capitalize()} lesion" if word != "undecided"
              else "Undecided by these reports")
    for word in ("different", "probably different", "undecided", "probably same", "same")
}  # fmt: skip
PREDICTED_LAYER = "PREDICTED"
"""Graphic layer of what is predicted on an image: no mark of somebody."""
PREDICTED = "a region that breast-corr predicted from other exams: no mark, so no finding"
"""What is said of one that is given back as an annotation."""


def states_own(ds: Dataset) -> bool:
    """Whether a file states that it uses codes of ours: then it is ours."""
    schemes = header.items(ds, "CodingSchemeIdentificationSequence")
    return SCHEME in [header.text(s, "CodingSchemeDesignator") for s in schemes]
