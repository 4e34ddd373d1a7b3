"""Models at the edge of what a model is: empty, single, unconnected, wholly clamped, huge."""

import numpy as np
import pytest

import pbit
from pbit import IsingModel

MODELS = {
    "one p-bit": IsingModel(np.zeros((1, 1)), [0.7]),
    "no couplings": IsingModel(np.zeros((3, 3))),
    "two islands": IsingModel({(0, 1): 1.0, (2, 3): -1.0}),
    "huge weights": IsingModel({(0, 1): 1e300, (1, 2): -1e300}),
    "tiny weights": IsingModel({(0, 1): 1e-300, (1, 2): -1e-300}),
}
RUNS = {
    "sample": lambda m, **o: pbit.sample(m, 1.0, 3, 5, rng=1, **o),
    "anneal": lambda m, **o: pbit.anneal(m, None, 3, 5, rng=1, **o),
    "metropolis": lambda m, **o: pbit.metropolis(m, 1.0, 3, 5, rng=1, **o),
    "swendsen_wang": lambda m, **o: pbit.swendsen_wang(m, 1.0, 3, 5, rng=1, **o),
    "wolff": lambda m, **o: pbit.wolff(m, 1.0, 3, 5, rng=1, **o),
    "temper": lambda m, **o: (
        pbit.temper(m, [0.1, 1.0], n_sweeps=6, rng=1, icm=True, **o).solutions
    ),
    "temper, adaptive": lambda m, **o: pbit.temper(m, n_sweeps=6, rng=1, **o).solutions,
    "population": lambda m, **o: (
        pbit.population_anneal(m, 1.0, 20, 2, rng=1, **o).samples
    ),
    "quantum": lambda m, **o: pbit.quantum_anneal(m, 4, 2, 5, rng=1, **o),
    "quantum, lanes": lambda m, **o: pbit.quantum_anneal(m, 20, 2, 5, rng=1, **o),
    "greedy": lambda m, **o: pbit.greedy(m, np.ones((3, m.n), np.int8), **o),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("run", RUNS)
def test_states_and_energies_belong_together(run, name):
    model = MODELS[name]
    found = RUNS[run](model)
    assert found.n == model.n
    np.testing.assert_array_equal(found.energies, model.energy(found.states))


@pytest.mark.parametrize("run", RUNS)
def test_where_everything_is_clamped_nothing_moves(run):
    model = IsingModel({(0, 1): 1.0, (1, 2): -1.0})
    found = RUNS[run](model, clamp={0: 1, 1: -1, 2: 1})
    assert (found.states == np.array([1, -1, 1])).all()


@pytest.mark.parametrize("run", RUNS)
def test_a_model_without_p_bits_has_one_state(run):
    found = RUNS[run](IsingModel(np.zeros((0, 0)), offset=2.0))
    assert found.n == 0
    assert (found.energies == 2.0).all()


@pytest.mark.parametrize("run", RUNS)
def test_labels_are_kept(run):
    model = IsingModel({("a", "b"): 1.0}, labels=["a", "b"])
    found = RUNS[run](model, clamp={"b": -1})
    assert tuple(found.labels) == ("a", "b")
    assert (found.column("b") == -1).all()


@pytest.mark.parametrize("run", RUNS)
def test_unknown_labels_are_named(run):
    with pytest.raises(KeyError, match="no p-bit is called 'z'"):
        RUNS[run](MODELS["two islands"], clamp={"z": 1})


CHAINS = {
    "sample": lambda first: pbit.sample(
        MODELS["one p-bit"], 1.0, 3, 5, first_chain=first
    ),
    "wolff": lambda first: pbit.wolff(
        MODELS["one p-bit"], 1.0, 3, 5, first_chain=first
    ),
    "temper": lambda first: pbit.temper(
        MODELS["one p-bit"], [0.1, 1.0], n_ladders=3, first_ladder=first
    ),
}


@pytest.mark.parametrize("run", CHAINS)
def test_numbers_of_chains_beyond_those_of_a_seed_are_refused(run):
    """Draws are addressed by words of 32 bits: beyond, chains would share some."""
    message = "first_chain . n_chains must be at most 4294967296"
    with pytest.raises(ValueError, match=message):
        CHAINS[run](2**32 - 2)
    with pytest.raises(ValueError, match=message):
        CHAINS[run](2**70)


@pytest.mark.parametrize("kernel", ["chain", "lanes", "dense", "planes", "bitsliced"])
@pytest.mark.parametrize("name", ["one p-bit", "no couplings", "huge weights"])
def test_every_kernel_takes_any_number_of_chains_hot_and_cold(name, kernel):
    model = MODELS[name]
    few = pbit.sample(model, 0.0, 3, 4, rng=1, kernel=kernel, n_threads=1)
    many = pbit.sample(model, 0.0, 65, 4, rng=1, kernel=kernel, n_threads=2)
    np.testing.assert_array_equal(many.states[:3], few.states)
    cold = pbit.sample(model, 1e308, 3, 4, rng=1, kernel=kernel)
    np.testing.assert_array_equal(cold.energies, model.energy(cold.states))


def test_a_ladder_of_one_temperature_has_no_round_trips():
    run = pbit.temper(MODELS["two islands"], [1.0], n_sweeps=9, rng=1)
    assert run.round_trips.tolist() == [0]


def test_an_adaptive_ladder_does_not_depend_on_how_many_ladders_there_are():
    model, clamp = MODELS["two islands"], {0: 1}
    one, two = (
        pbit.temper(model, None, None, k, 6, clamp=clamp, rng=1) for k in (1, 2)
    )
    np.testing.assert_array_equal(one.betas, two.betas)
    np.testing.assert_array_equal(one.best[0], two.solutions.states[0, 0])
    each = pbit.temper(model, None, None, 1, 6, clamp={0: [1]}, rng=1)
    assert (each.samples[0].column(0) == 1).all()


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda m: pbit.temper(m, [0.1, 1.0], clamp=3), TypeError,
         "clamp must be a dictionary or a list of dictionaries, not 3"),
        (lambda m: pbit.metropolis(m, [1.0, 2.0]), ValueError, "beta must be a number or"),
        (lambda m: pbit.wolff(m, -1.0), ValueError, r"beta must be >= 0: beta\[0\] = -1"),
        (lambda m: pbit.population_anneal(m, overlap="x"), TypeError,
         "overlap must be a number, not 'x'"),
        (lambda m: pbit.quantum_anneal(m, 4, beta=1e-200, gammas=1e-200), ValueError,
         r"beta \* gammas must not vanish: gammas\[0\] = 1e-200"),
        (lambda m: pbit.quantum_anneal(m, 4, strength=1e308), ValueError,
         "strength times the logarithm must be finite"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_with_name_rule_and_value(run, error, message):
    with pytest.raises(error, match=message):
        run(MODELS["two islands"])
