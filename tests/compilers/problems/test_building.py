import time

import networkx as nx
import numpy as np
import pytest

import pbit
from compilers.problems.building import QuboBuilder
from compilers.problems.data import check_number, step, total
from compilers.problems.inputs import GraphArrays


def random_function(seed):
    """A builder and a slow twin of the function that it builds."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 8))
    builder = QuboBuilder([f"x{k}" for k in range(n)])
    terms = []
    for _ in range(int(rng.integers(1, 6))):
        i, j = rng.integers(0, n, 4), rng.integers(0, n, 4)
        w = rng.integers(-9, 9, 4)
        builder.add_linear(i, w)
        builder.add_quadratic(i, j, w)
        builder.add_constant(int(w[0]))
        group, factors = rng.integers(0, n, (2, 3)), rng.integers(-3, 4, (2, 3))
        shift, weight = rng.integers(-4, 4, 2), rng.integers(0, 5, 2)
        builder.add_square(group, factors, shift, weight)
        terms.append((i, j, w, group, factors, shift, weight))

    def twin(x):
        value = 0
        for i, j, w, group, factors, shift, weight in terms:
            value += sum(b * x[a] for a, b in zip(i, w, strict=True)) + w[0]
            value += sum(c * x[a] * x[b] for a, b, c in zip(i, j, w, strict=True))
            for k in range(2):
                inner = sum(f * x[a] for a, f in zip(group[k], factors[k], strict=True))
                value += weight[k] * (inner + shift[k]) ** 2
        return value

    return builder, twin, n, rng


@pytest.mark.parametrize("fixing", [False, True])
def test_energies_are_the_function_exactly_whatever_is_fixed(fixing):
    for seed in range(100):
        builder, twin, n, rng = random_function(seed)
        if fixing:
            held = np.flatnonzero(rng.random(n) < 0.4)
            builder.fix(held, rng.integers(0, 2, len(held)))
        model, fixed = builder.build()
        assert set(model.labels) | set(fixed) == set(builder.labels)
        assert model.n + len(fixed) == n
        reader = builder.reader()
        energies = pbit.exact.energies(model)
        for number in range(2**model.n):
            state = np.array([2 * (number >> k & 1) - 1 for k in range(model.n)])
            bits = reader.bits(state.astype(np.int8))
            assert all(bits[builder.labels.index(k)] == v for k, v in fixed.items())
            assert energies[number] == twin(bits.tolist())


def test_a_million_terms_take_a_second_or_so():
    rng = np.random.default_rng(0)
    builder = QuboBuilder(range(100_000))
    start = time.perf_counter()
    i, j = rng.integers(0, 100_000, (2, 10**6))
    builder.add_quadratic(i, j, 1.0)
    model, _ = builder.build()
    assert time.perf_counter() - start < 10  # 0.25 s on an idle core
    assert model.labels == range(100_000)


def test_what_is_no_variable_or_no_value_is_refused():
    builder = QuboBuilder("ab")
    with pytest.raises(ValueError, match="numbers 0 to 1, not 2"):
        builder.add_linear([0, 2], 1)
    with pytest.raises(ValueError, match="numbers 0 to 1, not -1"):
        builder.add_quadratic(0, -1, 1)
    with pytest.raises(TypeError, match="by number, not as <U1"):
        builder.add_linear("a", 1)
    with pytest.raises(ValueError, match="'b' must be fixed at 0 or 1, not 2"):
        builder.fix(1, 2)
    builder.fix(0, 1)
    with pytest.raises(ValueError, match="'a' is fixed at 0 and at 1 at once"):
        builder.fix([0], 0)
    builder.add_linear(1, np.inf)
    with pytest.raises(ValueError, match="must be finite"):
        builder.build()


def test_steps_are_what_weights_are_counted_in():
    assert step(np.array([4, -6, 0])) == 2
    assert step(np.array([0, 0])) == 1
    assert step(np.array([])) == 1
    assert step(np.array([0.5, 2.0])) == 0.5
    assert step(np.array([1e-12, 2.0])) == 2e-6


def test_sums_of_whole_weights_stay_exact():
    assert total(np.full(2000, 2**53)) == 2000 * 2**53
    assert isinstance(total(np.array([1, 2])), int)
    assert total(np.full(10, 0.1)) == 1.0


def test_weights_are_plain_numbers():
    assert check_number("w", np.int8(3)) == 3
    for value, error in ((True, TypeError), (1j, TypeError), (2**53 + 1, ValueError)):
        with pytest.raises(error, match="w must be"):
            check_number("w", value)


def test_the_complement_holds_all_other_pairs():
    for seed in range(20):
        graph = nx.gnp_random_graph(8, 0.5, seed=seed)
        other = GraphArrays.from_networkx(graph).complement()
        pairs = zip(other.rows.tolist(), other.columns.tolist(), strict=True)
        assert nx.utils.edges_equal(pairs, nx.complement(graph).edges)
