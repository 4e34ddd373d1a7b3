"""Elimination trees: in which order to sum p-bits out so that tables stay small.

Summing a p-bit out joins all it is still tied to. Those are its separator, and the first
of them to go is its parent. The best order is NP-hard to find; three heuristics are tried.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import reverse_cuthill_mckee

from pbit.errors import CapacityError

Ints = NDArray[np.int64]
_MIN_FILL_PBITS = 3000  # looking for the least fill takes seconds beyond
_LARGEST_SEPARATOR = 58  # tables are counted in int64


@dataclass(frozen=True)
class EliminationTree:
    """P-bits by position, children before parents, a subtree's positions in one piece.

    Attributes
    ----------
    order
        Number of the p-bit at each position, shape (n,).
    separator_ptr, separators
        Positions of each p-bit's separator, ascending: the first one is its parent.
    child_ptr, children
        Positions of each p-bit's children, ascending.
    message_at
        Where each p-bit's message of 2**k entries lies in the stack of those awaited.
    stack_size
        Entries the stack needs.
    """

    order: Ints
    separator_ptr: Ints
    separators: Ints
    child_ptr: Ints
    children: Ints
    message_at: Ints
    stack_size: int

    @property
    def sizes(self) -> Ints:
        """Number of p-bits in each separator, by position."""
        return np.asarray(np.diff(self.separator_ptr))

    @property
    def width(self) -> int:
        """Largest separator: an upper bound on the treewidth."""
        return int(self.sizes.max(initial=0))

    @property
    def entries(self) -> int:
        """Entries of all tables over separators together."""
        return int((np.int64(1) << self.sizes).sum())


Elimination = tuple[
    list[int], list[list[int]]
]  # the order, and separators in that order


def elimination_tree(
    neighbours: list[set[int]], order: Iterable[int] | None, largest: int
) -> EliminationTree:
    """Return the tree of an order, or of the best that was found if that is None.

    Raises
    ------
    CapacityError
        If a separator has more than `largest` p-bits.
    """
    largest = min(largest, _LARGEST_SEPARATOR)
    if order is not None:
        found = [_by_order(neighbours, list(order), largest)]
    else:
        found = [_greedy(neighbours, _degree, _first_ring, largest)]
        if found[0] is None or max(map(len, found[0][1]), default=0) > 2:
            # Up to width 2 the least degree is the best order there is.
            found.append(_by_order(neighbours, _band_order(neighbours), largest))
            if len(neighbours) <= _MIN_FILL_PBITS:
                found.append(_greedy(neighbours, _fill, _second_ring, largest))
    fitting = [elimination for elimination in found if elimination is not None]
    if not fitting:
        what = "the elimination orders tried have" if order is None else "order has"
        msg = (
            f"{what} width above {largest}: "
            f"one table of 2**{largest + 1} float64 numbers would take "
            f"{_amount(8 * 2 ** (largest + 1))}, and all must fit into max_bytes"
        )
        raise CapacityError(msg)
    return _tree(*min(fitting, key=lambda e: sum(2 ** len(s) for s in e[1])))


def _amount(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:.3g} MiB"


def _eliminate(left: list[set[int]], i: int) -> list[int]:
    """Take p-bit i out of the graph, tie its neighbours, and return these."""
    separator = left[i]
    for j in separator:
        left[j] |= separator
        left[j] -= {i, j}
    left[i] = set()
    return list(separator)


def _by_order(
    neighbours: list[set[int]], order: list[int], largest: int
) -> Elimination | None:
    left = [set(heard) for heard in neighbours]
    separators = []
    for i in order:
        if len(left[i]) > largest:
            return None
        separators.append(_eliminate(left, i))
    return order, separators


def _greedy(
    neighbours: list[set[int]],
    score: Callable[[list[set[int]], int], int],
    touched: Callable[[list[set[int]], list[int]], set[int]],
    largest: int,
) -> Elimination | None:
    """Take the p-bit of the lowest score next, always; of equals the first."""
    left = [set(heard) for heard in neighbours]
    scores = [score(left, i) for i in range(len(left))]
    heap = [(value, i) for i, value in enumerate(scores)]
    heapq.heapify(heap)
    order, separators = [], []
    done = [False] * len(left)
    while heap:
        value, i = heapq.heappop(heap)
        if done[i] or value != scores[i]:
            continue
        if len(left[i]) > largest:
            return None
        done[i] = True
        order.append(i)
        separators.append(_eliminate(left, i))
        for j in touched(left, separators[-1]):
            new = score(left, j)
            if new != scores[j]:
                scores[j] = new
                heapq.heappush(heap, (new, j))
    return order, separators


def _degree(left: list[set[int]], i: int) -> int:
    return len(left[i])


def _fill(left: list[set[int]], i: int) -> int:
    """Count the ties that summing p-bit i out would add, twice each."""
    around = left[i]
    return sum(len(around - left[j]) - 1 for j in around)


def _first_ring(_left: list[set[int]], separator: list[int]) -> set[int]:
    return set(separator)


def _second_ring(left: list[set[int]], separator: list[int]) -> set[int]:
    return set(separator).union(*(left[j] for j in separator))


def _band_order(neighbours: list[set[int]]) -> list[int]:
    """Return an order along which neighbours are close: good for strips and lattices."""
    n = len(neighbours)
    rows = np.repeat(np.arange(n), [len(heard) for heard in neighbours])
    columns = np.fromiter((j for heard in neighbours for j in heard), np.int64)
    graph = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    return [int(i) for i in reverse_cuthill_mckee(graph, symmetric_mode=True)]


def _tree(order: list[int], separators: list[list[int]]) -> EliminationTree:
    n = len(order)
    place = [0] * n
    for position, i in enumerate(order):
        place[i] = position
    parents = [min((place[j] for j in s), default=-1) for s in separators]
    sizes = [1 << len(s) for s in separators]
    positions = _postorder(parents, sizes)
    new = [0] * n  # position in the first order -> position in the tree
    for position, old in enumerate(positions):
        new[old] = position
    tables = [sorted(new[place[j]] for j in separators[old]) for old in positions]
    children: list[list[int]] = [[] for _ in range(n)]
    for position, table in enumerate(tables):
        if table:
            children[table[0]].append(position)
    message_at, stack_size = _stack(children, [1 << len(table) for table in tables])
    return EliminationTree(
        np.array([order[old] for old in positions], np.int64),
        *_flat(tables),
        *_flat(children),
        message_at,
        stack_size,
    )


def _postorder(parents: list[int], sizes: list[int]) -> list[int]:
    """Return positions children first, so that few messages wait at the same time.

    Of several subtrees the one that frees most when it is done goes first (J. W. H. Liu,
    ACM Trans. Math. Softw. 12, 249 (1986)).
    """
    n = len(parents)
    children: list[list[int]] = [[] for _ in range(n)]
    roots: list[int] = []
    peaks = [0] * n
    for v in range(n):  # parents come later in any elimination order
        children[v].sort(key=lambda c: (sizes[c] - peaks[c], c))
        waiting = 0
        for c in children[v]:
            peaks[v] = max(peaks[v], waiting + peaks[c])
            waiting += sizes[c]
        peaks[v] = max(peaks[v], waiting, sizes[v])
        (children[parents[v]] if parents[v] >= 0 else roots).append(v)
    result: list[int] = []
    stack = roots[::-1]
    while stack:
        v = stack.pop()
        if v < 0:
            result.append(~v)
        else:
            stack.append(~v)
            stack.extend(reversed(children[v]))
    return result


def _stack(children: list[list[int]], sizes: list[int]) -> tuple[Ints, int]:
    at = np.zeros(len(children), np.int64)
    top = highest = 0
    for v, below in enumerate(children):
        if below:
            top = int(at[below[0]])
        at[v] = top
        top = top + sizes[v]
        highest = max(highest, top)
    return at, highest


def _flat(lists: list[list[int]]) -> tuple[Ints, Ints]:
    ptr = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(part) for part in lists], out=ptr[1:])
    return ptr, np.fromiter((x for part in lists for x in part), np.int64, int(ptr[-1]))
