"""Couplings and biases in the fixed point of a machine, and what that distorts."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

import pbit
from compilers.passes.compare import compared
from compilers.passes.passed import Passed, Way, as_pass, ising, passed
from compilers.passes.scale import largest_weight
from compilers.program import Program
from pbit.checks import Floats, check_nonnegative
from pbit.limits import FixedPoint
from pbit.model import IsingModel

MAX_PBITS = 20  # of models whose ground states are looked at
_FITS = 1e-9  # steps: how far a weight may be from the grid and count as on it


@as_pass
def quantize(
    program: Program,
    fmt: FixedPoint | str,
    *,
    scale: float | str = "auto",
    beta: float = 1.0,
) -> Passed:
    r"""Round couplings and biases to a fixed-point format, saturating at its ends.

    With everything first multiplied by a factor f, weights become the nearest multiples
    of the format's step. If all are on the grid nothing is lost. Otherwise no energy is
    off by more than :math:`D = \sum_{i<j} |\delta J_{ij}| + \sum_i |\delta h_i|`, so that
    a ground state of the result is within 2 D / f of the original's ground energy: this
    is reported as ``excess_bound``, and for up to 20 p-bits what really happens to the
    ground states as well.

    Parameters
    ----------
    program
        With an :class:`pbit.IsingModel`.
    fmt
        "s[4][1]": a sign, 4 whole and 1 fractional bits, ±15.5 in steps of 0.5.
    scale
        The factor f, or "auto": 1 if that loses nothing; else the smallest factor that
        makes the smallest weight a multiple of the step and puts all weights on the
        grid, in range; else the one that makes the largest weight the format's largest
        number.
    beta
        Inverse temperature at which distributions are compared (up to 20 p-bits).

    Returns
    -------
    Passed
        Its last report has, in units of the original's weights: ``error_max`` and
        ``error_rms`` of the coefficients; ``saturated`` and ``vanished``, numbers of
        weights beyond the range and rounded to 0; ``excess_bound``; ``ground_states``:
        "kept", "changed", or "unknown" for more than 20 p-bits, and if changed
        ``ground`` says how many were lost and gained and the ``excess`` energy of the
        worst gained one; ``distribution`` as of `compare`.

    Raises
    ------
    TypeError, ValueError
        If the program has no pairwise energy, the format is none, or the factor is not
        above 0.

    Examples
    --------
    >>> import compilers
    >>> exact = quantize(compilers.gate("AND"), "s[4][1]")
    >>> exact.provenance["passes"][-1]["ground_states"]
    'kept'
    """
    model = ising(program, "quantize")
    fixed = FixedPoint.parse(fmt)
    check_nonnegative("beta", beta)
    factor = _factor(model, fixed, scale)
    J, h = fixed.round(model.J.data * factor), fixed.round(model.h * factor)
    rounded = IsingModel(
        sp.csr_array((J, model.J.indices, model.J.indptr), shape=model.J.shape),
        h,
        model.offset * factor,
        model.labels,
    )
    report = {"format": str(fixed), **_errors(model, factor, fixed, J, h)}
    lossless = report["error_max"] == 0
    ground = _ground(model, rounded, lossless)
    result = passed(
        program,
        "quantize",
        rounded,
        Way(np.arange(model.n)),
        {**report, **ground, "distribution": None},
        exact=lossless or ground["ground_states"] == "kept",
        keeps=_kept(lossless, ground["ground_states"]),
        factor=factor,
    )
    return compared(result, beta)


def _kept(lossless: bool, ground_states: str) -> str:
    if lossless:
        return "everything, at beta / energy_factor"
    if ground_states == "kept":
        return "ground states, as enumeration shows"
    return "ground energies within excess_bound"


def _factor(model: IsingModel, fixed: FixedPoint, scale: Any) -> float:
    if isinstance(scale, str):
        if scale != "auto":
            msg = f"scale must be a factor above 0 or 'auto', not {scale!r}"
            raise ValueError(msg)
        return automatic_factor(model, fixed)
    factor = check_nonnegative("scale", scale)
    if factor == 0:
        msg = "scale must be above 0, not 0"
        raise ValueError(msg)
    return factor


def automatic_factor(model: IsingModel, fixed: FixedPoint) -> float:
    """Return the factor that `quantize` chooses by itself."""
    sizes = np.unique(np.abs(np.concatenate([model.J.data, model.h])))
    sizes = sizes[sizes > 0]
    if sizes.size == 0:
        return 1.0
    smallest, largest = float(sizes[0]), float(sizes[-1])
    steps = int(fixed.largest / fixed.step)  # the largest number, in steps
    most = min(int(steps * smallest / largest + _FITS), 2**16)
    for factor in (1.0, *(fixed.step * k / smallest for k in range(1, most + 1))):
        if _on_grid(sizes * factor, fixed):
            return factor
    return fixed.largest / largest


def _on_grid(sizes: Floats, fixed: FixedPoint) -> bool:
    steps = sizes / fixed.step
    off = np.abs(steps - np.rint(steps)).max()
    return bool(off <= _FITS and sizes.max() <= fixed.largest + _FITS * fixed.step)


def _errors(
    model: IsingModel, factor: float, fixed: FixedPoint, J: Floats, h: Floats
) -> dict[str, Any]:
    upper = sp.triu(model.J, k=1).tocoo().data  # each coupling once
    given = np.concatenate([upper, model.h]) * factor
    there = np.concatenate([fixed.round(upper * factor), h])
    used = given != 0
    off = np.abs(there - given)
    off[off <= _FITS * fixed.step] = 0.0  # rounding of the factor, not of the format
    return {
        "largest": largest_weight(model),
        "error_max": float(off.max(initial=0)) / factor,
        "error_rms": float(np.sqrt((off[used] ** 2).mean())) / factor
        if used.any()
        else 0.0,
        "saturated": int((np.abs(given) > fixed.largest + _FITS * fixed.step).sum()),
        "vanished": int((used & (there == 0)).sum()),
        "excess_bound": 2 * float(off.sum()) / factor,
    }


def _ground(model: IsingModel, rounded: IsingModel, lossless: bool) -> dict[str, Any]:
    """Return what became of the ground states."""
    if lossless:
        return {"ground_states": "kept"}
    if model.n > MAX_PBITS:
        return {"ground_states": "unknown"}
    before = pbit.exact.ground_states(model)
    after = pbit.exact.ground_states(rounded)
    old, new = set(map(tuple, before.tolist())), set(map(tuple, after.tolist()))
    if old == new:
        return {"ground_states": "kept"}
    excess = model.energy(after).max() - pbit.exact.ground_energy(model)
    ground = {
        "before": len(old),
        "lost": len(old - new),
        "gained": len(new - old),
        "excess": float(excess),
    }
    return {"ground_states": "changed", "ground": ground}
