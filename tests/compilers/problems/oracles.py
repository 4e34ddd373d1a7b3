"""Brute force: the optimal solutions of a small problem, and those that a model has."""

import pbit


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


def bits(names):
    """All ways to give every name 0 or 1."""
    names = list(names)
    for code in range(2 ** len(names)):
        yield {name: code >> k & 1 for k, name in enumerate(names)}
