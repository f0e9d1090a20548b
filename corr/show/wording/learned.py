"""What a table of findings taught, as lines of text for the command line."""

from __future__ import annotations

from collections.abc import Sequence

from corr.learning.learnable import SYSTEMATIC
from corr.learning.learned import Spreads
from corr.learning.residual_lines import Line


def spreads_text(learned: Spreads) -> str:
    """Factors, then systematic values, with 95 % intervals and what the constants say."""
    out = ["spreads of   factor   95 %"]
    for part, (factor, low, high) in learned.rows:
        out.append(f"{part:10} {factor:8.2f}   {low:.2f} to {high:.2f}")
    out += ["", "systematic part                       value   95 %               constants"]
    for name, (value, low, high) in learned.value_rows:
        between = f"{low:.3g} to {high:.3g}"
        out.append(f"{SYSTEMATIC[name]:33} {value:9.3g}   {between:18} {learned.published[name]:g}")
    return "\n".join(out)


def residual_text(lines: Sequence[Line]) -> str:
    """Means and slopes of residuals, then what they leave out, the surest first."""
    if not lines:
        return "Too few pairs of exams for residuals."
    out = [
        "What one exam states less what the other lets expect (95 % intervals; 0 = as the",
        "constants say; * = not, all intervals taken together)",
        f"{'exams':14} {'of':8} {'pairs':>5}  {'mean, mm':24} {'on depth, mm/mm':27} on height",
    ]
    for line in lines:
        cells = [_cell(line, of) for of in ("", "depth", "height")]
        row = f"{line.pair:14} {line.coordinate:8} {line.pairs:5.0f}  {cells[0]:24} {cells[1]:27} "
        out.append((row + cells[2]).rstrip())
    said = [(abs(line.z(of)), line.sentence(of)) for line in lines for of in line.excluded]
    return "\n".join(out + [sentence for _, sentence in sorted(said, reverse=True)])


def _cell(line: Line, of: str) -> str:
    if of not in line.estimates:
        return ""
    best, low, high = line.interval(of)
    form = "+.2f" if of else "+.1f"
    star = "*" if of in line.excluded else ""
    return f"{best:{form}} ({low:{form}} to {high:{form}}){star}"
