"""Spin glasses: lines `i j J`, spins from 1; `i i h` is a field; `#` starts a comment.

The files come with either sign, E = Σ J s s + Σ h s or E = -(that). A comment
`E = ...` settles it; without one the plus sign is meant, as in the Chimera sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Literal

import numpy as np

from compilers.formats.mqlib import MAX_VARIABLES
from compilers.formats.quadratic import Quadratic, check_plain
from compilers.formats.source import Source, spell
from compilers.formats.terms import Terms
from compilers.formats.text import quote, write_lines

_SIGN = re.compile(rb"\bE\s*=\s*(-)?\s*[({]?\s*sum", re.IGNORECASE)


def read_spin_glass(
    path: str | PathLike[str],
    strict: bool = True,
    sign: Literal["+", "-"] | None = None,
) -> Quadratic:
    """Read a spin glass.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, couplings given twice are summed, with a warning.
    sign
        "+" for E = Σ J s s + Σ h s, "-" for its negative; by default what a comment
        ``E = ...`` in the file says, else "+".

    Returns
    -------
    Quadratic
        Spins 1 ... largest index; sense "min" for the plus sign, "max" for the minus
        sign: to minimise E is to maximise -E.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or two comments contradict each other.
    """
    if sign not in ("+", "-", None):
        msg = f"sign must be '+' or '-', not {sign!r}"
        raise ValueError(msg)
    source = Source(path, strict=strict)
    terms = Terms(source)
    told: str | None = None
    for line in source.lines():
        if line[:1] != b"#":
            terms.read(line, MAX_VARIABLES)
        elif match := _SIGN.search(line):
            found = "-" if match[1] else "+"
            if told not in (None, found):
                msg = f"this comment contradicts the one before: {quote(line)}"
                raise source.error(msg)
            told = found
    if not len(terms):
        msg = "a spin glass has lines 'i j J'"
        raise source.empty(msg)
    minus = (sign or told) == "-"
    labels = range(1, max(terms.columns) + 2)
    built = terms.build(
        labels, vartype="SPIN", sense="max" if minus else "min", header=source.line
    )
    source.warn()
    return built


def write_spin_glass(function: Quadratic, path: str | PathLike[str]) -> None:
    """Write a function of spins that `read_spin_glass` reads back equal.

    Raises
    ------
    ValueError
        If it is not over ±1 variables 1 ... n without an offset.
    """
    check_plain(function, "a spin glass", vartype="SPIN", sense=None)
    minus = "- " if function.sense == "max" else ""
    last = bool(len(function.columns)) and function.columns.max() == function.n - 1

    def lines() -> Iterator[str]:
        yield f"# E = {minus}sum J_ij s_i s_j + h_i s_i".replace("- sum", "- (sum")
        if not last:  # the largest index is how the file tells n
            yield f"{function.n} {function.n} 0"
        yield from (f"{i} {j} {spell(q)}" for i, j, q in function.terms(first=1))

    write_lines(path, lines())


@dataclass(frozen=True)
class GroundState:
    """A published ground state: of which file, its energy and its spins of ±1."""

    file: str
    energy: float
    state: tuple[int, ...]


def read_ground_states(
    path: str | PathLike[str], strict: bool = True
) -> tuple[GroundState, ...]:
    """Read lines `file : energy bits`, bit 1 for spin +1.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        Accepted for symmetry; nothing here can be repaired.

    Raises
    ------
    ParseError
        If the file breaks the grammar.
    """
    source = Source(path, strict=strict)
    found: list[GroundState] = []
    for line in source.lines(2**20):
        name, colon, rest = line.partition(b" : ")
        words = rest.split()
        if not colon or not name.strip() or len(words) < 2:
            msg = f"expected 'file : energy bits', not {quote(line)}"
            raise source.error(msg)
        bits = np.array([source.whole(word, "a bit", 0, 1) for word in words[1:]])
        energy = source.number(words[0], "the energy")
        state = tuple((2 * bits - 1).tolist())
        found.append(GroundState(name.decode(errors="replace"), energy, state))
    if not found:
        msg = "expected lines 'file : energy bits'"
        raise source.empty(msg)
    return tuple(found)


def write_ground_states(
    states: tuple[GroundState, ...], path: str | PathLike[str]
) -> None:
    """Write ground states that `read_ground_states` reads back equal.

    Raises
    ------
    ValueError
        If there are none, or a name would break the line.
    """
    lines = []
    for one in states:
        name = one.file
        if not name or not name.isprintable() or name != name.strip() or " : " in name:
            msg = f"file must be a name without ' : ' and blanks around, not {name!r}"
            raise ValueError(msg)
        bits = " ".join("1" if spin > 0 else "0" for spin in one.state)
        lines.append(f"{name} : {spell(one.energy)} {bits}")
    if not lines:
        msg = "states must be one or more"
        raise ValueError(msg)
    write_lines(path, lines)
