"""The MRI of an explored case in ipyniivue: where the chosen finding should lie, over the image.

Only for cases that list an MRI among their images, and where ipyniivue is installed; the static
twin shows the same place as slices (`corr.show.images.mri`, `corr.show.images.mri_beliefs`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from importlib.util import find_spec
from typing import Any

import ipywidgets as w
import numpy as np
from numpy.typing import NDArray

from corr.anatomy.frame import breast_to_lps
from corr.case.casefile import Case
from corr.judgement.result import Judgement
from corr.records import Finding
from corr.show.explorer.breast_mesh import Named, named_places, ramp
from corr.show.explorer.mri_overlay import HIGHEST, OUTERMOST, STEP_MM, Overlay
from corr.show.explorer.widgets import close_all
from corr.show.figures.parts.palette import Style

MOST_VOXELS = 4_000_000
"""Larger volumes are thinned before they are sent to the browser, which sends them back."""
HEIGHT_PX = 240
RAS = np.array([-1.0, -1.0, 1.0])
BRIGHTEST = 99.7
"""Percentile of the image that is shown white."""
OPACITY = 0.6
NIPPLE, BALL_MM = "#c9a08a", 2.5
WORDS = (
    "<small>MRI after contrast. Coloured: where in this breast {name} lies with "
    f"{OUTERMOST:.0%}{{volume}}, brighter where it is likelier. Lines cross where an MRI finding "
    "was stated, else where it is likeliest. Follows when nothing moves for a moment.{doubt}"
    "</small>"
)
DOUBT = " <b>Hardly any of this belief lies in the breast of this MRI: it is shown whole.</b>"
Floats = NDArray[np.float64]


def mri_study(case: Case) -> Any:
    """The MRI (`corr.imaging.mri.study.MriStudy`) of a case, None where it has none."""
    return next((r.image for r in getattr(case, "images", ()) if r.modality == "MR"), None)


def place_lps(finding: Finding, nipple_lps: Floats | None, side: str) -> Floats | None:
    """Where an MRI finding is in patient coordinates (LPS, mm); None where it does not say."""
    at = (finding.lateral_mm, finding.superior_mm, finding.posterior_mm)
    if finding.modality != "MR" or nipple_lps is None or None in at:
        return None
    return np.asarray(breast_to_lps([float(v or 0.0) for v in at], nipple_lps, side))


class MriView:
    """NiiVue widget on the last phase of a study, with the belief of one finding over it."""

    def __init__(self, study: Any, side: str) -> None:
        from ipyniivue import MultiplanarType, NiiVue, ShowRender, Volume

        phases = study.dynamic.posts or (study.dynamic.pre,)
        image = _phase(phases[-1])
        self._to_index, self._shape = np.linalg.inv(image.affine), np.array(image.shape)
        anatomy = study.anatomy.get(side)
        known = anatomy is not None and anatomy.sides_known
        self.side, self._nipple = side, np.asarray(anatomy.nipple_lps, float) if known else None
        self._inside = anatomy.inside if known else None
        self.widget = NiiVue(
            height=HEIGHT_PX,
            is_radiological_convention=True,  # the patient's right on the viewer's left
            multiplanar_pad_pixels=14,
            multiplanar_layout=MultiplanarType.ROW,
            multiplanar_show_render=ShowRender.NEVER,
            show_all_orientation_markers=True,
            crosshair_width_unit="mm",
            font_color=(0.85, 0.85, 0.85, 1.0),
            drag_and_drop_enabled=False,
        )
        self.widget.add_class("explore-mri")
        self._volume = Volume
        self._image = Volume(name="phase.nii", data=bytes(image.to_bytes()), colormap="gray")
        self._image.colorbar_visible = False
        self._shown: tuple[str, NDArray[np.uint8]] | None = None
        self._colours: set[str] = set()
        self._at: Floats | None = None
        self._marked: list[Named] = []
        self.widget.load_volumes([self._image])
        self._words = w.HTML(WORDS.format(name="the finding", volume="", doubt=""))
        self._legend = w.HTML()
        self.box = w.VBox([self.widget, self._legend, self._words])

    def follow(
        self, judgement: Judgement, finding: Finding, colour: str, name: str = "the finding"
    ) -> None:
        """Lay the belief of a finding over the image and point the crosshair to the finding.

        To where an MRI finding says it is, else to where the belief is densest.
        """
        at = place_lps(finding, self._nipple, self.side)
        if self._nipple is not None:
            overlay = Overlay(judgement, self._nipple, self._inside)
            shown = overlay.shown(judgement.beliefs[finding.finding_id].probability)
            volume = f" ({overlay.volume_cm3(shown):.0f} cm\N{SUPERSCRIPT THREE})"
            self._words.value = WORDS.format(
                name=escape(name), volume=volume, doubt="" if overlay.fits else DOUBT
            )
            at = overlay.densest_lps(shown) if at is None else at
            self._lay(colour, overlay, shown)
        self._at = at
        if at is not None:
            self._point(at)

    def point(self, place_mm: Floats | None) -> None:
        """Cross the lines at a place of the breast frame, mm; None: where they were."""
        at = self._at
        if place_mm is not None and self._nipple is not None:
            at = np.asarray(breast_to_lps(place_mm, self._nipple, self.side))
        if at is not None:
            self._point(at)

    def _point(self, at_lps: Floats) -> None:
        index = (self._to_index @ np.append(RAS * at_lps, 1.0))[:3]
        share = np.clip((index + 0.5) / self._shape, 0.0, 1.0)
        self.widget.scene.crosshair_pos = [float(v) for v in share]

    def _lay(self, colour: str, overlay: Overlay, shown: NDArray[np.uint8]) -> None:
        if self._shown is not None and self._shown[0] == colour:
            before = self._shown[1]
            if before.shape == shown.shape and np.array_equal(before, shown):
                return
        self._shown = colour, shown
        made = self._volume(
            name="belief.nii", data=_belief(overlay, shown), opacity=OPACITY,
            colormap=self._colormap(colour), cal_min=0.0, cal_max=float(HIGHEST),
        )  # fmt: skip
        made.colorbar_visible = False
        gone = [v for v in self.widget.volumes if v is not self._image]
        self.widget.volumes = [self._image, made]
        for volume in gone:
            close_all(volume)

    def _colormap(self, colour: str) -> str:
        """A colour map from faint to full of one colour, made once."""
        name, colours = ramp(colour)
        if name not in self._colours:
            self._colours.add(name)
            self.widget.add_colormap(name, colours)
        return name

    def mark(
        self, findings: Iterable[Finding], style: Mapping[str, Style], name: Mapping[str, str]
    ) -> None:
        """A ball and a name for the nipple and every finding that states its place in an MRI."""
        if self._nipple is None:
            return
        named = [Named.of("nipple", RAS * self._nipple, NIPPLE)]
        for f in findings:
            at = place_lps(f, self._nipple, self.side)
            if at is not None:
                colour = style[f.finding_id].colour
                named.append(Named.of(name[f.finding_id], RAS * at, colour))
        if named == self._marked:
            return
        self._marked = named
        from ipyniivue import Mesh

        data, colormap, colours = named_places(named, size_mm=BALL_MM)
        self.widget.add_colormap(colormap, colours)
        gone, self.widget.meshes = list(self.widget.meshes), [Mesh(name="names.jcon", data=data)]
        for mesh in gone:
            close_all(mesh)
        dots = ", ".join(
            f"<span aria-hidden='true' style='color:{n.colour}'>\N{BLACK CIRCLE}</span> "
            f"{escape(n.name)}"
            for n in named
        )
        self._legend.value = f"<small>Dots, seen through the slices: {dots}</small>"

    def close(self) -> None:
        """Close the widget and its volumes."""
        for part in (*self.widget.volumes, *self.widget.meshes):
            close_all(part)
        close_all(self.box)


def mri_view(case: Case, side: str) -> MriView | None:
    """The MRI of a case, None without one or without ipyniivue."""
    study = mri_study(case)
    if study is None or find_spec("ipyniivue") is None:
        return None
    return MriView(study, side)


def _phase(volume: Any) -> Any:
    """A volume as 8-bit NIfTI-1 in RAS mm with its axes along them, thinned where it is large."""
    import nibabel as nib

    step = max(1, int(np.ceil((np.prod(volume.shape) / MOST_VOXELS) ** (1 / 3))))
    data = volume.data[::step, ::step, ::step]
    low, high = np.percentile(data, [0.5, BRIGHTEST])
    grey = np.clip(255.0 * (data - low) / max(high - low, 1e-9), 0, 255).astype(np.uint8)
    affine = np.diag([*RAS, 1.0]) @ volume.affine_lps @ np.diag([step, step, step, 1.0])
    return nib.as_closest_canonical(nib.Nifti1Image(np.ascontiguousarray(grey), affine))


def _belief(overlay: Overlay, shown: NDArray[np.uint8]) -> bytes:
    import nibabel as nib

    affine = np.diag([*(STEP_MM * RAS), 1.0])
    affine[:3, 3] = RAS * overlay.start_mm
    return bytes(nib.Nifti1Image(shown, affine).to_bytes())
