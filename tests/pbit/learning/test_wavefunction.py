"""Wave functions: sums against matrices, samples against sums, and the critical chain."""

import math
from functools import reduce

import numpy as np
import pytest

import pbit
from pbit.errors import CapacityError
from pbit.learning import transverse, variational, wavefunction
from pbit.learning.transverse import TransverseIsing, all_states
from pbit.learning.wavefunction import RBMWaveFunction

SPIN_X = np.array([[0.0, 1.0], [1.0, 0.0]])


def glass(n=4, gamma=0.7):
    draws = np.random.default_rng(5)
    J = np.triu(draws.normal(size=(n, n)), 1)
    return TransverseIsing(pbit.IsingModel(J + J.T, draws.normal(size=n), 0.3), gamma)


def wave(n=4, n_hidden=3):
    return RBMWaveFunction(n, n_hidden, scale=0.4, rng=2)


def dense(hamiltonian):
    """H from products of two-by-two matrices; p-bit 0 is the last factor."""
    n = hamiltonian.n
    H = np.diag(hamiltonian.model.energy(all_states(n)))
    for i in range(n):
        factors = [SPIN_X if k == i else np.eye(2) for k in reversed(range(n))]
        H -= hamiltonian.gamma * reduce(np.kron, factors)
    return H


def test_the_matrix_is_the_sum_of_products_of_spins():
    assert np.allclose(glass().matrix().toarray(), dense(glass()))


@pytest.mark.parametrize("gamma", [0.0, 0.7])
@pytest.mark.parametrize("n", [2, 4])
def test_the_ground_energy_is_the_lowest_eigenvalue(n, gamma):
    hamiltonian = glass(n, gamma)
    lowest = np.linalg.eigvalsh(dense(hamiltonian))[0]
    assert hamiltonian.ground_energy() == pytest.approx(lowest, abs=1e-10)


@pytest.mark.parametrize("n", [3, 6, 10])
def test_the_critical_ring_has_the_energy_of_free_fermions(n):
    exact = TransverseIsing.chain(n).ground_energy()
    assert exact == pytest.approx(transverse.critical_chain_energy(n), abs=1e-9)


def test_psi_is_what_the_formula_says():
    psi = wave()
    for s in all_states(4):
        product = math.exp(float(psi.a @ s))
        for j in range(3):
            product *= 2 * math.cosh(psi.b[j] + float(psi.W[:, j] @ s))
        assert psi.log_psi(s[None])[0] == pytest.approx(math.log(product))


def test_ratios_are_those_of_flipped_states():
    psi, states = wave(), all_states(4)
    for i in range(4):
        flipped = states.copy()
        flipped[:, i] *= -1
        slow = psi.log_psi(flipped) - psi.log_psi(states)
        assert np.allclose(psi.log_ratios(states)[:, i], slow)


def test_derivatives_are_differences():
    psi, states, step = wave(), all_states(4), 1e-6
    start = psi.parameters
    found = psi.derivatives(states)
    for k in range(len(start)):
        change = np.zeros_like(start)
        change[k] = step
        psi.parameters = start + change
        up = psi.log_psi(states)
        psi.parameters = start - change
        slope = (up - psi.log_psi(states)) / (2 * step)
        assert np.allclose(found[:, k], slope, atol=1e-8)


def test_the_energy_is_that_of_the_state_vector():
    hamiltonian, psi = glass(), wave()
    vector = np.exp(psi.log_psi(all_states(4)))
    H = dense(hamiltonian)
    norm = vector @ vector
    mean = vector @ H @ vector / norm
    found = variational.variational_energy(hamiltonian, psi)
    assert found.value == pytest.approx(mean)
    assert found.variance == pytest.approx(vector @ H @ H @ vector / norm - mean**2)
    assert found.error == 0.0


def test_the_machine_draws_from_the_square_of_psi():
    psi = wave(3, 2)
    machine = psi.machine()
    table = pbit.exact.probabilities(machine.model)
    sites = table.reshape(2**4, 2**3).sum(axis=0)  # the hidden p-bits are the high bits
    assert np.allclose(sites, psi.probabilities())


def test_a_step_goes_where_the_covariances_say():
    hamiltonian, psi, eps = glass(), wave(), 1e-2
    states, weights = all_states(4), psi.probabilities()
    slopes, local = psi.derivatives(states), hamiltonian.local_energies(psi, states)
    size = slopes.shape[1]
    S, f = np.zeros((size, size)), np.zeros(size)
    mean, middle = weights @ slopes, weights @ local
    for w, o, e in zip(weights, slopes, local, strict=True):
        S += w * np.outer(o - mean, o - mean)
        f += w * (o - mean) * (e - middle)
    start = psi.parameters
    variational.find_ground(
        hamiltonian, psi, 1, n_samples=None, learning_rate=0.2, shift=eps
    )
    expected = -0.2 * np.linalg.solve(S + eps * np.eye(size), f)
    assert np.allclose(psi.parameters - start, expected, atol=1e-9)


def test_a_sampled_energy_agrees_with_the_sum_within_its_error():
    # 4000 independent chains; false alarm 1e-6.
    hamiltonian, psi = glass(), wave()
    machine = psi.machine()
    states = machine.sample(4000, rng=3, n_sweeps=60)[:, :4]
    exact, found = (
        variational.variational_energy(hamiltonian, psi, s) for s in (None, states)
    )
    assert found.error < 0.05
    assert abs(found.value - exact.value) < 4.9 * found.error


@pytest.mark.parametrize("n_samples", [None, 500])
def test_the_critical_chain_of_ten_sites_is_solved_to_a_thousandth(n_samples):
    chain = TransverseIsing.chain(10)
    psi = RBMWaveFunction(10, 10, rng=1)
    descent = variational.find_ground(chain, psi, 100, n_samples=n_samples, rng=1)
    exact = chain.ground_energy()
    found = variational.variational_energy(chain, psi).value
    assert exact <= found < exact * (1 - 1e-3)
    assert descent.energies[0].value > 0.9 * exact
    assert len(descent.energies) == 100


def test_a_descent_repeats_and_tells_its_steps():
    def run(seed):
        psi, told = wave(), []
        variational.find_ground(
            glass(), psi, 3, n_samples=20, rng=seed, callback=lambda *a: told.append(a)
        )
        return psi.parameters.tolist(), told

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert [step for step, _ in run(1)[1]] == [1, 2, 3]


def test_states_may_come_from_anything_that_draws():
    asked = []

    def draw(model, clamp, n, rng):
        asked.append((model.n, clamp, n))
        return pbit.sample(model, n_chains=n, n_sweeps=1, rng=rng).states[:, 0]

    variational.find_ground(glass(), wave(), 2, n_samples=10, draw=draw, rng=1)
    assert asked == [(4 + 2 * 3, None, 10)] * 2
    with pytest.raises(ValueError, match=r"drawn states must have shape \(10, 10\)"):
        variational.find_ground(
            glass(), wave(), 1, n_samples=10, draw=lambda *_: np.ones((3, 10))
        )


def test_wave_functions_are_saved_and_loaded(tmp_path):
    path = tmp_path / "psi.npz"
    psi = wave()
    psi.save(path)
    loaded = RBMWaveFunction.load(path)
    assert (loaded.parameters == psi.parameters).all()
    assert repr(loaded) == "RBMWaveFunction(n=4, n_hidden=3)"
    arrays = {"a": psi.a, "b": psi.a, "W": psi.W}
    pbit.io.write_npz(path, arrays, {"kind": wavefunction.KIND})
    with pytest.raises(ValueError, match=r"psi.npz: a, b and W do not fit"):
        RBMWaveFunction.load(path)


def test_bad_arguments_are_refused():
    psi = wave()
    with pytest.raises(ValueError, match=r"parameters must have shape \(19,\)"):
        psi.parameters = np.zeros(3)
    with pytest.raises(ValueError, match=r"parameters must be finite: parameters\[0\]"):
        psi.parameters = np.full(19, np.nan)
    with pytest.raises(ValueError, match="psi must have 5 sites, as the model, not 4"):
        variational.variational_energy(TransverseIsing.chain(5), psi)
    with pytest.raises(CapacityError, match="exact sums need at most 16 sites, not 17"):
        RBMWaveFunction(17, 1).probabilities()
    with pytest.raises(ValueError, match="n must be at least 3, not 2"):
        TransverseIsing.chain(2)
    with pytest.raises(TypeError, match="model must be an IsingModel, not 3"):
        TransverseIsing(3, 1.0)
    with pytest.raises(ValueError, match="n_samples must be at least 2, not 1"):
        variational.find_ground(glass(), psi, n_samples=1)
