"""Boltzmann machines of every kind: trained, sampled, and judged."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "BoltzmannMachine": "machine",
    "ContrastiveDivergence": "chain_phases",
    "Drawn": "phases",
    "Exact": "phases",
    "Gibbs": "chain_phases",
    "MeanField": "phases",
    "Moments": "phases",
    "Persistent": "chain_phases",
    "Phase": "phases",
    "Tempered": "chain_phases",
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
