"""Chains of which only some p-bits are looked at, after every sweep, as whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pbit.checks import Floats, States
from pbit.kernels.bits import pack, unpack
from pbit.kernels.bitsliced import WIDTHS, aligned
from pbit.kernels.bitsliced_draws import WIDE
from pbit.kernels.bitsliced_program import compile_program
from pbit.kernels.bitsliced_watch import CHANCES, SCRATCH, read_numbers, watch_rows
from pbit.kernels.types import Int32s, Uint64s
from pbit.random import Streams, Use
from pbit.samplers.kernel_choice import Law
from pbit.samplers.rowwise import Rowwise
from pbit.samplers.starting import refresh_period

Place = tuple[int, int]
"""(p-bit, sign): its state or the opposite; (-1, state) for a constant."""

WORD_BITS = 64
ROW_CHAINS = 512  # chains of a cache line of words
FEW_CHAINS = 32  # chains that leave whole states behind, for kernels that cannot watch
MOST_BYTES = 2**26  # of those states, where that leaves one chain


class Chains(Protocol):
    """Neighbouring chains of a search."""

    first: int

    def block(self, betas: Floats, first_sweep: int) -> Uint64s:
        """Make a sweep for every beta; return the numbers, shape (k, sweeps, chains)."""

    def state(self, sweep: int, chain: int) -> States:
        """Return the state of a chain after a sweep of the last block."""


class Layout(NamedTuple):
    """Watched p-bits as kernels take them: no number goes across 64 entries."""

    entries: Int32s
    spans: NDArray[np.int64]


def lay_out(numbers: Sequence[Sequence[Place]], n: int) -> Layout:
    """Return the entries of numbers of at most 64 bits each; row n is all zeros."""
    entries: list[int] = []
    spans = []
    for places in numbers:
        if len(entries) % WORD_BITS + len(places) > WORD_BITS:
            entries += [2 * n] * (-len(entries) % WORD_BITS)
        spans.append((len(entries), len(places)))
        entries += [2 * (i if i >= 0 else n) + _inverted(i, s) for i, s in places]
    return Layout(np.array(entries, np.int32), np.array(spans, np.int64))


def _inverted(i: int, sign: int) -> bool:
    return sign < 0 if i >= 0 else sign > 0


class PackedChains:
    """Up to 512 chains, 64 to a word."""

    def __init__(
        self,
        whole: Rowwise,
        source: Streams,
        layout: Layout,
        order: Int32s,
        states: States,
        first: int,
    ) -> None:
        self.first = first
        self.whole, self.layout, self.order = whole, layout, order
        self.n_chains, self.n = states.shape
        needed = -(-self.n_chains // WORD_BITS)
        self.words = next(width for width in WIDTHS if width >= needed)
        self.rows = aligned((self.n + 1) * self.words)
        pack(states, self.rows, self.words, 0)
        self.before = self.rows.copy()
        self.scratch, self.pbits = aligned(SCRATCH), aligned(WIDE)
        self.chances = aligned(CHANCES * len(whole.units))
        self.program = compile_program(whole.circuit)
        self.runs = whole.runs(order)
        self.keys = (source.key0, source.key1, int(Use.PLANES), int(Use.PLANES_TAIL))
        self.last: tuple[Floats, int] = np.empty(0), 0

    def block(self, betas: Floats, first_sweep: int) -> Uint64s:
        """Make a sweep for every beta; return the numbers."""
        self.before[:] = self.rows
        self.last = betas, first_sweep
        shape = (len(betas), len(self.layout.entries), self.words)
        record = np.empty(shape, np.uint64)
        self._sweep(betas, first_sweep, record)
        size = (len(self.layout.spans), len(betas), self.n_chains)
        numbers = np.empty(size, np.uint64)
        read_numbers(record, self.layout.spans, numbers)
        return numbers

    def state(self, sweep: int, chain: int) -> States:
        """Return a state of the last block: its sweeps are made again, up to there."""
        betas, first_sweep = self.last
        after = self.rows.copy()
        self.rows[:] = self.before
        nothing = np.empty((sweep + 1, 0, self.words), np.uint64)
        self._sweep(betas[: sweep + 1], first_sweep, nothing)
        states = np.empty((self.n_chains, 1, self.n), np.int8)
        unpack(self.rows, self.words, 0, states, 0)
        self.rows[:] = after
        return np.array(states[chain, 0])

    def _sweep(self, betas: Floats, first_sweep: int, record: Uint64s) -> None:
        watch_rows(
            self.program,
            self.rows,
            (0,) * self.words,
            self.order,
            self.runs,
            self.whole.units,
            self.whole.circuit.largest,
            betas,
            first_sweep,
            self.first,
            *self.keys,
            self.scratch,
            self.chances,
            self.pbits,
            self.layout.entries,
            record,
        )


class PlainChains:
    """A few chains by any law: whole states are kept for the length of a block."""

    def __init__(
        self,
        law: Law,
        random_order: bool,
        source: Streams,
        numbers: Sequence[Sequence[Place]],
        order: Int32s,
        states: States,
        first: int,
    ) -> None:
        self.first = first
        self.law, self.random_order, self.order = law, random_order, order
        self.source, self.numbers, self.states = source, numbers, states
        self.energies = np.zeros(len(states))
        self.kept = np.empty((len(states), 0, states.shape[1]), np.int8)

    def block(self, betas: Floats, first_sweep: int) -> Uint64s:
        """Make a sweep for every beta; return the numbers."""
        n_chains, n = self.states.shape
        self.kept = np.empty((n_chains, len(betas), n), np.int8)
        self.law(
            self.states,
            self.energies,
            self.order,
            self.random_order,
            np.ascontiguousarray(betas)[:, None],
            first_sweep,
            refresh_period(n),
            self.first,
            self.source.key0,
            self.source.key1,
            int(Use.SWEEP),
            first_sweep,
            1,
            self.kept,
            np.empty((n_chains, len(betas))),
            np.empty((0, n), np.int8),
            np.empty(0),
        )
        return np.array([self._number(places) for places in self.numbers])

    def _number(self, places: Sequence[Place]) -> Uint64s:
        total = np.zeros((self.kept.shape[1], self.kept.shape[0]), np.uint64)
        for k, (i, sign) in enumerate(places):
            if i >= 0:
                bits = (self.kept[:, :, i].T * sign > 0).astype(np.uint64)
                total |= bits << np.uint64(k)
            elif sign > 0:
                total |= np.uint64(1 << k)
        return total

    def state(self, sweep: int, chain: int) -> States:
        """Return a state of the last block."""
        return np.array(self.kept[chain, sweep])


def chains_at_once(n: int) -> int:
    """Return how many chains of n p-bits leave behind states of a bearable size."""
    return max(1, min(FEW_CHAINS, MOST_BYTES // max(1, refresh_period(n) * n)))
