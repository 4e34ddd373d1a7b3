"""Boltzmann machines of every kind: trained, sampled, and judged."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "BoltzmannMachine": "machine",
    "ContrastiveDivergence": "phases",
    "Drawn": "phases",
    "Exact": "phases",
    "Gibbs": "phases",
    "MeanField": "phases",
    "Moments": "phases",
    "Persistent": "phases",
    "Phase": "phases",
    "Tempered": "phases",
    "check_data": "data",
}
_MODULES = ()

__all__ = [
    "BoltzmannMachine",
    "ContrastiveDivergence",
    "Drawn",
    "Exact",
    "Gibbs",
    "MeanField",
    "Moments",
    "Persistent",
    "Phase",
    "Tempered",
    "check_data",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
