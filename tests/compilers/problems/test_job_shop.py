import itertools

import numpy as np
import pytest

import pbit
from compilers.problems.job_shop import job_shop
from tests.compilers.problems.oracles import best, decoded_ground


def steps_of(jobs):
    return {(j, k): step for j, job in enumerate(jobs) for k, step in enumerate(job)}


def is_schedule(steps, start):
    for a, b in itertools.combinations(steps, 2):
        (machine, d), (other, e) = steps[a], steps[b]
        if a[0] == b[0] and start[a] + d > start[b]:
            return False
        apart = start[a] + d <= start[b] or start[b] + e <= start[a]
        if machine == other and not apart:
            return False
    return True


def schedules(jobs, limit):
    steps = steps_of(jobs)
    times = [range(limit - d + 1) for _, d in steps.values()]
    return [dict(zip(steps, x, strict=True)) for x in itertools.product(*times)]


def makespan(jobs, start):
    return max(start[step] + d for step, (_, d) in steps_of(jobs).items())


def random_jobs(rng):
    return [
        [
            (str(rng.choice(["m", "n"])), int(rng.integers(1, 4)))
            for _ in range(rng.integers(1, 3))
        ]
        for _ in range(rng.integers(1, 4))
    ]


def test_ground_states_are_the_shortest_schedules():
    rng = np.random.default_rng(1)
    compared = refused = 0
    for k in range(420):
        jobs = random_jobs(rng)
        limit = max(sum(d for _, d in job) for job in jobs) + int(rng.integers(0, 4))
        minimize = k % 3 > 0
        steps = steps_of(jobs)
        if limit ** len(steps) > 20_000:
            continue
        want = best(
            schedules(jobs, limit),
            lambda s, jobs=jobs, m=minimize: makespan(jobs, s) if m else 0,
            lambda s, steps=steps: is_schedule(steps, s),
        )
        try:
            program = job_shop(jobs, limit, minimize=minimize)
        except ValueError:
            assert not want
            refused += 1
            continue
        if program.n > 20:
            continue
        if not want:
            ground = decoded_ground(program)
            assert not any(program.check(dict(s)) for s in ground)
            continue
        assert decoded_ground(program) == want
        if minimize:
            energy = pbit.exact.ground_energy(program.model)
            assert energy == program.objective(dict(next(iter(want))))
        compared += 1
    assert compared >= 200
    assert refused >= 5


def test_the_check_agrees_with_the_rules_for_every_choice_of_starts():
    jobs = [[("m", 2), ("n", 1)], [("n", 1), ("m", 1)]]
    program = job_shop(jobs, 5)
    for start in schedules(jobs, 5):
        assert program.check(start) == is_schedule(steps_of(jobs), start)
        assert program.objective(start) == makespan(jobs, start)


def test_steps_with_one_start_left_are_fixed_and_reported():
    program = job_shop([[("m", 2), ("n", 1)], [("m", 1)]], 3)
    assert program.n == 0
    assert program.provenance["fixed"] == [[[0, 0], 0], [[0, 1], 2], [[1, 0], 2]]
    assert program.decode([]) == {(0, 0): 0, (0, 1): 2, (1, 0): 2}


def test_near_misses_fail_the_check():
    program = job_shop([[("m", 2), ("n", 1)], [("m", 1)]], 4)
    good = {(0, 0): 0, (0, 1): 2, (1, 0): 2}
    assert program.check(good)
    for wrong in (
        good | {(0, 1): 1},  # before the first step is done
        good | {(1, 0): 1},  # on a busy machine
        good | {(0, 1): 4},  # too late
        good | {(0, 1): -1},
        good | {(0, 1): 2.5},
        good | {(2, 0): 0},
        {(0, 0): 0, (0, 1): 2},
    ):
        assert not program.check(wrong)


@pytest.mark.parametrize(
    ("jobs", "limit", "error", "message"),
    [
        ([], 3, TypeError, "at least 1 list"),
        ([[]], 3, TypeError, r"jobs\[0\] must be at least 1 step"),
        ([[("m", 0)]], 3, ValueError, r"duration of jobs\[0\]\[0\] must be at least 1"),
        ([[("m",)]], 3, TypeError, r"jobs\[0\]\[0\] must be \(machine, duration\)"),
        ([[("m", 4)]], 3, ValueError, r"makespan 3 leaves step \(0, 0\) no time"),
        ([[("m", 2)], [("m", 2)]], 3, ValueError, "no time to start"),
        ([[("m", 2)]], 2.0, TypeError, "makespan must be a whole number"),
    ],
)
def test_bad_input_is_refused(jobs, limit, error, message):
    with pytest.raises(error, match=message):
        job_shop(jobs, limit)
