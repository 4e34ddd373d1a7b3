"""Learning with a machine in the loop: averages are the machine's, flaws are learned around."""

import numpy as np
import pytest

import hardware
import pbit
from hardware.learning import OnMachine, machine_draws, rounding
from hardware.machine import Machine
from pbit.errors import DesignError
from pbit.learning import BoltzmannMachine, Drawn, Exact, train, truth_table
from tests.hardware import markov
from tests.hardware.machines import design_of

IDEAL = {"name": "ideal", "device": {"kind": "ideal", "tau_n": "1 ns"}}
SPREAD = IDEAL | {"spread": {"slope": 0.2, "offset": 0.3}}


def full_adder(a, b, carry):
    return (a + b + carry) & 1, (a + b + carry) >> 1


def law(machine, design, body):
    """Exact distribution of a machine of ideal autonomous p-bits, with its own drives."""
    made = Machine(machine.model, design, 0, body=body)
    wiring = made._engine.wiring
    weights = made.circuit.weights.copy()
    weights.data = wiring.data * 1.0
    drive = wiring.drive
    slope = drive.slope if len(drive.slope) else np.ones(machine.n)
    offset = drive.offset if len(drive.offset) else np.zeros(machine.n)
    W = weights.toarray() * slope[:, None]
    return markov.autonomous(W, wiring.h * slope + offset, np.ones(machine.n)).law


def small(rng=1):
    machine = BoltzmannMachine(3, visible=[0, 1])
    machine.randomize(0.5, rng)
    machine.biases[:] = [0.2, -0.1, 0.3]
    return machine


def test_averages_over_a_run_are_those_of_the_states_it_went_through():
    machine = small()
    phase = OnMachine(IDEAL, "0.2 us", warmup="10 ns", body=3)
    phase.start(machine, 7)
    first = phase.arrays()["state"].copy()
    found = phase.moments(machine, None, 5)
    made = Machine(machine.model, IDEAL, 5, initial=first, body=3)
    made.run(1e-8)
    run = made.run(1e-8 + 2e-7)
    pairs, means = np.zeros(3), np.zeros(3)
    for number, share in enumerate(run.occupancy):
        m = np.array([1 if number >> i & 1 else -1 for i in range(3)])
        means += share * m
        pairs += share * np.array([m[i] * m[j] for i, j in machine.edges])
    assert np.allclose(found.means, means, atol=1e-12)
    assert np.allclose(found.correlations, pairs, atol=1e-12)
    assert (phase.arrays()["state"] == made.state).all()  # goes on from there


@pytest.mark.parametrize("clamp", [None, [[1, -1], [1, -1], [-1, -1], [1, 1]]])
def test_averages_of_an_ideal_machine_are_exact_within_their_errors(clamp):
    machine = small()
    rows = None if clamp is None else np.array(clamp, np.int8)
    exact = Exact().moments(machine, rows, None)
    phase = OnMachine(IDEAL, "5 us", body=0)
    runs = [phase.moments(machine, rows, seed) for seed in range(8)]
    for name in ("correlations", "means"):
        values = np.array([getattr(run, name) for run in runs])
        # Eight runs of 5000 updates a p-bit: errors of about 0.01, six of them allowed.
        assert np.abs(values.mean(axis=0) - getattr(exact, name)).max() < 0.06
        assert values.std(axis=0).max() < 0.05


def test_states_drawn_from_a_machine_have_its_averages_with_and_without_clamps():
    machine = small()
    draw = machine_draws(IDEAL, "20 ns", body=0)
    for rows in (None, np.array([[1, -1], [-1, 1]], np.int8)):
        exact = Exact().moments(machine, rows, None)
        found = Drawn(draw, 600, per_row=300).moments(machine, rows, 1)
        # 600 nearly independent draws: six errors of at most 0.04.
        assert np.abs(found.means - exact.means).max() < 0.25
        assert np.abs(found.correlations - exact.correlations).max() < 0.25
    clamp = {0: np.array([1, -1, 1])}
    states = draw(machine.model, clamp, 3, 2)
    assert states[:, 0].tolist() == [1, -1, 1]
    assert (states == draw(machine.model, clamp, 3, 2)).all()


def test_more_p_bits_than_states_can_be_listed_are_read_at_intervals():
    machine = BoltzmannMachine(21)
    machine.biases[:] = np.linspace(-1, 1, 21)
    phase = OnMachine(design_of("ideal"), 2e-5, every=2e-8, body=0)
    found = phase.moments(machine, None, 1)
    # 1000 readings: six errors of at most 0.04.
    assert np.abs(found.means - np.tanh(machine.biases)).max() < 0.2


def test_an_adder_learned_on_a_machine_that_differs_is_better_there():
    rows = truth_table(full_adder)
    target = np.zeros(32)
    target[(rows > 0) @ (1 << np.arange(5))] = 1 / 8

    def learned(negative):
        machine = BoltzmannMachine(5)
        train(
            machine, rows, negative=negative, n_epochs=300, momentum=0.9,
            learning_rate=lambda epoch: 0.1 * (1 - 0.95 * epoch / 300), rng=1,
        )  # fmt: skip
        return machine

    kl = pbit.analysis.kl_divergence
    ideal = learned(Exact())
    own = learned(OnMachine(SPREAD, 2e-6, body=3))
    apart = [kl(target, law(machine, SPREAD, 3)) for machine in (ideal, own)]
    assert kl(target, pbit.exact.probabilities(ideal.model)) < 0.05
    assert apart[1] < 0.1
    assert apart[0] > 2 * apart[1], apart


def test_learning_in_a_format_leaves_weights_that_the_machine_holds():
    hold = rounding("s[1][2]")
    machine = BoltzmannMachine(2)
    data = [[1, 1]] * 3 + [[-1, 1]]
    train(machine, data, n_epochs=40, learning_rate=0.02, project=hold, rng=0)
    assert (machine.weights * 4 == np.rint(machine.weights * 4)).all()
    # Steps of 0.02 add up although none of them is a step of the format.
    assert machine.biases[1] > 0
    design = hardware.load_design("niazi-dbm")
    assert rounding(design)(np.array([0.02]), np.array([99.0]))[0] == 1 / 64
    assert rounding(design)(np.array([0.02]), np.array([99.0]))[1] == 16 - 1 / 64


def test_learning_on_a_machine_stops_and_resumes_with_the_same_bits(tmp_path):
    data = [[1, 1, 1], [1, -1, -1], [-1, -1, -1], [1, 1, 1]]

    def run(n_stop=None, folder=None):
        machine = BoltzmannMachine(3)
        train(
            machine, data, negative=OnMachine(SPREAD, "0.1 us", body=1), n_epochs=6,
            learning_rate=0.1, rng=4, checkpoint=folder,
            callback=lambda _machine, epoch: epoch == n_stop,
        )  # fmt: skip
        return machine.weights

    whole = run()
    with pytest.raises(KeyboardInterrupt):
        _interrupted(lambda: run(folder=tmp_path), tmp_path)
    assert (run(folder=tmp_path) == whole).all()


def _interrupted(work, folder):
    """Run with a machine that is killed at its fourth call."""
    calls = 0
    original = OnMachine.moments

    def moments(self, *arguments, **named):
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return original(self, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OnMachine, "moments", moments)
        work()
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: OnMachine(IDEAL, 0.0), ValueError, "seconds must be positive"),
        (lambda: OnMachine(IDEAL, "1 us", every="2 us"), ValueError, "every must be"),
        (lambda: OnMachine(IDEAL, "1 us", body=None), TypeError, "body must be"),
        (lambda: OnMachine("no-such", "1 us"), DesignError, "no-such"),
        (lambda: OnMachine(IDEAL, "1 m"), ValueError, "unit"),
        (lambda: machine_draws(IDEAL, 0.0), ValueError, "every must be positive"),
        (
            lambda: rounding(hardware.load_design(IDEAL)),
            DesignError,
            "declares no format of weights",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_phase_that_goes_on_belongs_to_one_machine():
    phase = OnMachine(IDEAL, "0.1 us")
    phase.moments(small(), None, 0)
    with pytest.raises(ValueError, match="belongs to one machine"):
        phase.moments(BoltzmannMachine(4), None, 0)


def test_readings_that_fit_into_the_time_are_all_made(monkeypatch):
    counts = []
    monkeypatch.setattr(
        hardware.learning.Sums,
        "add",
        lambda self, states: counts.append(len(states)) or setattr(self, "count", 1),
    )
    machine = BoltzmannMachine(22)
    phase = OnMachine(IDEAL, 0.6e-7, every=0.2e-7, body=1)  # 0.6 / 0.2 < 3 in floats
    phase.moments(machine, None, 0)
    assert counts == [1, 1, 1]
