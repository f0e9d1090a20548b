"""Beliefs lie on the voxels of an MRI where they should, on both sides; whose hand the frame is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from corr.anatomy.frame import lps_to_breast
from corr.export.grid import (
    ALIGNED,
    SCANNER,
    VoxelGrid,
    first_cell,
    of_cells,
    on_cells,
    on_grid,
    region,
)
from corr.export.slicer.nifti import nifti_bytes, plain, read_nifti
from corr.imaging.mri.study_files import study_volumes
from corr.imaging.volume import Volume
from corr.questions.look.densities import Density
from corr.questions.look.sights import FRAME
from tests.builders.slicer_files import forms
from tests.conftest import shared_file

NIPPLE = {"L": (71.3, -88.6, 12.9), "R": (-64.2, -91.5, 8.4)}
PLACE = (22.0, -17.0, 41.0)
"""Lateral, superior, posterior of what is believed: lower outer."""


def turned(*angles_deg: float) -> np.ndarray:
    """Rotation about the left, posterior and superior axis, one after the other."""
    out = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(angles_deg)):
        a, b = [k for k in range(3) if k != axis]
        one = np.eye(3)
        one[[a, b], [a, b]] = np.cos(angle)
        one[a, b], one[b, a] = -np.sin(angle), np.sin(angle)
        out = one @ out
    return out


SHEAR = np.eye(3) + np.array([[0, 0, 0], [0, 0, 0.3], [0, 0, 0]])
EDGES = {
    "axial": np.diag([0.9, 0.9, 2.0]),
    "axial, feet first, on the back": np.diag([-0.9, 0.9, -2.0]),
    "axial, prone": np.diag([-1.02, -1.02, 1.2]),
    "mirrored": np.diag([-0.9, 0.9, 2.0]),
    "sagittal": np.array([[0, 0, 1.1], [0.9, 0, 0], [0, -0.9, 0]]),
    "coronal": np.array([[1.3, 0, 0], [0, 0, 2.4], [0, -1.3, 0]]),
    "oblique": turned(12.0, -20.0, 31.0) * [1.0, 1.0, 3.0],
    "tilted gantry": SHEAR * [1.0, 1.0, 2.5],
}


def around(edges: np.ndarray, middle: tuple[float, ...]) -> VoxelGrid:
    """A grid of 90 mm around a point, which lies between its voxels."""
    a, b, c = (int(n) for n in np.ceil(90.0 / np.linalg.norm(edges, axis=0)))
    affine = np.eye(4)
    affine[:3, :3] = edges
    affine[:3, 3] = np.asarray(middle) - edges @ (np.array([a, b, c]) / 2 + 0.3)
    return VoxelGrid((a, b, c), affine)


def believed(place: tuple[float, ...], sd_mm: float = 5.0) -> Density:
    """A round belief on cells of 3 mm, in the breast frame."""
    axes = tuple(3.0 * np.arange(np.floor((p - 30) / 3), np.ceil((p + 30) / 3) + 1) for p in place)
    far = sum((a - p) ** 2 for a, p in zip(np.meshgrid(*axes, indexing="ij"), place, strict=True))
    mass = np.exp(-0.5 * np.asarray(far) / sd_mm**2)
    return Density(FRAME, axes, mass / mass.sum(), np.array(27.0))


def truth_lps(side: str) -> np.ndarray:
    """Where `PLACE` is: lateral is left on the left breast and right on the right one."""
    lateral, superior, posterior = PLACE
    left = lateral if side == "L" else -lateral
    return np.add(NIPPLE[side], (left, posterior, superior))


def written(values: np.ndarray, grid: VoxelGrid, folder: Path) -> Path:
    path = folder / "x.nii.gz"
    path.write_bytes(nifti_bytes(values, grid, "test"))
    return path


def middle_of(values: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Centre of mass in the coordinates of an affine."""
    index = np.argwhere(values > 0)
    weights = values[values > 0].astype(float)
    return affine[:3, :3] @ (weights @ index / weights.sum()) + affine[:3, 3]


def off_voxels(place: np.ndarray, truth: np.ndarray, grid: VoxelGrid) -> float:
    """Largest distance along a voxel axis, in voxels."""
    return float(np.abs(grid.to_index(place) - grid.to_index(truth)).max())


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize("kind", EDGES)
def test_a_belief_lies_on_the_voxels_where_it_should(kind: str, side: str, tmp_path: Path):
    truth = truth_lps(side)
    grid = around(EDGES[kind], truth)
    density = believed(PLACE).in_lps(NIPPLE[side], side)
    per_cm3 = on_grid(density, grid)
    path = written(per_cm3.whole(grid.shape), grid, tmp_path)
    sform, code, qform, q_code = forms(path)
    values, read = read_nifti(path)
    assert off_voxels(middle_of(values, sform), truth, grid) < 0.1
    assert values.sum() * grid.voxel_mm3 / 1000.0 == pytest.approx(0.999, abs=0.01)
    assert (code, read.code) == (SCANNER, SCANNER)
    assert (q_code, qform is None) == ((0, True) if kind == "tilted gantry" else (SCANNER, False))
    if qform is not None:
        np.testing.assert_allclose(qform, grid.affine_lps, atol=1e-3)
    held = region(per_cm3, density, 0.8)
    share = values[tuple(slice(a, b) for a, b in zip(held.low, held.high, strict=True))]
    assert share[held.values].sum() * grid.voxel_mm3 / 1000.0 == pytest.approx(0.8, abs=0.02)
    other = "R" if side == "L" else "L"
    wrong = on_grid(believed(PLACE).in_lps(NIPPLE[side], other), grid).whole(grid.shape)
    assert off_voxels(middle_of(wrong, sform), truth, grid) > 5.0, "the test sees no side"


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize("kind", [k for k in EDGES if k != "tilted gantry"])
def test_itk_puts_the_voxels_there_too(kind: str, side: str, tmp_path: Path):
    sitk = pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")
    grid = around(EDGES[kind], truth_lps(side))
    image = sitk.ReadImage(str(written(np.zeros(grid.shape, np.int16), grid, tmp_path)))
    for index in (np.zeros(3), np.array(grid.shape) - 1.0, np.array([3.0, 20.0, 11.0])):
        there = image.TransformContinuousIndexToPhysicalPoint([float(x) for x in index])
        assert off_voxels(np.array(there), grid.to_lps(index), grid) < 0.01


@pytest.mark.parametrize(("side", "handed"), [("R", "right"), ("L", "left")])
def test_without_an_mri_the_determinant_says_the_hand(side: str, handed: str, tmp_path: Path):
    density = believed(PLACE)
    grid = of_cells([density], side)
    assert np.sign(np.linalg.det(grid.affine_lps[:3, :3])) == (1 if side == "R" else -1)
    assert grid.handed == handed
    values = on_cells(density, first_cell([density])).whole(grid.shape)
    sform, code, qform, q_code = forms(written(values, grid, tmp_path))
    assert code == q_code == ALIGNED
    np.testing.assert_allclose(qform, sform, atol=1e-3)
    middle = middle_of(values, sform)
    np.testing.assert_allclose(lps_to_breast(middle, np.zeros(3), side), PLACE, atol=0.1)
    assert np.sign(middle[0]) == (1 if side == "L" else -1), "lateral is the patient's own side"


def test_cells_of_several_beliefs_share_one_grid():
    one, two = believed(PLACE), believed((-10.0, 30.0, 20.0))
    grid, first = of_cells([one, two], "L"), first_cell([one, two])
    for density, place in ((one, PLACE), (two, (-10.0, 30.0, 20.0))):
        values = on_cells(density, first).whole(grid.shape)
        middle = middle_of(values, grid.affine_lps)
        np.testing.assert_allclose(lps_to_breast(middle, np.zeros(3), "L"), place, atol=0.1)


def test_a_belief_beside_the_images_leaves_nothing():
    grid = around(EDGES["oblique"], (0.0, 500.0, 0.0))
    density = believed(PLACE).in_lps(NIPPLE["L"], "L")
    per_cm3 = on_grid(density, grid)
    assert not per_cm3.whole(grid.shape).any()
    assert not region(per_cm3, density, 0.8).whole(grid.shape).any()


def test_whole_numbers_take_half_the_room():
    assert plain(np.array([[[0.0, 900.0]]], np.float32)).dtype == np.int16
    assert plain(np.array([[[0.0, 900.5]]], np.float32)).dtype == np.float32
    assert plain(np.array([[[0.0, 40000.0]]], np.float32)).dtype == np.float32


def planes(file: Path):
    """Place, directions, spacings and pixels of every slice of a file, as its header says."""
    ds = dcmread(file)
    many = "PerFrameFunctionalGroupsSequence" in ds
    scale = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
    pixels = np.reshape(ds.pixel_array, (-1, ds.Rows, ds.Columns)) * scale[0] + scale[1]
    for n, values in enumerate(pixels):
        if many:
            both = ds.SharedFunctionalGroupsSequence[0], ds.PerFrameFunctionalGroupsSequence[n]
            held = {k: g[k][0] for g in both for k in g.dir() if k.startswith(("Plane", "PixelM"))}
            place = held["PlanePositionSequence"].ImagePositionPatient
            turn = held["PlaneOrientationSequence"].ImageOrientationPatient
            spacing = held["PixelMeasuresSequence"].PixelSpacing
        else:
            place, turn, spacing = (
                ds.ImagePositionPatient,
                ds.ImageOrientationPatient,
                ds.PixelSpacing,
            )
        along_row, along_column = np.reshape(turn, (2, 3)).astype(float)
        row_mm, column_mm = (float(x) for x in spacing)
        yield np.array(place, float), column_mm * along_row, row_mm * along_column, values


def lies_on(volume: Volume, folder: Path) -> None:
    """The MRI lies in NIfTI where headers put it, and beliefs on it lie within half a voxel."""
    grid = VoxelGrid(volume.shape, volume.affine_lps)
    path = written(plain(volume.voxels()), grid, folder)
    values, _ = read_nifti(path)
    mri = forms(path)[0]
    inverse = np.linalg.inv(mri)
    for place, column_mm, row_mm, pixels in (x for file in volume.files for x in planes(file)):
        rows, columns = np.unravel_index(np.argsort(pixels, axis=None)[-400::7], pixels.shape)
        places = place + np.outer(columns, column_mm) + np.outer(rows, row_mm)
        index = places @ inverse[:3, :3].T + inverse[:3, 3]
        assert np.abs(index - np.rint(index)).max() < 0.05, "between the voxels"
        i, j, k = np.rint(index).astype(int).T
        np.testing.assert_allclose(values[i, j, k], pixels[rows, columns], atol=0.51)
    truth = grid.to_lps((np.array(grid.shape) - 1) / 2)
    for side in ("L", "R"):
        nipple = truth - (truth_lps(side) - NIPPLE[side])
        per_cm3 = on_grid(believed(PLACE).in_lps(nipple, side), grid)
        path = written(per_cm3.whole(grid.shape), grid, folder)
        sform = forms(path)[0]
        np.testing.assert_array_equal(sform, mri)
        assert off_voxels(middle_of(read_nifti(path)[0], sform), truth, grid) < 0.5


def test_on_the_image_case(root: Path, tmp_path: Path):
    lies_on(study_volumes(root / "data" / "image_case" / "mri", {})[0], tmp_path)


@pytest.mark.parametrize("series", ["mimbcd-ui_uta11_patient13/mr", "mimbcd-ui_uta4_p2"])
def test_on_real_series(series: str, tmp_path: Path):
    found = study_volumes(shared_file(f"data/dicom/{series}"), {})
    whole = [v for v in found if v.files and min(v.shape) > 6 and v.role == "image"]
    assert whole
    for volume in whole[:2]:
        lies_on(volume, tmp_path)
