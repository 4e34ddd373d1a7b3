"""Invertible logic: gates, netlists, arithmetic; truth tables as ground states."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "Gadget": "gadgets",
    "Gate": "gates",
    "Netlist": "netlist",
    "Proof": "equivalence",
    "Simulator": "simulation",
    "gadget": "gadgets",
    "prove": "proof",
    "simplify": "simplification",
}

__all__ = [
    "Gadget",
    "Gate",
    "Netlist",
    "Proof",
    "Simulator",
    "gadget",
    "prove",
    "simplify",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS)
