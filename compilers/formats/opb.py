"""OPB, pseudo-Boolean problems: `min: -2 x1 x2 +3 x4;`, constraints `+1 x1 +1 x2 >= 1;`.

Products of 0/1 variables, `*` comments, statements end in `;`. The QPLIB instances come
in this form too. Terms of degree up to 2 are read; `~x` negates. A maximisation problem
has been multiplied by -1 by whoever wrote the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

import numpy as np

from compilers.formats.mqlib import MAX_VARIABLES
from compilers.formats.plain import Plain
from compilers.formats.quadratic import Quadratic, check_plain
from compilers.formats.source import LONG_LINE, Source, spell
from compilers.formats.text import quote, write_lines
from pbit.errors import ParseError

_DECLARED = re.compile(rb"\*\s*#variable=\s*(\d{1,9})\s+#constraint=\s*(\d{1,9})\b")
_VARIABLE = re.compile(rb"(~?)x(\d{1,9})")
_WORD = re.compile(rb";|>=|<=|=|min:|max:|[^\s;=<>]+|\S")

Term = tuple[int, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Constraint(Plain):
    """Σ a_k Π x >= bound (or = bound); variables by number from 1.

    Attributes
    ----------
    terms
        Pairs (coefficient, variables): one variable, or two for a product.
    relation
        ">=" or "=".
    bound
        A whole number.
    """

    terms: tuple[Term, ...]
    relation: str
    bound: int


@dataclass(frozen=True, eq=False)
class PseudoBoolean(Plain):
    """A pseudo-Boolean problem.

    Attributes
    ----------
    objective
        Function of variables 1 ... n, its terms of degree 2 at most.
    constraints
        Constraints in the order of the file.
    """

    objective: Quadratic
    constraints: tuple[Constraint, ...] = ()


def read_opb(path: str | PathLike[str], strict: bool = True) -> PseudoBoolean:
    """Read an OPB file with an objective and constraints of degree up to 2.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, numbers of variables and constraints other than the first comment
        declares are a warning.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or a product has more than two variables.

    References
    ----------
    O. Roussel & V. Manquinho, "Input/output format and solver requirements for the
    competitions of pseudo-Boolean solvers" (2012).
    """
    source = Source(path, strict=strict)
    reader = _Reader(source)
    for line in source.lines(LONG_LINE):
        if line[:1] != b"*":
            for match in _WORD.finditer(line):
                reader.take(match[0])
        elif reader.declared is None and (told := _DECLARED.match(line)):
            reader.declared = int(told[1]), int(told[2])
            reader.declared_at = source.line
    problem = reader.finish()
    source.warn()
    return problem


class _Reader:
    """Statements, word by word."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.declared: tuple[int, int] | None = None
        self.declared_at = 0
        self.largest = 0
        self.objective: tuple[str, list[Term], int] | None = None
        self.constraints: list[Constraint] = []
        self._begin()

    def _begin(self) -> None:
        self.kind = ""  # min, max or a relation
        self.terms: list[Term] = []
        self.constant = 0
        self.coefficient: int | None = None
        self.factors: list[tuple[bool, int]] = []
        self.bound: int | None = None
        self.opened = False

    def take(self, word: bytes) -> None:
        if word == b";":
            self._close()
            return
        if word in (b"min:", b"max:"):
            if self.opened or self.objective is not None or self.constraints:
                msg = f"{word.decode()} must be the first statement"
                raise self.source.error(msg)
            self.kind = word[:3].decode()
        elif word in (b">=", b"<=", b"="):
            if self.kind or not self.opened:
                msg = f"a relation must follow the terms of a constraint, not {quote(word)}"
                raise self.source.error(msg)
            self._end_term()
            self.kind = word.decode()
        elif match := _VARIABLE.fullmatch(word):
            self._factor(bool(match[1]), match[2])
        else:
            self._number(word)
        self.opened = True

    def _factor(self, negated: bool, digits: bytes) -> None:
        number = self.source.whole(digits, "a variable", 1, MAX_VARIABLES)
        if self.coefficient is None or self.bound is not None:
            msg = f"a variable must follow its coefficient: x{number}"
            raise self.source.error(msg)
        self.largest = max(self.largest, number)
        self.factors.append((negated, number))
        if len({variable for _, variable in self.factors}) > 2:
            msg = "a product must have at most 2 variables"
            raise self.source.error(msg)

    def _number(self, word: bytes) -> None:
        value = self.source.number(word, "a coefficient")
        if not isinstance(value, int):
            msg = f"a coefficient must be a whole number, not {quote(word)}"
            raise self.source.error(msg)
        if self.kind not in ("", "min", "max"):
            if self.bound is not None:
                msg = f"a bound must end the constraint, not {quote(word)}"
                raise self.source.error(msg)
            self.bound = value
            return
        self._end_term()
        self.coefficient = value

    def _end_term(self) -> None:
        """Add the term that is open; 1 - x stands for a negated variable."""
        if self.coefficient is None:
            return
        if not self.factors:
            msg = f"the coefficient {self.coefficient} has no variable"
            raise self.source.error(msg)
        if len(self.factors) > 8:
            msg = "a product must have at most 2 variables"
            raise self.source.error(msg)
        parts: dict[tuple[int, ...], int] = {(): self.coefficient}
        for negated, variable in self.factors:
            grown: dict[tuple[int, ...], int] = {}
            for variables, value in parts.items():
                with_it = tuple(sorted({*variables, variable}))
                sign = -1 if negated else 1
                grown[with_it] = grown.get(with_it, 0) + sign * value
                if negated:
                    grown[variables] = grown.get(variables, 0) + value
            parts = grown
        self.constant += parts.pop((), 0)
        self.terms += [(v, k) for k, v in parts.items() if v]
        self.coefficient, self.factors = None, []

    def _close(self) -> None:
        if self.kind in ("min", "max"):
            self._end_term()
            self.objective = (self.kind, self.terms, self.constant)
        elif self.bound is None:
            msg = "a statement must be 'min: ...;' or '... >= bound;'"
            raise self.source.error(msg)
        else:
            bound = self.bound - self.constant
            terms, relation = tuple(self.terms), self.kind
            if relation == "<=":
                terms, bound = tuple((-v, k) for v, k in terms), -bound
                relation = ">="
            self.constraints.append(Constraint(terms, relation, bound))
        self._begin()

    def finish(self) -> PseudoBoolean:
        source = self.source
        if self.opened:
            msg = "the last statement has no ';' at its end"
            raise source.error(msg)
        if self.objective is None and not self.constraints:
            msg_0 = "an OPB file has 'min: ...;' or constraints"
            raise source.empty(msg_0)
        n = self.largest
        if self.declared is not None:
            declared, constraints = self.declared
            found = len(self.constraints)
            source.check_count(found, constraints, "constraints", self.declared_at)
            if n > declared:
                msg = f"the first comment declares {declared} variables, but there is x{n}"
                source.flaw(msg, f"{n} variables taken", self.declared_at)
            source.check_loose(declared - n, "unused variables", self.declared_at)
            n = max(n, declared)
        if not n:
            msg_0 = "there are no variables"
            raise source.error(msg_0, None)
        kind, listed, constant = self.objective or ("min", [], 0)
        totals: dict[tuple[int, ...], int] = {}  # whole numbers: floats may round a sum
        for value, variables in listed:
            totals[variables] = totals.get(variables, 0) + value
        terms = [(value, variables) for variables, value in totals.items() if value]
        source.check_loose(n - 2 * self._mentions(), "unused variables", 1)
        try:
            objective = Quadratic.from_terms(
                range(1, n + 1),
                np.array([k[0] - 1 for _, k in terms], dtype=np.int64),
                np.array([k[-1] - 1 for _, k in terms], dtype=np.int64),
                np.array([v for v, _ in terms], dtype=np.float64),
                constant,
                "BINARY",
                "max" if kind == "max" else "min",
            )
        except ValueError as error:
            raise ParseError(source.path, None, str(error)) from None
        return PseudoBoolean(objective, tuple(self.constraints))

    def _mentions(self) -> int:
        own = len(self.objective[1]) if self.objective else 0
        return own + sum(len(c.terms) for c in self.constraints)


def write_opb(problem: PseudoBoolean, path: str | PathLike[str]) -> None:
    """Write a problem that `read_opb` reads back equal.

    Raises
    ------
    ValueError
        If a number is not whole.
    """
    function = problem.objective
    check_plain(function, "OPB", sense=None, offset=True)
    constant = function.offset
    if function.values.dtype.kind != "i" or not isinstance(constant, int):
        msg = "OPB has whole numbers only"
        raise ValueError(msg)

    def term(value: float, variables: tuple[int, ...]) -> str:
        return f"{value:+d} " + " ".join(f"x{v}" for v in variables)

    def lines() -> Iterator[str]:
        count = len(problem.constraints)
        yield f"* #variable= {function.n} #constraint= {count}"
        terms = (
            term(q, (i,) if i == j else (i, j)) for i, j, q in function.terms(first=1)
        )
        # c x + c (1 - x) is how a constant can be said.
        tail = f" {constant:+d} x1 {constant:+d} ~x1" if constant else ""
        yield f"{function.sense}: {' '.join(terms)}{tail} ;"
        for constraint in problem.constraints:
            terms = (term(v, k) for v, k in constraint.terms)
            yield f"{' '.join(terms)} {constraint.relation} {spell(constraint.bound)};"

    write_lines(path, lines())
