"""The delay synapse: what a p-bit reads is a fixed time old, on every link its own."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any, ClassVar, Literal

import msgspec
import numpy as np

from hardware.parts import Part, quantity, settle_choice, settle_number, settle_quantity
from hardware.spread import check_seed
from pbit.errors import DesignError

TRIPLE = 3  # (from, to, seconds)


class Delay(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="delay",
):
    r"""A pure delay: :math:`I_i(t) = \beta (\sum_j J_{ij} m_j(t - \tau_{ij}) + h_i)`.

    A flip of p-bit j reaches reader i :math:`\tau_{ij}` later; several may be on their
    way at once. The network is no longer Boltzmann. Two p-bits of coupling J updated by
    Poisson clocks of mean :math:`\tau_N`, with delays :math:`x_{12}, x_{21}` in units of
    it, settle at

    .. math::

        \langle m_1 m_2 \rangle = \frac{2 a (1 + k) e^{-k d} \cosh k s}
            {(1 + k)^2 + a^2 e^{-2 k d}}
            = a - a (1 - a^2)\, d + O(d^2),

    where :math:`a = \tanh \beta J`, :math:`k = \sqrt{1 - a^2}`, d is the mean of the two
    delays and s half their difference: at one sum of delays, the more they differ the
    better.

    Attributes
    ----------
    tau_s : float, tuple of float or tuple of (from, to, seconds)
        Delay in seconds, > 0. One for all links; or an array, one a connection in the
        order of the circuit's weights (reader by reader, what each hears in order); or a
        table, given as ``{(from, to): seconds}`` or as rows. A table names p-bits by
        their labels and has to say every connection; a pair that is there in one
        direction holds for both.
    spread : float
        Relative standard deviation of factors of mean 1 that multiply the delays, drawn
        for every connection by itself, >= 0.
    distribution : {"lognormal", "normal", "uniform"}
        Of the factors. All of them must be positive.
    seed : int or None
        Seed of the factors; None derives them from the machine's own seed.

    References
    ----------
    Faria et al. (2021), equation 1b; Onizawa and Hanyu, arXiv 2604.01564 (2026).
    """

    section: ClassVar[str] = "synapse"

    tau_s: float | tuple[Any, ...]
    spread: float = 0.0
    distribution: Literal["lognormal", "normal", "uniform"] = "lognormal"
    seed: int | None = None

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        given: Any = self.tau_s
        if isinstance(given, Mapping):
            given = [_row_of(self.key("tau_s"), *item) for item in given.items()]
        if isinstance(given, list | tuple | np.ndarray):
            msgspec.structs.force_setattr(
                self, "tau_s", _settled(self.key("tau_s"), given)
            )
        else:
            settle_quantity(self, "tau_s", "s")
        settle_number(self, "spread")
        settle_choice(self, "distribution", ("lognormal", "normal", "uniform"))
        if self.distribution == "uniform" and self.spread * math.sqrt(3) >= 1:
            msg = (
                f"must be below 1 / sqrt(3) of a uniform distribution, whose factors "
                f"must be positive, not {self.spread:g}"
            )
            raise DesignError(self.key("spread"), msg)
        check_seed(self, self.seed)

    @property
    def table(self) -> dict[tuple[Hashable, Hashable], float] | None:
        """Seconds from p-bit to p-bit; None where the delays are no table."""
        rows = self.tau_s
        if not isinstance(rows, tuple) or not isinstance(rows[0], tuple):
            return None
        return {(source, reader): seconds for source, reader, seconds in rows}

    @property
    def per_edge(self) -> bool:
        """Whether connections have delays of their own."""
        return isinstance(self.tau_s, tuple) or self.spread > 0


def _row_of(key: str, pair: Any, seconds: Any) -> tuple[Any, Any, Any]:
    if not isinstance(pair, tuple) or len(pair) != TRIPLE - 1:
        raise DesignError(key, f"must be keyed by pairs (from, to), not {pair!r}")
    return (*pair, seconds)


def _settled(key: str, given: Any) -> tuple[Any, ...]:
    """Return an array of times, or rows of (from, to, seconds), as tuples."""
    if len(given) == 0:
        raise DesignError(key, "must hold one time a connection, not none")
    rows = [isinstance(entry, list | tuple) for entry in given]
    if not any(rows):
        return tuple(quantity(f"{key}[{k}]", v, "s") for k, v in enumerate(given))
    table: dict[tuple[Any, Any], float] = {}
    for k, entry in enumerate(given):
        where = f"{key}[{k}]"
        if not rows[k] or len(entry) != TRIPLE:
            raise DesignError(where, f"must be [from, to, seconds], not {entry!r}")
        pair = (_label(entry[0]), _label(entry[1]))
        if pair in table:
            raise DesignError(where, f"names the connection {pair!r} a second time")
        table[pair] = quantity(where, entry[2], "s")
    return tuple((*pair, seconds) for pair, seconds in table.items())


def _label(given: Any) -> Hashable:
    """Return a label as circuits have it: files have lists for tuples."""
    return tuple(map(_label, given)) if isinstance(given, list) else given
