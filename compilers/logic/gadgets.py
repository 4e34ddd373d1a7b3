"""From a truth table to the smallest p-circuit that has it as its ground states."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from compilers.logic.gates import Gate
from compilers.logic.search import Coefficients, features, largest_gap
from compilers.logic.symmetry import Gauge, representative
from pbit.checks import check_count, check_nonnegative
from pbit.errors import CapacityError
from pbit.model import IsingModel

MAX_STATES = 12  # p-bits of a gadget: 4096 states are enumerated
MAX_PINS = 8


@dataclass(frozen=True)
class Gadget:
    """Couplings whose ground states are a truth table, one a row, and nothing else.

    Attributes
    ----------
    J, h
        Symmetric couplings and biases, whole numbers; visible pins first, in the order
        of the table, then auxiliary p-bits.
    rows
        The ground states: a string of 0 and 1 over all p-bits for every valid row.
    n_visible, n_aux
        Pins of the table, and p-bits added to them.
    gap
        Energy of the first state above the ground states, over the ground energy.
    ground_energy
        Energy of every row.
    bits
        Width of the coefficients: |J|, |h| <= 2**(bits − 1) − 1.
    proven
        Whether no gadget under these limits has fewer auxiliary p-bits, or as many and
        a larger gap. False only where a search ran out of time.
    """

    J: tuple[tuple[int, ...], ...]
    h: tuple[int, ...]
    rows: tuple[str, ...]
    n_visible: int
    n_aux: int
    gap: int
    ground_energy: int
    bits: int
    proven: bool

    @property
    def model(self) -> IsingModel:
        """The p-circuit."""
        return IsingModel(self.J, self.h)

    def gate(
        self, name: str, inputs: Sequence[str], outputs: Sequence[str] = ("Y",)
    ) -> Gate:
        """Return a gate for netlists; its auxiliary p-bits are X0, X1 ...

        Raises
        ------
        ValueError
            If the names are not as many as the pins, or the inputs do not decide the
            outputs.
        """
        if len(inputs) + len(outputs) != self.n_visible:
            msg = (
                f"a gadget of {self.n_visible} pins cannot have {len(inputs)} inputs "
                f"and {len(outputs)} outputs"
            )
            raise ValueError(msg)
        decided = {row[: len(inputs)] for row in self.rows}
        if len(decided) != len(self.rows) or len(decided) != 1 << len(inputs):
            msg = f"{name} is no gate: its inputs do not decide its outputs"
            raise ValueError(msg)
        return Gate(
            name,
            (*inputs, *outputs, *(f"X{k}" for k in range(self.n_aux))),
            tuple(inputs),
            tuple(outputs),
            self.J,
            self.h,
            self.rows,
            f"mixed-integer program, {self.bits} bits, gap {self.gap}",
            "derived",
        )


def gadget(
    truth_table: Any, max_aux: int = 2, bits: int = 4, seconds: float = 60.0
) -> Gadget:
    """Return the gadget of a truth table: fewest auxiliary p-bits, then largest gap.

    Every valid row is exactly one ground state (so that all rows are equally likely at
    any temperature), every other state is at least the gap above. Found by mixed-integer
    programming, taken from a table where one of its class (up to names and signs of the
    pins) was solved before, and verified by enumeration in either case. Of coefficients
    with the same gap those with the smallest sum of magnitudes are preferred.

    Parameters
    ----------
    truth_table
        A function of k inputs: 2**k bits, or a string of them, where place x holds the
        output for the inputs x (bit i of x is input i); its pins are the inputs, then
        the output. Or any relation: its valid rows, as strings of 0 and 1 (or tuples of
        bits) with one character a pin; or a mapping from tuples of inputs to an output
        bit or a tuple of outputs.
    max_aux
        Auxiliary p-bits allowed.
    bits
        Width of a coefficient with its sign: |w| <= 2**(bits − 1) − 1, at least 2.
    seconds
        Time limit for each run of the solver. Where it ends a search, the gadget says
        ``proven=False``.

    Raises
    ------
    TypeError, ValueError
        If the table is none: a wrong length, other characters, rows of two lengths.
    CapacityError
        If no gadget has so few auxiliary p-bits and so small coefficients.
    TimeoutError
        If the time ended before a gadget was found or excluded.

    References
    ----------
    Z. Bian et al., Front. Phys. 2, 56 (2014): penalty models of largest gap.

    Examples
    --------
    >>> found = gadget("0001", bits=3)  # AND
    >>> found.n_aux, found.gap, found.proven
    (0, 4, True)
    >>> gadget([0, 1, 1, 0, 1, 0, 0, 1]).n_aux  # XOR of three
    1
    """
    rows, n = _read_table(truth_table)
    check_count("max_aux", max_aux, 0)
    check_count("bits", bits, 2)
    if check_nonnegative("seconds", seconds) == 0:
        msg = f"seconds must be above 0, not {seconds}"
        raise ValueError(msg)
    if n + max_aux > MAX_STATES:
        msg = (
            f"pins and max_aux must be at most {MAX_STATES} together, not {n + max_aux}"
        )
        raise ValueError(msg)
    image, gauge = representative(rows, n)
    key = (n, sum(1 << row for row in image))
    proven = True
    for n_aux in range(max_aux + 1):
        found = _solve(key, tuple(sorted(image)), n_aux, bits, seconds)
        if isinstance(found, Coefficients):
            return _dress(found, gauge, rows, n, n_aux, bits, proven)
        proven = proven and found
    many = f"{max_aux} auxiliary p-bit{'s' if max_aux != 1 else ''} and {bits} bits"
    if not proven:
        msg = (
            f"no gadget with at most {many} was found in {seconds} s; there may be one"
        )
        raise TimeoutError(msg)
    msg = f"no gadget of this truth table has at most {many}"
    raise CapacityError(msg)


# What was solved in this process: only answers that no longer search would change.
_SOLVED: dict[tuple[int, int, int, int], Coefficients | bool] = {}


def _solve(
    key: tuple[int, int],
    rows: tuple[int, ...],
    n_aux: int,
    bits: int,
    seconds: float,
) -> Coefficients | bool:
    """Return coefficients, or whether it is certain that there are none."""
    place = (*key, n_aux, bits)
    known = _SOLVED.get(place, _shipped().get(place))
    if known is not None:
        return known
    limit = (1 << bits - 1) - 1
    found = largest_gap(rows, key[0], n_aux, limit, seconds)
    if found is True or (isinstance(found, Coefficients) and found.proven):
        _SOLVED[place] = found
    return found


@cache
def _shipped() -> dict[tuple[int, int, int, int], Coefficients | bool]:
    """Return the table that comes with the package; see benchmarks/gadgets.py."""
    text = resources.files("compilers.logic").joinpath("data/gadgets.json").read_text()
    table: dict[tuple[int, int, int, int], Coefficients | bool] = {}
    for entry in json.loads(text)["gadgets"]:
        place = entry["pins"], int(entry["rows"], 16), entry["aux"], entry["bits"]
        if "h" not in entry:
            table[place] = True
            continue
        couplings = tuple(tuple(row) for row in entry["J"])
        table[place] = Coefficients(
            tuple(entry["h"]), couplings, entry["gap"], entry["proven"]
        )
    return table


def _dress(
    found: Coefficients,
    gauge: Gauge,
    rows: Sequence[int],
    n: int,
    n_aux: int,
    bits: int,
    proven: bool,
) -> Gadget:
    """Rename and negate pins of a representative's answer, and verify what results."""
    order = [*gauge.order, *range(n, n + n_aux)]
    signs = [-1 if flip else 1 for flip in gauge.flipped] + [1] * n_aux
    h = tuple(s * found.h[k] for s, k in zip(signs, order, strict=True))
    couplings = tuple(
        tuple(s * t * found.J[i][j] for t, j in zip(signs, order, strict=True))
        for s, i in zip(signs, order, strict=True)
    )
    states, ground, gap = _levels(couplings, h)
    limit = (1 << bits - 1) - 1
    largest = max(map(abs, (*h, *(w for row in couplings for w in row))))
    visible = sorted(state & (1 << n) - 1 for state in states)
    if visible != sorted(rows) or gap != found.gap or largest > limit:
        msg = "the solver's answer fails enumeration"  # rounding gone wrong: our bug
        raise RuntimeError(msg)
    width = n + n_aux
    spelled = ["".join(str(s >> k & 1) for k in range(width)) for s in states]
    return Gadget(
        couplings, h, tuple(sorted(spelled)), n, n_aux, gap, ground, bits,
        proven and found.proven,
    )  # fmt: skip


def _levels(
    couplings: Sequence[Sequence[int]], h: Sequence[int]
) -> tuple[list[int], int, int]:
    """Return the ground states, their energy, and the gap above, by enumeration."""
    matrix = np.array(couplings, dtype=np.int64)
    weights = np.concatenate([h, matrix[np.triu_indices(len(h), 1)]])
    energies = np.rint(features(len(h)) @ weights).astype(np.int64)
    ground = int(energies.min())
    above = energies[energies > ground]
    gap = int(above.min()) - ground if above.size else 0
    return np.flatnonzero(energies == ground).tolist(), ground, gap


def _read_table(table: Any) -> tuple[list[int], int]:
    """Return the valid rows as numbers (pin k is bit k) and the number of pins."""
    if isinstance(table, Mapping):
        table = [(*_bits(key), *_bits(value)) for key, value in table.items()]
    elif isinstance(table, str):
        table = list(table)
    elif not isinstance(table, Iterable):
        msg = f"truth_table must be bits or rows, not {table!r}"
        raise TypeError(msg)
    entries = list(table)
    if not entries:
        msg = "truth_table must have at least one row"
        raise ValueError(msg)
    if all(np.ndim(entry) == 0 and len(str(entry)) == 1 for entry in entries):
        return _read_function([_bit(entry) for entry in entries])
    return _read_rows([_bits(entry) for entry in entries])


def _read_function(outputs: list[int]) -> tuple[list[int], int]:
    k = len(outputs).bit_length() - 1
    if len(outputs) != 1 << k or k == 0:
        msg = f"a function has 2, 4, 8 ... outputs, not {len(outputs)}"
        raise ValueError(msg)
    _check_pins(k + 1)
    return [x | bit << k for x, bit in enumerate(outputs)], k + 1


def _read_rows(rows: list[tuple[int, ...]]) -> tuple[list[int], int]:
    n = len(rows[0])
    for row in rows:
        if len(row) != n:
            msg = f"all rows must have {n} pins as the first, not {len(row)}"
            raise ValueError(msg)
    _check_pins(n)
    numbers = sorted({sum(bit << k for k, bit in enumerate(row)) for row in rows})
    if len(numbers) < len(rows):
        msg = "truth_table has the same row twice"
        raise ValueError(msg)
    return numbers, n


def _check_pins(n: int) -> None:
    if not 1 <= n <= MAX_PINS:
        msg = f"a truth table must have 1 to {MAX_PINS} pins, not {n}"
        raise ValueError(msg)


def _bits(entry: Any) -> tuple[int, ...]:
    if isinstance(entry, str | Sequence | np.ndarray):
        return tuple(_bit(bit) for bit in entry)
    return (_bit(entry),)


def _bit(entry: Any) -> int:
    if isinstance(entry, str):
        if entry in ("0", "1"):
            return int(entry)
    elif isinstance(entry, bool | int | np.integer | np.bool_) and entry in (0, 1):
        return int(entry)
    msg = f"truth_table must hold bits, 0 or 1, not {entry!r}"
    raise ValueError(msg)
