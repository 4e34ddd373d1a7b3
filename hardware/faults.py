"""The table ``[faults]`` of a design: p-bits and couplings that do not obey."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from hardware.parts import Part, number
from hardware.spread import check_seed
from pbit.errors import DesignError

PBITS = ("stuck_up", "stuck_down")
COUPLINGS = ("couplings_open", "couplings_full")

#: A fraction drawn at random, or a list of the ones concerned.
Pbits = float | tuple[int, ...]
Couplings = float | tuple[tuple[int, int], ...]


class Faults(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """P-bits stuck at a value and couplings stuck at a weight, from the start and for good.

    Each entry is a fraction in [0, 1], by which p-bits or couplings are chosen at random
    and independently, or a list of p-bits by number, of couplings as pairs of numbers.
    Every entry has random numbers of its own. A stuck p-bit ignores clamps and releases.

    Attributes
    ----------
    stuck_up, stuck_down : float or tuple of int
        P-bits that always are +1, or -1; where fractions choose one twice, it is up.
    couplings_open : float or tuple of pairs
        Couplings of weight 0, both ways.
    couplings_full : float or tuple of pairs
        Couplings stuck at full scale, plus the circuit's largest absolute weight, both
        ways; where an open one is chosen too, it is open.
    seed : int or None
        Seed of the choices; None derives them from the machine's own seed.
    """

    section: ClassVar[str] = "faults"

    stuck_up: Pbits = 0.0
    stuck_down: Pbits = 0.0
    couplings_open: Couplings = 0.0
    couplings_full: Couplings = 0.0
    seed: int | None = None

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        for field in (*PBITS, *COUPLINGS):
            value = _settled(self.key(field), getattr(self, field), field in COUPLINGS)
            msgspec.structs.force_setattr(self, field, value)
        up, down = self.stuck_up, self.stuck_down
        if isinstance(up, tuple) and isinstance(down, tuple) and set(up) & set(down):
            both = min(set(up) & set(down))
            msg = f"must not name p-bit {both}, which stuck_up names"
            raise DesignError(self.key("stuck_down"), msg)
        check_seed(self, self.seed)


def _settled(key: str, given: Any, pairs: bool) -> Any:
    """Return a fraction, or a tuple of numbers or of pairs of them."""
    if not isinstance(given, list | tuple):
        fraction = number(key, given)
        if fraction > 1:
            raise DesignError(
                key, f"must be a fraction in [0, 1] or a list, not {given!r}"
            )
        return fraction
    if not pairs:
        return tuple(_number(f"{key}[{k}]", entry) for k, entry in enumerate(given))
    return tuple(_pair(f"{key}[{k}]", entry) for k, entry in enumerate(given))


def _pair(key: str, given: Any) -> tuple[int, int]:
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise DesignError(key, f"must be a pair of p-bits, not {given!r}")
    i, j = (_number(f"{key}[{k}]", entry) for k, entry in enumerate(given))
    if i == j:
        raise DesignError(key, f"must be a pair of two p-bits, not {given!r}")
    return i, j


def _number(key: str, given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        msg = f"must be the number of a p-bit, a whole number >= 0, not {given!r}"
        raise DesignError(key, msg)
    return given
