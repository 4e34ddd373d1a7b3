"""Synapses: when a p-bit's new state reaches the p-bits that read it."""

from hardware.synapses.delay import Delay
from hardware.synapses.instant import Instant
from hardware.synapses.stale import Stale

Synapse = Instant | Delay | Stale

__all__ = ["Delay", "Instant", "Stale", "Synapse"]
