"""Fabrics: who updates when."""

from hardware.fabrics.autonomous import Autonomous
from hardware.fabrics.clocked import (
    Chromatic,
    Clocked,
    Masked,
    Sequential,
    Synchronous,
)

Fabric = Autonomous | Sequential | Chromatic | Synchronous | Masked

__all__ = [
    "Autonomous",
    "Chromatic",
    "Clocked",
    "Fabric",
    "Masked",
    "Sequential",
    "Synchronous",
]
