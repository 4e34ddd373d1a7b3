"""The autonomous fabric: no clock, every p-bit in its own time."""

from __future__ import annotations

from typing import ClassVar

from hardware.parts import Part


class Autonomous(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="autonomous",
):
    """Every p-bit times itself by its device's `tau_n`.

    With instant synapses no two p-bits update at the same instant (with probability
    one) and the network samples the Boltzmann distribution exactly.

    References
    ----------
    Sutton et al. (2020), the autonomous p-computer; Faria et al. (2021).
    """

    section: ClassVar[str] = "fabric"
