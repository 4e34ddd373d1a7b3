"""P-bits: models, exact results and samplers. Names are loaded when first used."""

from pbit._lazy import attach as _attach

__version__ = "0.1.0"

_CONTENTS = {
    "CapacityError": "errors",
    "Checkpoint": "samplers.checkpoint",
    "DesignError": "errors",
    "EmbeddingError": "errors",
    "FixedPoint": "limits",
    "IsingModel": "model",
    "Limits": "limits",
    "PCircuit": "model",
    "ParseError": "errors",
    "PbitSampler": "dimod_sampler",
    "PolynomialModel": "polynomial",
    "SampleSet": "samples",
    "anneal": "samplers.annealing",
    "metropolis": "samplers.metropolis",
    "sample": "samplers.gibbs",
    "swendsen_wang": "samplers.swendsen_wang",
    "wolff": "samplers.wolff",
}
_MODULES = (
    "coloring",
    "conventions",
    "exact",
    "interop",
    "io",
    "ising2d",
    "limits",
    "plots",
    "random",
    "samplers",
    "schedules",
    "transfer",
    "treewidth",
)

__all__ = [
    "CapacityError",
    "Checkpoint",
    "DesignError",
    "EmbeddingError",
    "FixedPoint",
    "IsingModel",
    "Limits",
    "PCircuit",
    "ParseError",
    "PbitSampler",
    "PolynomialModel",
    "SampleSet",
    "anneal",
    "coloring",
    "conventions",
    "exact",
    "interop",
    "io",
    "ising2d",
    "limits",
    "metropolis",
    "plots",
    "random",
    "sample",
    "samplers",
    "schedules",
    "transfer",
    "swendsen_wang",
    "treewidth",
    "wolff",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
