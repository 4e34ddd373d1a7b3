"""The instant synapse: every reader sees every state at once."""

from __future__ import annotations

from typing import ClassVar

from hardware.parts import Part


class Instant(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="instant",
):
    r"""A synapse without delay: :math:`I_i(t) = \beta (\sum_j J_{ij} m_j(t) + h_i)`.

    The limit :math:`\tau_S \ll \tau_N` in which autonomous p-bits sample the
    Boltzmann distribution exactly: every update is an informed one.
    """

    section: ClassVar[str] = "synapse"
