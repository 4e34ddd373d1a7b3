"""Plots of the analysis show the numbers they are given, and refuse what is none."""

import math
import subprocess
import sys

import numpy as np
import pytest

from pbit import analysis
from pbit.analysis import Estimate, plots
from pbit.plots import save


def estimates(values, width=0.1):
    return [
        Estimate(v, v * (1 - width), v * (1 + width), 0.95, v * width) for v in values
    ]


def legend_texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_module_loads_without_matplotlib():
    program = (
        "import sys; from pbit import analysis; analysis.plots.binder\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_times_to_solution_ring_the_best_and_leave_out_the_infinite():
    curve = estimates([90.0, 20.0, 50.0])
    curve[2] = Estimate(50.0, 30.0, math.inf, 0.95)
    never = [Estimate(math.inf, 100.0, math.inf, 0.95)]
    ax = plots.time_to_solution([1, 10, 100, 1000], {"a": never + curve}, title="TTS")
    line, ring = ax.get_lines()
    assert line.get_xdata().tolist() == [10, 100, 1000]
    assert line.get_ydata().tolist() == [90, 20, 50]
    assert (ring.get_xdata()[0], ring.get_ydata()[0]) == (100, 20)
    assert ax.get_ylim()[1] <= 30 * 90
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert legend_texts(ax) == ["a"]


def test_residual_energies_come_with_their_power_law(tmp_path):
    times = np.array([10.0, 100.0, 1000.0])
    kappa = Estimate(0.5, 0.45, 0.55, 0.95)
    ax = plots.residual_energy(times, estimates(times**-0.5), exponents=kappa)
    points, law = ax.get_lines()
    np.testing.assert_allclose(law.get_ydata(), points.get_ydata())
    assert legend_texts(ax) == ["κ = 0.500 (0.450 to 0.550)"]
    both = {"A": estimates(times**-0.5), "B": estimates(times**-0.7)}
    ax = plots.residual_energy(times, both, exponents={"A": kappa})
    assert legend_texts(ax) == ["A κ = 0.500 (0.450 to 0.550)", "B"]
    save(ax.figure, tmp_path / "residual.png")
    assert (tmp_path / "residual.png").stat().st_size > 1000


def test_binder_curves_show_crossing_and_reference():
    crossing = analysis.BinderCrossing(
        Estimate(2.27, 2.26, 2.28, 0.95), Estimate(0.61, 0.6, 0.62, 0.95), 1.0
    )
    curves = {"L = 4": estimates([0.6, 0.5]), "L = 8": estimates([0.65, 0.4])}
    ax = plots.binder([2.2, 2.3], curves, crossing=crossing, reference=2.269)
    assert legend_texts(ax) == ["L = 4", "L = 8", "crossing 2.27 ± 0.01", "exact 2.269"]
    assert plots.binder([2.2, 2.3], curves["L = 4"]).get_legend() is None


def test_autocorrelations_say_their_times_and_what_is_frozen():
    moving = analysis.autocorrelation(np.random.default_rng(0).normal(size=(4, 500)))
    short = analysis.autocorrelation(np.cumsum(np.ones(30)))
    frozen = analysis.autocorrelation(np.ones(30))
    ax = plots.autocorrelation({"a": moving, "b": short, "c": frozen})
    texts = legend_texts(ax)
    assert texts[0].startswith("a: τ = ")
    assert texts[1].endswith("(too short a run)")
    assert texts[2] == "c: frozen"
    assert ax.get_lines()[0].get_ydata()[0] == 1.0
    assert legend_texts(plots.autocorrelation(moving))[0].startswith("τ = ")


def test_what_cannot_be_drawn_is_refused():
    good = estimates([1.0, 2.0])
    with pytest.raises(
        ValueError, match=r"run_times must be positive .*run_times\[0\]"
    ):
        plots.time_to_solution([0, 1], good)
    with pytest.raises(
        ValueError, match="curves must have 3 estimates, one a point, not 2"
    ):
        plots.time_to_solution([1, 2, 3], good)
    with pytest.raises(ValueError, match="must have a finite time"):
        plots.time_to_solution([1], [Estimate(math.inf, 1, math.inf, 0.9)])
    with pytest.raises(ValueError, match=r"curves\['a'\] must be positive"):
        plots.residual_energy([1, 2], {"a": estimates([1.0, 0.0])})
    with pytest.raises(ValueError, match="curves must hold at least one curve"):
        plots.binder([1, 2], {})
    with pytest.raises(ValueError, match="curves must be finite"):
        plots.binder([1, 2], estimates([1.0, math.nan]))
    with pytest.raises(ValueError, match="no autocorrelation is given"):
        plots.autocorrelation({})
