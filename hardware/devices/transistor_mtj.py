"""The transistor p-bit: a fast transistor compared with a slow, unbiased magnet."""

from __future__ import annotations

from typing import ClassVar

from hardware.parts import Part, settle_quantity, settle_times
from pbit.errors import DesignError


class TransistorMtj(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="transistor-mtj",
):
    r"""A p-bit of two time scales: one transistor, one magnetic tunnel junction.

    The transistor's level follows the input within :math:`\tau_T`; the junction's
    resistance is redrawn at random every :math:`\tau_N`; the state says which is larger:

    .. math::

        \dot r_T = (\tanh I - r_T) / \tau_T, \qquad
        r_{MTJ} \sim U(-1, 1) \text{ at the rate } e^{-r_{MTJ} I_s / I_{s0}} / \tau_N,
        \qquad m = \operatorname{sgn}(r_T - r_{MTJ}).

    So a step of the input shows in the state after about :math:`\tau_T`, while what is
    random about it is remembered for :math:`\tau_N`: each p-bit is drawn given what its
    parents are now, which directed (Bayesian) networks need. Both are followed exactly
    between events. Every redraw of the junction is an update, and so is every flip that
    the transistor makes in between. Machines start at rest, with a resistance that fits
    the state that they start in. These p-bits time themselves, so the fabric has to be
    autonomous.

    Attributes
    ----------
    tau_n : float or tuple of float
        Mean time between redraws of the junction in seconds, > 0: one value, or one a
        p-bit in the order of the circuit. Calibrated: 150 ps and 1.5 ns.
    tau_t : float
        Time constant of the transistor in seconds, > 0. Calibrated: 3 ps.
    i_s : float
        Read current through the junction in amperes, >= 0. It pins the junction where it
        is large: time spent at resistance r goes as :math:`e^{r I_s / I_{s0}}`.
    i_s0 : float or None
        Current that scales `i_s`, in amperes, > 0; required where `i_s` is not 0.
        Calibrated: 120 uA and 1 mA.

    References
    ----------
    Faria et al., autonomous Bayesian networks with p-bits (2021), "design 1".
    """

    section: ClassVar[str] = "device"

    tau_n: float | tuple[float, ...]
    tau_t: float
    i_s: float = 0.0
    i_s0: float | None = None

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_times(self, "tau_n")
        settle_quantity(self, "tau_t", "s")
        settle_quantity(self, "i_s", "A", positive=False)
        if self.i_s0 is not None:
            settle_quantity(self, "i_s0", "A")
        elif self.i_s > 0:
            msg = f"is required where i_s is not 0, as here: {self.i_s:g} A"
            raise DesignError(self.key("i_s0"), msg)

    @property
    def pinning(self) -> float:
        """The read current in units of the one that pins: I_s / I_s0."""
        return 0.0 if self.i_s0 is None else self.i_s / self.i_s0
