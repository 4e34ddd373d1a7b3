r"""Partitioned machines: how fast links have to be, as a curve with its knee.

With :math:`\eta = f_{comm} / f_{pbit}`, rounds of a link over sweeps of the p-bits, a
partitioned machine anneals as well as one chip does above a threshold of eta, which depends on
the topology, and worse below it: boundary states are then older than the p-bits that
read them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hardware.chips import Chips
from hardware.controllers import anneal
from hardware.costs import Figure
from hardware.design import Design
from hardware.devices import Ideal
from hardware.evaluation.figures import LEVEL, child, seeds, simulated
from hardware.evaluation.instances import ground_energy, lattice
from hardware.fabrics import Chromatic
from hardware.machine import Machine
from pbit.analysis.estimates import generator, interval
from pbit.checks import Floats, check_count
from pbit.model import IsingModel
from pbit.random import RandomState

ETAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
CLOCK = 15e6
STEPS = 20
HOT, COLD = 0.3, 3.0  # beta
RESAMPLES = 1000


@dataclass(frozen=True)
class Threshold:
    """How residual energy after a fixed time depends on eta.

    Attributes
    ----------
    etas
        Rounds of links over sweeps, shape (k,).
    ratios
        Residual energy over that of one chip, with intervals.
    exponents
        kappa of residual energy ~ t^-kappa over the lengths.
    single_exponent
        That of one chip.
    knee
        Where a level line at 1 and a power law below it meet.
    slope
        Of the power law: ratio ~ eta^-slope below the knee.
    sufficient
        The least eta tried from which on every interval of the ratio holds 1: what can
        be relied on where the curve has no sharp knee. None where there is none.
    lengths
        Sweeps of the runs.
    instances, runs
        How many, and runs of each.
    """

    etas: tuple[float, ...]
    ratios: tuple[Figure, ...]
    exponents: tuple[Figure, ...]
    single_exponent: Figure
    knee: Figure
    slope: Figure
    sufficient: float | None
    lengths: tuple[int, ...]
    instances: int
    runs: int


def slabs(shape: Sequence[int], chips: int) -> tuple[int, ...]:
    """Return the chip of every site of a lattice cut across its last axis.

    Examples
    --------
    >>> slabs((1, 4), 2)
    (0, 0, 1, 1)
    """
    check_count("chips", chips, 1)
    length = shape[-1]
    layer = np.arange(length) * chips // length
    return tuple(np.broadcast_to(layer, shape).ravel().tolist())


def with_links(
    circuit: IsingModel, parts: Sequence[int], eta: float, clock_hz: float = CLOCK
) -> Design:
    """Return a chromatic machine whose every link makes `eta` rounds a sweep.

    A link's bandwidth is eta f_pbit times the number of p-bits that it carries. Latency
    is 0; infinite eta is one chip.
    """
    base = Design(name="one-chip", device=Ideal(), fabric=Chromatic(clock_hz=clock_hz))
    if math.isinf(eta):
        return base
    home = np.asarray(parts)
    readers = np.repeat(np.arange(circuit.n), np.diff(circuit.weights.indptr))
    sources = circuit.weights.indices
    across = home[readers] != home[sources]
    carried = {
        (int(home[j]), int(home[i]), int(j))
        for i, j in zip(readers[across], sources[across], strict=True)
    }
    bits: dict[tuple[int, int], int] = {}
    for sender, receiver, _ in carried:
        bits[sender, receiver] = bits.get((sender, receiver), 0) + 1
    rows = tuple((*ends, 0.0, eta * clock_hz * b) for ends, b in sorted(bits.items()))
    chips = Chips(
        parts=tuple(parts), bandwidth_hz=eta * clock_hz, latency=0.0, links=rows
    )
    return Design(
        name=f"partitioned-{eta:g}", device=Ideal(), fabric=base.fabric, chips=chips
    )


def link_threshold(
    shape: Sequence[int] = (4, 4, 24),
    chips: int = 12,
    *,
    etas: Sequence[float] = ETAS,
    lengths: Sequence[int] = (30, 100, 300, 1000),
    instances: int = 6,
    runs: int = 4,
    rng: RandomState = None,
) -> Threshold:
    r"""Measure how residual energy depends on :math:`\eta` and where the knee is.

    Glasses with couplings ±1 on a lattice that is open along its last axis, so that the
    ground energy is computed exactly, are cut into slabs across it. All machines anneal
    from beta 0.3 to 3 in runs of the given numbers of sweeps.

    Parameters
    ----------
    shape
        Of the lattice; the product of all but the last is limited to about 20.
    chips
        Slabs.
    etas
        Rising.
    lengths
        Sweeps, rising; ratios are of the last.
    instances, runs
        How many, and runs of each.
    rng
        Seed of instances and machines.

    Raises
    ------
    ValueError
        If there are not three etas and two lengths at least.
    """
    if len(etas) < 3 or len(lengths) < 2:
        msg = "etas must be three at least and lengths two"
        raise ValueError(msg)
    check_count("instances", instances, 2)
    check_count("runs", runs, 1)
    seed = seeds(rng)
    kinds = (*etas, math.inf)
    found = np.empty((len(kinds), len(lengths), instances))
    for k in range(instances):
        number = int(child(seed, "instance", k).generate_state(1)[0])
        circuit = lattice(shape, number, periodic=[True] * (len(shape) - 1) + [False])
        lowest = ground_energy(circuit)
        parts = slabs(shape, chips)
        for e, eta in enumerate(kinds):
            design = with_links(circuit, parts, eta)
            for t, sweeps in enumerate(lengths):
                above = [
                    _residual(circuit, design, sweeps, lowest, child(seed, k, t, r))
                    for r in range(runs)
                ]
                found[e, t, k] = np.mean(above)
    return _threshold(found, etas, lengths, runs, seed)


def _residual(
    circuit: IsingModel,
    design: Design,
    sweeps: int,
    lowest: float,
    seed: np.random.SeedSequence,
) -> float:
    """Return the final energy above the lowest, a p-bit."""
    machine = Machine(circuit, design, seed)
    duration = sweeps / CLOCK
    anneal(machine, np.linspace(HOT, COLD, STEPS), duration)
    machine.run(until=duration)
    return (machine.energy - lowest) / circuit.n


def _threshold(
    found: Floats,
    etas: Sequence[float],
    lengths: Sequence[int],
    runs: int,
    seed: np.random.SeedSequence,
) -> Threshold:
    """Return the curve and its knee; intervals are of a bootstrap over instances."""
    instances = found.shape[2]
    picks = generator(child(seed, "bootstrap")).integers(
        instances, size=(RESAMPLES, instances)
    )
    sums = found[:, :, picks].mean(axis=-1)  # (etas + 1, lengths, resamples)
    middle = found.mean(axis=-1)
    logs = np.log(np.asarray(lengths, float))
    tiny = 1e-12
    kappas = -np.polyfit(logs, np.log(np.maximum(middle, tiny)).T, 1)[0]
    drawn = np.array(
        [-np.polyfit(logs, np.log(np.maximum(rows, tiny)), 1)[0] for rows in sums]
    )
    ratios = middle[:-1, -1] / middle[-1, -1]
    scattered = sums[:-1, -1] / np.maximum(sums[-1, -1], tiny)
    x = np.log(np.asarray(etas, float))
    knee, slope = fit_knee(x, np.log(ratios))
    fits = np.array([fit_knee(x, np.log(np.maximum(row, tiny))) for row in scattered.T])
    curve = tuple(_figure(v, row) for v, row in zip(ratios, scattered, strict=True))
    return Threshold(
        tuple(etas),
        curve,
        tuple(_figure(v, row) for v, row in zip(kappas[:-1], drawn[:-1], strict=True)),
        _figure(kappas[-1], drawn[-1]),
        _figure(math.exp(knee), np.exp(fits[:, 0])),
        _figure(slope, fits[:, 1]),
        _sufficient(etas, curve),
        tuple(lengths),
        instances,
        runs,
    )


def _sufficient(etas: Sequence[float], curve: Sequence[Figure]) -> float | None:
    least = None
    for eta, ratio in zip(reversed(etas), reversed(curve), strict=True):
        if ratio.low > 1.0:
            break
        least = eta
    return least


def fit_knee(x: Floats, y: Floats) -> tuple[float, float]:
    """Return (knee, slope) of y = slope * max(knee - x, 0), by least squares.

    Examples
    --------
    >>> x = np.linspace(-3, 3, 13)
    >>> knee, slope = fit_knee(x, 0.5 * np.maximum(1.0 - x, 0))
    >>> round(knee, 2), round(slope, 2)
    (1.0, 0.5)
    """
    best = (math.inf, float(x[0]), 0.0)
    for knee in np.linspace(x[0], x[-1], 601).tolist():
        ramp = np.maximum(knee - x, 0.0)
        norm = float(ramp @ ramp)
        slope = max(float(ramp @ y) / norm, 0.0) if norm else 0.0
        error = float(((y - slope * ramp) ** 2).sum())
        if error < best[0] - 1e-15:
            best = (error, knee, slope)
    return best[1], best[2]


def _figure(value: float, resampled: Floats) -> Figure:
    low, high = interval(resampled, LEVEL)
    return simulated(float(value), min(low, float(value)), max(high, float(value)))
