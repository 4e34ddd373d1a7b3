"""What a compiled circuit knows about itself: its netlist, its p-bits, its breakage."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from compilers.logic.relation import Relation
from compilers.logic.wiring import Pin
from pbit.checks import States

if TYPE_CHECKING:
    from compilers.logic.lowering import Lowered
    from compilers.logic.netlist import Netlist


@dataclass(frozen=True, eq=False, kw_only=True)
class CircuitRelation(Relation):
    """A relation that came from a netlist.

    Attributes
    ----------
    netlist
        The circuit that the p-bits stand for, gate by gate.
    source
        The circuit as it was given; another one if it was simplified.
    lowered
        Which p-bit is which pin.
    """

    netlist: Netlist
    source: Netlist
    lowered: Lowered
    _gates: list[tuple[str, tuple[int | str, ...], frozenset[str]]] = field(
        default_factory=list
    )

    def violations(self, state: States) -> list[str]:
        """Return gates whose pins spell no row, wires and constants that are wrong."""
        bits = ["1" if m > 0 else "0" for m in state.tolist()]
        if not self._gates:
            self._gates.extend(self._places())
        broken = [
            name
            for name, pins, rows in self._gates
            if "".join(p if isinstance(p, str) else bits[p] for p in pins) not in rows
        ]
        low = self.lowered
        broken += [name for (i, j), name in low.wires.items() if bits[i] != bits[j]]
        for bus in self.netlist.outputs:
            for pin, (driver, _) in self.netlist.sources(bus).items():
                number = low.pins[Pin(bus, pin)]
                if str(low.constants.get(driver, bits[number])) != bits[number]:
                    broken.append(low.labels[number])
        return broken

    def _places(self) -> list[tuple[str, tuple[int | str, ...], frozenset[str]]]:
        """Return, per gate, the p-bit or the constant bit of every pin, and its rows."""
        places = []
        low, graph = self.lowered, self.netlist.graph
        for node, kind in graph.nodes(data="kind"):
            if kind != "gate":
                continue
            gate = self.netlist.gate(node)
            held = {
                pin: str(low.constants[driver])
                for pin, (driver, _) in self.netlist.sources(node).items()
                if driver in low.constants
            }
            for pin in gate.driven:
                if Pin(node, pin) in low.constants:
                    held[pin] = str(low.constants[Pin(node, pin)])
            pins = tuple(held.get(p, low.pins.get(Pin(node, p), "")) for p in gate.pins)
            places.append((node, pins, frozenset(gate.rows)))
        return places


def buses_of(
    relation: Relation, labels: list[str]
) -> Mapping[str, tuple[Hashable, ...]]:
    """Return bus -> labels of its p-bits."""
    return {
        bus: tuple(labels[k] for k in numbers) for bus, numbers in relation.bits.items()
    }
