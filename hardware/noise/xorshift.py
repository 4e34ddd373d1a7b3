"""Marsaglia's xorshift: a few gates more than a shift register, words that differ more."""

from __future__ import annotations

from typing import ClassVar, Literal

from hardware.noise.registers import settle_seeds, settle_sharing
from hardware.parts import Part
from pbit.errors import DesignError

WIDTHS = (32, 64)
#: Shifts (left, right, left) of the two widths.
SHIFTS = {32: (13, 17, 5), 64: (13, 7, 17)}
DEAD = 0  # the state that it never leaves


class Xorshift(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="xorshift",
):
    r"""A register that a tick renews by three shifts and exclusive ors.

    .. math:: x \leftarrow x \oplus (x \ll a),\quad x \leftarrow x \oplus (x \gg b),
       \quad x \leftarrow x \oplus (x \ll c)

    with (a, b, c) = (13, 17, 5) for 32 bits and (13, 7, 17) for 64. Linear over GF(2)
    like a shift register, of period :math:`2^w - 1`, but a tick renews all bits. The
    first word is the seed. Sharing is as for :class:`~hardware.noise.Lfsr`.

    Attributes
    ----------
    width : {32, 64}
        Bits of a register.
    sharing : int or "all"
        P-bits a register, in the order of the circuit; 1: private ones.
    seeds : tuple of int or None
        First states, one a register or one for all, not 0; text is hexadecimal. None:
        drawn from the machine's seed.

    References
    ----------
    G. Marsaglia, J. Stat. Softw. 8 (14), 1 (2003).
    """

    section: ClassVar[str] = "noise"

    width: int = 32
    sharing: int | Literal["all"] = 1
    seeds: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        if isinstance(self.width, bool) or self.width not in WIDTHS:
            raise DesignError(
                self.key("width"), f"must be one of 32, 64, not {self.width!r}"
            )
        settle_sharing(self)
        settle_seeds(self, self.width, DEAD)
