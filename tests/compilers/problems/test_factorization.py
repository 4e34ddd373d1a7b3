import itertools

import numpy as np
import pytest

import compilers
import pbit
from compilers.logic.lowering import lower
from compilers.logic.multiplier import multiplier_netlist
from compilers.logic.wiring import Pin
from compilers.problems.factorization import factorization, leading_bits
from compilers.problems.folding import fold
from tests.compilers.problems.oracles import decoded_ground


def factors(number, n, m):
    pairs = ((a, b) for a in range(2**n) for b in range(2**m))
    return {frozenset({"A": a, "B": b}.items()) for a, b in pairs if a * b == number}


@pytest.mark.parametrize("method", ["circuit", "polynomial"])
def test_ground_states_are_the_factors(method):
    compared = 0
    widths = ((2, 4), (3, 3), (3, 4), (2, 5), (4, 4), (5, 2), (4, 3), (2, 6))
    for (n, m), number in itertools.product(widths, range(4, 106)):
        want = factors(number, n, m)
        try:
            program = factorization(number, (n, m), method)
        except ValueError:
            assert not want
            continue
        if want and program.n <= 17:
            assert decoded_ground(program) == want
            assert pbit.exact.ground_energy(program.model) == 0
            compared += 1
    assert compared >= 200


@pytest.mark.parametrize("method", ["circuit", "polynomial"])
def test_the_default_widths_hold_every_proper_factorization(method):
    for number in (4, 6, 9, 15, 21, 25, 35):
        program = factorization(number, None, method)
        if program.n > 20:
            continue
        found = {tuple(sorted(dict(s).values())) for s in decoded_ground(program)}
        pairs = {(a, number // a) for a in range(2, number) if number % a == 0}
        assert found == {tuple(sorted(pair)) for pair in pairs}


def test_published_sizes_are_met():
    # Borders 2019: 4, 6 and 8 p-bits with native four-body terms.
    for number, bits, own in ((35, (3, 3), 4), (161, (3, 5), 6), (945, (6, 4), 8)):
        program = factorization(number, bits, "polynomial")
        assert program.n - program.provenance["products"] == own


def test_folding_keeps_the_ground_states_of_the_multiplier():
    for product in (0, 1, 6, 9, 12, 15, 21, 35, 49):
        netlist = multiplier_netlist(3, 3, 2)
        lowered = lower(netlist)
        known = {
            lowered.pins[Pin("P", k)]: 2 * (product >> k & 1) - 1 for k in range(6)
        }
        folded = fold(netlist, lowered, known)
        whole = lowered.model()
        clamp = {whole.labels[i]: state for i, state in known.items()}
        want = {tuple(m) for m in pbit.exact.ground_states(whole, clamp).tolist()}
        found = set()
        for state in pbit.exact.ground_states(folded.model).tolist():
            full = [
                sign * state[place] if place >= 0 else sign
                for place, sign in folded.places
            ]
            found.add(tuple(full))
            assert whole.energy(full) == folded.model.energy(state)
        assert found == want


def test_forced_bits_are_fixed_and_reported():
    program = factorization(143, (4, 4))
    assert ["A[0]", 1] in program.provenance["fixed"]
    assert program.n < program.provenance["p-bits of the multiplier"] / 2
    assert factorization(945, (6, 4)).decode([]) == {"A": 63, "B": 15}


def test_annealing_factors_an_eight_bit_number_both_ways():
    for method in ("circuit", "polynomial"):
        program = factorization(221, (4, 5), method)
        samples = pbit.anneal(program.model, n_chains=256, n_sweeps=1000, rng=1)
        assert any(program.check(program.decode(s)) for s in samples.states[:, 0])


def test_leading_bits_are_those_that_all_factors_share():
    for n, m in itertools.product((2, 3, 4), (2, 3, 5)):
        for number in range(4, (2**n - 1) * (2**m - 1) + 1):
            pairs = [
                (a, b) for a in range(2**n) for b in range(2**m) if a * b == number
            ]
            for bus, bits in enumerate(leading_bits(number, n, m)):
                for pair in pairs:
                    assert all(pair[bus] >> k & 1 == bit for k, bit in bits.items())
    for width in (4, 8):
        for number in (2 ** (2 * width - 1), 2 ** (2 * width - 1) + 7):
            a, b = leading_bits(number, width, width)
            assert a[width - 1] == b[width - 1] == 1


@pytest.mark.parametrize("ends", [(2, 2), (3, 0), (0, 4), (0, 0), (1, 3), (4, 3)])
def test_factors_are_ground_states_of_both_ends(ends):
    """Every factorization can be completed to a ground state, of energy 0."""
    for number in (143, 165, 195, 169, 91):
        whole = factorization(number, (4, 4))
        program = factorization(number, (4, 4), ends=ends)
        assert program.n <= whole.n
        assert pbit.exact.ground_energy(program.model) == 0
        found = decoded_ground(program)
        assert factors(number, 4, 4) <= found
        assert factors(number, 4, 4) == {s for s in found if program.check(dict(s))}


def test_all_columns_at_the_ends_are_the_whole_circuit():
    whole = factorization(187, (4, 5))
    program = factorization(187, (4, 5), ends=(5, 3))
    assert (program.model.J != whole.model.J).nnz == 0
    assert program.provenance["how"].endswith("ends=(5, 3))")
    lowest = factorization(2047 * 1531, (11, 11), ends=(4, 0)).model
    assert {str(name)[0] for name in lowest.labels} <= set("ABafh")
    auto = factorization(2047 * 1531, (11, 11), ends="auto")
    assert auto.provenance["how"].endswith("ends=(4, 4))")


def test_strengths_leave_the_factors_alone():
    for number in (35, 49, 21):
        for options in (
            {"adder_strength": 1},
            {"column_strengths": [1, 0.5, 0.25, 0.5, 1]},
        ):
            program = factorization(number, (3, 3), **options)
            assert decoded_ground(program) == factors(number, 3, 3)
            assert pbit.exact.ground_energy(program.model) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("bits", "options"),
    [
        (8, {}),
        (8, {"ends": "auto"}),
        (8, {"method": "polynomial"}),
        (12, {"ends": "auto"}),
    ],
)
def test_a_search_factors_products_of_two_primes(bits, options):
    number = {8: 197 * 233, 12: 3917 * 2203}[bits]
    program = factorization(number, (bits, bits), **options)
    beta = 2.0**-24 if options.get("method") else None
    found = compilers.search(program, beta=beta, rng=1, n_threads=2)
    answer = program.decode(found.state)
    assert program.check(answer)
    assert answer["A"] * answer["B"] == number
    again = compilers.search(program, beta=beta, rng=1, n_threads=1)
    assert np.array_equal(again.state, found.state)


def test_a_search_needs_neither_p_bits_nor_many_chains():
    for ends, bits in (((0, 0), (6, 4)), (None, (6, 4)), ("auto", (10, 4))):
        program = factorization(945, bits, ends=ends)
        found = compilers.search(program, n_chains=1, rng=1)
        assert program.check(program.decode(found.state))
    assert factorization(945, (6, 4)).n == 0


def test_a_search_runs_a_circuit_in_any_direction():
    program = compilers.multiplier(6, 6)
    for held in ({"P": 3127}, {"P": 3127, "A": 53}, {"A": 59, "B": 53}):
        beta = None if "P" in held else pbit.schedules.linear(0.3, 1.5, 100)
        found = compilers.search(program, program.clamp(**held), beta, rng=1)
        answer = program.decode(found.state)
        assert program.check(answer)
        assert answer.items() >= held.items()
        assert answer["P"] == 3127
    found = compilers.search(program, program.clamp(P=3121), n_sweeps=50, rng=1)
    assert not found
    with pytest.raises(TypeError, match="cannot be judged many answers at a time"):
        compilers.search(compilers.gate("AND"))
    with pytest.raises(TypeError, match="cannot be judged many answers at a time"):
        compilers.search(compilers.number_partitioning([1, 2, 3]))


def test_near_misses_fail_the_check():
    program = factorization(35, (3, 3), "polynomial")
    assert program.check({"A": 7, "B": np.int64(5)})
    for wrong in (
        {"A": 7, "B": 7},
        {"A": 35, "B": 1},  # 35 has 6 bits
        {"A": 5},
        {"A": 5, "B": 7, "P": 35},
        {"A": -5, "B": -7},
        {"A": 5.0, "B": 7},
    ):
        assert not program.check(wrong)
    assert program.objective({"A": 6, "B": 6}) == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3,), ValueError, "number must be at least 4, not 3"),
        ((35.0,), TypeError, "number must be a whole number"),
        ((35, (3, 2)), ValueError, "bits must leave room for 35"),
        ((35, (1, 8)), ValueError, r"bits\[0\] must be at least 2, not 1"),
        (
            (35, (3, 3), "circuit", {"ends": (3, 3)}),
            ValueError,
            "at most the 5 columns",
        ),
        (
            (35, (3, 3), "circuit", {"ends": (-1, 3)}),
            ValueError,
            r"ends\[0\] must be at",
        ),
        (
            (35, (3, 3), "circuit", {"ends": "best"}),
            TypeError,
            "ends must be two numbers",
        ),
        (
            (35, (3, 3), "polynomial", {"ends": (1, 1)}),
            ValueError,
            "ends is for the circ",
        ),
        ((35, 3), TypeError, "bits must be two widths"),
        ((35, (3, 3), "guess"), ValueError, "method must be one of"),
        ((61, (3, 4)), ValueError, "no numbers of 3 and 4 bits multiply to 61"),
        ((4095**2, (12, 12), "polynomial"), ValueError, r"at most 2\*\*51"),
    ],
)
def test_bad_input_is_refused(arguments, error, message):
    options = arguments[3] if len(arguments) > 3 else {}
    with pytest.raises(error, match=message):
        factorization(*arguments[:3], **options)
