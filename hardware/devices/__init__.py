"""P-bit devices: how one p-bit decides its next state, and when it is free to."""

from hardware.devices.ideal import Ideal
from hardware.devices.telegraph import Telegraph

Device = Ideal | Telegraph

__all__ = ["Device", "Ideal", "Telegraph"]
