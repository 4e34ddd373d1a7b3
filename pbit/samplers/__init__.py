"""Sampling algorithms, one a file, over the kernels in :mod:`pbit.kernels`."""

from pbit._lazy import attach as _attach

__all__ = ["anneal", "sample"]
__getattr__, __dir__ = _attach(__name__, {"anneal": "annealing", "sample": "gibbs"})
