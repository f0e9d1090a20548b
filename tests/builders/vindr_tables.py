"""Made-up annotations in the format of VinDr-Mammo: places, mates and lean are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HEIGHT, WIDTH = 3000, 2400
SLOPE, NOISE_MM = -0.3, 1.0
SPACINGS = (("[0.07, 0.07]", 0.07), (r"0.085\0.085", 0.085), ("0.1", 0.1))
BOX = ["finding_categories", "finding_birads", "xmin", "ymin", "xmax", "ymax"]


@dataclass
class Drawn:
    """The tables, and the truth of each breast's one lesion on both films."""

    findings: pd.DataFrame
    breasts: pd.DataFrame
    metadata: pd.DataFrame
    nipples: pd.DataFrame
    truth: pd.DataFrame  # woman, side, cc/mlo_posterior_mm, cc/mlo_transverse_mm, size_mm

    def write(self, folder: Path) -> Path:
        """All as CSV, in a folder as PhysioNet ships it and beside it the nipples."""
        folder.mkdir(exist_ok=True)
        self.findings.to_csv(folder / "finding_annotations.csv", index=False)
        self.breasts.to_csv(folder / "breast-level_annotations.csv", index=False)
        self.metadata.to_csv(folder / "metadata.csv", index=False)
        self.nipples.to_csv(folder / "nipples.csv", index=False)
        return folder


def drawn(n: int = 12, seed: int = 3, category: str = "['Mass']") -> Drawn:
    """`n` women with one lesion each, on alternating sides; the other breast without finding."""
    rng = np.random.default_rng(seed)
    films, boxes, spacings, nipples, truth = [], [], [], [], []
    for i in range(n):
        woman, lesion_side = f"study{i:03d}", "LR"[i % 2]
        text, mm = SPACINGS[i % len(SPACINGS)]
        height, depth = rng.uniform(-10, 45), rng.uniform(40, 60)
        places = {
            "CC": (depth, rng.uniform(-30, 30)),
            "MLO": (depth + SLOPE * height + rng.normal(0, NOISE_MM), height),
        }
        size = float(rng.uniform(8, 20))
        edge = float(rng.uniform(90, 110))
        row = {"woman": woman, "side": lesion_side, "size_mm": size, "edge_mm": edge}
        for view, (posterior, transverse) in places.items():
            row |= {f"{view}_posterior_mm": posterior, f"{view}_transverse_mm": transverse}
        truth.append(row)
        for side in "LR":
            for view in ("CC", "MLO"):
                image = f"image{i:03d}{side}{view}"
                film = (woman, f"series{i:03d}", image, side, view, HEIGHT, WIDTH)
                level = ("BI-RADS 4", f"DENSITY {'ABCD'[i % 4]}")
                split = "test" if i % 4 == 0 else "training"
                films.append((*film, *level, split))
                spacings.append((image, text, ""))
                edge_px = edge / mm
                nipple = (HEIGHT / 2, edge_px if side == "L" else WIDTH - edge_px)
                nipples.append((image, *nipple))
                if side != lesion_side:
                    boxes.append((*film, *level, "['No Finding']", "", "", "", "", "", split))
                    continue
                posterior, transverse = (x / mm for x in places[view])
                col = nipple[1] - posterior if side == "L" else nipple[1] + posterior
                at, half = (nipple[0] - transverse, col), (size / mm / 2, size / mm / 2.5)
                corners = (at[1] - half[1], at[0] - half[0], at[1] + half[1], at[0] + half[0])
                boxes.append((*film, *level, category, "BI-RADS 4", *corners, split))
    film_columns = ["study_id", "series_id", "image_id", "laterality", "view_position"]
    film_columns += ["height", "width", "breast_birads", "breast_density"]
    meta = ["SOP Instance UID", "Imager Pixel Spacing", "Pixel Spacing"]
    return Drawn(
        findings=pd.DataFrame(boxes, columns=[*film_columns, *BOX, "split"]),
        breasts=pd.DataFrame(films, columns=[*film_columns, "split"]),
        metadata=pd.DataFrame(spacings, columns=meta),
        nipples=pd.DataFrame(nipples, columns=["image_id", "row", "col"]),
        truth=pd.DataFrame(truth),
    )
