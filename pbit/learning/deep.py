"""Deep Boltzmann machines with labels: they classify, complete and generate images."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import States, check_count, check_finite, check_nonnegative
from pbit.learning.chain_phases import Gibbs, Persistent
from pbit.learning.data import check_data, check_labels
from pbit.learning.machine import BoltzmannMachine
from pbit.learning.training import History, Rate, train
from pbit.learning.voting import Votes, count_votes, decide, label_table
from pbit.random import RandomState, seed_of, streams
from pbit.samplers.checkpoint import CheckpointLike, seeded
from pbit.samplers.ensemble import Ensemble

START = 0.05  # deviation of the weights that learning starts from


class DeepBoltzmannMachine:
    """A Boltzmann machine some of whose visible p-bits say what the others show.

    Parameters
    ----------
    graph
        A networkx graph; weights and biases are its attributes "J" and "h", 0 if absent.
    pixels
        Labels of the p-bits that images are shown to, in the order of their columns; the
        nodes ``("pixel", k)`` if omitted.
    classes
        Labels of the label p-bits, shape (n_copies, n_classes); ``("label", copy, class)``
        if omitted.

    Attributes
    ----------
    machine : BoltzmannMachine
        All p-bits; visible are the pixels, then the label p-bits, copy by copy. What it
        saves, `load` reads.
    pixels, classes : list
        Their labels.

    Raises
    ------
    TypeError, ValueError, KeyError
        If the graph or the names do not fit.

    Examples
    --------
    >>> from pbit.learning import DeepBoltzmannMachine, layered_graph
    >>> graph = layered_graph(2, 2, (4,), rng=0)
    >>> deep = DeepBoltzmannMachine(graph)
    >>> images, kinds = [[0, 1], [1, 0]], [0, 1]
    >>> run = deep.fit(images, kinds, n_epochs=200, learning_rate=0.05, batch_size=2, rng=0)
    >>> deep.classify(images, rng=0).tolist()
    [0, 1]
    """

    machine: BoltzmannMachine
    pixels: list[Hashable]
    classes: list[list[Any]]

    def __init__(
        self,
        graph: nx.Graph,
        pixels: Iterable[Hashable] | None = None,
        classes: ArrayLike | None = None,
    ) -> None:
        self.pixels = _named(graph, "pixel") if pixels is None else list(pixels)
        table: Any = _named_classes(graph) if classes is None else classes
        self.classes = label_table(table)
        if not self.pixels:
            msg = "pixels must name at least one p-bit"
            raise ValueError(msg)
        self.machine = BoltzmannMachine(graph, [*self.pixels, *self._label_pbits])

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes[0])

    @property
    def n_copies(self) -> int:
        """Number of label p-bits of a class."""
        return len(self.classes)

    @property
    def _label_pbits(self) -> list[Hashable]:
        return [label for copy in self.classes for label in copy]

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> DeepBoltzmannMachine:
        """Read what ``machine.save`` wrote, of a machine with the names of `layered_graph`.

        Raises
        ------
        ValueError
            If the file is damaged or its p-bits are named otherwise.
        OSError
            If it cannot be read.
        """
        return cls(BoltzmannMachine.load(path).to_networkx())

    def rows(self, images: ArrayLike, kinds: ArrayLike) -> States:
        """Return data for the machine: an image a row, then its class in every copy.

        Parameters
        ----------
        images
            0/1 or ±1, shape (n_images, n_pixels).
        kinds
            Class of each image, from 0, shape (n_images,).

        Raises
        ------
        TypeError, ValueError
            If an image is not binary or has no class; the message names it.
        """
        shown = check_data(images, len(self.pixels), name="images")
        given = check_labels(kinds, len(shown), self.n_classes)
        hot = np.full((len(shown), self.n_classes), -1, np.int8)
        hot[np.arange(len(shown)), given] = 1
        return np.hstack([shown, np.tile(hot, self.n_copies)])

    def fit(
        self,
        images: ArrayLike,
        kinds: ArrayLike,
        *,
        n_epochs: int = 120,
        learning_rate: Rate | None = None,
        batch_size: int = 50,
        n_sweeps: int = 5,
        rng: RandomState = None,
        checkpoint: CheckpointLike = None,
        **settings: Any,
    ) -> History:
        """Learn images and their classes afresh, from small random weights.

        Positive phase: hidden p-bits from random states, `n_sweeps` + 3 sweeps with images
        and labels held. Negative phase: as many persistent chains as a batch has rows,
        `n_sweeps` a step. Both colour by colour, as a machine of p-bits does it.

        Parameters
        ----------
        images, kinds
            As in `rows`.
        n_epochs, batch_size
            As in :func:`train`.
        learning_rate
            As in :func:`train`; by default 0.012, falling to almost 0 in a straight line,
            which averages the noise of the last steps away.
        n_sweeps
            See above.
        rng, checkpoint
            As in :func:`train`.
        settings
            Other arguments of :func:`train`.

        Returns
        -------
        History
            As of :func:`train`.
        """
        data = self.rows(images, kinds)
        check_count("n_epochs", n_epochs)
        seed = seed_of(seeded(checkpoint, rng))
        self.machine.biases[:] = 0.0
        self.machine.randomize(START, seed).fit_biases(data)
        order = "chromatic"
        chains = min(check_count("batch_size", batch_size), len(data))
        return train(
            self.machine,
            data,
            positive=Gibbs(1, n_sweeps + 2, order=order),
            negative=Persistent(chains, n_sweeps, order),
            n_epochs=n_epochs,
            learning_rate=learning_rate or falling(0.012, n_epochs),
            batch_size=batch_size,
            rng=seed,
            checkpoint=checkpoint,
            **{"momentum": 0.5, **settings},
        )

    def votes(
        self, images: ArrayLike, n_sweeps: int, rng: RandomState = None, **settings: Any
    ) -> Votes:
        """Return how many label p-bits of each class are +1 at every reading.

        Every image is a chain with its pixels clamped; `settings` are the other arguments
        of :func:`count_votes`. Shape (n_images, n_reads, n_classes).
        """
        shown = check_data(images, len(self.pixels), name="images")
        held = self._held(shown, self.pixels)
        return count_votes(
            self.machine.model, self.classes, len(shown), n_sweeps, clamp=held, rng=rng,
            **settings,
        )  # fmt: skip

    def classify(
        self,
        images: ArrayLike,
        n_sweeps: int = 300,
        rng: RandomState = None,
        *,
        n_warmup: int = 50,
        n_threads: int | None = None,
    ) -> NDArray[np.int64]:
        """Return the class of most votes of each image, shape (n_images,).

        Parameters
        ----------
        images
            0/1 or ±1, shape (n_images, n_pixels).
        n_sweeps
            Sweeps an image, after each of which the label p-bits are read.
        rng
            Seed.
        n_warmup
            Of these, readings that do not count; fewer than `n_sweeps`.
        n_threads
            As in :func:`pbit.sample`.

        Raises
        ------
        TypeError, ValueError
            If an argument breaks a rule above.
        """
        if check_count("n_warmup", n_warmup, 0) >= check_count("n_sweeps", n_sweeps):
            msg = f"n_warmup must be below n_sweeps = {n_sweeps}, not {n_warmup}"
            raise ValueError(msg)
        votes = self.votes(images, n_sweeps, rng, n_threads=n_threads)
        return decide(votes[:, n_warmup:])

    def complete(
        self,
        images: ArrayLike,
        known: ArrayLike,
        n_sweeps: int = 300,
        rng: RandomState = None,
        *,
        kinds: ArrayLike | None = None,
        n_threads: int | None = None,
    ) -> States:
        """Return the images with unknown pixels sampled given the known ones.

        Parameters
        ----------
        images
            0/1 or ±1, shape (n_images, n_pixels); unknown pixels are not looked at.
        known
            Which pixels are, booleans of shape (n_pixels,).
        n_sweeps
            Sweeps an image, from random states, while beta rises from 0 to 1 in the first
            half: see `generate`.
        rng
            Seed.
        kinds
            Classes, if they are known, shape (n_images,).
        n_threads
            As in :func:`pbit.sample`.

        Raises
        ------
        TypeError, ValueError
            If an argument breaks a rule above.
        """
        shown = check_data(images, len(self.pixels), name="images")
        mask = np.asarray(known)
        if mask.dtype != bool or mask.shape != (len(self.pixels),):
            msg = (
                f"known must be {len(self.pixels)} booleans, one a pixel, not "
                f"{mask.dtype} of shape {mask.shape}"
            )
            raise ValueError(msg)
        names = [
            name for name, held in zip(self.pixels, mask.tolist(), strict=True) if held
        ]
        clamp = self._held(shown[:, mask], names)
        if kinds is not None:
            hot = self.rows(shown, kinds)[:, len(self.pixels) :]
            clamp |= self._held(hot, self._label_pbits)
        return self._sampled(clamp, len(shown), n_sweeps, rng, n_threads)

    def generate(
        self,
        kinds: ArrayLike,
        n_sweeps: int = 300,
        rng: RandomState = None,
        *,
        beta: float = 1.0,
        n_threads: int | None = None,
    ) -> States:
        """Return an image of each class asked for, int8 of ±1, shape (n, n_pixels).

        The label p-bits are held, the others annealed from random states: beta rises from
        0 to `beta` in a straight line in the first half of the sweeps and stays there.

        Parameters
        ----------
        kinds
            Classes, shape (n,).
        n_sweeps
            Sweeps an image.
        rng
            Seed.
        beta
            Where it ends, >= 0: 1 samples what was learned, more gives typical images.
        n_threads
            As in :func:`pbit.sample`.

        Raises
        ------
        TypeError, ValueError
            If an argument breaks a rule above.
        """
        given = np.atleast_1d(np.asarray(kinds))
        blank = np.ones((given.size, len(self.pixels)), np.int8)
        hot = self.rows(blank, given)[:, len(self.pixels) :]
        clamp = self._held(hot, self._label_pbits)
        return self._sampled(clamp, len(hot), n_sweeps, rng, n_threads, beta)

    def _held(
        self, states: States, names: list[Hashable]
    ) -> dict[Hashable, NDArray[np.int8]]:
        """Return the clamp that holds chain k's p-bits `names` at row k."""
        columns = np.ascontiguousarray(states.T)
        return dict(zip(names, columns, strict=True))

    def _sampled(
        self,
        clamp: dict[Hashable, NDArray[np.int8]],
        count: int,
        n_sweeps: int,
        rng: RandomState,
        n_threads: int | None,
        beta: float = 1.0,
    ) -> States:
        check_count("n_sweeps", n_sweeps)
        end = check_nonnegative("beta", beta)
        rise = np.linspace(0.0, end, n_sweeps // 2, endpoint=False)
        betas = np.concatenate([rise, np.full(n_sweeps - len(rise), end)])
        with Ensemble(
            self.machine.model, count, streams(rng), order="chromatic", clamp=clamp,
            one_beta=True, n_threads=n_threads,
        ) as chains:  # fmt: skip
            chains.advance(betas[:, None], n_sweeps)
            shown = self.machine.visible[: len(self.pixels)]
            return chains.states[:, shown].copy()

    def __repr__(self) -> str:
        """Say how many p-bits of each kind there are."""
        return (
            f"DeepBoltzmannMachine(pixels={len(self.pixels)}, classes={self.n_classes}, "
            f"copies={self.n_copies}, hidden={self.machine.n_hidden}, "
            f"weights={self.machine.n_edges})"
        )


def falling(rate: float, n_epochs: int) -> Rate:
    """Return a learning rate that falls in a straight line, to 3 % of `rate` at the end.

    Examples
    --------
    >>> rule = falling(0.1, 10)
    >>> round(rule(0), 3), round(rule(9), 3)
    (0.1, 0.003)
    """
    check_finite("rate", np.array(rate))
    last = max(1, n_epochs - 1)
    return lambda epoch: rate * (1.0 - 0.97 * epoch / last)


def _named(graph: nx.Graph, kind: str) -> list[Any]:
    """Return the nodes whose names are tuples that begin with `kind`, in their order."""
    found = [v for v in graph if isinstance(v, tuple) and v[:1] == (kind,)]
    return sorted(found, key=lambda v: v[1:])


def _named_classes(graph: nx.Graph) -> list[list[Hashable]]:
    rows: dict[Any, list[Hashable]] = {}
    for name in _named(graph, "label"):
        rows.setdefault(name[1], []).append(name)
    if not rows:
        msg = 'classes must be given: no p-bit is called ("label", copy, class)'
        raise ValueError(msg)
    return list(rows.values())
