"""Couplings that a machine does not have, made of chains of p-bits that it has."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
import scipy.sparse as sp

from compilers.passes.compare import compared
from compilers.passes.copies import Copies, check_strength, slack, tree_bounds
from compilers.passes.passed import Ints, Passed, as_pass, ising, passed
from compilers.passes.topologies import topology_graph
from compilers.program import Program
from pbit.checks import Floats, check_count, check_nonnegative
from pbit.errors import EmbeddingError
from pbit.model import IsingModel
from pbit.random import RandomState, streams

Chains = dict[int, list[Hashable]]


@as_pass
def embed(
    program: Program,
    topology: str | nx.Graph,
    *,
    strength: float | None = None,
    embedding: Mapping[Hashable, Iterable[Hashable]] | None = None,
    rng: RandomState = 0,
    timeout: float = 60.0,
    tries: int = 10,
    beta: float = 1.0,
) -> Passed:
    r"""Place a model on a machine's graph: each p-bit becomes a chain of its p-bits.

    Chains are found by minorminer ([Cai2014]_), with one thread and a seed, and then
    verified here: connected, disjoint, and a coupling of the machine for each of the
    model. A chain is tied along a spanning tree. As in `sparsify`, a tie gets the
    smaller of the sums of \|J\| and \|h\| on its two sides plus half the smallest
    weight: cutting one tie of a tree leaves two sides, and turning the weaker one mends
    that tie alone. *Exact for ground states* therefore, with the automatic strength;
    *not for sampling*, and the distance is reported for up to 20 p-bits.

    Parameters
    ----------
    program
        With an :class:`pbit.IsingModel`.
    topology
        A name (see `topology_graph`) or any undirected networkx graph, whose nodes
        become the labels.
    strength
        One strength for all ties instead.
    embedding
        Chains to use, {label: nodes}, instead of a search; they are verified.
    rng
        Seed of the search.
    timeout, tries
        Seconds and restarts after which the search gives up. It is repeatable as long
        as it does not run into the timeout.
    beta
        Inverse temperature at which distributions are compared.

    Returns
    -------
    Passed
        ``results["embedding"]`` is {label: nodes}; the report has the lengths of the
        chains, strengths and ``distribution``.

    Raises
    ------
    EmbeddingError
        If none exists for a reason of number (``reason`` "too large"), none was found
        ("not found"), or the given one is not valid ("invalid").
    ImportError
        If minorminer is needed and not installed.
    TypeError, ValueError
        If another argument breaks a rule.

    References
    ----------
    .. [Cai2014] J. Cai, W. G. Macready, A. Roy, arXiv:1406.2741 (2014).

    Examples
    --------
    >>> import compilers
    >>> triangle = compilers.maxcut(nx.complete_graph(3))
    >>> chains = {0: [(0, 0)], 1: [(0, 1)], 2: [(1, 0), (1, 1)]}
    >>> square = embed(triangle, "square(2, 2)", embedding=chains)
    >>> square.n, square.provenance["passes"][-1]["exact"]
    (4, True)
    """
    model = ising(program, "embed")
    graph = topology_graph(topology)
    given = check_strength(strength)
    check_nonnegative("beta", beta)
    upper = sp.triu(model.J, k=1).tocoo()
    pairs = list(zip(upper.row.tolist(), upper.col.tolist(), strict=True))
    if embedding is None:
        seconds = check_nonnegative("timeout", timeout)
        limits = (seconds, check_count("tries", tries))
        chains = _find(model, pairs, graph, streams(rng).key0, *limits)
    else:
        chains = _given(model, embedding)
    couplers = _verify(model, pairs, chains, graph)
    embedded, way, ties, needed = _build(
        model, upper.data, couplers, chains, graph, given
    )
    enough = bool((ties > needed).all())
    lengths = np.array([len(chains[i]) for i in range(model.n)])
    named = {model.labels[i]: tuple(chain) for i, chain in chains.items()}
    report = {
        "topology": topology if isinstance(topology, str) else str(graph),
        "nodes": [embedded.n, graph.number_of_nodes()],
        "chain_length": {
            "largest": int(lengths.max(initial=0)),
            "mean": float(lengths.mean()) if lengths.size else 0.0,
        },
        "strength": [float(ties.min()), float(ties.max())] if ties.size else None,
        "strength_enough": enough,
        "distribution": None,
    }
    keeps = "ground states; energies of states with all copies equal"
    if not enough:
        keeps = "energies of states with all copies equal"
    result = passed(
        program,
        "embed",
        embedded,
        way,
        report,
        exact=enough,
        keeps=keeps if ties.size else "everything",
        results={"embedding": named},
    )
    return compared(result, beta)


def _find(
    model: IsingModel,
    pairs: Sequence[tuple[int, int]],
    graph: nx.Graph,
    seed: int,
    timeout: float,
    tries: int,
) -> Chains:
    """Search for chains; p-bits without couplings get nodes that are left."""
    nodes, edges = graph.number_of_nodes(), graph.number_of_edges()
    for what, needed, there in (
        ("p-bits", model.n, nodes),
        ("couplings", len(pairs), edges),
    ):
        if needed > there:
            msg = (
                f"no embedding exists: {needed} {what}, {needed - there} more than the "
                f"topology's {there}"
            )
            raise EmbeddingError(msg, reason="too large")
    try:
        import minorminer
    except ImportError as error:
        msg = "embed needs minorminer: pip install 'pbitlab[topology]'"
        raise ImportError(msg) from error
    found: dict[int, list[Hashable]] = {}
    if pairs:
        found = minorminer.find_embedding(
            pairs,
            list(graph.edges),
            random_seed=seed % 2**31,
            timeout=timeout,
            tries=tries,
            threads=1,
        )
        if not found:
            msg = (
                f"no embedding of {model.n} p-bits and {len(pairs)} couplings into "
                f"{nodes} p-bits and {edges} couplings was found in {tries} tries and "
                f"{timeout:g} s at most; one may exist"
            )
            raise EmbeddingError(msg, reason="not found")
    used = {node for chain in found.values() for node in chain}
    spare = (node for node in graph if node not in used)
    chains: Chains = {}
    for i in range(model.n):
        chains[i] = list(found[i]) if i in found else [next(spare, None)]
    if model.n > len(found) + nodes - len(used):
        lonely = model.n - len(found)
        msg = (
            f"{lonely} p-bits without couplings are left, but the chains leave only "
            f"{nodes - len(used)} nodes of the topology"
        )
        raise EmbeddingError(msg, reason="not found")
    return chains


def _given(
    model: IsingModel, embedding: Mapping[Hashable, Iterable[Hashable]]
) -> Chains:
    chains = {model.index(label): list(nodes) for label, nodes in embedding.items()}
    for i, label in enumerate(model.labels):
        if i not in chains:
            msg = f"embedding must name every p-bit: {label!r} has no nodes"
            raise EmbeddingError(msg, reason="invalid")
    return {i: chains[i] for i in range(model.n)}


def _verify(
    model: IsingModel,
    pairs: Sequence[tuple[int, int]],
    chains: Chains,
    graph: nx.Graph,
) -> list[tuple[Hashable, Hashable]]:
    """Return a coupling of the machine for each pair; raise if the chains are none."""
    owner: dict[Hashable, int] = {}
    for i, chain in chains.items():
        label = model.labels[i]
        for node in chain:
            if node not in graph:
                msg = f"the chain of {label!r} has {node!r}, which the topology has not"
                raise EmbeddingError(msg, reason="invalid")
            if owner.setdefault(node, i) != i:
                other = model.labels[owner[node]]
                msg = f"the chains of {other!r} and {label!r} share {node!r}"
                raise EmbeddingError(msg, reason="invalid")
        if len(set(chain)) < len(chain):
            msg = f"the chain of {label!r} names a node twice: {chain!r}"
            raise EmbeddingError(msg, reason="invalid")
        if not chain or not nx.is_connected(graph.subgraph(chain)):
            msg = f"the chain of {label!r} is not connected: {chain!r}"
            raise EmbeddingError(msg, reason="invalid")
    couplers: dict[tuple[int, int], tuple[Hashable, Hashable]] = {}
    for i, chain in chains.items():
        for node in chain:
            for other in graph[node]:
                j = owner.get(other, i)
                if i < j:
                    couplers.setdefault((i, j), (node, other))
    for i, j in pairs:
        if (i, j) not in couplers:
            names = f"{model.labels[i]!r} and {model.labels[j]!r}"
            msg = f"the chains of {names} are not coupled"
            raise EmbeddingError(msg, reason="invalid")
    return [couplers[pair] for pair in pairs]


def _build(
    model: IsingModel,
    weights: Floats,
    couplers: Sequence[tuple[Hashable, Hashable]],
    chains: Chains,
    graph: nx.Graph,
    given: float | None,
) -> tuple[IsingModel, Copies, Floats, Floats]:
    """Return the embedded model, the way back, strengths of the ties, their bounds."""
    walked, parents = _trees(chains, graph)  # parents before children
    used = set(walked)
    labels = [node for node in graph if node in used]
    number = {node: k for k, node in enumerate(labels)}
    order = np.array([number[node] for node in walked], np.int64)
    sizes = [len(chains[i]) for i in range(model.n)]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    parent = np.full(len(labels), -1, np.int64)
    for child, above in parents.items():
        parent[number[child]] = number[above]
    ends: Ints = np.array([[number[u], number[v]] for u, v in couplers], np.int64)
    ends = ends.reshape(-1, 2).T
    h = np.zeros(len(labels))
    h[order[starts[:-1]]] = model.h
    outside = np.abs(h)
    for side in ends:
        np.add.at(outside, side, np.abs(weights))
    tied = np.flatnonzero(parent >= 0)
    needed = tree_bounds(parent, order, outside)[tied]
    ties = needed + slack(model) if given is None else np.full(tied.size, given)
    rows = np.concatenate([ends[0], tied])
    columns = np.concatenate([ends[1], parent[tied]])
    size = (len(labels), len(labels))
    half = sp.coo_array((np.concatenate([weights, ties]), (rows, columns)), shape=size)
    offset = model.offset + float(ties.sum())
    embedded = IsingModel(half + half.T, h, offset, labels)
    return embedded, Copies(starts, order), ties, needed


def _trees(
    chains: Chains, graph: nx.Graph
) -> tuple[list[Any], dict[Hashable, Hashable]]:
    """Return all nodes, each chain from its root on, and the parents in its tree."""
    walked: list[Any] = []
    parents: dict[Hashable, Hashable] = {}
    for i in range(len(chains)):
        root = chains[i][0]
        walked.append(root)
        for above, child in nx.bfs_edges(graph.subgraph(chains[i]), root):
            parents[child] = above
            walked.append(child)
    return walked, parents
