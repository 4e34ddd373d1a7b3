"""P-bit devices: how one p-bit decides its next state, and when it is free to."""

from hardware.devices.digital import Digital
from hardware.devices.ideal import Ideal
from hardware.devices.telegraph import Telegraph
from hardware.devices.transistor_mtj import TransistorMtj

Device = Ideal | Telegraph | TransistorMtj | Digital

__all__ = ["Device", "Digital", "Ideal", "Telegraph", "TransistorMtj"]
