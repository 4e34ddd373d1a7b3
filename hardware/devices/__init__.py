"""P-bit devices: how one p-bit decides its next state, and when it is free to."""

from hardware.devices.digital import Digital
from hardware.devices.ideal import Ideal
from hardware.devices.measured import Measured, telegraph_from_dwells
from hardware.devices.ring_oscillator import RingOscillator
from hardware.devices.telegraph import Telegraph
from hardware.devices.transistor_mtj import TransistorMtj

Device = Digital | Ideal | Measured | RingOscillator | Telegraph | TransistorMtj

__all__ = [
    "Device",
    "Digital",
    "Ideal",
    "Measured",
    "RingOscillator",
    "Telegraph",
    "TransistorMtj",
    "telegraph_from_dwells",
]
