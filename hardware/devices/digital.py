"""The digital p-bit: fixed point in, a table or a clip, a comparator, a random word."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from hardware.formats import settle_format, settle_whole
from hardware.parts import Part, settle_choice
from pbit.errors import DesignError
from pbit.limits import FixedPoint

LARGEST_TABLE = 16  # bits of an index
LARGEST_WORD = 32


class Digital(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="digital",
):
    r"""A p-bit of gates: it compares a random word with one that its input selects.

    The input is cut to steps of the format `input` (towards minus infinity where a
    synapse has finer ones) and saturated to its ends, :math:`\pm(2^i - 2^{-f})` alike.
    With b = `bits`, a random word u of b bits then decides:

    * ``"table"``: :math:`T = \min(2^b - 1,\ \lfloor 2^b (1 + \tanh|I|)/2 \rceil)`, read
      from a table of `entries` words over |I|. For :math:`I \ge 0` the p-bit becomes +1
      where u < T, for I < 0 where u > T: u = T gives -1 for either sign.
    * ``"clip"``: u is a two's complement fraction r in [-1, 1) and the p-bit becomes +1
      where :math:`r + \max(-1, \min(I, 1)) \ge 0`, the sign bit of an adder.

    Digital p-bits have no time of their own: the fabric has to have a clock.

    Attributes
    ----------
    input : str
        Fixed-point format of the input, as ``"s[4][1]"``.
    activation : {"table", "clip"}
        How the input becomes a word.
    entries : int or None
        Words of the table, a power of two; entry k is for :math:`|I| = k\, 2^i /
        \text{entries}`, and inputs in between take the entry below. None: one for every
        :math:`|I|` of the format, :math:`2^{i+f}`.
    bits : int
        Bits of the words compared, 2 to 32.

    References
    ----------
    navidaadit/distributed-p-computers, pbit.sv, of Aadit et al., Nat. Electron. 5, 460
    (2022): the table; Magar et al., arXiv 2504.04543 (2025): the clip.
    """

    section: ClassVar[str] = "device"

    input: str
    activation: Literal["table", "clip"] = "table"
    entries: int | None = None
    bits: int = 32

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        whole = settle_format(self, "input", most=32)
        settle_choice(self, "activation", ("table", "clip"))
        settle_whole(self, "bits", 2, LARGEST_WORD)
        if self.activation == "clip":
            if self.entries is not None:
                msg = f"is of tables only, not {self.entries!r}: activation is 'clip'"
                raise DesignError(self.key("entries"), msg)
            return
        index = whole.whole + whole.fraction
        if self.entries is None:
            if index > LARGEST_TABLE:
                msg = f"is required where the input has {index} bits beside its sign"
                raise DesignError(self.key("entries"), msg)
            return
        settle_whole(self, "entries", 1, 1 << min(index, LARGEST_TABLE))
        if self.entries & (self.entries - 1):
            msg = f"must be a power of two, not {self.entries}"
            raise DesignError(self.key("entries"), msg)

    def table(self) -> NDArray[np.uint64]:
        """Return the words of the table, shape (entries,); a clip has none."""
        if self.activation == "clip":
            return np.zeros(0, np.uint64)
        fmt = FixedPoint.parse(self.input)
        entries = self.entries or 1 << (fmt.whole + fmt.fraction)
        inputs = np.arange(entries) * (2.0**fmt.whole / entries)
        scaled = np.rint(2.0**self.bits * (1.0 + np.tanh(inputs)) / 2.0)
        words = np.minimum(scaled, 2.0**self.bits - 1.0)
        return np.asarray(words, dtype=np.uint64)
