"""All states of a small model, block by block, along a Gray code.

A block is all states of the lowest `low` p-bits with the others held at the bits of the
block's number. At its start energy and fields are summed afresh, so rounding errors
travel no further than 2**low flips; each step then costs one flip, `low` additions.
Every function works on the blocks first ... stop-1 and touches nothing of the others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.jit import jit

Floats = NDArray[np.float64]


@jit
def _block_energies(J: Floats, h: Floats, low: int, block: int, out: Floats) -> None:
    """Write the energies of one block, without offset; out[k] is that of low bits k."""
    n = h.shape[0]
    m = np.empty(n)
    for i in range(n):
        m[i] = 1.0 if i >= low and (block >> (i - low)) & 1 else -1.0
    fields = np.empty(low)
    energy = 0.0
    for i in range(n):
        paired = 0.0
        for j in range(n):
            paired += J[i, j] * m[j]
        energy -= m[i] * (0.5 * paired + h[i])
        if i < low:
            fields[i] = paired + h[i]
    out[0] = energy
    code = 0
    for step in range(1, 1 << low):
        i = 0
        while not (step >> i) & 1:
            i += 1
        energy += 2.0 * m[i] * fields[i]
        m[i] = -m[i]
        change = 2.0 * m[i]
        for j in range(low):
            fields[j] += change * J[i, j]
        code ^= 1 << i
        out[code] = energy


@jit
def energies(
    J: Floats, h: Floats, low: int, first: int, stop: int, out: Floats
) -> None:
    """Write the energies of the states of these blocks into out, shape (2**n,)."""
    for block in range(first, stop):
        _block_energies(J, h, low, block, out[block << low : (block + 1) << low])


@jit
def minima(J: Floats, h: Floats, low: int, first: int, stop: int, out: Floats) -> None:
    """Write the lowest energy of each of these blocks."""
    buffer = np.empty(1 << low)
    for block in range(first, stop):
        _block_energies(J, h, low, block, buffer)
        out[block] = buffer.min()


@jit
def weights(
    values: Floats,
    low: int,
    first: int,
    stop: int,
    beta: float,
    ground: float,
    sums: Floats,
) -> None:
    """Turn energies into Boltzmann weights in place; write the sum of each block."""
    for block in range(first, stop):
        total = 0.0
        for k in range(block << low, (block + 1) << low):
            values[k] = np.exp(-beta * (values[k] - ground))
            total += values[k]
        sums[block] = total


@jit
def partition(
    J: Floats,
    h: Floats,
    low: int,
    first: int,
    stop: int,
    beta: float,
    lowest: Floats,
    sums: Floats,
) -> None:
    """Write each block's lowest energy and its sum of exp(-beta (E - lowest))."""
    buffer = np.empty(1 << low)
    for block in range(first, stop):
        _block_energies(J, h, low, block, buffer)
        ground = buffer.min()
        total = 0.0
        for k in range(1 << low):
            total += np.exp(-beta * (buffer[k] - ground))
        lowest[block] = ground
        sums[block] = total


@jit
def moments(
    J: Floats,
    h: Floats,
    low: int,
    first: int,
    stop: int,
    beta: float,
    lowest: Floats,
    out: Floats,
) -> None:
    """Write each block's lowest energy and its unnormalised moments of the low p-bits.

    Column 0 holds the sum of the weights exp(-beta (E - lowest)), columns 1 ... low the
    sums of weight times m_i, and the rest those times m_i m_j for i < j in order: all
    are entries of the Walsh-Hadamard transform of the weights.
    """
    size = 1 << low
    buffer = np.empty(size)
    for block in range(first, stop):
        _block_energies(J, h, low, block, buffer)
        ground = buffer.min()
        lowest[block] = ground
        for k in range(size):
            buffer[k] = np.exp(-beta * (buffer[k] - ground))
        half = 1
        while half < size:
            for start in range(0, size, 2 * half):
                for k in range(start, start + half):
                    a, b = buffer[k], buffer[k + half]
                    buffer[k], buffer[k + half] = a + b, a - b
            half *= 2
        out[block, 0] = buffer[0]
        column = 1 + low
        for i in range(low):
            out[block, 1 + i] = -buffer[1 << i]
            for j in range(i + 1, low):
                out[block, column] = buffer[(1 << i) | (1 << j)]
                column += 1


@jit
def count_below(
    J: Floats,
    h: Floats,
    low: int,
    first: int,
    stop: int,
    limit: float,
    blocks: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Count the states with energy <= limit in each of the listed blocks."""
    buffer = np.empty(1 << low)
    for b in range(first, stop):
        _block_energies(J, h, low, blocks[b], buffer)
        count = 0
        for k in range(1 << low):
            count += buffer[k] <= limit
        out[b] = count


@jit
def collect_below(
    J: Floats,
    h: Floats,
    low: int,
    first: int,
    stop: int,
    limit: float,
    blocks: NDArray[np.int64],
    starts: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Write the states that `count_below` counted, each block from its own start on."""
    buffer = np.empty(1 << low)
    for b in range(first, stop):
        _block_energies(J, h, low, blocks[b], buffer)
        place = starts[b]
        for k in range(1 << low):
            if buffer[k] <= limit:
                out[place] = (blocks[b] << low) | k
                place += 1
