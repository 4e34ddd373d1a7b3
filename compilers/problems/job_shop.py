"""Job-shop scheduling: when every step of every job starts, so that all is done soon."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from compilers.problems.building import QuboBuilder, Reader
from compilers.problems.data import check_penalty, describe, plain, reason_against
from compilers.program import Program, Sense
from pbit.checks import States, check_count

Step = tuple[int, int]
Windows = dict[Step, list[int]]


def job_shop(
    jobs: Sequence[Sequence[tuple[Hashable, int]]],
    makespan: int,
    *,
    minimize: bool = True,
    penalty: float | None = None,
) -> Program:
    r"""Compile a job shop with a time limit: the shortest schedule, or any.

    One p-bit for every time t that a step may start at; A times the square of (the number
    of starts - 1) for every step, and A for every two starts that exclude each other: of
    consecutive steps of a job in the wrong order, or of steps that would share a machine.
    To minimize, further p-bits :math:`y_t` say "not done by t", from a lower bound L of
    the makespan to the limit T; each costs 1, and 2 is the price for every start of a last
    step that ends after t while :math:`y_t = 0`. The energy of a schedule is its makespan.

    A schedule within the limit costs T - L at most, so A = T - L + 1 is safe; without
    minimization A = 1. (If there is no schedule within the limit, the ground states fail
    their check.)

    Start times that leave another step none are taken out, one after the other, and a step
    with one start left is fixed.

    Parameters
    ----------
    jobs
        Steps of every job in order: (machine, duration), durations whole and >= 1.
    makespan
        T: when everything has to be done.
    minimize
        Whether to look for the shortest schedule.
    penalty
        A, in place of the compiler's own.

    Returns
    -------
    Program
        Labels are (job, step, start) and ("late", t). Solutions are
        ``{(job, step): start}``, without steps that start never or more than once; the
        objective is the makespan, sense "min".

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above, or no schedule fits as far as can be seen.

    References
    ----------
    D. Venturelli, D. Marchand and G. Rojo, arXiv:1506.08479 (2015).

    Examples
    --------
    >>> program = job_shop([[("saw", 2), ("drill", 1)], [("saw", 1)]], makespan=4)
    >>> program.objective({(0, 0): 0, (0, 1): 2, (1, 0): 2})
    3
    >>> program.check({(0, 0): 0, (0, 1): 2, (1, 0): 1})
    False
    """
    shop = _checked(jobs)
    check_count("makespan", makespan)
    windows = _windows(shop, makespan)
    low = _least(shop, windows)
    strength: float = makespan - low + 1 if minimize else 1
    if penalty is not None:
        strength = check_penalty(penalty)
    labels: list[Hashable] = [(*s, t) for s in windows for t in windows[s]]
    first = len(labels)
    if minimize:
        labels += [("late", t) for t in range(low, makespan)]
    number = {label: k for k, label in enumerate(labels)}
    builder = QuboBuilder(labels)
    for step, starts in windows.items():
        builder.add_square([number[(*step, t)] for t in starts], 1, -1, strength)
        if len(starts) == 1:
            builder.fix(number[(*step, starts[0])], 1)
    for one, other in _related(shop):
        for s in windows[one]:
            for t in windows[other]:
                if _clash(shop, one, s, other, t):
                    builder.add_quadratic(
                        number[(*one, s)], number[(*other, t)], strength
                    )
    if minimize:
        builder.add_constant(low)
        builder.add_linear(np.arange(first, len(labels)), 1)
        for step in _last(shop):
            for s in windows[step]:
                for t in range(low, s + shop[step][1]):
                    late = number[("late", t)]
                    builder.add_linear(number[(*step, s)], 2)
                    builder.add_quadratic(number[(*step, s)], late, -2)
    model, _ = builder.build()
    record = describe(
        "job shop",
        model,
        [[plain(m), d] for m, d in shop.values()] + [makespan, minimize],
        how=f"job_shop(makespan={makespan}, minimize={minimize}, penalty={penalty!r})",
        sense="min",
        fixed={step: starts[0] for step, starts in windows.items() if len(starts) == 1},
        penalty=strength,
        lower_bound=low,
    )
    problem = JobShop(shop, makespan, tuple(labels[:first]), builder.reader())
    return Program(model, problem, record)


def _checked(jobs: Any) -> dict[Step, tuple[Hashable, int]]:
    if isinstance(jobs, str) or not isinstance(jobs, Sequence) or not jobs:
        msg = f"jobs must be a list of at least 1 list of (machine, duration), not {jobs!r}"
        raise TypeError(msg)
    shop = {}
    for j, job in enumerate(jobs):
        if isinstance(job, str) or not isinstance(job, Sequence) or not job:
            msg = f"jobs[{j}] must be at least 1 step (machine, duration), not {job!r}"
            raise TypeError(msg)
        for k, step in enumerate(job):
            if (
                not isinstance(step, Sequence)
                or isinstance(step, str)
                or len(step) != 2
            ):
                msg = f"jobs[{j}][{k}] must be (machine, duration), not {step!r}"
                raise TypeError(msg)
            shop[j, k] = (
                step[0],
                check_count(f"the duration of jobs[{j}][{k}]", step[1]),
            )
    return shop


def _windows(shop: Mapping[Step, tuple[Hashable, int]], makespan: int) -> Windows:
    """Return the starts of every step that leave each other step one at least."""
    windows: Windows = {}
    for (j, k), (_, duration) in shop.items():
        head = sum(d for (i, s), (_, d) in shop.items() if i == j and s < k)
        tail = sum(d for (i, s), (_, d) in shop.items() if i == j and s > k)
        windows[j, k] = list(range(head, makespan - duration - tail + 1))
    related = _related(shop)
    arcs = [*related, *((b, a) for a, b in related)]
    news = True
    while news:
        news = False
        for one, other in arcs:
            kept = [
                s
                for s in windows[one]
                if not all(_clash(shop, one, s, other, t) for t in windows[other])
            ]
            news |= len(kept) < len(windows[one])
            windows[one] = kept
    for step, starts in windows.items():
        if not starts:
            msg = f"makespan {makespan} leaves step {step} no time to start"
            raise ValueError(msg)
    return windows


def _related(shop: Mapping[Step, tuple[Hashable, int]]) -> list[tuple[Step, Step]]:
    """Return consecutive steps of a job, and steps of two jobs on one machine."""
    return [
        (a, b)
        for a, b in combinations(shop, 2)
        if (a[0] == b[0] and a[1] + 1 == b[1])
        or (a[0] != b[0] and shop[a][0] == shop[b][0])
    ]


def _clash(
    shop: Mapping[Step, tuple[Hashable, int]], one: Step, s: int, other: Step, t: int
) -> bool:
    """Say whether two related steps cannot start at s and t."""
    done_in_time = s + shop[one][1] <= t
    if one[0] == other[0]:
        return not done_in_time if one < other else not t + shop[other][1] <= s
    return not (done_in_time or t + shop[other][1] <= s)


def _last(shop: Mapping[Step, tuple[Hashable, int]]) -> list[Step]:
    return [step for step in shop if (step[0], step[1] + 1) not in shop]


def _least(shop: Mapping[Step, tuple[Hashable, int]], windows: Windows) -> int:
    """Return a lower bound of the makespan: by the last steps and by the machines."""
    ends = [windows[step][0] + shop[step][1] for step in _last(shop)]
    for machine in {m for m, _ in shop.values()}:
        steps = [step for step in shop if shop[step][0] == machine]
        busy = sum(shop[step][1] for step in steps)
        ends.append(min(windows[step][0] for step in steps) + busy)
    return max(ends)


@dataclass(frozen=True, eq=False)
class JobShop:
    """The judge of schedules: machines, durations and the time limit."""

    shop: Mapping[Step, tuple[Hashable, int]]
    makespan: int
    starts: tuple[Any, ...]
    reader: Reader
    sense: Sense = "min"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{(job, step): start}`` of the steps that start just once."""
        bits = self.reader.bits(state)[: len(self.starts)]
        found: dict[Hashable, list[int]] = {}
        for k in np.flatnonzero(bits).tolist():
            job, step, start = self.starts[k]
            found.setdefault((job, step), []).append(start)
        return {step: times[0] for step, times in found.items() if len(times) == 1}

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether every step has its turn, its machine alone, and is done in time."""
        if self._reason(solution) is not None:
            return False
        begin = {step: int(solution[step]) for step in self.shop}
        for (j, k), after in pairwise(self.shop):
            if after[0] == j and begin[j, k] + self.shop[j, k][1] > begin[after]:
                return False
        return not any(
            self.shop[a][0] == self.shop[b][0]
            and begin[a] < begin[b] + self.shop[b][1]
            and begin[b] < begin[a] + self.shop[a][1]
            for a, b in combinations(self.shop, 2)
        )

    def objective(self, solution: Mapping[Hashable, int]) -> int:
        """Return when the last step is done, be the schedule feasible or not."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        return max(int(solution[step]) + d for step, (_, d) in self.shop.items())

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        times: dict[Hashable, range] = {
            step: range(max(self.makespan - duration + 1, 0))
            for step, (_, duration) in self.shop.items()
        }
        return reason_against(solution, times, "step")
