"""Bayesian networks from data: tables of a given graph, or the best tree."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import Floats, States, check_nonnegative
from pbit.learning.data import check_data

MOST_PARENTS = 16  # of a node; its table has 2**parents entries


def fit_bayesian_network(
    data: ArrayLike,
    graph: nx.DiGraph | None = None,
    *,
    names: Sequence[Hashable] | None = None,
    smoothing: float = 1.0,
) -> nx.DiGraph:
    r"""Return a Bayesian network whose tables are counted in data.

    .. math::

        P(+1 \mid s) = \frac{N(+1, s) + \alpha}{N(s) + 2 \alpha}

    over the rows in which a node's parents are in state s: with α = 0 the tables of
    greatest likelihood. Without a graph it is the tree of greatest likelihood, whose edges
    span the columns with the most mutual information [Chow1968]_.

    Parameters
    ----------
    data
        Shape (n_samples, n_nodes), 0/1 or ±1.
    graph
        Acyclic; an edge goes from parent to child. Its nodes are `names`.
    names
        Names of the columns; 0, 1, ... if omitted.
    smoothing
        α >= 0, rows of either sign added to every entry. With 0, states of parents that
        no row has would be 0/0, and are refused.

    Returns
    -------
    networkx.DiGraph
        A new graph; of every node the attributes ``table`` (P(+1), one a state of its
        parents, little-endian) and ``parents`` (their order): what
        ``compilers.bayesian_network`` turns into a circuit of p-bits.

    Raises
    ------
    TypeError, ValueError
        If the data or an argument break a rule above; the message names the node.

    References
    ----------
    .. [Chow1968] C. K. Chow, C. N. Liu, IEEE Trans. Inf. Theory 14, 462 (1968).

    Examples
    --------
    >>> rows = [[0, 0], [0, 0], [1, 1], [1, 0]]
    >>> found = fit_bayesian_network(rows, names=["rain", "wet"], smoothing=0)
    >>> found.nodes["wet"]["parents"], found.nodes["wet"]["table"]
    (('rain',), [0.0, 0.5])
    """
    columns = _names(names)
    rows = check_data(data, None if columns is None else len(columns), columns=columns)
    labels = tuple(range(rows.shape[1])) if columns is None else columns
    alpha = check_nonnegative("smoothing", smoothing)
    if graph is None:
        graph = best_tree(rows, labels)
    _check_graph(graph, labels)
    place = {name: k for k, name in enumerate(labels)}
    found: nx.DiGraph = nx.DiGraph()
    found.add_nodes_from(labels)
    found.add_edges_from(graph.edges)
    for node in labels:
        parents = tuple(graph.predecessors(node))
        counts = _counts(rows, place[node], [place[p] for p in parents])
        total = counts.sum(axis=1) + 2 * alpha
        if (total == 0).any():
            state = int(np.flatnonzero(total == 0)[0])
            msg = (
                f"no row has the parents of {node!r} in state {state}: smoothing must be "
                "positive"
            )
            raise ValueError(msg)
        table = (counts[:, 1] + alpha) / total
        found.nodes[node].update(table=table.tolist(), parents=parents)
    return found


def best_tree(rows: States, names: Sequence[Hashable]) -> nx.DiGraph:
    """Return the tree of greatest likelihood, its edges away from the first column."""
    information = mutual_information(rows)
    full = nx.Graph()
    full.add_nodes_from(range(len(names)))
    full.add_weighted_edges_from(
        (i, j, float(information[i, j]))
        for i in range(len(names))
        for j in range(i + 1, len(names))
    )
    spanning = nx.maximum_spanning_tree(full)
    tree: nx.DiGraph = nx.DiGraph()
    tree.add_nodes_from(names)
    tree.add_edges_from((names[i], names[j]) for i, j in nx.bfs_edges(spanning, 0))
    return tree


def mutual_information(rows: States) -> Floats:
    """Return the mutual information of every pair of columns, in nats, shape (n, n)."""
    up = (rows > 0).astype(np.float64)
    n, total = len(rows), np.zeros((rows.shape[1], rows.shape[1]))
    one, other = up, 1 - up
    for first in (one, other):
        for second in (one, other):
            joint = (first.T @ second) / n
            alone = np.outer(first.mean(axis=0), second.mean(axis=0))
            seen = joint > 0
            total[seen] += joint[seen] * np.log(joint[seen] / alone[seen])
    return total


def bayesian_log_likelihood(graph: nx.DiGraph, data: ArrayLike) -> Floats:
    """Return ln P of every row under a network with tables, shape (n_samples,).

    Columns are the graph's nodes in order.

    Raises
    ------
    TypeError, ValueError
        If the data break a rule, or a node has no table.
    """
    labels = tuple(graph.nodes)
    rows = check_data(data, len(labels), columns=labels)
    place = {name: k for k, name in enumerate(labels)}
    total = np.zeros(len(rows))
    for node in labels:
        if "table" not in graph.nodes[node]:
            msg = f"node {node!r} has no table"
            raise ValueError(msg)
        parents = graph.nodes[node].get("parents", tuple(graph.predecessors(node)))
        table = np.asarray(graph.nodes[node]["table"], np.float64)
        up = table[_codes(rows, [place[p] for p in parents])]
        chances = np.where(rows[:, place[node]] > 0, up, 1 - up)
        with np.errstate(divide="ignore"):  # what the tables rule out has ln 0
            total += np.log(chances)
    return total


def _names(names: Sequence[Hashable] | None) -> tuple[Hashable, ...] | None:
    if names is None:
        return None
    labels = tuple(names)
    if len(set(labels)) != len(labels):
        msg = f"names must differ, not {list(labels)}"
        raise ValueError(msg)
    return labels


def _check_graph(graph: Any, labels: Sequence[Hashable]) -> None:
    if not isinstance(graph, nx.DiGraph) or graph.is_multigraph():
        msg = f"graph must be a networkx.DiGraph, not {type(graph).__name__}"
        raise TypeError(msg)
    if set(graph.nodes) != set(labels):
        odd = sorted(map(repr, set(graph.nodes) ^ set(labels)))
        msg = (
            f"graph must have the columns as nodes: {', '.join(odd)} stand on one side"
        )
        raise ValueError(msg)
    if not nx.is_directed_acyclic_graph(graph):
        msg = f"graph must be acyclic; it has the cycle {nx.find_cycle(graph)}"
        raise ValueError(msg)
    for node in graph:
        if graph.in_degree(node) > MOST_PARENTS:
            msg = (
                f"a node may have {MOST_PARENTS} parents, not {graph.in_degree(node)} "
                f"as {node!r}"
            )
            raise ValueError(msg)


def _codes(rows: States, parents: list[int]) -> NDArray[np.int64]:
    """Return the parents' state of every row, little-endian."""
    codes = np.zeros(len(rows), np.int64)
    for bit, k in enumerate(parents):
        codes |= (rows[:, k] > 0).astype(np.int64) << bit
    return codes


def _counts(rows: States, node: int, parents: list[int]) -> NDArray[np.int64]:
    """Return how many rows have each state of the parents, by the node's own."""
    both = 2 * _codes(rows, parents) + (rows[:, node] > 0)
    counts = np.bincount(both, minlength=2 ** (len(parents) + 1))
    return counts.reshape(-1, 2).astype(np.int64)
