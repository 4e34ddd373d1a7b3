import numpy as np
import pytest

import pbit
from pbit import IsingModel, PCircuit, PolynomialModel, greedy
from pbit.samplers.greedy import descend
from tests import oracles
from tests.pbit.sampler_cases import mixed


def slow_descent(model, state, steepest, held=()):
    """Flip by flip, energies by the formula."""
    m = state.copy()
    J = model.J.toarray()
    while True:
        support = m * (J @ m + model.h)
        support[list(held)] = np.inf
        if (support >= 0).all():
            return m
        if steepest:
            m[support.argmin()] *= -1
            continue
        for i in range(model.n):
            if i not in held and m[i] * (J[i] @ m + model.h[i]) < 0:
                m[i] *= -1


@pytest.mark.parametrize("method", ["sequential", "steepest"])
def test_states_are_those_of_the_slow_twin(method):
    model = mixed(15, 1)
    starts = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (30, 15))
    found = descend(model, starts, method=method)
    for start, end in zip(starts, found, strict=True):
        slow = slow_descent(model, start, method == "steepest")
        np.testing.assert_array_equal(end, slow)


@pytest.mark.parametrize("method", ["sequential", "steepest"])
def test_no_single_flip_improves_the_end_and_it_is_never_worse(method):
    model = mixed(60, 2)
    starts = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (4, 5, 60))
    found = greedy(model, starts, method=method)
    assert found.states.shape == (4, 5, 60)
    assert (found.states * model.fields(found.states) >= -1e-9).all()
    assert (found.energies < model.energy(starts)).all()
    again = descend(model, found.states, method=method)
    np.testing.assert_array_equal(again, found.states)


def test_ties_do_not_flip():
    model = IsingModel({(0, 1): 1.0, (1, 2): 1.0})
    assert descend(model, [1, 1, -1]).tolist() == [1, 1, 1]
    assert descend(model, [1, -1, -1]).tolist() == [-1, -1, -1]
    free = IsingModel(np.zeros((3, 3)))
    assert descend(free, [1, -1, 1]).tolist() == [1, -1, 1]


@pytest.mark.parametrize("method", ["sequential", "steepest"])
def test_clamped_p_bits_stay(method):
    model = mixed(12, 3)
    starts = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (2, 12))
    own = [{0: 1, 5: -1}, {3: 1}]
    found = descend(model, starts, method=method, clamp=own)
    for start, end, clamp in zip(starts, found, own, strict=True):
        begun = start.copy()
        begun[list(clamp)] = list(clamp.values())
        slow = slow_descent(model, begun, method == "steepest", tuple(clamp))
        np.testing.assert_array_equal(end, slow)


def test_one_state_is_one_sample_and_inputs_are_left_alone():
    model, start = mixed(8, 1), np.ones(8, np.int8)
    found = greedy(model, start)
    assert found.states.shape == (1, 1, 8)
    assert (start == 1).all()
    assert found.energies[0, 0] == pytest.approx(
        oracles.energy(model, found.states[0, 0])
    )


def test_threads_change_nothing():
    model = mixed(40, 4)
    starts = np.random.default_rng(2).choice(np.array([-1, 1], np.int8), (9, 40))
    one = descend(model, starts, n_threads=1)
    np.testing.assert_array_equal(one, descend(model, starts, n_threads=3))


def test_bad_arguments_are_named():
    model = mixed(4, 0)
    with pytest.raises(
        ValueError, match="method must be one of 'sequential', 'steepest'"
    ):
        descend(model, [1, 1, 1, 1], method="best")
    with pytest.raises(ValueError, match=r"states must have shape \(..., 4\)"):
        descend(model, [1, 1, 1])
    with pytest.raises(ValueError, match="states must have one to three axes"):
        descend(model, np.ones((1, 1, 1, 4)))
    with pytest.raises(
        TypeError, match="model must be an IsingModel or a PolynomialModel"
    ):
        descend(PCircuit([[0, 1.0], [0, 0]]), [1, 1])
    assert "greedy" in dir(pbit)


@pytest.mark.parametrize("method", ["sequential", "steepest"])
def test_terms_of_any_order_go_downhill_as_the_slow_twin_does(method):
    rng = np.random.default_rng(3)
    terms = {tuple(rng.choice(10, k, replace=False).tolist()): float(rng.normal())
             for k in (1, 2, 2, 3, 3, 3, 4, 4) for _ in range(4)}  # fmt: skip
    terms = {tuple(sorted(term)): weight for term, weight in terms.items()}
    model = PolynomialModel(terms)
    starts = rng.choice(np.array([-1, 1], np.int8), (20, 10))
    found = greedy(model, starts, method=method)

    def flipped(state, i):
        other = state.copy()
        other[i] = -other[i]
        return other

    for start, end in zip(starts, found.states[:, 0], strict=True):
        m, moved = start.copy(), True
        while moved:
            moved = False
            if method == "steepest":
                gains = [
                    model.energy(m) - model.energy(flipped(m, i)) for i in range(10)
                ]
                moved = max(gains) > 1e-9
                m = flipped(m, int(np.argmax(gains))) if moved else m
                continue
            for i in range(10):
                if model.energy(flipped(m, i)) < model.energy(m) - 1e-9:
                    m, moved = flipped(m, i), True
        np.testing.assert_array_equal(end, m)


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("whole", [False, True])
def test_annealing_ends_with_the_descent_of_its_states(keep, whole):
    model = mixed(14, 7)
    if whole:  # the law of draws for whole numbers
        model = IsingModel(np.sign(model.J.toarray()), np.sign(model.h), 0.25)
    settings = {"n_sweeps": 3, "clamp": {2: -1}, "rng": 5, "keep": keep}
    annealed = pbit.anneal(model, 0.2, 20, **settings)
    finished = pbit.anneal(model, 0.2, 20, **settings, greedy=True, n_threads=2)
    ends = [slow_descent(model, m, False, (2,)) for m in annealed.states[:, 0]]
    np.testing.assert_array_equal(finished.states[:, 0], ends)
    np.testing.assert_array_equal(finished.energies, model.energy(finished.states))
    assert (finished.energies < annealed.energies).any()
    assert (finished.info["greedy"], annealed.info["greedy"]) == (True, False)


def test_annealing_takes_greedy_by_its_name_and_type():
    pair = IsingModel({(0, 1): 1.0})
    with pytest.raises(TypeError, match="greedy must be True or False, not 'steepest'"):
        pbit.anneal(pair, greedy="steepest")
    directed = PCircuit([[0, 2.0], [0, 0]])
    with pytest.raises(TypeError, match="model must be an IsingModel or a Polyn"):
        pbit.anneal(directed, keep="last", greedy=True)
