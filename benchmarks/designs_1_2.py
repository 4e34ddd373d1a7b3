"""Two designs of a magnetic p-bit: a transistor beside a slow magnet, and the magnet alone.

Designs 1 and 2 of Faria et al. (2021). A picture goes to ``out/designs_1_2.png``.

What each answers to a step and how long it remembers, and what that does to Bayesian
networks without a clock: a chain of 3 p-bits and a random network of 19.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

import pbit
from benchmarks.timing import print_table
from compilers import bayesian_network
from compilers.bayesian import BayesianNetwork
from hardware import Machine
from pbit.checks import Floats

TAU_N = 150e-12  # seconds; the faster of the two calibrated magnets
RATIOS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # tau_T / tau_N; 0.02 is the calibrated one
FIGURE = Path(__file__).parents[1] / "out" / "designs_1_2.png"
CHAIN_SPAN, NETWORK_SPAN = 1e6, 2e5  # in tau_N


def design(ratio: float | None) -> dict[str, Any]:
    """Return design 1 with tau_T / tau_N = `ratio`, or design 2 for None."""
    device: dict[str, Any] = {"kind": "telegraph", "tau_n": TAU_N}
    if ratio is not None:
        device = {"kind": "transistor-mtj", "tau_n": TAU_N, "tau_t": ratio * TAU_N}
    return {"name": "design", "device": device}


def chain() -> BayesianNetwork:
    """Return a chain of three p-bits, each of which tends to follow the one before."""
    graph = nx.DiGraph()
    graph.add_weighted_edges_from([("A", "B", 1.0), ("B", "C", 1.0)])
    graph.nodes["A"]["bias"] = 0.3
    return bayesian_network(graph)


def network_19(seed: int = 19) -> BayesianNetwork:
    """Return 19 p-bits of up to three parents each, with weights U(-1, 1).

    The published network has weights of that law; its wiring is not given.
    """
    rng = np.random.default_rng(seed)
    graph = nx.DiGraph()
    graph.add_node(0)
    for child in range(1, 19):
        count = min(child, int(rng.integers(1, 4)))
        for parent in rng.choice(child, count, replace=False).tolist():
            graph.add_edge(parent, child, weight=float(rng.uniform(-1, 1)))
    return bayesian_network(graph)


def distance(network: BayesianNetwork, ratio: float | None, span: float) -> float:
    """Return the total variation distance of a machine's families from the exact law.

    A family is a node and its parents; the mean over all of more than one is returned.
    """
    machine = Machine(network.circuit, design(ratio), rng=11)
    machine.run(50 * TAU_N)
    occupancy = machine.run((50 + span) * TAU_N).occupancy
    families = [
        (node, *parents)
        for node, parents in zip(network.nodes, network.parents, strict=True)
        if parents
    ]
    law, found = network.probabilities(), network.marginal_of(occupancy)
    if len(network.nodes) == 3:
        return 0.5 * float(np.abs(found - law).sum())
    errors = [
        np.abs(network.marginal_of(occupancy, family) - network.marginal(family)).sum()
        for family in families
    ]
    return 0.5 * float(np.mean(errors))


def step_response(ratio: float | None, times: Floats, n: int = 20_000) -> Floats:
    """Return the mean of n p-bits at `times` after their input has gone from -5 to 0."""
    weights = {(i, n): 2.5 for i in range(n)}
    circuit = pbit.PCircuit(weights, [-2.5] * n + [0.0], range(n + 1))
    start = 20 * TAU_N
    machine = Machine(circuit, design(ratio), rng=3, initial=[-1] * (n + 1))
    machine.clamp({n: -1})
    machine.run(start)
    machine.clamp({n: 1})
    means = []
    for time in times:
        if time > 0:
            machine.run(start + time)
        means.append(machine.state[:n].mean())
    return np.array(means)


def memory(ratio: float | None, lags: Floats, n: int = 20_000) -> Floats:
    """Return the autocorrelation of p-bits without input at `lags`, increasing from 0."""
    circuit = pbit.PCircuit({}, np.zeros(n), range(n))
    machine = Machine(circuit, design(ratio), rng=4)
    start = 20 * TAU_N
    machine.run(start)
    first, found = machine.state.astype(int), []
    for lag in lags:
        if lag > 0:
            machine.run(start + lag)
        found.append((first * machine.state).mean())
    return np.array(found)


def main() -> None:
    """Print the table and draw the figure."""
    times = TAU_N * np.array([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0])
    steps = {name: step_response(r, times) for name, r in DESIGNS.items()}
    memories = {name: memory(r, times) for name, r in DESIGNS.items()}
    small, large = chain(), network_19()
    errors = np.array(
        [
            [distance(small, r, CHAIN_SPAN), distance(large, r, NETWORK_SPAN)]
            for r in (*RATIOS, None)
        ]
    )
    print_table(
        "Bayesian networks without a clock: total variation distance from the exact law",
        ["device", "tau_T / tau_N", "chain of 3", "19 p-bits, mean of families"],
        [
            [
                "design 2" if r is None else "design 1",
                "" if r is None else f"{r:g}",
                f"{chained:.4f}",
                f"{families:.4f}",
            ]
            for r, (chained, families) in zip((*RATIOS, None), errors, strict=True)
        ],
    )
    draw(times, steps, memories, errors)
    print(f"  figure: {FIGURE.relative_to(Path(__file__).parents[1])}")


DESIGNS = {"design 1": RATIOS[0], "design 2": None}


def draw(
    times: Floats,
    steps: dict[str, Floats],
    memories: dict[str, Floats],
    errors: Floats,
) -> None:
    """Draw the step response, the memory and the errors, with their laws."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    fine, colours = np.linspace(0, 3, 400), {"design 1": "C0", "design 2": "C3"}
    rates = {"design 1": 1 / RATIOS[0], "design 2": 2.0}
    fading = {"design 1": 1.0, "design 2": 2.0}
    for name, colour in colours.items():
        axes[0].plot(times / TAU_N, steps[name], "o", color=colour, label=name)
        axes[0].plot(fine, -np.exp(-rates[name] * fine), color=colour, lw=1)
        axes[1].plot(times / TAU_N, memories[name], "o", color=colour, label=name)
        axes[1].plot(fine, np.exp(-fading[name] * fine), color=colour, lw=1)
    axes[0].set(xlabel="time after the step / τ_N", ylabel="mean state")
    axes[0].set_title("input from −5 to 0")
    axes[1].set(xlabel="lag / τ_N", ylabel="autocorrelation", title="input 0")
    for column, name in enumerate(("chain of 3", "19 p-bits, families")):
        axes[2].loglog(RATIOS, errors[:-1, column], f"C{column}o-", label=name)
        axes[2].axhline(errors[-1, column], color=f"C{column}", ls="--", lw=1)
    axes[2].set(xlabel="τ_T / τ_N", ylabel="total variation distance")
    axes[2].set_title("Bayesian networks (dashed: design 2)")
    for axis in axes:
        axis.legend(frameon=False)
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
