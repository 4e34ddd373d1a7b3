"""Fewer colours, which are updates a sweep on a chromatic machine, of equal sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from compilers.passes.passed import Ints, Passed, Way, as_pass, passed
from compilers.passes.tabu import tabu_coloring
from compilers.program import Program
from pbit.checks import check_count
from pbit.coloring import Coloring, color, verify
from pbit.errors import CapacityError
from pbit.model import PCircuit
from pbit.polynomial import PolynomialModel
from pbit.random import RandomState, Streams, streams

_TABLE = 2**25  # entries that the tabu search may use: p-bits times colours


@as_pass
def recolor(
    program: Program,
    *,
    iterations: int = 100_000,
    balance: bool = True,
    max_colors: int | None = None,
    rng: RandomState = 0,
) -> Passed:
    """Colour the p-bits with few colours of about equal sizes; the model stays.

    Starts from :func:`pbit.coloring.color`, the best of four strategies. Then, unless
    two colours suffice, it takes one colour away and repairs the conflicts by tabu
    search (TabuCol [Hertz1987]_), again and again until `iterations` moves are spent in
    all: counted, not timed, so that the result is the same on any computer. At last
    classes are evened out by swapping the two colours of components of the subgraph of
    two classes (Kempe chains), which keeps the number of colours. A heuristic: fewer
    colours may be possible.

    Parameters
    ----------
    program
        Of any kind of model; p-bits that share a term of a polynomial differ, too.
    iterations
        Moves of the search, at least 0.
    balance
        Whether to even out the classes.
    max_colors
        Colours that the machine can have; more are an error.
    rng
        Seed of the search.

    Returns
    -------
    Passed
        ``results["coloring"]`` is a :class:`pbit.coloring.Coloring`; the report has the
        number of ``colors`` at first and at last, ``moves``, and the smallest and
        largest ``sizes`` of a class at first and at last.

    Raises
    ------
    CapacityError
        If more than `max_colors` are needed (as far as was found).
    TypeError, ValueError
        If an argument breaks a rule.

    References
    ----------
    .. [Hertz1987] A. Hertz, D. de Werra, Computing 39, 345 (1987).

    Examples
    --------
    >>> import networkx as nx
    >>> import compilers
    >>> wheel = recolor(compilers.maxcut(nx.cycle_graph(9)))
    >>> wheel.provenance["passes"][-1]["sizes"]  # one p-bit of a third colour, at first
    [[1, 4], [3, 3]]
    """
    check_count("iterations", iterations, 0)
    circuit = _circuit(program)
    first = color(circuit)
    colors, moves, method = first.colors.copy(), 0, first.method
    indptr, indices = _adjacency(circuit)
    if first.n_colors > 2:
        colors, moves = _fewer(
            colors, first.n_colors, indptr, indices, iterations, streams(rng)
        )
        method += "+tabu" if colors.max() + 1 < first.n_colors else ""
    if balance and program.n:
        _even_out(colors, indptr, indices)
    found = Coloring(colors, method)
    verify(found, circuit)
    if max_colors is not None and found.n_colors > check_count(
        "max_colors", max_colors
    ):
        msg = (
            f"{found.n_colors} colours were needed, {found.n_colors - max_colors} more "
            f"than max_colors = {max_colors}"
        )
        raise CapacityError(msg)
    return passed(
        program,
        "recolor",
        program.model,
        Way(np.arange(program.n)),
        {
            "method": method,
            "colors": [first.n_colors, found.n_colors],
            "moves": moves,
            "sizes": [_range(first.sizes), _range(found.sizes)],
        },
        exact=True,
        keeps="everything",
        results={"coloring": found},
    )


def _circuit(program: Program) -> PCircuit:
    given: Any = program.model
    circuit: PCircuit = given.hearing() if isinstance(given, PolynomialModel) else given
    return circuit


def _range(sizes: NDArray[np.int64]) -> list[int]:
    return [int(sizes.min()), int(sizes.max())] if sizes.size else [0, 0]


def _adjacency(circuit: PCircuit) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    touch = circuit.weights != 0
    both = sp.csr_array(touch + touch.T)
    both.sort_indices()
    return both.indptr.astype(np.int32), both.indices.astype(np.int32)


def _fewer(
    colors: NDArray[np.int32],
    k: int,
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    iterations: int,
    source: Streams,
) -> tuple[NDArray[np.int32], int]:
    """Take colours away for as long as the moves last; return colours and moves made."""
    moves = 0
    while k > 3 and moves < iterations and colors.size * k <= _TABLE:
        trial = _merged(colors, k)
        solved, made = tabu_coloring(
            indptr,
            indices,
            trial,
            k - 1,
            moves,
            iterations - moves,
            source.key0,
            source.key1,
        )
        moves += made
        if not solved:
            break
        colors, k = trial, k - 1
    return colors, moves


def _merged(colors: NDArray[np.int32], k: int) -> NDArray[np.int32]:
    """Return colours with the smallest class dealt out to the others in turn."""
    sizes = np.bincount(colors, minlength=k)
    gone = int(sizes.argmin())
    trial = np.where(colors > gone, colors - 1, colors).astype(np.int32)
    lost = np.flatnonzero(colors == gone)
    trial[lost] = np.arange(lost.size) % (k - 1)
    return trial


def _even_out(
    colors: NDArray[np.int32],
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
) -> None:
    """Swap Kempe chains from larger to smaller classes until none helps; in place."""
    n = colors.size
    graph = sp.csr_array((np.ones(indices.size, np.int8), indices, indptr), (n, n))
    k = int(colors.max()) + 1
    helped = True
    while helped:
        helped = False
        sizes = np.bincount(colors, minlength=k)
        order = np.argsort(sizes, kind="stable")
        for large in order[::-1].tolist():
            for small in order.tolist():
                if sizes[large] - sizes[small] < 2:
                    break
                if _swap(colors, graph, large, small):
                    helped = True
                    break
            if helped:
                break


def _swap(
    colors: NDArray[np.int32], graph: sp.csr_array, large: int, small: int
) -> bool:
    """Swap chains between two classes to bring their sizes together; say if any was."""
    both = np.flatnonzero((colors == large) | (colors == small))
    part = graph[both][:, both]
    count, chain = connected_components(part, directed=False)
    sign = np.where(colors[both] == large, 1, -1)
    surplus: Ints = np.bincount(chain, sign, count).astype(np.int64)
    gap = int(sign.sum())
    chosen = np.zeros(count, bool)
    for c in np.argsort(-surplus, kind="stable").tolist():
        if 0 < surplus[c] < gap:  # a swap takes 2 * surplus off the gap
            chosen[c] = True
            gap -= 2 * int(surplus[c])
        if gap < 2:
            break
    turned = both[chosen[chain]]
    colors[turned] = large + small - colors[turned]
    return bool(chosen.any())
