import itertools
import json
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compilers
import pbit
from compilers import logic
from compilers.logic import gadgets
from compilers.logic.cells import CELLS, function_name
from compilers.logic.gates import find_gate
from compilers.logic.search import largest_gap
from compilers.logic.symmetry import representative
from pbit.errors import CapacityError
from tests.compilers.enumeration import all_energies, all_states
from tests.compilers.shared_data import shared

# Of the 256 functions of three inputs, by auxiliary p-bits and largest gap: the gap
# with 4 bits follows from the classes, whose sizes are those of the literature.
THREE_INPUTS = {(0, 14): 8, (0, 12): 32, (1, 12): 64, (1, 6): 8, (1, 4): 144}


def assert_is(found, rows, n):
    """By plain enumeration: valid rows are single ground states, the rest lies higher."""
    energies = all_energies(found.model)
    ground = energies == energies.min()
    seen = sorted(np.flatnonzero(ground) & (1 << n) - 1)
    assert seen == sorted(rows)
    assert found.n_visible == n
    assert len(found.h) == n + found.n_aux
    assert energies.min() == found.ground_energy
    assert energies[~ground].min() - energies.min() == found.gap
    assert np.array_equal(found.J, np.transpose(found.J))
    assert max(np.abs(found.J).max(), np.abs(found.h).max()) < 2 ** (found.bits - 1)
    states = all_states(len(found.h))
    spelled = ["".join("1" if m > 0 else "0" for m in state) for state in states]
    assert set(found.rows) == set(np.array(spelled)[ground])


def test_every_function_of_three_inputs_has_its_smallest_gadget():
    counts = {}
    for f in range(256):
        outputs = [f >> x & 1 for x in range(8)]
        found = logic.gadget(outputs)
        assert_is(found, [x | bit << 3 for x, bit in enumerate(outputs)], 4)
        assert found.proven
        kind = found.n_aux, found.gap
        counts[kind] = counts.get(kind, 0) + 1
    assert counts == THREE_INPUTS


def all_coefficients(n, limit):
    values = np.arange(-limit, limit + 1)
    size = n + n * (n - 1) // 2
    return np.array(list(itertools.product(values, repeat=size)))


@pytest.mark.parametrize(("bits", "limit"), [(2, 1), (3, 3)])
def test_without_auxiliary_p_bits_no_coefficients_do_better(bits, limit):
    states = all_states(3).astype(int)
    pairs = np.stack([states[:, i] * states[:, j] for i, j in ((0, 1), (0, 2), (1, 2))])
    weights = all_coefficients(3, limit)
    energies = -weights @ np.vstack([states.T, pairs])
    for f in range(16):
        outputs = [f >> x & 1 for x in range(4)]
        valid = np.isin(np.arange(8), [x | bit << 2 for x, bit in enumerate(outputs)])
        level = energies[:, valid]
        flat = (level == level[:, :1]).all(axis=1)
        gaps = (energies[:, ~valid].min(axis=1) - level[:, 0])[flat]
        best = max(gaps.max(initial=0), 0)
        if best:
            assert logic.gadget(outputs, max_aux=0, bits=bits).gap == best
        else:
            with pytest.raises(CapacityError, match="at most 0 auxiliary p-bits"):
                logic.gadget(outputs, max_aux=0, bits=bits)


def test_gadgets_are_at_least_as_good_as_the_published_gates():
    text = shared("published", "gates", "gates.json").read_text()
    compared = 0
    for data in json.loads(text)["gates"]:
        gate = find_gate(data["name"])
        pins = [gate.pins.index(pin) for pin in (*gate.inputs, *gate.outputs)]
        rows = ["".join(row[k] for k in pins) for row in data["valid_states"]]
        largest = int(max(np.abs(data["J"]).max(), np.abs(data["h"]).max()))
        bits = largest.bit_length() + 1
        found = logic.gadget(rows, max_aux=1, bits=max(bits, 2))
        published_aux = len(gate.pins) - len(pins)
        assert found.n_aux <= published_aux
        if found.n_aux == published_aux:
            assert found.gap >= data["gap"]
        compared += 1
    assert compared == 13


SHIPPED_FOUR = [
    entry
    for entry in json.loads(
        resources.files("compilers.logic").joinpath("data/gadgets.json").read_text()
    )["gadgets"]
    if entry["pins"] == 5 and "h" in entry
]


@pytest.mark.parametrize(
    "entry", SHIPPED_FOUR, ids=lambda e: f"{e['rows']}-{e['bits']}"
)
def test_shipped_gadgets_of_four_inputs_hold_by_enumeration(entry):
    mask = int(entry["rows"], 16)
    rows = [row for row in range(32) if mask >> row & 1]
    table = [[row >> k & 1 for k in range(5)] for row in rows]
    found = logic.gadget(table, max_aux=entry["aux"], bits=entry["bits"])
    assert_is(found, rows, 5)
    assert (found.n_aux, found.gap) == (entry["aux"], entry["gap"])


def test_the_shipped_table_is_what_the_search_finds():
    for rows, n, n_aux, bits in (((0, 1, 2, 7), 3, 0, 3), ((0, 3, 5, 6), 3, 1, 3)):
        key = n, sum(1 << row for row in rows), n_aux, bits
        table = gadgets._shipped()
        again = largest_gap(rows, n, n_aux, (1 << bits - 1) - 1, 60.0)
        assert table[key].gap == again.gap
        assert np.abs(table[key].J).sum() == np.abs(again.J).sum()


@settings(deadline=None, max_examples=100)
@given(data=st.data(), n=st.integers(1, 4))
def test_tables_that_differ_by_names_and_signs_have_one_representative(data, n):
    rows = data.draw(st.sets(st.integers(0, 2**n - 1), min_size=1))
    order = data.draw(st.permutations(range(n)))
    flips = data.draw(st.integers(0, 2**n - 1))
    moved = {sum((r >> order[k] & 1) << k for k in range(n)) ^ flips for r in rows}
    image, gauge = representative(moved, n)
    assert image == representative(rows, n)[0]
    back = {
        sum((r >> gauge.order[k] & 1 ^ gauge.flipped[k]) << k for k in range(n))
        for r in image
    }
    assert back == moved


def test_a_table_may_be_given_in_four_ways():
    forms = [
        "0001",
        [0, 0, 0, 1],
        ["000", "100", "010", "111"],
        {(0, 0): 0, (0, 1): 0, (1, 0): 0, (1, 1): 1},
        [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 1)],
    ]
    found = [logic.gadget(form, bits=3) for form in forms]
    assert all(other == found[0] for other in found)
    adder = logic.gadget({(a, b): (a ^ b, a & b) for a in (0, 1) for b in (0, 1)})
    assert adder.n_aux == 0
    assert adder.gate("HA", ("A", "B"), ("S", "C")).evaluate({"A": 1, "B": 1}) == {
        "S": 0,
        "C": 1,
    }


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        ("010", ValueError, "a function has 2, 4, 8 ... outputs, not 3"),
        ("0120", ValueError, "bits, 0 or 1, not '2'"),
        ([], ValueError, "at least one row"),
        (["00", "011"], ValueError, "must have 2 pins as the first, not 3"),
        (["00", "00"], ValueError, "the same row twice"),
        (["0" * 9], ValueError, "1 to 8 pins, not 9"),
        ([0.5, 1], ValueError, "must be bits|hold bits"),
        (7, TypeError, "must be bits or rows"),
    ],
)
def test_what_is_no_truth_table_is_refused(table, error, words):
    with pytest.raises(error, match=words):
        logic.gadget(table)


def test_limits_of_a_gadget_are_checked():
    with pytest.raises(CapacityError, match="at most 0 auxiliary p-bits and 4 bits"):
        logic.gadget("0110", max_aux=0)
    with pytest.raises(ValueError, match="bits must be at least 2, not 1"):
        logic.gadget("0110", bits=1)
    with pytest.raises(ValueError, match="at most 12 together, not 13"):
        logic.gadget("0110", max_aux=10)
    with pytest.raises(ValueError, match="seconds must be above 0"):
        logic.gadget("0110", seconds=0)
    with pytest.raises(ValueError, match="its inputs do not decide"):
        logic.gadget(["00", "01"]).gate("G", ("A",))
    with pytest.raises(ValueError, match="2 pins cannot have 2 inputs"):
        logic.gadget(["00", "11"]).gate("G", ("A", "B"))


CELL_FORMULAS = {
    "ANDNOT": lambda a, b: a and not b,
    "ORNOT": lambda a, b: a or not b,
    "MUX": lambda a, b, s: b if s else a,
    "NMUX": lambda a, b, s: not (b if s else a),
    "AOI3": lambda a, b, c: not ((a and b) or c),
    "OAI3": lambda a, b, c: not ((a or b) and c),
    "AOI4": lambda a, b, c, d: not ((a and b) or (c and d)),
    "OAI4": lambda a, b, c, d: not ((a or b) and (c or d)),
    "XOR3": lambda a, b, c: (a + b + c) % 2,
    "MAJ3": lambda a, b, c: a + b + c > 1,
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_its_formula_and_its_couplings_have_no_other_ground_state(name):
    gate, formula = find_gate(name), CELL_FORMULAS[name]
    for bits in itertools.product((0, 1), repeat=len(gate.inputs)):
        got = gate.evaluate(dict(zip(gate.inputs, bits, strict=True)))
        assert got == {"Y": int(formula(*bits))}
    assert_gate_holds(gate)


def assert_gate_holds(gate):
    model = pbit.IsingModel(gate.J, gate.h)
    energies = all_energies(model)
    rows = {sum(int(bit) << k for k, bit in enumerate(row)) for row in gate.rows}
    assert set(np.flatnonzero(energies == energies.min())) == rows
    assert energies.min() == gate.ground_energy
    assert np.unique(energies)[1] - energies.min() == gate.gap


@pytest.mark.parametrize("k", [1, 2, 3])
def test_any_function_of_up_to_three_inputs_is_a_gate(k):
    for f in range(1 << (1 << k)):
        gate = find_gate(function_name(f, k))
        for x in range(1 << k):
            bits = {"ABC"[i]: x >> i & 1 for i in range(k)}
            assert gate.evaluate(bits) == {"Y": f >> x & 1}
    assert_gate_holds(gate)


def test_pins_are_negated_by_name():
    gate = find_gate("and~a~c")
    assert gate.name == "AND~A~C"
    for a, b in itertools.product((0, 1), repeat=2):
        assert gate.evaluate({"A": a, "B": b}) == {"C": 1 - ((1 - a) & b)}
    assert_gate_holds(gate)
    for name in ("AND~Q", "AND~A~A", "AND~", "F3_1FF", "F3_e", "F4_0000", "~A"):
        with pytest.raises(KeyError, match="no gate is called"):
            find_gate(name)


def test_a_cell_is_a_circuit_by_name():
    program = compilers.circuit("mux")
    assert program.check({"A": 0, "B": 1, "S": 1, "Y": 1})
    assert not program.check({"A": 0, "B": 1, "S": 0, "Y": 1})
    assert logic.prove(program, lambda x: {"Y": x["B"] if x["S"] else x["A"]})
