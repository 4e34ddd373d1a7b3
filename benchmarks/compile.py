"""What compiling costs: linear in edges, and within the memory that the design allows.

Seconds are of the processor, the median of three. Bytes are what Python and numpy
allocate (tracemalloc), in a run of its own: of the model alone, which is what the bound of
100 n + 40 e bytes is for; of the whole program, whose judge keeps the problem too; and the
peak on the way, the caller's graph not included.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import networkx as nx
import numpy as np

import compilers
from benchmarks.timing import cpu_seconds, print_table

EDGES = (10_000, 100_000, 1_000_000)
DEGREE = 20
WIDTHS = (16, 32, 64)
MIB = 2**20


def random_edges(m: int) -> np.ndarray:
    """Return m different pairs of m / 10 nodes counted from 1, shape (m, 2)."""
    n, rng = 2 * m // DEGREE, np.random.default_rng(0)
    pairs = rng.integers(1, n + 1, (2 * m, 2))
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    _, first = np.unique(pairs[:, 0] * (n + 1) + pairs[:, 1], return_index=True)
    return pairs[np.sort(first)[:m]]


def random_graph(m: int) -> nx.Graph:
    """Return a graph of m edges, weights 1 and -1 in turn."""
    graph = nx.Graph()
    graph.add_nodes_from(range(1, 2 * m // DEGREE + 1))
    ends = random_edges(m).tolist()
    graph.add_weighted_edges_from((i, j, 1 - 2 * (i & 1)) for i, j in ends)
    return graph


def write_file(m: int, path: Path) -> None:
    """Write the same graph as a Gset file."""
    rows = (f"{i} {j} {1 - 2 * (i & 1)}\n" for i, j in random_edges(m).tolist())
    with path.open("w") as file:
        file.write(f"{2 * m // DEGREE} {m}\n")
        file.writelines(rows)


def seconds(work: Callable[[], object]) -> float:
    """Return the median of three, after a first call."""
    work()
    return statistics.median(cpu_seconds(work) for _ in range(3))


def memory(make: Callable[[], compilers.Program]) -> tuple[int, int, int]:
    """Return the bytes of the model, of the program, and the peak on the way."""
    gc.collect()
    tracemalloc.start()
    program = make()
    gc.collect()
    whole, peak = tracemalloc.get_traced_memory()
    model = program.model
    del program
    gc.collect()
    alone = tracemalloc.get_traced_memory()[0]
    del model
    tracemalloc.stop()
    return alone, whole, peak


def cost(make: Callable[[], compilers.Program]) -> list[str]:
    """Return the columns that all tables share."""
    program = make()
    n, e = program.n, program.model.J.nnz // 2
    del program
    taken = seconds(make)
    model, whole, peak = memory(make)
    bound = 100 * n + 40 * e
    verdict = "yes" if model <= bound else "NO"
    shown = [f"{size / MIB:.2f}" for size in (model, bound, whole, peak)]
    return [
        *(str(n), str(e), f"{taken:.3f}", f"{1e6 * taken / e:.2f}"),
        *(shown[0], shown[1], verdict, shown[2], shown[3]),
    ]


COLUMNS = [
    *("p-bits", "couplings", "s", "us/coupling", "model MiB", "100n+40e MiB"),
    *("within", "program MiB", "peak MiB"),
]


def graphs() -> Iterator[list[str]]:
    """Yield the cost of max-cut of networkx graphs."""
    for m in EDGES:
        graph = random_graph(m)
        yield [f"{m:.0e}", *cost(partial(compilers.maxcut, graph))]


def files() -> Iterator[list[str]]:
    """Yield the cost of Gset files, read and compiled."""
    with tempfile.TemporaryDirectory() as folder:
        for m in EDGES:
            path = Path(folder) / f"{m}.txt"
            write_file(m, path)
            yield [f"{m:.0e}", *cost(partial(compilers.load, path))]


def multipliers() -> Iterator[list[str]]:
    """Yield the cost of multipliers."""
    for width in WIDTHS:
        yield [str(width), *cost(partial(compilers.multiplier, width, width))]


def main() -> None:
    """Print the tables."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print_table("Max-cut of a networkx graph", ["edges", *COLUMNS], list(graphs()))
    print_table("A Gset file, read and compiled", ["edges", *COLUMNS], list(files()))
    print_table("multiplier(n, n)", ["bits", *COLUMNS], list(multipliers()))


if __name__ == "__main__":
    main()
