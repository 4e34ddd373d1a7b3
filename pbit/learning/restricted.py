"""A restricted Boltzmann machine's weights at work: inputs, chains, likelihoods."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from pbit.analysis.estimates import check_fraction, student
from pbit.analysis.partition import LogPartition
from pbit.checks import Floats, check_count
from pbit.kernels import restricted as kernels
from pbit.kernels import restricted_likelihood as likelihoods
from pbit.kernels.restricted import Bits, Singles
from pbit.learning.likelihood import LogLikelihood
from pbit.random import Streams, Use

V, H = int(Use.LEARN_VISIBLE), int(Use.LEARN_HIDDEN)


class Restricted:
    """Weights as the kernels want them.

    Parameters
    ----------
    components
        W transposed, shape (n_hidden, n_visible).
    b, a
        Biases of the hidden and the visible units.
    """

    def __init__(self, components: Singles, b: Singles, a: Singles) -> None:
        self.across = np.ascontiguousarray(components, np.float32)
        self.weights = np.ascontiguousarray(self.across.T)
        self.a, self.b = np.array(a, np.float32), np.array(b, np.float32)
        wide = max(self.weights.shape)
        self.chosen = np.empty(wide + 1, np.int32)
        self.drawn = np.empty(wide + 4, np.uint32)

    def hidden_inputs(self, bits: Bits) -> Singles:
        """Return b + vW of every row."""
        found = np.empty((len(bits), len(self.b)), np.float32)
        kernels.inputs(bits, self.weights, self.b, self.chosen, found)
        return found

    def random_rows(self, n: int, source: Streams, event: int) -> Bits:
        """Return fair rows of the visible units, drawn as those of sweep `event` are."""
        rows, fair = (
            np.empty((n, len(self.a)), kind) for kind in (np.uint8, np.float32)
        )
        fair[:] = 0.5
        self._decide(fair, rows, source, V, event)
        return rows

    def gibbs(
        self,
        bits: Bits,
        n_steps: int,
        source: Streams,
        first: int,
        held: Mapping[int, Bits] | None = None,
    ) -> Bits:
        """Advance rows, in place, by sweeps numbered from `first`; return them."""
        rows = len(bits)
        heard, hidden = (
            np.empty((rows, len(self.b)), kind) for kind in (np.float32, np.uint8)
        )
        seen = np.empty((rows, len(self.a)), np.float32)
        for step in range(first, first + n_steps):
            for feature, values in (held or {}).items():
                bits[:, feature] = values
            kernels.inputs(bits, self.weights, self.b, self.chosen, heard)
            kernels.squash(heard, 1.0)
            self._decide(heard, hidden, source, H, step)
            kernels.inputs(hidden, self.across, self.a, self.chosen, seen)
            kernels.squash(seen, 1.0)
            self._decide(seen, bits, source, V, step)
        for feature, values in (held or {}).items():
            bits[:, feature] = values
        return bits

    def log_weights(self, bits: Bits) -> Floats:
        """Return ln Σ_h e^{-E(v, h)} of every row."""
        heard = np.empty((len(bits), len(self.b)), np.float32)
        found = np.empty(len(bits))
        likelihoods.log_weights(
            bits, self.weights, self.a, self.b, self.chosen, heard, found
        )
        return found

    def pseudo_likelihoods(self, bits: Bits) -> Floats:
        """Return Σ_i ln P(v_i | all other v) of every row."""
        heard = np.empty((len(bits), len(self.b)), np.float32)
        found = np.empty(len(bits))
        likelihoods.pseudo_likelihoods(
            bits, self.weights, self.a, self.b, self.chosen, heard,
            np.empty(len(self.b), np.float32), found,
        )  # fmt: skip
        return found

    def log_likelihood(
        self, bits: Bits, n_chains: int, n_steps: int, level: float, source: Streams
    ) -> LogLikelihood:
        """Return the mean of ln P(v) with ln Z by annealed importance sampling."""
        level = check_fraction("level", level)
        check_count("n_chains", n_chains, 2)
        check_count("n_steps", n_steps)
        on = (bits.sum(axis=0, dtype=np.float64) + 1) / (len(bits) + 2)
        base = np.log(on / (1 - on)).astype(np.float32)
        n_visible, n_hidden = self.weights.shape
        wide = np.float64(base)
        start = float(np.logaddexp(0.0, wide).sum()) + n_hidden * math.log(2.0)
        logs = np.full(n_chains, start)
        room: list[NDArray[np.uint8]] = []
        for width in (n_visible, n_hidden):
            room.append(np.empty((n_chains, width), np.uint8))
        seen = np.empty((n_chains, n_visible), np.float32)
        heard = np.empty((n_chains, n_hidden), np.float32)
        likelihoods.anneal(
            room[0], room[1], self.weights, self.across, self.a, self.b, base,
            np.linspace(0.0, 1.0, n_steps + 1), seen, heard, self.chosen, self.drawn,
            source.key0, source.key1, V, H, logs,
        )  # fmt: skip
        total = float(logsumexp(logs))
        effective = math.exp(2 * total - float(logsumexp(2 * logs)))
        spread = max(0.0, 1 / effective - 1 / n_chains) * n_chains / (n_chains - 1)
        z = student(total - math.log(n_chains), math.sqrt(spread), n_chains - 1, level)
        updates = n_steps * n_chains * (n_visible + n_hidden)
        name = "annealed importance sampling"
        record = LogPartition(
            z.value, z.low, z.high, level, z.error, name, effective, 0.0, updates
        )
        top = float(self.log_weights(bits).mean())
        return LogLikelihood(
            top - z.value, top - z.high, top - z.low, level, z.error, record
        )

    def _decide(
        self, chances: Singles, out: Bits, source: Streams, use: int, event: int
    ) -> None:
        kernels.decide(
            chances, out, self.drawn, source.key0, source.key1, use, 0, event
        )
