"""The table ``[spread]`` of a design: how far p-bits differ from one another."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from hardware.parts import Part, settle_choice, settle_number
from pbit.errors import DesignError


class Spread(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""Fixed differences between p-bits: drawn once, when the machine is made.

    P-bit i sees the input

    .. math:: I_i = a_i \beta \Big(\sum_j W_{ij} m_j + h_i\Big) + b_i + d_i t

    with its own slope :math:`a_i` (mean 1), offset :math:`b_i` and drift :math:`d_i`
    (mean 0), where t counts from when the machine was made. Every quantity has random
    numbers of its own, so switching one on or off leaves the others as they are.

    Attributes
    ----------
    slope : float
        Relative standard deviation of the slope, >= 0.
    offset : float
        Standard deviation of the offset, in units of the input I, >= 0; normal.
    tau : float
        Relative standard deviation of the device's `tau_n`, >= 0; for p-bits that time
        themselves.
    drift : float
        Standard deviation of the drift of the offset, in units of I per second, >= 0;
        normal. Not for telegraph p-bits.
    distribution : {"lognormal", "normal"}
        Of slopes and times. A normal one must leave all of them positive.
    seed : int or None
        Seed of the differences, so that machines of different seeds share them; None
        derives them from the machine's own seed.
    """

    section: ClassVar[str] = "spread"

    slope: float = 0.0
    offset: float = 0.0
    tau: float = 0.0
    drift: float = 0.0
    distribution: Literal["lognormal", "normal"] = "lognormal"
    seed: int | None = None

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_number(self, "slope")
        settle_number(self, "offset")
        settle_number(self, "tau")
        settle_number(self, "drift")
        settle_choice(self, "distribution", ("lognormal", "normal"))
        check_seed(self, self.seed)


def check_seed(part: Part, seed: Any) -> None:
    """Check that a seed is a whole number from 0 on, or None.

    Raises
    ------
    DesignError
        If it is not.
    """
    if seed is None:
        return
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise DesignError(part.key("seed"), f"must be a whole number, not {seed!r}")
    if seed < 0:
        raise DesignError(part.key("seed"), f"must be >= 0, not {seed}")
