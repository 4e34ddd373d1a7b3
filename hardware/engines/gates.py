"""The digital side of the reference engine: plain integers, one p-bit at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from hardware.engines.arithmetic import Arithmetic
from hardware.engines.digital import ANALOG, decide, input_of_field, input_of_sum
from hardware.engines.noise import IDEAL, clocked
from hardware.engines.plan import Wiring
from hardware.noise.kernels import ideal_word


class Gates:
    """Registers, adders and comparators of a machine."""

    def __init__(self, arithmetic: Arithmetic, key: tuple[int, int]) -> None:
        self.arithmetic = arithmetic
        self.key = key
        self.registers = list(arithmetic.noise.states)

    @property
    def decides(self) -> bool:
        """Whether p-bits compare words; they may be ideal ones behind digital sums."""
        return self.arithmetic.digital.device != ANALOG

    def word(self, i: int, tick: int) -> int:
        """Return the word of p-bit i at a tick."""
        noise = self.arithmetic.noise
        if noise.kind == IDEAL:
            return int(ideal_word(*self.key, i, tick) >> noise.drop)
        return int(self.registers[self.arithmetic.owners[i]] >> noise.drop)

    def run_registers(self, pbits: Iterable[int]) -> None:
        """Run the registers of p-bits whose tick it was, each once."""
        noise = self.arithmetic.noise
        if noise.kind == IDEAL:
            return
        for r in {int(self.arithmetic.owners[i]) for i in pbits}:
            self.registers[r] = np.uint64(clocked(noise, self.registers[r]))

    def total(self, wiring: Wiring, shown: Sequence[int], i: int) -> int:
        """Return the sum of what p-bit i is shown, saturated, times the register."""
        digital = self.arithmetic.digital
        total = int(digital.biases[i])
        edges = range(wiring.indptr[i], wiring.indptr[i + 1])
        for e, state in zip(edges, shown, strict=True):
            total += int(digital.weights[e]) * state
        ceiling = digital.ceiling
        total = min(max(total, -ceiling), ceiling)
        return total * int(digital.register[0])

    def decide_on_sum(self, total: int, word: int) -> int:
        """Return a digital p-bit's state from a sum and a word."""
        digital = self.arithmetic.digital
        return int(decide(digital, input_of_sum(digital, total), word))

    def decide_on_field(self, value: float, word: int) -> int:
        """Return a digital p-bit's state from an analog input and a word."""
        digital = self.arithmetic.digital
        return int(decide(digital, input_of_field(digital, value), word))
