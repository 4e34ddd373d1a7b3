"""Restricted Boltzmann machines as wave functions, sampled as p-bits.

G. Carleo and M. Troyer, Science 355, 602 (2017).
"""

from __future__ import annotations

import os

import numpy as np
from scipy.special import ndtri

from pbit.checks import Floats, States, check_count, check_finite, check_nonnegative
from pbit.io import MAX_BYTES, read_npz, write_npz
from pbit.learning._enumerated import log_2cosh
from pbit.learning.machine import BoltzmannMachine
from pbit.learning.noise import uniforms
from pbit.learning.transverse import all_states
from pbit.random import RandomState, Use, streams

KIND = "rbm wave function"


class RBMWaveFunction:
    r"""A positive wave function with hidden units.

    .. math::

        \psi(s) = e^{\sum_i a_i s_i} \prod_j 2 \cosh\Big(b_j + \sum_i W_{ij} s_i\Big)

    Its square is a restricted Boltzmann machine in which every hidden unit stands twice
    (`machine`), so p-bits draw from it, ideal ones or those of a simulated machine.

    Parameters
    ----------
    n, n_hidden
        Sites and hidden units.
    scale
        Deviation of the normal distribution that all parameters are drawn from.
    rng
        Seed.

    Attributes
    ----------
    a, b, W
        Parameters, shapes (n,), (n_hidden,) and (n, n_hidden).

    Raises
    ------
    TypeError, ValueError
        If a size is not a whole number of at least 1, or the scale is negative.

    Examples
    --------
    >>> psi = RBMWaveFunction(3, 2, scale=0.0)
    >>> psi.probabilities().tolist() == [0.125] * 8
    True
    """

    a: Floats
    b: Floats
    W: Floats

    def __init__(
        self, n: int, n_hidden: int, *, scale: float = 0.05, rng: RandomState = None
    ) -> None:
        check_count("n", n)
        check_count("n_hidden", n_hidden)
        check_nonnegative("scale", scale)
        drawn = uniforms(streams(rng), 1, n + n_hidden + n * n_hidden, Use.WAVE)[0]
        self.a, self.b, self.W = (
            np.zeros(n),
            np.zeros(n_hidden),
            np.zeros((n, n_hidden)),
        )
        self.parameters = scale * ndtri(drawn)

    @property
    def n(self) -> int:
        """Number of sites."""
        return len(self.a)

    @property
    def n_hidden(self) -> int:
        """Number of hidden units."""
        return len(self.b)

    @property
    def parameters(self) -> Floats:
        """All parameters in a row: a, b, then W row by row; may be assigned."""
        return np.concatenate([self.a, self.b, self.W.ravel()])

    @parameters.setter
    def parameters(self, values: Floats) -> None:
        n, n_hidden = self.W.shape
        flat = np.asarray(values, dtype=np.float64)
        size = n + n_hidden + n * n_hidden
        if flat.shape != (size,):
            msg = f"parameters must have shape ({size},), not {flat.shape}"
            raise ValueError(msg)
        check_finite("parameters", flat)
        self.a, self.b = flat[:n].copy(), flat[n : n + n_hidden].copy()
        self.W = flat[n + n_hidden :].reshape(n, n_hidden).copy()

    def log_psi(self, states: States) -> Floats:
        """Return ln ψ of states of shape (n_samples, n)."""
        return np.asarray(
            states @ self.a + log_2cosh(self._angles(states)).sum(axis=-1)
        )

    def log_ratios(self, states: States) -> Floats:
        """Return ln ψ(s^i)/ψ(s), s^i with site i flipped, shape (n_samples, n)."""
        angles = self._angles(states)
        turned = angles[:, None, :] - 2.0 * states[:, :, None] * self.W
        change = log_2cosh(turned).sum(axis=-1)
        change -= log_2cosh(angles).sum(axis=-1)[:, None]
        return np.asarray(change - 2.0 * states * self.a)

    def derivatives(self, states: States) -> Floats:
        """Return the derivatives of ln ψ by all parameters, shape (n_samples, size)."""
        lean = np.tanh(self._angles(states))
        outer = (states[:, :, None] * lean[:, None, :]).reshape(len(states), -1)
        return np.concatenate([states, lean, outer], axis=1)

    def probabilities(self) -> Floats:
        """Return |ψ|², normalised, over the 2**n states, little-endian.

        Raises
        ------
        CapacityError
            If there are more than 16 sites.
        """
        log_weights = 2.0 * self.log_psi(all_states(self.n))
        weights = np.exp(log_weights - log_weights.max())
        return np.asarray(weights / weights.sum())

    def machine(self) -> BoltzmannMachine:
        """Return the p-bits that draw from |ψ|²: sites, then every hidden unit twice."""
        machine = BoltzmannMachine.restricted(self.n, 2 * self.n_hidden)
        i, j = machine.edges.T
        machine.weights[:] = np.hstack([self.W, self.W])[i, j - self.n]
        machine.biases[:] = np.concatenate([2.0 * self.a, self.b, self.b])
        return machine

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to a file that `load` reads (see `pbit.io`).

        Raises
        ------
        OSError
            If the file cannot be written; one of that name stays as it was.
        """
        write_npz(path, {"a": self.a, "b": self.b, "W": self.W}, {"kind": KIND})

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], max_bytes: int = MAX_BYTES
    ) -> RBMWaveFunction:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file is damaged, too large or of another kind; it names the path.
        OSError
            If it cannot be read.
        """
        arrays, _ = read_npz(path, KIND, required=("a", "b", "W"), max_bytes=max_bytes)
        a, b, W = arrays["a"], arrays["b"], arrays["W"]
        try:
            if W.ndim != 2 or a.shape != W.shape[:1] or b.shape != W.shape[1:]:
                msg = f"a, b and W do not fit: {a.shape}, {b.shape}, {W.shape}"
                raise ValueError(msg)
            psi = cls(*W.shape, scale=0.0)
            psi.parameters = np.concatenate([a, b, W.ravel()])
        except (TypeError, ValueError) as error:
            msg = f"{os.fspath(path)}: {error}"
            raise ValueError(msg) from error
        return psi

    def __repr__(self) -> str:
        """Say the sizes."""
        return f"RBMWaveFunction(n={self.n}, n_hidden={self.n_hidden})"

    def _angles(self, states: States) -> Floats:
        return np.asarray(states @ self.W + self.b)
