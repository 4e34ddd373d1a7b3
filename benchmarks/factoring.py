"""Factoring products of two primes of equal width: time to the first true factorization.

One core. ``ends``: both ends of the multiplier (`compilers.factorization(..., ends="auto")`),
``whole``: all of it; both folded and searched at one temperature, every chain judged after
every sweep. ``dwave``: dwave-samplers' simulated annealing of dimod's multiplication circuit
with the product fixed, all reads judged, at the schedule that was fastest in a pilot. A
guess is a random choice of the factors' bits that are left free, two of which are right.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dimod
import numpy as np
from dimod.generators import multiplication_circuit

import compilers
import pbit
from benchmarks.peers import Dwave
from benchmarks.timing import print_table
from pbit.samplers.search import search_places

BITS = (8, 12, 16, 20, 24)  # with dwave beside it
MORE_BITS = (28, 32, 36)
FIT_FROM = 24  # bits: below, a large part of the seconds is the start of a search
SWEEPS_FROM = 16
N_PRODUCTS, REPEATS = 20, 5
MANY = 32  # bits up to which there are repeats
LIMIT = 60.0  # seconds a search
DWAVE_LIMIT = {8: 20.0, 12: 20.0, 16: 20.0, 20: 4.0, 24: 2.0}
WHOLE_SWEEPS = 200_000  # of 512 chains each: about ten seconds at 24 bits
READS = 100
# Sweeps, and both ends of the inverse temperature beside those that dwave-samplers choose.
SCHEDULES = (
    (60, 1, 1.0), (40, 16, 0.7), (60, 16, 0.7), (100, 16, 0.7), (60, 24, 0.5),
    (100, 24, 0.5),
)  # fmt: skip
RATE_BITS, RATE_SECONDS = (8, 12, 16), 0.5
N_RESAMPLES = 2000
Schedule = tuple[int, float, float]


@dataclass
class Times:
    """Of each product and repeat: CPU seconds, sweeps of a chain, and whether it was found."""

    seconds: np.ndarray
    sweeps: np.ndarray
    found: np.ndarray

    def mean(self, of: str = "seconds") -> tuple[float, float, float]:
        """Return what a success takes, with a 95 % interval over products and repeats."""
        cost, found = getattr(self, of), self.found
        rng = np.random.default_rng(1)
        values = [_ratio(cost, found)]
        for _ in range(N_RESAMPLES):
            rows = rng.integers(len(cost), size=(len(cost), 1))
            columns = rng.integers(cost.shape[1], size=cost.shape)
            values.append(_ratio(cost[rows, columns], found[rows, columns]))
        low, high = np.quantile(values[1:], (0.025, 0.975), method="nearest")
        return values[0], float(low), float(high)


def _ratio(cost: np.ndarray, found: np.ndarray) -> float:
    return float(cost.sum() / found.sum()) if found.any() else np.inf


def products(bits: int, seed: int = 1) -> list[int]:
    """Return 20 random products of two primes of exactly bits / 2 bits each."""
    half = bits // 2
    sieve = np.ones(2**half, bool)
    for p in range(2, 2 ** (half // 2 + 1)):
        sieve[2 * p :: p] = False
    primes = np.flatnonzero(sieve[2 ** (half - 1) :]) + 2 ** (half - 1)
    pairs = np.random.default_rng([seed, bits]).choice(primes, (N_PRODUCTS, 2))
    return [int(p) * int(q) for p, q in pairs]


def search(program: compilers.Program, seed: int, sweeps: int | None) -> tuple:
    """Return seconds, sweeps and success of one search, the answer checked."""
    start = time.process_time()
    found = compilers.search(
        program, n_sweeps=sweeps, rng=seed, n_threads=1, time_limit=LIMIT
    )
    seconds = time.process_time() - start
    if found:
        if not program.check(program.decode(found.state)):
            msg = f"a wrong answer for {program.provenance['what']}"
            raise RuntimeError(msg)
        return seconds, found.sweep * found.n_chains + found.chain + 1, True
    return seconds, found.sweeps_done * found.n_chains, False


def ours(bits: int, ends: str | None) -> tuple:
    """Return the times, the last program, and the median milliseconds of compiling."""
    table, compiling = [], []
    sweeps = None if ends else WHOLE_SWEEPS
    repeats = REPEATS if ends and bits <= MANY else 1
    for k, number in enumerate(products(bits)):
        start = time.process_time()
        program = compilers.factorization(number, (bits // 2,) * 2, ends=ends)
        compiling.append(1e3 * (time.process_time() - start))
        if k == 0:
            search(program, 0, 64)  # compiles kernels, touches memory
        table.append([search(program, seed, sweeps) for seed in range(1, repeats + 1)])
    columns = np.moveaxis(np.array(table, float), -1, 0)
    return Times(columns[0], columns[1], columns[2] > 0), program, np.median(compiling)


def throughput(bits: int, schedule: Schedule) -> tuple[float, float]:
    """Return true factorizations a second, both ends and dwave's, means over products.

    Ours are counted where a chain enters such a state, dwave's where a read ends in one.
    """
    rates = []
    for number in products(bits):
        program = compilers.factorization(number, (bits // 2,) * 2, ends="auto")
        problem, entered = program.problem, []

        def accept(a: np.ndarray, b: np.ndarray, judge=problem, note=entered):
            right = judge.accepts(a, b)
            note.append(int((right[1:] & ~right[:-1]).sum()))
            return np.zeros(right.shape, bool)

        start = time.process_time()
        search_places(
            program.model, accept, problem.watch(), problem.beta, 512, 4096, rng=1,
            n_threads=1,
        )  # fmt: skip
        seconds = time.process_time() - start
        rates.append(
            (
                sum(entered) / seconds,
                Peer(number, bits // 2).rate(schedule, RATE_SECONDS),
            )
        )
    ours, theirs = np.mean(rates, axis=0)
    return float(ours), float(theirs)


def circuit(number: int, half: int) -> tuple[pbit.IsingModel, list[list[int]]]:
    """Return dimod's circuit with the product fixed, and where A's and B's bits are."""
    bqm = multiplication_circuit(half)
    bqm.fix_variables({f"p{k}": number >> k & 1 for k in range(2 * half)})
    bqm.change_vartype(dimod.SPIN)
    place = {v: k for k, v in enumerate(bqm.variables)}
    couplings = {(place[u], place[v]): -w for (u, v), w in bqm.quadratic.items()}
    model = pbit.IsingModel(couplings, h=[-w for w in bqm.linear.values()])
    return model, [[place[f"{bus}{k}"] for k in range(half)] for bus in "ab"]


class Peer:
    """dwave-samplers on one product."""

    def __init__(self, number: int, half: int) -> None:
        self.number = number
        model, self.places = circuit(number, half)
        self.n = model.n
        largest = (abs(model.J).sum(axis=1) + np.abs(model.h)).max()
        smallest = np.abs(model.J.data).min()
        # The range that dwave-samplers choose, of betas of this project's energies.
        self.ends = np.log(2) / (2 * largest), np.log(100) / (2 * smallest)
        self.run = Dwave(model)

    def read(self, schedule: Schedule, seed: int) -> np.ndarray:
        """Return which of some reads end in factors."""
        sweeps, first, last = schedule
        betas = np.geomspace(self.ends[0] * first, self.ends[1] * last, sweeps)
        states = self.run.anneal(betas, READS, seed)
        a, b = (
            (states[:, bus] > 0) @ (1 << np.arange(len(bus))) for bus in self.places
        )
        return a * b == self.number

    def rate(self, schedule: Schedule, seconds: float) -> float:
        """Return factorizations a second."""
        start, hits, seed = time.process_time(), 0, 0
        while time.process_time() - start < seconds:
            seed += 1
            hits += int(self.read(schedule, seed).sum())
        return hits / (time.process_time() - start)

    def solve(self, schedule: Schedule, limit: float) -> tuple:
        """Return seconds, sweeps and success; the last reads count up to the first hit."""
        total, seed, sweeps = 0.0, 0, 0
        while total < limit:
            seed += 1
            start = time.process_time()
            hits = self.read(schedule, seed)
            took = time.process_time() - start
            if hits.any():
                part = (int(hits.argmax()) + 1) / READS
                done = sweeps + int(part * READS * schedule[0])
                return total + took * part, done, True
            total, sweeps = total + took, sweeps + READS * schedule[0]
        return total, sweeps, False


def best_schedule() -> Schedule:
    """Return the fastest of some schedules on one product of 16 bits: short reads win."""
    peer = Peer(197 * 233, 8)
    rates = [peer.rate(schedule, 1.5) for schedule in SCHEDULES]
    listed = ", ".join(
        f"{sweeps} sweeps ({first:g}, {last:g}): {rate:.1f}"
        for (sweeps, first, last), rate in zip(SCHEDULES, rates, strict=True)
    )
    print(f"\ndwave, {peer.n} p-bits, factorizations of 45901 a second: {listed}")
    return SCHEDULES[int(np.argmax(rates))]


def theirs(bits: int, schedule: Schedule) -> Times:
    """Return the times of dwave-samplers."""
    half = bits // 2
    table = [
        [Peer(number, half).solve(schedule, DWAVE_LIMIT[bits])]
        for number in products(bits)
    ]
    columns = np.moveaxis(np.array(table, float), -1, 0)
    return Times(columns[0], columns[1], columns[2] > 0)


def guesses(bits: int) -> float:
    """Return the mean number of guesses of the factors' free bits until they are right."""
    needed = []
    for number in products(bits):
        places = compilers.factorization(number, (bits // 2,) * 2).problem.places
        free = {i for bus in places.values() for i, _ in bus if i >= 0}
        root = round(number**0.5)
        needed.append(2.0 ** len(free) / (1 if root**2 == number else 2))
    return float(np.mean(needed))


def slope(times: dict[int, Times], of: str, first: int) -> tuple[str, np.ndarray]:
    """Return log2 of the mean cost a bit, as text, and the line, fitted from `first` on."""
    sizes = [bits for bits in times if bits >= first]
    rng = np.random.default_rng(2)
    lines = []
    for k in range(N_RESAMPLES + 1):
        costs = []
        for bits in sizes:
            cost, found = getattr(times[bits], of), times[bits].found
            rows = rng.integers(len(cost), size=(len(cost), 1))
            columns = rng.integers(cost.shape[1], size=cost.shape)
            drawn = (rows, columns) if k else (slice(None), slice(None))
            costs.append(_ratio(cost[drawn], found[drawn]))
        lines.append(np.polyfit(sizes, np.log2(costs), 1))
    low, high = np.quantile([line[0] for line in lines[1:]], (0.025, 0.975))
    return f"{lines[0][0]:.2f} [{low:.2f}, {high:.2f}]", np.array(lines)


def text(times: Times) -> str:
    """Return the mean milliseconds with interval; a bound where nothing was found."""
    if not times.found.any():
        return f"> {1e3 * times.seconds.sum():.3g}"
    mean, low, high = (1e3 * x for x in times.mean())
    return f"{mean:.3g} [{low:.3g}, {high:.3g}]"


def ratio(theirs: Times, ours: Times) -> str:
    """Return the ratio of the mean times."""
    if theirs.found.any():
        return f"{theirs.mean()[0] / ours.mean()[0]:.0f}"
    return f"> {theirs.seconds.sum() / ours.mean()[0]:.0f}"


def percent(times: Times) -> str:
    """Return the share of searches that found factors within their limit."""
    return f"{100 * times.found.mean():.0f}"


def main() -> None:
    """Print the tables, draw the plot."""
    schedule = best_schedule()
    ends, whole, dwave, rows = {}, {}, {}, []
    for bits in BITS + MORE_BITS:
        ends[bits], program, compiling = ours(bits, "auto")
        row = [str(bits), str(program.n), f"{compiling:.0f}", percent(ends[bits])]
        row += [f"{1e3 * np.median(ends[bits].seconds):.3g}", text(ends[bits])]
        guessed, swept = guesses(bits), ends[bits].mean("sweeps")[0]
        row += [f"{swept:.3g}", f"{guessed:.3g}", f"{guessed / swept:.2g}"]
        if bits in BITS:
            whole[bits], program, _ = ours(bits, None)
            dwave[bits] = theirs(bits, schedule)
            row += [str(program.n), percent(whole[bits]), text(whole[bits])]
            row += [percent(dwave[bits]), text(dwave[bits])]
            row += [ratio(dwave[bits], who[bits]) for who in (ends, whole)]
        rows.append(row + [""] * (16 - len(row)))
    header = "bits,p-bits,compile ms,% found,median ms,mean ms,sweeps,guesses,gain"
    header += ",whole: p-bits,% found,mean ms,dwave: % found,mean ms,/ ends,/ whole"
    print_table(
        f"CPU time to the first true factorization: {N_PRODUCTS} products a size, "
        f"{REPEATS} seeds each at both ends to {MANY} bits, else one; 95 % intervals; "
        f"limits {LIMIT:.0f} s, whole {WHOLE_SWEEPS} sweeps, dwave {DWAVE_LIMIT} s; "
        f"dwave reads of {schedule[0]} sweeps",
        header.split(","),
        rows,
    )
    rates = {bits: throughput(bits, schedule) for bits in RATE_BITS}
    print_table(
        "true factorizations a second: chains that enter one, reads that end in one",
        ("bits", "both ends", "dwave", "ratio"),
        [
            [str(bits), f"{a:.3g}", f"{b:.3g}", f"{a / b:.0f}"]
            for bits, (a, b) in rates.items()
        ],
    )
    conclude(ends, whole)
    print(f"  {draw({'both ends': ends, 'whole circuit': whole, 'dwave': dwave})}")


def conclude(ends: dict[int, Times], whole: dict[int, Times]) -> None:
    """Print the scaling laws and what they say about other sizes."""
    law, lines = slope(ends, "seconds", FIT_FROM)
    print(f"  both ends, from {FIT_FROM} bits: log2(seconds) a bit {law}")
    law, _ = slope(ends, "sweeps", SWEEPS_FROM)
    print(f"  both ends, from {SWEEPS_FROM} bits: log2(sweeps) a bit {law}")
    law, _ = slope(whole, "sweeps", SWEEPS_FROM)
    print(f"  whole, from {SWEEPS_FROM} bits: log2(sweeps) a bit {law}")
    upto = {bits: times for bits, times in ends.items() if bits <= max(BITS)}
    _, early = slope(upto, "sweeps", SWEEPS_FROM)
    predict("32 bits by the sizes to 24", early, 32, "sweeps")
    print(f"    measured: {ends[32].mean('sweeps')[0]:.3g} sweeps")
    predict("48 bits by all sizes", lines, 48, "s")


def predict(what: str, lines: np.ndarray, bits: int, unit: str) -> None:
    """Print where a fitted line and its resamples lead."""
    values = 2 ** np.array([np.polyval(line, bits) for line in lines])
    low, high = np.quantile(values[1:], (0.025, 0.975))
    print(f"  {what}: {values[0]:.3g} {unit} [{low:.3g}, {high:.3g}]")


def draw(series: dict[str, dict[int, Times]], path: str = "out/factoring.png") -> Path:
    """Draw the mean times; return where to."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for name, times in series.items():
        sizes: Sequence[int] = [bits for bits in times if times[bits].found.any()]
        means = np.array([times[bits].mean() for bits in sizes])
        above = np.minimum(means[:, 2], 1e3) - means[:, 0]
        spread = [means[:, 0] - means[:, 1], np.maximum(above, 0)]
        axes.errorbar(sizes, means[:, 0], spread, marker="o", capsize=3, label=name)
    axes.set(
        xlabel="bits of the product", ylabel="seconds to a factorization", yscale="log"
    )
    axes.legend()
    target = Path(path)
    target.parent.mkdir(exist_ok=True)
    figure.savefig(target, dpi=150)
    plt.close(figure)
    return target


if __name__ == "__main__":
    main()
