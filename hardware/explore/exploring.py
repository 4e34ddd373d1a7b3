"""Exploring: points of a plan or of a search, looked up in the store or measured."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from hardware.design import Design, load_design
from hardware.evaluation.figures import plain_seed, seeds
from hardware.explore import plans
from hardware.explore.axes import Axis, read_axes
from hardware.explore.entries import lean
from hardware.explore.exploration import Exploration, Row
from hardware.explore.measure import Function, Measure, Values, read_measure
from hardware.explore.points import Maker, Outcome, Point
from hardware.explore.search import BATCH, Search
from hardware.explore.store import Store
from hardware.explore.workers import Crew, hire
from pbit.checks import check_choice, check_count
from pbit.errors import DesignError
from pbit.progress import Progress, Report, reporting
from pbit.random import RandomState

#: How points are chosen.
METHODS = ("grid", "random", "latin", "optuna", "ends")
_DRAWN = ("random", "latin", "optuna")


def explore(
    design: str | os.PathLike[str] | Mapping[str, Any] | Design,
    vary: Mapping[str, Any],
    metric: str | Iterable[str] | Function | None = None,
    workload: Any = None,
    *,
    method: str = "grid",
    n_points: int | None = None,
    bodies: int = 1,
    goals: Mapping[str, tuple[str, bool]] | None = None,
    store: str | os.PathLike[str] | None = None,
    workers: int = 1,
    client: Any = None,
    rng: RandomState = 0,
    progress: Progress = False,
) -> Exploration:
    """Vary entries of a design and measure every design that comes of it.

    A point's key is a hash of its content, and it is measured with a seed made of that
    key. So the table is the same to the bit whatever the order, the number of workers
    and however often it was interrupted, and a point in the store is never measured
    twice. That a design breaks a rule is a result, told in its row's `problem`.

    Parameters
    ----------
    design
        As :func:`hardware.load_design` takes it.
    vary
        Entry -> values, as :func:`read_axes` takes them. May be empty, for bodies alone.
    metric
        Names of figures that are measured on the workload (see
        `hardware.explore.measure.BY_KIND`), the usual one of its kind by default; or a
        function ``(design, seed) -> {name: value}`` of a module that workers can import.
        A value is a number, (value, low, high), a Figure or None.
    workload
        As :func:`hardware.evaluation.load_workload` takes it; none with a function.
    method
        "grid": all combinations. "random", "latin": points drawn independently, or as a
        Latin hypercube. "optuna": a search that learns, for the best of all metrics.
        "ends": the design as it is and with each axis at its first and last value, for
        :func:`sensitivity`.
    n_points
        How many, for methods that draw them.
    bodies
        Machines of every design, with differences between p-bits and chance of their own.
    goals
        Of a function: {name: (unit, whether less is better)}.
    store
        The SQLite file that points are kept in; see :class:`Store`. None keeps nothing.
    workers
        Processes of this computer; 1 measures in this one. A script that asks for more
        needs ``if __name__ == "__main__":``.
    client
        A ``dask.distributed.Client`` to measure on instead.
    rng
        Root seed. The default is 0 rather than a fresh one, so that what is asked for
        again is found again.
    progress
        True for a bar on standard error, or a function called with (points done, points
        in all).

    Returns
    -------
    Exploration
        With a row a point. After Ctrl-C, the points that were done: `stopped` is
        "interrupted", and with a store the same call goes on.

    Raises
    ------
    DesignError, ParseError
        If the design breaks a rule, or has no such entry.
    TypeError, ValueError
        If another argument does.
    OSError
        If the store cannot be opened or written.
    ImportError
        If Optuna or Dask are needed and not installed.

    Examples
    --------
    >>> found = explore(
    ...     "autonomous-smtj", {"synapse.tau_s": "10ps,1ns"}, "updates_per_second",
    ...     {"name": "short", "kind": "exact", "sweeps": 2000,
    ...      "circuit": {"generator": "pair"}},
    ... )
    >>> found.column("synapse.tau_s"), found.computed
    ([1e-11, 1e-09], 2)
    """
    chosen = load_design(design)
    measure = read_measure(metric, workload, goals)
    axes = read_axes(vary, chosen)
    _check_limits(axes, measure)
    count = check_points(method, n_points)
    check_count("bodies", bodies)
    check_count("workers", workers)
    seed = seeds(rng)
    root = plain_seed(seed)
    maker = Maker(lean(chosen), axes, measure, root)
    request = {
        "vary": [axis.to_dict() for axis in axes],
        "design": chosen.to_dict(),
        "method": method,
        "n_points": n_points,
        "bodies": bodies,
        **maker.shared,
    }
    crew = hire(workers, client)
    with Store(store) as opened, reporting(progress, unit="point") as report:
        run = _Run(maker, measure, opened, crew, request, report)
        stopped = ""
        try:
            if method == "optuna":
                search = Search(axes, measure.goals, seed)
                run.search(search, count, bodies)
            else:
                run.measure(_plan(method, axes, count, seed), bodies)
        except KeyboardInterrupt:
            stopped = "interrupted"
        finally:
            crew.close()
    return Exploration(
        chosen,
        axes,
        dict(measure.goals),
        run.rows(),
        method,
        bodies,
        run.computed,
        stopped,
        {"rng": root, "version": maker.shared["version"], **measure.identity()},
    )


def check_points(method: str, n_points: int | None) -> int:
    """Return the number of points of methods that draw them; 0 for the others.

    Raises
    ------
    TypeError, ValueError
        If there is no such method, or it wants a number, or takes none.
    """
    check_choice("method", method, METHODS)
    if method in _DRAWN:
        if n_points is None:
            msg = f"n_points must be given for the method {method!r}"
            raise ValueError(msg)
        return check_count("n_points", n_points)
    if n_points is not None:
        msg = f"n_points must be left out for the method {method!r}: the axes say how many"
        raise ValueError(msg)
    return 0


def _check_limits(axes: Sequence[Axis], measure: Measure) -> None:
    """Check that what is varied changes what is measured."""
    for axis in axes:
        if axis.entry.startswith("limits.") and "workload" in measure.identity():
            msg = (
                "changes no figure of a workload: limits say what fits a machine; vary "
                "synapse.weights, or measure with a function that rounds to them"
            )
            raise DesignError(axis.entry, msg)


def _plan(
    method: str, axes: Sequence[Axis], count: int, seed: np.random.SeedSequence
) -> list[plans.Settings]:
    if method == "grid":
        return plans.grid(axes)
    if method == "ends":
        return plans.ends(axes)
    draw = plans.random if method == "random" else plans.latin
    return draw(axes, count, seed)


class _Run:
    """An exploration under way: points in the order of the plan, outcomes as they come."""

    def __init__(
        self,
        maker: Maker,
        measure: Measure,
        store: Store,
        crew: Crew,
        request: Mapping[str, Any],
        report: Report,
    ) -> None:
        self.maker, self.measure_with, self.store = maker, measure, store
        self.crew, self.report = crew, report
        self.points: list[Point] = []
        self.outcomes: dict[str, Outcome] = {}
        self.computed = 0
        text = json.dumps(request, sort_keys=True)
        self.name = hashlib.sha256(text.encode()).hexdigest()
        store.widen(maker.axes, measure.goals)
        store.note(request, self.name)

    def measure(
        self, plan: Sequence[plans.Settings], bodies: int, total: int | None = None
    ) -> None:
        """Add these points; look them up, or have them measured and write them down."""
        points = [self.maker.make(s, body) for s in plan for body in range(bodies)]
        self.store.enroll(self.name, len(self.points), [p.key for p in points])
        self.points += points
        unseen = {p.key: p for p in points if p.key not in self.outcomes}
        axes, names = self.maker.axes, list(self.measure_with.goals)
        self.outcomes |= self.store.find(list(unseen.values()), axes, names)
        wanted = total or len({point.key for point in self.points})
        self._tell(wanted)
        left = []
        for point in unseen.values():
            if point.key in self.outcomes:
                continue
            if point.problem:
                self._keep(point, Outcome({}, point.problem), wanted)
            else:
                left.append(point)
        done = self.crew.run(self.measure_with, left)
        try:
            for key, outcome in done:
                self.computed += 1
                self._keep(unseen[key], outcome, wanted)
        finally:
            done.close()  # type: ignore[attr-defined]  # crews are generators

    def search(self, search: Search, count: int, bodies: int) -> None:
        """Let a search ask for points, batch by batch."""
        for first in range(0, count, BATCH):
            plan = search.ask(min(BATCH, count - first))
            at = len(self.points)
            self.measure(plan, bodies, total=count * bodies)
            found = [self.outcomes[point.key] for point in self.points[at:]]
            several = range(0, len(found), bodies)
            search.tell([_middle(found[k : k + bodies]) for k in several])

    def _keep(self, point: Point, outcome: Outcome, total: int) -> None:
        self.store.put(point, outcome, self.maker.axes, self.maker.shared)
        self.outcomes[point.key] = outcome
        self._tell(total)

    def _tell(self, total: int) -> None:
        self.report(len(self.outcomes), total)

    def rows(self) -> tuple[Row, ...]:
        """Return the rows of the points that are done, in the order of the plan."""
        entries = [axis.entry for axis in self.maker.axes]
        names = list(self.measure_with.goals)
        found = []
        for point in self.points:
            outcome = self.outcomes.get(point.key)
            if outcome is not None:
                values = dict(zip(entries, point.values, strict=True))
                found.append(
                    Row(
                        point.key,
                        values,
                        point.body,
                        point.seed,
                        {name: outcome.values.get(name) for name in names},
                        outcome.problem,
                    )
                )
        return tuple(found)


def _middle(outcomes: Sequence[Outcome]) -> Values:
    """Return the medians over bodies; None of a metric that one of them has not got."""
    found: Values = {}
    for name in outcomes[0].values:
        figures = [outcome.values.get(name) for outcome in outcomes]
        known = [figure for figure in figures if figure is not None]
        if len(known) == len(figures):
            middle, low, high = np.median([figure[:3] for figure in known], axis=0)
            found[name] = (float(middle), float(low), float(high), known[0][3])
        else:
            found[name] = None
    return found
