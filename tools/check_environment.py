"""Do environment.yml and constraints.txt agree with pyproject.toml? Prints what does not.

Names and bounds are compared; whether conda-forge can solve them is not tested here.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "ruamel-yaml": "ruamel.yaml",
    "python-gdcm": "gdcm",
    "fhir-resources": "fhir.resources",
}
CONDA_ONLY = {"python", "pip"}
Bounds = dict[str, SpecifierSet]


def problems(pyproject: str, environment: str, constraints: str) -> list[str]:
    """One line for every disagreement between the texts of the three files; none if all is well."""
    project = tomllib.loads(pyproject)["project"]
    wanted = _with_extras(project, ["dev", "docs"])
    return [
        *_environment_problems(environment, wanted, project["requires-python"]),
        *_constraint_problems(constraints, wanted),
    ]


def _with_extras(project: dict[str, Any], extras: Iterable[str]) -> Bounds:
    """What is installed with extras, those that name further extras of the project included."""
    out: Bounds = {}
    lines = [*project["dependencies"]]
    lines += [line for extra in extras for line in project["optional-dependencies"][extra]]
    for wanted in map(Requirement, lines):
        if canonicalize_name(wanted.name) == project["name"]:
            out |= _with_extras(project, wanted.extras)
        else:
            out[canonicalize_name(wanted.name)] = wanted.specifier
    return out


def _environment_problems(text: str, wanted: Bounds, python: str) -> list[str]:
    try:
        environment = YAML(typ="safe").load(text)
        entries = [e for e in environment["dependencies"] if isinstance(e, str)]
        found = {r.name.lower(): r.specifier for r in map(Requirement, entries)}
    except (YAMLError, InvalidRequirement, KeyError, TypeError) as error:
        return [f"environment.yml: not readable as a conda environment: {error}"]
    expected = {CONDA_NAMES.get(name, name): bounds for name, bounds in wanted.items()}
    out = []
    for name in sorted(expected.keys() | found.keys() - CONDA_ONLY):
        if name not in found:
            out.append(f"environment.yml: add {name}{expected[name]} (it is in pyproject.toml)")
        elif name not in expected:
            out.append(
                f"environment.yml: {name} is not in pyproject.toml; remove it or add it there"
            )
        elif found[name] != expected[name]:
            out.append(f"environment.yml: {name}{found[name]}, pyproject.toml has {expected[name]}")
    if str(found.get("python")) != python:
        out.append(f"environment.yml: python{found.get('python')}, pyproject.toml has {python}")
    pip = [p for e in environment["dependencies"] if isinstance(e, dict) for p in e.get("pip", ())]
    if pip != ["-e ."]:
        out.append(f"environment.yml: pip section is {pip}, allowed is only '-e .'")
    if environment.get("channels") != ["conda-forge", "nodefaults"]:
        out.append("environment.yml: channels must be conda-forge, nodefaults")
    return out


def _constraint_problems(text: str, wanted: Bounds) -> list[str]:
    pinned: dict[str, str] = {}
    out = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        name, sep, version = line.partition("==")
        if not sep or not version or set(line) & set(" @/;<>"):
            out.append(f"constraints.txt, line {number}: {line!r}, allowed is name==version")
            continue
        pinned[canonicalize_name(name)] = version
    for name, specifier in sorted(wanted.items()):
        if name not in pinned:
            out.append(f"constraints.txt: add {name}==<the version tested>")
        elif pinned[name] not in specifier:
            out.append(f"constraints.txt: {name}=={pinned[name]}, pyproject.toml has {specifier}")
    return out


def main() -> int:
    """Exit status 1 and one line for each problem, else 0."""
    root = Path(__file__).parents[1]
    names = ("pyproject.toml", "environment.yml", "constraints.txt")
    found = problems(*(root.joinpath(n).read_text(encoding="utf-8") for n in names))
    print("\n".join(found) or "environment.yml and constraints.txt agree with pyproject.toml")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
