"""Pages open offline, hold their pictures, and failures say what is left to look at."""

from __future__ import annotations

import base64
import io
import json
import re
import sys
import tempfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from corr.case.open import is_case_file, open_case
from corr.exchange.files import file_stem
from corr.problems import CorrError, InputError
from corr.show.pages import execute, press
from corr.show.pages import pictures as pictures_module
from corr.show.pages.asked import same_place
from corr.show.pages.explain import problem_rows
from corr.show.pages.html_page import to_html, visible_text
from corr.show.pages.tidy import PACKAGE, without_numbers
from corr.show.wording.html import paragraphs

HEADER = "case_id,breast,finding_id,modality,kind,size_mm,clock,region,n_calcifications\n"
ROWS = """c1,R,a,MG,calcification,7,7-8,deep_to_nipple,5
c1,R,b,US,mass,7.1,7-8,,0
c2,L,c,US,mass,5,1,,
c2,L,d,MR,mass,6,13,,
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "findings.csv"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    return path


def notebook(folder: Path, name: str, *cells: str, **tagged: str) -> Path:
    """A notebook whose first cell is the parameters cell."""
    made = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        }
    )
    tags = ["parameters", *([""] * (len(cells) - 1))]
    made.cells = [
        nbformat.v4.new_code_cell(c, metadata={"tags": [t] if t else []})
        for c, t in zip(cells, tags, strict=True)
    ]
    made.cells += [nbformat.v4.new_code_cell(c, metadata={"tags": [t]}) for t, c in tagged.items()]
    path = folder / f"{name}.ipynb"
    nbformat.write(made, path)
    return path


@pytest.fixture
def own_notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setattr(execute, "notebooks", lambda: folder)
    return folder


def pictures(html: str) -> list[np.ndarray]:
    found = re.findall(r'<img[^>]+src="data:image/png;base64,([^"]+)"', html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(f))).convert("L")) for f in found]


def outside_resources(html: str) -> list[str]:
    """Everything that would make the page ask for something else or run something."""
    html = re.sub(r'src="data:image/png;base64,[^"]+"', "", html)
    loads = re.findall(r"""(?i)<[^>]+\s(?:src|srcset|data|poster|action)\s*=[^>]*>""", html)
    loads += re.findall(r"(?i)<(?:script|link|iframe|object|embed|base)\b[^>]*>", html)
    loads += re.findall(r"(?i)url\([^)]*\)|@import[^;]*", html)
    loads += re.findall(r"(?i)\son[a-z]+\s*=\s*[\"']", html)
    return loads + re.findall(r"""(?i)href\s*=\s*["']?(?!#)[^"'> ]+""", html)


def test_case_page_opens_offline_with_its_pictures(table: Path, tmp_path: Path, capfd):
    executed, page = press.make_report(
        table, case_id="c1", out_dir=tmp_path / "out", remark="Made up for a test."
    )
    html = page.read_text(encoding="utf-8")
    images = pictures(html)
    assert len(images) >= 3
    assert all(i.std() > 5 for i in images)
    alts = re.findall(r'<img[^>]+alt="([^"]*)"', html)
    assert len(alts) == len(images)
    assert all(len(a) > 20 and "No description" not in a for a in alts)
    assert outside_resources(html) == []
    assert "<title>Case c1: right breast" in html
    assert "Research use only" in html
    assert "<p>Made up for a test.</p>" in html
    assert "@page" in html
    assert len(html) < MOST_BYTES
    assert not_of_the_field(visible_text(html)) == []
    assert empty_sections(html) == []
    links = re.findall(r'href="#([^"]+)"', html)
    assert "every-pair" in links
    assert [a for a in links if html.count(f'id="{a}"') != 1] == []
    first, rest = re.split('<nav [^>]*class="contents"', html)
    assert '<ol class="answers">' in first
    assert re.search(r'(?s)<table>.*<svg [^>]*fill="#[0-9A-F]{6}"', first)
    assert "0 of 1 pairs are open" in first or 'href="#open-R-1"' in first
    assert rest.count("<h2") == len(set(re.findall(r"<h2[^>]*>(.*?)</h2>", rest)))
    assert "import " not in re.sub(r"base64,[^\"]+", "", html)
    assert json.loads(executed.read_text(encoding="utf-8"))["metadata"]["papermill"]
    assert [p for p in (str(tmp_path), str(Path.home())) if p in executed.read_text("utf-8")] == []
    left = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert left == ["c1.html", "c1.ipynb"]
    assert capfd.readouterr() == ("", "")


MOST_BYTES = 1_500_000
NOT_OF_THE_FIELD = r"(?i)\b(?:beliefs?|kernels?|(?<!lymph )nodes|quadrature|particles?)\b"


def not_of_the_field(text: str) -> list[str]:
    """Words that a radiologist would not say, with those around them."""
    return [
        text[max(0, m.start() - 40) : m.end() + 20] for m in re.finditer(NOT_OF_THE_FIELD, text)
    ]


def empty_sections(html: str) -> list[str]:
    """Headings that nothing follows but the next one of their level."""
    parts = re.split(r"<h2[^>]*>(.*?)</h2>", html)
    return [title for title, held in zip(parts[1::2], parts[2::2], strict=True)
            if not visible_text(held).strip()]  # fmt: skip


def test_words_and_sections_can_be_found_wanting():
    assert not_of_the_field("summed over 512 nodes, lymph nodes seen, half of its belief")[1:]
    assert len(not_of_the_field("both lymph nodes")) == 0
    assert empty_sections("<h2>a</h2><p>b</p><h2 id='c'>c</h2><div> </div><h2>d</h2>e") == ["c"]


def test_cohort_page_reads_tables_that_were_judged(table: Path, tmp_path: Path):
    results = tmp_path / "judged"
    results.mkdir()
    head = "case_id,breast,finding_a,finding_b,p_same,p_low,p_high,verdict\n"
    row = "c1,R,a,b,0.125,0.1,0.2,probably different\n"
    (results / "pairs.csv").write_text(head + row, encoding="utf-8")
    _, page = press.make_cohort_report(table, results=results, out_dir=tmp_path / "out")
    html = page.read_text(encoding="utf-8")
    assert "2 breasts of 2 women, 1 pair of findings, of which 0 are left undecided" in html
    assert "truly" not in re.sub(r"base64,[^\"]+", "", html)
    assert len(pictures(html)) == 1
    assert outside_resources(html) == ["<script>"]  # of its own: it sorts and searches tables
    assert "import(" not in html
    assert "fetch(" not in html


def test_failed_run_keeps_its_notebook_and_old_page(own_notebooks: Path, tmp_path: Path):
    notebook(own_notebooks, "bad", "x = 1", "print('so far')", "assert x < 2, 'x is too large'")
    out = tmp_path / "out"
    execute.run_notebook("bad", {}, out, stem="page", title="t")
    before = (out / "page.html").read_bytes()
    with pytest.raises(execute.ReportError, match=r"x is too large.*page\.failed\.ipynb"):
        execute.run_notebook("bad", {"x": 5}, out, stem="page", title="t")
    failed = nbformat.read(out / "page.failed.ipynb", as_version=4)
    assert any("so far" in str(c.get("outputs")) for c in failed.cells)
    assert (out / "page.html").read_bytes() == before
    execute.run_notebook("bad", {"x": 0}, out, stem="page", title="t")
    assert sorted(p.name for p in out.iterdir()) == ["page.html", "page.ipynb"]


def test_unknown_parameter_is_refused_with_the_nearest_name(own_notebooks: Path, tmp_path: Path):
    notebook(own_notebooks, "n", "case_id = None\nbreasts = None")
    with pytest.raises(execute.ReportError, match=r"no parameter 'caseid'.*mean 'case_id'"):
        execute.run_notebook("n", {"caseid": "7"}, tmp_path / "out", stem="x", title="t")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "value",
    [Path("x"), np.bool_(0), np.int64(3), (1, 2), {1: "x"}, {"a": {2}}, [np.float64(1)], b"x"],
    ids=repr,
)
def test_values_that_papermill_would_spoil_are_refused(value, own_notebooks: Path):
    path = notebook(own_notebooks, "n", "x = None")
    with pytest.raises(execute.ReportError, match=r"parameter 'x' is .*allowed are str, int"):
        execute.check_parameters(path, {"x": value})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_json_values_are_accepted(value):
    assert execute._is_json(value)
    assert execute._is_json({"x": [value]})


def test_unknown_notebook_lists_those_there_are(own_notebooks: Path):
    notebook(own_notebooks, "n", "x = 1")
    with pytest.raises(execute.ReportError, match="no notebook 'm'; have n"):
        execute.find_notebook("m")


def test_page_hides_code_checks_and_scripts():
    made = nbformat.v4.new_notebook()
    output = nbformat.v4.new_output(
        "display_data",
        data={"text/html": "<style>b{}</style><b>shown</b><SCRIPT src='http://x/y.js'></SCRIPT>"},
    )
    check = nbformat.v4.new_output("stream", text="12.5 checked")
    made.cells = [
        nbformat.v4.new_markdown_cell("# Title\n\ntext"),
        nbformat.v4.new_code_cell("secret = 1", outputs=[output]),
        nbformat.v4.new_code_cell("print()", outputs=[check], metadata={"tags": ["check"]}),
    ]
    html = to_html(made, title="A <b> & c")
    assert "<b>shown</b>" in html
    assert "secret" not in html
    assert "checked" not in visible_text(html)
    assert outside_resources(html) == []
    assert "<title>A &lt;b&gt; &amp; c</title>" in html


@pytest.mark.parametrize(
    "bad",
    [
        '<script>x()</script>',
        '<link rel="stylesheet" href="a.css">',
        '<img src="a.png">',
        "<style>@import 'x';</style>",
        '<b onclick="x()">',
        '<a href="https://x.org">',
    ],
)  # fmt: skip
def test_the_offline_check_can_fail(bad: str):
    assert outside_resources(f"<p>{bad}</p>") != []


def test_open_case_needs_a_case_of_the_table(table: Path):
    with pytest.raises(InputError, match=r"holds 2 cases.*c1, c2"):
        open_case(table)
    with pytest.raises(InputError, match=r"no case 'c11'.*did you mean c1"):
        open_case(table, "c11")
    opened = open_case(table, "c2")
    assert opened.heading == "Case c2: left breast"
    assert [p.field for p in opened.problems] == ["clock"]
    assert problem_rows(opened.problems)["value"].tolist() == ["13"]
    assert [p.action for p in opened.problems] == ["ignored"]


def test_a_constant_that_does_not_exist_is_said_before_a_kernel_starts(table: Path, tmp_path: Path):
    with pytest.raises(CorrError, match="did you mean grid_mm"):
        press.make_report(table, case_id="c1", overrides={"grid_m": 7}, out_dir=tmp_path)


def test_seed_case_opens_right_first(root: Path):
    opened = open_case(root / "data" / "seed_case.yaml")
    assert [b.side for b in opened.right_first] == ["R", "L"]
    assert opened.heading.endswith("right breast, left breast")
    assert dict(opened.reports)["US"].startswith("There were two masses")
    assert len(opened.questions) == 6


def test_the_case_of_get_started_can_be_opened(root: Path, tmp_path: Path):
    page = (root / "docs" / "get_started.md").read_text(encoding="utf-8")
    told = re.search(r"```yaml file=case.yaml\n(.*?)```", page, re.S)
    assert told is not None
    (tmp_path / "case.yaml").write_text(told[1], encoding="utf-8")
    opened = open_case(tmp_path / "case.yaml")
    assert opened.problems == ()
    assert {f.finding_id for f in opened.breasts[0].findings} == {"film", "us", "mri"}


def test_case_file_or_table():
    assert is_case_file("x/case.YAML")
    assert not is_case_file("x/findings.csv")


def test_stem_is_safe_as_a_file_name():
    assert file_stem("a/../b c:7").startswith("a_.._b_c_7-")
    assert file_stem("..").startswith("case-")
    assert len({file_stem(name) for name in ("a b", "a/b", "a_b", "a b ")}) == 4
    assert file_stem("D0001") == "D0001"


def test_executed_notebooks_hold_no_warning_and_no_path(tmp_path: Path):
    """What a kernel says on stderr, and every path of this machine, stays here and is told."""
    out = tmp_path / "out"
    case = tmp_path / "cases" / "case.yaml"
    words = f"{PACKAGE}/show/text.py:65: RuntimeWarning: invalid value\n"
    trace = f"File {sys.prefix}/lib/x.py, {Path.home()}/y, {tempfile.gettempdir()}/z of {case}"
    cell = nbformat.v4.new_code_cell(f'case = "{case}"')
    picture = {"image/png": "ab/tmp/cd"}
    cell.outputs = [
        nbformat.v4.new_output("stream", name="stderr", text=words),
        nbformat.v4.new_output("stream", name="stdout", text=trace),
        nbformat.v4.new_output("display_data", data=picture),
    ]
    made = nbformat.v4.new_notebook(cells=[cell])
    made.metadata["papermill"] = {
        "parameters": {"case": str(case)}, "input_path": str(case), "output_path": str(out),
    }  # fmt: skip
    running = tmp_path / "running.ipynb"
    nbformat.write(made, running)
    kept, said = execute._tidied(running, [str(case), 3, None], out)
    assert said == [words]
    assert kept == nbformat.read(running, as_version=4)
    told = running.read_text(encoding="utf-8")
    for place in (tmp_path, sys.prefix, Path.home(), PACKAGE, tempfile.gettempdir() + "/z"):
        assert f"{place}" not in told, place
    assert kept.cells[0].source == 'case = "../cases/case.yaml"'
    assert kept.metadata["papermill"] == {"parameters": {"case": "../cases/case.yaml"}}
    assert kept.cells[0].outputs[-1].data == picture


def test_a_warning_while_a_page_is_made_is_told_and_not_shown(own_notebooks: Path, tmp_path: Path):
    warns = "import warnings\nwarnings.warn('odd')\nprint(f'{float(str(x)):.0f} mm')"
    notebook(own_notebooks, "n", "x = 1", warns)
    with pytest.warns(execute.ReportWarning) as told:
        executed, page = execute.run_notebook("n", {"x": "nan"}, tmp_path, stem="p", title="t")
    assert [
        w for w in ("odd", "not a number: ") if not any(w in str(t.message) for t in told)
    ] == []
    for path in (executed, page):
        assert "UserWarning" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "found"),
    [("nan % of it", 1), ("P nan", 1), ("-inf mm", 1), ("<td>NaN</td>", 1), ("inf", 1),
     ("Nan Smith", 0), ("upper inf. quadrant", 0), ("inf lateral", 0), ("a nanometre", 0)],
)  # fmt: skip
def test_what_is_no_number_is_found(text: str, found: int):
    assert len(without_numbers(text)) == found


ODD_CASES = {
    "one hour beside behind the nipple": [
        "finding_id: us, modality: US, kind: mass, clock: 10, size_mm: 9",
        "finding_id: mri, modality: MR, kind: focus, region: subareolar, size_mm: 8",
    ],
    "twelve o'clock beside deep to the nipple on a film": [
        "finding_id: mg, modality: MG, view: CC, kind: mass, region: deep_to_nipple",
        "finding_id: us, modality: US, kind: mass, clock: 12, fn_cm: 0",
        "finding_id: us2, modality: US, exam_id: other, kind: mass, clock: '5:30', depth_mm: 0",
    ],
    "nothing but exams": [
        "finding_id: mg, modality: MG, view: MLO, kind: skin_thickening",
        "finding_id: us, modality: US, kind: mass",
    ],
}


@pytest.mark.parametrize("rows", ODD_CASES.values(), ids=ODD_CASES)
def test_no_page_prints_what_is_no_number(rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The case notebook's own cells, without its pictures; a warning is an error."""
    path = tmp_path / "case.yaml"
    listed = "".join(f"- {{breast: R, {row}}}\n" for row in rows)
    path.write_text(f"case_id: odd\nfindings:\n{listed}", encoding="utf-8")
    monkeypatch.setattr(pictures_module, "figure_of", lambda *_, **__: None)
    for name in [n for n in vars(pictures_module) if n.endswith("_picture")]:
        monkeypatch.setattr(pictures_module, name, lambda *_, **__: paragraphs(()))
    monkeypatch.setattr(same_place, "same_place_picture", lambda *_, **__: paragraphs(()))
    shown: list[str] = []
    names = {"case": str(path), "case_id": None, "breasts": None, "exams": None}
    names |= {"overrides": {}, "remark": "", "exported": None}
    for cell in nbformat.read(execute.find_notebook("02_case"), as_version=4).cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or {"check", "parameters", "hide"} & set(tags):
            continue
        lines = [line for line in cell.source.splitlines() if "explor" not in line]
        exec("\n".join(lines), names)
        names["display"] = lambda *out: shown.extend(getattr(o, "html", "") for o in out)
        if "display(html.heading" in cell.source:
            exec(lines[-1], names)
    text = visible_text(" ".join(shown))
    assert "P(same)" in text
    assert without_numbers(text) == []
    assert not_of_the_field(text) == []
