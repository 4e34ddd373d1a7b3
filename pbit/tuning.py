"""Annealing schedules tuned by short pilot runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from pbit import schedules
from pbit.checks import Floats, check_count
from pbit.random import RandomState, streams
from pbit.samplers.clamps import Clamp
from pbit.samplers.ensemble import Ensemble, check_energetic
from pbit.samplers.ladder import pilot_streams
from pbit.samplers.starting import Model

if TYPE_CHECKING:
    from pbit.model import PCircuit

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""What the ends of the model's own schedule are multiplied by."""

SHAPES = ("geometric", "linear")
PILOT_SWEEPS = 1000  # longer anneals are tuned at this length


class Tuned(NamedTuple):
    """A tuned schedule and how it was found."""

    betas: Floats  # shape (n_sweeps,)
    shape: str
    start: float
    stop: float
    trials: tuple[tuple[str, float, float, float], ...]
    """(shape, start, stop, mean of the chains' lowest energies) of each pilot run."""


def tune_schedule(
    model: Model,
    n_sweeps: int = 1000,
    rng: RandomState = None,
    *,
    n_chains: int = 32,
    pilot_sweeps: int | None = None,
    clamp: Clamp = None,
    n_threads: int | None = None,
) -> Tuned:
    """Choose ends and shape of an annealing schedule by pilot runs.

    From :func:`pbit.schedules.from_model` the last beta is varied first, then the first
    one, then the shape, each time keeping what gave the lowest energies in the mean over
    chains. All trials use the same draws, so that they differ by the schedule alone.
    Deterministic by seed; 10 pilot runs of n_chains chains.

    Parameters
    ----------
    model
        An IsingModel or PolynomialModel.
    n_sweeps
        Length of the schedule wanted.
    rng
        Seed.
    n_chains
        Chains of a pilot run.
    pilot_sweeps
        Length of a pilot run: n_sweeps, but at most 1000, if omitted.
    clamp, n_threads
        As in :func:`pbit.sample`.

    Returns
    -------
    Tuned
        The schedule (``betas``), its ends and shape, and all trials.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.

    Notes
    -----
    What is best for short anneals is not quite best for long ones: a pilot of the length
    itself costs most and tells most.

    Examples
    --------
    >>> import pbit
    >>> ring = pbit.IsingModel({(i, (i + 1) % 16): -1.0 for i in range(16)})
    >>> tuned = tune_schedule(ring, 100, rng=0)
    >>> tuned.betas.shape, len(tuned.trials)
    ((100,), 10)
    """
    check_energetic(model)
    check_count("n_sweeps", n_sweeps)
    check_count("n_chains", n_chains)
    length = min(n_sweeps, PILOT_SWEEPS) if pilot_sweeps is None else pilot_sweeps
    check_count("pilot_sweeps", length)
    source = pilot_streams(streams(rng), 1)
    trials: dict[tuple[str, float, float], float] = {}

    def score(shape: str, start: float, stop: float) -> float:
        key = (shape, start, stop)
        if key not in trials:
            betas = _betas(shape, start, stop, length)
            with Ensemble(
                model, n_chains, source, clamp=clamp, keep_best=True, one_beta=True,
                n_threads=n_threads,
            ) as chains:  # fmt: skip
                chains.advance(betas[:, None], length)
                trials[key] = float(chains.best_energies.mean())
        return trials[key]

    # Of a polynomial it sees what a p-bit hears of each term, as of each neighbour.
    own = schedules.from_model(cast("PCircuit", model), 2)
    start, stop = float(own[0]), float(own[1])
    stop = min((f * stop for f in FACTORS), key=lambda b: score(SHAPES[0], start, b))
    start = min((f * start for f in FACTORS), key=lambda b: score(SHAPES[0], b, stop))
    shape = min(SHAPES, key=lambda name: score(name, start, stop))
    listed = tuple((*key, value) for key, value in trials.items())
    return Tuned(_betas(shape, start, stop, n_sweeps), shape, start, stop, listed)


def _betas(shape: str, start: float, stop: float, n_sweeps: int) -> Floats:
    made = schedules.geometric if shape == "geometric" else schedules.linear
    return made(start, stop, n_sweeps)
