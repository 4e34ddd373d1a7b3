"""The digital synapse: fixed-point weights, an adder tree, cycles until the sum is there."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import msgspec

from hardware.formats import settle_format, settle_whole
from hardware.parts import Part
from pbit.errors import DesignError

FOLDED = "folded"
_REGISTER = re.compile(r"u\[(\d{1,2})\]\[(\d{1,2})\]")
LARGEST_REGISTER = 32


class Mac(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="mac",
):
    r"""Multiply and accumulate: :math:`S_i = Q(h_i) + \sum_j Q(J_{ij}) m_j`, in integers.

    Q rounds to the nearest number of the format `weights` (halves to even) and
    saturates at its ends. The inverse temperature is either folded into what is rounded,
    :math:`Q(\beta J_{ij})`, as where a host loads scaled weights, or a register that
    multiplies the sum, :math:`I_i = B\, S_i`, :math:`B = \beta` rounded and saturated.

    A sum takes `latency` cycles: an update at tick k of the fabric's clock works on the
    states from just before tick k - `latency`; one tick is one cycle (one phase, in a
    chromatic fabric). With 0 the tree is combinational.

    Attributes
    ----------
    weights : str
        Format of couplings and biases, as ``"s[4][1]"``, of at most 24 bits.
    beta : str
        ``"folded"``, or the register's format: ``"u[4][20]"`` is 4 whole and 20
        fractional bits without a sign.
    latency : int
        Cycles from states to sum, >= 0.
    accumulator : str or None
        Format at which the sum saturates, with the fractional bits of `weights`. None:
        wide enough for any sum.

    References
    ----------
    navidaadit/distributed-p-computers, pbit.sv (folded, 9-bit sum); Magar et al., arXiv
    2504.04543 (2025) (register, adder tree).
    """

    section: ClassVar[str] = "synapse"

    weights: str
    beta: str = FOLDED
    latency: int = 0
    accumulator: str | None = None

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        fmt = settle_format(self, "weights", most=24)
        settle_whole(self, "latency", 0, 1 << 20)
        self._settle_beta()
        if self.accumulator is not None:
            total = settle_format(self, "accumulator", most=40)
            if total.fraction != fmt.fraction:
                msg = (
                    f"must have the {fmt.fraction} fractional bits of the weights, "
                    f"not {self.accumulator!r}"
                )
                raise DesignError(self.key("accumulator"), msg)

    def _settle_beta(self) -> None:
        given: Any = self.beta
        if given == FOLDED:
            return
        found = _REGISTER.fullmatch(given) if isinstance(given, str) else None
        if found is None:
            msg = f"must be 'folded' or a format as 'u[4][20]', not {given!r}"
            raise DesignError(self.key("beta"), msg)
        bits = int(found[1]) + int(found[2])
        if not 1 <= bits <= LARGEST_REGISTER:
            msg = f"must have 1 to {LARGEST_REGISTER} bits, not {given!r}"
            raise DesignError(self.key("beta"), msg)
        msgspec.structs.force_setattr(
            self, "beta", f"u[{int(found[1])}][{int(found[2])}]"
        )

    @property
    def register(self) -> tuple[int, int] | None:
        """Whole and fractional bits of beta's register; None where it is folded."""
        found = _REGISTER.fullmatch(self.beta)
        return None if found is None else (int(found[1]), int(found[2]))
