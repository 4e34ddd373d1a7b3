"""The ring-oscillator p-bit: an oscillator of its own says when it updates."""

from __future__ import annotations

import math
from typing import ClassVar

from hardware.parts import Part, settle_number, settle_times


class RingOscillator(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="ring-oscillator",
):
    r"""A p-bit that draws its state from the heat bath at the edges of a free oscillator.

    The edges of p-bit i are about :math:`\tau_{n,i}` apart, times
    :math:`e^{\sigma z - \sigma^2 / 2}` with z normal and :math:`\sigma` so that their
    relative standard deviation is the `jitter`; the first falls uniformly within a period.
    So p-bits update without a common clock, but regularly, unlike ideal ones of a Poisson
    process: two oscillators of one period and no jitter keep their order for ever. P-bits
    time themselves, so the fabric has to be autonomous; periods that differ are `tau_n`
    as a list, or ``spread.tau``.

    With instant synapses no two coupled p-bits update at once, and the distribution is
    Boltzmann's.

    Attributes
    ----------
    tau_n : float or tuple of float
        Period in seconds, > 0: one value, or one a p-bit in the order of the circuit.
    jitter : float
        Relative standard deviation of a period, >= 0.

    References
    ----------
    Aadit et al., ring-oscillator-activated p-bits, arXiv 2205.07402 (2022).
    """

    section: ClassVar[str] = "device"

    tau_n: float | tuple[float, ...]
    jitter: float = 0.0

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_times(self, "tau_n")
        settle_number(self, "jitter")

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm of a period."""
        return math.sqrt(math.log1p(self.jitter**2))
