"""Imperfections of one machine: a design's spread and faults, drawn for a circuit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.design import Design
from hardware.devices import Measured
from hardware.engines.drive import Drive, fill_normals, fill_uniforms, plain_drive
from hardware.faults import Couplings, Faults, Pbits
from hardware.spread import Spread
from pbit.checks import Floats, States
from pbit.errors import DesignError
from pbit.model import PCircuit
from pbit.random import Streams, Use, streams

# What a number is drawn for: the unit of the draws of Use.SPREAD and Use.FAULTS.
SLOPE, OFFSET, TAU, DRIFT = range(4)
UP, DOWN, OPEN, FULL = range(4)


class Stuck(NamedTuple):
    """P-bits that never change."""

    pbits: NDArray[np.int64]  # ascending
    states: States


def make_drive(n: int, design: Design, source: Streams, start: float) -> Drive:
    """Return every p-bit's slope, offset and drift.

    Raises
    ------
    DesignError
        If a slope drawn from a normal distribution is not positive.
    """
    drive, spread = plain_drive(start), design.spread
    if isinstance(design.device, Measured):
        points = np.array(design.device.response)
        equal = np.arctanh(points[:, 1])
        drive = drive._replace(measured=points[:, 0].copy(), equal=equal)
    if spread is None:
        return drive
    if spread.slope > 0:
        drive = drive._replace(slope=factors(spread, "slope", SLOPE, n, source))
    if spread.offset > 0:
        offset = spread.offset * _normals(spread, OFFSET, n, source)
        drive = drive._replace(offset=offset)
    if spread.drift > 0:
        drift = spread.drift * _normals(spread, DRIFT, n, source)
        drive = drive._replace(drift=drift)
    return drive


def spread_tau(tau: Floats, n: int, design: Design, source: Streams) -> Floats:
    """Return the times of `tau`, one or n, as they really are."""
    if design.spread is None or design.spread.tau == 0:
        return tau
    return tau * factors(design.spread, "tau", TAU, n, source)


def factors(spread: Spread, field: str, unit: int, n: int, source: Streams) -> Floats:
    """Return n positive factors of mean 1 and the relative deviation that a field says."""
    relative = float(getattr(spread, field))
    z = _normals(spread, unit, n, source)
    if spread.distribution == "lognormal":
        variance = np.log1p(relative**2)
        return np.asarray(np.exp(np.sqrt(variance) * z - variance / 2))
    drawn = 1.0 + relative * z
    if drawn.min(initial=1.0) <= 0:
        i = int(np.argmin(drawn))
        msg = (
            f"makes the {field} of p-bit {i} {drawn[i]:.3g} times the nominal one with "
            f"a normal distribution of deviation {relative:g}; use 'lognormal'"
        )
        raise DesignError(key=spread.key(field), message=msg)
    return drawn


def find_stuck(n: int, design: Design, source: Streams) -> Stuck:
    """Return the p-bits that are stuck, and where.

    Raises
    ------
    DesignError
        If a fault names a p-bit that the circuit does not have.
    """
    held = np.zeros(n, np.int8)
    faults = design.faults
    if faults is not None:
        held[_chosen(faults, "stuck_down", DOWN, n, source)] = -1
        held[_chosen(faults, "stuck_up", UP, n, source)] = 1
    pbits = np.flatnonzero(held)
    return Stuck(pbits, held[pbits])


def faulty_weights(
    circuit: PCircuit, design: Design, source: Streams, given: Floats
) -> Floats:
    """Return the weights `given` to the circuit's connections, some of them stuck.

    Raises
    ------
    DesignError
        If a fault names a coupling that the circuit does not have.
    """
    faults = design.faults
    if faults is None or (not faults.couplings_open and not faults.couplings_full):
        return given
    n = circuit.n
    indptr = circuit.weights.indptr
    rows = np.repeat(np.arange(n), np.diff(indptr))
    columns = circuit.weights.indices.astype(np.int64)
    # Both directions of a pair have one number, so that they share their fate.
    numbers = np.minimum(rows, columns) * n + np.maximum(rows, columns)
    pairs, pair_of = np.unique(numbers, return_inverse=True)
    data = given.copy()
    full = _chosen_pairs(faults, "couplings_full", FULL, pairs, n, source)
    data[full[pair_of]] = np.abs(circuit.weights.data).max(initial=0.0)
    none = _chosen_pairs(faults, "couplings_open", OPEN, pairs, n, source)
    data[none[pair_of]] = 0.0
    return data


def _chosen(
    faults: Faults, field: str, unit: int, n: int, source: Streams
) -> NDArray[np.int64]:
    wanted: Pbits = getattr(faults, field)
    if isinstance(wanted, tuple):
        for k, i in enumerate(wanted):
            if i >= n:
                msg = f"must be a p-bit of the circuit, 0 to {n - 1}, not {i}"
                raise DesignError(key=f"{faults.key(field)}[{k}]", message=msg)
        return np.array(wanted, np.int64)
    return np.flatnonzero(_uniforms(faults, unit, n, source) < wanted)


def _chosen_pairs(
    faults: Faults,
    field: str,
    unit: int,
    pairs: NDArray[np.int64],
    n: int,
    source: Streams,
) -> NDArray[np.bool_]:
    """Return a mask over the circuit's pairs."""
    wanted: Couplings = getattr(faults, field)
    if not isinstance(wanted, tuple):
        return np.asarray(_uniforms(faults, unit, pairs.size, source) < wanted)
    mask = np.zeros(pairs.size, np.bool_)
    for k, (i, j) in enumerate(wanted):
        number = min(i, j) * n + max(i, j)
        place = int(np.searchsorted(pairs, number))
        if max(i, j) >= n or place == pairs.size or pairs[place] != number:
            msg = f"must be a coupling of the circuit, not [{i}, {j}]"
            raise DesignError(key=f"{faults.key(field)}[{k}]", message=msg)
        mask[place] = True
    return mask


def _key(seed: int | None, source: Streams) -> tuple[int, int]:
    chosen = source if seed is None else streams(seed)
    return chosen.key0, chosen.key1


def _normals(spread: Spread, unit: int, n: int, source: Streams) -> Floats:
    drawn = np.empty(n)
    fill_normals(drawn, *_key(spread.seed, source), int(Use.SPREAD), unit)
    return drawn


def _uniforms(faults: Faults, unit: int, n: int, source: Streams) -> Floats:
    drawn = np.empty(n)
    fill_uniforms(drawn, *_key(faults.seed, source), int(Use.FAULTS), unit)
    return drawn
