"""The table ``[chips]`` of a design: a circuit dealt out to chips that talk over links."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
import numpy as np

from hardware.parts import Part, quantity, settle_quantity
from pbit.errors import DesignError

LINK = 4  # entries of a row of `links`


class Chips(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""Parts of the circuit on chips of their own, joined by links that take time.

    Every chip runs the design's fabric on its own p-bits: in its own order, with its own
    colours. Inside a chip p-bits read each other as the synapse says. What they see of
    p-bits elsewhere are copies that a link renews in rounds: at the instants
    :math:`r\,T`, r = 0, 1, ..., the sending chip latches the states of all p-bits that
    the receiving one reads, B of them, sends them within :math:`T = B /` `bandwidth_hz`,
    and they arrive all together `latency` after the last. Copies in use are thus between
    T + latency and 2 T + latency old. There is one link each way between any two chips
    that share couplings, and rounds follow one another without a break.

    Attributes
    ----------
    parts : tuple of int
        The chip of every p-bit, 0 ... k - 1, in the order of the circuit: what
        `compilers.partition` returns, for one.
    bandwidth_hz : float
        Bits a second of a link, > 0.
    latency : float
        Seconds from the end of a round's transmission to its arrival, >= 0.
    links : tuple of (from, to, latency, bandwidth)
        Links that are otherwise.
    clock_hz : tuple of float
        Clock frequency of every chip, in hertz; empty where all have the fabric's.
    """

    section: ClassVar[str] = "chips"

    parts: tuple[int, ...]
    bandwidth_hz: float
    latency: float = 0.0
    links: tuple[tuple[int, int, float, float], ...] = ()
    clock_hz: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        msgspec.structs.force_setattr(self, "parts", self._settled_parts())
        settle_quantity(self, "bandwidth_hz", "Hz")
        settle_quantity(self, "latency", "s", positive=False)
        msgspec.structs.force_setattr(self, "links", self._settled_links())
        clocks = tuple(
            quantity(f"{self.key('clock_hz')}[{k}]", given, "Hz")
            for k, given in enumerate(_as_list(self, "clock_hz"))
        )
        if clocks and len(clocks) != self.n_chips:
            msg = f"must hold one frequency a chip, {self.n_chips}, not {len(clocks)}"
            raise DesignError(self.key("clock_hz"), msg)
        msgspec.structs.force_setattr(self, "clock_hz", clocks)

    @property
    def n_chips(self) -> int:
        """Number of chips."""
        return max(self.parts) + 1

    def link(self, sender: int, receiver: int) -> tuple[float, float]:
        """Return (latency, bandwidth) of the link from one chip to another."""
        for source, target, latency, bandwidth in self.links:
            if (source, target) == (sender, receiver):
                return latency, bandwidth
        return self.latency, self.bandwidth_hz

    def _settled_parts(self) -> tuple[int, ...]:
        given = _as_list(self, "parts")
        parts = [
            _chip(f"{self.key('parts')}[{k}]", part) for k, part in enumerate(given)
        ]
        if not parts:
            raise DesignError(self.key("parts"), "must hold one chip a p-bit, not none")
        missing = set(range(max(parts) + 1)) - set(parts)
        if missing:
            msg = f"must number chips from 0 on without a gap, not skip {min(missing)}"
            raise DesignError(self.key("parts"), msg)
        return tuple(parts)

    def _settled_links(self) -> tuple[tuple[int, int, float, float], ...]:
        rows: list[tuple[int, int, float, float]] = []
        for k, row in enumerate(_as_list(self, "links")):
            key = f"{self.key('links')}[{k}]"
            if not isinstance(row, list | tuple) or len(row) != LINK:
                msg = f"must be [from, to, latency, bandwidth], not {row!r}"
                raise DesignError(key, msg)
            ends = _chip(key, row[0]), _chip(key, row[1])
            if max(ends) >= self.n_chips or ends[0] == ends[1]:
                msg = f"must join two of the {self.n_chips} chips, not {ends}"
                raise DesignError(key, msg)
            if ends in [other[:2] for other in rows]:
                raise DesignError(key, f"names the link {ends} a second time")
            latency = quantity(key, row[2], "s", positive=False)
            rows.append((*ends, latency, quantity(key, row[3], "Hz")))
        return tuple(rows)


def _as_list(part: Part, field: str) -> list[Any]:
    given: Any = getattr(part, field)
    if not isinstance(given, list | tuple | np.ndarray):
        raise DesignError(part.key(field), f"must be a list, not {given!r}")
    return list(given)


def _chip(key: str, given: Any) -> int:
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not whole or given < 0:
        msg = f"must be the number of a chip, a whole number >= 0, not {given!r}"
        raise DesignError(key, msg)
    return int(given)
