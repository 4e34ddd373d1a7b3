"""Boltzmann machines: p-bits on a graph, some of which data are shown to."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from pbit.checks import (
    Floats,
    States,
    check_count,
    check_finite,
    check_nonnegative,
    check_positive,
)
from pbit.io import labels_from_json, labels_to_json, read_npz, write_npz
from pbit.kernels.boltzmann import fill_uniforms
from pbit.learning._enumerated import Enumerated
from pbit.learning._graph import (
    Structure,
    check_graph,
    edges_of,
    labels_of,
    within,
)
from pbit.model import IsingModel
from pbit.random import RandomState, Use, streams

KIND = "boltzmann machine"


class BoltzmannMachine:
    r"""P-bits on a graph, visible and hidden, whose weights are learned.

    .. math::

        P(v) = \frac1Z \sum_{m \ni v} e^{-E(m)}, \qquad
        E(m) = -\sum_{(i, j)} J_{ij} m_i m_j - \sum_i h_i m_i

    with one weight a pair of the graph and one bias a p-bit, at beta = 1: a machine that
    runs at another temperature is this one with all weights scaled.

    Parameters
    ----------
    graph
        A networkx graph, whose nodes are the p-bits and whose edges are the weights there
        are; or a number of p-bits, all of which are then connected.
    visible
        Labels of the p-bits that data are shown to, in the order of the data's columns;
        all p-bits if omitted. The others are hidden.
    weights
        J of every edge of `edges`, shape (n_edges,), or a dictionary ``{(i, j): J}`` over
        labels (edges left out are 0); the edges' attribute "J", or 0, if omitted.
    biases
        h, shape (n,); the nodes' attribute "h", or 0, if omitted.

    Attributes
    ----------
    labels
        Names of the p-bits.
    edges
        Numbers of the p-bits of each pair, int32, shape (n_edges, 2), i < j, ascending.
    weights, biases
        J and h, float64; learning writes to them.
    visible, hidden
        Numbers of these p-bits, int64.

    Raises
    ------
    TypeError, ValueError, KeyError
        If the graph is directed, a multigraph, has loops, or if an argument does not fit.

    Examples
    --------
    >>> machine = BoltzmannMachine(3, visible=[0, 1])
    >>> machine.n, machine.n_visible, machine.edges.tolist()
    (3, 2, [[0, 1], [0, 2], [1, 2]])
    >>> round(machine.log_likelihood([[1, 1], [-1, 1]]), 4)  # every weight is 0: ln 1/4
    -1.3863
    """

    labels: Sequence[Hashable]
    edges: NDArray[np.int32]
    weights: Floats
    biases: Floats
    visible: NDArray[np.int64]
    hidden: NDArray[np.int64]

    def __init__(
        self,
        graph: nx.Graph | int,
        visible: Iterable[Hashable] | None = None,
        *,
        weights: ArrayLike | Mapping[tuple[Any, Any], float] | None = None,
        biases: ArrayLike | None = None,
    ) -> None:
        graph = check_graph(graph)
        self.labels = labels_of(graph)
        self._index = {label: i for i, label in enumerate(self.labels)}
        self.edges, given = edges_of(graph, self._index)
        self.weights = given
        self.biases = np.array(
            [graph.nodes[v].get("h", 0.0) for v in self.labels], float
        )
        if isinstance(weights, Mapping):
            self.weights = self._named_weights(weights)
        elif weights is not None:
            self.weights = np.array(weights, dtype=np.float64)
        if biases is not None:
            self.biases = np.array(biases, dtype=np.float64)
        self._check("weights", self.weights, len(self.edges), "one an edge")
        self._check("biases", self.biases, self.n, "one a p-bit")
        self.visible, self.hidden = self._split(visible)
        self._structure = Structure(self.edges, self.n)

    @property
    def n(self) -> int:
        """Number of p-bits."""
        return len(self.labels)

    @property
    def n_visible(self) -> int:
        """Number of visible p-bits: columns of the data."""
        return len(self.visible)

    @property
    def n_hidden(self) -> int:
        """Number of hidden p-bits."""
        return len(self.hidden)

    @property
    def n_edges(self) -> int:
        """Number of weights."""
        return len(self.edges)

    @property
    def model(self) -> IsingModel:
        """The machine as it is now, as a model for samplers and machines, beta = 1."""
        J = self._structure.matrix(self.weights)
        names = None if isinstance(self.labels, range) else self.labels
        return IsingModel(J, self.biases, labels=names)

    @classmethod
    def restricted(cls, n_visible: int, n_hidden: int) -> BoltzmannMachine:
        """Return a restricted machine: every visible p-bit with every hidden one.

        The visible p-bits are 0 ... n_visible - 1.

        Examples
        --------
        >>> BoltzmannMachine.restricted(4, 2)
        BoltzmannMachine(n=6, visible=4, weights=8)
        """
        check_count("n_visible", n_visible)
        check_count("n_hidden", n_hidden)
        graph = nx.complete_bipartite_graph(n_visible, n_hidden)
        return cls(graph, range(n_visible))

    @classmethod
    def from_model(
        cls, model: IsingModel, visible: Iterable[Hashable] | None = None
    ) -> BoltzmannMachine:
        """Return a machine with the edges, weights, biases and labels of a model."""
        given: Any = model
        if not isinstance(given, IsingModel):
            msg = f"model must be an IsingModel, not {model!r}"
            raise TypeError(msg)
        return cls(model.to_networkx(), visible)

    def randomize(
        self, scale: float = 0.1, rng: RandomState = None
    ) -> BoltzmannMachine:
        """Draw weights from a normal distribution of deviation `scale`; return itself.

        Hidden p-bits need it: with equal weights they stay alike for ever. Biases stay.
        """
        check_nonnegative("scale", scale)
        source, drawn = streams(rng), np.empty(self.n_edges)
        fill_uniforms(drawn, source.key0, source.key1, int(Use.LEARN_INITIAL), 0)
        self.weights[:] = scale * ndtri(drawn)
        return self

    def fit_biases(self, data: ArrayLike, smoothing: float = 1.0) -> BoltzmannMachine:
        """Set visible biases so that p-bits alone have the data's means; return itself.

        `smoothing` states of either sign are added to those seen, so that no bias is
        infinite: h_i = artanh⟨m_i⟩ of all these. A better start than zeros.

        Raises
        ------
        TypeError, ValueError
            If the data break a rule, or `smoothing` is not positive.
        """
        v = self.check(data)
        added = 2 * check_positive("smoothing", smoothing)
        mean = v.sum(axis=0, dtype=np.float64) / (len(v) + added)
        self.biases[self.visible] = np.arctanh(mean)
        return self

    def copy(self) -> BoltzmannMachine:
        """Return a machine of its own with the same weights."""
        other = object.__new__(BoltzmannMachine)
        other.__dict__.update(self.__dict__)
        other.weights, other.biases = self.weights.copy(), self.biases.copy()
        return other

    def index(self, label: Hashable) -> int:
        """Return the number of the p-bit called `label`, or raise a KeyError."""
        try:
            return self._index[label]
        except (KeyError, TypeError):
            msg = f"no p-bit is called {label!r}"
            raise KeyError(msg) from None

    def check(self, data: ArrayLike) -> States:
        """Return data as states of the visible p-bits, int8, shape (n_samples, n_visible).

        Raises
        ------
        TypeError, ValueError
            As `pbit.learning.check_data` does.
        """
        from pbit.learning.data import check_data

        return check_data(data, self.n_visible)

    def clamp(self, visible: States) -> dict[Hashable, States]:
        """Return the clamp that holds chain k's visible p-bits at row k."""
        return {
            self.labels[i]: np.ascontiguousarray(visible[:, k])
            for k, i in enumerate(self.visible.tolist())
        }

    def log_probabilities(self, data: ArrayLike) -> Floats:
        """Return ln P(v) of every row, shape (n_samples,), exactly.

        Raises
        ------
        CapacityError
            If more than 24 p-bits are left once those are summed out that have no edges
            among themselves.
        TypeError, ValueError
            If the data break a rule.
        """
        v = self.check(data)
        rows, which = np.unique(v, axis=0, return_inverse=True)
        values = self.enumerated.log_clamped(self, rows) - self.log_partition()
        return np.asarray(values[which.reshape(-1)])

    def log_likelihood(self, data: ArrayLike) -> float:
        """Return the mean of ln P(v) over the rows of data, in nats a row, exactly."""
        return float(self.log_probabilities(data).mean())

    def log_partition(self) -> float:
        """Return ln Z, exactly; errors as in `log_probabilities`."""
        return self.enumerated.log_partition(self)

    @property
    def enumerated(self) -> Enumerated:
        """What exact sums over this machine's states go through, made when first used."""
        if "_enumerated" not in self.__dict__:
            self._enumerated = Enumerated(self.edges, self.n, self.visible)
        return self._enumerated

    def sample(
        self,
        n: int,
        clamp: Mapping[Hashable, Any] | None = None,
        rng: RandomState = None,
        *,
        n_sweeps: int = 1000,
        order: str = "sequential",
        n_threads: int | None = None,
    ) -> States:
        """Return states of all p-bits, int8, shape (n_samples, n), from independent chains.

        Parameters
        ----------
        n
            How many: each is the last state of a chain of its own.
        clamp
            P-bits held, as in :func:`pbit.sample`: {label: ±1 or n values}.
        rng
            Seed.
        n_sweeps
            Sweeps that each chain makes from a random state.
        order, n_threads
            As in :func:`pbit.sample`.

        Raises
        ------
        TypeError, ValueError, KeyError
            If an argument breaks a rule above.

        Examples
        --------
        >>> machine = BoltzmannMachine(2, weights=[1.0])
        >>> machine.sample(3, clamp={0: 1}, rng=0, n_sweeps=20).shape
        (3, 2)
        """
        from pbit.samplers.gibbs import sample

        check_count("n_sweeps", n_sweeps)
        found = sample(
            self.model,
            n_chains=check_count("n", n),
            n_sweeps=1,
            n_warmup=n_sweeps - 1,
            order=order,
            clamp=clamp,
            rng=rng,
            n_threads=n_threads,
        )
        return found.states[:, 0]

    def to_networkx(self) -> nx.Graph:
        """Return the graph, with weights as "J", biases as "h" and "visible" of nodes."""
        graph = nx.Graph()
        seen = set(self.visible.tolist())
        for i, label in enumerate(self.labels):
            graph.add_node(label, h=float(self.biases[i]), visible=i in seen)
        for (i, j), w in zip(self.edges.tolist(), self.weights.tolist(), strict=True):
            graph.add_edge(self.labels[i], self.labels[j], J=w)
        return graph

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the machine to a file that `load` reads (npz, no pickle).

        Raises
        ------
        TypeError
            If the labels are other than strings, numbers, booleans and tuples of these.
        OSError
            If the file cannot be written; one of that name stays as it was.
        """
        arrays: dict[str, NDArray[Any]] = {
            "edges": self.edges,
            "weights": self.weights,
            "biases": self.biases,
            "visible": self.visible,
        }
        write_npz(path, arrays, {"kind": KIND, "labels": labels_to_json(self.labels)})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> BoltzmannMachine:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file is damaged or holds something else; the message names it.
        OSError
            If it cannot be read.
        """
        names = ("edges", "weights", "biases", "visible")
        arrays, header = read_npz(path, KIND, required=names)
        edges, biases, visible = arrays["edges"], arrays["biases"], arrays["visible"]
        try:
            n = len(biases)
            graph = nx.empty_graph(n)
            if edges.ndim != 2 or edges.shape[1] != 2 or not within(edges, n):
                msg = f"edges must name p-bits below {n}"
                raise ValueError(msg)
            if visible.ndim != 1 or not within(visible, n):
                msg = f"visible must name p-bits below {n}"
                raise ValueError(msg)
            graph.add_edges_from(edges.tolist())
            machine = cls(
                graph, visible.tolist(), weights=arrays["weights"], biases=biases
            )
            if not np.array_equal(machine.edges, edges):
                msg = "edges must be pairs i < j, ascending"
                raise ValueError(msg)
            machine._rename(labels_from_json(header.get("labels"), n))
        except (TypeError, ValueError) as error:
            msg = f"{os.fspath(path)}: {error}"
            raise ValueError(msg) from error
        return machine

    def __repr__(self) -> str:
        """Say how many p-bits, visible ones and weights there are."""
        return f"BoltzmannMachine(n={self.n}, visible={self.n_visible}, weights={self.n_edges})"

    def _rename(self, labels: Sequence[Hashable]) -> None:
        self.labels = labels
        self._index = {label: i for i, label in enumerate(labels)}

    def _named_weights(self, weights: Mapping[tuple[Any, Any], float]) -> Floats:
        place = {(i, j): k for k, (i, j) in enumerate(self.edges.tolist())}
        values = np.zeros(len(place))
        for (a, b), value in weights.items():
            i, j = sorted((self.index(a), self.index(b)))
            if (i, j) not in place:
                msg = f"weights name the pair ({a!r}, {b!r}), which is no edge"
                raise ValueError(msg)
            values[place[i, j]] = value
        return values

    def _check(self, name: str, values: Floats, count: int, what: str) -> None:
        if values.shape != (count,):
            msg = f"{name} must have shape ({count},), {what}, not {values.shape}"
            raise ValueError(msg)
        check_finite(name, values)

    def _split(
        self, visible: Iterable[Hashable] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if visible is None:
            return np.arange(self.n), np.empty(0, np.int64)
        numbers = [self.index(label) for label in visible]
        if not numbers or len(set(numbers)) != len(numbers):
            msg = f"visible must name at least one p-bit, each once, not {numbers}"
            raise ValueError(msg)
        seen = np.array(numbers, np.int64)
        return seen, np.setdiff1d(np.arange(self.n), seen)
