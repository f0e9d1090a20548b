"""The MRI of an explored case in ipyniivue, with the crosshair where a finding is.

Only for cases that list an MRI among their images, and where ipyniivue is installed; the static
twin shows the same place as slices (`corr.show.mri`).
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corr.casefile import Case
from corr.frame import breast_to_lps
from corr.records import Finding
from corr.show.explorer_widgets import close_all

MOST_VOXELS = 16_000_000
"""Larger volumes are thinned before they are sent to the browser."""
HEIGHT_PX = 320
RAS = np.array([-1.0, -1.0, 1.0])


def mri_study(case: Case) -> Any:
    """The MRI (`corr.imaging.mri_study.MriStudy`) of a case, None where it has none."""
    return next((r.image for r in getattr(case, "images", ()) if r.modality == "MR"), None)


def place_lps(finding: Finding, study: Any, side: str) -> NDArray[np.float64] | None:
    """Where an MRI finding is in patient coordinates (LPS, mm); None where it does not say."""
    at = (finding.lateral_mm, finding.superior_mm, finding.posterior_mm)
    anatomy = study.anatomy.get(side)
    nipple = None if anatomy is None else anatomy.nipple_lps
    if finding.modality != "MR" or nipple is None or None in at:
        return None
    return np.asarray(breast_to_lps([float(v or 0.0) for v in at], nipple, side))


class MriView:
    """NiiVue widget on the last phase of a study."""

    def __init__(self, study: Any) -> None:
        from ipyniivue import NiiVue, Volume

        phases = study.dynamic.posts or (study.dynamic.pre,)
        image = _nifti(phases[-1])
        self._to_index, self._shape = np.linalg.inv(image.affine), np.array(image.shape)
        self.study, self.widget = study, NiiVue(height=HEIGHT_PX)
        self.widget.load_volumes([Volume(name="phase.nii", data=bytes(image.to_bytes()))])

    def point_to(self, finding: Finding, side: str) -> None:
        """Move the crosshair to a finding; it stays where the finding has no place on the MRI."""
        at = place_lps(finding, self.study, side)
        if at is not None:
            index = (self._to_index @ np.append(RAS * at, 1.0))[:3]
            share = np.clip((index + 0.5) / self._shape, 0.0, 1.0)
            self.widget.scene.crosshair_pos = [float(v) for v in share]

    def close(self) -> None:
        """Close the widget and its volume."""
        for volume in self.widget.volumes:
            close_all(volume)
        close_all(self.widget)


def mri_view(case: Case) -> MriView | None:
    """The MRI of a case, None without one or without ipyniivue."""
    study = mri_study(case)
    if study is None or find_spec("ipyniivue") is None:
        return None
    return MriView(study)


def _nifti(volume: Any) -> Any:
    """A volume as NIfTI-1 in RAS mm with its axes along them, thinned where it is large."""
    import nibabel as nib

    step = max(1, int(np.ceil((np.prod(volume.shape) / MOST_VOXELS) ** (1 / 3))))
    data = np.ascontiguousarray(volume.data[::step, ::step, ::step], dtype=np.float32)
    affine = np.diag([*RAS, 1.0]) @ volume.affine_lps @ np.diag([step, step, step, 1.0])
    return nib.as_closest_canonical(nib.Nifti1Image(data, affine))
