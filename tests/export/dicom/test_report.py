"""The SR: every finding, lesion and pair comes back; other programs find nothing wrong with it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from corr.export.dicom.read_report import read_report
from corr.export.dicom.report import write_report
from tests.builders.examples import few
from tests.builders.random_results import contents


def comes_back(content):
    with TemporaryDirectory() as folder:
        (path,) = write_report(content, Path(folder))
        return read_report(path) == content.summary()


@few(8)
@given(contents())
def test_what_is_written_comes_back(content):
    assert comes_back(content)


@pytest.mark.campaign
@settings(max_examples=200, deadline=None)
@given(contents())
def test_two_hundred_cases_come_back(content):
    assert comes_back(content)
