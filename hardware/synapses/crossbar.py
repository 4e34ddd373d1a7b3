"""The crossbar synapse: weights are conductances, sums are currents."""

from __future__ import annotations

from typing import Any, ClassVar

from hardware.parts import Part, settle_number
from pbit.errors import DesignError


class Crossbar(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="crossbar",
):
    r"""An array of memory cells, two for every weight and bias, read at once.

    A weight is the difference of two conductances,

    .. math:: W_{ij} = \frac{w_{max}}{G_{max} - G_{min}} (G^+_{ij} - G^-_{ij}),

    one of which is at its least; :math:`w_{max}` is the circuit's largest weight or
    bias. Cells are rounded to levels, programmed with an error and then stay as they are;
    some are stuck. The resistance of the wires makes a fixed, linear network of the
    array, which is solved exactly. What is left is another circuit, with instant
    synapses. Reading noise is drawn anew at every update. Cells exist for the circuit's
    couplings only, and what leaks to others through the wires is left out.

    Attributes
    ----------
    g_max : float
        Largest conductance of a cell in siemens, > 0.
    on_off : float or None
        Ratio of largest to least conductance, > 1; None for a least one of 0.
    levels : int or None
        Equidistant conductances of a cell, at least 2; None for a continuum.
    programming_noise : float
        Standard deviation of the error of programming, in units of `g_max`, >= 0;
        normal, cut off at conductance 0.
    read_noise : float
        Standard deviation of a cell's current at every reading, relative to it, >= 0.
        For devices that read their input at updates.
    wire_ohm : float
        Resistance of the wire between neighbouring cells, >= 0. At most 256 p-bits.
    stuck_on, stuck_off : float
        Fractions of cells stuck at the largest and at the least conductance, in [0, 1];
        no cell is both, so they sum to 1 at most.

    References
    ----------
    Ielmini, Wong, Nat. Electron. 1, 333 (2018), on arrays of memory cells that multiply;
    the network of wires is Kirchhoff's.
    """

    section: ClassVar[str] = "synapse"

    g_max: float
    on_off: float | None = None
    levels: int | None = None
    programming_noise: float = 0.0
    read_noise: float = 0.0
    wire_ohm: float = 0.0
    stuck_on: float = 0.0
    stuck_off: float = 0.0

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        for field in ("g_max", "programming_noise", "read_noise", "wire_ohm"):
            settle_number(self, field)
        if self.g_max == 0:
            raise DesignError(self.key("g_max"), "must be > 0, not 0")
        if self.on_off is not None:
            settle_number(self, "on_off")
            if self.on_off <= 1:
                raise DesignError(
                    self.key("on_off"), f"must be > 1, not {self.on_off:g}"
                )
        levels: Any = self.levels
        if levels is not None and (
            isinstance(levels, bool) or not isinstance(levels, int) or levels < 2
        ):
            msg = f"must be a whole number >= 2, not {levels!r}"
            raise DesignError(self.key("levels"), msg)
        for field in ("stuck_on", "stuck_off"):
            settle_number(self, field)
            if getattr(self, field) > 1:
                msg = f"must be a fraction in [0, 1], not {getattr(self, field):g}"
                raise DesignError(self.key(field), msg)
        if self.stuck_on + self.stuck_off > 1:
            most = 1 - self.stuck_on
            msg = f"must be {most:g} at most beside stuck_on, not {self.stuck_off:g}"
            raise DesignError(self.key("stuck_off"), msg)

    @property
    def g_min(self) -> float:
        """Least conductance of a cell, in siemens."""
        return 0.0 if self.on_off is None else self.g_max / self.on_off
