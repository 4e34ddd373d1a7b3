"""Other people's samplers behind one face, told models in their own terms beforehand.

Of each, what is fastest from Python: compiled parts are called without the layers that turn
dictionaries into arrays, so that no conversion is in the times. Betas count the energies of
this project's model: dimod's couplings are -J.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

import pbit

States = NDArray[np.int8]
Betas = NDArray[np.float64]


class Dwave:
    """dwave-samplers' simulated annealing, one read after the other."""

    rules = ("Metropolis", "Gibbs")
    side_by_side = False

    def __init__(self, model: pbit.IsingModel) -> None:
        from dwave.samplers.sa.simulated_annealing import simulated_annealing

        upper = sp.triu(model.J, k=1).tocoo()
        self.n = model.n
        self.run = simulated_annealing
        self.problem = (
            -model.h,
            upper.row.astype(np.int32),
            upper.col.astype(np.int32),
            -upper.data,
        )

    def anneal(
        self, betas: Betas, reads: int, seed: int, per_beta: int = 1, rule: int = 0
    ) -> States:
        """Return the last states of `reads` annealing runs."""
        rng = np.random.default_rng(seed)
        states = 2 * rng.integers(0, 2, (reads, self.n), np.int8) - np.int8(1)
        found, _ = self.run(
            reads, *self.problem, per_beta, betas, seed, states, False, self.rules[rule]
        )
        return np.asarray(found, np.int8)

    def hold(self, beta: float, reads: int, sweeps: int, rule: int) -> None:
        """Make sweeps at one temperature."""
        self.anneal(np.array([beta]), reads, 1, sweeps, rule)


class Openjij:
    """openjij's simulated annealing, one read after the other, each with its own seed."""

    rules = ("Metropolis",)
    side_by_side = False

    def __init__(self, model: pbit.IsingModel) -> None:
        from openjij import cxxjij

        graph = cxxjij.graph.Sparse(model.n)
        upper = sp.triu(model.J, k=1).tocoo()
        for i, j, w in zip(
            upper.row.tolist(), upper.col.tolist(), upper.data.tolist(), strict=True
        ):
            graph[i, j] = -w
        for i, h in enumerate(model.h.tolist()):
            if h:
                graph[i, i] = -h
        self.graph, self.n = graph, model.n
        self.system = cxxjij.system.make_classical_ising(graph.gen_spin(1), graph)
        self.run = cxxjij.algorithm.Algorithm_SingleSpinFlip_run

    def anneal(
        self, betas: Betas, reads: int, seed: int, per_beta: int = 1, rule: int = 0
    ) -> States:
        """Return the last states of `reads` annealing runs."""
        del rule
        schedule = [(beta, per_beta) for beta in betas.tolist()]
        states = np.empty((reads, self.n), np.int8)
        seeds = np.random.default_rng(seed).integers(1, 2**31, (reads, 2)).tolist()
        for read, (first, second) in enumerate(seeds):
            self.system.reset_spins(self.graph.gen_spin(first))
            self.run(self.system, second, schedule)
            states[read] = np.asarray(self.system.spin)[: self.n]  # and a ghost
        return states

    def hold(self, beta: float, reads: int, sweeps: int, rule: int) -> None:
        """Make sweeps at one temperature."""
        self.anneal(np.array([beta]), reads, 1, sweeps, rule)


class Ferrotherm:
    """ferrotherm's chromatic Gibbs sweeps of one chain."""

    rules = ("Gibbs",)
    side_by_side = False

    def __init__(self, model: pbit.IsingModel) -> None:
        upper = sp.triu(model.J, k=1).tocoo()
        self.edges = list(
            zip(
                upper.row.tolist(), upper.col.tolist(), upper.data.tolist(), strict=True
            )
        )
        self.n = model.n
        self.made: dict[float, Any] = {}

    def hold(self, beta: float, reads: int, sweeps: int, rule: int) -> None:
        """Make sweeps at one temperature."""
        import ferrotherm

        del rule
        if beta not in self.made:
            made = ferrotherm.Model(self.n).couple_many(self.edges)
            self.made[beta] = made.build(beta=beta, seed=1)
        self.made[beta].sweep(reads * sweeps, threads=1)


class Thrml:
    """thrml's block Gibbs sampling, a block a colour, compiled by JAX beforehand.

    JAX spreads over cores whatever it is told: CPU time counts them all.
    """

    rules = ("Gibbs",)
    side_by_side = True  # chains in vectors: a few are slower each than many

    def __init__(self, model: pbit.IsingModel) -> None:
        from thrml import Block, SpinNode

        colors = pbit.coloring.color(model).colors
        self.model = model
        self.nodes = [SpinNode() for _ in range(model.n)]
        self.blocks = [
            Block([self.nodes[i] for i in np.flatnonzero(colors == k)])
            for k in range(colors.max() + 1)
        ]
        self.made: dict[tuple[float, int, int], Any] = {}

    def _compile(self, beta: float, reads: int, sweeps: int) -> Any:
        import jax
        import jax.numpy as jnp
        from thrml import SamplingSchedule, sample_states
        from thrml.models.ising import IsingEBM, IsingSamplingProgram, hinton_init

        upper = sp.triu(self.model.J, k=1).tocoo()
        edges = [
            (self.nodes[i], self.nodes[j])
            for i, j in zip(upper.row, upper.col, strict=True)
        ]
        weights, biases = jnp.array(upper.data), jnp.array(self.model.h)
        energy = IsingEBM(self.nodes, edges, biases, weights, jnp.array(beta))
        program = IsingSamplingProgram(energy, self.blocks, [])
        schedule = SamplingSchedule(n_warmup=sweeps, n_samples=1, steps_per_sample=1)

        def chain(key: Any, start: Any) -> Any:
            return sample_states(key, program, schedule, start, [], self.blocks)

        def chains(key: Any) -> Any:
            start = hinton_init(key, energy, self.blocks, (reads,))
            return jax.vmap(chain)(jax.random.split(key, reads), start)

        return jax.jit(chains).lower(jax.random.key(0)).compile()

    def hold(self, beta: float, reads: int, sweeps: int, rule: int) -> None:
        """Make sweeps at one temperature."""
        import jax

        del rule
        key = (beta, reads, sweeps)
        if key not in self.made:
            self.made[key] = self._compile(*key)
        jax.block_until_ready(self.made[key](jax.random.key(1)))
