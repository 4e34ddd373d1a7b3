"""Invertible logic: gates, netlists, arithmetic; truth tables as ground states."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "Gadget": "gadgets",
    "Gate": "gates",
    "gadget": "gadgets",
}

__all__ = [
    "Gadget",
    "Gate",
    "gadget",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS)
