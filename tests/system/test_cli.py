"""The command line, from arguments to exit status."""

import os
import tomllib

import pytest

import compilers
import hardware
import pbit
from tests.system.commands import ROOT, call, call_json, refused, start

SOLVE_KEYS = [
    *("command", "problem", "objective", "unit", "sense", "check", "energy"),
    *("round", "rounds", "sweeps", "stopped", "sha256", "target", "seconds"),
    *("chains", "rng", "status", "solution", "version"),
]
LOGIC_KEYS = [
    *("command", "problem", "check", "answers", "false_answers", "rounds", "searched"),
    *("stopped", "sha256", "set", "chains", "sweeps", "seconds", "rng", "status"),
    "version",
]
RUN_KEYS = [
    *("command", "problem", "design", "beyond", "objective", "unit", "sense", "check"),
    *("simulated_seconds", "updates", "flips", "updates_per_second"),
    *("energy_joules", "cost", "stopped", "sha256", "beta", "engine", "set", "rng"),
    *("seconds", "status", "trace", "solution", "version"),
]


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


def test_logic_factors_a_product_of_24_bits_by_a_search():
    arguments = ("logic", "multiplier12x12", "--set", f"P={3917 * 2203}", "--rng", 1)
    record = call_json(*arguments, "--sweeps", 20, "--chains", 16)
    (answer,) = record["answers"]
    assert answer["buses"]["P"] == 3917 * 2203
    assert sorted([answer["buses"]["A"], answer["buses"]["B"]]) == [2203, 3917]
    assert (record["rounds"], answer["times"]) == (1, 1)
    assert record["searched"] > 0
    short = call(*arguments, "--sweeps", 20, "--chains", 16, "--threads", 1)
    assert "A = " in short.stdout
    assert f"{record['searched']} states judged" in short.stdout


def test_logic_divides_by_a_search():
    held = ("--set", f"P={61 * 53}", "--set", "A=61", "--rng", 1)
    record = call_json("logic", "multiplier6x6", *held, "--sweeps", 1, "--chains", 1)
    assert [answer["buses"]["B"] for answer in record["answers"]] == [53]
    assert record["searched"] > 0


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
        told = call_json("designs", name)["design"]
        assert told == hardware.load_design(name).to_dict()
        assert all(entry in listed for entry in told.get("unknown", []))


def test_designs_prints_shipped_files_with_comments_and_yours_in_si_units(tmp_path):
    assert call("designs", "pc-cop").stdout.startswith("# ")
    path = tmp_path / "mine.toml"
    path.write_text('name = "x"\n[device]\nkind = "ideal"\ntau_n = "2 ns"\n')
    assert "tau_n = 2e-09" in call("designs", path).stdout


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
    for name in ("compile", "solve", "logic", "run", "designs", "info"):
        assert f"\n  {name} " in result.stdout
        told = call(name, "--help")
        assert told.exit_code == 0
        assert "\\b" not in told.stdout
    assert call("--version").stdout == f"pbit, version {pbit.__version__}\n"


@pytest.mark.parametrize("line", ["--help", "designs"])
def test_what_needs_no_kernels_does_not_load_them(line):
    code = (
        "import sys; from pbit.cli import main; "
        "main(sys.argv[1:], standalone_mode=False); "
        "print(*{'numba', 'matplotlib', 'scipy'} & set(sys.modules), file=sys.stderr)"
    )
    _, err = start(line, code=("-c", code)).communicate(timeout=60)
    assert err == "\n"
