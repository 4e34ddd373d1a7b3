"""The table ``[limits]`` of a design: what a machine can hold, for compilers to keep to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from hardware.parts import Status, choice
from pbit.errors import DesignError
from pbit.limits import Limits

#: Entries of the table; those of :class:`pbit.Limits`.
ENTRIES = ("pbits", "fan_in", "bits", "topology", "source", "status")


def read_limits(table: Mapping[str, Any]) -> Limits:
    """Return the limits that a table of known entries declares.

    Raises
    ------
    DesignError
        If an entry breaks its rule, or the table says nothing.
    """
    said = {key: value for key, value in table.items() if value is not None}
    if not said.keys() - {"source", "status"}:
        known = ", ".join(ENTRIES[:4])
        raise DesignError(key="limits", message=f"must hold one at least of {known}")
    for key, value in said.items():
        try:
            Limits(**{key: value})
        except (TypeError, ValueError) as error:
            message = str(error).removeprefix(f"{key} ")
            raise DesignError(key=f"limits.{key}", message=message) from None
    return check_limits(Limits(**said))


def check_limits(limits: Any) -> Limits:
    """Return limits if a design file can declare them.

    Raises
    ------
    DesignError
        If they are no :class:`pbit.Limits`, the topology is a graph without a name, or
        source or status are not as in other tables.
    """
    if not isinstance(limits, Limits):
        msg = f"must be pbit.Limits, not {limits!r}"
        raise DesignError(key="limits", message=msg)
    given: Any = limits.topology
    if given is not None and not isinstance(given, str):
        msg = f"must be a name such as 'pegasus(4)' in a design, not {given!r}"
        raise DesignError(key="limits.topology", message=msg)
    source: Any = limits.source
    if not isinstance(source, str):
        msg = f"must be text, not {source!r}"
        raise DesignError(key="limits.source", message=msg)
    if limits.status is not None:
        choice("limits.status", limits.status, get_args(Status))
    return limits


def limits_to_dict(limits: Limits) -> dict[str, Any]:
    """Return limits as the table of a design file."""
    bits = None if limits.bits is None else str(limits.bits)
    values = [limits.pbits, limits.fan_in, bits, limits.topology]
    values += [limits.source or None, limits.status]
    pairs = zip(ENTRIES, values, strict=True)
    return {key: value for key, value in pairs if value is not None}
