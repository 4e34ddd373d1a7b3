"""The heap of p-bits that time themselves, ordered by what is due next."""

from __future__ import annotations

from hardware.engines.state import Dwell
from pbit.kernels.jit import part
from pbit.kernels.types import Floats, Int


@part
def precedes(flip_time: Floats, i: Int, j: Int) -> bool:
    """Return whether p-bit i flips before p-bit j: at one instant, in their order."""
    first, second = flip_time[i], flip_time[j]
    return bool(first < second or (first == second and i < j))


@part
def reorder(dwell: Dwell, i: Int) -> None:
    """Move p-bit i to its place in the heap after its flip time has changed."""
    heap, place, flip_time = dwell.heap, dwell.place, dwell.flip_time
    size = heap.shape[0]
    k = place[i]
    while k > 0:
        parent = (k - 1) // 2
        j = heap[parent]
        if precedes(flip_time, j, i):
            break
        heap[k] = j
        place[j] = k
        k = parent
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        if child + 1 < size and precedes(flip_time, heap[child + 1], heap[child]):
            child += 1
        j = heap[child]
        if precedes(flip_time, i, j):
            break
        heap[k] = j
        place[j] = k
        k = child
    heap[k] = i
    place[i] = k
