"""Annealing schedules: the inverse temperature beta of every sweep, as plain arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pbit.checks import Floats, check_count, check_finite, check_nonnegative
from pbit.model import PCircuit

HOT = 1.0  # beta times the typical input at the start: P(against it) = sigma(-2) = 12 %
COLD = 5.0  # beta times a small input at the end: P(wrong) = sigma(-10) = 0.005 %
SMALL = 0.10  # which quantile of the inputs, where nothing moves any more, is small
DESCENTS, SWEEPS = 16, 30  # of zero temperature, from random states, to see inputs in
INPUTS = 2**16  # about as many are looked at: large models need fewer descents
LARGEST = float(np.finfo(np.float64).max)  # beta, for weights near the smallest numbers
NOTHING = 1e-9  # of the typical input: what rounding leaves of inputs that cancel


def constant(beta: float, n_sweeps: int) -> Floats:
    """Return the same `beta` for every sweep, shape (n_sweeps,)."""
    return np.full(check_count("n_sweeps", n_sweeps), check_nonnegative("beta", beta))


def linear(start: float, stop: float, n_sweeps: int) -> Floats:
    """Return betas in equal steps from `start` to `stop`, both included.

    A single sweep runs at `stop`. The betas may also fall.

    Examples
    --------
    >>> linear(0.5, 2.0, 4).tolist()
    [0.5, 1.0, 1.5, 2.0]
    """
    count = check_count("n_sweeps", n_sweeps)
    first, last = check_nonnegative("start", start), check_nonnegative("stop", stop)
    return np.linspace(first, last, count) if count > 1 else np.array([last])


def geometric(start: float, stop: float, n_sweeps: int) -> Floats:
    r"""Return betas that grow by one factor a sweep, from `start` to `stop` inclusive.

    .. math:: \beta_t = start \, (stop / start)^{t / (n_{sweeps} - 1)}

    A single sweep runs at `stop`. The betas may also fall.

    Raises
    ------
    ValueError
        If `start` or `stop` is not finite and positive, or `n_sweeps` < 1.

    Examples
    --------
    >>> geometric(0.5, 4.0, 4).tolist()
    [0.5, 1.0, 2.0, 4.0]
    """
    count = check_count("n_sweeps", n_sweeps)
    first, last = check_nonnegative("start", start), check_nonnegative("stop", stop)
    for name, value in (("start", first), ("stop", last)):
        if value == 0:
            msg = f"{name} must be positive in a geometric schedule, not 0"
            raise ValueError(msg)
    return np.geomspace(first, last, count) if count > 1 else np.array([last])


def from_model(model: PCircuit, n_sweeps: int) -> Floats:
    r"""Return the schedule that annealing uses when given none, shape (n_sweeps,).

    Geometric from :math:`1/\sigma` to :math:`5/g`. The root mean square
    :math:`\sigma` of :math:`(\sum_j W_{ij}^2 + h_i^2)^{1/2}` over the p-bits is what
    the inputs measure at high temperature: above :math:`1/\beta = \sigma`, where a dense
    glass freezes, chains forget at once what they start from. The gap g is what has to
    be frozen at the end. Where at most 16 descents at zero temperature from random
    states end, flipping p-bit i costs twice :math:`|\sum_j W_{ij} m_j + h_i|`; g is the
    lower decile of these inputs over all p-bits and descents, zeros ignored: 5 times it
    leaves P(wrong) = 0.005 %. If all are zero, g is :math:`\sigma`. P-bits without
    weights and bias do not count. The descents' draws are always the same, and so is
    the schedule of a model.

    Parameters
    ----------
    model
        The circuit; its weights may be directed.
    n_sweeps
        Number of sweeps, at least 1.

    Notes
    -----
    A heuristic, which your own problem may beat. Any rule that looks at single weights
    goes wrong where they span decades: in a chain whose couplings fall off with a power
    of the distance, or a QUBO with large penalties, most weights never decide anything,
    and sweeps cold enough to freeze them are lost. Ending at 3 over the lower decile of
    the p-bits' lower quartile of weights left chains of 1000 sweeps half a standard
    deviation higher on Gaussian glasses, dense and sparse, and on long-range chains, and
    found the best cut of G1 half as often; gates and ±J lattices did not care. Starting
    at 1/σ was on none of 25 models worse than at 0.5/σ, up to 0.3 standard deviations
    better, and up to 40 % faster; 2/σ is too late for G1 and dense glasses. The descents
    cost less than 1 % of an annealing run of 64 chains of 1000 sweeps.

    Between the ends a geometric schedule did clearly better than a linear one on G1 and
    on glasses of Gaussian weights, three-dimensional and dense, and about as well on
    G11, G35, a ±J lattice and a travelling salesman. [OH26]_ goes from 0.1/σ to 10/σ
    instead: one scale for both ends. A model without any weight or bias has no scale:
    beta is 1 throughout.

    References
    ----------
    .. [OH26] N. Onizawa, T. Hanyu, arXiv:2604.01564 (2026).

    Examples
    --------
    >>> from pbit import IsingModel
    >>> from_model(IsingModel({(0, 1): 2.0}), 2).tolist()
    [0.5, 2.5]
    """
    check_count("n_sweeps", n_sweeps)
    pbits, weights = _magnitudes(model)
    if weights.size == 0:
        return constant(1.0, n_sweeps)
    largest = float(weights.max())  # scaled by it, squares neither overflow nor vanish
    squares = np.bincount(pbits, (weights / largest) ** 2)
    sigma = largest * float(np.sqrt(squares[squares > 0].mean()))
    start = min(HOT / sigma, LARGEST)
    stop = min(COLD / _gap(model, sigma), LARGEST)
    return geometric(start, max(start, stop), n_sweeps)


def check_schedule(
    schedule: ArrayLike, n_sweeps: int, name: str = "schedule"
) -> Floats:
    """Return one beta per sweep, read-only, from a number or an array of `n_sweeps`.

    Raises
    ------
    TypeError, ValueError
        If they are no numbers, a beta is not finite or negative, or their number is not
        `n_sweeps`; the message calls them `name`.
    """
    count = check_count("n_sweeps", n_sweeps)
    betas = np.asarray(schedule)
    if betas.dtype.kind not in "iuf":
        msg = f"{name} must be a number or an array of numbers, not {schedule!r}"
        raise TypeError(msg)
    if betas.shape not in ((), (count,)):
        msg = f"{name} must be a number or of shape ({count},), not {betas.shape}"
        raise ValueError(msg)
    result = np.array(np.broadcast_to(betas, (count,)), dtype=np.float64)
    check_finite(name, result)
    if (result < 0).any():
        k = int(np.flatnonzero(result < 0)[0])
        msg = f"{name} must be >= 0: {name}[{k}] = {result[k]}"
        raise ValueError(msg)
    result.flags.writeable = False
    return result


def _magnitudes(model: PCircuit) -> tuple[Floats, Floats]:
    """Return the p-bit and the size of every weight and bias that is not zero."""
    rows = np.repeat(np.arange(model.n, dtype=np.int32), np.diff(model.weights.indptr))
    biased = np.flatnonzero(model.h).astype(np.int32)
    pbits = np.concatenate([rows, biased])
    return pbits, np.abs(np.concatenate([model.weights.data, model.h[biased]]))


def _gap(model: PCircuit, sigma: float) -> float:
    """Return the lower decile of the inputs, in size, where nothing moves any more."""
    from pbit.random import streams  # with the kernels: only who anneals needs them
    from pbit.samplers.chains import run_chains

    quench = constant(min(1.0 / NOTHING / sigma, LARGEST), SWEEPS)
    descents = min(DESCENTS, 1 + INPUTS // model.n)
    # On one thread: parts of 16 chains would take a kernel of their own to compile.
    run = run_chains(
        model,
        quench,
        streams(0),
        n_chains=descents,
        order="sequential",
        n_threads=1,
    )
    if run.stopped is not None:
        raise KeyboardInterrupt
    inputs = np.abs(model.fields(run.states))
    inputs = np.sort(inputs[inputs > NOTHING * sigma])
    return float(inputs[int(SMALL * (inputs.size - 1))]) if inputs.size else sigma
