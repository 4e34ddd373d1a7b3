"""Designs of machines: what the parts are, read from TOML and validated at the door."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, get_args

import msgspec

from hardware.chips import Chips
from hardware.devices import (
    Device,
    Digital,
    Ideal,
    RingOscillator,
    Telegraph,
    TransistorMtj,
)
from hardware.fabrics import Autonomous, Clocked, Fabric, SpinSerial
from hardware.faults import Faults
from hardware.limits import ENTRIES, check_limits, limits_to_dict, read_limits
from hardware.noise import Noise
from hardware.parts import Part, choice, settle_number, settle_quantity
from hardware.size import Size
from hardware.spread import Spread
from hardware.synapses import Crossbar, Delay, Instant, Mac, Stale, Synapse
from hardware.toml import read_toml, toml_text
from pbit.errors import DesignError
from pbit.limits import Limits

# Devices that say themselves when they update.
SELF_TIMED = (RingOscillator, Telegraph, TransistorMtj)

_SHIPPED = Path(__file__).parent / "designs"


class Energy(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a machine spends: so much an update, so much a flip, so much all the time.

    A run costs ``per_update * updates + per_flip * flips + static_power * elapsed``
    joules. Papers that quote an energy "per flip" nearly always count updates.

    Attributes
    ----------
    per_update : float
        Joules an update (a draw of a state, changed or not), >= 0.
    per_flip : float
        Joules a flip (a draw of a different state), in addition, >= 0.
    static_power : float
        Watts of the whole machine while it is on, >= 0.
    per_link_bit : float
        Joules a bit over a link between chips, >= 0; see :func:`hardware.cost`.
    per_memory_bit : float
        Joules a bit of a weight read from memory, >= 0; an update reads its p-bit's
        row and bias in the format of ``limits.bits``. See :func:`hardware.cost`.
    uncertainty : float
        Relative half-width of the interval of all these, >= 0.
    """

    section: ClassVar[str] = "energy"

    per_update: float = 0.0
    per_flip: float = 0.0
    static_power: float = 0.0
    per_link_bit: float = 0.0
    per_memory_bit: float = 0.0
    uncertainty: float = 0.0

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_quantity(self, "per_update", "J", positive=False)
        settle_quantity(self, "per_flip", "J", positive=False)
        settle_quantity(self, "static_power", "W", positive=False)
        settle_quantity(self, "per_link_bit", "J", positive=False)
        settle_quantity(self, "per_memory_bit", "J", positive=False)
        settle_number(self, "uncertainty")


_PARTS: dict[str, tuple[type[Part], ...]] = {
    "device": get_args(Device),
    "synapse": get_args(Synapse),
    "fabric": get_args(Fabric),
    "noise": get_args(Noise),
    "energy": (Energy,),
    "size": (Size,),
    "spread": (Spread,),
    "faults": (Faults,),
    "chips": (Chips,),
}
# Tables that have no kind, and those that may be absent.
_KINDLESS = ("energy", "size", "spread", "faults", "chips")
_OPTIONAL = (*_KINDLESS, "noise")


class Design(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A machine to be: its p-bits, its synapses, who updates when, what that costs.

    Attributes
    ----------
    name : str
        What the machine is called.
    device : Device
        The p-bits: :class:`~hardware.devices.Ideal` or
        :class:`~hardware.devices.Telegraph`.
    synapse : Synapse
        The couplings: instant unless said otherwise.
    fabric : Fabric
        Who updates when: autonomous unless said otherwise.
    noise : Noise or None
        Where digital p-bits take random words from; None for ideal ones.
    energy : Energy or None
        What it spends; None where nothing is known.
    size : Size or None
        Its area and transistors; None where nothing is known.
    spread : Spread or None
        How far p-bits differ from one another; None where they do not.
    faults : Faults or None
        Stuck p-bits and couplings; None where there are none.
    chips : Chips or None
        Parts on chips of their own, joined by links; None where there is one chip.
    limits : pbit.Limits or None
        What it can hold, for `compilers.fit`; None where that is not declared. Machines
        themselves run any circuit, as if they were large enough.
    description : str
        A sentence or two.

    Raises
    ------
    DesignError
        If an entry or a combination breaks a rule; its `key` names the entry.

    Examples
    --------
    >>> from hardware.devices import Telegraph
    >>> from hardware.synapses import Delay
    >>> design = Design(
    ...     name="mine", device=Telegraph(tau_n="1 ns"), synapse=Delay(tau_s=1e-11)
    ... )
    >>> design.device.tau_n
    1e-09
    >>> load_design(design.to_dict()) == design
    True
    """

    name: str
    device: Device
    synapse: Synapse = Instant()
    fabric: Fabric = Autonomous()
    noise: Noise | None = None
    energy: Energy | None = None
    size: Size | None = None
    spread: Spread | None = None
    faults: Faults | None = None
    chips: Chips | None = None
    limits: Limits | None = None
    description: str = ""

    def __post_init__(self) -> None:
        """Validate."""
        for key in ("name", "description"):
            text: Any = getattr(self, key)
            if not isinstance(text, str) or (key == "name" and not text.strip()):
                raise DesignError(key=key, message=f"must be text, not {text!r}")
        for section, kinds in _PARTS.items():
            part = getattr(self, section)
            if not isinstance(part, kinds) and not (
                section in _OPTIONAL and part is None
            ):
                names = ", ".join(kind.__name__ for kind in kinds)
                raise DesignError(section, f"must be one of {names}, not {part!r}")
        if self.limits is not None:
            check_limits(self.limits)
        _check_digital(self.device, self.synapse, self.fabric)
        _check_noise(self.noise, self.device)
        _check_timing(self.device, self.fabric)
        _check_spread(self.spread, self.device, self.fabric)
        _check_crossbar(self.synapse, self.device, self.chips)
        _check_depth(self.device, self.synapse, self.fabric)
        _check_chips(self.chips, self.device, self.synapse, self.fabric)

    @property
    def clock_period(self) -> float | None:
        """Seconds between clock ticks; None where the fabric has no clock."""
        if not isinstance(self.fabric, Clocked):
            return None
        if self.fabric.clock_hz is not None:
            return 1.0 / self.fabric.clock_hz
        tau_n = getattr(self.device, "tau_n", None)
        assert isinstance(tau_n, float)  # noqa: S101 - _check_timing saw to it
        return tau_n

    def to_dict(self) -> dict[str, Any]:
        """Return plain data as in a design file; what has its default is left out."""
        table: dict[str, Any] = {"name": self.name}
        if self.description:
            table["description"] = self.description
        for section in _PARTS:
            part = getattr(self, section)
            if part is not None:
                table[section] = _part_to_dict(part)
        if self.limits is not None:
            table["limits"] = limits_to_dict(self.limits)
        return table

    def to_toml(self) -> str:
        """Return the text of a design file; :func:`load_design` reads it back."""
        return toml_text(self.to_dict())


def _check_digital(device: Part, synapse: Part, fabric: Part) -> None:
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


def _check_noise(noise: Noise | None, device: Device) -> None:
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


def _check_timing(device: Part, fabric: Part) -> None:
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


def _check_crossbar(synapse: Part, device: Part, chips: Part | None) -> None:
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


def _check_spread(spread: Spread | None, device: Part, fabric: Part) -> None:
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


def _check_depth(device: Part, synapse: Part, fabric: Part) -> None:
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


def _check_chips(
    chips: Chips | None, device: Part, synapse: Part, fabric: Part
) -> None:
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


def shipped_designs() -> list[str]:
    """Return the names of the designs that come with the package, sorted."""
    return sorted(path.stem for path in _SHIPPED.glob("*.toml"))


def load_design(design: str | os.PathLike[str] | Mapping[str, Any] | Design) -> Design:
    """Return a design from a shipped name, a TOML file, plain data or a Design.

    Parameters
    ----------
    design
        The name of a shipped design (see :func:`shipped_designs`), the path of a
        TOML file, a mapping shaped like such a file, or a Design, which is returned
        as it is. Shipped names come before files of the same name.

    Returns
    -------
    Design
        Validated; every quantity is an SI float.

    Raises
    ------
    DesignError
        If no such design exists, or an entry breaks a rule; `key` names the entry.
    ParseError
        If a file is not TOML; `line` is where.
    TypeError
        If `design` is none of these.

    Examples
    --------
    >>> load_design("autonomous-smtj").device.tau_n
    1e-09
    """
    if isinstance(design, Design):
        return design
    if isinstance(design, Mapping):
        return _from_dict(design)
    given: object = design
    if not isinstance(given, str | os.PathLike):
        msg = f"design must be a name, a path, a mapping or a Design, not {design!r}"
        raise TypeError(msg)
    if design in shipped_designs():
        return _from_dict(read_toml(_SHIPPED / f"{design}.toml"))
    path = Path(design)
    if not path.is_file():
        raise DesignError(key="design", message=_not_found(os.fspath(design), path))
    return _from_dict(read_toml(path))


def _not_found(given: str, path: Path) -> str:
    names = shipped_designs()
    what = "is a folder" if path.is_dir() else "is neither a file nor a shipped design"
    return f"{given!r} {what}{_hint(given, names)}; shipped designs: {', '.join(names)}"


def _hint(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _from_dict(table: Mapping[str, Any]) -> Design:
    known = ("name", "description", *_PARTS, "limits")
    _check_keys(table, known, "")
    for key in ("name", "device"):
        if key not in table:
            raise DesignError(key, "is required")
    arguments = {key: table[key] for key in ("name", "description") if key in table}
    for section, kinds in _PARTS.items():
        if section in table:
            arguments[section] = _part_from_dict(section, kinds, table[section])
    if "limits" in table:
        entries = _as_table("limits", table["limits"])
        _check_keys(entries, ENTRIES, "limits")
        arguments["limits"] = read_limits(entries)
    return Design(**arguments)


def _part_from_dict(section: str, kinds: tuple[type[Part], ...], table: Any) -> Part:
    entries = _as_table(section, table)
    part, where = kinds[0], ""
    if section not in _KINDLESS:
        part = _choose_kind(section, kinds, entries)
        where = f" for the kind {part.kind_name()!r}"
    fields = msgspec.structs.fields(part)
    _check_keys(entries, [field.name for field in fields], section, where)
    for field in fields:
        if field.required and field.name not in entries:
            raise DesignError(
                key=f"{section}.{field.name}", message=f"is required{where}"
            )
    return part(**entries)


def _as_table(section: str, table: Any) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        raise DesignError(section, f"must be a table, not {table!r}")
    return dict(table)


def _choose_kind(
    section: str, kinds: tuple[type[Part], ...], entries: dict[str, Any]
) -> type[Part]:
    """Take ``kind`` out of a table and return the part that it names."""
    names = {kind.kind_name(): kind for kind in kinds}
    listed = ", ".join(map(repr, names))
    if "kind" not in entries:
        raise DesignError(
            key=f"{section}.kind", message=f"is required: one of {listed}"
        )
    return names[choice(f"{section}.kind", entries.pop("kind"), names)]


def _check_keys(
    table: Mapping[str, Any], known: Sequence[str], section: str, where: str = ""
) -> None:
    for key in table:
        if key not in known:
            hint = _hint(str(key), known)
            msg = f"is not a known entry{where}{hint}; known: {', '.join(known)}"
            raise DesignError(f"{section}.{key}" if section else str(key), msg)


def _part_to_dict(part: Part) -> dict[str, Any]:
    tagged = part.section not in _KINDLESS
    table: dict[str, Any] = {"kind": part.kind_name()} if tagged else {}
    values = msgspec.structs.asdict(part)
    provenance = {key: values.pop(key) for key in ("source", "status")}
    defaults = {field.name: field.default for field in msgspec.structs.fields(part)}
    for key, value in (values | provenance).items():
        if value != defaults[key]:
            table[key] = _as_lists(value)
    return table


def _as_lists(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_as_lists(entry) for entry in value]
    return value
