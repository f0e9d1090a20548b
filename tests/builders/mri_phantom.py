"""Two digital breasts hanging from a chest, with lesions, a vessel and a heart.

Analytic in patient coordinates (LPS mm), so that the same body can be drawn on any grid: the
truth of the MR tests. Nothing in it is measured from a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from corr.imaging.volume import Volume

NIPPLES = {"L": (84.0, -128.0, -6.0), "R": (-82.0, -124.0, -8.0)}
CENTRES = {"L": (80.0, -40.0, 0.0), "R": (-80.0, -40.0, 0.0)}
DEPTHS_MM = {"L": 86.0, "R": 82.0}
AIR = 1.0


@dataclass(frozen=True)
class Signals:
    """Signal before contrast of each tissue."""

    fat: float
    gland: float
    muscle: float
    nipple: float


SUPPRESSED = Signals(fat=60.0, gland=110.0, muscle=115.0, nipple=96.0)
BRIGHT_FAT = Signals(fat=180.0, gland=95.0, muscle=85.0, nipple=90.0)
"""T1-weighted with and without fat suppression."""
SIGNS = {"HFS": (1, 1, 1), "HFP": (-1, -1, 1), "FFS": (-1, 1, -1), "FFP": (1, -1, -1)}
"""Direction of the scanner's axes in the patient for each position on the table."""
BUILDS = {"axial": (0, 1, 2), "sagittal": (1, 2, 0), "coronal": (0, 2, 1)}
"""Which of l, p, s runs along columns, rows and slices."""


@dataclass(frozen=True)
class Ball:
    """A lesion: centre (LPS mm), radius (mm), uptake relative to before in each phase."""

    lps: tuple[float, float, float]
    radius_mm: float
    side: str
    uptake: tuple[float, ...]


LESIONS = (
    Ball((96.0, -88.0, 14.0), 8.0, "L", (1.6, 1.5, 1.2)),
    Ball((66.0, -76.0, -22.0), 5.5, "L", (0.95, 1.1, 1.5)),
    Ball((-100.0, -84.0, -24.0), 6.5, "R", (1.2, 1.2, 1.2)),
)
CURVES = ("wash-out", "persistent", "plateau")


def _inside(points, centre, axes):
    return sum(((x - c) / a) ** 2 for x, c, a in zip(points, centre, axes, strict=True)) < 1


def draw(
    affine,
    shape,
    phase: int,
    *,
    sides=("L", "R"),
    nipple_uptake=0.0,
    noise=1.5,
    signals=SUPPRESSED,
    protruding=True,
):
    """Voxels (i, j, k) of one phase (0 = before contrast) on any grid."""
    key = tuple(map(float, np.asarray(affine).ravel()))
    nipple = (signals.nipple * (1 + (nipple_uptake if phase else 0.0))) if protruding else None
    return _draw(key, tuple(shape), phase, tuple(sides), nipple, noise, signals).copy()


@lru_cache(maxsize=12)
def _draw(affine, shape, phase, sides, nipple_signal, noise, signals):
    a = np.array(affine).reshape(4, 4)
    grid = np.indices(shape, dtype=np.float32)
    x, p, s = (sum(np.float32(a[r, c]) * grid[c] for c in range(3)) + a[r, 3] for r in range(3))
    points = (x, p, s)
    out = np.full(shape, AIR, np.float32)
    torso = (x / 165) ** 2 + ((p - 60) / 100) ** 2
    out[torso < 1] = signals.fat
    for side in sides:
        centre, depth = CENTRES[side], DEPTHS_MM[side]
        wide = np.where((x - centre[0]) * centre[0] > 0, 58.0, 62.0)
        tall = np.where(s > 0, 66.0, 60.0)
        out[_inside(points, centre, (wide, depth, tall)) & (p < 0)] = signals.fat
        gland = _inside(points, (centre[0], -70.0, 0.0), (34.0, 36.0, 36.0))
        out[gland & (np.sin(x / 5) + np.sin(p / 7) + np.sin(s / 6) > 0.6)] = signals.gland
        nipple = NIPPLES[side]
        bump = ((x - nipple[0]) / 5) ** 2 + ((s - nipple[2]) / 5) ** 2 < 1
        bump &= (p > nipple[1]) & (p < nipple[1] + 12)
        if nipple_signal is not None:
            out[bump] = nipple_signal
    out[(x / 160) ** 2 + ((p - 60) / 92) ** 2 < 1] = signals.muscle
    out[(x / 135) ** 2 + ((p - 65) / 72) ** 2 < 1] = 8.0
    heart = _inside(points, (30.0, 40.0, -10.0), (45.0, 32.0, 45.0))
    out[heart] = 270.0 if phase else 90.0
    for ball in LESIONS:
        if ball.side in sides:
            here = _inside(points, ball.lps, (ball.radius_mm,) * 3)
            out[here] = 100.0 * (1 + (ball.uptake[phase - 1] if phase else 0.0))
    if "L" in sides:  # a vessel, 3 mm thick and 70 mm long
        along = (p > -100) & (p < -30)
        tube = (x - 60 - 6 * np.sin(p / 9)) ** 2 + (s - 30 - 5 * np.cos(p / 11)) ** 2 < 1.7**2
        out[along & tube] = 240.0 if phase else 80.0
    rough = np.random.default_rng(phase).normal(0, noise, shape)
    return np.abs(out + rough).astype(np.float32)


def box(spacing=(2.0, 2.0, 2.4), *, half=(176.0, 144.0, 90.0), tilt_deg=(0.0, 0.0)):
    """Affine (LPS) and shape of an axial box around the body; turned about z, then x."""
    shape = tuple(round(2 * h / d) for h, d in zip(half, spacing, strict=True))
    c, d = np.cos(np.deg2rad(tilt_deg)), np.sin(np.deg2rad(tilt_deg))
    about_z = np.array([[c[0], -d[0], 0], [d[0], c[0], 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, c[1], -d[1]], [0, d[1], c[1]]])
    affine = np.eye(4)
    affine[:3, :3] = about_x @ about_z @ np.diag(spacing)
    affine[:3, 3] = affine[:3, :3] @ (-(np.array(shape) - 1) / 2)
    return affine, shape


def volume(voxels, affine, **facts) -> Volume:
    """Voxels in memory as a volume."""
    return Volume("phantom", voxels.shape, np.asarray(affine, float), lambda: voxels, **facts)


def rebuilt(voxels, affine, axes, flips):
    """The same body with its voxels stored along other axes and in other directions."""
    moved = np.transpose(voxels, axes)
    change = np.zeros((4, 4))
    change[3, 3] = 1
    for new, old in enumerate(axes):
        change[old, new] = -1 if flips[new] else 1
        change[old, 3] += (moved.shape[new] - 1) if flips[new] else 0
    moved = moved[tuple(slice(None, None, -1 if f else 1) for f in flips)]
    return moved, affine @ change


def write_series(folder: Path, voxels, affine, *, position="HFP", series=1, **tags) -> list[Path]:
    """Voxels (column, row, slice) as single-frame MR files with shuffled names."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    cosines = affine[:3, :3] / spacing
    uid, paths = generate_uid(), []
    order = np.random.default_rng(series).permutation(voxels.shape[2])
    for name, k in enumerate(order):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = MRImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        path = folder / f"s{series:02d}_{name:03d}.dcm"
        ds = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
        ds.SOPClassUID, ds.SOPInstanceUID = MRImageStorage, meta.MediaStorageSOPInstanceUID
        ds.Modality, ds.SeriesInstanceUID, ds.SeriesNumber = "MR", uid, series
        ds.PatientPosition, ds.InstanceNumber = position, name + 1
        ds.ImageType = ["ORIGINAL", "PRIMARY", "M"]
        ds.ImagePositionPatient = [f"{v:.8g}" for v in (affine @ [0, 0, k, 1])[:3]]
        ds.ImageOrientationPatient = [f"{v:.8g}" for v in (*cosines[:, 0], *cosines[:, 1])]
        ds.PixelSpacing = [f"{spacing[1]:.8g}", f"{spacing[0]:.8g}"]
        ds.SliceThickness = f"{spacing[2]:.6g}"
        ds.Rows, ds.Columns = voxels.shape[1], voxels.shape[0]
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated = ds.BitsStored = 16
        ds.HighBit, ds.PixelRepresentation = 15, 0
        frame = np.rint(4 * voxels[:, :, k].T).astype(np.uint16)
        ds.RescaleSlope, ds.RescaleIntercept, ds.PixelData = "0.25", "0", frame.tobytes()
        for tag, value in tags.items():
            setattr(ds, tag, value)
        ds.save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths
