import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from pbit import IsingModel
from pbit import conventions as conv

weights = st.integers(-8, 8).map(lambda k: k / 4)  # exact in binary: no rounding


@st.composite
def models(draw, labelled=False):
    n = draw(st.integers(1, 6))
    J = np.zeros((n, n))
    for i, j in itertools.combinations(range(n), 2):
        J[i, j] = J[j, i] = draw(weights)
    h = [draw(weights) for _ in range(n)]
    labels = [("p", i) if i % 2 else f"p{i}" for i in range(n)] if labelled else None
    return IsingModel(J, h, draw(weights), labels)


def all_states(n):
    return np.array(list(itertools.product((-1, 1), repeat=n)), dtype=np.int8)


def slow_qubo_energy(Q, offset, s):
    return offset + sum(q * s[i] * s[j] for (i, j), q in Q.items())


@settings(deadline=None)
@given(models())
def test_the_qubo_has_the_energy_of_every_state_and_comes_back(model):
    Q, offset = conv.to_qubo(model)
    assert sp.tril(Q, k=-1).nnz == 0
    entries = {(i, j): q for (i, j), q in Q.todok().items()}
    states = all_states(model.n)
    for m, energy in zip(states, model.energy(states), strict=True):
        s = conv.spin_to_binary(m)
        assert slow_qubo_energy(entries, offset, s.tolist()) == energy
        assert s @ Q.toarray() @ s + offset == energy
    for form in (Q, Q.toarray(), sp.coo_matrix(Q)):
        back = conv.from_qubo(form, offset)
        np.testing.assert_array_equal(back.J.toarray(), model.J.toarray())
        np.testing.assert_array_equal(back.h, model.h)
        assert back.offset == model.offset


@settings(deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), weights
    ),
    weights,
)
def test_every_product_of_a_dictionary_counts_as_written(Q, offset):
    model = conv.from_qubo(Q, offset)
    assert list(model.labels) == list(dict.fromkeys(x for pair in Q for x in pair))
    for m in all_states(model.n):
        s = dict(zip(model.labels, ((m + 1) // 2).tolist(), strict=True))
        assert model.energy(m) == slow_qubo_energy(Q, offset, s)


def test_both_triangles_of_a_matrix_add_up():
    Q = np.array([[1.0, 2.0], [3.0, 4.0]])
    model = conv.from_qubo(Q, 0.5, labels=["x", "y"])
    for m in all_states(2):
        s = (m + 1) // 2
        assert model.energy(m) == s @ Q @ s + 0.5
    assert model.labels == ("x", "y")


def test_numbered_qubo_keys_keep_their_numbers():
    model = conv.from_qubo({(3, 1): 1.0})
    assert model.labels == range(4)
    assert model.J[1, 3] == -0.25
    assert list(conv.from_qubo({(3, 1): 1.0}, labels=[1, 3]).labels) == [1, 3]
    assert conv.from_qubo({}).n == 0


@settings(deadline=None)
@given(models(labelled=True))
def test_dimods_terms_have_the_energy_of_every_state_and_come_back(model):
    h, J, offset = conv.to_dimod(model)
    for m in all_states(model.n):
        at = dict(zip(model.labels, m.tolist(), strict=True))
        energy = offset + sum(value * at[i] for i, value in h.items())
        energy += sum(value * at[i] * at[j] for (i, j), value in J.items())
        assert energy == model.energy(m)
    back = conv.from_dimod(h, J, offset)
    assert list(back.labels) == list(model.labels)
    np.testing.assert_array_equal(back.J.toarray(), model.J.toarray())
    np.testing.assert_array_equal(back.h, model.h)
    assert back.offset == model.offset


@settings(deadline=None)
@given(models(labelled=True))
def test_dimod_itself_agrees(model):
    dimod = pytest.importorskip("dimod")
    h, J, offset = conv.to_dimod(model)
    bqm = dimod.BinaryQuadraticModel.from_ising(h, J, offset)
    states = all_states(model.n)
    np.testing.assert_array_equal(
        bqm.energies((states, list(model.labels))), model.energy(states)
    )
    back = conv.from_dimod(*bqm.to_ising())
    order = [back.index(label) for label in model.labels]
    np.testing.assert_array_equal(
        back.energy(states[:, np.argsort(order)]),
        bqm.energies((states, list(model.labels))),
    )
    Q, constant = bqm.to_qubo()
    qubo = conv.from_qubo(Q, constant, labels=model.labels)
    np.testing.assert_array_equal(qubo.energy(states), model.energy(states))


def test_dimod_lists_and_reversed_pairs_are_understood():
    model = conv.from_dimod([1.0, 0.0], {(0, 1): 1.0, (1, 0): 2.0})
    assert model.labels == range(2)
    assert model.J[0, 1] == -3.0
    assert model.h.tolist() == [-1.0, 0.0]
    assert list(conv.from_dimod({}, {("a", "b"): 1}).labels) == ["a", "b"]


def test_dimods_sign_is_the_other_one():
    h, J, _ = conv.to_dimod(IsingModel({(0, 1): 1.0}, [1.0, 0.0]))
    assert (h[0], J[0, 1]) == (-1.0, -1.0)


@settings(deadline=None)
@given(st.integers(1, 70), st.data())
def test_integers_and_states_are_inverse(n, data):
    value = data.draw(st.integers(0, 2**n - 1))
    state = conv.int_to_state(value, n)
    assert state.tolist() == [1 if (value >> i) & 1 else -1 for i in range(n)]
    assert state.dtype == np.int8
    assert conv.state_to_int(state) == value
    if n <= 63:
        many = conv.int_to_state(np.array([[value, 0]]), n)
        assert many.shape == (1, 2, n)
        assert conv.state_to_int(many).tolist() == [[value, 0]]


@pytest.mark.parametrize("dtype", ["u1", "i2", ">i4", "u8"])
def test_arrays_of_any_integers_become_states(dtype):
    values = np.arange(12, dtype=dtype).reshape(3, 4)[:, ::2]
    states = conv.int_to_state(values, 70)
    assert states.shape == (3, 2, 70)
    np.testing.assert_array_equal(conv.state_to_int(states[..., :60]), values)
    assert (states[..., 60:] == -1).all()


def test_no_pbits_have_one_state():
    assert conv.int_to_state(0, 0).shape == (0,)
    assert conv.state_to_int(np.empty(0, np.int8)) == 0


def test_bits_and_spins_are_inverse():
    bits = np.array([[0, 1], [1, 0]])
    np.testing.assert_array_equal(conv.spin_to_binary(conv.binary_to_spin(bits)), bits)
    assert conv.binary_to_spin(np.array([True, False])).tolist() == [1, -1]
    assert conv.spin_to_binary(1) == 1
    assert conv.binary_to_spin(0) == -1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: conv.spin_to_binary([1, 0]), ValueError, r"states\[1\] = 0"),
        (lambda: conv.spin_to_binary(3), ValueError, "must be -1 or"),
        (lambda: conv.binary_to_spin([[0, 2]]), ValueError, r"bits\[0, 1\] = 2"),
        (lambda: conv.binary_to_spin(-1), ValueError, "bits must be 0 or 1: bits = -1"),
        (lambda: conv.binary_to_spin("01"), TypeError, "bits must be numbers"),
        (lambda: conv.state_to_int(1), ValueError, r"shape \(\.\.\., n\), not \(\)"),
        (lambda: conv.state_to_int(np.ones((2, 64))), ValueError, "at most 63 p-bits"),
        (lambda: conv.int_to_state(8, 3), ValueError, r"0 to 2\*\*3 - 1, not 8"),
        (lambda: conv.int_to_state(-1, 3), ValueError, "not -1"),
        (lambda: conv.int_to_state([1, 9], 3), ValueError, "not 9"),
        (lambda: conv.int_to_state(1.0, 3), TypeError, "must be integers"),
        (lambda: conv.int_to_state(True, 3), TypeError, "must be integers"),
        (lambda: conv.int_to_state(1, -3), ValueError, "n must be at least 0"),
        (lambda: conv.from_qubo([[1, 2]]), ValueError, r"not of shape \(1, 2\)"),
        (lambda: conv.from_qubo([[1j]]), TypeError, "real numbers, not complex"),
        (lambda: conv.from_qubo([[np.nan]]), ValueError, "Q must be finite"),
        (
            lambda: conv.from_qubo({("a", "b"): 1.0}, labels=["a"]),
            ValueError,
            "names 'b', which is not among the labels",
        ),
        (
            lambda: conv.from_dimod({}, {("a", "a"): 1.0}),
            ValueError,
            r"variable to itself: \('a', 'a'\)",
        ),
        (lambda: conv.from_dimod({}, {(0, 1): np.inf}), ValueError, "must be finite"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
