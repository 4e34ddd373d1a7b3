"""XORSAT: linear equations over two values, and the 3-regular ones that are hard."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compilers.problems.building import QuboBuilder, Reader
from compilers.problems.data import (
    binary_weights,
    check_numbers,
    check_whole,
    describe,
    reason_against,
)
from compilers.program import Program, Sense
from pbit.checks import States, check_count

Equation = tuple[tuple[int, ...], int]


def xorsat(
    equations: Iterable[tuple[Sequence[int], int]], n_variables: int | None = None
) -> Program:
    r"""Compile equations :math:`x_a \oplus x_b \oplus \dots = p` of any length.

    A sum of k bits has parity p if it is p, p + 2, ..., which the bits t of a number say:

    .. math:: E = 2 \sum_{equations} (\sum_i x_i - p - 2 \sum_j c_j t_j)^2

    With three variables this is one auxiliary p-bit and the published gadget of four,
    :math:`J_{ij} = -1, J_{it} = -2`, biases ±1 and ±2, gap 2. A false equation costs 2,
    a true one nothing: the ground states are the best assignments whether or not all
    equations can be true at once.

    Where all can (by Gaussian elimination), variables that equations of one variable
    force, one after the other, are fixed. Elimination could go on and solve the whole
    problem; it is left to the p-bits, whose measure it is.

    Parameters
    ----------
    equations
        Pairs of a list of variables (numbers from 0, each once) and a parity, 0 or 1.
    n_variables
        The number of variables; one more than the largest that is named if omitted.

    Returns
    -------
    Program
        Solutions are ``{variable: 0 or 1}``; the objective is the number of true
        equations, sense "max"; `check` asks for all of them.

    Raises
    ------
    TypeError, ValueError
        If an equation breaks a rule above or there is no variable.

    References
    ----------
    S. Nikhar et al., Nat. Commun. 15, 8977 (2024); arXiv:2312.08748.

    Examples
    --------
    >>> program = xorsat([([0, 1, 2], 1), ([1], 0)])
    >>> program.provenance["fixed"], program.check({0: 1, 1: 0, 2: 0})
    ([[1, 0]], True)
    """
    checked, n = _checked(equations, n_variables)
    forced = _propagate(checked) if _consistent(checked) else {}
    labels: list[Hashable] = list(range(n))
    squares: list[tuple[list[int], list[int], int]] = []
    for e, (variables, parity) in enumerate(checked):
        free = [v for v in variables if v not in forced]
        if len(free) == 0:
            continue
        parity = (parity + sum(forced.get(v, 0) for v in variables)) % 2
        twos = binary_weights((len(free) - parity) // 2)
        places = range(len(labels), len(labels) + len(twos))
        labels += [("auxiliary", e, j) for j in range(len(twos))]
        weights = [1] * len(free) + [-2 * c for c in twos]
        squares.append(([*free, *places], weights, -parity))
    builder = QuboBuilder(labels)
    for places_, weights, constant in squares:
        builder.add_square(places_, weights, constant, 2)
    for variable, value in forced.items():
        builder.fix(variable, value)
    model, fixed = builder.build()
    record = describe(
        "XORSAT",
        model,
        [checked, n],
        how="xorsat(); energy = 2 x the number of false equations",
        sense="max",
        fixed=fixed,
        equations=len(checked),
    )
    return Program(model, Xorsat(checked, n, builder.reader()), record)


def regular_xorsat(
    n: int, rng: Any = None, *, unique: bool = False, attempts: int = 10_000
) -> tuple[list[tuple[list[int], int]], dict[int, int]]:
    """Return a random 3-regular 3-XORSAT instance and the solution planted in it.

    Every equation has three different variables and every variable is in three
    equations: three decks of the variables are dealt out in threes, over and over until
    no hand holds a variable twice. Parities are read off a random assignment.

    Parameters
    ----------
    n
        Number of variables and of equations, at least 3.
    rng
        Seed or generator, as in :func:`numpy.random.default_rng`.
    unique
        Draw again until the planted solution is the only one (n at least 4), as in the
        published instances. Of large systems about a quarter are so.
    attempts
        Draws to make before giving up.

    Returns
    -------
    equations, solution
        As `xorsat` takes the first; ``{variable: 0 or 1}``.

    Raises
    ------
    TypeError, ValueError
        If `n` is too small.
    RuntimeError
        If no draw was good in `attempts`.

    Examples
    --------
    >>> equations, solution = regular_xorsat(8, rng=1)
    >>> xorsat(equations).check(solution), xorsat(equations).n
    (True, 16)
    """
    check_count("n", n, 4 if unique else 3)
    check_count("attempts", attempts)
    generator = np.random.default_rng(rng)
    values = generator.integers(0, 2, n)
    for _ in range(attempts):
        hands = _deal(n, generator)
        if hands is None:
            continue
        equations = [(hand, int(values[hand].sum() % 2)) for hand in hands.tolist()]
        if not unique or _rank([_mask(hand) for hand, _ in equations]) == n:
            return equations, dict(enumerate(values.tolist()))
    msg = f"no 3-regular system of {n} variables was found in {attempts} attempts"
    raise RuntimeError(msg)


def _deal(n: int, generator: np.random.Generator) -> Any:
    """Deal three decks in threes; hands with a variable twice swap cards until none is."""
    cards = generator.permutation(np.repeat(np.arange(n), 3))
    for _ in range(1000):
        hands = np.sort(cards.reshape(n, 3), axis=1)
        bad = np.flatnonzero((hands[:, 1:] == hands[:, :-1]).any(axis=1))
        if not bad.size:
            return hands
        for hand in bad:
            mine = 3 * hand + generator.integers(3)
            other = generator.integers(3 * n)
            cards[mine], cards[other] = cards[other], cards[mine]
    return None


def _checked(
    equations: Any, n_variables: int | None
) -> tuple[tuple[Equation, ...], int]:
    if isinstance(equations, str | Mapping) or not isinstance(equations, Iterable):
        msg = f"equations must be a list of (variables, parity), not {equations!r}"
        raise TypeError(msg)
    checked = tuple(_equation(f"equations[{k}]", e) for k, e in enumerate(equations))
    named = max((v for variables, _ in checked for v in variables), default=-1) + 1
    n = named if n_variables is None else check_count("n_variables", n_variables, 0)
    if n < 1:
        msg = f"n_variables must be at least 1, not {n}"
        raise ValueError(msg)
    if named > n:
        msg = f"an equation names variable {named - 1}, but they end at {n - 1}"
        raise ValueError(msg)
    return checked, n


def _equation(name: str, equation: Any) -> Equation:
    if not isinstance(equation, Sequence) or len(equation) != 2:
        msg = f"{name} must be a pair (variables, parity), not {equation!r}"
        raise TypeError(msg)
    given = check_numbers(f"{name}[0]", equation[0], 0)
    variables = tuple(check_whole(f"a variable of {name}", v) for v in given)
    parity = check_whole(f"the parity of {name}", equation[1])
    if parity not in (0, 1):
        msg = f"the parity of {name} must be 0 or 1, not {parity}"
        raise ValueError(msg)
    if not variables or len(set(variables)) != len(variables):
        msg = f"{name} must name at least 1 variable, each once, not {list(variables)}"
        raise ValueError(msg)
    return variables, parity


def _mask(variables: Iterable[int]) -> int:
    return sum(1 << v for v in variables)


def _rank(rows: Iterable[int]) -> int:
    """Return the rank over GF(2) of rows that are bit sets."""
    pivots: dict[int, int] = {}
    for row in rows:
        while row:
            top = row.bit_length()
            if top not in pivots:
                pivots[top] = row
                break
            row ^= pivots[top]
    return len(pivots)


def _consistent(equations: Sequence[Equation]) -> bool:
    """Say whether all equations can be true, by Gaussian elimination over GF(2)."""
    rows = [_mask(variables) for variables, _ in equations]
    # The parity is one more column, below all others: a row of it alone says 0 = 1.
    extended = [
        row << 1 | parity for row, (_, parity) in zip(rows, equations, strict=True)
    ]
    return _rank(rows) == _rank(extended)


def _propagate(equations: Sequence[Equation]) -> dict[int, int]:
    """Return what equations with one variable left force, one after the other."""
    where: dict[int, list[int]] = {}
    for e, (variables, _) in enumerate(equations):
        for v in variables:
            where.setdefault(v, []).append(e)
    left = [set(variables) for variables, _ in equations]
    parities = [parity for _, parity in equations]
    forced: dict[int, int] = {}
    waiting = [e for e, rest in enumerate(left) if len(rest) == 1]
    for e in waiting:  # grows while it is walked through
        if not left[e]:
            continue
        (variable,) = left[e]
        forced[variable] = value = parities[e]
        for other in where[variable]:
            left[other].remove(variable)
            parities[other] ^= value
            if len(left[other]) == 1:
                waiting.append(other)
    return forced


@dataclass(frozen=True, eq=False)
class Xorsat:
    """The judge of assignments: the equations as they were given."""

    equations: tuple[Equation, ...]
    n: int
    reader: Reader
    sense: Sense = "max"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{variable: 0 or 1}``."""
        return dict(enumerate(self.reader.bits(state)[: self.n].tolist()))

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether it is an assignment that makes every equation true."""
        if self._reason(solution) is not None:
            return False
        return self.objective(solution) == len(self.equations)

    def objective(self, solution: Mapping[Hashable, int]) -> int:
        """Return the number of true equations."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        sums = ((sum(solution[v] for v in names), p) for names, p in self.equations)
        return sum(total % 2 == parity for total, parity in sums)

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        names: list[Hashable] = list(range(self.n))
        return reason_against(solution, dict.fromkeys(names, (0, 1)), "variable")
