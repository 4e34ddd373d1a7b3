import json
from functools import cache

import numpy as np
import pytest

import compilers
from compilers.logic.gates import GATES, find_gate
from tests.compilers.enumeration import (
    all_energies,
    all_states,
    boltzmann,
    ground_states,
    held,
)
from tests.compilers.shared_data import shared

# The truth tables once more, as Boolean operators: what the rows have to agree with.
LOGIC = {
    "COPY": lambda a: {"B": a},
    "NOT": lambda a: {"B": 1 - a},
    "AND": lambda a, b: {"C": a & b},
    "OR": lambda a, b: {"C": a | b},
    "NAND": lambda a, b: {"C": 1 - (a & b)},
    "NOR": lambda a, b: {"C": 1 - (a | b)},
    "XOR": lambda a, b: {"C": a ^ b},
    "XNOR": lambda a, b: {"C": 1 - (a ^ b)},
    "HALF_ADDER": lambda a, b: {"S": a ^ b, "C": a & b},
    "FULL_ADDER_5": lambda a, b, c: {"S": a ^ b ^ c, "Cout": (a + b + c) >> 1},
    "FULL_ADDER_6": lambda a, b, c: {"S": a ^ b ^ c, "Cout": (a + b + c) >> 1},
    "AND_PRX8_handle1": lambda a, b: {"C": a & b},
    "AND_PRX8_handle2": lambda a, b: {"C": a & b},
}


@cache
def published():
    text = shared("published", "gates", "gates.json").read_text()
    return {gate["name"]: gate for gate in json.loads(text)["gates"]}


def number(bits):
    return sum(int(bit) << k for k, bit in enumerate(bits))


@pytest.mark.parametrize("name", GATES)
def test_a_gate_is_the_published_one(name):
    gate, data = GATES[name], published()[name]
    assert list(gate.pins) == data["order"]
    assert np.array_equal(gate.J, data["J"])
    assert np.array_equal(gate.h, data["h"])
    assert list(gate.rows) == data["valid_states"]
    assert gate.ground_energy == data["ground_energy"]
    assert gate.source == data["source"]
    assert gate.provenance == data["provenance"]


def test_the_table_is_complete():
    assert set(GATES) == set(published())
    assert set(GATES) == set(LOGIC)


@pytest.mark.parametrize("name", GATES)
def test_ground_states_are_the_truth_table_and_degenerate(name):
    gate, model = GATES[name], compilers.gate(name).model
    assert sorted(ground_states(model)) == sorted(number(row) for row in gate.rows)
    assert all_energies(model).min() == gate.ground_energy
    assert len(gate.rows) == 2 ** len(gate.inputs)
    for row in gate.rows:
        bits = dict(zip(gate.pins, map(int, row), strict=True))
        inputs = [bits[pin] for pin in gate.inputs]
        expected = LOGIC[name](*inputs)
        assert {pin: bits[pin] for pin in gate.outputs} == expected
        assert gate.evaluate(dict(zip(gate.inputs, inputs, strict=True))) == expected


@pytest.mark.parametrize("name", GATES)
def test_energy_levels_and_their_degeneracy_are_published(name):
    levels, counts = np.unique(
        all_energies(compilers.gate(name).model), return_counts=True
    )
    assert levels.tolist() == published()[name]["energy_levels"]
    assert counts.tolist() == published()[name]["level_degeneracy"]


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("beta", ["0.5", "1", "2"])
def test_the_probability_of_valid_states_is_published(name, beta):
    law = boltzmann(compilers.gate(name).model, float(beta))
    valid = sum(law[number(row)] for row in GATES[name].rows)
    assert valid == pytest.approx(published()[name]["P_valid"][beta], abs=6e-7)


@pytest.mark.parametrize("name", GATES)
def test_conditional_laws_under_clamps_are_published(name):
    program, data = compilers.gate(name), published()[name]
    for case in data["clamped"]:
        mask = held(program.model, program.clamp(**case["clamp"]))
        law = boltzmann(program.model, case["I0"]) * mask
        law /= law.sum()
        free = [program.model.index(pin) for pin in case["free_order"]]
        bits = (all_states(program.n)[:, free] + 1) // 2
        for key, expected in case["P"].items():
            hit = (bits == [int(bit) for bit in key]).all(axis=1)
            assert law[hit].sum() == pytest.approx(expected, abs=6e-7), (case, key)
    for beta, marginal in data.get("marginal_ABC", {}).items():
        law = boltzmann(program.model, float(beta))
        bits = (all_states(program.n)[:, -3:] + 1) // 2
        for key, expected in marginal.items():
            hit = (bits == [int(bit) for bit in key]).all(axis=1)
            assert law[hit].sum() == pytest.approx(expected, abs=6e-7), (beta, key)


def test_a_gate_is_a_program_with_a_bus_a_pin():
    program = compilers.gate("xor")
    assert program.buses == {pin: (pin,) for pin in ("A", "B", "C", "X")}
    assert program.model.labels == ("A", "B", "C", "X")
    assert program.clamp(A=1, C=0) == {"A": 1, "C": -1}
    assert program.decode([1, -1, 1, -1]) == {"A": 1, "B": 0, "C": 1, "X": 0}
    assert program.check({"A": 1, "B": 0, "C": 1})
    assert program.check({"A": 1, "B": 0, "C": 1, "X": 1})  # inner bits are not judged
    assert not program.check({"A": 1, "B": 1, "C": 1})
    assert "p-kit" in program.provenance["source"]
    assert program.provenance["ground_energy"] == -11


def test_gates_are_found_in_any_case_and_near_names_suggested():
    assert find_gate("and_prx8_HANDLE2") is GATES["AND_PRX8_handle2"]
    with pytest.raises(
        KeyError, match=r"no gate is called 'XNR'; did you mean 'XNOR'\?"
    ):
        compilers.gate("XNR")
    with pytest.raises(TypeError, match="must be a string, not 3"):
        compilers.gate(3)
