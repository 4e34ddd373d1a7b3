"""Pins and wires: how a netlist's graph says what is connected to what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import networkx as nx

from compilers.logic.gates import Gate, find_gate

PinName = int | str


class Pin(NamedTuple):
    """One terminal: a bit of a bus (by its number) or a pin of a gate (by its name)."""

    node: str
    pin: PinName

    def __str__(self) -> str:
        """Return ``A[3]`` for a bit of a bus, ``g.Cin`` for a pin of a gate."""
        if isinstance(self.pin, int):
            return f"{self.node}[{self.pin}]"
        return f"{self.node}.{self.pin}"


class Wire(NamedTuple):
    """A connection from a driving pin to a reading pin, an entry of an edge's `wires`.

    A directed wire is heard and does not talk back: its reader is a p-bit of its own,
    driven one way. All other pins on a net are one p-bit.
    """

    source: PinName
    target: PinName
    directed: bool = False


def gate_of(graph: nx.DiGraph, node: str) -> Gate:
    """Return the gate that a node stands for."""
    return find_gate(graph.nodes[node]["gate"])


def wires_into(graph: nx.DiGraph, node: str) -> Iterator[tuple[Pin, Wire]]:
    """Yield every wire that ends at a node, with the pin that drives it."""
    for other, data in graph.pred[node].items():
        for wire in data.get("wires", ()):
            yield Pin(other, wire[0]), wire if type(wire) is Wire else Wire(*wire)
