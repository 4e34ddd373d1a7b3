"""Restricted Boltzmann machines as scikit-learn has them: 0/1 at the border."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from pbit.analysis.estimates import check_fraction
from pbit.checks import (
    Floats,
    check_choice,
    check_count,
    check_nonnegative,
    check_positive,
)
from pbit.io import read_npz, write_npz
from pbit.kernels.boltzmann import fill_uniforms
from pbit.kernels.restricted import Bits, Singles, squash
from pbit.learning.likelihood import LogLikelihood
from pbit.learning.machine import BoltzmannMachine
from pbit.learning.restricted import Restricted
from pbit.learning.restricted_training import METHODS, Machine, Recipe, Training
from pbit.model import IsingModel
from pbit.progress import Progress
from pbit.random import RandomState, Streams, Use, streams
from pbit.samplers.checkpoint import CheckpointLike, open_checkpoint, seeded
from pbit.samplers.stepping import drive

try:
    from sklearn.base import (
        BaseEstimator,
        ClassNamePrefixFeaturesOutMixin,
        TransformerMixin,
    )
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    msg = "this needs scikit-learn: pip install pbitlab[learning]"
    raise ImportError(msg) from error

KIND = "restricted boltzmann machine"
SPREAD = 0.01  # deviation of the first weights


class RestrictedBoltzmannMachine(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    r"""Restricted Boltzmann machine with units of 0 and 1, a scikit-learn transformer.

    .. math:: E(v, h) = -a^T v - b^T h - v^T W h, \qquad P(v, h) \propto e^{-E(v, h)}

    Arguments and attributes of ``sklearn.neural_network.BernoulliRBM`` mean the same here.

    Parameters
    ----------
    n_components
        Hidden units.
    learning_rate
        Step per mean gradient of a batch, > 0; or a function of the epoch, from 0, which
        `partial_fit` goes on counting.
    batch_size
        Rows a step.
    n_iter
        Passes through the data.
    method
        "pcd": chains that persist; "cd": chains that start at the data; "tempered":
        persistent chains at a ladder of temperatures that swap.
    k
        Sweeps (h and v drawn once each) of the chains a step.
    n_chains
        Chains that persist, or ladders of them; `batch_size` if None.
    n_betas
        Temperatures of a ladder, beta = 0 ... 1 equally spaced.
    momentum, weight_decay
        As in :func:`pbit.learning.train`.
    centered
        Follow the gradient of units counted from slow averages of their means in the
        data [Melchior2016]_.
    binarize
        Features above it are 1, all others 0. None takes 0/1 (or ±1, or booleans) as they
        are and refuses all else.
    verbose
        Show a progress bar.
    random_state
        Seed: as scikit-learn has it, or as ``rng`` elsewhere here.

    Attributes
    ----------
    components_
        W transposed, shape (n_components, n_features), float32.
    intercept_hidden_, intercept_visible_
        b and a.
    n_features_in_
        Number of visible units.
    history_
        Norm of the mean gradient, by epoch of the last fit.

    References
    ----------
    .. [Melchior2016] J. Melchior, A. Fischer, L. Wiskott, J. Mach. Learn. Res. 17, 1
       (2016).

    Examples
    --------
    >>> X = np.array([[0, 0], [1, 1]] * 50)
    >>> rbm = RestrictedBoltzmannMachine(2, n_iter=200, random_state=0).fit(X)
    >>> seen = rbm.sample(1000, rng=1)
    >>> bool((seen[:, 0] == seen[:, 1]).mean() > 0.9)
    True
    """

    def __init__(
        self,
        n_components: int = 256,
        *,
        learning_rate: float | Callable[[int], float] = 0.1,
        batch_size: int = 10,
        n_iter: int = 10,
        method: str = "pcd",
        k: int = 1,
        n_chains: int | None = None,
        n_betas: int = 10,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        centered: bool = True,
        binarize: float | None = 0.5,
        verbose: bool | int = 0,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.n_iter = n_iter
        self.method = method
        self.k = k
        self.n_chains = n_chains
        self.n_betas = n_betas
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.centered = centered
        self.binarize = binarize
        self.verbose = verbose
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: object = None,
        *,
        checkpoint: CheckpointLike = None,
        progress: Progress | None = None,
        time_limit: float | None = None,
    ) -> Self:
        """Train from the start.

        Parameters
        ----------
        X
            Shape (n_samples, n_features).
        y
            Not used.
        checkpoint
            Folder, or :class:`pbit.Checkpoint`, from which the same call goes on after a
            crash, with equal bits.
        progress
            True for a bar, or a function called with (epochs done, epochs in all);
            `verbose` if omitted.
        time_limit
            Seconds after which to stop.

        Raises
        ------
        TypeError, ValueError
            If the data or an argument break a rule, or the weights overflow.
        """
        del y
        data = self._data(X, reset=True)
        recipe = self._recipe(self.n_iter)
        source = seeded(checkpoint, _seed(self.random_state))
        machine = self._start(data, recipe, source)
        job = Training(machine, data, recipe, source)
        empty = IsingModel(
            np.zeros((1, 1))
        )  # there is no model before there are weights
        shown = bool(self.verbose) if progress is None else progress
        with open_checkpoint(
            checkpoint, "rbm", empty, source, data=data, n_components=self.n_components,
            rates=recipe.rates, batch_size=recipe.batch_size, method=recipe.method,
            k=recipe.k, n_chains=recipe.n_chains, betas=recipe.betas,
            momentum=recipe.momentum, weight_decay=recipe.decay, centered=recipe.centered,
        ) as saver:  # fmt: skip
            drive(job, progress=shown, time_limit=time_limit, saver=saver)
        return self._finish(job)

    def partial_fit(self, X: ArrayLike, y: object = None) -> Self:
        """Go on with one pass through these rows; from the start if nothing was fitted.

        Raises
        ------
        TypeError, ValueError
            As `fit` does.
        """
        del y
        fresh = not hasattr(self, "components_")
        data = self._data(X, reset=fresh)
        recipe = self._recipe(1, 0 if fresh else int(self._machine.epochs))
        if fresh:
            source = streams(_seed(self.random_state))
            machine = self._start(data, recipe, source)
        else:
            source, machine = self._source, self._machine
        job = Training(machine, data, recipe, source)
        job.step()
        return self._finish(job)

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Return P(h_j = 1 | v) of every row, shape (n_samples, n_components)."""
        check_is_fitted(self)
        given = validate_data(self, X, reset=False, dtype=(np.float64, np.float32))
        found = self._weights().hidden_inputs(self._bits(given))
        squash(found, 1.0)
        return found.astype(given.dtype)

    def score_samples(self, X: ArrayLike) -> Floats:
        r"""Return the pseudo-log-likelihood :math:`\sum_i \ln P(v_i | v_{others})` of rows.

        Exact, over all features: scikit-learn's draws one feature at random.
        """
        check_is_fitted(self)
        return self._weights().pseudo_likelihoods(self._data(X))

    def gibbs(
        self, v: ArrayLike, n_steps: int = 1, rng: RandomState = None
    ) -> NDArray[np.uint8]:
        """Return rows after so many sweeps (h given v, then v given h) from these.

        Without `rng` draws go on from those of training and earlier calls.
        """
        check_is_fitted(self)
        bits = self._data(v).copy()
        source, first = self._stream(rng, check_count("n_steps", n_steps))
        return self._weights().gibbs(bits, n_steps, source, first)

    def sample(
        self,
        n: int,
        n_sweeps: int = 1000,
        clamp: Mapping[int, Any] | None = None,
        rng: RandomState = None,
    ) -> NDArray[np.uint8]:
        """Return rows from independent chains that start at random, shape (n, n_features).

        Parameters
        ----------
        n
            How many.
        n_sweeps
            Sweeps of each chain.
        clamp
            Features held, {number of the feature: 0 or 1, or n of them}: completion.
        rng
            Seed; without it draws go on from those of training and earlier calls.

        Raises
        ------
        TypeError, ValueError
            If an argument breaks a rule above.
        """
        check_is_fitted(self)
        check_count("n", n)
        # One sweep's draws more: the rows to start from.
        source, first = self._stream(rng, check_count("n_sweeps", n_sweeps) + 1, 0)
        model = self._weights()
        start = model.random_rows(n, source, first)
        held = _clamped(clamp or {}, start)
        return model.gibbs(start, n_sweeps, source, first + 1, held)

    def log_likelihood(
        self,
        X: ArrayLike,
        *,
        n_chains: int = 100,
        n_steps: int = 1000,
        level: float = 0.95,
        rng: RandomState = None,
    ) -> LogLikelihood:
        """Estimate the mean of ln P(v) over rows by annealed importance sampling.

        Chains go from independent units of the rows' means to this machine, hidden units
        summed over [Salakhutdinov2008]_. `to_machine` gives it exactly where one layer is
        small.

        Parameters
        ----------
        X
            Rows.
        n_chains, n_steps, level
            As in :func:`pbit.analysis.annealed_importance`.
        rng
            Seed.

        Raises
        ------
        TypeError, ValueError
            If an argument breaks a rule above.

        References
        ----------
        .. [Salakhutdinov2008] R. Salakhutdinov, I. Murray, ICML 2008, 872.
        """
        check_is_fitted(self)
        return self._weights().log_likelihood(
            self._data(X), n_chains, n_steps, level, streams(rng)
        )

    def to_machine(self) -> BoltzmannMachine:
        """Return the same machine of ±1, visible p-bits first: W/4, a/2 + ΣW/4, b/2 + ΣW/4."""
        check_is_fitted(self)
        W = np.asarray(self.components_.T, np.float64)
        n_visible, n_hidden = W.shape
        machine = BoltzmannMachine.restricted(n_visible, n_hidden)
        machine.weights[:] = W.ravel() / 4
        machine.biases[:n_visible] = self.intercept_visible_ / 2 + W.sum(axis=1) / 4
        machine.biases[n_visible:] = self.intercept_hidden_ / 2 + W.sum(axis=0) / 4
        return machine

    @classmethod
    def from_weights(
        cls,
        components: ArrayLike,
        intercept_hidden: ArrayLike,
        intercept_visible: ArrayLike,
        **parameters: Any,
    ) -> RestrictedBoltzmannMachine:
        """Return a machine of these weights, such as scikit-learn's, ready for use.

        Raises
        ------
        ValueError
            If shapes do not agree or a number is not finite.
        """
        W = np.array(components, dtype=np.float32)
        b = np.array(intercept_hidden, dtype=np.float32)
        a = np.array(intercept_visible, dtype=np.float32)
        if W.ndim != 2 or b.shape != W.shape[:1] or a.shape != W.shape[1:]:
            msg = (
                "components must have shape (n_components, n_features) and the intercepts "
                f"one number each, not {W.shape}, {b.shape} and {a.shape}"
            )
            raise ValueError(msg)
        for name, array in (("components", W), ("hidden", b), ("visible", a)):
            if not np.isfinite(array).all():
                msg = f"{name} weights must be finite"
                raise ValueError(msg)
        rbm = cls(n_components=len(b), **parameters)
        rbm.n_features_in_ = len(a)
        recipe = rbm._recipe(1)
        rbm._source = streams(_seed(rbm.random_state))
        machine = Machine(len(a), len(b), recipe.n_chains * len(recipe.betas))
        machine.weights[:], machine.a[:], machine.b[:] = W.T, a, b
        if recipe.centered:  # of the data nothing is known yet
            machine.middle_v[:], machine.middle_h[:] = 0.5, 0.5
        rbm._machine = machine
        rbm.components_, rbm.intercept_hidden_, rbm.intercept_visible_ = W, b, a
        rbm.history_ = np.empty(0)
        return rbm

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write weights and biases to a file that `load` reads (npz, no pickle)."""
        check_is_fitted(self)
        arrays = {
            "components": self.components_,
            "intercept_hidden": self.intercept_hidden_,
            "intercept_visible": self.intercept_visible_,
        }
        write_npz(path, arrays, {"kind": KIND})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RestrictedBoltzmannMachine:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file is damaged or holds something else.
        OSError
            If it cannot be read.
        """
        names = ("components", "intercept_hidden", "intercept_visible")
        arrays, _ = read_npz(path, KIND, required=names)
        return cls.from_weights(*(arrays[name] for name in names))

    def __sklearn_tags__(self) -> Any:
        """Say that float32 stays float32."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def _data(self, X: ArrayLike, *, reset: bool = False) -> Bits:
        given = validate_data(self, X, reset=reset, dtype=(np.float64, np.float32))
        return self._bits(given)

    def _bits(self, X: NDArray[Any]) -> Bits:
        if self.binarize is None:
            from pbit.learning.data import check_data

            X = check_data(X, X.shape[1], name="X")
        level = 0.0 if self.binarize is None else float(self.binarize)
        return np.ascontiguousarray(level < X, dtype=np.uint8)

    def _recipe(self, n_epochs: int, first: int = 0) -> Recipe:
        check_count("n_components", self.n_components)
        batch = check_count("batch_size", self.batch_size)
        method = check_choice("method", self.method, METHODS)
        chains = batch if self.n_chains is None else self.n_chains
        check_count("n_chains", chains)
        betas = np.ones(1)
        if method == "tempered":
            betas = np.linspace(0.0, 1.0, check_count("n_betas", self.n_betas, 2))
        rate = self.learning_rate
        rates = [
            check_positive("learning_rate", rate(first + e) if callable(rate) else rate)
            for e in range(check_count("n_iter", n_epochs))
        ]
        return Recipe(
            np.array(rates), batch, method, check_count("k", self.k),
            0 if method == "cd" else chains, betas,
            check_fraction("momentum", self.momentum, zero=True),
            check_nonnegative("weight_decay", self.weight_decay), bool(self.centered),
        )  # fmt: skip

    def _start(self, data: Bits, recipe: Recipe, source: Streams) -> Machine:
        count = recipe.n_chains * len(recipe.betas)
        machine = Machine(data.shape[1], self.n_components, count)
        drawn = np.empty(machine.weights.size)
        fill_uniforms(drawn, source.key0, source.key1, int(Use.LEARN_INITIAL), 0)
        machine.weights[:] = SPREAD * ndtri(drawn).reshape(machine.weights.shape)
        # One row of either sign more, so that no bias is infinite.
        on = (data.sum(axis=0, dtype=np.float64) + 1) / (len(data) + 2)
        machine.a[:] = np.log(on / (1 - on))
        if recipe.centered:
            machine.middle_v[:], machine.middle_h[:] = on, 0.5
        return machine

    def _finish(self, job: Training) -> Self:
        machine = job.machine
        self._machine, self._source = machine, job.source
        self.components_: Singles = np.ascontiguousarray(machine.weights.T)
        self.intercept_hidden_: Singles = machine.b.copy()
        self.intercept_visible_: Singles = machine.a.copy()
        self.history_: Floats = job.gradient[: job.done]
        return self

    def _weights(self) -> Restricted:
        return Restricted(
            self.components_, self.intercept_hidden_, self.intercept_visible_
        )

    def _stream(
        self, rng: RandomState, n_sweeps: int, start: int = 1
    ) -> tuple[Streams, int]:
        """Return a stream and the number of the first sweep to be drawn from it.

        That is `start` in a stream of its own.
        """
        if rng is not None:
            return streams(rng), start
        first = int(self._machine.sweeps)
        self._machine.sweeps += n_sweeps
        return self._source, first


def _seed(given: Any) -> RandomState:
    """Return scikit-learn's kinds of seeds as ours."""
    if isinstance(given, np.random.RandomState):
        return np.random.SeedSequence(given.randint(2**31, size=4).tolist())
    seed: RandomState = given
    return seed


def _clamped(clamp: Mapping[int, Any], rows: Bits) -> dict[int, Bits]:
    held: dict[int, Bits] = {}
    for feature, value in clamp.items():
        number = check_count("clamp", feature, 0)
        if number >= rows.shape[1]:
            msg = f"clamp must name features below {rows.shape[1]}, not {number}"
            raise ValueError(msg)
        values = np.asarray(value)
        if values.shape not in ((), (len(rows),)) or not np.isin(values, (0, 1)).all():
            msg = f"clamp of feature {number} must be 0 or 1, or {len(rows)} of them"
            raise ValueError(msg)
        held[number] = np.broadcast_to(values, len(rows)).astype(np.uint8)
    return held
