"""Training: weights that climb the likelihood, one mini-batch after the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import (
    Floats,
    States,
    check_choice,
    check_count,
    check_finite,
    check_nonnegative,
)
from pbit.kernels.boltzmann import fill_uniforms
from pbit.learning.chain_phases import Persistent
from pbit.learning.machine import BoltzmannMachine
from pbit.learning.phases import Exact, MeanField, Moments, Phase
from pbit.random import RandomState, Streams, Use
from pbit.samplers.chains import Progress
from pbit.samplers.checkpoint import CheckpointLike, digest, open_checkpoint, seeded
from pbit.samplers.stepping import Job, drive

Rate: TypeAlias = float | Callable[[int], float]
Projection: TypeAlias = Callable[[Floats, Floats], tuple[ArrayLike, ArrayLike]]
Score: TypeAlias = Callable[[BoltzmannMachine, States], float]
Callback: TypeAlias = Callable[[BoltzmannMachine, int], object]

FEW_HIDDEN = 10  # hidden p-bits gone through for every row, by default
FEW = 12  # p-bits gone through for the machine left alone, by default
SCORES = ("log_likelihood", "pseudo_likelihood")


@dataclass(frozen=True, eq=False)
class History:
    """What training did, epoch by epoch; arrays are read-only.

    Attributes
    ----------
    gradient
        Euclidean norm of the mean gradient of each epoch, shape (n_epochs,).
    score
        What was watched, shape (n_epochs,); nan for epochs when it was not.
    learning_rate
        Of each epoch.
    best_epoch
        Epoch of the highest score, from 0; -1 where nothing was watched.
    info
        How it was made: version, seed, phases, settings, and under "stopped" why it ended
        early ("early stopping", "callback", "interrupted", "time limit"), or None.
    """

    gradient: Floats
    score: Floats
    learning_rate: Floats
    best_epoch: int
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def n_epochs(self) -> int:
        """Epochs that were made."""
        return len(self.gradient)

    def __repr__(self) -> str:
        """Say how many epochs there were, and the best score."""
        best = ""
        if self.best_epoch >= 0:
            best = (
                f", best score {self.score[self.best_epoch]:.6g} in {self.best_epoch}"
            )
        return f"History(n_epochs={self.n_epochs}{best})"


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
        Follow the gradient of a machine whose states are counted from their means, halfway
        between data and model [Melchior2016]_: often faster, the same fixed points.
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
    settings = _Settings(
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
    if settings.patience is not None and settings.score is None:
        msg = "early_stopping needs a score to go by"
        raise ValueError(msg)
    source = seeded(checkpoint, rng)
    phases = (positive or _positive(machine), negative or _negative(machine))
    job = _Training(machine, rows, watched, phases, settings, source)
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


@dataclass(frozen=True)
class _Settings:
    """The plain arguments of `train`, checked."""

    n_epochs: int
    rates: Floats
    momentum: float
    decay: float
    batch_size: int
    centered: bool
    score: Score | None
    score_every: int
    patience: int | None
    project: Projection | None
    callback: Callback | None


class _Training(Job):
    """Weights, momenta and records of a training; a step is one mini-batch."""

    def __init__(
        self,
        machine: BoltzmannMachine,
        rows: States,
        watched: States,
        phases: tuple[Phase, Phase],
        settings: _Settings,
        source: Streams,
    ) -> None:
        self.machine, self.rows, self.watched = machine, rows, watched
        self.positive, self.negative = phases
        self.settings, self.source = settings, source
        self.batches = -(-len(rows) // settings.batch_size)
        self.total = settings.n_epochs * self.batches
        self.weights, self.biases = machine.weights.copy(), machine.biases.copy()
        self.moving_weights = np.zeros_like(self.weights)
        self.moving_biases = np.zeros_like(self.biases)
        self.best_weights, self.best_biases = self.weights.copy(), self.biases.copy()
        self.gradient = np.zeros(settings.n_epochs)
        self.scores = np.full(settings.n_epochs, np.nan)
        self.best = np.array([-1, -1], np.int64)  # epoch of the best score; of the last
        self.reason: str | None = None
        for part, phase in enumerate(phases):
            phase.start(machine, self._seed(part, 2**32 - 1))
        self._show()

    def step(self) -> None:
        """Take one mini-batch; at the end of an epoch look at the score."""
        epoch, number = divmod(self.done, self.batches)
        batch = self.rows
        if self.batches > 1:
            size = self.settings.batch_size
            chosen = self._order(epoch)[number * size : (number + 1) * size]
            batch = self.rows[chosen]
        held = self.positive.moments(self.machine, batch, self._seed(0, self.done))
        free = self.negative.moments(
            self.machine, None, self._seed(1, self.done), batch=batch
        )
        self._climb(held, free, epoch)
        self._show()
        self.done += 1
        if number == self.batches - 1:
            self._look(epoch)

    def _climb(self, held: Moments, free: Moments, epoch: int) -> None:
        settings, edges = self.settings, self.machine.edges
        pairs = held.correlations - free.correlations
        means = held.means - free.means
        if settings.centered:
            pairs, means = center(edges, pairs, means, (held.means + free.means) / 2)
        norm = math.sqrt(float(pairs @ pairs) + float(means @ means))
        self.gradient[epoch] += norm / self.batches
        rate = settings.rates[epoch]
        self.moving_weights *= settings.momentum
        self.moving_weights += rate * (pairs - settings.decay * self.weights)
        self.moving_biases *= settings.momentum
        self.moving_biases += rate * means
        self.weights += self.moving_weights
        self.biases += self.moving_biases

    def _look(self, epoch: int) -> None:
        """Score the epoch, remember the best weights, see whether it is time to stop."""
        settings = self.settings
        last = epoch == settings.n_epochs - 1
        if settings.score is not None and (
            last or epoch % settings.score_every == settings.score_every - 1
        ):
            value = float(settings.score(self.machine, self.watched))
            self.scores[epoch] = value
            before = self.scores[self.best[0]] if self.best[0] >= 0 else -np.inf
            if value > before:
                self.best[0] = epoch
                self.best_weights[:] = self.weights
                self.best_biases[:] = self.biases
            patience = settings.patience
            if patience is not None and epoch - self.best[0] >= patience:
                self.reason = "early stopping"
        if settings.callback is not None and settings.callback(self.machine, epoch):
            self.reason = "callback"
        if self.reason is not None:
            self.total = self.done

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that the next step depends on."""
        own = {
            "weights": self.weights,
            "biases": self.biases,
            "moving_weights": self.moving_weights,
            "moving_biases": self.moving_biases,
            "best_weights": self.best_weights,
            "best_biases": self.best_biases,
            "gradient": self.gradient,
            "scores": self.scores,
            "best": self.best,
        }
        for name, phase in (("positive", self.positive), ("negative", self.negative)):
            for key, array in phase.arrays().items():
                own[f"{name}_{key}"] = array
        return own

    def record(self) -> dict[str, Any]:
        """Return why it ended, if it did."""
        return {"reason": self.reason}

    def restore(self, record: dict[str, Any]) -> None:
        """Take up where the checkpoint was."""
        self.reason = record["reason"]
        if self.reason is not None:
            self.total = self.done
        self._show()

    def finish(self) -> None:
        """Leave the best weights where training stops by them."""
        if self.settings.patience is not None and self.best[0] >= 0:
            self.weights[:] = self.best_weights
            self.biases[:] = self.best_biases
        self._show()

    def start_digest(self) -> str:
        """Return what tells phases that have run before from fresh ones."""
        parts = [*self.positive.arrays().values(), *self.negative.arrays().values()]
        return digest(*parts)

    def history(self, stopped: str | None) -> History:
        """Return the record of the epochs that are whole."""
        from pbit import __version__

        epochs = self.done // self.batches
        columns = [
            np.array(column[:epochs])
            for column in (self.gradient, self.scores, self.settings.rates)
        ]
        for column in columns:
            column.flags.writeable = False
        info = {
            "version": __version__,
            "rng": self.source.entropy,
            "phases": [self.positive.identity(), self.negative.identity()],
            "batch_size": self.settings.batch_size,
            "steps": self.done,
            "stopped": stopped or self.reason,
        }
        return History(columns[0], columns[1], columns[2], int(self.best[0]), info)

    def _show(self) -> None:
        """Give the machine the weights, as far as it can hold them."""
        weights, biases = self.weights, self.biases
        if self.settings.project is not None:
            given = self.settings.project(weights.copy(), biases.copy())
            weights, biases = (np.asarray(part, np.float64) for part in given)
            if weights.shape != self.weights.shape or biases.shape != self.biases.shape:
                msg = (
                    f"project must return {self.weights.shape} weights and "
                    f"{self.biases.shape} biases, not {weights.shape} and {biases.shape}"
                )
                raise ValueError(msg)
        check_finite("weights", weights)
        check_finite("biases", biases)
        self.machine.weights[:] = weights
        self.machine.biases[:] = biases

    def _seed(self, part: int, step: int) -> np.random.SeedSequence:
        """Return the seed of a phase in a step: it depends on nothing else."""
        entropy = self.source.entropy
        key = (*entropy["spawn_key"], int(Use.LEARN_STEP), part, step)
        return np.random.SeedSequence(entropy["entropy"], spawn_key=key)

    def _order(self, epoch: int) -> NDArray[np.int64]:
        return shuffled(len(self.rows), self.source, epoch)


def shuffled(n: int, source: Streams, epoch: int) -> NDArray[np.int64]:
    """Return 0 ... n-1 in the order of an epoch."""
    drawn = np.empty(n)
    fill_uniforms(drawn, source.key0, source.key1, int(Use.LEARN_ORDER), epoch)
    return np.argsort(drawn, kind="stable")


def center(
    edges: NDArray[np.int32], pairs: Floats, means: Floats, offsets: Floats
) -> tuple[Floats, Floats]:
    """Return the gradient's parts where states are counted from `offsets`.

    As steps of the machine's own weights and biases: what the weights' step does to mean
    inputs is taken off the biases.
    """
    i, j = edges[:, 0], edges[:, 1]
    steps = pairs - offsets[i] * means[j] - offsets[j] * means[i]
    n = len(means)
    moved = np.bincount(i, steps * offsets[j], n) + np.bincount(
        j, steps * offsets[i], n
    )
    return steps, means - moved


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
