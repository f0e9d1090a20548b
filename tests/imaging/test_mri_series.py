"""MR series: slices by place, phases by what the files say, everything unusable with a reason."""

from __future__ import annotations

import itertools
import shutil
import warnings
from types import SimpleNamespace

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian
from scipy.spatial.transform import Rotation

from corr.imaging.dicom.header import Unusable
from corr.imaging.mri.anatomy import breasts
from corr.imaging.mri.enhancement import enhancement
from corr.imaging.mri.kinetics import curve_kind, not_dynamic
from corr.imaging.mri.series import order_phases, read_series
from corr.imaging.volume import read_nifti_phases, straight
from corr.show.images import case_images
from corr.show.images.case_images import slices_through
from corr.show.images.mri import figure_mip, figure_mri_slices, lesion_words, mip_picture
from corr.show.images.mri_panels import PLANES
from tests.builders import mri_phantom as body

SMALL = (6, 5, 4)
AFFINE = np.array([[1.5, 0, 0, -10.0], [0, 1.25, 0, -20], [0, 0, 3, 5], [0, 0, 0, 1]])


def ramp(level: float):
    """A small volume that knows its own voxels: every value differs."""
    return (np.arange(np.prod(SMALL)).reshape(SMALL) + 200 * level).astype(np.float32)


def edit(paths, change):
    for path in paths:
        ds = pydicom.dcmread(path)
        change(ds)
        ds.save_as(path)


def one_series(folder, times, tag, **common):
    """All phases in one series, told apart by one tag only."""
    paths, uid = [], pydicom.uid.generate_uid()
    for n, value in enumerate(times):
        sub = folder / f"phase{n}"
        sub.mkdir()
        paths += body.write_series(sub, ramp(n), AFFINE, **{tag: value}, **common)
    edit(paths, lambda ds: setattr(ds, "SeriesInstanceUID", uid))
    return paths


@pytest.mark.parametrize(
    ("tag", "times"),
    [
        ("TemporalPositionIdentifier", [1, 2, 3]),
        ("TriggerTime", ["0", "90000", "180000"]),
        ("AcquisitionTime", ["095900", "100030.5", "100200"]),
        ("ContentTime", ["095900", "100030.5", "100200"]),
        ("AcquisitionNumber", [2, 4, 9]),
    ],
)
def test_places_held_twice_are_phases(tmp_path, tag, times):
    volumes = read_series(one_series(tmp_path, times, tag))
    series = order_phases(volumes[::-1])
    assert tag in series.reason
    assert f"told apart by {tag}" in series.pre.notes[0]
    for n, v in enumerate((series.pre, *series.posts)):
        assert v.data == pytest.approx(ramp(n))
        assert v.affine_lps == pytest.approx(AFFINE)


def test_times_of_day_go_on_after_midnight(tmp_path):
    """An examination around midnight keeps its order."""
    times = ["235900", "000030", "000200"]
    series = order_phases(read_series(one_series(tmp_path, times, "AcquisitionTime")))
    assert [v.data[0, 0, 0] for v in (series.pre, *series.posts)] == [0, 200, 400]


def test_the_order_tags_have_an_order(tmp_path):
    """A phase number beats a series number that says otherwise."""
    for n in range(3):
        body.write_series(tmp_path, ramp(n), AFFINE, series=9 - n, TemporalPositionIdentifier=n + 1)
    series = order_phases(read_series(tmp_path.iterdir()))
    assert series.reason == "phases ordered by TemporalPositionIdentifier"
    assert [v.data[0, 0, 0] for v in (series.pre, *series.posts)] == [0, 200, 400]


def test_derived_images_are_never_phases(tmp_path):
    kinds = {
        1: (["ORIGINAL", "PRIMARY", "M"], "t1 dyn"),
        2: (["ORIGINAL", "PRIMARY", "M"], "t1 dyn"),
        3: (["ORIGINAL", "SECONDARY", "M", "SUB"], "t1 dyn"),
        4: (["DERIVED", "SECONDARY", "M"], "t1_dyn_SUB"),
        5: (["ORIGINAL", "SECONDARY", "M", "WO"], "t1 dyn"),
        6: (["ORIGINAL", "SECONDARY", "MIP_SAG"], "t1 dyn"),
        7: (["DERIVED", "PRIMARY", "ADC"], "diff"),
        8: (["ORIGINAL", "SECONDARY", "M", "PEI"], "t1 dyn"),
        9: (["DERIVED", "SECONDARY", "M"], "t1_dyn_WI"),
    }
    for n, (image_type, description) in kinds.items():
        body.write_series(
            tmp_path, ramp(n), AFFINE, series=n,
            ImageType=image_type, SeriesDescription=description,
        )  # fmt: skip
    volumes = read_series(tmp_path.iterdir())
    series = order_phases(volumes)
    assert series.pre.name == "series 1"
    assert [v.name for v in series.posts] == ["series 2"]
    subtractions = [v.name for v in volumes if v.role == "subtraction"]
    assert subtractions == ["series 3 (subtraction)", "series 4 (subtraction)"]
    assert len(series.others) == 5
    assert all(reason.startswith("derived image") for _, reason in series.others)


def test_another_sequence_on_the_same_grid_is_no_phase(tmp_path):
    for n in range(3):
        times = {"EchoTime": "1.7", "RepetitionTime": "4.3", "FlipAngle": "10"}
        if n == 0:
            times = {"EchoTime": "80", "RepetitionTime": "4000", "FlipAngle": "90"}
        body.write_series(tmp_path, ramp(n), AFFINE, series=n + 1, **times)
    series = order_phases(read_series(tmp_path.iterdir()))
    assert series.pre.name == "series 2"
    assert series.others[0][0].name == "series 1"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"SeriesDescription": "WATER: Ax"}, {"SeriesDescription": "FAT: Ax"}),
        ({"SeriesDescription": "t1 IP"}, {"SeriesDescription": "t1 OPP"}),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"]},
         {"ImageType": ["ORIGINAL", "PRIMARY", "P", "ND"]}),
        ({"SeriesDescription": "T1w_tse"}, {"SeriesDescription": "T2w_tse"}),
        ({"SeriesDescription": "t2star echo1"}, {"SeriesDescription": "t2star echo2"}),
        ({"AcquisitionTime": "101500", "AcquisitionNumber": 1},) * 2,
    ],
)  # fmt: skip
def test_images_of_two_sorts_or_of_one_acquisition_are_no_phases(tmp_path, first, second):
    for n, facts in enumerate((first, second), 1):
        body.write_series(tmp_path, ramp(n), AFFINE, series=n, **facts)
    series = order_phases(read_series(tmp_path.iterdir()))
    assert not series.posts
    assert len(series.others) == 1


def test_phases_may_be_described_in_different_words(tmp_path):
    words = ("WATER: t1 fat sat pre", "WATER: t1 fat sat post phase 1", "WATER: dyn T1 post 2")
    for n, said in enumerate(words, 1):
        body.write_series(tmp_path, ramp(n), AFFINE, series=n, SeriesDescription=said)
        body.write_series(
            tmp_path,
            -ramp(n),
            AFFINE,
            series=n + 10,
            SeriesDescription=said.replace("WATER", "FAT"),
        )
    series = order_phases(read_series(tmp_path.iterdir()))
    assert series.pre.name == "series 1"
    assert [v.name for v in series.posts] == ["series 2", "series 3"]


@pytest.mark.parametrize("chance", [False, True])
def test_instance_numbers_in_no_order_tell_no_phases_apart(tmp_path, chance):
    paths = one_series(tmp_path, [1, 2, 3], "InstanceNumber")
    numbers = np.arange(len(paths)) + 1
    if chance:
        numbers = np.random.default_rng(5).permutation(numbers)
    for path, number in zip(paths, numbers.tolist(), strict=True):
        edit([path], lambda ds, n=number: setattr(ds, "InstanceNumber", n))
    assert order_phases(read_series(paths)).order_known is not chance


def test_images_of_another_contrast_are_not_measured():
    before = np.random.default_rng(2).uniform(100, 900, 500).astype(np.float32)
    after = before * 1.2 + 50 * np.sin(before)
    assert not_dynamic(before, after) == ""
    assert "other contrasts" in not_dynamic(before, 1000 - before)
    assert "darker" in not_dynamic(after, before)


def test_nothing_in_a_name_can_be_a_person(tmp_path):
    body.write_series(
        tmp_path, ramp(0), AFFINE, SeriesDescription="JANE DOE t1", PatientName="DOE^JANE"
    )
    v = read_series(tmp_path.iterdir())[0]
    assert "DOE" not in f"{v.name} {v.source} {v.notes}".upper()


def test_slices_by_file_name_are_no_volume(tmp_path, monkeypatch):
    """Broken twin: only the sort by place puts the shuffled files right."""
    paths = body.write_series(tmp_path, ramp(0), AFFINE, series=5)
    assert read_series(paths)[0].data == pytest.approx(ramp(0))

    def files_only(x, **how):  # the files by name, the places not at all
        return sorted(x, **how) if isinstance(x, set) else list(x)

    monkeypatch.setattr("corr.imaging.mri.stacks.sorted", files_only, raising=False)
    try:
        volumes = read_series(paths)
    except Unusable:
        return
    assert not any(np.array_equal(v.data, ramp(0)) for v in volumes)


def test_missing_slices_are_filled_in_and_said(tmp_path):
    paths = body.write_series(tmp_path, ramp(0), AFFINE)
    place = {float(pydicom.dcmread(p).ImagePositionPatient[2]): p for p in paths}
    place[sorted(place)[1]].unlink()
    v = read_series(tmp_path.iterdir())[0]
    assert v.shape == SMALL
    assert "1 missing slice" in v.notes[0]
    assert v.data == pytest.approx(ramp(0))  # the ramp is linear
    assert v.affine_lps == pytest.approx(AFFINE)


def test_a_copied_file_is_used_once_and_said(tmp_path):
    """One slice, or the whole series, twice in a folder: the phase is not lost."""
    paths = body.write_series(tmp_path, ramp(0), AFFINE)
    for copied in (paths[1:2], paths):
        for path in copied:
            shutil.copy(path, path.with_name(f"copy of {path.name}"))
        refused = {}
        (v,) = read_series(tmp_path.iterdir(), refused=refused)
        assert not refused
        assert v.data == pytest.approx(ramp(0))
        assert v.notes[-1].startswith(f"{len(copied)} image(s) held twice")


@pytest.mark.parametrize("turn_deg", [(0, 0, 0), (20, -35, 10), (0, 0, 180), (90, 0, 90)])
def test_regular_stacks_lie_where_highdicom_puts_them(tmp_path, turn_deg):
    """An oblique, a turned and a sagittal stack: every voxel at its place, with its value."""
    affine = AFFINE.copy()
    affine[:3, :3] = Rotation.from_euler("xyz", turn_deg, degrees=True).as_matrix() @ AFFINE[:3, :3]
    paths = body.write_series(tmp_path, ramp(0), affine, FrameOfReferenceUID="1.2.3")
    (ours,) = read_series(paths)
    theirs = highdicom.get_volume_from_series([pydicom.dcmread(p) for p in paths])
    index = np.stack(np.indices(theirs.spatial_shape), axis=-1).reshape(-1, 3)
    at = ours.to_index(theirs.map_indices_to_reference(index))
    assert at == pytest.approx(np.rint(at), abs=1e-3)
    here = tuple(np.rint(at).astype(int).T)
    assert ours.data[here] == pytest.approx(theirs.array[tuple(index.T)])


def test_uneven_slices_are_refused(tmp_path):
    paths = body.write_series(tmp_path, ramp(0), AFFINE)

    def push(ds):
        if float(ds.ImagePositionPatient[2]) > 13:
            ds.ImagePositionPatient = [*ds.ImagePositionPatient[:2], "15.4"]

    edit(paths, push)
    refused = {}
    with pytest.raises(Unusable, match="uneven distances"):
        read_series(paths, refused=refused)
    assert set(refused) == set(paths)


def test_tilted_gantry_shears_the_stack(tmp_path):
    """Slices that step sideways keep their places: the affine follows the positions."""
    sheared = AFFINE.copy()
    sheared[1, 2] = 0.8
    body.write_series(tmp_path, ramp(0), AFFINE)
    edit(tmp_path.iterdir(), lambda ds: setattr(
        ds, "ImagePositionPatient", [
            ds.ImagePositionPatient[0],
            f"{-20 + 0.8 * (float(ds.ImagePositionPatient[2]) - 5) / 3:.6f}",
            ds.ImagePositionPatient[2],
        ]))  # fmt: skip
    assert read_series(tmp_path.iterdir())[0].affine_lps == pytest.approx(sheared)


@pytest.mark.parametrize(
    ("tag", "value", "said"),
    [
        ("Modality", "CT", "not an MR image"),
        ("PixelSpacing", ["0", "0"], "PixelSpacing"),
        ("ImageOrientationPatient", ["1", "0", "0", "1", "0", "0"], "right angles"),
        ("ImageOrientationPatient", None, "no usable ImageOrientationPatient"),
        ("ImagePositionPatient", ["nan", "0", "0"], "no usable ImagePositionPatient"),
        ("Rows", 0, "no usable Rows"),
    ],
)
def test_bad_headers_are_refused_with_what_is_wrong(tmp_path, tag, value, said):
    """One bad file of a series is named; the others are a volume with a gap filled in."""
    paths = body.write_series(tmp_path, ramp(0), AFFINE)
    by_place = sorted(paths, key=lambda p: float(pydicom.dcmread(p).ImagePositionPatient[2]))
    bad = by_place[1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom doubts the broken value, as it should
        edit([bad], lambda ds: setattr(ds, tag, value) if value is not None else delattr(ds, tag))
    refused = {}
    volumes = read_series(paths, refused=refused)
    assert list(refused) == [bad]
    assert said in refused[bad]
    assert volumes[0].shape == SMALL
    with pytest.raises(Unusable, match=said):
        read_series([bad])


def test_broken_pixels_cost_one_gap(tmp_path):
    """A file cut off is named, its slice is filled in; the others are not lost."""
    paths = body.write_series(tmp_path, ramp(0), AFFINE)
    by_place = sorted(paths, key=lambda p: float(pydicom.dcmread(p).ImagePositionPatient[2]))
    by_place[1].write_bytes(by_place[1].read_bytes()[:-20])
    refused = {}
    (v,) = read_series(paths, refused=refused)
    assert list(refused) == [by_place[1]]
    assert "cut off" in refused[by_place[1]]
    assert v.filled == 1
    assert v.data == pytest.approx(ramp(0))  # the ramp is linear


def test_no_files():
    with pytest.raises(Unusable, match="no MR volume in 0 file"):
        read_series([])


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_enhanced_mr(tmp_path, syntax):
    """A multi-frame file: two phases by temporal index, frames in any order."""
    path = body.write_series(tmp_path, ramp(0)[:, :, :1], AFFINE)[0]
    ds = pydicom.dcmread(path)
    for tag in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(ds, tag)
    frames, groups = [], []
    order = np.random.default_rng(0).permutation(list(itertools.product(range(2), range(4))))
    for phase, k in order:
        group, position, content = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [float(v) for v in (AFFINE @ [0, 0, k, 1])[:3]]
        content.TemporalPositionIndex = int(phase) + 1
        group.PlanePositionSequence = Sequence([position])
        group.FrameContentSequence = Sequence([content])
        groups.append(group)
        frames.append(np.rint(4 * ramp(phase)[:, :, k].T).astype(np.uint16).tobytes())
    shared, plane, measures = Dataset(), Dataset(), Dataset()
    plane.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    measures.PixelSpacing, measures.SliceThickness = [1.25, 1.5], 3.0
    shared.PlaneOrientationSequence = Sequence([plane])
    shared.PixelMeasuresSequence = Sequence([measures])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence(groups)
    ds.NumberOfFrames, ds.PixelData = len(groups), b"".join(frames)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
    ds.file_meta.TransferSyntaxUID = syntax
    ds.save_as(path)
    series = order_phases(read_series([path]))
    assert "TemporalPositionIdentifier" in series.reason
    for n, v in enumerate((series.pre, *series.posts)):
        assert v.data == pytest.approx(ramp(n))
        assert v.affine_lps == pytest.approx(AFFINE)


@pytest.mark.parametrize(
    ("signals", "kind"),
    [
        ([100, 200, 150], "wash-out"),
        ([100, 200, 190], "plateau"),
        ([100, 200, 219], "plateau"),
        ([100, 150, 180, 240], "persistent"),
        ([100, 150, 180, 199], "persistent"),
        ([100, 200, 100, 179], "wash-out"),
        ([100, 200], ""),
        ([100, 90, 95], "plateau"),
    ],
)
def test_curves(signals, kind):
    assert curve_kind(signals) == kind


# --- real examinations (beside the checkout; skipped elsewhere) ---------------------------------

PATIENT = "data/dicom/mimbcd-ui_uta11_patient13"


def test_real_series_without_times(shared):
    """Pre, three phases, a subtraction; wash-out, projections and ADC are not phases."""
    refused = {}
    volumes = read_series(shared(f"{PATIENT}/mr").glob("*.dcm"), refused=refused)
    assert not refused
    series = order_phases(volumes)
    assert series.reason.startswith("phases ordered by AcquisitionNumber (Temporal")
    names = [v.name for v in (series.pre, *series.posts)]
    assert names == [f"series {s}, acq. {a}" for s, a in ((8, 1), (9, 2), (13, 3), (19, 6))]
    assert [v.name for v in volumes if v.role == "subtraction"] == [
        "series 10, acq. 2 (subtraction)"
    ]
    assert len(series.others) == 12
    assert series.pre.shape == (352, 352, 12)
    assert series.pre.pose == "prone"
    anatomy = breasts(series.pre, post=series.posts[0])
    assert set(anatomy) == {"L", "R"}
    assert not any(one.nipple_usable for one in anatomy.values())  # 12 slices above the nipples
    assert all(one.sides_known for one in anatomy.values())


def test_real_volumes(shared):
    """Both nipples (flat, on the bright spots), chest wall, the uptake at the left nipple."""
    files = [shared(f"{PATIENT}/dce_{n}_down2.nii.gz") for n in ("pre", "post1")]
    pre, post = (volume for file in files for volume in read_nifti_phases(file))
    series = order_phases([pre, post])
    anatomy = breasts(pre, post=post)
    seen = {"R": (-53.0, -23.0, 3.5), "L": (74.5, -24.0, -6.5)}  # read off the pictures
    for side, place in seen.items():
        one = anatomy[side]
        assert one.nipple_confident
        assert np.linalg.norm(one.nipple_lps - place) <= 5.0
        assert one.wall_confident
        assert 90 <= one.nipple_to_chestwall_mm <= 115
    assert "superior" not in anatomy["R"].extents_mm  # cut off by the edge of the images
    assert "the heart lies on the side called left" in anatomy["L"].notes
    found = enhancement(series, anatomy)
    first = found.lesions[0]
    assert (first.side, first.near_nipple) == ("L", True)
    assert "physiological" in lesion_words(first)
    left_out = next(note for note in found.notes if "vessel-like or linear" in note)
    assert int(left_out.split()[2]) >= 10
    assert first.curve == ""
    assert "L" not in breasts(pre)["R"].extents_mm


def test_real_sagittal_series(shared):
    """Bilateral sagittal slices far apart: sides, and a nipple that is said to be uncertain."""
    v = read_series(shared("data/dicom/mimbcd-ui_uta4_p2/mr").glob("*.dcm"))[0]
    assert v.spacing_mm == pytest.approx([0.9028, 0.9028, 17.6], abs=1e-3)
    anatomy = breasts(v)
    right = anatomy["R"]
    seen = np.array([-82.0, -99.0, -28.5])  # the nipple in profile on the fourth slice
    assert np.linalg.norm(right.nipple_lps - seen) <= 5.0
    assert not right.nipple_confident
    assert right.nipple_sd_mm >= 15.0
    for one in anatomy.values():  # what changes first there is the back of the muscle
        assert not one.wall_confident
        assert one.wall_sd_mm >= 10.0
    with pytest.raises(Unusable, match="no phase after contrast"):
        enhancement(order_phases([v]), anatomy)


# --- pictures -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictured():
    affine, shape = body.box((3.0, 3.0, 4.0))
    volumes = [body.volume(body.draw(affine, shape, n), affine) for n in range(2)]
    series = order_phases(volumes)
    anatomy = breasts(series.pre, post=series.posts[0])
    return enhancement(series, anatomy), anatomy


def texts(ax):
    return [t.get_text() for t in ax.texts]


@pytest.mark.parametrize("draw", [figure_mri_slices, figure_mip])
def test_panels_say_directions_and_scale(pictured, draw):
    axes = draw(*pictured).axes[:3]
    for ax, letters in zip(axes, ("RLAP", "APHF", "RLHF"), strict=True):
        said = texts(ax)
        assert set(letters) <= set(said)
        assert "20 mm" in said
    axial, sagittal, coronal = axes
    assert axial.get_xlim()[0] < axial.get_xlim()[1]  # L grows to the viewer's right
    assert axial.get_ylim()[0] > axial.get_ylim()[1]  # front up
    assert sagittal.get_xlim()[0] < sagittal.get_xlim()[1]  # front on the left
    assert coronal.get_ylim()[0] < coronal.get_ylim()[1]  # head up


def test_letters_doubt_the_sides_when_the_file_does_not_know():
    affine, shape = body.box((3.0, 3.0, 4.0))
    unknown = body.volume(body.draw(affine, shape, 0), affine, sides_known=False)
    axes = figure_mri_slices(unknown, breasts(unknown)).axes
    assert {"R?", "L?"} <= set(texts(axes[0]))
    assert {"A", "P"} <= set(texts(axes[1]))


def test_lesions_are_drawn_where_they_are(pictured):
    """The ring of lesion 1 is centred on it in every panel."""
    found, anatomy = pictured
    first = found.lesions[0]
    for ax, (across, along) in zip(
        figure_mip(found, anatomy).axes[:3], ((0, 1), (1, 2), (0, 2)), strict=True
    ):
        rings = [np.array(line.get_data()) for line in ax.lines if len(line.get_xdata()) == 60]
        middle = rings[0][:, :-1].mean(axis=1)
        assert middle == pytest.approx(first.centroid_lps[[across, along]], abs=0.3)


def test_picture_has_words(pictured):
    picture = mip_picture(*pictured)
    assert "1: " in picture.alt
    assert picture.caption.startswith(picture.alt)  # the numbers on it are explained below it
    assert "crosses: nipples" in picture.caption


@pytest.mark.parametrize("outside", [False, True])
def test_a_place_is_on_its_picture_though_it_lies_outside_of_the_breasts(
    pictured, outside, monkeypatch
):
    monkeypatch.setattr(case_images, "Picture", lambda figure, **_: figure)
    found, anatomy = pictured
    affine, shape = body.box((3.0, 3.0, 4.0))
    whole = body.volume(body.draw(affine, shape, 0), affine)
    place = np.array(found.lesions[0].centroid_lps)
    if outside:
        place[0] = found.grid.origin_lps[0] - 9.0  # in the air beside the right breast
        assert straight(whole)[1].holds(place)
    study = SimpleNamespace(uptake=found, anatomy=anatomy, dynamic=SimpleNamespace(pre=whole))
    axes = slices_through(SimpleNamespace(places={"a": place}), study, "a").axes[:3]
    for ax, plane in zip(axes, PLANES, strict=True):
        x, y = place[plane.across], place[plane.along]
        assert min(ax.get_xlim()) < x < max(ax.get_xlim())
        assert min(ax.get_ylim()) < y < max(ax.get_ylim())
        crosses = [line for line in ax.lines if line.get_marker() == "+"]
        assert any((*line.get_xdata(), *line.get_ydata()) == (x, y) for line in crosses)


def test_slices_say_which_finding_they_go_through(pictured):
    found, anatomy = pictured
    reading = SimpleNamespace(places={"mass-1": found.lesions[0].centroid_lps})
    picture = slices_through(reading, SimpleNamespace(uptake=found, anatomy=anatomy), "mass-1")
    assert picture.caption.startswith("mass-1: axial, sagittal and coronal MR slices at L ")
