"""Numbers of the model stand in the table of constants: what is left in the code has a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

CORE = Path(__file__).parents[1] / "corr"
MODULES = [
    path.relative_to(CORE).as_posix()
    for room in ("anatomy", "exams", "judgement")
    for path in sorted((CORE / room).rglob("*.py"))
] + ["tables/to_records.py", "tables/places.py", "imaging/mri/kinetics.py"]
PLAIN = {0.0, 0.5, 1.0, 2.0, 4.0, 100.0} | {6.0, 12.0, 30.0}
"""Arithmetic, and hours: twelve of 30 degrees each."""
GRID, STOP, TINY = "steps of a numerical grid", "where a search or sum ends", "guards a division"
KERNEL = "closed form of the t distribution with four degrees of freedom, or of the logistic"
VIEW = "angles that define a view"
ALLOWED: dict[str, dict[float, str]] = {
    "anatomy/breast.py": {1e-9: TINY, 0.25: "a parabola through three points"},
    "anatomy/clock.py": {0.25: "a quarter of an hour"},
    "anatomy/extents.py": {1.5: GRID, 5.0: GRID, 0.05: GRID},
    "anatomy/film.py": {0.2: "an axis so flat to the film carries no sign"},
    "anatomy/frame.py": {1e-9: TINY},
    "anatomy/views.py": dict.fromkeys((20.0, 30.0, 45.0, 70.0, 75.0, 90.0), VIEW),
    "exams/base.py": {50.0: "any four points tell an affine map"},
    "exams/contrast.py": {1e-9: TINY},
    "exams/films.py": {20.0: "up to where the closed form will do"},
    "exams/kernels.py": dict.fromkeys((4.6, 0.1, 1e-3, 0.375, 0.25, 0.03125, 1.8138), KERNEL),
    "exams/mammography.py": {90.0: VIEW, 45.0: VIEW, 1e-6: TINY},
    "exams/nodes.py": {0.25: "share of nodes left over the prior", 1e-6: TINY},
    "exams/skin.py": {3.0: GRID},
    "exams/ultrasound.py": {3.0: GRID},
    "judgement/agreement.py": {2e-4: STOP},
    "judgement/band.py": {1e-12: TINY},
    "judgement/dates.py": {1001.0: "an order is 1000 at most", 365.25: "days in a year"},
    "judgement/drivers.py": {10.0: GRID, 1e-4: STOP},
    "judgement/beliefs.py": {
        0.8: "regions are told that hold 80 %",
        1e-3: STOP,
        1000.0: "mm3 in a cm3",
        1e-30: TINY,
    },
    "judgement/groupings/drawn.py": {0.2: STOP, 700.0: "smallest exponent", 1e-12: TINY},
    "judgement/judge.py": {
        0.005: "half of the last digit shown",
        0.02: "of no place",
    },
    "judgement/lesions/alike.py": {1e-12: TINY},
    "judgement/lesions/described.py": {1e-9: TINY},
    "judgement/lesions/sizes.py": {
        0.375: KERNEL,
        **dict.fromkeys((0.05, 0.2, 64.0, 95.0, 140.0, 220.0, 400.0, 700.0, 1500.0), GRID),
    },
    "judgement/linearised.py": {1.3: "where nodes go, no weight", 1e-30: TINY, 0.25: "half an SD²"},
    "judgement/process.py": {0.25: GRID, 0.75: GRID},
    "judgement/quadrature.py": {0.03: STOP, 20.0: STOP, 1e-9: TINY},
    "judgement/weights.py": {1e-8: STOP},
    "judgement/verdict.py": {
        1e-12: TINY,
        **dict.fromkeys((0.9, 0.7, 0.3, 0.1), "words for probabilities, a convention"),
    },
    "imaging/mri/kinetics.py": {1e-6: TINY},
    "tables/places.py": {
        **dict.fromkeys((5.0, 110.0), GRID),
        **dict.fromkeys((45.0, 135.0, 225.0, 315.0), "middles of quadrants"),
        **dict.fromkeys((15.0, 90.0, 180.0, 360.0), "degrees"),
        1e-9: TINY,
    },
    "tables/to_records.py": {
        **dict.fromkeys((5.0, 2.5), "half of a whole and of a half centimetre"),
        10.0: "mm in a cm",
    },
}


def floats(source: str) -> Iterator[tuple[int, float]]:
    """Line and value of each number that is written as a fraction, but for `PLAIN` ones."""
    for node in ast.walk(ast.parse(source)):
        value = getattr(node, "value", None)
        if isinstance(node, ast.Constant) and isinstance(value, float) and value not in PLAIN:
            yield node.lineno, value


def unexplained(name: str, source: str) -> list[str]:
    allowed = ALLOWED.get(name, {})
    return [f"{name}:{line}: {x}" for line, x in floats(source) if x not in allowed]


def test_numbers_of_the_core_are_in_the_table_or_have_a_reason():
    found = [
        problem
        for name in MODULES
        for problem in unexplained(name, (CORE / name).read_text(encoding="utf-8"))
    ]
    assert found == [], "move it to corr/parameters.toml, or say in ALLOWED why it is no assumption"


def test_no_reason_outlives_its_number():
    assert set(ALLOWED) <= set(MODULES)
    for name, reasons in ALLOWED.items():
        held = {x for _, x in floats((CORE / name).read_text(encoding="utf-8"))}
        assert set(reasons) - PLAIN <= held, name


def test_a_new_number_is_noticed():
    source = (CORE / "exams/mri.py").read_text(encoding="utf-8")
    assert unexplained("exams/mri.py", source) == []
    again = source.replace('p["mr_chestwall_over_posterior_sd"]', "1.53")
    assert len(unexplained("exams/mri.py", again)) == 1
