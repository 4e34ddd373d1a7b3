"""Noise sources: where digital p-bits take their random words from, good and bad ones."""

from hardware.noise.ideal import IdealNoise
from hardware.noise.lfsr import Lfsr
from hardware.noise.xorshift import Xorshift

Noise = IdealNoise | Lfsr | Xorshift

__all__ = ["IdealNoise", "Lfsr", "Noise", "Xorshift"]
