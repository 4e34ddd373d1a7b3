"""How far the decoded distribution of a passed program is from the original's."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

import pbit
from compilers.passes.passed import Ints, Passed, energy_factor
from pbit.checks import Floats, States, check_nonnegative
from pbit.conventions import int_to_state
from pbit.errors import CapacityError
from pbit.random import RandomState

MAX_PBITS = 20
_BLOCK = 2**16  # states decoded at a time


def compare(
    program: Passed,
    beta: float = 1.0,
    *,
    n_samples: int | None = None,
    n_sweeps: int = 1000,
    rng: RandomState = None,
) -> dict[str, Any]:
    r"""Return how far decoded states are from the source's Boltzmann distribution.

    p is the source's distribution at `beta`, by enumeration; q that of the passed
    program's states, each taken back to the source's p-bits. The passed program runs at
    beta over the factor that its energies were scaled by.

    Parameters
    ----------
    program
        A passed program whose source has at most 20 p-bits.
    beta
        Inverse temperature of the source, >= 0.
    n_samples
        None: q by enumeration, for at most 20 p-bits; nothing is left to chance.
        Otherwise q is estimated from so many independent chains.
    n_sweeps
        Length of these chains, of which the last state is taken.
    rng
        Seed of the chains.

    Returns
    -------
    dict
        ``kl``: :math:`\sum_m p \ln (p/q)` in nats (None where q lacks a state of p, which
        samples do); ``tv``: :math:`\tfrac12 \sum_m |p - q|`; ``broken``: the share of
        states with copies that disagree; ``beta`` and ``how``. Of samples, ``tv`` has a
        floor, the ``tv_noise`` that perfect ones would show on average (at most).

    Raises
    ------
    CapacityError
        If there are too many p-bits.

    Examples
    --------
    >>> import compilers
    >>> from compilers import passes
    >>> sparse = passes.sparsify(compilers.gate("AND"), 3)
    >>> passes.compare(sparse)["tv"]  # nothing had to be copied
    0.0
    """
    beta = check_nonnegative("beta", beta)
    source = program.source
    for which, n in (("source", source.n), ("passed program", program.n)):
        if n > MAX_PBITS and (which == "source" or n_samples is None):
            msg = f"comparing needs a {which} of at most {MAX_PBITS} p-bits, not {n}"
            raise CapacityError(msg)
    truth = pbit.exact.probabilities(source.model, beta)
    inner = beta / energy_factor(program)
    if n_samples is None:
        codes, broken = _decoded(program)
        law = pbit.exact.probabilities(program.model, inner)
        found = np.asarray(np.bincount(codes, law, truth.size), np.float64)
        share = float(law[broken].sum())
        extra: dict[str, Any] = {"how": "enumeration"}
    else:
        samples = pbit.sample(program.model, inner, n_samples, 1, n_sweeps, rng=rng)
        states = samples.states[:, 0]
        counts = np.bincount(_numbers(program.restore(states)), minlength=truth.size)
        found = counts / n_samples
        share = float(_any_broken(program, states).mean())
        noise = 0.5 * np.sqrt(truth * (1 - truth) / n_samples).sum()
        how = f"{n_samples} chains of {n_sweeps} sweeps"
        extra = {"how": how, "tv_noise": float(noise)}
    return {"beta": beta, **_distances(truth, found), "broken": share, **extra}


def compared(program: Passed, beta: float) -> Passed:
    """Return the program with ``distribution`` in its last pass's report, if it is small."""
    if max(program.n, program.source.n) > MAX_PBITS:
        return program
    *before, last = program.provenance["passes"]
    last = {**last, "distribution": compare(program, beta)}
    provenance = {**program.provenance, "passes": [*before, last]}
    return dataclasses.replace(program, provenance=provenance)


def _distances(truth: Floats, found: Floats) -> dict[str, float | None]:
    here = truth > 0
    tv = float(0.5 * np.abs(truth - found).sum())
    if (found[here] == 0).any():
        return {"kl": None, "tv": tv}
    kl = math.fsum((truth[here] * np.log(truth[here] / found[here])).tolist())
    return {"kl": max(0.0, kl), "tv": tv}


def _decoded(program: Passed) -> tuple[Ints, Any]:
    """Return the source's state number, and whether copies disagree, of every state."""
    codes = np.empty(2**program.n, np.int64)
    broken = np.empty(codes.size, bool)
    for first in range(0, codes.size, _BLOCK):
        stop = min(first + _BLOCK, codes.size)
        states = int_to_state(np.arange(first, stop), program.n)
        codes[first:stop] = _numbers(program.restore(states))
        broken[first:stop] = _any_broken(program, states)
    return codes, broken


def _any_broken(program: Passed, states: States) -> Any:
    mine = program.way.broken(states).any(axis=1)
    if isinstance(program.original, Passed):
        mine |= _any_broken(program.original, program.way.back(states))
    return mine


def _numbers(states: States) -> Ints:
    powers = np.int64(1) << np.arange(states.shape[1], dtype=np.int64)
    return np.asarray((states > 0) @ powers)
