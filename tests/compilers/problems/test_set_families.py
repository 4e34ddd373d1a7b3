"""Set cover, set packing and exact cover beside their definitions."""

import json

import numpy as np
import pytest

import pbit
from compilers.problems.exact_cover import exact_cover
from compilers.problems.set_cover import set_cover
from compilers.problems.set_packing import set_packing
from tests.compilers.problems.oracles import (
    assert_judged,
    best,
    choices,
    decoded_ground,
)


def counts(sets, solution):
    held = {e: 0 for group in sets.values() for e in group}
    for name, taken in solution.items():
        for element in sets[name] if taken else ():
            held[element] += 1
    return held.values()


def is_cover(sets, solution):
    return min(counts(sets, solution), default=1) >= 1


def is_packing(sets, solution):
    return max(counts(sets, solution), default=0) <= 1


def is_exact(sets, solution):
    return set(counts(sets, solution)) <= {1}


def weight_of(weights, solution):
    return sum(weights[name] * taken for name, taken in solution.items())


def random_family(seed):
    """Up to 8 sets of up to 6 elements; weights whole or dyadic, some 0 or negative."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 9)), int(rng.integers(1, 7))
    chance = rng.uniform(0.15, 0.6)
    sets = {
        f"s{k}": [f"e{e}" for e in range(m) if rng.random() < chance] for k in range(n)
    }
    whole = rng.integers(-2 if seed % 4 == 2 else 1, 9, n).tolist()
    scale = 1 if seed % 4 < 3 else 1 / 4
    weights = {name: w * scale for name, w in zip(sets, whole, strict=True)}
    if seed % 4 == 0:
        weights = dict.fromkeys(sets, 1)
    return sets, weights


@pytest.mark.parametrize(
    ("compiler", "feasible"), [(set_cover, is_cover), (set_packing, is_packing)]
)
def test_ground_states_are_all_the_best_choices_of_200_random_families(
    compiler, feasible
):
    smaller = slack = 0
    for seed in range(250):
        sets, weights = random_family(seed)
        program = compiler(sets, weights)
        expected = best(
            choices(sets),
            lambda s, w=weights: weight_of(w, s),
            lambda s, g=sets: feasible(g, s),
            program.sense,
        )
        assert decoded_ground(program) == expected
        smaller += bool(program.provenance["fixed"])
        slack += program.provenance.get("slack_bits", 0) > 0
    assert smaller > 100
    assert slack > 50 or compiler is set_packing


@pytest.mark.parametrize("priced", [False, True])
def test_ground_states_are_all_the_cheapest_exact_covers_of_200_families(priced):
    solvable = 0
    for seed in range(600):
        sets, weights = random_family(seed)
        if not priced:
            weights = dict.fromkeys(sets, 0)
        expected = best(
            choices(sets),
            lambda s, w=weights: weight_of(w, s),
            lambda s, g=sets: is_exact(g, s),
        )
        if not expected:
            continue
        solvable += 1
        program = exact_cover(sets, weights if priced else None)
        assert decoded_ground(program) == expected
    assert solvable >= 200


def test_families_without_exact_cover_are_refused_or_have_no_ground_state_that_checks():
    refused = searched = 0
    for seed in range(600):
        sets, weights = random_family(seed)
        if best(choices(sets), lambda s: 0, lambda s, g=sets: is_exact(g, s)):
            continue
        try:
            program = exact_cover(sets, weights)
        except ValueError:
            refused += 1
        else:
            assert not any(program.check(dict(s)) for s in decoded_ground(program))
            searched += 1
    assert refused > 20
    assert searched >= 20
    with pytest.raises(ValueError, match="force leaves no set for 1"):
        exact_cover([[1, 2], [2, 3]])


@pytest.mark.parametrize(
    ("compiler", "feasible"),
    [(set_cover, is_cover), (set_packing, is_packing), (exact_cover, is_exact)],
)
def test_checks_and_objectives_follow_the_definitions_on_all_states(compiler, feasible):
    sets = {"a": [1, 2], "b": [2, 3], "c": [3, 1], "d": [1, 2, 3], "e": [2]}
    weights = {"a": 2, "b": 2, "c": 2, "d": 3, "e": 1}
    assert_judged(
        compiler(sets, weights),
        lambda s: feasible(sets, s),
        lambda s: weight_of(weights, s),
    )


@pytest.mark.parametrize("size", range(2, 12))
def test_slack_bits_make_the_penalty_of_an_element_none_or_one(size):
    program = set_cover([["e"]] * size, penalty=1, costs=[0] * size)
    n_slack = program.n - size
    assert n_slack == int(np.ceil(np.log2(np.ceil(size / 2))))
    energies = pbit.exact.energies(program.model).reshape(2**n_slack, 2**size)
    assert energies.min(axis=0).tolist() == [1.0] + [0.0] * (2**size - 1)


def test_penalties_that_are_too_low_let_broken_rules_win():
    ring = {k: [k, (k + 1) % 5] for k in range(5)}
    for compiler in (set_cover, set_packing):
        weak = compiler(ring, penalty=0.4 if compiler is set_cover else 0.75)
        assert not any(weak.check(dict(s)) for s in decoded_ground(weak))
    sets, costs = {"a": [1, 2], "b": [1], "c": [2], "d": [1, 2]}, [5, 5, 5, 6]
    weak = exact_cover(sets, costs, penalty=2)
    assert not any(weak.check(dict(s)) for s in decoded_ground(weak))
    safe = exact_cover(sets, costs)
    assert decoded_ground(safe) == {frozenset({("a", 1), ("b", 0), ("c", 0), ("d", 0)})}


def test_penalties_are_small():
    ring = {k: [k, (k + 1) % 5] for k in range(5)}
    assert set_cover(ring).provenance["penalties"] == {"element": [2.0, 2.0]}
    assert exact_cover(ring).provenance["penalties"] == {"element": 1.0}
    pairs = [[1, 2], [3, 4], [1, 3], [2, 4]]  # costs go with sizes: 3 an element
    priced = exact_cover(pairs, [6, 6, 6, 6])
    assert priced.provenance["penalties"] == {"element": 9.0}


SETS = {"a": [1, 4], "b": [1, 2], "c": [3, 4], "d": [2, 3], "e": [4]}
NEAR_MISSES = [
    (set_cover, {"a": 1, "b": 1, "c": 0, "d": 0, "e": 1}),  # 3 bare
    (set_cover, {"a": 0, "b": 1, "c": 0, "d": 1, "e": 0}),  # 4 bare
    (set_cover, {"a": 1, "d": 1}),  # sets left out
    (set_packing, {"a": 1, "b": 0, "c": 0, "d": 0, "e": 1}),  # 4 twice
    (set_packing, {"a": 0, "b": 1, "c": 1, "d": 0, "e": 2}),
    (set_packing, {"a": 1, "b": 1, "c": 0, "d": 0, "e": 0}),
    (exact_cover, {"a": 0, "b": 1, "c": 1, "d": 0, "e": 1}),  # 4 twice
    (exact_cover, {"a": 0, "b": 1, "c": 0, "d": 0, "e": 1}),  # 3 bare
    (exact_cover, {"a": 0, "b": 1, "c": 1, "d": 0, "e": 0, "f": 1}),
]


@pytest.mark.parametrize(("compiler", "solution"), NEAR_MISSES)
def test_near_misses_are_rejected(compiler, solution):
    assert not compiler(SETS).check(solution)


def test_forced_sets_are_fixed_and_reported():
    sets = {"only": [1, 2], "inside": [2], "p": [3, 4], "q": [3], "r": [4, 3]}
    program = set_cover(sets)
    assert program.provenance["fixed"] == [["only", 1], ["inside", 0]]
    exact = exact_cover(sets)
    assert exact.provenance["fixed"] == [["only", 1], ["inside", 0]]
    chain = exact_cover({"a": [1], "b": [1, 2], "c": [2, 3], "d": [3], "e": [4, 3]})
    assert chain.n == 0  # 4 is in e only, so c and d are out, so 2 is left to b
    assert [dict(s) for s in decoded_ground(chain)] == [
        {"a": 0, "b": 1, "c": 0, "d": 0, "e": 1}
    ]
    json.dumps(program.provenance)


def test_a_choice_of_forced_sets_alone_still_decodes():
    program = set_cover([[2], [1, 2], [2, 3]], costs=[9, 1, 1])
    assert program.n == 0
    assert program.decode(np.empty(0, dtype=np.int8)) == {0: 0, 1: 1, 2: 1}
    assert program.model.offset == 2.0


@pytest.mark.parametrize("compiler", [set_cover, set_packing, exact_cover])
def test_bad_input_is_refused_at_the_door(compiler):
    with pytest.raises(TypeError, match="a mapping or a sequence of sets, not 3"):
        compiler(3)
    with pytest.raises(TypeError, match="a mapping or a sequence of sets, not 'ab'"):
        compiler("ab")
    with pytest.raises(TypeError, match="set 'a' must be a collection of hashables"):
        compiler({"a": 3})
    with pytest.raises(TypeError, match="collection of hashables, not 'xyz'"):
        compiler({"a": "xyz"})
    with pytest.raises(TypeError, match="collection of hashables"):
        compiler({"a": [[1]]})
    with pytest.raises(ValueError, match="at least 1 set, not 0"):
        compiler({})
    with pytest.raises(ValueError, match="must be 2 numbers, one a set, not 1"):
        compiler([[1], [1]], [3])
    with pytest.raises(ValueError, match="every set a number: 'b' has none"):
        compiler({"a": [1], "b": [1]}, {"a": 1})
    with pytest.raises(ValueError, match="names 'c', which is no set"):
        compiler({"a": [1]}, {"a": 1, "c": 1})
    with pytest.raises(ValueError, match=r"\[0\] must be finite, not inf"):
        compiler([[1]], [float("inf")])
    with pytest.raises(ValueError, match="penalty must be finite and >= 0"):
        compiler([[1], [1]], penalty=-2)


@pytest.mark.parametrize("compiler", [set_cover, exact_cover])
def test_universe_and_sets_must_agree(compiler):
    with pytest.raises(ValueError, match="no set holds 3 of the universe"):
        compiler([[1], [1, 2]], universe=[1, 2, 3])
    with pytest.raises(ValueError, match="set 1 holds 2, not in the universe"):
        compiler([[1], [1, 2]], universe=[1])
