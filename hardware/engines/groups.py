"""Clocked fabrics as arrays: which p-bits update at which tick of which clock."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.design import Design
from hardware.devices import Digital
from hardware.fabrics import Chromatic, Sequential, SpinSerial, TimeMultiplexed
from hardware.synapses import Mac
from pbit.checks import Floats
from pbit.coloring import color
from pbit.errors import DesignError
from pbit.model import PCircuit


class Groups(NamedTuple):
    """Clock c ticks every periods[c] and goes through groups clock_ptr[c]:clock_ptr[c+1]."""

    group_ptr: NDArray[np.int64]
    members: NDArray[np.int32]
    clock_ptr: NDArray[np.int64]
    periods: Floats

    @classmethod
    def of(cls, groups: list[NDArray[np.int64]], period: float) -> Groups:
        """Return the groups of one clock."""
        return cls.of_clocks([groups], [period])

    @classmethod
    def of_clocks(
        cls, clocks: list[list[NDArray[np.int64]]], periods: list[float]
    ) -> Groups:
        """Return the groups of several clocks."""
        groups = [group for clock in clocks for group in clock]
        return cls(
            np.cumsum([0, *map(len, groups)]).astype(np.int64),
            np.concatenate(groups).astype(np.int32),
            np.cumsum([0, *map(len, clocks)]).astype(np.int64),
            np.array(periods),
        )


def make_groups(circuit: PCircuit, design: Design) -> Groups:
    """Return who updates when in a clocked fabric: one clock, or one a chip.

    Raises
    ------
    DesignError
        If replicas do not divide the circuit, or digital chips do not tick together.
    """
    period, chips = design.clock_period, design.chips
    assert period is not None  # noqa: S101 - the fabric has a clock
    everyone = np.arange(circuit.n)
    if chips is None:
        return Groups.of(*_turns(circuit, design, everyone, period))
    parts = np.array(chips.parts)
    if parts.size != circuit.n:
        msg = f"must hold one chip a p-bit, {circuit.n}, not {parts.size}"
        raise DesignError(key="chips.parts", message=msg)
    clocks, periods = [], []
    for chip in range(chips.n_chips):
        own = 1.0 / chips.clock_hz[chip] if chips.clock_hz else period
        groups, tick = _turns(circuit, design, np.flatnonzero(parts == chip), own)
        clocks.append(groups)
        periods.append(tick)
    if isinstance(design.device, Digital) or isinstance(design.synapse, Mac):
        return _in_step(clocks, periods)
    return Groups.of_clocks(clocks, periods)


def _turns(
    circuit: PCircuit, design: Design, pbits: NDArray[np.int64], period: float
) -> tuple[list[NDArray[np.int64]], float]:
    """Return the groups that some p-bits update in, in turn, and seconds a tick."""
    fabric = design.fabric
    if isinstance(fabric, Sequential):
        return np.split(pbits, pbits.size), period
    if isinstance(fabric, TimeMultiplexed):
        return np.split(
            pbits, range(fabric.physical, pbits.size, fabric.physical)
        ), period
    if isinstance(fabric, SpinSerial):
        each, rest = divmod(pbits.size, fabric.replicas)
        if rest:
            msg = (
                f"must divide the circuit's {pbits.size} p-bits, not {fabric.replicas}"
            )
            raise DesignError(key="fabric.replicas", message=msg)
        return list(pbits.reshape(fabric.replicas, each).T), period
    if isinstance(fabric, Chromatic):
        classes = [pbits[group] for group in _classes(circuit, pbits)]
        return classes, period / len(classes)
    return [pbits], period


def _classes(circuit: PCircuit, pbits: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return colour classes of some p-bits, as places in `pbits`."""
    if pbits.size < circuit.n:
        circuit = PCircuit(circuit.weights[pbits][:, pbits])
    return [np.asarray(group, np.int64) for group in color(circuit).classes]


def _in_step(clocks: list[list[NDArray[np.int64]]], periods: list[float]) -> Groups:
    """Return one clock for chips that tick together, group by group."""
    sizes = {len(groups) for groups in clocks}
    if len(sizes) > 1:
        msg = (
            f"must need as many ticks on every chip where p-bits are digital, not "
            f"{sorted(sizes)}"
        )
        raise DesignError(key="chips.parts", message=msg)
    together = [np.sort(np.concatenate(groups)) for groups in zip(*clocks, strict=True)]
    return Groups.of(together, periods[0])
