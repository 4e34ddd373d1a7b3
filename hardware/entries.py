"""Tables of a design file as parts, and parts as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

import msgspec

from hardware.chips import Chips
from hardware.devices import Device
from hardware.energy import Energy
from hardware.fabrics import Fabric
from hardware.faults import Faults
from hardware.limits import ENTRIES, read_limits
from hardware.noise import Noise
from hardware.parts import Part, choice
from hardware.size import Size
from hardware.spread import Spread
from hardware.synapses import Synapse
from pbit.errors import DesignError

#: Tables of a design file in their order, and the parts that each can be.
PARTS: dict[str, tuple[type[Part], ...]] = {
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
KINDLESS = ("energy", "size", "spread", "faults", "chips")
OPTIONAL = (*KINDLESS, "noise")
PLAIN = ("name", "description", "unknown")  # entries outside tables
REQUIRED = ("name", "device")


def read_entries(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a design file's content with parts in the place of tables.

    Raises
    ------
    DesignError
        If a table or an entry is missing, not known, or breaks a rule of its own.
    """
    check_keys(table, (*PLAIN, *PARTS, "limits"), "")
    for key in REQUIRED:
        if key not in table:
            raise DesignError(key, "is required")
    found = {key: table[key] for key in PLAIN if key in table}
    for section, kinds in PARTS.items():
        if section in table:
            found[section] = _part(section, kinds, table[section])
    if "limits" in table:
        entries = _as_table("limits", table["limits"])
        check_keys(entries, ENTRIES, "limits")
        found["limits"] = read_limits(entries)
    return found


def part_to_dict(part: Part) -> dict[str, Any]:
    """Return a part as the table of a design file; what has its default is left out."""
    tagged = part.section not in KINDLESS
    table: dict[str, Any] = {"kind": part.kind_name()} if tagged else {}
    values = msgspec.structs.asdict(part)
    provenance = {key: values.pop(key) for key in ("source", "status")}
    defaults = {field.name: field.default for field in msgspec.structs.fields(part)}
    for key, value in (values | provenance).items():
        if value != defaults[key]:
            table[key] = _as_lists(value)
    return table


def check_unknown(names: Any, parts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of what sources do not say, as a tuple.

    Parameters
    ----------
    names
        Tables, as ``"energy"``, or entries of tables that are there, as
        ``"device.tau_n"``.
    parts
        The design's tables by name, None where one is absent.

    Raises
    ------
    DesignError
        If they are no list, or one of them is neither a table nor an entry.
    """
    if not isinstance(names, list | tuple):
        msg = f"must be a list of entries, not {names!r}"
        raise DesignError(key="unknown", message=msg)
    for k, name in enumerate(names):
        key = f"unknown[{k}]"
        section, _, entry = str(name).partition(".")
        if not isinstance(name, str) or section not in parts:
            known = ", ".join(parts)
            hint = suggestion(section, parts)
            msg = f"must be a table or an entry of one, not {name!r}{hint}; tables: {known}"
            raise DesignError(key, msg)
        if entry and entry not in _entries(section, parts[section]):
            msg = f"must name an entry of the design's [{section}], not {name!r}"
            raise DesignError(key, msg)
    if len(set(names)) < len(names):
        msg = f"must not repeat itself, as in {list(names)}"
        raise DesignError(key="unknown", message=msg)
    return tuple(names)


def still_unknown(names: Sequence[str], parts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of what sources do not say that tables, once changed, still have.

    Examples
    --------
    >>> from hardware.synapses import Instant
    >>> still_unknown(["energy", "synapse.tau_s"], {"energy": None, "synapse": Instant()})
    ('energy',)
    """
    split = [(name, *name.partition(".")[::2]) for name in names]
    return tuple(
        name
        for name, section, entry in split
        if not entry or entry in _entries(section, parts[section])
    )


def check_keys(
    table: Mapping[str, Any], known: Sequence[str], section: str, where: str = ""
) -> None:
    """Check that a table has known entries only, or raise a DesignError."""
    for key in table:
        if key not in known:
            hint = suggestion(str(key), known)
            msg = f"is not a known entry{where}{hint}; known: {', '.join(known)}"
            raise DesignError(f"{section}.{key}" if section else str(key), msg)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return a hint at the nearest of `known`, or nothing."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _part(section: str, kinds: tuple[type[Part], ...], table: Any) -> Part:
    entries = _as_table(section, table)
    part, where = kinds[0], ""
    if section not in KINDLESS:
        part = _choose_kind(section, kinds, entries)
        where = f" for the kind {part.kind_name()!r}"
    fields = msgspec.structs.fields(part)
    check_keys(entries, [field.name for field in fields], section, where)
    for field in fields:
        if field.required and field.name not in entries:
            key = f"{section}.{field.name}"
            raise DesignError(key, f"is required{where}")
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
    if "kind" not in entries:
        msg = f"is required: one of {', '.join(map(repr, names))}"
        raise DesignError(key=f"{section}.kind", message=msg)
    return names[choice(f"{section}.kind", entries.pop("kind"), names)]


def _entries(section: str, part: Any) -> tuple[str, ...]:
    """Return the entries that a design's table can have."""
    if part is None:
        return ()
    if section == "limits":
        return ENTRIES
    return tuple(field.name for field in msgspec.structs.fields(part))


def _as_lists(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_as_lists(entry) for entry in value]
    return value
