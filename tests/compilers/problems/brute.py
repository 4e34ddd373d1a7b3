"""Slow, obvious twins: all solutions by definition, all ground states by enumeration."""

import itertools

import pbit


def ground_solutions(program):
    """What the ground states of a program decode to, each once."""
    assert program.n <= 16
    states = pbit.exact.ground_states(program.model)
    return {frozenset(program.decode(state).items()) for state in states}


def best(labels, values, feasible, objective, sense):
    """All best feasible ways to give each label one of the values."""
    solutions = [
        dict(zip(labels, choice, strict=True))
        for choice in itertools.product(values, repeat=len(labels))
    ]
    solutions = [solution for solution in solutions if feasible(solution)]
    if not solutions:
        return set()
    worth = [objective(solution) for solution in solutions]
    top = max(worth) if sense == "max" else min(worth)
    return {
        frozenset(s.items()) for s, w in zip(solutions, worth, strict=True) if w == top
    }


def assert_judged(program, feasible, objective):
    """Check and objective agree with the definitions on all states, energy aside."""
    for number in range(2**program.n):
        state = [2 * (number >> k & 1) - 1 for k in range(program.n)]
        solution = program.decode(state)
        assert program.check(solution) == feasible(solution)
        assert program.objective(solution) == objective(solution)
