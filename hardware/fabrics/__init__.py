"""Fabrics: who updates when."""

from hardware.fabrics.autonomous import Autonomous
from hardware.fabrics.clocked import (
    Chromatic,
    Clocked,
    Masked,
    Sequential,
    Synchronous,
)
from hardware.fabrics.shared import SpinSerial, TimeMultiplexed

Fabric = (
    Autonomous
    | Sequential
    | Chromatic
    | Synchronous
    | Masked
    | TimeMultiplexed
    | SpinSerial
)

__all__ = [
    "Autonomous",
    "Chromatic",
    "Clocked",
    "Fabric",
    "Masked",
    "Sequential",
    "SpinSerial",
    "Synchronous",
    "TimeMultiplexed",
]
