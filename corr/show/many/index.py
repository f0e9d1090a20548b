"""The index of many case pages: one page that opens offline, sorted, searched and filtered."""

from __future__ import annotations

import base64
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import pandas as pd

from corr.exchange.files import file_stem, write_whole
from corr.judgement.verdict import UNDECIDED, VERDICTS
from corr.plurals import many
from corr.problems import ACTIONS, Problem
from corr.records import Breast
from corr.show.many.make import Made
from corr.show.pages.html_page import versions
from corr.show.pages.whole.finder import Column, finder
from corr.show.wording import html

NAME, COHORT, PICTURES = "index.html", "cohort.html", "pictures"
NAME_ELSE = "all-pages.html"
"""Of the index, where a case is called index."""
WIDE_PX = 320
"""Of a small picture: twice as wide as it is shown, for dense screens."""
_PICTURE = re.compile(r'<img[^>]*\balt="([^"]*)"[^>]*\bsrc="data:image/png;base64,([^"]+)"')
WANTED = "Clock face"
"""How the picture that is taken is described, if a page has one."""


def write_index(
    out: Path,
    made: Sequence[Made],
    pairs: pd.DataFrame,
    breasts: Sequence[Breast],
    problems: Sequence[Problem],
    *,
    asked: str,
) -> Path:
    """Write ``index.html`` with a row for each case whose page was asked for or is there already.

    Parameters
    ----------
    pairs : as `corr.show.pages.whole.chosen.asked_pairs` gives them
    asked : in words, which cases were asked for
    """
    rows = {m.case_id: m for m in made}
    for case_id in dict.fromkeys(b.case_id for b in breasts):
        page = f"{file_stem(case_id)}.html"
        if case_id not in rows and (out / page).is_file():
            rows[case_id] = Made(case_id, page, stood=True)
    columns = _columns(out, list(rows.values()), pairs, breasts, problems)
    failed = [m for m in rows.values() if m.why]
    title = "Case pages"
    parts = [html.research_box(), html.paragraphs(_said(out, len(rows), asked))]
    if failed:
        listed = (f"{m.case_id}: {m.why}" for m in failed)
        parts.append(html.bullets(listed, f"{many(len(failed), 'page')} could not be made"))
    parts.append(finder(columns, "Cases"))
    said = {"title": title, "use": html.RESEARCH_USE, "versions": versions(), "stamp": ""}
    body = "".join(part.html for part in parts)
    page = html.TEMPLATES.get_template("page.html.j2").render(body=body, **said)
    taken = any(m.page.lower() == NAME for m in rows.values())
    return write_whole(out / (NAME_ELSE if taken else NAME), page)


def _said(out: Path, count: int, asked: str) -> list[str]:
    said = [f"{many(count, 'case')}. Asked for: {asked}."]
    if (out / COHORT).is_file():
        said.append(f"The page of the whole table is {COHORT}, beside this one.")
    return said


def _columns(
    out: Path,
    rows: Sequence[Made],
    pairs: pd.DataFrame,
    breasts: Sequence[Breast],
    problems: Sequence[Problem],
) -> list[Column]:
    ids = [m.case_id for m in rows]
    sides, findings = defaultdict[str, list[str]](list), Counter[str]()
    for b in breasts:
        sides[b.case_id].append(b.side)
        findings[b.case_id] += len(b.findings)
    acted = defaultdict[str, set[str]](set)
    for p in problems:
        acted[p.case_id].add(p.action)
    of = dict(iter(pairs.groupby("case_id")))
    none = pairs.iloc[:0]
    mine = [of.get(case_id, none) for case_id in ids]
    highest = [float(p["p_same"].max()) if len(p) else None for p in mine]
    return [
        Column(
            "case",
            ids,
            links=["" if m.why else m.page for m in rows],
            pictures=["" if m.why else small_picture(out, m.page) for m in rows],
        ),
        Column("breasts", [" ".join(sorted(sides[c], reverse=True)) for c in ids]),
        Column("findings", [findings[c] for c in ids]),
        Column("pairs undecided", [int((p["verdict"] == UNDECIDED).sum()) for p in mine]),
        Column("highest P(same)", highest, p=True),
        Column("verdicts", [_in_order(p["verdict"], VERDICTS[::-1]) for p in mine], words=True),
        Column("modality pairs", [modality_pairs(p) for p in mine], words=True),
        Column("problems", [_in_order(acted[c], ACTIONS) or ["none"] for c in ids], words=True),
        Column("page", [["failed" if m.why else "made"] for m in rows], words=True),
    ]


def _in_order(values: Iterable[str], order: Sequence[str]) -> list[str]:
    there = set(values)
    return [v for v in order if v in there]


def modality_pairs(pairs: pd.DataFrame) -> list[str]:
    """Modalities of the two findings of each pair, as ``MG-US``, each once."""
    both = zip(pairs["modality_a"], pairs["modality_b"], strict=True)
    return sorted({"-".join(sorted(two)) for two in both if all(two)})


def small_picture(out: Path, page: str) -> str:
    """Address of a small picture of a page, made if it is not there or older; empty without one."""
    from PIL import Image

    path, source = out / PICTURES / f"{Path(page).stem}.webp", out / page
    try:
        if path.is_file() and path.stat().st_mtime >= source.stat().st_mtime:
            return f"{PICTURES}/{path.name}"
        found = _PICTURE.findall(source.read_text(encoding="utf-8"))
    except OSError:
        return ""
    if not found:
        return ""
    _, png = next((x for x in found if x[0].startswith(WANTED)), found[0])
    with Image.open(BytesIO(base64.b64decode(png))) as picture:
        small = picture.convert("RGB")
        small.thumbnail((WIDE_PX, WIDE_PX))
        buffer = BytesIO()
        small.save(buffer, "webp", quality=70)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, buffer.getvalue())
    return f"{PICTURES}/{path.name}"
