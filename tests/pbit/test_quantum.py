from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

from pbit import IsingModel, PCircuit, exact, quantum_anneal
from pbit.coloring import color
from pbit.kernels import trotter, trotter_lanes
from pbit.kernels.numerics import half_logit
from pbit.random import streams
from pbit.samplers.quantum import Rings
from tests import oracles
from tests.pbit.mutants import plain
from tests.pbit.sampler_cases import counts, mixed
from tests.pbit.scripted import rebuilt
from tests.statistics import FALSE_ALARM, assert_law, law_p_value, law_power

PUBLISHED = (
    Path(__file__).parents[3] / "shared" / "data" / "published" / "spin_glass_3d"
)


def ring_model(model, n_replicas, beta, pull):
    """The ring as one Ising model at beta 1: replica k's p-bit i is number k n + i."""
    n, J = model.n, model.J.toarray()
    whole = np.kron(np.eye(n_replicas), beta * J)
    for k in range(n_replicas):
        for i in range(n):
            a, b = k * n + i, (k + 1) % n_replicas * n + i
            whole[a, b] += pull
            whole[b, a] += pull
    return IsingModel(whole, np.tile(beta * model.h, n_replicas))


def slow_ring(model, n_replicas, beta, pulls, rng, chain, classes):
    """One ring from the words of its seed, update by update."""
    source = streams(rng)
    key = (source.key0, source.key1)
    turn = [*range(0, n_replicas, 2), *range(1, n_replicas, 2)]
    units = [chain * n_replicas + turn.index(k) for k in range(n_replicas)]
    first = chain * n_replicas
    m = np.array(
        [oracles.initial_state(key, 0, first + k, model.n) for k in range(n_replicas)]
    )
    J, n_classes = model.J.toarray(), max(classes) + 1
    members = [[i for i in range(model.n) if classes[i] == q] for q in range(n_classes)]
    blocks = [(len(part) + 3) // 4 for part in members]
    for sweep, pull in enumerate(pulls):
        for phase in range(n_classes):
            for k in turn:
                q = (phase + k % 2) % n_classes
                for place, i in enumerate(members[q]):
                    b = sum(blocks[:q]) + place % blocks[q]
                    words = oracles.philox4x32((b, sweep, units[k], 14 << 24), key)
                    u = (words[place // blocks[q]] + 0.5) / 2**32
                    around = m[k - 1, i] + m[(k + 1) % n_replicas, i]
                    heard = beta * (J[i] @ m[k] + model.h[i]) + pull * around
                    m[k, i] = 1 if heard > half_logit(u) else -1
    return m


def integers(n, seed):
    rng = np.random.default_rng(seed)
    J = np.triu(rng.integers(-2, 3, (n, n)), 1)
    return IsingModel(J + J.T, rng.integers(-2, 3, n))


@pytest.mark.parametrize("order", ["sequential", "chromatic"])
def test_rings_move_as_the_slow_twin_does(order):
    model, gammas = integers(6, 1), np.linspace(2.0, 0.1, 12)
    run = quantum_anneal(
        model, 5, 3, 12, rng=3, beta=0.3, gammas=gammas, order=order, keep="replicas"
    )
    classes = color(model).colors.tolist() if order == "chromatic" else [0] * 6
    pulls = -np.log(np.tanh(0.3 * gammas))
    for chain in range(3):
        slow = slow_ring(model, 5, 0.3, pulls, 3, chain, classes)
        np.testing.assert_array_equal(run.states[chain], slow)


@pytest.mark.parametrize("order", ["sequential", "chromatic"])
def test_a_ring_has_the_law_of_enumeration(order):
    """3 p-bits, 4 replicas: 12 in all. Each replica 10 % hotter is sure to be caught."""
    model, beta, gamma = mixed(3, 1, scale=1.5), 0.5, 1.1
    pull = -0.5 * np.log(np.tanh(beta * gamma))
    n_chains = 50_000
    law = exact.probabilities(ring_model(model, 4, beta, pull))
    wrong = exact.probabilities(ring_model(model, 4, 0.8 * beta, pull))
    assert law_power(n_chains, law, wrong) > 0.999
    run = quantum_anneal(model, 4, n_chains, 50, rng=1, beta=beta, gammas=gamma, strength=0.5,
                         order=order, keep="replicas")  # fmt: skip
    states = run.states.reshape(n_chains, 1, 12)
    assert_law(counts(states, 12), law)
    assert law_p_value(counts(states, 12), wrong) < FALSE_ALARM
    twice = exact.probabilities(ring_model(model, 4, beta, 2 * pull))
    assert law_p_value(counts(states, 12), twice) < FALSE_ALARM


SWEEP_FAULTS = [
    ("below[i] + above[i]", "2 * below[i]"),
    ("pull * (below[i] + above[i])", "0.5 * pull * (below[i] + above[i])"),
    ("beta * fields[i] +", "2.0 * beta * fields[i] +"),
    ("step * data[e]", "0.5 * step * data[e]"),
    ("heard > ", "-heard > "),
]


@pytest.mark.parametrize("fault", SWEEP_FAULTS)
def test_broken_rings_leave_the_slow_twin(fault):
    model, pulls = integers(5, 2), np.linspace(0.2, 1.0, 10)

    def final(sweep):
        job = Rings(model, streams(1), 4, 1, "sequential", None, None, 1)
        run = rebuilt(trotter, "run_rings", sweep_replica=sweep)
        weights = model.weights
        run((weights.indptr, weights.indices, weights.data), model.h, job.states,
            np.arange(5, dtype=np.int32), np.array([0, 5], np.int32), 0.3, pulls, 0, 16, 0,
            streams(1).key0, streams(1).key1, 14)  # fmt: skip
        return job.states[0]

    slow = slow_ring(model, 4, 0.3, pulls, 1, 0, [0] * 5)
    np.testing.assert_array_equal(final(plain(trotter.sweep_replica)), slow)
    assert (final(rebuilt(trotter, "sweep_replica", fault)) != slow).any()


def test_with_half_the_strength_it_is_quantum_mechanics():
    """⟨m1 m2⟩ of two p-bits in a transverse field, against the density matrix."""
    J, h, gamma, beta, slices = 1.0, 0.3, 0.8, 1.5, 40
    z, x, one = np.diag([1.0, -1.0]), np.array([[0, 1.0], [1, 0]]), np.eye(2)
    energy = -J * np.kron(z, z) - h * (np.kron(z, one) + np.kron(one, z))
    energy -= gamma * (np.kron(x, one) + np.kron(one, x))
    rho = expm(-beta * energy)
    truth = np.trace(rho @ np.kron(z, z)) / np.trace(rho)
    classical = np.exp(-beta * np.diag(energy))
    assert (
        abs((classical * np.diag(np.kron(z, z))).sum() / classical.sum() - truth) > 0.1
    )
    model = IsingModel({(0, 1): J}, [h, h])
    run = quantum_anneal(model, slices, 2_000, 400, rng=1, beta=beta / slices, gammas=gamma,
                         strength=0.5, keep="replicas")  # fmt: skip
    means = (run.states[..., 0] * run.states[..., 1]).mean(axis=1)
    error = means.std(ddof=1) / np.sqrt(means.size)
    assert error < 0.02
    # The formula itself is off by order (beta / slices)^2, here 0.002.
    assert means.mean() == pytest.approx(truth, abs=5 * error + 0.002)


def test_published_energies_are_met():
    """Mean of 10 runs within 5 errors of the published mean of 50 (L = 15, R = 50)."""
    if not PUBLISHED.is_dir():
        pytest.skip(f"{PUBLISHED} is not there")
    edges = np.loadtxt(PUBLISHED / "instances" / "L15_0000.txt", skiprows=1)
    model = IsingModel({(int(i) - 1, int(j) - 1): w for i, j, w in edges})
    rows = np.genfromtxt(PUBLISHED / "dtsqa_per_instance_L15.csv", delimiter=",",
                         names=True)  # fmt: skip
    chosen = rows[(rows["R"] == 50) & (rows["instance"] == 0) & (rows["mcs"] == 50)]
    mean, spread = float(chosen["mean_E"][0]), float(chosen["std_E"][0])
    run = quantum_anneal(model, 50, 10, 50, rng=0)
    assert run.energies.mean() == pytest.approx(
        mean, abs=5 * spread * np.sqrt(1 / 10 + 1 / 50)
    )


def test_the_default_schedule_is_the_published_one_for_weights_of_1():
    model = IsingModel({(0, 1): 1.0, (1, 2): -1.0})
    run = quantum_anneal(model, 4, 2, 10, rng=1)
    gammas = 3.0 * (1 - np.arange(1, 11) / 10) + 1e-5
    given = quantum_anneal(model, 4, 2, 10, rng=1, beta=0.5, gammas=gammas)
    assert run.sha256 == given.sha256
    double = quantum_anneal(IsingModel({(0, 1): 2.0, (1, 2): -2.0}), 4, 2, 10, rng=1)
    np.testing.assert_array_equal(run.states, double.states)


def test_the_best_replica_is_the_lowest_of_all():
    model = mixed(12, 3)
    every = quantum_anneal(model, 7, 5, 20, rng=2, keep="replicas")
    best = quantum_anneal(model, 7, 5, 20, rng=2)
    assert every.states.shape == (5, 7, 12)
    np.testing.assert_array_equal(best.energies[:, 0], every.energies.min(axis=1))
    np.testing.assert_array_equal(best.energies, model.energy(best.states))


def test_a_chain_depends_on_nothing_but_its_number():
    model = mixed(12, 3)
    many = quantum_anneal(model, 6, 5, 30, rng=2, n_threads=2, keep="replicas")
    few = quantum_anneal(model, 6, 2, 30, rng=2, n_threads=1, keep="replicas")
    np.testing.assert_array_equal(many.states[:2], few.states)


@pytest.mark.parametrize("order", ["sequential", "chromatic"])
def test_clamps_hold_in_all_replicas_and_ground_states_are_found(order):
    model = integers(10, 5)
    own = [{0: 1}, {0: -1, 3: 1}, {}]
    run = quantum_anneal(model, 12, 3, 300, own, rng=1, keep="replicas", order=order)
    assert (run.states[0, :, 0] == 1).all()
    assert (run.states[1, :, 0] == -1).all()
    assert (run.states[1, :, 3] == 1).all()
    for chain, clamp in enumerate(own):
        lowest = exact.ground_states(model, clamp=clamp)
        assert run.energies[chain].min() == model.energy(lowest[0])


def test_rings_start_where_they_are_told():
    model = mixed(4, 1)
    up = quantum_anneal(model, 3, 2, 1, rng=1, initial=[1, 1, 1, 1], gammas=1e-12, beta=1e-9,
                        strength=100.0, keep="replicas")  # fmt: skip
    assert (up.states == 1).all()


def test_bad_arguments_are_named():
    model = mixed(4, 0)
    with pytest.raises(ValueError, match="n_replicas must be at least 2, not 1"):
        quantum_anneal(model, 1)
    with pytest.raises(ValueError, match=r"gammas must be > 0: gammas\[1\] = 0.0"):
        quantum_anneal(model, n_sweeps=2, gammas=[1.0, 0.0])
    with pytest.raises(
        ValueError, match=r"gammas must be one number or of shape \(3,\)"
    ):
        quantum_anneal(model, n_sweeps=3, gammas=[1.0, 0.5])
    with pytest.raises(ValueError, match="beta must be positive, not 0"):
        quantum_anneal(model, beta=0)
    with pytest.raises(ValueError, match="initial must have shape"):
        quantum_anneal(model, 4, 2, initial=np.ones((3, 4)))
    with pytest.raises(ValueError, match="keep must be one of 'best', 'replicas'"):
        quantum_anneal(model, keep="all")
    with pytest.raises(TypeError, match="model must be an IsingModel, not"):
        quantum_anneal(PCircuit([[0, 1.0], [0, 0]]))


@pytest.mark.parametrize("n_replicas", [2, 4, 26, 64, 66, 150])
@pytest.mark.parametrize("order", ["sequential", "chromatic"])
def test_lanes_have_the_bits_of_one_replica_after_the_other(n_replicas, order):
    model, pulls = mixed(23, 4, scale=2.0), np.linspace(0.05, 3.0, 40)

    def final(run_rings):
        clamp = [{0: 1}, {3: -1, 7: 1}]
        job = Rings(model, streams(1), n_replicas, 2, order, clamp, None, 1)
        weights = model.weights
        for batch, ends in job._parts:
            run_rings((weights.indptr, weights.indices, weights.data), model.h,
                      job.states[batch.first : batch.stop], batch.free, ends, 0.4, pulls, 5,
                      16, n_replicas * batch.first, 11, 12, 14)  # fmt: skip
        return job.states

    one, many = final(trotter.run_rings), final(trotter_lanes.run_rings)
    np.testing.assert_array_equal(one, many)
