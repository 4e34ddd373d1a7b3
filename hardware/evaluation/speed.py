"""Speed: updates, flips and independent samples a second, and time to solution."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hardware.controllers import anneal
from hardware.costs import SIGMAS, Figure
from hardware.design import Design
from hardware.engines.links import make_links
from hardware.evaluation.figures import child, of_estimate, plain_table, simulated
from hardware.evaluation.runs import effort, machine_for, sweep_time
from hardware.evaluation.workload import Workload
from hardware.fabrics import Clocked
from pbit.analysis.convergence import autocorrelation
from pbit.analysis.residual import residual_exponent
from pbit.analysis.tts import optimal_time
from pbit.checks import Floats

SAMPLES = 8_000  # of a trace
COARSE, FINE = 2.5, 4.0  # samples an autocorrelation time: at least, and aimed at
TRACES = 5  # of ever finer or coarser steps, at most
RUNS = 24  # of every length
SWEEPS = 200  # of the longest run, if the workload does not say
LENGTHS = (0.1, 0.3, 1.0)  # of the longest run
STEPS = 20  # of a ramp of beta
HOT = 0.1  # its start, of its end
EXACT = 1e-9  # by which an energy may miss the optimum, relatively


@dataclass(frozen=True)
class Speed:
    """How fast a machine is on one circuit, in simulated seconds.

    Attributes
    ----------
    updates_per_second, flips_per_second, sweeps_per_second
        Of the whole machine; a sweep is n updates.
    autocorrelation_time
        Integrated, in seconds: a run of length T is worth T over this in independent
        samples of the energy or of the magnetization, whichever is slower. None where
        no law is sampled.
    samples_per_second
        Its inverse.
    time_to_solution
        Until a run has succeeded with a chance of 99 %, at the best of the run lengths
        tried; infinite where none succeeded. None where no optimum is sought.
    run_time
        That length; None where no run succeeded.
    success_probability
        Of a run of that length, or of the longest where none succeeded.
    best_energy
        The lowest of all runs; it may be below an optimum that is not proven.
    residual_energy
        Energy a p-bit above the optimum after the longest runs, on average.
    residual_exponent
        kappa of residual energy ~ t^-kappa over the lengths; None where too many runs
        succeed or fail to tell.
    link_rounds_per_sweep
        Of machines on several chips: rounds of the slowest link in the time of a sweep,
        the eta of partitioned machines; see `hardware.evaluation.link`.
    curve
        Of every length: seconds, runs, successes and residual energy.
    at_end
        Whether the best length is the shortest or the longest tried, so that the time to
        solution may be shorter at another.
    reliable
        Whether the trace was long enough for its autocorrelation time.
    """

    updates_per_second: Figure
    flips_per_second: Figure
    sweeps_per_second: Figure
    autocorrelation_time: Figure | None = None
    samples_per_second: Figure | None = None
    time_to_solution: Figure | None = None
    run_time: Figure | None = None
    success_probability: Figure | None = None
    best_energy: Figure | None = None
    residual_energy: Figure | None = None
    residual_exponent: Figure | None = None
    link_rounds_per_sweep: Figure | None = None
    curve: tuple[dict[str, float], ...] = ()
    at_end: bool = False
    reliable: bool = True

    def figures(self) -> dict[str, Figure]:
        """Return every figure by name."""
        named = vars(self).items()
        return {key: value for key, value in named if isinstance(value, Figure)}

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "figures": plain_table(self.figures()),
            "curve": [dict(row) for row in self.curve],
            "at_end": self.at_end,
            "reliable": self.reliable,
        }


@dataclass(frozen=True)
class Counts:
    """Updates, flips and simulated seconds of what was run."""

    updates: int
    flips: int
    elapsed: float


def rates(workload: Workload, design: Design, counts: Counts) -> Speed:
    """Return rates alone; intervals are of Poisson counts, clocks do not scatter."""
    clocked = (
        isinstance(design.fabric, Clocked) and design.fabric.kind_name() != "masked"
    )

    def rate(count: int, exact: bool) -> Figure:
        half = 0.0 if exact else SIGMAS * math.sqrt(count)
        low, high = max(count - half, 0.0), count + half
        span = counts.elapsed
        return simulated(count / span, low / span, high / span, "Hz")

    updates = rate(counts.updates, clocked)
    free = workload.n - len(workload.clamp)
    ends = (updates.value / free, updates.low / free, updates.high / free)
    return Speed(
        updates,
        rate(counts.flips, False),
        simulated(*ends, "Hz"),
        link_rounds_per_sweep=_link_rounds(workload, design),
    )


def _link_rounds(workload: Workload, design: Design) -> Figure | None:
    """Return eta of the slowest link; None where there is none."""
    if design.chips is None:
        return None
    periods = make_links(workload.circuit, design.chips).period
    if not periods.size:
        return None
    eta = sweep_time(workload, design) / float(periods.max())
    known, source = design.chips.status or "unknown", design.chips.source
    return Figure(eta, eta, eta, "", known, source)


def measure_mixing(
    workload: Workload, design: Design, seed: np.random.SeedSequence, speed: Speed
) -> Speed:
    """Return a speed with the autocorrelation time of the stationary machine.

    A trace whose steps are too coarse to see it, or too fine to be long enough, is made
    anew.
    """
    step = sweep_time(workload, design) / 2
    least = step / (16 * workload.n)
    samples = max(int(SAMPLES * min(1.0, 4 * effort(design))), 500)
    machine = machine_for(workload, design, seed, workload.name, "trace")
    machine.run(until=100 * step)
    found, used = None, step
    for _ in range(TRACES):
        start = float(machine.env.now)
        run = machine.run(until=start + samples * step, trace_every=step)
        assert run.trace is not None  # noqa: S101 - it was asked for
        pair = [
            autocorrelation(values[None])
            for values in (run.trace.energies, run.trace.magnetization)
        ]
        moving = [entry for entry in pair if not entry.frozen]
        if not moving:
            break
        found, used = max(moving, key=lambda entry: entry.time), step
        if found.time < COARSE and step > least:
            step = max(step * max(found.time / FINE, 1 / 16), least)
        elif not found.reliable:
            step *= 8
        else:
            break
    if found is None:
        return replace(speed, reliable=False)
    time = found.time * used
    half = SIGMAS * found.error * used
    low, high = max(time - half, 0.0), time + half
    rate = simulated(1 / time, 1 / high, 1 / low if low > 0 else math.inf, "Hz")
    return replace(
        speed,
        autocorrelation_time=simulated(time, low, high, "s"),
        samples_per_second=rate,
        reliable=found.reliable,
    )


def measure_solving(
    workload: Workload, design: Design, seed: np.random.SeedSequence
) -> tuple[Speed, Counts]:
    """Anneal machines in runs of several lengths and return how long solving takes.

    Beta rises in equal steps from a tenth of the workload's beta to it. Every run is of
    a new machine of the same body from a random start; its answer is the lowest energy
    that it went through.
    """
    if workload.optimum is None:
        msg = f"workload {workload.name!r} must have an optimum"
        raise ValueError(msg)
    seconds = _lengths(workload, design)
    runs = max(int(RUNS * min(1.0, 8 * effort(design))), 8)
    betas = np.linspace(HOT, 1.0, STEPS) * workload.beta
    energies = np.empty((len(seconds), runs))
    updates = flips = 0
    elapsed = 0.0
    for k, duration in enumerate(seconds.tolist()):
        for r in range(runs):
            machine = machine_for(workload, design, seed, workload.name, "solve", k, r)
            anneal(machine, betas, duration)
            run = machine.run(until=duration)
            assert run.best is not None  # noqa: S101 - an IsingModel has energies
            energies[k, r] = run.best[1]
            updates, flips = updates + run.updates, flips + run.flips
            elapsed += run.elapsed
    counts = Counts(updates, flips, elapsed)
    speed = rates(workload, design, counts)
    return _solved(workload, speed, seconds, energies, seed), counts


def _lengths(workload: Workload, design: Design) -> Floats:
    """Return the simulated seconds of runs, rising."""
    if workload.seconds is not None:
        return workload.seconds * np.array(LENGTHS)
    longest = workload.sweeps or SWEEPS
    lengths = sorted({max(int(longest * part), STEPS) for part in LENGTHS})
    return np.array(lengths) * sweep_time(workload, design)


def _solved(
    workload: Workload,
    speed: Speed,
    seconds: Floats,
    energies: Floats,
    seed: np.random.SeedSequence,
) -> Speed:
    """Return a speed with the times to solution that these final energies make."""
    assert workload.optimum is not None  # noqa: S101 - measure_solving saw to it
    runs = energies.shape[1]
    slack = EXACT * max(1.0, abs(workload.optimum))
    won = (energies <= workload.optimum + slack).sum(axis=1)
    above = np.maximum(energies - workload.optimum, 0.0) / workload.n
    random = child(seed, workload.name, "bootstrap")
    if won.any():
        best = optimal_time(seconds, won, runs, rng=random)
        at = int(np.argmin(np.abs(seconds - best.run_time.value)))
        tts, length = of_estimate(best.tts, "s"), of_estimate(best.run_time, "s")
        at_end = best.at_end
    else:
        at_end = True
        at, length = len(seconds) - 1, None
        tts = simulated(math.inf, _shortest_time(runs, seconds[at]), math.inf, "s")
    chance = _chance(int(won[at]), runs)
    rows = zip(seconds.tolist(), won.tolist(), above.mean(axis=1).tolist(), strict=True)
    curve = tuple(
        {"seconds": t, "runs": runs, "successes": w, "residual_energy": e}
        for t, w, e in rows
    )
    last = above[-1]
    half = SIGMAS * float(last.std(ddof=1)) / math.sqrt(runs)
    mean = float(last.mean())
    return replace(
        speed,
        time_to_solution=tts,
        run_time=length,
        success_probability=chance,
        best_energy=simulated(*(float(energies.min()),) * 3),
        residual_energy=simulated(mean, max(mean - half, 0.0), mean + half),
        residual_exponent=_exponent(seconds, above, random),
        curve=curve,
        at_end=at_end,
    )


def _chance(won: int, runs: int) -> Figure:
    """Return a chance of success with the interval of Jeffreys."""
    from scipy import stats

    law = stats.beta(won + 0.5, runs - won + 0.5)
    low = 0.0 if won == 0 else float(law.ppf(0.025))
    high = 1.0 if won == runs else float(law.ppf(0.975))
    return simulated(won / runs, low, high)


def _shortest_time(runs: int, seconds: float) -> float:
    """Return the time to solution of the largest chance that runs without success allow."""
    largest = _chance(0, runs).high
    return float(seconds * max(1.0, math.log(0.01) / math.log1p(-largest)))


def _exponent(
    seconds: Floats, above: Floats, random: np.random.SeedSequence
) -> Figure | None:
    """Return kappa; None where energies are 0 too often for a logarithm."""
    kept = (above > 0).sum(axis=1) >= 8
    if kept.sum() < 2:
        return None
    try:
        found = residual_exponent(seconds[kept], above[kept], rng=random)
    except ValueError:  # some resample has nothing left: too few runs above the optimum
        return None
    return of_estimate(found)
