"""Presentation states and segmentations: what is drawn comes back, and never as a finding."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import highdicom as hd
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings

from corr.export.dicom.presentation import write_presentations
from corr.export.dicom.read_presentation import read_presentation
from corr.export.dicom.read_segmentation import read_segmentation
from corr.export.dicom.segmentation import region_on, write_segmentations
from corr.imaging.marks.dicom_seg import read_segmentation as read_marks
from corr.imaging.marks.presentation_state import read_presentation_state
from tests.builders.examples import few
from tests.builders.random_results import MRI, contents


def drawn_by(content, image):
    uid = image.instances[0][1]
    for b in content.breasts:
        lesions = {x.number: x.tracking_uid for x in b.lesions}
        for d in b.drawn:
            if d.image_id == image.image_id:
                yield uid, d.finding_ids, d.predicted, lesions.get(d.lesion), d.lines


@few(8)
@given(contents())
def test_what_is_drawn_comes_back(content):
    drawn_comes_back(content)


@pytest.mark.campaign
@settings(max_examples=200, deadline=None)
@given(contents())
def test_drawings_and_regions_of_two_hundred_cases_come_back(content):
    drawn_comes_back(content)
    regions_come_back(content)


def drawn_comes_back(content):
    expected = [x for i in content.images for x in drawn_by(content, i)]
    with TemporaryDirectory() as folder:
        paths = write_presentations(content, Path(folder))
        back = [d for path in paths for d in read_presentation(path)]
        marks, refused = [], []
        for path in paths:
            marks += read_presentation_state(pydicom.dcmread(path), refused)
    assert len(back) == len(expected)
    for d, (uid, ids, predicted, tracking, lines) in zip(back, expected, strict=True):
        assert (d.instance_uid, d.finding_ids, d.predicted) == (uid, ids, predicted)
        assert tracking in (None, d.tracking_uid)
        assert all(np.allclose(a, b, atol=1e-4) for a, b in zip(d.lines, lines, strict=True))
    predictions = sum(d.predicted for d in back)
    assert len(refused) == predictions  # said, and no finding
    assert len(marks) == len(back) - predictions


def in_grid(mark, shape, affine):
    """A mask cut to its contents, back in the whole grid (i, j, k)."""
    whole = np.zeros(shape, bool)
    voxels = np.argwhere(mark.mask) @ mark.affine[:3, :3].T + mark.affine[:3, 3]
    index = np.rint((voxels - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T).astype(int)
    whole[tuple(index.T)] = True
    return whole


@few(5)
@given(contents())
def test_regions_on_the_mri_come_back_voxel_for_voxel(content):
    regions_come_back(content)


def regions_come_back(content):
    with TemporaryDirectory() as folder:
        paths = write_segmentations(content, Path(folder))
        assert bool(paths) <= (MRI in content.images)
        for path in paths:
            lesions = {x.tracking_uid: x.place for b in content.breasts for x in b.lesions}
            findings = {f.finding_id: f.place for _, f in content.each}
            back = read_segmentation(path)
            for region in back:
                place = lesions.get(region.tracking_uid) or findings[region.tracking_id]
                if region.tracking_uid in lesions or len(content.breasts) == 1:
                    wanted = region_on(MRI, place.lps)
                    assert (in_grid(region.mark, MRI.shape, MRI.affine_lps) == wanted).all()
            refused = []
            assert read_marks(pydicom.dcmread(path), path, refused) == []
            assert len(refused) == len(back)


@pytest.fixture(scope="module")
def one():
    """A content with a region on the MRI."""
    from hypothesis import find

    return find(contents(), lambda c: any(b.lesions and b.lesions[0].place.lps for b in c.breasts))


def test_another_reader_places_a_region_where_it_is_believed(one, tmp_path):
    (path,) = write_segmentations(one, tmp_path)
    seg = hd.seg.segread(path)
    lesion = next(x for b in one.breasts for x in b.lesions if x.place.lps)
    number = next(
        s.SegmentNumber for s in seg.SegmentSequence if s.TrackingUID == lesion.tracking_uid
    )
    volume = seg.get_volume(segment_numbers=[number], combine_segments=True)
    inside = np.argwhere(volume.array) @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    middle = [lesion.place.lps.mean(k) for k in range(3)]
    assert np.abs(inside.mean(axis=0) - middle).max() < 9.0  # half a voxel of this coarse MRI
