"""Clocked fabrics in which few physical p-bits serve many logical ones, or many circuits."""

from __future__ import annotations

from hardware.fabrics.clocked import Clocked
from hardware.formats import settle_whole


class TimeMultiplexed(
    Clocked,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="time-multiplexed",
):
    """So many physical p-bits serve all logical ones, one batch of them a tick.

    The logical p-bits take turns in the order of the circuit: tick 1 updates the first
    `physical` of them, tick 2 the next, and so on; a sweep takes as many ticks as there
    are batches. Those of a batch are updated together, from the state before the tick:
    where they are coupled, the law is that of a partly synchronous machine, not
    Boltzmann's. With one physical p-bit this is the sequential fabric, with as many as
    logical ones the synchronous fabric.

    Attributes
    ----------
    physical : int
        Physical p-bits, >= 1; those beyond the circuit's stay idle.
    """

    physical: int

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_whole(self, "physical", 1)


class SpinSerial(
    Clocked,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="spin-serial",
):
    """Replicas of one circuit side by side, each updating one p-bit a tick.

    The circuit has to hold all replicas one after the other, as
    :func:`hardware.replicate` makes it: tick k updates p-bit k mod n of each of them at
    the same time. Independent replicas are Boltzmann each; replicas that are coupled, as
    the slices of a simulated quantum annealer are, read one another as of the tick
    before.

    Attributes
    ----------
    replicas : int
        How many, >= 1; the circuit's p-bits must be a multiple of it.

    References
    ----------
    Onizawa, Hanyu et al., stochastic simulated quantum annealing on FPGA: one spin gate a
    replica, spins in series.
    """

    replicas: int

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        settle_whole(self, "replicas", 1)
