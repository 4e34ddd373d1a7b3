"""The mixed-integer program behind a gadget: fewest auxiliary p-bits, largest gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from pbit.kernels.types import Floats

_INFEASIBLE = 2  # status of scipy.optimize.milp
_OPTIMAL = 0


@dataclass(frozen=True)
class Coefficients:
    """An answer of the solver: biases, then couplings by rows, all whole numbers.

    `proven` says that no answer with as many auxiliary p-bits has a larger gap.
    """

    h: tuple[int, ...]
    J: tuple[tuple[int, ...], ...]
    gap: int
    proven: bool


def features(n: int) -> Floats:
    """Return −(m, m_i m_j for i < j) of every state: E = features · (h, J)."""
    states = 2.0 * (np.arange(1 << n)[:, None] >> np.arange(n) & 1) - 1
    first, second = np.triu_indices(n, 1)
    return -np.hstack([states, states[:, first] * states[:, second]])


def largest_gap(
    rows: Sequence[int], n_visible: int, n_aux: int, limit: int, seconds: float
) -> Coefficients | bool:
    """Return coefficients of the largest gap, or whether it is certain there are none.

    Unknown are the whole numbers h and J, within ±`limit`, the ground energy e, half
    the gap g (differences of energies are even), and a binary z a state over a valid
    row, 1 for the one state of the auxiliary p-bits that belongs to the row:

        E(s) >= e + 2g            for s over an invalid row
        e <= E(s) <= e + M(1 - z_s),  E(s) >= e + 2g - M z_s      for s over a valid row
        sum of z over a row = 1,      maximize g

    The sign of the first auxiliary p-bits is fixed on the first row, as negating one
    changes nothing. Among coefficients of the largest gap, a second run takes the
    smallest sum of magnitudes.
    """
    program = _Program(rows, n_visible, n_aux, limit)
    answer = program.solve({"gap": -1.0}, seconds)
    if answer.x is None:
        return bool(answer.status == _INFEASIBLE)
    half = round(float(answer.x[program.gap]))
    proven = answer.status == _OPTIMAL
    smaller = program.solve({"sizes": 1.0}, seconds, half)
    found = answer.x if smaller.x is None else smaller.x
    return program.read(found, 2 * half, proven)


class _Program:
    """Columns: h and J, their magnitudes, e, g, then a z a state over a valid row."""

    def __init__(
        self, rows: Sequence[int], n_visible: int, n_aux: int, limit: int
    ) -> None:
        self.n = n = n_visible + n_aux
        energies = features(n)
        visible = np.arange(1 << n) & (1 << n_visible) - 1
        valid = np.isin(visible, rows)
        self.size = size = energies.shape[1]
        self.energy, self.gap = 2 * size, 2 * size + 1
        over = np.flatnonzero(valid)
        self.columns = 2 * size + 2 + len(over)
        self.chosen = {int(s): 2 * size + 2 + k for k, s in enumerate(over)}
        self.big = 2.0 * limit * size
        self.limit = limit
        self.parts: list[tuple[Any, Floats, Floats]] = []
        self._energies(energies, valid, over)
        self._choices(rows, visible)
        self._magnitudes()
        self.lower, self.upper = self._bounds(rows[0], visible, n_visible)

    def _block(
        self, energies: Floats, *, gap: float = 0.0, z: float = 0.0, over: Any = ()
    ) -> Any:
        """Return rows E(s) − e + gap g + z z_s."""
        count = len(energies)
        block = sp.lil_array((count, self.columns))
        block[:, : self.size] = energies
        block[:, self.energy] = np.full((count, 1), -1.0)
        if gap:
            block[:, self.gap] = np.full((count, 1), gap)
        for row, state in enumerate(over if z else ()):
            block[row, self.chosen[int(state)]] = z
        return block.tocsr()

    def _add(self, block: Any, low: float, high: float) -> None:
        count = block.shape[0]
        self.parts.append((block, np.full(count, low), np.full(count, high)))

    def _energies(
        self, energies: Floats, valid: NDArray[np.bool_], over: NDArray[np.intp]
    ) -> None:
        if not valid.all():
            self._add(self._block(energies[~valid], gap=-2.0), 0.0, np.inf)
        on = energies[over]
        self._add(self._block(on, gap=-2.0, z=self.big, over=over), 0.0, np.inf)
        self._add(self._block(on), 0.0, np.inf)
        self._add(self._block(on, z=self.big, over=over), -np.inf, self.big)

    def _choices(self, rows: Sequence[int], visible: NDArray[np.intp]) -> None:
        block = sp.lil_array((len(rows), self.columns))
        for k, row in enumerate(rows):
            for state in np.flatnonzero(visible == row):
                block[k, self.chosen[int(state)]] = 1.0
        self._add(block.tocsr(), 1.0, 1.0)

    def _magnitudes(self) -> None:
        """Keep each magnitude at least its coefficient and minus it."""
        eye = sp.eye_array(self.size, format="csr")
        rest = sp.csr_array((self.size, self.columns - 2 * self.size))
        self._add(sp.hstack([eye, eye, rest], format="csr"), 0.0, np.inf)
        self._add(sp.hstack([-eye, eye, rest], format="csr"), 0.0, np.inf)

    def _bounds(
        self, first: int, visible: NDArray[np.intp], n_visible: int
    ) -> tuple[Floats, Floats]:
        lower, upper = np.zeros(self.columns), np.ones(self.columns)
        lower[: self.size], upper[: 2 * self.size] = -self.limit, self.limit
        lower[self.energy], upper[self.energy] = -self.big, self.big
        lower[self.gap], upper[self.gap] = 1.0, self.big
        for state, column in self.chosen.items():
            if visible[state] == first and state >> n_visible:
                upper[column] = 0.0
        return lower, upper

    def solve(
        self, costs: dict[str, float], seconds: float, half: int | None = None
    ) -> Any:
        """Run HiGHS on the gap, or on the sum of magnitudes with the gap held."""
        objective = np.zeros(self.columns)
        lower, upper = self.lower.copy(), self.upper.copy()
        if half is None:
            objective[self.gap] = costs["gap"]
        else:
            objective[self.size : 2 * self.size] = costs["sizes"]
            lower[self.gap] = upper[self.gap] = half
        whole = np.ones(self.columns)
        whole[self.size : 2 * self.size] = 0
        whole[self.energy] = 0
        matrix = sp.vstack([part for part, _, _ in self.parts], format="csr")
        low = np.concatenate([low for _, low, _ in self.parts])
        high = np.concatenate([high for _, _, high in self.parts])
        return milp(
            objective,
            integrality=whole,
            bounds=Bounds(lower, upper),
            constraints=LinearConstraint(matrix, low, high),
            options={"time_limit": seconds},
        )

    def read(self, x: Floats, gap: int, proven: bool) -> Coefficients:
        """Return the coefficients, as a symmetric matrix and biases."""
        numbers = np.rint(x[: self.size]).astype(int)
        couplings = np.zeros((self.n, self.n), dtype=int)
        couplings[np.triu_indices(self.n, 1)] = numbers[self.n :]
        couplings += couplings.T
        return Coefficients(
            tuple(numbers[: self.n].tolist()),
            tuple(tuple(row) for row in couplings.tolist()),
            gap,
            proven,
        )
