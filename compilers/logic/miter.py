"""Two netlists compared by SAT: one solver holds both, their inputs joined.

Nets that agree on random inputs are proved equal first, from the inputs onwards, each
with a small budget of conflicts. What is proved helps the next; where two circuits are
alike inside, as before and after a simplification, the outputs then follow at once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from compilers.logic.netlist import Netlist
from compilers.logic.simulation import Simulator

_PATTERNS = 2048
_BUDGET = 2000  # conflicts for an inner net; outputs have no limit
Bits = list[tuple[str, int]]  # bit k of a bus, in an order that both netlists share


def different_inputs(
    first: Netlist, second: Netlist, bits: tuple[Bits, Bits], outs: tuple[Bits, Bits]
) -> list[int] | None:
    """Return bits of the inputs on which outputs differ; None if there are none.

    Raises
    ------
    ImportError
        If python-sat is not installed.
    """
    solver = _solver()
    try:
        return _Miter(solver, first, second, bits).search(outs)
    finally:
        solver.delete()


def _solver() -> Any:
    try:
        from pysat.solvers import Solver
    except ImportError:
        msg = "proofs beyond 20 inputs need python-sat: pip install 'pbitlab[sat]'"
        raise ImportError(msg) from None
    return Solver(name="glucose4", incr=True)


class _Miter:
    """Variables of SAT: 1 is true, then the shared inputs, then nets of both."""

    def __init__(
        self, solver: Any, first: Netlist, second: Netlist, bits: tuple[Bits, Bits]
    ) -> None:
        self.solver = solver
        self.bits = bits
        self.count = 1 + len(bits[0])
        solver.add_clause([1])
        self.simulators = (Simulator(first), Simulator(second))
        source = random.Random(0)  # noqa: S311 - patterns that tell nets apart
        self.patterns = [source.getrandbits(_PATTERNS) for _ in bits[0]]
        self.seen: dict[int, int] = {}  # pattern of a net -> its variable
        self.variables: list[dict[int, int]] = [{}, {}]

    def search(self, outs: tuple[Bits, Bits]) -> list[int] | None:
        for side, simulator in enumerate(self.simulators):
            self._encode(side, simulator)
        for (bus, k), (other, j) in zip(*outs, strict=True):
            a = self.variables[0][self.simulators[0].reads[bus][k]]
            b = self.variables[1][self.simulators[1].reads[other][j]]
            if a != b and self._differ(a, b):
                model = set(self.solver.get_model())
                return [int(2 + k in model) for k in range(len(self.bits[0]))]
        return None

    def _encode(self, side: int, simulator: Simulator) -> None:
        """Give every net a variable, merged with the one it is proved equal to."""
        mask = (1 << _PATTERNS) - 1
        variables = self.variables[side]
        given: dict[str, list[int]] = {b: [0] * w for b, w in simulator.inputs.items()}
        for place, (bus, k) in enumerate(self.bits[side]):
            given[bus][k] = self.patterns[place]
        words = simulator.words(given, mask)
        for place, (bus, k) in enumerate(self.bits[side]):
            self._meet(variables, simulator.input_place(bus, k), 2 + place, words, mask)
        for net, value in simulator.constants:
            self._meet(variables, net, 1 if value else -1, words, mask)
        for inputs, formulas in simulator.steps:
            read = [variables[net] for net in inputs]
            for net, (cubes, negated) in formulas:
                fresh = self._new()
                for clause in _clauses(cubes, negated, read, fresh):
                    self.solver.add_clause(clause)
                self._meet(variables, net, fresh, words, mask)

    def _meet(
        self,
        variables: dict[int, int],
        net: int,
        variable: int,
        words: Sequence[int],
        mask: int,
    ) -> None:
        """Take an earlier variable in place of this one if they are proved equal."""
        word = words[net]
        sign = -1 if word & 1 else 1
        key = word ^ mask if sign < 0 else word
        known = self.seen.get(key)
        if known is None:
            self.seen[key] = sign * variable
        elif known != sign * variable and self._equal(known, sign * variable):
            variable = sign * known
        variables[net] = variable

    def _new(self) -> int:
        self.count += 1
        return self.count

    def _select(self, a: int, b: int) -> int:
        """Return a variable that says that a and b differ."""
        choice = self._new()
        self.solver.add_clause([-choice, a, b])
        self.solver.add_clause([-choice, -a, -b])
        return choice

    def _equal(self, a: int, b: int) -> bool:
        """Prove two nets equal within the budget; say whether that worked."""
        choice = self._select(a, b)
        self.solver.conf_budget(_BUDGET)
        if self.solver.solve_limited(assumptions=[choice]) is not False:
            self.solver.add_clause([-choice])
            return False
        for clause in ([-a, b], [a, -b], [-choice]):
            self.solver.add_clause(clause)
        return True

    def _differ(self, a: int, b: int) -> bool:
        choice = self._select(a, b)
        if self.solver.solve(assumptions=[choice]):
            return True
        for clause in ([-a, b], [a, -b], [-choice]):
            self.solver.add_clause(clause)
        return False


def _clauses(
    cubes: Sequence[Sequence[int]], negated: bool, read: list[int], out: int
) -> Iterator[list[int]]:
    """Yield, for every row of a gate, inputs imply output."""
    listed = {tuple(cube) for cube in cubes}
    k = len(read)
    for x in range(1 << k):
        row = tuple(x >> i & 1 for i in range(k))
        value = (row in listed) != negated
        clause = [-v if bit else v for bit, v in zip(row, read, strict=True)]
        yield [*clause, out if value else -out]
