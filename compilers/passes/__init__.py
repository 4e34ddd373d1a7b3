"""Passes: from a program to one that fits a machine, with the way back.

Loaded at once: each pass has the name of its module, which must not take its place.
"""

from compilers.passes.compare import compare
from compilers.passes.passed import Passed
from compilers.passes.pipeline import pipeline
from compilers.passes.quantize import quantize
from compilers.passes.reduce import reduce
from compilers.passes.scale import scale
from compilers.passes.sparsify import sparsify

__all__ = ["Passed", "compare", "pipeline", "quantize", "reduce", "scale", "sparsify"]
