"""The table ``[size]`` of a design: area and transistors."""

from __future__ import annotations

from typing import ClassVar

from hardware.parts import Part, settle_number


class Size(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large a machine is: so much a p-bit, so much a weight, so much at any rate.

    Weights are the couplings that p-bits hear, an undirected one twice, and the biases.

    Attributes
    ----------
    area_per_pbit, area_per_weight, area_fixed : float or None
        Square metres, >= 0; None where unknown. An area is reported where one is given.
    transistors_per_pbit, transistors_per_weight, transistors_fixed : float or None
        Numbers of them, likewise.
    uncertainty : float
        Relative half-width of the interval of all these, >= 0.
    """

    section: ClassVar[str] = "size"

    area_per_pbit: float | None = None
    area_per_weight: float | None = None
    area_fixed: float | None = None
    transistors_per_pbit: float | None = None
    transistors_per_weight: float | None = None
    transistors_fixed: float | None = None
    uncertainty: float = 0.0

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        for what in ("area", "transistors"):
            for each in ("per_pbit", "per_weight", "fixed"):
                if getattr(self, f"{what}_{each}") is not None:
                    settle_number(self, f"{what}_{each}")
        settle_number(self, "uncertainty")

    def total(self, what: str, pbits: int, weights: int) -> float | None:
        """Return the whole machine's "area" or "transistors"; None if nothing is known."""
        counts = {"per_pbit": pbits, "per_weight": weights, "fixed": 1}
        parts = {each: getattr(self, f"{what}_{each}") for each in counts}
        if all(value is None for value in parts.values()):
            return None
        return sum(counts[each] * (value or 0.0) for each, value in parts.items())
