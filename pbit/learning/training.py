"""Training: weights that climb the likelihood, one mini-batch after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pbit.checks import Floats, check_choice, check_count, check_nonnegative
from pbit.learning.chain_phases import Persistent
from pbit.learning.machine import BoltzmannMachine
from pbit.learning.phases import Exact, MeanField, Phase
from pbit.learning.training_job import (
    Callback,
    History,
    Projection,
    Score,
    Settings,
    Training,
)
from pbit.progress import Progress
from pbit.random import RandomState
from pbit.samplers.checkpoint import CheckpointLike, open_checkpoint, seeded
from pbit.samplers.stepping import drive

__all__ = ["History", "Rate", "train"]

Rate: TypeAlias = float | Callable[[int], float]

FEW_HIDDEN = 10  # hidden p-bits gone through for every row, by default
FEW = 12  # p-bits gone through for the machine left alone, by default
SCORES = ("log_likelihood", "pseudo_likelihood")


def train(
    machine: BoltzmannMachine,
    data: ArrayLike,
    *,
    positive: Phase | None = None,
    negative: Phase | None = None,
    n_epochs: int = 100,
    learning_rate: Rate = 0.05,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    batch_size: int | None = None,
    centered: bool = False,
    score: str | Score | None = None,
    score_every: int = 1,
    validation: ArrayLike | None = None,
    early_stopping: int | None = None,
    project: Projection | None = None,
    rng: RandomState = None,
    progress: Progress = False,
    time_limit: float | None = None,
    checkpoint: CheckpointLike = None,
    callback: Callback | None = None,
) -> History:
    r"""Train a machine on data; its weights and biases are changed in place.

    .. math::

        \Delta J_{ij} \leftarrow \mu \Delta J_{ij} + \eta \bigl(
        \langle m_i m_j \rangle_{data} - \langle m_i m_j \rangle_{model}
        - \lambda J_{ij} \bigr)

    and likewise the biases, without decay.

    Parameters
    ----------
    machine
        With hidden p-bits, one that was randomized: equal ones stay equal.
    data
        Rows of the visible p-bits, shape (n_samples, n_visible), 0/1 or ±1.
    positive
        Averages with the data held; by default `Exact` where at most 10 hidden p-bits are
        gone through, else `MeanField`.
    negative
        Averages of the machine alone; by default `Exact` where at most 12 p-bits are gone
        through, else `Persistent`.
    n_epochs
        Passes through the data.
    learning_rate
        η > 0, or a function of the epoch (from 0).
    momentum
        μ, 0 to below 1.
    weight_decay
        λ >= 0.
    batch_size
        Rows a step, shuffled anew in every epoch; all of them if omitted.
    centered
        Follow the gradient of a machine whose states are counted from slow averages of
        their means in the data [Melchior2016]_: often faster, the same fixed points.
    score
        What to watch: "log_likelihood" (exact, nats a row), "pseudo_likelihood", or a
        function of (machine, rows) that is higher where better.
    score_every
        Epochs between two looks.
    validation
        Rows to score on, and to stop early by; the data if omitted.
    early_stopping
        Epochs without a better score after which to stop. The best weights are kept then.
    project
        Function of (weights, biases) that returns those the machine can hold: what phases
        see and what is left at the end. Steps add up in exact ones behind them.
    rng
        Seed. The same seed gives the same weights.
    progress
        True for a bar, or a function called with (steps done, steps in all).
    time_limit
        Seconds after which to stop.
    checkpoint
        Folder, or :class:`pbit.Checkpoint`, from which the same call goes on with equal
        bits. Functions among the arguments are taken to be the same ones.
    callback
        Called with (machine, epoch) after each epoch; what is true stops the training.

    Returns
    -------
    History
        Norms, scores and rates by epoch.

    Raises
    ------
    TypeError, ValueError
        If the data or an argument break a rule above.
    OSError
        If a checkpoint cannot be written; the last one is still there.

    References
    ----------
    .. [Melchior2016] J. Melchior, A. Fischer, L. Wiskott, J. Mach. Learn. Res. 17, 1
       (2016).

    Examples
    --------
    >>> from pbit.learning import BoltzmannMachine, train
    >>> machine = BoltzmannMachine(2)
    >>> run = train(machine, [[1, 1], [1, 1], [-1, -1], [1, -1]], n_epochs=500,
    ...             learning_rate=0.2, score="log_likelihood", rng=0)
    >>> round(float(run.score[-1]), 3)  # nearly minus the entropy of the data, 1.04 nats
    -1.04
    """
    rows = machine.check(data)
    watched = rows if validation is None else machine.check(validation)
    settings = Settings(
        check_count("n_epochs", n_epochs),
        _rates(learning_rate, n_epochs),
        _fraction("momentum", momentum),
        check_nonnegative("weight_decay", weight_decay),
        len(rows) if batch_size is None else check_count("batch_size", batch_size),
        bool(centered),
        _score(score),
        check_count("score_every", score_every),
        None
        if early_stopping is None
        else check_count("early_stopping", early_stopping),
        project,
        callback,
    )
    for name, given in (("early_stopping", early_stopping), ("validation", validation)):
        if given is not None and score is None:
            msg = f"{name} needs a score to go by"
            raise ValueError(msg)
    source = seeded(checkpoint, rng)
    phases = (positive or _positive(machine), negative or _negative(machine))
    job = Training(machine, rows, watched, phases, settings, source)
    named = score if isinstance(score, str) or score is None else "function"
    with open_checkpoint(
        checkpoint, "train", machine.model, source, data=rows, validation=watched,
        visible=machine.visible, edges=machine.edges, n_epochs=n_epochs,
        learning_rate=settings.rates, momentum=settings.momentum,
        weight_decay=settings.decay, batch_size=settings.batch_size, score=named,
        centered=settings.centered, score_every=score_every,
        early_stopping=early_stopping, projected=project is not None,
        phases=[phase.identity() for phase in phases], start=job.start_digest(),
    ) as saver:  # fmt: skip
        bar, close = _bar(progress, job.total)
        try:
            stopped = drive(job, progress=bar, time_limit=time_limit, saver=saver)
        finally:
            close()
            job.finish()
    return job.history(stopped)


def _positive(machine: BoltzmannMachine) -> Phase:
    few = len(machine.enumerated.clamped[0]) <= FEW_HIDDEN
    return Exact() if few else MeanField()


def _negative(machine: BoltzmannMachine) -> Phase:
    return Exact() if len(machine.enumerated.free[0]) <= FEW else Persistent()


def _rates(rate: Rate, n_epochs: int) -> Floats:
    values = [rate(epoch) if callable(rate) else rate for epoch in range(n_epochs)]
    rates = np.array([check_nonnegative("learning_rate", value) for value in values])
    if not callable(rate) and rate == 0:
        msg = "learning_rate must be positive, not 0"
        raise ValueError(msg)
    return rates


def _fraction(name: str, value: float) -> float:
    from pbit.analysis.estimates import check_fraction

    return check_fraction(name, value, zero=True)


def _score(score: str | Score | None) -> Score | None:
    if score is None or callable(score):
        return score
    check_choice("score", score, SCORES)
    if score == "log_likelihood":
        return lambda machine, rows: machine.log_likelihood(rows)
    from pbit.learning.likelihood import pseudo_likelihood

    return pseudo_likelihood


def _bar(progress: Progress, total: int) -> tuple[Progress, Callable[[], object]]:
    """Return what reports steps, and what to call at the end."""
    if progress is not True:
        return progress, lambda: None
    from tqdm.auto import tqdm

    bar = tqdm(total=total, unit="step", leave=False)
    return (lambda done, _total: bar.update(done - bar.n)), bar.close
