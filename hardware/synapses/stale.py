"""The stale synapse: readers see copies that are refreshed now and then."""

from __future__ import annotations

from typing import ClassVar, Literal

from hardware.parts import Part, settle_choice, settle_quantity


class Stale(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="stale",
):
    r"""Copies refreshed by Poisson processes of mean interval `tau_s`.

    Reader i sees :math:`I_i = \beta (\sum_j J_{ij} c_{ij} + h_i)`, where the copy
    :math:`c_{ij}` is set to :math:`m_j` at the instants of a Poisson process of its
    own; its age is exponential of mean :math:`\tau_S`. A machine whose parts exchange
    boundary states over slow links behaves so. Not Boltzmann; two p-bits with ideal
    devices, :math:`a = \tanh \beta J` and :math:`s = \tau_S / \tau_N` settle at

    .. math::

        \langle m_1 m_2 \rangle
            = \frac{a (1 + s) + a^3 s^2}{(1 + s)^2 - a^2 s}.

    Attributes
    ----------
    tau_s : float
        Mean time between refreshes in seconds, > 0.
    copies : {"edge", "source"}
        ``"edge"``: every directed link holds a copy of its own. ``"source"``: each
        p-bit publishes one copy that all its readers share.
    """

    section: ClassVar[str] = "synapse"

    tau_s: float
    copies: Literal["edge", "source"] = "edge"

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_quantity(self, "tau_s", "s")
        settle_choice(self, "copies", ("edge", "source"))
