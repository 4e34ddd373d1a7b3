"""Ripple-carry adders of 14-p-bit stages, whose carries may be one-way: 448 for 32 bits."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pbit
from compilers.logic.judging import buses_of
from compilers.logic.relation import Numbers, Relation
from compilers.program import Program
from pbit.checks import check_choice, check_count
from pbit.model import IsingModel, PCircuit

PINS = ("Cin", "B", "A", "S", "Cout")  # p-bits 9 to 13 of a stage
STAGE = 14
HANDLE = 8  # p-bits 0 to 7 stand for one line of the truth table each
J0 = 4.0  # the largest weight within a stage


def stage() -> NDArray[np.int64]:
    r"""Return the couplings of a full adder of 14 p-bits, shape (14, 14).

    The recipe of the reference: with :math:`u_k` the eight lines of the truth table,
    each with a handle of +1 and eight auxiliary bits (here +1 for its own line, -1 for
    the others), :math:`J = \sum_{kl} (S^{-1})_{kl} u_k u_l^T`, :math:`S_{kl} = u_k \cdot
    u_l`, without its diagonal and scaled to whole numbers. The entries are 0, ±1, ±2 and
    4; with the handle at +1 the eight lines are the ground states, 6 below all else
    (tested by enumeration).
    """
    lines = np.array(
        [_line(c, b, a) for c in (-1, 1) for b in (-1, 1) for a in (-1, 1)]
    )
    u = np.hstack([2 * np.eye(8) - 1, np.ones((8, 1)), lines])
    couplings = u.T @ np.linalg.inv(u @ u.T) @ u
    np.fill_diagonal(couplings, 0.0)
    # 11.3 is one of the scales at which rounding keeps the ground states.
    return np.asarray(np.round(11.3 * couplings), np.int64)


def _line(cin: int, b: int, a: int) -> list[int]:
    total = (cin + b + a + 3) // 2
    return [cin, b, a, 2 * (total % 2) - 1, 1 if total >= 2 else -1]


def staged_adder(width: int, carry: str = "directed") -> Program:
    """Compile S = A + B + Cin from full adders of 14 p-bits, 14 `width` in all.

    Parameters
    ----------
    width
        Bits of A and of B, at least 1; 32 make the published adder of 448 p-bits.
    carry
        "directed": a stage's Cout drives the next one's Cin with 2 J0 and hears nothing
        back. "undirected": the two are coupled by J0 both ways. J0 is 4, the largest
        weight within a stage.

    Returns
    -------
    Program
        Buses A, B (`width` bits), Cin (1), and S (`width` + 1, the last the carry out).
        The model is an IsingModel where carries are undirected.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above.

    References
    ----------
    K. Y. Camsari et al., Phys. Rev. X 7, 031014 (2017), sections V and VI; the matrix
    itself is rebuilt from the recipe there.

    Examples
    --------
    >>> program = staged_adder(32)
    >>> program.n
    448
    >>> program.check({"A": 9, "B": 8, "Cin": 0, "S": 17})
    True
    """
    check_count("width", width)
    check_choice("carry", carry, ("directed", "undirected"))
    couplings, n = stage(), STAGE * width
    weights, h = np.zeros((n, n)), np.zeros(n)
    labels: list[str] = []
    pins: dict[str, list[int]] = {pin: [] for pin in PINS}
    for k in range(width):
        first = STAGE * k
        weights[first : first + STAGE, first : first + STAGE] = couplings
        h[first + HANDLE] = J0
        labels += [f"fa{k}.line{b}" for b in range(8)] + [f"fa{k}.handle"]
        for b, pin in enumerate(PINS):
            pins[pin].append(first + HANDLE + 1 + b)
            labels.append(f"fa{k}.{pin}")
    for reader, source in zip(pins["Cin"][1:], pins["Cout"], strict=False):
        if carry == "directed":
            weights[reader, source] = 2 * J0
        else:
            weights[reader, source] = weights[source, reader] = J0
    bits = {
        "A": tuple(pins["A"]),
        "B": tuple(pins["B"]),
        "Cin": (pins["Cin"][0],),
        "S": (*pins["S"], pins["Cout"][-1]),
    }
    relation = Relation(bits, ("A", "B", "Cin"), ("S",), _sum)
    kind = PCircuit if carry == "directed" else IsingModel
    how = f"staged_adder({width}, carry={carry!r})"
    provenance: dict[str, Any] = {
        "what": f"staged_adder({width}, {carry})",
        "how": how,
        "source": "chain of full adders of 14 p-bits",
        "sha256": hashlib.sha256(how.encode() + weights.tobytes()).hexdigest(),
        "version": pbit.__version__,
        "n": n,
        "sense": relation.sense,
    }
    model = kind(weights, h, labels=labels)
    return Program(model, relation, provenance, buses_of(relation, labels))


def _sum(numbers: Numbers) -> Numbers:
    return {"S": numbers["A"] + numbers["B"] + numbers["Cin"]}
