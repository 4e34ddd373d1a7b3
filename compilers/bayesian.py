"""Bayesian networks as directed circuits of p-bits, with their exact laws."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

from pbit.checks import Floats
from pbit.model import PCircuit

MAX_NODES = 20  # whose joint law is enumerated


@dataclass(frozen=True)
class BayesianNetwork:
    """A Bayesian network and the directed circuit that samples it.

    P-bits are in topological order, parents before children, so that the `sequential`
    fabric draws one independent sample a sweep; machines without a clock sample it where
    p-bits follow their parents at once.

    Attributes
    ----------
    circuit : PCircuit
        One p-bit a node, named after it, and auxiliary ones named
        ``("and", child, parents)`` for parents that act on a child together.
    nodes : tuple
        The nodes, in topological order.
    parents : tuple of tuple
        Each node's parents, in the order of its table.
    tables : tuple of array
        Each node's probabilities of +1, one a state of its parents, little-endian.
    """

    circuit: PCircuit
    nodes: tuple[Hashable, ...]
    parents: tuple[tuple[Hashable, ...], ...]
    tables: tuple[Floats, ...]

    def probabilities(self) -> Floats:
        """Return the joint law of the nodes, shape (2**n,), little-endian in `nodes`.

        Raises
        ------
        ValueError
            If there are more than 20 nodes.
        """
        n = len(self.nodes)
        if n > MAX_NODES:
            msg = f"a joint law needs n <= {MAX_NODES} nodes, not {n}"
            raise ValueError(msg)
        every = np.arange(2**n)
        place = {node: k for k, node in enumerate(self.nodes)}
        law = np.ones(2**n)
        for k, (parents, table) in enumerate(
            zip(self.parents, self.tables, strict=True)
        ):
            row = sum((every >> place[q] & 1) << b for b, q in enumerate(parents))
            up = table[row]
            law *= np.where(every >> k & 1, up, 1.0 - up)
        return law

    def marginal(
        self, nodes: Sequence[Hashable], given: Mapping[Hashable, int] | None = None
    ) -> Floats:
        """Return the law of some nodes given the states ±1 of others, by enumeration.

        Parameters
        ----------
        nodes
            Whose joint law is wanted; the result has shape (2**len(nodes),),
            little-endian in their order.
        given
            What is observed, {node: ±1}.

        Raises
        ------
        KeyError
            If a node is unknown.
        ValueError
            If there are more than 20 nodes, a given state is not ±1, or what is given
            has no probability.
        """
        return self._share(self.probabilities(), nodes, given or {}, self.nodes)

    def marginal_of(
        self, occupancy: Floats, nodes: Sequence[Hashable] | None = None
    ) -> Floats:
        """Return the law of some nodes (all by default) in a law of the whole circuit.

        Parameters
        ----------
        occupancy
            Over the states of the circuit, auxiliary p-bits included: shape (2**n,),
            as `Run.occupancy`.
        nodes
            In the order wanted.

        Raises
        ------
        KeyError
            If a node is unknown.
        ValueError
            If `occupancy` has another shape.
        """
        if np.shape(occupancy) != (2**self.circuit.n,):
            msg = (
                f"occupancy must have shape ({2**self.circuit.n},), not "
                f"{np.shape(occupancy)}"
            )
            raise ValueError(msg)
        wanted = self.nodes if nodes is None else nodes
        return self._share(np.asarray(occupancy), wanted, {}, self.circuit.labels)

    def _share(
        self,
        law: Floats,
        nodes: Sequence[Hashable],
        given: Mapping[Hashable, int],
        order: Sequence[Hashable],
    ) -> Floats:
        place = {node: k for k, node in enumerate(order)}
        for node in (*nodes, *given):
            if node not in place:
                msg = f"no node is called {node!r}"
                raise KeyError(msg)
        every, weight = np.arange(law.size), law
        for node, state in given.items():
            if state not in (-1, 1):
                msg = f"given state of {node!r} must be -1 or +1, not {state!r}"
                raise ValueError(msg)
            weight = weight * ((every >> place[node] & 1) == (state > 0))
        total = weight.sum()
        if not total > 0:
            msg = f"what is given has no probability: {dict(given)!r}"
            raise ValueError(msg)
        row = sum(
            ((every >> place[q] & 1) << b for b, q in enumerate(nodes)),
            np.zeros_like(every),
        )
        shares = np.bincount(row, weights=weight / total, minlength=2 ** len(nodes))
        return shares.astype(np.float64)


def bayesian_network(graph: nx.DiGraph, *, gate: float = 8.0) -> BayesianNetwork:
    r"""Return the directed circuit of a Bayesian network.

    A node has either a table of conditional probabilities or weighted edges. With
    weights, node i has :math:`I_i = h_i + \sum_j w_{ij} m_j` over its parents, that is
    :math:`P(+1 \mid \text{parents}) = \sigma(2 I_i)`. With a table the input is
    :math:`\tfrac{1}{2} \log (P / (1 - P))` of the parents' state; what parents do
    together, beyond the sum of what each does, goes through one auxiliary p-bit for
    every set of them that matters, an AND gate of input ±`gate`.

    Parameters
    ----------
    graph
        Acyclic; an edge goes from parent to child. A node's attribute ``table`` lists
        P(+1), one a state of its parents, little-endian in the order of its attribute
        ``parents`` (else of ``graph.predecessors``); without a table, its attribute
        ``bias`` (0 if absent) and the attribute ``weight`` of every edge to it count.
    gate
        Input, > 0, that stands for certainty: of AND gates, and of probabilities 0 and 1
        in tables. They are wrong once in :math:`e^{2\,gate}` draws, 9e6 for 8.

    Raises
    ------
    TypeError
        If `graph` is not a DiGraph.
    ValueError
        If it has a cycle or no node, or a node's table, parents, bias or weights break
        a rule above; the message names the node.

    References
    ----------
    Faria et al., autonomous Bayesian networks with p-bits (2021); the gate of Camsari et
    al., Phys. Rev. X 7, 031014 (2017), used in one direction.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.DiGraph([("rain", "wet"), ("sprinkler", "wet")])
    >>> graph.nodes["rain"]["table"] = [0.2]
    >>> graph.nodes["sprinkler"]["table"] = [0.4]
    >>> graph.nodes["wet"]["table"] = [0.01, 0.9, 0.8, 0.99]
    >>> network = bayesian_network(graph)
    >>> network.circuit.n
    4
    >>> network.marginal(["rain"], given={"wet": 1}).round(3).tolist()
    [0.582, 0.418]
    """
    _check_graph(graph, gate)
    nodes = tuple(nx.topological_sort(graph))
    labels: list[Hashable] = []
    weights: dict[tuple[Hashable, Hashable], float] = {}
    h: dict[Hashable, float] = {}
    parents, tables = [], []
    for node in nodes:
        own, table, terms = _read_node(graph, node, gate)
        parents.append(own)
        tables.append(table)
        h[node] = terms.pop((), 0.0)
        for chosen, weight in terms.items():
            source: Hashable = chosen[0]
            if len(chosen) > 1:
                source = ("and", node, chosen)
                labels.append(source)
                h[source] = -gate * (len(chosen) - 1)
                weights.update({(source, q): gate for q in chosen})
            weights[node, source] = weight
        labels.append(node)
    circuit = PCircuit(weights, [h[name] for name in labels], labels)
    return BayesianNetwork(circuit, nodes, tuple(parents), tuple(tables))


def _check_graph(graph: Any, gate: float) -> None:
    if not isinstance(graph, nx.DiGraph) or graph.is_multigraph():
        msg = f"graph must be a networkx.DiGraph, not {type(graph).__name__}"
        raise TypeError(msg)
    if graph.number_of_nodes() == 0:
        msg = "graph must have at least one node"
        raise ValueError(msg)
    if not nx.is_directed_acyclic_graph(graph):
        cycle = [tail for tail, _ in nx.find_cycle(graph)]
        msg = f"graph must be acyclic; it has the cycle {cycle}"
        raise ValueError(msg)
    if not (np.isfinite(gate) and gate > 0):
        msg = f"gate must be a finite number > 0, not {gate!r}"
        raise ValueError(msg)


_Terms = dict[tuple[Hashable, ...], float]


def _read_node(
    graph: nx.DiGraph, node: Hashable, gate: float
) -> tuple[tuple[Hashable, ...], Floats, _Terms]:
    """Return a node's parents, its table, and its input's terms over ±1 products.

    Terms of one parent are weights of m, terms of more are weights of their AND, ±1.
    """
    entries = graph.nodes[node]
    parents = tuple(entries.get("parents", graph.predecessors(node)))
    if sorted(map(repr, parents)) != sorted(map(repr, graph.predecessors(node))):
        found = list(graph.predecessors(node))
        msg = (
            f"parents of {node!r} must be its predecessors {found}, not {list(parents)}"
        )
        raise ValueError(msg)
    k = len(parents)
    if "table" not in entries:
        bias = _number(f"bias of {node!r}", entries.get("bias", 0.0))
        terms: _Terms = {(): bias}
        inputs = np.full(2**k, bias)
        for b, parent in enumerate(parents):
            name = f"weight of the edge {parent!r} -> {node!r}"
            w = _number(name, graph.edges[parent, node].get("weight"))
            terms[parent,] = w
            inputs += w * (2 * (np.arange(2**k) >> b & 1) - 1)
        return parents, 1.0 / (1.0 + np.exp(-2.0 * inputs)), terms
    table = np.asarray(entries["table"], np.float64)
    if table.shape != (2**k,):
        msg = (
            f"table of {node!r} must have {2**k} probabilities, one a state of its "
            f"{k} parents, not the shape {table.shape}"
        )
        raise ValueError(msg)
    wrong = ~((table >= 0) & (table <= 1))
    if wrong.any():
        row = int(np.argmax(wrong))
        msg = f"table of {node!r} must be in [0, 1]: entry {row} is {table[row]}"
        raise ValueError(msg)
    return parents, table, _terms(table, parents, gate)


def _terms(table: Floats, parents: tuple[Hashable, ...], gate: float) -> _Terms:
    """Expand the inputs of a table in products of parents, by Moebius inversion."""
    with np.errstate(divide="ignore"):
        inputs = np.clip(0.5 * (np.log(table) - np.log1p(-table)), -gate, gate)
    k = len(parents)
    products = inputs.copy()  # coefficients of products of bits 0 and 1
    for b in range(k):
        upper = np.arange(2**k) >> b & 1 == 1
        products[upper] -= products[np.flatnonzero(upper) - (1 << b)]
    terms: _Terms = {(): float(products[0])}
    for size in range(1, k + 1):
        for chosen in itertools.combinations(range(k), size):
            half = 0.5 * float(products[sum(1 << b for b in chosen)])
            if abs(half) > 1e-12:
                terms[()] += half
                terms[tuple(parents[b] for b in chosen)] = half
    return terms


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        msg = f"{name} must be a number, not {value!r}"
        raise ValueError(msg)
    if not np.isfinite(value):
        msg = f"{name} must be finite, not {value!r}"
        raise ValueError(msg)
    return float(value)
