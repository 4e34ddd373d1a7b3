"""Boltzmann machines of every kind: trained, sampled, and judged."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "BoltzmannMachine": "machine",
    "ContrastiveDivergence": "chain_phases",
    "Drawn": "phases",
    "Exact": "phases",
    "Gibbs": "chain_phases",
    "HopfieldNetwork": "hopfield",
    "MeanField": "phases",
    "Moments": "phases",
    "Persistent": "chain_phases",
    "Phase": "phases",
    "Tempered": "chain_phases",
    "bars_and_stripes": "data",
    "binarize": "data",
    "check_data": "data",
    "check_labels": "data",
    "digits": "data",
    "flip_bits": "noise",
    "hopfield_capacity": "hopfield",
    "hopfield_overlap": "hopfield",
    "random_patterns": "noise",
    "read_csv": "files",
    "read_idx": "files",
    "truth_table": "data",
}
_MODULES = ()

__all__ = [
    "BoltzmannMachine",
    "ContrastiveDivergence",
    "Drawn",
    "Exact",
    "Gibbs",
    "HopfieldNetwork",
    "MeanField",
    "Moments",
    "Persistent",
    "Phase",
    "Tempered",
    "bars_and_stripes",
    "binarize",
    "check_data",
    "check_labels",
    "digits",
    "flip_bits",
    "hopfield_capacity",
    "hopfield_overlap",
    "random_patterns",
    "read_csv",
    "read_idx",
    "truth_table",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
