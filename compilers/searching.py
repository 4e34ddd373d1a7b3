"""Search of a program's answers while its p-bits are sampled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compilers.program import Program
from pbit.progress import Progress
from pbit.random import RandomState
from pbit.samplers.clamps import Clamp
from pbit.samplers.search import SearchResult, search_places
from pbit.samplers.watching import Place

BETA = 0.6
"""Inverse temperature for circuits of gates with couplings of 1 and up, where multipliers
held at their products passed through most true answers."""


@runtime_checkable
class Searchable(Protocol):
    """A problem that can judge many answers at a time, from some of the p-bits."""

    def watch(self) -> Sequence[Sequence[Place]] | None:
        """Return the places of the bits to look at, by number; None if there are none."""

    def accepts(self, *numbers: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Say which answers are true."""


def is_searchable(program: Program) -> bool:
    """Say whether :func:`search` takes a program."""
    problem: Any = program.problem
    return isinstance(problem, Searchable) and problem.watch() is not None


def search(
    program: Program,
    clamp: Clamp = None,
    beta: ArrayLike | None = None,
    n_chains: int = 512,
    n_sweeps: int | None = None,
    rng: RandomState = None,
    *,
    n_threads: int | None = None,
    progress: Progress = False,
    time_limit: float | None = 60.0,
) -> SearchResult:
    """Sample a program's p-bits until the answer that they spell is true.

    Every chain is judged after every sweep, by the problem (a product by arithmetic), not
    by energy: chains at a temperature pass through true answers many times more often
    than they come to rest in one, most of the time with wrong carries.

    Parameters
    ----------
    program
        A factorization, a multiplier or an adder; of a circuit with its outputs held.
    clamp
        P-bits held, as ``program.clamp`` returns them.
    beta
        Inverse temperature, or a cycle of them; None for the problem's own.
    n_chains, n_sweeps, rng, n_threads, progress, time_limit
        As in :func:`pbit.search`; without `n_sweeps` it is the time (seconds) that ends a
        search that finds nothing.

    Returns
    -------
    pbit.samplers.search.SearchResult
        False if nothing was found; else ``program.decode(found.state)`` is true.

    Raises
    ------
    TypeError
        If the program's problem does not judge many answers at a time.
    ValueError, KeyError
        If an argument breaks a rule above.

    Examples
    --------
    >>> import compilers
    >>> program = compilers.factorization(45901, (8, 8), ends="auto")
    >>> found = compilers.search(program, rng=1)
    >>> sorted(program.decode(found.state).values())
    [197, 233]
    """
    problem: Any = program.problem
    places = problem.watch() if isinstance(problem, Searchable) else None
    if places is None:
        msg = f"{program.provenance['what']} cannot be judged many answers at a time"
        raise TypeError(msg)
    if beta is None:
        beta = getattr(problem, "beta", BETA)
    return search_places(
        program.model, problem.accepts, places, beta, n_chains, n_sweeps, clamp, rng,
        n_threads=n_threads, progress=progress, time_limit=time_limit,
    )  # fmt: skip
