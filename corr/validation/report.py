"""A benchmark result as files (markdown, CSV, JSON) and as a table for the terminal."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from corr.exchange.files import write_whole
from corr.exchange.frames import frame_text
from corr.validation.measures import CORR, BenchmarkResult

TABLES = ("scores", "differences", "reliability", "localisation", "pairs")
METRICS = ("log_loss", "auc", "brier", "ece", "slope", "intercept", "top1_link", "exact_groupings")
HEADING = {
    "log_loss": "log-loss",
    "auc": "AUC",
    "brier": "Brier",
    "ece": "ECE",
    "slope": "slope",
    "intercept": "intercept",
    "top1_link": "top-1 link",
    "exact_groupings": "exact groupings",
}


def write(result: BenchmarkResult, out_dir: Path, title: str = "Benchmark") -> tuple[Path, ...]:
    """Write ``benchmark.md``, ``benchmark.json`` and a CSV for each table, replaced whole.

    Six significant digits, fixed order: the same result gives the same bytes.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    texts = {f"{name}.csv": frame_text(getattr(result, name), ".6g") for name in TABLES}
    texts["benchmark.json"] = _json(result)
    texts["benchmark.md"] = markdown(result, title)
    return tuple(write_whole(out_dir / name, text) for name, text in texts.items())


def _plain(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def _json(result: BenchmarkResult) -> str:
    content: dict[str, object] = {"about": dict(result.about)}
    for name in TABLES[:-1]:
        table = getattr(result, name)
        content[name] = [
            {k: _plain(v) for k, v in row.items()} for row in table.to_dict(orient="records")
        ]
    return json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _cell(value: float, lo: float, hi: float) -> str:
    if math.isnan(value) or math.isnan(lo):
        return _number(value)
    return f"{_number(value)} ({_number(lo)} to {_number(hi)})"


def _grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def markdown(result: BenchmarkResult, title: str = "Benchmark") -> str:
    """The result as a page: each subset with all methods, then the rest."""
    about = result.about
    lines = [
        f"# {title}",
        "",
        f"{about['pairs']} pairs of findings of different readings ({about['pairs_same']} the same "
        f"lesion), {about['breasts']} breasts of {about['women']} women; breast-corr "
        f"{about['version']}. In brackets: 95 % bootstrap interval over women "
        f"({about['bootstrap_replicates']} draws, seed {about['bootstrap_seed']}). Baselines are "
        f"fitted on other women ({about['folds']} folds); their groupings join the most probable "
        f"pair first, at most one finding of a reading, down to 0.5. Probabilities are clipped at "
        f"{about['probabilities_clipped_at']} before a logarithm. {about['use']}",
    ]
    s = result.scores
    for subset in dict.fromkeys(s["subset"]):
        part = s[s["subset"] == subset]
        pairs = part[part["metric"] == "log_loss"].iloc[0]
        metrics = [m for m in METRICS if m in set(part["metric"])]
        lines += ["", f"## {subset} ({pairs['n']} pairs, {pairs['n_same']:.0f} the same)", ""]
        rows = []
        for method in dict.fromkeys(part["method"]):
            own = part[part["method"] == method].set_index("metric")
            cells = [_cell(*own.loc[m, ["value", "lo", "hi"]].astype(float)) for m in metrics]
            rows.append([method, *cells])
        lines += _grid(["method", *(HEADING[m] for m in metrics)], rows)
    lines += ["", f"## Log-loss of {CORR} minus that of each other (below 0: {CORR} better)", ""]
    d = result.differences
    subsets = list(dict.fromkeys(d["subset"]))
    rows = []
    for method in dict.fromkeys(d["baseline"]):
        own = d[d["baseline"] == method].set_index("subset")
        columns = ["log_loss_difference", "lo", "hi"]
        rows.append([method, *(_cell(*own.loc[k, columns].astype(float)) for k in subsets)])
    lines += _grid(["baseline", *subsets], rows)
    if len(result.localisation):
        lines += ["", "## Where: single-finding belief against the true reference position", ""]
        where = result.localisation.itertuples(index=False, name=None)
        rows = [[subset, metric, _cell(*value), str(n)] for subset, metric, *value, n in where]
        lines += _grid(["subset", "metric", "value", "findings"], rows)
    lines += ["", f"## Reliability of {CORR}, all pairs", ""]
    r = result.reliability
    bins = r[r["method"] == CORR].drop(columns="method").itertuples(index=False, name=None)
    rows = [
        [f"{lo:.1f}-{hi:.1f}", str(n), _number(mean_p), _cell(*observed)]
        for lo, hi, n, mean_p, *observed in bins
    ]
    lines += _grid(["stated", "pairs", "mean stated", "observed"], rows)
    return "\n".join(lines) + "\n"


def compact(result: BenchmarkResult) -> str:
    """Point scores on all pairs, then log-loss and AUC of each subset, for a terminal."""
    s = result.scores
    methods = list(dict.fromkeys(s["method"]))
    width = max(map(len, methods))
    point = s.set_index(["method", "subset", "metric"])["value"]
    lines = [" " * width + "".join(f"{HEADING[m]:>16}" for m in METRICS)]
    for method in methods:
        values = "".join(f"{_number(float(point[method, 'all', m])):>16}" for m in METRICS)
        lines.append(f"{method:<{width}}{values}")
    subsets = [k for k in dict.fromkeys(s["subset"]) if k != "all"]
    column = max(16, *(len(k) + 2 for k in subsets))
    lines += ["", "log-loss / AUC".ljust(width) + "".join(f"{k:>{column}}" for k in subsets)]
    for method in methods:
        cells = [
            " / ".join(_number(float(point[method, k, m])) for m in ("log_loss", "auc"))
            for k in subsets
        ]
        lines.append(f"{method:<{width}}" + "".join(f"{c:>{column}}" for c in cells))
    return "\n".join(lines) + "\n"
