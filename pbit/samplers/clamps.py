"""Clamps: p-bits held at values, the same for all chains or different in each."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pbit.checks import States
from pbit.model import PCircuit
from pbit.polynomial import PolynomialModel

Clamp: TypeAlias = Mapping[Hashable, Any] | Sequence[Mapping[Hashable, int]] | None
"""{label: ±1}, or {label: one value a chain}, or one such dictionary a chain."""


class Batch(NamedTuple):
    """Neighbouring chains whose free p-bits are the same."""

    first: int
    stop: int
    free: NDArray[np.int32]


def apply_clamp(
    circuit: PCircuit | PolynomialModel,
    clamp: Clamp,
    states: States,
    order: NDArray[np.int32],
) -> list[Batch]:
    """Set the clamped p-bits of `states` and return the chains in batches of equal clamps.

    Parameters
    ----------
    circuit
        Whose labels the clamp uses.
    clamp
        {label: ±1}, {label: values of shape (n_chains,)} or a dictionary a chain.
    states
        Shape (n_chains, n); written to.
    order
        Order of updates; the clamped p-bits are taken out of it.

    Raises
    ------
    KeyError
        If a label is unknown.
    TypeError
        If the clamp is neither a dictionary nor a sequence of dictionaries.
    ValueError
        If a value is not ±1 or the number of values or dictionaries is not n_chains.
    """
    n_chains = states.shape[0]
    if clamp is None or isinstance(clamp, Mapping):
        held = _hold(circuit, clamp or {}, states)
        return [Batch(0, n_chains, order[~np.isin(order, held)])]
    given: Any = clamp
    if isinstance(given, str) or not isinstance(given, Sequence):
        msg = f"clamp must be a dictionary or a list of dictionaries, not {clamp!r}"
        raise TypeError(msg)
    if len(clamp) != n_chains:
        msg = f"clamp must be one dictionary a chain, {n_chains} of them, not {len(clamp)}"
        raise ValueError(msg)
    batches: list[Batch] = []
    previous: NDArray[np.int64] | None = None
    for chain, own in enumerate(given):
        if not isinstance(own, Mapping):
            msg = f"clamp[{chain}] must be a dictionary, not {own!r}"
            raise TypeError(msg)
        held = np.sort(_hold(circuit, own, states[chain : chain + 1]))
        if previous is not None and np.array_equal(held, previous):
            batches[-1] = batches[-1]._replace(stop=chain + 1)
        else:
            batches.append(Batch(chain, chain + 1, order[~np.isin(order, held)]))
        previous = held
    return batches


def _hold(
    circuit: PCircuit | PolynomialModel, clamp: Mapping[Hashable, Any], states: States
) -> NDArray[np.int64]:
    held = np.empty(len(clamp), np.int64)
    for k, (label, value) in enumerate(clamp.items()):
        held[k] = i = circuit.index(label)
        values = np.asarray(value)
        if values.shape not in ((), (states.shape[0],)):
            msg = (
                f"clamp of p-bit {label!r} must be one value or {states.shape[0]}, "
                f"one a chain, not of shape {values.shape}"
            )
            raise ValueError(msg)
        if values.dtype.kind not in "iuf" or not np.isin(values, (-1, 1)).all():
            msg = f"clamp of p-bit {label!r} must be -1 or +1, not {value!r}"
            raise ValueError(msg)
        states[:, i] = values
    return held
