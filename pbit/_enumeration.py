"""What exact results share: the free part of a clamped model, its blocks, threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pbit.checks import Floats, States
from pbit.errors import CapacityError
from pbit.model import IsingModel, PCircuit

Clamp: TypeAlias = Mapping[Hashable, int] | None

MAX_PBITS = 30
_LOW = 12  # p-bits a block runs through: 32 KiB of energies, which stay in the cache


@dataclass(frozen=True)
class FreePart:
    """The p-bits that a clamp leaves free, as a dense model of their own."""

    J: Floats
    h: Floats  # the clamped p-bits' couplings included
    offset: float  # likewise
    scale: float  # no energy is larger, offset left out
    pbits: NDArray[np.int64]  # the free ones' numbers in the whole model
    state: States  # of the whole model, free p-bits at -1
    low: int  # p-bits that vary within a block

    @property
    def n_blocks(self) -> int:
        """Number of blocks that all states of the free p-bits come in."""
        return 1 << (len(self.h) - self.low)

    def run(
        self,
        kernel: Callable[..., None],
        *arguments: Any,
        n_blocks: int | None = None,
    ) -> None:
        """Run a kernel over all blocks, or over the first `n_blocks` of a list."""
        run_blocks(
            lambda first, stop: kernel(
                self.J, self.h, self.low, first, stop, *arguments
            ),
            self.n_blocks if n_blocks is None else n_blocks,
        )

    def numbers(self) -> NDArray[np.int64]:
        """Return the whole model's state number for each state of the free p-bits."""
        codes = np.arange(2 ** len(self.h))
        held_up = sum(1 << int(i) for i in np.flatnonzero(self.state > 0))
        numbers = np.full(len(codes), held_up)
        for bit, i in enumerate(self.pbits):
            numbers |= ((codes >> bit) & 1) << i
        return numbers


def free_part(model: PCircuit, clamp: Clamp) -> FreePart:
    """Return what a clamp leaves to enumerate; errors as in `pbit.exact`."""
    if not isinstance(model, IsingModel):
        msg = f"model must be an IsingModel, which has an energy, not {model!r}"
        raise TypeError(msg)
    held, values = _held(model, clamp)
    state = np.full(model.n, -1, np.int8)
    state[held] = values
    pbits = np.setdiff1d(np.arange(model.n), held)
    check_capacity(len(pbits), "free p-bits" if clamp else "p-bits")
    fixed = np.zeros(model.n)
    fixed[held] = values
    rows = model.J[pbits]
    J = rows[:, pbits].toarray()
    with np.errstate(over="ignore", invalid="ignore"):  # looked for below
        h = model.h[pbits] + rows @ fixed
        held_energy = -fixed @ model.h - 0.5 * (fixed @ (model.J @ fixed))
        offset = model.offset + float(held_energy)
        scale = float(np.abs(J).sum() / 2 + np.abs(h).sum())
    if not np.isfinite(scale + offset):
        msg = "the energies overflow: weights must be small enough to be added up"
        raise ValueError(msg)
    low = min(len(pbits), _LOW)
    return FreePart(J, h, offset, scale, pbits, state, low)


def _held(model: IsingModel, clamp: Clamp) -> tuple[NDArray[np.int64], States]:
    if clamp is None:
        return np.empty(0, np.int64), np.empty(0, np.int8)
    for label, value in clamp.items():
        if np.ndim(value) or value not in (-1, 1):
            msg = f"clamp of p-bit {label!r} must be -1 or +1, not {value!r}"
            raise ValueError(msg)
    held = np.array([model.index(label) for label in clamp], np.int64)
    return held, np.array(list(clamp.values()), np.int8)


def check_capacity(n: int, what: str) -> None:
    """Raise if `n` p-bits are too many to go through their states."""
    if n > MAX_PBITS:
        msg = f"exact results need at most {MAX_PBITS} {what}, not {n}"
        raise CapacityError(msg)


def run_blocks(job: Callable[[int, int], None], n_blocks: int) -> None:
    """Run job(first, stop) over slices of the blocks, on all processors."""
    workers = min(os.cpu_count() or 1, n_blocks)
    if workers == 1:
        job(0, n_blocks)
        return
    edges = np.linspace(0, n_blocks, min(8 * workers, n_blocks) + 1).astype(np.int64)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(job, edges[:-1].tolist(), edges[1:].tolist()))
