"""Machines made of p-bits: designs, and what they do in seconds and joules."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "Design": "design",
    "Energy": "design",
    "Machine": "machine",
    "Run": "run",
    "Trace": "run",
    "Calibration": "calibration",
    "calibrate": "calibration",
    "anneal": "controllers",
    "load_design": "design",
    "shipped_designs": "design",
}
_MODULES = ("devices", "fabrics", "synapses", "units", "waves")

__all__ = [
    "Calibration",
    "Design",
    "Energy",
    "Machine",
    "Run",
    "Trace",
    "anneal",
    "calibrate",
    "devices",
    "fabrics",
    "load_design",
    "shipped_designs",
    "synapses",
    "units",
    "waves",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
