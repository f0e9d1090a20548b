"""The explored breast in three dimensions, turned with the mouse: opened only when asked for.

The skin, and around half of each belief a surface in the finding's colour. Drawn by ipyniivue
in the browser; the static twin is `corr.show.figures.breast3d.plot_breast3d`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import ipywidgets as w
import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from corr.anatomy.frame import left_sign
from corr.judgement.result import Judgement
from corr.show.explorer.breast_mesh import Mesh, Named, Surfaces, mz3, named_places, to_ras
from corr.show.explorer.widgets import close_all
from corr.show.figures.breast3d import ELEVATION_DEG, SHARE, TURN_DEG
from corr.show.figures.parts.palette import INK, SKIN_EDGE, Style
from corr.show.wording.text import NO_PLACE, position_words

HEIGHT_PX = 380
SKIN_OPACITY = 0.25
MATTE = 1
"""NiiVue's number of the light that leaves colours nearest to those of the legend."""
WORDS = (
    f"<small>Skin, and around {100 * SHARE:.0f} % of each belief a surface. From each name a line "
    "leads to where the finding is likeliest, or to the nipple. Drag to turn, wheel to zoom. The "
    "cube says L/R, A/P (front, back), S/I (head, feet) of the patient.</small>"
)
BALL_MM = 2.0
Floats = NDArray[np.float64]


class View3d:
    """A switch, and below it the view while it is on.

    `follow` costs nothing while it is off; on, only surfaces whose belief changed are sent.
    """

    def __init__(self, style: Mapping[str, Style], name: Mapping[str, str]) -> None:
        self._style, self._name = style, name
        self._widget: Any = None
        self._judgement: Judgement | None = None
        self._surfaces: Surfaces | None = None
        self._drawn: dict[str, tuple[Floats, Any]] = {}
        self._named: tuple[list[Named], Any] | None = None
        self.switch = w.ToggleButton(
            description="3-D view", icon="cube", tooltip="skin and beliefs, to turn with the mouse"
        )
        self.switch.add_class("explore-3d-switch")
        self.switch.observe(lambda change: self._turn(on=change["new"]), "value")
        self._below = w.VBox()
        self.box = w.VBox([self.switch, self._below])

    @property
    def finding_ids(self) -> tuple[str, ...]:
        """Findings whose surface is shown."""
        return tuple(i for i in self._drawn if i)

    def follow(self, judgement: Judgement) -> None:
        """Move to another judgement."""
        self._judgement = judgement
        if self._widget is not None:
            self._show(judgement)

    def _turn(self, *, on: bool) -> None:
        if not on:
            self._close_view()
            return
        from ipyniivue import NiiVue, SliceType

        self._widget = NiiVue(
            height=HEIGHT_PX,
            slice_type=SliceType.RENDER,
            back_color=(1.0, 1.0, 1.0, 1.0),
            is_orient_cube=True,
            show_legend=True,
            legend_background_color=(1.0, 1.0, 1.0, 0.8),
            drag_and_drop_enabled=False,
        )
        self._widget.add_class("explore-3d")
        if self._judgement is not None:
            self._show(self._judgement)
            # 180 is from the front, more is further to the patient's right: lateral, as on paper
            turn = left_sign(self._judgement.breast.side) * TURN_DEG
            self._widget.scene.render_azimuth = 180.0 - turn
            self._widget.scene.render_elevation = ELEVATION_DEG
        self._below.children = [self._widget, w.HTML(WORDS)]

    def _show(self, judgement: Judgement) -> None:
        if self._surfaces is None or self._surfaces.points is not judgement.points:
            self._surfaces = Surfaces(judgement)
            self._drawn = {}
            self._keep("", np.empty(0), self._surfaces.body(), (SKIN_EDGE, SKIN_OPACITY))
        told = {
            f.finding_id: judgement.beliefs[f.finding_id].probability
            for f in judgement.breast.findings
            if f.matched and position_words(f) != NO_PLACE
        }
        self._drawn = {i: d for i, d in self._drawn.items() if i in told or not i}
        self._call(judgement, told)
        for i, probability in told.items():
            if i not in self._drawn or not np.array_equal(self._drawn[i][0], probability):
                mesh = self._surfaces.belief(probability, SHARE)
                self._keep(i, probability, mesh, (self._style[i].colour, 1.0))
        self._send()

    def _keep(
        self, name: str, probability: Floats, mesh: Mesh | None, look: tuple[str, float]
    ) -> None:
        """Keep a surface under its name, the skin under none."""
        self._drawn.pop(name, None)
        if mesh is None:
            return
        from ipyniivue import Mesh as Drawn

        colour, opacity = look
        rgb = [round(255 * v) for v in to_rgb(colour)]
        made = Drawn(
            name=f"{name or 'skin'}.mz3", data=mz3(mesh), rgba255=[*rgb, 255], opacity=opacity
        )
        made.mesh_shader_index = MATTE
        self._drawn[name] = probability, made

    def _call(self, judgement: Judgement, told: Mapping[str, Floats]) -> None:
        """A small ball where each finding is likeliest, and a line from it to its name."""
        named = [Named.of("nipple", np.zeros(3), INK)]
        for i, probability in told.items():
            at = to_ras(judgement.points[int(np.argmax(probability))], judgement.breast.side)
            named.append(Named.of(self._name[i], at, self._style[i].text))
        if self._named is not None and self._named[0] == named:
            return
        from ipyniivue import Mesh as Drawn

        data, colormap, colours = named_places(named, size_mm=BALL_MM)
        self._widget.add_colormap(colormap, colours)
        self._named = named, Drawn(name="names.jcon", data=data)

    def _send(self) -> None:
        """Beliefs first and the translucent skin last, so that they are seen through it."""
        order = sorted(self._drawn, key=lambda i: not i)
        wanted = [] if self._named is None else [self._named[1]]
        wanted += [self._drawn[i][1] for i in order]
        before = [m for m in self._widget.meshes if m not in wanted]
        self._widget.meshes = wanted
        for mesh in before:
            close_all(mesh)

    def _close_view(self) -> None:
        if self._widget is None:
            return
        for mesh in self._widget.meshes:
            close_all(mesh)
        for widget in (self._widget, *self._below.children[1:]):
            close_all(widget)
        self._below.children = []
        self._widget, self._surfaces, self._drawn = None, None, {}
        self._named = None

    def close(self) -> None:
        """Close the view and its switch."""
        self._close_view()
        close_all(self.box)


def view_3d(style: Mapping[str, Style], name: Mapping[str, str]) -> View3d | None:
    """The 3-D view, closed at first; None without ipyniivue."""
    return None if find_spec("ipyniivue") is None else View3d(style, name)
