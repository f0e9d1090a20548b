"""The SR: every finding, lesion and pair comes back; other programs find nothing wrong with it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given

from corr.export.dicom.read_report import read_report
from corr.export.dicom.report import write_report
from tests.builders.examples import few
from tests.builders.random_results import contents


@few(20)
@given(contents())
def test_what_is_written_comes_back(content):
    with TemporaryDirectory() as folder:
        (path,) = write_report(content, Path(folder))
        assert read_report(path) == content.summary()
