"""The rules that make a graph a circuit."""

from __future__ import annotations

from typing import Any

import networkx as nx

from compilers.logic.gates import find_gate
from compilers.logic.wiring import Pin, PinName, gate_of, wires_into
from compilers.program import check_number
from pbit.checks import check_count, check_nonnegative

_KINDS = ("input", "output", "gate", "constant")


def check_circuit(graph: nx.DiGraph, name: str) -> None:
    """Raise a ValueError unless `graph` is a circuit, as `Netlist.validate` says."""
    for node in graph:
        _check_node(graph, node)
    kinds = {kind for _, kind in graph.nodes(data="kind")}
    for kind in ("input", "output"):
        if kind not in kinds:
            msg = f"{name} has no {kind} bus"
            raise ValueError(msg)
    read: set[Pin] = set()
    for node in graph:
        read.update(_check_wires(graph, node))
    for node, kind in graph.nodes(data="kind"):
        for pin in gate_of(graph, node).outputs if kind == "gate" else ():
            if Pin(node, pin) not in read:
                msg = f"{node}.{pin} drives nothing: wire it, if only to an output"
                raise ValueError(msg)
    if not nx.is_directed_acyclic_graph(graph):
        loop = " -> ".join(u for u, _ in nx.find_cycle(graph))
        msg = f"{name} has a loop: {loop}"
        raise ValueError(msg)


def check_ends(graph: nx.DiGraph, source: Pin, target: Pin) -> None:
    """Raise a ValueError unless one pin may drive and the other may read."""
    check_driver(graph, source)
    if not _has(graph, target, "output"):
        msg = f"{target} is no pin that reads"
        raise ValueError(msg)


def check_driver(graph: nx.DiGraph, source: Pin) -> None:
    """Raise a ValueError unless a pin may drive."""
    if not _has(graph, source, "input", "constant"):
        msg = f"{source} is no pin that drives"
        raise ValueError(msg)


def _has(graph: nx.DiGraph, pin: Pin, *ports: str) -> bool:
    """Say whether a pin exists on such ports, or on that side of a gate."""
    data = graph.nodes.get(pin.node, {})
    kind = data.get("kind")
    if kind == "gate":
        gate = gate_of(graph, pin.node)
        return pin.pin in (gate.inputs if "output" in ports else gate.outputs)
    width = data.get("width", 1)
    return kind in ports and isinstance(pin.pin, int) and 0 <= pin.pin < width


def _check_node(graph: nx.DiGraph, node: str) -> None:
    data = graph.nodes[node]
    kind = data.get("kind")
    if not is_name(node):
        msg = f"the name of a node must be a string, not {node!r}"
        raise ValueError(msg)
    if kind not in _KINDS:
        msg = f"the kind of node {node!r} must be one of {_KINDS}, not {kind!r}"
        raise ValueError(msg)
    if kind == "gate":
        try:
            find_gate(data.get("gate"))
        except (KeyError, TypeError) as error:
            msg = f"node {node!r}: {error.args[0]}"
            raise ValueError(msg) from None
        check_strength(f"strength of node {node!r}", data.get("strength", 1))
    elif kind == "constant":
        check_number(f"value of node {node!r}", data.get("value"), 1)
    else:
        check_count(f"width of bus {node!r}", data.get("width"))
        if not isinstance(data.get("signed", False), bool):
            msg = (
                f"signed of bus {node!r} must be True or False, not {data['signed']!r}"
            )
            raise ValueError(msg)


def _check_wires(graph: nx.DiGraph, node: str) -> set[Pin]:
    """Check what drives a node's pins; return the drivers."""
    data = graph.nodes[node]
    waiting: set[PinName] = set()
    if data["kind"] == "output":
        waiting = set(range(data["width"]))
    elif data["kind"] == "gate":
        waiting = set(gate_of(graph, node).inputs)
    read = set()
    for source, wire in wires_into(graph, node):
        target = Pin(node, wire.target)
        check_ends(graph, source, target)
        if wire.target not in waiting:
            msg = f"{target} is driven twice, the second time by {source}"
            raise ValueError(msg)
        waiting.remove(wire.target)
        read.add(source)
    if waiting:
        msg = f"{min(str(Pin(node, pin)) for pin in waiting)} is not driven"
        raise ValueError(msg)
    return read


def check_strength(name: str, value: Any) -> None:
    """Raise a ValueError unless a strength is finite and above 0."""
    if check_nonnegative(name, value) == 0:
        msg = f"{name} must be above 0, not {value}"
        raise ValueError(msg)


def is_name(name: object) -> bool:
    """Say whether a node may be called this."""
    return isinstance(name, str) and name != ""
