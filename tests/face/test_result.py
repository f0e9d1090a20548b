"""One call, one result: the same for every way in, with the columns of the files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import corr
from corr.cohort import judge_cohort as cohort
from corr.exchange.tables import HEADERS
from corr.face.breast import PLOTS, QUESTIONS
from corr.questions import whatif
from corr.show import pages

ROWS = [
    *("case_id,breast,finding_id,modality,exam_id,kind,size_mm,clock,fn_cm,posterior_mm,view",),
    *(
        "A,R,film,MG,MG,mass,10,,,45,CC",
        "A,R,us,US,US,mass,9,10,4,,",
        "A,L,left,US,US,cyst,5,3,2,,",
    ),
    *("B,R,b1,US,US,mass,8,2,3,,", "B,R,b2,MR,MR,mass,9,2,,,"),
]
NAMES = ("pairs", "lesions", "groupings", "locations", "problems")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("face") / "findings.csv"
    path.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def result(table: Path) -> corr.Result:
    return corr.judge(table)


def test_tables_are_those_of_the_files(result: corr.Result, tmp_path: Path):
    files = result.save(tmp_path)
    assert set(files) == set(NAMES)
    for name in NAMES:
        frame = getattr(result, name)
        assert tuple(frame) == HEADERS[name]
        read = pd.read_csv(files[name], dtype=str, keep_default_na=False)
        assert len(read) == len(frame)
        assert read.iloc[:, 0].tolist() == frame.iloc[:, 0].tolist()
    assert len(result.pairs) == 2
    mine = result.pairs  # a copy: nobody changes what was judged
    mine["p_same"] = 0.0
    assert result.pairs["p_same"].min() > 0.0


def test_every_way_in_gives_the_same(result: corr.Result, table: Path, tmp_path: Path):
    typed = pd.read_csv(table)
    typed.to_parquet(tmp_path / "findings.parquet")
    sources = [typed, typed.sample(frac=1.0, random_state=1), tmp_path / "findings.parquet"]
    sources += [str(table), typed.set_index("case_id")]
    for source in sources:
        assert corr.read_tables(source).breasts == result.records
    again = corr.judge(sources[0])
    for name in NAMES[:4]:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(result, name))


def test_tables_beside_a_frame_are_used(table: Path):
    breasts = pd.DataFrame({"case_id": ["A"], "breast": ["R"], "density": ["d"], "exam_mr": [1]})
    wide = corr.read_tables(pd.read_csv(table), breasts)
    assert wide.breasts[1].shape.density == "d"
    assert any(r.modality == "MR" for r in wide.breasts[1].readings)
    exams = pd.DataFrame({"case_id": ["A"], "breast": ["R"], "exam_id": ["MR"], "modality": ["MR"]})
    assert corr.read_tables(table, exams=exams.assign(done=1)).breasts[1] != wide.breasts[1]


def test_problems_of_a_frame_name_its_rows():
    frame = pd.DataFrame(
        {"case_id": ["A"] * 2, "breast": ["R"] * 2, "finding_id": ["x", "y"], "modality": "US"}
    )
    (problem,) = corr.read_tables(frame.assign(size_mm=["3", "huge"])).problems
    assert (problem.file, problem.row, problem.field) == ("findings", 3, "size_mm")
    with pytest.raises(corr.InputError, match=r"findings: no usable column.*modality"):
        corr.read_tables(frame.drop(columns="modality"))
    twice = pd.concat([frame, frame["breast"]], axis=1)  # two columns of one name
    with pytest.raises(corr.InputError, match="breast"):
        corr.read_tables(twice)


def test_what_is_no_input_is_said():
    with pytest.raises(corr.CorrError, match="source: cannot be int; give a path"):
        corr.judge(7)  # type: ignore[arg-type]
    with pytest.raises(corr.CorrError, match="breasts: cannot be dict"):
        corr.judge("x.csv", breasts={})  # type: ignore[arg-type]


def test_constants_and_spreads_reach_the_judgement(result: corr.Result, table: Path):
    changed = corr.judge(table, {"lesions_mean": 2.0}, "MR=1.5")
    assert changed.parameters["lesions_mean"] == 2.0
    assert not changed.pairs["p_same"].equals(result.pairs["p_same"])
    whole = corr.with_spreads(corr.load_parameters({"lesions_mean": 2.0}), {"MR": 1.5})
    pd.testing.assert_frame_equal(corr.judge(table, whole).pairs, changed.pairs)
    with pytest.raises(corr.CorrError, match="did you mean lesions_mean"):
        corr.judge(table, {"lesion_mean": 2.0})


def test_one_breast(result: corr.Result):
    breast = result.breast("A", "R")
    assert breast.pairs.equals(result.pairs[result.pairs["case_id"] == "A"].reset_index(drop=True))
    assert result.breast("A", "R").judgement is breast.judgement  # judged once
    with pytest.raises(corr.CorrError, match=r"several breasts are A; .*: A L, A R"):
        result.breast("A")
    with pytest.raises(corr.CorrError, match=r"no breast C R; .*: A L, A R, B R"):
        result.breast("C", "R")
    assert [f"{b.breast.case_id}{b.side}" for b in result.breasts] == ["AR", "AL", "BR"]


def test_a_pair_is_explained(result: corr.Result):
    said = repr(result.explain("us", "film"))
    assert "P(same)" in said
    assert "prior" in said
    with pytest.raises(corr.CorrError, match="no breast holds both 'film' and 'b1'"):
        result.explain("film", "b1")
    with pytest.raises(corr.CorrError, match=r"no pair 'left', 'left' in A L"):
        result.explain("left", "left")


def test_pictures_and_html(result: corr.Result):
    assert "3 breasts of 2 women" in result.plot().alt
    one = corr.judge(result.source.case("A"))
    assert "right breast" in one.plot().alt
    assert "left breast" not in one.plot().alt  # it has no pair
    for shown in (result, one):
        html = shown._repr_html_()
        assert "Research use only" in html
        assert "<table" in html
    breast = one.breast(side="R")
    assert "right breast" in breast.plot("matrix").alt
    assert all(hasattr(pages.pictures, name) for name in PLOTS.values())
    assert all(hasattr(whatif, name) for name in QUESTIONS.values())
    for name in ("findings", "pairs", "numbers", "groupings", "steps"):
        assert len(breast.table(name))
    of_one = (breast.plot, breast.table, breast.sentences, breast.what_if)
    for ask in (*of_one, one.table, one.sentences):
        with pytest.raises(corr.CorrError, match=r"no .* 'moon'; allowed: "):
            ask("moon")


def test_text_is_escaped(table: Path):
    names = {"us": "<b>us", "A": "<i>A"}
    rows = pd.read_csv(table, dtype=str).replace(names)
    html = corr.judge(rows)._repr_html_()
    assert "<b>us" not in html
    assert "<i>A" not in html


def test_a_bad_breast_never_stops_the_others(
    table: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    judge = cohort.judge

    def fragile(breast, p):
        if breast.case_id == "A" and breast.side == "R":
            msg = "broken"
            raise RuntimeError(msg)
        return judge(breast, p)

    monkeypatch.setattr(cohort, "judge", fragile)
    broken = corr.judge(table)
    assert broken.pairs["case_id"].tolist() == ["B"]
    assert broken.problems["field"].tolist()[-1] == "breast"
    assert [b.breast.case_id for b in broken.breasts] == ["A", "B"]
    with pytest.raises(corr.CorrError, match=r"A R could not be judged; .*broken"):
        broken.breast("A", "R")
    assert "broken" in broken.save(tmp_path)["problems"].read_text(encoding="utf-8")


def test_many_breasts_are_judged_as_few_are(table: Path, result: corr.Result, tmp_path: Path):
    p = corr.load_parameters()
    with corr.Journal(tmp_path / "judged.jsonl", p) as journal:
        first = corr.judge(table, p, journal=journal, jobs=1)
    with corr.Journal(tmp_path / "judged.jsonl", p) as journal:
        assert all(journal.get(b) for b in first.records)
        again = corr.judge(table, p, journal=journal, jobs=1)
    for name in NAMES:
        assert getattr(first, name).equals(getattr(result, name))
        assert getattr(again, name).equals(getattr(result, name))


def test_pages_of_frames_are_made_of_files(
    table: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    from corr.face import pages

    asked = []

    def made(source, **others):
        asked.append((source, others))
        return Path("x.ipynb"), Path("x.html")

    monkeypatch.setattr(pages, "make_report", made)
    monkeypatch.setattr(pages, "make_cohort_report", lambda **k: made(k.pop("findings"), **k))
    frames = corr.judge(pd.read_csv(table), {"lesions_mean": 2.0})
    assert frames.report(tmp_path / "one", "B") == Path("x.html")
    assert frames.report(tmp_path / "all") == Path("x.html")
    (one, of_one), (every, of_all) = asked
    assert corr.read_tables(one, of_one["breasts"], of_one["exams"]).case("B").breasts
    assert of_one["case_id"] == "B"
    assert of_one["overrides"] == of_all["overrides"] == {"lesions_mean": 2.0}
    assert corr.read_tables(every).case_ids == ["A", "B"]
    assert (of_all["results"] / "pairs.csv").exists()
    corr.judge(table).report(tmp_path / "file", "A")
    assert asked[-1][0] == table


def test_a_report_becomes_findings():
    said = corr.read_report("Right breast: mass at 7:30, 4 cm FN, 9 x 6 mm. No cyst.", "US")
    (row,) = said.findings.to_dict("records")
    assert (row["breast"], row["kind"], row["clock"], row["fn_cm"]) == ("R", "mass", "7:30", 4.0)
    assert (row["size_mm"], row["size2_mm"]) == (9.0, 6.0)
    assert len(said.absent) == 1
    (finding,) = corr.read_tables(said.findings).breasts[0].findings
    assert (finding.clock_h, finding.fn_mm, finding.size2_mm) == ((7.5, 7.5), 40.0, 6.0)
    doubtful = corr.read_report("Mass at 107-11 o'clock, 5 mm.", "US", "R", exam_id="US2")
    assert "Not read" in doubtful._repr_html_()
    both = corr.read_tables(pd.concat([said.findings, doubtful.findings]))  # nothing is lost
    assert {f.finding_id for f in both.breasts[0].findings} == {"US-1", "US2-1"}
    assert [(p.field, p.value) for p in both.problems] == [("clock", "107-11 o'clock")]
    assert corr.read_report("", "US").findings.empty
    nobody = corr.read_report("A mass at 3 o'clock.", "US").findings  # no side: not guessed
    assert not corr.validate(nobody).usable
    for wrong in ({"modality": "XX"}, {"modality": "US", "breast": "both"}):
        with pytest.raises(corr.CorrError, match="allowed: "):
            corr.read_report("x", **wrong)


@pytest.mark.parametrize(
    ("text", "clock"),
    [("12-1 o'clock", "12-1"), ("12:30", "12:30"), ("11-12 o'clock", "11-12")],
)
def test_hours_survive(text: str, clock: str):
    (row,) = corr.read_report(f"Left breast mass at {text}.", "US").findings.to_dict("records")
    assert row["clock"] == clock
    said = corr.read_report(f"Left breast mass at {text}.", "US").said.mentions[0].clock_h
    again = corr.read_tables(pd.DataFrame([row])).breasts[0].findings[0].clock_h
    assert again[0] % 12 == said[0] % 12
    assert again[1] - again[0] == said[1] - said[0]


def test_validate_never_raises(tmp_path: Path):
    for content in (b"", b"PK\x03\x04", b"\x00\x01", b"case_id\nA\n"):
        path = tmp_path / "x.csv"
        path.write_bytes(content)
        found = corr.validate(path)
        assert not found.usable
        assert str(found).startswith("x.csv: ")
        assert "<table" in found._repr_html_()


def test_pages_of_dicts_and_of_other_columns_are_made_of_tables_that_say_the_same(tmp_path):
    from corr.face.pages import _files

    rows = [{"n": i, "side": 1, "exam": m, "clock": 7.5} for i, m in enumerate(("MRI", "Sono"))]
    columns = {"case_id": {"always": "c"}, "finding_id": "n", "modality": "exam", "clock": "clock"}
    columns["breast"] = {"from": "side", "values": {1: "R"}}
    ours = [{"case_id": "c", "finding_id": r["n"], "breast": "R", "modality": r["exam"],
             "clock": r["clock"]} for r in rows]  # fmt: skip
    mapped, plain = corr.judge(rows, columns={"findings": columns}), corr.judge(ours)
    for n, result in enumerate((mapped, plain)):
        files = _files(result, tmp_path / str(n))
        assert corr.judge(files["findings"]).pairs.equals(plain.pairs)
