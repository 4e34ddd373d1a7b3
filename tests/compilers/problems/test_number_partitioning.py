import numpy as np
import pytest

from compilers.problems.number_partitioning import number_partitioning
from tests.compilers.enumeration import all_energies, all_states
from tests.compilers.problems.oracles import best, choices, decoded_ground


def slow_difference(numbers, sides):
    left = sum(a for k, a in enumerate(numbers) if sides[k])
    right = sum(a for k, a in enumerate(numbers) if not sides[k])
    return abs(left - right)


def test_ground_states_are_the_best_partitions():
    rng = np.random.default_rng(2)
    for k in range(200):
        numbers = rng.integers(-3 * (k % 2), 50, int(rng.integers(1, 10))).tolist()
        want = best(
            choices(range(len(numbers))), lambda s, a=numbers: slow_difference(a, s)
        )
        assert decoded_ground(number_partitioning(numbers)) == want


def test_energy_is_the_squared_difference_of_every_partition():
    program = number_partitioning([3, 1, 4, 1.5, 9])
    for state, energy in zip(all_states(5), all_energies(program.model), strict=True):
        assert program.objective(program.decode(state)) ** 2 == pytest.approx(energy)


def test_near_misses_fail_the_check():
    program = number_partitioning([1, 2, 3])
    assert program.check({0: 0, 1: 0, 2: 1})
    assert not program.check({0: 0, 1: 0})
    assert not program.check({0: 0, 1: 0, 2: 2})
    assert not program.check({0: 0, 1: 0, 2: 1, 3: 1})
    assert not program.check({0: 0, 1: 0, "2": 1})


@pytest.mark.parametrize(
    ("numbers", "error", "message"),
    [
        ([], ValueError, "at least 1"),
        ([1, float("inf")], ValueError, r"numbers\[1\] must be finite, not inf"),
        (["1"], TypeError, r"numbers\[0\] must be a number, not '1'"),
        ([True], TypeError, "must be a number, not True"),
        ("12", TypeError, "numbers must be a list of numbers"),
        (3, TypeError, "numbers must be a list of numbers"),
        ([2**27, 1], ValueError, r"at most 2\*\*53 to be exact"),
    ],
)
def test_bad_input_is_refused(numbers, error, message):
    with pytest.raises(error, match=message):
        number_partitioning(numbers)
