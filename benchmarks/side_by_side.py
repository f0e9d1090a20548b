"""Two judgements of the same findings side by side: AUC and log-loss for each pair of exams.

Each version of corr judges for itself (`corr judge ... --out`); this reads their `pairs.csv`. For
another version, check it out into a folder of its own and install it there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from benchmarks.refresh import write_csv
from corr.validation import scores

FEWEST = 20
KEYS = ["finding_a", "finding_b"]


def exam(row: pd.Series) -> str:
    """Modality, and the view of a film."""
    return f"MG {row['view']}" if row["modality"] == "MG" else str(row["modality"])


def side_by_side(
    judged: dict[str, pd.DataFrame], findings: pd.DataFrame, truth: pd.DataFrame
) -> pd.DataFrame:
    """One row a pair of exams with at least `FEWEST` pairs of findings, and one for all."""
    p = pd.concat({k: t.set_index(KEYS)["p_same"] for k, t in judged.items()}, axis=1)
    p = p.dropna().reset_index()
    lesion = truth.set_index("finding_id")["lesion_id"]
    kinds = findings.set_index("finding_id").apply(exam, axis=1)
    p["same"] = p["finding_a"].map(lesion) == p["finding_b"].map(lesion)
    ends = zip(p["finding_a"].map(kinds), p["finding_b"].map(kinds), strict=True)
    p["exams"] = [" - ".join(sorted(pair)) for pair in ends]
    rows = []
    for name, some in [("all", p), *p.groupby("exams")]:
        if len(some) < FEWEST or some["same"].nunique() < 2:
            continue
        truth_of = some["same"].to_numpy()
        row: dict[str, object] = {"exams": name, "pairs": len(some)}
        for version in judged:
            stated = some[version].to_numpy()
            row[f"auc_{version}"] = float(scores.auc(truth_of, stated))
            row[f"log_loss_{version}"] = float(scores.log_loss(truth_of, stated))
        rows.append(row)
    return pd.DataFrame(rows)


def main(
    before: Annotated[Path, typer.Argument(help="folder of `corr judge` of the other version")],
    now: Annotated[Path, typer.Argument(help="folder of `corr judge` of this version")],
    findings: Annotated[Path, typer.Option()],
    truth: Annotated[Path, typer.Option()],
    out: Annotated[Path, typer.Option(help="the table, a CSV file")],
) -> None:
    """Write the table."""
    judged = {n: pd.read_csv(d / "pairs.csv") for n, d in {"before": before, "now": now}.items()}
    write_csv(side_by_side(judged, pd.read_csv(findings), pd.read_csv(truth)), out.absolute())


if __name__ == "__main__":
    typer.run(main)
