"""Make data/image_case: mammograms and an MRI of a digital breast with known lesions.

Needs the phantom (see victre_phantom in data_manifest.yaml). The same phantom gives the same
bytes. Three lesions sit at places that were found again in both states of the phantom (matched
terminal ducts), so the CC shows them where the finite-element compression moved them.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from benchmarks.phantom import dicom as phantom_dicom
from benchmarks.phantom import mri as phantom_mri
from benchmarks.phantom import phantom
from benchmarks.phantom.phantom import Film, State

PIXEL_MM, FILM_SHAPE = 0.1, (2394, 1914)
PHOTONS = 2e6
CC_EDGE_INDEX = 168  # of the compressed phantom: from here on it lies between the plates
MLO_DEG, BEAM_RATIO, MLO_EDGE_MM = 45.0, 0.66, 80.0
MUSCLE_MM, MUSCLE_TILT_DEG = 76.0, 20.0
MRI_NOISE, PHASE_SECONDS = 4.0, (0, 120, 420)
LABELS = {"mass": phantom.MASS, "calcification": phantom.CALCIFICATION}


@dataclass(frozen=True)
class Lesion:
    """One lesion: tissue mm (lateral, superior, posterior) unloaded and compressed for the CC."""

    lesion_id: str
    breast: str
    kind: str
    radius_mm: float
    unloaded_mm: tuple[float, float, float]
    compressed_mm: tuple[float, float, float] | None  # None: not in the films
    enhancement: tuple[float, float] | None = None  # early, late; None: nothing to see in MRI
    marks: tuple[str, str] = ("", "")  # names of its marks on films and MRI


LESIONS = (
    Lesion("A", "R", "mass", 6.0, (25.7, 21.2, 43.0), (29.5, 7.9, 46.7), (1.4, 1.1),
           ("mass 1", "mass 1")),
    Lesion("B", "R", "calcification", 3.5, (27.1, -12.4, 34.0), (29.2, -17.9, 33.7), None,
           ("calcification 2", "")),
    Lesion("C", "R", "mass", 4.0, (-15.5, 22.2, 41.8), (-18.2, 10.6, 45.7), (0.9, 1.0),
           ("mass 3", "mass 3")),
    Lesion("D", "L", "mass", 4.5, (4.6, 15.2, 28.3), None, (1.2, 1.3)),  # in MRI only, unmarked
)  # fmt: skip


TOLD: dict[str, object] = {
    "lesion_id": "A", "breast": "R", "modality": "US", "kind": "mass", "size_mm": 10.0,
    "clock": "11-12",
}  # fmt: skip
"""What an ultrasound report says of mass A: in words, for there is no ultrasound image."""


def main() -> None:
    """Write the case into a folder; everything in it that is not named below is left alone."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("phantom", type=Path, help="folder with p_1.mhd, pc_1.mhd and .raw.gz")
    parser.add_argument("--out", type=Path, default=Path("data/image_case"))
    asked = parser.parse_args()
    out: Path = asked.out
    out.mkdir(parents=True, exist_ok=True)
    unloaded = phantom.read_state(asked.phantom / "p_1.mhd")
    compressed = phantom.read_state(asked.phantom / "pc_1.mhd")
    truth = [*films(unloaded, compressed, out), *mri(unloaded, out), TOLD]
    for row in truth:
        row["finding_id"] = finding_id(row)
    write_rows(truth, out / "truth.csv")
    write_rows([finding_of(row) for row in truth], out / "true_findings.csv")
    size = sum(p.stat().st_size for p in out.rglob("*") if p.is_file())
    print(f"{out}: {size / 1e6:.1f} MB")


def films(unloaded: State, compressed: State, out: Path) -> list[dict[str, object]]:
    """CC and MLO with their marks; the truth of each lesion on them."""
    shown = [x for x in LESIONS if x.compressed_mm is not None]
    on_cc = {x.lesion_id: np.array(x.compressed_mm) for x in shown}
    cc = with_lesions(compressed, on_cc)
    squeezed = phantom.squeezed(unloaded, MLO_DEG, BEAM_RATIO)
    squeezed = phantom.with_muscle(squeezed, MUSCLE_MM, MUSCLE_TILT_DEG)
    on_mlo = {
        x.lesion_id: phantom.squeeze_points(x.unloaded_mm, MLO_DEG, BEAM_RATIO) for x in shown
    }
    mlo = with_lesions(squeezed, on_mlo)
    mlo_edge = int(mlo.nipple_index[2] - MLO_EDGE_MM / mlo.voxel_mm)
    rows = []
    for view, angle, state, places, edge in (
        ("CC", 0.0, cc, on_cc, CC_EDGE_INDEX),
        ("MLO", MLO_DEG, mlo, on_mlo, mlo_edge),
    ):
        film = phantom.film_of(state, edge, FILM_SHAPE, PIXEL_MM)
        attenuation = phantom.film_noise(phantom.line_integrals(film), PHOTONS, seed=len(view))
        ds = phantom_dicom.film_file(film, attenuation, view, angle)
        marks = {x.marks[0]: ring(film, places[x.lesion_id], x.radius_mm) for x in shown}
        write = phantom_dicom.report_file if view == "CC" else phantom_dicom.presentation_file
        save(ds, out / f"R_{view}.dcm")
        save(write(ds, marks), out / f"R_{view}_marks.dcm")
        rows += [film_truth(x, view, angle, film, places[x.lesion_id]) for x in shown]
    return rows


def with_lesions(state: State, places: dict[str, NDArray[np.float64]]) -> State:
    """The state with every lesion of `places` in it; calcifications as nine grains."""
    rng = np.random.default_rng(7)
    for lesion in LESIONS:
        if lesion.lesion_id not in places:
            continue
        centre, radius = places[lesion.lesion_id], lesion.radius_mm
        if lesion.kind == "calcification":
            spread = rng.normal(size=(9, 3))
            spread *= radius / np.linalg.norm(spread, axis=1, keepdims=True)
            spread *= rng.uniform(0.4, 1.0, (9, 1))
            centres = centre + spread - spread.mean(axis=0)
            radii = rng.uniform(0.25, 0.4, 9)
        else:
            centres, radii = centre[None, :], np.array([radius])
        state = phantom.with_balls(state, centres, radii, LABELS[lesion.kind])
    return state


def ring(film: Film, place_mm: NDArray[np.float64], radius_mm: float) -> NDArray[np.float64]:
    """Outline (row, column) of a ball on the film, as a reader would draw it: whole pixels."""
    index = film.state.index(place_mm)
    turn = np.linspace(0.0, 2 * np.pi, 25)
    radius = radius_mm / film.pixel_mm * film.magnification(index[0])
    circle = radius * np.stack([np.sin(turn), np.cos(turn)], axis=-1)
    return np.rint(film.pixel(index) + circle)


def film_truth(
    lesion: Lesion, view: str, angle_deg: float, film: Film, place_mm: NDArray[np.float64]
) -> dict[str, object]:
    """Where the lesion is on the film, in pixels and in mm of the detector from the nipple."""
    index = film.state.index(place_mm)
    pixel, nipple = film.pixel(index), film.pixel(film.state.nipple_index)
    return {
        "lesion_id": lesion.lesion_id, "breast": lesion.breast, "image": f"R_{view}.dcm",
        "modality": "MG", "view": view, "view_angle_deg": angle_deg, "kind": lesion.kind,
        "size_mm": 2 * lesion.radius_mm,
        "thickness_mm": round(film.thickness_mm, 1),
        "row": pixel[0], "col": pixel[1], "nipple_row": nipple[0], "nipple_col": nipple[1],
        "posterior_mm": (pixel[1] - nipple[1]) * film.pixel_mm,
        "transverse_mm": (nipple[0] - pixel[0]) * film.pixel_mm,
        "tissue_posterior_mm": place_mm[2], "tissue_transverse_mm": place_mm[0],
    }  # fmt: skip


def mri(unloaded: State, out: Path) -> list[dict[str, object]]:
    """Three phases as DICOM, a segmentation and a Slicer mark; the truth in LPS."""
    grid = phantom_mri.Grid()
    seen = [x for x in LESIONS if x.enhancement is not None]
    balls = {}
    for x in seen:
        centre = phantom_mri.prone_lps(x.unloaded_mm, x.breast)
        early, late = x.enhancement or (0.0, 0.0)
        balls[x.lesion_id] = phantom_mri.Enhancing(tuple(centre), x.radius_mm, early, late)
    for n, image in enumerate(phantom_mri.phases(unloaded, list(balls.values()), grid)):
        volume = phantom_mri.with_noise(image, MRI_NOISE, seed=n)
        ds = phantom_dicom.volume_file(volume, grid, n, PHASE_SECONDS[n])
        save(ds, out / "mri" / f"phase{n}.dcm")
    mask = phantom_mri.mask_of(balls["A"], grid)
    save(phantom_dicom.segmentation_file(ds, mask, grid, "mass 1"), out / "mri_mass1_seg.dcm")
    mark_slicer(out / "mri_mass3.mrk.json", "mass 3", balls["C"].centre_lps_mm)
    tip_mm = (0.0, 0.0, -phantom.nipple_reach_mm(unloaded))
    return [mri_truth(x, balls[x.lesion_id], phantom_mri.prone_lps(tip_mm, x.breast)) for x in seen]


def mri_truth(
    lesion: Lesion, ball: phantom_mri.Enhancing, nipple: NDArray[np.float64]
) -> dict[str, object]:
    """Where lesion and tip of the nipple are in patient coordinates, and relative to the tip."""
    left, behind, up = ball.centre_lps_mm
    names = ("mr_l_mm", "mr_p_mm", "mr_s_mm")
    return {
        "lesion_id": lesion.lesion_id, "breast": lesion.breast, "image": "mri",
        "modality": "MR", "kind": lesion.kind, "size_mm": 2 * lesion.radius_mm,
        **dict(zip(names, (left, behind, up), strict=True)),
        **{n.replace("mr_", "mr_nipple_"): x for n, x in zip(names, nipple, strict=True)},
        "lateral_mm": (left - nipple[0]) * (1 if lesion.breast == "L" else -1),
        "superior_mm": up - nipple[2],
        "posterior_mm": behind - nipple[1],
    }  # fmt: skip


def mark_slicer(path: Path, name: str, lps_mm: tuple[float, float, float]) -> None:
    """A 3D Slicer point list, in RAS as Slicer shows it."""
    left, behind, up = lps_mm
    point = {
        "id": "1", "label": name, "position": [round(-left, 2), round(-behind, 2), round(up, 2)],
        "positionStatus": "defined",
    }  # fmt: skip
    schema = (
        "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/"
        "Resources/Schema/markups-schema-v1.0.3.json#"
    )
    points = {"type": "Fiducial", "coordinateSystem": "RAS", "controlPoints": [point]}
    text = json.dumps({"@schema": schema, "markups": [points]}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def save(ds: Dataset, path: Path) -> None:
    """Write a DICOM file whose bytes do not name the version of the library."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.file_meta.ImplementationClassUID = phantom_dicom.uid("implementation")
    ds.file_meta.ImplementationVersionName = "BREAST-CORR"
    ds.save_as(path, enforce_file_format=True)


def finding_id(row: dict[str, object]) -> str:
    """The finding_id that `case.yaml` gives, or gets, for a row of the truth."""
    lesion = next(x for x in LESIONS if x.lesion_id == row["lesion_id"])
    if row["modality"] == "US":
        return "US-mass"
    if not any(lesion.marks):
        return f"MRI enhancement {lesion.breast}1"
    mark = lesion.marks[0].replace("calcification", "calc").replace(" ", "-")
    return f"{row.get('view', 'MRI')}-{mark}"


def finding_of(row: dict[str, object]) -> dict[str, object]:
    """A row of the findings table that knows the truth."""
    kept = ("breast", "modality", "view", "view_angle_deg", "kind", "size_mm", "thickness_mm")
    place = {
        "MG": ("posterior_mm", "transverse_mm"),
        "MR": ("lateral_mm", "superior_mm", "posterior_mm"),
        "US": ("clock",),
    }[str(row["modality"])]
    head = {
        "case_id": "image-case", "finding_id": row["finding_id"], "exam_id": row["modality"]
    }  # fmt: skip
    return {**head, **{k: row[k] for k in (*kept, *place) if k in row}}


def write_rows(rows: list[dict[str, object]], path: Path) -> None:
    """A table; cells that do not apply are empty."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            exact = {k: round(float(v), 3) for k, v in row.items() if isinstance(v, float)}
            writer.writerow({**row, **exact})


if __name__ == "__main__":
    main()
