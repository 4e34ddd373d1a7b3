"""The telegraph p-bit: a two-state magnet whose dwell times its input tilts."""

from __future__ import annotations

from typing import ClassVar

from hardware.parts import Part, settle_times


class Telegraph(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="telegraph",
):
    r"""A p-bit that flips by itself, out of state m at the rate of its barrier.

    .. math:: \text{flip rate out of } m_i = \frac{1}{\tau_{n,i}} e^{-I_i m_i}

    so the dwell times are :math:`\tau_n e^{\pm I}`, the stationary mean of a single
    p-bit is :math:`\tanh I` and its autocorrelation time
    :math:`\tau_n / (2 \cosh I)`. With instant synapses a network of them obeys
    detailed balance with :math:`P(m) \propto e^{-\beta E(m)}`. Unlike an ideal p-bit
    it remembers: a p-bit that is pinned hard in the wrong state still leaves it
    quickly, one in the right state stays. Every update is a flip. Telegraph p-bits
    time themselves, so the fabric has to be autonomous.

    Attributes
    ----------
    tau_n : float or tuple of float
        Mean dwell time at zero input in seconds, > 0: one value, or one a p-bit in
        the order of the circuit.

    References
    ----------
    Faria et al., autonomous Bayesian networks with p-bits (2021), "design 2": the
    model of Sutton et al. (2020), in which the input tunes the magnet itself.
    """

    section: ClassVar[str] = "device"

    tau_n: float | tuple[float, ...]

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_times(self, "tau_n")
