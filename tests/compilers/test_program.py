import dataclasses

import networkx as nx
import numpy as np
import pytest

import compilers


@pytest.fixture(scope="module")
def adder():
    return compilers.adder(4, cin=True)


def test_a_clamp_is_little_endian_and_combines_buses_labels_and_keywords(adder):
    assert adder.clamp(A=0b0001, Cin=1) == {
        "A[0]": 1, "A[1]": -1, "A[2]": -1, "A[3]": -1, "Cin": 1,
    }  # fmt: skip
    assert adder.clamp({"A[2]": 1, "Cin": 0}) == {"A[2]": 1, "Cin": -1}
    assert adder.clamp({"A[2]": 1}, A=4) == adder.clamp(A=np.int64(4))
    assert adder.clamp() == {}


def test_a_clamp_contradicts_itself_loudly(adder):
    with pytest.raises(ValueError, match=r"p-bit 'A\[2\]' is clamped to -1 and to \+1"):
        adder.clamp({"A[2]": -1}, A=4)


@pytest.mark.parametrize(
    ("buses", "error", "message"),
    [
        (
            {"Sum": 3},
            KeyError,
            r"no bus is called 'Sum'; did you mean 'S'\? buses: A, B",
        ),
        ({"a": 3}, KeyError, "no bus is called 'a'"),
        ({"A": 16}, ValueError, r"A must be 0 to 15 \(4 bits\), not 16"),
        ({"A": -1}, ValueError, r"A must be 0 to 15 \(4 bits\), not -1"),
        ({"Cin": 2}, ValueError, r"Cin must be 0 to 1 \(1 bit\), not 2"),
        ({"A": 3.0}, TypeError, r"A must be a whole number, not 3\.0"),
        ({"A": "3"}, TypeError, "A must be a whole number, not '3'"),
        ({"Cin": True}, TypeError, "Cin must be a whole number, not True"),
    ],
)
def test_a_wrong_clamp_is_an_error(adder, buses, error, message):
    with pytest.raises(error, match=message):
        adder.clamp(**buses)
    with pytest.raises(error, match=message):
        adder.clamp(buses)


def test_a_label_is_clamped_to_a_state_and_not_to_a_bit():
    program = compilers.maxcut(nx.path_graph(3))
    assert program.clamp({0: 1, 2: np.int8(-1)}) == {0: 1, 2: -1}
    with pytest.raises(
        ValueError, match=r"the state of p-bit 1 must be -1 or \+1, not 0"
    ):
        program.clamp({1: 0})
    with pytest.raises(TypeError, match="the state of p-bit 1 must be a whole number"):
        program.clamp({1: 1.0})
    with pytest.raises(KeyError, match="no p-bit is called 7"):
        program.clamp({7: 1})
    with pytest.raises(KeyError, match="has no buses"):
        program.clamp(P=3)


def test_decoding_reverses_clamping_for_every_number(adder):
    for number in range(16):
        clamp = adder.clamp(A=number, B=15 - number, Cin=1, S=16)
        state = [clamp.get(label, -1) for label in adder.model.labels]
        assert adder.decode(state) == {"A": number, "B": 15 - number, "Cin": 1, "S": 16}


def test_numbers_wider_than_a_machine_word_pass():
    program = compilers.adder(100)
    number = 2**99 + 12345
    clamp = program.clamp(A=number, B=number, S=2 * number)
    state = np.array([clamp.get(label, 1) for label in program.model.labels], np.int8)
    solution = program.decode(state)
    assert solution == {"A": number, "B": number, "S": 2 * number}
    assert program.check(solution)


def test_only_one_state_of_plus_and_minus_one_is_decoded(adder):
    with pytest.raises(ValueError, match=r"state must be -1 or \+1: state\[0\] = 0"):
        adder.decode(np.zeros(adder.n))
    with pytest.raises(
        ValueError, match=r"state must have shape \(17,\), not \(2, 17\)"
    ):
        adder.decode(np.ones((2, 17)))
    with pytest.raises(ValueError, match=r"state must have shape \(\.\.\., 17\), not"):
        adder.decode(np.ones(16))


def test_solutions_are_mappings(adder):
    with pytest.raises(TypeError, match="solution must be a mapping"):
        adder.check([1, 2, 3])
    with pytest.raises(TypeError, match="solution must be a mapping"):
        adder.objective(3)


def test_the_objective_of_logic_counts_wrong_output_bits(adder):
    truth = {"A": 9, "B": 8, "Cin": 0, "S": 17}
    assert adder.sense == "min"
    assert adder.objective(truth) == 0
    assert adder.objective(truth | {"S": 16}) == 1
    assert adder.objective(truth | {"S": 14}) == 5
    assert not adder.check(truth | {"S": 16})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"A": None}, "solution must give a number to bus 'A'"),
        ({"Q": 1}, "solution names 'Q'; buses: A, B, Cin, S"),
        ({"S": 99}, r"S must be 0 to 31 \(5 bits\), not 99"),
    ],
)
def test_what_is_no_solution_of_logic_fails_the_check(adder, change, message):
    solution = {"A": 9, "B": 8, "Cin": 0, "S": 17} | change
    solution = {bus: number for bus, number in solution.items() if number is not None}
    assert not adder.check(solution)
    with pytest.raises(ValueError, match=message):
        adder.objective(solution)


def test_programs_are_frozen_and_short_to_print(adder):
    with pytest.raises(dataclasses.FrozenInstanceError):
        adder.model = None
    assert repr(adder) == "Program(adder(4, cin): n=17, buses A[4] B[4] Cin[1] S[5])"
    assert repr(compilers.maxcut(nx.path_graph(3))) == "Program(max-cut: n=3, max)"


def test_the_table_of_contents_is_complete():
    for name in compilers.__all__:
        assert getattr(compilers, name) is not None
    assert set(compilers.__all__) <= set(dir(compilers))
    with pytest.raises(AttributeError, match="no attribute 'sudoku'"):
        _ = compilers.sudoku
    for name in compilers.formats.__all__:
        assert getattr(compilers.formats, name) is not None
