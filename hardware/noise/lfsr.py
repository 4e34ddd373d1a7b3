"""The linear feedback shift register, the random source of most published p-bits."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from hardware.formats import settle_whole
from hardware.noise.registers import LARGEST_WIDTH, settle_seeds, settle_sharing
from hardware.parts import Part, settle_choice
from pbit.errors import DesignError

#: Width -> taps of a register that goes through all its states but one.
#: P. Alfke, Xilinx application note XAPP 052 (1996), table 3; 21 bits: pc-COP's.
TAPS = {
    8: (8, 6, 5, 4),
    12: (12, 6, 4, 1),
    16: (16, 15, 13, 4),
    21: (21, 20, 19, 16),
    24: (24, 23, 22, 17),
    32: (32, 22, 2, 1),
    48: (48, 47, 21, 20),
    64: (64, 63, 61, 60),
}


class Lfsr(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="lfsr",
):
    r"""A Fibonacci register :math:`r[w] \dots r[1]`, :math:`r[w]` most significant.

    A clock shifts it by one and enters the feedback at the low end:

    .. math:: r \leftarrow \{r[w-1], \dots, r[1], b\}, \qquad
       b = \bigoplus_{t \in \text{taps}} r[t]
       \quad\text{or its complement (XNOR)}.

    The random word is the register itself (its most significant bits where a p-bit
    compares fewer); the first is the seed. Words one clock apart are shifts of each
    other, so a p-bit's successive words, and those of p-bits that share a register,
    are anything but independent. A register runs at every tick at which one at least
    of its p-bits is scheduled, clamped or masked ones too; p-bits of a register that
    update at the same tick get the same word.

    Attributes
    ----------
    width : int
        Bits of a register, 3 to 64.
    taps : tuple of int or None
        Taps, 1 to `width`, which is one of them. None: those of the table in XAPP 052,
        for widths of 8, 12, 16, 21, 24, 32, 48 and 64.
    gate : {"xnor", "xor"}
        Whether the feedback is complemented. A register of XNOR gates never leaves the
        state of all ones, one of XOR gates that of all zeros.
    sharing : int or "all"
        P-bits a register, in the order of the circuit; 1: private ones.
    shift : int
        Clocks of the register a tick, >= 1: 1 makes words that overlap in all bits but
        one, `width` decimates them to words of bits not used before.
    seeds : tuple of int or None
        First states, one a register or one for all; text is hexadecimal. None: drawn
        from the machine's seed.

    References
    ----------
    P. Alfke, XAPP 052 (1996); Aadit et al., Nat. Electron. 5, 460 (2022), and
    navidaadit/distributed-p-computers, LFSR_n.sv.
    """

    section: ClassVar[str] = "noise"

    width: int
    taps: tuple[int, ...] | None = None
    gate: Literal["xnor", "xor"] = "xnor"
    sharing: int | Literal["all"] = 1
    shift: int = 1
    seeds: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_whole(self, "width", 3, LARGEST_WIDTH)
        settle_whole(self, "shift", 1)
        settle_choice(self, "gate", ("xnor", "xor"))
        settle_sharing(self)
        settle_seeds(self, self.width, self.dead)
        self._settle_taps()

    def _settle_taps(self) -> None:
        key = self.key("taps")
        given: Any = self.taps
        if given is None:
            if self.width not in TAPS:
                known = ", ".join(map(str, TAPS))
                msg = f"is required where width is {self.width}; known for {known}"
                raise DesignError(key, msg)
            given = TAPS[self.width]
        if not isinstance(given, list | tuple) or len(given) < 2:
            raise DesignError(key, f"must be a list of two or more, not {given!r}")
        for k, tap in enumerate(given):
            whole = isinstance(tap, int) and not isinstance(tap, bool)
            if not whole or not 1 <= tap <= self.width:
                msg = f"must be a whole number 1 to {self.width}, not {tap!r}"
                raise DesignError(key=f"{key}[{k}]", message=msg)
        if len(set(given)) < len(given):
            raise DesignError(key, f"must differ from one another, not {list(given)}")
        if self.width not in given:
            msg = f"must hold the width, {self.width}, not only {list(given)}"
            raise DesignError(key, msg)
        msgspec.structs.force_setattr(self, "taps", tuple(given))

    @property
    def dead(self) -> int:
        """The one state that the register never leaves."""
        return (1 << self.width) - 1 if self.gate == "xnor" else 0

    @property
    def tap_mask(self) -> int:
        """The taps as a word: bit t - 1 for tap t."""
        return sum(1 << (tap - 1) for tap in self.taps or ())
