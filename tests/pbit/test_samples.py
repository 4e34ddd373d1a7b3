import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from pbit import io
from pbit.samples import SampleSet

LABELS = ("A", ("P", 0), 7)


@pytest.fixture
def samples():
    rng = np.random.default_rng(1)
    states = rng.choice(np.array([-1, 1], np.int8), (4, 5, 3))
    energies = rng.integers(-3, 3, (4, 5)).astype(float)
    return SampleSet(states, energies, LABELS, {"seed": 1, "betas": np.ones(2)})


def test_sizes_are_those_of_the_states(samples):
    assert (samples.n_chains, samples.n_kept, samples.n) == (4, 5, 3)
    assert repr(samples) == "SampleSet(n_chains=4, n_kept=5, n=3, best energy -3)"


def test_the_best_is_the_first_of_lowest_energy(samples):
    slow = min(
        ((samples.energies[c, k], c, k) for c in range(4) for k in range(5)),
    )
    state, energy = samples.best
    assert energy == slow[0]
    np.testing.assert_array_equal(state, samples.states[slow[1], slow[2]])
    assert isinstance(energy, float)


def test_the_mean_is_that_of_a_loop(samples):
    slow = np.zeros(3)
    for chain in samples.states:
        for state in chain:
            slow += state
    np.testing.assert_allclose(samples.mean(), slow / 20, atol=1e-15)


def test_occupancy_counts_little_endian(samples):
    slow = np.zeros(8)
    for state in samples.states.reshape(-1, 3):
        slow[sum(2**i for i in range(3) if state[i] == 1)] += 1
    np.testing.assert_array_equal(samples.occupancy(), slow / 20)


def test_occupancy_beyond_twenty_pbits_is_refused():
    with pytest.raises(ValueError, match="n <= 20 p-bits, not 21"):
        SampleSet(np.ones((1, 1, 21), np.int8)).occupancy()


def test_states_are_reached_by_label(samples):
    np.testing.assert_array_equal(samples.column(("P", 0)), samples.states[..., 1])
    assert samples.to_dicts()[6] == dict(
        zip(LABELS, samples.states[1, 1].tolist(), strict=True)
    )
    with pytest.raises(KeyError, match="no p-bit is called 'B'"):
        samples.column("B")


def test_nothing_in_it_can_be_changed(samples):
    with pytest.raises(ValueError, match="read-only"):
        samples.states[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        samples.energies[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        samples.states = None


def test_states_of_int8_are_not_copied_and_the_callers_stay_writable():
    states = np.ones((2, 2, 2), np.int8)
    assert np.shares_memory(SampleSet(states).states, states)
    assert states.flags.writeable


def test_circuits_without_energy_have_no_best():
    samples = SampleSet([[[1, -1]]])
    assert samples.energies is None
    assert samples.labels == range(2)
    with pytest.raises(ValueError, match="no energies"):
        samples.best  # noqa: B018
    assert repr(samples) == "SampleSet(n_chains=1, n_kept=1, n=2)"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[1, -1]],), ValueError, r"shape \(n_chains, n_kept, n\), not \(1, 2\)"),
        ((np.ones((0, 1, 2)),), ValueError, r"not \(0, 1, 2\)"),
        (([[[1, 0]]],), ValueError, r"states\[0, 0, 1\] = 0"),
        ((np.full((1, 1, 1), -128, np.int8),), ValueError, "= -128"),
        (([[[1, np.nan]]],), ValueError, "= nan"),
        (([[[True, True]]],), TypeError, "states must be numbers"),
        (([[[1, -1]]], [1.0]), ValueError, r"energies must have shape \(1, 1\)"),
        (([[[1, -1]]], [[np.nan]]), ValueError, r"energies\[0, 0\] = nan"),
        (([[[1, -1]]], None, ("a",)), ValueError, "labels must be 2 names"),
        (([[[1, -1]]], None, ("a", "a")), ValueError, "'a' appears twice"),
        (([[[1, -1]]], None, (), {"x": {1}}), TypeError, r"info\['x'\]"),
    ],
)
def test_bad_input_is_refused_at_the_door(arguments, error, message):
    with pytest.raises(error, match=message):
        SampleSet(*arguments)


@pytest.mark.parametrize("with_energy", [True, False])
def test_samples_come_back_from_a_file(samples, tmp_path, with_energy):
    if not with_energy:
        samples = dataclasses.replace(samples, energies=None)
    path = tmp_path / "samples.npz"
    samples.save(path)
    back = SampleSet.load(path)
    assert back.sha256 == samples.sha256
    assert back.labels == LABELS
    assert back.info == samples.info == {"seed": 1, "betas": [1.0, 1.0]}
    assert not back.states.flags.writeable


def test_numbered_samples_come_back_from_a_file(tmp_path):
    SampleSet([[[1, -1]]]).save(tmp_path / "s.npz")
    assert SampleSet.load(tmp_path / "s.npz").labels == range(2)


def test_a_file_with_wrong_contents_names_its_path(tmp_path):
    path = tmp_path / "s.npz"
    cases = [
        ({}, {}, "array 'states' is missing"),
        ({"states": np.zeros((1, 1, 2))}, {}, "must be -1 or"),
        ({"states": np.array(1)}, {}, "tuple index"),
        ({"states": np.ones((1, 1, 2))}, {"labels": ["a"]}, "list of 2 names"),
        ({"states": np.ones((1, 1, 2))}, {"info": [3]}, "."),
    ]
    for arrays, header, message in cases:
        io.write_npz(path, arrays, {"kind": "samples", **header})
        with pytest.raises(ValueError, match=rf"s\.npz: .*{message}"):
            SampleSet.load(path)


def test_the_hash_sees_every_part(samples):
    flipped = samples.states.copy()
    flipped[0, 0, 0] *= -1
    others = [
        SampleSet(flipped, samples.energies),
        SampleSet(samples.states, samples.energies + 1),
        SampleSet(samples.states),
        SampleSet(samples.states.reshape(5, 4, 3), samples.energies.reshape(5, 4)),
    ]
    assert len({samples.sha256, *(other.sha256 for other in others)}) == 5
    relabelled = SampleSet(samples.states, samples.energies)
    assert relabelled.sha256 == samples.sha256


def test_labels_are_escaped_in_html():
    states = np.ones((1, 1, 20), np.int8)
    html = SampleSet(states, labels=["<script>", *range(19)])._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "and 8 more" in html


def test_importing_samples_loads_nothing_heavy():
    heavy = "{'numba', 'scipy', 'networkx'}"
    script = f"import sys, pbit.samples; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "set()"
