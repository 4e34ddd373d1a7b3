"""Medians of five, and tables with units."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

REPEATS = 5


def median_seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median CPU time of `work`, after one call that compiles and warms up."""
    work()
    return statistics.median(cpu_seconds(work) for _ in range(repeats))


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of one call: the machine is shared, the wall clock is not ours."""
    start = time.process_time()
    work()
    return time.process_time() - start


def print_table(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """Print a table, columns aligned."""
    widths = [max(len(row[k]) for row in [header, *rows]) for k in range(len(header))]
    print(f"\n{title}")
    for row in [header, *rows]:
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  " + "  ".join(cells))
