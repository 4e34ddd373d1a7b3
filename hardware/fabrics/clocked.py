"""The clocked fabrics: sequential, chromatic, synchronous and masked."""

from __future__ import annotations

from typing import ClassVar

from hardware.formats import settle_whole
from hardware.parts import Part, settle_quantity
from pbit.errors import DesignError

DEEPEST = 1024


class Clocked(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""A fabric with a clock of period T: tick k = 1, 2, ... falls at :math:`k T`.

    Time counts from when the machine was made.

    Attributes
    ----------
    clock_hz : float or None
        Clock frequency in hertz, > 0. Where it is None, T is the device's `tau_n`.
    depth : int
        Ticks of a pipeline, 0 to 1024: what a p-bit decides at tick k, from what it
        reads just before, takes effect at tick k + `depth`; the updates of that tick do
        not see it yet. A p-bit that is clamped when its decision arrives drops it. One
        tick is one clock phase in a chromatic fabric.
    """

    section: ClassVar[str] = "fabric"

    clock_hz: float | None = None
    depth: int = 0

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        if self.clock_hz is not None:
            settle_quantity(self, "clock_hz", "Hz")
        settle_whole(self, "depth", 0, DEEPEST)


class Sequential(
    Clocked,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="sequential",
):
    """One p-bit a tick, in the order of the circuit: a sweep takes n ticks.

    Gibbs sampling in fixed order; with instant synapses it keeps the Boltzmann
    distribution. For directed networks the order matters: parents before children.
    """


class Chromatic(
    Clocked,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="chromatic",
):
    r"""Each p-bit once a clock period, one colour a clock phase.

    The circuit is coloured so that no two coupled p-bits share a colour; of C phase-
    shifted clocks, phase c = 1 ... C updates its colour at :math:`(k + c/C)\,T`,
    k = 0, 1, .... The p-bits of one colour do not read one another, so with instant
    synapses this is Gibbs sampling: n updates a period however large n is.

    References
    ----------
    Aadit et al., Nat. Electron. 5, 460 (2022), the sparse Ising machine.
    """


class Synchronous(
    Clocked,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="synchronous",
):
    r"""All p-bits at every tick, each from the state before the tick.

    Not Boltzmann: coupled p-bits that move together chase one another (two p-bits of
    any coupling settle at :math:`\langle m_1 m_2 \rangle = 0`) and large networks
    oscillate. The stationary law is Peretto's.
    """


class Masked(
    Clocked,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="masked",
):
    """Each p-bit with a probability of its own at every tick, all simultaneously.

    A clocked machine's imitation of autonomy: the smaller the probability, the fewer
    coupled p-bits move together; at 1 it is the synchronous fabric. Approximately
    Boltzmann for small probabilities, exactly only in the limit.

    Attributes
    ----------
    probability : float
        Chance of each p-bit to update at a tick, in (0, 1].

    References
    ----------
    Sutton et al., arXiv 1907.09664, emulate autonomy on an FPGA in this way, with a
    probability of 1/4 in the public max-cut example.
    """

    probability: float

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        given = self.probability
        if isinstance(given, bool | str) or not isinstance(given, int | float):
            raise DesignError(
                self.key("probability"), f"must be a number, not {given!r}"
            )
        if not 0 < given <= 1:
            raise DesignError(
                self.key("probability"), f"must be in (0, 1], not {given!r}"
            )
