"""Packages that only some of corr needs, by the extra that installs them.

``pip install breast-corr`` reads cases and CSV tables, judges them and answers what is asked. What
more a room needs it states in its ``__init__``, so that whoever comes in without it is told what to
install; `pyproject.toml` has the versions.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import ClassVar

from corr.problems import CorrError

EXTRAS: dict[str, tuple[str, ...]] = {
    "plots": ("matplotlib",),
    "tables": ("pyarrow", "openpyxl"),
    "images": ("pydicom", "nibabel", "highdicom", "nrrd", "PIL", "skimage"),
    "notebooks": ("jupyterlab", "nbconvert", "nbformat", "papermill", "matplotlib", "PIL"),
    "explorer": ("ipywidgets", "anywidget", "ipympl", "ipyniivue", "matplotlib", "nibabel"),
    "fhir": ("fhir", "pydicom"),
    "dask": ("distributed",),
    "jpda": ("stonesoup",),
    "metaimage": ("SimpleITK",),
}
"""Modules that are imported, by extra."""
BESIDE_ALL = ("dask", "jpda", "metaimage")
"""Extras that ``breast-corr[all]`` leaves out: large, and wanted by few."""


class NotInstalledError(CorrError, ImportError):
    """Something is asked of corr that needs packages that are not here."""

    EVERYWHERE: ClassVar[str] = "this installation of corr"


def needs(extra: str, what: str) -> None:
    """Refuse to go on without the packages of an extra.

    Parameters
    ----------
    extra : one of `EXTRAS`
    what : what needs them, as the subject of a sentence in the plural

    Raises
    ------
    NotInstalledError
        Names the packages that are missing and the command that installs them.
    """
    missing = [module for module in EXTRAS[extra] if find_spec(module) is None]
    if missing:
        everything = "" if extra in BESIDE_ALL else ', or "breast-corr[all]" for everything'
        msg = f"{what} need packages that are not installed ({', '.join(missing)})"
        raise NotInstalledError(
            msg,
            allowed="what breast-corr does without them: cases, CSV tables, judgements, answers",
            fix=f'pip install "breast-corr[{extra}]"{everything}',
        )
