"""Denoising models: a chain of Boltzmann machines, each undoing one step of bit-flip noise.

A diffusion model made of p-bits. One machine that has to know all of its data's modes mixes
slowly; here every machine only mends what little noise its step made, so that a few sweeps
of each are enough. After A. Jelinčič et al., "An efficient probabilistic hardware
architecture for diffusion-like models", arXiv:2510.23972 (2025).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import Floats, States, check_count, check_finite, check_states
from pbit.io import MAX_BYTES, labels_from_json, labels_to_json, read_npz, write_npz
from pbit.learning.machine import BoltzmannMachine
from pbit.learning.noise import flip_bits
from pbit.learning.phases import Draw, Moments, Phase, moments_of
from pbit.learning.training import Rate, train
from pbit.learning.training_job import History
from pbit.random import RandomState, Streams, Use, random_states, seed_of, streams
from pbit.samplers.ensemble import Ensemble

KIND = "denoising model"
NOISY = "noisy"  # labels of the p-bits that hold what a step starts from


class DenoisingModel:
    r"""Boltzmann machines that turn noise into data, one step of noise each.

    Noise flips every bit of x_{t−1} with probability p_t and gives x_t. Going back, step t
    draws

    .. math::

        P_t(x_{t-1} \mid x_t) \propto \sum_z e^{-E_t(x_{t-1}, z)
        + \gamma_t\, x_{t-1} \cdot x_t}, \qquad
        \gamma_t = \tfrac12 \ln \frac{1 - p_t}{p_t}

    from a Boltzmann machine over x_{t−1} and hidden p-bits z, each of whose visible
    p-bits is tied to a p-bit that holds the noisy bit. One step of p = 1/2 is a Boltzmann
    machine without noise.

    Parameters
    ----------
    machine
        Graph, visible p-bits and first weights of every step's machine.
    flips
        p_t of steps 1 ... T, above 0 and at most 1/2: see `noise_schedule`.

    Attributes
    ----------
    steps
        The machines of steps 1 ... T: the p-bits of `machine`, then one p-bit
        ``("noisy", label)`` for each visible one.
    flips
        p_t, shape (T,).

    Raises
    ------
    TypeError, ValueError
        If `machine` is none, or a probability is not in its range.

    Examples
    --------
    >>> from pbit.learning import BoltzmannMachine
    >>> model = DenoisingModel(BoltzmannMachine.restricted(4, 2), noise_schedule(3))
    >>> model
    DenoisingModel(steps=3, p-bits=6, visible=4)
    >>> model.sample(5, rng=0).shape
    (5, 4)
    """

    def __init__(self, machine: BoltzmannMachine, flips: ArrayLike) -> None:
        given: Any = machine
        if not isinstance(given, BoltzmannMachine):
            msg = f"machine must be a BoltzmannMachine, not {machine!r}"
            raise TypeError(msg)
        self.flips = _check_flips(flips)
        self._template = machine.copy()
        self.steps = tuple(_tied(machine, p) for p in self.flips.tolist())

    @property
    def n_steps(self) -> int:
        """Number of steps, T."""
        return len(self.steps)

    @property
    def n_visible(self) -> int:
        """Number of visible p-bits: bits of a sample."""
        return self._template.n_visible

    def noised(self, data: ArrayLike, rng: RandomState = None) -> States:
        """Return data and what noise makes of it, shape (T + 1, n_samples, n_visible).

        Raises
        ------
        TypeError, ValueError
            If the data break a rule of `check_data`.
        """
        source = streams(rng)
        rows = [self._template.check(data)]
        for t, p in enumerate(self.flips.tolist()):
            rows.append(flip_bits(rows[-1], p, seed_of(source, t)))
        return np.stack(rows)

    def train(
        self,
        data: ArrayLike,
        *,
        copies: int = 1,
        n_sweeps: int = 10,
        positive: Phase | None = None,
        n_epochs: int = 100,
        learning_rate: Rate = 0.05,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        batch_size: int | None = 100,
        rng: RandomState = None,
        n_threads: int | None = 1,
        callback: Callable[[int, History], object] | None = None,
    ) -> list[History]:
        """Train every step on pairs (x_{t−1}, x_t); the steps do not need each other.

        The gradient is that of ln P_t(x_{t−1} | x_t): with both held, minus with the
        noisy bits held alone, from Gibbs chains that start where sampling starts.

        Parameters
        ----------
        data
            Rows of ±1 or 0/1, shape (n_samples, n_visible).
        copies
            Draws of noise for every row.
        n_sweeps
            Sweeps of the chains, a step of learning.
        positive
            Averages with both held; as `train` chooses by default.
        n_epochs, learning_rate, momentum, weight_decay, batch_size
            As in `pbit.learning.train`, for each step's machine.
        rng
            Seed.
        n_threads
            Threads over chains.
        callback
            Called with (t, history) when step t is trained.

        Returns
        -------
        list
            One `History` a step.

        Raises
        ------
        TypeError, ValueError
            If an argument breaks a rule above.
        """
        rows = np.repeat(
            self._template.check(data), check_count("copies", copies), axis=0
        )
        source = streams(rng)
        noised = self.noised(rows, seed_of(source, self.n_steps))
        histories = []
        for t, machine in enumerate(self.steps):
            fixed = _Fixed(machine, self._template)
            histories.append(
                train(
                    machine,
                    np.hstack([noised[t], noised[t + 1]]),
                    positive=positive,
                    negative=Conditional(n_sweeps, n_threads),
                    n_epochs=n_epochs,
                    learning_rate=learning_rate,
                    momentum=momentum,
                    weight_decay=weight_decay,
                    batch_size=batch_size,
                    project=fixed.put_back,
                    rng=seed_of(source, t),
                )
            )
            if callback is not None:
                callback(t + 1, histories[-1])
        return histories

    def sample(
        self,
        n: int,
        *,
        n_sweeps: int = 10,
        rng: RandomState = None,
        draw: Draw | None = None,
        n_threads: int | None = None,
    ) -> States:
        """Return samples made out of noise, int8, shape (n, n_visible).

        Parameters
        ----------
        n
            How many.
        n_sweeps
            Sweeps of every step's machine.
        rng
            Seed; sample k depends on it and on k alone.
        draw
            Draws the states of every step in place of Gibbs chains, as
            `pbit.learning.Drawn` wants it (`n_sweeps` is not used): a simulated machine.
        n_threads
            Threads over samples; all cores by default.

        Raises
        ------
        TypeError, ValueError
            If an argument breaks a rule above.
        """
        path = self.trajectories(
            n, n_sweeps=n_sweeps, rng=rng, draw=draw, n_threads=n_threads
        )
        samples: States = path[-1]
        return samples

    def trajectories(
        self,
        n: int,
        *,
        n_sweeps: int = 10,
        rng: RandomState = None,
        draw: Draw | None = None,
        n_threads: int | None = None,
    ) -> States:
        """Return x_T, ..., x_0 of samples, shape (T + 1, n, n_visible); see `sample`."""
        check_count("n_sweeps", n_sweeps)
        source = streams(rng)
        shape = (check_count("n", n), self.n_visible)
        states = [random_states(source, *shape, Use.PATTERN)]
        for t in reversed(range(self.n_steps)):
            machine, seed = self.steps[t], seed_of(source, t)
            if draw is None:
                found = mend(machine, states[-1], n_sweeps, streams(seed), n_threads)
            else:
                inputs = machine.visible[self.n_visible :].tolist()
                held = {
                    machine.labels[i]: states[-1][:, k] for k, i in enumerate(inputs)
                }
                found = check_states(
                    draw(machine.model, held, n, seed), machine.n, "drawn states"
                )
            states.append(found[:, machine.visible[: self.n_visible]])
        return np.stack(states)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file that `load` reads (npz, no pickle).

        Raises
        ------
        TypeError
            If the labels are other than strings, numbers, booleans and tuples of these.
        OSError
            If the file cannot be written; one of that name stays as it was.
        """
        own, free = self._template, self._template.n_edges
        where = _free_edges(self.steps[0], own)
        arrays: dict[str, NDArray[Any]] = {
            "edges": own.edges,
            "visible": own.visible,
            "flips": self.flips,
            "weights": np.array([step.weights[where] for step in self.steps]).reshape(
                self.n_steps, free
            ),
            "biases": np.array([step.biases[: own.n] for step in self.steps]),
        }
        write_npz(path, arrays, {"kind": KIND, "labels": labels_to_json(own.labels)})

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], max_bytes: int = MAX_BYTES
    ) -> DenoisingModel:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file is damaged, too large or holds something else; it names the path.
        OSError
            If it cannot be read.
        """
        names = ("edges", "visible", "flips", "weights", "biases")
        arrays, header = read_npz(path, KIND, required=names, max_bytes=max_bytes)
        try:
            return cls._from_arrays(arrays, header.get("labels"))
        except (TypeError, ValueError, KeyError, IndexError) as error:
            msg = f"{os.fspath(path)}: {error}"
            raise ValueError(msg) from error

    @classmethod
    def _from_arrays(cls, arrays: dict[str, Any], names: Any) -> DenoisingModel:
        weights, biases = arrays["weights"], arrays["biases"]
        steps, flips = len(weights), arrays["flips"]
        if (
            weights.ndim != 2
            or biases.ndim != 2
            or not len(biases) == len(flips) == steps
        ):
            msg = f"weights and biases must be one row a step, {len(flips)} of them"
            raise ValueError(msg)
        labels = labels_from_json(names, biases.shape[1])
        graph = nx.Graph()
        graph.add_nodes_from(labels)
        graph.add_edges_from(
            (labels[i], labels[j]) for i, j in arrays["edges"].tolist()
        )
        own = BoltzmannMachine(graph, [labels[i] for i in arrays["visible"].tolist()])
        if not np.array_equal(own.edges, arrays["edges"]):
            msg = "edges must be pairs i < j, ascending"
            raise ValueError(msg)
        model = cls(own, flips)
        for t, step in enumerate(model.steps):
            check_finite("weights", weights[t])
            check_finite("biases", biases[t])
            step.weights[_free_edges(step, own)] = weights[t]
            step.biases[: own.n] = biases[t]
        return model

    def __repr__(self) -> str:
        """Say the sizes."""
        sizes = f"p-bits={self._template.n}, visible={self.n_visible}"
        return f"DenoisingModel(steps={self.n_steps}, {sizes})"


class Conditional(Phase):
    """The negative phase of one step: the noisy bits held, chains from there.

    Parameters
    ----------
    n_sweeps
        Sweeps of every chain; one chain a row of the batch.
    n_threads
        Threads over chains.
    """

    def __init__(self, n_sweeps: int = 10, n_threads: int | None = 1) -> None:
        self.n_sweeps = check_count("n_sweeps", n_sweeps)
        self._n_threads = n_threads

    def moments(
        self,
        machine: BoltzmannMachine,
        clamp: States | None,
        rng: RandomState,
        *,
        batch: States | None = None,
    ) -> Moments:
        """Return averages over the chains' ends."""
        if clamp is not None or batch is None:
            msg = (
                "a step's negative phase holds the noisy half of a batch, nothing else"
            )
            raise ValueError(msg)
        noisy = batch[:, machine.n_visible // 2 :]
        states = mend(machine, noisy, self.n_sweeps, streams(rng), self._n_threads)
        return moments_of(machine, states)


def noise_schedule(n_steps: int, kept: float = 0.02) -> Floats:
    """Return flip probabilities of equal steps, after which little of the data is left.

    Parameters
    ----------
    n_steps
        T.
    kept
        Correlation ⟨x_0 x_T⟩ of a bit that is left in the end: Π (1 − 2 p_t), from 0 to
        below 1. Sampling starts at 0, so it has to be small.

    Returns
    -------
    numpy.ndarray
        p_t, shape (n_steps,), all the same.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above.

    Examples
    --------
    >>> noise_schedule(2, kept=0.04).round(6).tolist()
    [0.4, 0.4]
    """
    check_count("n_steps", n_steps)
    if not 0 <= kept < 1:
        msg = f"kept must be from 0 to below 1, not {kept}"
        raise ValueError(msg)
    return np.full(n_steps, (1.0 - kept ** (1.0 / n_steps)) / 2.0)


def mend(
    machine: BoltzmannMachine,
    noisy: States,
    n_sweeps: int,
    source: Streams,
    n_threads: int | None = None,
) -> States:
    """Return states of a step's machine with its noisy bits held at rows.

    Chains start at the noisy bits, hidden p-bits drawn to suit them, and make `n_sweeps`
    sweeps.
    """
    half = machine.n_visible // 2
    own, inputs = machine.visible[:half], machine.visible[half:]
    start = random_states(source, len(noisy), machine.n, Use.INITIAL)
    start[:, own] = start[:, inputs] = noisy
    model = machine.model
    settings: dict[str, Any] = {"n_threads": n_threads, "one_beta": True}
    if machine.n_hidden:
        held = machine.clamp(np.hstack([noisy, noisy]))
        with Ensemble(
            model, len(start), source, clamp=held, initial=start, **settings
        ) as chains:
            chains.advance(1.0, 1)
            start = chains.states
    held = {machine.labels[i]: noisy[:, k] for k, i in enumerate(inputs.tolist())}
    with Ensemble(
        model,
        len(start),
        streams(seed_of(source, 0)),
        clamp=held,
        initial=start,
        **settings,
    ) as chains:
        chains.advance(1.0, n_sweeps)
        return chains.states


class _Fixed:
    """What learning may not touch: the ties to the noisy bits, and these bits' biases."""

    def __init__(self, machine: BoltzmannMachine, own: BoltzmannMachine) -> None:
        self._n = own.n
        self._ties = np.ones(machine.n_edges, bool)
        self._ties[_free_edges(machine, own)] = False
        self._gammas = machine.weights[self._ties]

    def put_back(self, weights: Floats, biases: Floats) -> tuple[Floats, Floats]:
        """Return weights and biases with these as they were."""
        weights[self._ties] = self._gammas
        biases[self._n :] = 0.0
        return weights, biases


def _tied(machine: BoltzmannMachine, flip: float) -> BoltzmannMachine:
    """Return a machine whose visible p-bits are each tied to one that holds a noisy bit."""
    graph = machine.to_networkx()
    gamma = 0.5 * float(np.log1p(-flip) - np.log(flip))
    visible = [machine.labels[i] for i in machine.visible.tolist()]
    noisy = [(NOISY, label) for label in visible]
    graph.add_edges_from(zip(visible, noisy, strict=True), J=gamma)
    return BoltzmannMachine(graph, [*visible, *noisy])


def _free_edges(machine: BoltzmannMachine, own: BoltzmannMachine) -> Any:
    """Return which of a step's edges are those of the machine it was made from."""
    return np.flatnonzero(machine.edges[:, 1] < own.n)


def _check_flips(flips: ArrayLike) -> Floats:
    given = np.array(flips, dtype=np.float64)
    if given.ndim != 1 or not given.size:
        msg = f"flips must be one probability a step, not of shape {given.shape}"
        raise ValueError(msg)
    wrong = ~((given > 0) & (given <= 0.5))
    if wrong.any():
        t = int(np.argmax(wrong))
        msg = f"flips must be above 0 and at most 1/2: flips[{t}] = {given[t]}"
        raise ValueError(msg)
    given.flags.writeable = False
    return given
