import csv
import warnings
from fractions import Fraction

import numpy as np
import pytest

import pbit
from compilers.formats.knapsack import read_knapsack
from compilers.formats.quadratic_knapsack import read_quadratic_knapsack
from compilers.problems.knapsack import knapsack
from compilers.problems.knapsack_bounds import coarsened, left_over
from tests.compilers.enumeration import all_states
from tests.compilers.problems.oracles import best, bits, decoded_ground
from tests.compilers.shared_data import shared


def slow_profit(profits, pairs, s):
    alone = sum(p for i, p in enumerate(profits) if s[i])
    return alone + sum(p for (i, j), p in (pairs or {}).items() if s[i] and s[j])


def fits(weights, capacity, s):
    chosen = (Fraction(str(w)) for i, w in enumerate(weights) if s[i])
    return sum(chosen) <= Fraction(str(capacity))


def optima(profits, weights, capacity, pairs=None):
    return best(
        bits(range(len(profits))),
        lambda s: slow_profit(profits, pairs, s),
        lambda s: fits(weights, capacity, s),
        "max",
    )


def random_items(rng, n):
    weights = rng.integers(0, 12, n).tolist()
    profits = (rng.integers(-2, 4, n) + np.array(weights)).tolist()
    return profits, weights, int(rng.integers(0, 1 + sum(weights)))


def test_ground_states_are_the_best_selections():
    rng = np.random.default_rng(3)
    sizes = []
    for _ in range(300):
        items = random_items(rng, int(rng.integers(1, 10)))
        program = knapsack(*items)
        sizes.append(program.n)
        assert decoded_ground(program) == optima(*items)
    assert max(sizes) > 10  # not everything was fixed


def test_ground_states_are_the_best_selections_with_pairs():
    rng = np.random.default_rng(4)
    for _ in range(300):
        n = int(rng.integers(2, 8))
        items = random_items(rng, n)
        chosen = [(i, j) for i in range(n) for j in range(i) if rng.random() < 0.4]
        pairs = {pair: int(rng.integers(-4, 8)) for pair in chosen}
        assert decoded_ground(knapsack(*items, pairs)) == optima(*items, pairs)


def test_fractions_are_taken_exactly():
    rng = np.random.default_rng(5)
    for _ in range(200):
        n = int(rng.integers(1, 8))
        weights = [round(float(w), 3) for w in rng.random(n) * 4]
        profits = [round(float(p), 2) for p in rng.random(n) * 4]
        capacity = round(float(rng.random()) * 8, 2)
        items = (profits, weights, capacity)
        assert decoded_ground(knapsack(*items)) == optima(*items)
    # 0.1 + 0.2 is 0.30000000000000004 in floats, and fits a capacity of 0.3 still.
    assert knapsack([1, 1], [0.1, 0.2], 0.3).check({0: 1, 1: 1})


def test_the_penalty_is_safe_and_half_of_it_is_not_always():
    rng = np.random.default_rng(6)
    broken = 0
    for _ in range(200):
        items = random_items(rng, 7)
        safe = knapsack(*items).provenance["penalty"]
        low = knapsack(*items, penalty=max(0.1, (safe - 1) / 2))
        broken += decoded_ground(low) != optima(*items)
    assert broken > 5


def test_feasible_states_with_the_right_slack_have_minus_the_profit_as_energy():
    rng = np.random.default_rng(7)
    for _ in range(30):
        profits, weights, capacity = random_items(rng, 7)
        program = knapsack(profits, weights, capacity)
        for state in all_states(program.n):
            solution = program.decode(state)
            if program.check(solution):
                assert program.model.energy(state) >= -program.objective(solution)
        ground = pbit.exact.ground_states(program.model)[0]
        assert program.model.energy(ground) == -program.objective(
            program.decode(ground)
        )


def test_forced_items_are_fixed_and_reported():
    program = knapsack([5, -1, 9, 3, 4], [0, 1, 20, 4, 4], 4)
    assert program.provenance["fixed"] == [[0, 1], [1, 0], [2, 0], [3, 0], [4, 1]]
    assert program.n == 0
    assert program.decode([]) == {0: 1, 1: 0, 2: 0, 3: 0, 4: 1}


def test_a_resolution_keeps_selections_feasible():
    rng = np.random.default_rng(8)
    for _ in range(50):
        weights = (rng.random(6) * 4).tolist()
        program = knapsack([1] * 6, weights, 7.3, resolution=0.5)
        for ground in pbit.exact.ground_states(program.model):
            assert program.check(program.decode(ground))


def test_coarser_weights_let_the_same_selections_fit():
    rng = np.random.default_rng(9)
    for _ in range(50):
        loads = rng.integers(1, 10**6, 6)
        room = int(rng.integers(1, loads.sum()))
        small_room, small = coarsened(loads.tolist(), room)
        chosen = (all_states(6) > 0).astype(int)
        np.testing.assert_array_equal(
            chosen @ loads <= room, chosen @ small <= small_room
        )
        assert small_room <= room


def test_no_optimum_leaves_more_room_than_the_bound_and_some_leave_as_much():
    rng = np.random.default_rng(10)
    reached = 0
    for _ in range(300):
        n = int(rng.integers(1, 8))
        weights = rng.integers(1, 9, n).tolist()
        profits = rng.integers(-1, 4, n).tolist()
        capacity = int(rng.integers(max(weights), max(weights) + sum(weights)))
        chosen = [(i, j) for i in range(n) for j in range(i) if rng.random() < 0.5]
        pairs = {pair: int(rng.integers(-1, 4)) for pair in chosen}
        rooms = [
            capacity - sum(weights[i] for i, x in s if x)
            for s in optima(profits, weights, capacity, pairs)
        ]
        most = left_over(profits, pairs, dict(enumerate(weights)), capacity)
        assert max(rooms) <= most
        reached += max(rooms) == most
    assert reached > 50


def test_the_price_method_needs_no_slack_and_says_that_it_is_not_exact():
    items = ([1, 3, 2, 3, 1, 4], [3, 2, 3, 4, 3, 1], 8)
    pairs = {(0, 5): 3, (2, 4): 4, (1, 3): 2, (0, 2): 2, (3, 4): 3}
    program = knapsack(*items, pairs, method="price")
    assert program.n > 3
    record = program.provenance
    assert record["slack"] == []
    assert record["exact"] is False
    assert record["price"] > 0
    fixed = {i for i, _ in record["fixed"]}
    load = [w for i, w in enumerate(items[1]) if i not in fixed]
    assert record["penalty"] == pytest.approx(record["price"] / (2 * np.mean(load)))
    left = items[2] - sum(items[1][i] for i, value in record["fixed"] if value)
    for state in all_states(program.n):
        solution = program.decode(state)
        over = sum(w * solution[i] for i, w in enumerate(items[1]) if i not in fixed)
        over -= left
        energy = -program.objective(solution) + record["price"] * over
        energy += record["penalty"] * over**2
        assert program.model.energy(state) == pytest.approx(energy)


def test_the_price_method_is_exact_where_everything_fits():
    program = knapsack([1, 2], [1, 1], 2, {(0, 1): -5}, method="price")
    assert program.provenance["exact"] is True
    assert decoded_ground(program) == optima([1, 2], [1, 1], 2, {(0, 1): -5})


def test_near_misses_fail_the_check():
    program = knapsack([1, 2, 3], [2, 3, 4], 5)
    assert program.check({0: 1, 1: 1, 2: 0})
    for wrong in (
        {0: 1, 1: 0, 2: 1},  # too heavy by one
        {0: 1, 1: 1},
        {0: 1, 1: 1, 2: 2},
        {0: 1, 1: 1, 2: 0, 3: 0},
        {0: 1, 1: 1, 2: None},
    ):
        assert not program.check(wrong)
    assert program.objective({0: 1, 1: 0, 2: 1}) == 4


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([], [], 1), ValueError, "at least 1 item"),
        (([1], [1, 2], 1), ValueError, "one number an item, .* not 1 and 2"),
        (([1], [-1], 1), ValueError, r"weights\[0\] must be at least 0, not -1"),
        (([1], [1], -1), ValueError, "capacity must be at least 0, not -1"),
        (([float("nan")], [1], 1), ValueError, r"profits\[0\] must be finite"),
        (([1, 1], [1, 1], 1, {(0, 2): 1}), ValueError, r"items 0 to 1, not \(0, 2\)"),
        (([1, 1], [1, 1], 1, {(0, 0): 1}), ValueError, "pairs must join two"),
        (([1, 1], [1, 1], 1, {(0, 1): 1, (1, 0): 1}), ValueError, "given twice"),
        (([1, 1], [1, 1], 1, [(0, 1)]), TypeError, "pairs must be a mapping"),
    ],
)
def test_bad_input_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        knapsack(*arguments)


def test_penalty_and_resolution_have_to_be_positive():
    with pytest.raises(ValueError, match="penalty must be above 0, not 0"):
        knapsack([1], [1], 1, penalty=0)
    with pytest.raises(ValueError, match="resolution must be above 0, not -1"):
        knapsack([1], [1], 1, resolution=-1)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="method must be one of 'slack', 'price', not"):
        knapsack([1], [1], 1, method="greedy")


@pytest.mark.parametrize(("name", "factor"), [("25_1", 1), ("25_3", 2)])
def test_published_quadratic_knapsacks_are_solved_at_a_price(name, factor):
    arguments, best = quadratic(shared("knapsack"), f"jeu_100_{name}.txt")
    own = knapsack(*arguments, method="price").provenance["penalty"]
    program = knapsack(*arguments, method="price", penalty=factor * own)
    samples = pbit.anneal(program.model, n_chains=256, n_sweeps=4000, rng=1)
    answers = [program.decode(state) for state in samples.states[:, 0]]
    assert max(program.objective(a) for a in answers if program.check(a)) == best


def quadratic(folder, name):
    data = read_quadratic_knapsack(folder / name)
    i, j = np.nonzero(np.triu(data.pairs, 1))
    ends = zip(i.tolist(), j.tolist(), strict=True)
    pairs = dict(zip(ends, data.pairs[i, j].tolist(), strict=True))
    with (folder / "best_known.csv").open(newline="") as stream:
        best = {row["file"]: float(row["best"]) for row in csv.DictReader(stream)}
    arguments = (data.profits.tolist(), data.weights.tolist(), data.capacity, pairs)
    return arguments, best[name]


def test_published_problems_are_solved_or_left_small():
    folder = shared("knapsack")
    with (folder / "best_known.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        path = folder / row["file"]
        if row["kind"] == "qkp":
            program = knapsack(*quadratic(folder, row["file"])[0])
            assert program.n <= 105
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # solutions follow the items in some
            data = read_knapsack(path, strict=False)
        program = knapsack(data.profits, data.weights, data.capacity)
        assert program.n <= 31
        if program.n <= 20:
            ground = pbit.exact.ground_states(program.model)[0]
            solution = program.decode(ground)
            assert program.check(solution)
            assert program.objective(solution) == pytest.approx(
                float(row["best"]), abs=1e-4
            )
