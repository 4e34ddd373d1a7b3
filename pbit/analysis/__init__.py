"""What samples and runs say: averages with intervals, distances, times, approximations."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "Autocorrelation": "convergence",
    "Beliefs": "belief",
    "Estimate": "estimates",
    "FermiDirac": "fermi",
    "MeanField": "independent",
    "Mixing": "convergence",
    "NoiseFloor": "distances",
    "autocorrelation": "convergence",
    "belief_propagation": "belief",
    "bogoliubov_bound": "independent",
    "effective_beta": "temperature",
    "entropy": "distances",
    "fermi_dirac": "fermi",
    "free_energy": "distances",
    "kl_divergence": "distances",
    "mean_field": "independent",
    "mixing": "convergence",
    "thermodynamic_entropy": "distances",
    "total_variation": "distances",
    "tv_noise_floor": "distances",
}
_MODULES = ()

__all__ = [
    "Autocorrelation",
    "Beliefs",
    "Estimate",
    "FermiDirac",
    "MeanField",
    "Mixing",
    "NoiseFloor",
    "autocorrelation",
    "belief_propagation",
    "bogoliubov_bound",
    "effective_beta",
    "entropy",
    "fermi_dirac",
    "free_energy",
    "kl_divergence",
    "mean_field",
    "mixing",
    "thermodynamic_entropy",
    "total_variation",
    "tv_noise_floor",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
