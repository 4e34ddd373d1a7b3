"""Machines made of p-bits: designs, and what they do in seconds and joules."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "Design": "design",
    "Energy": "energy",
    "Machine": "machine",
    "Run": "run",
    "Trace": "run",
    "Calibration": "calibration",
    "calibrate": "calibration",
    "account": "accounting",
    "anneal": "controllers",
    "cost": "costs",
    "load_design": "design",
    "replicate": "replicas",
    "shipped_designs": "design",
    "shipped_text": "design",
}
_MODULES = (
    "devices",
    "evaluation",
    "explore",
    "fabrics",
    "fits",
    "learning",
    "magnet",
    "noise",
    "plots",
    "synapses",
    "units",
    "waves",
)

__all__ = [
    "Calibration",
    "Design",
    "Energy",
    "Machine",
    "Run",
    "Trace",
    "account",
    "anneal",
    "calibrate",
    "cost",
    "devices",
    "evaluation",
    "explore",
    "fabrics",
    "fits",
    "learning",
    "load_design",
    "magnet",
    "noise",
    "plots",
    "replicate",
    "shipped_designs",
    "shipped_text",
    "synapses",
    "units",
    "waves",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
