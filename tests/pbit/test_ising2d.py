"""The closed forms of the square lattice are the sums they stand for, and tables of others."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from pbit import exact, ising2d

TABLES = Path(__file__).parents[3] / "shared/data/reference"


def table(name):
    path = TABLES / name
    if not path.exists():
        pytest.skip(f"needs the reference table {name} beside the repository")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    return [{key: float(value) for key, value in row.items()} for row in rows]


def by_enumeration(rows, columns, beta, J):
    model = ising2d.model(rows, columns, J)
    energies = exact.energies(model)
    p = exact.probabilities(model, beta)
    mean = p @ energies
    heat = beta**2 * (p @ (energies - mean) ** 2)
    return exact.log_partition(model, beta), mean / model.n, heat / model.n


@pytest.mark.parametrize(
    "shape", [(2, 2), (2, 3), (3, 2), (3, 3), (2, 4), (3, 4), (4, 4), (4, 5)]
)
@pytest.mark.parametrize("J", [1.0, 0.7])
def test_kaufman_agrees_with_enumeration_at_every_temperature(shape, J):
    for beta in (0.0, 1e-4, 4e-4, 6e-4, 0.01, 0.2, ising2d.CRITICAL_BETA, 0.7, 3.0):
        found = ising2d.torus(*shape, beta, J)
        log_z, energy, heat = by_enumeration(*shape, beta, J)
        assert found.log_partition == pytest.approx(log_z, rel=1e-13)
        assert found.energy == pytest.approx(energy, rel=2e-8, abs=1e-15)
        assert found.specific_heat == pytest.approx(heat, rel=5e-8, abs=1e-14)


def test_a_torus_turned_is_the_same_torus():
    a, b = ising2d.torus(7, 31, 0.43), ising2d.torus(31, 7, 0.43)
    np.testing.assert_allclose(a, b, rtol=1e-12)


def test_large_tori_agree_with_the_table():
    for row in table("ising2d_torus.csv"):
        found = ising2d.torus(int(row["L"]), int(row["L"]), 1 / row["T"])
        assert found.log_partition == pytest.approx(row["lnZ"], rel=1e-13)
        assert found.energy == pytest.approx(row["energy"], rel=1e-12)
        assert found.specific_heat == pytest.approx(row["specific_heat"], rel=1e-9)


def test_the_infinite_lattice_agrees_with_the_table():
    for row in table("ising2d_infinite.csv"):
        beta = 1 / row["T"]
        free = -ising2d.log_partition(beta) / beta
        assert free == pytest.approx(row["free_energy"], rel=1e-13)
        assert ising2d.energy(beta) == pytest.approx(row["energy"], rel=1e-13)
        found = ising2d.magnetization(beta)
        assert found == pytest.approx(row["magnetisation"], abs=1e-13)
        if math.isfinite(row["specific_heat"]):
            heat = ising2d.specific_heat(beta)
            assert heat == pytest.approx(row["specific_heat"], rel=1e-10)


@pytest.mark.parametrize("beta", [1e-5, 4.9e-4, 5.1e-4, 0.1, 0.4, 0.6, 1.5])
def test_a_large_torus_is_nearly_infinite_away_from_the_critical_point(beta):
    found = ising2d.torus(300, 300, beta)
    # The two ground states of the torus add ln 2 where the lattice is ordered.
    extra = math.log(2) / 90_000 if beta > ising2d.CRITICAL_BETA else 0.0
    free = ising2d.log_partition(beta) + extra
    assert found.log_partition / 90_000 == pytest.approx(free, rel=1e-12)
    assert found.energy == pytest.approx(ising2d.energy(beta), rel=1e-8)
    assert found.specific_heat == pytest.approx(ising2d.specific_heat(beta), rel=2e-7)


def test_energy_and_heat_are_derivatives_of_the_partition_function():
    step = 1e-4
    for beta in (0.3, 0.44, 0.5):
        low, here, high = (ising2d.torus(20, 24, beta + k * step) for k in (-1, 0, 1))
        slope = -(high.log_partition - low.log_partition) / (2 * step) / 480
        assert here.energy == pytest.approx(slope, rel=1e-6)
        heat = -(beta**2) * (high.energy - low.energy) / (2 * step)
        assert here.specific_heat == pytest.approx(heat, rel=1e-5)


def test_critical_values_are_the_known_ones():
    assert pytest.approx(2.269185314213022, rel=1e-15) == ising2d.CRITICAL_TEMPERATURE
    assert math.sinh(2 * ising2d.CRITICAL_BETA) == pytest.approx(1, rel=1e-15)
    assert ising2d.energy(ising2d.CRITICAL_BETA) == pytest.approx(-math.sqrt(2))
    assert ising2d.specific_heat(ising2d.CRITICAL_BETA) > 10
    catalan = 0.915965594177219
    critical = math.log(2) / 2 + 2 * catalan / math.pi
    assert ising2d.log_partition(ising2d.CRITICAL_BETA) == pytest.approx(critical)
    assert ising2d.energy(0.0) == 0.0
    assert ising2d.magnetization(2.0, J=0.5) == ising2d.magnetization(1.0)


def test_the_model_of_a_torus_has_its_bonds():
    model = ising2d.model(3, 4, J=2.0)
    assert model.n_edges == 2 * 24
    assert model.energy(np.ones(12)) == -48.0
    assert ising2d.model(2, 3).energy(np.ones(6)) == -12.0


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="rows must be at least 2, not 1"):
        ising2d.torus(1, 4, 0.4)
    with pytest.raises(ValueError, match=r"beta must be finite and >= 0, not -0\.4"):
        ising2d.energy(-0.4)
    with pytest.raises(ValueError, match="J must be positive, not 0"):
        ising2d.magnetization(0.4, 0.0)
    with pytest.raises(ValueError, match=r"beta \* J must be at most 100, not 101"):
        ising2d.torus(4, 4, 101.0)
    assert ising2d.torus(4, 4, 100.0).energy == pytest.approx(-2)
