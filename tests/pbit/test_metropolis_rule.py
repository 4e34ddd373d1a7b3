"""The rule of Metropolis in `anneal`: its decisions one by one, the same in every kernel."""

import decimal

import numpy as np
import pytest

import pbit
from pbit.kernels import against, planes
from pbit.samplers.integers import fits
from tests.pbit import planes_law
from tests.pbit.test_planes import KEY, USES, as_column, random_starts, small_model


def chance(beta, field):
    """2**44 exp(-2 beta |field|), rounded, and 2**44 - 1 where the field is 0."""
    with decimal.localcontext() as context:
        context.prec = 50
        exponent = -2 * decimal.Decimal(beta) * abs(decimal.Decimal(field))
        exact = round(2**planes_law.BITS * exponent.exp())
        return min(exact, 2**planes_law.BITS - 1)


def slowly(model, start, betas, chain):
    """States after every sweep of one chain."""
    m, J, trajectory = [int(v) for v in start], model.J.toarray(), []
    for t, beta in enumerate(betas):
        for i in range(model.n):
            field = float(np.dot(J[i], m) + model.h[i])
            along = 1 if field >= 0 else -1
            draw = planes_law.upper_bits(KEY, i, t, chain) << 32
            draw |= planes_law.lower_bits(KEY, i, t, chain)
            flips = m[i] != along or draw < chance(beta, field)
            m[i] = -m[i] if flips else m[i]
        trajectory.append(list(m))
    return np.array(trajectory, np.int8)


@pytest.mark.parametrize("beta", [0.0, 0.01, 0.7, 30.0])
def test_chances_are_rounded_boltzmann_factors(beta):
    table = np.zeros(40, np.int64)
    against.fill_table(table, beta, True)
    exact = [chance(beta, field) for field in range(40)]
    assert np.abs(table - np.array(exact)).max() <= 1


def test_one_decision_after_the_other_makes_the_kernels_bits():
    model, betas = small_model(9, seed=3), [0.05, 0.2, 0.2, 0.6]
    starts = random_starts(3, model.n, seed=1)
    states, kept = starts.copy(), np.zeros((3, len(betas), model.n), np.int8)
    planes.run_chains(
        fits(model), states, np.zeros(3), np.arange(model.n, dtype=np.int32),
        as_column(betas), 0, 30, *KEY, *USES, 0, 1, kept,
        np.zeros((3, len(betas))), np.empty((0, model.n), np.int8), np.empty(0), True,
    )  # fmt: skip
    for c in range(3):
        assert (kept[c] == slowly(model, starts[c], betas, 30 + c)).all()


@pytest.mark.parametrize(("n", "density"), [(20, 1.0), (40, 0.2), (80, 1.0)])
def test_kernels_make_the_same_bits(n, density):
    model = small_model(n, seed=n, largest=1, density=density)
    one, other = (
        pbit.anneal(model, None, 70, 40, rng=5, kernel=kernel, rule="metropolis")
        for kernel in ("planes", "bitsliced")
    )
    assert one.sha256 == other.sha256
    assert one.info["law"] == "planes, metropolis"


@pytest.mark.parametrize(
    ("kernel", "unit"), [("auto", 1.0), ("chain", 1.0), ("auto", 0.3)]
)
def test_cold_chains_at_one_temperature_are_boltzmann(kernel, unit):
    # 4000 chains, 256 states: the statistic's mean is 255, its deviation 23; false alarms
    # below 1e-7. A rule that made every fourth costless flip only would show.
    model = small_model(8, seed=5, largest=2, unit=unit)
    rng = np.random.default_rng(0)
    jitter = np.triu(rng.normal(size=(8, 8)), 1) * (0.01 if unit != 1.0 else 0.0)
    model = pbit.IsingModel(model.J.toarray() + jitter + jitter.T, model.h)
    found = pbit.anneal(
        model,
        0.1 / unit,
        4000,
        60,
        rng=7,
        keep="last",
        kernel=kernel,
        rule="metropolis",
    )
    bits = (found.states[:, 0] > 0) @ (1 << np.arange(8))
    expected = 4000 * pbit.exact.probabilities(model, 0.1 / unit)
    observed = np.bincount(bits, minlength=256)
    assert ((observed - expected) ** 2 / expected).sum() < 255 + 8 * np.sqrt(2 * 255)


def test_polynomials_and_vector_kernels_are_refused():
    cubic = pbit.PolynomialModel({(0, 1, 2): 1.0})
    with pytest.raises(ValueError, match=r'rule "metropolis" takes circuits of pairs'):
        pbit.anneal(cubic, 1.0, rule="metropolis")
    with pytest.raises(ValueError, match=r"kernel 'lanes' takes the rule \"gibbs\""):
        pbit.anneal(small_model(5, 0), 1.0, kernel="lanes", rule="metropolis")
    with pytest.raises(ValueError, match=r"rule must be"):
        pbit.anneal(small_model(5, 0), 1.0, rule="greedy")
