"""The ideal p-bit: it forgets its state at every update and draws a new one."""

from __future__ import annotations

from typing import ClassVar

from hardware.parts import Part, settle_times


class Ideal(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="ideal",
):
    r"""A p-bit that draws its state from the heat bath at every update.

    An update sets :math:`m_i = \operatorname{sgn}(\tanh I_i - r)` with
    :math:`r \sim U(-1, 1)`, so :math:`P(m_i = +1) = \sigma(2 I_i)`, whatever the
    state was before. In an autonomous fabric p-bit i updates at the instants of a
    Poisson process of mean interval :math:`\tau_{n,i}`, independent of all others;
    with instant synapses the network then samples
    :math:`P(m) \propto e^{-\beta E(m)}` exactly. In a clocked fabric the clock says
    when, and `tau_n` is the clock period unless the fabric has `clock_hz`.

    Attributes
    ----------
    tau_n : float, tuple of float or None
        Mean time between updates in seconds, > 0: one value, or one a p-bit in the
        order of the circuit (autonomous fabrics only).

    References
    ----------
    Camsari, Faria, Sutton, Datta, Phys. Rev. X 7, 031014 (2017), equations 1 and 2.
    """

    section: ClassVar[str] = "device"

    tau_n: float | tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        if self.tau_n is not None:
            settle_times(self, "tau_n")
