"""Array multipliers: forward they multiply, backward factor, mixed divide."""

from __future__ import annotations

from collections.abc import Sequence

from compilers.logic.adder import FULL_ADDER, WORD_BITS
from compilers.logic.lowering import compile_netlist
from compilers.logic.netlist import Netlist
from compilers.logic.relation import Numbers
from compilers.logic.wiring import Pin
from compilers.program import Program
from pbit.checks import check_count, check_nonnegative


def multiplier(
    n: int,
    m: int,
    adder_strength: float = 2,
    column_strengths: Sequence[float] | None = None,
) -> Program:
    """Compile P = A x B from n m AND gates and n m - max(n, m) adders.

    Clamp A and B to multiply, P to factor, P and one factor to divide. There is one
    p-bit a net and no net that is constant: n m + n + m + 2 (n m - max(n, m)) p-bits,
    192 for 8 x 8, of which 176 are free while P is clamped. (A product of a 1-bit
    factor has its top bit, always 0, besides.) The couplings are sums of the gates', of
    magnitude 1 and up.

    Parameters
    ----------
    n, m
        Bits of A and of B, at least 1.
    adder_strength
        Factor on the adders' couplings, above 0. It moves no ground state. An adder's
        gap is 2 and an AND gate's is 4; at 2, where a wrong row costs the same in both,
        simulated annealing (40 sweeps) factored products of 8, 12 and 16 bits two to
        four times as often as at 1, the plain sum.

    Returns
    -------
    Program
        Buses A (n bits), B (m bits) and P (n + m bits).

    References
    ----------
    K. Y. Camsari et al., Phys. Rev. X 7, 031014 (2017), sec. VII.

    Examples
    --------
    >>> program = multiplier(8, 8)
    >>> program.n
    192
    >>> program.check({"A": 11, "B": 13, "P": 143})
    True
    """
    check_count("n", n)
    check_count("m", m)
    name = f"multiplier({n}, {m})"
    netlist = multiplier_netlist(n, m, adder_strength, name, column_strengths)
    how = f"multiplier({n}, {m}, adder_strength={adder_strength})"
    if column_strengths is not None:
        given = [float(strength) for strength in column_strengths]
        how = f"{how[:-1]}, column_strengths={given})"
    return compile_netlist(
        netlist,
        how=how,
        source="array of AND gates, half and full adders",
        expected=_product,
        elementwise=n + m <= WORD_BITS,
    )


def multiplier_netlist(
    n: int,
    m: int,
    adder_strength: float = 2,
    name: str = "multiplier",
    column_strengths: Sequence[float] | None = None,
) -> Netlist:
    """Return the array multiplier as gates; see `multiplier`."""
    columns = _columns(n, m, column_strengths)
    netlist = Netlist(name)
    a = netlist.add_input("A", n)
    b = netlist.add_input("B", m)
    # Fewer and longer rows of adders take fewer adders: the wider factor lies across.
    wide, tall = (a, b) if n >= m else (b, a)
    product: list[Pin] = []
    running: list[Pin] = []
    for j, bit in enumerate(tall):
        row = [
            netlist.add_gate(
                "AND", wire, bit, name=f"and{i}_{j}", strength=columns[i + j]
            )[0]
            for i, wire in enumerate(wide)
        ]
        strengths = [adder_strength * factor for factor in columns[j:]]
        running = _add_row(netlist, running, row, j, strengths) if j else row
        product.append(running.pop(0))
    product.extend(running)
    while len(product) < n + m:
        product.append(netlist.add_constant(0))
    netlist.add_output("P", product)
    return netlist


def column_of(gate: str) -> int:
    """Return the column of a gate of the array by its name: that of ``fa3_2`` is 5."""
    return sum(map(int, gate.lstrip("andfh").split("_")))


def _columns(n: int, m: int, strengths: Sequence[float] | None) -> list[float]:
    """Return the strengths of the columns of the array."""
    if strengths is None:
        return [1.0] * (n + m - 1)
    given = [
        check_nonnegative(f"column_strengths[{k}]", x) for k, x in enumerate(strengths)
    ]
    if len(given) != n + m - 1:
        msg = f"column_strengths must be {n + m - 1} numbers, not {len(given)}"
        raise ValueError(msg)
    return given


def _add_row(
    netlist: Netlist,
    running: list[Pin],
    row: list[Pin],
    j: int,
    strengths: Sequence[float],
) -> list[Pin]:
    """Add a row of products to the running sum; return all bits, the carry out last."""
    sums: list[Pin] = []
    carry: list[Pin] = []
    for i, pin in enumerate(row):
        terms = [*running[i : i + 1], pin, *carry]
        if len(terms) == 1:
            sums.append(pin)
            continue
        gate = FULL_ADDER if len(terms) == 3 else "HALF_ADDER"
        name = f"{'fa' if len(terms) == 3 else 'ha'}{i}_{j}"
        total, out = netlist.add_gate(gate, *terms, name=name, strength=strengths[i])
        sums.append(total)
        carry = [out]
    return sums + carry


def _product(numbers: Numbers) -> Numbers:
    return {"P": numbers["A"] * numbers["B"]}
