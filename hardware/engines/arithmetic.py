"""The digital side of a machine: integer weights, activation and noise, made from a design."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hardware.design import Design
from hardware.devices import Digital as DigitalPart
from hardware.engines.digital import (
    Digital,
    is_digital,
    load_register,
    load_weights,
    make_digital,
)
from hardware.engines.noise import Noise, make_noise
from hardware.engines.plan import Timing, Wiring
from hardware.synapses import Mac
from pbit.errors import DesignError
from pbit.kernels.types import Int64s
from pbit.random import Streams


class Arithmetic(NamedTuple):
    """What a machine that works in integers, in part at least, has in addition."""

    design: Design
    digital: Digital
    noise: Noise
    owners: Int64s  # register of each p-bit; empty where noise is ideal

    def load(self, wiring: Wiring, beta: float) -> None:
        """Load weights and beta in the machine's number formats."""
        load_weights(self.digital, self.design, wiring.data, wiring.h, beta)

    def load_beta(self, wiring: Wiring, beta: float) -> None:
        """Load another beta: into its register, or with all weights where it is folded."""
        mac = self.design.synapse
        if isinstance(mac, Mac) and mac.register is not None:
            load_register(self.digital, mac.register, beta)
        else:
            self.load(wiring, beta)


def make_arithmetic(
    design: Design, wiring: Wiring, timing: Timing, source: Streams
) -> Arithmetic | None:
    """Return the digital side of a machine; None where it has none.

    Raises
    ------
    DesignError
        If sums get too long, seeds are too few, or exact sums are to be spread.
    """
    if not is_digital(design):
        return None
    n = wiring.h.size
    _check_drive(design, wiring)
    fan_in = int(np.diff(wiring.indptr).max())
    digital = make_digital(design, n, wiring.indices.size, fan_in)
    noise = make_noise(design, n, timing, source)
    owners = np.zeros(0, np.int64)
    if noise.slots.size:
        owners = np.empty(n, np.int64)
        owners[timing.members] = noise.slots
    return Arithmetic(design, digital, noise, owners)


def _check_drive(design: Design, wiring: Wiring) -> None:
    """Refuse slopes and offsets between a digital sum and a digital p-bit."""
    drive = wiring.drive
    spread = drive.slope.size + drive.offset.size + drive.drift.size + drive.noise.size
    digital = isinstance(design.device, DigitalPart)
    if spread and digital and isinstance(design.synapse, Mac):
        msg = "has nothing analog to spread where a 'mac' synapse feeds digital p-bits"
        raise DesignError(key="spread", message=msg)
