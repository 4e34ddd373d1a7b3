"""The RC synapse: what a p-bit sees follows its neighbours through a low-pass."""

from __future__ import annotations

from typing import ClassVar

from hardware.parts import Part, settle_quantity


class Rc(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="rc",
):
    r"""A low-pass of first order in front of every p-bit, as resistors charge its gate.

    .. math:: \tau_{rc} \dot V_i = \sum_j J_{ij} m_j + h_i - V_i, \qquad I_i = \beta V_i

    The voltage relaxes exponentially between flips, which is followed exactly; the
    hazard of a telegraph p-bit and the level of a transistor are integrated along it to
    ten digits. The network is no longer Boltzmann: it reads an average over the last
    :math:`\tau_{rc}`. Machines start with all voltages at rest; `beta` acts behind the
    low-pass, at once.

    Attributes
    ----------
    tau_rc : float
        Time constant in seconds, > 0, the same for every p-bit.

    References
    ----------
    Faria et al. (2021), section 2.
    """

    section: ClassVar[str] = "synapse"

    tau_rc: float

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_quantity(self, "tau_rc", "s")
