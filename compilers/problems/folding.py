"""Folding what is known into a netlist's p-bits: constants, and nets that go together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from compilers.logic.lowering import Lowered
from compilers.logic.netlist import Netlist
from compilers.logic.wiring import Pin
from pbit.model import IsingModel

Place = tuple[int, int]
"""(p-bit, sign): its state or the opposite; (-1, state) for a constant."""


@dataclass(frozen=True)
class Folded:
    """A model of what is left free, and where every net went.

    Attributes
    ----------
    model
        The p-bits that are left.
    places
        Of every net's p-bit, in the order of the lowered netlist: what it is now.
    """

    model: IsingModel
    places: list[Place]

    def without_idle(self, needed: Collection[Place]) -> Folded:
        """Return the same without p-bits that nothing acts on, but for those needed.

        The places of nets that lose their p-bit become (-1, 0): they are nowhere.
        """
        model = self.model
        used = (np.diff(model.J.indptr) > 0) | (model.h != 0)
        used[[i for i, _ in needed if i >= 0]] = True
        new = np.where(used, np.cumsum(used) - 1, -1).tolist()
        kept = np.flatnonzero(used)
        places = [(i, s) if i < 0 else (new[i], s * used[i]) for i, s in self.places]
        J = model.J[kept][:, kept]
        labels = [model.labels[k] for k in kept.tolist()]
        return Folded(
            IsingModel(J, model.h[kept], model.offset, labels),
            [(i, int(s)) for i, s in places],
        )


class _Nets:
    """Nets known to be constant, equal or opposite: a forest with signs."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))
        self.sign = [1] * n
        self.value = [0] * n  # of a root: its state, 0 while it is unknown

    def find(self, net: int) -> tuple[int, int]:
        """Return the root of a net and the net's sign relative to it."""
        sign = 1
        while self.parent[net] != net:
            sign *= self.sign[net]
            net = self.parent[net]
        return net, sign

    def state(self, net: int) -> int:
        """Return the state of a net, 0 if it is not known."""
        root, sign = self.find(net)
        return sign * self.value[root]

    def hold(self, net: int, state: int) -> bool:
        """Note a net's state; say whether that is news."""
        if self.state(net) not in (0, state):
            msg = "the values to fold in contradict the netlist"
            raise ValueError(msg)
        root, sign = self.find(net)
        news = self.value[root] == 0
        self.value[root] = sign * state
        return news

    def join(self, first: int, second: int, relative: int) -> bool:
        """Note that two nets are equal (+1) or opposite (-1); say whether that is news."""
        (a, sign_a), (b, sign_b) = self.find(first), self.find(second)
        if a == b:
            return False
        low, high = min(a, b), max(a, b)
        self.parent[high], self.sign[high] = low, sign_a * sign_b * relative
        self.value[low] = self.value[low] or self.value[high] * self.sign[high]
        return True


def fold(netlist: Netlist, lowered: Lowered, known: Mapping[int, int]) -> Folded:
    """Hold nets at states and remove every p-bit that the gates then leave no choice.

    From the rows of each gate's table that are still possible follow constants and pairs
    of pins that are always equal or opposite; this is repeated until nothing follows. The
    ground states that agree with `known` stay as they are: every state that obeys all
    gates obeys these too.

    Parameters
    ----------
    netlist, lowered
        A netlist without directed wires, and its p-bits.
    known
        ``{number of a p-bit: state}``.

    Raises
    ------
    ValueError
        If no state that obeys the gates agrees with `known`, as far as can be seen.
    """
    nets = _Nets(len(lowered.labels))
    for net, state in known.items():
        nets.hold(net, state)
    gates = [_rows(netlist, lowered, gate) for gate in _gates(netlist)]
    news = True
    while news:
        news = False
        for pins, rows in gates:
            news |= _learn(nets, pins, rows)
    return _folded(lowered, nets)


def _gates(netlist: Netlist) -> list[str]:
    nodes = netlist.graph.nodes
    return [node for node in nodes if nodes[node]["kind"] == "gate"]


def _rows(
    netlist: Netlist, lowered: Lowered, node: str
) -> tuple[list[int], list[tuple[int, ...]]]:
    """Return a gate's nets and the rows of states that it allows on them."""
    gate = netlist.gate(node)
    fixed: dict[str, int] = {}
    nets: dict[str, int] = {}
    sources = netlist.sources(node)
    for pin in gate.pins:
        source = sources[pin][0] if pin in sources else Pin(node, pin)
        if source in lowered.constants:
            fixed[pin] = lowered.constants[source]
        else:
            nets[pin] = lowered.pins[Pin(node, pin)]
    rows = [
        tuple(2 * row[pin] - 1 for pin in nets)
        for row in gate.table.values()
        if all(row[pin] == bit for pin, bit in fixed.items())
    ]
    return list(nets.values()), rows


def _learn(nets: _Nets, pins: list[int], rows: list[tuple[int, ...]]) -> bool:
    """Note what follows from one gate; say whether there is news."""
    possible = [row for row in rows if _agrees(nets, pins, row)]
    if not possible:
        msg = "the values to fold in contradict the netlist"
        raise ValueError(msg)
    news = False
    columns = list(zip(*possible, strict=True))
    for pin, column in zip(pins, columns, strict=True):
        if len(set(column)) == 1:
            news |= nets.hold(pin, column[0])
    for k, first in enumerate(columns):
        if len(set(first)) == 1:
            continue
        for j, second in enumerate(columns[:k]):
            products = {a * b for a, b in zip(first, second, strict=True)}
            if len(products) == 1:
                news |= nets.join(pins[j], pins[k], products.pop())
    return news


def _agrees(nets: _Nets, pins: list[int], row: tuple[int, ...]) -> bool:
    states: dict[int, int] = {}
    for pin, state in zip(pins, row, strict=True):
        root, sign = nets.find(pin)
        wanted = nets.value[root] or states.setdefault(root, sign * state)
        if wanted != sign * state:
            return False
    return True


def _folded(lowered: Lowered, nets: _Nets) -> Folded:
    """Substitute every net by its root or constant in the couplings."""
    roots: dict[int, int] = {}
    places: list[Place] = []
    for net in range(len(lowered.labels)):
        root, sign = nets.find(net)
        if nets.value[root]:
            places.append((-1, nets.state(net)))
        else:
            places.append((roots.setdefault(root, len(roots)), sign))
    left = Lowered(labels=[lowered.labels[root] for root in roots])
    left.h = [0.0] * len(roots)
    left.offset = lowered.offset
    for net, bias in enumerate(lowered.h):
        place, sign = places[net]
        if place < 0:
            left.offset -= sign * bias
        else:
            left.h[place] += sign * bias
    for (i, j), weight in lowered.J.items():
        (a, sign_a), (b, sign_b) = places[i], places[j]
        signed = weight * sign_a * sign_b
        if a < 0 and b < 0:
            left.offset -= signed
        elif a < 0 or b < 0:
            left.h[max(a, b)] += signed
        else:
            left.couple(a, b, signed)
    model = left.model()
    assert isinstance(model, IsingModel)  # noqa: S101 - there are no directed wires
    return Folded(model, places)
