"""What samples and runs say: averages with intervals, distances, times, approximations."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "Beliefs": "belief",
    "Estimate": "estimates",
    "FermiDirac": "fermi",
    "MeanField": "independent",
    "belief_propagation": "belief",
    "bogoliubov_bound": "independent",
    "fermi_dirac": "fermi",
    "mean_field": "independent",
}
_MODULES = ()

__all__ = [
    "Beliefs",
    "Estimate",
    "FermiDirac",
    "MeanField",
    "belief_propagation",
    "bogoliubov_bound",
    "fermi_dirac",
    "mean_field",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
