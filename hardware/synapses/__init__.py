"""Synapses: when a p-bit's new state reaches the p-bits that read it."""

from hardware.synapses.crossbar import Crossbar
from hardware.synapses.delay import Delay
from hardware.synapses.instant import Instant
from hardware.synapses.mac import Mac
from hardware.synapses.rc import Rc
from hardware.synapses.stale import Stale

Synapse = Instant | Crossbar | Delay | Mac | Rc | Stale

__all__ = ["Crossbar", "Delay", "Instant", "Mac", "Rc", "Stale", "Synapse"]
