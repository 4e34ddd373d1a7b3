"""Kernels whose chance moves are scripted, so that their transition tables can be read."""

from __future__ import annotations

import inspect
import textwrap

import numpy as np

from tests import oracles
from tests.pbit.mutants import plain


def rebuilt(module, kernel, fault=None, **names):
    """The source of a kernel as plain Python, with other globals and perhaps one fault."""
    source = textwrap.dedent(inspect.getsource(plain(getattr(module, kernel))))
    source = source[source.index("def ") :]  # without its decorator
    if fault is not None:
        old, new = fault
        assert source.count(old) == 1, f"{old!r} is not in {kernel} once"
        source = source.replace(old, new)
    namespace = {**vars(module), **names, "__annotations__": {}}
    exec("from __future__ import annotations\n" + source, namespace)
    return namespace[kernel]


class _MoreError(Exception):
    """The script is over, and a decision is due."""


def outcomes(run, chance_of):
    """Every (chance, result) of run(choose), where choose(*args) is True by chance_of."""
    pending = [((), 1.0)]
    while pending:
        script, weight = pending.pop()
        left = list(script)

        def choose(*args, left=left):
            if not left:
                raise _MoreError(args)
            return left.pop(0)

        try:
            result = run(choose)
        except _MoreError as more:
            chance = chance_of(*more.args[0])
            if chance > 0:
                pending.append(((*script, True), weight * chance))
            if chance < 1:
                pending.append(((*script, False), weight * (1 - chance)))
        else:
            yield weight, result


def share_below(decide):
    """The chance of decide(u), u uniform, which holds on one side of some u."""
    low, high = 2.0**-60, 1.0 - 2.0**-53
    first, last = bool(decide(low)), bool(decide(high))
    if first == last:
        return float(first)
    middle = 0.5
    while low < middle < high:
        if bool(decide(middle)) == first:
            low = middle
        else:
            high = middle
        middle = 0.5 * (low + high)
    return middle if first else 1.0 - middle


def table(n, run, chance_of):
    """The transition matrix of run(state, choose) -> state over all states."""
    matrix = np.zeros((2**n, 2**n))
    for row, start in enumerate(oracles.all_states(n)):
        for chance, end in outcomes(lambda c, s=start: run(s.copy(), c), chance_of):
            matrix[row, oracles.number_of(end)] += chance
    return matrix


def imbalance(matrix, law):
    """The largest violation of detailed balance, law_i P_ij = law_j P_ji."""
    flow = law[:, None] * matrix
    return float(np.abs(flow - flow.T).max())


def drift(matrix, law):
    """The largest change that a move makes to a law."""
    return float(np.abs(law @ matrix - law).max())
