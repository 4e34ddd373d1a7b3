"""One chain in whole numbers: the law of its draws, exactly and in the statistics."""

import decimal

import numpy as np
import pytest

from pbit import IsingModel, PCircuit
from pbit.kernels import against, planes
from pbit.samplers.integers import fits, unit_of
from tests import oracles
from tests.pbit import planes_law
from tests.pbit.mutants import plain

KEY = (0x89ABCDEF, 0x01234567)
USES = (planes_law.PLANES_USE, planes_law.TAIL_USE)


def small_model(n, seed, largest=3, density=1.0, unit=1.0):
    """Couplings and biases of -largest ... largest units."""
    rng = np.random.default_rng(seed)
    J = np.triu(rng.integers(-largest, largest + 1, (n, n)), 1) * unit
    J *= rng.random((n, n)) < density
    return IsingModel(J + J.T, rng.integers(-largest, largest + 1, n) * unit)


def small_circuit(n, seed, largest=3):
    """Directed weights of whole numbers."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(-largest, largest + 1, (n, n)).astype(float)
    np.fill_diagonal(weights, 0)
    return PCircuit(weights, rng.integers(-largest, largest + 1, n).astype(float))


def random_starts(n_chains, n, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n_chains, n))


def as_column(betas):
    return np.asarray(betas, float).reshape(-1, 1)


def run(circuit, starts, betas, order=None, first_sweep=0, first_chain=0):
    """States after every sweep, shape (c, t, n), and final energies, by the real kernel."""
    states, (n_chains, n) = starts.copy(), starts.shape
    kept, energies = np.zeros((n_chains, len(betas), n), np.int8), np.zeros(n_chains)
    planes.run_chains(
        fits(circuit), states, energies,
        np.arange(n, dtype=np.int32) if order is None else np.array(order, np.int32),
        as_column(betas), first_sweep, first_chain, *KEY, *USES,
        first_sweep, 1, kept, np.zeros((n_chains, len(betas))),
        np.empty((0, n), np.int8), np.empty(0),
    )  # fmt: skip
    return kept, energies


# the table of chances


@pytest.mark.parametrize("beta", [0.0, 1e-9, 0.01, 0.3, 1.0, 2.0, 30.0, 1e6])
def test_chances_are_the_nearest_multiples_of_the_step(beta):
    table = np.zeros(256, np.int64)
    against.fill_table(table, beta)
    for field, chance in enumerate(table.tolist()):
        exact = planes_law.chance_against(beta, field)
        assert abs(chance - exact) <= decimal.Decimal("0.501")
    assert table[0] == 2**43
    assert (table >= 0).all()
    assert (np.diff(table) <= 0).all()


# the decision, exactly


EVERY = range(256)


def decisions(kernel, circuit, beta, state, i, uppers=EVERY, chain=5):
    """Where p-bit i goes for each of these values of the upper bits; else 0.

    The lower bits, where they are asked for, are those of the chain's block.
    """
    whole, n = fits(circuit), circuit.n
    table, fields = np.zeros(whole.largest + 1, np.int64), np.empty(n, np.int16)
    against.fill_table(table, beta * whole.unit)
    after = np.zeros(256, np.int8)
    outgoing = whole.out_indptr, whole.out_indices, whole.out_weights
    for upper in uppers:
        m = state.copy()
        planes.compute_fields(whole, m, fields)
        kernel(
            *outgoing, m, fields, np.array([i], np.int32),
            np.array([upper], np.uint64), table, chain, *KEY, *USES, 11,
        )  # fmt: skip
        after[upper] = m[i]
        rest = np.arange(n) != i
        assert (m[rest] == state[rest]).all()
        truth = circuit.weights.toarray() @ m + circuit.h
        assert (fields * whole.unit == truth).all()
    return after


def check_decisions(after, circuit, beta, state, i, chain=5):
    """As many values as the chance says go against the field, and the lowest ones do.

    With the value at the border decided by the lower 36 bits, this makes the transition
    probability the multiple of 2**-44 nearest to sigma.
    """
    field = float(circuit.weights.toarray()[i] @ state + circuit.h[i])
    chance = round(planes_law.chance_against(beta, field))
    along = 1 if field >= 0 else -1
    border, rest = chance >> 36, chance & 2**36 - 1
    assert set(after[:border].tolist()) <= {-along, 0}
    assert set(after[border + 1 :].tolist()) <= {along, 0}
    lower = (planes_law.upper_bits(KEY, i, 11, chain) & 15) << 32
    below = lower + planes_law.lower_bits(KEY, i, 11, chain) < rest
    assert after[border] == (-along if below else along)
    up = oracles.probability_up(circuit, state, i, beta)
    claimed = chance / 2**44 if along < 0 else 1 - chance / 2**44
    assert abs(claimed - up) <= 2.0**-44


@pytest.mark.parametrize("n", [1, 2, 4])
@pytest.mark.parametrize("beta", [0.05, 0.4])
def test_every_update_of_every_state_has_the_chance_that_the_law_says(n, beta):
    for circuit in (small_model(n, 5 * n, unit=0.5), small_circuit(n, n)):
        for state in oracles.all_states(n):
            for i in range(n):
                uppers = EVERY if n < 3 else around_border(circuit, beta, state, i)
                for kernel in (planes.update, planes.update_hot):
                    after = decisions(kernel, circuit, beta, state, i, uppers)
                    check_decisions(after, circuit, beta, state, i)


def around_border(circuit, beta, state, i):
    """The border between decisions, values next to it and some others."""
    field = float(circuit.weights.toarray()[i] @ state + circuit.h[i])
    border = round(planes_law.chance_against(beta, field)) >> 36
    near = {max(0, border - 1), border, border + 1}
    return sorted(near | set(range(0, 256, 17)) | {255})


FAULTS = [
    ("the border moved", "gap < 0", "gap < -1"),
    ("the field's sign ignored", "field >= 0", "field <= 0"),
    ("a field of zero counted as negative", "field >= 0", "field > 0"),
    ("the tail ignored", "if gap == 0", "if gap == -9999"),
    ("the decision inverted", "up != against", "up == against"),
    ("neighbours told half", "np.int32(2 * new)", "np.int32(new)"),
    ("the magnitude ignored", "abs(field)", "0 * field"),
    ("the upper bits cut", "chance >> REST_BITS", "chance >> REST_BITS + 1"),
    ("one neighbour not told", "range(told)", "range(told - 1)"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_an_update_broken_on_purpose_is_caught(fault):
    broken = broken_update(*fault[1:])
    with pytest.raises(AssertionError):
        check_some(broken)


def test_the_unbroken_source_passes_what_mutants_fail():
    check_some(broken_update("gap < 0", "gap < 0"))


def check_some(kernel):
    circuit, beta = IsingModel({(0, 1): 1.0, (1, 2): -1.0}, h=[1.0, 0.0, 2.0]), 0.3
    for state in oracles.all_states(3):
        for i in range(3):
            uppers = around_border(circuit, beta, state, i)
            for chain in (5, 6, 7):  # whose lower bits lie on either side
                after = decisions(kernel, circuit, beta, state, i, uppers, chain)
                check_decisions(after, circuit, beta, state, i, chain)


def broken_update(old, new):
    import inspect
    import textwrap

    source = textwrap.dedent(inspect.getsource(plain(planes.update)))
    source = source[source.index("def ") :]
    assert source.count(old) == 1
    # As plain Python: what numba would do without saying so is said.
    source = source.replace("i = np.uint32(pbits[b])", "i = np.int64(pbits[b])")
    source = source.replace("i + np.uint32(1)", "i + 1")
    namespace = dict(vars(planes), __annotations__={})
    exec("from __future__ import annotations\n" + source.replace(old, new), namespace)
    return namespace["update"]


# whole runs


@pytest.mark.parametrize("first_sweep", [0, 2**32 - 2])
@pytest.mark.parametrize("first_chain", [0, 31, 100])
def test_runs_are_those_of_the_law_bit_for_bit(first_sweep, first_chain):
    betas = [0.3, 0.05, 1.0, 0.3]
    for circuit in (small_model(9, 1, unit=0.25), small_circuit(7, 2)):
        n = circuit.n
        starts = random_starts(3, n)
        for order in (range(n), range(n)[::-1], [3, 0, n - 1]):
            kept, _ = run(circuit, starts, betas, order, first_sweep, first_chain)
            for c in range(3):
                slow = planes_law.run(
                    circuit, starts[c], betas, KEY, first_chain + c, order, first_sweep
                )
                np.testing.assert_array_equal(kept[c], slow)


def test_more_p_bits_than_are_drawn_at_once_are_drawn_for_all_the_same():
    n = 2 * planes.BATCH + 3
    model = small_model(n, 3, largest=1, density=2.0 / n)
    starts = random_starts(1, n)
    kept, energies = run(model, starts, [0.4, 0.7])
    order = range(n)
    slow = planes_law.run(model, starts[0], [0.4, 0.7], KEY, 0, order)
    np.testing.assert_array_equal(kept[0], slow)
    assert energies.tolist() == model.energy(kept[:, -1]).tolist()


def test_a_run_may_be_cut_anywhere():
    model, starts = small_model(12, 4), random_starts(4, 12)
    betas = np.linspace(0.1, 1.0, 9)
    whole, energies = run(model, starts, betas)
    first, _ = run(model, starts, betas[:4])
    second, again = run(model, first[:, -1].copy(), betas[4:], first_sweep=4)
    np.testing.assert_array_equal(whole, np.concatenate([first, second], axis=1))
    assert energies.tolist() == again.tolist()


# which models are of small whole numbers


@pytest.mark.parametrize(
    ("weights", "unit"),
    [
        ([1.0, -1.0], 1.0),
        ([-0.5, 0.5], 0.5),
        ([2.0, 3.0], 1.0),
        ([0.1, 0.3], 0.1),
        ([0.2, 0.3], 0.1),
        ([2**-20, 3 * 2**-20], 2**-20),
        ([1.0, 254.0], 1.0),
        ([1.0, 255.0], None),
        ([1.0, 2**0.5], None),
        ([0.0, 0.0], 1.0),
    ],
)
def test_the_unit_is_the_largest_that_all_are_multiples_of(weights, unit):
    J = {(0, 1): weights[0], (1, 2): weights[1]}
    found = unit_of(IsingModel(J, h=[0.0, 0.0, 0.0]))
    assert found == (None if unit is None else pytest.approx(unit, rel=1e-15))


def test_biases_count_among_the_fields():
    assert unit_of(IsingModel({(0, 1): 1.0}, h=[0.5, 0.0])) == 0.5
    assert unit_of(IsingModel({(0, 1): 1.0}, h=[254.0, 0.0])) == 1.0
    assert unit_of(IsingModel({(0, 1): 1.0}, h=[255.0, 0.0])) is None


def test_gaussian_weights_are_no_whole_numbers():
    rng = np.random.default_rng(0)
    J = np.triu(rng.normal(size=(30, 30)), 1)
    assert fits(IsingModel(J + J.T)) is None
