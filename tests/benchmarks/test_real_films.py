"""Tables of a user's own films: mates, mm, sides and lean are recovered; faults are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.real_films import figures, nipples, pairs, vindr
from benchmarks.real_films.__main__ import main
from corr.anatomy.views import VIEWS
from corr.exams.registry import MATCHED_KINDS
from corr.exchange.tables import HEADERS
from corr.imaging.mammogram.hanging import letters_of, usual
from corr.problems import InputError
from corr.tables import read_findings
from tests.builders.films import draw
from tests.builders.vindr_tables import HEIGHT, SLOPE, WIDTH, drawn
from tests.imaging.test_mammogram import save, stored


def built(tmp_path, data, *more):
    """Tables written by the command line, by name."""
    folder, out = data.write(tmp_path / "vindr"), tmp_path / "out"
    marks = ["--nipples", str(folder / "nipples.csv")]
    assert main(["build", str(folder), *marks, "--out", str(out), *more]) == 0
    return {p.stem: pd.read_csv(p, keep_default_na=False) for p in out.glob("*.csv")}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    return built(tmp_path_factory.mktemp("films"), drawn())


def test_places_sizes_sides_and_mates_are_those_that_were_drawn(tables):
    truth = drawn().truth.set_index("woman")
    wide = figures.wide(tables["findings"], tables["truth"]).query("pair == 'mates'")
    wide = wide.set_index("woman")
    assert sorted(wide.index) == sorted(truth.index)
    truth = truth.loc[wide.index]
    for view in ("CC", "MLO"):
        of = f"{view.lower()}_"
        places = [f"{view}_posterior_mm", f"{view}_transverse_mm", "size_mm"]
        found = wide[[f"{of}posterior_mm", f"{of}transverse_mm", f"{of}size_mm"]]
        assert found.to_numpy() == pytest.approx(truth[places].to_numpy(), abs=0.01)
    merged = tables["breasts"].merge(tables["truth"].query("pair == 'mates'"), on="case_id")
    sides = merged.drop_duplicates("woman").set_index("woman").loc[truth.index]
    assert list(sides["breast_x"]) == list(truth["side"])
    for view in ("cc", "mlo"):
        edges = sides[f"{view}_nipple_to_edge_mm"].to_numpy()
        assert edges == pytest.approx(truth["edge_mm"].to_numpy(), abs=0.01)
    assert list(sides["density"]) == ["abcd"[int(w[-3:]) % 4] for w in sides.index]
    assert tables["problems"].empty


def test_the_lean_is_recovered(tmp_path):
    built(tmp_path, drawn(30))
    table = figures.figures(tmp_path / "out").set_index("figure")
    lean = table.loc["slope of depth MLO - CC on the height on the MLO"]
    assert lean["value"] == pytest.approx(SLOPE, abs=0.06)
    assert lean["lo"] < SLOPE < lean["hi"]
    assert lean["hi"] - lean["lo"] < 0.15
    assert (lean["n"], lean["n_women"]) == (30, 30)
    assert table.loc["depth MLO - CC, SD without the slope (mm)", "value"] == pytest.approx(
        1.0, abs=0.25
    )
    assert table.loc["ln size CC / MLO, SD, mass", "value"] < 0.001
    assert table.loc["nipple to edge, CC - MLO, SD (mm)", "value"] < 0.001
    assert table.loc["lesions of a breast with any, mean", "value"] == 1
    assert table.loc["seen on the CC if on the MLO, Mass", "value"] == 1


def test_the_tables_are_those_that_corr_reads(tmp_path):
    built(tmp_path, drawn(4))
    out = tmp_path / "out"
    loaded = read_findings(out / "findings.csv", out / "breasts.csv")
    assert loaded.problems == ()
    assert all(len(b.findings) == 2 and len(b.shape.films) == 2 for b in loaded.breasts)


def test_swapped_ones_are_other_women_of_like_size_and_the_seed_decides(tmp_path, tables):
    truth, breasts = tables["truth"], tables["breasts"]
    assert truth["finding_id"].is_unique
    for pair, cases in truth.groupby("pair"):
        for column in ("lesion_id", "woman"):
            names = cases.groupby("case_id")[column].agg(set).map(len)
            assert (names == (1 if pair == "mates" else 2)).all()
    apart = breasts["cc_nipple_to_edge_mm"] - breasts["mlo_nipple_to_edge_mm"]
    assert apart.abs().max() <= pairs.TOLERANCE_MM
    assert apart.abs().max() > 1.0
    data = drawn()
    data.findings, data.nipples = data.findings[::-1], data.nipples.sample(frac=1, random_state=1)
    turned = built(tmp_path, data)
    for name in ("findings", "breasts", "truth"):
        pd.testing.assert_frame_equal(turned[name], tables[name])
    assert not built(tmp_path, drawn(), "--seed", "2")["truth"].equals(truth)


def test_no_other_woman_of_like_size_no_swapped_pair(tmp_path, capsys):
    more = ["--tolerance-mm", "0.001", "--split", "test"]
    truth = built(tmp_path, drawn(6), *more)["truth"]
    assert set(truth["pair"]) == {"mates"}
    assert set(truth["woman"]) == {"study000", "study004"}
    said = capsys.readouterr().out
    assert "4 boxes of lesions; 2 pairs of them are mates" in said
    assert "2 lesions have no other woman" in said


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize("view", ["CC", "MLO"])
def test_signs_are_those_of_the_package(tmp_path, side, view):
    """The same pixels through the findings table, with the letters of a film hung as usual."""
    films = pd.DataFrame(
        {"woman": "w", "side": side, "view": view, "height": HEIGHT, "width": WIDTH,
         "row_mm": 0.1, "col_mm": 0.1}, index=["i"],
    )  # fmt: skip
    col = 900.0 if side == "L" else WIDTH - 900.0
    at = {"row": 1000.0, "col": 400.0 if side == "L" else WIDTH - 400.0}
    boxes = pd.DataFrame([{"box": 2, "image_id": "i", **at, "rows": 90.0, "cols": 50.0}])
    path = tmp_path / "nipples.csv"
    path.write_text(f"image_id,row,col\ni,1500,{col}\n")
    marks, _ = nipples.read_marks([path], films)
    found = nipples.measure(boxes, films, marks)[0].iloc[0]
    letters = "\\".join(letters_of(usual(side), side, view))
    table = tmp_path / "findings.csv"
    table.write_text(
        "case_id,breast,finding_id,modality,view,row,col,nipple_row,nipple_col,row_spacing_mm,"
        f"col_spacing_mm,patient_orientation\nc,{side},f,MG,{view},{at['row']},{at['col']},"
        f"1500,{col},0.1,0.1,{letters}\n"
    )
    finding = read_findings(table).breasts[0].findings[0]
    assert (finding.posterior_mm, finding.transverse_mm) == pytest.approx((50.0, 50.0))
    assert (found["posterior_mm"], found["transverse_mm"]) == pytest.approx((50.0, 50.0))
    assert (found["size_mm"], found["size2_mm"], found["edge_mm"]) == pytest.approx((9, 5, 90))
    assert VIEWS[view]


def box(number, view, categories, bi_rads="4"):
    about = {"woman": "w", "side": "L", "view": view}
    return {"box": number, "categories": tuple(categories.split("+")), "bi_rads": bi_rads} | about


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([box(1, "CC", "Mass"), box(2, "MLO", "Mass")], {(1, 2)}),
        ([box(1, "CC", "Mass"), box(2, "MLO", "Focal Asymmetry")], set()),
        ([box(1, "CC", "Asymmetry"), box(2, "MLO", "Asymmetry")], set()),
        ([box(1, "CC", "Mass"), box(2, "MLO", "Mass"), box(3, "MLO", "Mass")], set()),
        ([box(1, "CC", "Mass", "4"), box(2, "CC", "Mass", "5"),
          box(3, "MLO", "Mass", "5"), box(4, "MLO", "Mass", "4")], {(1, 4), (2, 3)}),
        ([box(1, "CC", "Mass", "4"), box(2, "CC", "Mass", "4"),
          box(3, "MLO", "Mass", "4"), box(4, "MLO", "Mass", "4")], set()),
        ([box(1, "CC", "Mass", ""), box(2, "CC", "Mass", "4"),
          box(3, "MLO", "Mass", ""), box(4, "MLO", "Mass", "4")], set()),
        ([box(1, "CC", "Mass+Suspicious Calcification"),
          box(2, "MLO", "Mass+Suspicious Calcification")], {(1, 2)}),
        # the mass of the MLO is one box, its calcification another: which one is it?
        ([box(1, "CC", "Mass+Suspicious Calcification"), box(2, "MLO", "Mass"),
          box(3, "MLO", "Suspicious Calcification")], set()),
        ([box(1, "CC", "Mass"), box(2, "MLO", "Mass"), box(3, "CC", "Suspicious Calcification"),
          box(4, "MLO", "Suspicious Calcification")], {(1, 2), (3, 4)}),
    ],
)  # fmt: skip
def test_only_plain_mates_are_mates(boxes, expected):
    found = pairs.mates(pd.DataFrame(boxes))
    assert set(zip(found["CC"], found["MLO"], strict=True)) == expected


def test_every_category_has_a_kind_that_the_table_knows_or_none():
    known = {*MATCHED_KINDS["MG"], "focal_asymmetry"}
    assert {k for k in vindr.KINDS.values() if k is not None} == known
    assert vindr.KINDS["Asymmetry"] == "asymmetry"
    assert vindr.KINDS["Focal Asymmetry"] == "focal_asymmetry"


def test_counts_of_what_the_films_show():
    rows = [box(1, "CC", "Mass"), box(2, "CC", "Mass"), box(3, "MLO", "Mass"),
            box(4, "MLO", "Asymmetry")]  # fmt: skip
    alone = [{**box(5, "CC", "Mass"), "woman": "v"}]
    films = pd.DataFrame(
        [("w", "L", "CC"), ("w", "L", "MLO"), ("v", "L", "CC")], columns=["woman", "side", "view"]
    )
    shown, lesions = pairs.seen_on(pd.DataFrame(rows + alone), films)
    shown = shown.set_index("category")
    assert list(shown.loc["Mass"]) == [1, 1, 0]
    assert list(shown.loc["Asymmetry"]) == [0, 0, 1]
    assert list(shown.loc["Focal Asymmetry"]) == [0, 0, 0]
    assert lesions.to_dict("records") == [{"lesions": 3, "breasts": 1}]


ID = {"metadata": "SOP Instance UID"}


def edit(table, column, value):
    """A fault: one cell of the film's row of a table."""

    def change(data, film):
        frame = getattr(data, table).astype({column: object})
        frame.loc[frame[ID.get(table, "image_id")] == film, column] = value
        setattr(data, table, frame)

    return change


def mirrored(data, film):
    """As if the film were stored with its nipple to the other side."""
    at = data.nipples["image_id"].str.contains(film)
    data.nipples.loc[at, "col"] = WIDTH - data.nipples.loc[at, "col"]
    boxes = data.findings
    at = boxes["image_id"].str.contains(film) & (boxes["xmin"] != "")
    data.findings = boxes.astype({"xmin": object, "xmax": object})
    data.findings.loc[at, "xmin"] = WIDTH - boxes.loc[at, "xmax"].astype(float)
    data.findings.loc[at, "xmax"] = WIDTH - boxes.loc[at, "xmin"].astype(float)


def resized(data, film):
    data.nipples["height"] = HEIGHT
    data.nipples.loc[data.nipples["image_id"] == film, "height"] = HEIGHT // 4


def twice(data, film):
    mark = data.nipples[data.nipples["image_id"] == film].assign(row=10)
    data.nipples = pd.concat([data.nipples, mark])


SPACING = "Imager Pixel Spacing"
CORNERS = "xmin, ymin, xmax, ymax"
FAULTS = [
    (edit("findings", "laterality", "R"), "laterality", "contradict"),
    (edit("findings", "view_position", "MLO"), "view_position", "contradict"),
    (edit("breasts", "width", 1000), "width", "contradict"),
    (edit("metadata", SPACING, ""), SPACING, "DICOM"),
    (edit("metadata", SPACING, "25.4"), SPACING, "DICOM"),
    (edit("metadata", "Pixel Spacing", "[0.5, 0.5]"), "imagerpixelspacing", "DICOM"),
    (edit("findings", "finding_categories", "['Lump']"), "finding_categories", "KINDS"),
    (edit("findings", "finding_categories", "Mass"), "finding_categories", "KINDS"),
    (edit("findings", "xmax", 9000), CORNERS, "anew"),
    (edit("findings", "ymin", ""), CORNERS, "anew"),
    (edit("nipples", "row", -5), "row, col", "stored image"),
    (edit("nipples", "row", "top"), "row, col", "stored image"),
    (edit("nipples", "image_id", "other"), "nipple", "finder"),
    (mirrored, "row, col", "mirrored"),
    (resized, "height", "resized"),
    (twice, "row, col", "keep the better one"),
]


def film_of(i):
    """The CC film of the i-th drawn woman's lesion."""
    return f"image{i:03d}{'LR'[i % 2]}CC"


FILM = film_of(0)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """Each fault on the film of another woman, and women without one."""
    data = drawn(len(FAULTS) + 4)
    for i, (fault, _, _) in enumerate(FAULTS):
        fault(data, film_of(i))
    return built(tmp_path_factory.mktemp("faulty"), data)


@pytest.mark.parametrize("i", range(len(FAULTS)))
def test_a_bad_film_is_named(faulty, i):
    _, field, said = FAULTS[i]
    problems = faulty["problems"].query("finding_id == @film_of(@i)")
    fixes = problems[problems["field"] == field]["fix"]
    assert fixes.str.contains(said).any(), problems.to_dict("records")


def test_bad_films_spoil_no_other(faulty):
    good = {f"study{i:03d}" for i in range(len(FAULTS), len(FAULTS) + 4)}
    assert set(faulty["truth"]["woman"]) == good


def test_films_that_are_all_mirrored_are_not_measured_unless_the_marks_say_so(tmp_path, capsys):
    data = drawn(4)
    mirrored(data, "image")
    folder = data.write(tmp_path / "vindr")
    command = ["build", str(folder), "--nipples", str(folder / "nipples.csv"), "--out"]
    assert main([*command, str(tmp_path / "none")]) == 2
    assert "mirrored" in capsys.readouterr().err
    of_left = data.nipples["image_id"].str.contains(r"\dL")
    data.nipples["chest"] = np.where(of_left, "right", "left")
    tables = built(tmp_path, data)
    plain = built(tmp_path, drawn(4))
    pd.testing.assert_frame_equal(tables["findings"], plain["findings"])


def test_missing_files_and_columns_are_said(tmp_path, capsys):
    data = drawn(2)
    for table, column in (("findings", "xmin"), ("breasts", "laterality"), ("nipples", "row")):
        broken = drawn(2)
        setattr(broken, table, getattr(broken, table).drop(columns=column))
        folder = broken.write(tmp_path / "vindr")
        command = ["build", str(folder), "--nipples", str(folder / "nipples.csv"), "--out", "o"]
        assert main(command) == 2
        assert f"no column '{column}'" in capsys.readouterr().err
    data.metadata = data.metadata[["SOP Instance UID"]]
    with pytest.raises(InputError, match="Imager Pixel Spacing"):
        vindr.read_vindr(data.write(tmp_path / "vindr"))
    strange = drawn(2)
    strange.metadata["SOP Instance UID"] = "elsewhere"
    with pytest.raises(InputError, match="no pixel spacing of any film"):
        vindr.read_vindr(strange.write(tmp_path / "vindr"))
    (tmp_path / "vindr" / "metadata.csv").unlink()
    with pytest.raises(InputError, match=r"metadata\.csv: not a readable CSV"):
        vindr.read_vindr(tmp_path / "vindr")


def test_overhanging_boxes_are_cut(tmp_path):
    data = drawn(2)
    edit("findings", "xmin", -20.0)(data, FILM)
    read = vindr.read_vindr(data.write(tmp_path / "vindr"))
    row = read.boxes[read.boxes["image_id"] == FILM].iloc[0]
    xmax = data.findings.loc[data.findings["image_id"] == FILM, "xmax"].iloc[0]
    assert (row["col"], row["cols"]) == pytest.approx((xmax / 2, xmax))


def test_labels_of_a_public_repository_are_marks(tmp_path):
    data = drawn(2)
    folder = data.write(tmp_path / "vindr")
    films = vindr.read_vindr(folder).films
    path = tmp_path / "labels.csv"
    box = "\"{'x': 700, 'y': 1400, 'width': 100, 'height': 60}\""
    line = "\"{'vertices': [[1, 2], [3, 4]]}\""
    path.write_text(
        f"SOPInstanceUID,labelName,data,height,width\n{FILM},Pectoralis,{line},{HEIGHT},{WIDTH}\n"
        f"{FILM},Nipple,{box},{HEIGHT},{WIDTH}\nimage001RCC,Nipple,nothing,{HEIGHT},{WIDTH}\n"
    )
    marks, problems = nipples.read_marks([path, folder / "nipples.csv"], films)
    assert tuple(marks.loc[FILM, ["row", "col"]]) == (1430, 750)
    assert marks.loc[FILM, "file"] == "labels.csv"
    assert marks.loc["image001RCC", "file"] == "nipples.csv"
    assert [(p.finding_id, p.row) for p in problems] == [("image001RCC", 4)]


def test_the_finder_makes_marks_and_names_what_it_cannot_use(tmp_path):
    film = draw(4, profile_mm=5.0, spot=1.0)
    image = stored(film.image)
    about = {"view": "CC", "height": image.shape[0], "width": image.shape[1], "row_mm": 0.6}
    sides = {"good": "L", "contradicts": "R", "absent": "L"}
    films = pd.DataFrame(
        [{**about, "woman": "w", "side": s, "col_mm": 0.6} for s in sides.values()]
    )
    films.index = list(sides)
    (tmp_path / "w").mkdir()
    tags = {"ImageLaterality": "L", "ViewPosition": "CC", "ImagerPixelSpacing": [0.6, 0.6]}
    for name in ("good", "contradicts"):
        save(tmp_path / "w" / f"{name}.dicom", image, **tags)
    table, problems = nipples.find_nipples(tmp_path, films)
    assert list(table["image_id"]) == ["good"]
    assert np.hypot(table["row"] - film.nipple[0], table["col"] - film.nipple[1])[0] * 0.6 < 5
    assert table["chest"][0] == "left"
    assert {p.finding_id: p.field for p in problems} == {"contradicts": "side", "absent": "file"}
    table.to_csv(tmp_path / "marks.csv", index=False)
    marks, wrong = nipples.read_marks([tmp_path / "marks.csv"], films)
    assert list(marks.index) == ["good"]
    assert wrong == ()


def judged(tables, odds):
    """A pairs.csv as `corr judge` writes it, with made-up location odds by case."""
    cases = tables["truth"].groupby("case_id")["finding_id"].agg(list)
    rows = [
        {**dict.fromkeys(HEADERS["pairs"], ""), "case_id": case, "finding_a": ids[1],
         "finding_b": ids[0], "log10_location": odds(case)}
        for case, ids in cases.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_places_of_the_judge_are_scored(tmp_path, capsys):
    tables = built(tmp_path, drawn(6))
    path, out = tmp_path / "pairs.csv", tmp_path / "out"
    name = "AUC of the places judged (log10_location)"
    for sign in (1, -1):
        judged(tables, lambda c, s=sign: s * c.startswith("mates")).to_csv(path, index=False)
        assert main(["figures", str(out), "--pairs", str(path)]) == 0
        table = pd.read_csv(out / "figures.csv").set_index("figure")
        assert table.loc[name, "value"] == (sign > 0)
    assert "AUC of the nipple distance" in capsys.readouterr().out
    gap = table.loc["AUC of the nipple distance", "value"]
    assert 0.5 < gap < 1
    n = len(tables["breasts"])
    judged(tables, lambda _: 0.0).iloc[:-1].to_csv(path, index=False)
    table = figures.figures(out, path).set_index("figure")
    assert table.loc[name, ["value", "n"]].tolist() == [0.5, n - 1]
    judged(tables, lambda _: 0.0).assign(finding_a="x").to_csv(path, index=False)
    with pytest.raises(InputError, match="not the pairs of these findings"):
        figures.figures(out, path)


def test_weighted_scores_are_those_of_repeated_rows():
    rng = np.random.default_rng(1)
    x, y, w = rng.normal(size=9), rng.normal(size=9), rng.integers(0, 4, 9).astype(float)
    many_x, many_y = (np.repeat(v, w.astype(int)) for v in (x, y))
    assert figures.spread(x, w) == pytest.approx(np.std(many_x, ddof=1))
    fit = np.polyfit(many_x, many_y, 1)
    assert figures.slope(x, y, w) == pytest.approx(fit[0])
    left = many_y - np.polyval(fit, many_x)
    assert figures.rest(x, y, w) == pytest.approx(np.sqrt((left**2).sum() / (len(left) - 2)))
