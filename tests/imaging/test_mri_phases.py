"""Which images of an MRI are phases, and of which: lost files, slabs, sorts, volumes in files."""

from __future__ import annotations

import gzip
import itertools

import nibabel as nib
import nrrd
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from corr.imaging.dicom.header import Unusable
from corr.imaging.mri.kinds import role_of_name, sorts_of
from corr.imaging.mri.series import order_phases, read_series
from corr.imaging.mri.study import read_study
from corr.imaging.mri.study_files import study_volumes
from corr.imaging.slabs import beside, joined
from corr.imaging.volume_files import read_volumes
from tests.builders import mri_phantom as body
from tests.imaging.test_mri_series import AFFINE, SMALL, edit, one_series, ramp

SAGITTAL = np.array([[0, 0, 3.0, 24], [1.5, 0, 0, -10], [0, -1.25, 0, 40], [0, 0, 0, 1]])


def phases_of(dynamic) -> list:
    return [dynamic.pre, *dynamic.posts]


def by_place(paths, axis=2) -> list:
    return sorted(paths, key=lambda p: float(pydicom.dcmread(p).ImagePositionPatient[axis]))


def times_of_slices(folder, *, phases=3, alternate=False):
    """Phases in one series whose every image has a time of its own (Siemens)."""
    paths = one_series(folder, range(1, phases + 1), "AcquisitionNumber")
    for n in range(phases):
        slices = by_place(p for p in paths if p.parent.name == f"phase{n}")
        if alternate:
            slices = slices[::2] + slices[1::2]
        for k, path in enumerate(slices):

            def change(ds, n=n, k=k):
                ds.AcquisitionTime = f"1{n:02d}0{k:02d}"
                del ds.AcquisitionNumber

            edit([path], change)
    return paths


@pytest.mark.parametrize("alternate", [False, True])
@pytest.mark.parametrize("lost", [(0, 1), (1, 2), (2, 1)])
def test_one_lost_file_of_slices_with_times_costs_one_gap(tmp_path, lost, alternate):
    paths = times_of_slices(tmp_path, alternate=alternate)
    phase, k = lost
    by_place(p for p in paths if p.parent.name == f"phase{phase}")[k].unlink()
    dynamic = order_phases(read_series(p for p in paths if p.exists()))
    assert dynamic.order_known
    assert [v.filled for v in phases_of(dynamic)] == [int(n == phase) for n in range(3)]
    for n, v in enumerate(phases_of(dynamic)):
        assert v.data == pytest.approx(ramp(n))  # the ramp is linear


def test_a_lost_slice_at_an_end_costs_that_slice(tmp_path):
    """Not the phase: without the one before contrast the first after it would stand for it."""
    paths = one_series(tmp_path, [1, 2, 3], "TemporalPositionIdentifier")
    by_place(p for p in paths if p.parent.name == "phase0")[-1].unlink()
    dynamic = order_phases(read_series(p for p in paths if p.exists()))
    assert [v.data[0, 0, 0] for v in phases_of(dynamic)] == [0, 200, 400]
    assert {v.shape for v in phases_of(dynamic)} == {(6, 5, 3)}
    assert dynamic.pre.same_grid(dynamic.posts[0])
    assert "slices at an end are missing in series 1, phase 1" in dynamic.notes[0]
    for n, v in enumerate(phases_of(dynamic)):
        assert v.data == pytest.approx(ramp(n)[:, :, :3])


def test_instance_numbers_phase_by_phase_in_any_order_of_slices(tmp_path):
    paths = one_series(tmp_path, [1, 2], "InstanceNumber")
    for n in range(2):
        numbers = np.random.default_rng(n).permutation(4) + 1 + 4 * n
        here = [p for p in paths if p.parent.name == f"phase{n}"]
        for path, number in zip(here, numbers.tolist(), strict=True):
            edit([path], lambda ds, v=number: setattr(ds, "InstanceNumber", v))
    assert order_phases(read_series(paths)).order_known
    edit(paths[2:3], lambda ds: setattr(ds, "InstanceNumber", 99))
    mixed = order_phases(read_series(paths))
    assert not mixed.order_known
    assert "neither phase by phase nor slice by slice" in mixed.reason


@pytest.mark.parametrize("numbered", ["by phase", "by slice", "by slice, renumbered"])
def test_one_lost_file_of_images_that_only_numbers_tell_apart(tmp_path, numbered):
    paths = one_series(tmp_path, [1, 2, 3], "InstanceNumber")
    table = []
    for n in range(3):
        for k, path in enumerate(by_place(p for p in paths if p.parent.name == f"phase{n}")):
            table.append((4 * n + k if numbered == "by phase" else 3 * k + n, path))
    table.sort()
    del table[5]
    for position, (number, path) in enumerate(table):
        value = position if "renumbered" in numbered else number
        edit([path], lambda ds, v=value: setattr(ds, "InstanceNumber", v))
    dynamic = order_phases(read_series(path for _, path in table))
    assert dynamic.order_known
    assert sum(v.filled for v in phases_of(dynamic)) in (1, 3)
    for n, v in enumerate(phases_of(dynamic)):
        assert v.data == pytest.approx(ramp(n)[:, :, : v.shape[2]])


@pytest.mark.parametrize(
    ("times", "known", "n"),
    [
        (("101500", "101500"), True, 1),
        (("101500", "101500.4"), True, 1),
        (("101500", "101500", "101630", "101630"), False, 4),
        (("101500", "101630"), True, 2),
        (("000000", "000000"), True, 2),
    ],
)
def test_equal_acquisition_times_are_no_phases(tmp_path, times, known, n):
    """However the times at which images were made, and series, are numbered."""
    for k, time in enumerate(times):
        body.write_series(
            tmp_path, ramp(k), AFFINE, series=k + 1, AcquisitionTime=time, ContentTime=f"10200{k}",
            AcquisitionNumber=1,
        )  # fmt: skip
    dynamic = order_phases(read_series(tmp_path.iterdir()))
    assert (dynamic.order_known, len(phases_of(dynamic))) == (known, n)


def test_what_names_say_of_images():
    assert sorts_of((), "scan_e2_ph.nii.gz") == {"magnitude and phase": "phase", "echo": "2"}
    assert sorts_of((), "t1_vibe_dixon_W")["water and fat"] == "water"
    assert sorts_of((), "t1 dixon opp")["water and fat"] == "opposed phase"
    assert sorts_of((), "scan_echo_1")["echo"] == "1"
    assert sorts_of((), "in the morning", "2") == {"echo": "2"}
    roles = {"ADC.nii": "derived", "dyn_sub1.nii.gz": "subtraction", "MIP.nrrd": "derived",
             "mask.nii.gz": "derived", "b800.nii": "derived", "ser_3.nii": "image"}  # fmt: skip
    assert {name: role_of_name(name) for name in roles} == roles


@pytest.mark.parametrize(
    ("names", "known"),
    [
        (("t1", "t2"), 1), (("dyn_e1", "dyn_e2"), 1), (("x_ph", "x_real"), 1),
        (("fa_5", "fa_15"), 0), (("ti300", "ti700"), 0), (("t0", "t1", "t2"), 3),
        (("p1", "p2"), 2), (("p1", "p2", "mask"), 2), (("dyn1", "dyn2", "ADC"), 2),
        (("water", "fat"), 1), (("phase_1", "phase_2"), 2),
    ],
)  # fmt: skip
def test_names_of_files_are_times_only_if_they_count_nothing_else(tmp_path, names, known):
    for n, name in enumerate(names):
        nib.save(nib.Nifti1Image(ramp(n), AFFINE), tmp_path / f"{name}.nii.gz")
    dynamic = order_phases(study_volumes(tmp_path, {}))
    measured = len(phases_of(dynamic)) if dynamic.order_known else 0
    assert measured == known


def test_phases_that_the_case_lists(tmp_path):
    """Files and folders, in the order of the list, whatever they are called."""
    nib.save(nib.Nifti1Image(ramp(0), np.diag([-1, -1, 1, 1]) @ AFFINE), tmp_path / "T2.nii.gz")
    (tmp_path / "after").mkdir()
    body.write_series(tmp_path / "after", ramp(1), AFFINE)
    dynamic = order_phases(study_volumes(tmp_path, {}, ["T2.nii.gz", "after"]))
    assert dynamic.reason == "phases ordered by what the case states"
    assert [v.data[0, 0, 0] for v in phases_of(dynamic)] == [0, 200]
    with pytest.raises(Unusable, match="phase 2 of the list is not there"):
        study_volumes(tmp_path, {}, ["T2.nii.gz", "before"])


def test_phases_counted_by_dimension_indices(tmp_path):
    """Enhanced MR without TemporalPositionIndex: the dimension that points to it counts."""
    path = body.write_series(tmp_path, ramp(0)[:, :, :1], AFFINE)[0]
    ds = pydicom.dcmread(path)
    for tag in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(ds, tag)
    groups, frames = [], []
    for k, phase in itertools.product(range(4), (1, 0)):
        group, position, content = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [float(v) for v in (AFFINE @ [0, 0, k, 1])[:3]]
        content.DimensionIndexValues = [1, k + 1, phase + 1]
        group.PlanePositionSequence = Sequence([position])
        group.FrameContentSequence = Sequence([content])
        groups.append(group)
        frames.append(np.rint(4 * ramp(phase)[:, :, k].T).astype(np.uint16).tobytes())
    pointers = [Dataset(), Dataset(), Dataset()]
    for item, tag in zip(pointers, (0x00209056, 0x00209057, 0x00209128), strict=True):
        item.DimensionIndexPointer = tag
    shared, plane, measures = Dataset(), Dataset(), Dataset()
    plane.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    measures.PixelSpacing, measures.SliceThickness = [1.25, 1.5], 3.0
    shared.PlaneOrientationSequence = Sequence([plane])
    shared.PixelMeasuresSequence = Sequence([measures])
    ds.DimensionIndexSequence = Sequence(pointers)
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence(groups)
    ds.NumberOfFrames, ds.PixelData = len(groups), b"".join(frames)
    ds.save_as(path)
    dynamic = order_phases(read_series([path]))
    assert [v.data[0, 0, 0] for v in phases_of(dynamic)] == [0, 200]
    for n, v in enumerate(phases_of(dynamic)):
        assert v.data == pytest.approx(ramp(n))


def slab(first_mm, level=0, shape=SMALL, **facts):
    affine = SAGITTAL.copy()
    affine[0, 3] = first_mm
    return body.volume(ramp(level)[: shape[0]], affine, **facts)


def test_two_slabs_become_one_volume():
    """Every voxel keeps its place, whole steps apart or not; in between nothing is measured."""
    low, high = slab(-60), slab(24, 1)
    assert beside(low, high)
    for other in (high, slab(25.2, 1)):
        whole = joined(other, low)
        assert whole.between_mm == pytest.approx((-49.5, whole.to_lps([0, 0, 0])[0] + 3 * (
            whole.shape[2] - (4 if other is high else 3)) - 1.5))  # fmt: skip
        places = np.stack(np.indices(low.shape), -1).reshape(-1, 3)
        at = np.rint(whole.to_index(low.to_lps(places))).astype(int)
        assert whole.data[tuple(at.T)] == pytest.approx(low.data[tuple(places.T)])
    whole = joined(low, high)
    at = np.rint(whole.to_index(high.to_lps(places))).astype(int)
    assert whole.data[tuple(at.T)] == pytest.approx(high.data[tuple(places.T)])
    middle = whole.data[2, 2]
    assert (np.diff(middle[3:-3]) > 0).all(), "from one facing slice to the other"


def test_slabs_of_other_voxels_and_fewer_phases(tmp_path):
    """The second is sampled on the grid of the first; one that lacks a phase is said."""
    coarse = SAGITTAL.copy()
    coarse[:3, :3] *= 1.25
    coarse[0, 3] = 24
    high = body.volume(np.full(SMALL, 7, np.float32), coarse)
    whole = joined(slab(-60), high)
    inside = np.rint(whole.to_index(high.to_lps([2, 2, 2]))).astype(int)
    assert whole.data[tuple(inside)] == pytest.approx(7)
    for n, first in ((0, -60.0), (1, -60.0), (0, 24.0)):
        affine = SAGITTAL.copy()
        affine[0, 3] = first
        uid = f"1.2.{int(first > 0)}"
        body.write_series(
            tmp_path, ramp(n), affine, series=n + 5 * (first > 0), SeriesInstanceUID=uid,
            TemporalPositionIdentifier=n + 1,
        )  # fmt: skip
    dynamic = order_phases(read_series(tmp_path.iterdir()))
    assert dynamic.pre.between_mm is None
    assert "a slab of the other breast is missing phases" in dynamic.notes[-1]


def test_parts_of_the_complex_image_in_one_series_of_ge(tmp_path):
    uid = "1.2.3"
    for n in range(2):
        paths = body.write_series(tmp_path, ramp(n), AFFINE, series=n, SeriesInstanceUID=uid)
        edit(paths, lambda ds, n=n: ds.add_new((0x0043, 0x102F), "SS", n))
        edit(paths, lambda ds, n=n: setattr(ds, "InstanceNumber", ds.InstanceNumber + 10 * n))
        edit(paths, lambda ds: setattr(ds, "ImageType", ["ORIGINAL", "PRIMARY", "OTHER"]))
    dynamic = order_phases(read_series(tmp_path.iterdir()))
    assert not dynamic.posts
    assert dynamic.pre.sorts == {"magnitude and phase": "magnitude"}


@pytest.mark.parametrize("series", [1, 2])
def test_sagittal_slabs_of_both_breasts(tmp_path, series):
    """In one series or in two, and their phases side by side."""
    for n, first in itertools.product(range(2), (-60.0, 24.0)):
        affine = SAGITTAL.copy()
        affine[0, 3] = first
        data = np.repeat(ramp(n), 2, axis=2)[:, :, :8]
        paths = body.write_series(
            tmp_path,
            data,
            affine,
            series=1 + (first > 0) + 10 * n,
            TemporalPositionIdentifier=n + 1,
        )
        uid = f"1.2.{1 if series == 1 else 1 + int(first > 0)}"
        edit(paths, lambda ds, uid=uid: setattr(ds, "SeriesInstanceUID", uid))
    dynamic = order_phases(read_series(tmp_path.iterdir()))
    assert len(dynamic.posts) == 1
    assert dynamic.pre.shape[2] == 1 + round((24 + 7 * 3 + 60) / 3)
    assert dynamic.pre.between_mm == pytest.approx((-37.5, 22.5))
    assert not dynamic.others


def test_both_breasts_of_two_slabs_are_found(tmp_path):
    """Sagittal slices over either breast, none over the breastbone: nothing is measured there."""
    affine, shape = body.box((4.0, 3.0, 4.0))
    sagittal = affine[:, [2, 1, 0, 3]]  # slices from the right to the left
    place = affine[0, 3] + 4.0 * np.arange(shape[0])
    for n in range(2):
        voxels = body.draw(affine, shape, phase=n).transpose(2, 1, 0)
        if n:
            voxels[:, :, np.abs(place) < 24] *= 4  # between the slabs: never written
        for k, here in enumerate((place < -24, place > 24)):
            part = sagittal.copy()
            part[0, 3] = place[here][0]
            body.write_series(
                tmp_path, voxels[:, :, here], part, series=2 * n + k,
                TemporalPositionIdentifier=n + 1, SeriesInstanceUID=f"1.2.{k}",
            )  # fmt: skip
    study = read_study(tmp_path, enhancements=3)
    assert study.sides == ("L", "R")
    assert study.uptake is not None
    assert study.lesions
    assert all(abs(lesion.centroid_lps[0]) > 22 for lesion in study.lesions.values())


def write_nrrd(path, voxels, affine, *, space="left-posterior-superior", **header):
    rows = [list(affine[:3, k]) for k in range(3)]
    if voxels.ndim == 4:
        rows.insert(0, [np.nan] * 3)
    head = {"space": space, "space directions": np.array(rows), "space origin": affine[:3, 3]}
    nrrd.write(str(path), voxels, {k: v for k, v in (head | header).items() if v is not None})
    return path


def test_nrrd_volumes(tmp_path):
    ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    for space, affine in (("left-posterior-superior", AFFINE), ("RAS", ras @ AFFINE)):
        (v,) = read_volumes(write_nrrd(tmp_path / "a.nrrd", ramp(0), affine, space=space))
        assert v.affine_lps == pytest.approx(AFFINE)
        assert v.data == pytest.approx(ramp(0))
        assert v.sides_known
    series = np.stack([ramp(0), ramp(1)])
    found = read_volumes(
        write_nrrd(tmp_path / "a.nrrd", series, AFFINE, kinds=["list", *["domain"] * 3])
    )
    assert [v.data[0, 0, 0] for v in found] == [0, 200]
    assert found[1].data == pytest.approx(ramp(1))
    path = write_nrrd(tmp_path / "a.nrrd", series, AFFINE, kinds=["vector", *["domain"] * 3])
    with pytest.raises(Unusable, match="counts phases"):
        read_volumes(path)
    (v,) = read_volumes(write_nrrd(tmp_path / "a.nrrd", ramp(0), AFFINE, space="scanner-xyz"))
    assert not v.sides_known
    detached = write_nrrd(tmp_path / "b.nhdr", ramp(2), AFFINE)
    assert read_volumes(detached)[0].data == pytest.approx(ramp(2))
    with pytest.raises(Unusable, match="list it in annotations"):
        read_volumes(tmp_path / "x.seg.nrrd")
    (tmp_path / "c.nrrd").write_bytes(gzip.compress(b"no nrrd"))
    with pytest.raises(Unusable, match="cannot be read as NRRD"):
        read_volumes(tmp_path / "c.nrrd")


def test_metaimage_volumes(tmp_path, monkeypatch):
    simpleitk = pytest.importorskip("SimpleITK")
    image = simpleitk.GetImageFromArray(ramp(0).T)
    image.SetSpacing([float(x) for x in np.linalg.norm(AFFINE[:3, :3], axis=0)])
    image.SetOrigin([float(x) for x in AFFINE[:3, 3]])
    for name in ("a.mha", "b.mhd"):
        simpleitk.WriteImage(image, str(tmp_path / name))
        (v,) = read_volumes(tmp_path / name)
        assert v.affine_lps == pytest.approx(AFFINE)
        assert v.data == pytest.approx(ramp(0))
    dynamic = order_phases(study_volumes(tmp_path, {}))
    assert len(phases_of(dynamic)) == 2
    whole = (tmp_path / "a.mha").read_bytes()
    for broken, said in (
        (whole.replace(b"LOCAL", b"LOC\xf3c\x00"), "cannot be read|no such file|not in one file"),
        (whole.replace(b"NDims = 3", b"NDims = 9"), "header is broken"),
        (whole.replace(b"DimSize = 6 5 4", b"DimSize = 6 5 4 4"), "header is broken"),
        (whole[:-30], "cut off"),
        (b"ObjectType = Image\n" * 9, "header is broken"),
    ):  # MetaIO would end the process on some of them
        (tmp_path / "c.mha").write_bytes(broken)
        with pytest.raises(Unusable, match=said):
            read_volumes(tmp_path / "c.mha")
    monkeypatch.setitem(__import__("sys").modules, "SimpleITK", None)
    with pytest.raises(Unusable, match=r"pip install breast-corr\[metaimage\], or save it as"):
        read_volumes(tmp_path / "a.mha")
