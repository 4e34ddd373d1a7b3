"""What every run of chains starts with: its model, order, threads, parts and first states."""

from __future__ import annotations

import os
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import States, check_choice, check_count, check_states
from pbit.coloring import color
from pbit.errors import CapacityError
from pbit.model import PCircuit
from pbit.polynomial import PolynomialModel
from pbit.random import Streams, Use, random_states
from pbit.samplers.clamps import Batch

Model: TypeAlias = PCircuit | PolynomialModel

ORDERS = ("sequential", "random", "chromatic")
MOST_CHAINS = (
    2**32
)  # of one seed: a chain's number is a word of what addresses its draws


def check_model(model: Any) -> Model:
    """Return `model` if it is a circuit or a polynomial model."""
    if not isinstance(model, PCircuit | PolynomialModel):
        msg = (
            "model must be an IsingModel, a PCircuit or a PolynomialModel, "
            f"not {model!r}"
        )
        raise TypeError(msg)
    return model


def refresh_period(n: int) -> int:
    """Return after how many sweeps fields are computed afresh; also the unit of work.

    A function of n alone, so that cutting a run there never changes a bit.
    """
    return max(16, min(256, 2**24 // max(n, 1)))


def update_order(circuit: Model, order: str) -> NDArray[np.int32]:
    """Return the p-bits in the order of their updates within a sweep."""
    check_choice("order", order, ORDERS)
    if order == "chromatic":
        if isinstance(circuit, PolynomialModel):
            circuit = circuit.hearing()
        return np.argsort(color(circuit).colors, kind="stable").astype(np.int32)
    return np.arange(circuit.n, dtype=np.int32)


def thread_count(n_threads: int | None, n_chains: int | None = None) -> int:
    """Return the number of threads, by default all cores; at most one a chain, if given."""
    if n_threads is None:
        n_threads = (
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        )
    check_count("n_threads", n_threads)
    return n_threads if n_chains is None else min(n_threads, n_chains)


def start_states(
    circuit: Model,
    source: Streams,
    n_chains: int,
    initial: ArrayLike | None,
    first_chain: int = 0,
) -> States:
    """Return the first states, given or random, one row a chain."""
    if first_chain + n_chains > MOST_CHAINS:
        msg = (
            f"first_chain + n_chains must be at most {MOST_CHAINS}, for draws to differ, "
            f"not {first_chain + n_chains}"
        )
        raise ValueError(msg)
    if initial is None:
        return random_states(source, n_chains, circuit.n, Use.INITIAL, first_chain)
    given = check_states(initial, circuit.n, "initial")
    if given.shape not in ((circuit.n,), (n_chains, circuit.n)):
        shapes = f"({circuit.n},) or ({n_chains}, {circuit.n})"
        msg = f"initial must have shape {shapes}, not {given.shape}"
        raise ValueError(msg)
    # Row by row, also where one row stands for all: another layout is another kernel.
    return np.array(np.broadcast_to(given, (n_chains, circuit.n)), order="C")


def split_batches(
    batches: list[Batch], n_chains: int, threads: int, width: int = 1
) -> list[Batch]:
    """Cut batches so that every thread has about the same number of chains.

    Where that is more than `width`, it is made a multiple: no lanes are left empty.
    """
    size = -(-n_chains // threads)
    if size > width:
        size = -(-size // width) * width
    return [
        batch._replace(first=first, stop=min(first + size, batch.stop))
        for batch in batches
        for first in range(batch.first, batch.stop, size)
    ]


def check_memory(n_chains: int, n_kept: int, n: int) -> None:
    """Refuse a run whose states this computer cannot hold."""
    needed = n_chains * ((n_kept + 1) * n + 8 * n_kept)  # 8 for an energy
    try:
        available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return  # not a POSIX system: numpy's own MemoryError has to do
    if needed > available:
        msg = (
            f"keeping {n_kept} states of {n_chains} chains of {n} p-bits needs "
            f"{needed / 2**30:.1f} GiB, and this computer has {available / 2**30:.1f}: "
            "raise keep_every or lower n_chains"
        )
        raise CapacityError(msg)
