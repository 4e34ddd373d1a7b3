"""Bounds on gaps beside all choices of auxiliary states, one linear program each."""

import itertools

import numpy as np
import pytest

from compilers.logic.gadgets import _shipped
from compilers.logic.gap_bound import _Bound, excludes
from compilers.logic.search import Coefficients


def proved(pins):
    """Answers of the shipped table that the mixed-integer program proved."""
    for (n, rows, aux, bits), found in _shipped().items():
        if n == pins and isinstance(found, Coefficients) and found.proven:
            table = [row for row in range(1 << n) if rows >> row & 1]
            yield table, n, aux, (1 << bits - 1) - 1, found.gap


def slow_gap(table, n, aux, limit):
    """The largest gap over real coefficients, with every choice looked at by itself."""
    bound = _Bound(table, n, aux, limit)
    choices = itertools.product(range(1 << aux), repeat=len(table))
    return max(bound(np.array(choice, np.int8)) for choice in choices)


def test_what_exists_is_not_excluded_and_what_is_above_all_choices_is():
    tried = 0
    for pins in (2, 3, 4):
        tasks = [task for task in proved(pins) if task[2] <= 1 and len(task[0]) <= 8]
        for table, n, aux, limit, gap in tasks[:5]:
            real = slow_gap(table, n, aux, limit)
            assert gap <= real + 1e-6
            assert not excludes(table, n, aux, limit, gap)
            assert not excludes(table, n, aux, limit, real)
            assert excludes(table, n, aux, limit, real + 1e-4)
            tried += 1
    assert tried >= 10


def test_an_exclusive_or_takes_an_auxiliary():
    table = [0b000, 0b011, 0b101, 0b110]
    assert excludes(table, 3, 0, 7, 1e-3)
    assert slow_gap(table, 3, 0, 7) == pytest.approx(0, abs=1e-9)
    assert not excludes(table, 3, 1, 7, 4)


@pytest.mark.slow
def test_the_parity_of_five_has_no_gap_above_four_with_two_auxiliaries():
    table = [row for row in range(32) if row.bit_count() % 2 == 0]
    found = _shipped()[5, sum(1 << row for row in table), 2, 4]
    assert found.gap == 4
    assert found.proven
    assert excludes(table, 5, 2, 7, 6)  # differences of energies are even
