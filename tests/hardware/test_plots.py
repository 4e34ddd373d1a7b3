"""Plots of machines show what the runs hold."""

import numpy as np
import pytest

import hardware
from hardware import plots
from hardware.machine import Machine
from pbit.plots import save
from tests.hardware.machines import design_of
from tests.hardware.test_calibration import FULL_ADDER
from tests.hardware.test_waves import EIGHT, recorded


def test_traces_step_where_the_run_does(tmp_path):
    run = recorded("chromatic")
    ax = plots.traces(run, ["a", "b", "c"], title="three")
    lines = ax.get_lines()
    assert len(lines) == 3
    _, ups = lines[2].get_data()
    of_c = run.log.states[run.log.pbits == 2]
    np.testing.assert_array_equal(ups[1:-1] > 0, of_c > 0)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert len(ax.patches) == 2  # a is held throughout, b for a while
    save(ax.figure, tmp_path / "traces.png")
    assert (tmp_path / "traces.png").stat().st_size > 5000


def test_what_cannot_be_drawn_says_so():
    with pytest.raises(ValueError, match="must be recorded"):
        plots.traces(Machine(EIGHT, design_of("ideal"), 1).run(1e-8))
    with pytest.raises(KeyError, match="no p-bit is called 'z'"):
        plots.traces(recorded(), ["z"])
    with pytest.raises(ValueError, match="pbits must be 1 to 64, not 0"):
        plots.traces(recorded(), [])


def test_responses_are_drawn_before_and_after():
    design = design_of("ideal") | {"spread": {"slope": 0.1, "offset": 0.1, "seed": 1}}
    found = hardware.calibrate(Machine(FULL_ADDER, design, 1), updates=1000, rng=1)
    ax = plots.responses(found)
    assert len(ax.containers) == 2
