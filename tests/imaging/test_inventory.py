"""Inventory of mixed folders: what is what, nobody's name, and no limit by size."""

from __future__ import annotations

import os
import shutil
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from pydicom.pixels.decoders.base import get_decoder

from benchmarks.fuzz import seeds
from corr.imaging.dicom import private
from corr.imaging.dicom.header import Unusable, read_header
from corr.imaging.dicom.pixels import pixels
from corr.imaging.inventory.inventory import COLUMNS, inventory, summary
from tests.builders import mri_phantom


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("mixed")
    seeds.write_all(path / "NOBODY_At_All" / str(seeds.uid(77)))
    inner = path / "more"
    inner.mkdir()
    (inner / "notes.txt").write_text("not an image\n")
    (inner / "empty.dcm").write_bytes(b"")
    (inner / "cut.dcm").write_bytes(seeds.encoded(seeds.mammogram())[:300])
    (inner / ".hidden.dcm").write_bytes(b"x")
    return path


@pytest.fixture(scope="module")
def table(folder):
    return inventory(folder, workers=1)


def rows(table, what: str):
    return table[table["what"].str.contains(what, regex=False)]


def test_every_kind_is_told_apart(table):
    assert tuple(table.columns) == COLUMNS
    film = rows(table, "mammogram for presentation").iloc[0]
    assert (film["side"], film["view"], film["usable"], film["size"]) == (
        "L", "CC", "yes", "240 x 180"
    )  # fmt: skip
    series = rows(table, "MR series").iloc[0]
    assert (series["files"], series["size"]) == (6, "48 x 64 x 6")
    assert "prone" in series["what"]
    sonogram = rows(table, "ultrasound still").iloc[0]
    assert "scale from the ultrasound regions" in sonogram["why"]
    for what in ("segmentation, 1 segment", "structured report, 1 annotation",
                 "structured report, 2 annotation", "presentation state, 3",
                 "structure set, 2", "NIfTI volume or mask"):  # fmt: skip
        assert len(rows(table, what)), what
    assert table["files"].sum() == len(seeds.SEEDS) + 3
    assert set(table["usable"]) == {"yes", "no"}
    assert (table.loc[table["usable"] == "no", "why"] != "").all(), "refused with a reason"


def test_exams_are_numbered_by_date(tmp_path):
    for i, date in enumerate(("20210101", "20200101", "20210101")):
        ds = seeds.mammogram()
        ds.StudyDate, ds.StudyInstanceUID = date, seeds.uid(500 + int(date))
        ds.PatientID = "A" if i < 2 else "B"
        (tmp_path / f"{i}.dcm").write_bytes(seeds.encoded(ds))
    table = inventory(tmp_path)
    assert table["patient"].tolist() == ["1", "1", "2"]
    assert table["exam"].tolist()[:2] == ["1.2", "1.1"]


def film(path, **tags):
    ds = seeds.mammogram()
    for name, value in tags.items():
        setattr(ds, name, value)
    path.write_bytes(seeds.encoded(ds))


@pytest.mark.parametrize(
    "tags",
    [
        {"SeriesDescription": "R CC C-View"},
        {"SeriesDescription": "L CC Insight 2D"},
        {"AcquisitionDeviceProcessingDescription": "V-Preview"},
        {"ImageType": ["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "GENERATED_2D"]},
        {"SeriesDescription": "Intelligent 2D"},
        {"coded": "C-View"},
    ],
)
def test_synthesized_mammograms_are_told_from_taken_ones(tmp_path, tags):
    coded = tags.pop("coded", None)
    if coded:
        item = seeds.Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "99X", coded
        tags["PerformedProtocolCodeSequence"] = [item]
    film(tmp_path / "a.dcm", **tags)
    film(tmp_path / "b.dcm", SeriesDescription="L CC, tomosynthesis exam")
    table = inventory(tmp_path, workers=1)
    assert ["synthesized 2-D" in what for what in table["what"]] == [True, False]
    assert set(table["usable"]) == {"yes"}


def test_masks_cut_outs_and_icons_are_no_films(tmp_path):
    small = seeds.with_pixels(seeds.mammogram(), np.zeros((4, 4), np.uint16))
    (tmp_path / "a.dcm").write_bytes(seeds.encoded(small))
    mask = np.zeros((240, 180), np.uint16)
    mask[60:180, 40:140] = 255
    plain = seeds.with_pixels(seeds.mammogram(), mask)
    (tmp_path / "b.dcm").write_bytes(seeds.encoded(plain))
    film(tmp_path / "c.dcm", SeriesDescription="ROI mask images")
    film(tmp_path / "d.dcm", SeriesDescription="cropped images")
    film(tmp_path / "e.dcm", SeriesDescription="full mammogram images")
    table = inventory(tmp_path, workers=1)
    assert table["usable"].tolist() == ["no"] * 4 + ["yes"]
    for why, said in zip(table["why"], ("4 x 4", "two values", "mask", "cut out"), strict=False):
        assert said in why


def test_pixels_that_cannot_be_decoded_are_not_usable(tmp_path, monkeypatch):
    ds = seeds.compressed(seeds.mammogram(), seeds.UID("1.2.840.10008.1.2.4.90"))
    (tmp_path / "a.dcm").write_bytes(seeds.encoded(ds))
    assert inventory(tmp_path, workers=1)["usable"].tolist() == ["yes"]
    decoder = get_decoder(seeds.UID("1.2.840.10008.1.2.4.90"))
    monkeypatch.setattr(decoder, "_available", {})
    (row,) = inventory(tmp_path, workers=1).to_dict("records")
    assert row["usable"] == "no"
    assert "pip install python-gdcm" in row["why"]


@pytest.mark.parametrize("series", [1, 3])
def test_a_dynamic_series_is_one_row(tmp_path, series):
    """Whether its phases come as one series or as three; a subtraction has a row of its own."""
    ramp = np.arange(6 * 5 * 4, dtype=np.float32).reshape(6, 5, 4)
    affine = np.diag([1.5, 1.5, 3, 1])
    for n in range(4):
        uid = f"1.2.{n if n == 3 or series == 3 else 0}"
        kind = ["DERIVED", "SECONDARY", "SUB"] if n == 3 else ["ORIGINAL", "PRIMARY", "M"]
        mri_phantom.write_series(
            tmp_path, ramp + 10 * n, affine, series=n, SeriesInstanceUID=uid, StudyDate="20200101",
            StudyInstanceUID="1.2", AcquisitionTime=f"1{n}0000", ImageType=kind,
        )  # fmt: skip
    table = inventory(tmp_path, workers=1)
    assert sorted(zip(table["files"], table["what"], strict=True)) == [
        (4, "MR series, 1 volume(s): subtraction, prone"),
        (12, "dynamic MR series, 3 phases, prone"),
    ]
    assert table["files"].sum() == 16


def test_repeated_views_are_pointed_out(tmp_path):
    for i in range(2):
        (tmp_path / f"{i}.dcm").write_bytes(seeds.encoded(seeds.mammogram()))
    assert inventory(tmp_path)["why"].str.contains("one of 2 images of this view").all()


IDENTIFIERS = (
    "Nobody", "NOBODY", "At_All", "SECRET", "19500101", "Else", "20200101", seeds.ROOT,
)  # fmt: skip


def test_no_identifier_leaves(table):
    shown = table.to_csv() + summary(table)
    assert [w for w in IDENTIFIERS if w in shown] == []


@pytest.mark.parametrize(
    "keyword", ["ImagerPixelSpacing", "PositionerPrimaryAngle", "ViewPosition", "Modality"]
)
def test_no_identifier_leaves_in_a_reason(tmp_path, keyword):
    """A name typed into a wrong field, or into a file that cannot be read, is not repeated."""
    data = seeds.encoded(seeds.mammogram())
    old = {"ImagerPixelSpacing": b"0.5\\0.5 ", "PositionerPrimaryAngle": b"0 ",
           "ViewPosition": b"CC", "Modality": b"MG"}[keyword]  # fmt: skip
    assert old in data
    (tmp_path / "a.dcm").write_bytes(data.replace(old, b"Nobody^At All"[: len(old)], 1))
    (tmp_path / "b.dcm").write_bytes(data[:400].replace(b"20200101", b"Nobody^At"))
    shown = inventory(tmp_path).to_csv()
    assert [w for w in IDENTIFIERS if w in shown] == []


def test_summary_reads_as_text(table):
    said = summary(table)
    assert "can be used" in said
    assert "mammogram for presentation L CC" in said
    assert "cannot be used" in said
    assert summary(table.iloc[:0]).startswith("No files (")


def test_same_table_with_workers(folder, table, monkeypatch):
    monkeypatch.setattr("corr.imaging.inventory.inventory.FEW", 3)
    assert inventory(folder, workers=2, progress=True).equals(table)


def test_odd_folders(tmp_path):
    assert inventory(tmp_path).empty
    with pytest.raises(Unusable, match="not a folder"):
        inventory(tmp_path / "absent")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "dangling.dcm").symlink_to(tmp_path / "nothing")
    table = inventory(tmp_path)
    assert table["file"].tolist() == ["dangling.dcm", "loop"]
    assert set(table["usable"]) == {"no"}
    assert table["why"].str.contains("links are not followed; fix: ").all()


def test_a_name_of_any_bytes_is_listed(tmp_path):
    name = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    try:
        Path(os.fsdecode(name)).write_text("x")
    except OSError:
        pytest.skip("this file system wants UTF-8")
    (row,) = inventory(tmp_path).to_dict("records")
    assert row["file"] == "caf\ufffd.txt"
    assert inventory(tmp_path).to_csv().encode("utf-8")


def test_a_reader_that_breaks_stops_nothing(folder, monkeypatch):
    """Fault injection: an exception nobody thought of is one line of the table."""

    def broken(*_: object, **__: object) -> None:
        msg = "Nobody^At All"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr("corr.imaging.inventory.file.read_facts", broken)
    monkeypatch.setattr("corr.imaging.inventory.series.read_series", broken)
    table = inventory(folder, workers=1)
    assert rows(table, "mammogram")["why"].tolist()[0] == "cannot be read: ZeroDivisionError"
    assert rows(table, "MR series")["usable"].tolist() == ["no"]


def test_three_hundred_headers(tmp_path):
    data = seeds.encoded(seeds.mammogram())
    (tmp_path / "0.dcm").write_bytes(data)
    for i in range(1, 300):
        shutil.copyfile(tmp_path / "0.dcm", tmp_path / f"{i}.dcm")
    started = time.process_time()
    table = inventory(tmp_path, workers=1)
    assert time.process_time() - started < 6.0, "a thousand in 20 s"
    assert len(table) == 300


def test_three_gigabytes_in_constant_memory(tmp_path):
    """A tomosynthesis-sized file, written sparse: header, inventory and one frame."""
    rows_, columns, frames = 2000, 1500, 500
    ds = seeds.with_pixels(seeds.mammogram(), np.zeros((2, 2), np.uint16))
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = seeds.UID(seeds.SOP + "13.1.3")
    ds.Rows, ds.Columns, ds.NumberOfFrames = rows_, columns, frames
    ds.ImagerPixelSpacing = [0.1, 0.1]
    size = rows_ * columns * frames * 2
    data = seeds.encoded(ds)
    assert data[-12:-8] == b"\x08\x00\x00\x00", "length of the pixel data before 8 bytes of it"
    path = tmp_path / "tomo.dcm"
    with path.open("wb") as file:
        file.write(data[:-12] + size.to_bytes(4, "little"))
        file.truncate(len(data) - 8 + size)
    assert path.stat().st_size > 2.9e9
    tracemalloc.start()
    read_header(path)
    table = inventory(tmp_path, workers=1)
    inspected = tracemalloc.get_traced_memory()[1]
    frame = pixels(path, index=frames - 1)
    with_frame = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (table["what"][0], table["usable"][0]) == ("tomosynthesis", "yes")
    assert table["size"][0] == "2000 x 1500 x 500"
    assert frame.shape == (rows_, columns)
    assert inspected < 20e6
    assert with_frame < 60e6


@pytest.mark.parametrize(
    "name",
    [
        "Breast_MRI_001",
        "DBT-P00003",
        "ISPY1_1001",
        "Mass-Training_P_00001_LEFT_MLO",
        "test",
        "MAMMO_12",
        "case 7",
        "anonymous",
    ],
)
def test_names_that_are_no_persons_strike_nothing_out(tmp_path, name):
    """Paths can be found and sentences read where a data set's folders are called like patients."""
    told = []
    for called in ("Nobody^At All", name):
        folder = tmp_path / called.partition("^")[0] / "pre"
        folder.mkdir(parents=True)
        ds = seeds.mammogram()
        ds.PatientName = ds.PatientID = called
        ds.ViewPosition, ds.ViewCodeSequence, ds.Modality = "", [], "CT"
        (folder / "1-001.dcm").write_bytes(seeds.encoded(ds))
        told.append(inventory(folder.parents[1], workers=1))
    assert f"{name}/pre/1-001.dcm" in told[1]["file"].tolist()
    assert told[1]["why"].tolist() == [told[0]["why"][0]] * 2
    assert "breast MRI" in told[0]["why"][0]


@pytest.mark.parametrize("name", ["Breast^Mary", "Meier_001", "Patient^Rose", "Case Nightingale"])
def test_names_of_persons_are_struck_out_of_paths(tmp_path, name):
    ds = seeds.mammogram()
    ds.PatientName = name
    (tmp_path / f"{name}.dcm").write_bytes(seeds.encoded(ds))
    (path,) = inventory(tmp_path, workers=1)["file"]
    assert "~" in path
    assert not {"mary", "meier", "rose", "nightingale"} & set(private.tokens(path))


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("left breast mass 3", ""), ("mass 12 x 8 x 10 mm", ""), ("3 h, 4.5 cm", ""),
        ("L1", ""), ("Lee, upper outer", "name"), ("leech", ""), ("xMEIERx", "name"),
        ("2021-02-03", "a date"), ("3.2.21", "a date"), ("3rd look", ""), ("1. Mai 2020", "a date"),
        ("Feb 3, 2020", "a date"), ("no 12 34 56 7", "a long number"), ("mass 11-12 25 mm", ""),
        ("A00123", "a long number"),
        ("1950", "name"), ("cornerstoneTools@^4.0.0:Length", ""),
    ],
)  # fmt: skip
def test_what_a_label_tells(text, held):
    ds = seeds.mammogram()
    ds.PatientName = "Meier^Lee"
    said = private.told(text, private.words_of(ds))
    assert held in said
    assert bool(held) == bool(said)


def test_a_reason_does_not_repeat_the_name_of_its_file(tmp_path):
    """What a file is called stands in one column, where names are struck out."""
    (tmp_path / "Meier_Anna.nii.gz").write_bytes(b"no volume")
    (why,) = inventory(tmp_path, workers=1)["why"]
    assert "the file" in why
    assert "Meier" not in why
