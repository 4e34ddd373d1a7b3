"""What linear bounds say about a knapsack: items forced, slack and penalty limited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np

from compilers.problems.data import Number, exact
from pbit.checks import Floats

Pairs = Mapping[tuple[int, int], Number]
_TINY = Fraction(1, 10**9)  # stands in for no weight at all
SEARCHED = 16  # items whose selections `coarsened` looks through


@dataclass(frozen=True)
class Bound:
    r"""An upper bound linear in the room, and a selection that shows a lower one.

    With shares :math:`u_i` of the profit (a pair's profit is halved, if positive) and a
    price :math:`\rho \ge 0` of room, every selection of weight W has

    .. math:: profit \le \sum_i u_i x_i \le \rho W + \sum_i \max(0, u_i - \rho w_i)

    Attributes
    ----------
    price
        ρ, the profit per weight of the first item that does not fit when the best are
        packed first (Dantzig's bound).
    upper
        The right-hand side at W = C.
    lower
        Profit of a selection that fits.
    surplus
        :math:`u_i - \rho w_i` of every item.
    whole
        Whether all profits are whole numbers.
    """

    price: Fraction
    upper: Fraction
    lower: Fraction
    surplus: list[Fraction]
    whole: bool

    def forced(self) -> dict[int, int]:
        """Return the items of which every optimum has to have one choice.

        Against the better choice the bound falls by the surplus; below `lower` there is
        no optimum.
        """
        return {
            i: int(surplus > 0)
            for i, surplus in enumerate(self.surplus)
            if self._reached(self.upper - abs(surplus)) < self.lower
        }

    def most_slack(self) -> int | None:
        """Return the room that an optimum leaves at most; None if there is no telling."""
        if not self.price:
            return None
        return floor((self.upper - self.lower) / self.price)

    def penalty(self) -> Fraction:
        """Return what no selection gains per square of the units that it is too heavy."""
        return self._reached(self.upper + self.price) - self.lower

    def _reached(self, bound: Fraction) -> Fraction:
        return Fraction(floor(bound)) if self.whole else bound


def bound(
    profits: Sequence[Number],
    pairs: Pairs,
    loads: Sequence[int],
    room: int,
    feasible: bool = True,
) -> Bound:
    """Return bounds, for all selections or only those that fit (`feasible`).

    Items of profit 0 are as good as not there. What fits with item i leaves the room
    C - w_i to the others, so that i's pairs add up to Dantzig's bound for them at most
    [Caprara, Pisinger, Toth, INFORMS J. Comput. 11, 125 (1999)].
    """
    numbers = [*profits, *pairs.values()]
    own = [exact(p) for p in profits]
    mates: list[dict[int, Fraction]] = [{} for _ in own]
    for (i, j), profit in pairs.items():
        if profit > 0:
            mates[i][j] = mates[j][i] = exact(profit) / 2
    shares = [
        p + _packed(near, loads, room - loads[i] if feasible else None)
        for i, (p, near) in enumerate(zip(own, mates, strict=True))
    ]
    price = _price(shares, loads, room)
    surplus = [u - price * w for u, w in zip(shares, loads, strict=True)]
    upper = price * room + sum((s for s in surplus if s > 0), Fraction(0))
    chosen = _selection(profits, loads, room, pairs, shares)
    lower = sum((own[i] for i in chosen), Fraction(0)) + sum(
        (exact(p) for (i, j), p in pairs.items() if i in chosen and j in chosen),
        Fraction(0),
    )
    whole = all(isinstance(p, int) for p in numbers)
    return Bound(price, upper, lower, surplus, whole)


def _packed(
    profits: Mapping[int, Fraction], loads: Sequence[int], room: int | None
) -> Fraction:
    """Return the most that fractions of items bring in; None for any room."""
    if room is None or sum(loads[j] for j in profits) <= room:
        return sum(profits.values(), Fraction(0))
    total = Fraction(0)
    worth = {j: p / max(Fraction(loads[j]), _TINY) for j, p in profits.items()}
    for j in sorted(worth, key=lambda j: -worth[j]):
        if loads[j] > room:
            return total + (profits[j] * room / loads[j] if room > 0 else 0)
        room -= loads[j]
        total += profits[j]
    return total


def _price(shares: Sequence[Fraction], loads: Sequence[int], room: int) -> Fraction:
    """Return the profit per weight of the item that fills the room up."""
    ratios = {i: shares[i] / w for i, w in enumerate(loads) if w and shares[i] > 0}
    for i in sorted(ratios, key=lambda i: -ratios[i]):
        room -= loads[i]
        if room < 0:
            return ratios[i]
    return Fraction(0)


def _selection(
    profits: Sequence[Number],
    loads: Sequence[int],
    room: int,
    pairs: Pairs,
    shares: Sequence[Fraction],
) -> set[int]:
    """Return a good selection that fits: best ratios first, then adding and exchanging."""
    n = len(profits)
    weights = np.array(loads, np.float64)
    between = np.zeros((n, n)) if pairs else None
    for (i, j), profit in pairs.items():
        between[i, j] = between[j, i] = profit  # type: ignore[index]
    ratio = np.array([float(u) for u in shares]) / np.maximum(weights, 1e-9)
    inside = np.zeros(n, dtype=bool)
    for i in np.argsort(-ratio, kind="stable").tolist():
        if shares[i] > 0 and weights[i] <= room - weights[inside].sum():
            inside[i] = True
    gains = np.array(profits, np.float64)
    for _ in range(10 * n):
        marginal = gains if between is None else gains + between @ inside
        if not _improve(inside, marginal, between, weights, room):
            break
    return set(np.flatnonzero(inside).tolist())


def _improve(
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]],
    marginal: Floats,
    between: Floats | None,
    weights: Floats,
    room: int,
) -> bool:
    """Make the best exchange of at most one item out and one in; say if one helps."""
    spare = room - weights[inside].sum()
    outs = [-1, *np.flatnonzero(inside).tolist()]
    ins = np.flatnonzero(~inside)
    best, choice = 1e-9 * (1.0 + np.abs(marginal).max()), (-1, -1)
    for out in outs:
        freed, lost = (0.0, 0.0) if out < 0 else (weights[out], marginal[out])
        gain = marginal[ins] - lost
        if out >= 0 and between is not None:
            gain = gain - between[ins, out]
        gain = np.where(weights[ins] <= spare + freed, gain, -np.inf)
        if ins.size and gain.max() > best:
            best, choice = gain.max(), (out, int(ins[gain.argmax()]))
        if out >= 0 and -lost > best:
            best, choice = -lost, (out, -1)
    for i in choice:
        if i >= 0:
            inside[i] = not inside[i]
    return choice != (-1, -1)


def left_over(
    profits: Sequence[Number], pairs: Pairs, loads: Mapping[int, int], room: int
) -> int:
    """Return the most room that an optimum can leave, of items that do not all fit.

    If it leaves S, it has every item of weight S or less that would add to it whatever
    else it has: its own profit, all negative pairs, and the positive ones with items that
    it has for the same reason. So S and their weights are no more than `room`; both grow
    with S.

    Parameters
    ----------
    profits, pairs
        Of the items, and of two together.
    loads
        Weights of the items that may be taken or left.
    room
        The capacity.
    """
    least = {i: exact(profits[i]) for i in loads}
    mates: dict[int, list[tuple[int, Fraction]]] = {i: [] for i in loads}
    for (i, j), number in pairs.items():
        profit = exact(number)
        for one, other in ((i, j), (j, i)):
            if one in loads and profit < 0:
                least[one] += profit
            elif one in loads and other in loads:
                mates[one].append((other, profit))
    taken: set[int] = set()
    left, reached = room, -1  # room beside those taken; the last S that is possible
    for i in sorted(loads, key=loads.__getitem__):
        if left < loads[i]:
            break
        reached = max(reached, loads[i] - 1)
        small = [i]
        while small:
            j = small.pop()
            if j in taken or loads[j] > loads[i] or least[j] <= 0:
                continue
            taken.add(j)
            left -= loads[j]
            for other, profit in mates[j]:
                least[other] += profit
                small.append(other)
    return max(reached, left)


def coarsened(loads: Sequence[int], room: int) -> tuple[int, list[int]]:
    """Return a smaller room and smaller weights that let the same selections fit.

    Weights are rounded in the coarsest unit, a power of two, for which every selection
    that fitted weighs less than every one that did not; all 2**n of them are looked at.
    """
    bits = np.arange(2 ** len(loads))[:, None] >> np.arange(len(loads)) & 1
    fits = bits @ np.array(loads, np.int64) <= room
    for shift in range(room.bit_length(), 0, -1):
        small = (np.array(loads, np.int64) + (1 << shift - 1)) >> shift
        sums = bits @ small
        if fits.all() or sums[fits].max() < sums[~fits].min():
            return int(sums[fits].max()), small.tolist()
    return room, list(loads)
