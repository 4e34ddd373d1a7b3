"""The table ``[energy]`` of a design: joules an update, a flip, a second, a bit."""

from __future__ import annotations

from typing import ClassVar

from hardware.parts import Part, settle_number, settle_quantity


class Energy(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a machine spends: so much an update, so much a flip, so much all the time.

    A run costs ``per_update * updates + per_flip * flips + static_power * elapsed``
    joules. Papers that quote an energy "per flip" nearly always count updates.

    Attributes
    ----------
    per_update : float
        Joules an update (a draw of a state, changed or not), >= 0.
    per_flip : float
        Joules a flip (a draw of a different state), in addition, >= 0.
    static_power : float
        Watts of the whole machine while it is on, >= 0.
    per_link_bit : float
        Joules a bit over a link between chips, >= 0; see :func:`hardware.cost`.
    per_memory_bit : float
        Joules a bit of a weight read from memory, >= 0; an update reads its p-bit's
        row and bias in the format of ``limits.bits``. See :func:`hardware.cost`.
    uncertainty : float
        Relative half-width of the interval of all these, >= 0.
    """

    section: ClassVar[str] = "energy"

    per_update: float = 0.0
    per_flip: float = 0.0
    static_power: float = 0.0
    per_link_bit: float = 0.0
    per_memory_bit: float = 0.0
    uncertainty: float = 0.0

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_quantity(self, "per_update", "J", positive=False)
        settle_quantity(self, "per_flip", "J", positive=False)
        settle_quantity(self, "static_power", "W", positive=False)
        settle_quantity(self, "per_link_bit", "J", positive=False)
        settle_quantity(self, "per_memory_bit", "J", positive=False)
        settle_number(self, "uncertainty")
