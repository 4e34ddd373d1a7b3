import itertools
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbit import CapacityError, IsingModel, PCircuit, exact

GATES = Path(__file__).parents[3] / "shared/data/published/gates/gates.json"


def random_model(n, seed=0, integer=False, **kwargs):
    rng = np.random.default_rng(seed)
    J = rng.integers(-2, 3, (n, n)) if integer else rng.normal(size=(n, n))
    h = rng.integers(-1, 2, n) if integer else rng.normal(size=n)
    return IsingModel(np.triu(J, 1) + np.triu(J, 1).T, h, offset=0.75, **kwargs)


def slow_states(n):
    return [[1 if (k >> i) & 1 else -1 for i in range(n)] for k in range(2**n)]


def slow_energies(model):
    J, h, n = model.J.toarray(), model.h, model.n
    return [
        model.offset
        - sum(J[i, j] * m[i] * m[j] for i, j in itertools.combinations(range(n), 2))
        - sum(h[i] * m[i] for i in range(n))
        for m in slow_states(n)
    ]


def slow_probabilities(model, beta, agrees=lambda _: True):
    weights = [
        math.exp(-beta * energy) if agrees(m) else 0.0
        for m, energy in zip(slow_states(model.n), slow_energies(model), strict=True)
    ]
    return np.array(weights) / math.fsum(weights)


@pytest.fixture
def small_blocks(monkeypatch):
    """Many blocks in a model small enough for Python loops."""
    monkeypatch.setattr("pbit._enumeration._LOW", 3)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 7, 9])
@pytest.mark.usefixtures("small_blocks")
def test_energies_and_probabilities_are_those_of_loops(n):
    model = random_model(n, seed=n)
    np.testing.assert_allclose(exact.energies(model), slow_energies(model), atol=1e-13)
    for beta in (0.0, 0.3, 2.0):
        expected = slow_probabilities(model, beta)
        np.testing.assert_allclose(exact.probabilities(model, beta), expected, 1e-12)
        slow = math.log(math.fsum(math.exp(-beta * e) for e in slow_energies(model)))
        assert exact.log_partition(model, beta) == pytest.approx(slow, rel=1e-13)


def test_energies_agree_with_the_model_over_many_blocks():
    model = random_model(14, seed=3)
    states = ((np.arange(2**14)[:, None] >> np.arange(14)) & 1) * 2 - 1
    np.testing.assert_allclose(
        exact.energies(model), model.energy(states), rtol=0, atol=1e-12
    )


def test_integer_weights_give_exact_energies():
    model = random_model(13, seed=1, integer=True)
    states = ((np.arange(2**13)[:, None] >> np.arange(13)) & 1) * 2 - 1
    np.testing.assert_array_equal(exact.energies(model), model.energy(states))


@pytest.mark.parametrize("n", [1, 2, 3, 6, 8])
@pytest.mark.parametrize("beta", [0.0, 0.7])
@pytest.mark.usefixtures("small_blocks")
def test_moments_are_those_of_loops(n, beta):
    model = random_model(n, seed=n)
    mean, pair = np.zeros(n), np.zeros((n, n))
    probabilities = slow_probabilities(model, beta)
    for p, m in zip(probabilities, np.array(slow_states(n)), strict=True):
        mean += p * m
        pair += p * np.outer(m, m)
    got_mean, got_pair = exact.moments(model, beta)
    np.testing.assert_allclose(got_mean, mean, atol=1e-14)
    np.testing.assert_allclose(got_pair, pair, atol=1e-14)


@pytest.mark.parametrize("integer", [True, False])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("small_blocks")
def test_ground_states_are_all_those_that_loops_find(seed, integer):
    model = random_model(8, seed, integer)
    if not integer:  # half of the model has no bias: every ground state has a mirror
        J = model.J.toarray()
        J[4:, :4] = J[:4, 4:] = 0
        model = IsingModel(J, [*model.h[:4], 0, 0, 0, 0], 0.75)
    values = slow_energies(model)
    lowest = min(values)
    expected = [
        m for m, e in zip(slow_states(8), values, strict=True) if e < lowest + 1e-9
    ]
    got = exact.ground_states(model)
    assert got.dtype == np.int8
    assert got.tolist() == expected
    assert exact.ground_energy(model) == pytest.approx(lowest, rel=1e-13)


@pytest.mark.usefixtures("small_blocks")
def test_a_clamp_conditions_every_result():
    labels = [f"p{i}" for i in range(7)]
    model = random_model(7, seed=5, labels=labels)
    clamp = {"p5": 1, "p0": -1, "p3": 1}

    def agrees(m):
        return (m[0], m[3], m[5]) == (-1, 1, 1)

    expected = slow_probabilities(model, 0.8, agrees)
    np.testing.assert_allclose(
        exact.probabilities(model, 0.8, clamp), expected, rtol=1e-12
    )
    share = slow_probabilities(model, 0.8)[expected > 0].sum()
    held, whole = (exact.log_partition(model, 0.8, given) for given in (clamp, None))
    assert held - whole == pytest.approx(math.log(share), rel=1e-12)
    states = np.array(slow_states(7))
    mean, pair = exact.moments(model, 0.8, clamp)
    np.testing.assert_allclose(mean, expected @ states, atol=1e-13)
    np.testing.assert_allclose(
        pair, np.einsum("k,ki,kj->ij", expected, states, states), atol=1e-13
    )
    best = states[expected.argmax()]
    assert exact.ground_states(model, clamp).tolist() == [best.tolist()]
    assert exact.ground_energy(model, clamp) == pytest.approx(float(model.energy(best)))


def test_a_clamp_on_everything_leaves_one_state():
    model = random_model(3)
    clamp = {0: 1, 1: -1, 2: 1}
    assert exact.probabilities(model, 2.0, clamp).tolist() == [0, 0, 0, 0, 0, 1, 0, 0]
    energy = float(model.energy([1, -1, 1]))
    assert exact.log_partition(model, 2.0, clamp) == pytest.approx(-2 * energy)
    assert exact.ground_states(model, clamp).tolist() == [[1, -1, 1]]
    mean, pair = exact.moments(model, 2.0, clamp)
    np.testing.assert_array_equal(pair, np.outer(mean, mean))


def test_a_clamp_brings_a_large_model_within_reach():
    n = 200
    model = IsingModel({(i, i + 1): 0.5 for i in range(n - 1)})
    clamp = {i: 1 for i in range(n) if i not in (50, 51, 120)}
    field = 2 * 0.5  # each free p-bit sees two neighbours, up or free
    mean, _ = exact.moments(model, 1.0, clamp)
    assert mean[120] == pytest.approx(math.tanh(field))
    assert exact.ground_states(model, clamp).shape == (1, n)
    with pytest.raises(CapacityError, match="at most 30 p-bits in an array"):
        exact.probabilities(model, 1.0, clamp)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.floats(0, 3), st.integers(0, 10**6))
def test_independent_pbits_have_their_closed_form(n, beta, seed):
    h = np.random.default_rng(seed).normal(size=n)
    model = IsingModel(np.zeros((n, n)), h)
    closed = float(np.log(2 * np.cosh(beta * h)).sum())
    assert exact.log_partition(model, beta) == pytest.approx(closed, rel=1e-12)
    mean, pair = exact.moments(model, beta)
    np.testing.assert_allclose(mean, np.tanh(beta * h), atol=1e-13)
    off = ~np.eye(n, dtype=bool)
    np.testing.assert_allclose(pair[off], np.outer(mean, mean)[off], atol=1e-13)


@pytest.mark.parametrize("n", [3, 16])
def test_open_and_closed_chains_have_their_closed_form(n):
    beta, coupling = 0.8, 0.6
    bonds = {(i, i + 1): coupling for i in range(n - 1)}
    x = beta * coupling
    chain = n * math.log(2) + (n - 1) * math.log(math.cosh(x))
    opened = IsingModel(bonds)
    assert exact.log_partition(opened, beta) == pytest.approx(chain, rel=1e-13)
    ring = math.log((2 * math.cosh(x)) ** n + (2 * math.sinh(x)) ** n)
    closed = IsingModel({**bonds, (n - 1, 0): coupling})
    assert exact.log_partition(closed, beta) == pytest.approx(ring, rel=1e-13)
    _, pair = exact.moments(opened, beta)
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    np.testing.assert_allclose(pair, math.tanh(x) ** distance, atol=1e-13)


def test_energy_is_the_slope_of_the_partition_function():
    model, beta, step = random_model(13, seed=2), 0.4, 1e-4
    values = exact.energies(model)
    mean = float(exact.probabilities(model, beta) @ values)
    up, middle, down = (
        exact.log_partition(model, b) for b in (beta + step, beta, beta - step)
    )
    assert (up - down) / (2 * step) == pytest.approx(-mean, rel=1e-6)
    variance = float(exact.probabilities(model, beta) @ (values - mean) ** 2)
    assert (up - 2 * middle + down) / step**2 == pytest.approx(variance, rel=1e-4)
    own_mean, pair = exact.moments(model, beta)
    from_moments = -0.5 * (model.J.toarray() * pair).sum() - model.h @ own_mean
    assert from_moments + model.offset == pytest.approx(mean, rel=1e-12)


def test_relabelling_and_gauge_permute_the_probabilities():
    model = random_model(6, seed=4)
    p = exact.probabilities(model).reshape((2,) * 6)  # axis a is p-bit 5 - a
    order = np.array([3, 0, 5, 1, 4, 2])
    permuted = IsingModel(model.J.toarray()[np.ix_(order, order)], model.h[order])
    q = exact.probabilities(permuted).reshape((2,) * 6)
    axes = [5 - int(np.flatnonzero(order == 5 - a)[0]) for a in range(6)]
    np.testing.assert_allclose(q.transpose(axes), p, rtol=1e-12)
    gauge = np.array([1, -1, -1, 1, -1, 1])
    gauged = IsingModel(model.J.toarray() * np.outer(gauge, gauge), model.h * gauge)
    flip = sum(1 << i for i in range(6) if gauge[i] < 0)
    np.testing.assert_allclose(
        exact.probabilities(gauged)[np.arange(64) ^ flip], p.ravel(), rtol=1e-12
    )


def test_beta_zero_is_uniform_and_large_beta_is_the_ground_state():
    model = random_model(13, seed=6)
    np.testing.assert_allclose(exact.probabilities(model, 0.0), 2.0**-13, rtol=1e-13)
    cold = exact.probabilities(model, 1e300)
    state = (exact.ground_states(model)[0] > 0) @ (1 << np.arange(13))
    assert cold[state] == 1.0
    assert cold.sum() == 1.0


def test_large_energies_and_offsets_do_no_harm():
    base = random_model(5, seed=7)
    moved = IsingModel(base.J, base.h, offset=1e12)
    np.testing.assert_array_equal(exact.probabilities(base), exact.probabilities(moved))
    huge = IsingModel(base.J * 1e200, base.h * 1e200)
    np.testing.assert_allclose(
        exact.probabilities(huge, 1e-200), exact.probabilities(base), rtol=1e-10
    )
    np.testing.assert_array_equal(exact.ground_states(huge), exact.ground_states(base))
    with pytest.raises(ValueError, match="the energies overflow"):
        exact.probabilities(IsingModel({(0, 1): 1e308, (1, 2): 1e308}))


def test_results_have_the_same_bits_whatever_the_number_of_processors(monkeypatch):
    model = random_model(16, seed=8)
    found = []
    for count in (1, 2, 3, 16, None):
        monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
        mean, pair = exact.moments(model, 0.9)
        found.append(
            (
                exact.probabilities(model, 0.9).tobytes(),
                exact.log_partition(model, 0.9),
                mean.tobytes(),
                pair.tobytes(),
                exact.ground_states(model).tobytes(),
            )
        )
    assert all(result == found[0] for result in found)


def test_all_states_of_a_model_without_weights_are_ground_states():
    assert exact.ground_states(IsingModel(np.zeros((4, 4)))).tolist() == slow_states(4)


def test_too_many_ground_states_are_refused(monkeypatch):
    monkeypatch.setattr(exact, "_MAX_BYTES", 1000)
    with pytest.raises(CapacityError, match="ground states are held: there are 1024"):
        exact.ground_states(IsingModel(np.zeros((10, 10))))


CALLS = [
    exact.energies,
    exact.probabilities,
    exact.log_partition,
    exact.moments,
    exact.ground_states,
    exact.ground_energy,
]


@pytest.mark.parametrize("call", CALLS)
def test_too_many_pbits_and_circuits_without_energy_are_refused(call):
    with pytest.raises(CapacityError, match="at most 30 p-bits, not 31"):
        call(IsingModel(np.zeros((31, 31))))
    with pytest.raises(TypeError, match="which has an energy, not PCircuit"):
        call(PCircuit([[0, 1.0], [0, 0]]))


@pytest.mark.parametrize(
    "call", [exact.probabilities, exact.log_partition, exact.moments]
)
def test_bad_betas_and_clamps_are_refused(call):
    model = IsingModel({("a", "b"): 1.0}, labels=["a", "b"])
    with pytest.raises(ValueError, match="beta must be finite and >= 0, not -1"):
        call(model, -1)
    with pytest.raises(TypeError, match="beta must be a number, not 'hot'"):
        call(model, "hot")
    with pytest.raises(ValueError, match="clamp of p-bit 'a' must be -1 or"):
        call(model, 1.0, {"a": 0})
    with pytest.raises(ValueError, match="must be -1 or \\+1, not \\[1\\]"):
        call(model, 1.0, {"a": [1]})
    with pytest.raises(KeyError, match="no p-bit is called 'c'"):
        call(model, 1.0, {"c": 1})


def gates():
    if not GATES.exists():
        return []
    return json.loads(GATES.read_text())["gates"]


def test_published_gates_are_as_likely_right_as_published():
    if not gates():
        pytest.skip("../shared/data/published/gates is absent")
    for gate in gates():
        model = IsingModel(gate["J"], gate["h"], labels=gate["order"])
        valid = [
            sum(1 << i for i, bit in enumerate(state) if bit == "1")
            for state in gate["valid_states"]
        ]
        for beta, share in gate["P_valid"].items():
            p = exact.probabilities(model, float(beta))
            assert p[valid].sum() == pytest.approx(share, abs=1e-6), gate["name"]
        assert exact.ground_energy(model) == pytest.approx(gate["ground_energy"])
        ground = exact.ground_states(model)
        assert len(ground) == gate["n_ground_states"], gate["name"]
        for case in gate["clamped"]:
            clamp = {name: 2 * bit - 1 for name, bit in case["clamp"].items()}
            p = exact.probabilities(model, case["I0"], clamp)
            for bits, share in case["P"].items():
                whole = {**case["clamp"]}
                whole.update(zip(case["free_order"], map(int, bits), strict=True))
                state = sum(whole[name] << i for i, name in enumerate(gate["order"]))
                assert p[state] == pytest.approx(share, abs=1e-6), gate["name"]


def test_twenty_four_pbits_take_less_than_three_seconds():
    model = random_model(24)
    exact.probabilities(random_model(13))  # compiles
    start = time.perf_counter()
    total = exact.probabilities(model).sum()
    assert time.perf_counter() - start < 3
    assert total == pytest.approx(1, abs=1e-12)
