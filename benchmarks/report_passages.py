"""How much of passages of breast reports is read right.

`python -m benchmarks.report_passages FILE ...` scores files and writes `report_words.md`.

A line of FILE is one passage as JSON: id, modality, text and gold. `gold` lists the findings with
the fields of `corr.read_report(...).data`; a value may be ``{"any": [...]}`` (each is right; "FLAG"
is a value that is said to be unread), ``must_not`` names kinds that must not become findings and
``tolerated`` those that may. A field that gold leaves out must not be filled.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import corr

Data = dict[str, Any]
OUT = Path(__file__).parent / "report_words.md"
FIELDS = ("side", "kind", "clock_h", "quadrant", "region", "depth_third", "fn_mm", "depth_mm",
          "size", "n_calcifications", "count", "bi_rads")  # fmt: skip
_COLUMNS = {"size": "size_mm", "count": "count_min"}
_FREE = ("side", "kind", "count", "n_calcifications", "bi_rads")
"""Of fields that gold leaves out: whatever is read there is no invented place or size."""
_SAME_KIND = {"focal_asymmetry": "asymmetry"}
_QUADRANTS = ("UOQ", "UIQ", "LOQ", "LIQ")
WORDS_TIMED = 2000


@dataclass
class Score:
    """Counts over passages; ``why`` says of each passage what is not right."""

    counts: Counter[str] = field(default_factory=Counter)
    why: dict[str, list[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)  # rows of one finding, as several

    @property
    def wholly_right(self) -> int:
        """Passages of which nothing is lost, wrong, invented or too many."""
        return self.counts["passages"] - len(self.why)


def passages(path: Path) -> list[Data]:
    """The passages of a file, one a line."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def score(some: Iterable[Data]) -> Score:
    """Read each passage and compare it with its gold."""
    out = Score()
    for passage in some:
        read = corr.read_report(passage["text"], passage["modality"]).data
        faults = list(_compared(passage["gold"], read, out.counts))
        out.counts["passages"] += 1
        if faults:
            out.why[passage["id"]] = faults
        out.refused += _rows(passage, out.counts)
    return out


def _compared(gold: Data, read: Data, counts: Counter[str]) -> Iterator[str]:
    left = list(read["findings"])
    flagged = {u["field"] for u in read["unread"]}
    for wanted in _hardest_first(gold["findings"]):
        got = max(left, key=lambda f: _agreement(wanted, f, flagged), default=None)
        if got is not None:
            left.remove(got)
        for name in FIELDS:
            state = _state(name, wanted, got, flagged)
            if state is None:
                continue
            counts[state] += 1
            if state != "right":
                said = _value(name, got) if got else "no such finding"
                yield f"{name} {state}: {said} for {wanted.get(name)}"
    for got in left:
        kind = _value("kind", got)
        if kind in gold["tolerated"]:
            continue
        counts["extra"] += 1
        if kind in gold["must_not"]:
            counts["extra that must not be"] += 1
        yield f"extra finding: {kind} {got['sentence']!r}"


def _hardest_first(findings: list[Data]) -> list[Data]:
    return sorted(findings, key=len, reverse=True)


def _agreement(wanted: Data, got: Data, flagged: set[str]) -> float:
    states = [_state(n, wanted, got, flagged) for n in FIELDS]
    worth = {"right": 1.0, "wrong": -1.0, "invented": -1.0}
    return sum(worth.get(s or "", 0.0) for s in states)


def _state(name: str, wanted: Data, got: Data | None, flagged: set[str]) -> str | None:
    """``right``, ``lost``, ``flagged``, ``wrong`` or ``invented``; None: nothing to say."""
    value = _value(name, got) if got else None
    is_flagged = bool({_COLUMNS.get(name, name), "text"} & flagged)
    if name not in wanted:
        if value is None or name in _FREE or (name == "quadrant" and value not in _QUADRANTS):
            return None
        return "invented"
    stated = wanted[name]
    allowed = stated["any"] if isinstance(stated, dict) else [stated]
    if got is None:
        return "lost" if None not in allowed else None
    if value is None:
        fine = None in allowed or ("FLAG" in allowed and is_flagged)
        return "right" if fine else "flagged" if is_flagged else "lost"
    if name == "quadrant" and value not in _QUADRANTS and "FLAG" in allowed:
        return "right"  # both quadrants of a list
    return "right" if any(_same(name, a, value) for a in allowed) else "wrong"


def _value(name: str, got: Data) -> Any:
    value = got[_COLUMNS[name] if name == "size" else name]
    return _SAME_KIND.get(value, value) if name == "kind" else value


def _same(name: str, allowed: Any, value: Any) -> bool:
    if name == "size" and isinstance(allowed, list):
        return sorted(allowed) == sorted(value)
    return bool(allowed == value)


def _rows(passage: Data, counts: Counter[str]) -> Iterator[str]:
    """Rows of a table for breasts with exactly one finding that are refused as several."""
    for side in "LR":
        here = [f for f in passage["gold"]["findings"] if side in f.get("side", "LR")]
        if len(here) != 1:
            continue
        counts["rows"] += 1
        row = {"case_id": "C", "breast": side, "finding_id": "f", "modality": passage["modality"]}
        found = corr.validate(pd.DataFrame([row | {"text": passage["text"]}])).found
        if any(p.allowed == "words about one finding" for p in found):
            counts["rows refused"] += 1
            yield f"{passage['id']}, {side}"


def seconds_of(words: int) -> float:
    """Processor time of a report of so many words, the least of five times."""
    text = (
        "Right breast: at 10 o'clock, 4 cm from the nipple, there is an irregular 12 x 9 mm mass "
        "with calcifications. A seroma beside it measures 34 mm. No skin thickening is seen. "
    )
    report = text * (words // len(text.split()) + 1)

    def once() -> float:
        start = time.process_time()
        corr.read_report(report, "US")
        return time.process_time() - start

    return min(once() for _ in range(5))


def page(scored: dict[str, Score]) -> str:
    """The figures as a page."""
    names = ("passages", "right", "flagged", "lost", "wrong", "invented", "extra", "rows",
             "rows refused")  # fmt: skip
    heads = ("values right" if n == "right" else n for n in names)
    lines = [
        "# Passages of breast reports read\n",
        "Passages after real reports, forms and case reports of a dozen countries, reworded;",
        "what is right was written down before the reader was run. This page is made by",
        "`python -m benchmarks.report_passages`. Values flagged are said to be unread; rows are of",
        "breasts with exactly one finding.\n",
        f"| file | wholly right | {' | '.join(heads)} |",
        "| --- |" + " --- |" * (len(names) + 1),
    ]
    for name, one in scored.items():
        shown = " | ".join(str(one.counts[n]) for n in names)
        lines.append(f"| {name} | {one.wholly_right} | {shown} |")
    lines.append(
        f"\nA report of {WORDS_TIMED} words is read in {seconds_of(WORDS_TIMED):.2f} s of processor"
        " time."
    )
    return "\n".join(lines) + "\n"


def main(paths: list[str]) -> None:
    """Score files, say what is not right, write the page."""
    scored = {Path(p).name: score(passages(Path(p))) for p in paths}
    for one in scored.values():
        for name, faults in one.why.items():
            print(name, *faults, sep="\n    ")
        print("rows refused as several:", *one.refused)
    text = page(scored)
    OUT.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
