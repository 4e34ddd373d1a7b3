"""From problems to couplings: every compiler is a function that returns a `Program`."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "Netlist": "logic.netlist",
    "Program": "program",
    "adder": "logic.adder",
    "circuit": "logic.naming",
    "gate": "logic.gates",
    "load": "loading",
    "maxcut": "problems.maxcut",
    "multiplier": "logic.multiplier",
}
_MODULES = ("formats",)

__all__ = [
    "Netlist",
    "Program",
    "adder",
    "circuit",
    "formats",
    "gate",
    "load",
    "maxcut",
    "multiplier",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
