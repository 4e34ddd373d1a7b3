"""What a report has to say beside numbers: sources of figures, the critical loop, limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hardware.design import Design
from hardware.devices import Digital, RingOscillator, Telegraph, TransistorMtj
from hardware.fabrics import Clocked
from hardware.synapses import Crossbar, Delay, Mac, Rc, Stale

UNITS = {
    "tau_n": "s",
    "tau_t": "s",
    "tau_s": "s",
    "tau_rc": "s",
    "latency": "s",
    "clock_hz": "Hz",
    "bandwidth_hz": "bit/s",
    "per_update": "J",
    "per_flip": "J",
    "per_link_bit": "J",
    "per_memory_bit": "J",
    "static_power": "W",
    "i_s": "A",
    "i_s0": "A",
    "g_max": "S",
    "wire_ohm": "ohm",
    "drift": "1/s",
    "area_per_pbit": "m^2",
    "area_per_weight": "m^2",
    "area_fixed": "m^2",
}

#: True of every machine that is simulated here.
ALWAYS = (
    "input and output: time and energy to load weights, to clamp and to read states",
    "temperature, supply noise, ageing, and crosstalk between wires",
    "placement and routing: area is that of the parts that the design gives figures of",
    "clock jitter and skew: clocks do not drift",
    "correlation between the differences of neighbouring p-bits",
)


def parameters(design: Design) -> list[dict[str, Any]]:
    """Return every entry of a design with its unit, status and source.

    Examples
    --------
    >>> from hardware import load_design
    >>> row = parameters(load_design("autonomous-smtj"))[1]
    >>> row["name"], row["value"], row["unit"], row["status"]
    ('device.tau_n', 1e-09, 's', 'projected')
    """
    return list(_entries(design.to_dict()))


def _entries(table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for section, part in table.items():
        if not isinstance(part, Mapping):
            continue
        source, status = part.get("source", ""), part.get("status")
        for key, value in part.items():
            if key in ("source", "status"):
                continue
            unit = UNITS.get(key, "")
            if section == "synapse" and key == "latency":
                unit = "ticks"
            yield {
                "name": f"{section}.{key}",
                "value": value,
                "unit": unit,
                "status": status or "unknown",
                "source": source,
            }


def loop(design: Design) -> dict[str, Any]:
    """Return the loop that limits a design: from a p-bit through a synapse to a p-bit.

    `ratio` is synapse over p-bit: the states that p-bits read are that old, in units of
    the time between updates.
    """
    stages = [_pbit_stage(design), _synapse_stage(design)]
    if design.chips is not None:
        chips = design.chips
        stages.append(
            {
                "name": "link between chips, after a round's last bit",
                "seconds": chips.latency,
                "status": chips.status or "unknown",
                "source": chips.source,
            }
        )
    pbit, synapse = (stage["seconds"] for stage in stages[:2])
    ratio = None if synapse is None or not pbit else synapse / pbit
    return {"stages": stages, "ratio": ratio}


def _pbit_stage(design: Design) -> dict[str, Any]:
    device, fabric = design.device, design.fabric
    if isinstance(fabric, Clocked):
        part = fabric if fabric.clock_hz is not None else device
        name, seconds = f"clock period, {fabric.kind_name()}", design.clock_period
    else:
        tau = getattr(device, "tau_n", None)
        seconds = min(tau) if isinstance(tau, tuple) else tau
        part, name = device, f"{device.kind_name()} p-bit"
        if isinstance(tau, tuple):
            name += ", the fastest"
    return {
        "name": name,
        "seconds": seconds,
        "status": part.status or "unknown",
        "source": part.source,
    }


def _synapse_stage(design: Design) -> dict[str, Any]:
    part = design.synapse
    seconds: float | None = 0.0
    if isinstance(part, Delay | Stale):
        seconds = part.tau_s if isinstance(part.tau_s, float) else None
    elif isinstance(part, Rc):
        seconds = part.tau_rc
    elif isinstance(part, Mac):
        seconds = part.latency * (design.clock_period or 0.0)
    if isinstance(design.fabric, Clocked):
        seconds = (seconds or 0.0) + design.fabric.depth * (design.clock_period or 0.0)
    return {
        "name": f"{part.kind_name()} synapse",
        "seconds": seconds,
        "status": part.status or "unknown",
        "source": part.source,
    }


def not_modelled(design: Design) -> list[str]:
    """Return what is left out of a design's simulation, in sentences without a dot."""
    said = list(ALWAYS)
    limits, device = design.limits, design.device
    if limits is not None and limits.topology is not None:
        said.append(
            f"the topology {limits.topology}: workloads run as if their couplings were there; "
            "compile and embed them first to see what copies cost"
        )
    digital = isinstance(device, Digital) or isinstance(design.synapse, Mac)
    if limits is not None and limits.bits is not None and not digital:
        said.append(
            f"the format {limits.bits} of weights: synapses of kind "
            f"{design.synapse.kind_name()!r} hold them as they are"
        )
    if isinstance(device, Telegraph | TransistorMtj):
        said.append(
            "magnets beyond two states or a uniform resistance, and their transistors' noise"
        )
    if isinstance(device, RingOscillator):
        said.append("locking of oscillators to one another")
    if isinstance(design.synapse, Crossbar):
        said.append("sneak paths to cells without a coupling, and drift of cells")
    if design.spread is None:
        said.append("differences between p-bits: the design gives no [spread]")
    if design.faults is None:
        said.append("faults: the design gives no [faults]")
    return said


def assumed(design: Design) -> list[str]:
    """Return the tables of a design whose figures are assumed or of unknown status."""
    said = []
    for section, part in design.to_dict().items():
        if isinstance(part, Mapping) and part.get("status") in (None, "assumed"):
            reason = part.get("source") or "no source"
            said.append(f"{section}: {part.get('status') or 'unknown'} ({reason})")
    return said
