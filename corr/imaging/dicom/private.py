"""Words that identify somebody: which of a header's, and whether a text holds one.

A name that is no person's is no secret: `Breast_MRI_001` is made of ordinary words and a running
number, and a file's own sentences about breasts stay readable.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from pydicom.dataset import Dataset

from corr.imaging.dicom import header

_PATIENT = ("PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName",
            "PatientAddress")  # fmt: skip
_STAFF = ("ReferringPhysicianName", "OperatorsName", "PerformingPhysicianName",
          "NameOfPhysiciansReadingStudy", "RequestingPhysician")  # fmt: skip
_NUMBERS = ("PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "IssuerOfPatientID",
            "PatientTelephoneNumbers")  # fmt: skip
_DATES = ("PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
ORDINARY = frozenset(
    """
    abus accession acquisition adc allowed annotation annotations anon anonymised anonymized
    anonymous asl axial before benign bilateral biopsy birads breast breasts calc calcification
    calcifications cancer case cases clip contrast control coronal cyst dce demo density derived
    diagnosis dicom distortion dixon dummy dwi dyn dynamic exam exams fat file files film films
    flair foci focus folder fse full gre health image images implant index kind label left
    lesion lesions localiser localizer magnitude malignant mammo mammogram mammography map mask
    mass masses mip modality mri mrt name nipple node none not note one pat patient patients
    perfusion phantom phase phases pilot plain post pre presentation processing prone protocol
    qa qc quadrant region research right roi sag sagittal sample scan scanner scar screening seg
    segmentation sequence series seroma side sides size slice sonogram spot stereo structured
    study sub subtraction supine survey synthetic test tests tomo tomosynthesis train training
    tse tumor tumour ultrasound unilateral unknown unnamed unstated val validation vibe vibrant
    view volume volunteer water with without
    """.split()  # noqa: SIM905
)
"""Words of radiology, of data sets and of this package's sentences; no person is found by them."""
_DATA_SETS = frozenset(
    """
    acrin ambl bcs cbis cesm cmmd csaw dbt ddsm dce duke embed fastmri ffdm inbreast ispy mama mia
    mias nact optimam qin rsna tcga tcia tompei vindr
    """.split()  # noqa: SIM905
)
"""Names of public data sets and techniques; no secret beside a running number."""
_SHORT = frozenset(("", *"prlabc", "cc", "mlo", "lmo", "ml", "lm", "mg", "us", "mr", "ct"))
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez)[a-zä]*"
_DATE = re.compile(
    rf"""(?<!\d)(?:\d{{4}}[./\ _-]\d{{1,2}}[./\ _-]\d{{1,2}}
    |\d{{1,2}}[./_-]\d{{1,2}}[./_-](?:\d{{4}}|\d{{2}})
    |\d{{1,2}}[.\ -]*{_MONTH}[.,\ -]*(?:\d{{4}}|\d{{2}})|{_MONTH}[.\ -]*\d{{1,2}}[.,\ -]+\d{{4}}
    )(?!\d)""",
    re.IGNORECASE | re.VERBOSE,
)
_UID = re.compile(r"(?<![\d.])(?=[\d.]{12})[012](?:\.\d+){2,}")
_LONG_NUMBER = re.compile(r"\d{5}|(?:\d[ ./_-]?){6}\d")
LEAST_IN_WORD = 4
"""Letters of a name from which it is found inside a longer word too."""
LONG = 6
"""Characters from which that holds for words with digits."""
MOST_IN_CODE = 5
"""Digits of a running number; longer ones are numbers of patients and exams."""


def words_of(ds: Dataset) -> frozenset[str]:
    """Words (folded) that identify the patient, the exam or those who made it.

    Names give their parts, numbers are whole; ordinary words, short numbers and what is no
    person's name are left out.
    """
    found = set[str]()
    for keyword in _PATIENT:
        found |= _of_name(header.text(ds, keyword), least=2)
    for keyword in _STAFF:
        found |= _of_name(header.text(ds, keyword), least=LEAST_IN_WORD)
    for keyword in _NUMBERS:
        for number in map(folded, header.text(ds, keyword).split("\\")):
            if len(number) >= LEAST_IN_WORD and not is_code(number):
                parts = tokens(number)
                found |= {number} if set(parts) - ORDINARY else set()
                found |= {p for p in parts if len(re.sub(r"\D", "", p)) >= LEAST_IN_WORD}
    for keyword in _DATES:
        found |= {date for date in header.text(ds, keyword).split("\\") if len(date) == 8}
    born = header.text(ds, "PatientBirthDate")
    return frozenset(found | ({born[:4], born[6:] + born[4:6] + born[:4]} if born else set()))


def is_code(name: str) -> bool:
    """Whether a name is one of a data set: ordinary words and a running number.

    >>> [is_code(n) for n in ("Breast_MRI_001", "DBT-P00003", "Breast^Mary", "Patient 1234567")]
    [True, True, False, False]
    """
    parts = tokens(name)
    letters = [re.sub(r"\d", "", p) for p in parts]
    numbers = [n for p in parts if (n := re.sub(r"\D", "", p))]
    running = bool(numbers) and max(map(len, numbers)) <= MOST_IN_CODE
    known = ORDINARY | _DATA_SETS
    return running and bool(known & {*letters}) and {*letters} <= known | _SHORT


def folded(text: str) -> str:
    """Lower case without accents.

    >>> folded("MÜLLER")
    'muller'
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def tokens(text: str) -> list[str]:
    """Runs of letters and digits of a text, folded."""
    return re.findall(r"[^\W_]+", folded(text))


def hidden(text: str, private: Collection[str]) -> str:
    """A text with a short hash in the place of private words and of UIDs."""
    several = sorted((w for w in private if not w.isalnum()), key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, several)) or r"(?!)", re.IGNORECASE)
    text = known.sub(_hashed, _UID.sub(_hashed, text))
    inside = [w for w in private if within_words(w)]

    def one(found: re.Match[str]) -> str:
        word = folded(found[0])
        return _hashed(found) if word in private or any(w in word for w in inside) else found[0]

    return re.sub(r"(?<!~)[^\W_]+", one, text)


def within_words(word: str) -> bool:
    """Whether a word is also looked for inside of longer ones; a year is not."""
    return len(word) >= (LEAST_IN_WORD if word.isalpha() else LONG)


def _hashed(found: re.Match[str]) -> str:
    return "~" + sha256(found[0].lower().encode()).hexdigest()[:5]


def nameless(words: str, path: Path) -> str:
    """Words about a file without its name: that may be a person's."""
    shorter = words.replace(str(path), "the file")
    return shorter.replace(path.name, "the file") if len(path.name) > 2 else shorter


def told(text: str, private: Collection[str]) -> str:
    """What a text tells of somebody, in words that do not repeat it; empty if nothing.

    >>> told("mass MEIER", {"meier"}), told("Tu 3.2.1950", ()), told("mass 12 x 8 mm", {"meier"})
    ('a word of a name or number in a header', 'a date', '')
    """
    plain, parts = folded(text), set(tokens(text))
    for word in private:
        whole = word in parts if word.isalnum() else word in plain
        if whole or (within_words(word) and word in plain):
            return "a word of a name or number in a header"
    if _DATE.search(plain):
        return "a date"
    return "a long number" if _LONG_NUMBER.search(plain) else ""


def _of_name(name: str, *, least: int) -> set[str]:
    """Parts of a person's name, those with few digits left out; none of a data set's name."""
    name = name.rstrip("^ ")
    if is_code(name):
        return set()
    known = frozenset() if "^" in name else ORDINARY  # a person may be called Mary Case
    return {
        p
        for p in tokens(name)
        if p not in known
        and (len(p) >= least if p.isalpha() else len(re.sub(r"\D", "", p)) >= LEAST_IN_WORD)
    }
