"""Ising models in a transverse field: the quantum model whose ground state is learned."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from pbit.checks import Floats, States, check_count, check_nonnegative
from pbit.errors import CapacityError
from pbit.exact import ground_states
from pbit.model import IsingModel

if TYPE_CHECKING:
    from pbit.learning.wavefunction import RBMWaveFunction

MAX_SITES = 16  # enumerated: 2**16 states, a sparse matrix of a million entries
_BLOCK = 2**20  # amplitudes computed at a time


class TransverseIsing:
    r"""An Ising model in a transverse field.

    .. math::

        H = -\sum_{i<j} J_{ij} \sigma^z_i \sigma^z_j - \sum_i h_i \sigma^z_i
            + offset - \Gamma \sum_i \sigma^x_i

    Its ground state has no negative amplitude, so that |ψ|² is a distribution of p-bits
    and ψ needs no signs.

    Parameters
    ----------
    model
        The classical part.
    gamma
        The field Γ ≥ 0, in the units of J.

    Raises
    ------
    TypeError, ValueError
        If `model` is no IsingModel or the field is not a finite number >= 0.

    Examples
    --------
    >>> chain = TransverseIsing.chain(10)
    >>> round(chain.ground_energy(), 6), round(critical_chain_energy(10), 6)
    (-12.784906, -12.784906)
    """

    def __init__(self, model: IsingModel, gamma: float) -> None:
        given: Any = model
        if not isinstance(given, IsingModel):
            msg = f"model must be an IsingModel, not {model!r}"
            raise TypeError(msg)
        self.model = model
        self.gamma = check_nonnegative("gamma", gamma)

    @classmethod
    def chain(
        cls, n: int, gamma: float = 1.0, coupling: float = 1.0
    ) -> TransverseIsing:
        """Return the ring of n sites (n >= 3); it is critical at gamma = coupling."""
        check_count("n", n, 3)
        J = {(i, (i + 1) % n): coupling for i in range(n)}
        return cls(IsingModel(J), gamma)

    @property
    def n(self) -> int:
        """Number of sites."""
        return self.model.n

    def local_energies(self, psi: RBMWaveFunction, states: States) -> Floats:
        r"""Return :math:`E(s) - \Gamma \sum_i \psi(s^i)/\psi(s)`, s^i with site i flipped.

        Parameters
        ----------
        psi
            A wave function of as many sites.
        states
            ±1, shape (n_samples, n).
        """
        energies = self.model.energy(states)
        step = max(1, _BLOCK // (self.n * max(1, psi.n_hidden)))
        for first in range(0, len(states), step):
            part = slice(first, first + step)
            ratios = np.exp(psi.log_ratios(states[part]))
            energies[part] -= self.gamma * ratios.sum(axis=1)
        return energies

    def matrix(self) -> sp.csr_array:
        """Return H over the 2**n states, little-endian.

        Raises
        ------
        CapacityError
            If there are more than 16 sites.
        """
        diagonal = self.model.energy(all_states(self.n))
        numbers = np.arange(2**self.n)
        flips = (numbers[:, None] ^ (1 << np.arange(self.n))).ravel()
        rows = np.repeat(numbers, self.n)
        field = sp.csr_array(
            (np.full(len(rows), -self.gamma), (rows, flips)), shape=(2**self.n,) * 2
        )
        return sp.csr_array(field + sp.diags_array(diagonal))

    def ground_energy(self) -> float:
        """Return the lowest eigenvalue of H, by exact diagonalisation.

        Raises
        ------
        CapacityError
            If there are more than 16 sites.
        """
        from scipy.sparse.linalg import eigsh

        if self.gamma == 0 or self.n < 3:  # diagonal, or too small for Lanczos
            if self.gamma == 0:
                return float(self.model.energy(ground_states(self.model)[0]))
            return float(np.linalg.eigvalsh(self.matrix().toarray())[0])
        # A start that overlaps the ground state, whose amplitudes have one sign.
        start = np.ones(2**self.n)
        return float(eigsh(self.matrix(), k=1, which="SA", v0=start)[0][0])


def critical_chain_energy(n: int) -> float:
    r"""Return the ground energy of the critical ring, J = Γ = 1: :math:`-2/\sin(\pi/2n)`.

    By free fermions (P. Pfeuty, Ann. Phys. 57, 79 (1970)); per site it tends to −4/π.
    """
    return -2.0 / math.sin(math.pi / (2 * check_count("n", n, 3)))


def all_states(n: int) -> States:
    """Return the 2**n states of n sites, little-endian, shape (2**n, n).

    Raises
    ------
    CapacityError
        If there are more than 16 sites.
    """
    if n > MAX_SITES:
        msg = f"exact sums need at most {MAX_SITES} sites, not {n}"
        raise CapacityError(msg)
    bits = np.arange(2**n)[:, None] >> np.arange(n) & 1
    return (2 * bits - 1).astype(np.int8)
