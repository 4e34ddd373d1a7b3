"""Passes: from a program to one that fits a machine, with the way back.

Loaded at once: each pass has the name of its module, which must not take its place.
"""

from compilers.passes.compare import compare
from compilers.passes.embed import embed
from compilers.passes.fit import fit
from compilers.passes.partition import Partition, partition
from compilers.passes.passed import Passed
from compilers.passes.pipeline import pipeline
from compilers.passes.quantize import quantize
from compilers.passes.recolor import recolor
from compilers.passes.reduce import reduce
from compilers.passes.scale import scale
from compilers.passes.sparsify import sparsify
from compilers.passes.topologies import topology_graph

__all__ = [
    "Partition",
    "Passed",
    "compare",
    "embed",
    "fit",
    "partition",
    "pipeline",
    "quantize",
    "recolor",
    "reduce",
    "scale",
    "sparsify",
    "topology_graph",
]
