"""Plain data of problems: numbers checked at the door, kept exact, and digested."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import pbit
from pbit.checks import check_nonnegative
from pbit.model import IsingModel

Number = int | float
Numbers = NDArray[np.int64]
Weights = NDArray[np.int64] | NDArray[np.float64]
MAX_EXACT = 2**53  # beyond it a float64, which couplings are, skips whole numbers
_COARSE = 1e-6  # of the largest weight: far above the rounding of an energy


def check_number(name: str, value: Any) -> Number:
    """Return a whole number within ±2**53 as an int, a finite one as a float."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"{name} must be a number, not {value!r}"
        raise TypeError(msg)
    if isinstance(value, int):
        if abs(value) > MAX_EXACT:
            msg = f"{name} must be within ±2**53, not {value}"
            raise ValueError(msg)
    elif not math.isfinite(value):
        msg = f"{name} must be finite, not {value}"
        raise ValueError(msg)
    return value


def as_weights(values: list[float]) -> Weights:
    """Return numbers as int64 if all of them are ints, else as float64."""
    if all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int64)
    return np.array(values, dtype=np.float64)


def check_numbers(name: str, values: Any, minimum: int | None = None) -> list[Number]:
    """Return a list of numbers, each at least `minimum`; the error names the first."""
    if isinstance(values, str | Mapping) or not isinstance(values, Iterable):
        msg = f"{name} must be a list of numbers, not {values!r}"
        raise TypeError(msg)
    numbers = [check_number(f"{name}[{k}]", value) for k, value in enumerate(values)]
    if minimum is not None:
        for k, number in enumerate(numbers):
            if number < minimum:
                msg = f"{name}[{k}] must be at least {minimum}, not {number}"
                raise ValueError(msg)
    return numbers


def check_whole(name: str, value: Any) -> int:
    """Return a whole number within ±2**53, written as an int or as a float."""
    number = check_number(name, value)
    if number != int(number):
        msg = f"{name} must be a whole number, not {value!r}"
        raise ValueError(msg)
    return int(number)


def check_penalty(penalty: Any) -> Number:
    """Return a penalty that a user gives in place of the compiler's own."""
    number = check_number("penalty", penalty)
    if number <= 0:
        msg = f"penalty must be above 0, not {penalty}"
        raise ValueError(msg)
    return number


def chosen(name: str, given: float | None, automatic: float) -> float:
    """Return a penalty, which may be 0: the given one, checked, or the automatic one."""
    return automatic if given is None else check_nonnegative(name, given)


def check_total(name: str, total: Number) -> None:
    """Refuse whole numbers that couplings, which are float64, cannot hold exactly."""
    if isinstance(total, int) and total > MAX_EXACT:
        msg = f"{name} must be at most 2**53 to be exact, not {total}"
        raise ValueError(msg)


def exact(number: Number) -> Fraction:
    """Return the fraction that a number's shortest decimal form writes."""
    return Fraction(repr(number))


def margin(values: Iterable[Number]) -> Number:
    """Return the least that makes a bound on a penalty strict: 1, or the smallest magnitude.

    Sums of whole numbers differ by 1 at least, so 1 keeps the gap that the data have;
    for fractions any amount above 0 will do.
    """
    found = [abs(value) for value in values if value]
    if all(isinstance(value, int) for value in found):
        return 1
    return min(found)


def step(weights: ArrayLike) -> float:
    """Return what objectives are counted in, for penalties that should be round with it.

    Whole weights: their greatest common divisor. Fractions: the smallest magnitude,
    but at least 1e-6 of the largest, lest a penalty drown in rounding. 1 if all are 0.
    """
    sizes = np.abs(np.asarray(weights)).ravel()
    sizes = sizes[sizes > 0]
    if sizes.size == 0:
        return 1.0
    if sizes.dtype.kind == "i":
        return float(np.gcd.reduce(sizes))
    return float(max(sizes.min(), _COARSE * sizes.max()))


def total(values: Weights) -> float:
    """Return the sum: exact, as an int, for whole numbers."""
    if values.dtype.kind == "i":
        return int(sum(values.tolist()))
    return math.fsum(values.tolist())


def binary_weights(maximum: int) -> list[int]:
    """Return weights of the fewest bits whose sums are 0 to `maximum` and no more.

    Powers of two, of which the last is cut down to make the sum exact.

    Examples
    --------
    >>> binary_weights(10)
    [1, 2, 4, 3]
    """
    weights = [1 << k for k in range(maximum.bit_length() - 1)]
    if maximum:
        weights.append(maximum - sum(weights))
    return weights


def reason_against(
    solution: Mapping[Hashable, int],
    values: Mapping[Hashable, Sequence[int]],
    noun: str,
) -> str | None:
    """Return why a solution does not give every name one of its values, or None."""
    for name, allowed in values.items():
        if name not in solution:
            return f"solution must give every {noun} a value: {name!r} has none"
        value = solution[name]
        if not _is_whole(value) or int(value) not in allowed:
            return f"solution[{name!r}] must be {_words(allowed)}, not {value!r}"
    if len(solution) != len(values):
        extra = next(name for name in solution if name not in values)
        return f"solution names {extra!r}, which is not a {noun} of the problem"
    return None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _words(allowed: Sequence[int]) -> str:
    if len(allowed) <= 2:
        return " or ".join(map(str, allowed))
    return f"{allowed[0]} to {allowed[-1]}"


def describe(
    what: str,
    model: IsingModel,
    data: object,
    *,
    how: str,
    sense: str,
    source: str = "plain data",
    fixed: Mapping[Hashable, int] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the provenance of a program: plain data, ready for JSON.

    `data` is whatever the problem is made of, see `digest`, which tells instances apart.
    Forced variables are listed as pairs of name and value.
    """
    record: dict[str, Any] = {
        "what": what,
        "how": how,
        "source": source,
        "sha256": digest(data),
        "version": pbit.__version__,
        "n": model.n,
        "couplings": model.n_edges // 2,
        "offset": model.offset,
        "sense": sense,
        "fixed": [[plain(name), value] for name, value in (fixed or {}).items()],
    }
    return record | more


def digest(data: object) -> str:
    """Return the sha256 of plain lists and numbers, or of arrays and such in a tuple."""
    sha = hashlib.sha256()
    for part in data if isinstance(data, tuple) else (data,):
        if isinstance(part, np.ndarray):
            array = np.ascontiguousarray(part)
            sha.update(f"{array.dtype.str} {array.shape} ".encode())
            sha.update(array.tobytes())
        else:
            sha.update(repr(part).encode() + b"\0")
    return sha.hexdigest()


def plain(name: Any) -> Any:
    """Return a label as JSON takes it: numbers and text as they are, tuples as lists."""
    if isinstance(name, tuple):
        return [plain(part) for part in name]
    if isinstance(name, np.integer):
        return int(name)
    if name is None or isinstance(name, str | int | float):
        return name
    return str(name)
