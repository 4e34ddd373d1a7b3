"""Exact results for polynomial models: all energies at once, then sums over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pbit._enumeration import Clamp, run_blocks
from pbit.checks import Floats, States
from pbit.errors import CapacityError
from pbit.kernels import polynomial as kernels
from pbit.polynomial import PolynomialModel

MAX_PBITS = 26  # 512 MiB of energies
TIE = 1e-12  # of the sum of all weights: far more than rounding does to an energy
_LOW = 14  # p-bits a block runs through: 128 KiB of energies


@dataclass(frozen=True)
class AllStates:
    """The energies of all states that agree with a clamp, offset left out.

    Attributes
    ----------
    values
        Of the states of the free p-bits, little-endian, shape (2**k,).
    pbits
        The free p-bits' numbers in the whole model.
    held
        State of the whole model, free p-bits at -1.
    offset, scale
        Constant left out of the values, and a bound on their size.
    """

    values: Floats
    pbits: NDArray[np.int64]
    held: States
    offset: float
    scale: float

    def numbers(self) -> NDArray[np.int64]:
        """Return the whole model's state number of each value."""
        codes = np.arange(self.values.size)
        numbers = np.full(codes.size, sum(1 << int(i) for i in self._up()))
        for bit, i in enumerate(self.pbits):
            numbers |= ((codes >> bit) & 1) << i
        return numbers

    def states(self, codes: NDArray[np.int64]) -> States:
        """Return the whole states that these entries stand for, shape (k, n)."""
        states = np.repeat(self.held[None], codes.size, axis=0)
        for bit, i in enumerate(self.pbits):
            states[:, i] = ((codes >> bit) & 1) * 2 - 1
        return states

    def _up(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.held > 0)


def all_states(model: PolynomialModel, clamp: Clamp) -> AllStates:
    """Return the energies of all states that agree with the clamp.

    Raises
    ------
    CapacityError
        If more than 26 p-bits are free.
    KeyError, ValueError
        If the clamp breaks a rule.
    """
    held = np.full(model.n, -1, np.int8)
    numbers = [model.index(label) for label in clamp or {}]
    free = model.fix(clamp) if clamp else model
    held[numbers] = list((clamp or {}).values())
    pbits = np.setdiff1d(np.arange(model.n), numbers).astype(np.int64)
    if free.n > MAX_PBITS:
        what = "free p-bits" if clamp else "p-bits"
        msg = (
            f"exact results of a polynomial need at most {MAX_PBITS} {what}, "
            f"not {free.n}"
        )
        raise CapacityError(msg)
    scale = float(np.abs(free.values).sum() + np.abs(free.h).sum())
    if not np.isfinite(scale):
        msg = "the energies overflow: weights must be small enough to be added up"
        raise ValueError(msg)
    low = min(free.n, _LOW)
    values = np.empty(2**free.n)
    ends, members = free.members.indptr, free.members.indices
    run_blocks(
        lambda first, stop: kernels.block_energies(
            ends, members, free.values, free.h, low, first, stop, values
        ),
        1 << (free.n - low),
    )
    return AllStates(values, pbits, held, free.offset, scale)


def energies(model: PolynomialModel) -> Floats:
    """Return the energies of all states, as `pbit.exact.energies`."""
    found = all_states(model, None)
    return found.values + found.offset


def probabilities(model: PolynomialModel, beta: float, clamp: Clamp) -> Floats:
    """Return the probabilities of all states, as `pbit.exact.probabilities`."""
    found = all_states(model, clamp)
    weights = _weights(found, beta)
    weights /= weights.sum()
    if found.pbits.size == model.n:
        return weights
    if model.n > MAX_PBITS:
        msg = f"an array of all states needs at most {MAX_PBITS} p-bits, not {model.n}"
        raise CapacityError(msg)
    result = np.zeros(2**model.n)
    result[found.numbers()] = weights
    return result


def log_partition(model: PolynomialModel, beta: float, clamp: Clamp) -> float:
    """Return ln Z, as `pbit.exact.log_partition`."""
    found = all_states(model, clamp)
    ground = float(found.values.min())
    total = float(_weights(found, beta).sum())
    return float(np.log(total)) - beta * (ground + found.offset)


def moments(model: PolynomialModel, beta: float, clamp: Clamp) -> tuple[Floats, Floats]:
    """Return the first and second moments, as `pbit.exact.moments`."""
    found = all_states(model, clamp)
    spectrum = _weights(found, beta)
    kernels.transform(spectrum)
    spectrum /= spectrum[0]
    bits = np.int64(1) << np.arange(found.pbits.size, dtype=np.int64)
    mean = found.held.astype(np.float64)
    mean[found.pbits] = -spectrum[bits]
    pair = np.outer(mean, mean)
    own = spectrum[bits[:, None] ^ bits[None, :]]  # 1 on the diagonal
    pair[np.ix_(found.pbits, found.pbits)] = own
    return mean, pair


def ground_energy(model: PolynomialModel, clamp: Clamp) -> float:
    """Return the lowest energy, as `pbit.exact.ground_energy`."""
    found = all_states(model, clamp)
    return float(found.values.min()) + found.offset


def ground_states(model: PolynomialModel, clamp: Clamp) -> States:
    """Return the states of lowest energy, as `pbit.exact.ground_states`."""
    found = all_states(model, clamp)
    limit = float(found.values.min()) + TIE * found.scale
    return found.states(np.flatnonzero(found.values <= limit))


def _weights(found: AllStates, beta: float) -> Floats:
    return np.asarray(np.exp(-beta * (found.values - found.values.min())))
