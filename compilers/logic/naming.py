"""Circuits by name, for the command line; and circuits that users wired themselves."""

from __future__ import annotations

import re

import networkx as nx

from compilers.logic.adder import adder
from compilers.logic.cells import CELLS
from compilers.logic.gates import GATES, gate
from compilers.logic.lowering import compile_netlist
from compilers.logic.multiplier import multiplier
from compilers.logic.netlist import Netlist
from compilers.program import Program
from pbit.errors import CapacityError

LARGEST = 2**20  # gates that a name may ask for

KNOWN = (
    "multiplier(N,M), multiplierNxM, multiplierN, adder(N), adderN, adder(N,directed), "
    f"{', '.join((*GATES, *CELLS))}"
)
_MULTIPLIER = re.compile(
    r"multiplier(?:\((\d{1,6})(?:,(\d{1,6}))?\)|(\d{1,6})(?:x(\d{1,6}))?)", re.ASCII
)
_ADDER = re.compile(
    r"adder(?:\((\d{1,6})((?:,(?:un)?directed|,cin)*)\)|(\d{1,6}))", re.ASCII
)


def compile_circuit(netlist: Netlist, source: str, *, simplify: bool = True) -> Program:
    """Compile a netlist, from a file perhaps, simplified unless that is declined."""
    from compilers.logic.simplification import simplify as smaller

    found = smaller(netlist) if simplify else netlist
    how = f"circuit(netlist, simplify={simplify})"
    return compile_netlist(found, how=how, source=source, given=netlist)


def circuit(what: str | Netlist | nx.DiGraph, simplify: bool = False) -> Program:
    """Compile a circuit: one known by name, or a netlist.

    Parameters
    ----------
    what
        A name in upper or lower case, blanks ignored: a gate (``"AND"``),
        ``"multiplier(8,8)"``, ``"multiplier8x8"``, ``"multiplier8"`` (both factors
        alike), ``"adder4"``, ``"adder(4,directed)"``, ``"adder(4,cin)"``; or a
        `Netlist`; or a networkx DiGraph laid out as ``Netlist.graph``.
    simplify
        Whether a netlist is compiled in fewer p-bits, see `logic.simplify`: adders
        recognised, inverters taken up by signs, gates chosen anew. Answers are still
        judged by the netlist as it is.

    Raises
    ------
    CapacityError
        If a name asks for more than about a million gates, most likely by mistake;
        :func:`multiplier` and :func:`adder` themselves have no such limit.
    ValueError
        If no circuit has this name (the message lists what is known), or a netlist is
        not a circuit.

    Examples
    --------
    >>> circuit("multiplier 4x3")
    Program(multiplier(4, 3): n=35, buses A[4] B[3] P[7])
    """
    if isinstance(what, nx.DiGraph):
        what = Netlist.from_networkx(what)
    if isinstance(what, Netlist):
        return compile_circuit(what, "netlist", simplify=simplify)
    if not isinstance(what, str):
        msg = f"circuit takes a name or a netlist, not {what!r}"
        raise TypeError(msg)
    name = "".join(what.split())
    if name.upper() in map(str.upper, (*GATES, *CELLS)):
        return gate(name)
    lower = name.lower()
    if match := _MULTIPLIER.fullmatch(lower):
        n, m = match[1] or match[3], match[2] or match[4]
        _check_size(what, int(n) * int(m or n))
        return multiplier(int(n), int(m or n))
    if match := _ADDER.fullmatch(lower):
        _check_size(what, int(match[1] or match[3]))
        options = (match[2] or "").split(",")
        carry = "directed" if "directed" in options else "undirected"
        return adder(int(match[1] or match[3]), carry=carry, cin="cin" in options)
    msg = f"no circuit is called {what!r}; known: {KNOWN}"
    raise ValueError(msg)


def _check_size(what: str, gates: int) -> None:
    if gates > LARGEST:
        msg = f"{what} has about {gates} gates; a name may ask for at most {LARGEST}"
        raise CapacityError(msg)
