import types

import numpy as np
import pytest

from pbit import IsingModel, sample
from pbit.samplers.clamps import apply_clamp

LABELS = ("a", "b", "c", "d", "e")
ORDER = np.array([4, 2, 0, 3, 1], np.int32)


def model(labels=LABELS):
    rng = np.random.default_rng(0)
    J = np.triu(rng.normal(size=(5, 5)), 1)
    return IsingModel(J + J.T, rng.normal(size=5), labels=labels)


def applied(clamp, n_chains=4):
    """Batches, and states that were all 0 (which no p-bit is) before."""
    states = np.zeros((n_chains, 5), np.int8)
    return apply_clamp(model(), clamp, states, ORDER), states


@pytest.mark.parametrize("clamp", [None, {}, types.MappingProxyType({})])
def test_no_clamp_is_one_batch_of_all_chains_and_changes_nothing(clamp):
    (batch,), states = applied(clamp)
    assert (batch.first, batch.stop) == (0, 4)
    assert batch.free.tolist() == ORDER.tolist()
    assert not states.any()


def test_free_p_bits_keep_their_order_and_held_ones_their_values():
    (batch,), states = applied({"c": 1, "e": -1})
    assert batch.free.tolist() == [0, 3, 1]
    assert batch.free.dtype == np.int32
    assert states.tolist() == [[0, 0, 1, 0, -1]] * 4


@pytest.mark.parametrize(
    "values",
    [[1, -1, -1, 1], (1.0, -1.0, -1.0, 1.0), np.array([1, -1, -1, 1], np.int8)],
)
def test_a_p_bit_can_be_held_at_a_value_of_each_chain(values):
    (batch,), states = applied({"b": values, "a": -1})
    assert batch.free.tolist() == [4, 2, 3]
    assert states[:, 1].tolist() == [1, -1, -1, 1]
    assert states[:, 0].tolist() == [-1] * 4


def test_neighbouring_chains_that_hold_the_same_p_bits_are_one_batch():
    own = [{"a": 1, "b": 1}, {"b": -1, "a": -1}, {"c": 1}, {}, {}, {"a": 1, "b": 1}]
    batches, states = applied(own, 6)
    assert [(b.first, b.stop, b.free.tolist()) for b in batches] == [
        (0, 2, [4, 2, 3]),
        (2, 3, [4, 0, 3, 1]),
        (3, 5, ORDER.tolist()),
        (5, 6, [4, 2, 3]),
    ]
    assert states[:, :3].tolist() == [
        [1, 1, 0], [-1, -1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0], [1, 1, 0],
    ]  # fmt: skip


def test_batches_cover_every_chain_once():
    rng = np.random.default_rng(3)
    own = [
        {LABELS[i]: 1 for i in np.flatnonzero(rng.random(5) < 0.3)} for _ in range(200)
    ]
    batches, states = applied(tuple(own), 200)
    covered = [chain for batch in batches for chain in range(batch.first, batch.stop)]
    assert covered == list(range(200))
    for batch in batches:
        for chain in range(batch.first, batch.stop):
            held = {LABELS.index(label) for label in own[chain]}
            assert set(batch.free.tolist()) == set(range(5)) - held
            assert set(np.flatnonzero(states[chain]).tolist()) == held


def test_everything_can_be_held():
    everyone = dict.fromkeys(LABELS, -1)
    (batch,), states = applied(everyone)
    assert batch.free.size == 0
    assert (states == -1).all()
    for order in ("sequential", "random", "chromatic"):
        samples = sample(model(), 1.0, 3, 4, 1, order, everyone, rng=0)
        assert (samples.states == -1).all()
        assert samples.energies == pytest.approx(
            np.full((3, 4), model().energy([-1] * 5))
        )


@pytest.mark.parametrize("order", ["sequential", "random", "chromatic"])
def test_held_p_bits_never_move_and_all_others_do(order):
    values = np.where(np.arange(20) % 2, 1, -1)
    samples = sample(
        model(), 0.1, 20, 60, 3, order, {"b": values, "d": 1}, rng=1, n_threads=2
    )
    assert (samples.column("b") == values[:, None]).all()
    assert (samples.column("d") == 1).all()
    for label in "ace":
        assert (samples.column(label).std(axis=1) > 0).all()


def test_a_clamp_beats_the_state_to_start_from():
    start = np.ones(5, np.int8)
    samples = sample(model(), 0.0, 2, 3, 0, clamp={"a": -1}, initial=start, rng=0)
    assert (samples.column("a") == -1).all()
    assert (start == 1).all()


def test_numbers_are_labels_where_there_are_no_others():
    states = np.zeros((1, 5), np.int8)
    (batch,) = apply_clamp(model(labels=None), {np.int64(2): 1, 4: -1}, states, ORDER)
    assert batch.free.tolist() == [0, 3, 1]
    assert states.tolist() == [[0, 0, 1, 0, -1]]


@pytest.mark.parametrize(
    ("clamp", "error", "message"),
    [
        ({"z": 1}, KeyError, "no p-bit is called 'z'"),
        ([{}, {"ab": 1}, {}, {}], KeyError, "no p-bit is called 'ab'"),
        ({"a": 0}, ValueError, "clamp of p-bit 'a' must be -1 or +1, not 0"),
        ({"a": 2}, ValueError, "clamp of p-bit 'a' must be -1 or +1, not 2"),
        ({"a": 0.5}, ValueError, "clamp of p-bit 'a' must be -1 or +1, not 0.5"),
        ({"a": np.nan}, ValueError, "clamp of p-bit 'a' must be -1 or +1, not nan"),
        ({"a": "+1"}, ValueError, "clamp of p-bit 'a' must be -1 or +1, not '+1'"),
        ({"a": None}, ValueError, "clamp of p-bit 'a' must be -1 or +1, not None"),
        ({"a": True}, ValueError, "clamp of p-bit 'a' must be -1 or +1, not True"),
        ({"a": [1, 1, 0, 1]}, ValueError, "clamp of p-bit 'a' must be -1 or +1, not"),
        (
            {"a": [1, 1]},
            ValueError,
            "clamp of p-bit 'a' must be one value or 4, one a chain, not of shape (2,)",
        ),
        (
            {"a": [[1], [1], [1], [1]]},
            ValueError,
            "clamp of p-bit 'a' must be one value or 4, one a chain, "
            "not of shape (4, 1)",
        ),
        (
            [{"a": 1}],
            ValueError,
            "clamp must be one dictionary a chain, 4 of them, not 1",
        ),
        ([], ValueError, "clamp must be one dictionary a chain, 4 of them, not 0"),
        ([{}, {}, {}, 3], TypeError, "clamp[3] must be a dictionary, not 3"),
        ([{}, {}, {}, None], TypeError, "clamp[3] must be a dictionary, not None"),
        (5, TypeError, "clamp must be a dictionary or a list of dictionaries, not 5"),
        ("abcd", TypeError, "clamp must be a dictionary or a list of dictionaries"),
        (iter([{}] * 4), TypeError, "clamp must be a dictionary or a list of"),
    ],
)
def test_bad_clamps_are_refused_with_name_rule_and_value(clamp, error, message):
    with pytest.raises(error) as caught:
        applied(clamp)
    assert message in str(caught.value)
