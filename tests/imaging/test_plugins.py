"""Readers of other packages: found by entry points, and never in the way of the others."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from corr.imaging import base
from corr.imaging.base import File, ImageKind, MarkReader
from corr.imaging.dicom.header import Unusable
from corr.imaging.image_reader import KINDS, kind_of, read_image
from corr.imaging.inventory.file import look_at
from corr.imaging.marks.readers import READERS, read_annotations
from corr.problems import Problem
from corr.tables.rows import ImageRow

MODULE = """
import numpy as np
from corr.imaging.base import ImageKind, MarkReader
from corr.imaging.image_reading import ImageReading
from corr.imaging.marks.annotation import Annotation


def read(file, refused):
    lines = file.path.read_text().splitlines()
    points = np.array([[float(x) for x in line.split()] for line in lines])
    return [Annotation("spot", "mass", "pixel", points)]


SPOTS = MarkReader("spots", lambda file: file.named(".spots"), read)
TAKES_ALL = MarkReader("everything", lambda file: True, read)
FAILS = MarkReader("failing", lambda file: file.named(".fails"), lambda file, refused: 1 / 0)
CLAIMS = MarkReader("claiming", lambda file: 1 / 0, read)
PNG = ImageKind("png film", ("MG",), lambda f: f.named(".png"),
                lambda row, path, name, marks: ImageReading(name, "MG", None, said=["a png"]))
NOTHING = 7
"""
POINTS = """
[corr.mark_readers]
aaa = spots_for_corr:{first}
spots = spots_for_corr:SPOTS
zzz_missing = spots_for_corr:MISSING
zzz_number = spots_for_corr:NOTHING
zzz_fails = spots_for_corr:FAILS

[corr.image_kinds]
png = spots_for_corr:PNG
gone = no_such_module_for_corr:KIND
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A function that installs a small distribution whose first mark reader is the one named."""
    site = tmp_path / "site"
    info = site / "spots_for_corr-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: spots-for-corr\nVersion: 1.0\n")
    (site / "spots_for_corr.py").write_text(MODULE)

    def install(first: str = "CLAIMS") -> Path:
        (info / "entry_points.txt").write_text(POINTS.format(first=first))
        importlib.invalidate_caches()
        base.plugged_in.cache_clear()
        return tmp_path

    monkeypatch.syspath_prepend(str(site))
    yield install
    sys.modules.pop("spots_for_corr", None)
    base.plugged_in.cache_clear()


def test_a_mark_is_read_by_a_reader_of_another_package(installed):
    (file := installed() / "a.spots").write_text("3 4\n5 6\n")
    (mark,) = read_annotations(file)
    assert (mark.label, mark.kind) == ("spot", "mass")
    assert np.array_equal(mark.points, [[3, 4], [5, 6]])
    assert look_at(file).usable == "yes"
    assert look_at(file).what == "spots, 1 annotation(s)"


def test_what_corr_reads_itself_is_not_taken_over(installed):
    (file := installed("TAKES_ALL") / "a.csv").write_text("row,col,label\n1,2,mine\n")
    (mark,) = read_annotations(file)
    assert mark.label == "mine"


def test_a_file_that_nobody_claims_says_which_plug_ins_are_broken(installed):
    (file := installed() / "a.xyz").write_text("<a/>")
    with pytest.raises(Unusable) as error:
        read_annotations(file)
    assert error.value.fix == "save its points as CSV with columns row, col"
    for words in (
        "zzz_missing of spots-for-corr cannot be loaded: AttributeError",
        "zzz_number of spots-for-corr is no MarkReader",
    ):
        assert words in error.value.what
    assert look_at(file).usable == "no"


def test_a_plug_in_that_fails_is_named(installed):
    (file := installed() / "a.fails").write_text("1 2\n")
    with pytest.raises(Unusable, match="reader failing of spots-for-corr failed: ZeroDivision"):
        read_annotations(file)
    assert "failing of spots-for-corr failed" in look_at(file).why


def test_an_image_of_another_kind_is_read_and_a_broken_kind_is_a_problem(installed):
    from corr.imaging.case_exams import Tables
    from corr.imaging.case_images import fill_from_images
    from corr.tables.rows import RawRow

    (folder := installed()).joinpath("f.png").write_bytes(b"\x89PNG")
    row = ImageRow(case_id="c", file="f.png", modality="MG")
    assert read_image(row, folder, "i", {}).said == ["a png"]
    assert kind_of(folder / "f.png").name == "png film"
    assert kind_of(folder).name == "MRI study"
    assert look_at(folder / "f.png").what == "png film"

    tables = Tables([], [], [])
    raw = RawRow("case.yaml", 3, {"case_id": "c", "file": "gone.dcm"})
    fill_from_images([raw], tables, folder)
    said = {p.value: p for p in tables.problems if isinstance(p, Problem)}
    for wrong in base.broken():
        assert said[wrong].action == "flagged"
        assert said[wrong].fix
    assert "gone of spots-for-corr cannot be loaded: ModuleNotFoundError" in said


def test_nothing_is_plugged_in_and_every_reader_of_corr_is_registered():
    base.plugged_in.cache_clear()
    assert base.broken() == ()
    assert all(isinstance(r, MarkReader) and not r.package for r in READERS)
    assert all(isinstance(k, ImageKind) for k in KINDS)
    assert {m for k in KINDS for m in k.modalities} == {"MG", "US", "MR", "CEM"}


def test_a_reader_of_corr_that_fails_is_not_hidden(tmp_path):
    """A fault of corr's own shows in tests; only another package's is caught here."""
    (file := tmp_path / "x").write_text("")
    own = MarkReader("own", lambda _: 1 / 0, lambda *_: [])
    with pytest.raises(ZeroDivisionError):
        list(base.claiming([own], File(file)))
