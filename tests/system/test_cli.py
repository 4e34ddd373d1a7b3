"""The command line, from arguments to exit status."""

import json
import os
import signal
import statistics
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import networkx as nx
import pytest
from click.testing import CliRunner

import compilers
import hardware
import pbit
from compilers.formats import write_rudy
from pbit.cli import main
from tests.compilers.malformed import MALFORMED

ROOT = Path(__file__).resolve().parents[2]
SOLVE_KEYS = [
    *("command", "problem", "objective", "unit", "sense", "check", "energy"),
    *("round", "rounds", "sweeps", "stopped", "sha256", "target", "seconds"),
    *("chains", "rng", "status", "solution", "version"),
]
LOGIC_KEYS = [
    *("command", "problem", "check", "answers", "false_answers", "rounds"),
    *("stopped", "sha256", "set", "chains", "sweeps", "seconds", "rng", "status"),
    "version",
]
RUN_KEYS = [
    *("command", "problem", "design", "objective", "unit", "sense", "check"),
    *("simulated_seconds", "updates", "flips", "updates_per_second"),
    *("energy_joules", "stopped", "sha256", "beta", "engine", "set", "rng"),
    *("seconds", "status", "trace", "solution", "version"),
]


def call(*args):
    """Run a command line in this process."""
    return CliRunner().invoke(main, [str(arg) for arg in args])


def call_json(*args, status=0):
    result = call(*args, "--json")
    assert (result.exit_code, result.stderr) == (status, "")
    return json.loads(result.stdout)


def start(*args, code=("-m", "pbit.cli")):
    """Start a command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, *code, *map(str, args)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused(result):
    """Return the one line with which a command line was refused."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.endswith("\n")
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line


@pytest.fixture
def petersen(tmp_path):
    """A graph whose maximum cut is 12, as a file."""
    path = tmp_path / "petersen.txt"
    graph = nx.petersen_graph()
    write_rudy(nx.convert_node_labels_to_integers(graph, first_label=1), path)
    return path


# solve


def test_solve_finds_a_maximum_cut_and_says_how(petersen):
    result = call("solve", petersen, "--rng", 5)
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert lines["value"] == "12 cut weight (larger is better)"
    assert lines["check"] == "feasible"
    assert lines["seed"] == "5"


def test_solve_prints_json_with_stable_keys(petersen):
    record = call_json("solve", petersen, "--rng", 5)
    assert list(record) == SOLVE_KEYS
    assert (record["objective"], record["sense"], record["check"]) == (12, "max", True)
    assert (record["rng"], record["status"], record["stopped"]) == (5, 0, None)
    program = compilers.load(petersen)
    sides = {int(node): side for node, side in record["solution"].items()}
    assert program.objective(sides) == 12


def test_solve_is_pbit_anneal_with_the_same_seed(petersen):
    record = call_json("solve", petersen, "--rng", 5, "--chains", 9, "--sweeps", 30)
    model = compilers.load(petersen).model
    samples = pbit.anneal(model, n_chains=9, n_sweeps=30, rng=5)
    assert record["sha256"] == samples.sha256


def test_the_number_of_threads_does_not_change_the_result():
    results = [
        call_json(
            *("solve", ROOT / "examples" / "data" / "G1.txt", "--rng", 1),
            *("--chains", 7, "--sweeps", 40, "--threads", threads),
        )
        for threads in (1, 2)
    ]
    assert results[0]["sha256"] == results[1]["sha256"]
    assert results[0]["solution"] == results[1]["solution"]


def test_a_seed_that_was_drawn_repeats_the_result(petersen):
    first = call_json("solve", petersen, "--sweeps", 3)
    again = call_json("solve", petersen, "--sweeps", 3, "--rng", first["rng"])
    assert again["sha256"] == first["sha256"]
    other = call_json("solve", petersen, "--sweeps", 3)
    assert other["sha256"] != first["sha256"]


def test_saved_samples_have_the_hash_that_is_printed(petersen, tmp_path):
    saved = tmp_path / "samples.npz"
    record = call_json("solve", petersen, "--rng", 5, "--out", saved)
    assert pbit.SampleSet.load(saved).sha256 == record["sha256"]


def test_a_target_that_is_reached_ends_the_rounds(petersen):
    record = call_json(
        "solve", petersen, "--rng", 5, "--time-limit", 600, "--target", 12
    )
    assert record["objective"] == 12
    assert record["seconds"] < 300


def test_a_target_that_is_missed_exits_with_1(petersen):
    result = call("solve", petersen, "--rng", 5, "--target", 13)
    assert result.exit_code == 1
    assert "13, missed" in result.stdout
    assert call_json("solve", petersen, "--target", 12.5, status=1)["status"] == 1


def test_a_time_limit_is_used_for_rounds_of_which_the_best_is_kept(petersen):
    record = call_json("solve", petersen, "--rng", 5, "--time-limit", 0.3)
    assert record["objective"] == 12
    assert record["rounds"] > 1
    assert 1 <= record["round"] <= record["rounds"]
    assert 0.3 <= record["seconds"] < 60


def test_rounds_have_streams_of_their_own_that_the_seed_repeats(petersen):
    from pbit.cli.rounds import rounds

    model = compilers.load(petersen).model

    def digests(seed):
        lengths = [2, 2, 2, 2]
        found = rounds(model, seed, lengths, None, None, n_chains=8)
        return [samples.sha256 for samples in found]

    assert digests(5) == digests(5)
    assert len(set(digests(5))) == 4
    assert not set(digests(5)) & set(digests(6))


def test_rounds_double_up_to_the_number_of_sweeps():
    from pbit.cli.rounds import doubling

    lengths = doubling(300)
    assert [next(lengths) for _ in range(5)] == [50, 100, 200, 300, 300]
    assert next(doubling(7)) == 7


def test_what_a_reader_repairs_is_a_warning_on_standard_error(tmp_path):
    path = tmp_path / "twice.txt"
    path.write_text("3 2\n1 2 1\n2 1 1\n")
    result = call("solve", path)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"warning: {path}: repeated edge")
    assert len(result.stderr.splitlines()) == 1


# bad input


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_a_malformed_file_is_one_line_with_its_line_number(case, tmp_path):
    path = tmp_path / "bad.txt"
    path.write_bytes(case.content)
    line = refused(call("solve", path))
    where = path if case.line is None else f"{path}:{case.line}"
    assert line.startswith(f"error: {where}: ")
    assert case.fragment in line


def test_twelve_malformed_files_at_least_are_tried():
    assert len(MALFORMED) >= 12


def test_a_malformed_file_has_no_traceback_in_a_process_of_its_own(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text("3 2\n1 2 1\n2 3 heavy\n")
    process = start("solve", path)
    out, err = process.communicate(timeout=120)
    message = f"error: {path}:3: a weight must be a number, not 'heavy'\n"
    assert (process.returncode, out, err) == (2, "", message)


BAD_ARGUMENTS = {
    "sovle": "No such command 'sovle'",
    "solve": "Missing argument 'FILE'",
    "solve nowhere.txt": "nowhere.txt: No such file or directory",
    "solve .": ".: Is a directory",
    "solve G1 --swoops 3": "No such option",
    "solve G1 --chains 0": "'--chains'",
    "solve G1 --chains many": "'--chains'",
    "solve G1 --rng -1": "'--rng'",
    "solve G1 --target nan": "must be finite, not nan",
    "solve G1 --time-limit 0": "must be > 0",
    "solve G1 --format dimacs": "format must be one of 'rudy', not 'dimacs'",
    "solve G1 --out nowhere/samples": "the folder nowhere does not exist",
    "logic": "Missing argument 'NAME'",
    "logic multiplyer4": "no circuit is called 'multiplyer4'",
    "logic multiplier4 --set P=256": "P must be 0 to 255 (8 bits), not 256",
    "logic multiplier4 --set Q=2": "no bus is called 'Q'",
    "logic multiplier4 --set P": "--set takes PIN=VALUE, as in P=143, not 'P'",
    "logic multiplier4 --set P=": "--set takes PIN=VALUE",
    "logic multiplier4 --set P=1.5": "must be a whole number, not '1.5'",
    "logic multiplier4 --set A[4]=1": "bus A has the bits 0 to 3, not 4",
    "logic multiplier4 --set A[0]=-1": "a bit must be 0 or 1, not A[0]=-1",
    "logic multiplier4 --set A=1 --set A=2": "contradicts another --set",
    "run G1 --until 1us": "Missing option '--design'",
    "run G1 --design ideal-sequential": "Missing option '--until'",
    "run G1 --until 1us --design sequential": "did you mean 'ideal-sequential'",
    "run G1 --until 1parsec --design ideal-sequential": "unknown unit 'parsec'",
    "run G1 --until 1MHz --design ideal-sequential": "is a frequency, not a time",
    "run G1 --until -1us --design ideal-sequential": "must be > 0, not -1us",
    "run G1 --until 1us --design ideal-sequential --beta -1": "must be >= 0",
    "run G1 --until 1us --design ideal-sequential --engine fast": "'--engine'",
    "run G1 --until 1us --design ideal-sequential --plot a.bmp": "must end in one of",
    "run G1 --until 1us --design ideal-sequential --set A=1": "this program has no buses",
    "run nothing --until 1us --design ideal-sequential": "there is no such file",
    "run G1 --until 1us --design pyproject.toml": "build-system: is not a known entry",
    "designs nothing": "'nothing' is neither a file nor a shipped design",
    "info nothing": "nothing: there is no such file",
}


@pytest.mark.parametrize("line", BAD_ARGUMENTS)
def test_bad_arguments_are_refused_in_one_line(line, monkeypatch):
    monkeypatch.chdir(ROOT)
    graph = os.path.join("examples", "data", "G1.txt")  # noqa: PTH118 - as typed
    result = call(*(graph if word == "G1" else word for word in line.split()))
    assert BAD_ARGUMENTS[line] in refused(result)


def test_a_rule_that_a_design_file_breaks_is_one_line(tmp_path, petersen):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[device]\nkind = "telegraph"\ntau_n = "-1 ns"\n')
    line = refused(call("run", petersen, "--until", "1us", "--design", path))
    assert line.startswith("error: device.tau_n: ")
    path.write_text('name = "mine"\nname = 2\n')
    line = refused(call("designs", path))
    assert line.startswith(f"error: {path}:2: ")


def test_too_many_chains_for_this_computer_are_one_line(petersen):
    line = refused(call("solve", petersen, "--chains", 10**13))
    assert "GiB, and this computer has" in line


def test_errors_of_our_own_keep_their_traceback(petersen, monkeypatch):
    def broken(*_):
        msg = "a bug"
        raise ValueError(msg)

    monkeypatch.setattr("pbit.cli.solve._judge", broken)
    assert isinstance(call("solve", petersen).exception, ValueError)


# logic


def test_logic_factors_143_both_ways_round():
    record = call_json("logic", "multiplier4x4", "--set", "P=143", "--rng", 1)
    assert list(record) == LOGIC_KEYS
    assert record["check"] is True
    found = {(a["buses"]["A"], a["buses"]["B"]) for a in record["answers"]}
    assert found == {(11, 13), (13, 11)}
    times = sum(answer["times"] for answer in record["answers"])
    assert times + record["false_answers"]["times"] == 512 * record["rounds"]


def test_logic_factors_a_product_of_16_bits():
    record = call_json("logic", "multiplier8x8", "--set", "P=60491", "--rng", 1)
    found = {(a["buses"]["A"], a["buses"]["B"]) for a in record["answers"]}
    assert found <= {(241, 251), (251, 241)}
    assert found


def test_logic_divides_with_a_factor_held_and_reads_other_bases():
    pins = ("--set", "P=0x8f", "--set", "A=0b1011")
    result = call("logic", "multiplier4x4", *pins, "--rng", 1)
    assert result.exit_code == 0
    assert "A = 11  B = 13  P = 143" in result.stdout
    assert "B = 11" not in result.stdout


def test_logic_holds_single_bits():
    pins = ("--set", "P=143", "--set", "A[1]=0", "--set", "B[2]=0")
    record = call_json("logic", "multiplier4x4", *pins, "--rng", 1)
    assert {(a["buses"]["A"], a["buses"]["B"]) for a in record["answers"]} == {(13, 11)}


def test_logic_with_nothing_held_prints_the_truth_table():
    record = call_json("logic", "AND", "--rng", 1)
    rows = {tuple(answer["buses"].values()) for answer in record["answers"]}
    assert rows == {(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 1)}


def test_logic_with_directed_wires_adds():
    record = call_json(
        "logic", "adder(4,directed)", "--set", "A=5", "--set", "B=6", "--rng", 1
    )
    assert record["answers"][0]["buses"]["S"] == 11


def test_logic_that_finds_nothing_true_exits_with_1():
    held = ("--set", "P=17")  # a prime of five bits is no product of four-bit factors
    arguments = ("logic", "multiplier4x4", *held, "--time-limit", 0.2)
    result = call(*arguments)
    assert result.exit_code == 1
    assert "none, in " in result.stdout
    assert call_json(*arguments, status=1)["answers"] == []


# run


def test_run_is_the_machine_that_the_library_runs(petersen):
    record = call_json(
        *("run", petersen, "--design", "fpga-chromatic", "--until", "20us"),
        *("--rng", 3, "--beta", 1.5),
    )
    assert list(record) == RUN_KEYS
    program = compilers.load(petersen)
    machine = hardware.Machine(program.model, "fpga-chromatic", rng=3, beta=1.5)
    run = machine.run(until=20e-6)
    assert (record["updates"], record["flips"]) == (run.updates, run.flips)
    assert record["energy_joules"] == pytest.approx(run.energy_joules, rel=1e-12)
    assert record["simulated_seconds"] == 20e-6
    assert record["objective"] == -run.best[1]


def test_run_anneals_when_no_beta_is_given(petersen):
    result = call(
        *("run", petersen, "--design", "autonomous-smtj", "--until", "200 ns"),
        *("--rng", 3),
    )
    assert result.exit_code == 0
    assert "12 cut weight" in result.stdout
    assert "a ramp of 100 steps" in result.stdout
    assert "figures of the design: projected" in result.stdout


def test_both_engines_give_the_same_result(petersen):
    arguments = ("run", petersen, "--design", "autonomous-smtj", "--until", "20ns")
    digests = {
        call_json(*arguments, "--rng", 3, "--engine", engine)["sha256"]
        for engine in ("compiled", "reference")
    }
    assert len(digests) == 1


def test_run_holds_the_pins_of_a_circuit():
    record = call_json(
        *("run", "multiplier4x4", "--set", "P=143", "--design", "autonomous-smtj"),
        *("--until", "5us", "--rng", 1),
    )
    assert record["check"] is True
    solution = record["solution"]
    assert {solution["A"], solution["B"]} == {11, 13}


def test_run_whose_answer_is_false_exits_with_1():
    result = call(
        *("run", "multiplier4x4", "--set", "P=17", "--design", "autonomous-smtj"),
        *("--until", "100ns", "--rng", 1),
    )
    assert result.exit_code == 1
    assert "FALSE" in result.stdout


def test_run_draws_and_traces_without_gaps(petersen, tmp_path):
    picture = tmp_path / "run.png"
    arguments = ("run", petersen, "--design", "fpga-chromatic", "--rng", 3)
    record = call_json(*arguments, "--until", "10us", "--trace-every", "0.7us")
    times = record["trace"]["times"]
    assert times == pytest.approx([0.7e-6 * k for k in range(15)], abs=1e-18)
    assert len(record["trace"]["energies"]) == 15
    result = call(*arguments, "--until", "10us", "--plot", picture)
    assert result.exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")


def test_a_circuit_without_an_energy_is_run_but_not_drawn(tmp_path):
    arguments = (
        *("run", "adder(2,directed)", "--set", "A=1", "--set", "B=2"),
        *("--design", "autonomous-smtj", "--until", "100ns", "--rng", 1),
    )
    assert call(*arguments).exit_code in (0, 1)
    assert "--plot needs an energy" in refused(
        call(*arguments, "--plot", tmp_path / "run.png")
    )


# designs, info, version


def test_designs_lists_what_is_shipped_and_prints_files_that_read_back():
    listed = call("designs").stdout
    records = call_json("designs")["designs"]
    assert [record["name"] for record in records] == hardware.shipped_designs()
    for name in hardware.shipped_designs():
        assert name in listed
        printed = tomllib.loads(call("designs", name).stdout)
        assert hardware.load_design(printed) == hardware.load_design(name)
        assert call_json("designs", name)["design"] == printed


def test_info_says_versions_or_the_facts_of_a_problem(petersen):
    computer = call_json("info")
    assert computer["pbitlab"] == pbit.__version__
    assert computer["cpus"] == os.cpu_count()
    assert computer["numba_threads"] >= 1
    facts = call_json("info", petersen)
    assert (facts["n"], facts["m"], facts["degree_max"]) == (10, 15, 3)
    assert facts["couplings"] == 15
    assert "degree_max" in call("info", "multiplier4").stdout


def test_the_command_without_arguments_prints_its_help():
    result = call()
    assert result.exit_code == 0
    for name in ("solve", "logic", "run", "designs", "info"):
        assert f"\n  {name} " in result.stdout
        assert call(name, "--help").exit_code == 0
    assert call("--version").stdout == f"pbit, version {pbit.__version__}\n"


@pytest.mark.parametrize("line", ["--help", "designs"])
def test_what_needs_no_kernels_starts_fast_and_does_not_load_them(line):
    code = (
        "import sys; from pbit.cli import main; "
        "main(sys.argv[1:], standalone_mode=False); "
        "print(*{'numba', 'matplotlib', 'scipy'} & set(sys.modules), file=sys.stderr)"
    )
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        _, err = start(line, code=("-c", code)).communicate(timeout=60)
        seconds.append(time.perf_counter() - began)
        assert err == "\n"
    assert statistics.median(seconds) < 0.5


# interrupts and pipes

INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # parents may ignore it
import pbit.cli.solve as solve
judge = solve._judge
def say_and_judge(*args):
    print("round", file=sys.stderr, flush=True)
    return judge(*args)
solve._judge = say_and_judge
from pbit.cli import main
main()
"""


def test_an_interrupt_prints_what_was_found_and_exits_with_130(petersen):
    arguments = ("solve", petersen, "--rng", 5, "--time-limit", 60, "--json")
    process = start(*arguments, code=("-c", INTERRUPTIBLE))
    for _ in range(3):
        assert process.stderr.readline() == "round\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert set(err.split()) <= {"round"}
    record = json.loads(out)
    assert record["stopped"] == "interrupted"
    assert record["objective"] == 12
    assert record["seconds"] < 59


def test_an_interrupt_of_a_machine_prints_the_slices_before_it(petersen, monkeypatch):
    calls = []
    real = hardware.Machine.run

    def run(*args, **options):
        calls.append(args)
        if len(calls) == 41:
            raise KeyboardInterrupt
        return real(*args, **options)

    monkeypatch.setattr(hardware.Machine, "run", run)
    arguments = ("run", petersen, "--design", "fpga-chromatic", "--until", "100us")
    record = call_json(*arguments, status=130)
    assert record["stopped"] == "interrupted"
    assert record["simulated_seconds"] == pytest.approx(20e-6)


def test_an_interrupt_of_logic_prints_what_was_found(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pbit, "anneal", interrupted)
    record = call_json("logic", "AND", status=130)
    assert (record["stopped"], record["rounds"]) == ("interrupted", 0)


def test_an_interrupt_before_there_is_an_answer_is_one_line(petersen, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pbit, "anneal", interrupted)
    result = call("solve", petersen)
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "error: interrupted before there was an answer\n"


def test_a_reader_that_hangs_up_is_no_traceback():
    process = start("designs", "--json")
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=60)
    assert err == ""
    assert process.returncode != 0
