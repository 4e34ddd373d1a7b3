"""Calibration: what is measured is what is there, and correcting it brings fidelity back."""

import numpy as np
import pytest

import hardware
import pbit
from hardware.calibration import fit_responses
from hardware.engines.imperfect import make_drive
from hardware.machine import Machine
from tests.hardware import markov
from tests.hardware.machines import design_of

# The full adder of Camsari et al., Phys. Rev. X 7, 031014 (2017), table II:
# A, B, carry in, sum, carry out.
FULL_ADDER = pbit.IsingModel(
    [
        [0, -1, -1, 1, 2],
        [-1, 0, -1, 1, 2],
        [-1, -1, 0, 1, 2],
        [1, 1, 1, 0, -2],
        [2, 2, 2, -2, 0],
    ],
    labels=["A", "B", "Cin", "S", "Cout"],
)
SPREAD = {"slope": 0.1, "offset": 0.1}


def law(machine):
    """Exact distribution of a machine of ideal autonomous p-bits with its own drives."""
    wiring = machine._engine.wiring
    weights = machine.circuit.weights.copy()
    weights.data = wiring.data * 1.0
    slope, offset = wiring.drive.slope, wiring.drive.offset
    W = machine.beta * weights.toarray() * slope[:, None]
    h = machine.beta * wiring.h * slope + offset
    return markov.autonomous(W, h, np.ones(W.shape[0])).law


def lost(machine):
    exact = pbit.exact.probabilities(FULL_ADDER, beta=machine.beta)
    return markov.total_variation(law(machine), exact)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))]
)
def test_calibration_recovers_nine_tenths_of_the_fidelity_lost_to_spread(seed):
    """The laws are exact, of the machine's own Markov chain; only measuring is noisy."""
    design = design_of("ideal") | {"spread": SPREAD | {"seed": seed}}
    machine = Machine(FULL_ADDER, design, rng=1)
    found = hardware.calibrate(machine, updates=200_000, rng=seed)
    better = Machine(FULL_ADDER, design, rng=1, programmed=found.programmed)
    before, after = lost(machine), lost(better)
    assert before > 0.02
    assert after < 0.1 * before, (before, after)
    # And a run shows it: 5e6 updates leave an error of about 0.005.
    exact = pbit.exact.probabilities(FULL_ADDER)
    seen = markov.total_variation(better.run(1e-3).occupancy, exact)
    assert seen < after + 0.015


def test_what_is_measured_is_what_is_there_within_its_errors():
    design = design_of("ideal") | {"spread": {"slope": 0.2, "offset": 0.3, "seed": 1}}
    machine = Machine(FULL_ADDER, design, rng=1, beta=0.7)
    drive = make_drive(5, machine.design, None, 0.0)
    found = hardware.calibrate(machine, updates=20_000, rng=2)
    fit = found.before
    slopes = (fit.slope - drive.slope) / fit.slope_error
    offsets = (fit.offset - drive.offset) / fit.offset_error
    # Ten t-like numbers: 6 errors are passed by chance less than once in a million.
    assert max(np.abs(slopes).max(), np.abs(offsets).max()) < 6
    assert fit.slope_error.max() < 0.02
    assert np.abs(found.after.slope - 1).max() < 6 * found.after.slope_error.max()
    assert np.abs(found.after.offset).max() < 6 * found.after.offset_error.max()
    assert "before: slopes off by 0." in str(found)


@pytest.mark.parametrize("kind", ["telegraph", "chromatic", "ideal-delay"])
def test_machines_of_every_kind_can_be_measured(kind):
    design = design_of(kind) | {"spread": {"slope": 0.2, "offset": 0.3, "seed": 1}}
    machine = Machine(FULL_ADDER, design, rng=1)
    drive = make_drive(5, machine.design, None, 0.0)
    found = hardware.calibrate(machine, updates=4000, rng=2)
    np.testing.assert_allclose(found.before.slope, drive.slope, atol=0.12)
    np.testing.assert_allclose(found.before.offset, drive.offset, atol=0.12)
    np.testing.assert_allclose(found.after.slope, 1, atol=0.12)


def test_corrections_keep_to_the_format_and_say_what_it_costs():
    design = design_of("ideal") | {
        "spread": SPREAD | {"seed": 1},
        "limits": {"bits": "s[1][3]"},
    }
    machine = Machine(FULL_ADDER, design, rng=1)
    found = hardware.calibrate(machine, updates=5000, rng=2)
    for values in found.programmed:
        np.testing.assert_array_equal(found.format.round(values), values)
    assert found.saturated > 0  # weights of 2 over slopes below 1
    better = Machine(FULL_ADDER, design, rng=1, programmed=found.programmed)
    fine = hardware.calibrate(
        Machine(FULL_ADDER, design | {"limits": {"bits": "s[2][9]"}}, 1)
    )
    finer = Machine(FULL_ADDER, design, rng=1, programmed=fine.programmed)
    assert lost(finer) < lost(better)
    assert fine.saturated == 0


def test_stuck_pbits_are_found_and_left_alone():
    design = design_of("ideal") | {"faults": {"stuck_up": [2]}}
    found = hardware.calibrate(Machine(FULL_ADDER, design, rng=1), updates=1000, rng=2)
    assert found.deaf.tolist() == [2]
    rows = np.repeat(np.arange(5), np.diff(FULL_ADDER.weights.indptr))
    np.testing.assert_array_equal(
        found.weights[rows == 2], FULL_ADDER.weights.data[rows == 2]
    )
    assert found.biases[2] == FULL_ADDER.h[2]


def test_one_body_can_be_run_with_several_seeds():
    design = design_of("ideal") | {"spread": SPREAD, "faults": {"stuck_up": 0.3}}
    one, two = (Machine(FULL_ADDER, design, rng=k, body=7) for k in (1, 2))
    for name in ("slope", "offset"):
        first, second = (getattr(m._engine.wiring.drive, name) for m in (one, two))
        np.testing.assert_array_equal(first, second)
    assert one._stuck.pbits.tolist() == two._stuck.pbits.tolist()
    logs = [m.run(1e-7, record=True).log for m in (one, two)]
    assert logs[0].times.tolist() != logs[1].times.tolist()


def test_the_fit_of_exact_means_is_exact():
    x = np.linspace(-1.5, 1.5, 5)[:, None] * np.ones(3)
    a, b = np.array([0.3, 1.0, 2.5]), np.array([-0.8, 0.0, 1.0])
    fit = fit_responses(x, np.tanh(a * x + b), np.full(x.shape, 1e-4))
    np.testing.assert_allclose(fit.slope, a, rtol=1e-9)
    np.testing.assert_allclose(fit.offset, b, atol=1e-9)
    assert (fit.slope_error > 0).all()


def test_what_cannot_be_calibrated_says_so():
    machine = Machine(FULL_ADDER, design_of("ideal"), rng=1, beta=0.0)
    with pytest.raises(ValueError, match="beta must be > 0 to calibrate"):
        hardware.calibrate(machine)
    machine.beta = 1.0
    for name, value in (("points", 2), ("updates", 10), ("span", 0.0)):
        with pytest.raises(ValueError, match=f"{name} must be"):
            hardware.calibrate(machine, **{name: value})
    with pytest.raises(ValueError, match="programmed biases must be 5 finite numbers"):
        Machine(
            FULL_ADDER,
            design_of("ideal"),
            programmed=(FULL_ADDER.weights.data, [np.nan]),
        )
