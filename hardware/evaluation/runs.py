"""How machines are run for an evaluation: how long, how many, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hardware.accounting import account
from hardware.design import Design
from hardware.devices import Ideal, RingOscillator, Telegraph, TransistorMtj
from hardware.evaluation.figures import child
from hardware.evaluation.workload import Workload
from hardware.machine import Machine
from hardware.synapses import Rc
from pbit.checks import Floats

MACHINES = 8  # of one body, each with a seed of its own
BATCHES = 16  # of each machine's run
UPDATES = 6_000_000  # of all machines together, at full effort
LEAST_SWEEPS = 8  # of a batch
WARMUP = 0.1  # of a run, left out


@dataclass(frozen=True, eq=False)
class Occupancies:
    """Shares of time in every state, machine by machine, batch by batch.

    Attributes
    ----------
    shares
        Shape (machines, batches, 2**n).
    updates, flips
        Of all machines.
    elapsed
        Simulated seconds of all machines, one after the other.
    shared_law
        Whether all machines have one law: their seeds decide nothing but chance. It is
        not so where seeds of shift registers are drawn from the machine's.
    """

    shares: Floats
    updates: int
    flips: int
    elapsed: float
    shared_law: bool

    @property
    def mean(self) -> Floats:
        """Shares of time over everything, shape (2**n,)."""
        return np.asarray(self.shares.mean(axis=(0, 1)))


def effort(design: Design) -> float:
    """Return how much of the usual number of updates a design is given.

    Where every flip starts a numerical integration, or p-bits keep clocks of their own,
    an update takes longer to simulate; intervals say what that costs.
    """
    if isinstance(design.synapse, Rc):
        return 1 / 16 if isinstance(design.device, Ideal) else 1 / 128
    if isinstance(design.device, RingOscillator | Telegraph | TransistorMtj):
        return 1 / 6
    return 1.0


def sweep_time(workload: Workload, design: Design) -> float:
    """Return the mean seconds of n updates, by the design's nominal times.

    Raises
    ------
    DesignError
        If the design does not fit the circuit.
    """
    return workload.n / account(workload.circuit, design).updates_per_second


def machine_for(
    workload: Workload,
    design: Design,
    seed: np.random.SeedSequence,
    *keys: str | int,
    beta: float | None = None,
) -> Machine:
    """Return a machine of the evaluation's body with a seed named by `keys`."""
    made = Machine(
        workload.circuit,
        design,
        child(seed, *keys),
        beta=workload.beta if beta is None else beta,
        body=child(seed, "body"),
    )
    if workload.clamp:
        made.clamp(workload.clamp)
    return made


def occupy(
    workload: Workload,
    design: Design,
    seed: np.random.SeedSequence,
    *,
    machines: int = MACHINES,
    batches: int = BATCHES,
) -> Occupancies:
    """Run machines of one body and return where they spent their time.

    Raises
    ------
    DesignError
        If the design does not fit the circuit.
    """
    n = workload.n
    span = _span(workload, design, machines * batches)
    shares = np.empty((machines, batches, 2**n))
    updates = flips = 0
    elapsed = 0.0
    for k in range(machines):
        machine = machine_for(workload, design, seed, workload.name, "law", k)
        start = WARMUP * batches * span
        machine.run(until=start)
        for b in range(batches):
            run = machine.run(until=start + (b + 1) * span)
            shares[k, b] = run.occupancy
            updates, flips = updates + run.updates, flips + run.flips
            elapsed += run.elapsed
    return Occupancies(shares, updates, flips, elapsed, design_has_one_law(design))


def _span(workload: Workload, design: Design, pieces: int) -> float:
    """Return the simulated seconds of a batch."""
    if workload.seconds is not None:
        return workload.seconds / pieces
    wanted = workload.sweeps or int(UPDATES * effort(design) / workload.n)
    return max(wanted / pieces, LEAST_SWEEPS) * sweep_time(workload, design)


def design_has_one_law(design: Design) -> bool:
    """Return whether machines of one body and different seeds have one law."""
    noise = design.noise
    return noise is None or noise.kind_name() == "ideal"
