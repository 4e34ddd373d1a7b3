"""Calibration: measure every p-bit's response as a laboratory would, and correct for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.machine import Machine
from pbit.checks import Floats, check_count, check_nonnegative
from pbit.coloring import color
from pbit.limits import FixedPoint
from pbit.random import RandomState, sequence_of

BATCHES = 16  # of a time average, for its error
NEWTON_STEPS = 50
# A response this flat belongs to a p-bit that does not listen.
LEAST_SLOPE = 0.05


class Responses(NamedTuple):
    """Fits of <m_i> = tanh(slope_i x + offset_i), x = beta times the nominal field."""

    slope: Floats
    offset: Floats
    slope_error: Floats  # standard errors
    offset_error: Floats


@dataclass(frozen=True, eq=False)
class Calibration:
    """What was measured, what was changed and what remains.

    Attributes
    ----------
    before, after
        Fits of every p-bit's response with the circuit's own weights, and with the
        corrected ones: `slope`, `offset` and their standard errors, shape (n,) each.
    weights, biases
        What to load: ``Machine(circuit, design, programmed=calibration.programmed,
        body=...)``. In the order of ``circuit.weights.data``, and one a p-bit.
    deaf
        P-bits that did not respond (stuck ones), which were left alone.
    saturated
        Number of weights and biases that the format could not hold and cut off.
    format
        Number format of the machine, if it declares one.
    beta
        Inverse temperature at which offsets were corrected: they are constant in I,
        and biases are multiplied by beta.
    seconds
        Simulated seconds that measuring took.
    """

    before: Responses
    after: Responses
    weights: Floats
    biases: Floats
    deaf: NDArray[np.int64]
    saturated: int
    format: FixedPoint | None
    beta: float
    seconds: float

    @property
    def programmed(self) -> tuple[Floats, Floats]:
        """(weights, biases), as a Machine takes them."""
        return self.weights, self.biases

    def __str__(self) -> str:
        """Say in two lines how far p-bits were off and are now."""
        lines = []
        for name, fit in (("before", self.before), ("after", self.after)):
            slope, offset = fit.slope - 1, fit.offset
            lines.append(
                f"{name}: slopes off by {_rms(slope):.3g}, offsets by {_rms(offset):.3g} "
                f"(rms; measured to {_rms(fit.slope_error):.2g}, "
                f"{_rms(fit.offset_error):.2g})"
            )
        return "\n".join(lines)


def calibrate(
    machine: Machine,
    *,
    points: int = 9,
    span: float = 1.5,
    updates: int = 20_000,
    rng: RandomState = None,
) -> Calibration:
    r"""Measure every p-bit's response curve and correct biases and row weights for it.

    The p-bits of one colour are measured at once: all others are clamped at random, known
    values, and the p-bit's own bias is swept so that its input should run through `points`
    values from -`span` to `span`. The time averages are fitted by

    .. math:: \langle m_i \rangle = \tanh(a_i x_i + b_i),
              \qquad x_i = \beta \Big(\sum_j W_{ij} m_j + h_i\Big)

    with quasi-likelihood, errors from batch means. A corrected machine is loaded with

    .. math:: W'_{ij} = W_{ij} / a_i, \qquad h'_i = h_i / a_i - b_i / (a_i \beta),

    rounded to the format of weights that the design declares (``limits.bits``), and
    measured once more. Only what is seen from outside is used: clamps, biases, averages.
    The machine given is not touched: twins of the same body are measured.

    Parameters
    ----------
    machine
        A machine; its circuit, design, body and beta (> 0) count.
    points
        Inputs of the sweep, at least 3.
    span
        Largest input, > 0.
    updates
        Mean updates a p-bit and point, at least 160; errors fall as 1/sqrt(updates).
    rng
        Seed of the measurement.

    Returns
    -------
    Calibration
        Fits before and after, what to load, and what the format cut off.

    Raises
    ------
    ValueError
        If an argument breaks its rule, or beta is 0.

    Examples
    --------
    >>> import pbit
    >>> design = {"name": "x", "device": {"kind": "ideal", "tau_n": 1e-9},
    ...           "spread": {"slope": 0.1, "offset": 0.1, "seed": 1}}
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> found = calibrate(Machine(pair, design, rng=0), updates=2000, rng=1)
    >>> better = Machine(pair, design, rng=0, programmed=found.programmed)
    """
    check_count("points", points, 3)
    check_count("updates", updates, 10 * BATCHES)
    if check_nonnegative("span", span) == 0:
        msg = "span must be > 0, not 0"
        raise ValueError(msg)
    if machine.beta == 0:
        msg = "beta must be > 0 to calibrate a machine: at 0 biases do nothing"
        raise ValueError(msg)
    bench = _Bench(machine, points, span, updates, rng)
    circuit, beta = machine.circuit, machine.beta
    fmt = machine.design.limits.fixed_point if machine.design.limits else None
    data, h = machine._programmed
    before = bench.measure(data, h, np.ones(circuit.n))
    deaf = np.flatnonzero(before.slope < LEAST_SLOPE)
    a, b = before.slope.copy(), before.offset.copy()
    a[deaf], b[deaf] = 1.0, 0.0
    rows = np.repeat(np.arange(circuit.n), np.diff(circuit.weights.indptr))
    wanted = (data / a[rows], h / a - b / (a * beta))
    weights, biases = (_loaded(values, fmt) for values in wanted)
    saturated = 0
    if fmt is not None:
        saturated = sum(
            int((np.abs(v) > fmt.largest + fmt.step / 2).sum()) for v in wanted
        )
    after = bench.measure(weights, biases, 1 / a)
    return Calibration(
        before, after, weights, biases, deaf, saturated, fmt, beta, bench.seconds
    )


def _loaded(values: Floats, fmt: FixedPoint | None) -> Floats:
    return values if fmt is None else fmt.round(values)


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))


class _Bench:
    """A laboratory: twins of one machine whose biases are swept."""

    def __init__(
        self, machine: Machine, points: int, span: float, updates: int, rng: RandomState
    ) -> None:
        self.machine = machine
        self.updates = updates
        self.inputs = np.linspace(-span, span, points)
        self.classes = color(machine.circuit).classes
        seed = rng
        if isinstance(rng, np.random.SeedSequence):
            seed = np.random.default_rng(rng)
        self.generator = np.random.default_rng(seed)
        self.seconds = 0.0
        limits = machine.design.limits
        self.format = limits.fixed_point if limits else None

    def measure(self, data: Floats, h: Floats, gain: Floats) -> Responses:
        """Fit the responses of a machine that weights and biases are loaded into.

        The nominal input is what the circuit's own weights and biases would make, so the
        correction, by which rows are `gain` times the circuit's, is part of the p-bit.
        """
        n, points = self.machine.circuit.n, self.inputs.size
        x, mean = np.empty((points, n)), np.empty((points, n))
        variance = np.empty((points, n))
        for k, wanted in enumerate(self.inputs):
            for group in self.classes:
                seen = self._point(np.asarray(group), float(wanted), data, h, gain)
                x[k, group], mean[k, group], variance[k, group] = seen
        return fit_responses(x, mean, variance)

    def _point(
        self,
        group: NDArray[np.int64],
        wanted: float,
        data: Floats,
        h: Floats,
        gain: Floats,
    ) -> tuple[Floats, Floats, Floats]:
        """Return the nominal inputs of a group's p-bits, their means and variances."""
        machine = self.machine
        circuit, beta = machine.circuit, machine.beta
        states = self.generator.choice(np.array([-1, 1], np.int8), circuit.n)
        states[machine._stuck.pbits] = machine._stuck.states
        true_field = circuit.fields(states)[group]
        biases = h.copy()
        biases[group] += (wanted / beta - true_field) * gain[group]
        if self.format is not None:
            biases = self.format.round(biases)
        shifted = (biases - h)[group] / gain[group]
        twin = Machine(
            circuit,
            machine.design,
            int(self.generator.integers(2**62)),
            machine.engine,
            initial=states,
            beta=beta,
            body=sequence_of(machine._body.entropy),
            programmed=(data, biases),
        )
        others = np.setdiff1d(np.arange(circuit.n), group)
        twin.clamp({circuit.labels[i]: int(states[i]) for i in others.tolist()})
        means = self._averages(twin, group)
        return (
            beta * (true_field + shifted),
            means.mean(axis=0),
            means.var(axis=0, ddof=1) / BATCHES,
        )

    def _averages(self, twin: Machine, group: NDArray[np.int64]) -> Floats:
        """Return time averages of a group in batches, after one batch unseen."""
        timing = twin._engine.timing
        interval = float(timing.tau.max())
        if interval == 0:
            interval = timing.period * (timing.group_ptr.size - 1) / timing.probability
        length = self.updates * interval / BATCHES
        twin.run(length)
        rows = []
        for k in range(BATCHES):
            rows.append(twin.run((k + 2) * length).magnetization[group])
        self.seconds += float(twin.env.now)
        return np.array(rows)


def fit_responses(x: Floats, mean: Floats, variance: Floats) -> Responses:
    """Fit tanh(slope x + offset) to means, column by column.

    Parameters
    ----------
    x, mean, variance
        Inputs, means of m and the variances of these means, shape (points, n).

    Returns
    -------
    Responses
        The quasi-likelihood estimate of logistic regression, which is right whatever the
        correlation in time is, and errors by the sandwich formula.
    """
    a, b = np.ones(x.shape[1]), np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        fitted = np.tanh(a * x + b)
        weight = np.maximum(1 - fitted**2, 1e-9)
        residual = mean - fitted
        g = np.array([(residual * x).sum(0), residual.sum(0)])
        inverse = _inverse(weight, x)
        step = np.einsum("ijn,jn->in", inverse, g)
        step = np.clip(step, -1.0, 1.0)  # flat responses lie far from where it starts
        a, b = a + step[0], b + step[1]
        if np.abs(step).max() < 1e-12:
            break
    weight = np.maximum(1 - np.tanh(a * x + b) ** 2, 1e-9)
    inverse = _inverse(weight, x)
    # A mean of one value throughout says less than nothing about its variance.
    meat = _moments(np.maximum(variance, 1e-12), x)
    covariance = np.einsum("ijn,jkn,kln->iln", inverse, meat, inverse)
    errors = np.sqrt(np.maximum(covariance, 0))
    return Responses(a, b, errors[0, 0], errors[1, 1])


def _moments(weight: Floats, x: Floats) -> Floats:
    """Return sums of weight times (x, 1) (x, 1)^T over points, shape (2, 2, n)."""
    mixed = (weight * x).sum(0)
    return np.array([[(weight * x * x).sum(0), mixed], [mixed, weight.sum(0)]])


def _inverse(weight: Floats, x: Floats) -> Floats:
    (p, q), (_, r) = _moments(weight, x)
    determinant = np.maximum(p * r - q * q, 1e-30)
    return np.asarray(np.array([[r, -q], [-q, p]]) / determinant)
