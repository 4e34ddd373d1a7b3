import numpy as np
import pytest

from pbit import IsingModel, PCircuit, exact, metropolis
from pbit.kernels import metropolis as kernels
from tests import oracles
from tests.pbit.sampler_cases import counts, mixed
from tests.pbit.scripted import drift, imbalance, rebuilt, share_below
from tests.statistics import FALSE_ALARM, assert_law, law_p_value, law_power


def triple(matrix):
    return matrix.indptr, matrix.indices, matrix.data


def rule(model, i, beta):
    """The Metropolis matrix of one update of p-bit i, by the formula."""
    matrix = np.zeros((2**model.n, 2**model.n))
    for number, state in enumerate(oracles.all_states(model.n)):
        other = state.copy()
        other[i] = -other[i]
        cost = oracles.energy(model, other) - oracles.energy(model, state)
        accept = min(1.0, float(np.exp(-beta * cost)))
        matrix[number, oracles.number_of(other)] += accept
        matrix[number, number] += 1.0 - accept
    return matrix


def read(model, i, beta, sweep, random=False, barrier=kernels.barrier):
    """The same, read off a kernel: where its decision switches as the draw goes up."""
    matrix = np.zeros((2**model.n, 2**model.n))
    for number, state in enumerate(oracles.all_states(model.n)):
        fields = np.asarray(model.fields(state)).copy()

        def turns(u, state=state, fields=fields):
            m, heard = state.copy(), fields.copy()
            order, limits = np.array([i], np.int32), np.zeros(max(4, model.n))
            limits[0 if random else i] = barrier(u)
            picks = (np.zeros(1, np.int32),) if random else ()
            arrays = (*triple(model.weights), m, heard, beta, order, *picks, limits)
            gain = sweep(*arrays)
            np.testing.assert_allclose(heard, model.fields(m), atol=1e-12)
            rise = oracles.energy(model, m) - oracles.energy(model, state)
            assert gain == pytest.approx(-rise, abs=1e-12)
            return m[i] != state[i]

        chance = share_below(turns)
        matrix[number, number ^ 1 << i] += chance
        matrix[number, number] += 1.0 - chance
    return matrix


@pytest.mark.parametrize("random", [False, True])
@pytest.mark.parametrize("n", [2, 4])
def test_the_kernel_has_the_table_of_the_rule_and_balances_in_detail(n, random):
    model, beta = mixed(n, n, scale=1.5), 0.8
    law = oracles.boltzmann(model, beta)
    sweep = kernels.sweep_random if random else kernels.sweep_ordered
    whole = np.eye(2**n)
    for i in range(n):
        found = read(model, i, beta, sweep, random)
        np.testing.assert_allclose(found, rule(model, i, beta), rtol=0, atol=1e-9)
        assert imbalance(found, law) < 1e-9
        whole = whole @ found
    assert drift(whole, law) < 1e-9


FAULTS = {
    "the factor 2 lost": (
        "beta * m[i] * fields[i] <",
        "0.5 * beta * m[i] * fields[i] <",
    ),
    "beta 1 % off": ("beta * m[i] * fields[i] <", "1.01 * beta * m[i] * fields[i] <"),
    "the cost's sign lost": ("beta * m[i] * fields[i] <", "-beta * m[i] * fields[i] <"),
    "the field for the cost": ("beta * m[i] * fields[i] <", "beta * fields[i] <"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["sweep_ordered", "sweep_random"])
def test_broken_rules_do_not_keep_the_law(name, fault):
    model, beta = mixed(3, 1, scale=1.5), 0.8
    broken = rebuilt(kernels, name, FAULTS[fault])
    found = read(model, 0, beta, broken, name == "sweep_random")
    assert drift(found, oracles.boltzmann(model, beta)) > 1e-5


def test_a_broken_barrier_does_not_keep_the_law():
    model, beta = mixed(3, 1, scale=1.5), 0.8
    for fault in (("-0.5 *", "-"), ("* log(u)", "* log(0.99 * u)")):
        wrong = rebuilt(kernels, "barrier", fault)
        found = read(model, 0, beta, kernels.sweep_ordered, barrier=wrong)
        assert drift(found, oracles.boltzmann(model, beta)) > 1e-5


@pytest.mark.parametrize("order", ["sequential", "random", "chromatic"])
def test_the_law_of_enumeration_at_12(order):
    """200,000 chains: a temperature 5 % off is sure to be caught, and is."""
    model, beta, n_chains = mixed(12, 5), 0.9, 200_000
    law, wrong = (
        exact.probabilities(model, beta),
        exact.probabilities(model, 0.95 * beta),
    )
    assert law_power(n_chains, law, wrong) > 0.999
    found = metropolis(model, beta, n_chains, 1, 60, order, rng=1)
    assert_law(counts(found.states, 12), law)
    other = metropolis(model, 0.95 * beta, n_chains, 1, 60, order, rng=1)
    assert law_p_value(counts(other.states, 12), law) < FALSE_ALARM


def test_clamped_p_bits_stay_and_the_rest_has_the_conditional_law():
    model = mixed(6, 2)
    found = metropolis(model, 0.9, 50_000, 1, 40, "random", {1: -1, 4: 1}, rng=2)
    assert_law(counts(found.states, 6), oracles.boltzmann(model, 0.9, {1: -1, 4: 1}))


def test_without_temperature_it_flips_every_p_bit_in_a_fixed_order():
    model = mixed(5, 3)
    found = metropolis(model, 0.0, 2, 2, 0, rng=0)
    np.testing.assert_array_equal(found.states[:, 0], -found.states[:, 1])


def test_a_schedule_anneals():
    model = mixed(10, 4)
    betas = np.linspace(0.1, 8.0, 200)
    found = metropolis(model, betas, 16, 1, 199, rng=0)
    assert found.best[0].tolist() in exact.ground_states(model).tolist()


def test_what_has_no_energy_cannot_be_sampled():
    with pytest.raises(TypeError, match="model must be an IsingModel, not"):
        metropolis(PCircuit([[0, 1.0], [0, 0]]))
    with pytest.raises(ValueError, match="order must be one of"):
        metropolis(IsingModel({(0, 1): 1.0}), order="typewriter")
    with pytest.raises(ValueError, match="keep_every must be at most n_sweeps = 10"):
        metropolis(IsingModel({(0, 1): 1.0}), n_sweeps=10, keep_every=11)
