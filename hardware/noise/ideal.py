"""The ideal noise source: words of a counter-based generator, one a p-bit and tick."""

from __future__ import annotations

from typing import ClassVar

from hardware.parts import Part


class IdealNoise(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="ideal",
):
    """Words that no test of randomness tells from independent uniform ones.

    Every p-bit has a word of its own at every tick: a word of Philox4x32-10, addressed
    by the machine's seed, the p-bit and the tick.
    """

    section: ClassVar[str] = "noise"
    width: ClassVar[int] = 32
