"""Explorations: sweeps and searches over any entry of a design, kept in one file."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "Axis": "axes",
    "Exploration": "exploration",
    "METHODS": "exploration",
    "Row": "exploration",
    "Store": "store",
    "explore": "exploration",
    "front": "pareto",
    "non_dominated": "pareto",
    "pareto": "pareto",
    "read_axes": "axes",
    "sensitivity": "sensitivity",
    "yields": "yields",
}
_MODULES = ("plots",)

__all__ = [
    "METHODS",
    "Axis",
    "Exploration",
    "Row",
    "Store",
    "explore",
    "front",
    "non_dominated",
    "pareto",
    "plots",
    "read_axes",
    "sensitivity",
    "yields",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
