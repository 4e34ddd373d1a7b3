"""The entries of design files: which there are, of which type, and which are spare."""

from __future__ import annotations

import types
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from hardware.design import Design, load_design
from hardware.limits import ENTRIES
from hardware.parts import Part
from pbit.errors import DesignError

_LIMITS: dict[str, tuple[Any, ...]] = {
    "pbits": (int,),
    "fan_in": (int,),
    "bits": (str,),
    "topology": (str,),
}
_WORDS = ("source", "status")  # what no machine is made of


def lean(design: Design) -> dict[str, Any]:
    """Return a design's plain data without the entries that follow from others.

    The taps of a register with their usual values are left out, say, so that another
    width gets its own.

    Examples
    --------
    >>> design = load_design("ucsb-fpga")
    >>> "taps" in design.to_dict()["noise"], "taps" in lean(design)["noise"]
    (True, False)
    >>> load_design(lean(design)) == design
    True
    """
    table = design.to_dict()
    for section, entries in table.items():
        keys = list(entries) if isinstance(entries, Mapping) else []
        for key in [key for key in keys if key not in _WORDS]:
            rest = {name: value for name, value in entries.items() if name != key}
            try:
                spare = load_design(table | {section: rest}) == design
            except DesignError:
                spare = False
            if spare:
                entries = rest
        table[section] = entries
    return table


def check_entry(entry: Any, design: Design, varied: Mapping[str, Any]) -> None:
    """Check that designs of this kind have an entry, as in ``synapse.tau_s``.

    Raises
    ------
    DesignError
        If they have not; the message names those that are near, or the known ones.
    """
    section, _, field = str(entry).partition(".")
    sections = [*_sections(), "limits"]
    if section not in sections:
        msg = (
            f"is of no table of a design{_hint(section, sections)}; as in synapse.tau_s"
        )
        raise DesignError(str(entry), msg)
    known = _known(section, design, varied)
    if field not in known:
        near = _hint(field, known)
        msg = f"is not an entry of this design{near}; known: {', '.join(known)}"
        raise DesignError(str(entry), msg)


def _known(section: str, design: Design, varied: Mapping[str, Any]) -> list[str]:
    """Return the entries that a table may have: of its kind, or of any if that varies."""
    if section == "limits":
        return list(_LIMITS)
    parts = _sections()[section]
    tagged = len(parts) > 1
    present = getattr(design, section)
    if tagged and f"{section}.kind" not in varied:
        if present is None:
            return ["kind"]
        parts = [type(present)]
    names = [f.name for part in parts for f in msgspec.structs.fields(part)]
    found = [name for name in dict.fromkeys(names) if name not in _WORDS]
    return ["kind", *found] if tagged else found


def types_of(entry: str) -> tuple[Any, ...]:
    """Return the types that an entry may have, of all kinds that know it.

    Examples
    --------
    >>> types_of("synapse.tau_s"), types_of("noise.width"), types_of("synapse.kind")
    ((<class 'float'>, <class 'tuple'>), (<class 'int'>,), (<class 'str'>,))
    """
    section, _, field = entry.partition(".")
    if section == "limits":
        return _LIMITS[field]
    found: list[Any] = []
    for part in _sections()[section]:
        for known in msgspec.structs.fields(part):
            if known.name == field:
                found += _flat(known.type)
    kept = tuple(kind for kind in dict.fromkeys(found) if kind is not type(None))
    return kept or (str,)


def is_whole(entry: str) -> bool:
    """Return whether numbers of an entry are whole."""
    found = types_of(entry)
    return int in found and float not in found


def sql_type(entry: str) -> str:
    """Return the type of an entry's column."""
    found = types_of(entry)
    if float in found:
        return "REAL"
    return "INTEGER" if set(found) <= {int, bool} else "TEXT"


def value_of(design: Design | None, table: Mapping[str, Any], entry: str) -> Any:
    """Return an entry of a design; of one that breaks a rule, as its table has it."""
    section, _, field = entry.partition(".")
    part: Any = None if design is None else getattr(design, section)
    if part is None:
        return dict(table.get(section) or {}).get(field)
    if field == "kind":
        return part.kind_name()
    value = getattr(part, field, None)
    return str(value) if section == "limits" and field == "bits" else value


def _sections() -> dict[str, list[type[Part]]]:
    """Return the parts that each table of a design may be."""
    found = {}
    for field in msgspec.structs.fields(Design):
        parts = [kind for kind in _flat(field.type) if _is_part(kind)]
        if parts:
            found[field.name] = parts
    return found


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Part)


def _flat(kind: Any) -> list[Any]:
    """Return the members of a union; literals as the types of their values."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return [inner for member in get_args(kind) for inner in _flat(member)]
    if origin is Literal:
        return list(dict.fromkeys(type(value) for value in get_args(kind)))
    return [origin or kind]


def _hint(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


assert set(_LIMITS) | set(_WORDS) == set(ENTRIES)  # noqa: S101 - one list, two files
