import pickle

import numpy as np
import pytest

import compilers
import pbit
from compilers.logic.lowering import assignment
from compilers.logic.multiplier import column_of, multiplier_netlist
from pbit import IsingModel
from pbit.errors import CapacityError
from tests.compilers.enumeration import all_energies, all_states, ground_states, held

SIZES = [(1, 1), (1, 3), (2, 2), (2, 3), (3, 2)]


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_ground_states_are_exactly_the_products(n, m):
    program = compilers.multiplier(n, m)
    energies = all_energies(program.model)
    assert energies.min() == program.provenance["ground_energy"]
    ground = all_states(program.n)[np.flatnonzero(energies == energies.min())]
    found = sorted((s["A"], s["B"], s["P"]) for s in map(program.decode, ground))
    assert found == [(a, b, a * b) for a in range(2**n) for b in range(2**m)]


@pytest.mark.parametrize(("n", "m"), [(2, 2), (2, 3)])
def test_it_runs_forward_backward_and_mixed(n, m):
    """Ground states under every clamp of A and B, of P, and of A and P."""
    program = compilers.multiplier(n, m)
    energies, states = all_energies(program.model), all_states(program.n)
    truth = [(a, b, a * b) for a in range(2**n) for b in range(2**m)]
    clamps = [{"A": a, "B": b} for a, b, _ in truth]
    clamps += [{"P": p} for p in sorted({p for _, _, p in truth})]
    clamps += [{"A": a, "P": p} for a, _, p in truth]
    clamps += [{"B": b, "P": p} for _, b, p in truth]
    for given in clamps:
        mask = held(program.model, program.clamp(**given))
        lowest = np.flatnonzero(mask & (energies == energies[mask].min()))
        found = {(s["A"], s["B"], s["P"]) for s in map(program.decode, states[lowest])}
        expected = {
            row
            for row in truth
            if given.items() <= dict(zip("ABP", row, strict=True)).items()
        }
        assert found == expected, given
        assert len(lowest) == len(expected), given


def test_a_product_that_has_no_factors_lies_above_the_ground():
    program = compilers.multiplier(2, 2)
    energies = all_energies(program.model)
    mask = held(program.model, program.clamp(P=7))
    assert energies[mask].min() > program.provenance["ground_energy"]


def test_three_by_three_is_exact_for_every_pair_of_factors():
    """All 2**21 states of the nets beyond A and B, for each of the 64 pairs."""
    program = compilers.multiplier(3, 3)
    model = program.model
    assert model.labels[:6] == (*program.buses["A"], *program.buses["B"])
    J, rest = model.J.toarray(), slice(6, model.n)
    for inputs in all_states(6):
        h = model.h[rest] + J[rest, :6] @ inputs
        fixed = -0.5 * inputs @ J[:6, :6] @ inputs - model.h[:6] @ inputs + model.offset
        energies = all_energies(IsingModel(J[rest, rest], h, float(fixed)))
        lowest = np.flatnonzero(energies == energies.min())
        assert energies.min() == program.provenance["ground_energy"]
        assert len(lowest) == 1
        bits = 2 * (lowest[0] >> np.arange(21) & 1) - 1
        solution = program.decode(np.concatenate([inputs, bits]))
        assert solution["P"] == solution["A"] * solution["B"]


@pytest.mark.parametrize(
    ("n", "m", "p_bits"),
    [(2, 2, 12), (2, 3, 17), (3, 3, 27), (4, 4, 48), (8, 8, 192), (3, 8, 67)],
)
def test_no_p_bit_is_wasted(n, m, p_bits):
    program = compilers.multiplier(n, m)
    assert program.n == p_bits == n * m + n + m + 2 * (n * m - max(n, m))
    assert [len(program.buses[bus]) for bus in "ABP"] == [n, m, n + m]
    assert np.abs(program.model.J.data).min() == 1
    assert (np.diff(program.model.J.indptr) > 0).all()


def test_eight_by_eight_has_the_products_as_strict_minima():
    program, netlist = compilers.multiplier(8, 8), multiplier_netlist(8, 8)
    model = program.model
    rng = np.random.default_rng(8)
    pairs = [(0, 0), (255, 255), (239, 227), *rng.integers(0, 256, (30, 2)).tolist()]
    for a, b in pairs:
        states = assignment(netlist, {"A": a, "B": b})
        m = np.array([states[label] for label in model.labels], dtype=np.int8)
        assert model.energy(m) == program.provenance["ground_energy"]
        assert program.decode(m) == {"A": a, "B": b, "P": a * b}
        flips = 2 * m * model.fields(m)
        assert flips[16:].min() > 0  # with the inputs held, every flip costs energy
        assert flips.min() >= 0


def test_plain_sums_have_the_same_ground_states():
    strong, plain = compilers.multiplier(2, 2), compilers.multiplier(2, 2, 1)
    assert np.array_equal(ground_states(strong.model), ground_states(plain.model))
    energies = np.unique(all_energies(strong.model))
    assert energies[1] - energies[0] >= np.diff(np.unique(all_energies(plain.model)))[0]
    assert plain.provenance["ground_energy"] == 4 * -3 + 2 * -4
    with pytest.raises(ValueError, match="strength must be above 0, not 0"):
        compilers.multiplier(2, 2, adder_strength=0)


@pytest.mark.parametrize("n_m", [(2, 2), (2, 3), (3, 2)])
def test_strengths_of_columns_move_no_ground_state(n_m):
    columns = sum(n_m) - 1
    plain = compilers.multiplier(*n_m)
    for strengths in (0.5 ** np.arange(columns), [1.0, *[0.125] * (columns - 2), 1.0]):
        graded = compilers.multiplier(*n_m, column_strengths=strengths)
        assert np.array_equal(ground_states(graded.model), ground_states(plain.model))
        least = pbit.exact.ground_energy(graded.model)
        assert graded.provenance["ground_energy"] == pytest.approx(least, abs=1e-9)
    assert graded.provenance["how"].endswith("0.125, 1.0])")


def test_a_column_holds_the_gates_of_one_weight():
    nodes = multiplier_netlist(3, 3, 2, "wide", [1, 1, 5, 1, 1]).graph.nodes
    strengths = {name: nodes[name].get("strength") for name in nodes}
    strong = {name for name, strength in strengths.items() if strength in (5, 10)}
    assert {"and0_2", "and1_1", "and2_0", "fa1_1", "ha0_2"} == strong
    assert {column_of(name) for name in strong} == {2}
    for wrong in ([1] * 4, [1] * 6):
        with pytest.raises(ValueError, match=f"must be 5 numbers, not {len(wrong)}"):
            compilers.multiplier(3, 3, column_strengths=wrong)
    with pytest.raises(ValueError, match="above 0"):
        compilers.multiplier(3, 3, column_strengths=[1, 1, 0, 1, 1])


def test_many_answers_are_judged_as_one_is():
    for program in (compilers.multiplier(3, 4), compilers.adder(3, cin=True)):
        rng, judge = np.random.default_rng(4), program.problem
        states = rng.choice(np.array([-1, 1], np.int8), (3000, program.n))
        watched = judge.watch()
        numbers = [
            sum((states[:, i] > 0).astype(np.uint64) << np.uint64(k)
                for k, (i, _) in enumerate(places)) for places in watched
        ]  # fmt: skip
        want = [program.check(program.decode(state)) for state in states]
        assert judge.accepts(*numbers).tolist() == want
        assert 0 < sum(want) < 3000
    assert compilers.multiplier(33, 32).problem.watch() is None
    assert compilers.gate("AND").problem.watch() is None


def test_inner_nets_are_not_judged():
    program, netlist = compilers.multiplier(8, 8), multiplier_netlist(8, 8)
    states = assignment(netlist, {"A": 239, "B": 227})
    outer = {label for bus in program.buses.values() for label in bus}
    wrong = {v: m if v in outer else -m for v, m in states.items()}
    solution = program.decode([wrong[label] for label in program.model.labels])
    assert solution == {"A": 239, "B": 227, "P": 54253}
    assert program.check(solution)
    assert not program.check(solution | {"P": 54252})


def test_a_program_survives_pickling():
    program = pickle.loads(pickle.dumps(compilers.multiplier(3, 4)))
    assert program.check({"A": 5, "B": 9, "P": 45})
    walked = pickle.loads(pickle.dumps(compilers.circuit(multiplier_netlist(2, 2))))
    assert walked.check({"A": 2, "B": 3, "P": 6})


@pytest.mark.parametrize(("n", "m"), [(0, 2), (2, 0), (-1, 1)])
def test_sizes_below_one_are_refused(n, m):
    with pytest.raises(ValueError, match="must be at least 1"):
        compilers.multiplier(n, m)


def test_a_name_that_asks_for_too_many_gates_is_refused_before_work_begins():
    with pytest.raises(CapacityError, match=r"multiplier999999 has about 999998000001"):
        compilers.circuit("multiplier999999")
