"""Ultrasound volumes: a slice with its scale and place, or refused with the way out."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset

from benchmarks.fuzz import seeds
from corr.imaging.dicom.header import Unusable
from corr.imaging.inventory.inventory import inventory
from corr.imaging.ultrasound.sonogram import read_sonogram, size_mm


def volume(path, *, placed: bool) -> None:
    ds = seeds.sonogram()
    picture = np.stack([ds.pixel_array] * 3)
    del ds.SequenceOfUltrasoundRegions
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = seeds.UID(seeds.SOP + "6.2")
    ds.NumberOfFrames, ds.PixelData = 3, picture.tobytes()
    shared, measures, plane = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, plane.ImageOrientationVolume = [0.2, 0.25], [1.0, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence, shared.PlaneOrientationVolumeSequence = [measures], [plane]
    ds.SharedFunctionalGroupsSequence = [shared]
    groups = []
    for n in range(3):
        group, place = Dataset(), Dataset()
        place.ImagePositionVolume = [-30.0, 0.0, 2.0 * n]
        group.PlanePositionVolumeSequence = [place] if placed else []
        groups.append(group)
    ds.PerFrameFunctionalGroupsSequence = groups
    path.write_bytes(seeds.encoded(ds))


def test_a_slice_of_a_volume_has_its_scale_and_place(tmp_path):
    volume(tmp_path / "a.dcm", placed=True)
    still = read_sonogram(tmp_path / "a.dcm", index=2)
    assert (still.row_mm, still.col_mm) == (0.2, 0.25)
    assert size_mm(still, (100.0, 100.0), (100.0, 140.0)) == pytest.approx(10.0)
    assert still.depth_zero_row is None
    assert any("slice 2 of 3" in n and "-30.0, 0.0, 4.0 mm" in n for n in still.notes)
    (row,) = inventory(tmp_path, workers=1).to_dict("records")
    assert (row["what"], row["usable"]) == ("ultrasound volume", "yes")


def test_a_volume_without_places_is_refused_with_the_way_out(tmp_path):
    volume(tmp_path / "a.dcm", placed=False)
    with pytest.raises(Unusable, match="save the slice that shows the finding"):
        read_sonogram(tmp_path / "a.dcm")
    (row,) = inventory(tmp_path, workers=1).to_dict("records")
    assert row["usable"] == "no"
    assert "fn_cm and depth_mm" in row["why"]
