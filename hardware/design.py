"""Designs of machines: what the parts are, read from TOML and validated at the door."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from hardware.chips import Chips
from hardware.devices import Device
from hardware.energy import Energy
from hardware.entries import (
    OPTIONAL,
    PARTS,
    check_unknown,
    part_to_dict,
    read_entries,
    suggestion,
)
from hardware.fabrics import Autonomous, Clocked, Fabric
from hardware.faults import Faults
from hardware.limits import check_limits, limits_to_dict
from hardware.noise import Noise
from hardware.rules import check_combination, check_memory
from hardware.size import Size
from hardware.spread import Spread
from hardware.synapses import Instant, Synapse
from hardware.toml import read_toml, toml_text
from pbit.errors import DesignError
from pbit.limits import Limits

_SHIPPED = Path(__file__).parent / "designs"


class Design(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A machine to be: its p-bits, its synapses, who updates when, what that costs.

    Attributes
    ----------
    name : str
        What the machine is called.
    device : Device
        The p-bits: one of those in :mod:`hardware.devices`.
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
    unknown : tuple of str
        What the sources do not say: tables that are left out or that nothing is known
        about, as ``"energy"``, and entries whose values are round figures, as
        ``"device.tau_n"``.

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
    unknown: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Validate."""
        for key in ("name", "description"):
            text: Any = getattr(self, key)
            if not isinstance(text, str) or (key == "name" and not text.strip()):
                raise DesignError(key=key, message=f"must be text, not {text!r}")
        for section, kinds in PARTS.items():
            part = getattr(self, section)
            if not isinstance(part, kinds) and not (
                section in OPTIONAL and part is None
            ):
                names = ", ".join(kind.__name__ for kind in kinds)
                raise DesignError(section, f"must be one of {names}, not {part!r}")
        if self.limits is not None:
            check_limits(self.limits)
        tables = {section: getattr(self, section) for section in (*PARTS, "limits")}
        unknown = check_unknown(self.unknown, tables)
        msgspec.structs.force_setattr(self, "unknown", unknown)
        check_combination(
            self.device, self.synapse, self.fabric, self.noise, self.spread, self.chips
        )
        check_memory(self.energy, self.limits)

    @property
    def clock_period(self) -> float | None:
        """Seconds between clock ticks; None where the fabric has no clock."""
        if not isinstance(self.fabric, Clocked):
            return None
        if self.fabric.clock_hz is not None:
            return 1.0 / self.fabric.clock_hz
        tau_n = getattr(self.device, "tau_n", None)
        assert isinstance(tau_n, float)  # noqa: S101 - the rules saw to it
        return tau_n

    def to_dict(self) -> dict[str, Any]:
        """Return plain data as in a design file; what has its default is left out."""
        table: dict[str, Any] = {"name": self.name}
        if self.description:
            table["description"] = self.description
        if self.unknown:
            table["unknown"] = list(self.unknown)
        for section in PARTS:
            part = getattr(self, section)
            if part is not None:
                table[section] = part_to_dict(part)
        if self.limits is not None:
            table["limits"] = limits_to_dict(self.limits)
        return table

    def to_toml(self) -> str:
        """Return the text of a design file; :func:`load_design` reads it back."""
        return toml_text(self.to_dict())


def shipped_designs() -> list[str]:
    """Return the names of the designs that come with the package, sorted."""
    return sorted(path.stem for path in _SHIPPED.glob("*.toml"))


def shipped_text(name: str) -> str:
    """Return the file of a shipped design, with its comments.

    Raises
    ------
    DesignError
        If no such design is shipped.
    """
    if name not in shipped_designs():
        raise DesignError(key="design", message=_not_found(name, Path(name)))
    return (_SHIPPED / f"{name}.toml").read_text("utf-8")


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
        return Design(**read_entries(design))
    given: object = design
    if not isinstance(given, str | os.PathLike):
        msg = f"design must be a name, a path, a mapping or a Design, not {design!r}"
        raise TypeError(msg)
    if design in shipped_designs():
        return Design(**read_entries(read_toml(_SHIPPED / f"{design}.toml")))
    path = Path(design)
    if not path.is_file():
        raise DesignError(key="design", message=_not_found(os.fspath(design), path))
    return Design(**read_entries(read_toml(path)))


def _not_found(given: str, path: Path) -> str:
    names = shipped_designs()
    what = "is a folder" if path.is_dir() else "is neither a file nor a shipped design"
    hint = suggestion(given, names)
    return f"{given!r} {what}{hint}; shipped designs: {', '.join(names)}"
