"""Hopfield networks: patterns stored as low states of couplings, recalled by going downhill.

References: J. J. Hopfield, PNAS 79, 2554 (1982); L. Personnaz, I. Guyon and G. Dreyfus,
J. Physique Lett. 46, L359 (1985) for the pseudo-inverse; D. J. Amit, H. Gutfreund and
H. Sompolinsky, Phys. Rev. Lett. 55, 1530 (1985) for the capacity.
"""

from __future__ import annotations

import math
import os

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erf

from pbit.checks import Floats, States, check_choice, check_count, check_states
from pbit.io import MAX_BYTES, read_npz, write_npz
from pbit.learning.data import check_data
from pbit.model import IsingModel
from pbit.random import RandomState
from pbit.samplers.clamps import Clamp
from pbit.samplers.gibbs import sample
from pbit.samplers.greedy import descend

KIND = "hopfield network"
RULES = ("hebbian", "pseudo-inverse")
_NEGLIGIBLE = 1e-9  # couplings below it, relative to a weight of 1, are rounding
_DEEP = 6.0  # erf(y) = 1 to within rounding


class HopfieldNetwork:
    r"""Couplings whose low states are given patterns; recall completes and mends them.

    With P patterns :math:`\xi^\mu` of N p-bits and C their matrix of overlaps,

    .. math::

        J = \frac1N \sum_\mu \xi^\mu \xi^{\mu T} \text{ (Hebbian)}, \qquad
        J = \frac1N \sum_{\mu\nu} \xi^\mu (C^{-1})_{\mu\nu} \xi^{\nu T}
        \text{ (pseudo-inverse)},

    both with zero diagonal. Hebbian networks recall up to about 0.138 N random patterns,
    with a few wrong bits; of the pseudo-inverse every pattern is exactly stable as long
    as the patterns do not span all states.

    Parameters
    ----------
    patterns
        What to store, shape (n_patterns, n): ±1, 0/1 or booleans.
    rule
        "hebbian" or "pseudo-inverse".

    Attributes
    ----------
    patterns
        int8 of ±1, shape (n_patterns, n).
    model
        The :class:`pbit.IsingModel` (h = 0), for samplers and machines.
    rule
        As given.

    Raises
    ------
    TypeError, ValueError
        If the patterns are no data (`pbit.learning.check_data`), there is no such rule,
        or patterns of the pseudo-inverse span all states, so that nothing is stored.

    Examples
    --------
    >>> network = HopfieldNetwork([[1, 1, 1, 1, -1, -1], [1, -1, 1, -1, 1, -1]])
    >>> network.recall([1, 1, 1, 1, -1, 1]).tolist()
    [1, 1, 1, 1, -1, -1]
    """

    def __init__(self, patterns: ArrayLike, rule: str = "hebbian") -> None:
        self.patterns = check_data(patterns, name="patterns")
        self.patterns.flags.writeable = False
        self.rule = check_choice("rule", rule, RULES)
        make = _hebbian if rule == "hebbian" else _pseudo_inverse
        self.model = IsingModel(make(self.patterns.astype(np.float64)))

    @property
    def n(self) -> int:
        """Number of p-bits."""
        return int(self.patterns.shape[1])

    @property
    def n_patterns(self) -> int:
        """Number of patterns stored."""
        return int(self.patterns.shape[0])

    @property
    def filling(self) -> float:
        """Patterns a p-bit, P / N: the load."""
        return self.n_patterns / self.n

    def recall(
        self,
        probes: ArrayLike,
        *,
        beta: float | None = None,
        n_sweeps: int = 100,
        clamp: Clamp = None,
        rng: RandomState = None,
        n_threads: int | None = None,
    ) -> States:
        """Return the states that probes settle in.

        Parameters
        ----------
        probes
            States to start from, ±1, shape (n,) or (n_probes, n).
        beta
            None: p-bits follow the sign of their field one after the other until none
            changes (no temperature; always ends, and draws nothing). A number: Gibbs
            sampling at that inverse temperature.
        n_sweeps
            Sweeps at `beta`.
        clamp
            P-bits held, by number, as in :func:`pbit.sample`.
        rng
            Seed of the sampling at `beta`.
        n_threads
            Threads over probes; all cores by default.

        Returns
        -------
        numpy.ndarray
            States of ±1, of the shape of `probes`.

        Raises
        ------
        TypeError, ValueError, KeyError
            If a probe or an argument breaks a rule above.
        """
        given = check_states(probes, self.n, "probes")
        if given.ndim > 2:
            msg = f"probes must have shape (n,) or (n_probes, n), not {given.shape}"
            raise ValueError(msg)
        rows = given.reshape(-1, self.n)
        if beta is None:
            found = descend(self.model, rows, clamp=clamp, n_threads=n_threads)
        else:
            found = sample(
                self.model,
                beta,
                n_chains=len(rows),
                n_sweeps=check_count("n_sweeps", n_sweeps),
                n_warmup=0,
                keep_every=n_sweeps,
                clamp=clamp,
                rng=rng,
                initial=rows,
                n_threads=n_threads,
            ).states[:, 0]
        return found.reshape(given.shape)

    def overlaps(self, states: ArrayLike) -> Floats:
        r"""Return :math:`\frac1N \sum_i \xi^\mu_i m_i`, shape (..., n_patterns)."""
        m = check_states(states, self.n)
        return np.asarray(m @ self.patterns.T.astype(np.float64) / self.n)

    def unstable_share(self) -> float:
        """Return the share of the patterns' bits that stand against their field."""
        support = self.patterns * self.model.fields(self.patterns)
        return float((support < 0).mean())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to one file (see `pbit.io`), completely or not at all.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        header = {"kind": KIND, "rule": self.rule}
        write_npz(path, {"patterns": self.patterns}, header)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], max_bytes: int = MAX_BYTES
    ) -> HopfieldNetwork:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file is damaged, too large or of another kind; it names the path.
        OSError
            If it cannot be read at all.
        """
        arrays, header = read_npz(
            path, KIND, required=("patterns",), max_bytes=max_bytes
        )
        try:
            return cls(arrays["patterns"], header.get("rule", ""))
        except (TypeError, ValueError) as error:
            msg = f"{os.fspath(path)}: {error}"
            raise ValueError(msg) from error

    def __repr__(self) -> str:
        """Say sizes and rule."""
        sizes = f"n={self.n}, n_patterns={self.n_patterns}"
        return f"HopfieldNetwork({sizes}, rule={self.rule!r})"


def hopfield_capacity() -> float:
    """Return the load up to which a large Hebbian network recalls: 0.1379 patterns a p-bit.

    The largest load at which the mean-field equation of `hopfield_overlap` has a solution
    near 1 (Amit, Gutfreund and Sompolinsky 1985, replica-symmetric, zero temperature).

    Examples
    --------
    >>> round(hopfield_capacity(), 4)
    0.1379
    """
    # Where y is the largest, its load is: at most one solution beyond.
    best = minimize_scalar(lambda y: -_load_of(y), bounds=(0.5, 3.0), method="bounded")
    return float(-best.fun)


def hopfield_overlap(load: float) -> float:
    r"""Return the overlap that a large Hebbian network keeps with a pattern it holds.

    At zero temperature :math:`m = \mathrm{erf}(y)` with the largest solution of
    :math:`y (\sqrt{2\alpha} + \frac{2}{\sqrt\pi} e^{-y^2}) = \mathrm{erf}(y)`; a share of
    (1 − m)/2 of the bits is wrong. Beyond the capacity there is none, and m is 0: a real
    network then still keeps some overlap (about 0.3) with where it started.

    Parameters
    ----------
    load
        Patterns a p-bit, α > 0.

    Raises
    ------
    ValueError
        If the load is not a positive number.

    Examples
    --------
    >>> round((1 - hopfield_overlap(0.137)) / 2, 3)  # share of wrong bits, nearly full
    0.012
    >>> hopfield_overlap(0.2)
    0.0
    """
    if not (math.isfinite(load) and load > 0):
        msg = f"load must be a positive number, not {load}"
        raise ValueError(msg)
    top = minimize_scalar(lambda y: -_load_of(y), bounds=(0.5, 3.0), method="bounded")
    if load >= -top.fun:
        return 0.0
    if _load_of(_high(load)) > load:  # so deep that erf(y) is 1 either way
        return 1.0
    y = brentq(lambda y: _load_of(y) - load, top.x, _high(load))
    return float(erf(y))


def _load_of(y: float) -> float:
    """Return the load at which y solves the mean-field equation (0 if none does)."""
    root = erf(y) / y - 2.0 / math.sqrt(math.pi) * math.exp(-y * y)
    return float(max(root, 0.0) ** 2 / 2.0)


def _high(load: float) -> float:
    """Return a y beyond the solution for `load`, where erf(y) / y is below its root."""
    return max(_DEEP, 1.0 / math.sqrt(2.0 * load))


def _hebbian(patterns: Floats) -> Floats:
    J = patterns.T @ patterns / patterns.shape[1]
    np.fill_diagonal(J, 0.0)
    return np.asarray(J)


def _pseudo_inverse(patterns: Floats) -> Floats:
    # The projector onto the span of the patterns; patterns may depend on one another.
    J = np.linalg.pinv(patterns) @ patterns
    J = (J + J.T) / 2.0
    np.fill_diagonal(J, 0.0)
    if np.abs(J).max(initial=0.0) < _NEGLIGIBLE:
        n_patterns, n = patterns.shape
        msg = (
            f"patterns must leave a direction free: {n_patterns} patterns span all "
            f"states of {n} p-bits"
        )
        raise ValueError(msg)
    return np.asarray(J)
