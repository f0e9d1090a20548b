"""Files for 3D Slicer: what comes back, what Slicer demands, what must not be in them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given

from corr.export.content import Content
from corr.export.grid import Patch, VoxelGrid
from corr.export.slicer.read import read_slicer
from corr.export.slicer.segments import (
    Segment,
    ascii_name,
    on_voxels,
    read_segments,
    segment_bytes,
)
from corr.export.slicer.shown import items_of, space_of
from corr.export.slicer.write import segment_name, write_slicer
from corr.imaging.volume import Volume
from corr.problems import CorrError
from tests.builders.examples import few, round_trips
from tests.builders.random_results import MRI, contents
from tests.builders.slicer_files import MARKUPS, files_of_scene

SCHEMA = jsonschema.Draft7Validator(MARKUPS)


def mri(name: str = "MRI") -> Volume:
    """The MRI of the random contents."""
    rng = np.random.default_rng(1)
    voxels = np.round(rng.random(MRI.shape) * 900).astype(np.float32)
    return Volume(name, MRI.shape, MRI.affine_lps, lambda: voxels, source=name)


@round_trips(12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(contents())
def test_everything_comes_back(tmp_path_factory: pytest.TempPathFactory, made: Content):
    folder = tmp_path_factory.mktemp("slicer")
    written = write_slicer(made, folder, {"MRI": mri()})
    back = read_slicer(folder)
    assert back.summary == made.summary()
    assert len({p.name.casefold() for p in written}) == len(written), "files that are one on disk"
    for judged in made.breasts:
        space = space_of(made, judged)
        for item in items_of(judged, space):
            key = (judged.side, item.name)
            assert (item.at_lps is None) == (key not in back.places)
            if item.at_lps is not None:
                np.testing.assert_allclose(back.places[key], item.at_lps, atol=6e-4)
            cells = None if item.voxels is None else item.voxels.region
            assert (key in back.regions) == (cells is not None and cells.values.any())
            if key in back.regions:
                voxels = on_voxels(back.regions[key], space.grid).whole(space.grid.shape)
                np.testing.assert_array_equal(voxels, cells.whole(space.grid.shape))
    for path in folder.glob("*.mrk.json"):
        assert not list(SCHEMA.iter_errors(json.loads(path.read_text(encoding="utf-8"))))
    scenes = [files_of_scene(path) for path in folder.glob("*.mrml")]
    named = [file for scene in scenes for file in scene.values()]
    assert sorted(named) == sorted(p.name for p in written if p.suffix != ".mrml")


@few(3)
@given(contents())
def test_same_bytes_on_every_run_and_nothing_is_overwritten(
    tmp_path_factory: pytest.TempPathFactory, made: Content
):
    one, two = (tmp_path_factory.mktemp("slicer") for _ in range(2))
    for folder in (one, two):
        write_slicer(made, folder, {"MRI": mri()})
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {
        p.name: p.read_bytes() for p in two.iterdir()
    }
    before = sorted(p.name for p in one.iterdir())
    last = one / before[-1]
    for path in one.iterdir():
        if path != last:
            path.unlink()
    with pytest.raises(CorrError, match=before[-1].split("_")[0]):
        write_slicer(made, one, {"MRI": mri()})
    assert [p.name for p in one.iterdir()] == [last.name], "a part was written beside it"


@few(2)
@given(contents().filter(lambda c: any(f.place.lps is not None for _, f in c.each)))
def test_names_of_sources_are_in_no_file(tmp_path_factory: pytest.TempPathFactory, made: Content):
    folder = tmp_path_factory.mktemp("slicer")
    write_slicer(made, folder, {"MRI": mri("SECRET^NAME_19570301.dcm")})
    assert (folder / "MRI_MRI.nii.gz").is_file()
    for path in folder.iterdir():
        data = path.read_bytes()
        data = gzip.decompress(data) if path.name.endswith(".gz") else data
        for word in (b"SECRET", b"19570301", b".dcm"):
            assert word not in data, path.name


@few(4)
@given(contents())
def test_other_programs_read_the_regions(tmp_path_factory: pytest.TempPathFactory, made: Content):
    slicerio = pytest.importorskip("slicerio", reason="slicerio is not installed")
    folder = tmp_path_factory.mktemp("slicer")
    write_slicer(made, folder)
    for judged in made.breasts:
        space = space_of(made, judged)
        for item in items_of(judged, space):
            path = folder / f"{judged.side}_{item.kind}s.seg.nrrd"
            if item.voxels is None or not item.voxels.region.values.any():
                continue
            read = slicerio.read_segmentation(str(path))
            name = ascii_name(segment_name(judged.side, item.name))
            (about,) = [s for s in read["segments"] if s["name"] == name]
            assert about["color"] == pytest.approx(item.colour, abs=1e-5)
            voxels = read["voxels"]
            layer = voxels[about["layer"]] if voxels.ndim == 4 else voxels
            index = np.argwhere(layer == about["labelValue"])
            places = index @ read["ijkToLPS"][:3, :3].T + read["ijkToLPS"][:3, 3]
            whole = np.argwhere(item.voxels.region.whole(space.grid.shape))
            np.testing.assert_allclose(places, space.grid.to_lps(whole), atol=1e-6)


def test_any_number_of_regions_may_lie_over_each_other(tmp_path: Path):
    grid = VoxelGrid((9, 8, 7), np.diag([2.0, 2.0, 3.0, 1.0]))
    held = Patch((2, 1, 3), np.ones((3, 4, 2), bool))
    nothing = Patch((0, 0, 0), np.zeros((2, 2, 2), bool))
    each = [Segment(f"s{n}", f"L {n} 80%", "L", held, (1.0, 0.5, 0.0)) for n in range(30)]
    names = ["L \N{GREEK SMALL LETTER BETA} 80%", "background", "x" * 400]
    each += [Segment(f"t{n}", name, "L", held, (0.0, 0.5, 1.0)) for n, name in enumerate(names)]
    each += [Segment("empty", "L empty 80%", "L", nothing, (0.0, 0.0, 1.0))]
    path = tmp_path / "many.seg.nrrd"
    path.write_bytes(segment_bytes(each, grid))
    back = read_segments(path)
    assert set(back) == {ascii_name(s.name) for s in each} - {"background", "L empty 80%"}
    for mark in back.values():
        np.testing.assert_array_equal(
            on_voxels(mark, grid).whole(grid.shape), held.whole(grid.shape)
        )
    moved = VoxelGrid(grid.shape, grid.affine_lps + np.array([[0, 0, 0, 1]] * 3 + [[0] * 4]))
    with pytest.raises(ValueError, match="between the voxels"):
        on_voxels(mark, moved)
