"""Which parts of a design go together: the rules across its tables, one function each."""

from __future__ import annotations

from hardware.chips import Chips
from hardware.devices import (
    Device,
    Digital,
    Ideal,
    RingOscillator,
    Telegraph,
    TransistorMtj,
)
from hardware.energy import Energy
from hardware.fabrics import Clocked, Fabric, SpinSerial
from hardware.noise import Noise
from hardware.parts import Part
from hardware.spread import Spread
from hardware.synapses import Crossbar, Delay, Instant, Mac, Stale, Synapse
from pbit.errors import DesignError
from pbit.limits import Limits

# Devices that say themselves when they update.
SELF_TIMED = (RingOscillator, Telegraph, TransistorMtj)


def check_combination(
    device: Device,
    synapse: Synapse,
    fabric: Fabric,
    noise: Noise | None,
    spread: Spread | None,
    chips: Chips | None,
) -> None:
    """Check that the parts of a design go together.

    Raises
    ------
    DesignError
        If two of them do not; `key` names the entry that has to change.
    """
    _digital(device, synapse, fabric)
    _noise(noise, device)
    _timing(device, fabric)
    _spread(spread, device, fabric)
    _crossbar(synapse, device, chips)
    _depth(device, synapse, fabric)
    _chips(chips, device, synapse, fabric)


def _digital(device: Part, synapse: Part, fabric: Part) -> None:
    """Check that what works at the ticks of a clock has one."""
    if isinstance(fabric, Clocked):
        return
    for part, what in ((device, "p-bits"), (synapse, "synapses")):
        if isinstance(part, Digital | Mac):
            msg = (
                f"must have a clock where {part.kind_name()} {what} work at its ticks, "
                f"not be {fabric.kind_name()!r}"
            )
            raise DesignError(key="fabric.kind", message=msg)


def _noise(noise: Noise | None, device: Device) -> None:
    """Check that somebody takes words from a noise source, and that they are long enough."""
    if noise is None:
        return
    if not isinstance(device, Digital):
        msg = f"is of digital p-bits only, not of {device.kind_name()!r} ones"
        raise DesignError(key="noise", message=msg)
    if noise.width < device.bits:
        msg = (
            f"must be {device.bits} at least, the bits that p-bits compare, not "
            f"{noise.width}"
        )
        raise DesignError(key="noise.width", message=msg)


def _timing(device: Part, fabric: Part) -> None:
    """Check the one rule across tables: exactly one part says when p-bits update."""
    if isinstance(device, SELF_TIMED) and isinstance(fabric, Clocked):
        msg = (
            f"{device.kind_name()} p-bits time themselves, so the fabric must be 'autonomous', "
            f"not {fabric.kind_name()!r}"
        )
        raise DesignError(key="fabric.kind", message=msg)
    tau_n = device.tau_n if isinstance(device, (Ideal, *SELF_TIMED)) else None
    if not isinstance(fabric, Clocked):
        if tau_n is None:
            msg = "is required where the fabric is autonomous: p-bits time themselves"
            raise DesignError(key="device.tau_n", message=msg)
        return
    if tau_n is not None and fabric.clock_hz is not None:
        msg = (
            f"is given twice: clock_hz = {fabric.clock_hz:g} and device.tau_n = "
            f"{tau_n!r}; keep one"
        )
        raise DesignError(key="fabric.clock_hz", message=msg)
    if tau_n is None and fabric.clock_hz is None:
        msg = (
            f"is required: the {fabric.kind_name()} fabric needs a clock "
            f"(or device.tau_n as its period)"
        )
        raise DesignError(key="fabric.clock_hz", message=msg)
    if isinstance(tau_n, tuple):
        msg = (
            f"must be one time where it is the clock period, not {len(tau_n)} of them: "
            f"the {fabric.kind_name()} fabric has one clock"
        )
        raise DesignError(key="device.tau_n", message=msg)


def _crossbar(synapse: Part, device: Part, chips: Part | None) -> None:
    """Check that what a crossbar's currents go to can read them."""
    if not isinstance(synapse, Crossbar):
        return
    kind = device.kind_name()
    if not isinstance(device, Ideal | Telegraph):
        msg = f"must not be 'crossbar' for {kind} p-bits: ideal and telegraph ones can read it"
        raise DesignError(key="synapse.kind", message=msg)
    if synapse.read_noise > 0 and not isinstance(device, Ideal):
        msg = (
            f"must be 0 for {kind} p-bits, which read their input all the time, "
            f"not {synapse.read_noise:g}"
        )
        raise DesignError(key="synapse.read_noise", message=msg)
    if chips is not None:
        msg = "must not be 'crossbar' on several chips: an array is one part"
        raise DesignError(key="synapse.kind", message=msg)


def _spread(spread: Spread | None, device: Part, fabric: Part) -> None:
    """Check that what differs between p-bits is something that these have."""
    if spread is None:
        return
    if spread.tau > 0 and isinstance(fabric, Clocked):
        msg = (
            f"must be 0 where a clock says when p-bits update, as in the "
            f"{fabric.kind_name()} fabric, not {spread.tau:g}"
        )
        raise DesignError(key="spread.tau", message=msg)
    if spread.drift > 0 and isinstance(device, SELF_TIMED):
        msg = (
            f"must be 0 for {device.kind_name()} p-bits, whose inputs keep still between "
            f"events, not {spread.drift:g}"
        )
        raise DesignError(key="spread.drift", message=msg)


def _depth(device: Part, synapse: Part, fabric: Part) -> None:
    """Check that pipelines of the fabric are of p-bits that have none of their own."""
    if not isinstance(fabric, Clocked) or fabric.depth == 0:
        return
    for part in (device, synapse):
        if isinstance(part, Digital | Mac):
            msg = (
                f"must be 0 where {part.section}.kind is {part.kind_name()!r}, not "
                f"{fabric.depth}: the pipeline of digital sums is synapse.latency"
            )
            raise DesignError(key="fabric.depth", message=msg)


def _chips(chips: Chips | None, device: Part, synapse: Part, fabric: Part) -> None:
    """Check that links join what they are built for."""
    if chips is None:
        return
    built = isinstance(synapse, Instant | Delay | Stale | Mac)
    if isinstance(synapse, Delay):
        built = not synapse.per_edge
    elif isinstance(synapse, Stale):
        built = synapse.copies == "source"
    elif isinstance(synapse, Mac):
        built = synapse.latency == 0
    if not built:
        msg = (
            f"joins instant synapses, delays that are all equal, stale copies a source "
            f"and sums without latency only: not {synapse.kind_name()!r} ones like this"
        )
        raise DesignError(key="chips", message=msg)
    if isinstance(fabric, SpinSerial):
        msg = "is not built for the spin-serial fabric: put a replica on a chip instead"
        raise DesignError(key="chips", message=msg)
    if chips.clock_hz and not isinstance(fabric, Clocked):
        msg = f"must be left out: the {fabric.kind_name()} fabric has no clock"
        raise DesignError(key="chips.clock_hz", message=msg)
    if chips.clock_hz and isinstance(device, Digital):
        msg = "must be left out: digital p-bits of all chips have one clock"
        raise DesignError(key="chips.clock_hz", message=msg)


def check_memory(energy: Energy | None, limits: Limits | None) -> None:
    """Check that weights whose reading costs energy have a format that says how many bits.

    Raises
    ------
    DesignError
        If they have none.
    """
    if energy is None or energy.per_memory_bit == 0:
        return
    if limits is None or limits.fixed_point is None:
        msg = (
            f"must be 0 without limits.bits, the format of the weights that are read, "
            f"not {energy.per_memory_bit:g}"
        )
        raise DesignError(key="energy.per_memory_bit", message=msg)
