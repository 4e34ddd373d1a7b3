"""Non-idealities of designs by name, and the designs that remain when they are taken away."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from hardware.design import Design
from hardware.devices import Digital, Ideal, Measured, TransistorMtj
from hardware.entries import PARTS, still_unknown
from hardware.fabrics import Chromatic, Clocked, Masked, Synchronous, TimeMultiplexed
from hardware.noise import IdealNoise
from hardware.synapses import Crossbar, Instant, Mac
from pbit.checks import Floats

_FINEST_WEIGHTS = "s[8][15]"  # 24 bits, the most that a sum is made of
_FINEST_INPUT = "s[4][12]"  # 65,536 entries over |I| < 16
_REACH = 8.0  # of a straight response: tanh(8) misses 1 by 2e-7
_ROUNDING = 1e-9
_change: Callable[..., Any] = msgspec.structs.replace


def causes(design: Design) -> list[str]:
    """Return the names of the non-idealities that a design has, in the order of signals.

    Examples
    --------
    >>> from hardware import load_design
    >>> causes(load_design("ucsb-fpga"))
    ['weights', 'noise', 'activation']
    >>> causes(load_design("ideal-sequential"))
    []
    """
    return [name for name, remove in _REMOVE.items() if remove(design) != design]


def without(design: Design, *names: str) -> Design:
    """Return a design with some causes idealised away; times stay as they are.

    Raises
    ------
    ValueError
        If there is no such cause; the message lists those that are.
    DesignError
        If what is left breaks a rule.
    """
    for name in names:
        if name not in _REMOVE:
            msg = f"cause {name!r} is not one of {', '.join(_REMOVE)}"
            raise ValueError(msg)
    for name, remove in _REMOVE.items():
        if name in names:
            design = remove(design)
    return design


def only(design: Design, name: str) -> Design:
    """Return a design with one cause left; all others are idealised away."""
    if name not in _REMOVE:
        return without(design, name)  # which says so
    return without(design, *(other for other in causes(design) if other != name))


def _no_weights(design: Design) -> Design:
    synapse = design.synapse
    if isinstance(synapse, Mac):
        # Folded: with a register of beta behind them, sums would be too long.
        fine = _change(
            synapse, weights=_FINEST_WEIGHTS, beta="folded", accumulator=None
        )
        return _with(design, synapse=fine)
    if isinstance(synapse, Crossbar) and synapse.levels is not None:
        return _with(design, synapse=_change(synapse, levels=None))
    return design


def _no_array(design: Design) -> Design:
    synapse = design.synapse
    if not isinstance(synapse, Crossbar):
        return design
    clean = Crossbar(
        g_max=synapse.g_max,
        levels=synapse.levels,
        source=synapse.source,
        status=synapse.status,
    )
    return _with(design, synapse=clean)


def _no_activation(design: Design) -> Design:
    device = design.device
    if isinstance(device, Digital):
        fine = _change(
            device, input=_FINEST_INPUT, activation="table", entries=None, bits=32
        )
        noise = design.noise
        narrow = noise is not None and noise.width < fine.bits
        if narrow:  # words cannot be finer than their source: its own bits are compared
            assert noise is not None  # noqa: S101 - as was just said
            fine = _change(fine, bits=noise.width)
        return _with(design, device=fine)
    if isinstance(device, Measured):
        slope, offset = _fit(device)
        straight = _points(_REACH * np.array([-1.0, 1.0]), slope, offset)
        if len(_table(device)) > 2:
            return _with(design, device=_change(device, response=straight))
    return design


def _fit(device: Measured) -> tuple[float, float]:
    """Return slope and offset of artanh(mean) over input, by what means are worth."""
    inputs, means = _table(device).T
    a, b = np.polyfit(inputs, np.arctanh(means), 1, w=np.sqrt(1 - means**2))
    return float(a), float(b)


def _table(device: Measured) -> Floats:
    return np.asarray(device.response, np.float64)


def _points(levels: Floats, slope: float, offset: float) -> tuple[Any, ...]:
    """Return pairs (input, mean) where artanh(mean) = slope * input + offset = levels."""
    pairs = zip((levels - offset) / slope, np.tanh(levels), strict=True)
    return tuple((float(x), float(y)) for x, y in pairs)


def _no_slope(design: Design) -> Design:
    """Give p-bits one slope, and a measured curve the slope 1, where it crosses 0."""
    design = _no_spread("slope")(design)
    device = design.device
    if not isinstance(device, Measured):
        return design
    slope = _fit(device)[0]
    if math.isclose(slope, 1.0, abs_tol=_ROUNDING):
        return design
    inputs, means = _table(device).T
    moved = tuple(zip((slope * inputs).tolist(), means.tolist(), strict=True))
    return _with(design, device=_change(device, response=moved))


def _no_offset(design: Design) -> Design:
    """Take offsets away: those of p-bits, and that of a measured curve."""
    design = _no_spread("offset")(design)
    device = design.device
    if not isinstance(device, Measured):
        return design
    slope, offset = _fit(device)
    if abs(offset) <= _ROUNDING:
        return design
    inputs, means = _table(device).T
    moved = tuple(zip((inputs + offset / slope).tolist(), means.tolist(), strict=True))
    return _with(design, device=_change(device, response=moved))


def _no_noise(design: Design) -> Design:
    if design.noise is None or isinstance(design.noise, IdealNoise):
        return design
    return _with(design, noise=None)


def _no_delay(design: Design) -> Design:
    synapse, fabric = design.synapse, design.fabric
    if isinstance(synapse, Mac):
        design = _with(design, synapse=_change(synapse, latency=0))
    elif not isinstance(synapse, Instant | Crossbar):
        plain = Instant(source=synapse.source, status=synapse.status)
        design = _with(design, synapse=plain)
    if isinstance(fabric, Clocked) and fabric.depth:
        design = _with(design, fabric=_change(fabric, depth=0))
    return design


def _no_memory(design: Design) -> Design:
    if isinstance(design.device, TransistorMtj):
        return _with(design, device=_ideal(design.device))
    return design


def _no_collisions(design: Design) -> Design:
    fabric = design.fabric
    if isinstance(fabric, TimeMultiplexed | Synchronous | Masked):
        one_by_one = Chromatic(
            clock_hz=fabric.clock_hz,
            depth=fabric.depth,
            source=fabric.source,
            status=fabric.status,
        )
        return _with(design, fabric=one_by_one)
    return design


def _no_partition(design: Design) -> Design:
    return design if design.chips is None else _with(design, chips=None)


def _no_spread(quantity: str) -> Callable[[Design], Design]:
    def remove(design: Design) -> Design:
        spread = design.spread
        if spread is None or getattr(spread, quantity) == 0.0:
            return design
        return _with(design, spread=_change(spread, **{quantity: 0.0}))

    return remove


def _no_faults(design: Design) -> Design:
    return design if design.faults is None else _with(design, faults=None)


def _ideal(device: TransistorMtj) -> Ideal:
    return Ideal(tau_n=device.tau_n, source=device.source, status=device.status)


def _with(design: Design, **parts: Any) -> Design:
    tables = {name: getattr(design, name) for name in (*PARTS, "limits")} | parts
    unknown = still_unknown(design.unknown, tables)
    changed: Design = _change(design, unknown=unknown, **parts)
    return changed


#: What may be idealised away, about in the order in which a signal meets it.
_REMOVE: dict[str, Callable[[Design], Design]] = {
    "weights": _no_weights,
    "array": _no_array,
    "partition": _no_partition,
    "delay": _no_delay,
    "slope": _no_slope,
    "offset": _no_offset,
    "drift": _no_spread("drift"),
    "noise": _no_noise,  # before what may then compare finer words
    "activation": _no_activation,
    "memory": _no_memory,
    "collisions": _no_collisions,
    "faults": _no_faults,
}
#: What each means, as reports say it.
MEANING: dict[str, str] = {
    "weights": "bits of couplings, biases and sums",
    "array": "programming, reading, wires and stuck cells of a crossbar",
    "partition": "copies on other chips, as old as the links make them",
    "delay": "states that p-bits read late: synapses, pipelines",
    "slope": "slopes of responses: their common error, and differences between p-bits",
    "offset": "offsets of responses: their common error, and differences between p-bits",
    "drift": "offsets that drift",
    "activation": "the response to the input: bits, table or clip, measured curve",
    "memory": "what a p-bit of two time scales remembers of its last states",
    "noise": "random words that are not independent",
    "collisions": "coupled p-bits that update at one instant",
    "faults": "stuck p-bits and couplings",
}
