"""Gibbs sampling: ns per update beside dwave-samplers, on one thread.

Where the time goes, per update on a processor with AVX-512 at 4 GHz, and what bounds it:

* Any weights, 32 chains in lanes. Draws 0.2 to 0.3 ns: Philox is 10 rounds of two products
  for 4 draws, some 3 vector instructions of 8 lanes a draw, and the rough limit 19 of 16
  lanes. Decisions 0.3 to 0.5 ns, in which 8 bytes of input and 4 of limit are read; they come
  from the second-level cache up to 1000 p-bits and from the third up to 10^5. Telling a
  neighbour reads and writes 8 bytes a lane whether it flips or not: 0.05 ns a neighbour,
  what the second-level cache delivers (G1: 48 neighbours, 2.4 ns hot).
* Dense, 64 chains. A flip adds a row of 8 n bytes to the inputs. Sums may not be reordered,
  so it is one product and one sum an input, half an instruction of 8 lanes a cycle: 512
  inputs take 64 cycles, 16 ns, if half of the updates flip 8 ns. Measured 20 to 24.
* One chain. Draws 1.3 ns with a logarithm each; a misjudged branch where half flip, 4 ns;
  then some 3 cycles a neighbour.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
import scipy.sparse as sp

import pbit
from benchmarks.instances import g1, torus
from benchmarks.timing import median_seconds, print_table

UPDATES = 2e7  # in one measurement
RULES = ("Gibbs", "Metropolis")


def square_torus(size: int = 100) -> pbit.IsingModel:
    """Return a ±J glass on a periodic square lattice: degree 4."""
    graph = nx.grid_2d_graph(size, size, periodic=True)
    return signed(nx.convert_node_labels_to_integers(graph, ordering="sorted"))


def regular(n: int = 10_000) -> pbit.IsingModel:
    """Return a ±J glass on a random graph of degree 3."""
    return signed(nx.random_regular_graph(3, n, seed=1))


def signed(graph: nx.Graph) -> pbit.IsingModel:
    """Return couplings of random signs on the edges."""
    signs = np.random.default_rng(2).choice([-1.0, 1.0], graph.number_of_edges())
    pairs = (tuple(sorted(edge)) for edge in graph.edges())
    return pbit.IsingModel(dict(zip(pairs, signs.tolist(), strict=True)))


def gaussian(model: pbit.IsingModel) -> pbit.IsingModel:
    """Return a model on the same graph with normal weights."""
    upper = sp.triu(model.J, k=1).tocoo()
    weights = np.random.default_rng(3).normal(size=upper.nnz)
    half = sp.coo_array((weights, (upper.row, upper.col)), shape=(model.n, model.n))
    return pbit.IsingModel(half + half.T)


def dense(n: int = 512) -> pbit.IsingModel:
    """Return a Sherrington-Kirkpatrick glass."""
    J = np.triu(np.random.default_rng(4).normal(size=(n, n)), 1) / np.sqrt(n)
    return pbit.IsingModel(J + J.T)


# Hot: about half of the updates flip; cold: nearly frozen.
GRAPHS = (
    ("torus 12^3", torus((12, 12, 12)), (0.3, 3.0)),
    ("torus 100^2", square_torus(), (0.4, 3.0)),
    ("3-regular 10^4", regular(), (0.4, 3.0)),
    ("G1", g1(), (0.15, 3.0)),
)


def cases(
    n_chains: dict[str, int],
) -> list[tuple[str, str, pbit.IsingModel, float, int]]:
    """Return (instance, weights, model, beta, chains) of every row."""
    found = []
    for name, model, betas in GRAPHS:
        for weights, made in (("±J", model), ("normal", gaussian(model))):
            found += [(name, weights, made, b, n_chains[weights]) for b in betas]
    model = dense()
    found += [("SK 512", "normal", model, b, n_chains["normal"]) for b in (0.5, 6.0)]
    return found


def ours(model: pbit.IsingModel, beta: float, n_chains: int, n_sweeps: int) -> float:
    """Return seconds per update of `pbit.sample`, everything included."""

    def work() -> None:
        pbit.sample(
            model,
            beta,
            n_chains,
            n_sweeps,
            n_warmup=0,
            rng=1,
            keep_every=n_sweeps,
            n_threads=1,
        )

    return median_seconds(work) / (n_chains * n_sweeps * model.n)


def dwave(
    model: pbit.IsingModel, beta: float, n_chains: int, n_sweeps: int, rule: str
) -> float:
    """Return seconds per update of dwave-samplers, conversion left out."""
    import dimod
    from dwave.samplers import SimulatedAnnealingSampler

    upper = sp.triu(model.J, k=1).tocoo()
    bqm = dimod.BinaryQuadraticModel.from_ising(
        dict.fromkeys(range(model.n), 0.0),
        {
            (int(i), int(j)): -float(w)
            for i, j, w in zip(upper.row, upper.col, upper.data, strict=True)
        },
    )
    sampler = SimulatedAnnealingSampler()

    def work(sweeps: int) -> None:
        sampler.sample(
            bqm,
            num_reads=n_chains,
            num_sweeps_per_beta=sweeps,
            beta_schedule_type="custom",
            beta_schedule=[beta],
            proposal_acceptance_criteria=rule,
            seed=1,
        )

    # What does not depend on the number of sweeps is conversion, not sampling.
    long, short = (median_seconds(lambda s=s: work(s), 3) for s in (n_sweeps + 1, 1))
    return (long - short) / (n_chains * n_sweeps * model.n)


def table(title: str, n_chains: dict[str, int]) -> None:
    """Print one table."""
    rows = []
    for name, weights, model, beta, count in cases(n_chains):
        sweeps = max(20, int(UPDATES / (count * model.n)))
        mine = ours(model, beta, count, sweeps)
        # The peer takes chains one after the other: fewer of them cost the same each.
        fewer = min(count, 64)
        theirs = [
            dwave(model, beta, fewer, max(20, sweeps // 4), rule) for rule in RULES
        ]
        numbers = [f"{1e9 * value:.2f}" for value in (mine, *theirs)]
        ratio = f"{min(theirs) / mine:.2f}"
        rows.append([name, weights, f"{beta:g}", str(count), *numbers, ratio])
    header = ["instance", "weights", "beta", "chains", "pbit"]
    header += [f"dwave {rule}" for rule in RULES]
    print_table(title, [*header, "times faster"], rows)


def main() -> None:
    """Print the tables."""
    print("ns per update, one thread (median of 5, CPU time), the peer in the same run")
    table("many chains", {"±J": 512, "normal": 64})
    table("one chain", {"±J": 1, "normal": 1})
