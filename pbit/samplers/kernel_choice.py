"""Which kernel sweeps: the law of draws from the model, the kernel from the number of chains.

Kernels of one law make the same bits, so that a chain does not depend on how many there are,
on threads or on batches. The law "real" draws thresholds of 32 bits for real inputs, "planes"
draws 44 bits as planes that chains share, for models of small whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, TypeAlias

import numpy as np

from pbit.checks import States, check_choice
from pbit.kernels import (
    bitsliced,
    dense,
    gibbs,
    lanes,
    metropolis,
    planes,
    planes_dense,
    polynomial,
    single,
)
from pbit.kernels.bitsliced_program import Program, compile_program
from pbit.kernels.integers import Integers
from pbit.kernels.lane_vectors import LANES
from pbit.kernels.types import Connections, Floats, Int32s
from pbit.model import PCircuit
from pbit.polynomial import PolynomialModel
from pbit.random import Use
from pbit.samplers.integers import LARGEST_FIELD, fits

KERNELS = ("auto", "chain", "lanes", "dense", "planes", "bitsliced")
"""What a sampler's `kernel` may be; see :func:`choose`."""

RULES = ("gibbs", "metropolis")
"""How a p-bit decides: see :func:`pbit.anneal`."""

MANY = 8
"""Chains from which 32 lanes are faster than one chain after the other, hot and cold."""

MANY_BITS = 16
"""Chains from which a word of 64 is faster than one chain after the other."""

LARGEST_LANES = 2**18
"""P-bits up to which lanes are used: their inputs take 400 bytes a p-bit and thread."""

DENSE_FROM = 64
"""P-bits from which rows of all weights are worth it, if half of these are not zero."""

SPARSE = 20
"""One in so many weights not zero makes rows of bytes worth it, for one chain in planes."""

Sweeper: TypeAlias = Callable[..., None]


class RealLaw:
    """Sweeps of any circuit of pairs by the law "real".

    Called with what `pbit.kernels.gibbs.run_chains` takes after the biases.
    """

    law = "real"
    width = LANES  # a batch of chains had better be a multiple of this

    def __init__(self, circuit: PCircuit, kernel: str = "auto") -> None:
        self.h = circuit.h
        self.incoming = _triple(circuit.weights)
        self.outgoing = _triple(circuit.outgoing)
        n, entries = circuit.n, circuit.weights.nnz
        if kernel == "auto" and n >= DENSE_FROM and 2 * entries >= n * n:
            kernel = "dense"
        if kernel == "auto" and n > LARGEST_LANES:
            kernel = "chain"
        self.kernel = kernel

    @cached_property
    def rows(self) -> Floats:
        """The weights as dense rows."""
        return dense.dense_rows(self.outgoing, self.h.shape[0])

    def pick(self, n_chains: int, random_order: bool) -> str:
        """Return the name of the kernel for a batch of so many chains."""
        if random_order:
            return "chain"
        if self.kernel == "auto":
            return "lanes" if n_chains >= MANY else "chain"
        return self.kernel

    def __call__(
        self,
        states: States,
        energies: Floats,
        order: Int32s,
        random_order: bool,
        *rest: Any,
    ) -> None:
        """Advance the chains."""
        name = self.pick(states.shape[0], random_order)
        who_hears: Any = self.rows if name == "dense" else self.outgoing
        kernels: dict[str, Sweeper] = {
            "chain": gibbs.run_chains if random_order else single.run_chains,
            "lanes": lanes.run_chains,
            "dense": dense.run_chains,
        }
        kernels[name](
            self.incoming,
            who_hears,
            self.h,
            states,
            energies,
            order,
            random_order,
            *rest,
        )


class PlanesLaw:
    """Sweeps of a circuit in small whole numbers by the law "planes".

    Called as `RealLaw` is; `random_order`, `refresh` and `use` are not looked at.
    """

    law = "planes"
    width = bitsliced.WORD_BITS

    def __init__(
        self, circuit: Integers, kernel: str = "auto", rule: str = RULES[0]
    ) -> None:
        self.circuit = circuit
        self.kernel = kernel
        self.metropolis = rule == "metropolis"
        if self.metropolis:
            self.law = "planes, metropolis"

    @cached_property
    def program(self) -> Program:
        """The circuit laid out for words."""
        return compile_program(self.circuit)

    @cached_property
    def rows(self) -> States:
        """The weights as dense rows of bytes; none where these do not pay."""
        n, entries = self.circuit.biases.shape[0], self.circuit.weights.shape[0]
        largest = self.circuit.largest
        if n < DENSE_FROM or SPARSE * entries < n * n:
            return np.empty((0, 0), np.int8)
        if largest > planes_dense.LARGEST_FIELD:
            return np.empty((0, 0), np.int8)
        return planes_dense.dense_rows(self.circuit)

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
        *rest: Any,
    ) -> None:
        """Advance the chains."""
        del random_order, refresh, use
        kernel = self.kernel
        if kernel == "auto":
            kernel = "bitsliced" if states.shape[0] >= MANY_BITS else "planes"
        draws = (key0, key1, int(Use.PLANES), int(Use.PLANES_TAIL))
        first = (states, energies, order, betas, first_sweep, first_chain, *draws)
        sweeps: tuple[Any, ...] = (*first, *rest, self.metropolis)
        if kernel == "planes" and self.rows.shape[0] > 0:
            planes_dense.run_chains(self.circuit, self.rows, *sweeps)
        elif kernel == "planes":
            planes.run_chains(self.circuit, *sweeps)
        else:
            bitsliced.run_chains(self.circuit, self.program, *sweeps)


class MetropolisLaw:
    """Sweeps of any circuit of pairs by the rule of Metropolis; called as `RealLaw` is."""

    law = "metropolis"
    width = 1

    def __init__(self, circuit: PCircuit) -> None:
        wiring = _triple(circuit.weights), _triple(circuit.outgoing), circuit.h
        self.sweep: Sweeper = partial(metropolis.run_chains, *wiring)

    def __call__(self, *arguments: Any) -> None:
        """Advance the chains."""
        self.sweep(*arguments)


class PolynomialLaw:
    """Sweeps of terms of any order by the law "real"; called as `RealLaw` is."""

    law = "real"
    width = 1

    def __init__(self, model: PolynomialModel) -> None:
        by_term = model.members.indptr, model.members.indices
        by_pbit = model.weights.indptr, model.weights.indices
        kernel = polynomial.run_chains
        self.sweep: Sweeper = partial(kernel, by_term, by_pbit, model.values, model.h)

    def __call__(self, *arguments: Any) -> None:
        """Advance the chains."""
        self.sweep(*arguments)


Law: TypeAlias = RealLaw | PlanesLaw | MetropolisLaw | PolynomialLaw


def choose(
    circuit: PCircuit | PolynomialModel,
    order: str,
    kernel: str = "auto",
    *,
    one_beta: bool = True,
    rule: str = RULES[0],
) -> Law:
    """Return what sweeps this circuit.

    Parameters
    ----------
    circuit
        An Ising model, a circuit or a polynomial model.
    order
        The order of updates: in random order only "chain" works.
    kernel
        "auto" for what is fastest: the law depends on circuit and order alone. Or, of the
        law "real": "chain" (one after the other), "lanes" (side by side in vectors) or
        "dense" (rows of all weights); of the law "planes": "planes" (one after the other)
        or "bitsliced" (64 to a word).
    one_beta
        Whether all chains have one temperature, as the law "planes" wants it.
    rule
        "gibbs", or "metropolis", which takes "chain", "planes" and "bitsliced".

    Raises
    ------
    ValueError
        If there is no such kernel, or it cannot run this circuit in this order.
    """
    check_choice("kernel", kernel, KERNELS)
    check_choice("rule", rule, RULES)
    if rule == "metropolis" and isinstance(circuit, PolynomialModel):
        msg = 'rule "metropolis" takes circuits of pairs, not a PolynomialModel'
        raise ValueError(msg)
    if rule == "metropolis" and kernel in ("lanes", "dense"):
        _refuse(kernel, 'the rule "gibbs"', '"metropolis"')
    if isinstance(circuit, PolynomialModel):
        if kernel not in ("auto", "chain"):
            _refuse(kernel, "circuits of pairs", "a PolynomialModel")
        return PolynomialLaw(circuit)
    if order == "random" and kernel not in ("auto", "chain"):
        _refuse(kernel, 'the orders "sequential" and "chromatic"', 'order "random"')
    if kernel in ("chain", "lanes", "dense") or order == "random" or not one_beta:
        if kernel in ("planes", "bitsliced"):
            _refuse(kernel, "one beta for all chains", "one a chain")
        if rule == "metropolis":
            return MetropolisLaw(circuit)
        return RealLaw(circuit, kernel)
    whole = fits(circuit) if _may_fit(circuit) else None
    if whole is not None:
        return PlanesLaw(whole, kernel, rule)
    if kernel != "auto":
        _refuse(kernel, "small whole numbers of one unit as weights", "these")
    return RealLaw(circuit) if rule == RULES[0] else MetropolisLaw(circuit)


def _may_fit(circuit: PCircuit) -> bool:
    """Say whether the first weights are of few sizes: looking at all takes a sort."""
    sizes = np.unique(np.abs(circuit.weights.data[: 4 * LARGEST_FIELD]))
    return bool(sizes.size <= LARGEST_FIELD)


def _refuse(kernel: str, rule: str, given: str) -> None:
    msg = f"kernel {kernel!r} takes {rule}, not {given}"
    raise ValueError(msg)


def _triple(matrix: Any) -> Connections:
    return matrix.indptr, matrix.indices, matrix.data
