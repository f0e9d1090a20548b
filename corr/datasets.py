"""The data manifest: which data sets exist, under which licence, and whether files are intact.

A data set either ships with the project (every file has a SHA-256) or is for the user to
obtain (how to get it is said; a SHA-256 may be unknown). Files are verified when they are
opened; nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from corr.plain_file import plain_bytes
from corr.problems import InputError, nearest

MANIFEST = "data_manifest.yaml"
_PACKAGE = Path(__file__).resolve().parent

_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DataFile(BaseModel):
    """One file; `path` is relative to the folder of the manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    sha256: _Sha256 | None = None

    @model_validator(mode="after")
    def _inside(self) -> DataFile:
        if Path(self.path).is_absolute() or ".." in Path(self.path).parts:
            msg = f"path must stay inside the folder of the manifest, got {self.path!r}"
            raise ValueError(msg)
        return self


class DataSet(BaseModel):
    """One data set: what it is, whose it is, and where its files are or come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    licence: str
    source: str
    comes: Literal["with the project", "from elsewhere"]
    how_to_get: str | None = None
    notes: str | None = None
    files: dict[str, DataFile] = {}

    @model_validator(mode="after")
    def _complete(self) -> DataSet:
        if self.comes == "from elsewhere" and not self.how_to_get:
            msg = "a data set from elsewhere must say how_to_get"
            raise ValueError(msg)
        if self.comes == "with the project":
            unverified = [name for name, file in self.files.items() if file.sha256 is None]
            if unverified or not self.files:
                msg = f"its files need a sha256 (without: {unverified or 'none listed'})"
                raise ValueError(msg)
        return self


class Manifest(BaseModel):
    """All data sets by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    data: dict[str, DataSet]


def find_root(start: Path | None = None) -> Path:
    """The folder with the manifest, data and notebooks: a checkout, or what a wheel ships of it.

    Looked for in `start` and above; without `start`, in the installed package and in the
    checkout that the package is in.

    Raises
    ------
    InputError
        If no such folder holds a manifest.
    """
    first = start if start is not None else _PACKAGE / "shipped"
    for folder in (first, *first.resolve().parents):
        if (folder / MANIFEST).is_file():
            return folder
    msg, fix = f"{MANIFEST} not found in {first} or above", "give the folder of a checkout as root"
    raise InputError(msg, fix=fix)


def read_manifest(root: str | Path | None = None) -> Manifest:
    """The checked manifest of `root` (default: as `find_root` finds it).

    Raises
    ------
    InputError
        If the manifest is missing or wrong; the message names the entry.
    """
    path = find_root(Path(root) if root is not None else None) / MANIFEST
    try:
        plain = YAML(typ="safe").load(plain_bytes(path).decode("utf-8"))
        return Manifest.model_validate(plain)
    except (YAMLError, UnicodeDecodeError) as error:
        msg = f"not valid YAML: {error}"
        raise InputError(msg, where=MANIFEST) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(x) for x in first["loc"])
        raise InputError(f"{where}: {first['msg']}", where=MANIFEST) from error  # noqa: EM102


def open_data(name: str, root: str | Path | None = None) -> dict[str, Path]:
    """Paths of a data set's files by their name in the manifest, each verified.

    Raises
    ------
    InputError
        If the name is unknown, a file is missing (the message says how to get it), or its
        SHA-256 is not the one in the manifest.
    """
    folder = find_root(Path(root) if root is not None else None)
    manifest = read_manifest(folder)
    if name not in manifest.data:
        msg, allowed = f"no data set {name!r}", ", ".join(manifest.data)
        fix = nearest(name, manifest.data)
        raise InputError(msg, where=MANIFEST, allowed=allowed, fix=fix)
    entry = manifest.data[name]
    if not entry.files:
        msg = "it has no files here"
        raise InputError(msg, where=name, fix=entry.how_to_get or "")
    return {key: _verified(name, entry, folder, file) for key, file in entry.files.items()}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _verified(name: str, entry: DataSet, folder: Path, file: DataFile) -> Path:
    path = folder / file.path
    if not path.is_file():
        how = entry.how_to_get or "It is in the repository of breast-corr"
        raise InputError(f"{file.path} is not there", where=name, fix=how)  # noqa: EM102
    if file.sha256 is not None and (found := sha256_of(path)) != file.sha256:
        msg = f"{file.path} is not the file of the manifest (SHA-256 {found})"
        fix = f"restore it, or correct {MANIFEST} if the change is meant"
        raise InputError(msg, where=name, allowed=f"SHA-256 {file.sha256}", fix=fix)
    return path
