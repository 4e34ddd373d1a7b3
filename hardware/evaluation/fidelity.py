r"""Fidelity: how far a machine's law is from Boltzmann's, beside what chance alone makes.

The total variation of measured shares of time from the truth is never 0: noise adds to it.
So three numbers are given. What is *observed*; the *floor*, which a perfect machine
would show after a run of as many effective samples; and an estimate in which the noise
does not add up: which states are too frequent is decided by all machines but one, and how
much too frequent they are is measured on that one. Its mean is at most the truth, that of
what is observed at least the truth, and the interval reaches from the one to the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, stats

from hardware.costs import Figure
from hardware.design import Design
from hardware.evaluation.figures import (
    LEVEL,
    of_mean,
    plain_table,
    seeds,
    simulated,
)
from hardware.evaluation.runs import BATCHES, MACHINES, Occupancies, occupy
from hardware.evaluation.workload import Workload
from pbit import exact
from pbit.checks import Floats
from pbit.random import RandomState

FALSE_ALARM = 1e-3  # of saying that a perfect machine is off
LARGEST_RATIO = 4.0  # of variance between machines over that between batches


@dataclass(frozen=True)
class Fidelity:
    r"""How true a machine's samples are, on one circuit.

    Attributes
    ----------
    total_variation
        :math:`\frac12 \sum_k |p_k - \pi_k|` of the machine's own law, noise taken out.
    observed
        The same of the shares of time as they were measured.
    floor
        What a perfect machine would have shown: the mean, up to what it exceeds once in
        a thousand times.
    at_floor
        Whether `observed` is no more than that, in machines that mixed.
    kl
        :math:`D(p \| \pi)` in nats, less what noise adds to second order.
    beta
        Effective inverse temperature: of the Boltzmann law with the machine's mean
        energy, the closest in KL; its target is the workload's beta.
    energy_bias
        Mean energy a p-bit, above Boltzmann's.
    correlation_bias
        The largest error of :math:`\langle m_i m_j \rangle` among couplings, with an
        interval that allows for the choice.
    effective_samples
        Independent samples that the measurement is worth.
    machines, batches
        How many machines, batches of each.
    mixed
        Whether machines agree with each other as well as batches of one do: else they
        have not forgotten their starts, and the numbers are of the run and not of the law.
    """

    total_variation: Figure
    observed: Figure
    floor: Figure
    at_floor: bool
    kl: Figure
    beta: Figure
    energy_bias: Figure
    correlation_bias: Figure | None
    effective_samples: Figure
    machines: int
    batches: int
    mixed: bool

    def figures(self) -> dict[str, Figure]:
        """Return every figure by name."""
        named = vars(self).items()
        return {key: value for key, value in named if isinstance(value, Figure)}

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "figures": plain_table(self.figures()),
            "at_floor": self.at_floor,
            "mixed": self.mixed,
            "machines": self.machines,
            "batches": self.batches,
        }


def measure_fidelity(
    workload: Workload,
    design: Design,
    rng: RandomState = None,
    *,
    machines: int = MACHINES,
    batches: int = BATCHES,
) -> Fidelity:
    """Run a design on a small circuit and compare its law with Boltzmann's.

    Parameters
    ----------
    workload
        Of at most 12 p-bits; its `sweeps` are those of all machines together.
    design
        The machine's.
    rng
        Seed. All machines have the same body (spread, faults), drawn from it too.
    machines, batches
        How many machines with seeds of their own (at least 3), and batches of each.

    Raises
    ------
    DesignError
        If the design does not fit the circuit.

    Examples
    --------
    >>> import hardware
    >>> from hardware.evaluation import load_workload
    >>> design = hardware.load_design("ideal-sequential")
    >>> measure_fidelity(load_workload("and"), design, rng=1).at_floor
    True
    """
    found = occupy(workload, design, seeds(rng), machines=machines, batches=batches)
    return compare(workload, found)


def compare(workload: Workload, found: Occupancies) -> Fidelity:
    """Return how far measured shares of time are from the Boltzmann law."""
    model, beta = workload.circuit, workload.beta
    law = exact.probabilities(model, beta, workload.clamp or None)
    shares = found.shares
    machines, batches = shares.shape[:2]
    variance, mixed = _variance(shares, law)
    # The variance that independent samples would have, over that which there is.
    effective = float((law * (1 - law)).sum() / variance.sum())
    if found.shared_law:
        pieces, noise = [shares.mean(axis=1)], [variance]
    else:  # a law a machine: each is compared by itself
        pieces = list(shares)
        noise = [_scatter(batch.var(axis=0, ddof=1) / batches, law) for batch in shares]
    distance, observed = _distance(pieces, law)
    floor = _floor(noise, law)
    energies = exact.energies(model)
    means = shares.mean(axis=1)
    return Fidelity(
        distance,
        observed,
        floor,
        mixed and observed.value <= floor.high,
        _divergence(pieces, noise, law),
        _effective_beta(workload, energies, means @ energies),
        of_mean((means @ energies - law @ energies) / model.n, ""),
        _correlation_bias(workload, means, law),
        simulated(effective, effective, effective),
        machines,
        batches,
        mixed,
    )


def _scatter(variance: Floats, law: Floats) -> Floats:
    """Return a variance; of a machine that never moved, that of one sample."""
    return variance if variance.any() else law * (1 - law)


def _variance(shares: Floats, law: Floats) -> tuple[Floats, bool]:
    """Return the variance of every mean share, and whether machines agree.

    Batches are many but may hang together; machines are few and do not.
    """
    machines, batches, _ = shares.shape
    within = shares.var(axis=1, ddof=1).mean(axis=0) / (machines * batches)
    between = shares.mean(axis=1).var(axis=0, ddof=1) / machines
    total = float(within.sum())
    if total == 0.0:  # frozen machines are worth one sample each
        return law * (1 - law) / machines, False
    ratio = float(between.sum()) / total
    return np.asarray(within * max(1.0, ratio)), ratio < LARGEST_RATIO


def _distance(pieces: list[Floats], law: Floats) -> tuple[Figure, Figure]:
    """Return the total variation without the noise, and as observed.

    `pieces` are of one law each: independent shares, shape (pieces, states).
    """
    crossed, plain = [], []
    for piece in pieces:
        off = piece - law
        others = off.sum(axis=0) - off
        crossed.append((off * (others > 0)).sum(axis=1))
        plain.append(0.5 * float(np.abs(off.mean(axis=0)).sum()))
    if len(pieces) == 1:
        # The pieces' numbers hang together, as each has chosen states for the others:
        # for the interval a quarter chooses, and the rest is as independent as it looks.
        off = pieces[0] - law
        choosers = max(1, len(off) // 4)
        chosen = off[:choosers].mean(axis=0) > 0
        apart = of_mean(off[choosers:] @ chosen)
        middle, lowest = float(crossed[0].mean()), apart.low
        half = apart.high - apart.value
    else:
        mean = of_mean([row.mean() for row in crossed])
        middle, lowest, half = mean.value, mean.low, mean.high - mean.value
    observed = float(np.mean(plain))
    value = min(max(middle, 0.0), 1.0)
    low = min(max(lowest, 0.0), value)
    high = min(max(observed, value) + half, 1.0)
    return (
        simulated(value, low, high),
        simulated(observed, observed, observed),
    )


def _floor(noise: list[Floats], law: Floats) -> Figure:
    """Return the total variation of perfect machines: its mean and what it rarely passes."""
    mean = float(np.mean([0.5 * np.sqrt(2 * v / math.pi).sum() for v in noise]))
    total = float(np.mean([v.sum() for v in noise]))
    effective = float((law * (1 - law)).sum()) / total
    reach = math.sqrt(math.log(1 / FALSE_ALARM) / (2 * effective * len(noise)))
    return simulated(mean, mean, min(mean + reach, 1.0))


def _divergence(pieces: list[Floats], noise: list[Floats], law: Floats) -> Figure:
    """Return D(p || law) in nats, less the mean of what noise adds."""

    def corrected(shares: Floats, variance: Floats) -> float:
        seen = shares > 0
        total = float((shares[seen] * np.log(shares[seen] / law[seen])).sum())
        return total - 0.5 * float((variance / law).sum())

    if len(pieces) > 1:
        pairs = zip(pieces, noise, strict=True)
        found = of_mean([corrected(p.mean(axis=0), v) for p, v in pairs])
        value, low, high = found.value, found.low, found.high
    else:
        piece, count = pieces[0], len(pieces[0])
        value = corrected(piece.mean(axis=0), noise[0])
        rest = (piece.sum(axis=0) - piece) / (count - 1)
        scaled = noise[0] * count / (count - 1)
        each = np.array([corrected(row, scaled) for row in rest])
        error = math.sqrt(
            (count - 1) / count * float(((each - each.mean()) ** 2).sum())
        )
        half = float(stats.t.ppf((1 + LEVEL) / 2, count - 1)) * error
        low, high = value - half, value + half
    return simulated(max(value, 0.0), max(low, 0.0), max(high, 0.0), "nat")


def _effective_beta(workload: Workload, energies: Floats, means: Floats) -> Figure:
    """Return the beta at which Boltzmann's mean energy is the machine's."""
    allowed = exact.probabilities(workload.circuit, 0.0, workload.clamp or None) > 0
    levels = energies[allowed]
    spread = float(levels.max() - levels.min())
    if spread == 0.0:
        return simulated(math.nan, -math.inf, math.inf)
    largest = 200.0 / spread

    def excess(beta: float, wanted: float) -> float:
        logs = -beta * levels
        weights = np.exp(logs - logs.max())
        return float(weights @ levels / weights.sum()) - wanted

    def solve(wanted: float) -> float:
        if excess(largest, wanted) >= 0:
            return math.inf
        if excess(-largest, wanted) <= 0:
            return -math.inf
        return float(optimize.brentq(excess, -largest, largest, args=(wanted,)))

    found = of_mean(means)
    return simulated(solve(found.value), solve(found.high), solve(found.low))


def _correlation_bias(workload: Workload, means: Floats, law: Floats) -> Figure | None:
    """Return the largest error of a coupled pair's correlation; None without couplings."""
    n = workload.n
    rows, columns = workload.circuit.J.nonzero()
    upper = rows < columns
    if not upper.any():
        return None
    states = 2.0 * (np.arange(2**n)[:, None] >> np.arange(n) & 1) - 1.0
    products = states[:, rows[upper]] * states[:, columns[upper]]
    off = (means - law) @ products
    worst = int(np.abs(off.mean(axis=0)).argmax())
    count, choices = off.shape
    error = float(off[:, worst].std(ddof=1)) / math.sqrt(count)
    tail = (1 - LEVEL) / 2 / choices
    half = float(stats.t.isf(tail, count - 1)) * error
    value = float(off[:, worst].mean())
    return simulated(value, value - half, value + half)
