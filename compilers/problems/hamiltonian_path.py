"""Hamiltonian path: an order of all nodes in which each is joined to the next."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from compilers.problems.building import QuboBuilder
from compilers.problems.data import Numbers, chosen, describe
from compilers.problems.inputs import GraphArrays
from compilers.problems.judging import Values
from compilers.program import Program, Sense

Allowed = NDArray[np.bool_]


def hamiltonian_path(
    graph: nx.Graph, *, penalty: float | None = None, break_symmetry: bool = True
) -> Program:
    r"""Compile the Hamiltonian path: all nodes, each once, along edges.

    .. math::

        E = \sum_t \sum_{uv \, \text{not joined}} x_{ut} x_{v,t+1}
            + P \sum_v (1 - \sum_t x_{vt})^2 + P \sum_t (1 - \sum_v x_{vt})^2

    Energy 0 is a path whatever P > 0; with P = 1, the automatic one, leaving a node out
    costs as much as two broken steps, which inserting it can cost. The energy of an
    order of all nodes is the number of its steps that are no edge.

    Positions that a node cannot have are ruled out: inner ones if it has one neighbour
    only, those that none of its neighbours can be just before, or just after, and those
    that another node has no choice but to take; again and again. A path read backwards
    is one again if edges have no direction, so that one node, a leaf if there is one,
    is kept to the first half.

    Parameters
    ----------
    graph
        Directed or not, without parallel edges or self loops.
    penalty
        P instead of 1.
    break_symmetry
        If False, ground states are all paths in both directions.

    Returns
    -------
    Program
        One p-bit labelled ``(node, position)`` for each position that is open to a
        node. Solutions are ``{node: position 0 ... n-1}``, a permutation (-1, which is
        none, is decoded where a node has no or several positions); the objective is the
        number of steps that are no edge, sense "min", and the check wants 0.

    Raises
    ------
    TypeError
        If it is no graph or a multigraph.
    ValueError
        If the graph has no nodes or a self loop, the penalty is out of range, or ruling
        out positions shows that there is no path.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), section 7.1.

    Examples
    --------
    >>> program = hamiltonian_path(nx.DiGraph([("b", "c"), ("a", "b"), ("a", "c")]))
    >>> program.n, program.decode([])
    (0, {'b': 1, 'c': 2, 'a': 0})
    >>> program.check({"a": 0, "b": 2, "c": 1})
    False
    """
    arrays = GraphArrays.from_networkx(graph, directed=True)
    weight = chosen("penalty", penalty, 1.0)
    steps = _steps(arrays, directed=graph.is_directed())
    allowed = np.ones((arrays.n, arrays.n), dtype=np.bool_)
    leaves = ((steps + steps.T) > 0).sum(axis=1) == 1
    allowed[leaves, 1:-1] = False
    if break_symmetry and not graph.is_directed():
        first = int(np.argmax(leaves)) if leaves.any() else 0
        allowed[first, (arrays.n + 1) // 2 :] = False
    _rule_out(steps, allowed, arrays)
    builder = _orders(arrays.labels, steps, allowed, weight)
    model, fixed = builder.build()
    facts = describe(
        "Hamiltonian path",
        model,
        (f"{arrays.n} {graph.is_directed()}", arrays.rows, arrays.columns),
        how=f"hamiltonian_path(penalty={penalty!r}, break_symmetry={break_symmetry}); "
        "energy = steps that are no edge",
        sense="min",
        source=arrays.source,
        fixed=fixed,
        penalties={"visit": weight},
    )
    problem = HamiltonianPath(arrays.labels, arrays.n, builder.reader(), steps=steps)
    return Program(model, problem, facts)


@dataclass(frozen=True, eq=False, kw_only=True)
class HamiltonianPath(Values):
    """The judge of paths: every position once, every step along an edge.

    Attributes
    ----------
    steps
        Nonzero at [u, v] where v may follow u, shape (n, n).
    """

    steps: sp.csr_array
    sense: Sense = "min"

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether it is an order of the nodes, each joined to the next."""
        if self._reason(solution) is not None:
            return False
        positions = self.values(solution)
        return len(np.unique(positions)) == self.k and self.objective(solution) == 0

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the number of steps that are no edge; a ValueError if no order."""
        positions = self.values(solution)
        at = np.bincount(positions, minlength=self.k)
        if at.max() > 1:
            twice = int(at.argmax())
            msg = f"solution is no order of the nodes: position {twice} is taken twice"
            raise ValueError(msg)
        order = np.argsort(positions)
        return int(self.k - 1 - self.steps[order[:-1], order[1:]].sum())


def _steps(arrays: GraphArrays, *, directed: bool) -> sp.csr_array:
    rows, columns = arrays.rows, arrays.columns
    if not directed:
        rows = np.concatenate([arrays.rows, arrays.columns])
        columns = np.concatenate([arrays.columns, arrays.rows])
    ones = np.ones(len(rows), dtype=np.int64)
    return sp.csr_array((ones, (rows, columns)), shape=(arrays.n, arrays.n))


def _rule_out(steps: sp.csr_array, allowed: Allowed, arrays: GraphArrays) -> None:
    """Clear, in place, positions that a node has in no path; raise if none are left."""
    before = -1
    while before != int(allowed.sum()):
        before = int(allowed.sum())
        allowed[:, 1:] &= (steps.T @ allowed[:, :-1].astype(np.int64)) > 0
        allowed[:, :-1] &= (steps @ allowed[:, 1:].astype(np.int64)) > 0
        for table in (allowed, allowed.T):  # a view: both change the same array
            decided = np.flatnonzero(table.sum(axis=1) == 1)
            at = table[decided].argmax(axis=1)
            if len(np.unique(at)) < len(at):
                msg = "graph has no Hamiltonian path: two nodes are forced to one place"
                raise ValueError(msg)
            table[:, at] = False
            table[decided, at] = True
        for name, sums in (("node", allowed.sum(1)), ("position", allowed.sum(0))):
            if (sums == 0).any():
                k = int(np.argmin(sums))
                which = f"{name} {(arrays.labels[k] if name == 'node' else k)!r}"
                msg = f"graph has no Hamiltonian path: nothing is left for {which}"
                raise ValueError(msg)


def _orders(
    labels: tuple[Hashable, ...], steps: sp.csr_array, allowed: Allowed, weight: float
) -> QuboBuilder:
    n = len(labels)
    builder = QuboBuilder([(node, t) for node in labels for t in range(n)])
    numbers = np.arange(n * n).reshape(n, n)
    for t in range(n - 1):
        here, there = np.flatnonzero(allowed[:, t]), np.flatnonzero(allowed[:, t + 1])
        u, v = _apart(steps, here, there)
        builder.add_quadratic(numbers[u, t], numbers[v, t + 1], 1.0)
    builder.add_square(numbers, 1, constant=-1, weight=weight)
    builder.add_square(numbers.T, 1, constant=-1, weight=weight)
    builder.fix(numbers[~allowed], 0)
    alone = (allowed.sum(axis=1) == 1)[:, None] | (allowed.sum(axis=0) == 1)
    builder.fix(numbers[allowed & alone], 1)
    return builder


def _apart(
    steps: sp.csr_array, here: Numbers, there: Numbers
) -> tuple[Numbers, Numbers]:
    """Return the pairs of two lists of which the second may not follow the first."""
    joined = steps[here][:, there].toarray() > 0
    i, j = np.nonzero(~joined & (here[:, None] != there))
    return here[i], there[j]
