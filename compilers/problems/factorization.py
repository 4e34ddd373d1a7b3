"""Factorization: two numbers of given widths whose product is a third."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compilers.logic.adder import WORD_BITS
from compilers.logic.lowering import lower
from compilers.logic.multiplier import column_of, multiplier_netlist
from compilers.logic.wiring import Pin
from compilers.problems.data import describe
from compilers.problems.folding import Folded, Place, fold
from compilers.problems.products import Polynomial, reduce_products
from compilers.program import Program, Sense, check_number
from pbit.checks import States, check_choice, check_count
from pbit.model import IsingModel

WHOLE, ENDS = 0.6, 1.0
"""Inverse temperatures at which the whole circuit and its ends found factors fastest."""


def factorization(
    number: int,
    bits: tuple[int, int] | None = None,
    method: str = "circuit",
    *,
    adder_strength: float = 2,
    column_strengths: Sequence[float] | None = None,
    ends: tuple[int, int] | str | None = None,
) -> Program:
    r"""Compile A x B = number, as a circuit run backwards or as a polynomial.

    "circuit" takes the array multiplier of :func:`compilers.multiplier` with the product
    folded in: nets that it makes constant, equal or opposite get no p-bits of their own.
    Every coupling is small; the ground energy is 0. The leading bits that a factor must
    have, as the other one is no wider than its width, are folded in too: both top bits of
    factors of half the number's bits each.

    With `ends`, only the gates of the lowest and of the highest columns are compiled and
    those between are left out: every factorization is still a ground state, but not every
    ground state is one, and it is for :func:`compilers.search` to test the states. Each
    end alone is a small circuit, which chains move through freely; so their states are as
    rich in factors as the two ends can make them. The columns between have the most gates
    and the longest carries. They hear the factors' bits only through these, and what
    they do instead of guiding is to favour factors with typical numbers of ones and to
    hold the chains up: the whole circuit needs more sweeps than guessing the free
    bits would (``python -m benchmarks factoring``).

    "polynomial" takes :math:`E = (A B - F)^2`, whose products of three and four bits are
    brought down to pairs by auxiliary p-bits (see
    :func:`compilers.problems.products.reduce_products`). It takes fewer p-bits for
    narrow factors and couplings that grow as the square of the number.

    Both factors of an odd number are odd: their lowest bits are fixed.

    Parameters
    ----------
    number
        F, at least 4.
    bits
        Widths of A and B; the default, half the bits of `number` (rounded up) and all of
        them but one, holds every product of two factors above 1 with A <= B, and none
        with a factor of 1 or with A and B both wider than half.
    method
        "circuit" or "polynomial".
    adder_strength, column_strengths
        Of the circuit, as in :func:`compilers.multiplier`.
    ends
        (low, high): how many columns of the circuit to keep at each end, of n + m - 1;
        "auto" for what was fastest, about half of the narrower factor's bits less one;
        None for the whole circuit.

    Returns
    -------
    Program
        Solutions are ``{"A": a, "B": b}``; the objective is \|A B - F\|, sense "min".

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above, a width is less than 2, no product of numbers
        of these widths is as large as `number`, folding finds that there are no factors,
        or the polynomial's coefficients grow beyond 2**51.

    References
    ----------
    K. Y. Camsari et al., Phys. Rev. X 7, 031014 (2017); W. A. Borders et al., Nature 573,
    390 (2019).

    Examples
    --------
    >>> program = factorization(35, bits=(3, 3), method="polynomial")
    >>> program.check({"A": 5, "B": 7}), program.check({"A": 7, "B": 7})
    (True, False)
    """
    check_count("number", number, 4)
    check_choice("method", method, ("circuit", "polynomial"))
    widths = _widths(number, bits)
    options: dict[str, Any] = {}
    if adder_strength != 2:
        options["adder_strength"] = adder_strength
    if column_strengths is not None:
        options["column_strengths"] = [float(x) for x in column_strengths]
    if ends is not None:
        options["ends"] = _ends(ends, *widths)
    if method == "circuit":
        model, places, more = _circuit(number, widths, **options)
    elif options:
        msg = f"{next(iter(options))} is for the circuit, not for the polynomial"
        raise ValueError(msg)
    else:
        model, places, more = _polynomial(number, widths)
    problem = Factorization(number, places, beta=WHOLE if ends is None else ENDS)
    fixed: dict[Hashable, int] = {
        f"{name}[{k}]": (sign + 1) // 2
        for name, bus in places.items()
        for k, (place, sign) in enumerate(bus)
        if place < 0
    }
    record = describe(
        f"factorization of {number}",
        model,
        [number, widths],
        how=f"factorization({number}, bits={widths}, method={method!r}{_text(options)})",
        sense="min",
        fixed=fixed,
        **more,
    )
    return Program(model, problem, record)


def _widths(number: int, bits: Any) -> tuple[int, int]:
    length = number.bit_length()
    if bits is None:
        return max(2, (length + 1) // 2), max(2, length - 1)
    if not isinstance(bits, Sequence) or len(bits) != 2:
        msg = f"bits must be two widths, of A and of B, not {bits!r}"
        raise TypeError(msg)
    n, m = (check_count(f"bits[{k}]", width, 2) for k, width in enumerate(bits))
    if (2**n - 1) * (2**m - 1) < number:
        msg = f"bits must leave room for {number}: {n} x {m} bits end below it"
        raise ValueError(msg)
    return n, m


def _ends(ends: Any, n: int, m: int) -> tuple[int, int]:
    if ends == "auto":
        columns = max(2, min(n, m) // 2 - 1)
        return columns, columns
    if isinstance(ends, str) or not isinstance(ends, Sequence) or len(ends) != 2:
        msg = f'ends must be two numbers of columns, "auto" or None, not {ends!r}'
        raise TypeError(msg)
    low, high = (check_count(f"ends[{k}]", width, 0) for k, width in enumerate(ends))
    if low + high > n + m - 1:
        msg = (
            f"ends must be at most the {n + m - 1} columns together, not {low} + {high}"
        )
        raise ValueError(msg)
    return low, high


def _text(options: Mapping[str, Any]) -> str:
    return "".join(f", {name}={value}" for name, value in options.items())


def leading_bits(number: int, n: int, m: int) -> tuple[dict[int, int], dict[int, int]]:
    """Return ``{place: bit}`` of each factor's upper bits that its widths leave no choice.

    A lies between F / (2**m - 1) and F / (the least B), rounded inwards, and B likewise:
    the leading digits that both ends of this interval share are A's.

    Examples
    --------
    >>> leading_bits(45901, 8, 8)
    ({7: 1}, {7: 1})
    >>> leading_bits(225, 4, 4)  # 15 x 15
    ({3: 1, 2: 1, 1: 1, 0: 1}, {3: 1, 2: 1, 1: 1, 0: 1})
    """
    low_a, low_b = -(-number // (2**m - 1)), -(-number // (2**n - 1))
    high_a, high_b = min(2**n - 1, number // low_b), min(2**m - 1, number // low_a)
    return _shared(low_a, high_a, n), _shared(low_b, high_b, m)


def _shared(low: int, high: int, width: int) -> dict[int, int]:
    differ = (low ^ high).bit_length()
    return {k: low >> k & 1 for k in range(width - 1, differ - 1, -1)}


def _circuit(
    number: int,
    widths: tuple[int, int],
    adder_strength: float = 2,
    column_strengths: Sequence[float] | None = None,
    ends: tuple[int, int] | None = None,
) -> tuple[IsingModel, dict[str, list[Place]], dict[str, Any]]:
    n, m = widths
    netlist = multiplier_netlist(
        n, m, adder_strength, column_strengths=column_strengths
    )
    low, high = ends or (n + m - 1, 0)
    left_out = {
        gate
        for gate, kind in netlist.graph.nodes(data="kind")
        if kind == "gate" and low <= column_of(gate) < n + m - 1 - high
    }
    lowered = lower(netlist, left_out)
    known = {lowered.pins[Pin("P", k)]: 2 * (number >> k & 1) - 1 for k in range(n + m)}
    for bus, bits in zip("AB", leading_bits(number, n, m), strict=True):
        known |= {lowered.pins[Pin(bus, k)]: 2 * bit - 1 for k, bit in bits.items()}
    try:
        folded = fold(netlist, lowered, known)
    except ValueError:
        msg = f"no numbers of {n} and {m} bits multiply to {number}"
        raise ValueError(msg) from None
    pins = {bus: range(width) for bus, width in (("A", n), ("B", m))}

    def places(of: Folded) -> dict[str, list[Place]]:
        return {
            bus: [of.places[lowered.pins[Pin(bus, k)]] for k in bits]
            for bus, bits in pins.items()
        }

    if ends is not None:
        buses = places(folded)
        folded = folded.without_idle(buses["A"] + buses["B"])
    model = folded.model
    shifted = IsingModel(
        model.J, model.h, model.offset - lowered.ground_energy, model.labels
    )
    return shifted, places(folded), {"p-bits of the multiplier": len(lowered.labels)}


def _polynomial(
    number: int, widths: tuple[int, int]
) -> tuple[IsingModel, dict[str, list[Place]], dict[str, Any]]:
    odd = number % 2
    labels: list[Hashable] = []
    places: dict[str, list[Place]] = {"A": [], "B": []}
    factors: list[Polynomial] = []
    for name, width in zip("AB", widths, strict=True):
        factor = Polynomial()
        for k in range(width):
            if k == 0 and odd:
                factor.add((), 1)
                places[name].append((-1, 1))
            else:
                factor.add((len(labels),), 2**k)
                places[name].append((len(labels), 1))
                labels.append(f"{name}[{k}]")
        factors.append(factor)
    error = Polynomial({frozenset(): -number})
    for first, a in factors[0].terms.items():
        for second, b in factors[1].terms.items():
            error.add(first | second, a * b)
    energy = Polynomial()
    energy.add_square(error)
    reduced = reduce_products(energy, len(labels))
    model, _ = reduced.builder(labels).build()
    return model, places, {"products": len(reduced.products)}


@dataclass(frozen=True, eq=False)
class Factorization:
    """The judge of factors: the number, and where the bits of the factors are.

    Attributes
    ----------
    number
        What the product has to be.
    places
        Of every bit of A and of B, lowest first: (p-bit, sign), or (-1, state).
    beta
        The inverse temperature at which :func:`compilers.search` looks for them.
    """

    number: int
    places: Mapping[str, Sequence[Place]]
    sense: Sense = "min"
    beta: float = 1.0

    def watch(self) -> list[list[Place]] | None:
        """Return the places of A and B; see :func:`compilers.search`."""
        if sum(map(len, self.places.values())) > WORD_BITS:
            return None  # products would not fit a word
        return [list(bus) for bus in self.places.values()]

    def accepts(
        self, a: NDArray[np.uint64], b: NDArray[np.uint64]
    ) -> NDArray[np.bool_]:
        """Judge many factors at a time."""
        return np.asarray(a * b == np.uint64(self.number))

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{"A": a, "B": b}``."""
        return {name: self._read(state, bus) for name, bus in self.places.items()}

    def _read(self, state: States, bus: Sequence[Place]) -> int:
        signs = (sign * int(state[i]) if i >= 0 else sign for i, sign in bus)
        return sum(1 << k for k, sign in enumerate(signs) if sign > 0)

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether A and B fit their widths and multiply to the number."""
        try:
            return self.objective(solution) == 0
        except (TypeError, ValueError):
            return False

    def objective(self, solution: Mapping[Hashable, int]) -> int:
        """Return how far the product is from the number."""
        unknown = [name for name in solution if name not in self.places]
        if unknown:
            msg = f"solution names {unknown[0]!r}; factors: A, B"
            raise ValueError(msg)
        product = 1
        for name, bus in self.places.items():
            if name not in solution:
                msg = f"solution must give a number to factor {name!r}"
                raise ValueError(msg)
            product *= check_number(name, solution[name], len(bus))
        return abs(product - self.number)
