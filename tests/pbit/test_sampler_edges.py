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
