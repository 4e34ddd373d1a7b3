r"""Learning in the machine: a Boltzmann machine trained by the samples of the design itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hardware.costs import Figure
from hardware.design import Design
from hardware.evaluation.figures import child, of_mean, plain_table
from hardware.evaluation.runs import effort, sweep_time
from hardware.evaluation.speed import Counts
from hardware.evaluation.workload import Workload
from hardware.machine import Machine
from pbit.checks import Floats
from pbit.model import IsingModel

STEPS = 60  # updates of the weights
RATE = 0.15
SWEEPS = 400  # of a step, at full effort
MACHINES = 4  # trained independently
MARKS = 12  # points of the curve


@dataclass(frozen=True)
class Learning:
    """What a machine makes of training by its own samples.

    Attributes
    ----------
    kl
        Of the law to learn against the machine's own law after training, in nats.
    kl_elsewhere
        Against the Boltzmann law of the weights that it learned: what another, ideal
        machine would make of them. Larger where learning made up for faults.
    best
        The smallest that any Boltzmann machine of these p-bits was trained to, exactly.
    curve
        The mean divergence of the machine's own law during training.
    """

    kl: Figure
    kl_elsewhere: Figure
    best: Figure
    curve: tuple[dict[str, float], ...] = ()

    def figures(self) -> dict[str, Figure]:
        """Return every figure by name."""
        named = vars(self).items()
        return {f"learned_{k}": v for k, v in named if isinstance(v, Figure)}

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "figures": plain_table(self.figures()),
            "curve": [dict(row) for row in self.curve],
        }


def measure_learning(
    workload: Workload, design: Design, seed: np.random.SeedSequence
) -> tuple[Learning, Counts]:
    r"""Train fully visible Boltzmann machines in a design, by its own correlations.

    .. math:: \Delta J_{ij} = \eta\,(\langle m_i m_j \rangle_{target}
              - \langle m_i m_j \rangle_{machine}), \quad
              \Delta h_i = \eta\,(\langle m_i \rangle_{target} - \langle m_i \rangle_{machine})

    The machine is loaded anew at every step, as hardware is, and goes on from the state
    that it was in.
    """
    target = np.asarray(workload.target, np.float64)
    statistics = _statistics(workload.n)
    wanted = target @ statistics
    curves = np.empty((MACHINES, STEPS))
    own, elsewhere = [], []
    updates = flips = 0
    elapsed = 0.0
    for k in range(MACHINES):
        weights = np.zeros(statistics.shape[1])
        state = None
        for step in range(STEPS + 1):
            machine = _machine(workload, design, seed, (k, step), weights, state)
            last = step == STEPS
            sweeps = max(int(SWEEPS * effort(design)), 20) * (10 if last else 1)
            made = Workload(workload.name, "exact", machine.circuit)  # type: ignore[arg-type]
            run = machine.run(until=sweeps * sweep_time(made, design))
            updates, flips = updates + run.updates, flips + run.flips
            elapsed, state = elapsed + run.elapsed, run.state.copy()
            if last:
                own.append(_divergence(target, run.occupancy))
                law = _law(statistics @ weights)
                elsewhere.append(_divergence(target, law))
            else:
                curves[k, step] = _divergence(target, run.occupancy)
                weights = weights + RATE * (wanted - run.occupancy @ statistics)
    marks = np.unique(np.linspace(0, STEPS - 1, MARKS).astype(int)).tolist()
    means = curves.mean(axis=0)
    curve = tuple({"step": step, "kl": float(means[step])} for step in marks)
    best = _divergence(target, _law(statistics @ _trained(wanted, statistics)))
    ideal = Figure(best, best, best, "nat", "simulated", "exact gradients")
    learned = Learning(of_mean(own, "nat"), of_mean(elsewhere, "nat"), ideal, curve)
    return learned, Counts(updates, flips, elapsed)


def _machine(
    workload: Workload,
    design: Design,
    seed: np.random.SeedSequence,
    place: tuple[int, int],
    weights: Floats,
    state: Any,
) -> Machine:
    n = workload.n
    pairs = [(i, j) for i in range(n) for j in range(i)]
    # A coupling of 0 would not be a synapse: this one is as good as none.
    couplings = {
        pair: float(w) or 1e-12 for pair, w in zip(pairs, weights[n:], strict=True)
    }
    circuit = IsingModel(couplings, weights[:n])
    random = child(seed, workload.name, "learn", *place)
    return Machine(
        circuit, design, random, beta=1.0, body=child(seed, "body"), initial=state
    )


def _statistics(n: int) -> Floats:
    """Return m_i and m_i m_j of all states, shape (2**n, n + n (n - 1) / 2)."""
    states = 2.0 * (np.arange(2**n)[:, None] >> np.arange(n) & 1) - 1.0
    pairs = [states[:, i] * states[:, j] for i in range(n) for j in range(i)]
    return np.column_stack([states, *pairs])


def _law(logs: Floats) -> Floats:
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def _trained(wanted: Floats, statistics: Floats) -> Floats:
    weights = np.zeros(statistics.shape[1])
    for _ in range(STEPS):
        weights = weights + RATE * (wanted - _law(statistics @ weights) @ statistics)
    return weights


def _divergence(target: Floats, law: Floats) -> float:
    """Return D(target || law), states never seen counted as seen for a thousandth part."""
    seen = target > 0
    floor = np.maximum(law[seen], 1e-3 / law.size)
    return float((target[seen] * np.log(target[seen] / floor)).sum())
