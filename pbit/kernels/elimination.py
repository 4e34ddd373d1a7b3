"""Sums over all states along an elimination tree, in logarithms (see `pbit._elimination`).

A p-bit's table runs over the states of its separator, little-endian. A message of 2**k
entries has the parent's state in bit 0: the parent comes first in every separator.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.jit import jit
from pbit.kernels.numerics import half_logit
from pbit.kernels.philox import uniform_pair
from pbit.kernels.types import Floats, Int, States
from pbit.kernels.types import Int64s as Ints

LOW = 10  # bits of a table's index that one look-up translates


@jit
def transform(values: Floats) -> None:
    """Turn the coefficients of products of states into their sum for every state."""
    half = 1
    while half < values.shape[0]:
        for start in range(0, values.shape[0], 2 * half):
            for k in range(start, start + half):
                a, b = values[k], values[k + half]
                values[k], values[k + half] = a - b, a + b
        half *= 2


@jit
def transform_back(values: Floats) -> None:
    """Turn weights of states into their sums, signed by every product of states."""
    half = 1
    while half < values.shape[0]:
        for start in range(0, values.shape[0], 2 * half):
            for k in range(start, start + half):
                a, b = values[k], values[k + half]
                values[k], values[k + half] = a + b, b - a
        half *= 2


@jit
def translations(
    own: Ints, child: Ints, low_part: Ints, high_part: Ints
) -> tuple[int, int]:
    """Fill look-ups from an index of one's own table to the child's, bit 0 left out.

    `child` lists the child's separator without its parent. Returns shift and mask: the
    child's index is low_part[k & mask] + high_part[k >> shift].
    """
    shift = min(own.shape[0], LOW)
    low_part[0] = 0
    high_part[0] = 0
    for b in range(own.shape[0]):
        weight = 0
        for c in range(child.shape[0]):
            if child[c] == own[b]:
                weight = 1 << c
        part, bit = (low_part, b) if b < shift else (high_part, b - shift)
        for k in range(1 << bit):
            part[(1 << bit) + k] = part[k] + weight
    return shift, (1 << shift) - 1


@jit
def gather_messages(
    v: Int,
    separator_ptr: Ints,
    separators: Ints,
    child_ptr: Ints,
    children: Ints,
    message_at: Ints,
    stack: Floats,
    low_part: Ints,
    high_part: Ints,
    down: Floats,
    up: Floats,
) -> None:
    """Add the children's messages to the logarithms for p-bit v at -1 and at +1."""
    own = separators[separator_ptr[v] : separator_ptr[v + 1]]
    size = 1 << own.shape[0]
    for e in range(child_ptr[v], child_ptr[v + 1]):
        c = children[e]
        child = separators[separator_ptr[c] + 1 : separator_ptr[c + 1]]
        shift, mask = translations(own, child, low_part, high_part)
        start = message_at[c]
        for k in range(size):
            j = start + 2 * (low_part[k & mask] + high_part[k >> shift])
            down[k] += stack[j]
            up[k] += stack[j + 1]


@jit
def upward(
    separator_ptr: Ints,
    separators: Ints,
    child_ptr: Ints,
    children: Ints,
    message_at: Ints,
    term_ptr: Ints,
    term_masks: Ints,
    term_weights: Floats,
    beta: float,
    table_at: Ints,
    stack: Floats,
    fields: Floats,
    choices: States,
    scratch: Floats,
    low_part: Ints,
    high_part: Ints,
) -> float:
    """Sum p-bits out, children first; return ln Z, or the best -beta E where maximising.

    `fields` gets half the log-odds of every p-bit's states for each state of its
    separator, `choices` the better state; an empty array says that it is not wanted, and
    wanted choices make it a maximum instead of a sum.
    """
    total = 0.0
    maximise = choices.shape[0] > 0
    half = scratch.shape[0] // 2
    for v in range(separator_ptr.shape[0] - 1):
        size = 1 << (separator_ptr[v + 1] - separator_ptr[v])
        down, up = scratch[:size], scratch[half : half + size]
        up[:] = 0.0
        for t in range(term_ptr[v], term_ptr[v + 1]):
            up[term_masks[t]] += beta * term_weights[t]
        transform(up)
        for k in range(size):
            down[k] = -up[k]
        gather_messages(
            v,
            separator_ptr,
            separators,
            child_ptr,
            children,
            message_at,
            stack,
            low_part,
            high_part,
            down,
            up,
        )
        start, first = message_at[v], table_at[v]
        for k in range(size):
            difference = up[k] - down[k]
            value = max(up[k], down[k])
            if maximise:
                choices[first + k] = 1 if difference > 0 else -1
            else:
                value += np.log1p(np.exp(-abs(difference)))
                if fields.shape[0] > 0:
                    fields[first + k] = 0.5 * difference
            stack[start + k] = value
        if size == 1:
            total += stack[start]
    return total


@jit
def downward(
    separator_ptr: Ints,
    separators: Ints,
    child_ptr: Ints,
    children: Ints,
    message_at: Ints,
    term_ptr: Ints,
    term_masks: Ints,
    table_at: Ints,
    stack: Floats,
    fields: Floats,
    scratch: Floats,
    low_part: Ints,
    high_part: Ints,
    means: Floats,
    term_means: Floats,
) -> None:
    """Fill the means of p-bits and of their terms, parents first, from `fields`.

    The stack holds P(separator) where the way up had messages of the same size.
    """
    half = scratch.shape[0] // 2
    for v in range(separator_ptr.shape[0] - 2, -1, -1):
        own = separators[separator_ptr[v] : separator_ptr[v + 1]]
        size = 1 << own.shape[0]
        down, up = scratch[:size], scratch[half : half + size]
        start, first = message_at[v], table_at[v]
        if size == 1:
            stack[start] = 1.0
        for k in range(size):
            odds = np.exp(-2.0 * abs(fields[first + k]))
            likely = stack[start + k] / (1.0 + odds)
            rare = likely * odds
            if fields[first + k] > 0:
                up[k], down[k] = likely, rare
            else:
                up[k], down[k] = rare, likely
        for e in range(child_ptr[v], child_ptr[v + 1]):
            c = children[e]
            child = separators[separator_ptr[c] + 1 : separator_ptr[c + 1]]
            shift, mask = translations(own, child, low_part, high_part)
            place = message_at[c]
            stack[place : place + (2 << child.shape[0])] = 0.0
            for k in range(size):
                j = place + 2 * (low_part[k & mask] + high_part[k >> shift])
                stack[j] += down[k]
                stack[j + 1] += up[k]
        for k in range(size):
            up[k] -= down[k]
        transform_back(up)
        means[v] = up[0]
        for t in range(term_ptr[v], term_ptr[v + 1]):
            term_means[t] = up[term_masks[t]]


@jit
def draw(
    separator_ptr: Ints,
    separators: Ints,
    order: Ints,
    table_at: Ints,
    fields: Floats,
    states: States,
    key0: Int,
    key1: Int,
    use: Int,
) -> None:
    """Fill states, shape (draws, n), with independent exact draws, parents first.

    Draw r of the p-bit at position v is half v % 2 of block v // 2 of unit r.
    """
    n = order.shape[0]
    for r in range(states.shape[0]):
        for v in range(n - 1, -1, -1):
            k = 0
            for b in range(separator_ptr[v], separator_ptr[v + 1]):
                if states[r, order[separators[b]]] > 0:
                    k |= 1 << (b - separator_ptr[v])
            even, odd = uniform_pair(key0, key1, use, r, v // 2)
            above = fields[table_at[v] + k] > half_logit(odd if v % 2 else even)
            states[r, order[v]] = 1 if above else -1


@jit
def follow(
    separator_ptr: Ints,
    separators: Ints,
    order: Ints,
    table_at: Ints,
    choices: States,
    state: States,
) -> None:
    """Fill one state with the choices, parents first."""
    for v in range(order.shape[0] - 1, -1, -1):
        k = 0
        for b in range(separator_ptr[v], separator_ptr[v + 1]):
            if state[order[separators[b]]] > 0:
                k |= 1 << (b - separator_ptr[v])
        state[order[v]] = choices[table_at[v] + k]
