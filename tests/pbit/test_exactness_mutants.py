"""Kernels broken on purpose are caught by the averages that whole ones pass, at 144 p-bits.

Copies of all kernels, with a few characters changed, are compiled under another name and put
in the place of the real ones.
"""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

import pbit
from pbit import kernels
from pbit.samplers import resampling
from pbit.treewidth import TreeDecomposition
from tests.pbit.exactness import LIMIT, RINGS, WAYS, Draws, Exact, lattice, worst

PACKAGE = "kernels_of_mutants"
BETA = 0.5
FAULTS = {
    # name: way, weights, file, text, replacement
    "a bias of 4 %": (
        "chain", "gauss", "gibbs", "if beta * fields[i] >", "if 1.04 * beta * fields[i] >",
    ),
    "the last neighbour half told": (
        "chain", "gauss", "gibbs", "step * data[e]",
        "(1.0 if e + 1 < indptr[i + 1] else 0.5) * step * data[e]",
    ),
    "thresholds of another p-bit": (
        "chain, random", "gauss", "gibbs", "> thresholds[t]", "> thresholds[i]",
    ),
    "lanes told 5 % less": ("lanes", "gauss", "lanes", "2.0 * data[e])", "1.9 * data[e])"),
    "rough limits half as far": (
        "lanes", "whole", "lane_vectors", "HALF_LN2 = 0.34657", "HALF_LN2 = 0.31657",
    ),
    "rows told less": (
        "dense", "gauss", "dense", "steps[count] = step", "steps[count] = 0.95 * step",
    ),
    "a block that does not tell itself": (
        "dense", "gauss", "dense", "rows, start, step)", "rows, start, 0.0 * step)",
    ),
    "flips told half": (
        "planes", "whole", "planes", "np.int32(2 * new)", "np.int32(1 * new)",
    ),
    "a plane drawn twice": (
        "planes", "whole", "planes", "append(number, w1, bit)", "append(number, w0, bit)",
    ),
    "a carry lost": (
        "bitsliced", "whole", "bitsliced_counts", "(a & b) | (c & (a ^ b))", "a & b",
    ),
    "lower planes win": (
        "bitsliced", "whole", "bitsliced_levels", "(same & below)", "below",
    ),
    "members told half": (
        "terms", "terms", "polynomial", "step = 2.0 * value", "step = 1.5 * value",
    ),
    "a barrier 4 % high": (
        "metropolis", "gauss", "metropolis", "return -0.5 * log(u)", "return -0.52 * log(u)",
    ),
    "bonds 4 % likelier": (
        "swendsen-wang", "gauss", "clusters", "beta * aligned >", "1.04 * beta * aligned >",
    ),
    "clusters without biases": (
        "wolff", "gauss", "clusters", "h[i] * m[i] if ghost", "0.9 * h[i] * m[i] if ghost",
    ),
    "swaps too easy": (
        "temper", "gauss", "exchange", "log(u) <", "1.5 * log(u) <",
    ),
    "agreeing p-bits that turn": (
        "temper, icm", "gauss", "exchange", "if not symmetric:", "if False:",
    ),
    "replicas that pull 4 % more": (
        "ring", "chromatic", "trotter", "+ pull * (", "+ 1.04 * pull * (",
    ),
    "replicas in lanes that pull 4 % more": (
        "ring", "lanes", "trotter_lanes", "twice = 2.0 *", "twice = 2.08 *",
    ),
}  # fmt: skip
USERS = {
    "pbit.samplers.kernel_choice": (
        "gibbs", "lanes", "dense", "planes", "bitsliced", "polynomial",
    ),
    "pbit.samplers.replicas": ("exchange",),
    "pbit.samplers.quantum": ("trotter", "trotter_lanes"),
    "pbit.kernels": ("metropolis", "clusters"),
}  # fmt: skip


@pytest.fixture
def put_in_place(tmp_path, monkeypatch):
    """Return a function that breaks a file and lets the samplers run its kernels."""

    def put(file, old, new):
        folder = tmp_path / PACKAGE
        folder.mkdir()
        for source in Path(kernels.__file__).parent.glob("*.py"):
            text = source.read_text()
            if source.stem == file:
                assert old in text, f"{old!r} is not in {file}"
                text = text.replace(old, new)
            (folder / source.name).write_text(text.replace("pbit.kernels", PACKAGE))
        monkeypatch.syspath_prepend(tmp_path)
        importlib.invalidate_caches()
        for user, names in USERS.items():
            for name in names:
                importlib.import_module(f"pbit.kernels.{name}")
                broken = importlib.import_module(f"{PACKAGE}.{name}")
                monkeypatch.setattr(importlib.import_module(user), name, broken)

    yield put
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


def deviation(name, weights):
    """Of a way, or of rings, whose law is that of a strip."""
    if name == "ring":
        law = RINGS[weights].law(0.6)
        states = RINGS[weights].draw(0.6, 8_000, 50, 1)
        return worst(Draws(states, law.energy(states)), Exact(law, 1.0))
    model, way = lattice(12, weights), WAYS[name]
    runs, every = 128, 3 * way.slowness
    return worst(way.draw(model, BETA, runs, 400, every, 1), Exact(model, BETA))


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_kernel_broken_on_purpose_is_caught(fault, put_in_place):
    name, weights, *change = FAULTS[fault]
    put_in_place(*change)
    assert deviation(name, weights) > LIMIT


@pytest.mark.slow
@pytest.mark.parametrize(("name", "weights"), [("lanes", "gauss"), ("ring", "lanes")])
def test_kernels_in_another_place_pass_what_mutants_fail(name, weights, put_in_place):
    put_in_place("gibbs", "return gain", "return gain")
    assert deviation(name, weights) < LIMIT


def test_weights_of_a_population_broken_on_purpose_are_caught(monkeypatch):
    """A step in temperature that counts a hundredth less, by ln Z of 144 p-bits."""
    model, real = lattice(12, "gauss"), resampling.relative_weights
    log_z = TreeDecomposition(model).log_partition(BETA)
    assert log_partition_is_off(model, log_z) < LIMIT
    monkeypatch.setattr(
        resampling,
        "relative_weights",
        lambda energies, step: real(energies, 0.99 * step),
    )
    assert log_partition_is_off(model, log_z) > LIMIT


def log_partition_is_off(model, log_z):
    """Of the mean of 32 populations' estimates of Z, in standard errors."""
    betas = np.linspace(0, BETA, 25)
    found = [
        pbit.population_anneal(model, n_chains=500, n_sweeps=1, betas=betas, rng=rng)
        for rng in range(32)
    ]
    z = np.exp(np.array([run.log_partition[-1] for run in found]) - log_z)
    return abs(z.mean() - 1) / (z.std(ddof=1) / np.sqrt(z.size))


def test_energies_that_are_not_those_of_the_states_are_caught():
    model = lattice(12, "gauss")
    found = WAYS["chain"].draw(model, BETA, 64, 200, 3, 1)
    truth = Exact(model, BETA)
    assert worst(found, truth) < LIMIT
    assert worst(found._replace(energies=1.02 * found.energies), truth) > LIMIT
