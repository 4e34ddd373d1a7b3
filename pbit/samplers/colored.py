"""One large chain on many threads: a colour class at a time, with the bits of one thread."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pbit.checks import States
from pbit.kernels import colored, gibbs
from pbit.kernels.types import Floats, Int32s, Int64s
from pbit.samplers.kernel_choice import Law, RealLaw

SMALLEST = 2**17
"""P-bits from which threads share a chain: below, waiting for each other costs too much."""

MOST_CLASSES = 64
COST = 3
"""Work that a shared chain costs, where one thread alone costs 1: measured 1.7 cold (and few
flips), 2.9 hot, on a cubic lattice of a million p-bits."""


class ColoredLaw:
    """Sweeps of few chains by the law "real", each on all threads; called as `RealLaw` is.

    Where `order` is not one of a few large classes, one thread does all.
    """

    law = "real"
    width = 1

    def __init__(self, real: RealLaw, threads: int) -> None:
        self.real = real
        self.threads = threads
        n = real.h.shape[0]
        self.ranges = _cuts(0, n, threads)
        self.fields, self.gains = np.empty(n), np.empty(n)
        self.thresholds = np.empty(4 * ((n + 3) // 4))
        self.flipped = np.empty(n, np.int32)

    def classes(self, order: Int32s) -> Int64s | None:
        """Return where colour classes start and end in `order`, None if they are many."""
        marks = np.full(self.real.h.shape[0], -1, np.int32)
        starts = np.empty(MOST_CLASSES, np.int64)
        incoming, outgoing = self.real.incoming[:2], self.real.outgoing[:2]
        count = colored.find_classes(*incoming, *outgoing, order, marks, starts)
        return (
            None if count > MOST_CLASSES else np.append(starts[:count], order.shape[0])
        )

    def __call__(
        self,
        states: States,
        energies: Floats,
        order: Int32s,
        random_order: bool,
        betas: Floats,
        first_sweep: int,
        refresh: int,
        first_chain: int,
        key0: int,
        key1: int,
        use: int,
        keep_from: int,
        keep_every: int,
        kept: States,
        kept_energies: Floats,
        best: States,
        best_energies: Floats,
    ) -> None:
        """Advance the chains, one after the other."""
        ends = None if random_order else self.classes(order)
        if ends is None:
            self.real(
                states, energies, order, random_order, betas, first_sweep, refresh,
                first_chain, key0, key1, use, keep_from, keep_every, kept,
                kept_energies, best, best_energies,
            )  # fmt: skip
            return
        with ThreadPoolExecutor(self.threads) as pool:
            for c, m in enumerate(states):
                own = min(c, betas.shape[1] - 1)
                for t, beta in enumerate(betas[:, own]):
                    sweep = first_sweep + t
                    if t == 0 or sweep % refresh == 0:
                        energies[c] = self._compute(pool, m)
                    draws = (key0, key1, use, first_chain + c, sweep)
                    energies[c] -= self._sweep(pool, m, float(beta), order, ends, draws)
                    counted = sweep + 1 - keep_from
                    if keep_every > 0 and counted > 0 and counted % keep_every == 0:
                        kept[c, counted // keep_every - 1] = m
                        kept_energies[c, counted // keep_every - 1] = energies[c]
                    if best.shape[0] > 0 and energies[c] < best_energies[c]:
                        best_energies[c] = energies[c]
                        best[c] = m

    def _compute(self, pool: ThreadPoolExecutor, m: States) -> float:
        """Compute the fields afresh; return the energy."""
        arrays = (*self.real.incoming, self.real.h, m, self.fields)
        _together(pool, colored.compute_fields, [(*arrays, *r) for r in self.ranges])
        return gibbs.energy_of(self.real.h, m, self.fields)

    def _sweep(
        self,
        pool: ThreadPoolExecutor,
        m: States,
        beta: float,
        order: Int32s,
        ends: Int64s,
        draws: tuple[int, ...],
    ) -> float:
        """Make one sweep; return minus the energy change."""
        blocks = _cuts(0, self.thresholds.shape[0] // 4, self.threads)
        parts = [(self.thresholds, *part, *draws) for part in blocks]
        _together(pool, gibbs.fill_blocks, parts)
        state = (m, self.fields)
        gain = 0.0
        for first, stop in itertools.pairwise(ends.tolist()):
            shares = _cuts(first, stop, self.threads)
            inputs = (*state, beta, self.thresholds, self.flipped, self.gains)
            counts = _together(
                pool, colored.decide, [(order, *part, *inputs) for part in shares]
            )
            flips = np.array([part[0] for part in shares]), np.array(counts, np.int64)
            told = (*self.real.outgoing, *state, self.flipped, *flips)
            tasks = [pool.submit(colored.tell, *told, *r) for r in self.ranges]
            gain = colored.add_gains(gain, self.gains, *flips)
            for task in tasks:
                task.result()
        return gain


AnyLaw: TypeAlias = Law | ColoredLaw


def share_chains(law: Law, order: str, threads: int, n_chains: int) -> Law | ColoredLaw:
    """Return `law`, or where threads far outnumber large chains, what shares them."""
    if (
        isinstance(law, RealLaw)
        and law.kernel in ("auto", "chain")
        and order == "chromatic"
        and n_chains * COST < threads
        and law.h.shape[0] >= SMALLEST
    ):
        return ColoredLaw(law, threads)
    return law


def _cuts(first: int, stop: int, count: int) -> list[tuple[int, int]]:
    """Cut a range into `count` of nearly equal length."""
    ends: NDArray[Any] = first + np.arange(count + 1) * (stop - first) // count
    return [(int(a), int(b)) for a, b in itertools.pairwise(ends)]


def _together(
    pool: ThreadPoolExecutor,
    function: Callable[..., Any],
    arguments: list[tuple[Any, ...]],
) -> list[Any]:
    return [
        task.result() for task in [pool.submit(function, *args) for args in arguments]
    ]
