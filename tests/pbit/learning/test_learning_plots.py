"""Plots of learning show the pixels, weights and scores they are given."""

import subprocess
import sys

import numpy as np
import pytest

import pbit
from pbit.learning import plots
from pbit.learning.training_job import History


def pixels(ax):
    return np.ma.filled(ax.get_images()[0].get_array().astype(float), np.nan)


def history(score):
    score = np.array(score, float)
    return History(np.zeros(len(score)), score, np.ones(len(score)), 0)


def test_the_module_loads_without_matplotlib():
    program = (
        "import sys; from pbit.learning import plots\n"
        "assert 'matplotlib' not in sys.modules and 'sklearn' not in sys.modules\n"
        "plots.images([[0, 1]], (1, 2))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_images_stand_in_a_grid_row_by_row():
    states = [[0, 0], [0, 1], [1, 1]]
    shown = pixels(plots.images(states, (1, 2), columns=2, title="samples"))
    assert shown.shape == (5, 7)
    assert shown[1, 1:3].tolist() == [-1, -1]
    assert shown[1, 4:6].tolist() == [-1, 1]
    assert shown[3, 1:3].tolist() == [1, 1]
    assert np.isnan(shown[3, 4:6]).all()
    assert np.isnan(shown[:, 3]).all()
    assert pixels(plots.images(np.eye(9), (3, 3))).shape == (13, 13)


def test_filters_share_one_scale_about_zero():
    ax = plots.filters([[0.5, -2.0], [1.0, 0.0]], (2, 1))
    assert ax.get_images()[0].get_clim() == (-2, 2)
    assert "from −2 (red) to 2 (blue)" in ax.get_xlabel()
    assert plots.filters([[0.0, 0.0]], (2, 1)).get_images()[0].get_clim() == (-1, 1)


def test_completions_show_the_image_what_was_held_and_what_came_of_it():
    given, known = [[1, 0], [0, 1]], np.array([True, False])
    ax = plots.completions(given, known, [[1, 1], [0, 0]], (1, 2))
    shown = pixels(ax)
    assert shown[1, [1, 2, 4, 5]].tolist() == [1, -1, -1, 1]
    assert shown[3, [1, 2, 4, 5]].tolist() == [1, 0, -1, 0]
    assert shown[5, [1, 2, 4, 5]].tolist() == [1, 1, -1, -1]
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == ["image", "shown", "completed"]


def test_learning_curves_leave_out_epochs_that_were_not_scored():
    ax = plots.learning_curves(
        {"one": history([np.nan, -3, np.nan, -2]), "two": [-4.0, -3.5]}, best=-1.0
    )
    one, two, best = ax.get_lines()
    assert one.get_xydata().tolist() == [[2, -3], [4, -2]]
    assert two.get_xydata().tolist() == [[1, -4], [2, -3.5]]
    assert best.get_ydata() == [-1, -1]
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["one", "two", "best possible"]
    assert plots.learning_curves(history([-1.0])).get_legend() is None


def test_plots_are_saved(tmp_path):
    path = tmp_path / "grid.png"
    pbit.plots.save(plots.images([[0, 1]], (1, 2)).figure, path)
    assert path.read_bytes().startswith(b"\x89PNG\r\n")


def test_what_is_none_is_refused():
    with pytest.raises(ValueError, match="states must have 4 columns"):
        plots.images([[0, 1]], (2, 2))
    with pytest.raises(ValueError, match=r"shape must be \(rows, cols\), not \(2,\)"):
        plots.images([[0, 1]], (2,))
    with pytest.raises(ValueError, match=r"weights must have shape \(n_hidden, 4\)"):
        plots.filters([[0.0, 1.0]], (2, 2))
    with pytest.raises(ValueError, match=r"weights must be finite: weights\[0, 1\]"):
        plots.filters([[0.0, np.nan]], (1, 2))
    with pytest.raises(ValueError, match=r"known must be booleans of shape \(2,\)"):
        plots.completions([[0, 1]], [1, 0], [[0, 1]], (1, 2))
    with pytest.raises(ValueError, match="completed must have 1 images, not 2"):
        plots.completions([[0, 1]], [True, False], [[0, 1], [1, 1]], (1, 2))
    with pytest.raises(ValueError, match="runs must hold a score: nothing was watched"):
        plots.learning_curves([np.nan])
    with pytest.raises(ValueError, match="runs must hold at least one training"):
        plots.learning_curves({})


def test_a_new_figure_has_the_shape_of_its_images():
    wide = plots.images(np.ones((10, 4)), (2, 2), columns=10).figure.get_size_inches()
    assert wide[0] == 6
    assert wide[1] == 1
    square = plots.images(np.ones((9, 4)), (2, 2)).figure.get_size_inches()
    assert square.tolist() == [6, 6]
