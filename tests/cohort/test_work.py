"""Work grows with the input, not with its square: counted, never timed."""

from __future__ import annotations

import os

import nibabel as nib
import numpy as np
import pytest

from corr import problems
from corr.imaging.dicom.header import Unusable
from corr.imaging.marks.label_maps import read_label_map
from corr.imaging.mri.series import order_phases
from corr.imaging.mri.study_files import study_volumes
from corr.imaging.volume import MAX_VOLUMES, read_nifti_phases
from corr.tables import links, readings
from corr.tables.rows import Draft, RawRow
from corr.words import read_report
from corr.words.drafts import Draft as WordDraft
from corr.words.marking.marks import Mark

MANY = 400


class Counted(str):
    """An id or value that counts how often it is hashed or compared."""

    __slots__ = ()
    work = 0

    def __hash__(self) -> int:
        Counted.work += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        Counted.work += 1
        return super().__eq__(other)

    def __str__(self) -> str:
        return self


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    monkeypatch.setattr(Counted, "work", 0)
    return Counted


def test_values_of_one_thing_are_not_compared_with_all_before(counted):
    draft = WordDraft("")
    for i in range(MANY):
        mark = Mark("depth_mm", counted(f"{i}"), i, i + 1)
        draft.accepts(mark)
        draft.add(mark)
    assert len(draft.marks["depth_mm"]) == MANY
    assert counted.work < 20 * MANY


def test_many_sizes_of_one_thing_are_refused_together():
    said = read_report("A mass " + " ".join(f"{i / 10} mm" for i in range(1, 150)))
    assert said.mentions[0].size_mm is None
    (size,) = [u for u in said.unreadable if u.field == "size_mm"]
    assert size.reason == "the words disagree"
    assert len(size.candidates) == 149


@pytest.mark.parametrize("target", ["the one before", "the first"])
def test_declared_links_are_followed_once(counted, target):
    ids = [counted(f"f{i:04}") for i in range(MANY)]
    drafts = [
        Draft(
            RawRow("f.csv", i, {}),
            {"finding_id": x, "same_as": ids[i - 1 if target == "the one before" else 0]},
            [],
        )
        for i, x in enumerate(ids)
    ]
    drafts[0].values.pop("same_as")
    reading_of = {x: f"e{min(i, MANY - 2)}" for i, x in enumerate(ids)}
    counted.work = 0
    links.drop_links_within_reading(drafts, reading_of)
    assert counted.work < 60 * MANY
    dropped = [p for d in drafts for p in d.problems]
    assert len(dropped) == MANY - 1
    assert {p.fix for p in dropped} == {
        "f0398 and f0399 were seen side by side, so they are two lesions"
    }


def test_readings_of_one_exam_are_told_apart_in_one_pass(counted):
    keys = [(counted("e"), "US", "", f"#{i}", None) for i in range(MANY)]
    ids = readings._reading_ids(keys)
    assert len(set(ids.values())) == MANY
    assert counted.work < 40 * MANY


def test_a_hint_looks_at_a_bounded_number_of_names(monkeypatch):
    seen: list[int] = []

    def looked_at(name: str, known: list[str], **_: object) -> list[str]:
        seen.append(len(name) * len(known))
        return []

    monkeypatch.setattr(problems, "get_close_matches", looked_at)
    problems.nearest("x" * 100_000, ["y"])
    problems.nearest("x", (f"y{i}" for i in range(100_000)))
    assert sum(seen) <= problems.MOST_NAMES * problems.LONGEST_NAME


def claims(path, shape) -> None:
    """A NIfTI file that is a header and nothing else."""
    head = nib.Nifti1Header()
    head.set_data_shape(shape)
    head.set_data_dtype(np.uint8)
    head.set_sform(np.eye(4), 1)
    head["vox_offset"], head["magic"] = 352, b"n+1"
    path.write_bytes(head.binaryblock + bytes(4))
    assert path.stat().st_size == 352


def test_a_header_that_claims_what_the_file_cannot_hold_is_refused_at_once(tmp_path):
    path = tmp_path / "x.nii"
    claims(path, (2, 2, 2, 32_000))
    for read in (read_nifti_phases, lambda p: study_volumes(p, {})):
        with pytest.raises(Unusable, match="claims 32000 volumes; allowed: up to 500"):
            read(path)
    for shape in ((2, 2, 2, 400), (300, 300, 300)):
        claims(path, shape)
        with pytest.raises(Unusable, match="cannot hold them"):
            read_nifti_phases(path)
    with pytest.raises(Unusable, match="cannot hold them"):
        read_label_map(path)


def test_a_study_of_too_many_volumes_is_refused(tmp_path):
    path = tmp_path / "x.nii"
    nib.save(nib.Nifti1Image(np.zeros((2, 2, 2), np.uint8), np.eye(4)), path)
    with pytest.raises(Unusable, match="501 volumes; allowed: up to 500"):
        order_phases(read_nifti_phases(path) * (MAX_VOLUMES + 1))


def test_a_pipe_as_an_image_or_marks_is_refused(tmp_path):
    from corr.imaging.marks.readers import read_annotations

    for name in ("marks.csv", "marks.nii", "marks.mrk.json", "marks.dcm"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(Unusable):
            read_annotations(tmp_path / name)
    for read in (read_nifti_phases, lambda p: order_phases(study_volumes(p, {}))):
        with pytest.raises(Unusable):
            read(tmp_path / "marks.nii")
