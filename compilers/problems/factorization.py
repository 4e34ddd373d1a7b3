"""Factorization: two numbers of given widths whose product is a third."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compilers.logic.lowering import lower
from compilers.logic.multiplier import multiplier_netlist
from compilers.logic.wiring import Pin
from compilers.problems.data import describe
from compilers.problems.folding import Place, fold
from compilers.problems.products import Polynomial, reduce_products
from compilers.program import Program, Sense, check_number
from pbit.checks import States, check_choice, check_count
from pbit.model import IsingModel


def factorization(
    number: int, bits: tuple[int, int] | None = None, method: str = "circuit"
) -> Program:
    r"""Compile A x B = number, as a circuit run backwards or as a polynomial.

    "circuit" takes the array multiplier of :func:`compilers.multiplier` with the product
    folded in: nets that it makes constant, equal or opposite get no p-bits of their own.
    Every coupling is small; the ground energy is 0.

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
    if method == "circuit":
        model, places, more = _circuit(number, widths)
    else:
        model, places, more = _polynomial(number, widths)
    problem = Factorization(number, places)
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
        how=f"factorization({number}, bits={widths}, method={method!r})",
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


def _circuit(
    number: int, widths: tuple[int, int]
) -> tuple[IsingModel, dict[str, list[Place]], dict[str, Any]]:
    n, m = widths
    netlist = multiplier_netlist(n, m, 2)
    lowered = lower(netlist)
    known = {lowered.pins[Pin("P", k)]: 2 * (number >> k & 1) - 1 for k in range(n + m)}
    try:
        folded = fold(netlist, lowered, known)
    except ValueError:
        msg = f"no numbers of {n} and {m} bits multiply to {number}"
        raise ValueError(msg) from None
    places = {
        bus: [folded.places[lowered.pins[Pin(bus, k)]] for k in range(width)]
        for bus, width in (("A", n), ("B", m))
    }
    model = folded.model
    shifted = IsingModel(
        model.J, model.h, model.offset - lowered.ground_energy, model.labels
    )
    return shifted, places, {"p-bits of the multiplier": len(lowered.labels)}


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
    """

    number: int
    places: Mapping[str, Sequence[Place]]
    sense: Sense = "min"

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
