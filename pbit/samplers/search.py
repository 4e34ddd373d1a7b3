"""Search while sampling: every state that chains go through is tested, not only the last.

A fair share of the states that solve a problem are passed through and left again: a circuit
may have the right numbers on its buses while carries are still wrong, and then neither the
energy nor the end of an anneal shows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import Floats, States, check_count, check_nonnegative
from pbit.model import PCircuit
from pbit.progress import Progress, reporter
from pbit.random import RandomState, Streams, streams
from pbit.samplers.clamps import Clamp, apply_clamp
from pbit.samplers.kernel_choice import choose
from pbit.samplers.rowwise import fits_by_row
from pbit.samplers.starting import (
    Model,
    check_memory,
    check_model,
    refresh_period,
    start_states,
    thread_count,
    update_order,
)
from pbit.samplers.watching import (
    ROW_CHAINS,
    WORD_BITS,
    Chains,
    PackedChains,
    Place,
    PlainChains,
    chains_at_once,
    lay_out,
)
from pbit.schedules import check_schedule

Accept: TypeAlias = Callable[..., NDArray[np.bool_]]
"""Takes one uint64 array a watched number, all of one shape; returns an array of bools."""

FIRST_BLOCK = 8  # sweeps; later blocks are as long as all before, up to the full length

UPDATES_AT_ONCE = 2**13  # of a packed chain, between two looks at the clock


@dataclass(frozen=True, eq=False)
class SearchResult:
    """What a search found.

    Attributes
    ----------
    state
        The first accepted state, shape (n,); None if there was none.
    sweep, chain
        Where: after that many sweeps of that chain, the first of which is number 0;
        -1 if nothing was found.
    n_chains, sweeps_done
        Chains, and sweeps of each that were made and tested in all.
    info
        How it was made: version, seed, law of draws, seconds, and ``stopped``: None,
        "time limit" or "interrupted".
    """

    state: States | None
    sweep: int
    chain: int
    n_chains: int
    sweeps_done: int
    info: dict[str, Any] = field(repr=False)

    def __bool__(self) -> bool:
        """Say whether something was found."""
        return self.state is not None


def search(
    model: Model,
    accept: Accept,
    watch: Sequence[Sequence[Hashable]],
    beta: ArrayLike = 1.0,
    n_chains: int = 512,
    n_sweeps: int | None = 1000,
    clamp: Clamp = None,
    rng: RandomState = None,
    *,
    order: str = "sequential",
    initial: ArrayLike | None = None,
    n_threads: int | None = None,
    progress: Progress = False,
    time_limit: float | None = None,
) -> SearchResult:
    """Run Gibbs chains until one is in a state that `accept` takes.

    The states are those that :func:`pbit.sample` goes through (of a model in small whole
    numbers of one unit), and the first accepted one in the order of sweeps, then of
    chains, is returned, whatever the number of threads. Only the watched p-bits leave the
    chains after each sweep, so that testing costs a fraction of sampling.

    Parameters
    ----------
    model
        An IsingModel, a PCircuit or a PolynomialModel.
    accept
        Called as ``accept(x, y, ...)`` with a uint64 array for each watched number, of
        many chains and sweeps at once; returns a bool for each element. It must not
        remember anything: threads call it in any order.
    watch
        The numbers to look at: of each, the labels of its p-bits, lowest bit first, at
        most 64. +1 is a bit of 1.
    beta
        Inverse temperature, or one for each sweep of a cycle that is repeated.
    n_chains
        Chains; 512 of them share vectors where the weights are small whole numbers.
    n_sweeps
        At most so many sweeps; None for no end, which needs a `time_limit`.
    clamp, rng, order, initial, n_threads, progress
        As in :func:`pbit.sample`.
    time_limit
        Seconds after which to give up; looked at between blocks of sweeps.

    Returns
    -------
    SearchResult
        False as a condition if nothing was found.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.

    Notes
    -----
    Where weights are no small multiples of one unit, but those of each p-bit are multiples
    of a unit of its own, chains still go 64 to a word: the draws are those of the law
    "planes", with the chance of each p-bit rounded to 44 bits.

    Examples
    --------
    >>> import pbit
    >>> free = pbit.IsingModel({}, h=[0.0] * 8)
    >>> found = pbit.search(
    ...     free, lambda x, y: x * y == 143, ([0, 1, 2, 3], [4, 5, 6, 7]), rng=1
    ... )
    >>> x, y = ((found.state.reshape(2, 4) > 0) * [1, 2, 4, 8]).sum(axis=1)
    >>> int(x * y)
    143
    """
    check_model(model)
    places = [[(model.index(label), 1) for label in labels] for labels in watch]
    return search_places(
        model, accept, places, beta, n_chains, n_sweeps, clamp, rng, order=order,
        initial=initial, n_threads=n_threads, progress=progress, time_limit=time_limit,
    )  # fmt: skip


def search_places(
    model: Model,
    accept: Accept,
    watch: Sequence[Sequence[Place]],
    beta: ArrayLike = 1.0,
    n_chains: int = 512,
    n_sweeps: int | None = 1000,
    clamp: Clamp = None,
    rng: RandomState = None,
    *,
    order: str = "sequential",
    initial: ArrayLike | None = None,
    n_threads: int | None = None,
    progress: Progress = False,
    time_limit: float | None = None,
) -> SearchResult:
    """Do as :func:`search` does, with signs and constants among the bits to watch.

    Parameters
    ----------
    watch
        Of each bit (number of its p-bit, +1 or -1 if it is inverted), or (-1, ±1) for a
        constant.
    model, accept, beta, n_chains, n_sweeps, clamp, rng
        As in `search`.
    order, initial, n_threads, progress, time_limit
        As in `search`.
    """
    check_count("n_chains", n_chains)
    _check_ends(n_sweeps, time_limit)
    for k, number in enumerate(watch):
        if len(number) > WORD_BITS:
            msg = f"watch[{k}] must be at most {WORD_BITS} bits, not {len(number)}"
            raise ValueError(msg)
    given = np.asarray(beta)
    period = 1 if given.ndim == 0 else len(given)
    cycle = check_schedule(beta, period)
    hunt = _Hunt(
        model, accept, watch, cycle, n_sweeps, n_chains, streams(rng), order, clamp,
        initial,
    )  # fmt: skip
    threads = min(thread_count(n_threads, n_chains), len(hunt.parts))
    started = time.monotonic()
    stopped = hunt.run(threads, progress, time_limit)
    from pbit import __version__

    info = {
        "version": __version__,
        "sampler": "search",
        "rng": hunt.source.entropy,
        "n": model.n,
        "law": hunt.law,
        "beta": float(cycle[0]) if period == 1 else cycle,
        "order": order,
        "stopped": stopped,
        "seconds": time.monotonic() - started,
    }
    state, sweep, chain = hunt.found or (None, -1, -1)
    return SearchResult(state, sweep, chain, n_chains, hunt.done, info)


def _check_ends(n_sweeps: int | None, time_limit: float | None) -> None:
    if n_sweeps is not None:
        check_count("n_sweeps", n_sweeps)
    if time_limit is not None:
        check_nonnegative("time_limit", time_limit)
    elif n_sweeps is None:
        msg = "n_sweeps must be a number, not None, where there is no time_limit"
        raise ValueError(msg)


class _Hunt:
    """Chains in parts that go through blocks of sweeps together."""

    def __init__(
        self,
        model: Model,
        accept: Accept,
        watch: Sequence[Sequence[Place]],
        cycle: Floats,
        n_sweeps: int | None,
        n_chains: int,
        source: Streams,
        order: str,
        clamp: Clamp,
        initial: ArrayLike | None,
    ) -> None:
        if clamp is not None and not isinstance(clamp, Mapping):
            msg = f"clamp must be one dictionary, not {clamp!r}"
            raise TypeError(msg)
        self.accept, self.cycle, self.n_sweeps = accept, cycle, n_sweeps
        self.source = source
        updates = update_order(model, order)
        check_memory(n_chains, 1, model.n)
        states = start_states(model, source, n_chains, initial)
        (batch,) = apply_clamp(model, clamp, states, updates)
        self.done = 0
        self.found: tuple[States, int, int] | None = None
        self.parts: list[Chains] = []
        whole = None
        if order != "random" and isinstance(model, PCircuit):
            whole = fits_by_row(model)
        if whole is not None:
            self.law, self.block = "planes", _packed_block(len(batch.free))
            layout = lay_out(watch, model.n)
            for first in range(0, n_chains, ROW_CHAINS):
                rows = states[first : first + ROW_CHAINS]
                packed = PackedChains(whole, source, layout, batch.free, rows, first)
                self.parts.append(packed)
            return
        law = choose(model, order, "chain" if order == "random" else "auto")
        self.law, self.block = law.law, refresh_period(model.n)
        size, random_order = chains_at_once(model.n), order == "random"
        for first in range(0, n_chains, size):
            rows = states[first : first + size]
            self.parts.append(
                PlainChains(law, random_order, source, watch, batch.free, rows, first)
            )

    def run(
        self, threads: int, progress: Progress, time_limit: float | None
    ) -> str | None:
        """Make blocks of sweeps until something is found; return why it stopped."""
        deadline = None if time_limit is None else time.monotonic() + time_limit
        end = self.n_sweeps
        report, close = reporter(progress, 0 if end is None else end)
        try:
            with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
                while end is None or self.done < end:
                    size = self.block
                    if self.law == "planes":  # it may be cut anywhere
                        size = min(size, max(FIRST_BLOCK, self.done))
                    if end is not None:
                        size = min(size, end - self.done)
                    self._advance(pool, size)
                    report(self.done, self.done if end is None else end)
                    if self.found is not None:
                        break
                    if deadline is not None and time.monotonic() > deadline:
                        return "time limit" if self.done != end else None
        except KeyboardInterrupt:
            return "interrupted"
        finally:
            close()
        return None

    def _advance(self, pool: ThreadPoolExecutor | None, size: int) -> None:
        """Make some sweeps of all chains and note the first state that is accepted."""
        betas = self.cycle[np.arange(self.done, self.done + size) % len(self.cycle)]
        looks = [partial(self._look, part, betas, self.done) for part in self.parts]
        if pool is None:
            firsts = [look() for look in looks]
        else:
            tasks = [pool.submit(look) for look in looks]
            try:
                wait(tasks)
            except KeyboardInterrupt:
                wait(tasks)  # they are short, and must not run on into what comes next
                raise
            firsts = [task.result() for task in tasks]
        hits = [
            (*first, part)
            for first, part in zip(firsts, self.parts, strict=True)
            if first is not None
        ]
        if hits:
            sweep, chain, part = min(hits, key=lambda hit: (hit[0], hit[2].first))
            state = part.state(sweep, chain)
            self.found = state, self.done + sweep, part.first + chain
        self.done += size

    def _look(
        self, part: Chains, betas: Floats, first_sweep: int
    ) -> tuple[int, int] | None:
        """Return the first sweep of a block, and chain, whose state is accepted."""
        numbers = part.block(betas, first_sweep)
        accepted = np.asarray(self.accept(*numbers))
        if accepted.dtype != np.bool_ or accepted.shape != numbers.shape[1:]:
            msg = (
                f"accept must return bools of shape {numbers.shape[1:]}, "
                f"not {accepted.dtype} of shape {accepted.shape}"
            )
            raise TypeError(msg)
        if not accepted.any():
            return None
        sweep, chain = divmod(int(accepted.argmax()), accepted.shape[1])
        return sweep, chain


def _packed_block(n_free: int) -> int:
    return max(16, min(256, UPDATES_AT_ONCE // max(1, n_free)))
