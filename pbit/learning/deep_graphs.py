"""Sparse graphs of deep Boltzmann machines: who is a pixel, who a label, who is hidden."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from pbit.checks import check_count
from pbit.kernels.boltzmann import fill_uniforms
from pbit.random import RandomState, Streams, Use, streams


def layered_graph(
    n_pixels: int,
    n_classes: int,
    hidden: Sequence[int],
    *,
    fan_in: int | None = None,
    n_copies: int = 1,
    rng: RandomState = None,
) -> nx.Graph:
    """Return layers of p-bits, each coupled to the one below, labels at the first hidden one.

    The nodes are ``("pixel", k)``, ``("label", copy, class)`` and ``("hidden", layer, k)``.
    Each hidden p-bit is coupled to `fan_in` p-bits of the layer below, which are as equally
    shared as can be, and those of the first layer to the label p-bits of one copy: copies
    divide the hidden p-bits among themselves, so that no label p-bit needs a large fan-in.

    Parameters
    ----------
    n_pixels, n_classes
        Visible p-bits, and label p-bits of a copy.
    hidden
        Sizes of the hidden layers, from the pixels up.
    fan_in
        Couplings of a hidden p-bit downwards; all there are if omitted.
    n_copies
        Copies of the labels, at most as many as p-bits in the first hidden layer.
    rng
        Seed of who is coupled to whom.

    Raises
    ------
    TypeError, ValueError
        If a size breaks a rule above.

    Examples
    --------
    >>> graph = layered_graph(16, 2, (8, 4), fan_in=4, rng=0)
    >>> graph.number_of_nodes(), graph.number_of_edges()  # 8 * 4 + 4 * 4 + 8 * 2
    (30, 64)
    """
    check_count("n_pixels", n_pixels)
    check_count("n_classes", n_classes)
    sizes = [check_count("hidden", size) for size in hidden]
    if not sizes:
        msg = "hidden must name at least one layer"
        raise ValueError(msg)
    if check_count("n_copies", n_copies) > sizes[0]:
        msg = f"n_copies must be at most {sizes[0]}, the first hidden layer, not {n_copies}"
        raise ValueError(msg)
    source = streams(rng)
    graph: nx.Graph = nx.Graph()
    below: list[tuple[object, ...]] = [("pixel", k) for k in range(n_pixels)]
    labels = [[("label", c, d) for d in range(n_classes)] for c in range(n_copies)]
    graph.add_nodes_from(below)
    graph.add_nodes_from(node for row in labels for node in row)
    for layer, size in enumerate(sizes):
        nodes: list[tuple[object, ...]] = [("hidden", layer, k) for k in range(size)]
        wanted = len(below) if fan_in is None else check_count("fan_in", fan_in)
        dealt = _deal(len(below), size, min(wanted, len(below)), source, layer)
        for node, row in zip(nodes, dealt.tolist(), strict=True):
            graph.add_edges_from((node, below[k]) for k in row)
        if layer == 0:
            for k, node in enumerate(nodes):
                graph.add_edges_from((node, label) for label in labels[k % n_copies])
        below = nodes
    return graph


def scattered_graph(
    graph: nx.Graph,
    n_pixels: int,
    n_classes: int,
    *,
    n_copies: int = 1,
    rng: RandomState = None,
) -> nx.Graph:
    """Return a graph whose nodes were made pixels, labels and hidden p-bits at random.

    For the graphs that hardware has (king's, Pegasus, Zephyr): as the published machine of
    4,264 p-bits did, where nearness of pixels means nothing [Niazi2024]_.

    Parameters
    ----------
    graph
        Any networkx graph; its nodes are renamed as in :func:`layered_graph`, hidden ones
        ``("hidden", 0, k)``.
    n_pixels, n_classes, n_copies, rng
        As in :func:`layered_graph`.

    Raises
    ------
    ValueError
        If the graph has too few nodes.

    References
    ----------
    .. [Niazi2024] S. Niazi et al., Nat. Electron. 7, 610 (2024).

    Examples
    --------
    >>> import networkx as nx
    >>> graph = scattered_graph(nx.grid_2d_graph(5, 5), 9, 2, n_copies=2, rng=0)
    >>> len(graph), ("pixel", 8) in graph, ("hidden", 0, 11) in graph
    (25, True, True)
    """
    visible = check_count("n_pixels", n_pixels) + check_count(
        "n_classes", n_classes
    ) * check_count("n_copies", n_copies)
    n = graph.number_of_nodes()
    if n < visible:
        msg = f"graph must have at least {visible} nodes for pixels and labels, not {n}"
        raise ValueError(msg)
    names: list[tuple[object, ...]] = [("pixel", k) for k in range(n_pixels)]
    names += [("label", c, d) for c in range(n_copies) for d in range(n_classes)]
    names += [("hidden", 0, k) for k in range(n - visible)]
    order = _shuffled(n, streams(rng), 0)
    nodes = list(graph)
    renamed = {nodes[k]: name for k, name in zip(order.tolist(), names, strict=True)}
    return nx.relabel_nodes(graph, renamed)


def king_graph(rows: int, columns: int) -> nx.Graph:
    """Return a lattice whose nodes (r, c) have their eight neighbours.

    Examples
    --------
    >>> king_graph(3, 3).degree((1, 1))
    8
    """
    check_count("rows", rows)
    check_count("columns", columns)
    return nx.strong_product(nx.path_graph(rows), nx.path_graph(columns))


def _deal(
    n_below: int, size: int, fan_in: int, source: Streams, layer: int
) -> NDArray[np.int64]:
    """Return `fan_in` different numbers below `n_below` for each of `size` p-bits.

    Decks of all numbers are dealt one after the other; what a p-bit has already goes to
    the end of the deck, so that every number comes about equally often.
    """
    dealt = np.empty((size, fan_in), np.int64)
    deck: list[int] = []
    round_number = 0
    for row in dealt:
        own: list[int] = []
        while len(own) < fan_in:
            fresh = [k for k in deck if k not in own][: fan_in - len(own)]
            own += fresh
            deck = [k for k in deck if k not in fresh]
            if len(own) < fan_in:
                round_number += 1
                unit = (layer << 20) + round_number
                deck += _shuffled(n_below, source, unit).tolist()
        row[:] = own
    return dealt


def _shuffled(n: int, source: Streams, unit: int) -> NDArray[np.int64]:
    drawn = np.empty(n)
    fill_uniforms(drawn, source.key0, source.key1, int(Use.LEARN_GRAPH), unit)
    return np.argsort(drawn, kind="stable")
