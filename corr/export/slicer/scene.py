"""A scene of 3D Slicer (``.mrml``): one file to drop, which names the others beside it.

Node names and attributes are those that Slicer reads (``vtkMRML...Node::ReadXMLAttributes``): each
node refers to its display and storage node by id, each storage node to a file by a path relative to
the scene. Of a markups file a scene takes the first markup.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

FORMAT = "Slicer4.4.0"
"""Since when Slicer reads scenes like this; it warns of scenes that name another program."""
OPACITY = 0.5
"""Of the belief that lies over the MRI, and of regions."""
_GREY, _HEAT = "vtkMRMLColorTableNodeGrey", "vtkMRMLColorTableNodeFileInferno.txt"
_VIEWS = ("Red", "Green", "Yellow")
_SHOWN = {"hideFromEditors": "false", "selectable": "true", "selected": "false"}


@dataclass
class Scene:
    """Nodes of a scene, in the order in which they were added."""

    _root: ET.Element = field(
        default_factory=lambda: ET.Element("MRML", version=FORMAT, userTags="")
    )
    _volumes: list[str] = field(default_factory=list)
    _beliefs: list[str] = field(default_factory=list)

    def add_mri(self, name: str, file: str) -> None:
        """The MRI, behind everything."""
        self._volumes.append(self._volume(name, file, _GREY, {"autoWindowLevel": "1"}))

    def add_belief(self, name: str, file: str, highest: float) -> None:
        """A belief, of which only what is not 0 shows; the first lies over the MRI."""
        least = 1e-6 * highest
        window = {
            "autoWindowLevel": "0", "window": f"{highest:.6g}", "level": f"{highest / 2:.6g}",
            "applyThreshold": "1", "autoThreshold": "0", "lowerThreshold": f"{least:.6g}",
            "upperThreshold": f"{2 * highest:.6g}",
        }  # fmt: skip
        self._beliefs.append(self._volume(name, file, _HEAT, window))

    def add_points(self, name: str, file: str, colour: tuple[float, float, float]) -> None:
        """The first markup of a file: a list of points."""
        rgb = " ".join(f"{c:g}" for c in colour)
        look = {
            "color": rgb, "selectedColor": rgb, "visibility": "true", "useGlyphScale": "false",
            "glyphSize": "3", "textScale": "3", "pointLabelsVisibility": "true",
        }  # fmt: skip
        names = ("MarkupsFiducial", "MarkupsFiducialDisplay", "MarkupsJsonStorage")
        self._stored(names, name, file, look)

    def add_regions(self, name: str, file: str, *, shown: bool) -> None:
        """A segmentation, shown or to be switched on; names and colours are those of the file."""
        look = {
            "visibility": str(shown).lower(), "visibility3D": "true", "opacity": f"{OPACITY:g}",
            "Visibility2DFill": "true", "Visibility2DOutline": "true",
        }  # fmt: skip
        names = ("Segmentation", "SegmentationDisplay", "SegmentationStorage")
        self._stored(names, name, file, look)

    def to_bytes(self) -> bytes:
        """The scene, with MRI and first belief in all three slice views."""
        back = [*self._volumes, *self._beliefs]
        over = self._beliefs if self._volumes else self._beliefs[1:]
        shown = f"{OPACITY:g}" if over else "0"
        for view in _VIEWS if back else ():
            ET.SubElement(
                self._root, "SliceComposite", id=f"vtkMRMLSliceCompositeNode{view}",
                name="SliceComposite", singletonTag=view, layoutName=view,
                backgroundVolumeID=back[0], foregroundVolumeID=over[0] if over else "",
                labelVolumeID="", foregroundOpacity=shown, linkedControl="1",
            )  # fmt: skip
        ET.indent(self._root, " ")
        return ET.tostring(self._root, encoding="utf-8", xml_declaration=True) + b"\n"

    def _volume(self, name: str, file: str, colours: str, window: dict[str, str]) -> str:
        look = {"references": f"color:{colours};", "interpolate": "1", "visibility": "true"}
        names = ("Volume", "VolumeDisplay", "VolumeArchetypeStorage")
        return self._stored(names, name, file, look | window)

    def _stored(
        self, tags: tuple[str, str, str], name: str, file: str, look: dict[str, str]
    ) -> str:
        """A node with its display and its storage; its id."""
        n = 1 + sum(node.tag == tags[0] for node in self._root)
        own, display, storage = (f"vtkMRML{_CLASS.get(tag, tag)}Node{n}" for tag in tags)
        shown = {"id": display, "name": f"{name} display", **look}
        kept = {"id": storage, "name": f"{name} storage", "fileName": file, "useCompression": "1"}
        references = f"display:{display};storage:{storage};"
        ET.SubElement(self._root, tags[1], shown)
        ET.SubElement(self._root, tags[2], {**kept, **_STORED.get(tags[2], {})})
        ET.SubElement(
            self._root, tags[0], {"id": own, "name": name, "references": references, **_SHOWN}
        )
        return own


_CLASS = {"Volume": "ScalarVolume", "VolumeDisplay": "ScalarVolumeDisplay"}
"""Classes of nodes that are not called as their element."""
_STORED = {
    "VolumeArchetypeStorage": {"centerImage": "0", "UseOrientationFromFile": "1"},
    "MarkupsJsonStorage": {"coordinateSystem": "LPS"},
}
