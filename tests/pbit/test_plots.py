"""Plots show the numbers they are given, refuse what is none, and are saved whole."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from pbit import plots

P = np.array([0.5, 0.25, 0.125, 0.125])


def legend_texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def tick_labels(ax):
    ax.figure.canvas.draw()
    return [text.get_text() for text in ax.get_xticklabels()]


def bar_heights(ax):
    return [[bar.get_height() for bar in bars] for bars in ax.containers]


def test_the_module_loads_without_matplotlib_and_draws_without_pyplot():
    program = (
        "import sys; from pbit import plots\n"
        "assert 'matplotlib' not in sys.modules\n"
        "plots.histogram({1: 2})\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_energy_trace_draws_every_machine_as_steps_over_seconds_with_prefixes():
    times = {"a": [0, 1e-7, 1e-6], "b": [0, 5e-7]}
    energies = {"a": [0, -3, -4], "b": [0.0, -1.0]}
    ax = plots.energy_trace(times, energies, best=-5, ylabel="cut", title="G1")
    first, second, best = ax.get_lines()
    assert first.get_drawstyle() == "steps-post"
    assert first.get_xydata().tolist() == [[0, 0], [1e-7, -3], [1e-6, -4]]
    assert second.get_xydata().tolist() == [[0, 0], [5e-7, -1]]
    assert best.get_ydata() == [-5, -5]
    assert legend_texts(ax) == ["a", "b", "best known: -5"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("simulated time", "cut")
    assert ax.get_title(loc="left") == "G1"
    labels = tick_labels(ax)
    assert "200 ns" in labels
    assert "1 µs" in labels


def test_one_machine_needs_no_name_and_machines_may_share_times():
    ax = plots.energy_trace([0.0, 1.0], [2.0, 1.0])
    assert ax.get_legend() is None
    ax = plots.energy_trace([1.0, 2.0], {"a": [2, 1], "b": [3, 0]}, log_time=True)
    assert [line.get_xdata().tolist() for line in ax.get_lines()] == [[1.0, 2.0]] * 2
    assert ax.get_xscale() == "log"


def test_more_machines_than_colours_still_look_different():
    names = [f"machine {k}" for k in range(3 * len(plots.PALETTE))]
    ax = plots.energy_trace([0.0, 1.0], {name: [1, 0] for name in names})
    looks = {(line.get_color(), line.get_linestyle()) for line in ax.get_lines()}
    dashes = {str(line._dash_pattern) for line in ax.get_lines()}
    assert len({look[0] for look in looks}) == len(plots.PALETTE)
    assert len(dashes) == 3


def test_a_histogram_ranks_answers_and_highlights_the_true_ones():
    counts = {"3 x 5": 7, "1 x 2": 1, "5 x 3": 9}
    ax = plots.histogram(
        counts, highlight={"3 x 5", "5 x 3"}, highlight_label="factors"
    )
    assert tick_labels(ax) == ["5 x 3", "3 x 5", "1 x 2"]
    assert bar_heights(ax) == [[9, 7, 1]]
    colors = [bar.get_facecolor() for bar in ax.containers[0]]
    assert colors[0] == colors[1] != colors[2]
    assert legend_texts(ax) == ["factors", "other"]


def test_a_histogram_says_how_much_it_leaves_out_and_keeps_what_is_highlighted():
    counts = {k: 100 - k for k in range(30)}
    ax = plots.histogram(counts, highlight=[29, 99], top=4)
    assert tick_labels(ax) == ["0", "1", "29", "99", "27 more"]
    assert bar_heights(ax) == [[100, 99, 71, 0], [sum(100 - k for k in range(2, 29))]]


def test_a_histogram_without_highlights_has_no_legend():
    assert plots.histogram({"a": np.int64(3)}).get_legend() is None


def test_occupancy_draws_states_in_order_beside_the_exact_probabilities():
    measured = np.array([0.5, 0.25, 0.25, 0.0])
    ax = plots.occupancy(measured, P)
    assert tick_labels(ax) == ["00", "01", "10", "11"]
    assert bar_heights(ax) == [measured.tolist()]
    (dashes,) = ax.collections
    assert [segment[0][1] for segment in dashes.get_segments()] == P.tolist()
    assert legend_texts(ax) == ["exact", "machine\n(total variation 0.12)"]


def test_occupancy_compares_machines_and_takes_names_of_states():
    ax = plots.occupancy({"a": P, "b": P[::-1]}, labels=["w", "x", "y", "z"])
    assert tick_labels(ax) == ["w", "x", "y", "z"]
    assert bar_heights(ax) == [P.tolist(), P[::-1].tolist()]
    assert legend_texts(ax) == ["a", "b"]


def test_occupancy_of_many_states_shows_the_likeliest_and_says_so():
    ax = plots.occupancy(P[::-1], top=2)
    assert tick_labels(ax) == ["11", "10"]
    assert bar_heights(ax) == [[0.5, 0.25]]
    assert "the 2 likeliest of 4; 25.00% is left out" in ax.get_xlabel()


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plots.energy_trace([0, 1], [1, 0], ax=ax),
        lambda ax: plots.histogram({"a": 1}, ax=ax),
        lambda ax: plots.occupancy(P, P, ax=ax),
    ],
)
def test_every_plot_draws_on_the_axes_it_is_given(draw):
    ax = Figure().subplots()
    assert draw(ax) is ax


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.energy_trace([0, 1], [1]), "must be as long, not 2, 1"),
        (lambda: plots.energy_trace([], []), r"times must have shape \(k,\)"),
        (lambda: plots.energy_trace([0, 1], {}), "nothing to draw"),
        (
            lambda: plots.energy_trace({"a": [0]}, {"b": [0]}),
            "times must name every machine: 'b' is missing",
        ),
        (
            lambda: plots.energy_trace([0, 2, 1], [0, 0, 0]),
            r"times must not fall: times\[2\] = 1.0 < 2.0",
        ),
        (
            lambda: plots.energy_trace([0, 1], {"a": [0, np.nan]}),
            r"energies\['a'\]\[1\] = nan",
        ),
        (lambda: plots.energy_trace([0], [0], best=np.inf), r"best\[0\] = inf"),
        (lambda: plots.histogram({}), "at least one answer"),
        (
            lambda: plots.histogram({"a": -1}),
            r"counts\['a'\] must be at least 0, not -1",
        ),
        (lambda: plots.histogram({"a": 1}, top=0), "top must be at least 1, not 0"),
        (lambda: plots.occupancy(P, P[:2] * 2), r"must sum to 1, not 1.5"),
        (lambda: plots.occupancy(P, [0.5, 0.5]), "exact must have 4 states, not 2"),
        (lambda: plots.occupancy([1.5, -0.5]), r"probabilities\[1\] = -0.5"),
        (lambda: plots.occupancy(P, labels=["a"]), "must name 4 states, not 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_reason(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_a_count_that_is_not_whole_is_a_type_error():
    with pytest.raises(TypeError, match="must be a whole number"):
        plots.histogram({"a": 0.5})


def test_a_saved_figure_has_the_size_it_says_and_replaces_the_old_one(tmp_path):
    path = tmp_path / "plot.png"
    path.write_text("old")
    plots.save(plots.histogram({"a": 1}).figure, path)
    assert imread(path).shape[:2] == (500, 1200)
    plots.save(plots.histogram({"a": 1}).figure, str(tmp_path / "plot.SVG"))
    assert b"<svg" in (tmp_path / "plot.SVG").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plot.SVG", "plot.png"]


def test_a_figure_that_cannot_be_saved_leaves_the_old_file_and_nothing_else(
    tmp_path, monkeypatch
):
    path = tmp_path / "plot.png"
    path.write_text("old")
    figure = plots.histogram({"a": 1}).figure
    with pytest.raises(
        ValueError, match=r"path must end in one of .*png.*, not 'plot'"
    ):
        plots.save(figure, tmp_path / "plot")
    with pytest.raises(FileNotFoundError):
        plots.save(figure, tmp_path / "none" / "plot.png")

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"):
        plots.save(figure, path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["plot.png"]
