"""Delays of single connections: what a design says of them, for a circuit."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

import numpy as np
from numpy.typing import NDArray

from hardware.design import Design
from hardware.engines.drive import fill_normals, fill_uniforms
from hardware.synapses import Delay
from pbit.checks import Floats
from pbit.errors import DesignError
from pbit.model import PCircuit
from pbit.random import Streams, Use, streams

KEY = "synapse.tau_s"


def edge_delays(
    circuit: PCircuit, design: Design, source: Streams | None = None
) -> Floats:
    """Return the delay of every connection in seconds, in the order of the weights.

    It has no rows where all are equal. Without a `source` of random numbers, and a seed
    of their own, delays keep to their nominal values.

    Raises
    ------
    DesignError
        If a table names what the circuit does not have, or misses a connection; if an
        array is of another length; if a factor drawn is not positive.
    """
    part = design.synapse
    if not isinstance(part, Delay) or not part.per_edge or circuit.n_edges == 0:
        return np.empty(0)
    delays = _nominal(part, circuit)
    if part.spread > 0 and part.seed is not None:
        source = streams(part.seed)
    if part.spread > 0 and source is not None:
        delays = delays * _factors(part, delays.size, source)
    return delays


def _nominal(part: Delay, circuit: PCircuit) -> Floats:
    table = part.table
    if table is not None:
        return _from_table(table, circuit)
    delays = np.atleast_1d(np.asarray(part.tau_s, np.float64))
    if delays.size == circuit.n_edges:
        return delays
    if isinstance(part.tau_s, tuple):
        msg = (
            f"must hold one time a connection, {circuit.n_edges} in this circuit, "
            f"not {delays.size}"
        )
        raise DesignError(KEY, msg)
    return np.full(circuit.n_edges, delays[0])


def _from_table(
    table: Mapping[tuple[Hashable, Hashable], float], circuit: PCircuit
) -> Floats:
    """Look every connection up, from the one it comes from to the one that reads it."""
    said: dict[tuple[int, int], float] = {}
    for (source, reader), seconds in table.items():
        try:
            pair = circuit.index(source), circuit.index(reader)
        except KeyError as error:
            raise DesignError(KEY, str(error.args[0])) from None
        said[pair] = seconds
    weights = circuit.weights
    readers = np.repeat(np.arange(circuit.n), np.diff(weights.indptr)).tolist()
    pairs = list(zip(weights.indices.tolist(), readers, strict=True))
    extra = said.keys() - set(pairs) - {(i, j) for j, i in pairs}
    if extra:
        i, j = min(extra)
        raise DesignError(KEY, f"names {_named(circuit, i, j)}, which is not coupled")
    delays = np.empty(len(pairs))
    for e, (j, i) in enumerate(pairs):
        found = said.get((j, i), said.get((i, j)))
        if found is None:
            raise DesignError(KEY, f"says nothing of {_named(circuit, j, i)}")
        delays[e] = found
    return delays


def _named(circuit: PCircuit, i: int, j: int) -> str:
    return f"the connection ({circuit.labels[i]!r}, {circuit.labels[j]!r})"


def _factors(part: Delay, size: int, source: Streams) -> Floats:
    """Return positive factors of mean 1 and the relative deviation `part.spread`."""
    drawn, relative = np.empty(size), part.spread
    key = (source.key0, source.key1, int(Use.DELAY), 0)
    if part.distribution == "uniform":
        fill_uniforms(drawn, *key)
        return 1.0 + math.sqrt(12.0) * relative * (drawn - 0.5)
    fill_normals(drawn, *key)
    if part.distribution == "lognormal":
        variance = math.log1p(relative**2)
        return np.asarray(np.exp(math.sqrt(variance) * drawn - variance / 2))
    factors = 1.0 + relative * drawn
    if factors.min() <= 0:
        msg = (
            f"makes a delay {factors.min():.3g} times the nominal one with a normal "
            f"distribution of deviation {relative:g}; use 'lognormal'"
        )
        raise DesignError(part.key("spread"), msg)
    return factors


def outgoing_edges(circuit: PCircuit) -> NDArray[np.int32]:
    """Return which connection each entry of `circuit.outgoing` is, in the weights' order."""
    return np.argsort(circuit.weights.indices, kind="stable").astype(np.int32)
