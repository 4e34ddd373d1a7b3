"""Which non-ideality costs how much fidelity: each alone, each removed, and all together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from hardware.costs import Figure
from hardware.design import Design
from hardware.devices import Digital, Ideal, Measured, TransistorMtj
from hardware.evaluation.fidelity import Fidelity, measure_fidelity
from hardware.evaluation.figures import as_plain, seeds, simulated
from hardware.evaluation.workloads import Workload
from hardware.fabrics import Chromatic, Clocked, Masked, Synchronous, TimeMultiplexed
from hardware.noise import IdealNoise
from hardware.synapses import Crossbar, Instant, Mac
from pbit.checks import Floats
from pbit.errors import DesignError
from pbit.random import RandomState

_FINEST_WEIGHTS = "s[8][15]"  # 24 bits, the most that a sum is made of
_FINEST_INPUT = "s[4][12]"  # 65,536 entries over |I| < 16
_REACH = 8.0  # of a straight response: tanh(8) misses 1 by 2e-7
_ROUNDING = 1e-9
_change: Callable[..., Any] = msgspec.structs.replace


@dataclass(frozen=True)
class Row:
    """One variant of a design on one workload.

    Attributes
    ----------
    cause
        What is switched; empty for all and for none.
    variant
        "all", "none", "only" this cause, or all "without" it.
    fidelity
        What came out; None where the variant breaks a rule, which `problem` says.
    """

    cause: str
    variant: str
    fidelity: Fidelity | None
    problem: str = ""


@dataclass(frozen=True)
class Split:
    """The ladder of causes on one workload.

    Attributes
    ----------
    workload
        Its name.
    rows
        All, none, and of every cause alone and all but it.
    brings
        What each cause brings in total variation by itself, above the machine without
        any: alone less none.
    saves
        What removing it alone would save: all less the variant without it.
    dominant
        The cause that brings most, if that is more than chance; empty where none does.
    """

    workload: str
    rows: tuple[Row, ...]
    brings: dict[str, Figure]
    saves: dict[str, Figure]
    dominant: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "workload": self.workload,
            "dominant": self.dominant or None,
            "rows": [
                {
                    "cause": row.cause or None,
                    "variant": row.variant,
                    "total_variation": _plain(row, "total_variation"),
                    "kl": _plain(row, "kl"),
                    "beta": _plain(row, "beta"),
                    "at_floor": row.fidelity and row.fidelity.at_floor,
                    "problem": row.problem or None,
                }
                for row in self.rows
            ],
            "brings": {name: as_plain(value) for name, value in self.brings.items()},
            "saves": {name: as_plain(value) for name, value in self.saves.items()},
        }


def _plain(row: Row, name: str) -> dict[str, Any] | None:
    return None if row.fidelity is None else as_plain(getattr(row.fidelity, name))


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


def split_by_cause(
    workload: Workload,
    design: Design,
    rng: RandomState = None,
    *,
    whole: Fidelity | None = None,
) -> Split:
    """Measure a design with each of its non-idealities alone, removed, and all together.

    Variants share the seed, the body and so much of the noise. One that is the same
    design as another is measured once.

    Parameters
    ----------
    workload
        Of kind "exact".
    design
        The machine's.
    rng
        Seed.
    whole
        The design's own fidelity with this very seed, if it is measured already.

    Raises
    ------
    DesignError
        If the design does not fit the circuit.
    """
    seed = seeds(rng)
    names = causes(design)
    known: dict[str, Fidelity] = {}
    if whole is not None:
        known[repr(design)] = whole

    def measure(cause: str, variant: str, made: Callable[[], Design]) -> Row:
        try:
            chosen = made()
            key = repr(chosen)
            if key not in known:
                known[key] = measure_fidelity(workload, chosen, seed)
        except DesignError as error:
            if variant == "all":
                raise
            return Row(cause, variant, None, str(error))
        return Row(cause, variant, known[key])

    rows = [measure("", "all", lambda: design)]
    rows.append(measure("", "none", lambda: without(design, *names)))
    for name in names:
        rows.append(measure(name, "only", lambda n=name: only(design, n)))  # type: ignore[misc]
        rows.append(measure(name, "without", lambda n=name: without(design, n)))  # type: ignore[misc]
    return _attributed(workload.name, tuple(rows))


def _attributed(workload: str, rows: tuple[Row, ...]) -> Split:
    whole, bare = rows[0], rows[1]
    brings: dict[str, Figure] = {}
    saves: dict[str, Figure] = {}
    for row in rows[2:]:
        if row.variant == "only":
            _note(brings, row.cause, row, bare)
        else:
            _note(saves, row.cause, whole, row)
    telling = {name: figure for name, figure in brings.items() if _tells(rows, name)}
    dominant = max(telling, key=lambda name: telling[name].value, default="")
    return Split(workload, rows, brings, saves, dominant)


def _tells(rows: tuple[Row, ...], name: str) -> bool:
    """Return whether a cause alone is above the noise: in distance or, plainly, in energy."""
    row = next(row for row in rows if (row.cause, row.variant) == (name, "only"))
    if row.fidelity is None:
        return False
    bias = row.fidelity.energy_bias
    plain = abs(bias.value) > 2 * (bias.high - bias.value)
    return row.fidelity.total_variation.low > 0 or plain


def _note(table: dict[str, Figure], cause: str, more: Row, less: Row) -> None:
    if more.fidelity is None or less.fidelity is None:
        return
    a, b = more.fidelity.total_variation, less.fidelity.total_variation
    value = a.value - b.value
    below = math.hypot(a.value - a.low, b.high - b.value)
    above = math.hypot(a.high - a.value, b.value - b.low)
    table[cause] = simulated(value, value - below, value + above)


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
    changed: Design = _change(design, **parts)
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
