import itertools
import pickle

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from pbit import IsingModel, PCircuit, checks

FORMS = {
    "dense": np.asarray,
    "list": lambda J: np.asarray(J).tolist(),
    "csr": sp.csr_array,
    "csc": sp.csc_array,
    "coo": sp.coo_array,
    "matrix": sp.lil_matrix,
}


def couplings(n=5, seed=0):
    J = np.random.default_rng(seed).normal(size=(n, n))
    return np.triu(J, 1) + np.triu(J, 1).T


def slow_energy(model, m):
    J = model.J.toarray()
    pairs = itertools.combinations(range(model.n), 2)
    return (
        model.offset
        - sum(J[i, j] * m[i] * m[j] for i, j in pairs)
        - sum(model.h[i] * m[i] for i in range(model.n))
    )


@settings(deadline=None)
@given(st.integers(1, 8), st.integers(0, 10**6))
def test_energy_and_fields_are_those_of_loops(n, seed):
    rng = np.random.default_rng(seed)
    model = IsingModel(couplings(n, seed), rng.normal(size=n), rng.normal())
    states = rng.choice(np.array([-1, 1], np.int8), (2, 3, n))
    energies, fields = model.energy(states), model.fields(states)
    assert energies.shape == (2, 3)
    assert fields.shape == (2, 3, n)
    J = model.J.toarray()
    for k in np.ndindex(2, 3):
        m = states[k]
        assert energies[k] == pytest.approx(slow_energy(model, m), abs=1e-12)
        for i in range(n):
            slow = sum(J[i, j] * m[j] for j in range(n)) + model.h[i]
            assert fields[*k, i] == pytest.approx(slow, abs=1e-12)
            flipped = m.copy()
            flipped[i] *= -1
            change = float(model.energy(flipped)) - energies[k]
            assert change == pytest.approx(2 * m[i] * slow, abs=1e-11)


@pytest.mark.parametrize("n", [1, 7, 64, 300])
def test_a_states_energy_has_the_same_bits_in_any_company(n, monkeypatch):
    rng = np.random.default_rng(n)
    model = IsingModel(couplings(n, n), rng.normal(size=n))
    states = rng.choice(np.array([-1, 1], np.int8), (33, n))
    energies = model.energy(states)
    for k in range(33):
        assert model.energy(states[k]) == energies[k]
    np.testing.assert_array_equal(model.energy(states[5:12]), energies[5:12])
    np.testing.assert_array_equal(model.energy(states[::-1])[::-1], energies)
    monkeypatch.setattr("pbit.model._BLOCK", 3 * n)
    np.testing.assert_array_equal(model.energy(states), energies)


def test_a_circuit_hears_along_its_rows():
    circuit = PCircuit([[0, 2.0], [0, 0]], [0.5, -1.0])
    assert circuit.fields([1, -1]).tolist() == [-1.5, -1.0]
    assert circuit.outgoing.toarray().tolist() == [[0, 0], [2.0, 0]]
    assert circuit.n_edges == 1
    assert PCircuit({(0, 1): 2.0}).fields([1, -1]).tolist() == [-2.0, 0.0]
    assert not hasattr(circuit, "energy")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_matrix_is_the_same_model_and_stays_the_callers(form):
    J = couplings()
    given_J = FORMS[form](J)
    model = IsingModel(given_J)
    np.testing.assert_array_equal(model.J.toarray(), J)
    assert (model.J.indices.dtype, model.J.data.dtype) == (np.int32, np.float64)
    with pytest.raises(ValueError, match="read-only"):
        model.J.data[0] = 1
    if sp.issparse(given_J):
        np.testing.assert_array_equal(given_J.toarray(), J)
        if given_J.format != "lil":
            given_J.data[0] = 99.0  # still writable, and the model does not see it
            np.testing.assert_array_equal(model.J.toarray(), J)


def test_a_models_own_matrix_makes_a_model():
    model = IsingModel(couplings(), np.ones(5))
    again = IsingModel(model.J, model.h, model.offset, model.labels)
    np.testing.assert_array_equal(again.J.toarray(), model.J.toarray())
    assert again.labels == range(5)


def test_unsorted_and_repeated_entries_are_tidied_in_a_copy():
    rows, columns = [0, 1, 0, 1, 2, 0], [1, 0, 1, 0, 0, 2]
    raw = sp.coo_array(([1.0, 1, 2, 2, 0, 0], (rows, columns)), shape=(3, 3))
    model = IsingModel(raw)
    assert model.J.nnz == 2
    assert model.J[0, 1] == 3.0
    assert raw.nnz == 6


def test_a_dictionary_names_each_pair_once_in_any_order():
    model = IsingModel({("b", "a"): 1.0, ("b", "c"): -2.0}, labels=["a", "b", "c"])
    expected = [[0, 1, 0], [1, 0, -2], [0, -2, 0]]
    assert model.J.toarray().tolist() == expected
    assert model.index("b") == 1
    assert IsingModel({(0, 2): 1.0}).n == 3
    assert IsingModel({(0, 1): 1.0}, np.zeros(5)).n == 5
    assert IsingModel({(0, 1): 1.0}, labels=range(4)).n == 4
    assert IsingModel({}).n == 0


def test_rounding_asymmetry_is_averaged_out():
    J = couplings()
    J[0, 1] *= 1 + 1e-15
    matrix = IsingModel(J).J.toarray()
    np.testing.assert_array_equal(matrix, matrix.T)


@pytest.mark.parametrize("n", [0, 1])
def test_tiny_models_work(n):
    model = IsingModel(np.zeros((n, n)), offset=2.0)
    assert model.energy(np.ones((3, n))).tolist() == [2.0] * 3
    assert float(model.energy(np.ones(n))) == 2.0
    assert model.fields(np.ones((3, n))).shape == (3, n)


def test_networkx_graphs_go_in_and_come_out():
    graph = nx.Graph(offset=1.5)
    graph.add_node("lonely", h=-1.0)
    graph.add_edge("x", ("y", 1), J=2.0)
    model = IsingModel.from_networkx(graph)
    assert model.labels == ("lonely", "x", ("y", 1))
    assert model.h.tolist() == [-1.0, 0.0, 0.0]
    assert (model.offset, model.J[1, 2]) == (1.5, 2.0)
    back = model.to_networkx(coupling="w", bias="b")
    assert dict(back.edges) == {("x", ("y", 1)): {"w": 2.0}}
    assert dict(back.nodes(data="b")) == {"lonely": -1.0, "x": 0.0, ("y", 1): 0.0}
    again = IsingModel.from_networkx(back, coupling="w", bias="b")
    np.testing.assert_array_equal(again.J.toarray(), model.J.toarray())


def test_labels_are_looked_up_and_near_names_are_suggested():
    model = IsingModel(couplings(3), labels=["carry", "sum", 7])
    assert [model.index(label) for label in ("carry", "sum", 7)] == [0, 1, 2]
    with pytest.raises(KeyError, match="no p-bit is called 'cary'; near it: carry"):
        model.index("cary")
    with pytest.raises(KeyError, match="no p-bit is called"):
        model.index(["unhashable"])
    numbered = IsingModel(couplings(3))
    assert numbered.index(np.int64(2)) == 2
    for label in (3, -1, "0", True, 0.0):
        with pytest.raises(KeyError, match="they are numbered 0 to 2"):
            numbered.index(label)


def test_models_survive_pickling_for_worker_processes():
    model = IsingModel(couplings(), np.ones(5), 1.0, "abcde")
    back = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(back.J.toarray(), model.J.toarray())
    assert (back.labels, back.offset, back.index("c")) == (tuple("abcde"), 1.0, 2)


def test_the_repr_is_short():
    assert repr(IsingModel({(0, 1): 1.0})) == "IsingModel(n=2, connections=2)"


def test_a_million_pbits_stay_lean():
    n = 20_000
    i = np.arange(n)
    J = {(int(a), int((a + 1) % n)): 1.0 for a in i}
    model = IsingModel(J, labels=range(n))
    parts = (model.J.data, model.J.indices, model.J.indptr, model.h)
    assert sum(part.nbytes for part in parts) <= 100 * n + 40 * n
    assert model.labels == range(n)


NAN = [[0, np.nan], [np.nan, 0]]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: IsingModel([1, 2]), ValueError, r"square matrix, not of shape \(2,\)"),
        (lambda: IsingModel(np.zeros((2, 3))), ValueError, r"shape \(2, 3\)"),
        (lambda: IsingModel(sp.csr_array((2, 3))), ValueError, r"shape \(2, 3\)"),
        (lambda: IsingModel([[0, 1], [2, 0]]), ValueError, r"J\[0, 1\] = 1.0 but J\[1"),
        (lambda: IsingModel([[1, 0], [0, 0]]), ValueError, r"zero diagonal: J\[0, 0\]"),
        (lambda: IsingModel(NAN), ValueError, r"J must be finite: J\[0, 1\] = nan"),
        (
            lambda: IsingModel([[0, 1j], [1j, 0]]),
            TypeError,
            "real numbers, not complex",
        ),
        (
            lambda: IsingModel(sp.csr_array(np.array([[0, 1j], [1j, 0]]))),
            TypeError,
            "real numbers, not complex",
        ),
        (lambda: IsingModel([["a"]]), TypeError, "real numbers, not <U1"),
        (lambda: IsingModel({(0, 0): 1.0}), ValueError, "zero diagonal"),
        (lambda: IsingModel({(0, 1): np.inf}), ValueError, "must be finite"),
        (lambda: IsingModel({(0, 1): 1, (1, 0): 1}), ValueError, "each pair once"),
        (
            lambda: IsingModel({(-1, 1): 1}),
            ValueError,
            "names p-bit -1: without labels",
        ),
        (lambda: IsingModel({(True, 2): 1}), ValueError, "names p-bit True"),
        (lambda: IsingModel({("a", "b"): 1}), ValueError, "names p-bit 'a': without"),
        (
            lambda: IsingModel({("a", "b"): 1}, labels=["a"]),
            ValueError,
            "'b', which is not among the labels",
        ),
        (lambda: IsingModel({(0, 5): 1}, [0, 0]), ValueError, "names p-bit 5, but"),
        (lambda: IsingModel({(0, 1): 1}, 0.5), ValueError, r"shape \(2,\), not \(\)"),
        (lambda: IsingModel({(0, 1): 1}, [1j, 0]), TypeError, "h must hold real"),
        (lambda: IsingModel({(0, 1): 1}, ["1", "2"]), TypeError, "h must hold real"),
        (lambda: IsingModel({(0, 1): 1}, [0, np.nan]), ValueError, r"h\[1\] = nan"),
        (
            lambda: IsingModel(couplings(3), [1]),
            ValueError,
            r"h must have shape \(3,\)",
        ),
        (lambda: IsingModel({}, offset=np.inf), ValueError, "offset must be finite"),
        (
            lambda: IsingModel(couplings(3), labels="ab"),
            ValueError,
            "3 names, one a p-bit, not 2",
        ),
        (
            lambda: IsingModel(couplings(3), labels="aba"),
            ValueError,
            "'a' names p-bits 0 and 2",
        ),
        (lambda: PCircuit([[1.0]]), ValueError, r"weights\[0, 0\] = 1.0"),
        (
            lambda: IsingModel.from_networkx(nx.DiGraph()),
            TypeError,
            "undirected networkx.Graph, not DiGraph",
        ),
        (
            lambda: IsingModel.from_networkx(nx.path_graph(2)),
            ValueError,
            r"edge \(0, 1\) has no attribute 'J'",
        ),
        (
            lambda: IsingModel({(0, 1): 1}).energy([1, 0]),
            ValueError,
            r"states\[1\] = 0",
        ),
        (lambda: IsingModel({(0, 1): 1}).energy([1]), ValueError, r"\(\.\.\., 2\)"),
        (lambda: IsingModel({(0, 1): 1}).energy(1), ValueError, r"not \(\)"),
        (lambda: IsingModel({(0, 1): 1}).energy([1j, 1]), TypeError, "be numbers"),
    ],
)
def test_bad_input_is_refused_at_the_door(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("check", "error", "message"),
    [
        (lambda: checks.check_count("n", 0), ValueError, "n must be at least 1, not 0"),
        (lambda: checks.check_count("n", 1.0), TypeError, "whole number, not 1.0"),
        (lambda: checks.check_count("n", True), TypeError, "whole number, not True"),
        (lambda: checks.check_nonnegative("x", -1), ValueError, ">= 0, not -1"),
        (lambda: checks.check_nonnegative("x", np.nan), ValueError, "finite"),
        (lambda: checks.check_nonnegative("x", 1j), TypeError, "must be a number"),
        (lambda: checks.check_nonnegative("x", True), TypeError, "must be a number"),
        (
            lambda: checks.check_nonnegative("x", np.complex128(1)),
            TypeError,
            "a number",
        ),
        (
            lambda: checks.check_choice(
                "order", "sequentail", ["sequential", "random"]
            ),
            ValueError,
            "did you mean 'sequential'",
        ),
        (lambda: checks.check_choice("order", ["x"], ["y"]), ValueError, "one of 'y'"),
        (
            lambda: checks.check_finite("x", np.array([[0, np.inf]])),
            ValueError,
            r"x\[0, 1\] = inf",
        ),
    ],
)
def test_checks_name_the_rule_and_the_value(check, error, message):
    with pytest.raises(error, match=message):
        check()


def test_checks_hand_back_plain_values():
    assert type(checks.check_count("n", np.int64(3))) is int
    assert type(checks.check_nonnegative("x", np.float32(0.5))) is float
    assert checks.check_choice("order", "random", ["random"]) == "random"
    assert checks.check_states([1.0, -1.0], 2).dtype == np.int8
