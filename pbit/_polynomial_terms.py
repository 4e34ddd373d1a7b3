"""Terms of any order as dictionaries: checked, counted, between ±1 and 0/1."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp

from pbit.checks import Floats

Terms = Mapping[tuple[Any, ...], float]
Sets = dict[frozenset[Any], float]


def spins_from_bits(costs: Iterable[tuple[frozenset[Any], float]]) -> Sets:
    """Return weights over m, of -w prod m, from costs over s = (1 + m) / 2."""
    spins: Sets = {}
    for factors, cost in costs:
        share = float(cost) / 2 ** len(factors)
        for part in _subsets(factors):
            spins[part] = spins.get(part, 0.0) - share
    return spins


def bits_from_spins(weights: Iterable[tuple[frozenset[Any], float]]) -> Sets:
    """Return costs over s = (m + 1) / 2 from weights over m: `spins_from_bits` undone."""
    bits: Sets = {}
    for factors, weight in weights:
        for part in _subsets(factors):
            left = len(factors) - len(part)
            factor = (-1.0) ** left * 2.0 ** len(part)
            bits[part] = bits.get(part, 0.0) - factor * weight
    return bits


def incidence(
    terms: Mapping[tuple[int, ...], float], n: int
) -> tuple[Floats, sp.csr_array, sp.csr_array]:
    """Return the weights of terms over sorted numbers, shape (n_terms,), and who is in them.

    The matrices have w_t where p-bit i is in term t: a term a row, and a p-bit a row;
    indices are int32 and sorted.
    """
    sizes = np.fromiter(map(len, terms), np.int64, len(terms))
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    indices = np.fromiter(
        itertools.chain.from_iterable(terms), np.int32, int(sizes.sum())
    )
    values = np.fromiter(terms.values(), np.float64, len(terms))
    members = sp.csr_array(
        (np.repeat(values, sizes), indices, indptr), shape=(len(terms), n)
    )
    turned = sp.csr_array(members.T)
    turned.sort_indices()
    ends = turned.indptr.astype(np.int32, copy=False)
    holders = turned.indices.astype(np.int32, copy=False)
    weights = sp.csr_array((turned.data, holders, ends), shape=(n, len(terms)))
    return values, members, weights


def _subsets(factors: frozenset[Any]) -> Iterable[frozenset[Any]]:
    for size in range(len(factors) + 1):
        yield from map(frozenset, itertools.combinations(factors, size))


def is_number(label: object) -> bool:
    """Say whether a label is a whole number from 0 on."""
    whole = isinstance(label, int | np.integer) and not isinstance(label, bool)
    return whole and int(label) >= 0  # type: ignore[call-overload]


def count_numbers(terms: Terms) -> int:
    """Return one more than the largest number; raise if a label is none."""
    for term in terms:
        for label in term:
            if not is_number(label):
                msg = f"term {term!r} names {label!r}: without labels they are numbers from 0"
                raise ValueError(msg)
    return max((int(label) for term in terms for label in term), default=-1) + 1


def check_terms(terms: Any, empty: bool = False) -> None:
    """Raise unless it is {(label, ...): finite weight}; () only where `empty`."""
    if not isinstance(terms, Mapping):
        msg = f"terms must be a dictionary {{(label, ...): w}}, not {terms!r}"
        raise TypeError(msg)
    for term, weight in terms.items():
        if not isinstance(term, tuple):
            msg = f"a term must be a tuple of labels, ({term!r},) for a bias, not {term!r}"
            raise TypeError(msg)
        if not term and not empty:
            msg = "a term must hold a p-bit, not (): a constant is the offset"
            raise ValueError(msg)
        if isinstance(weight, bool) or not isinstance(
            weight, int | float | np.integer | np.floating
        ):
            msg = f"the weight of term {term!r} must be a number, not {weight!r}"
            raise TypeError(msg)
        if not math.isfinite(weight):
            msg = f"the weight of term {term!r} must be finite, not {weight}"
            raise ValueError(msg)
