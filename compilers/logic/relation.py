"""The judge of logic: buses of bits, and what inputs make of the outputs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compilers.program import Sense, as_number, check_number
from pbit.checks import States

Numbers = Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Relation:
    """Numbers on buses, of which the outputs follow from the inputs.

    Only the inputs and outputs are judged: carries and other inner nets may still be
    wrong when they are right, and often are.

    Attributes
    ----------
    bits
        Bus -> indices of its p-bits in a state, little-endian.
    inputs, outputs
        The buses that are judged; others (auxiliary pins) are decoded only.
    expected
        Inputs -> outputs, by arithmetic or by walking the netlist.
    signed
        Buses in two's complement.
    broken
        State -> names of the gates it breaks.
    elementwise
        Whether `expected` takes arrays of unsigned numbers as well.
    """

    bits: Mapping[str, tuple[int, ...]]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    expected: Callable[[Numbers], Numbers]
    sense: Sense = "min"
    signed: frozenset[str] = frozenset()
    broken: Callable[[States], list[str]] | None = None
    elementwise: bool = False

    def watch(self) -> list[list[tuple[int, int]]] | None:
        """Return the places of the bits by which answers are judged, None if not at once.

        See `compilers.search`.
        """
        if not self.elementwise or self.signed:
            return None
        return [[(i, 1) for i in self.bits[bus]] for bus in self.inputs + self.outputs]

    def accepts(self, *numbers: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Judge many answers at a time: numbers as `watch` lists them."""
        given = dict(zip(self.inputs + self.outputs, numbers, strict=True))
        arrays: Any = self.expected
        expected = arrays({bus: given[bus] for bus in self.inputs})
        right = [given[bus] == expected[bus] for bus in self.outputs]
        return np.asarray(np.logical_and.reduce(right))

    def violations(self, state: States) -> list[str]:
        """Return the names of the gates that a state breaks."""
        return self.broken(state) if self.broken else []

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{bus: number}``."""
        ones = state > 0
        return {
            bus: as_number(
                int.from_bytes(
                    np.packbits(ones[list(indices)], bitorder="little").tobytes(),
                    "little",
                ),
                len(indices),
                signed=bus in self.signed,
            )
            for bus, indices in self.bits.items()
        }

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether the outputs are what the inputs give."""
        try:
            return self.objective(solution) == 0
        except (TypeError, ValueError):
            return False

    def objective(self, solution: Mapping[Hashable, int]) -> int:
        """Return how many bits of the outputs are wrong for the inputs; 0 is true."""
        unknown = [name for name in solution if name not in self.bits]
        if unknown:
            msg = f"solution names {unknown[0]!r}; buses: {', '.join(self.bits)}"
            raise ValueError(msg)
        inputs = self._numbers(solution, self.inputs)
        outputs = self._numbers(solution, self.outputs)
        expected = self.expected(inputs)
        return sum(
            (
                (outputs[bus] ^ expected[bus]) & (1 << len(self.bits[bus])) - 1
            ).bit_count()
            for bus in self.outputs
        )

    def _numbers(
        self, solution: Mapping[Hashable, int], buses: tuple[str, ...]
    ) -> dict[str, int]:
        numbers = {}
        for bus in buses:
            if bus not in solution:
                msg = f"solution must give a number to bus {bus!r}"
                raise ValueError(msg)
            width, signed = len(self.bits[bus]), bus in self.signed
            numbers[bus] = check_number(bus, solution[bus], width, signed=signed)
        return numbers
