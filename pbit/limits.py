"""What a machine can hold: p-bits, fan-in, bits of a weight, topology. Plain data.

A machine's design declares limits, a compiler has to keep within them; neither needs to
know the other.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike

from pbit.checks import Floats, check_choice, check_count

_FORMAT = re.compile(r"s\[(\d{1,4})\]\[(\d{1,4})\]")
_MAX_BITS = 52  # the numbers have to be exact in a float64
_TOPOLOGY = re.compile(r"([a-z]+)\((\d{1,6}(?:, ?\d{1,6})*)\)")

#: Families of topologies that have names -> how many sizes each takes.
TOPOLOGIES = {
    "chimera": 1,
    "pegasus": 1,
    "zephyr": 1,
    "king": 2,
    "square": 2,
    "triangular": 2,
    "cubic": 3,
    "complete": 1,
}


def parse_topology(name: str) -> tuple[str, list[int]]:
    """Return the family and the sizes that a name such as "king(8, 8)" says.

    Raises
    ------
    ValueError
        If it is no such name, the family is unknown, or its sizes do not fit it.
    """
    found = _TOPOLOGY.fullmatch(name.strip())
    if found is None:
        msg = f"topology must look like 'pegasus(4)' or 'king(8, 8)', not {name!r}"
        raise ValueError(msg)
    family = check_choice("topology", found[1], TOPOLOGIES)
    sizes = [int(size) for size in found[2].split(",")]
    wanted = TOPOLOGIES[family]
    if len(sizes) != wanted or min(sizes) < 1:
        msg = f"topology {family} takes {wanted} sizes of at least 1, not {name!r}"
        raise ValueError(msg)
    return family, sizes


@dataclass(frozen=True)
class FixedPoint:
    """Fixed point s[i][f]: a sign, i whole bits, f fractional bits.

    Its numbers are the multiples of 2**-f from -(2**i - 2**-f) to 2**i - 2**-f: as in the
    machines that use it, both ends are alike and -2**i is left out.

    Attributes
    ----------
    whole, fraction
        Numbers of bits, at least 0, of 1 to 52 together.

    Examples
    --------
    >>> fmt = FixedPoint.parse("s[4][1]")
    >>> fmt.step, fmt.largest, fmt.bits
    (0.5, 15.5, 6)
    >>> fmt.round([0.3, -99.0]).tolist()
    [0.5, -15.5]
    """

    whole: int
    fraction: int

    def __post_init__(self) -> None:
        """Check at the door."""
        check_count("whole", self.whole, 0)
        check_count("fraction", self.fraction, 0)
        if not 1 <= self.whole + self.fraction <= _MAX_BITS:
            msg = (
                f"a fixed-point format must have 1 to {_MAX_BITS} bits beside the sign, "
                f"not {self}"
            )
            raise ValueError(msg)

    @classmethod
    def parse(cls, text: str | FixedPoint) -> FixedPoint:
        """Read "s[i][f]"; a FixedPoint is returned as it is.

        Raises
        ------
        TypeError, ValueError
            If `text` is no string, or not of this form.
        """
        if isinstance(text, FixedPoint):
            return text
        given: Any = text
        if not isinstance(given, str):
            msg = f"a fixed-point format must be a string as 's[4][1]', not {text!r}"
            raise TypeError(msg)
        found = _FORMAT.fullmatch(text)
        if found is None:
            msg = f"a fixed-point format must look like 's[4][1]', not {text!r}"
            raise ValueError(msg)
        return cls(int(found[1]), int(found[2]))

    @property
    def bits(self) -> int:
        """Number of bits, the sign included."""
        return 1 + self.whole + self.fraction

    @property
    def step(self) -> float:
        """Distance between neighbouring numbers, 2**-f."""
        return math.ldexp(1.0, -self.fraction)

    @property
    def largest(self) -> float:
        """Largest number, 2**i - 2**-f."""
        return math.ldexp(1.0, self.whole) - self.step

    def round(self, values: ArrayLike) -> Floats:
        """Return the nearest numbers (halves to even steps), saturated at the ends."""
        steps = np.rint(np.asarray(values, dtype=np.float64) / self.step)
        return np.asarray(np.clip(steps * self.step, -self.largest, self.largest))

    def __str__(self) -> str:
        """Return "s[i][f]"."""
        return f"s[{self.whole}][{self.fraction}]"


@dataclass(frozen=True)
class Limits:
    """What a machine can hold; None where it sets no limit.

    Attributes
    ----------
    pbits
        Number of p-bits, at least 1.
    fan_in
        Couplings a p-bit may have, at least 1; its bias is not one of them.
    bits
        Format of couplings and biases, "s[4][1]" or a FixedPoint (stored as such).
    topology
        Which p-bits may be coupled: the name of a family with its size, such as
        "pegasus(4)", or a networkx graph whose nodes are the machine's p-bits.
    source, status
        Where these figures come from and how they are known, as in design files; they
        count for nothing when limits are compared.

    Raises
    ------
    TypeError, ValueError
        If an entry breaks its rule.

    Examples
    --------
    >>> Limits(pbits=440, fan_in=5, bits="s[4][1]").bits
    FixedPoint(whole=4, fraction=1)
    """

    pbits: int | None = None
    fan_in: int | None = None
    bits: FixedPoint | str | None = None
    topology: str | nx.Graph | None = None
    source: str = field(default="", compare=False)
    status: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Check at the door; formats are parsed."""
        if self.pbits is not None:
            check_count("pbits", self.pbits)
        if self.fan_in is not None:
            check_count("fan_in", self.fan_in)
        if self.bits is not None:
            object.__setattr__(self, "bits", FixedPoint.parse(self.bits))
        given: Any = self.topology
        if given is not None and not isinstance(given, str | nx.Graph):
            msg = f"topology must be a name or a networkx graph, not {given!r}"
            raise TypeError(msg)
        if isinstance(given, str):
            parse_topology(given)

    def excess(self, pbits: int, fan_in: int) -> list[str]:
        """Return in words which limits a model of this size is beyond, and by how much.

        Parameters
        ----------
        pbits
            Its number of p-bits.
        fan_in
            Couplings of the p-bit that has most.

        Examples
        --------
        >>> Limits(pbits=440, fan_in=5).excess(441, 5)
        ['441 p-bits, 1 more than 440']
        """
        over: list[str] = []
        if self.pbits is not None and pbits > self.pbits:
            extra = pbits - self.pbits
            over.append(f"{pbits} p-bits, {extra} more than {self.pbits}")
        if self.fan_in is not None and fan_in > self.fan_in:
            over.append(
                f"a p-bit of {fan_in} couplings, {fan_in - self.fan_in} more than "
                f"fan_in = {self.fan_in}"
            )
        return over

    @property
    def fixed_point(self) -> FixedPoint | None:
        """The format of couplings and biases, parsed."""
        return None if self.bits is None else FixedPoint.parse(self.bits)
