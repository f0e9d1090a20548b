"""The manifest lists what ships and what can be had, and notices every changed byte."""

from __future__ import annotations

import shutil

import pytest

from corr.datasets import MANIFEST, find_root, open_data, read_manifest, sha256_of
from corr.problems import InputError


def test_every_shipped_data_file_is_listed_and_intact(root):
    manifest = read_manifest(root)
    listed = {
        file.path
        for entry in manifest.data.values()
        if entry.comes == "with the project"
        for file in entry.files.values()
    }
    shipped = {
        p.relative_to(root).as_posix()
        for p in (root / "data").rglob("*")
        if p.is_file() and not p.name.startswith(".") and "external" not in p.parts
    }
    assert shipped - {"data/README.md"} == listed
    for path in sorted(listed):
        wrong = [f for d in manifest.data.values() for f in d.files.values() if f.path == path]
        assert wrong[0].sha256 == sha256_of(root / path), f"update {MANIFEST} for {path}"


def test_shipped_sets_open(root):
    assert open_data("seed_case", root)["case"] == root / "data" / "seed_case.yaml"
    assert set(open_data("simulated_cohort")) == {"findings", "breasts", "truth", "readme"}


def test_data_from_elsewhere_say_licence_source_and_how_to_get(root):
    manifest = read_manifest(root)
    away = {n for n, d in manifest.data.items() if d.comes == "from elsewhere"}
    assert {"cbis_ddsm", "ea1141", "tcga_brca", "motion_landmarks", "victre_phantom"} <= away
    assert {"vindr_mammo", "vindr_positioning_labels"} <= away
    for name in away:
        entry = manifest.data[name]
        assert entry.licence
        assert entry.source
        with pytest.raises(InputError) as error:
            open_data(name, root)
        assert str(entry.how_to_get) in str(error.value)


@pytest.fixture
def copy(root, tmp_path):
    shutil.copy(root / MANIFEST, tmp_path)
    shutil.copytree(root / "data", tmp_path / "data")
    return tmp_path


def test_one_changed_byte_is_an_error_with_both_sums(copy):
    path = copy / "data" / "simulated_cohort" / "findings.csv"
    before = sha256_of(path)
    path.write_bytes(path.read_bytes().replace(b"D0001", b"D0009", 1))
    with pytest.raises(InputError) as error:
        open_data("simulated_cohort", copy)
    assert before in str(error.value)
    assert sha256_of(path) in str(error.value)
    assert "findings.csv" in str(error.value)


def test_missing_file_unknown_name_and_no_manifest_say_what_to_do(copy, tmp_path):
    (copy / "data" / "seed_case.yaml").unlink()
    with pytest.raises(InputError, match=r"seed_case\.yaml is not there"):
        open_data("seed_case", copy)
    with pytest.raises(InputError, match="did you mean 'simulated_cohort'"):
        open_data("simulated_cohrt", copy)
    (tmp_path / MANIFEST).unlink()
    with pytest.raises(InputError, match="give the folder of a checkout"):
        find_root(tmp_path)


_ENTRY = "version: 1\ndata:\n  x: {title: t, licence: l, source: s, comes: with the project"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\ndata: [", "not valid YAML"),
        ("version: 2\ndata: {}", "version"),
        (_ENTRY + "}", "none listed"),
        (_ENTRY + ", files: {a: {path: a.csv}}}", "need a sha256"),
        (_ENTRY + ", files: {a: {path: a.csv, sha256: abc}}}", "data.x.files.a.sha256"),
        (_ENTRY + ", files: {a: {path: ../a.csv}}}", "stay inside"),
        (_ENTRY.replace("with the project", "from elsewhere") + "}", "how_to_get"),
    ],
)
def test_a_wrong_manifest_names_the_entry(tmp_path, text, said):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError, match=MANIFEST) as error:
        read_manifest(tmp_path)
    assert said in str(error.value)
