"""Ripple-carry adders of any width."""

from __future__ import annotations

from compilers.logic.lowering import compile_netlist
from compilers.logic.netlist import Netlist
from compilers.logic.relation import Numbers
from compilers.logic.wiring import Pin
from compilers.program import Program
from pbit.checks import check_choice, check_count

FULL_ADDER = "FULL_ADDER_5"
WORD_BITS = 64  # of the numbers that are judged many at a time


def adder(width: int, carry: str = "undirected", cin: bool = False) -> Program:
    """Compile S = A + B (+ Cin), a chain of full adders of 5 p-bits.

    Parameters
    ----------
    width
        Bits of A and of B, at least 1.
    carry
        "undirected": a carry is one p-bit of two adders and the circuit an Ising model,
        with 4 `width` p-bits (one more with `cin`), that runs in any direction.
        "directed": every carry drives the next adder's carry input, a p-bit of its own,
        one way with a weight of 2 J0 (J0 = 1, nothing comes back), as in the PRX 2017
        adder; the circuit is a :class:`pbit.PCircuit` of 5 `width` - 1 p-bits without
        an energy. Long additions and subtractions then settle stage by stage.
    cin
        Whether there is a bus Cin of one bit; without it the first stage is a half
        adder.

    Returns
    -------
    Program
        Buses A, B (`width` bits), Cin if asked for, and S of `width` + 1 bits, the last
        of which is the carry out.

    References
    ----------
    K. Y. Camsari et al., Phys. Rev. X 7, 031014 (2017), sec. VI.

    Examples
    --------
    >>> program = adder(4)
    >>> program.n
    16
    >>> program.check({"A": 9, "B": 8, "S": 17})
    True
    """
    check_count("width", width)
    check_choice("carry", carry, ("undirected", "directed"))
    suffix = "".join(
        [", directed" if carry == "directed" else "", ", cin" if cin else ""]
    )
    netlist = adder_netlist(width, carry, cin, name=f"adder({width}{suffix})")
    how = f"adder({width}, carry={carry!r}, cin={cin})"
    return compile_netlist(
        netlist,
        how=how,
        source="chain of half and full adders",
        expected=_sum,
        elementwise=width < WORD_BITS,
    )


def adder_netlist(
    width: int, carry: str = "undirected", cin: bool = False, name: str = "adder"
) -> Netlist:
    """Return the ripple-carry adder as gates; see `adder`."""
    netlist = Netlist(name)
    a = netlist.add_input("A", width)
    b = netlist.add_input("B", width)
    (ripple,) = netlist.add_input("Cin") if cin else (None,)
    outputs: list[Pin] = []
    for k in range(width):
        if ripple is None:
            name = f"ha{k}"
            total, ripple = netlist.add_gate("HALF_ADDER", a[k], b[k], name=name)
        else:
            name = f"fa{k}"
            total, out = netlist.add_gate(FULL_ADDER, name=name)
            netlist.connect(a[k], Pin(name, "A"))
            netlist.connect(b[k], Pin(name, "B"))
            one_way = carry == "directed" and k > 0
            netlist.connect(ripple, Pin(name, "Cin"), directed=one_way)
            ripple = out
        outputs.append(total)
    assert ripple is not None  # noqa: S101 - width is at least 1
    netlist.add_output("S", [*outputs, ripple])
    return netlist


def _sum(numbers: Numbers) -> Numbers:
    return {"S": numbers["A"] + numbers["B"] + numbers.get("Cin", 0)}
