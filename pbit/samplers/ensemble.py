"""Chains at temperatures of their own that keep going: what exchange methods stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import (
    Floats,
    States,
    check_choice,
    check_count,
    check_finite,
)
from pbit.model import IsingModel
from pbit.polynomial import PolynomialModel
from pbit.random import Streams, Use
from pbit.samplers.clamps import Batch, Clamp, apply_clamp
from pbit.samplers.kernel_choice import choose
from pbit.samplers.starting import (
    Model,
    refresh_period,
    split_batches,
    start_states,
    thread_count,
    update_order,
)

RULES = {
    "gibbs": Use.SWEEP,
    "metropolis": Use.METROPOLIS,
    "swendsen-wang": Use.BOND,
    "wolff": Use.WOLFF,
}
"""How a sweep moves a chain, and what its draws are for."""


class Keep(NamedTuple):
    """Where an advance writes the states it passes: after every `every`-th sweep."""

    first: int  # sweeps after which counting starts
    every: int  # 0 keeps nothing
    states: States  # shape (n_chains, n_kept, n)
    energies: Floats  # shape (n_chains, n_kept), without the model's offset


class Ensemble:
    """Chains of one model, each at its own inverse temperature, that keep going.

    Chain k's draws are addressed by k and by the number of the sweep, so they depend on
    nothing else. Cut and resumed between two calls of `advance` a run gives the same
    bits; where the calls are cut may change the last bits of cached inputs, so let that
    depend on a run's arguments alone.

    Parameters
    ----------
    model
        An IsingModel or PolynomialModel; rules other than "gibbs" take an IsingModel.
    n_chains
        Number of chains.
    source
        Streams of the seed.
    rule
        "gibbs", "metropolis", "swendsen-wang" or "wolff".
    order
        "sequential", "random" or "chromatic", for the first two rules.
    clamp, initial, n_threads
        As in :func:`pbit.sample`.
    kernel
        As in :func:`pbit.sample`, for "gibbs".
    one_beta
        Promise that all chains have one temperature at any time, which lets models of
        small whole numbers be swept by faster kernels, by a law of draws of their own.
    keep_best
        Whether to keep, of each chain, the state of lowest energy at any sweep's end.
    first_chain
        Number of the first chain, where these are some of many.

    Attributes
    ----------
    states
        Shape (n_chains, n); may be written to, together with `energies`.
    energies
        Energies without the model's offset, shape (n_chains,).
    best, best_energies
        Lowest so far, likewise; without rows if not kept.
    sweeps_done
        Number of the next sweep.
    law
        Whose draws: "real" or "planes".
    free
        Which p-bits are not clamped, shape (n_chains, n).
    n_threads
        Threads that share the work.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.

    Examples
    --------
    >>> import pbit
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> with Ensemble(pair, 2, pbit.random.streams(0), n_threads=1) as chains:
    ...     chains.advance([0.0, 50.0], 3)
    >>> chains.sweeps_done, float(chains.energies[1])
    (3, -1.0)
    """

    def __init__(
        self,
        model: Model,
        n_chains: int,
        source: Streams,
        *,
        rule: str = "gibbs",
        order: str = "sequential",
        clamp: Clamp = None,
        initial: ArrayLike | None = None,
        kernel: str = "auto",
        one_beta: bool = False,
        keep_best: bool = False,
        first_chain: int = 0,
        n_threads: int | None = None,
    ) -> None:
        check_choice("rule", rule, RULES)
        self.model = check_energetic(model, rule)
        check_count("n_chains", n_chains)
        self._first_chain = check_count("first_chain", first_chain, 0)
        self.n_threads = thread_count(n_threads, n_chains)
        if order == "chromatic" and rule in ("swendsen-wang", "wolff"):
            order = "sequential"  # clusters have no order
        updates = update_order(model, order)
        self.states = start_states(model, source, n_chains, initial, first_chain)
        batches = apply_clamp(model, clamp, self.states, updates)
        self.free = np.zeros(self.states.shape, bool)
        for batch in batches:
            self.free[batch.first : batch.stop, batch.free] = True
        self._one_beta = one_beta
        self.law = "real"
        width = 1
        if rule == "gibbs":
            law = choose(model, order, kernel, one_beta=one_beta)
            self._kernel, self.law, width = law.__call__, law.law, law.width
        else:
            check_choice("kernel", kernel, ("auto",))
            self._kernel = _rule_kernel(model, rule)
        self._batches = split_batches(batches, n_chains, self.n_threads, width)
        self._random = order == "random"
        self._source = source
        self._use = int(RULES[rule])
        self._refresh = refresh_period(model.n)
        self._pool: ThreadPoolExecutor | None = None
        self._nothing = Keep(
            0, 0, np.empty((n_chains, 0, model.n), np.int8), np.empty((n_chains, 0))
        )
        self.energies = energies_without_offset(model, self.states)
        self.best = self.states[: n_chains if keep_best else 0].copy()
        self.best_energies = np.full(len(self.best), np.inf)
        self.sweeps_done = 0

    def advance(
        self, betas: ArrayLike, n_sweeps: int = 1, keep: Keep | None = None
    ) -> None:
        """Make `n_sweeps` sweeps of every chain.

        Parameters
        ----------
        betas
            Inverse temperatures, >= 0: one for all, of shape (n_chains,), of shape
            (n_sweeps, 1) for all chains alike, or of shape (n_sweeps, n_chains).
        n_sweeps
            Number of sweeps, at least 1.
        keep
            Where to write states passed on the way.

        Raises
        ------
        TypeError, ValueError
            If `betas` has another shape, or holds a value that is not finite or negative.
        """
        table = self._table(betas, check_count("n_sweeps", n_sweeps))
        kept = self._nothing if keep is None else keep
        self.share(lambda batch: self._run(batch, table, kept), self._batches)
        self.sweeps_done += n_sweeps

    def share(self, work: Callable[[Any], object], parts: Sequence[Any]) -> None:
        """Do `work` on every part, on the ensemble's threads, and wait for the last."""
        if self.n_threads == 1 or len(parts) == 1:
            for part in parts:
                work(part)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.n_threads)
        for task in [self._pool.submit(work, part) for part in parts]:
            task.result()

    def _table(self, betas: ArrayLike, n_sweeps: int) -> Floats:
        table = np.asarray(betas, dtype=np.float64)
        n_chains = len(self.states)
        shapes = [(n_chains,), (n_sweeps, 1), (n_sweeps, n_chains)]
        if table.shape not in ((), *shapes):
            listed = " or ".join(map(str, shapes))
            msg = f"betas must be one number or of shape {listed}, not {table.shape}"
            raise ValueError(msg)
        alike = table.ndim == 0 or table.shape == (n_sweeps, 1)
        if self._one_beta and not alike:
            msg = f"betas must be one for all chains here, not of shape {table.shape}"
            raise ValueError(msg)
        check_finite("betas", table)
        if (table < 0).any():
            msg = f"betas must be >= 0, not {table.min()}"
            raise ValueError(msg)
        width = 1 if alike else n_chains
        return np.array(np.broadcast_to(table, (n_sweeps, width)), order="C")

    def _run(self, batch: Batch, table: Floats, keep: Keep) -> None:
        chains = slice(batch.first, batch.stop)
        self._kernel(
            self.states[chains],
            self.energies[chains],
            batch.free,
            self._random,
            table if table.shape[1] == 1 else np.ascontiguousarray(table[:, chains]),
            self.sweeps_done,
            self._refresh,
            self._first_chain + batch.first,
            self._source.key0,
            self._source.key1,
            self._use,
            keep.first,
            keep.every,
            keep.states[chains],
            keep.energies[chains],
            self.best[chains],
            self.best_energies[chains],
        )

    def state(self) -> dict[str, NDArray[Any]]:
        """Return all that the next sweep depends on, as copies of arrays."""
        whole = {name: array.copy() for name, array in self.arrays().items()}
        return {**whole, "sweeps_done": np.array(self.sweeps_done)}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays themselves; writing to them restores (but for `sweeps_done`)."""
        names = ("states", "energies", "best", "best_energies")
        return {name: getattr(self, name) for name in names}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take back what `state` returned.

        Raises
        ------
        ValueError
            If an array is missing or of another shape; nothing is changed then.
        """
        arrays = self.arrays()
        for name in (*arrays, "sweeps_done"):
            shape = arrays[name].shape if name in arrays else ()
            found = np.shape(state[name]) if name in state else None
            if found != shape:
                msg = (
                    f"state of an ensemble: {name} must have shape {shape}, not {found}"
                )
                raise ValueError(msg)
        for name, array in arrays.items():
            array[...] = state[name]
        self.sweeps_done = int(state["sweeps_done"])

    def __enter__(self) -> Ensemble:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the threads."""
        self.close()

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def check_energetic(model: Any, rule: str = "gibbs") -> Model:
    """Return `model` if it has an energy that `rule` can follow."""
    kinds = IsingModel if rule != "gibbs" else IsingModel | PolynomialModel
    if not isinstance(model, kinds):
        names = "an IsingModel" + (" or a PolynomialModel" if rule == "gibbs" else "")
        msg = f"model must be {names}, not {model!r}"
        raise TypeError(msg)
    return model


def energies_without_offset(model: Model, states: States) -> Floats:
    """Return energies as kernels count them, shape (n_chains,)."""
    assert isinstance(model, IsingModel | PolynomialModel)  # noqa: S101
    return np.asarray(model.energy(states) - model.offset)


def _rule_kernel(model: Model, rule: str) -> Callable[..., None]:
    assert isinstance(model, IsingModel)  # noqa: S101 - check_energetic has looked
    weights = model.weights
    triple = (weights.indptr, weights.indices, weights.data)
    if rule == "metropolis":
        from pbit.kernels import metropolis

        return partial(metropolis.run_chains, triple, triple, model.h)
    from pbit.kernels import clusters

    kernels = {"swendsen-wang": clusters.swendsen_wang, "wolff": clusters.wolff}
    return partial(kernels[rule], triple, triple, model.h)
