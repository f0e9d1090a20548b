"""Does compression on the film do what finite elements do? One table (simulated, no patients).

What is measured on the two shapes of `benchmarks.compression.compressed_shapes` beside what the
model says of them, and whether what is left over is inside the errors it assumes for one film. Each
row names the constants that were set with that very shape: such a row shows consistency, a row that
names none is a validation. Run ``python -m benchmarks.compression.compression --out FOLDER``.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.compression import compressed_shapes as shapes
from benchmarks.compression.compressed_shapes import Squeezed
from benchmarks.compression.film_errors import (
    ERRORS,
    FilmClaim,
    Floats,
    best_affine,
    lengths,
    stretch_interval,
    through_nipple,
)
from corr.anatomy.extents import Extents
from corr.exams import kernels, mammography
from corr.exchange.files import write_whole
from corr.parameters import Parameters

VICTRE, CT = "VICTRE phantom", "breast CT"
NAMED_IN_SOURCE = {VICTRE: ("VICTRE",), CT: ("breast CT", "peers 2c")}
"""How the sources in the table of constants name the shape that a value was set with."""
RATIO = ("film_thickness_ratio", "film_stretch_exponent")
USES = {
    "across the film": ("film_width_stretch", *RATIO),
    "along depth": ("film_depth_stretch", *RATIO),
    "along the beam": (),  # thickness over extent, both of this breast
    "volume": ("film_width_stretch", "film_depth_stretch", *RATIO),
}
STRETCHED = tuple(USES)[:3]
LEANS = {
    "film residual transverse": "across the film",
    **dict.fromkeys(("film residual", "inside", "shared error", "residual after shared"), "volume"),
    "nipple distance": "volume",
}
"""Which of `USES` other rows lean on, by how they begin; the first that fits holds."""
LEVELS = (0.5, 0.8, 0.95)
ALL, FIELD = "all points", "on the film"
SHOWN = (
    *(f"stretch {name}" for name in STRETCHED),
    "volume, points",
    "film residual: median",
    "film residual: 90 %",
    "residual after the best affine: median",
    "inside the 80 % region, all points",
    "nipple distance, film less space: mean",
    "nipple distance, film less space: SD",
)
"""What a reader is shown first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number; ``sd`` is the model's own for it, nan where it states none.

    ``lo``, ``hi``: 95 % bootstrap over the points, for stretches.
    """

    shape: str
    quantity: str
    unit: str
    n: int
    measured: float
    ours: float = nan
    sd: float = nan
    lo: float = nan
    hi: float = nan
    set_with_it: str = ""

    @property
    def off_sds(self) -> float:
        """How many of the model's SDs the measured value is from ours."""
        return (self.measured - self.ours) / self.sd


def set_with(shape: str, quantity: str, p: Parameters) -> str:
    """Which of the constants behind a stretch were set with this very shape."""
    words = NAMED_IN_SOURCE[shape]
    return ", ".join(n for n in USES[quantity] if any(w in p.table[n].source for w in words))


def _stretch_sds(ours: dict[str, float], p: Parameters) -> dict[str, float]:
    """Spread of the constant and of one film around it, for each stretch in the film plane."""
    out = {}
    for name in STRETCHED[:2]:
        constant = p.table[USES[name][0]]
        out[name] = ours[name] * float(np.hypot(constant.spread / constant.value, p["mg_scale_sd"]))
    return out


def _volume(ours: dict[str, float]) -> float:
    return float(np.prod([ours[name] for name in STRETCHED]))


def stretch_rows(s: Squeezed, p: Parameters) -> Iterator[Row]:
    """Stretches of the points and of the outline, and volume."""
    n, ours = len(s.before), shapes.our_stretches(s.extents, s.thickness_mm, p)
    sds = _stretch_sds(ours, p)
    affine, interval = best_affine(s.before, s.after), stretch_interval(s.before, s.after)
    fixed = through_nipple(s.before, s.after)
    for name, axis in zip(STRETCHED, (0, 2, 1), strict=True):
        made = set_with(VICTRE, name, p)
        lo, hi = interval[:, axis]
        yield Row(
            VICTRE, f"stretch {name}", "1", n, affine.stretches[axis], ours[name],
            sds.get(name, nan), lo, hi, made,
        )  # fmt: skip
        if name in sds:
            yield Row(
                VICTRE, f"stretch {name}, nipple held", "1", n, fixed[axis], ours[name], sds[name],
                set_with_it=made,
            )  # fmt: skip
    made = set_with(VICTRE, "volume", p)
    yield Row(VICTRE, "volume, points", "1", n, affine.volume, _volume(ours), set_with_it=made)
    yield Row(VICTRE, "volume, all tissue", "1", 1, s.tissue_ratio, 1.0)
    yield from _outline_rows(VICTRE, s.outside, ours, p)


def _outline_rows(
    shape: str, outside: shapes.TwoSizes, ours: dict[str, float], p: Parameters
) -> Iterator[Row]:
    loose, tight = outside
    for name, ratio in zip(("along the beam", "along depth", "across the film"), tight.over(loose),
                           strict=True):  # fmt: skip
        yield Row(
            shape,
            f"outline {name}",
            "1",
            1,
            ratio,
            ours[name],
            set_with_it=set_with(shape, name, p),
        )


def ct_rows(p: Parameters) -> Iterator[Row]:
    """The breast CT: its figures are all there is, so stretches only."""
    loose, tight = shapes.CT_BEFORE, shapes.CT_AFTER
    half = loose.thickness / 2  # only the whole extent along the beam counts on a CC
    extents = Extents(loose.width / 2, loose.width / 2, half, half, loose.depth)
    ours = shapes.our_stretches(extents, tight.thickness, p)
    sds = _stretch_sds(ours, p)
    for name in STRETCHED:
        yield Row(
            CT, f"stretch {name}", "1", 1, shapes.CT_AFFINE[name], ours[name], sds.get(name, nan),
            set_with_it=set_with(CT, name, p),
        )  # fmt: skip
    volume = float(np.prod(list(shapes.CT_AFFINE.values())))
    yield Row(CT, "volume, points", "1", 1, volume, _volume(ours),
              set_with_it=set_with(CT, "volume", p))  # fmt: skip
    yield from _outline_rows(CT, (loose, tight), ours, p)


def residual_rows(s: Squeezed, p: Parameters, state: str = "prone") -> Iterator[Row]:
    """What is left over in the film plane; "ours" is what the model expects to be left over."""
    here = shapes.claim(s, p, state)
    n, off = len(s.before), s.on_film - here.expected()
    name = "film residual" if state == "prone" else f"film residual if before is the {state} state"
    allowed = here.drawn() + here.own_errors(n) - here.expected()
    yield from _length_rows(name, off, allowed)
    if state == "prone":
        for axis, k in (("posterior", 0), ("transverse", 1)):
            sd = float(allowed[..., k].std())
            yield Row(VICTRE, f"film residual {axis}: mean", "mm", n, off[:, k].mean(), 0.0, sd)
            yield Row(VICTRE, f"film residual {axis}: SD", "mm", n, off[:, k].std(), sd)
    content = here.needed_content(s.on_film)
    for subset, rows in ((ALL, np.full(n, fill_value=True)), (FIELD, s.in_field)):
        for level in LEVELS:
            inside = float(np.mean(content[rows] <= level))
            words = f"inside the {100 * level:.0f} % region, {subset}"
            yield Row(VICTRE, words if state == "prone" else f"{words} ({state})", "1",
                      int(rows.sum()), inside, level)  # fmt: skip


def one_film_rows(s: Squeezed, p: Parameters) -> Iterator[Row]:
    """What all points of the film share, and what is left beside the own kernel."""
    here = shapes.claim(s, p)
    own = here.own_errors(len(s.before))
    z, left = here.shared_errors(s.on_film)
    for name, value in zip(ERRORS, z, strict=True):
        yield Row(VICTRE, f"shared error, {name}", "SD", len(s.before), value, 0.0, 1.0)
    yield from _length_rows("residual after shared errors", left, own)
    content = here.own_content(left)
    for level in LEVELS:
        inside = float(np.mean(content <= level))
        words = f"inside the own {100 * level:.0f} % after shared errors"
        yield Row(VICTRE, words, "1", len(left), inside, level)
    affine = best_affine(s.before, s.after)
    yield from _length_rows("residual after the best affine", affine.residual[:, [2, 0]], own)
    yield from _length_rows("residual in space after the best affine", affine.residual, None)


def _length_rows(name: str, off: Floats, allowed: Floats | None) -> Iterator[Row]:
    expected = (nan, nan) if allowed is None else lengths(allowed)
    for word, measured, ours in zip(("median", "90 %"), lengths(off), expected, strict=True):
        yield Row(VICTRE, f"{name}: {word}", "mm", len(off), measured, ours)


def nipple_change_rows(s: Squeezed, p: Parameters) -> Iterator[Row]:
    """Nipple distance on the film less that in space before compression."""
    here: FilmClaim = shapes.claim(s, p)
    space = np.linalg.norm(s.before, axis=1)
    measured, ours = (np.hypot(*at.T) - space for at in (s.on_film, here.expected()))
    for word, take in (("mean", np.mean), ("SD", np.std)):
        yield Row(VICTRE, f"nipple distance, film less space: {word}", "mm", len(space),
                  float(take(measured)), float(take(ours)))  # fmt: skip
    height = shapes.height_off_mm(s, p)
    sd = mammography.beam_sd_mm(s.reading, p)
    sd *= np.sqrt(kernels.DEGREES / (kernels.DEGREES - 2.0))
    yield Row(VICTRE, "slice height residual: mean", "mm", len(height), height.mean(), 0.0, sd)
    yield Row(VICTRE, "slice height residual: SD", "mm", len(height), height.std(), sd)


def rows(s: Squeezed | None = None, p: Parameters | None = None) -> tuple[Row, ...]:
    """All numbers, of the shipped points and constants unless others are given."""
    s, p = s or shapes.read_victre(), shapes.unmagnified(p)
    left_over = (
        *residual_rows(s, p),
        *one_film_rows(s, p),
        *nipple_change_rows(s, p),
        *residual_rows(s, p, "reference"),
    )
    return (*ct_rows(p), *stretch_rows(s, p), *(_with_constants(r, p) for r in left_over))


def _with_constants(row: Row, p: Parameters) -> Row:
    leans = next((uses for start, uses in LEANS.items() if row.quantity.startswith(start)), None)
    return row if leans is None else replace(row, set_with_it=set_with(row.shape, leans, p))


def summary(s: Squeezed | None = None, p: Parameters | None = None) -> pd.DataFrame:
    """`rows` as a table, with how many of the model's SDs each is off."""
    found = rows(s, p)
    return pd.DataFrame(found).assign(off_sds=[r.off_sds for r in found])


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `SHOWN`, in order of the table, for a reader."""
    found = table[table["quantity"].isin(SHOWN)]
    rounded = found[["measured", "ours", "off_sds"]].round(2).astype(object)
    rounded["off_sds"] = rounded["off_sds"].where(found["off_sds"].notna(), "")
    made = found["set_with_it"].where(found["set_with_it"] != "", "nothing")
    return found[["shape", "quantity"]].join(rounded).assign(set_with_it=made)


def main() -> None:
    """Command line."""
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for summary.csv")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    table = summary()
    text = table.to_csv(index=False, float_format="%.4g", lineterminator="\n")
    write_whole(given.out / "summary.csv", text)
    print(table[["shape", "quantity", "measured", "ours", "off_sds"]].round(3).to_string())


if __name__ == "__main__":
    main()
