"""Every figure against its committed picture, on both sides; a mirrored one must fail.

The pictures are in ``tests/show/baseline``; ``pytest tests/show --mpl-generate-path=DIR``
draws them anew. Nothing here is searched in images or judged: inputs are made by hand, so that
only a change of drawing changes a picture.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images
from matplotlib.testing.exceptions import ImageComparisonFailure

from corr.anatomy import frame
from corr.anatomy.views import VIEWS
from corr.imaging.mammogram.hanging import Hanging
from corr.questions.look import densities
from corr.records import Reading
from corr.show.figures import breast3d, clockface, film_plane, films, groupings, pairs
from corr.show.figures.parts.palette import figure_of, new_figure
from corr.show.figures.sizes_over_time import plot_changes
from corr.show.images import hung_film, mammogram_film, mri, mri_beliefs, sonogram_still
from corr.show.pages import cohort
from corr.show.pages import frame as breastframe
from corr.show.pages.asked import same_place
from tests.builders import fake_images as fake

BASELINES = Path(__file__).parent / "baseline"
TOLERANCE = 3.0
"""RMS of grey levels; equal drawings give 0 on one version of Matplotlib."""
DPI = 45


def all_views(side: str) -> Figure:
    figure = new_figure(11.0, 9.0)
    judgement = fake.judgement(side)
    for ax, (view, known) in zip(figure.subplots(2, 4).ravel(), VIEWS.items(), strict=True):
        film = Reading("", "MG", "", view, known.nominal_deg)
        plane = film_plane.expected_plane(judgement, film)
        films.plot_film(judgement, plane, ["mass", "enh"], ax=ax)
    return figure


def compressed(side: str) -> Figure:
    judgement = fake.judgement(side)
    plane = film_plane.shown_planes(judgement)["MLO"]
    return figure_of(films.plot_film(judgement, plane, ["calc", "mass"], hours=(7.0, 8.0)))


def hung_films(side: str) -> Figure:
    judgement = fake.judgement(side)
    figure = new_figure(11.0, 8.0)
    for ax, view in zip(figure.subplots(2, 4).ravel(), VIEWS, strict=True):
        mammogram_film.plot_mammogram(fake.mammogram(side, view), judgement, ax=ax)
    return figure


def reliability(_: str) -> Figure:
    stated = np.linspace(0.02, 0.98, 200)
    table = pd.DataFrame({"p_same": stated, "same": (np.arange(200) * 7 % 100 / 100 < stated)})
    figure = new_figure(9.0, 4.4)
    left, right = figure.subplots(1, 2)
    cohort.plot_calibration(table, ax=left)
    cohort.plot_p_same(table.assign(same=table["same"].astype(int)), ax=right)
    return figure


def evidence(side: str) -> Figure:
    judgement = fake.judgement(side)
    return pairs.figure_evidence(judgement, judgement.pairs[:2])


def still(side: str) -> Figure:
    marks = [(150.0, 130.0), (190.0, 170.0)]
    return figure_of(sonogram_still.plot_sonogram(fake.sonogram(side), marks, words="mass"))


def mri_slices(side: str) -> Figure:
    found, anatomy = fake.mri()
    place = anatomy[side].nipple_lps + np.array([0.0, 40.0, 0.0])
    figure = mri.figure_mri_slices(found, anatomy, place)
    judgement = fake.judgement(side)
    mri_beliefs.draw_mri_beliefs(figure.axes[:3], judgement, anatomy[side], ["mass"])
    return figure


def mri_projection(side: str) -> Figure:
    found, anatomy = fake.mri()
    figure = mri.figure_mip(found, anatomy)
    judgement = fake.judgement(side)
    mri_beliefs.draw_mri_beliefs(figure.axes[:3], judgement, anatomy[side])
    return figure


FIGURES: dict[str, Callable[[str], Figure]] = {
    "clock_face": lambda side: figure_of(clockface.plot_clock_face(fake.judgement(side))),
    "films": all_views,
    "compressed": compressed,
    "mammograms": hung_films,
    "sonogram": still,
    "breast3d": lambda side: figure_of(breast3d.plot_breast3d(fake.judgement(side))),
    "matrix": lambda side: figure_of(pairs.plot_pair_matrix(fake.judgement(side))),
    "evidence": evidence,
    "groupings": lambda side: groupings.figure_groupings(fake.judgement(side)),
    "change": lambda side: figure_of(plot_changes(fake.judgement(side))),
    "mri_slices": mri_slices,
    "mri_projection": mri_projection,
    "same_place": lambda side: same_place.figure_same_place(fake.judgement(side)),
}
ONE_SIDED: dict[str, Callable[[str], Figure]] = {
    "faces": lambda _: breastframe.figure_frame_faces([(7.5, 30.0), (10.5, 25.0)]),
    "reliability": reliability,
}
CASES = [(name, side) for name in FIGURES for side in "RL"]
MIRRORED = (
    "clock_face",
    "films",
    "compressed",
    "mammograms",
    "breast3d",
    "same_place",
    "mri_projection",
)
"""Figures whose picture depends on the side through the frame."""


@pytest.fixture(autouse=True)
def plain_style() -> Iterator[None]:
    """Matplotlib's own style and fonts."""
    with mpl.rc_context():
        mpl.rcdefaults()
        yield


def same_picture(function: Callable[..., Figure]) -> Callable[..., Figure]:
    """Compare with the committed picture."""
    return pytest.mark.mpl_image_compare(
        baseline_dir="baseline", tolerance=TOLERANCE, savefig_kwargs={"dpi": DPI}, style="default"
    )(function)


@pytest.mark.parametrize(("name", "side"), CASES)
@same_picture
def test_figure(name: str, side: str) -> Figure:
    return FIGURES[name](side)


@pytest.mark.parametrize("name", ONE_SIDED)
@same_picture
def test_figure_of_both(name: str) -> Figure:
    return ONE_SIDED[name]("R")


def differs(name: str, side: str, drawn: Path) -> bool:
    """Whether a saved drawing differs from the committed picture by more than is allowed."""
    committed = BASELINES / f"test_figure_{name}-{side}.png"
    try:
        return compare_images(str(committed), str(drawn), tol=TOLERANCE) is not None
    except ImageComparisonFailure:  # of another size
        return True


def save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    return path


@pytest.mark.parametrize("side", "RL")
def test_the_comparison_accepts_the_same_figure(side: str, tmp_path: Path):
    assert not differs("clock_face", side, save(FIGURES["clock_face"](side), tmp_path / "a.png"))


@pytest.mark.parametrize("side", "RL")
@pytest.mark.parametrize("name", MIRRORED)
def test_a_mirrored_breast_fails(name: str, side: str, tmp_path: Path, monkeypatch):
    """Lateral drawn where medial is, everything else kept: the field's classic error."""

    def mirrored(side: str) -> float:
        return -frame.left_sign(side)

    for module in (clockface, film_plane, hung_film, breast3d, densities):
        monkeypatch.setattr(module, "left_sign", mirrored)
    assert differs(name, side, save(FIGURES[name](side), tmp_path / "mirrored.png"))


@pytest.mark.parametrize("name", FIGURES)
def test_a_flipped_picture_fails(name: str, tmp_path: Path):
    committed = mpl.image.imread(BASELINES / f"test_figure_{name}-R.png")
    mpl.image.imsave(tmp_path / "flipped.png", np.ascontiguousarray(committed[:, ::-1]))
    assert differs(name, "R", tmp_path / "flipped.png")


@pytest.mark.parametrize("name", MIRRORED)
def test_the_other_side_is_another_picture(name: str, tmp_path: Path):
    right = shutil.copy(BASELINES / f"test_figure_{name}-R.png", tmp_path / "right.png")
    assert differs(name, "L", Path(right))


@pytest.mark.parametrize("side", "RL")
@pytest.mark.parametrize("view", VIEWS)
def test_a_film_hangs_the_same_however_it_was_stored(side: str, view: str):
    shown = [
        mammogram_film.plot_mammogram(fake.mammogram(side, view, stored=Hanging(chest, up)))
        for chest, ups in {"left": "tb", "right": "tb", "top": "lr", "bottom": "lr"}.items()
        for up in ({"t": "top", "b": "bottom", "l": "left", "r": "right"}[u] for u in ups)
    ]
    images = [ax.images[0] for ax in shown]
    x, y = images[0].get_extent()[:2], images[0].get_extent()[2:]
    assert (abs(x[0]) < abs(x[1])) == (side == "R")  # the nipple points outward
    for image in images[1:]:
        assert image.get_extent() == pytest.approx([*x, *y])
        np.testing.assert_allclose(image.get_array(), images[0].get_array())
    lines = [sorted(tuple(np.round(n.get_xydata(), 6).ravel()) for n in ax.lines) for ax in shown]
    assert all(line == lines[0] for line in lines)


def test_the_blob_is_where_its_millimetres_say():
    posterior_mm, transverse_mm = fake.BLOB_MM
    for side, sign in (("R", 1), ("L", -1)):
        image = mammogram_film.plot_mammogram(fake.mammogram(side, "MLO")).images[0]
        data, (x0, x1, y0, y1) = np.asarray(image.get_array()), image.get_extent()
        row, column = np.unravel_index(int(np.argmax(data)), data.shape)
        x = x0 + (column + 0.5) / data.shape[1] * (x1 - x0)
        y = y1 - (row + 0.5) / data.shape[0] * (y1 - y0)
        assert (x, y) == pytest.approx((sign * posterior_mm, transverse_mm), abs=1.5)


def test_baselines_are_all_used_and_small():
    expected = {f"test_figure_{name}-{side}.png" for name, side in CASES}
    expected |= {f"test_figure_of_both_{name}.png" for name in ONE_SIDED}
    found = {p.name: p.stat().st_size for p in BASELINES.glob("*.png")}
    assert set(found) == expected
    assert sum(found.values()) < 1_500_000
