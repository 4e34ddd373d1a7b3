"""Chains side by side in words: the same bits as one after the other, and the right law."""

from typing import NamedTuple

import numba
import numpy as np
import pytest
import scipy.sparse as sp

from pbit import IsingModel, PCircuit
from pbit.kernels import (
    against,
    bits,
    bitsliced,
    bitsliced_compare,
    bitsliced_counts,
    bitsliced_draws,
    bitsliced_energy,
    bitsliced_levels,
    bitsliced_program,
    bitsliced_sweep,
    planes,
)
from pbit.kernels.bitsliced import aligned
from pbit.kernels.bitsliced_program import compile_program
from pbit.samplers.integers import fits
from pbit.treewidth import TreeDecomposition
from tests import oracles
from tests.pbit import planes_law
from tests.pbit.bitsliced_mutants import FAULTS, broken_modules
from tests.pbit.test_planes import (
    KEY,
    USES,
    as_column,
    random_starts,
    small_circuit,
    small_model,
)
from tests.statistics import assert_law, law_power, stats

WORDS = 8
COMPILED = not numba.config.DISABLE_JIT
compiled = pytest.mark.skipif(not COMPILED, reason="too much for plain Python")


def wheel(n, seed, weights=(-1, 1)):
    """Every p-bit hears the next two on either side, with weights of these."""
    rng = np.random.default_rng(seed)
    pairs = [(i, (i + d) % n) for i in range(n) for d in (1, 2)]
    return IsingModel({pair: float(rng.choice(weights)) for pair in pairs})


# states as bits


@pytest.mark.parametrize("n", [1, 63, 64, 65, 200])
@pytest.mark.parametrize(("n_chains", "lane"), [(1, 0), (1, 31), (64, 0), (100, 5)])
def test_packed_states_are_the_bits_of_their_chains(n, n_chains, lane):
    words = 2
    states = random_starts(n_chains, n, n)
    rows = aligned(n * words)
    bits.pack(states, rows, words, lane)
    numbers = rows.reshape(n, words)
    for c in (0, n_chains // 2, n_chains - 1):
        place = lane + c
        column = numbers[:, place // 64] >> np.uint64(place % 64) & np.uint64(1)
        np.testing.assert_array_equal(2 * column.astype(np.int8) - 1, states[c])
    back = np.zeros((n_chains, 3, n), np.int8)
    bits.unpack(rows, words, lane, back, 1)
    np.testing.assert_array_equal(back[:, 1], states)
    assert not back[:, ::2].any()


def test_a_square_of_bits_is_turned_about_its_diagonal():
    square = np.random.default_rng(0).integers(2**64, size=64, dtype=np.uint64)
    before = [int(word) for word in square]
    bits.transpose(square)
    after = [int(word) for word in square]
    assert all(
        after[b] >> a & 1 == before[a] >> b & 1 for a in range(64) for b in range(64)
    )


def test_seven_bits_are_added_for_all_their_values():
    values = np.arange(128, dtype=np.uint64)
    columns = [values >> np.uint64(k) & np.uint64(1) for k in range(7)]
    add_seven = plain_adders()["add_seven"]
    low, middle, high = add_seven(*columns)
    total = low + np.uint64(2) * middle + np.uint64(4) * high
    np.testing.assert_array_equal(total, sum(columns))


def plain_adders():
    """The adders as plain Python functions that call each other."""
    functions = {
        name: getattr(value, "py_func", value)
        for name, value in vars(bitsliced_counts).items()
    }
    made = {}
    for name in ("add", "add_seven"):
        made[name] = type(functions[name])(functions[name].__code__, made, name)
    return made


# programs


def mixed(n, seed):
    """Small and large reaches, biases, weights of several digits, unheard p-bits."""
    rng = np.random.default_rng(seed)
    J = np.triu(rng.integers(-9, 10, (n, n)) * (rng.random((n, n)) < 3.0 / n), 1)
    return IsingModel((J + J.T).astype(float), rng.integers(-2, 3, n).astype(float))


MODELS = [
    wheel(9, 1), mixed(40, 2), mixed(130, 3), small_model(20, 4, 1), small_circuit(25, 5),
    wheel(12, 6, (1, 2, 7)), small_model(1, 7), IsingModel({(0, 1): 0.0}),
    small_model(30, 8, 2, unit=0.125),
]  # fmt: skip


@pytest.mark.parametrize("circuit", MODELS, ids=range(len(MODELS)))
def test_programs_count_to_the_field(circuit):
    whole = fits(circuit)
    program, n = compile_program(whole), circuit.n
    for state in random_starts(5, n):
        row = np.append(state > 0, False)  # and the ghost
        fields = np.rint(circuit.fields(state) / whole.unit)
        for i in range(n):
            count = 0
            for block in range(program.starts[i], program.starts[i + 1]):
                entries = program.entries[7 * block : 7 * block + 7]
                count = (count << program.shifts[block]) + sum(
                    int(row[e >> 1]) ^ int(e & 1) for e in entries
                )
            small = program.reaches[i] <= 7
            assert count < (8 if small else 256)
            assert (count >= (4 if small else 128)) == (fields[i] >= 0)
            middle = (4 if small else 128) - (program.reaches[i] + 1) // 2
            assert 2 * (count - middle) - program.reaches[i] == fields[i]


# single updates, exactly


class Bench(NamedTuple):
    """What a single update needs, for 512 chains."""

    circuit: PCircuit
    program: bitsliced_program.Program
    chances: np.ndarray
    groups: np.ndarray
    table: np.ndarray


def make_bench(circuit, beta, levels=bitsliced_levels):
    whole = fits(circuit)
    table = np.zeros(whole.largest + 1, np.int64)
    against.fill_table(table, beta * whole.unit)
    chances, groups = aligned(bitsliced_levels.CHANCES_SIZE), np.zeros(2, np.int64)
    levels.fill_chances(table, chances, groups)
    return Bench(circuit, compile_program(whole), chances, groups, table)


def decide(update, bench, state, i, uppers, first_chain=0):
    """The new states of p-bit i of 512 chains in this state, with these upper bits."""
    n, sweep = bench.circuit.n, 11
    rows, scratch = aligned((n + 1) * WORDS), aligned(bitsliced_compare.SCRATCH_SIZE)
    scratch[bitsliced_compare.MASKS_AT + WORDS :][:WORDS] = bitsliced_levels.ALL
    rows[: n * WORDS] = np.repeat(np.where(state > 0, bitsliced_levels.ALL, 0), WORDS)
    for k in range(12):
        plane = np.packbits(uppers >> (11 - k) & 1, bitorder="little").view(np.uint64)
        scratch[k * WORDS : (k + 1) * WORDS] = plane
    update(
        rows, bench.program, i, 0, bench.chances, bench.groups, bench.table, scratch,
        (0,) * WORDS, first_chain, *KEY, USES[1], sweep,
    )  # fmt: skip
    after = np.zeros((512, 1, n), np.int8)
    bits.unpack(rows, WORDS, 0, after, 0)
    rest = np.arange(n) != i
    assert (after[:, 0, rest] == state[rest]).all()
    return after[:, 0, i]


def check_updates(update, circuit, beta, states, uppers, levels=bitsliced_levels):
    """As many values of the upper bits as the chance says go against the field."""
    bench = make_bench(circuit, beta, levels)
    for state in states:
        fields = circuit.fields(state)
        for i in range(circuit.n):
            chance = round(planes_law.chance_against(beta, fields[i]))
            border, rest = chance >> 32, chance & oracles.MASK
            along = 1 if fields[i] >= 0 else -1
            for part in range(0, len(uppers), 512):
                drawn = uppers[part : part + 512]
                new = decide(update, bench, state, i, drawn, part)
                expected = np.where(drawn < border, -along, along)
                for c in np.flatnonzero(drawn == border):
                    below = planes_law.lower_bits(KEY, i, 11, part + int(c)) < rest
                    expected[c] = -along if below else along
                np.testing.assert_array_equal(new, expected)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("beta", [0.0, 0.1, 0.7])
def test_every_update_of_every_state_has_the_chance_that_the_law_says(n, beta):
    """All 4096 values of the upper bits, so that chances are read out exactly.

    The value at the border is decided by the lower bits, which `planes_law` knows: the
    transition probability is the multiple of 2**-44 nearest to sigma.
    """
    for circuit in (small_model(n, 3 * n, unit=0.5), small_circuit(n, n)):
        states = oracles.all_states(n)
        check_updates(bitsliced_sweep.update, circuit, beta, states, np.arange(4096))


def some_slow(faults):
    """All but every fifth take their seconds to compile only when there is time."""
    for k, fault in enumerate(faults):
        marks = [pytest.mark.slow] if k % 5 else []
        yield pytest.param(fault, id=fault.name, marks=marks)


@compiled
@pytest.mark.parametrize("fault", list(some_slow(FAULTS)))
def test_a_kernel_broken_on_purpose_is_caught(fault, tmp_path):
    with broken_modules(fault, tmp_path) as modules:
        broken = modules["bitsliced_sweep"].update
        with pytest.raises(AssertionError, match="Arrays are not equal"):
            check_some(broken, modules["bitsliced_levels"])


def test_kernels_pass_what_mutants_fail():
    check_some(bitsliced_sweep.update, bitsliced_levels)


def check_some(update, levels):
    """Small and large p-bits; every border is drawn by several chains."""
    rng = np.random.default_rng(0)
    for circuit, beta in ((wheel(6, 2), 0.2), (mixed(16, 5), 0.05)):
        states = random_starts(4, circuit.n)
        bench = make_bench(circuit, beta)
        borders = bench.table >> 32
        uppers = rng.choice(
            np.concatenate([borders, borders + 1, rng.integers(4096, size=20)]), 512
        )
        check_updates(update, circuit, beta, states, np.minimum(uppers, 4095), levels)


# whole runs: the same bits as one chain after the other


def run(kernel, circuit, n_chains, *, first_chain=0, clamped=0, best=True, seed=0,
        keep=(4, 2), betas=(0.1, 0.5, 0.5, 0.2, 1.0, 3.0), threads=1):  # fmt: skip
    """All that a kernel leaves behind."""
    n, whole = circuit.n, fits(circuit)
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)[: n - clamped].astype(np.int32)
    states = random_starts(first_chain + n_chains, n, seed)[first_chain:].copy()
    first_sweep = 3
    n_kept = (first_sweep + len(betas) - keep[0]) // keep[1] if keep[1] else 0
    left = {
        "states": states,
        "energies": np.zeros(n_chains),
        "kept": np.zeros((n_chains, n_kept, n), np.int8),
        "kept_energies": np.zeros((n_chains, n_kept)),
        "best": states.copy() if best else np.empty((0, n), np.int8),
        "best_energies": np.full(n_chains if best else 0, np.inf),
    }
    arrays = (whole,) if kernel is planes else (whole, compile_program(whole))
    kernel.run_chains(
        *arrays, left["states"], left["energies"], order, as_column(betas),
        first_sweep, first_chain, *KEY, *USES, *keep, left["kept"],
        left["kept_energies"], left["best"], left["best_energies"],
    )  # fmt: skip
    return left


def assert_same(one, other):
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


@pytest.mark.parametrize("n_chains", [1, 31, 64, 65, 200, 700] if COMPILED else [1])
@pytest.mark.parametrize("circuit", MODELS, ids=range(len(MODELS)))
def test_bits_are_those_of_one_chain_after_the_other(circuit, n_chains):
    clamped = circuit.n // 4 if n_chains % 2 else 0
    one = run(planes, circuit, n_chains, clamped=clamped)
    assert_same(one, run(bitsliced, circuit, n_chains, clamped=clamped))
    if isinstance(circuit, IsingModel):
        for states, energies in (("states", "energies"), ("kept", "kept_energies"),
                                 ("best", "best_energies")):  # fmt: skip
            exact = circuit.energy(one[states])
            np.testing.assert_allclose(one[energies], exact, rtol=1e-14)


@compiled
@pytest.mark.parametrize("first", [0, 1, 31, 32, 64, 90, 512, 640])
def test_a_chain_does_not_depend_on_which_others_there_are(first):
    circuit, n_chains = mixed(30, 9), 40
    every = run(bitsliced, circuit, first + n_chains + 60)
    some = run(bitsliced, circuit, n_chains, first_chain=first)
    picked = {name: array[first : first + n_chains] for name, array in every.items()}
    assert_same(picked, some)


@compiled
def test_rows_beyond_the_cache_make_the_same_bits():
    """So many that they are fetched ahead, of p-bits of one block and of several."""
    n = bitsliced_sweep.CACHED // WORDS + 3
    J = {
        (i, (i + d) % n): 1.0 + (i % 50 == 0) for i in range(n) for d in (1, 70, n // 3)
    }
    circuit = IsingModel(J)
    arguments = {"clamped": 5, "betas": (0.3, 0.5), "keep": (0, 0)}
    one, other = (run(k, circuit, 300, **arguments) for k in (planes, bitsliced))
    assert_same(one, other)


@compiled
def test_chains_far_out_and_late_sweeps_have_their_own_draws():
    circuit = mixed(20, 3)
    betas = as_column([0.3, 0.3])
    whole, n, n_chains = fits(circuit), circuit.n, 70
    for first_sweep, first_chain in ((2**32 - 1, 0), (5, 2**31)):
        results = []
        for kernel, arrays in (
            (planes, (whole,)),
            (bitsliced, (whole, compile_program(whole))),
        ):
            states, energies = random_starts(n_chains, n), np.zeros(n_chains)
            kernel.run_chains(
                *arrays, states, energies, np.arange(n, dtype=np.int32), betas,
                first_sweep, first_chain, *KEY, *USES, 0, 0,
                np.empty((n_chains, 0, n), np.int8), np.empty((n_chains, 0)),
                np.empty((0, n), np.int8), np.empty(0),
            )  # fmt: skip
            results.append(states)
        np.testing.assert_array_equal(*results)


@compiled
def test_the_best_so_far_is_kept_over_calls_and_nothing_else_is_needed():
    circuit = mixed(25, 4)
    once = run(bitsliced, circuit, 80, betas=(0.2, 1.0, 0.1, 0.1))
    assert (once["best_energies"] <= once["energies"]).all()
    nothing = run(
        bitsliced, circuit, 80, best=False, keep=(0, 0), betas=(0.2, 1.0, 0.1, 0.1)
    )
    np.testing.assert_array_equal(nothing["states"], once["states"])
    whole, n = fits(circuit), circuit.n
    before = once["best_energies"].copy()
    for kernel, arrays in (
        (planes, (whole,)),
        (bitsliced, (whole, compile_program(whole))),
    ):
        states, best = once["states"].copy(), once["best"].copy()
        energies = before.copy()
        kernel.run_chains(
            *arrays, states, np.zeros(80), np.arange(n, dtype=np.int32),
            as_column([0.01, 0.02]), 9, 0, *KEY, *USES, 0, 0,
            np.empty((80, 0, n), np.int8), np.empty((80, 0)), best, energies,
        )  # fmt: skip
        assert (energies <= before).all()
        np.testing.assert_allclose(energies, circuit.energy(best), rtol=1e-14)
        unchanged = energies == before
        assert unchanged.any()
        np.testing.assert_array_equal(best[unchanged], once["best"][unchanged])


def test_no_sweeps_leave_the_states_and_tell_their_energies():
    circuit = mixed(70, 4)
    left = run(bitsliced, circuit, 5, betas=(), keep=(0, 0))
    np.testing.assert_array_equal(left["states"], random_starts(5, 70))
    np.testing.assert_allclose(left["energies"], circuit.energy(left["states"]))


# the law of many chains


def final_states(model, beta, n_chains, n_sweeps, first_chain=0):
    """States of independent chains after so many sweeps from random starts."""
    whole, n = fits(model), model.n
    states = random_starts(n_chains, n, 1)
    bitsliced.run_chains(
        whole, compile_program(whole), states, np.zeros(n_chains),
        np.arange(n, dtype=np.int32), np.full((n_sweeps, 1), beta), 0, first_chain,
        *KEY, *USES, 0, 0, np.empty((n_chains, 0, n), np.int8), np.empty((n_chains, 0)),
        np.empty((0, n), np.int8), np.empty(0),
    )  # fmt: skip
    return states


@compiled
@pytest.mark.parametrize("seed", [1, 2])
def test_chains_have_the_boltzmann_law_of_all_states(seed):
    """2,000,000 independent draws of 12 p-bits: beta 2 % off would be caught."""
    model, beta, n_chains = small_model(12, seed, 2, density=0.5), 0.2, 2_000_000
    law = oracles.boltzmann(model, beta)
    off = oracles.boltzmann(model, 1.02 * beta)
    assert law_power(n_chains, law, off) > 1 - 1e-6
    states = final_states(model, beta, n_chains, 40)
    numbers = (states > 0) @ (1 << np.arange(12))
    assert_law(np.bincount(numbers, minlength=2**12), law)


def heard(n_free, reach, seed):
    """Clamped p-bits first, then free ones that hear some of them and not each other."""
    rng = np.random.default_rng(seed)
    n_clamped = 16
    J = np.zeros((n_clamped + n_free, n_clamped + n_free))
    for i in range(n_clamped, n_clamped + n_free):
        told = rng.choice(n_clamped, reach, replace=False)
        J[i, told] = rng.choice([-1.0, 1.0, 2.0] if reach > 6 else [-1.0, 1.0], reach)
    return IsingModel(J + J.T, rng.choice([0.0, 1.0], J.shape[0])), n_clamped


@compiled
@pytest.mark.parametrize(("reach", "beta"), [(3, 0.15), (6, 0.1), (11, 0.05)])
def test_an_error_of_a_thousandth_of_the_sigmoid_would_be_caught(reach, beta):
    """50 million updates, by field: each chance is estimated, and all together tested.

    If every chance of +1 were larger by a factor 1.001, the statistic, which is normal,
    would be off by `power` of its deviations: 5 raise the alarm once in 2 million.
    """
    model, n_clamped = heard(48, reach, reach)
    whole, n = fits(model), model.n
    n_chains, n_sweeps = 512, 200
    order = np.arange(n_clamped, n, dtype=np.int32)
    ups, draws = {}, {}
    for batch in range(10):
        states = random_starts(n_chains, n, batch)
        fields = np.rint(model.fields(states)).astype(int)[:, n_clamped:]
        kept = np.zeros((n_chains, n_sweeps, n), np.int8)
        bitsliced.run_chains(
            whole, compile_program(whole), states, np.zeros(n_chains), order,
            np.full((n_sweeps, 1), beta), n_sweeps * batch, 0, *KEY, *USES,
            n_sweeps * batch, 1, kept, np.zeros((n_chains, n_sweeps)),
            np.empty((0, n), np.int8), np.empty(0),
        )  # fmt: skip
        counts = (kept[:, :, n_clamped:] > 0).sum(axis=1)
        for field in np.unique(fields):
            here = fields == field
            ups[field] = ups.get(field, 0) + int(counts[here].sum())
            draws[field] = draws.get(field, 0) + n_sweeps * int(here.sum())
    chances = {f: 1 / (1 + np.exp(-2 * beta * f)) for f in ups}
    power = 0.001 * np.sqrt(sum(draws[f] * p / (1 - p) for f, p in chances.items()))
    assert power > 5 + 1.6  # caught nineteen times of twenty
    excess = sum((ups[f] - draws[f] * p) / (1 - p) for f, p in chances.items())
    deviation = np.sqrt(sum(draws[f] * p / (1 - p) for f, p in chances.items()))
    assert abs(excess / deviation) < stats.norm.isf(2.5e-7)
    for f, p in chances.items():  # and each by itself
        assert stats.binomtest(ups[f], draws[f], p).pvalue > 1e-6 / len(chances)


def grid(side, seed):
    """A square lattice with free edges, couplings ±1 and some biases."""
    rng = np.random.default_rng(seed)
    sites = np.arange(side**2).reshape(side, side)
    pairs = np.concatenate([
        np.stack([sites[:, 1:].ravel(), sites[:, :-1].ravel()], axis=1),
        np.stack([sites[1:].ravel(), sites[:-1].ravel()], axis=1),
    ])  # fmt: skip
    J = {(int(i), int(j)): float(rng.choice([-1, 1])) for i, j in pairs}
    return IsingModel(J, rng.choice([-1.0, 0.0, 0.0, 1.0], side**2))


@compiled
@pytest.mark.parametrize("beta", [0.2, 0.6])
def test_144_p_bits_have_the_exact_averages(beta):
    """200,000 states: averages within as many deviations as are exceeded once
    in two million times; a beta 1 % off would be seen in the energy.
    """
    model, n_chains = grid(12, 1), 200_000
    exact, off = (TreeDecomposition(model).moments(b) for b in (beta, 1.01 * beta))
    states = final_states(model, beta, n_chains, 300)
    pairs = sp.triu(exact.products).tocoo()
    spread = 6.2 / np.sqrt(n_chains)  # of a mean of ±1; 408 of them: 2.3e-7 in all
    mean = states.mean(axis=0)
    assert (np.abs(mean - exact.mean) < spread * np.sqrt(1 - exact.mean**2)).all()
    for i, j, value in zip(pairs.row, pairs.col, pairs.data, strict=True):
        found = (states[:, i] * states[:, j]).mean()
        assert abs(found - value) < spread * np.sqrt(1 - value**2)
    energies = model.energy(states)
    error = energies.std() / np.sqrt(n_chains)
    assert abs(energies.mean() - exact.energy) < 5.2 * error
    assert abs(off.energy - exact.energy) > 10 * error


MODULES = [
    bits, bitsliced, bitsliced_compare, bitsliced_counts, bitsliced_draws, bitsliced_energy,
    bitsliced_levels, bitsliced_program, bitsliced_sweep, planes, against,
]  # fmt: skip


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_kernels_keep_the_order_of_sums_and_release_the_lock(module):
    for kernel in vars(module).values():
        if hasattr(kernel, "targetoptions"):
            assert kernel.targetoptions["fastmath"] is False
            assert kernel.targetoptions["nogil"] is True
