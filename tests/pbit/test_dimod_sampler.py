"""The dimod sampler: dimod's own conformance tests, and what those do not look at."""

import math
import subprocess
import sys
import unittest

import numpy as np
import pytest

import pbit
from pbit import PbitSampler

dimod = pytest.importorskip("dimod")
pytest.importorskip("dimod.testing")


@dimod.testing.load_sampler_bqm_tests(PbitSampler)
class TestConformance(unittest.TestCase):  # dimod's suite fills a TestCase
    def test_the_interface(self):
        dimod.testing.assert_sampler_api(PbitSampler())


def frustrated(vartype="SPIN"):
    bqm = dimod.BinaryQuadraticModel.from_ising(
        {"a": 0.5, ("b", 1): -0.25, 7: 0.0},
        {("a", ("b", 1)): 1.0, (("b", 1), 7): 1.0, ("a", 7): 1.0},
        0.75,
    )
    return bqm.change_vartype(vartype, inplace=False)


def chain_bqm(n=30):
    return dimod.BinaryQuadraticModel.from_ising(
        {}, {(f"v{i}", f"v{i + 1}"): (-1) ** i for i in range(n - 1)}
    )


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
@pytest.mark.parametrize("method", ["anneal", "sample", "temper"])
def test_samples_have_the_models_variables_vartype_and_energies(vartype, method):
    bqm = frustrated(vartype)
    found = PbitSampler().sample(
        bqm, method=method, num_reads=20, num_sweeps=30, seed=1
    )
    dimod.testing.assert_sampleset_energies(found, bqm)
    assert found.vartype is bqm.vartype
    assert list(found.variables) == list(bqm.variables)
    assert len(found) == 20
    lowest = dimod.ExactSolver().sample(bqm).first.energy
    assert math.isclose(found.first.energy, lowest)
    assert math.isclose(found.aggregate().first.energy, lowest)


def test_annealing_is_that_of_pbit():
    bqm = frustrated()
    found = PbitSampler().sample(bqm, num_reads=5, num_sweeps=40, seed=3)
    same = pbit.anneal(pbit.interop.from_bqm(bqm), None, 5, 40, rng=3)
    np.testing.assert_array_equal(found.record.sample, same.states[:, 0])
    assert found.info["pbitlab"] == same.info
    assert found.info["method"] == "anneal"
    assert set(found.info["timing"]) == {"preprocessing", "sampling"}


def test_tempering_is_that_of_pbit():
    bqm = frustrated()
    found = PbitSampler().sample(
        bqm,
        method="temper",
        beta_schedule=[0.2, 1, 3],
        num_reads=4,
        num_sweeps=40,
        seed=3,
    )
    model = pbit.interop.from_bqm(bqm)
    same = pbit.temper(model, [0.2, 1, 3], n_ladders=4, n_sweeps=40, rng=3).solutions
    np.testing.assert_array_equal(found.record.sample, same.states[:, 0])


def test_sampling_gives_boltzmann_samples_of_dimods_energies():
    """G-test of 20 000 reads on 8 states: a false alarm has probability 1e-6."""
    bqm = frustrated()
    beta, reads = 0.7, 20_000
    found = PbitSampler().sample(
        bqm, method="sample", beta=beta, num_reads=reads, num_sweeps=30, seed=11
    )
    every = dimod.ExactSolver().sample(bqm)
    weights = np.exp(-beta * every.record.energy)
    expected = reads * weights / weights.sum()
    columns = [found.variables.index(v) for v in every.variables]
    rows = found.record.sample[:, columns]
    counts = np.array(
        [(rows == state).all(axis=1).sum() for state in every.record.sample]
    )
    g = 2 * float((counts * np.log(counts / expected)).sum())
    assert g < 40.5  # chi-square of 7 degrees of freedom at 1 - 1e-6


def test_a_seed_gives_the_same_samples_and_another_seed_others():
    def run(seed):
        found = PbitSampler().sample(
            chain_bqm(), method="sample", beta=0.3, num_reads=4, num_sweeps=5, seed=seed
        )
        return found.record.sample.tolist()

    assert run(1) == run(1) != run(2)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_initial_states_are_started_from(vartype):
    bqm = chain_bqm().change_vartype(vartype, inplace=False)
    lowest = dimod.SampleSet.from_samples_bqm(dict.fromkeys(bqm.variables, 1), bqm)
    cold = {"method": "sample", "beta": 1e6, "num_sweeps": 1, "order": "sequential"}
    found = PbitSampler().sample(bqm, initial_states=lowest, seed=0, **cold)
    spins = pbit.interop.from_bqm(bqm)
    same = pbit.sample(
        spins, 1e6, 1, 1, 0, initial=np.ones(len(bqm.variables), int), rng=0
    ).states[0, 0]
    got = found.change_vartype("SPIN", inplace=False).record.sample[0]
    np.testing.assert_array_equal(got, same)


def test_initial_states_are_taken_by_name_repeated_or_filled_up():
    bqm = dimod.BinaryQuadraticModel.from_ising({"a": 0, "b": 0}, {})
    sampler = PbitSampler()
    hot = {"method": "sample", "beta": 0.0, "num_sweeps": 1}
    states = [{"b": -1, "a": 1}, {"b": 1, "a": -1}]
    assert len(sampler.sample(bqm, initial_states=states, **hot)) == 2
    assert len(sampler.sample(bqm, initial_states=states, num_reads=5, **hot)) == 5
    reads, initial = sampler._starts(bqm, 3, states, "tile", 1)
    assert reads == 3
    assert initial.tolist() == [[1, -1], [-1, 1], [1, -1]]
    with pytest.raises(ValueError, match="insufficient number of initial states"):
        sampler.sample(
            bqm, initial_states=states, num_reads=3, initial_states_generator="none"
        )
    with pytest.raises(ValueError, match="mismatch between variables"):
        sampler.sample(bqm, initial_states={"a": 1})


@pytest.mark.parametrize("kind", ["geometric", "linear"])
def test_a_beta_range_is_the_schedule_between_its_ends(kind):
    bqm = chain_bqm()
    found = PbitSampler().sample(
        bqm, beta_range=(0.1, 3.0), beta_schedule_type=kind, num_sweeps=20, seed=2
    )
    betas = getattr(pbit.schedules, kind)(0.1, 3.0, 20)
    other = PbitSampler().sample(
        bqm, beta_schedule=betas, beta_schedule_type="custom", seed=2
    )
    np.testing.assert_array_equal(found.record.sample, other.record.sample)
    assert found.info["beta_range"] == pytest.approx([0.1, 3.0])
    assert (found.info["beta_schedule_type"], other.info["beta_schedule_type"]) == (
        kind,
        "custom",
    )
    assert found.info["pbitlab"]["n_sweeps"] == other.info["pbitlab"]["n_sweeps"] == 20


@pytest.mark.parametrize("method", ["anneal", "sample", "temper"])
def test_empty_single_and_uncoupled_models_work(method):
    sampler = PbitSampler()
    for vartype in ("SPIN", "BINARY"):
        empty = dimod.BinaryQuadraticModel({}, {}, 1.5, vartype)
        found = sampler.sample(empty, method=method, num_reads=3)
        assert found.record.energy.tolist() == [1.5] * 3
        single = dimod.BinaryQuadraticModel({"x": -20.0}, {}, 0.0, vartype)
        found = sampler.sample(single, method=method, num_reads=2, seed=1)
        assert found.first.sample == {"x": 1}
        loose = dimod.BinaryQuadraticModel(dict.fromkeys("abc", 20.0), {}, 0.0, vartype)
        found = sampler.sample(loose, method=method, num_reads=2, seed=1)
        assert set(found.first.sample.values()) == {min(loose.vartype.value)}


def test_sample_ising_and_sample_qubo_come_along():
    sampler = PbitSampler()
    assert sampler.sample_ising([0, 0], {(0, 1): -1}, seed=1).first.energy == -1
    found = sampler.sample_qubo({("x", "x"): -1, ("x", "y"): 2}, num_reads=5, seed=1)
    assert found.first.energy == -1


def test_dimods_composites_take_it():
    composed = dimod.TruncateComposite(PbitSampler(), 3)
    bqm = chain_bqm()
    found = composed.sample(bqm, num_reads=6, num_sweeps=100, seed=4)
    assert len(found) == 3
    dimod.testing.assert_sampleset_energies(found, bqm)


def test_an_unknown_keyword_warns_as_dimod_does():
    with pytest.warns(dimod.exceptions.SamplerUnknownArgWarning, match="num_reeds"):
        found = PbitSampler().sample(frustrated(), num_reeds=5)
    assert len(found) == 1


def test_every_parameter_is_a_keyword_and_every_property_is_there():
    import inspect

    sampler = PbitSampler()
    keywords = set(inspect.signature(sampler.sample).parameters) - {"bqm", "kwargs"}
    assert set(sampler.parameters) == keywords
    for names in sampler.parameters.values():
        assert set(names) <= set(sampler.properties)


def test_a_time_limit_ends_the_run():
    found = PbitSampler().sample(chain_bqm(), num_sweeps=10**7, time_limit=0.05, seed=1)
    assert found.info["pbitlab"]["stopped"] == "time limit"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"method": "aneal"}, "method must be one of .* did you mean 'anneal'"),
        ({"num_reads": 0}, "num_reads must be at least 1"),
        ({"num_sweeps": 0}, "num_sweeps must be at least 1"),
        ({"beta": 1.0}, 'beta is for method="sample"'),
        ({"method": "sample", "beta_range": (1, 2)}, "are not for method=.sample"),
        (
            {"method": "temper", "beta_range": (1, 2)},
            "beta_range is for method=.anneal",
        ),
        ({"method": "temper", "beta_schedule": [2, 1]}, "betas must rise"),
        (
            {"method": "temper", "initial_states": {"a": 1}},
            "initial_states must not be",
        ),
        ({"beta_range": (1, 2, 3)}, "beta_range must be two numbers"),
        ({"beta_range": (0, 2)}, "start must be positive in a geometric schedule"),
        ({"beta_schedule_type": "custom"}, "beta_schedule must be given"),
        ({"beta_schedule_type": "cubic"}, "beta_schedule_type must be one of"),
        ({"beta_schedule": [1, 2], "beta_range": (1, 2)}, "must not both be given"),
        ({"beta_schedule": [1, 2], "num_sweeps": 3}, r"schedule must be .*\(3,\)"),
        ({"beta_schedule": [1, -2]}, r"schedule must be >= 0: schedule\[1\]"),
        ({"beta_schedule": []}, "schedule must be a number or of shape"),
        ({"order": "sorted"}, "order must be one of"),
        ({"seed": -1}, "rng must be >= 0"),
    ],
)
def test_what_breaks_a_rule_is_refused(options, match):
    with pytest.raises(ValueError, match=match):
        PbitSampler().sample(frustrated(), **options)


def test_a_bias_that_is_no_number_is_refused():
    bqm = dimod.BinaryQuadraticModel.from_ising({"a": float("nan")}, {})
    with pytest.raises(ValueError, match="must be finite"):
        PbitSampler().sample(bqm)


def test_without_dimod_the_extra_is_named_and_pbit_still_imports():
    code = (
        "import sys; sys.modules['dimod'] = None; import pbit; pbit.sample\n"
        "try:\n    pbit.PbitSampler\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "pip install pbitlab[dimod]" in done.stdout
