"""Voltages behind RC synapses, and telegraph p-bits whose inputs relax."""

from __future__ import annotations

from hardware.engines.analog import hazard, next_flip, relaxed
from hardware.engines.drive import input_of
from hardware.engines.heap import reorder
from hardware.engines.plan import RC, Timing, Wiring
from hardware.engines.state import Charge, Dwell, Live
from pbit.kernels.jit import inner
from pbit.kernels.types import Int, States


@inner
def voltage_at(charge: Charge, tau_rc: float, i: Int, t: float) -> float:
    """Return the low-pass filtered field of p-bit i at time t."""
    elapsed = t - charge.since[i]
    return relaxed(charge.voltage[i], charge.goal[i], elapsed, tau_rc)


@inner
def recharge_readers(
    wiring: Wiring, charge: Charge, m: States, tau_rc: float, j: Int, t: float
) -> None:
    """Let the voltages of the p-bits that hear p-bit j relax to new goals from time t on."""
    indptr, indices, data = wiring.indptr, wiring.indices, wiring.data
    for k in range(wiring.out_indptr[j], wiring.out_indptr[j + 1]):
        i = wiring.out_indices[k]
        charge.voltage[i] = voltage_at(charge, tau_rc, i, t)
        charge.since[i] = t
        total = wiring.h[i]
        for e in range(indptr[i], indptr[i + 1]):
            total += data[e] * m[indices[e]]
        charge.goal[i] = total


@inner
def aim(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    beta: float,
    field: float,
    i: Int,
    t: float,
) -> None:
    """Note p-bit i's input from time t on: where it tends, and what is in excess of that.

    `field` is what a p-bit without an RC synapse sees.
    """
    if timing.synapse == RC:
        rest = input_of(wiring.drive, beta, live.charge.goal[i], i, t)
        voltage = voltage_at(live.charge, timing.tau_s, i, t)
        dwell.base[i] = rest
        dwell.excess[i] = input_of(wiring.drive, beta, voltage, i, t) - rest
    else:
        dwell.base[i] = input_of(wiring.drive, beta, field, i, t)
        dwell.excess[i] = 0.0


@inner
def retime_relaxing(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    beta: float,
    i: Int,
    t: float,
) -> None:
    """Spend telegraph p-bit i's budget up to time t and say when it flips, or looks again.

    Its rate is 1 where it is free, 0 where it is clamped.
    """
    tau = timing.tau[i] if timing.tau.shape[0] > 1 else timing.tau[0]
    base, excess, tau_rc = dwell.base[i], dwell.excess[i], timing.tau_s
    if dwell.rate[i] > 0.0:
        m, elapsed = dwell.free_side[i], t - dwell.since[i]
        spent = hazard(base, excess, tau_rc, m, tau, elapsed)
        dwell.budget[i] = max(dwell.budget[i] - spent, 0.0)
    dwell.since[i] = t
    aim(wiring, timing, live, dwell, beta, 0.0, i, t)
    dwell.free_side[i] = live.m[i]
    if live.clamped[i]:
        dwell.rate[i] = 0.0
        dwell.flip_time[i] = float("inf")
    else:
        dwell.rate[i] = 1.0
        wait, what = next_flip(
            dwell.budget[i], dwell.base[i], dwell.excess[i], tau_rc, live.m[i], tau
        )
        dwell.flip_time[i] = t + wait
        dwell.next_is[i] = what
    reorder(dwell, i)
