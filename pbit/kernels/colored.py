"""Parts of a heat-bath sweep of one large chain, for threads: a colour class at a time.

P-bits of one class do not hear each other, so all decide on inputs as they are; then their
flips are told, each thread writing to the p-bits of its own range only and taking the flips
in the order of the updates. Decisions and sums are those of :mod:`pbit.kernels.gibbs`, bit
for bit, whatever the number of threads.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.jit import bare
from pbit.kernels.types import Floats, Int32s, Int64s, States


@bare
def compute_fields(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    h: Floats,
    m: States,
    fields: Floats,
    low: int,
    high: int,
) -> None:
    """Set the fields of p-bits `low` to `high` - 1, as `gibbs.compute_fields` does."""
    for i in range(low, high):
        total = h[i]
        for e in range(indptr[i], indptr[i + 1]):
            total += data[e] * m[np.uint32(indices[e])]
        fields[i] = total


@bare
def decide(
    order: Int32s,
    first: int,
    stop: int,
    m: States,
    fields: Floats,
    beta: float,
    thresholds: Floats,
    flipped: Int32s,
    gains: Floats,
) -> int:
    """Decide updates `first` to `stop` - 1 of `order`; return how many flipped.

    These are written to `flipped`, and what each brings to `gains`, from `first` on.
    """
    place = first
    for k in range(first, stop):
        i = np.uint32(order[k])
        new = np.int8(1) if beta * fields[i] > thresholds[i] else np.int8(-1)
        flipped[place] = order[k]
        gains[place] = 2.0 * new * fields[i]
        place += new != m[i]
        m[i] = new
    return place - first


@bare
def tell(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    m: States,
    fields: Floats,
    flipped: Int32s,
    firsts: Int64s,
    counts: Int64s,
    low: int,
    high: int,
) -> None:
    """Tell the flips to p-bits `low` to `high` - 1; rows are sorted."""
    for part in range(firsts.shape[0]):
        for f in range(firsts[part], firsts[part] + counts[part]):
            i = np.uint32(flipped[f])
            begin, end = indptr[i], indptr[i + 1]
            if begin == end or indices[begin] >= high or indices[end - 1] < low:
                continue
            step = 2.0 * m[i]
            for e in range(begin, end):
                j = indices[e]
                if low <= j < high:
                    fields[np.uint32(j)] += step * data[e]


@bare
def add_gains(gain: float, gains: Floats, firsts: Int64s, counts: Int64s) -> float:
    """Add what the flips brought, in the order of the updates."""
    for part in range(firsts.shape[0]):
        for f in range(firsts[part], firsts[part] + counts[part]):
            gain += gains[f]
    return gain


@bare
def find_classes(
    in_indptr: Int32s,
    in_indices: Int32s,
    indptr: Int32s,
    indices: Int32s,
    order: Int32s,
    marks: Int32s,
    starts: Int64s,
) -> int:
    """Cut `order` where a p-bit hears, or is heard by, one since the last cut.

    Writes where classes start to `starts`, as far as there is room; `marks` is -1 at
    first, one a p-bit. Returns the number of classes.
    """
    count = 0
    for k in range(order.shape[0]):
        i = order[k]
        fresh = k == 0
        for e in range(indptr[i], indptr[i + 1]):
            fresh |= marks[indices[e]] == count - 1
        for e in range(in_indptr[i], in_indptr[i + 1]):
            fresh |= marks[in_indices[e]] == count - 1
        if fresh:
            if count < starts.shape[0]:
                starts[count] = k
            count += 1
        marks[i] = count - 1
    return count
