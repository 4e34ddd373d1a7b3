"""Variational Monte Carlo: a wave function's energy, lowered by stochastic reconfiguration.

S. Sorella, Phys. Rev. Lett. 80, 4558 (1998).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from pbit.checks import Floats, States, check_count, check_positive, check_states
from pbit.learning.phases import Draw
from pbit.learning.transverse import TransverseIsing, all_states
from pbit.learning.wavefunction import RBMWaveFunction
from pbit.random import RandomState, Streams, Use, random_states, seed_of, streams
from pbit.samplers.gibbs import sample


class Energy(NamedTuple):
    """An energy, its standard error (0 where summed exactly), and its variance.

    The variance is that of the local energy, which vanishes in an eigenstate.
    """

    value: float
    error: float
    variance: float


@dataclass(frozen=True)
class Descent:
    """How an energy fell.

    Attributes
    ----------
    energies
        One a step, before the step.
    info
        Settings and seed.
    """

    energies: tuple[Energy, ...]
    info: dict[str, Any] = field(default_factory=dict)


def variational_energy(
    hamiltonian: TransverseIsing, psi: RBMWaveFunction, states: States | None = None
) -> Energy:
    """Return ⟨ψ|H|ψ⟩/⟨ψ|ψ⟩: summed over all states, or averaged over states drawn.

    Parameters
    ----------
    hamiltonian, psi
        Of as many sites.
    states
        Independent states from |ψ|², ±1, shape (n_samples, n); None sums over all 2**n.

    Raises
    ------
    CapacityError
        If more than 16 sites are to be summed over.
    ValueError
        If the numbers of sites differ.
    """
    _check_sites(hamiltonian, psi)
    if states is None:
        local = hamiltonian.local_energies(psi, all_states(psi.n))
        return _energy(local, psi.probabilities(), None)
    local = hamiltonian.local_energies(psi, states)
    return _energy(local, np.full(len(local), 1.0 / len(local)), len(local))


def find_ground(
    hamiltonian: TransverseIsing,
    psi: RBMWaveFunction,
    n_steps: int = 200,
    *,
    n_samples: int | None = 1000,
    n_sweeps: int = 10,
    learning_rate: float = 0.1,
    shift: float = 1e-3,
    draw: Draw | None = None,
    rng: RandomState = None,
    n_threads: int | None = 1,
    callback: Callable[[int, Energy], object] | None = None,
) -> Descent:
    r"""Lower a wave function's energy, in place, towards that of the ground state.

    Each step solves :math:`(S + \epsilon) \delta = -\eta f` with the covariances
    :math:`S_{kl} = \langle O_k; O_l \rangle` and :math:`f_k = \langle O_k; E_{loc}\rangle`
    over |ψ|², where O are the derivatives of ln ψ: imaginary time, as far as ψ can follow.

    Parameters
    ----------
    hamiltonian, psi
        Of as many sites; `psi` is written to.
    n_steps
        Steps.
    n_samples
        States that averages are taken over; None sums over all 2**n exactly.
    n_sweeps
        Gibbs sweeps between two steps, of chains that persist.
    learning_rate
        η, the length of a step of imaginary time, in units of 1/H.
    shift
        ε, added to the diagonal of S.
    draw
        Draws states in place of the chains, as `pbit.learning.Drawn` wants it: called with
        the model (sites, then hidden units twice), None, `n_samples` and a seed; a
        simulated machine, say.
    rng
        Seed.
    n_threads
        Threads over the chains.
    callback
        Called with (steps done, energy) after each step.

    Returns
    -------
    Descent
        The energies on the way.

    Raises
    ------
    CapacityError
        If more than 16 sites are to be summed over.
    TypeError, ValueError
        If an argument breaks a rule above.

    Examples
    --------
    >>> chain = TransverseIsing.chain(4)
    >>> psi = RBMWaveFunction(4, 4, rng=0)
    >>> descent = find_ground(chain, psi, 60, n_samples=None)
    >>> round(variational_energy(chain, psi).value / chain.ground_energy(), 3)
    1.0
    """
    _check_sites(hamiltonian, psi)
    check_count("n_steps", n_steps)
    check_count("n_sweeps", n_sweeps)
    check_positive("learning_rate", learning_rate)
    check_positive("shift", shift)
    if n_samples is not None:
        check_count("n_samples", n_samples, 2)
    source = streams(rng)
    chains = _Chains(psi, n_samples or 1, n_sweeps, draw, source, n_threads)
    found = []
    for step in range(n_steps):
        if n_samples is None:
            states, weights = all_states(psi.n), psi.probabilities()
        else:
            states = chains.states(step)
            weights = np.full(n_samples, 1.0 / n_samples)
        local = hamiltonian.local_energies(psi, states)
        found.append(_energy(local, weights, n_samples))
        psi.parameters += learning_rate * _direction(
            psi.derivatives(states), local, weights, shift
        )
        if callback is not None:
            callback(step + 1, found[-1])
    info = {
        "n_steps": n_steps,
        "n_samples": n_samples,
        "n_sweeps": n_sweeps,
        "learning_rate": learning_rate,
        "shift": shift,
        "rng": source.entropy,
    }
    return Descent(tuple(found), info)


class _Chains:
    """Chains of p-bits that follow a wave function as it changes."""

    def __init__(
        self,
        psi: RBMWaveFunction,
        n_samples: int,
        n_sweeps: int,
        draw: Draw | None,
        source: Streams,
        n_threads: int | None,
    ) -> None:
        self._psi, self._n, self._n_sweeps, self._draw = psi, n_samples, n_sweeps, draw
        self._source, self._n_threads = source, n_threads
        n = psi.n + 2 * psi.n_hidden
        self._states = random_states(streams(self._seed(0)), n_samples, n, Use.INITIAL)

    def _seed(self, step: int) -> np.random.SeedSequence:
        return seed_of(self._source, step)

    def states(self, step: int) -> States:
        """Return states of the sites, shape (n_samples, n), for the wave function now."""
        model = self._psi.machine().model
        if self._draw is not None:
            drawn = check_states(
                self._draw(model, None, self._n, self._seed(step)),
                model.n,
                "drawn states",
            )
            if drawn.shape != (self._n, model.n):
                msg = f"drawn states must have shape ({self._n}, {model.n}), not {drawn.shape}"
                raise ValueError(msg)
            return drawn[:, : self._psi.n]
        self._states = sample(
            model,
            n_chains=self._n,
            n_sweeps=self._n_sweeps,
            n_warmup=0,
            keep_every=self._n_sweeps,
            initial=self._states,
            rng=self._seed(step),
            n_threads=self._n_threads,
        ).states[:, 0]
        return self._states[:, : self._psi.n]


def _energy(local: Floats, weights: Floats, n_samples: int | None) -> Energy:
    mean = float(weights @ local)
    variance = float(weights @ (local - mean) ** 2)
    error = 0.0 if n_samples is None else math.sqrt(variance / (n_samples - 1))
    return Energy(mean, error, variance)


def _direction(slopes: Floats, local: Floats, weights: Floats, shift: float) -> Floats:
    """Return where the parameters go: −(S + ε)⁻¹ f."""
    slopes = slopes - weights @ slopes
    force = slopes.T @ (weights * (local - weights @ local))
    metric = slopes.T @ (slopes * weights[:, None])
    metric[np.diag_indices_from(metric)] += shift
    return np.asarray(-np.linalg.solve(metric, force))


def _check_sites(hamiltonian: TransverseIsing, psi: RBMWaveFunction) -> None:
    if hamiltonian.n != psi.n:
        msg = f"psi must have {hamiltonian.n} sites, as the model, not {psi.n}"
        raise ValueError(msg)
