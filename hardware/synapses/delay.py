"""The delay synapse: what a p-bit reads is a fixed time old."""

from __future__ import annotations

from typing import ClassVar

from hardware.parts import Part, settle_quantity


class Delay(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="delay",
):
    r"""A pure delay: :math:`I_i(t) = \beta (\sum_j J_{ij} m_j(t - \tau_S) + h_i)`.

    A flip reaches its readers `tau_s` later; several may be on their way at once.
    The network is no longer Boltzmann. Two p-bits of coupling J updated by Poisson
    clocks of mean :math:`\tau_N` lose correlation as

    .. math::

        \langle m_1 m_2 \rangle = a - a (1 - a^2)\, \tau_S / \tau_N + O(\tau_S^2),
        \qquad a = \tanh \beta J.

    Attributes
    ----------
    tau_s : float
        Delay in seconds, > 0, the same on every link.

    References
    ----------
    Faria et al. (2021), equation 1b; Onizawa and Hanyu, arXiv 2604.01564 (2026).
    """

    section: ClassVar[str] = "synapse"

    tau_s: float

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_quantity(self, "tau_s", "s")
