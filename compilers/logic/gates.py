"""Invertible gates: couplings whose ground states are the rows of a truth table.

The table is data: J and h of every gate as published, in the signs of this project
(bit 1 is m = +1), each with its source. All of them were checked by enumeration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

import numpy as np

import pbit
from compilers.logic.relation import Relation
from compilers.program import Program
from pbit.checks import States
from pbit.model import IsingModel


@dataclass(frozen=True)
class Gate:
    """A truth table and the couplings that have it as their ground states.

    Attributes
    ----------
    name
        Upper case, as in ``GATES``.
    pins
        Names of the p-bits in the order of `J`, `h` and `rows`.
    inputs, outputs
        Pins that the rest of a circuit wires; the others are auxiliary.
    J, h
        Couplings (symmetric, zero diagonal) and biases.
    rows
        The valid states: one string of 0 and 1 over `pins` for every input.
    source, provenance
        Where the couplings are from; "published" or "derived".
    """

    name: str
    pins: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    J: tuple[tuple[int, ...], ...]
    h: tuple[int, ...]
    rows: tuple[str, ...]
    source: str
    provenance: str

    @cached_property
    def table(self) -> dict[tuple[int, ...], dict[str, int]]:
        """Bits of the inputs, in the order of `inputs` -> bits of all pins."""
        table = {}
        for row in self.rows:
            bits = dict(zip(self.pins, map(int, row), strict=True))
            table[tuple(bits[pin] for pin in self.inputs)] = bits
        return table

    @cached_property
    def ground_energy(self) -> float:
        """Energy of every row of the truth table."""
        m = [2 * int(bit) - 1 for bit in self.rows[0]]
        pairs = sum(
            w * m[i] * m[j] for i, row in enumerate(self.J) for j, w in enumerate(row)
        )
        return -0.5 * pairs - sum(b * s for b, s in zip(self.h, m, strict=True))

    @cached_property
    def gap(self) -> float:
        """Energy of the lowest state that is no row, over the ground energy."""
        n = len(self.pins)
        states = 2.0 * (np.arange(1 << n)[:, None] >> np.arange(n) & 1) - 1
        energies = -0.5 * ((states @ np.array(self.J)) * states).sum(axis=1)
        energies -= states @ np.array(self.h, dtype=float)
        above = energies[energies > self.ground_energy + 1e-9]
        return float(above.min() - self.ground_energy) if above.size else 0.0

    @cached_property
    def driven(self) -> tuple[str, ...]:
        """Pins that the inputs decide: outputs and auxiliary pins, in pin order."""
        return tuple(pin for pin in self.pins if pin not in self.inputs)

    @cached_property
    def fixed(self) -> dict[str, int]:
        """Driven pins that are the same in every row, with their bit."""
        columns = dict(zip(self.pins, zip(*self.rows, strict=True), strict=True))
        return {p: int(columns[p][0]) for p in self.driven if len({*columns[p]}) == 1}

    @cached_property
    def couplings(self) -> tuple[tuple[int, int, int], ...]:
        """Places i > j in `pins` and their coupling, where there is one."""
        return tuple(
            (i, j, row[j]) for i, row in enumerate(self.J) for j in range(i) if row[j]
        )

    @cached_property
    def biases(self) -> tuple[tuple[int, int], ...]:
        """Places in `pins` and their bias, where there is one."""
        return tuple((i, bias) for i, bias in enumerate(self.h) if bias)

    @cached_property
    def formulas(self) -> dict[str, tuple[tuple[int, ...], ...]]:
        """Output pin -> the inputs, in the order of `inputs`, for which it is 1."""
        return {
            pin: tuple(inputs for inputs, row in self.table.items() if row[pin])
            for pin in self.pins
            if pin not in self.inputs
        }

    def evaluate(self, values: Mapping[str, int]) -> dict[str, int]:
        """Return the bits of the outputs for bits of the inputs."""
        bits = self.table[tuple(values[pin] for pin in self.inputs)]
        return {pin: bits[pin] for pin in self.outputs}


_PRX = "Camsari et al., Phys. Rev. X 7, 031014 (2017)"
_PKIT = "IBM/p-kit@48da10d:psl/gates.py"
_ABC = (("A", "B", "C"), ("A", "B"), ("C",))
_ABCX = (("A", "B", "C", "X"), ("A", "B"), ("C",))
_PRX8_J = (
    (0, -1, 0, 0, 1, 1, 1, 0),
    (-1, 0, 1, 1, 0, 0, 0, 1),
    (0, 1, 0, 0, 1, 1, -1, 0),
    (0, 1, 0, 0, 1, -1, 1, 0),
    (1, 0, 1, 1, 0, 0, 0, -1),
    (1, 0, 1, -1, 0, 0, 0, 1),
    (1, 0, -1, 1, 0, 0, 0, 1),
    (0, 1, 0, 0, -1, 1, 1, 0),
)
_PRX8_ROWS = ("01111000", "10011010", "10101100", "11111111")
_PRX8_SOURCE = (
    f"{_PRX} sec. on J=sum [S^-1]_ij u_i u_j^T; matrix rebuilt from the recipe"
)
_PRX8_PINS = (("a1", "a2", "a3", "a4", "H", "A", "B", "C"), ("A", "B"), ("C",))


def _and_like(sign: int) -> tuple[tuple[int, ...], ...]:
    return ((0, -1, 2 * sign), (-1, 0, 2 * sign), (2 * sign, 2 * sign, 0))


def _xor_like(sign: int) -> tuple[tuple[int, ...], ...]:
    a, b = 2 * sign, -4 * sign
    return ((0, -3, a, 6), (-3, 0, a, 6), (a, a, 0, b), (6, 6, b, 0))


_TABLE = (
    Gate(
        "COPY", ("A", "B"), ("A",), ("B",),
        ((0, 1), (1, 0)), (0, 0), ("00", "11"), "two p-bits, J=+1", "derived",
    ),
    Gate(
        "NOT", ("A", "B"), ("A",), ("B",),
        ((0, -1), (-1, 0)), (0, 0), ("01", "10"), "two p-bits, J=-1", "derived",
    ),
    Gate(
        "AND", *_ABC, _and_like(1), (1, 1, -2), ("000", "010", "100", "111"),
        f"{_PRX} eq 10 (after Biamonte 2008)", "published",
    ),
    Gate(
        "OR", *_ABC, _and_like(1), (-1, -1, 2), ("000", "011", "101", "111"),
        _PKIT, "published",
    ),
    Gate(
        "NAND", *_ABC, _and_like(-1), (1, 1, 2), ("001", "011", "101", "110"),
        "AND with the sign of C flipped", "derived",
    ),
    Gate(
        "NOR", *_ABC, _and_like(-1), (-1, -1, -2), ("001", "010", "100", "110"),
        "OR with the sign of C flipped", "derived",
    ),
    Gate(  # X = A AND B
        "XOR", *_ABCX, _xor_like(1), (3, 3, -2, -6), ("0000", "0110", "1010", "1101"),
        _PKIT, "published",
    ),
    Gate(  # X = A AND B
        "XNOR", *_ABCX, _xor_like(-1), (3, 3, 2, -6), ("0010", "0100", "1000", "1111"),
        _PKIT, "published",
    ),
    Gate(
        "HALF_ADDER", ("A", "B", "S", "C"), ("A", "B"), ("S", "C"),
        ((0, -1, 1, 2), (-1, 0, 1, 2), (1, 1, 0, -2), (2, 2, -2, 0)),
        (1, 1, -1, -2), ("0000", "0110", "1010", "1101"),
        "5-p-bit full adder with Cin=0", "derived",
    ),
    Gate(
        "FULL_ADDER_5", ("A", "B", "Cin", "S", "Cout"),
        ("A", "B", "Cin"), ("S", "Cout"),
        (
            (0, -1, -1, 1, 2),
            (-1, 0, -1, 1, 2),
            (-1, -1, 0, 1, 2),
            (1, 1, 1, 0, -2),
            (2, 2, 2, -2, 0),
        ),
        (0, 0, 0, 0, 0),
        ("00000", "00110", "01010", "01101", "10010", "10101", "11001", "11111"),
        "entries as in ThomasSChristiansen/ProbabilisticComputing@b0dfb34 "
        "5pbit_FA_J.mem (there x2)", "published",
    ),
    Gate(  # X = MAJ(A, B, NOT Cin)
        "FULL_ADDER_6", ("Cin", "A", "B", "Cout", "X", "S"),
        ("A", "B", "Cin"), ("S", "Cout"),
        (
            (0, 0, 0, 3, -3, 2),
            (0, 0, -2, 2, 2, 0),
            (0, -2, 0, 2, 2, 0),
            (3, 2, 2, 0, 1, -2),
            (-3, 2, 2, 1, 0, 2),
            (2, 0, 0, -2, 2, 0),
        ),
        (0, 0, 0, 0, 0, 0),
        (
            "000000", "001011", "010011", "011110",
            "100001", "101100", "110100", "111111",
        ),
        "igronin47/P-bits@1ba51c2:Circuits_Test (full-adder block of the 4-bit adder)",
        "published",
    ),
    # The handle H is biased to 1; with H = 0 the other states of the recipe are as low.
    Gate(
        "AND_PRX8_handle1", *_PRX8_PINS, _PRX8_J, (0, 0, 0, 0, 1, 0, 0, 0),
        _PRX8_ROWS, _PRX8_SOURCE, "derived",
    ),
    Gate(
        "AND_PRX8_handle2", *_PRX8_PINS, _PRX8_J, (0, 0, 0, 0, 2, 0, 0, 0),
        _PRX8_ROWS, _PRX8_SOURCE, "derived",
    ),
)  # fmt: skip

GATES: dict[str, Gate] = {gate.name: gate for gate in _TABLE}
_BY_UPPER = {name.upper(): gate for name, gate in GATES.items()}


def find_gate(name: object) -> Gate:
    """Return the gate called `name`, upper or lower case; a KeyError lists them all.

    A name is one of ``GATES`` or ``compilers.logic.cells.CELLS``; ``F3_E8``, a function
    of up to three inputs by its outputs (see `cells.function_name`); any of these with
    pins negated, ``AND~A``. A `Gate` is returned as it is.
    """
    if isinstance(name, Gate):
        return name
    if not isinstance(name, str):
        msg = f"the name of a gate must be a string, not {name!r}"
        raise TypeError(msg)
    found = GATES.get(name) or _BY_UPPER.get(name.upper())
    if found is None:
        from compilers.logic.cells import CELLS, find_cell

        found = find_cell(name.upper())
    if found is None:
        names = {known.upper(): known for known in (*GATES, *CELLS)}
        near = get_close_matches(name.upper(), names, n=1)
        hint = f"did you mean {names[near[0]]!r}? " if near else ""
        listed = ", ".join(names.values())
        msg = f"no gate is called {name!r}; {hint}gates: {listed}"
        raise KeyError(msg)
    return found


def is_known(gate: Gate) -> bool:
    """Say whether a gate can be found by its name alone."""
    try:
        return find_gate(gate.name) == gate
    except KeyError:
        return False


def _spells(state: States) -> str:
    return "".join("1" if m > 0 else "0" for m in state)


def gate(name: str) -> Program:
    """Compile a single gate.

    Parameters
    ----------
    name
        One of ``compilers.logic.gates.GATES`` or a cell of ``compilers.logic.cells``,
        upper or lower case, as `find_gate` takes it.

    Returns
    -------
    Program
        One p-bit and one bus of width 1 a pin, auxiliary pins included, in the gate's
        own order. Checked on inputs and outputs only; the objective is the number of
        wrong output bits.

    Raises
    ------
    KeyError
        If there is no such gate.

    Examples
    --------
    >>> program = gate("and")
    >>> program.clamp(C=1)
    {'C': 1}
    >>> program.decode([1, -1, -1])
    {'A': 1, 'B': 0, 'C': 0}
    """
    found = find_gate(name)
    model = IsingModel(found.J, found.h, labels=found.pins)
    relation = Relation(
        bits={pin: (k,) for k, pin in enumerate(found.pins)},
        inputs=found.inputs,
        outputs=found.outputs,
        expected=found.evaluate,
        broken=lambda state: [] if _spells(state) in found.rows else [found.name],
    )
    provenance = {
        "what": found.name,
        "how": f"gate({found.name!r}); {found.provenance} couplings",
        "source": found.source,
        "sha256": hashlib.sha256(repr((found.J, found.h)).encode()).hexdigest(),
        "version": pbit.__version__,
        "n": len(found.pins),
        "ground_energy": found.ground_energy,
        "sense": relation.sense,
    }
    return Program(model, relation, provenance, {pin: (pin,) for pin in found.pins})
