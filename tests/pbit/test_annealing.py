import itertools
import os
import signal
import threading

import numpy as np
import pytest

import pbit
from pbit import IsingModel, PCircuit, anneal, exact, schedules
from pbit.kernels.numerics import half_logit
from pbit.random import streams
from pbit.samplers.starting import ORDERS, refresh_period, update_order
from tests import oracles
from tests.statistics import assert_law, law_p_value


def integer_model(n, seed):
    rng = np.random.default_rng(seed)
    J = np.triu(rng.integers(-2, 3, (n, n)), 1)
    return IsingModel(J + J.T, rng.integers(-2, 3, n), offset=0.5)


def glass(n, seed):
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(size=(n, n)), 1)
    return IsingModel(J + J.T, rng.normal(size=n), offset=-2.0)


def directed():
    return PCircuit([[0, 2.0, 0], [0, 0, 1.0], [0, 0, 0]], [0.0, 0.0, 3.0])


def triangle():
    return IsingModel({(0, 1): -1.0, (1, 2): -1.0, (0, 2): -1.0})


def slow_trajectory(model, betas, rng, chain, order, held=()):
    source = streams(rng)
    fixed = {i for i, _ in held}
    pbits = [i for i in update_order(model, order).tolist() if i not in fixed]
    return oracles.gibbs(
        model, betas, (source.key0, source.key1), chain, pbits, half_logit,
        held=held, random=order == "random",
    )  # fmt: skip


REAL_KERNELS = [
    ("random", "chain"),
    *itertools.product(("sequential", "chromatic"), ("chain", "lanes", "dense")),
]


@pytest.mark.parametrize(("order", "kernel"), REAL_KERNELS)
def test_the_last_state_is_that_of_the_slow_twin(order, kernel):
    model, betas = integer_model(9, 1), schedules.linear(0.05, 0.6, 30)
    run = anneal(model, betas, 3, 30, rng=4, order=order, keep="last", kernel=kernel)
    assert run.states.shape == (3, 1, 9)
    for chain in range(3):
        slow = slow_trajectory(model, betas, 4, chain, order)
        np.testing.assert_array_equal(run.states[chain, 0], slow[-1])


@pytest.mark.parametrize(("order", "kernel"), REAL_KERNELS)
def test_the_best_state_is_the_first_of_lowest_energy_at_the_end_of_a_sweep(
    order, kernel
):
    model, betas = integer_model(9, 2), schedules.constant(0.15, 40)
    run = anneal(model, betas, 4, 40, {3: -1}, rng=4, order=order, kernel=kernel)
    for chain in range(4):
        slow = slow_trajectory(model, betas, 4, chain, order, held=[(3, -1)])
        energies = [oracles.energy(model, state) for state in slow]
        np.testing.assert_array_equal(run.states[chain, 0], slow[np.argmin(energies)])
        assert run.energies[chain, 0] == min(energies)
    assert run.best[1] == run.energies.min()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("model", [integer_model(12, 3), glass(14, 4)], ids=["±", "R"])
def test_ground_states_of_small_frustrated_models_are_found(model, order):
    states, energy = lowest(model)
    run = anneal(model, None, 32, 200, rng=0, order=order)
    assert run.best[1] == pytest.approx(energy, abs=1e-9)
    assert run.best[0].tolist() in states
    found = [state.tolist() in states for state in run.states[:, 0]]
    assert found == np.isclose(run.energies[:, 0], energy, rtol=0, atol=1e-9).tolist()


def lowest(model):
    """Ground states and their energy, by the slow formula over all states."""
    every = oracles.all_states(model.n)
    energies = np.array([oracles.energy(model, state) for state in every])
    return every[np.isclose(energies, energies.min())].tolist(), energies.min()


def test_ground_states_under_a_clamp_are_found():
    model = integer_model(8, 5)
    every = oracles.all_states(8)
    for clamp in ({0: 1}, {0: -1, 5: 1}):
        run = anneal(model, None, 16, 100, clamp, rng=0)
        agree = np.all([every[:, i] == value for i, value in clamp.items()], axis=0)
        truth = min(oracles.energy(model, state) for state in every[agree])
        assert run.best[1] == pytest.approx(truth)
        assert all((run.column(i) == value).all() for i, value in clamp.items())


def test_each_chain_may_have_a_clamp_of_its_own():
    model = integer_model(8, 5)
    own = [{0: 1}, {0: -1}, {1: 1, 2: 1}, {}] * 2
    run = anneal(model, None, 8, 60, own, rng=0, n_threads=2)
    for chain, clamp in enumerate(own):
        assert all(run.states[chain, 0, i] == value for i, value in clamp.items())
        alone = anneal(model, None, chain + 1, 60, own[: chain + 1], rng=0)
        np.testing.assert_array_equal(run.states[chain], alone.states[chain])


def test_a_slow_anneal_ends_at_the_law_of_its_last_temperature():
    """Held at the end for 40 sweeps, 50,000 chains end as enumeration says."""
    model, end = integer_model(4, 6), 0.4
    betas = np.concatenate([schedules.linear(0, end, 20), [end] * 40])
    run = anneal(model, betas, 50_000, 60, rng=1, keep="last")
    final = ((run.states[:, 0] > 0) << np.arange(4)).sum(axis=1)
    counts = np.bincount(final, minlength=16)
    assert_law(counts, exact.probabilities(model, end))
    assert law_p_value(counts, exact.probabilities(model, 0.9 * end)) < 1e-6


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("order", ORDERS)
def test_energies_are_those_of_the_states(order, keep):
    model = glass(50, 7)
    run = anneal(model, None, 8, 700, rng=2, order=order, keep=keep)
    truth = [[oracles.energy(model, state)] for state in run.states[:, 0]]
    np.testing.assert_allclose(run.energies, truth, rtol=0, atol=1e-9)


def test_the_best_is_at_least_as_low_as_the_last():
    model, betas = glass(30, 8), schedules.constant(0.2, 300)
    best = anneal(model, betas, 16, 300, rng=3)
    last = anneal(model, betas, 16, 300, rng=3, keep="last")
    assert (best.energies <= last.energies + 1e-9).all()
    assert (best.energies < last.energies - 0.5).any()


# Schedules.


def test_no_schedule_is_the_schedule_of_the_model():
    model = glass(10, 1)
    betas = schedules.from_model(model, 50)
    run = anneal(model, None, 4, 50, rng=1)
    assert run.sha256 == anneal(model, betas, 4, 50, rng=1).sha256
    assert run.info["schedule"] == {
        "first": betas[0],
        "last": betas[-1],
        "given": False,
    }


def test_one_number_is_the_same_beta_for_every_sweep():
    model = glass(10, 1)
    run = anneal(model, 0.7, 4, 50, rng=1)
    assert run.sha256 == anneal(model, np.full(50, 0.7), 4, 50, rng=1).sha256
    assert run.info["schedule"] == {"first": 0.7, "last": 0.7, "given": True}


def test_every_sweep_has_its_own_beta():
    """Hot sweeps forget; whichever single sweep is cold, the state after it is ordered."""
    model = IsingModel(np.zeros((30, 30)), np.ones(30))
    for cold in (0, 1, 4):
        betas = np.zeros(5)
        betas[cold] = 40.0
        run = anneal(model, betas, 4, 5, rng=0)
        assert (run.energies == -30).all()
        last = anneal(model, betas, 4, 5, rng=0, keep="last")
        assert (last.energies == -30).all() == (cold == 4)


# The same bits, whatever runs beside.


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("clamped", [False, True])
def test_one_seed_makes_the_same_bits_on_any_number_of_threads_and_chains(
    order, keep, clamped
):
    model = glass(21, 9)

    def run(n_chains, n_threads):
        own = [{chain % 3: 1} for chain in range(n_chains)] if clamped else None
        return anneal(
            model,
            None,
            n_chains,
            60,
            own,
            5,
            order=order,
            keep=keep,
            n_threads=n_threads,
        )

    alone, few = run(64, 1), run(8, 2)
    assert alone.sha256 == run(64, 2).sha256 == run(64, 7).sha256
    assert few.sha256 == run(8, 1).sha256
    np.testing.assert_array_equal(few.states, alone.states[:8])
    np.testing.assert_array_equal(few.energies, alone.energies[:8])


@pytest.mark.parametrize("period", [1, 13, 10_000])
def test_when_fields_are_renewed_changes_nothing_where_sums_are_exact(
    monkeypatch, period
):
    model = integer_model(15, 3)
    usual = anneal(model, None, 5, 300, rng=3)
    monkeypatch.setattr("pbit.samplers.chains.refresh_period", lambda n: period)
    assert anneal(model, None, 5, 300, rng=3).sha256 == usual.sha256


def test_a_run_starts_from_given_states():
    model, start = glass(6, 3), np.array([1, -1, 1, 1, -1, 1], np.int8)
    still = anneal(model, 0.0, 2, 1, dict(enumerate(start.tolist())), initial=-start)
    assert (still.states == start).all()
    frozen = anneal(
        IsingModel(np.zeros((6, 6)), start * 40.0), 1.0, 2, 3, initial=start
    )
    assert (frozen.states == start).all()


# Directed circuits.


def test_directed_circuits_have_a_last_state_and_no_best_one():
    run = anneal(directed(), 10.0, 4, 5, rng=0, keep="last")
    assert (run.states == 1).all()
    assert run.energies is None
    with pytest.raises(
        ValueError, match='keep must be "last" for a circuit of directed weights'
    ):
        anneal(directed(), 10.0, 4, 5, rng=0)


# Progress, interrupts, limits.


def test_progress_is_told_and_ends_at_the_total():
    calls, n_sweeps = [], refresh_period(3) * 2 + 11
    anneal(triangle(), None, 4, n_sweeps, rng=0, progress=lambda *c: calls.append(c))
    block = refresh_period(3)
    assert calls == [(block, n_sweeps), (2 * block, n_sweeps), (n_sweeps, n_sweeps)]


def test_an_interrupt_keeps_what_there_is():
    model, block = glass(12, 2), refresh_period(12)
    betas = schedules.linear(0.01, 1.0, 4 * block)

    def interrupt(done, total):
        if done == 2 * block:
            raise KeyboardInterrupt

    for keep in ("best", "last"):
        part = anneal(model, betas, 6, 4 * block, rng=1, keep=keep, progress=interrupt)
        half = anneal(model, betas[: 2 * block], 6, 2 * block, rng=1, keep=keep)
        assert part.info["stopped"] == "interrupted"
        assert part.info["sweeps_done"] == 2 * block
        assert part.sha256 == half.sha256


def test_an_interrupt_from_outside_keeps_states_and_their_energies():
    model, timers = glass(200, 2), []

    def start(done, total):
        if not timers:
            timers.append(threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)))
            timers[0].start()

    for keep in ("best", "last"):
        timers.clear()
        part = anneal(model, None, 8, 10**6, rng=1, keep=keep, progress=start)
        assert part.info["stopped"] == "interrupted"
        assert part.info["sweeps_done"] < 10**6
        np.testing.assert_allclose(part.energies, model.energy(part.states), atol=1e-9)


def test_an_interrupt_before_the_first_sweep_ends_leaves_states_to_see():
    def interrupt(done, total):
        raise KeyboardInterrupt

    part = anneal(triangle(), None, 4, 10**5, rng=1, progress=interrupt)
    assert part.info["stopped"] == "interrupted"
    assert np.isin(part.states, (-1, 1)).all()


def test_a_time_limit_keeps_what_there_is():
    model, block = glass(12, 2), refresh_period(12)
    betas = schedules.linear(0.01, 1.0, 3 * block)
    part = anneal(model, betas, 6, 3 * block, rng=1, time_limit=0)
    assert part.info["stopped"] == "time limit"
    assert part.info["sweeps_done"] == block
    assert part.sha256 == anneal(model, betas[:block], 6, block, rng=1).sha256
    whole = anneal(model, betas, 6, 3 * block, rng=1, time_limit=1000)
    assert whole.info["stopped"] is None


def test_info_says_how_the_run_was_made():
    run = anneal(triangle(), 0.5, 2, 9, rng=3, order="chromatic", keep="last")
    assert run.info == {
        "version": pbit.__version__,
        "rng": {"entropy": 3, "spawn_key": []},
        "n": 3,
        "sweeps_done": 9,
        "stopped": None,
        "law": "planes",
        "sampler": "anneal",
        "n_sweeps": 9,
        "order": "chromatic",
        "keep": "last",
        "rule": "gibbs",
        "greedy": False,
        "schedule": {"first": 0.5, "last": 0.5, "given": True},
    }


def test_a_model_without_p_bits_can_be_annealed():
    run = anneal(IsingModel(np.zeros((0, 0)), offset=2.0), None, 3, 4, rng=0)
    assert run.states.shape == (3, 1, 0)
    assert (run.energies == 2.0).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_chains": 0}, ValueError, "n_chains must be at least 1, not 0"),
        ({"n_sweeps": 0}, ValueError, "n_sweeps must be at least 1, not 0"),
        ({"n_sweeps": 1.5}, TypeError, "n_sweeps must be a whole number, not 1.5"),
        (
            {"schedule": [1, 2]},
            ValueError,
            "schedule must be a number or of shape (3,)",
        ),
        ({"schedule": [1, 2, -1]}, ValueError, "schedule must be >= 0: schedule[2] ="),
        (
            {"schedule": [1, np.inf, 1]},
            ValueError,
            "schedule must be finite: schedule[1]",
        ),
        ({"schedule": "hot"}, TypeError, "schedule must be a number or an array of"),
        (
            {"keep": "all"},
            ValueError,
            "keep must be one of 'best', 'last', not 'all'",
        ),
        ({"order": "any"}, ValueError, "order must be one of 'sequential', 'random', "),
        ({"rng": -1}, ValueError, "rng must be >= 0, not -1"),
        ({"n_threads": -1}, ValueError, "n_threads must be at least 1, not -1"),
        ({"time_limit": -2}, ValueError, "time_limit must be finite and >= 0, not -2"),
        (
            {"progress": 1},
            TypeError,
            "progress must be True, False or a function, not 1",
        ),
        ({"initial": [1]}, ValueError, "initial must have shape (..., 3), not (1,)"),
        ({"clamp": {3: 1}}, KeyError, "no p-bit is called 3: they are numbered 0 to 2"),
        ({"clamp": {0: 3}}, ValueError, "clamp of p-bit 0 must be -1 or +1, not 3"),
    ],
)
def test_bad_arguments_are_refused_with_name_rule_and_value(arguments, error, message):
    with pytest.raises(error) as caught:
        anneal(triangle(), **({"n_chains": 2, "n_sweeps": 3} | arguments))
    assert message in str(caught.value)


@pytest.mark.parametrize("model", [None, np.zeros((2, 2)), "G1.txt"])
def test_what_is_no_circuit_is_refused(model):
    with pytest.raises(
        TypeError, match="model must be an IsingModel, a PCircuit or a Poly"
    ):
        anneal(model)
