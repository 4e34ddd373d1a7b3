"""The tour: compile two problems, solve them, run them on machines, draw the result.

Run it with `make demo`. It prints what was found with units, writes out/demo.png, and
exits with 1 if a result that it promises is missed.
"""

import sys
import time
from collections import Counter
from pathlib import Path

import compilers
import hardware
import pbit
from hardware.units import format_quantity

HERE = Path(__file__).parent
PICTURE = HERE.parent / "out" / "demo.png"
BEST_KNOWN = 11624  # github.com/microsoft/AOCoptimizer.jl, data/GSet/reference.csv
PROMISED = 11600  # the cut that annealing has to reach
MACHINES = {"autonomous-smtj": 400e-9, "fpga-chromatic": 1e-3}  # simulated seconds
SEMIPRIMES = ((143, 4), (60491, 8))  # product, bits of each factor
missed = []


def promise(what, kept):
    """Note a result that the demo stands for."""
    if not kept:
        missed.append(what)


def note(text):
    """Say what takes time now, to people at a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def title(text):
    """Start a chapter."""
    note("")
    print(f"\n{text}\n{'-' * len(text)}")


def anneal_g1(program):
    """Chapter 1: max-cut on this computer."""
    title("1  Max-cut of G1 by annealing (on this computer)")
    note("annealing G1 ...")
    start = time.perf_counter()
    samples = pbit.anneal(program.model, n_chains=64, n_sweeps=1000, rng=1)
    seconds = time.perf_counter() - start
    cut = program.objective(program.decode(samples.best[0]))
    rate = samples.n_chains * 1000 * program.n / seconds
    note("")
    print(
        f"problem      {program.n} nodes, {program.provenance['m']} edges of weight 1"
    )
    print(f"annealed     64 chains of 1000 sweeps, seed 1, in {seconds:.2f} s")
    print(f"speed        {rate / 1e6:.0f} million updates/s (first call compiles)")
    print(f"cut          {cut} ({cut / BEST_KNOWN:.2%} of the best known)")
    print(f"best known   {BEST_KNOWN} (Gset table of microsoft/AOCoptimizer.jl)")
    promise(f"a cut of {PROMISED} by annealing", cut >= PROMISED)


def run_machines(program):
    """Chapter 2: the same couplings on two machines; return their traces."""
    title("2  The same couplings on two machines (simulated time)")
    print("machine           simulated   updates/s    energy     cut    took")
    traces = {}
    for name, duration in MACHINES.items():
        note(f"simulating {name} ...")
        start = time.perf_counter()
        machine = hardware.Machine(program.model, name, rng=1, beta=0.0)
        betas = pbit.schedules.from_model(program.model, 200)
        hardware.anneal(machine, betas, duration)
        run = machine.run(until=duration, trace_every=duration / 1000)
        cut = program.objective(program.decode(run.best[0]))
        traces[name] = (run.trace.times, -run.trace.energies)
        note("")
        print(
            f"{name:<16}  {format_quantity(run.elapsed):>9}   "
            f"{format_quantity(run.updates_per_second, '/s'):>9}   "
            f"{format_quantity(run.energy_joules, 'J'):>9}   {cut}   "
            f"{time.perf_counter() - start:.2f} s"
        )
        promise(f"a cut of 11550 on {name}", cut >= 11550)
    for name in MACHINES:
        energy = hardware.load_design(name).energy
        print(f"  {name}: energy per update is {energy.status}, see its design file")
    return traces


def factor():
    """Chapter 3: multipliers backwards, by many short chains."""
    title("3  Factors: multipliers run backwards by annealing (on this computer)")
    for product, bits in SEMIPRIMES:
        program = compilers.multiplier(bits, bits)
        clamp = program.clamp(P=product)
        schedule = pbit.schedules.linear(0.3, 1.2, 400)
        found = Counter()
        start = time.perf_counter()
        for state in pbit.anneal(
            program.model, schedule, n_chains=1024, n_sweeps=400, clamp=clamp, rng=1
        ).states[:, 0]:
            answer = program.decode(state)
            if program.check(answer):
                found[answer["A"], answer["B"]] += 1
        seconds = time.perf_counter() - start
        pairs = ", ".join(f"{a} x {b} in {n}" for (a, b), n in found.most_common())
        print(
            f"{product:>5} = {pairs or 'not found'} "
            f"of 1024 chains ({program.n} p-bits, {seconds:.2f} s)"
        )
        promise(f"the factors of {product}", found)


def read_factors(product, bits, duration, every):
    """Return what a multiplier with its product clamped says, read again and again."""
    program = compilers.multiplier(bits, bits)
    machine = hardware.Machine(program.model, "autonomous-smtj", rng=1, beta=0.75)
    machine.clamp(program.clamp(P=product))
    readings = []

    def watch():
        while True:
            yield machine.env.timeout(every)
            answer = program.decode(machine.state)
            readings.append((machine.env.now, answer["A"], answer["B"]))

    machine.env.process(watch())
    return readings, machine.run(until=duration)


def factor_on_machine():
    """Chapter 4: multipliers backwards in hardware; return histograms of readings."""
    title("4  The same multipliers on autonomous-smtj, read every 10 ns at beta 0.75")
    print("product   simulated   first true reading   true readings   energy")
    histograms = {}
    for (product, bits), duration in zip(SEMIPRIMES, (20e-6, 60e-6), strict=True):
        note(f"simulating a multiplier of {bits} x {bits} bits ...")
        readings, run = read_factors(product, bits, duration, every=10e-9)
        true = [time for time, a, b in readings if a * b == product]
        histograms[product] = Counter(f"{a}×{b}" for _, a, b in readings)
        first = format_quantity(true[0]) if true else "never"
        share = f"{len(true)} of {len(readings)}"
        note("")
        print(
            f"{product:>7}   {format_quantity(duration):>9}   {first:>18}   "
            f"{share:>13}   {format_quantity(run.energy_joules, 'J')}"
        )
        promise(f"the factors of {product} on a machine", true)
    return histograms


def draw(traces, histograms, picture):
    """Draw the cuts over time and what the multipliers said."""
    from matplotlib.figure import Figure

    note("drawing ...")
    figure = Figure(figsize=(13, 9), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.12, w_pad=0.08)
    grid = figure.add_gridspec(2, 2, height_ratios=(1.15, 1))
    top = figure.add_subplot(grid[0, :])
    pbit.plots.energy_trace(
        {name: times[1:] for name, (times, _) in traces.items()},
        {name: cuts[1:] for name, (_, cuts) in traces.items()},
        best=BEST_KNOWN,
        ylabel="cut weight",
        title="G1 (800 p-bits) annealed on two machines",
        log_time=True,
        ax=top,
    )
    for column, (product, counts) in enumerate(histograms.items()):
        pbit.plots.histogram(
            counts,
            highlight=[key for key in counts if is_true(key, product)],
            top=9,
            xlabel="factors read",
            title=f"What a multiplier held at {product} says (autonomous-smtj)",
            ax=figure.add_subplot(grid[1, column]),
        )
    picture.parent.mkdir(exist_ok=True)
    pbit.plots.save(figure, picture, dpi=110)
    note("")
    print(f"\nwrote {picture.parent.name}/{picture.name}")


def is_true(key, product):
    """Say whether a reading such as '11×13' multiplies to the product."""
    a, b = key.split("×")
    return int(a) * int(b) == product


def main(picture=PICTURE):
    """Run all chapters; return the exit status."""
    start = time.perf_counter()
    program = compilers.load(HERE / "data" / "G1.txt")
    anneal_g1(program)
    traces = run_machines(program)
    factor()
    draw(traces, factor_on_machine(), picture)
    print(f"took {time.perf_counter() - start:.1f} s")
    for what in missed:
        print(f"MISSED: {what}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
