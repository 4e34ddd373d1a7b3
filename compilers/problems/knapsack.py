"""Knapsack: the most profitable items that a capacity lets one carry."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, lcm

from compilers.problems.building import QuboBuilder, Reader
from compilers.problems.data import (
    MAX_EXACT,
    Number,
    binary_weights,
    check_number,
    check_numbers,
    check_penalty,
    describe,
    exact,
    margin,
    reason_against,
)
from compilers.problems.knapsack_bounds import (
    SEARCHED,
    Bound,
    bound,
    coarsened,
    left_over,
)
from compilers.program import Program, Sense
from pbit.checks import States, check_choice


def knapsack(
    profits: Sequence[float],
    weights: Sequence[float],
    capacity: float,
    pairs: Mapping[tuple[int, int], float] | None = None,
    *,
    method: str = "slack",
    resolution: float | None = None,
    penalty: float | None = None,
) -> Program:
    r"""Compile the 0/1 knapsack problem, linear or quadratic.

    Slack bits z of weights 1, 2, 4 ..., the last cut down so that the slack cannot be
    larger than is of use, turn the capacity C into an equation:

    .. math:: E = -\sum_i p_i x_i - \sum_{i<j} p_{ij} x_i x_j
              + P (\sum_i w_i x_i + \sum_k c_k z_k - C)^2

    Weights and capacity are divided by their greatest common divisor first. A linear bound
    (see :class:`compilers.problems.knapsack_bounds.Bound`), tested against a selection
    found by local search, fixes the items that every optimum has or has not, and limits
    the slack to what an optimum can leave. An optimum leaves no room either for an item
    that would add to its profit, see :func:`compilers.problems.knapsack_bounds.left_over`.

    P is the smaller of two bounds that are safe for all selections, and a margin: 1, or
    the smallest profit if not all are whole. (1) A selection too heavy by v units gains
    at most the linear bound at C + v less the local search's profit, and no more than v²
    times what that is at v = 1. (2) One can throw out v items or fewer, each the least
    profitable present. As the rest is still too heavy, that item's profit (with all its
    positive pairs) is at most that of the k-th most profitable item, where the k most
    profitable ones are the first to be too heavy together.

    Items heavier than the capacity are fixed out, and so are those that only take from the
    profit; items that only add are fixed in if they have no weight, or everything fits.
    An item that does not matter stays free.

    Exact as it is, that square is stiff: to exchange two items a p-bit machine has to climb
    over P w², often more than the whole profit. The method "price" is a search aid that
    gives exactness up. It has no slack bits and charges every unit of weight the price
    :math:`\rho` at which the linear bound fills the room, with a soft square to keep near C:

    .. math:: E = -\sum_i p_i x_i - \sum_{i<j} p_{ij} x_i x_j + \rho \, (W - C)
              + P (W - C)^2, \quad W = \sum_i w_i x_i

    P = ρ / 2w̄ with the mean weight w̄ makes one item more or less cost half its price. At
    that price selections about as heavy as C are all equally tempting; low energies
    are good profits on both sides of C, and `check` tells which fit. Ground states need
    not be optima, nor fit: look at many chains.

    Parameters
    ----------
    profits, weights
        One number an item; weights >= 0, profits of either sign.
    capacity
        At least 0.
    pairs
        Extra profit of two items together, ``{(i, j): p}`` (quadratic knapsack).
    method
        "slack" (exact) or "price" (see above).
    resolution
        Unit that weights are rounded up to, and the capacity down: selections that fit
        still do, but the optimum may be lost. Omitted, weights are taken exactly: decimal
        fractions are scaled to whole numbers, and where at most 16 items are left, these
        are made smaller as long as the same selections fit.
    penalty
        P, in place of the compiler's own.

    Returns
    -------
    Program
        Solutions are ``{item: 0 or 1}``; sense "max". Feasible is what is not too heavy
        by the weights as given.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above, or the squares grow beyond 2**53.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), sec. 5.2; a price for a constraint, Lagrangian
    relaxation: H. Everett, Oper. Res. 11, 399 (1963).

    Examples
    --------
    >>> program = knapsack([6, 10, 12], [1, 2, 3], 5)
    >>> program.objective({0: 0, 1: 1, 2: 1}), program.check({0: 1, 1: 1, 2: 1})
    (22, False)
    >>> program.n, program.provenance["penalty"]
    (3, 7)
    """
    check_choice("method", method, ("slack", "price"))
    items = _checked(profits, weights, capacity, pairs)
    room, loads = _whole(items, resolution)
    n = len(loads)
    fixed = _forced(items, loads, room)
    left = room - sum(loads[i] for i, value in fixed.items() if value)
    heavy = [i for i in range(n) if loads[i] and i not in fixed]
    scaled = resolution is None and any(w % 1 for w in items.weights)
    if scaled and len(heavy) <= SEARCHED:
        left, found = coarsened([loads[i] for i in heavy], left)
        loads = [found[heavy.index(i)] if i in heavy else 0 for i in range(n)]
    tight = sum(loads[i] for i in heavy) > left
    limits = bound(*_residual(items, fixed), loads, left)
    price = limits.price if tight and method == "price" else Fraction(0)
    if penalty is not None:
        strength = check_penalty(penalty)
    elif price:
        strength = float(price * len(heavy) / (2 * sum(loads[i] for i in heavy)))
    else:
        strength = _bound(items, fixed, heavy, loads, left)
    bits = method == "slack" and tight
    slack = _slack(items, fixed, heavy, loads, left, limits) if bits else []
    builder = QuboBuilder([*range(n), *(("slack", k) for k in range(len(slack)))])
    _add_profits(builder, items)
    if tight:
        factors = [*(loads[i] for i in heavy), *slack]
        _check_exact(sum(factors), strength)
        builder.add_square([*heavy, *range(n, builder.n)], factors, -left, strength)
    if price:
        builder.add_linear(heavy, [float(price * loads[i]) for i in heavy])
        builder.add_constant(-float(price * left))
    for i, value in fixed.items():
        builder.fix(i, value)
    model, reported = builder.build()
    record = describe(
        "knapsack",
        model,
        [items.profits, items.weights, items.capacity, list(items.pairs.items())],
        how=f"knapsack(method={method!r}, resolution={resolution!r}); energy = -profit "
        + ("+ price * (W - C) + penalty * (W - C)^2" if price else "where feasible"),
        sense="max",
        fixed=reported,
        penalty=strength,
        slack=slack,
        price=float(price),
        exact=resolution is None and not (method == "price" and tight),
    )
    return Program(model, Knapsack(items, builder.reader()), record)


def _add_profits(builder: QuboBuilder, items: Items) -> None:
    n = len(items.profits)
    builder.add_linear(range(n), [-p for p in items.profits])
    for (i, j), profit in items.pairs.items():
        builder.add_quadratic(i, j, -profit)


@dataclass(frozen=True, eq=False)
class Items:
    """What can be carried: profits, weights, the capacity and profits of pairs."""

    profits: tuple[Number, ...]
    weights: tuple[Number, ...]
    capacity: Number
    pairs: Mapping[tuple[int, int], Number]

    def gain(self, i: int, most: bool) -> Number:
        """Return the most or the least that item i can add to any selection."""
        near = (p for pair, p in self.pairs.items() if i in pair and (p > 0) == most)
        return self.profits[i] + sum(near)


def _checked(
    profits: object, weights: object, capacity: object, pairs: object
) -> Items:
    gains = check_numbers("profits", profits)
    loads = check_numbers("weights", weights, 0)
    if not gains or len(gains) != len(loads):
        msg = (
            "profits and weights must be one number an item, at least 1 item, not "
            f"{len(gains)} and {len(loads)}"
        )
        raise ValueError(msg)
    room = check_number("capacity", capacity)
    if room < 0:
        msg = f"capacity must be at least 0, not {capacity}"
        raise ValueError(msg)
    if pairs is not None and not isinstance(pairs, Mapping):
        msg = f"pairs must be a mapping {{(i, j): profit}}, not {pairs!r}"
        raise TypeError(msg)
    both: dict[tuple[int, int], Number] = {}
    for pair, profit in (pairs or {}).items():
        i, j = pair if isinstance(pair, tuple) and len(pair) == 2 else (-1, -1)
        if not (i in range(len(gains)) and j in range(len(gains)) and i != j):
            msg = f"pairs must join two of items 0 to {len(gains) - 1}, not {pair!r}"
            raise ValueError(msg)
        if (min(i, j), max(i, j)) in both:
            msg = f"pairs must name each pair once: {pair!r} is given twice"
            raise ValueError(msg)
        both[min(i, j), max(i, j)] = check_number(f"pairs[{pair!r}]", profit)
    return Items(tuple(gains), tuple(loads), room, both)


def _whole(items: Items, resolution: object) -> tuple[int, list[int]]:
    """Return the capacity and the weights as whole numbers as small as they go."""
    weights = [exact(weight) for weight in items.weights]
    capacity = exact(items.capacity)
    if resolution is None:
        unit = Fraction(1, lcm(*(w.denominator for w in weights)))
        divisor = gcd(*(int(w / unit) for w in weights))
        unit *= divisor or 1
    else:
        unit = exact(check_number("resolution", resolution))
        if unit <= 0:
            msg = f"resolution must be above 0, not {resolution}"
            raise ValueError(msg)
    return floor(capacity / unit), [ceil(weight / unit) for weight in weights]


def _forced(items: Items, loads: list[int], room: int) -> dict[int, int]:
    """Return the items that every optimum leaves out (0) or takes (1)."""
    n = len(loads)
    fixed = {i: 0 for i in range(n) if loads[i] > room or items.gain(i, True) < 0}
    fits = sum(loads[i] for i in range(n) if i not in fixed) <= room
    for i in range(n):
        if i not in fixed and (fits or not loads[i]) and items.gain(i, False) > 0:
            fixed[i] = 1
    while True:
        left = room - sum(loads[i] for i, value in fixed.items() if value)
        fixed |= {i: 0 for i in range(n) if i not in fixed and loads[i] > left}
        limits = bound(*_residual(items, fixed), loads, left)
        news = {i: v for i, v in limits.forced().items() if i not in fixed}
        if not news:
            return fixed
        fixed |= news


def _residual(
    items: Items, fixed: Mapping[int, int]
) -> tuple[list[Number], dict[tuple[int, int], Number]]:
    """Return the profits of items and pairs that are left; fixed ones count nothing."""
    own = [0 if i in fixed else p for i, p in enumerate(items.profits)]
    pairs = {}
    for (i, j), profit in items.pairs.items():
        if i in fixed and j in fixed:
            continue
        if i in fixed or j in fixed:
            known, other = (i, j) if i in fixed else (j, i)
            own[other] += profit * fixed[known]
        else:
            pairs[i, j] = profit
    return own, pairs


def _slack(
    items: Items,
    fixed: Mapping[int, int],
    heavy: list[int],
    loads: list[int],
    room: int,
    limits: Bound,
) -> list[int]:
    """Return the weights of bits for the slack of an optimum: not everything fits."""
    most = limits.most_slack()
    highest = room if most is None else min(room, most)
    own, pairs = _residual(items, fixed)
    least = left_over(own, pairs, {i: loads[i] for i in heavy}, room)
    return binary_weights(min(highest, least))


def _bound(
    items: Items,
    fixed: Mapping[int, int],
    heavy: list[int],
    loads: list[int],
    room: int,
) -> Number:
    """Return the penalty that the docstring of `knapsack` derives."""
    spare = margin([*items.profits, *items.pairs.values()])
    limits = bound(*_residual(items, fixed), loads, room, feasible=False)
    linear = limits.penalty()
    linear_bound = int(linear) if limits.whole else float(linear)
    gains = {i: items.gain(i, True) for i in heavy}
    total = 0
    for i in sorted(heavy, key=lambda i: -gains[i]):
        total += loads[i]
        if total > room:
            return min(max(gains[i], 0), linear_bound) + spare
    return spare


def _check_exact(total: int, strength: Number) -> None:
    if strength * total**2 > MAX_EXACT:
        msg = (
            f"weights of sum {total} (in their smallest unit) squared and times the "
            f"penalty {strength} must be at most 2**53; a coarser resolution helps"
        )
        raise ValueError(msg)


@dataclass(frozen=True, eq=False)
class Knapsack:
    """The judge of selections: the items as they were given."""

    items: Items
    reader: Reader
    sense: Sense = "max"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{item: 0 or 1}``."""
        n = len(self.items.profits)
        return dict(enumerate(self.reader.bits(state)[:n].tolist()))

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether it is a selection of items that is not too heavy."""
        if self._reason(solution) is not None:
            return False
        chosen = (w for i, w in enumerate(self.items.weights) if solution[i])
        return sum(map(exact, chosen)) <= exact(self.items.capacity)

    def objective(self, solution: Mapping[Hashable, int]) -> Number:
        """Return the profit of a selection, be it too heavy or not."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        items = self.items
        alone = sum(p for i, p in enumerate(items.profits) if solution[i])
        pairs = items.pairs.items()
        return alone + sum(p for (i, j), p in pairs if solution[i] and solution[j])

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        places: list[Hashable] = list(range(len(self.items.profits)))
        return reason_against(solution, dict.fromkeys(places, (0, 1)), "item")
