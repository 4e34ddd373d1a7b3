"""Slow, obvious twins: all solutions by definition, all ground states by enumeration."""

import itertools

import pbit


def choices(names, values=(0, 1)):
    """All ways to give every name one of the values."""
    names = list(names)
    for choice in itertools.product(values, repeat=len(names)):
        yield dict(zip(names, choice, strict=True))


bits = choices


def best(solutions, value, feasible=lambda solution: True, sense="min"):
    """The feasible solutions of the best value, as a set of frozen items."""
    rated = [(value(s), frozenset(s.items())) for s in solutions if feasible(s)]
    if not rated:
        return set()
    pick = min if sense == "min" else max
    top = pick(v for v, _ in rated)
    return {s for v, s in rated if abs(v - top) < 1e-9}


def decoded_ground(program):
    """What the ground states of a program's model decode to, by enumeration."""
    states = pbit.exact.ground_states(program.model)
    return {frozenset(program.decode(state).items()) for state in states}


def assert_judged(program, feasible, objective):
    """Check and objective agree with the definitions on all states, energy aside."""
    for number in range(2**program.n):
        state = [2 * (number >> k & 1) - 1 for k in range(program.n)]
        solution = program.decode(state)
        assert program.check(solution) == feasible(solution)
        assert program.objective(solution) == objective(solution)
