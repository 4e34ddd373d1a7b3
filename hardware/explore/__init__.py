"""Explorations: sweeps and searches over any entry of a design, kept in one file."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "Axis": "axes",
    "Exploration": "exploration",
    "METHODS": "exploring",
    "Row": "exploration",
    "Store": "store",
    "explore": "exploring",
    "front": "fronts",
    "non_dominated": "fronts",
    "pareto": "fronts",
    "read_axes": "axes",
    "sensitivity": "tornado",
    "yields": "bodies",
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
